"""Built-in plugins: formatters."""
