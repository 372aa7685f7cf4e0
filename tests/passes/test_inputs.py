"""Inputs: the files that an action reads, and those that it may not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from lhp.errors import (
    BARE_TOKEN,
    FILE_MISSING,
    FILE_NOT_TEXT,
    FILE_OUTSIDE_PROJECT,
    FILE_UNREADABLE,
    SECRET_MALFORMED,
    SEVERAL_DOCUMENTS,
    SQL_TEMPLATE,
    UNRESOLVED_TOKEN,
    YAML_DUPLICATE_KEY,
    YAML_SYNTAX,
    Code,
    LhpError,
)

Check = Callable[..., Sequence[LhpError]]
Made = Callable[..., Mapping[str, str]]

TABLE = "{type: materialized_view, catalog: c, schema: s, table: t}"
WRITE = f"  - {{name: w, type: write, source: v, write_target: {TABLE}}}\n"
HEAD = "pipeline: p\nflowgroup: f\nactions:\n"


def flow(path: str) -> str:
    """Return a flowgroup whose load reads an SQL file."""
    load = f"  - {{name: l, type: load, target: v, source: {{type: sql, sql_path: {path}}}}}\n"
    return HEAD + load + WRITE


READER = """\
from lhp.core.base_generator import BaseActionGenerator

class Reader(BaseActionGenerator):
    def generate(self, action, context):
        if "yaml" in action.options:
            return f"# {context.read_yaml(action.options['yaml'])}"
        return f"# {list(context.list_files(action.options['folder']))}"

    @classmethod
    def get_supported_options(cls):
        return {"yaml": {"type": "string"}, "folder": {"type": "string"}}
"""
DECLARED = (
    "plugins:\n  - {name: reader, type: load_generator, module: local.reader, class: Reader}\n"
)


def reader(options: str, **files: str) -> Mapping[str, str]:
    """Return a project whose load reads a YAML file, or lists a folder."""
    load = f"  - {{name: l, type: load, target: v, source: {{type: reader, {options}}}}}\n"
    return {
        "lhp.yaml": DECLARED,
        "local/reader.py": READER,
        "pipelines/a.yaml": HEAD + load + WRITE,
        **files,
    }


@pytest.mark.parametrize(
    "path", ["sql/a.sql", "./sql/a.sql", "sql/../sql/a.sql", "'sql\\a.sql'", "${file}"]
)
def test_a_file_is_read_with_its_tokens_replaced(path: str, made: Made) -> None:
    text = made(
        {
            "pipelines/a.yaml": flow(f'"{path}"' if "$" in path else path),
            "sql/a.sql": "\ufeffSELECT * FROM ${catalog}.raw.orders\n",
            "substitutions/dev.yaml": "dev: {catalog: dev_cat, file: sql/a.sql}\n",
        }
    )["p/f.py"]
    assert "SELECT * FROM dev_cat.raw.orders" in text


def test_the_files_that_went_in_are_known_to_the_output(outcome: Callable[..., Any]) -> None:
    done = outcome({"pipelines/a.yaml": flow("sql/a.sql"), "sql/a.sql": "SELECT 1"})
    assert done.outputs[0].sources == ("pipelines/a.yaml", "sql/a.sql")


@pytest.mark.parametrize(
    ("path", "code", "says"),
    [
        (
            "sql/b.sql",
            FILE_MISSING,
            "there is no file 'sql/b.sql' in the project did you mean 'sql/a.sql'?",
        ),
        ("slq/a.sql", FILE_MISSING, "did you mean 'sql/a.sql'?"),
        ("./sql", FILE_MISSING, "there is no file './sql' in the project"),
        ("nothing/alike.parquet", FILE_MISSING, "in the project "),
        ('"a\\0b.sql"', FILE_MISSING, "in the project"),
        ("../outside.sql", FILE_OUTSIDE_PROJECT, "'../outside.sql' leads out of the project"),
        ("'..\\outside.sql'", FILE_OUTSIDE_PROJECT, "leads out of the project"),
        ("/etc/hostname", FILE_OUTSIDE_PROJECT, "'/etc/hostname' leads out of the project"),
        ("link.sql", FILE_OUTSIDE_PROJECT, "'link.sql' leads out of the project"),
        ("linked/outside.sql", FILE_OUTSIDE_PROJECT, "leads out of the project"),
        ("latin.sql", FILE_NOT_TEXT, "'latin.sql' is not UTF-8 text"),
    ],
)
def test_a_file_that_cannot_be_taken_is_told_where_it_is_named(
    path: str, code: Code, says: str, write: Callable[..., Path], check: Check
) -> None:
    files = {"pipelines/a.yaml": flow(f"‸{path}"), "sql/a.sql": "SELECT 1"}
    root = write(files)
    (root.parent / "outside.sql").write_text("SELECT 2")
    (root / "link.sql").symlink_to(root.parent / "outside.sql")
    (root / "linked").symlink_to(root.parent)
    (root / "latin.sql").write_bytes("SELECT 'é'".encode("latin-1"))
    found = check(files, code)
    assert says in f"{found[0].message} {found[0].hint}"


def test_a_file_that_cannot_be_read_is_told(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_bytes

    def refuse(file: Path) -> bytes:
        if file.suffix == ".sql":
            raise PermissionError(13, "Permission denied")
        return read(file)

    monkeypatch.setattr(Path, "read_bytes", refuse)  # root may read everything
    found = check({"pipelines/a.yaml": flow("‸a.sql"), "a.sql": "SELECT 1"}, FILE_UNREADABLE)
    assert found[0].message == "can't read 'a.sql': Permission denied"


def test_a_token_without_a_value_is_told_in_the_file(check: Check) -> None:
    check(
        {"pipelines/a.yaml": flow("a.sql"), "a.sql": "SELECT *\nFROM ‸${nothing}.t, ‸${more}.u\n"},
        UNRESOLVED_TOKEN,
        UNRESOLVED_TOKEN,
    )


def test_the_older_form_of_a_token_is_a_warning_in_the_file(problems: Check) -> None:
    found = problems({"pipelines/a.yaml": flow("a.sql"), "a.sql": "SELECT *\nFROM {catalog}.t\n"})
    assert [(each.code, str(each.location)) for each in found] == [(BARE_TOKEN, "a.sql:2:6")]


def test_an_sql_file_of_a_template_is_rendered_with_its_parameters(made: Made) -> None:
    files = {
        "templates/t.yaml": """\
            name: t
            parameters: [{name: table}]
            actions:
              - {name: l, type: load, target: v, source: {type: sql, sql_path: q.sql}}
            """,
        "pipelines/a.yaml": HEAD
        + WRITE
        + "use_template: t\ntemplate_parameters: {table: orders}\n",
        "q.sql": "SELECT * FROM {{ table }} WHERE c = '${catalog}'",
    }
    assert "SELECT * FROM orders WHERE c = 'dev_cat'" in made(files)["p/f.py"]


def test_an_sql_file_of_any_other_action_keeps_its_braces(made: Made) -> None:
    text = made({"pipelines/a.yaml": flow("q.sql"), "q.sql": "SELECT '{{ table }}'"})["p/f.py"]
    assert "{{ table }}" in text


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELECT {{ tabel }}", "did you mean 'table'?"),
        ("SELECT {% if %}", "can't be rendered"),
        ("{# nothing #}", "nothing is left of it"),
    ],
)
def test_a_template_s_sql_file_at_fault_is_told(sql: str, says: str, problems: Check) -> None:
    found = problems(
        {
            "templates/t.yaml": """\
                name: t
                parameters: [{name: table}]
                actions:
                  - {name: l, type: load, target: v, source: {type: sql, sql_path: q.sql}}
                """,
            "pipelines/a.yaml": HEAD + WRITE + "use_template: t\ntemplate_parameters: {table: x}\n",
            "q.sql": sql,
        }
    )
    assert [each.code for each in found] == [SQL_TEMPLATE]
    assert found[0].location is not None
    assert found[0].location.path == "q.sql"
    assert says in f"{found[0].message} {found[0].hint}"


def test_a_yaml_file_is_read_with_its_tokens_replaced(made: Made) -> None:
    text = made(reader("yaml: x.yaml", **{"x.yaml": "a: ['${catalog}', 1]\n"}))["p/f.py"]
    assert "# {'a': ['dev_cat', 1]}" in text


def test_a_yaml_file_at_fault_is_told_in_it(check: Check) -> None:
    check(reader("yaml: x.yaml", **{"x.yaml": "a: [1\n‸"}), YAML_SYNTAX)
    check(reader("yaml: x.yaml", **{"x.yaml": "a: ‸${nothing}\n"}), UNRESOLVED_TOKEN)


def test_files_are_listed_sorted_and_relative_to_the_project(made: Made) -> None:
    files = {"d/b.txt": "", "d/a.txt": "", "d/c/d.txt": "", "e.txt": ""}
    assert "# ['d/a.txt', 'd/b.txt', 'd/c/d.txt']" in made(reader("folder: d", **files))["p/f.py"]
    assert "# []" in made(reader("folder: missing"))["p/f.py"]


def test_a_folder_outside_the_project_is_not_listed(check: Check) -> None:
    check(reader("folder: ‸.."), FILE_OUTSIDE_PROJECT)


def test_a_content_plugin_gives_files_by_its_name(made: Made) -> None:
    files = {
        "lhp.yaml": "plugins:\n  - {name: shared, type: content, path: lib/shared}\n",
        "lib/shared/sql/a.sql": "SELECT 'of the plugin'",
        "pipelines/a.yaml": flow("shared/sql/a.sql"),
    }
    assert "of the plugin" in made(files)["p/f.py"]
    # The project's own folder of that name comes first.
    assert (
        "of the project" in made({**files, "shared/sql/a.sql": "SELECT 'of the project'"})["p/f.py"]
    )


def test_a_content_plugin_gives_no_file_from_outside_its_folder(problems: Check) -> None:
    files = {
        "lhp.yaml": "plugins:\n  - {name: shared, type: content, path: lib/shared}\n",
        "lib/shared/a.sql": "",
        "lib/b.sql": "",
        "pipelines/a.yaml": flow("shared/../b.sql"),
    }
    assert [each.code for each in problems(files)] == [FILE_OUTSIDE_PROJECT]


def test_a_file_that_a_content_plugin_lacks_is_told_where_it_is_named(check: Check) -> None:
    files = {
        "lhp.yaml": "plugins:\n  - {name: shared, type: content, path: lib/shared}\n",
        "lib/shared/a.sql": "",
        "pipelines/a.yaml": flow("‸shared/c.sql"),
    }
    found = check(files, FILE_MISSING)
    assert found[0].message == "there is no file 'shared/c.sql' in the project"


def test_a_path_that_stands_nowhere_in_the_action_is_told_at_the_action(check: Check) -> None:
    made_up = READER.replace("action.options['yaml']", "'made/up.yaml'")
    files = reader("yaml: x.yaml", **{"local/reader.py": made_up})
    marked = files["pipelines/a.yaml"].replace("- {name: l", "- ‸{name: l")
    check({**files, "pipelines/a.yaml": marked}, FILE_MISSING)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: 1\n---\n‸b: 2\n", SEVERAL_DOCUMENTS),  # rules of the second would be lost
        ("‸${nope}\n", UNRESOLVED_TOKEN),
        ("‸${secret:}\n", SECRET_MALFORMED),
    ],
)
def test_a_yaml_file_that_is_wrong_as_a_whole_is_told_at_its_place(
    check: Check, text: str, code: Code
) -> None:
    check({**reader("yaml: data.yaml"), "data.yaml": text}, code)


def reading(*actions: str, source: str = "v") -> str:
    """Return a flowgroup that reads files by its actions."""
    write = WRITE.replace("source: v", f"source: {source}")
    return HEAD + "".join(f"  - {{{action}}}\n" for action in actions) + write


LOADED = "name: l, type: load, target: v, source: {type: sql, sql: SELECT 1}"
CHECKED = "name: x, type: transform, source: v, target: w, transform_type: "
FILES_READ = [
    pytest.param(
        {
            "pipelines/a.yaml": reading(LOADED, CHECKED + "data_quality, expectations_file: e.yaml", source="w"),
            "e.yaml": "- {name: here, expression: \"region = '${catalog}'\"}\n",
        },
        "region = 'dev_cat'",
        id="expectations",
    ),
    # The condition of an expectation may be a key.
    pytest.param(
        {
            "pipelines/a.yaml": reading(LOADED, CHECKED + "data_quality, expectations_file: e.yaml", source="w"),
            "e.yaml": "\"region = '${catalog}'\": {action: drop, name: here}\n",
        },
        "region = 'dev_cat'",
        id="expectations by condition",
    ),
    pytest.param(
        {
            "pipelines/a.yaml": reading(LOADED, CHECKED + "schema, schema_file: c.yaml", source="w"),
            "c.yaml": "columns: ['a -> b_${catalog}']\n",
        },
        "withColumnRenamed('a', 'b_dev_cat')",
        id="schema of a transform",
    ),
    pytest.param(
        {
            "pipelines/a.yaml": reading("name: l, type: load, target: v, source: {type: cloudfiles, path: /a, format: csv, schema: t.yaml}"),
            "t.yaml": "columns: [{name: a, type: STRING, comment: '${catalog}'}]\n",
        },
        "'dev_cat'",
        id="table schema",
    ),
    pytest.param(
        {
            "pipelines/a.yaml": reading("name: l, type: load, target: v, source: {type: cloudfiles, path: /a, format: csv, options: {cloudFiles.schemaHints: h.ddl}}"),
            "h.ddl": "a STRING COMMENT '${catalog}'\n",
        },
        "COMMENT 'dev_cat'",
        id="schema hints",
    ),
    pytest.param(
        {
            "pipelines/a.yaml": reading(LOADED).replace("table: t", "table: t, table_schema: t.ddl"),
            "t.ddl": "a STRING COMMENT '${catalog}'\n",
        },
        "COMMENT 'dev_cat'",
        id="DDL of a table",
    ),
    pytest.param(
        {
            "pipelines/a.yaml": reading(LOADED).replace("table: t", "table: t, sql_path: q.sql"),
            "q.sql": "SELECT * FROM ${catalog}.s.t\n",
        },
        "FROM dev_cat.s.t",
        id="query of a materialized view",
    ),
    pytest.param(
        {
            "pipelines/a.yaml": reading(LOADED, CHECKED + "sql, sql_path: q.sql", source="w"),
            "q.sql": "SELECT * FROM ${catalog}.s.t\n",
        },
        "FROM dev_cat.s.t",
        id="query of a transform",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), FILES_READ)
def test_tokens_work_in_every_kind_of_file(
    files: Mapping[str, str], expected: str, made: Made
) -> None:
    assert expected in made(files)["p/f.py"]


@pytest.mark.parametrize(("files", "expected"), FILES_READ)
def test_no_kind_of_file_keeps_a_token_without_a_value(
    files: Mapping[str, str], expected: str, problems: Check
) -> None:
    del expected
    path = next(path for path in files if path != "pipelines/a.yaml")
    unknown = files[path].replace("${catalog}", "${nothing}")
    (found,) = problems({**files, path: unknown})
    assert found.code is UNRESOLVED_TOKEN
    assert found.location is not None
    assert found.location.path == path


def test_tokens_of_a_module_are_replaced_and_its_f_strings_are_not(made: Made) -> None:
    module = "def get_df(spark, parameters):\n    catalog = 'x'\n    return f'{catalog}.${catalog}.{8}'\n"
    load = "name: l, type: load, target: v, source: {type: python, module_path: m.py}"
    texts = made({"pipelines/a.yaml": reading(load), "m.py": module})
    copied = texts["p/custom_python_functions/m.py"]
    assert "return f'{catalog}.dev_cat.{8}'" in copied


def test_conditions_that_become_one_are_told(check: Check) -> None:
    check(
        {
            "pipelines/a.yaml": reading(
                LOADED, CHECKED + "data_quality, expectations_file: e.yaml", source="w"
            ),
            "e.yaml": "a = '${catalog}': {action: drop}\n‸a = 'dev_cat': {action: fail}\n",
        },
        YAML_DUPLICATE_KEY,
    )


TEMPLATE = """\
name: t
parameters: [{name: table}]
actions:
  - {name: l, type: load, target: v, source: {type: sql, LOAD}}
  - {name: x, type: transform, transform_type: sql, source: v, target: w, TRANSFORM}
  - {name: m, type: write, source: w, write_target: {type: materialized_view, catalog: c, schema: s, table: m, WRITE}}
"""
USES_TEMPLATE = "pipeline: p\nflowgroup: f\nuse_template: t\ntemplate_parameters: {table: orders}\n"


@pytest.mark.parametrize("place", ["LOAD", "TRANSFORM", "WRITE"])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sql_path: q.sql", "SELECT * FROM orders"),
        # Where a token names the file, 0.9.3 leaves the expressions in it as they are.
        ("sql_path: '${file}.sql'", "SELECT * FROM orders"),
        # The text of the action wins; a file beside it is not even looked for.
        ("sql: SELECT 'inline', sql_path: gone.sql", "SELECT 'inline'"),
    ],
)
def test_a_template_s_parameters_reach_the_sql_of_each_action(
    place: str, query: str, expected: str, made: Made
) -> None:
    template = TEMPLATE.replace(place, query)
    for other in ("LOAD", "TRANSFORM", "WRITE"):
        template = template.replace(other, "sql: SELECT 0")
    text = made(
        {
            "templates/t.yaml": template,
            "pipelines/a.yaml": USES_TEMPLATE,
            "q.sql": "SELECT * FROM {{ table }}",
            "substitutions/dev.yaml": "dev: {file: q}\n",
        }
    )["p/f.py"]
    assert expected in text
    assert text.count("SELECT 0") == 2
