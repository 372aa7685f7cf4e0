"""The nouns: what a project is made of. Frozen, without I/O."""
