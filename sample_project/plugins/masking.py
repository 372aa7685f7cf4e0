"""Hides personal data in chosen columns."""

from __future__ import annotations

from typing import Any, Literal

from lhp.core.base_generator import BaseActionGenerator, Options
from pydantic import Field


class MaskingOptions(Options):
    """What a transform takes for `transform_type: masking`."""

    columns: list[str] = Field(
        min_length=1, description="Columns to hide.", examples=[["email", "phone"]]
    )
    method: Literal["hash", "redact", "partial"] = Field(
        "hash",
        description="SHA-256 of the value, a fixed text, or stars before the last characters.",
        json_schema_extra={
            "enumDescriptions": [
                "Its SHA-256: equal values keep equal hashes.",
                "A fixed text.",
                "Stars, and the last characters.",
            ]
        },
    )
    keep_last: int = Field(
        4, ge=1, description="Characters that `partial` leaves readable.", examples=[3]
    )
    redacted_text: str = Field(
        "***", description="What `redact` puts in place of a value.", examples=["(removed)"]
    )


class MaskingTransformGenerator(BaseActionGenerator):
    """A view of its source with personal data hidden; empty values stay empty."""

    Options = MaskingOptions
    default_read_mode = "stream"

    def generate(self, action: Any, context: Any) -> str:  # noqa: ARG002  (the signature is given)
        """Return a view that hides the columns one by one."""
        self.add_import("from pyspark.sql import functions as F")
        docstring = action.description or f"{action.source} without personal data"
        return self.render_template("masking.py.j2", {"docstring": docstring})
