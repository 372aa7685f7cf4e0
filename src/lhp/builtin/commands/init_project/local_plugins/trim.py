"""Takes blanks off the ends of texts."""

from __future__ import annotations

from typing import Any

from lhp.core.base_generator import BaseActionGenerator


class TrimTransformGenerator(BaseActionGenerator):
    """A view of its source whose texts neither begin nor end with blanks."""

    default_read_mode = "stream"

    def generate(self, action: Any, context: Any) -> str:
        """Return the code of one action; trim.py.j2 has its shape, and knows the action."""
        del action, context
        self.add_import("from pyspark.sql import functions as F")
        return self.render_template("trim.py.j2", {})

    @classmethod
    def get_supported_options(cls) -> dict[str, Any]:
        """Return what an action with `transform_type: trim` takes."""
        return {
            "columns": {
                "type": "array",
                "items": {"type": "string"},
                "required": True,
                "description": "Columns to trim.",
                "examples": [["customer_name", "city"]],
            },
            "empty_as_null": {
                "type": "boolean",
                "default": False,
                "description": "Makes a text null when nothing is left of it.",
            },
        }
