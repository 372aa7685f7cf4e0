"""One generator under test: gives it actions, and tells refusals from faults."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from lhp.core.base_generator import Generated
from lhp.core.manifest import Manifest
from lhp.core.option_schema import MAKES_VIEW, Schema, supported_options
from lhp.errors import (
    CODE_TEMPLATE_FAILED,
    CODE_TEMPLATE_FILTER_BLOCK,
    CODE_TEMPLATE_MISSING,
    CODE_TEMPLATE_QUOTES,
    CODE_TEMPLATE_SYNTAX,
    GENERATED_INVALID,
    PLUGIN_AT_USE,
    PLUGIN_BROKEN,
    PLUGIN_EMITS,
    PLUGIN_FAILED,
    LhpError,
    LhpErrors,
    Location,
)
from lhp.model.flowgroup import KINDS, FlowGroup
from lhp.model.source import place
from lhp.passes.assemble import assemble
from lhp.passes.generate import generate
from lhp.passes.host import Host
from lhp.passes.validate import valid_actions
from lhp.values import frozen

SOURCE = "v_source"
TABLE = "main.sales.orders"
TARGET = "v_target"
_HERE = Location("contract.yaml", 1, 1)
_FAULTS = frozenset(
    {
        CODE_TEMPLATE_FAILED,
        CODE_TEMPLATE_FILTER_BLOCK,
        CODE_TEMPLATE_MISSING,
        CODE_TEMPLATE_QUOTES,
        CODE_TEMPLATE_SYNTAX,
        GENERATED_INVALID,
        PLUGIN_AT_USE,
        PLUGIN_BROKEN,
        PLUGIN_EMITS,
        PLUGIN_FAILED,
    }
)
"""What no input may lead to: the plugin is at fault, and not who uses it."""


@frozen
class Made:
    """What came of an action.

    Args:
        module: The whole module; empty when there is none.
        generated: What the generator gave; None when it gave nothing.
        fault: What the plugin did wrong; empty when nothing.
        refusal: Why it does not take the action; empty when it does.
    """

    module: str = ""
    generated: Generated | None = None
    fault: str = ""
    refusal: str = ""

    @property
    def output(self) -> tuple[Any, ...]:
        """All that has to be the same for the same action."""
        made = self.generated
        own = (made.imports, made.facts, made.files) if made else ()
        return (self.module, self.fault, self.refusal, *own)


class GeneratorUnderTest:
    """A generator in the host that users run it in.

    Args:
        host: The project, or what stands for one.
        manifest: The generator's declaration.
    """

    def __init__(self, host: Host, manifest: Manifest) -> None:
        self._host = host
        self._manifest = manifest
        self._plugin = host.manager.resolver.load(manifest)
        self.kind = KINDS[manifest.plugin_type.kind]

    @cached_property
    def schema(self) -> Schema:
        """What it says that it accepts."""
        handle = self._host.manager.handle(self._manifest)
        schema: Schema = handle.read(supported_options, self._plugin)
        return schema

    @cached_property
    def sources(self) -> Sequence[Any]:
        """What `source` of an action may be, the plainest first."""
        if self.kind.place == "source":
            return (None,)
        one = (SOURCE, TABLE)
        many = (*one, [SOURCE, "v_other"], [TABLE, "main.sales.lines"])
        return {"one": one, "many": many}.get(self._plugin.source_count, (*many, None))

    def action(
        self, options: Mapping[str, Any], source: Any = SOURCE, description: str = ""
    ) -> dict[str, Any]:
        """Return a whole action with some options.

        Args:
            options: The generator's own.
            source: What it reads; a load has none, its options stand there.
            description: What the action says of itself.
        """
        action: dict[str, Any] = {"name": "action", "type": self.kind.name}
        if description:
            action["description"] = description
        if self.kind.name in MAKES_VIEW:
            action["target"] = TARGET
        if self.kind.place != "source" and source is not None:
            action["source"] = source
        selected = {self.kind.selector: self._manifest.name, **options}
        return {**action, self.kind.place: selected} if self.kind.place else {**action, **selected}

    def made(self, options: Mapping[str, Any], source: Any = SOURCE, description: str = "") -> Made:
        """Return what comes of an action with some options; never raises what it leads to.

        Args:
            options: The generator's own.
            source: What the action reads.
            description: What it says of itself.
        """
        whole = {"pipeline": "contract", "flowgroup": "contract"}
        actions = [self.action(options, source, description)]
        flowgroup = FlowGroup(
            whole["pipeline"],
            whole["flowgroup"],
            place({**whole, "actions": actions}, _HERE),
            _HERE.path,
            _HERE,
        )
        try:
            with silent() as printed:
                built = generate(flowgroup, valid_actions(flowgroup, self._host), self._host)
                module = assemble(built, built.steps, self._host.tokens.env)[0].text
        except (LhpError, LhpErrors) as error:
            return _not_made(error)
        said = printed.getvalue().strip()
        fault = f"it printed {said[:80]!r}" if said else _unwritable(module)
        return Made(module, built.steps[0].generated, fault)


@contextlib.contextmanager
def silent() -> Iterator[io.StringIO]:
    """Keep what is printed meanwhile, and give it."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        yield printed


def fault_of(error: LhpError | LhpErrors) -> str:
    """Return what an error says that a plugin did wrong; empty where it blames its user."""
    problems = error.problems if isinstance(error, LhpErrors) else (error,)
    for problem in problems:
        if problem.code in _FAULTS:
            return _words(problem)
        if problem.location is None and not problem.is_warning:
            return f"an error without a place: {_words(problem)}"
    return ""


def refusal_of(error: LhpError | LhpErrors) -> str:
    """Return the words of an error that blames who uses a plugin."""
    problems = error.problems if isinstance(error, LhpErrors) else (error,)
    return "; ".join(_words(problem) for problem in problems if not problem.is_warning)


def _not_made(error: LhpError | LhpErrors) -> Made:
    fault = fault_of(error)
    return Made(fault=fault) if fault else Made(refusal=refusal_of(error))


def _words(problem: LhpError) -> str:
    return str(problem.values.get("reason") or problem.message)


def _unwritable(module: str) -> str:
    try:
        module.encode()
    except UnicodeEncodeError:
        return "its code holds a lone surrogate as it is, which no file can hold"
    return ""
