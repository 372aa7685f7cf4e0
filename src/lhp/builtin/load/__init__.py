"""Built-in plugins: load."""
