"""Built-in plugins: transform."""
