"""Built-in plugins: test."""
