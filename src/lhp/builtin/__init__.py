"""The built-in plugins, declared in each folder's plugins.yaml; reached by name alone."""
