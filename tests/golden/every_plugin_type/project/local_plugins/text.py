"""Filters and functions."""


def shout(text):
    """Return a text in capitals."""
    return text.upper()


def table_of(entity):
    """Return the table of an entity."""
    return f"t_{entity}"


filters = {"twice": lambda text: text * 2, "quiet": str.lower}
