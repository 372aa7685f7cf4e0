"""Expand: the order in which a flowgroup's parts are worked in, from real YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from lhp.core.render import TextRenderer
from lhp.errors import NAME_UNSAFE, LhpError
from lhp.model.flowgroup import FlowGroup, SecretReference
from lhp.model.source import locate
from lhp.passes.expand import Content, expand
from lhp.passes.presets import collect_presets, read_preset
from lhp.passes.substitution import Tokens
from lhp.passes.templates import read_template
from lhp.passes.tokens import read_tokens
from lhp.text.yaml_reader import read_yaml

HEAD = "pipeline: p\nflowgroup: f\n"


def content(presets: tuple[str, ...] = (), templates: Mapping[str, str] | None = None) -> Content:
    read_presets = (
        read_preset(read_yaml(text.encode(), f"presets/{n}.yaml")[0])
        for n, text in enumerate(presets)
    )
    read_templates = {
        key: read_template(read_yaml(text.encode(), f"templates/{key}.yaml")[0], key)
        for key, text in (templates or {}).items()
    }
    return Content(collect_presets(read_presets), read_templates, TextRenderer())


def tokens(text: str = "") -> Tokens:
    return read_tokens(read_yaml(text.encode(), "substitutions/dev.yaml")[0], "dev", {})


def flowgroup(text: str) -> FlowGroup:
    document = read_yaml(text.encode(), "f.yaml")[0]
    names = (str(document.data.get(key, key)) for key in ("pipeline", "flowgroup"))
    return FlowGroup(*names, document.data, "f.yaml", document.location)


def problems_of(text: str, known: Content, values: str = "") -> list[LhpError]:
    try:
        return list(expand(flowgroup(text), known, tokens(values)).errors)
    except LhpError as problem:
        return [problem]


def test_variables_feed_parameters_that_give_tokens_that_give_secrets() -> None:
    known = content(
        presets=("name: late\ndefaults: {load_actions: {jdbc: {fetch: '${size}'}}}",),
        templates={
            "sub/t": "presets: [late]\nparameters: [{name: x}]\n"
            "actions: [{name: '{{ x }}', type: load, source: {type: jdbc, password: '${pw}'}}]"
        },
    )
    found = expand(
        flowgroup(
            HEAD + "variables: {v: '${n}'}\nuse_template: sub/t\n"
            "template_parameters: {x: 'load_%{v}'}\nactions: [{name: own, type: transform}]"
        ),
        known,
        tokens("dev: {n: ships, size: 10, pw: '${secret:kv/pw}'}"),
    )
    assert found.data["actions"] == [
        {"name": "own", "type": "transform"},
        {
            "name": "load_ships",
            "type": "load",
            "source": {
                "fetch": "10",
                "type": "jdbc",
                "password": str(SecretReference("kv", "pw")),
            },
        },
    ]
    assert found.templated_from == 1
    assert found.parameters == {"x": "load_${n}"}
    assert str(locate(found.data, ("actions", 1, "name"))) == "templates/sub/t.yaml:3:18"
    assert str(locate(found.data, ("actions", 1, "source", "fetch"))) == "presets/0.yaml:2:41"


def test_presets_of_the_flowgroup_lie_over_those_of_the_template() -> None:
    known = content(
        presets=(
            "name: a\ndefaults: {load_actions: {delta: {x: a, y: a, z: a}}}",
            "name: b\ndefaults: {load_actions: {delta: {y: b, z: b}}}",
        ),
        templates={
            "t": "presets: [a]\nactions: [{name: n, type: load, source: {type: delta, z: 1}}]"
        },
    )
    found = expand(flowgroup(HEAD + "use_template: t\npresets: [b]"), known, tokens())
    assert found.data["actions"][0]["source"] == {"x": "a", "y": "b", "z": 1, "type": "delta"}


@pytest.mark.parametrize(
    ("own", "columns", "warnings"),
    [
        ("", None, 1),
        ("presets: [b]", ["_b"], 1),
        ("presets: [a]", ["_a"], 0),
        ("operational_metadata: [_f]", ["_f"], 1),
    ],
)
def test_columns_of_a_templates_presets_select_nothing(
    own: str, columns: Any, warnings: int
) -> None:
    known = content(
        presets=(
            "name: a\ndefaults: {operational_metadata: [_a]}",
            "name: b\ndefaults: {operational_metadata: [_b]}",
        ),
        templates={"t": "presets: [a]"},
    )
    found = expand(flowgroup(f"{HEAD}use_template: t\n{own}"), known, tokens())
    assert found.data.get("operational_metadata") == columns
    assert [str(w.location) for w in found.problems] == ["presets/0.yaml:2:12"] * warnings


def test_test_actions_are_dropped_unless_asked_for() -> None:
    known = content(templates={"t": "actions: [{name: c, type: test}, {name: d, type: write}]"})
    group = flowgroup(
        HEAD + "use_template: t\nactions: [{name: a, type: test}, {name: b, type: load}, x]"
    )
    without = expand(group, known, tokens())
    assert [getattr(each, "get", lambda _: "x")("name") for each in without.data["actions"]] == [
        "b",
        "x",
        "d",
    ]
    assert without.templated_from == 2
    both = expand(group, known, tokens(), include_tests=True)
    assert (len(both.data["actions"]), both.templated_from) == (5, 3)


def test_a_flowgroup_is_told_and_put_by_the_names_as_written() -> None:
    text = "pipeline: '${area}_raw'\nflowgroup: '%{t} 1.0-x'\nvariables: {t: ships}"
    found = expand(flowgroup(text), content(), tokens("dev: {area: port}"))
    assert found.label == "${area}_raw/%{t} 1.0-x"
    assert (found.data["pipeline"], found.data["flowgroup"]) == ("port_raw", "ships 1.0-x")


def test_a_name_that_is_too_long_as_written_is_refused() -> None:
    long = "t" * 201
    text = f"pipeline: '${{{long}}}'\nflowgroup: f"
    found = problems_of(text, content(), f"dev: {{{long}: port}}")
    assert [each.code for each in found] == [NAME_UNSAFE]


@pytest.mark.parametrize(
    "name",
    ["a b", "a.b", "a-b_c", "été", "2024", "_x", "console", "com", "x" * 200],
)
def test_a_safe_name_is_taken(name: str) -> None:
    assert not expand(flowgroup(f"pipeline: '{name}'\nflowgroup: f"), content(), tokens()).problems


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "../up", "a/b", "a\\b", " a", "a ", ".a", "a.", "a\nb", "a:b", "a*"),
        *("con", "NUL", "Com1", "lpt9.txt", "com¹", "${a.b}", "x" * 201, "a\u202eb"),
    ],
)
def test_a_name_that_is_no_file_name_is_refused_at_its_place(name: str) -> None:
    group = flowgroup("pipeline: p\nflowgroup: x")
    group.data["flowgroup"] = name
    (problem,) = expand(group, content(), tokens()).errors
    assert problem.code.id == "LHP-VAL-130"
    assert str(problem.location) == "f.yaml:2:12"


def test_a_missing_name_is_refused() -> None:
    found = problems_of("x: 1", content())
    assert [p.values["what"] for p in found] == ["pipeline", "flowgroup"]


def test_an_unknown_template_is_told_at_its_place_with_the_nearest() -> None:
    (problem,) = problems_of(
        HEAD + "use_template: bronze/csv_ingst", content(templates={"bronze/csv_ingest": ""})
    )
    assert problem.code.id == "LHP-CFG-027"
    assert str(problem.location) == "f.yaml:3:15"
    assert problem.hint == "did you mean 'bronze/csv_ingest'?"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("actions: x", "3:10"),
        ("presets: x", "3:10"),
        ("use_template: [t]", "3:15"),
        ("use_template: t\ntemplate_parameters: x", "4:22"),
    ],
)
def test_a_flowgroup_of_another_shape_is_refused(text: str, place: str) -> None:
    (problem,) = problems_of(HEAD + text, content(templates={"t": ""}))
    assert str(problem.location) == f"f.yaml:{place}"


def test_a_variable_in_a_template_is_left_over() -> None:
    known = content(templates={"t": "actions: [{name: '%{v}'}]"})
    (problem,) = problems_of(HEAD + "variables: {v: x}\nuse_template: t", known)
    assert problem.code.id == "LHP-CFG-010"
    assert str(problem.location) == "templates/t.yaml:1:18"


def test_leftovers_of_the_whole_flowgroup_are_told() -> None:
    found = problems_of(HEAD + "x-a: '${no}'\nactions: [{name: '${nope}'}]", content())
    assert [str(p.location) for p in found] == ["f.yaml:3:6", "f.yaml:4:18"]


def test_warnings_of_all_steps_are_kept() -> None:
    known = content(
        presets=("name: a\ndefaults: {write_actions: {sink: {database_suffix: _d}}}",),
        templates={"t": "parameters: [{name: table}]"},
    )
    text = "use_template: t\ntemplate_parameters: {tabel: x}\npresets: [a]\nx-a: '{n}'"
    found = expand(flowgroup(HEAD + text), known, tokens("dev: {n: x}"))
    assert [w.code.id for w in found.problems] == ["LHP-CFG-155", "LHP-DEPR-004", "LHP-DEPR-001"]


def test_the_flowgroup_as_written_is_not_changed() -> None:
    group = flowgroup(HEAD + "actions: [{name: '${n}'}]")
    expand(group, content(), tokens("dev: {n: x}"))
    assert group.data["actions"] == [{"name": "${n}"}]


def test_what_an_action_says_wins_over_a_preset_and_comes_first() -> None:
    known = content(
        presets=(
            "name: delta_props\ndefaults: {write_actions: {streaming_table: {comment: std, table_properties: {a: p, b: p}}}}",
        )
    )
    target = "{type: streaming_table, table: t, comment: mine, table_properties: {a: mine, z: 1}}"
    text = f"presets: [delta_props]\nactions: [{{name: w, type: write, write_target: {target}}}]"
    found = expand(flowgroup(HEAD + text), known, tokens()).data["actions"][0]["write_target"]
    assert (found["comment"], found["table_properties"]) == (
        "mine",
        {"a": "mine", "b": "p", "z": 1},
    )


@pytest.mark.parametrize(
    ("own", "given"),
    [
        ("'${own}'", "{a: preset, c: preset}"),
        ("{a: own, b: own}", "'${given}'"),
        ("'${maps.own}'", "'${maps.given}'"),
    ],
)
def test_a_map_that_is_a_token_is_merged_as_one_that_is_written_out(own: str, given: str) -> None:
    defaults = f"{{write_actions: {{streaming_table: {{table_properties: {given}}}}}}}"
    known = content(presets=(f"name: p\ndefaults: {defaults}",))
    values = "{own: {a: own, b: '${n}'}, given: {a: preset, c: preset}"
    values += ", n: own, maps: {own: '${own}', given: '${given}'}}"
    target = f"{{type: streaming_table, table: t, table_properties: {own}}}"
    text = f"presets: [p]\nactions: [{{name: w, type: write, write_target: {target}}}]"
    found = expand(flowgroup(HEAD + text), known, tokens(f"dev: {values}"))
    assert found.problems == ()
    properties = found.data["actions"][0]["write_target"]["table_properties"]
    assert properties == {"a": "own", "b": "own", "c": "preset"}


@pytest.mark.parametrize("own", ["'${text}'", "'${list}'", "'${secret:kv/k}'", "'x${text}'"])
def test_what_is_no_map_replaces_what_a_preset_gives(own: str) -> None:
    known = content(presets=("name: p\ndefaults: {load_actions: {delta: {options: {a: 1}}}}",))
    text = f"presets: [p]\nactions: [{{type: load, source: {{type: delta, options: {own}}}}}]"
    found = expand(flowgroup(HEAD + text), known, tokens("dev: {text: x, list: [1]}"))
    assert "a" not in found.data["actions"][0]["source"]["options"]
    assert found.problems == ()
