"""Values that mean to be more than values: bombs of YAML, secrets, names that are paths."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from .conftest import FILES

Make = Callable[..., Any]

LONE = "name: demo\nplugins: {entry_points: false}\n"
FLOW = FILES["pipelines/a.yaml"]
SQL = "sql: SELECT 1 AS a"


def doubled(first: str, line: str) -> str:
    lines = (line.format(name=f"a{n + 1}", before=",".join([f"*a{n}"] * 9)) for n in range(10))
    return first + "".join(lines)


BOMBS: Mapping[str, tuple[str | bytes, str]] = {
    "aliases": (doubled("a: &a0 [x]\n", "{name}: &{name} [{before}]\n"), "LHP-YAML-006"),
    "merges": (doubled("a: &a0 {x: 1}\n", "{name}: &{name} {{<<: [{before}]}}\n"), "LHP-YAML-006"),
    "brackets": ("a: " + "[" * 50_000, "LHP-YAML-005"),
    "braces": ("{a: " * 50_000, "LHP-YAML-005"),
    "keys": ("? " * 5_000 + "a", "LHP-YAML-005"),
    "a number in base 60": ("a: 1" + ":59" * 200_000, "LHP-"),
    "digits": ("a: " + "9" * 6_000, "LHP-YAML-013"),
    "three megabytes": ("# " + "x" * 3_000_000, "LHP-YAML-004"),
    "NUL": ("a: b\0", "LHP-YAML-003"),
    "UTF-16": ("a: b".encode("utf-16"), "LHP-YAML-002"),
    "no UTF-8": (b"a: \xff", "LHP-YAML-002"),
    "half a character": (b"a: \xed\xa0\x80", "LHP-YAML-002"),
    "half a character in letters": ('a: "\\ud800"', "LHP-CFG-009"),
    "a tag": ("a: !!python/object/apply:os.system [x]", "LHP-YAML-007"),
    "a name by tag": ("a: !!python/name:os.system x", "LHP-YAML-007"),
    "a key twice": ("a: 1\na: 2\n", "LHP-YAML-001"),
    "a value in itself": ("a: &a [*a]\n", "LHP-YAML-010"),
    "a list as a key": ("? [a]\n: b\n", "LHP-YAML-008"),
    "a merge of a text": ("<<: x\n", "LHP-YAML-012"),
}  # fmt: skip


@pytest.mark.parametrize("path", ["lhp.yaml", "pipelines/b.yaml", "user/policy.yaml"])
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_a_located_error_in_no_time(hostile: Make, name: str, path: str) -> None:
    text, code = BOMBS[name]
    # A plugin makes the policy matter; without one, the flowgroups are read.
    usual = {} if path == "user/policy.yaml" else {"lhp.yaml": LONE}
    project = hostile({"mine/spy.py": "{evil}" + FILES["mine/spy.py"], **usual, path: "x"})
    project.write({path: text if isinstance(text, bytes) else text.encode()})
    came = project.run()
    shown = path.replace("user/", f"{project.user.as_posix()}/")
    assert came.code == 1
    assert code in came.said, came.said[:500]
    assert f"] {shown}" in came.said
    assert came.seconds < 3
    assert len(came.said) < 20_000


SECRETS: Mapping[str, tuple[str, str]] = {
    "code in the key": ("${secret:a/b') or evil('}", "LHP-VAL-008"),
    "a line in the key": ("${secret:a/b\\n}", "LHP-VAL-008"),
    "a path in the key": ("${secret:a/b/c}", "LHP-VAL-008"),
    "nothing": ("${secret:}", "LHP-CFG-059"),
    "no scope": ("${secret:b}", "LHP-CFG-008"),
    "a long key": ("${secret:a/" + "b" * 5_000 + "}", "LHP-VAL-008"),
    "the mark itself": ("\\udcfea/b\\udcff", "LHP-CFG-009"),
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_is_none_is_an_error(hostile: Make, name: str) -> None:
    text, code = SECRETS[name]
    project = hostile({"lhp.yaml": LONE, "pipelines/a.yaml": FLOW.replace(SQL, f'sql: "{text}"')})
    came = project.run("generate", "--env", "dev")
    assert (came.code, code in came.said) == (1, True), came.said
    assert "pipelines/a.yaml:4:" in came.said


@pytest.mark.parametrize(
    "text",
    [
        "__SECRET_a_b__",
        "dbutils.secrets.get(scope='a', key='b')",
        '" + dbutils.secrets.get(scope="a", key="b") + "',
        "$ {secret:a/b}",
        "$${secret-a/b}",
        "{{secrets/a/b}}",
    ],
)
def test_the_text_of_a_secret_is_no_secret(hostile: Make, text: str) -> None:
    quoted = text.replace('"', '\\"')
    project = hostile({"lhp.yaml": LONE, "pipelines/a.yaml": FLOW.replace(SQL, f'sql: "{quoted}"')})
    came = project.run("generate", "--env", "dev")
    assert came.code == 0, came.err
    tree = ast.parse((project.root / "generated/dev/p/f.py").read_text("utf-8"))
    assert text in {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert "dbutils" not in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def test_a_secret_is_a_call_and_its_name_is_quoted(hostile: Make) -> None:
    flow = FLOW.replace(SQL, "sql: \"SELECT '${secret:a.b/c-d}'\"")
    project = hostile({"lhp.yaml": LONE, "pipelines/a.yaml": flow})
    assert project.run("generate", "--env", "dev").code == 0
    text = (project.root / "generated/dev/p/f.py").read_text("utf-8")
    assert 'dbutils.secrets.get(scope="a.b", key="c-d")' in text


NAMES: Mapping[str, tuple[tuple[str, str], str]] = {
    "a pipeline above": (("pipeline: p", "pipeline: ../../x"), "LHP-VAL-130"),
    "a pipeline of git": (("pipeline: p", "pipeline: .git"), "LHP-VAL-130"),
    "a device": (("pipeline: p", "pipeline: con"), "LHP-VAL-130"),
    "a secret pipeline": (("pipeline: p", "pipeline: '${secret:a/b}'"), "LHP-VAL-130"),
    "a flowgroup elsewhere": (("flowgroup: f", "flowgroup: /tmp/evil"), "LHP-VAL-130"),
    "a secret flowgroup": (("flowgroup: f", "flowgroup: '${secret:a/b}'"), "LHP-VAL-130"),
    "a flowgroup with NUL": (("flowgroup: f", 'flowgroup: "a\\0"'), "LHP-VAL-130"),
    "a long flowgroup": (("flowgroup: f", "flowgroup: " + "a" * 300), "LHP-VAL-130"),
    "code as a view": (("target: v", 'target: "v(): ...\\nimport os"'), "LHP-VAL-101"),
    "a word of Python as a view": (("target: v", "target: class"), "LHP-VAL-101"),
    "a secret as a view": (("target: v", "target: '${secret:a/b}'"), "LHP-VAL-101"),
    "wide letters as a view": (("target: v", "target: \uff53\uff50\uff41\uff52\uff4b"), "LHP-VAL-101"),
    "a view that hides ours": (("target: v", "target: spark"), "LHP-VAL-116"),
    "a view that hides a function": (("target: v", "target: float"), "LHP-VAL-116"),
    "the functions of Python as a view": (("target: v", "target: __builtins__"), "LHP-VAL-101"),
    "the name of the module as a view": (("target: v", "target: __name__"), "LHP-VAL-101"),
    "a constant of Python as a view": (("target: v", "target: None"), "LHP-VAL-101"),
    "the import as a function": (
        ("type: sql, " + SQL, "type: python, module_path: m.py, function_name: __import__"), "LHP-VAL-101"
    ),
    "the docstring as a table": (
        ("streaming_table, catalog: c, schema: s, table: t", "materialized_view, catalog: c, schema: s, table: __doc__"),
        "LHP-VAL-101",
    ),
    "a file above": ((SQL, "sql_path: ../../../etc/passwd"), "LHP-IO-100"),
    "a file elsewhere": ((SQL, "sql_path: /etc/passwd"), "LHP-IO-100"),
    "a file with NUL": ((SQL, 'sql_path: "a\\0b"'), "LHP-IO-"),
    "a file of a secret": ((SQL, "sql_path: 'sql/${secret:a/b}.sql'"), "LHP-IO-001"),
    "a module above": (("type: sql, " + SQL, "type: python, module_path: ../x.py, function_name: x"), "LHP-IO-100"),
    "a secret as a key": ((SQL, SQL + ", '${secret:a/b}': 1"), "LHP-CFG-001"),
    "a secret as a type": (("type: sql", "type: '${secret:a/b}'"), "LHP-ACT-003"),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_a_way_out_is_an_error_at_its_place(hostile: Make, name: str) -> None:
    (old, new), code = NAMES[name]
    project = hostile({"lhp.yaml": LONE, "pipelines/a.yaml": FLOW.replace(old, new)})
    came = project.run("generate", "--env", "dev")
    assert (came.code, code in came.said) == (1, True), came.said
    assert "pipelines/a.yaml:" in came.said
    assert not (project.root / "generated").exists()


@pytest.mark.parametrize("name", ["__x", "x__", "_", "match", "print", "__builtins"])
def test_a_name_that_harms_nobody_is_free(hostile: Make, name: str) -> None:
    flow = FLOW.replace("target: v", f"target: {name}").replace("source: v", f"source: {name}")
    project = hostile({"lhp.yaml": LONE, "pipelines/a.yaml": flow})
    assert project.run("generate", "--env", "dev").code == 0
    assert f"def {name}():" in (project.root / "generated/dev/p/f.py").read_text("utf-8")


@pytest.mark.parametrize("table", ["spark", "dp", "float"])
def test_a_table_hides_no_name_of_its_module(hostile: Make, table: str) -> None:
    target = f"type: materialized_view, catalog: c, schema: s, table: {table}"
    flow = FLOW.replace("type: streaming_table, catalog: c, schema: s, table: t", target)
    project = hostile({"lhp.yaml": LONE, "pipelines/a.yaml": flow})
    assert project.run("generate", "--env", "dev").code == 0
    text = (project.root / "generated/dev/p/f.py").read_text("utf-8")
    assert (f"def {table}():" in text, f"c.s.{table}" in text) == (False, True)


def test_tokens_that_grow_and_circle_are_errors(hostile: Make) -> None:
    grown = "".join(f"  a{n + 1}: '{f'${{a{n}}}' * 10}'\n" for n in range(12))
    project = hostile(
        {
            "lhp.yaml": LONE,
            "pipelines/a.yaml": FLOW.replace(SQL, "sql: '${a12}'"),
            "substitutions/dev.yaml": f"dev:\n  a0: xxxxxxxxxxxx\n{grown}",
        }
    )
    came = project.run()
    assert (came.code, "LHP-CFG-162" in came.said, came.seconds < 3) == (1, True, True)
    project.write({"substitutions/dev.yaml": "dev: {a12: '${b}', b: '${a12}'}\n"})
    came = project.run()
    assert (came.code, "LHP-CFG-157" in came.said) == (1, True)
