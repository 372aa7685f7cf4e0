"""What generated modules declare: views, tables, sinks, and the flows into them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lhp.values import frozen

RULES = "__lhp_rules__"


@frozen
class Rule:
    """An expectation.

    Args:
        name: Of the expectation.
        condition: What a row has to fulfil, as SQL.
        action: What becomes of one that does not: `warn`, `drop` or `fail`.
    """

    name: str
    condition: str
    action: str


@frozen
class View:
    """A view of a pipeline; nothing of it is stored.

    Args:
        name: Of the view.
        pipeline: The only pipeline that sees it.
        flowgroup: The flowgroup that defines it.
        function: Returns its rows.
    """

    name: str
    pipeline: str
    flowgroup: str
    function: Callable[[], Any]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The expectations of its rows."""
        return rules_of(self.function)


@frozen
class Flow:
    """What brings rows into a table or sink.

    Args:
        name: Of the flow.
        kind: The handler that runs it, a module of `lhp.run.flows`.
        pipeline: Its pipeline.
        flowgroup: The flowgroup that defines it.
        function: Returns its rows; None where the settings say what to read.
        settings: What its definition says besides.
    """

    name: str
    kind: str
    pipeline: str
    flowgroup: str
    function: Callable[[], Any] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The expectations of its rows."""
        return rules_of(self.function) if self.function else ()


@dataclass
class Target:
    """A table or a sink.

    Args:
        name: Full name.
        kind: `streaming_table`, `materialized_view`, `table`, `sink` or `foreach_batch_sink`.
        pipeline: The pipeline that defines it.
        flowgroup: The flowgroup that defines it.
        settings: What its definition says.
        is_private: True where only its own pipeline sees it.
        flows: What brings rows into it.
        rules: Expectations of all that it is given.
        function: Takes each batch, for a sink that is a function.
    """

    name: str
    kind: str
    pipeline: str
    flowgroup: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    is_private: bool = False
    flows: list[Flow] = field(default_factory=list)
    rules: tuple[Rule, ...] = ()
    function: Callable[..., Any] | None = None

    @property
    def is_sink(self) -> bool:
        """True where rows leave by it."""
        return self.kind.endswith("sink")

    @property
    def key(self) -> str:
        """What tells it from all others."""
        is_own = self.is_private or self.is_sink
        return f"{self.pipeline}/{self.name}".lower() if is_own else self.name.lower()


@dataclass
class Declared:
    """Everything that the modules of a run declare.

    Args:
        views: By pipeline and name, in lower case.
        targets: By key.
        strays: Flows whose target nobody declares, by its name as they say it.
        hooks: Functions that want to hear of events, by pipeline.
    """

    views: dict[tuple[str, str], View] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)
    strays: list[tuple[str, Flow]] = field(default_factory=list)
    hooks: list[str] = field(default_factory=list)

    def settle(self) -> None:
        """Give each flow to its target; what is left in `strays` has none."""
        left = []
        for name, flow in self.strays:
            target = self.target(name, flow.pipeline)
            if target is None:
                left.append((name, flow))
            else:
                target.flows.append(flow)
        self.strays = left

    def view(self, name: str, pipeline: str) -> View | None:
        """Return a view as a pipeline calls it; None where there is none."""
        return self.views.get((pipeline.lower(), name.lower()))

    def target(self, name: str, pipeline: str) -> Target | None:
        """Return a table or sink as a pipeline calls it; None where there is none.

        Args:
            name: Its full name, or the end of it where only one has that end.
            pipeline: Who calls it so.
        """
        name = name.lower()
        own = self.targets.get(f"{pipeline}/{name}".lower()) or self.targets.get(name)
        if own is not None:
            return own
        ends = [each for each in self._shared() if each.key.endswith(f".{name}")]
        return ends[0] if len(ends) == 1 else None

    def names(self, pipeline: str) -> Iterator[str]:
        """Yield the names of all that a pipeline can read."""
        yield from (view.name for view in self.views.values() if view.pipeline == pipeline)
        yield from (each.name for each in self._shared())

    def _shared(self) -> Iterator[Target]:
        return (each for each in self.targets.values() if "/" not in each.key)


def rules_of(function: Callable[..., Any]) -> tuple[Rule, ...]:
    """Return the expectations that stand at a function, in their order of writing."""
    return tuple(getattr(function, RULES, ()))
