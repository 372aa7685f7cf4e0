"""What `lhp plugins list`, `info` and `validate` print."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

Lhp = Callable[..., Any]
PROJECT = {
    "lhp.yaml": """\
        name: demo
        formatter: tidy
        plugins:
          enabled:
            - name: rest_api
              type: load_generator
              module: local_plugins.rest_api
              class: RestApiLoadGenerator
              config: {base_url: "${url}"}
            - {name: rules, type: validator, module: local_plugins.validators, class: Rules}
            - {name: tidy, type: formatter, module: local_plugins.validators, class: tidy}
            - {name: today, type: template_function, module: local_plugins.validators, class: tidy}
            - {name: parts, type: template_macro, path: macros}
            - {name: off, type: validator, module: gone, class: X, enabled: false}
          directories: [./plugins]
        """,
    "local_plugins/rest_api.py": dedent('''\
        from lhp.core.base_generator import BaseActionGenerator

        class RestApiLoadGenerator(BaseActionGenerator):
            """Reads an endpoint."""

            Config = {"base_url": {"type": "string", "required": True, "description": "Address."}}

            def generate(self, action, context):
                return "pass"

            @classmethod
            def get_supported_options(cls):
                return {
                    "endpoint": {"type": "string", "required": True, "description": "Path."},
                    "method": {"enum": ["get", "post"], "default": "get"},
                    "version": {"const": 2},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "rest": {"type": "array"},
                    "any": {},
                    "either": {"type": ["integer", "boolean"]},
                }
        '''),
    "local_plugins/validators.py": "class Rules:\n    def validate(self, config):\n        return []\n\n"
    "def tidy(source):\n    return source\n",
    "plugins/masking.py": dedent("""\
        from lhp.core.base_generator import BaseActionGenerator

        class MaskingTransformGenerator(BaseActionGenerator):
            def generate(self, action, context):
                return "pass"

        template_filters = {"shout": str.upper}
        """),
    "macros/a.j2": "",
    "pipelines/a.yaml": """\
        pipeline: p
        flowgroup: f
        actions:
          - name: load_rates
            type: load
            target: v_rates
            source: {type: rest_api, endpoint: "{{ x | shout }}"}
        """,
    "pipelines/bad.yaml": "[",
    "templates/t.yaml": """\
        name: t
        actions:
          - name: mask
            type: transform
            transform_type: masking
            source: "{{ today('x') }}"
        """,
    "sql/deep/a.sql": "SELECT {{ a|shout }}\n",
}


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NO_COLOR", "1")
    root = tmp_path / "demo"
    for path, text in PROJECT.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    def install(name: str, points: str) -> None:
        info = tmp_path / f"site-{name}/{name}_lhp-1.2.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-lhp\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(dedent(points))
        monkeypatch.syspath_prepend(str(info.parent))
        importlib.invalidate_caches()

    return install


@pytest.mark.usefixtures("demo")
def test_list_imports_no_plugin(lhp: Lhp) -> None:
    ended = lhp("plugins", "list")
    assert ended.code == 0
    assert not {"local_plugins.rest_api", "local_plugins.validators"} & set(sys.modules)
    rows = [line.split() for line in ended.out.splitlines()]
    assert rows[0] == ["Name", "Type", "Origin", "State", "Source"]
    source = "local_plugins.rest_api:RestApiLoadGenerator"
    assert ["rest_api", "load_generator", "config", "enabled", source] in rows
    source = "plugins/masking.py:MaskingTransformGenerator"
    assert ["masking", "transform_generator", "directory", "enabled", source] in rows
    assert ["off", "validator", "config", "disabled", "gone:X"] in rows
    assert ["cloudfiles", "load_generator", "builtin", "builtin", "lhp"] in rows
    assert " plugins\nisolation: " in ended.err


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["--type", "validator"], ["rules", "off"]),
        (["--origin", "directory"], ["masking", "shout"]),
        (["--type", "validator", "--origin", "directory"], []),
    ],
)
@pytest.mark.usefixtures("demo")
def test_list_can_be_narrowed(lhp: Lhp, words: list[str], names: list[str]) -> None:
    data = json.loads(lhp("plugins", "list", *words, "--format", "json").out)
    assert [each["name"] for each in data] == names


@pytest.mark.usefixtures("demo")
def test_table_is_text(lhp: Lhp) -> None:
    table = lhp("plugins", "list", "--format", "table")
    assert table == lhp("plugins", "list", "--format", "text")


@pytest.mark.usefixtures("demo")
def test_list_as_data(lhp: Lhp) -> None:
    data = json.loads(lhp("plugins", "list", "--format", "json").out)
    assert data[0] == {
        "name": "rest_api",
        "type": "load_generator",
        "origin": "config",
        "state": "enabled",
        "source": "local_plugins.rest_api:RestApiLoadGenerator",
        "reason": "",
    }


def test_clash_of_installed_plugins_and_unread_files_are_lines_of_the_list(
    demo: Path, lhp: Lhp, acme: Callable[[str, str], None]
) -> None:
    acme("acme", "[lhp.validators]\nsame = acme_v:V\n")
    acme("beta", "[lhp.validators]\nsame = beta_v:V\n")
    (demo / "plugins/bad.py").write_text("def (:")
    ended = lhp("plugins", "list", "--origin", "entry_point")
    assert ended.code == 0
    assert "same  validator  entry_point  broken  acme-lhp 1.2" in ended.out
    assert "validator:same: two plugins are called 'same': acme_v:V" in ended.out
    assert "plugins/bad.py:1: LHP-PLG-009" in ended.err
    assert lhp("plugins", "validate").code == 1
    (demo / "plugins/bad.py").unlink()
    ended = lhp("plugins", "validate")
    assert (ended.code, ended.err.count("two plugins are called 'same'")) == (0, 1)


def test_the_list_counts_the_faults_of_the_declarations(demo: Path, lhp: Lhp) -> None:
    def faults() -> list[str]:
        return [line for line in lhp("plugins", "list").err.splitlines() if "fault" in line]

    assert faults() == []
    text = (demo / "lhp.yaml").read_text()
    (demo / "lhp.yaml").write_text(text.replace("[./plugins]", "[./plugins, nowhere]"))
    advice = "in the declarations: `lhp plugins validate` shows them"
    assert faults() == [f"1 fault {advice}"]
    (demo / "lhp.yaml").write_text(text.replace("[./plugins]", "[nowhere]\n  other: 1"))
    assert faults() == [f"2 faults {advice}"]


def test_list_works_without_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lhp: Lhp
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = lhp("plugins", "list")
    assert (ended.code, "cloudfiles" in ended.out) == (0, True)
    ended = lhp("plugins", "info", "cloudfiles")
    assert (ended.code, "lhp/builtin/load/plugins.yaml" in ended.out) == (0, True)


def test_list_of_a_project_that_can_not_be_read_tells_why(demo: Path, lhp: Lhp) -> None:
    (demo / "lhp.yaml").write_text("plugins: [\n")
    ended = lhp("plugins", "list", "--format", "json")
    assert ended.code == 1
    assert json.loads(ended.out)["problems"][0]["code"] == "LHP-CFG-009"


@pytest.mark.usefixtures("demo")
def test_folders_are_shown_as_they_stand_in_the_project(lhp: Lhp) -> None:
    data = json.loads(lhp("plugins", "list", "--type", "template_macro", "--format", "json").out)
    assert data[0]["source"] == "macros"
    assert "  object    macros\n" in lhp("plugins", "info", "parts").out


def test_help_of_the_plugins_commands_is_not_cut(lhp: Lhp) -> None:
    for words in (["plugins"], ["list"], []):
        assert "..." not in lhp(*words, "--help").out.partition("Commands:")[2]


@pytest.mark.usefixtures("demo")
def test_info_tells_declaration_options_config_and_uses(lhp: Lhp) -> None:
    ended = lhp("plugins", "info", "rest_api")
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert ended.code == 0
    assert lines[:8] == [
        "load_generator:rest_api",
        "summary Reads an endpoint.",
        "declared lhp.yaml:5:7",
        "origin config",
        "state enabled",
        "source local_plugins/rest_api.py",
        "object local_plugins.rest_api:RestApiLoadGenerator",
        'config {"base_url": "${url}"}',
    ]
    assert "Name Type Required Default Meaning" in lines
    assert "endpoint text yes Path." in lines
    assert 'method one of get, post no "get"' in lines
    assert "version 2 no" in lines
    assert "tags list of text no" in lines
    assert "rest list no" in lines
    assert "any anything no" in lines
    assert "either whole number or boolean no" in lines
    assert "base_url text yes Address." in lines
    assert "pipelines/a.yaml:4:5 the load 'load_rates'" in lines


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("masking", "templates/t.yaml:3:5 the transform 'mask'"),
        ("shout", "sql/deep/a.sql:1:12 SELECT {{ a|shout }}"),
        ("today", "templates/t.yaml:6:17 source: \"{{ today('x') }}\""),
        ("tidy", "lhp.yaml:2:12 formatter"),
    ],
)
@pytest.mark.usefixtures("demo")
def test_info_tells_who_uses_it(lhp: Lhp, name: str, use: str) -> None:
    out = lhp("plugins", "info", name).out
    assert use in [" ".join(line.split()) for line in out.splitlines()]


USES = {
    "lhp.yaml": """\
        name: demo
        plugins:
          - {name: words, type: template_filter, module: local_plugins.words, class: up}
          - {name: up, type: template_filter, module: local_plugins.words, class: up}
          - {name: count, type: template_function, module: local_plugins.words, class: up}
          - {name: house, type: content, path: house}
          - {name: parts, type: template_macro, path: parts}
          - {name: rules, type: validator, module: local_plugins.words, class: Rules}
          - {name: pages, type: artifact, module: local_plugins.words, class: Rules}
          - {name: off, type: validator, module: local_plugins.words, class: Rules, enabled: false}
        """,
    "local_plugins/words.py": "def up(text): ...\nclass Rules:\n    def validate(self, c): ...\n"
    "    build = validate\n",
    "local_plugins/rest.py.j2": "a\n{{ url | up }}{{ count(url) }} # count(x) | up\n",
    "house/templates/t.yaml": """\
        name: t
        actions:
          - name: a
            sql: |
              SELECT 1,
                '{{ x | up }}'
            note: x | up, count(x)
        """,
    "house/macros/m.j2": "{% macro m(x) %}{% filter up %}{{ x }}{% endfilter %}{% endmacro %}",
    "parts/p.j2": "{% macro count(x) %}{% endmacro %}{{ count(1) }}",
    "models/deep/a.sql": "SELECT count(*), x | up FROM t -- {{ count('t') }}\n",
    "generated/dev/a.sql": "{{ 1 | up }}",
    "broken.sql": "{{ 1 | up",
    "templates/own.yaml": """\
        name: own
        presets: [house.base]
        actions:
          - name: "{% from 'parts/p.j2' import count %}{{ count(1) }}"
            type: transform
            transform_type: sql
            sql_path: house/sql/a.sql
        """,
    "presets/mine.yaml": "name: mine\nextends: house.base\n",
    "pipelines/f.yaml": """\
        pipeline: p
        flowgroup: f
        use_template: house.t
        actions:
          - {name: "{{ 1 | up }}", type: load, sql: count(1)}
        """,
}


@pytest.mark.parametrize(
    ("name", "uses"),
    [
        (
            "up",
            [
                (
                    "house/macros/m.j2:1:20",
                    "{% macro m(x) %}{% filter up %}{{ x }}{% endfilter %}{% endmacro %}",
                ),
                ("house/templates/t.yaml:6:15", "'{{ x | up }}'"),
                ("local_plugins/rest.py.j2:2:8", "{{ url | up }}{{ count(url) }} # count(x) | up"),
            ],
        ),
        (
            "count",
            [
                ("local_plugins/rest.py.j2:2:18", "{{ url | up }}{{ count(url) }} # count(x) | up"),
                ("models/deep/a.sql:1:38", "SELECT count(*), x | up FROM t -- {{ count('t') }}"),
            ],
        ),
        (
            "house",
            [
                ("pipelines/f.yaml:3:15", "use_template: house.t"),
                ("presets/mine.yaml:2:10", "extends: house.base"),
                ("templates/own.yaml:2:11", "presets: house.base"),
                ("templates/own.yaml:7:15", "sql_path: house/sql/a.sql"),
            ],
        ),
        (
            "parts",
            [
                (
                    "templates/own.yaml:4:20",
                    "- name: \"{% from 'parts/p.j2' import count %}{{ count(1) }}\"",
                )
            ],
        ),
        ("rules", [("lhp.yaml:8:5", "looks at every flowgroup")]),
        ("pages", [("lhp.yaml:9:5", "is made of every run")]),
        ("off", []),
        ("words", []),
    ],
)
def test_uses_are_what_jinja_and_yaml_name_and_nothing_else(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    lhp: Lhp,
    name: str,
    uses: list[tuple[str, str]],
) -> None:
    for path, text in USES.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    data = json.loads(lhp("plugins", "info", name, "--format", "json").out)
    found = [(f"{use['path']}:{use['line']}:{use['column']}", use["what"]) for use in data["uses"]]
    assert sorted(found) == uses


@pytest.mark.usefixtures("demo")
def test_info_as_data(lhp: Lhp) -> None:
    data = json.loads(lhp("plugins", "info", "rest_api", "--format", "json").out)
    assert data["declared"] == "lhp.yaml:5:7"
    assert data["class"] == "RestApiLoadGenerator"
    assert data["options"][0] == {
        "name": "endpoint",
        "type": "text",
        "required": True,
        "default": None,
        "meaning": "Path.",
    }
    assert data["settings"][0]["name"] == "base_url"
    assert data["uses"] == [
        {"path": "pipelines/a.yaml", "line": 4, "column": 5, "what": "the load 'load_rates'"}
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("off", "state disabled"),
        ("parts", "state enabled"),
        ("rules", "declared lhp.yaml:10:7"),
        ("shout", "summary Return a copy of the string converted to uppercase."),
        ("ruff", "origin builtin"),
    ],
)
@pytest.mark.usefixtures("demo")
def test_info_of_other_plugins(lhp: Lhp, name: str, words: str) -> None:
    out = lhp("plugins", "info", name).out
    assert words in [" ".join(line.split()) for line in out.splitlines()]


@pytest.mark.parametrize(
    ("source", "summary"),
    [
        ("class Base:\n    'Of the base.'\n    def validate(self, c): ...\nclass Rules(Base): ...", ""),
        ("class Meta(type): ...\nRules = Meta('R', (), {'validate': len, '__doc__': 'Own.'})", "Own."),
    ],
)  # fmt: skip
def test_summary_of_a_class_is_its_own(demo: Path, lhp: Lhp, source: str, summary: str) -> None:
    (demo / "local_plugins/validators.py").write_text(f"{source}\ndef tidy(source): ...\n")
    data = json.loads(lhp("plugins", "info", "rules", "--format", "json").out)
    assert (data["summary"], data["state"]) == (summary, "enabled")


def test_info_of_a_broken_plugin_shows_its_reason(demo: Path, lhp: Lhp) -> None:
    (demo / "local_plugins/rest_api.py").write_text("import no_such\nRestApiLoadGenerator = 3\n")
    ended = lhp("plugins", "info", "rest_api")
    reason = "state     broken: ModuleNotFoundError: No module named 'no_such'"
    assert (ended.code, reason in ended.out) == (0, True)
    (demo / "local_plugins/rest_api.py").unlink()
    assert (
        "state     broken: no module 'local_plugins.rest_api'"
        in lhp("plugins", "info", "rest_api").out
    )


def test_info_shows_what_stands_beside(demo: Path, lhp: Lhp) -> None:
    line = "{name: ruff, type: formatter, module: local_plugins.validators, class: tidy, override: true}"
    (demo / "lhp.yaml").write_text(f"plugins: [{line}]\n")
    out = lhp("plugins", "info", "ruff").out
    assert "beside    lhp.builtin.formatters.ruff:RuffFormatter (lhp/builtin" in out
    assert "Used by" not in out


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("sql", "load_generator:sql, transform_generator:sql"),
        ("rest_apj", "did you mean 'rest_api'?"),
    ],
)
@pytest.mark.usefixtures("demo")
def test_info_of_a_name_that_does_not_tell(lhp: Lhp, name: str, told: str) -> None:
    ended = lhp("plugins", "info", name)
    assert (ended.code, told in ended.err) == (1, True)


def test_validate_of_sound_plugins_prints_one_line(demo: Path, lhp: Lhp) -> None:
    (demo / "lhp.yaml").write_text(
        (demo / "lhp.yaml").read_text().replace("plugins:", "plugins:\n  entry_points: false", 1)
    )
    assert lhp("plugins", "validate") == (0, "", "8 plugins: no problems\n")
    assert lhp("plugins", "validate", "rules") == (0, "", "1 plugin: no problems\n")


def test_static_validate_runs_nothing(demo: Path, lhp: Lhp) -> None:
    for file in (*demo.glob("local_plugins/*.py"), *demo.glob("plugins/*.py")):
        file.write_text(f"raise RuntimeError('it ran')\n{file.read_text()}")
    assert lhp("plugins", "list").code == 0
    assert lhp("plugins", "validate", "--static").code == 0
    ended = lhp("plugins", "validate")
    assert (ended.code, "it ran" in ended.err) == (1, True)


def test_validate_tells_all_faults_in_every_form(demo: Path, lhp: Lhp) -> None:
    text = (demo / "lhp.yaml").read_text()
    (demo / "lhp.yaml").write_text(text.replace("class: Rules", "class: Rulez, confg: {}"))
    ended = lhp("plugins", "validate")
    assert ended.code == 1
    assert "unknown key 'confg'" in ended.err
    assert "module 'local_plugins.validators' has no 'Rulez'" in ended.err
    data = json.loads(lhp("plugins", "validate", "--format", "json").out)
    assert data["summary"]["errors"] == 2
    ended = lhp("plugins", "validate", "--format", "github")
    assert ended.out.startswith("::error file=lhp.yaml,line=10,")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("def validate(self, config)", "def validate(self)", "called as Rules.validate(config)"),
        ("class Rules:", "class Rules:\n    def __init__(self, url): ...", "called as Rules()"),
        ("def tidy(source)", "def tidy()", "called as tidy(text)"),
    ],
)
def test_validate_tells_what_the_host_could_not_call(
    demo: Path, lhp: Lhp, before: str, after: str, told: str
) -> None:
    file = demo / "local_plugins/validators.py"
    file.write_text(file.read_text().replace(before, after))
    ended = lhp("plugins", "validate", "rules", "formatter:tidy")
    assert (ended.code, told in ended.err) == (1, True)


def test_what_a_plugin_prints_while_it_is_asked_spoils_no_output(demo: Path, lhp: Lhp) -> None:
    file = demo / "local_plugins/rest_api.py"
    noise = "print('\\x1b[31mred'); import sys; sys.stderr.write('\\x1b[0m\\n')"
    text = file.read_text().replace("        return {\n", f"        {noise}\n        return {{\n")
    file.write_text(f"{noise}\n{text}")
    for words in (["validate", "rest_api"], ["info", "rest_api"]):
        ended = lhp("plugins", *words, "--format", "json")
        assert (ended.code, ended.err) == (0, "")
        json.loads(ended.out)
        ended = lhp("plugins", *words)
        assert "\x1b" not in ended.out + ended.err
        assert ended.err.count("LHP-PLG-014") == 1


def test_validate_passes_with_warnings(demo: Path, lhp: Lhp) -> None:
    file = demo / "local_plugins/validators.py"
    file.write_text(f"print('hello')\n{file.read_text()}")
    ended = lhp("plugins", "validate", "rules")
    assert ended.code == 0
    assert "'hello'" in ended.err
    assert ended.err.endswith("1 plugin: no errors\n")
