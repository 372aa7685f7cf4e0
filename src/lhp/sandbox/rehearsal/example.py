"""A plugin like any other. Each sandbox loads it before its own, which is then quick to load."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lhp.core.base_generator import BaseActionGenerator, Context
from lhp.model.flowgroup import Action


class RehearsalLoadGenerator(BaseActionGenerator):
    """Reads a table."""

    @classmethod
    def get_supported_options(cls) -> Mapping[str, Any]:
        """Return the options of most plugins: a text that must be there, and others."""
        return {
            "table": {"type": "string", "required": True},
            "limit": {"type": "integer", "default": 1},
        }

    def generate(self, action: Action, context: Context) -> str:
        """Return code that reads the table."""
        del context
        self.add_import("from pyspark import pipelines as dp")
        return f"def {action.target}():\n    return spark.table({action.options['table']!r})"
