"""Actions as passes and generators meet them."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from lhp.model.flowgroup import (
    KINDS,
    MARK_END,
    MARK_START,
    Action,
    FlowGroup,
    Output,
    SecretReference,
)
from lhp.text.yaml_reader import read_yaml


def _read(text: str) -> Any:
    return read_yaml(text.encode(), "x.yaml")[0].data


def _action(text: str) -> Action:
    return Action(_read(text), "load", "delta", {"table": "t"})


@pytest.mark.parametrize(
    ("kind", "action", "sub_type", "options"),
    [
        ("load", {"source": {"type": "delta"}}, "delta", {"type": "delta"}),
        ("load", {"source": "view"}, None, "view"),
        ("load", {}, None, None),
        ("transform", {"transform_type": "sql"}, "sql", {"transform_type": "sql"}),
        ("write", {"write_target": {"type": ["sink"]}}, None, {"type": ["sink"]}),
        ("write", {"write_target": {"type": "sink"}}, "sink", {"type": "sink"}),
        ("test", {"test_type": "range"}, "range", {"test_type": "range"}),
        ("test", {}, None, {}),
    ],
)
def test_a_kind_knows_where_options_and_sub_type_stand(
    kind: str, action: dict[str, Any], sub_type: str | None, options: object
) -> None:
    assert KINDS[kind].sub_type_of(action) == sub_type
    assert KINDS[kind].options_of(action) == options


def test_a_kind_gives_the_path_to_an_option() -> None:
    assert KINDS["load"].path("columns", 0) == ("source", "columns", 0)
    assert KINDS["transform"].path("sql") == ("sql",)
    assert all(KINDS[name].name == name for name in KINDS)


def test_an_action_is_a_mapping_and_has_attributes() -> None:
    action = _action("name: a\nsource: v\ntarget: t\ndescription: d\nextra: 5")
    assert (action.kind, action.sub_type, action.options) == ("load", "delta", {"table": "t"})
    assert (action.name, action.source, action.target, action.description) == ("a", "v", "t", "d")
    assert action["extra"] == 5
    assert action.get("absent", 7) == 7
    assert list(action) == ["name", "source", "target", "description", "extra"]
    assert len(action) == 5
    assert dict(action)["extra"] == 5
    with pytest.raises(KeyError):
        action["absent"]
    with pytest.raises(TypeError):
        action["name"] = "b"  # type: ignore[index]


def test_an_action_without_the_optional_says_so_with_empty_values() -> None:
    action = _action("name: a")
    assert (action.source, action.sources, action.read_mode) == (None, (), None)
    assert (action.target, action.description) == ("", "")


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("v_a", ("v_a",)),
        ("''", ()),
        ("[v_a, v_b]", ("v_a", "v_b")),
        ("{view: v_a}", ("v_a",)),
        ("{table: t}", ("t",)),
        ("{name: n}", ("n",)),
        ("{catalog: c, schema: s, table: t}", ("c.s.t",)),
        ("{schema: s, table: t}", ("t",)),
        ("[{view: v_a}, v_b, {type: sql}, 3, ~]", ("v_a", "v_b")),
        ("{type: cloudfiles, path: p}", ()),
    ],
)
def test_sources_are_the_names_that_an_action_reads(source: str, names: tuple[str, ...]) -> None:
    assert _action(f"name: a\nsource: {source}").sources == names


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("{readMode: stream}", "stream"),
        ("{source: {readMode: batch}}", "batch"),
        ("{readMode: stream, source: {readMode: batch}}", "stream"),
        ("{source: v}", None),
    ],
)
def test_read_mode_stands_in_the_action_or_its_source(text: str, mode: str | None) -> None:
    assert _action(text).read_mode == mode


def test_an_action_knows_its_places() -> None:
    action = _action("name: a\nsource:\n  path: p")
    assert action.at() == ("x.yaml", 1, 1)
    assert action.at("source", "path") == ("x.yaml", 3, 9)
    assert action.at("source", "path", key=True) == ("x.yaml", 3, 3)
    assert action.at("source", "absent") == ("x.yaml", 3, 3)


def test_a_flowgroup_pickles_and_has_a_label() -> None:
    flowgroup = FlowGroup("bronze", "orders", _read("a: 1"), "x.yaml")
    assert flowgroup.label == "bronze/orders"
    assert pickle.loads(pickle.dumps(flowgroup)) == flowgroup  # noqa: S301


def test_a_secret_travels_as_a_mark_that_no_file_can_hold() -> None:
    mark = str(SecretReference("scope", "key"))
    assert mark == f"{MARK_START}scope/key{MARK_END}"
    with pytest.raises(UnicodeEncodeError):
        mark.encode()


def test_an_output_names_its_file() -> None:
    assert Output("p/a.py", "x = 1\n", "p").sources == ()
