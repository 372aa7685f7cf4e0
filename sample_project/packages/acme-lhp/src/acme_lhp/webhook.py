"""Posts the rows of a stream to a web address."""

from __future__ import annotations

from typing import Any

from lhp.core.base_generator import BaseActionGenerator, RuntimeRequirements


class WebhookWriteGenerator(BaseActionGenerator):
    """A sink that posts each batch as one JSON object, and the flow that feeds it."""

    default_read_mode = "stream"

    @classmethod
    def get_supported_options(cls) -> dict[str, Any]:
        """Return what `write_target` takes for `type: webhook`, as JSON Schema."""
        return {
            "type": "object",
            "additionalProperties": False,
            "required": ["sink_name", "url"],
            "properties": {
                "sink_name": {
                    "type": "string",
                    "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
                    "description": "Name of the sink, a Python name.",
                    "examples": ["refund_alerts"],
                },
                "url": {
                    "type": "string",
                    "description": "Address that takes the rows.",
                    "examples": ["${alerts_url}", "https://hooks.acme.example.com/refunds"],
                },
                "headers": {
                    "type": "object",
                    "additionalProperties": {"type": "string"},
                    "default": {},
                    "description": "HTTP headers to send besides, by name.",
                    "examples": [{"X-Acme-Environment": "${logical_env}"}],
                },
                "auth_token": {
                    "type": "string",
                    "default": "",
                    "description": "Bearer token, best as a secret reference; none when absent.",
                    "examples": ["${secret:alerts/webhook_token}"],
                },
                "max_rows": {
                    "type": "integer",
                    "minimum": 1,
                    "default": 500,
                    "description": "Most rows posted in one request.",
                    "examples": [200],
                },
                "timeout_seconds": {
                    "type": "integer",
                    "minimum": 1,
                    "default": 10,
                    "description": "Seconds to wait for the receiver.",
                    "examples": [5],
                },
            },
        }

    def runtime_requirements(self, action: Any, context: Any) -> RuntimeRequirements:  # noqa: ARG002  (the signature is given)
        """Return what the sink imports and Spark does not bring."""
        return RuntimeRequirements(modules=("requests",))

    def generate(self, action: Any, context: Any) -> str:  # noqa: ARG002  (the signature is given)
        """Return the sink's batch function and its append flow."""
        self.add_import("import json")
        self.add_import("import requests")
        sink = action.options["sink_name"]
        return self.render_template(
            "webhook.py.j2",
            {
                "flow": f"f_{sink}",
                "comment": action.description or f"Rows posted by {sink}",
            },
        )
