"""Built-in plugins: commands."""
