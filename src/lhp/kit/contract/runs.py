"""What validators, formatters and artifacts have to keep, which meet flowgroups or whole runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from lhp.core.manifest import Manifest
from lhp.errors import LhpError, LhpErrors, Location
from lhp.kit.contract.actions import fault_of, refusal_of, silent
from lhp.kit.contract.checks import Check, smaller_value, tried
from lhp.kit.contract.samples import HOSTILE
from lhp.model.flowgroup import FlowGroup, Output
from lhp.model.source import place
from lhp.passes.artifacts import artifact_problems, artifacts
from lhp.passes.format import format_outputs
from lhp.passes.host import Host
from lhp.passes.made import shell_of
from lhp.passes.review import review

_HERE = Location("contract.yaml", 1, 1)
_READS: Mapping[str, Any] = {
    "name": "load_sales",
    "type": "load",
    "source": {"type": "delta", "catalog": "main", "schema": "raw", "table": "sales"},
    "target": "v_sales",
}
_CHANGES: Mapping[str, Any] = {
    "name": "clean_sales",
    "type": "transform",
    "transform_type": "sql",
    "source": "v_sales",
    "sql": "SELECT * FROM v_sales",
    "target": "v_clean",
}
_WRITES: Mapping[str, Any] = {
    "name": "write_sales",
    "type": "write",
    "source": ["v_clean"],
    "write_target": {
        "type": "streaming_table",
        "catalog": "main",
        "schema": "bronze",
        "table": "sales",
        "comment": "Sales of a day",
    },
}
_VIEW: Mapping[str, Any] = {
    "name": "write_view",
    "type": "write",
    "write_target": {"type": "materialized_view", "table": "sales", "sql": "SELECT 1"},
}
_TESTS: Mapping[str, Any] = {
    "name": "test_sales",
    "type": "test",
    "test_type": "uniqueness",
    "source": "main.bronze.sales",
    "columns": ["id"],
}
_MODULE = '''\
"""A module."""
from pyspark import pipelines as dp

PIPELINE_ID = "sales"


@dp.temporary_view()
def v_sales():
    """Sales of a day"""
    text = """ends with spaces   
      \\t"""
    df = spark.sql(f"SELECT '{text!r:>10}', \\"x\\" AS y  -- {1 + 1}")
    df = (df
      .filter( "a  =  1" )
        .withColumn('b', F.lit( {"k" : [1,2 , 3]} )))
    return df   # a comment


def other(a, *, b = 1): return lambda x : (a, b, x,)
'''  # noqa: W291  (formatters must not touch it)
_MODULES: Sequence[Mapping[str, str]] = (
    {},
    {"generated/dev/p/empty.py": ""},
    {"generated/dev/p/sales.py": _MODULE},
    {"generated/dev/p/comment.py": "# only a comment\n", "generated/dev/p/q/one.py": "x=1\n"},
    {"generated/dev/p/letters.py": 'a = "é \u202a \\u202e"  # naïve\n\n\n\n\nclass A: pass'},
)


def plain_flowgroups() -> Sequence[Mapping[str, Any]]:
    """Return flowgroups that projects have: of each kind of action, and with odd texts."""
    lists: Sequence[Sequence[Mapping[str, Any]]] = (
        [_READS, _CHANGES, _WRITES],
        [_READS],
        [_VIEW],
        [_TESTS],
        [_READS, _CHANGES, _WRITES, _VIEW, _TESTS],
        *([{**_READS, "description": text, "x-note": {text: [text]}}, _WRITES] for text in HOSTILE),
    )
    names = ("sales", "p")
    return [{"pipeline": names[0], "flowgroup": names[1], "actions": [*each]} for each in lists]


def validator_checks(host: Host) -> Iterator[Check]:
    """Yield a check for each rule that a validator has to keep.

    Args:
        host: Has no other validator.
    """

    def fault(data: Mapping[str, Any]) -> str:
        with silent() as printed:
            one, other = review(_flowgroup(data), host), review(_flowgroup(data), host)
        if one and (wrong := fault_of(LhpErrors(one))):
            return wrong
        if printed.getvalue():
            return f"it printed {printed.getvalue()[:80]!r}"
        is_same = [*map(str, one)] == [*map(str, other)]
        return "" if is_same else "it finds something else the second time"

    about = "a flowgroup of each kind gives problems or none"
    yield tried(about, plain_flowgroups(), fault, smaller=_fewer_keys)


def _fewer_keys(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield flowgroups with less in them that are flowgroups still."""
    actions = data["actions"]
    for at in range(len(actions)) if len(actions) > 1 else ():
        yield {**data, "actions": actions[:at] + actions[at + 1 :]}
    for at, action in enumerate(actions):
        for each in smaller_value(dict(action)):
            if {"name", "type"} <= each.keys() and each["type"] == action["type"]:
                yield {**data, "actions": [*actions[:at], each, *actions[at + 1 :]]}


def formatter_checks(host: Host, manifest: Manifest) -> Iterator[Check]:
    """Yield a check for each rule that a formatter has to keep.

    Args:
        host: The project.
        manifest: The formatter's declaration.
    """
    handle = host.manager.handle(manifest)
    loaded = handle.load()
    formatter = handle.call(loaded) if isinstance(loaded, type) else loaded
    call = partial(format_outputs, name=manifest.name)

    def formatted(sources: Mapping[str, str]) -> Mapping[str, str]:
        outputs = [Output(path, text, "p") for path, text in sources.items()]
        return {each.path: each.text for each in handle.call(call, outputs, formatter)}

    def same(sources: Mapping[str, str]) -> str:
        with silent() as printed:
            reason = _raised(lambda: formatted(sources), refusal_of)
        said = printed.getvalue()
        return reason or (f"it printed {said[:80]!r}" if said else "")

    def stable(sources: Mapping[str, str]) -> str:
        with silent():
            once = formatted(sources)
            is_stable = formatted(once) == once
        return "" if is_stable else "it changes what it laid out itself"

    first = tried("the program stays the same", _MODULES, same, smaller=_fewer_lines)
    yield first
    if not first.failures:
        yield tried("its own layout stays as it is", _MODULES, stable, smaller=_fewer_lines)


def _fewer_lines(sources: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    for path, text in sources.items():
        if len(sources) > 1:
            yield {key: each for key, each in sources.items() if key != path}
        lines = text.splitlines(keepends=True)
        for at in range(len(lines)):
            yield {**sources, path: "".join(lines[:at] + lines[at + 1 :])}


def artifact_checks(host: Host) -> Iterator[Check]:
    """Yield a check for each rule that an artifact has to keep.

    Args:
        host: Has no other artifact.
    """
    runs = [[], plain_flowgroups()[:1], plain_flowgroups()[:3]]

    def made(flowgroups: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
        named = [{**each, "flowgroup": f"f{at}"} for at, each in enumerate(flowgroups)]
        built = [shell_of(_flowgroup(each), with_data=True) for each in named]
        path = f"generated/{host.tokens.env}/sales"
        outputs = [Output(f"{path}/{each.name}.py", "", "sales") for each in built]
        found = artifacts(outputs, built, host, is_whole=True).outputs
        return {each.path: each.text for each in found}

    def fault(flowgroups: Sequence[Mapping[str, Any]]) -> str:
        with silent() as printed:
            reason = _raised(lambda: made(flowgroups), fault_of)
            is_same = bool(reason) or _quiet(made, flowgroups) == _quiet(made, flowgroups)
        if reason or not is_same:
            return reason or "it makes something else the second time"
        return f"it printed {printed.getvalue()[:80]!r}" if printed.getvalue() else ""

    yield tried("runs of some flowgroups give files", runs, fault)

    def check_fault(_: None) -> str:
        found = artifact_problems(host)
        return fault_of(LhpErrors(found)) if found else ""

    yield tried("its own check gives problems or none", [None], check_fault)


def _quiet(made: Callable[[Any], Mapping[str, str]], given: Any) -> Mapping[str, str] | None:
    try:
        return made(given)
    except LhpErrors:
        return None  # what its files have wrong is no matter of the plugin


def _raised(call: Callable[[], object], words: Callable[[LhpError | LhpErrors], str]) -> str:
    try:
        call()
    except (LhpError, LhpErrors) as error:
        return words(error)
    return ""


def _flowgroup(data: Mapping[str, Any]) -> FlowGroup:
    placed = place(data, _HERE)
    return FlowGroup(data["pipeline"], data["flowgroup"], placed, _HERE.path, _HERE)
