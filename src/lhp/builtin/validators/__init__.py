"""Built-in plugins: validators."""
