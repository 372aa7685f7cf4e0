"""Checks flowgroups against the rules of the data platform team."""

from __future__ import annotations

from typing import Any

from local_plugins.rules import broken_rules


class BusinessRuleValidator:
    """Silver and gold tables are documented; bronze tables are named alike."""

    def validate(self, config: dict[str, Any]) -> list[str]:
        """Return what one resolved flowgroup does against the rules."""
        return [
            f"action {action.get('name')!r}: {sentence}"
            for action in config.get("actions") or []
            for sentence in broken_rules(action)
        ]
