"""Reads an endpoint of a partner's REST interface."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lhp.core.base_generator import BaseActionGenerator, Config, Problem, RuntimeRequirements
from pydantic import Field


class RestApiConfig(Config):
    """What lhp.yaml says once for all endpoints."""

    base_url: str = Field(
        description="Address that every endpoint begins with.",
        examples=["${partner_api_url}", "https://rates.example.com/v1"],
    )
    timeout_seconds: int = Field(30, description="Seconds to wait for an answer.", examples=[20])


class RestApiLoadGenerator(BaseActionGenerator):
    """A view of the records that one GET request answers with."""

    Config = RestApiConfig

    @classmethod
    def get_supported_options(cls) -> dict[str, Any]:
        """Return what `source` takes for `type: rest_api`."""
        return {
            "endpoint": {
                "type": "string",
                "required": True,
                "description": "Path after the base address, with a leading slash.",
                "examples": ["/rates/daily"],
            },
            "record_schema": {
                "type": "string",
                "required": True,
                "description": "Columns of a record, as `name TYPE, name TYPE`.",
                "examples": ["rate_date DATE, currency STRING, rate DECIMAL(18,8)"],
            },
            "records_key": {
                "type": "string",
                "default": "",
                "description": "Key of the answer that holds the records; empty when it is a list.",
                "examples": ["rates"],
            },
            "params": {
                "type": "object",
                "default": {},
                "description": "Query parameters of the request, by name.",
                "examples": [{"base": "${reporting_currency}"}],
            },
            "auth_method": {
                "type": "string",
                "enum": ["none", "bearer", "api_key"],
                "default": "bearer",
                "enumDescriptions": [
                    "No token is sent.",
                    "The token is sent as a bearer token.",
                    "The token is sent in the header X-Api-Key.",
                ],
                "description": "How the token is sent.",
            },
            "api_token": {
                "type": "string",
                "default": "",
                "description": "The token, best as a secret reference.",
                "examples": ["${secret:partners/rates_api_token}"],
            },
        }

    def check(self, action: Any, context: Any) -> Iterator[Problem]:  # noqa: ARG002  (the signature is given)
        """Yield what the shape of the options alone does not tell."""
        if not action.options["endpoint"].startswith("/"):
            yield Problem("an endpoint begins with a slash", ("source", "endpoint"))
        if action.options["auth_method"] != "none" and not action.options["api_token"]:
            yield Problem("this way of signing in needs `api_token`", ("source",))

    def runtime_requirements(self, action: Any, context: Any) -> RuntimeRequirements:  # noqa: ARG002  (the signature is given)
        """Return what the view imports and Spark does not bring."""
        return RuntimeRequirements(modules=("requests",))

    def generate(self, action: Any, context: Any) -> str:
        """Return a view that asks the endpoint and turns the records into rows."""
        self.add_import("import json")
        self.add_import("import requests")
        self.add_import("from pyspark.sql import functions as F")
        endpoint = action.options["endpoint"]
        return self.render_template(
            "rest_api.py.j2",
            {
                "docstring": action.description or f"Records of {endpoint}",
                "url": context.config.base_url.rstrip("/") + endpoint,
                "timeout": context.config.timeout_seconds,
            },
        )
