"""Blueprints: which flowgroups their instances make, and where a mistake is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhp.errors import (
    BLUEPRINT_AT_USE,
    BLUEPRINT_FLOWGROUP_TWICE,
    BLUEPRINT_IN_PIPELINES,
    BLUEPRINT_NAME_TOKEN,
    BLUEPRINT_PARAMETER_MISSING,
    BLUEPRINT_PARAMETER_UNKNOWN,
    BLUEPRINT_TWICE,
    BLUEPRINT_UNKNOWN,
    INCLUDE_SELECTS_NOTHING,
    INCLUDE_UNMATCHED,
    INSTANCE_FORMS_MIXED,
    INSTANCE_NOT_ALONE,
    INSTANCE_OLD_FORM,
    MISSING_KEY,
    NAME_UNSAFE,
    SEVERAL_DOCUMENTS,
    TABLE_CREATED_TWICE,
    TABLE_NOT_CREATED,
    UNKNOWN_KEY,
    UNKNOWN_SUB_TYPE,
    VARIABLE_NOT_SCALAR,
    VARIABLE_UNDEFINED,
    WRONG_TYPE,
    YAML_SYNTAX,
    Code,
    LhpError,
)
from lhp.model.flowgroup import Instance
from lhp.passes.blueprints import flowgroups_of, read_blueprint
from lhp.passes.variables import resolve_variables
from lhp.text.yaml_reader import read_yaml

Check = Callable[..., Sequence[LhpError]]
Made = Callable[..., Mapping[str, str]]

SITE = """\
name: site
parameters:
  - {name: city, required: true}
  - {name: flag, default: true}
  - {name: size, default: 1.50}
  - {name: day, default: "2024-01-01"}
  - {name: spare}
  - {name: many, default: [a, b]}
flowgroups:
  - pipeline: "p_%{city}"
    flowgroup: stock
    variables: {own: "x_%{city}", size: own}
    actions:
      - {name: l, type: load, target: v, source: {type: sql, sql: "SELECT '%{own}%{flag}%{size}%{day}${catalog}'"}}
      - {name: w, type: write, source: v, write_target: {type: materialized_view, catalog: c, schema: s, table: "t_%{city}"}}
  - pipeline: all
    flowgroup: "%{city}_sales"
    actions:
      - {name: l, type: load, target: "v_%{city}", source: {type: sql, sql: SELECT 1}}
      - {name: w, type: write, source: "v_%{city}", write_target: {type: materialized_view, catalog: c, schema: s, table: "u_%{city}"}}
"""
PLAIN = """\
pipeline: plain
flowgroup: plain
actions:
  - {name: l, type: load, target: v, source: {type: sql, sql: SELECT 1}}
  - {name: w, type: write, source: v, write_target: {type: materialized_view, catalog: c, schema: s, table: t}}
"""
BERLIN = "use_blueprint: site\nparameters: {city: berlin}\n"
PARIS = "use_blueprint: site\nparameters: {city: paris}\n"


def project(**files: str) -> dict[str, str]:
    """Return the files of a project with the blueprint `site`; a name is one under pipelines/."""
    return {
        "blueprints/site.yaml": SITE,
        **{f"pipelines/{name}.yaml": text for name, text in files.items()},
    }


def test_each_instance_makes_each_flowgroup_of_its_blueprint(made: Made) -> None:
    texts = made(project(a=BERLIN, b=PARIS))
    assert sorted(texts) == [
        "all/berlin_sales.py",
        "all/paris_sales.py",
        "p_berlin/stock.py",
        "p_paris/stock.py",
    ]
    assert "PIPELINE_ID = 'p_paris'" in texts["p_paris/stock.py"]


def test_parameters_are_variables_of_the_flowgroup_whose_own_win(made: Made) -> None:
    """A boolean is text in Python's words, as in the 0.9.3 release; tokens come later."""
    text = made(project(a=BERLIN))["p_berlin/stock.py"]
    assert "SELECT 'x_berlinTrueown2024-01-01dev_cat'" in text
    assert "c.s.t_berlin" in text


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("{city: b, flag: no, day: x}", "x_bnoownxdev_cat"),
        ("{city: b, flag: false}", "x_bFalseown2024-01-01dev_cat"),
        ("{city: 7, flag: 0.10}", "x_70.1own2024-01-01dev_cat"),
        # A parameter may be made of others.
        ('{city: "%{day}", day: d}', "x_dTrueownddev_cat"),
        ('{city: b, flag: "${catalog}"}', "x_bdev_catown2024-01-01dev_cat"),
        # One with nothing behind it is not given.
        ("{city: b, flag: }", "x_bTrueown2024-01-01dev_cat"),
        ("{city: b, many: [c]}", "x_bTrueown2024-01-01dev_cat"),
    ],
)
def test_an_instance_gives_parameters(
    parameters: str, expected: str, outcome: Callable[..., Any]
) -> None:
    done = outcome(project(a=f"use_blueprint: site\nparameters: {parameters}\n"))
    assert not done.has_errors
    assert any(f"SELECT '{expected}'" in each.text for each in done.outputs)


def test_overrides_are_reserved_and_do_nothing(made: Made) -> None:
    assert made(project(a=f"{BERLIN}overrides: {{a: 1}}\nx-note: mine\n")) == made(
        project(a=BERLIN)
    )


def test_the_older_form_works_with_a_warning(outcome: Callable[..., Any]) -> None:
    done = outcome(project(a="blueprint: site\ncity: berlin\nx-note: mine\n"))
    assert {each.path for each in done.outputs} == {
        "generated/dev/all/berlin_sales.py",
        "generated/dev/p_berlin/stock.py",
    }
    assert [(each.code, str(each.location)) for each in done.problems] == [
        (INSTANCE_OLD_FORM, "pipelines/a.yaml:1:1")
    ]


def test_the_module_knows_the_instance_and_the_blueprint(outcome: Callable[..., Any]) -> None:
    (stock,) = (
        each for each in outcome(project(a=BERLIN)).outputs if each.path.endswith("stock.py")
    )
    assert stock.sources == ("pipelines/a.yaml", "blueprints/site.yaml")


@pytest.mark.parametrize(
    ("instance", "codes"),
    [
        ("use_blueprint: ‸sites\n", [BLUEPRINT_UNKNOWN]),
        ("use_blueprint: ‸site\n", [BLUEPRINT_PARAMETER_MISSING]),
        ("use_blueprint: site\nparameters: {city: ‸}\n", [BLUEPRINT_PARAMETER_MISSING]),
        (
            "use_blueprint: ‸site\nparameters: {‸citi: b}\n",
            [BLUEPRINT_PARAMETER_MISSING, BLUEPRINT_PARAMETER_UNKNOWN],
        ),
        ("blueprint: site\n‸x: b\n", None),
        (f"‸overides: {{}}\n{BERLIN}", [UNKNOWN_KEY]),
        ("use_blueprint: site\nparameters: ‸[city]\n", [WRONG_TYPE]),
        ("use_blueprint: ‸[site]\n", [WRONG_TYPE]),
        ("‸blueprint: site\nuse_blueprint: site\n", [INSTANCE_FORMS_MIXED]),
        (f"‸{BERLIN}---\n‸{PARIS}", [INSTANCE_NOT_ALONE, INSTANCE_NOT_ALONE]),
        (f"{PLAIN}---\n‸{PARIS}", [INSTANCE_NOT_ALONE]),
    ],
)
def test_what_is_wrong_with_an_instance(
    instance: str, codes: list[Code] | None, check: Check, problems: Check
) -> None:
    if codes is None:
        found = [each.code for each in problems(project(a=instance.replace("‸", "")))]
        assert {BLUEPRINT_PARAMETER_MISSING, BLUEPRINT_PARAMETER_UNKNOWN} <= {*found}
        return
    check(project(a=instance), *codes)


def test_hints_name_the_nearest(check: Check) -> None:
    (unknown,) = check(project(a="use_blueprint: ‸sites\n"), BLUEPRINT_UNKNOWN)
    assert unknown.hint == "did you mean 'site'?"
    (parameter,) = check(
        project(a="use_blueprint: site\nparameters: {city: b, ‸flags: 1}\n"),
        BLUEPRINT_PARAMETER_UNKNOWN,
    )
    assert parameter.hint == "did you mean 'flag'?"
    assert "it has city, flag, size, day, spare, many" in parameter.message


def test_a_required_parameter_is_required_even_with_a_default(check: Check) -> None:
    files = project(a="use_blueprint: ‸site\n")
    files["blueprints/site.yaml"] = SITE.replace("required: true", "required: true, default: q")
    check(files, BLUEPRINT_PARAMETER_MISSING)


def in_blueprint(old: str, new: str, **files: str) -> dict[str, str]:
    return {**project(**files), "blueprints/site.yaml": SITE.replace(old, new)}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("name: site", "‸nam: site", UNKNOWN_KEY),
        ("name: site", "‸x-name: site", MISSING_KEY),
        ("parameters:", "‸x-parameters:", MISSING_KEY),
        ("name: site", "name: site\n‸---\na: b", SEVERAL_DOCUMENTS),
        ("    flowgroup: stock", "    ‸flowgrup: stock", UNKNOWN_KEY),
        ("    flowgroup: stock", "    flowgroup: ‸[stock]", WRONG_TYPE),
    ],
)
def test_a_blueprint_is_checked_without_any_instance(
    old: str, new: str, code: Code, problems: Check
) -> None:
    found = problems(in_blueprint(old, new.replace("‸", ""), a=PLAIN))
    assert code in {each.code for each in found}
    assert all(each.location and each.location.path == "blueprints/site.yaml" for each in found)


def test_an_empty_blueprint_is_told(check: Check) -> None:
    check({**project(a=PLAIN), "blueprints/empty.yaml": "‸"}, WRONG_TYPE)


def test_actions_of_a_blueprint_without_instances_are_checked(check: Check) -> None:
    files = project(a=PLAIN)
    head, _, rest = SITE.partition("source: {type: sql")
    files["blueprints/site.yaml"] = f"{head}source: {{type: ‸sqll{rest}"
    check(files, UNKNOWN_SUB_TYPE)


def test_a_name_that_no_parameter_gives_is_told_without_an_instance(check: Check) -> None:
    (problem,) = check(in_blueprint('"t_%{city}"', '‸"t_%{citi}"', a=PLAIN), VARIABLE_UNDEFINED)
    assert problem.hint == "did you mean 'city'?"


def test_a_blueprint_under_pipelines_is_told_to_move(check: Check) -> None:
    check({**project(a=PLAIN), "pipelines/b.yaml": f"‸{SITE}"}, BLUEPRINT_IN_PIPELINES)


def test_names_of_blueprints_are_unique(problems: Check) -> None:
    files = {**project(a=PLAIN), "blueprints/other.yaml": SITE}
    (problem,) = problems(files)
    assert problem.code is BLUEPRINT_TWICE
    assert str(problem.location) == "blueprints/site.yaml:1:7"
    assert "blueprints/other.yaml:1:7" in problem.message


def test_an_error_in_a_blueprint_names_the_first_instance_that_meets_it(check: Check) -> None:
    files = in_blueprint('"t_%{city}"', '‸"t_%{spare}"')
    found = check(
        {
            **files,
            "pipelines/a.yaml": "use_blueprint: ‸site\nparameters: {city: a}\n",
            "pipelines/b.yaml": "use_blueprint: site\nparameters: {city: b, spare: c}\n",
            "pipelines/c.yaml": "use_blueprint: site\nparameters: {city: c}\n",
        },
        VARIABLE_UNDEFINED,
        BLUEPRINT_AT_USE,
    )
    assert "spare" in found[0].message
    assert "blueprint 'site'" in found[1].message
    assert found[1].hint == "it is told at blueprints/site.yaml:15:113; 1 more place meets this"


def test_an_option_that_a_parameter_spoils_is_told_with_the_instance(check: Check) -> None:
    files = project()
    files["blueprints/site.yaml"] = SITE.replace('type: sql, sql: "', 'type: ‸"%{flag}", sql: "', 1)
    check(
        {**files, "pipelines/a.yaml": BERLIN.replace(": site", ": ‸site")},
        UNKNOWN_SUB_TYPE,
        BLUEPRINT_AT_USE,
    )


def test_names_may_hold_no_token_not_by_a_parameter_either(check: Check) -> None:
    files = in_blueprint("pipeline: all", 'pipeline: ‸"${catalog}"')
    files["pipelines/a.yaml"] = BERLIN.replace(": site", ": ‸site")
    check(files, BLUEPRINT_NAME_TOKEN, BLUEPRINT_AT_USE)
    files = project(a='use_blueprint: ‸site\nparameters: {city: "${catalog}"}\n')
    files["blueprints/site.yaml"] = SITE.replace('"p_', '‸"p_').replace('"%{city}_', '‸"%{city}_')
    found = check_each(check, files)
    assert found == [BLUEPRINT_NAME_TOKEN, BLUEPRINT_NAME_TOKEN]


def check_each(check: Check, files: dict[str, str]) -> list[Code]:
    """Return the codes in the blueprint; each of its errors is told at the instance too."""
    marked = {**files, "pipelines/a.yaml": files["pipelines/a.yaml"].replace("‸", "‸‸")}
    found = check(
        marked, BLUEPRINT_NAME_TOKEN, BLUEPRINT_NAME_TOKEN, BLUEPRINT_AT_USE, BLUEPRINT_AT_USE
    )
    return [each.code for each in found[:2]]


def test_a_name_that_is_no_file_name_is_told(check: Check) -> None:
    files = project(a="use_blueprint: ‸site\nparameters: {city: a/b}\n")
    files["blueprints/site.yaml"] = SITE.replace('"p_', '‸"p_').partition("  - pipeline: all")[0]
    check(files, NAME_UNSAFE, BLUEPRINT_AT_USE)


def test_a_list_has_no_text(check: Check) -> None:
    files = in_blueprint('"t_%{city}"', '"t_%{many}"', a=BERLIN)
    files["blueprints/site.yaml"] = files["blueprints/site.yaml"].replace("[a, b]", "‸[a, b]")
    files["pipelines/a.yaml"] = BERLIN.replace(": site", ": ‸site")
    check(files, VARIABLE_NOT_SCALAR, BLUEPRINT_AT_USE)


def test_two_instances_that_make_one_flowgroup_are_both_named(check: Check) -> None:
    other = BERLIN.replace("berlin", "berlin, flag: x").replace(": site", ": ‸site")
    files = in_blueprint("t_%{city}", "t_%{flag}", a=BERLIN, b=other)
    files["blueprints/site.yaml"] = files["blueprints/site.yaml"].partition("  - pipeline: all")[0]
    (problem,) = check(files, BLUEPRINT_FLOWGROUP_TWICE)
    assert problem.message == (
        "the flowgroup 'stock' of pipeline 'p_berlin' is made twice, first by pipelines/a.yaml:1:16"
    )


def test_an_instance_and_a_written_flowgroup_of_one_name(check: Check) -> None:
    plain = PLAIN.replace("pipeline: plain", "pipeline: p_berlin").replace("plain", "‸stock")
    check(project(a=BERLIN, b=plain), BLUEPRINT_FLOWGROUP_TWICE)


def test_two_flowgroups_of_one_blueprint_with_one_name_are_told_there(check: Check) -> None:
    again = SITE.replace("pipeline: all", 'pipeline: "p_%{city}"')
    again = again.replace('flowgroup: "%{city}_sales"', "flowgroup: ‸stock")
    check({**project(a=BERLIN), "blueprints/site.yaml": again}, BLUEPRINT_FLOWGROUP_TWICE)


def test_two_instances_that_create_one_table_are_both_named(check: Check) -> None:
    files = in_blueprint("u_%{city}", "u", a=BERLIN, b=PARIS.replace(": site", ": ‸site"))
    (problem,) = check(files, TABLE_CREATED_TWICE)
    assert "pipelines/a.yaml:1:16" in problem.message


def test_a_table_that_no_instance_creates_is_told_with_the_instance(check: Check) -> None:
    target = "{type: streaming_table, create_table: false, catalog: c, schema: s, table: u}"
    head, _, rest = SITE.rpartition("{type: materialized_view")
    files = {
        "blueprints/site.yaml": f"{head}‸{target}}}{rest.partition(chr(10))[2]}",
        "pipelines/a.yaml": BERLIN.replace(": site", ": ‸site"),
    }
    check(files, TABLE_NOT_CREATED, BLUEPRINT_AT_USE)


# Which files are looked at.


def test_include_leaves_out_flowgroups_but_no_instances(made: Made) -> None:
    """As in the 0.9.3 release: `include` is for flowgroups."""
    files = project(a=BERLIN, b=PLAIN) | {"pipelines/keep/c.yaml": PLAIN.replace("plain", "kept")}
    files["pipelines/draft.yaml"] = "not: [yaml\n"
    texts = made({**files, "lhp.yaml": "include: [keep/*.yaml]\n"})
    assert sorted(texts) == ["all/berlin_sales.py", "kept/kept.py", "p_berlin/stock.py"]


def test_a_project_may_consist_of_instances_alone(made: Made) -> None:
    assert len(made({**project(a=BERLIN), "lhp.yaml": "include: ['!*']\n"})) == 2


def test_a_project_without_instances_needs_flowgroups(check: Check) -> None:
    check({**project(a=PLAIN), "lhp.yaml": "include: ‸['!*']\n"}, INCLUDE_SELECTS_NOTHING)


def test_an_instance_that_include_leaves_out_still_has_its_typo_told(check: Check) -> None:
    files = project(a=BERLIN.replace("city", "‸citi").replace(": site", ": ‸site"), b=PLAIN)
    check(
        {**files, "lhp.yaml": "include: [b.yaml]\n"},
        BLUEPRINT_PARAMETER_MISSING,
        BLUEPRINT_PARAMETER_UNKNOWN,
    )
    files = project(a="use_blueprint: [\n‸", b=PLAIN)
    check({**files, "lhp.yaml": "include: [b.yaml]\n"}, YAML_SYNTAX)


def test_instance_include_says_where_instances_are(made: Made) -> None:
    files = project(a=BERLIN, b=PLAIN) | {
        "uses/deep/c.yaml": PARIS,
        "uses/draft/d.yaml": "use_blueprint: nothing\n",
        # Only instances are looked for there.
        "uses/e.yaml": PLAIN.replace("plain", "other"),
    }
    include = "instance_include: ['uses/**/*.yaml', '!uses/draft/**']\n"
    texts = made({**files, "lhp.yaml": include})
    assert sorted(texts) == ["all/paris_sales.py", "p_paris/stock.py", "plain/plain.py"]


def test_blueprint_include_says_where_blueprints_are(made: Made) -> None:
    files = {
        "lhp.yaml": "blueprint_include: [shared/*.yaml]\n",
        "shared/x.yaml": SITE,
        # `*` crosses `/`, as in `include`.
        "shared/deep/y.yaml": SITE.replace("name: site", "name: deep"),
        "blueprints/broken.yaml": "a: [",
        "pipelines/a.yaml": BERLIN,
        "pipelines/b.yaml": PARIS.replace(": site", ": deep"),
    }
    assert len(made(files)) == 4


@pytest.mark.parametrize("pattern", ["gone/*.yaml", "../other/**", "/etc/*.yaml", "!blueprints/z*"])
def test_a_pattern_that_selects_nothing_is_told_at_its_place(pattern: str, check: Check) -> None:
    keep = "blueprints/*.yaml"
    (problem,) = check(
        {**project(a=BERLIN), "lhp.yaml": f"blueprint_include: [{keep}, ‸'{pattern}']\n"},
        INCLUDE_UNMATCHED,
    )
    assert problem.hint == "patterns of 'blueprint_include' are relative to the project's folder"


def test_generated_files_and_hidden_folders_are_never_read(made: Made) -> None:
    files = project(a=BERLIN) | {
        "generated/x.yaml": "a: [",
        ".git/x.yaml": "a: [",
        "lhp.yaml": "blueprint_include: ['**/site.yaml', '**/x.yaml', '!zz']\n",
    }
    files["lhp.yaml"] = "blueprint_include: ['**/*te.yaml']\n"
    assert len(made(files)) == 2


def test_one_pipeline_of_a_blueprint_may_be_asked_for(made: Made) -> None:
    assert list(made(project(a=BERLIN, b=PARIS), pipeline="p_paris")) == ["p_paris/stock.py"]


def test_a_blueprint_may_use_templates_and_presets(made: Made) -> None:
    template = """\
        name: t
        parameters: [{name: table, required: true}]
        actions:
          - {name: l, type: load, target: v, source: {type: sql, sql: SELECT 1}}
          - {name: w, type: write, source: v, write_target: {type: materialized_view, table: "{{ table }}"}}
        """
    preset = "name: p\ndefaults: {write_actions: {materialized_view: {catalog: c, schema: s}}}\n"
    blueprint = """\
        name: site
        parameters: [{name: city}]
        flowgroups:
          - pipeline: p
            flowgroup: "%{city}"
            presets: [p]
            use_template: t
            template_parameters: {table: "t_%{city}"}
        """
    files = {
        "templates/t.yaml": template,
        "presets/p.yaml": preset,
        "blueprints/site.yaml": blueprint,
        "pipelines/a.yaml": BERLIN,
    }
    assert "c.s.t_berlin" in made(files)["p/berlin.py"]


def test_a_content_plugin_brings_blueprints_with_its_templates(made: Made) -> None:
    files = {
        "lhp.yaml": "plugins: {entry_points: false, enabled: [{name: acme, type: content, path: acme}]}\n",
        "acme/presets/p.yaml": "name: p\ndefaults: {write_actions: {materialized_view: {catalog: c}}}\n",
        "acme/blueprints/site.yaml": SITE.replace("catalog: c, ", "").replace(
            "flowgroup: ", "presets: [p]\n    flowgroup: "
        ),
        "pipelines/a.yaml": BERLIN.replace(": site", ": acme.site"),
    }
    assert "c.s.t_berlin" in made(files)["p_berlin/stock.py"]


TEXT = st.text(st.characters(exclude_categories=())).filter(lambda text: "%{" not in text)


@given(value=TEXT, default=TEXT)
def test_any_text_may_be_a_parameter(value: str, default: str) -> None:
    data = read_yaml(SITE.encode(), "b.yaml")[0]
    blueprint = read_blueprint(data)
    defaults = blueprint.defaults.without()
    defaults["day"] = default
    parameters = read_yaml(b"{city: berlin, flag: x}", "a.yaml")[0].data
    parameters["flag"] = value
    instance = Instance("site", parameters, "a.yaml")
    stock, _ = flowgroups_of(instance, {"site": replace(blueprint, defaults=defaults)})
    sql = resolve_variables(stock.data)[0]["actions"][0]["source"]["sql"]
    assert sql == f"SELECT 'x_berlin{value}own{default}${{catalog}}'"


def test_two_runs_of_a_blueprint_give_the_same(
    write: Callable[..., Path], run_in: Callable[..., Any]
) -> None:
    root = write(project(a=BERLIN, b=PARIS))
    assert run_in(root).outputs == run_in(root).outputs
