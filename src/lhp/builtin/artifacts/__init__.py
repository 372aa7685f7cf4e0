"""Built-in plugins: artifacts."""
