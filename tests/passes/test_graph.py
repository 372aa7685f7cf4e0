"""Graph: the order of the actions, and what only all of them together can tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import permutations
from pathlib import Path

import pytest

from lhp.core.plugin_manager import PluginManager
from lhp.errors import (
    ACTION_CYCLE,
    CLAIMED_TWICE,
    FLOWGROUP_TWICE,
    NAME_SHARED,
    NO_LOAD,
    NO_WRITE,
    SOURCE_UNKNOWN,
    TABLE_CREATED_TWICE,
    TABLE_CYCLE,
    TABLE_NOT_CREATED,
    TARGET_RESERVED,
    TARGET_TWICE,
    TRANSFORM_UNUSED,
    UNKNOWN_KEY,
    WRITES_DISAGREE,
    Code,
    LhpError,
)
from lhp.passes.expand import Content, expand
from lhp.passes.generate import generate
from lhp.passes.graph import ordered
from lhp.passes.host import Host
from lhp.passes.parse import parse
from lhp.passes.project import open_project
from lhp.passes.substitution import Tokens
from lhp.passes.validate import valid_actions
from lhp.text.yaml_reader import read_yaml

Check = Callable[..., Sequence[LhpError]]
Made = Callable[..., Mapping[str, str]]

HEAD = "pipeline: p\nflowgroup: f\nactions:\n"


def load(name: str, target: str) -> str:
    return f"  - {{name: {name}, type: load, target: {target}, source: {{type: sql, sql: SELECT 1}}}}\n"


def sql(name: str, target: str, source: str) -> str:
    kind = "type: transform, transform_type: sql"
    return f"  - {{name: {name}, {kind}, target: {target}, source: {source}, sql: SELECT 1}}\n"


def write(source: str, table: str = "t", *, name: str = "w", more: str = "") -> str:
    target = f"{{type: streaming_table, catalog: c, schema: s, table: {table}{more}}}"
    return f"  - {{name: {name}, type: write, source: {source}, write_target: {target}}}\n"


@pytest.mark.parametrize(
    ("actions", "codes"),
    [
        ((load("l", "v"), load("m", "‸v"), write("v")), [TARGET_TWICE]),
        ((load("l", "v"), load("m", "‸v"), load("n", "‸v"), write("v")), [TARGET_TWICE] * 2),
        (
            (load("l", "v"), sql("a", "‸x", "v"), sql("b", "‸x", "v"), write("v")),
            [TRANSFORM_UNUSED, TARGET_TWICE],
        ),
        ((load("l", "‸spark"), write("spark")), [TARGET_RESERVED]),
        ((load("l", "v"), sql("t", "‸x", "v"), write("v")), [TRANSFORM_UNUSED]),
        (
            (load("l", "v"), sql("a", "x", "‸[v, y]"), sql("b", "y", "x"), write("y")),
            [ACTION_CYCLE],
        ),
        ((load("l", "v"), sql("a", "x", "‸x"), write("x")), [ACTION_CYCLE]),
        # Named is the circle, not who waits for it.
        (
            (
                load("l", "v"),
                sql("a", "w", "x"),
                sql("b", "x", "‸y"),
                sql("c", "y", "x"),
                write("w"),
            ),
            [ACTION_CYCLE],
        ),
    ],
)
def test_views_that_do_not_fit_are_told(
    actions: Sequence[str], codes: Sequence[Code], check: Check
) -> None:
    check(HEAD + "".join(actions), *codes)


def test_a_circle_is_named_action_by_action(check: Check) -> None:
    found = check(
        f"{HEAD}{load('l', 'v')}{sql('b', 'y', 'z')}{sql('a', 'x', '‸y')}{sql('c', 'z', 'x')}{write('x')}",
        ACTION_CYCLE,
    )
    assert found[0].message == "the actions read each other in a circle: a -> b -> c -> a"


def test_where_the_other_target_stands_is_said(check: Check) -> None:
    found = check(f"{HEAD}{load('l', 'v')}{load('m', '‸v')}{write('v')}", TARGET_TWICE)
    assert found[0].hint == "rename one target; the other stands at pipelines/a.yaml:4:35"


def test_a_flowgroup_that_loads_or_writes_nothing_is_told(check: Check, problems: Check) -> None:
    check("‸" + HEAD + load("l", "v"), NO_WRITE)
    check("‸" + HEAD + write("x.y.z"), NO_LOAD)
    found = problems(HEAD + sql("a", "x", "c.s.raw"))
    assert [each.code for each in found] == [NO_WRITE, NO_LOAD, TRANSFORM_UNUSED]
    assert [each.location.line for each in found if each.location] == [1, 1, 4]


def test_a_materialized_view_with_its_own_query_needs_no_load(made: Made) -> None:
    target = "{type: materialized_view, catalog: c, schema: s, table: t, sql: SELECT 1}"
    assert list(made(f"{HEAD}  - {{name: w, type: write, write_target: {target}}}\n")) == ["p/f.py"]


@pytest.mark.parametrize(
    "order",
    list(permutations([load("l", "v"), sql("a", "x", "v"), sql("b", "y", "x"), write("y")])),
)
def test_an_action_stands_after_what_it_reads_however_it_is_written(
    order: Sequence[str], made: Made
) -> None:
    text = made(HEAD + "".join(order))["p/f.py"]
    assert re.findall(r"^def (\w+)", text, re.MULTILINE) == ["v", "x", "y", "f_w"]


def test_actions_that_wait_for_nothing_keep_their_order(made: Made) -> None:
    loads = "".join(load(f"l{name}", f"v_{name}") for name in "zab")
    text = made(HEAD + loads + write("[v_a, v_b, v_z]"))["p/f.py"]
    assert re.findall(r"^def (v_\w)", text, re.MULTILINE) == ["v_z", "v_a", "v_b"]


def test_the_write_that_creates_a_table_stands_before_those_that_append(made: Made) -> None:
    text = made(
        HEAD
        + load("l", "v")
        + write("v", name="other", table="u")
        + write("v", name="append", more=", create_table: false")
        + write("v", name="create")
    )["p/f.py"]
    assert re.findall(r"^def (\w+)", text, re.MULTILINE) == ["v", "f_other", "f_create", "f_append"]


def test_a_flowgroup_of_tests_alone_neither_loads_nor_writes(write: Callable[..., Path]) -> None:
    root = write(
        {
            "lhp.yaml": "plugins:\n  - {name: own, type: test_generator, module: local.own, class: Own}\n",
            "local/own.py": "from lhp.core.base_generator import BaseActionGenerator\n"
            "class Own(BaseActionGenerator):\n    def generate(self, action, context):\n        return ''\n",
        }
    )
    project = open_project(root)
    host = Host(project, PluginManager(root, project.document), Tokens("dev", {}))
    text = HEAD + "  - {name: t, type: test, test_type: own, source: c.s.t}\n"
    (written,) = parse(read_yaml(text.encode(), "a.yaml"))
    content = Content({}, {}, host.text_renderer)
    flowgroup = expand(written, content, host.tokens, include_tests=True)
    built = generate(flowgroup, valid_actions(flowgroup, host), host)
    assert [step.action.name for step in ordered(built)] == ["t"]


def test_a_flowgroup_defined_twice_is_told_at_the_second(check: Check) -> None:
    found = check(
        {
            "pipelines/a.yaml": HEAD + load("l", "v") + write("v", "t1"),
            "pipelines/b.yaml": HEAD.replace(" f", " ‸f") + load("l", "v") + write("v", "t2"),
            "pipelines/c.yaml": HEAD.replace(" p", " q") + load("l", "v") + write("v", "t1"),
            "pipelines/d.yaml": HEAD.replace(" p", " q2") + load("l", "v") + write("v", "t1"),
        },
        FLOWGROUP_TWICE,
    )
    assert found[0].message == (
        "the flowgroup 'f' of pipeline 'p' is defined twice, first at pipelines/a.yaml:2:12"
    )


def test_a_table_has_one_creator_in_its_pipeline(check: Check) -> None:
    found = check(
        {
            "pipelines/a.yaml": HEAD + load("l", "v") + write("v"),
            "pipelines/b.yaml": HEAD.replace(" f", " g")
            + load("l", "v2")
            + write("v2", name="w2").replace("{type: str", "‸{type: str"),
            "pipelines/c.yaml": HEAD.replace(" f", " h")
            + load("l", "v3")
            + write("v3", name="w3", more=", create_table: false"),
            "pipelines/d.yaml": HEAD.replace(" p", " q") + load("l", "v") + write("v"),
        },
        TABLE_CREATED_TWICE,
    )
    assert found[0].message.startswith(
        "the table 'c.s.t' is created twice, first at pipelines/a.yaml:5:"
    )


CDC = ", mode: cdc, cdc_config: {keys: [a]}"
REPLACE = ", mode: replace, replace_config: {replace_using: [a], sequence_by: b}"
SNAPSHOT = ", mode: snapshot_cdc, snapshot_cdc_config: {keys: [a], source: c.s.raw}"


@pytest.mark.parametrize(
    ("creator", "other", "message"),
    [
        (CDC, ", mode: ‸standard", "mode of the table 'c.s.t' is 'standard' here, but 'cdc' at"),
        ("", CDC.replace("cdc,", "‸cdc,", 1), "mode of the table 'c.s.t' is 'cdc' here, but"),
        (REPLACE, ", mode: ‸standard", "mode of the table 'c.s.t' is 'standard' here, but"),
        (SNAPSHOT, CDC.replace("cdc,", "‸cdc,", 1), "mode of the table 'c.s.t' is 'cdc' here"),
        # What a key left out means is compared, too.
        (
            CDC.replace("[a]", "[a], scd_type: 2"),
            CDC.replace("{keys", "‸{keys"),
            "cdc_config.scd_type of the table 'c.s.t' is 1 here, but 2 at",
        ),
        (
            CDC,
            CDC.replace("[a]", "‸[b]"),
            "cdc_config.keys of the table 'c.s.t' is ['b'] here, but ['a'] at pipelines/a.yaml:",
        ),
        (
            CDC.replace("[a]", "[a], sequence_by: b"),
            CDC.replace("[a]", "[a], sequence_by: ‸[b]"),
            "cdc_config.sequence_by of the table 'c.s.t' is ['b'] here, but 'b' at",
        ),
        (
            CDC,
            f"{CDC}, comment: ‸hi",
            "comment of the table 'c.s.t' is 'hi' here, but None at",
        ),
        (
            f"{CDC}, table_properties: {{a: b}}",
            f"{CDC}, table_properties: ‸{{a: c}}",
            "table_properties of the table 'c.s.t' is {'a': 'c'} here, but {'a': 'b'} at",
        ),
    ],
)
def test_all_who_write_to_a_table_say_the_same_of_it(
    creator: str, other: str, message: str, check: Check
) -> None:
    found = check(
        {
            "pipelines/a.yaml": HEAD + load("l", "v") + write("v", more=creator),
            "pipelines/b.yaml": HEAD.replace(" f", " g")
            + load("l", "v2")
            + write("v2", name="w2", more=f", create_table: false{other}"),
        },
        WRITES_DISAGREE,
    )
    assert message in found[0].message


def test_nothing_is_appended_to_a_materialized_view(check: Check) -> None:
    view = "{type: materialized_view, catalog: c, schema: s, table: t, sql: SELECT 1}"
    appends = write("v", name="w2", more=", create_table: false").replace(": str", ": ‸str")
    found = check(
        {
            "pipelines/a.yaml": f"{HEAD}  - {{name: w, type: write, write_target: {view}}}\n",
            "pipelines/b.yaml": HEAD.replace(" f", " g") + load("l", "v") + appends,
        },
        WRITES_DISAGREE,
    )
    assert found[0].message.startswith(
        "type of the table 'c.s.t' is 'streaming_table' here, but 'materialized_view' at"
    )


@pytest.mark.parametrize(
    ("creator", "other"),
    [
        (CDC, CDC),
        # What is of one flow alone may differ.
        (CDC, CDC.replace("[a]", "[a], apply_as_deletes: x, column_list: [a]")),
        # Who does not create a table need not repeat what it is like.
        (f"{CDC}, comment: hi, table_properties: {{a: b, c: d}}", CDC),
        (f"{CDC}, table_properties: {{a: b, c: d}}", f"{CDC}, table_properties: {{c: d, a: b}}"),
        (f"{CDC}, private: true", CDC),
        # Appends have always been free to say more.
        ("", ", comment: hi"),
    ],
)
def test_writes_that_agree_share_a_table(creator: str, other: str, made: Made) -> None:
    text = made(
        HEAD
        + load("l", "v")
        + write("v", more=creator)
        + write("v", name="w2", more=f", create_table: false{other}")
    )["p/f.py"]
    assert text.count("dp.create_streaming_table(") == 1


def test_a_snapshot_function_needs_no_load(made: Made) -> None:
    config = "{keys: [a], source_function: {file: m.py, function: f}}"
    target = f"{{type: streaming_table, catalog: c, schema: s, table: t, mode: snapshot_cdc, snapshot_cdc_config: {config}}}"
    outputs = made(
        {
            "pipelines/a.yaml": f"{HEAD}  - {{name: w, type: write, write_target: {target}}}\n",
            "m.py": "def f(latest): ...\n",
        }
    )
    assert sorted(outputs) == [
        "p/custom_python_functions/__init__.py",
        "p/custom_python_functions/m.py",
        "p/f.py",
    ]


def test_a_table_that_nobody_creates_is_told_once(check: Check) -> None:
    appends = write("v", more=", create_table: false")
    others = write("x", name="o", more=", create_table: false")
    found = check(
        {
            "pipelines/a.yaml": HEAD
            + load("l", "v")
            + appends.replace("{type: str", "‸{type: str"),
            "pipelines/b.yaml": HEAD.replace(" f", " g") + load("l", "x") + others,
            # It is created, but in another pipeline.
            "pipelines/c.yaml": HEAD.replace(" p", " q") + load("l", "v") + write("v"),
        },
        TABLE_NOT_CREATED,
    )
    assert found[0].message == "nothing creates the table 'c.s.t'"


def test_a_source_that_nobody_makes_is_a_warning(check: Check) -> None:
    found = check(
        {
            "pipelines/a.yaml": HEAD
            + load("l", "v_orders")
            + sql("a", "x", "‸‸[v_order, other, t, c.s.v_orders]")
            + write("x"),
            "pipelines/b.yaml": HEAD.replace(" f", " g")
            + load("l", "v")
            + write("x", "t2", name="w2"),
        },
        SOURCE_UNKNOWN,
        SOURCE_UNKNOWN,
    )
    assert all(each.is_warning for each in found)
    assert found[0].message == "no action makes the view 'v_order'"
    assert found[0].hint == "did you mean 'v_orders'?"
    assert found[1].message == "no action makes the view 'other'"


def test_what_a_faulty_flowgroup_would_make_is_not_missed(check: Check) -> None:
    appends = write("v", more=", create_table: false")
    check(
        {
            "pipelines/a.yaml": HEAD + load("l", "x") + write("x", more=", ‸bogus: 1"),
            "pipelines/b.yaml": HEAD.replace(" f", " g")
            + load("l", "v")
            + sql("a", "y", "x")
            + write("y", "u", name="u")
            + appends,
        },
        UNKNOWN_KEY,
    )


def test_one_run_tells_what_is_wrong_in_a_flowgroup_and_across(check: Check) -> None:
    check(
        {
            "pipelines/a.yaml": HEAD
            + load("l", "v")
            + load("l2", "‸v")
            + sql("a", "y", "‸z")
            + sql("b", "z", "y")
            + sql("c", "‸unused", "v")
            + write("v"),
            "pipelines/b.yaml": HEAD.replace(" f", " g")
            + load("l", "x")
            + write("x", name="w2").replace("{type: str", "‸{type: str"),
        },
        TARGET_TWICE,
        ACTION_CYCLE,
        TRANSFORM_UNUSED,
        TABLE_CREATED_TWICE,
    )


def test_names_that_flowgroups_share_are_warnings(check: Check) -> None:
    sink = "  - {name: ‸o, type: write, source: v, write_target: {type: sink, sink_type: delta, sink_name: s, options: {path: /x}}}\n"
    one = HEAD + load("l", "v") + write("v") + sink
    other = HEAD.replace(" f", " g") + load("l", "‸v") + write("v", "u", name="‸w") + sink
    files = {"pipelines/a.yaml": one.replace("‸", ""), "pipelines/b.yaml": other}
    found = check(files, *[NAME_SHARED] * 3)
    assert all(each.is_warning for each in found)
    assert [each.values["name"] for each in found] == [
        "the view 'v'",
        "the flow 'f_w'",
        "the sink 's'",
    ]
    files["pipelines/b.yaml"] = other.replace("pipeline: p", "pipeline: q").replace("‸", "")
    check(files)


def test_tables_that_are_made_from_each_other_are_a_warning(check: Check) -> None:
    source = "{type: delta, catalog: c, schema: s, table: %s}"
    reads = "  - {name: l, type: load, target: %s, source: %s}\n"
    files = {
        f"pipelines/{name}.yaml": f"pipeline: {name}\nflowgroup: f\nactions:\n"
        + reads % (f"v_{name}", source % read)
        + sql("a", f"x_{name}", f"v_{name}")
        + write(f"{mark}x_{name}", name)
        for name, read, mark in (("a", "b", "‸"), ("b", "c", ""), ("c", "a", ""), ("d", "d", "‸"))
    }
    found = check(files, TABLE_CYCLE, TABLE_CYCLE)
    assert [each.values["cycle"] for each in found] == [
        "c.s.a -> c.s.b -> c.s.c -> c.s.a",
        "c.s.d -> c.s.d",
    ]


def quarantine(
    tag: str, *, name: str = "f", source: str = "v", dlq: str = "c.q.dead", pipeline: str = "p"
) -> str:
    """Return a flowgroup that quarantines rows; its action is marked where `name` is."""
    tables = f"quarantine: {{dlq_table: {dlq}, source_table: {tag}}}"
    rules = "expectations: [{name: r, expression: x, failureAction: drop}]"
    kind = f"type: transform, transform_type: data_quality, mode: quarantine, {tables}, {rules}"
    mark = "‸" if name.startswith("‸") else ""
    ok = f"ok_{name.strip('‸')}"
    check = f"  - {mark}{{name: q, {kind}, source: {source}, target: {ok}}}\n"
    head = f"pipeline: {pipeline}\nflowgroup: {name.strip('‸')}\nactions:\n"
    return head + load("l", source) + check + write(ok, f"t_{ok}", name=f"w_{ok}")


@pytest.mark.parametrize(
    ("one", "other", "codes"),
    [
        (quarantine("a.b.c"), quarantine("a.b.d", name="g", source="w"), []),
        (quarantine("a.b.c"), quarantine("a.b.c", name="g", pipeline="q"), []),
        # The table that rows are told apart by is compared as it is, the dead-letter table is not.
        (quarantine("a.b.c"), quarantine("a.b.C", name="g", source="w"), []),
        (
            quarantine("a.b.c"),
            quarantine("a.b.c", name="‸g", source="w", dlq="c.q.DEAD"),
            [CLAIMED_TWICE],
        ),
        # Views and sinks have the name of the source.
        (
            quarantine("a.b.c"),
            quarantine("a.b.d", name="g", source="‸v")
            .replace("name: q", "name: ‸q")
            .replace("source: ‸", "source: "),
            [NAME_SHARED, NAME_SHARED],
        ),
    ],
)
def test_a_quarantine_has_its_rows_and_its_views_to_itself(
    one: str, other: str, codes: list[Code], check: Check
) -> None:
    check({"pipelines/a.yaml": one, "pipelines/b.yaml": other}, *codes)


USED_BY_TEST = "  - {name: c, type: test, test_type: uniqueness, source: y, columns: [a]}\n"


def test_a_load_that_nothing_uses_is_fine(made: Made) -> None:
    assert "def w():" in made(HEAD + load("l", "v") + load("m", "w") + write("v"))["p/f.py"]


@pytest.mark.parametrize(
    "user", [sql("b", "z", "v").replace("SELECT 1", "SELECT * FROM y"), USED_BY_TEST]
)
def test_a_view_is_used_by_who_lists_it_in_its_source(user: str, check: Check) -> None:
    used = "z" if "target: z" in user else "v"
    check(HEAD + load("l", "v") + sql("a", "‸y", "v") + user + write(used), TRANSFORM_UNUSED)


def test_a_test_uses_a_view_when_there_are_tests(made: Made) -> None:
    actions = HEAD + load("l", "v") + sql("a", "y", "v") + USED_BY_TEST + write("v")
    assert "def tmp_test_c():" in made(actions, include_tests=True)["p/f.py"]
