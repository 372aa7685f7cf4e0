"""A sibling of the plugins."""


def word_count(name):
    """Return how many words a name has."""
    return len(name.split("_"))
