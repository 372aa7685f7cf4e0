"""What is not done again: whatever is edited, the result is that of a run that knows no other."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhp.core.modules import step_back
from lhp.core.plugin_manager import PluginManager
from lhp.model.flowgroup import FlowGroup
from lhp.passes import past, unit
from lhp.passes.host import Host
from lhp.passes.project import open_project
from lhp.passes.run import Outcome, Wanted, run
from lhp.passes.write import plan, unchanged, write

FLOW = """\
pipeline: p{pipeline}
flowgroup: {name}
presets: [{preset}]
actions:
  - {{name: l_{name}, type: load, target: v_{name}, source: {{type: sql, sql: "SELECT '${{word}}' {{bare}}"}}}}
  - {{name: t_{name}, type: transform, transform_type: sql, source: v_{name}, target: x_{name}, sql_path: sql/{sql}.sql}}
  - {{name: w_{name}, type: write, source: x_{name},
     write_target: {{type: streaming_table, catalog: c, schema: s, table: t_{name}}}}}
"""
PROJECT: Mapping[str, str] = {
    "lhp.yaml": "plugins: {directories: [plugins], entry_points: false}\n"
    "operational_metadata:\n  columns:\n    _at: {expression: \"F.lit('${word}')\", applies_to: [view]}\n",
    "substitutions/dev.yaml": "dev: {word: one, other: '${word} more', map: {key: deep}}\n",
    "presets/low.yaml": "name: low\ndefaults: {write_actions: {streaming_table: {comment: low}}}\n",
    "presets/high.yaml": "name: high\nextends: low\ndefaults: {write_actions: {streaming_table: {table_properties: {a: '1'}}}}\n",
    "templates/t.yaml": "name: t\nparameters: [{name: table, required: true}]\nactions:\n"
    "  - {name: 'l_{{ table }}', type: load, target: 'v_{{ table }}', source: {type: sql, sql: \"SELECT '{{ table | same }}'\"}}\n"
    "  - {name: 'w_{{ table }}', type: write, source: 'v_{{ table }}',\n"
    "     write_target: {type: streaming_table, catalog: c, schema: s, table: '{{ table }}'}}\n",
    "blueprints/b.yaml": "name: b\nparameters: [{name: site}]\nflowgroups:\n  - pipeline: 'p_%{site}'\n    flowgroup: 'f_%{site}'\n    actions:\n"
    "      - {name: 'l_%{site}', type: load, target: 'v_%{site}', source: {type: own, text: '%{site}'}}\n"
    "      - {name: 'w_%{site}', type: write, source: 'v_%{site}',\n"
    "         write_target: {type: streaming_table, catalog: c, schema: s, table: 't_%{site}'}}\n"
    "  - pipeline: 'p_%{site}'\n    flowgroup: 'g_%{site}'\n    presets: [high]\n    actions:\n"
    "      - {name: 'm_%{site}', type: load, target: 'v_%{site}', source: {type: sql, sql: 'SELECT 1'}}\n"
    "      - {name: 'x_%{site}', type: write, source: 'v_%{site}',\n"
    "         write_target: {type: streaming_table, catalog: d, schema: s, table: 't_%{site}'}}\n",
    "sql/one.sql": "SELECT '${other}' FROM stream(v_a)",
    "sql/two.sql": "SELECT 2",
    "py/loader.py": "from helper import word\n\n\ndef load(spark, parameters):\n    return word()\n",
    "py/helper.py": "def word():\n    return 1\n",
    "plugins/own.py": "from lhp.core.base_generator import BaseActionGenerator\n\n\n"
    "class OwnLoadGenerator(BaseActionGenerator):\n"
    "    @classmethod\n    def get_supported_options(cls):\n        return {'text': {'type': 'string'}}\n\n"
    "    def generate(self, action, context):\n        return self.render_template('own.j2', {})\n",
    "plugins/own.j2": "@dp.temporary_view()\ndef {{ action.target | ident }}():\n    return spark.sql({{ options.text }})\n",
    "plugins/filters.py": "template_filters = {'same': lambda text: text}\n",
    "plugins/rules.py": "class RulesValidator:\n    def validate(self, config):\n"
    "        return [{'message': 'mind', 'severity': 'warning'}] if config['flowgroup'] == 'a' else []\n",
    "pipelines/a.yaml": FLOW.format(pipeline=1, name="a", preset="high", sql="one"),
    "pipelines/b.yaml": FLOW.format(pipeline=1, name="b", preset="low", sql="two"),
    "pipelines/t.yaml": "pipeline: p2\nflowgroup: t\nuse_template: t\ntemplate_parameters: {table: orders}\n",
    "pipelines/i.yaml": "use_blueprint: b\nparameters: {site: north}\n",
    "pipelines/py.yaml": "pipeline: p3\nflowgroup: py\nactions:\n"
    "  - {name: l_py, type: load, target: v_py, source: {type: python, module_path: py/loader.py, function_name: load}}\n"
    "  - {name: w_py, type: write, source: v_py,\n"
    "     write_target: {type: streaming_table, catalog: c, schema: s, table: t_py}}\n",
}  # fmt: skip
PROJECT = {
    **PROJECT,
    "pipelines/py2.yaml": PROJECT["pipelines/py.yaml"]
    .replace("py\n", "py2\n")
    .replace("_py", "_py2"),
}
MANY = "pipelines/many.yaml"
PROJECT = {
    **PROJECT,
    MANY: "---\n".join(
        [
            FLOW.format(pipeline=5, name="m1", preset="high", sql="one"),
            FLOW.format(pipeline=6, name="m2", preset="low", sql="two"),
            PROJECT["pipelines/t.yaml"].replace("orders", "m3").replace(" t\n", " m3\n", 1),
            FLOW.format(pipeline=2, name="m4", preset="low", sql="two").replace(
                "sql, sql", "own, text"
            ),
            PROJECT["pipelines/py.yaml"].replace("py\n", "m5\n").replace("_py", "_m5"),
        ]
    ),
}
PLACES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "pipelines/a.yaml": (("presets: [high]", "presets: [low]"), ("sql/one", "sql/two"), ("p1", "p4")),
    "pipelines/b.yaml": (("t_b", "t_a"), ("source: x_b", "source: x_z"), ("low", "none"), ("p1", "p2")),
    "pipelines/t.yaml": (("orders", "sales"), ("use_template: t", "use_template: u")),
    "pipelines/i.yaml": (("north", "south"), ("site", "sight")),
    "pipelines/py.yaml": (("function_name: load", "function_name: lode"),),
    MANY: (("one", "two"), ("p6", "p5"), ("[low]", "[high]"), ("---\n", "--- # more\n"), ("t_m2", "t_m1"), ("m3", "m6")),
    "lhp.yaml": (("F.lit", "F.upper"), ("_at:", "_on:"), ("[plugins]", "[]")),
    "substitutions/dev.yaml": (("one", "uno"), ("word:", "bare: 1, word:"), ("more", "less"), ("deep", "deeper")),
    "presets/low.yaml": (("comment: low", "comment: new"), ("name: low", "name: lower")),
    "presets/high.yaml": (("'1'", "'2'"), ("extends: low", "extends: high")),
    "templates/t.yaml": (("SELECT", "select"), ("required: true", "required: false"), ("same", "some")),
    "blueprints/b.yaml": (("catalog: c", "catalog: d"), ("type: own", "type: sql, sql: x")),
    "sql/one.sql": (("SELECT", "select"), ("${other}", "${map.key}"), ("${other}", "${nothing}")),
    "sql/two.sql": (("2", "3"),),
    "py/helper.py": (("return 1", "return 2"), ("def word", "import more\n\n\ndef word")),
    "py/loader.py": (("def load", "def lode"), ("helper import word", "helper import word as word")),
    "plugins/own.py": (("'text'", "'texts'"), ("own.j2", "new.j2")),
    "plugins/own.j2": (("spark.sql", "spark.table"),),
    "plugins/filters.py": (("lambda text: text", "lambda text: text * 2"), ("template_filters", "print('printed')\ntemplate_filters")),
    "plugins/rules.py": (("'mind'", "'beware'"), ("== 'a'", "== 'b'"), ("'warning'", "'error'")),
}  # fmt: skip
SWAPS = [(path, old, new) for path, swaps in PLACES.items() for old, new in swaps]
ADDED = {
    "pipelines/c.yaml": FLOW.format(pipeline=1, name="c", preset="low", sql="two"),
    "pipelines/twice.yaml": FLOW.format(pipeline=1, name="a", preset="low", sql="two"),
    "presets/again.yaml": PROJECT["presets/low.yaml"],
    "templates/u.yaml": PROJECT["templates/t.yaml"],
    "py/more.py": "MORE = 1\n",
    "plugins/new.j2": PROJECT["plugins/own.j2"].replace("sql", "table"),
    "plugins/more.py": "class MoreValidator:\n    def validate(self, config):\n        return []\n",
}


def save(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def generated(root: Path, *, recalls: bool) -> tuple[Outcome, Mapping[str, bytes]]:
    """Do what the command does with `--force`."""
    step_back()
    project = open_project(root)
    manager = PluginManager(root, project.document)
    outcome = run(project, Wanted("dev", recalls=recalls, jobs=1), manager)
    if not outcome.has_errors:
        planned = (
            unchanged(outcome.outputs)
            if outcome.is_unchanged
            else plan(root, "dev", outcome.outputs)
        )
        if not planned.is_idle:
            write(root, "dev", planned, force=True)
        if outcome.memory is not None:
            outcome.memory.write(root, "dev")
    files = (file for file in (root / "generated").rglob("*") if file.is_file())
    return outcome, {str(file.relative_to(root)): file.read_bytes() for file in files}


def expect_as_clean(root: Path) -> Outcome:
    """Hold a run that remembers against one in a copy that knows nothing."""
    copy = root.with_name("clean")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns("generated", ".lhp"))
    wanted, files = _or_error(lambda: generated(copy, recalls=False))
    outcome, own = _or_error(lambda: generated(root, recalls=True))
    if not isinstance(wanted, Outcome):
        assert str(outcome) == str(wanted)
        return outcome
    assert sorted(map(str, outcome.problems)) == sorted(map(str, wanted.problems))
    if not wanted.has_errors:
        assert own == files
        assert outcome.pipelines == wanted.pipelines
    return outcome


def _or_error(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Exception as error:  # noqa: BLE001  (both have to fail alike)
        return error, {}


def edit(root: Path, kind: str, number: int) -> None:
    if kind == "swap":
        path, old, new = SWAPS[number % len(SWAPS)]
        if (root / path).is_file():
            text = (root / path).read_text("utf-8")
            old, new = (old, new) if old in text else (new, old)
            keep_time(root / path, text.replace(old, new, 1))
    elif kind == "add":
        path = [*ADDED][number % len(ADDED)]
        save(root, {path: ADDED[path]})
    elif kind == "remove":
        path = [*PROJECT, *ADDED][number % (len(PROJECT) + len(ADDED))]
        if path != "lhp.yaml":
            (root / path).unlink(missing_ok=True)
    elif kind == "restore":
        path = [*PROJECT][number % len(PROJECT)]
        save(root, {path: PROJECT[path]})
    else:
        outputs = sorted(file for file in (root / "generated").rglob("*.py") if file.is_file())
        file = outputs[number % len(outputs)] if outputs else None
        if file is not None and kind == "delete output":
            file.unlink()
        elif file is not None:
            keep_time(file, file.read_text("utf-8").replace("F", "G", 1) + "#")


def keep_time(file: Path, text: str) -> None:
    """Write a file as if it had not been touched."""
    status = file.stat()
    file.write_text(text, encoding="utf-8")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


KINDS = ["swap", "swap", "swap", "swap", "add", "remove", "restore", "delete output", "edit output"]
EDITS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 999)), min_size=1, max_size=6)


@given(EDITS)
@settings(max_examples=15, deadline=None)
def test_whatever_is_edited_the_result_is_that_of_a_clean_run(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, int]]
) -> None:
    root = tmp_path_factory.mktemp("past") / "project"
    save(root, PROJECT)
    assert not expect_as_clean(root).has_errors
    for kind, number in edits:
        edit(root, kind, number)
        expect_as_clean(root)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    save(tmp_path / "project", PROJECT)
    return tmp_path / "project"


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the files that are worked on, as long as it goes on."""
    found: list[str] = []
    work = unit.Shop.work

    def noting(self: unit.Shop, files: Any) -> Any:
        for each in work(self, files):
            found.append(each.path)
            yield each

    monkeypatch.setattr(unit.Shop, "work", noting)
    return found


ALL = {path for path in PROJECT if path.startswith("pipelines/")}


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("pipelines/a.yaml", "p1", "p9", {"pipelines/a.yaml"}),
        ("presets/high.yaml", "'1'", "'2'", {"pipelines/a.yaml", "pipelines/i.yaml", MANY}),
        ("presets/low.yaml", "comment: low", "comment: new", {"pipelines/a.yaml", "pipelines/b.yaml", "pipelines/i.yaml", MANY}),
        ("templates/t.yaml", "SELECT", "select", {"pipelines/t.yaml", MANY}),
        ("blueprints/b.yaml", "catalog: c", "catalog: e", {"pipelines/i.yaml"}),
        ("sql/two.sql", "2", "3", {"pipelines/b.yaml", MANY}),
        ("py/helper.py", "1", "2", {"pipelines/py.yaml", "pipelines/py2.yaml", MANY}),
        ("pipelines/py2.yaml", "t_py2", "t_py3", {"pipelines/py2.yaml"}),
        ("plugins/own.py", "'string'", "'string', 'default': ''", {"pipelines/i.yaml", MANY}),
        ("plugins/own.j2", "sql", "table", ALL),  # it is data of all plugins of its folder
        ("plugins/filters.py", "text: text", "text: text + ''", ALL),
        ("substitutions/dev.yaml", "more", "less", {"pipelines/a.yaml", MANY}),
        ("substitutions/dev.yaml", "word:", "bare: 1, word:", {"pipelines/a.yaml", "pipelines/b.yaml", MANY}),
        ("substitutions/dev.yaml", "deep", "deeper", set()),
        ("lhp.yaml", "F.lit", "F.upper", ALL),
    ],
)  # fmt: skip
def test_only_what_an_edit_is_part_of_is_worked_on(  # noqa: PLR0917  (a row of a table)
    project: Path, worked: list[str], path: str, old: str, new: str, expected: set[str]
) -> None:
    expect_as_clean(project)
    keep_time(project / path, PROJECT[path].replace(old, new))
    worked.clear()
    generated(project, recalls=True)
    assert {*worked} == expected
    again, _ = generated(project, recalls=True)
    assert again.is_unchanged


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("presets/high.yaml", "'1'", "'2'", {"m1", "g_north"}),
        ("presets/low.yaml", "comment: low", "comment: new", {"m1", "m2", "m4", "g_north"}),
        ("templates/t.yaml", "SELECT", "select", {"m3"}),
        ("sql/two.sql", "2", "3", {"m2", "m4"}),
        ("py/helper.py", "1", "2", {"m5"}),
        ("substitutions/dev.yaml", "more", "less", {"m1"}),
        ("plugins/own.py", "'string'", "'string', 'default': ''", {"m4", "f_north"}),
        ("blueprints/b.yaml", "catalog: c", "catalog: e", {"f_north", "g_north"}),
        (MANY, "t_m2", "t_m7", {"m1", "m2", "m3", "m4", "m5"}),
        ("lhp.yaml", "F.lit", "F.upper", {"m1", "m2", "m3", "m4", "m5", "f_north", "g_north"}),
        ("generated/dev/p6/m2.py", "F", "G", {"m2"}),
        ("generated/dev/p_north/g_north.py", "F", "G", {"g_north"}),
    ],
)
def test_only_those_flowgroups_of_a_file_are_worked_on_that_an_edit_is_part_of(  # noqa: PLR0917  (a row of a table)
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    old: str,
    new: str,
    expected: set[str],
) -> None:
    expect_as_clean(project)
    keep_time(project / path, (project / path).read_text("utf-8").replace(old, new))
    found: list[str] = []
    validate = unit.validate

    def noting(flowgroup: FlowGroup, host: Host) -> Any:
        found.append(flowgroup.name)
        return validate(flowgroup, host)

    monkeypatch.setattr(unit, "validate", noting)
    generated(project, recalls=True)
    assert {*found} & {"m1", "m2", "m3", "m4", "m5", "f_north", "g_north"} == expected
    monkeypatch.undo()
    expect_as_clean(project)


def test_nothing_is_worked_on_when_nothing_changed(project: Path, worked: list[str]) -> None:
    first = expect_as_clean(project)
    worked.clear()
    second, _ = generated(project, recalls=True)
    assert second.is_unchanged
    assert worked == []
    assert second.problems == first.problems or [*map(str, second.problems)] == [
        *map(str, first.problems)
    ]


@pytest.mark.parametrize("text", ["", "{}", "null\n", '{"version": 1}\n', "[]\n[]\n", "\udcff"])
def test_a_memory_that_is_none_is_passed_over(project: Path, text: str) -> None:
    expect_as_clean(project)
    (project / ".lhp/cache/dev.jsonl").write_text(text, encoding="utf-8", errors="surrogateescape")
    expect_as_clean(project)


def test_a_memory_that_was_damaged_is_passed_over(project: Path) -> None:
    expect_as_clean(project)
    file = project / ".lhp/cache/dev.jsonl"
    for begin in range(0, len(content := file.read_bytes()), len(content) // 40):
        file.write_bytes(content[:begin] + content[begin + 20 :])
        expect_as_clean(project)


WARNS = {
    "plugins/filters.py": "print('printed')\n" + PROJECT["plugins/filters.py"],
    "pipelines/uses.yaml": PROJECT["pipelines/t.yaml"].replace(" t\n", " uses\n", 1)
    + "---\n"
    + FLOW.format(pipeline=2, name="other", preset="low", sql="two"),
    "pipelines/t.yaml": PROJECT["pipelines/a.yaml"].replace("_a", "_t"),
    MANY: "",
}


@pytest.mark.parametrize(
    ("path", "old", "new", "is_told"),
    [
        ("sql/two.sql", "2", "3", True),
        ("pipelines/uses.yaml", "use_template: t", "actions: []", False),
        ("pipelines/b.yaml", "p1", "p2", True),
    ],
)
def test_what_a_filter_printed_is_told_as_long_as_it_is_used(
    project: Path, path: str, old: str, new: str, *, is_told: bool
) -> None:
    save(project, WARNS)
    first = expect_as_clean(project)
    assert any(each.code.id == "LHP-PLG-014" for each in first.problems)
    text = (project / path).read_text("utf-8")
    keep_time(project / path, text.replace(old, new, 1))
    for _ in range(2):
        told = expect_as_clean(project)
        assert any(each.code.id == "LHP-PLG-014" for each in told.problems) == is_told


def test_what_an_older_lhp_made_while_a_newer_one_was_installed_is_made_again(
    project: Path, worked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    expect_as_clean(project)
    monkeypatch.setattr(past, "current", lambda: ["newer"])
    generated(project, recalls=True)  # the process that watches, with its old code
    monkeypatch.setattr(past, "begun", lambda: ["newer"])
    worked.clear()
    generated(project, recalls=True)
    assert {*worked} == ALL


def test_a_plugin_that_may_look_at_more_is_asked_again(project: Path, worked: list[str]) -> None:
    text = PROJECT["lhp.yaml"].replace(
        "entry_points",
        "enabled: [{name: own, type: load_generator, module: plugins.own, class: OwnLoadGenerator, override: true, permissions: {read: ['*']}}], entry_points",
    )
    save(project, {"lhp.yaml": text})
    expect_as_clean(project)
    worked.clear()
    generated(project, recalls=True)
    assert worked == ["pipelines/i.yaml", MANY]


def test_a_template_of_a_package_that_is_installed_for_editing_is_looked_at(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    points = "[lhp.generators.load]\nown = acme_edited.gen:OwnLoadGenerator\n"
    save(
        site,
        {
            "acme_edited/__init__.py": "",
            "acme_edited/gen.py": PROJECT["plugins/own.py"],
            "acme_edited/own.j2": PROJECT["plugins/own.j2"],
            "acme_edited-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: acme-edited\nVersion: 1.0\n",
            "acme_edited-1.0.dist-info/entry_points.txt": points,
        },
    )
    monkeypatch.syspath_prepend(str(site))
    (project / "plugins/own.py").unlink()
    (project / "plugins/own.j2").unlink()
    text = PROJECT["lhp.yaml"].replace("entry_points: false", "entry_points: [acme-edited]")
    save(project, {"lhp.yaml": text})
    assert not expect_as_clean(project).has_errors
    keep_time(
        site / "acme_edited/own.j2", PROJECT["plugins/own.j2"].replace("spark.sql", "spark.table")
    )
    assert not expect_as_clean(project).is_unchanged
