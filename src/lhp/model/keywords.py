"""Keywords of our own in JSON Schemas."""

OTHERWISE = "x-otherwise"
"""Keyword of a schema with choices: the one that any other value counts as, with a warning."""

READ_WITH = "x-read-with"
"""Keyword of a schema: what a key beside this one has to be; else nobody reads this one."""

INSTEAD_OF = "x-instead-of"
"""Keyword of a schema: the key beside this one that alone counts where both are given."""

READ_MODES = ("batch", "stream")
"""What `readMode` may be."""
