"""Loads collections of MongoDB, in batches or as a stream of changes."""
