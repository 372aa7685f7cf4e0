"""What `lhp plugins list`, `info` and `validate` print."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from lhp.core.modules import LocalModules

Lhp = Callable[..., Any]
RAN = "open(__file__ + '.ran', 'w').close()\n"
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
    "local_plugins/rest_api.py": RAN
    + dedent('''\
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
    "local_plugins/validators.py": RAN
    + "class Rules:\n    def validate(self, config):\n        return []\n\n"
    + "def tidy(source):\n    return source\n",
    "plugins/masking.py": RAN
    + dedent("""\
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


@pytest.fixture(autouse=True)
def _forget_local_modules() -> Iterator[None]:
    yield
    finder = LocalModules(None)
    finder.activate()
    sys.meta_path.remove(finder)


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


def test_list_imports_no_plugin(demo: Path, lhp: Lhp) -> None:
    ended = lhp("plugins", "list")
    assert ended.code == 0
    assert not list(demo.rglob("*.ran"))
    assert not {"local_plugins.rest_api", "local_plugins.validators"} & set(sys.modules)
    rows = [line.split() for line in ended.out.splitlines()]
    assert rows[0] == ["Name", "Type", "Origin", "State", "Source"]
    source = "local_plugins.rest_api:RestApiLoadGenerator"
    assert ["rest_api", "load_generator", "config", "enabled", source] in rows
    source = "plugins/masking.py:MaskingTransformGenerator"
    assert ["masking", "transform_generator", "directory", "enabled", source] in rows
    assert ["off", "validator", "config", "disabled", "gone:X"] in rows
    assert ["cloudfiles", "load_generator", "builtin", "builtin", "lhp"] in rows
    assert ended.err.endswith(" plugins\n")


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
    assert list(demo.rglob("*.ran"))
    assert lhp("plugins", "validate", "rules") == (0, "", "1 plugin: no problems\n")


def test_static_validate_runs_nothing(demo: Path, lhp: Lhp) -> None:
    assert lhp("plugins", "validate", "--static").code == 0
    assert not list(demo.rglob("*.ran"))


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


def test_validate_passes_with_warnings(demo: Path, lhp: Lhp) -> None:
    file = demo / "local_plugins/validators.py"
    file.write_text(f"print('hello')\n{file.read_text()}")
    ended = lhp("plugins", "validate", "rules")
    assert ended.code == 0
    assert "'hello'" in ended.err
    assert ended.err.endswith("1 plugin: no errors\n")
