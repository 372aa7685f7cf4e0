"""Where files land."""

from __future__ import annotations


def landing_path(system: str, dataset: str) -> str:
    """Return the folder in which a system lays down one data set.

    The landing volume differs by environment, so it stays a token.
    """
    return "${landing_root}/" + f"{system}/{dataset}"
