"""Built-in plugins: filters."""
