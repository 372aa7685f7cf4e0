"""Run: what one run makes of a whole project, and everything that it tells."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lhp.errors import (
    BARE_TOKEN,
    ENV_UNKNOWN,
    FILE_MISSING,
    FORMATTER_CHANGED_CODE,
    FORMATTER_UNKNOWN,
    INCLUDE_SELECTS_NOTHING,
    INCLUDE_UNMATCHED,
    METADATA_UNKNOWN,
    MISSING_KEY,
    NO_FLOWGROUPS,
    OUTPUT_CLASH,
    PIPELINE_UNKNOWN,
    PLUGIN_AT_USE,
    PLUGIN_BROKEN,
    PLUGIN_CLASH,
    PLUGIN_DIRECTORY_MISSING,
    PLUGIN_DISABLED,
    PLUGIN_DISTRIBUTION_MISSING,
    PLUGIN_FAILED,
    PLUGIN_FILES_UNREAD,
    PLUGIN_PRINTED,
    PLUGIN_PROBLEM,
    PLUGIN_PROBLEM_WARNING,
    PRESET_NOT_FOUND,
    TEMPLATE_NOT_FOUND,
    TEMPLATE_PARAMETER_MISSING,
    TEMPLATE_SYNTAX,
    TOKEN_CYCLE,
    TOKEN_NAME_BAD,
    TOKEN_NULL,
    UNKNOWN_KEY,
    UNKNOWN_KIND,
    UNKNOWN_SUB_TYPE,
    UNRESOLVED_TOKEN,
    VARIABLE_CYCLE,
    VARIABLE_UNDEFINED,
    WRONG_SHAPE,
    WRONG_TYPE,
    YAML_DUPLICATE_KEY,
    YAML_SYNTAX,
    Code,
    LhpError,
)
from lhp.passes.run import Outcome

Check = Callable[..., Sequence[LhpError]]
Made = Callable[..., Mapping[str, str]]


def flow(name: str = "f", pipeline: str = "p", *, sql: str = "SELECT 1") -> str:
    """Return a flowgroup that is without fault."""
    target = f"{{type: materialized_view, catalog: c, schema: s, table: {name}}}"
    return (
        f"pipeline: {pipeline}\nflowgroup: {name}\nactions:\n"
        f"  - {{name: l, type: load, target: v_{name}, source: {{type: sql, sql: {sql}}}}}\n"
        f"  - {{name: w, type: write, source: v_{name}, write_target: {target}}}\n"
    )


def declared(*entries: str) -> str:
    """Return an lhp.yaml that declares plugins."""
    return "plugins:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries)


def test_everything_wrong_with_a_project_is_told_in_one_run(check: Check) -> None:
    check(
        {
            "lhp.yaml": "include: ['*.yaml', ‸'gold/*']\nplugins: {directories: [‸./none]}\n",
            "substitutions/dev.yaml": "dev: {‸a-b: c}\n",
            "presets/p.yaml": "name: p\n‸defalts: {}\n",
            "presets/q.yaml": "name: q\n",
            "templates/t.yaml": "name: t\nactions: [\n‸",
            "pipelines/a.yaml": flow().replace("type: load", "type: ‸laod"),
            "pipelines/b.yaml": "pipeline: p\n‸pipeline: q\n",
            "pipelines/c.yaml": flow("c", sql="‸'${nothing}'"),
            "pipelines/d.yaml": flow("d").replace("type: sql", "type: ‸sqll"),
        },
        INCLUDE_UNMATCHED,
        PLUGIN_DIRECTORY_MISSING,
        UNKNOWN_KIND,
        YAML_DUPLICATE_KEY,
        UNRESOLVED_TOKEN,
        UNKNOWN_SUB_TYPE,
        UNKNOWN_KEY,
        TOKEN_NAME_BAD,
        YAML_SYNTAX,
    )


def test_flowgroups_without_fault_are_built_beside_faulty_ones(
    outcome: Callable[..., Outcome],
) -> None:
    done = outcome(
        {
            "pipelines/a.yaml": flow("b", "z")
            + "---\n"
            + flow("a", "z")
            + "---\n"
            + flow("c", "y"),
            "pipelines/b.yaml": flow("x").replace("type: load", "type: laod"),
        }
    )
    assert done.has_errors
    assert [each.label for each in done.built] == ["y/c", "z/a", "z/b"]


def test_a_flowgroup_of_tests_alone_makes_nothing(made: Made) -> None:
    tests = "actions:\n  - {name: t, type: test, test_type: uniqueness, source: c.s.t}\n"
    texts = made(
        {
            "templates/t.yaml": "name: t\n" + tests,
            "pipelines/a.yaml": "pipeline: p\nflowgroup: a\n" + tests,
            "pipelines/b.yaml": "pipeline: p\nflowgroup: b\nuse_template: t\n",
            "pipelines/c.yaml": flow("c"),
        }
    )
    assert list(texts) == ["p/c.py"]


def test_what_a_flowgroup_warns_of_is_told_beside_what_is_wrong(check: Check) -> None:
    faulty = flow().replace("type: sql, sql", "type: sql, ‸sqll")
    check(
        {"pipelines/a.yaml": "operational_metadata: [‸_nothing]\n" + faulty},
        METADATA_UNKNOWN,
        UNKNOWN_KEY,
    )


@pytest.mark.parametrize("include", ["['!**/*.yaml']", "['none/*.yaml', '!a.yaml']"])
def test_an_include_that_selects_nothing_is_to_blame_for_no_flowgroups(
    include: str, problems: Check
) -> None:
    found = problems({"lhp.yaml": f"include: {include}\n", "pipelines/a.yaml": flow()})
    (problem,) = (each for each in found if not each.is_warning)
    assert problem.code == INCLUDE_SELECTS_NOTHING
    assert str(problem.location) == "lhp.yaml:1:10"


def test_a_distribution_that_is_not_installed_is_told_in_every_run(check: Check) -> None:
    files = {"lhp.yaml": "plugins: {entry_points: [‸nosuch-dist]}\n", "pipelines/a.yaml": flow()}
    check(files, PLUGIN_DISTRIBUTION_MISSING)


# Environments


def test_an_unknown_environment_is_told_with_the_nearest(check: Check) -> None:
    found = check(
        {"substitutions/prod.yaml": "", "pipelines/a.yaml": flow()},
        nowhere=[ENV_UNKNOWN],
        env="prd",
    )
    assert found[0].message == "there is no environment 'prd'; the project has dev, prod"
    assert found[0].hint == "did you mean 'prod'?"


def test_other_mistakes_are_told_beside_an_unknown_environment(check: Check) -> None:
    check({"pipelines/a.yaml": "‸flowgroup: f\n"}, MISSING_KEY, nowhere=[ENV_UNKNOWN], env="zzz")


def test_a_project_without_environments_says_so(
    write: Callable[..., Path], run_in: Callable[..., Outcome]
) -> None:
    root = write(flow())
    (root / "substitutions" / "dev.yaml").unlink()
    (problem,) = run_in(root).problems
    assert (
        problem.message
        == "there is no environment 'dev'; the project has none: substitutions/ is empty"
    )
    assert problem.hint == ""


@pytest.mark.parametrize(
    ("text", "code"), [("dev: {a: [\n‸", YAML_SYNTAX), ("dev: ‸[1]", WRONG_SHAPE)]
)
def test_a_substitutions_file_at_fault_hides_nothing_and_makes_no_token_unknown(
    text: str, code: Code, check: Check
) -> None:
    flowgroup = flow("f", "${a}", sql="'SELECT {b} ${c.d} ${secret:key}'") + ACTION
    check({"substitutions/dev.yaml": text, "pipelines/a.yaml": flowgroup}, UNKNOWN_KEY, code)


# What is at fault in one place hides nothing in another

ACTION = "  - {name: x, type: transform, target: v_x, transform_type: sql, source: v_f, ‸sqll: S}\n"


def test_a_circle_of_tokens_hides_nothing_and_its_uses_are_no_faults(check: Check) -> None:
    check(
        {
            "lhp.yaml": "name: demo\nplugins: {entry_points: false}\n"
            "operational_metadata: {columns: {_c: {expression: 'F.lit(\"${a}\")'}}}\n",
            "substitutions/dev.yaml": "dev: {a: ‸'x${b}', b: '${a}', of_a: ['${a}'], ok: o}\n",
            "pipelines/a.yaml": flow("f", "${a}", sql="'SELECT ${of_a} {b} ${ok}'")
            + ACTION.replace("v_f", "'${a}'"),
            "pipelines/b.yaml": flow("c", sql="‸'${nothing} ${a}'"),
            "pipelines/d.yaml": flow("d").replace("sql: SELECT 1", "sql_path: d.sql")
            + "operational_metadata: [_c]\n",
            "pipelines/e.yaml": flow("e").replace("sql: SELECT 1", "sql_path: ‸'none.sql'"),
            "d.sql": "SELECT * FROM ${a}.t",
        },
        UNKNOWN_KEY,
        UNRESOLVED_TOKEN,
        FILE_MISSING,
        TOKEN_CYCLE,
    )


def test_each_circle_of_tokens_is_told(check: Check) -> None:
    check(
        {
            "substitutions/dev.yaml": "dev:\n  a: ‸'${a}'\n  b: ‸'${c}'\n  c: '${b}${a}'\n  d:‸\n",
            "pipelines/a.yaml": flow("f", sql="'SELECT ${a} ${d}'"),
        },
        TOKEN_CYCLE,
        TOKEN_CYCLE,
        TOKEN_NULL,
    )


def test_secrets_are_no_faults_where_the_block_of_scopes_is_one(check: Check) -> None:
    check(
        {
            "substitutions/dev.yaml": "dev: {}\nsecrets: {‸default: kv}\n",
            "pipelines/a.yaml": flow("f", sql="'SELECT ''${secret:key}'''"),
        },
        UNKNOWN_KEY,
    )


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("v: ‸'%{w} %{v}', w: '%{v}'", VARIABLE_CYCLE),
        ("v: ‸'%{none}'", VARIABLE_UNDEFINED),
    ],
)
def test_a_variable_at_fault_hides_nothing_and_its_uses_are_no_faults(
    fault: str, code: Code, check: Check
) -> None:
    text = flow("f", sql="'SELECT %{v}'")
    other = "  - {name: y, type: load, target: v_y, source: {type: sql, sql_path: ‸'%{ok}.sql'}}\n"
    other += "  - {name: z, type: '%{v}'}\n  - {name: '%{v}', type: load, source: '%{v}'}\n"
    # A suffix of a preset makes no new text of what has no value.
    text = text.replace("schema: s", "schema: '%{v}'")
    faulty = f"presets: [p]\nvariables: {{ok: none, {fault}}}\n{text}"
    suffix = "name: p\ndefaults: {write_actions: {materialized_view: {schema_suffix: _x}}}\n"
    files = {"presets/p.yaml": suffix, "pipelines/a.yaml": faulty + ACTION + other}
    check(files, code, UNKNOWN_KEY, FILE_MISSING)


@pytest.mark.parametrize("use", ["%{v}", "${t}"])
def test_a_parameter_at_fault_is_told_alone(use: str, check: Check) -> None:
    template = (
        "name: t\nparameters: [{name: p}]\nactions:\n"
        "  - {name: l, type: load, target: v, source: {type: sql, sql_path: a.sql}}\n"
        "  - {name: m, type: load, target: v_m, source: {type: sql, sql: 'SELECT {{ p }}'}}\n"
        "  - {name: w, type: write, source: '{{ p }}', write_target: "
        "{type: materialized_view, catalog: c, schema: s, ‸tabel: x}}\n"
    )
    check(
        {
            "templates/t.yaml": template,
            "a.sql": "SELECT {{ p.upper() }}",
            "pipelines/a.yaml": "pipeline: p\nflowgroup: f\nuse_template: t\n"
            f"template_parameters: {{p: ‸'a_{use}'}}\n",
        },
        VARIABLE_UNDEFINED if use == "%{v}" else UNRESOLVED_TOKEN,
        UNKNOWN_KEY,
    )


def test_an_expression_at_fault_hides_nothing_of_its_template(check: Check) -> None:
    template = (
        "name: t\nparameters: [{name: p, required: true}, {name: q}]\nactions:\n"
        "  - {name: l, type: load, target: v, source: {type: sql, sql: ‸'{{ q | nothing }}'}}\n"
        "  - {name: w, type: write, source: '{{ p }}', write_target: "
        "{type: materialized_view, catalog: c, schema: s, ‸tabel: x}}\n"
    )
    check(
        {
            "templates/t.yaml": template,
            "pipelines/a.yaml": "pipeline: p\nflowgroup: f\nuse_template: ‸t\n",
        },
        TEMPLATE_PARAMETER_MISSING,
        TEMPLATE_SYNTAX,
        UNKNOWN_KEY,
    )


def test_an_unknown_template_or_preset_hides_nothing_and_makes_nothing_missing(
    check: Check,
) -> None:
    lacking = "  - {name: y, type: load, target: v_y, source: {type: sql}}\n"
    check(
        {
            "presets/p.yaml": "name: p\nextends: ‸none\n",
            "pipelines/a.yaml": "use_template: ‸none\n" + flow("a") + ACTION + lacking,
            "pipelines/b.yaml": "presets: [‸none]\n" + flow("b") + ACTION + lacking,
            "pipelines/c.yaml": "presets: [p]\n" + flow("c") + ACTION + lacking,
            "pipelines/d.yaml": "pipeline: p\nflowgroup: d\nuse_template: ‸none\n",
        },
        TEMPLATE_NOT_FOUND,
        UNKNOWN_KEY,
        PRESET_NOT_FOUND,
        UNKNOWN_KEY,
        UNKNOWN_KEY,
        TEMPLATE_NOT_FOUND,
        PRESET_NOT_FOUND,
    )


def test_what_a_file_at_fault_would_give_is_not_unknown(check: Check) -> None:
    check(
        {
            "presets/p.yaml": "name: p\n‸defalts: {}\n",
            "templates/t.yaml": "name: t\nactions: [\n‸",
            "pipelines/a.yaml": "use_template: t\n" + flow("a"),
            "pipelines/b.yaml": "presets: [p]\n" + flow("b") + ACTION,
        },
        UNKNOWN_KEY,
        UNKNOWN_KEY,
        YAML_SYNTAX,
    )


def test_a_flowgroup_of_tests_alone_tells_what_is_wrong_with_it(check: Check) -> None:
    tests = "actions:\n  - {name: t, type: test, test_type: uniqueness, source: c.s.t}\n"
    check("pipeline: p\nflowgroup: a\npresets: [‸none]\n" + tests, PRESET_NOT_FOUND)


def test_each_environment_has_its_folder_and_its_values(outcome: Callable[..., Outcome]) -> None:
    files = {
        "substitutions/dev.yaml": "dev: {c: d1}\n",
        "substitutions/prod.yaml": "prod: {c: p1}\n",
        "pipelines/a.yaml": flow("f", "${c}", sql="'SELECT ${c}'"),
    }
    for env, value in (("dev", "d1"), ("prod", "p1")):
        (output,) = outcome(files, env=env).outputs
        assert output.path == f"generated/{env}/${{c}}/f.py"
        assert f"PIPELINE_ID = '{value}'" in output.text
        assert f"SELECT {value}" in output.text


# One pipeline alone

LAYER = {"substitutions/dev.yaml": "dev: {layer: silver}\n"}
TWO = {
    "pipelines/a.yaml": flow("f", "bronze"),
    "pipelines/b.yaml": flow("f", "${layer}"),
    **LAYER,
}


def test_folders_and_files_are_called_as_written(made: Made) -> None:
    # One name in all environments, and where the 0.9 releases put them.
    text = flow("NAME", "${layer}").replace("flowgroup: NAME", "flowgroup: f_${layer}")
    files = {"pipelines/a.yaml": text, **LAYER}
    code = made(files)["${layer}/f_${layer}.py"]
    assert "PIPELINE_ID = 'silver'\nFLOWGROUP_ID = 'f_silver'" in code


@pytest.mark.parametrize("name", ["bronze", "${layer}"])
def test_one_pipeline_alone_is_made(name: str, made: Made) -> None:
    assert list(made(TWO, pipeline=name)) == [f"{name}/f.py"]


def test_an_unknown_pipeline_is_told_with_the_nearest(check: Check) -> None:
    found = check(TWO, nowhere=[PIPELINE_UNKNOWN], pipeline="bronce")
    assert found[0].message == "there is no pipeline 'bronce'; the project has ${layer}, bronze"
    assert found[0].hint == "did you mean 'bronze'?"


def test_a_project_without_pipelines_says_so(problems: Check) -> None:
    found = problems({}, pipeline="p")
    assert [each.code for each in found] == [PIPELINE_UNKNOWN, NO_FLOWGROUPS]
    assert found[0].message == "there is no pipeline 'p'; the project has none"


def test_faults_of_other_pipelines_do_not_stop_one(made: Made, check: Check) -> None:
    faulty = flow("f", "‸${nothing}", sql="'SELECT ${c}'").replace("type: load", "type: ‸laod")
    files = {**TWO, "pipelines/c.yaml": faulty}
    assert list(made(files, pipeline="bronze")) == ["bronze/f.py"]
    plain = {**files, "pipelines/c.yaml": faulty.replace("'SELECT ${c}'", "SELECT 1")}
    check(plain, UNRESOLVED_TOKEN, UNKNOWN_KIND, pipeline="${nothing}")


# Progress


def test_progress_is_told_of_each_flowgroup_also_of_a_faulty_one(
    outcome: Callable[..., Outcome],
) -> None:
    seen: list[object] = []

    @contextmanager
    def progress(total: int) -> Iterator[Callable[[], None]]:
        seen.append(total)
        yield lambda: seen.append("one")

    broken = flow("g").replace("type: load", "type: laod")
    outcome({"pipelines/a.yaml": flow(), "pipelines/b.yaml": broken}, progress=progress)
    assert seen == [2, "one", "one"]


# Artifacts

ARTIFACT = "name: docs, type: artifact, module: local.docs, class: Docs"


def artifact(body: str, more: str = "", **files: str) -> Mapping[str, str]:
    """Return a project with an artifact."""
    return {
        "lhp.yaml": "name: demo\n" + declared(ARTIFACT + more),
        "local/docs.py": f"class Docs:\n    def build(self, summary):\n        {body}\n",
        "pipelines/a.yaml": flow(),
        **files,
    }


def test_an_artifact_adds_files_of_the_whole_project(outcome: Callable[..., Outcome]) -> None:
    body = (
        "return {'docs/x.md': f\"{summary['env']} {summary['project_name']} {summary['files']} "
        "{summary['flowgroups'][0]['flowgroup']} {self.config['c']}\"}"
    )
    done = outcome(artifact(body, ", config: {c: '${catalog}'}"))
    (added,) = (each for each in done.outputs if each.path.startswith("docs/"))
    assert added.text == "dev demo ['generated/dev/p/f.py'] f dev_cat"
    assert (added.pipeline, added.sources) == ("", ("local/docs.py",))


def test_an_artifact_sees_the_text_of_each_file(outcome: Callable[..., Outcome]) -> None:
    done = outcome(artifact("return {'docs/x.md': repr(sorted(summary['texts'].items()))}"))
    (module,) = (each for each in done.outputs if each.path.endswith(".py"))
    (added,) = (each for each in done.outputs if each.path.startswith("docs/"))
    # It is built before the formatter runs.
    assert "SELECT 1" in added.text
    assert added.text.startswith(f"[('{module.path}', ")


def test_a_problem_of_an_artifact_may_point_into_lhp_yaml(check: Check) -> None:
    code = """\
from lhp.core.base_generator import Problem

class Docs:
    def build(self, run):
        return {}

    def check(self):
        yield Problem("odd name", ("name",), "warning", "call it shop")
"""
    files = {**artifact(""), "local/docs.py": code}
    files["lhp.yaml"] = files["lhp.yaml"].replace("demo", "‸demo")
    (found,) = check(files, PLUGIN_PROBLEM_WARNING)
    assert found.hint == "call it shop; this check comes from the artifact 'docs'"


def test_an_artifact_is_not_built_of_a_part_or_of_a_faulty_project(
    outcome: Callable[..., Outcome], check: Check
) -> None:
    files = artifact("raise RuntimeError")
    assert not outcome(files, pipeline="p").has_errors
    faulty = flow("g").replace("type: load", "type: ‸laod")
    check({**files, "pipelines/b.yaml": faulty}, UNKNOWN_KIND)


@pytest.mark.parametrize(
    ("body", "code", "reason"),
    [
        ("raise RuntimeError('no')", PLUGIN_FAILED, "RuntimeError: no"),
        ("return 5", PLUGIN_FAILED, "build() gave int, not a mapping of paths to texts"),
        ("return {5: 'a'}", PLUGIN_FAILED, "build() gave the path 5, which is int, not text"),
        ("return {'a': None}", PLUGIN_FAILED, "build() gave NoneType for 'a', not a text"),
        ("'''\n    '''\n    build = None", PLUGIN_BROKEN, "Docs has no method build()"),
    ],
)
def test_an_artifact_that_fails_is_named_with_its_line(
    body: str, code: Code, reason: str, check: Check
) -> None:
    files = artifact(body)
    marked = files["lhp.yaml"].replace("- {", "- ‸{")
    found = check({**files, "lhp.yaml": marked}, code)
    assert "the artifact 'docs'" in found[0].message
    assert reason in found[0].message


def test_two_texts_for_one_file_are_told_with_their_sources(problems: Check) -> None:
    files = artifact("return {'generated/dev/p/f.py': 'x = 1'}")
    (found,) = problems(files)
    assert (found.code, str(found.location)) == (OUTPUT_CLASH, "local/docs.py")
    assert found.message == (
        "two different files would be written to 'generated/dev/p/f.py': "
        "of pipelines/a.yaml and of local/docs.py"
    )


def calling(*paths: str, name: str = "f") -> str:
    """Return a flowgroup that loads by a function of each of some files."""
    loads = "".join(
        f"  - {{name: l{number}, type: load, target: {name}{number}, source: {{type: python, module_path: {path}}}}}\n"
        for number, path in enumerate(paths)
    )
    target = f"{{type: materialized_view, catalog: c, schema: s, table: {name}}}"
    write = f"  - {{name: w_{name}, type: write, source: {name}0, write_target: {target}}}\n"
    return f"pipeline: p\nflowgroup: {name}\nactions:\n{loads}{write}"


MODULES = {
    "one/m.py": "def get_df(spark, parameters): ...\n",
    "two/m.py": "from z import get_df\n",
    "two/z.py": "def get_df(spark, parameters): ...\n",
}


@pytest.mark.parametrize(
    ("flows", "place"),
    [
        ([calling("one/m.py", "two/m.py")], "pipelines/0.yaml"),
        ([calling("one/m.py"), calling("two/m.py", name="g")], "pipelines/1.yaml"),
    ],
)
def test_two_modules_of_one_name_do_not_take_each_other_s_place(
    flows: Sequence[str], place: str, problems: Check
) -> None:
    written = {f"pipelines/{number}.yaml": text for number, text in enumerate(flows)}
    (found,) = problems({**MODULES, **written})
    assert (found.code, str(found.location)) == (OUTPUT_CLASH, place)
    assert found.message == (
        "two different files would be written to "
        "'generated/dev/p/custom_python_functions/m.py': of one/m.py and of two/m.py"
    )


def test_a_module_is_copied_once_however_many_actions_use_it(made: Made) -> None:
    texts = made(
        {
            **MODULES,
            "pipelines/a.yaml": calling("one/m.py", "one/m.py"),
            "pipelines/b.yaml": calling("./one/m.py", name="g"),
        }
    )
    folder = "p/custom_python_functions"
    assert sorted(texts) == [f"{folder}/__init__.py", f"{folder}/m.py", "p/f.py", "p/g.py"]


def test_one_text_for_one_file_is_no_clash(outcome: Callable[..., Outcome]) -> None:
    second = declared(
        ARTIFACT, ARTIFACT.replace("name: docs", "name: more").replace("Docs", "More")
    )
    code = "class Docs:\n    def build(self, summary):\n        return {'a.txt': 'a'}\nclass More(Docs): ...\n"
    done = outcome({**artifact(""), "lhp.yaml": second, "local/docs.py": code})
    assert [each.path for each in done.outputs] == ["a.txt", "generated/dev/p/f.py"]


OF_PIPELINES = """\
class Docs:
    scope = "pipeline"

    def build(self, run):
        section, text = self.context.section("operational_metadata"), self.context.read_text("a.txt")
        notes = [(each["flowgroup"], each["action"], each["note"]) for each in run["notes"]]
        names = [each["flowgroup"] for each in run["flowgroups"]]
        pipelines = (run["pipeline"], self.context.pipeline)
        return {"notes.txt": f"{pipelines} {names} {run['files']} {dict(section['defaults'])} {[*section]} {text} {notes}"}
"""
NOTING = """\
from lhp.core.base_generator import BaseActionGenerator

class NotingLoadGenerator(BaseActionGenerator):
    def notes(self, action, context):
        return {"docs": {"env": context.env}, "others": "x"}

    def generate(self, action, context):
        return f"def {action.target}(): ..."
"""


def of_pipelines(who: str = "'${catalog}'") -> Mapping[str, str]:
    """Return a project with an artifact that is made of each pipeline."""
    lines = f"operational_metadata: {{defaults: {{who: {who}}}, x-why: none}}\n"
    noting = "name: noting, type: load_generator, module: local.noting, class: NotingLoadGenerator"
    return {
        "lhp.yaml": "name: demo\n" + lines + declared(ARTIFACT, noting),
        "local/docs.py": OF_PIPELINES,
        "local/noting.py": NOTING,
        "a.txt": "of ${catalog}",
        "pipelines/a.yaml": flow().replace("type: sql, sql: SELECT 1", "type: noting"),
        "pipelines/b.yaml": flow("g", "q"),
    }


@pytest.mark.parametrize("pipeline", [None, "p"])
def test_an_artifact_of_pipelines_is_built_of_each_also_of_one_alone(
    outcome: Callable[..., Outcome], pipeline: str | None
) -> None:
    done = outcome(of_pipelines(), pipeline=pipeline)
    added = {each.pipeline: each for each in done.outputs if each.path.endswith(".txt")}
    known = "{'who': 'dev_cat'} ['defaults'] of dev_cat"
    of_p = f"('p', 'p') ['f'] ['generated/dev/p/f.py'] {known} [('f', 'l', {{'env': 'dev'}})]"
    of_q = f"('q', 'q') ['g'] ['generated/dev/q/g.py'] {known} []"
    assert {name: each.text for name, each in added.items()} == (
        {"p": of_p} if pipeline else {"p": of_p, "q": of_q}
    )
    assert added["p"].path == "generated/dev/p/notes.txt"
    assert added["p"].sources == ("a.txt", "local/docs.py")


CHECKING = """\
class Docs:
    def check(self):
        yield "no page"
        self.context.read_text("a.txt")

    def build(self, run):
        raise RuntimeError
"""


def test_what_an_artifact_finds_wrong_is_told_with_faults_of_flowgroups(
    check: Check, problems: Callable[..., Sequence[LhpError]]
) -> None:
    files = {**of_pipelines(), "local/docs.py": CHECKING, "a.txt": ""}
    lines = files["lhp.yaml"].replace("- {name: docs", "- ‸{name: docs")
    faulty = flow("g", "q").replace("type: load", "type: ‸laod")
    found = check(
        {**files, "lhp.yaml": lines, "pipelines/b.yaml": faulty}, PLUGIN_PROBLEM, UNKNOWN_KIND
    )
    assert "no page" in found[0].message
    missing = problems({**files, "a.txt": "${nobody}"})
    assert [each.code for each in missing] == [UNRESOLVED_TOKEN]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("def check(self): return 'no page'", "check() gave str, not a list of problems"),
        ("def check(self): raise KeyError('a')", "KeyError: 'a'"),
        ("def check(self, run): ...", "it can't be called as Docs.check()"),
    ],
)
def test_a_check_of_an_artifact_that_fails_is_told(
    problems: Callable[..., Sequence[LhpError]], body: str, reason: str
) -> None:
    code = f"class Docs:\n    def build(self, run): ...\n    {body}\n"
    (found,) = problems({**artifact(""), "local/docs.py": code})
    assert reason in found.message


def test_what_an_artifact_reads_is_told_at_its_place(check: Check) -> None:
    files = of_pipelines()
    check({**files, "a.txt": "of ‸${nobody}"}, UNRESOLVED_TOKEN)
    check({**files, "a.txt": "of ‸{catalog}"}, BARE_TOKEN)
    check(of_pipelines("‸'${nobody}'"), UNRESOLVED_TOKEN)


@pytest.mark.parametrize(
    "path",
    [
        *(".git/hooks/post-checkout", ".lhp/x", "a/.b", ".", "../a", "a/../b"),
        *("/a", "a//b", "a/", "", "a\\b", "c:a", "con", "a/NUL.txt"),
        *("a.", "a ", "a\n", "\udc80"),
    ],
)
def test_a_path_that_no_artifact_may_write_is_told_with_its_plugin(path: str, check: Check) -> None:
    files = artifact(f"return {{{path!r}: 'text'}}")
    marked = files["lhp.yaml"].replace("- {", "- ‸{")
    found = check({**files, "lhp.yaml": marked}, PLUGIN_FAILED)
    assert f"the artifact 'docs' failed: ValueError: build() gave the path {path!r}" in str(
        found[0]
    )


# Formatters

FORMATTER = "name: own, type: formatter, module: local.own, class: own"


@pytest.mark.parametrize(
    "code",
    [
        "def own(text):\n    return '# formatted\\n' + text\n",
        "class own:\n    def format(self, sources):\n        return {path: '# formatted\\n' + text for path, text in sources.items()}\n",
    ],
)
def test_a_formatter_is_a_function_or_a_class(code: str, made: Made) -> None:
    files = {
        "lhp.yaml": "formatter: own\n" + declared(FORMATTER),
        "local/own.py": code,
        "pipelines/a.yaml": flow(),
    }
    assert made(files, is_formatted=True)["p/f.py"].startswith("# formatted\n# Generated")
    assert made(files, is_formatted=False)["p/f.py"].startswith("# Generated")
    off = {**files, "lhp.yaml": files["lhp.yaml"] + "apply_formatting: false\n"}
    assert made(off, is_formatted=True)["p/f.py"].startswith("# Generated")


def test_ruff_formats_unless_told_otherwise(made: Made) -> None:
    assert 'PIPELINE_ID = "p"\n' in made(flow(), is_formatted=True)["p/f.py"]


@pytest.mark.parametrize(
    ("code", "error", "reason"),
    [
        ("def own(text):\n    raise RuntimeError('no')\n", PLUGIN_FAILED, "RuntimeError: no"),
        ("own = 5\n", PLUGIN_BROKEN, "neither a function nor a class with format()"),
        (
            "class own:\n    def __init__(self):\n        raise RuntimeError('new')\n    def format(self, sources):\n        return sources\n",
            PLUGIN_FAILED,
            "RuntimeError: new",
        ),
    ],
)
def test_a_formatter_that_fails_is_named_with_its_line(
    code: str, error: Code, reason: str, check: Check
) -> None:
    found = check(
        {
            "lhp.yaml": "formatter: own\n" + declared(FORMATTER).replace("- {", "- ‸{"),
            "local/own.py": code,
            "pipelines/a.yaml": flow(),
        },
        error,
        is_formatted=True,
    )
    assert reason in found[0].message


def test_a_formatter_that_changes_code_is_refused(problems: Check) -> None:
    found = problems(
        {
            "lhp.yaml": "formatter: own\n" + declared(FORMATTER),
            "local/own.py": "def own(text):\n    return text + 'x = 1\\n'\n",
            "pipelines/a.yaml": flow(),
        },
        is_formatted=True,
    )
    assert [each.code for each in found] == [FORMATTER_CHANGED_CODE]


def test_a_formatter_that_no_plugin_is_is_told_at_its_name(check: Check) -> None:
    files = {"lhp.yaml": "formatter: ‸rufff\n", "pipelines/a.yaml": flow()}
    assert check(files, FORMATTER_UNKNOWN, is_formatted=True)[0].hint == "did you mean 'ruff'?"


# Filters, functions and macros

TOOLS = {
    "lhp.yaml": declared(
        "name: texts, type: template_filter, module: local.texts, class: template_filters",
        "name: half, type: template_function, module: local.texts, class: half",
        "name: bits, type: template_macro, path: macros",
        "name: own, type: load_generator, module: local.own, class: Own",
    ),
    "local/texts.py": "def loud(text):\n    return text.upper()\n\ndef half(n):\n    return n / 2\n\n"
    "template_filters = {'loud': loud}\n",
    "local/own.py": "from lhp.core.base_generator import BaseActionGenerator\nclass Own(BaseActionGenerator): ...\n",
    "local/own.py.j2": "{% from 'bits/code.j2' import call %}\n"
    "{{ call(action.name | loud, half(5)) }}\n",
    "macros/code.j2": "{% macro call(name, n) %}print({{ name }}, {{ n }}){% endmacro %}\n",
    "macros/sql.j2": "{% macro pick(x) %}SELECT {{ x }}{% endmacro %}\n",
}


def test_filters_functions_and_macros_serve_templates_of_both_kinds(made: Made) -> None:
    text = made(
        {
            **TOOLS,
            "templates/t.yaml": """\
                name: t
                parameters: [{name: x}]
                actions:
                  - {name: "{{ x | loud }}", type: load, target: v2, source: {type: sql, sql: "{% from 'bits/sql.j2' import pick %}{{ pick(half(3)) }}"}}
                """,
            "pipelines/a.yaml": flow().replace("type: sql, sql: SELECT 1", "type: own")
            + "use_template: t\ntemplate_parameters: {x: abc}\n",
        }
    )["p/f.py"]
    assert "print('L', 2.5)" in text
    assert "SELECT 1.5" in text


def test_a_filter_that_fails_is_named_with_its_line(problems: Check) -> None:
    found = problems(
        {
            **TOOLS,
            "local/texts.py": TOOLS["local/texts.py"].replace("text.upper()", "1 / 0"),
            "pipelines/a.yaml": flow().replace("type: sql, sql: SELECT 1", "type: own"),
        }
    )
    assert [(each.code, str(each.location)) for each in found] == [
        (PLUGIN_FAILED, "lhp.yaml:2:5"),
        (PLUGIN_AT_USE, "pipelines/a.yaml:4:55"),
    ]
    assert (
        found[0].message == "the template_filter 'loud' failed: ZeroDivisionError: division by zero"
    )


# Plugins that nobody uses, and that are broken


@pytest.mark.parametrize(
    "plugin_type",
    [
        "load_generator",
        "transform_generator",
        "write_generator",
        "test_generator",
        "template_filter",
        "template_function",
        "formatter",
        "cli_command",
    ],
)
@pytest.mark.parametrize(
    "code", ["import missing_module", "raise SystemExit(0)", "x = (", "bad = 5"]
)
def test_a_broken_plugin_that_nobody_uses_does_not_stop_a_run(
    plugin_type: str, code: str, made: Made
) -> None:
    entry = f"name: bad, type: {plugin_type}, module: local.bad, class: bad"
    assert made({"lhp.yaml": declared(entry), "local/bad.py": code, "pipelines/a.yaml": flow()})


def test_a_used_plugin_without_a_module_is_told_at_its_declaration_and_its_use(
    check: Check,
) -> None:
    entry = "name: bad, type: load_generator, module: local.bda, class: Bad"
    found = check(
        {
            "lhp.yaml": declared(entry).replace("local.bda", "‸local.bda"),
            "local/bad.py": "",
            "pipelines/a.yaml": flow().replace("type: sql, sql: SELECT 1", "type: ‸bad"),
        },
        PLUGIN_BROKEN,
        PLUGIN_AT_USE,
    )
    assert "no module 'local.bda' is installed" in found[0].message
    assert found[0].hint == "did you mean 'local.bad'?"


# One error says what is wrong with the plugin, where it is mended; one says where it is needed.
# An error for each use would bury every other mistake of a project with hundreds of flowgroups.
@pytest.mark.parametrize(
    ("entries", "code", "others"),
    [
        (["class: Bad"], PLUGIN_BROKEN, "; 2 more places meet this"),
        (["class: Good, enabled: false"], PLUGIN_DISABLED, "; 2 more places meet this"),
        (["class: Good", "class: Other"], PLUGIN_CLASH, "; 2 more places meet this"),
        (["class: Failing"], PLUGIN_FAILED, "; 2 more places meet this"),
    ],
)
def test_a_fault_that_many_flowgroups_meet_is_told_once_and_with_its_first_use(
    entries: Sequence[str], code: Code, others: str, check: Check
) -> None:
    names = [f"name: bad, type: load_generator, module: local.bad, {entry}" for entry in entries]
    used = "type: sql, sql: SELECT 1", "type: bad"
    found = check(
        {
            "lhp.yaml": declared(*names).replace("- {", "- ‸{", 1),
            "local/bad.py": "from lhp.core.base_generator import BaseActionGenerator\n"
            "class Bad: ...\nclass Good(BaseActionGenerator): ...\nclass Other(Good): ...\n"
            "class Failing(Good):\n    def generate(self, action, context):\n        return {}['zz']\n",
            "pipelines/a.yaml": flow("a").replace(used[0], "type: ‸bad"),
            "pipelines/b.yaml": flow("b").replace(*used),
            "pipelines/c.yaml": flow("c").replace(*used),
        },
        code,
        PLUGIN_AT_USE,
    )
    assert found[1].message == f"this needs a plugin that is at fault: {found[0].message}"
    assert found[1].hint == f"it is declared at lhp.yaml:2:5{others}"


def test_files_of_a_plugin_folder_that_cannot_be_read_are_one_warning(problems: Check) -> None:
    found = problems(
        {
            "lhp.yaml": "plugins: {directories: [./plugins]}\n",
            "plugins/a.py": "def (\n",
            "plugins/b.py": "class (\n",
            "pipelines/a.yaml": flow(),
        }
    )
    assert [each.code for each in found] == [PLUGIN_FILES_UNREAD]
    assert found[0].is_warning
    assert found[0].message.startswith("2 file(s) of the plugin folders can't be understood")
    assert found[0].location is not None
    assert found[0].location.path == "plugins/a.py"


def test_what_a_plugin_prints_at_import_is_a_warning(check: Check) -> None:
    entry = "name: own, type: load_generator, module: local.own, class: Own"
    found = check(
        {
            "lhp.yaml": declared(entry).replace("- {", "- ‸{"),
            "local/own.py": "from lhp.core.base_generator import BaseActionGenerator\nprint('hello')\n"
            "class Own(BaseActionGenerator):\n    def generate(self, action, context):\n        return ''\n",
            "pipelines/a.yaml": flow().replace("type: sql, sql: SELECT 1", "type: own"),
        },
        PLUGIN_PRINTED,
    )
    assert found[0].is_warning


# Content plugins

CONTENT = {
    "lhp.yaml": declared("name: acme, type: content, path: lib/acme"),
    "lib/acme/presets/base.yaml": "name: base\ndefaults: {operational_metadata: [_pipeline_name]}\n",
    "lib/acme/presets/more.yaml": "name: more\nextends: base\n",
    "lib/acme/templates/daily.yaml": """\
        name: daily
        presets: [more]
        parameters: [{name: x}]
        actions:
          - {name: "l_{{ x }}", type: load, target: v, source: {type: sql, sql: "{% from 'acme/m.j2' import one %}{{ one() }}"}}
        """,
    "lib/acme/macros/m.j2": "{% macro one() %}SELECT 'of acme'{% endmacro %}",
}


def test_presets_templates_and_macros_of_a_content_plugin_are_used_by_its_name(made: Made) -> None:
    text = made(
        {
            **CONTENT,
            "presets/base.yaml": "name: base\n",
            "pipelines/a.yaml": """\
                pipeline: p
                flowgroup: f
                presets: [base, acme.more]
                use_template: acme.daily
                template_parameters: {x: orders}
                actions:
                  - {name: w, type: write, source: v, write_target: {type: materialized_view, catalog: c, schema: s, table: t}}
                """,
        }
    )["p/f.py"]
    assert "of acme" in text
    assert "F.lit('p')" in text


def test_a_preset_of_a_content_plugin_is_unknown_without_its_name(check: Check) -> None:
    check({**CONTENT, "pipelines/a.yaml": "presets: [‸more]\n" + flow()}, PRESET_NOT_FOUND)


def test_what_is_wrong_with_a_content_plugin_is_told_in_its_files(check: Check) -> None:
    check(
        {
            **CONTENT,
            "lib/acme/presets/base.yaml": "name: base\n‸x: y\n",
            "lib/acme/presets/more.yaml": "name: more\n",
            "lib/acme/templates/daily.yaml": "name: ‸[daily]\n",
            "pipelines/a.yaml": flow(),
        },
        UNKNOWN_KEY,
        WRONG_TYPE,
    )


# Determinism


def test_files_made_in_any_order_give_the_same_bytes(
    write: Callable[..., Path], run_in: Callable[..., Outcome]
) -> None:
    files = {
        **{
            f"pipelines/{name}.yaml": flow(name, f"p{name[0]}")
            for name in ("za", "b", "ac", "a", "x")
        },
        **TOOLS,
        "pipelines/own.yaml": flow("own").replace("type: sql, sql: SELECT 1", "type: own"),
        "presets/b.yaml": "name: b\n",
        "presets/a.yaml": "name: a\n",
    }
    outputs = []
    for seed in range(3):
        order = list(files)
        random.Random(seed).shuffle(order)  # noqa: S311  (an order, no secret)
        done = run_in(write({path: files[path] for path in order}, f"run{seed}"))
        assert not done.problems
        outputs.append([(each.path, each.text, each.sources) for each in done.outputs])
    assert outputs[0] == outputs[1] == outputs[2]
    assert [path for path, *_ in outputs[0]] == sorted(path for path, *_ in outputs[0])


def test_warnings_stand_in_no_faulty_outcome_as_errors(outcome: Callable[..., Any]) -> None:
    done = outcome({"lhp.yaml": "include: ['*', none.yaml]\n", "pipelines/a.yaml": flow()})
    assert [each.code for each in done.problems] == [INCLUDE_UNMATCHED]
    assert not done.has_errors


def test_secrets_work_in_python_files(made: Made) -> None:
    text = (
        "pipeline: p\nflowgroup: f\nactions:\n"
        "  - {name: l, type: load, target: v, source: {type: python, module_path: py/load.py}}\n"
        "  - {name: w, type: write, source: v, write_target: {type: sink, sink_type: foreachbatch,"
        " sink_name: s, module_path: py/batch.py}}\n"
    )
    files = {
        "pipelines/a.yaml": text,
        "py/load.py": "def get_df(spark, parameters):\n    return f'{spark} ${secret:db/pw}'\n",
        "py/batch.py": "spark.sql('${secret:db/pw}')\n",
    }
    found = made(files)
    call = 'dbutils.secrets.get(scope="db", key="pw")'
    assert f"    spark.sql({call})\n" in found["p/f.py"]
    copy = found["p/custom_python_functions/load.py"]
    assert f"return f'{{spark}} {{{call}}}'" in copy
    assert "from databricks.sdk.runtime import dbutils\n" in copy
