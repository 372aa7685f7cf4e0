"""A filter of a plugin folder that says outright what it offers."""

from ._letters import turned


def backwards(text):
    """Return a text from its end to its beginning."""
    return turned(text)
