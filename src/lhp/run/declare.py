"""The module `dp` that generated code meets: it notes what is declared, and runs nothing.

Source: Databricks, "Lakeflow Spark Declarative Pipelines Python language reference".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

from lhp.run.datasets import RULES, Declared, Flow, Rule, Target, View

_Function = Callable[..., Any]
_ACTIONS = {"": "warn", "_or_drop": "drop", "_or_fail": "fail"}


class Declaring:
    """Notes what the modules of a pipeline declare.

    Args:
        declared: Where it is noted.
    """

    def __init__(self, declared: Declared) -> None:
        self.declared = declared
        self.pipeline = ""
        self.flowgroup = ""

    def module(self) -> ModuleType:
        """Return what stands for `pyspark.pipelines` and `dlt`."""
        module = ModuleType("pyspark.pipelines", "Notes what generated code declares.")
        names = [
            "append_flow",
            "create_auto_cdc_flow",
            "create_auto_cdc_from_snapshot_flow",
            "create_sink",
            "create_streaming_table",
            "foreach_batch_sink",
            "materialized_view",
            "on_event_hook",
            "replace_flow",
            "table",
            "temporary_view",
            "update_flow",
        ]
        attributes: dict[str, Any] = {name: getattr(self, name) for name in names}
        attributes.update(
            apply_changes=self.create_auto_cdc_flow,
            apply_changes_from_snapshot=self.create_auto_cdc_from_snapshot_flow,
            create_streaming_live_table=self.create_streaming_table,
            create_target_table=self.create_streaming_table,
            view=self.temporary_view,
        )
        for ending, action in _ACTIONS.items():
            attributes[f"expect{ending}"] = _expectation(action)
            attributes[f"expect_all{ending}"] = _expectations(action)
        vars(module).update(attributes)
        return module

    def temporary_view(self, function: _Function | None = None, /, **settings: Any) -> Any:
        """Declare a view."""

        def declare(function: _Function) -> _Function:
            name = settings.get("name") or function.__name__
            view = View(name, self.pipeline, self.flowgroup, function)
            self.declared.views[self.pipeline.lower(), name.lower()] = view
            return function

        return declare(function) if function else declare

    def materialized_view(self, function: _Function | None = None, /, **settings: Any) -> Any:
        """Declare a table that is made anew from its query."""
        return self._queried("materialized_view", "refresh", function, settings)

    def table(self, function: _Function | None = None, /, **settings: Any) -> Any:
        """Declare a table that a query makes: appended to, made anew, or with rows replaced."""
        kind = "replace" if settings.get("replace_using") else "query"
        return self._queried("table", kind, function, settings)

    def create_streaming_table(self, name: str, **settings: Any) -> None:
        """Declare a table that flows append to."""
        rules = [
            Rule(rule, condition, action)
            for ending, action in _ACTIONS.items()
            for rule, condition in (settings.pop(f"expect_all{ending}", None) or {}).items()
        ]
        self._add(self._target(name, "streaming_table", settings, rules=tuple(rules)))

    def create_sink(self, name: str, format: str, options: Mapping[str, Any] | None = None) -> None:  # noqa: A002  (the platform's name)
        """Declare where rows go that leave the pipeline."""
        self._add(self._target(name, "sink", {"format": format, "options": dict(options or {})}))

    def foreach_batch_sink(self, function: _Function | None = None, /, **settings: Any) -> Any:
        """Declare a function that each batch is given to."""

        def declare(function: _Function) -> _Function:
            name = settings.get("name") or function.__name__
            self._add(self._target(name, "foreach_batch_sink", settings, function=function))
            return function

        return declare(function) if function else declare

    def append_flow(self, **settings: Any) -> Callable[[_Function], _Function]:
        """Declare what appends rows to a table or sink."""
        return self._flow("append", settings)

    def replace_flow(self, **settings: Any) -> Callable[[_Function], _Function]:
        """Declare what replaces the rows of a table."""
        return self._flow("replace", settings)

    def update_flow(self, **settings: Any) -> Callable[[_Function], _Function]:
        """Declare what gives a sink the rows that changed; where none can change, it appends."""
        return self._flow("append", settings)

    def create_auto_cdc_flow(self, target: str, source: str, **settings: Any) -> None:
        """Declare what keeps a table in step with a feed of changes."""
        self._stray("auto_cdc", target, {"source": source, **settings})

    def create_auto_cdc_from_snapshot_flow(self, target: str, source: Any, **settings: Any) -> None:
        """Declare what keeps a table in step with snapshots."""
        self._stray("snapshot_cdc", target, {"source": source, **settings})

    def on_event_hook(self, function: _Function | None = None, /, **settings: Any) -> Any:
        """Note that somebody wants to hear of events."""
        del settings

        def declare(function: _Function) -> _Function:
            self.declared.hooks.append(self.pipeline)
            return function

        return declare(function) if function else declare

    def _queried(
        self, kind: str, flow: str, function: _Function | None, settings: Mapping[str, Any]
    ) -> Any:
        def declare(function: _Function) -> _Function:
            name = settings.get("name") or function.__name__
            is_private = bool(settings.get("temporary") or settings.get("private"))
            target = self._target(name, kind, settings, is_private=is_private)
            target.flows.append(Flow(name, flow, self.pipeline, self.flowgroup, function, settings))
            self._add(target)
            return function

        return declare(function) if function else declare

    def _flow(self, kind: str, settings: dict[str, Any]) -> Callable[[_Function], _Function]:
        target = settings.pop("target")

        def declare(function: _Function) -> _Function:
            name = settings.get("name") or function.__name__
            flow = Flow(name, kind, self.pipeline, self.flowgroup, function, settings)
            self.declared.strays.append((target, flow))
            return function

        return declare

    def _stray(self, kind: str, target: str, settings: Mapping[str, Any]) -> None:
        name = settings.get("name") or settings.get("flow_name") or f"{kind} into {target}"
        flow = Flow(name, kind, self.pipeline, self.flowgroup, None, settings)
        self.declared.strays.append((target, flow))

    def _target(self, name: str, kind: str, settings: Mapping[str, Any], **more: Any) -> Target:
        return Target(name, kind, self.pipeline, self.flowgroup, settings, **more)

    def _add(self, target: Target) -> None:
        self.declared.targets.setdefault(target.key, target)


def _expectation(action: str) -> Callable[[str, str], Callable[[_Function], _Function]]:
    def expect(description: str, constraint: str) -> Callable[[_Function], _Function]:
        return _with_rules([Rule(description, constraint, action)])

    return expect


def _expectations(action: str) -> Callable[[Mapping[str, str]], Callable[[_Function], _Function]]:
    def expect_all(expectations: Mapping[str, str]) -> Callable[[_Function], _Function]:
        return _with_rules(Rule(name, rule, action) for name, rule in expectations.items())

    return expect_all


def _with_rules(rules: Iterable[Rule]) -> Callable[[_Function], _Function]:
    def mark(function: _Function) -> _Function:
        setattr(function, RULES, (*rules, *getattr(function, RULES, ())))
        return function

    return mark
