"""What the modules of this folder share."""


def turned(text):
    """Return the letters in the other order."""
    return text[::-1]
