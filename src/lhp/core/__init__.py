"""The plugin host: knows plugin types, no sub-type."""
