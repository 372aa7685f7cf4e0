"""Built-in plugins: write."""
