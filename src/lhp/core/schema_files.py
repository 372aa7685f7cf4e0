"""Finds the JSON Schemas that come with lhp: in a wheel, and beside an editable checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def schema_folder() -> Path:
    """Return the folder of the schema files."""
    inside = _PACKAGE / "schemas"
    return inside if inside.is_dir() else _PACKAGE.parent.parent / "schemas"


def schema_text(name: str) -> str:
    """Return the text of one schema.

    Args:
        name: `lhp`, `flowgroup`, `preset`, `template`, `blueprint`, `instance`, `substitutions`
            or `supported-options`.

    Raises:
        FileNotFoundError: When there is no schema of that name.
    """
    return (schema_folder() / f"{name}.schema.json").read_text(encoding="utf-8")
