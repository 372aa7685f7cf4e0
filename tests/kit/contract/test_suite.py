"""`plugins test`: what a plugin does not keep is told, with the smallest input that shows it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

HEAD = "from lhp.core.base_generator import BaseActionGenerator, Options, Problem\n"
LOAD = "class ApiLoadGenerator(BaseActionGenerator):\n"
ENDPOINT = (
    "    @classmethod\n"
    "    def get_supported_options(cls):\n"
    '        return {"endpoint": {"type": "string", "required": True, "examples": ["/rates"]}}\n'
)
GENERATE = "    def generate(self, action, context):\n"
VIEW = """\
@dp.temporary_view()
def {{ action.target | ident }}():
    return spark.read.table({{ options.endpoint }})
"""
GOOD = {"api.py": HEAD + LOAD + ENDPOINT, "api.py.j2": VIEW}


def generating(code: str, *, head: str = "", options: str = ENDPOINT) -> Mapping[str, str]:
    """Return the files of a load generator with a generate() of its own."""
    lines = "".join(f"        {line}\n" for line in code.splitlines())
    return {"api.py": f"{HEAD}{head}{LOAD}{options}{GENERATE}{lines}"}


def declaring(options: str) -> str:
    """Return a get_supported_options() that gives something."""
    return f"    @classmethod\n    def get_supported_options(cls):\n        return {options}\n"


READ = "return f\"x = spark.read.table({action.options['endpoint']!r})\""
TWO = '{"endpoint": {"type": "string"}, "MORE": {"type": "integer", "default": 1}}'

BAD: Mapping[str, tuple[Mapping[str, str], str, str]] = {
    "quotes": (
        generating("return 'x = \"' + action.options['endpoint'] + '\"'"),
        "any text stays text",
        "endpoint: ",
    ),
    "a comment": (
        generating("return f\"x = 1  # {action.options['endpoint']}\""),
        "any text stays text",
        "endpoint: ",
    ),
    "a text that is cut": (
        generating("return f\"x = {action.options['endpoint'].split(chr(34))[0]!r}\""),
        "any text stays text",
        "endpoint: the code does not hold the text",
    ),
    "the description": (
        generating("return f\"x = {action.options['endpoint']!r}\\n# {action.description}\""),
        "any text stays text",
        "description: ",
    ),
    "a print": (generating(f"print('hi')\n{READ}"), "required options are enough", "printed"),
    "time": (
        generating(
            "return f\"x = {action.options['endpoint']!r}, {time.perf_counter_ns()}\"",
            head="import time\n",
        ),
        "the same twice",
        "another code the second time",
    ),
    "an order of its own": (
        generating(
            "return f'x = {[*set(action.options[\"columns\"])]!r}'",
            options=declaring(
                '{"columns": {"type": "array", "items": {"type": "string"}, "required": True}}'
            ),
        ),
        "the same in another process",
        "another process gives other code",
    ),
    "an import that prints": (
        {**GOOD, "api.py": f"{GOOD['api.py']}\nprint('here')\n"},
        "its import does nothing else",
        "it prints 'here'",
    ),
    "an import that sets the environment": (
        {**GOOD, "api.py": f"import os\nos.environ['A'] = 'b'\n{GOOD['api.py']}"},
        "its import does nothing else",
        "it changes os.environ",
    ),
    "an import that patches": (
        {**GOOD, "api.py": f"import json\njson.dumps = str\n{GOOD['api.py']}"},
        "its import does nothing else",
        "it replaces json.dumps",
    ),
    "an import that writes": (
        {
            **GOOD,
            "api.py": f"try:\n    open('a.txt', 'w')\nexcept OSError:\n    pass\n{GOOD['api.py']}",
        },
        "its import does nothing else",
        "it writes the file 'a.txt'",
    ),
    "an option that is read and not declared": (
        generating(f"x = action.options.get('timeout', 30)\n{READ}"),
        "options that are read are declared",
        "api.py:7 reads 'timeout'",
    ),
    "the same in its code template": (
        {**GOOD, "api.py.j2": VIEW + "x = {{ options.get('retries') }}, {{ options.wait }}\n"},
        "options that are read are declared",
        "api.py.j2:4 reads 'retries'",
    ),
    "an option that is declared and not read": (
        {**GOOD, "api.py": HEAD + LOAD + declaring(TWO.replace("MORE", "retries"))},
        "options that are declared are read",
        "its schema declares 'retries', which it never reads",
    ),
    "a choice that fails": (
        generating(
            "return 'x = %d' % {'a': 1}[action.options['mode']]",
            options=declaring('{"mode": {"enum": ["a", "b"], "default": "a"}}'),
        ),
        "each choice",
        "KeyError: 'b'",
    ),
    "an option that crashes": (
        generating(
            "return 'x = %d' % (10 // action.options['size'])",
            options=declaring('{"size": {"type": "integer", "default": 1, "examples": [0]}}'),
        ),
        "each option alone, and all of them",
        "ZeroDivisionError",
    ),
    "an example that is refused": (
        {
            **GOOD,
            "api.py": f"{GOOD['api.py']}    def check(self, action, context):\n        yield Problem('never')\n",
        },
        "required options are enough",
        "it is refused (never)",
    ),
    "a function of the time": (
        {
            "names.py": "import time\n\n\ndef now():\n    return time.perf_counter_ns()\n\n\ntemplate_functions = {'now': now}\n"
        },
        "it takes some plain value",
        "now gives another value the second time",
    ),
    "a validator that wants everything": (
        {
            "rules.py": "class AllValidator:\n    def validate(self, config):\n        return [each['target'] for each in config['actions'] if not each['target']]\n"
        },
        "a flowgroup of each kind gives problems or none",
        "KeyError: 'target'",
    ),
    "a validator that gives anything": (
        {
            "rules.py": "class AllValidator:\n    def validate(self, config):\n        return [{'message': ''}]\n"
        },
        "a flowgroup of each kind gives problems or none",
        "a problem without a message",
    ),
    "a formatter that changes code": (
        {
            "layout.py": "class TrimFormatter:\n    def format(self, sources):\n        return {path: text.replace('  ', ' ') for path, text in sources.items()}\n"
        },
        "the program stays the same",
        "changed",
    ),
    "a formatter that adds a line each time": (
        {
            "layout.py": "class MoreFormatter:\n    def format(self, sources):\n        return {path: text + '\\n' for path, text in sources.items()}\n"
        },
        "its own layout stays as it is",
        "it changes what it laid out itself",
    ),
    "an artifact out of its folder": (
        {
            "files.py": "class OutArtifact:\n    def build(self, run):\n        return {'../a': ''}\n"
        },
        "runs of some flowgroups give files",
        "'..' can't be a part of it",
    ),
    "an artifact that needs a flowgroup": (
        {
            "files.py": "class OneArtifact:\n    def build(self, run):\n        return {'a.json': run['flowgroups'][0]['flowgroup']}\n"
        },
        "runs of some flowgroups give files",
        "IndexError",
    ),
    "a command without help": (
        {
            "tools.py": "import click\nfrom lhp.cli.base import BaseCLIPlugin\n\n\n@click.command('tool')\ndef tool():\n    pass\n\n\ncli_plugin = BaseCLIPlugin(command=tool, name='tool')\n"
        },
        "it says what it does",
        "it says nothing of itself",
    ),
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Mapping[str, str]], None]:
    """Return a function that makes a project with some files in its plugin folder."""

    def make(files: Mapping[str, str]) -> None:
        (tmp_path / "plugins").mkdir()
        text = "name: shop\nplugins:\n  directories: [./plugins]\n"
        (tmp_path / "lhp.yaml").write_text(text, encoding="utf-8")
        for path, content in files.items():
            (tmp_path / "plugins" / path).write_text(content, encoding="utf-8")
        monkeypatch.chdir(tmp_path)

    return make


def told(lhp: Any, *words: str) -> tuple[int, dict[str, Any]]:
    """Return the exit code, and what was found of the one plugin."""
    ended = lhp("plugins", "test", *words, "--format", "json")
    (contract,) = json.loads(ended.out)
    return ended.code, contract


@pytest.mark.parametrize("case", BAD)
def test_what_is_not_kept_is_told(project: Any, lhp: Any, case: str) -> None:
    files, about, words = BAD[case]
    project(files)
    code, contract = told(lhp)
    failed = {
        check["about"]: [each["reason"] for each in check["failures"]]
        for check in contract["checks"]
        if check["failures"]
    }
    assert code == 1, contract
    assert about in failed, contract
    assert any(words in reason for reason in failed[about]), failed


def test_a_good_plugin_keeps_all(project: Any, lhp: Any) -> None:
    project(GOOD)
    code, contract = told(lhp, "api")
    assert (code, contract["kept"]) == (0, True), contract


def test_the_input_that_fails_is_the_smallest(project: Any, lhp: Any) -> None:
    project(BAD["quotes"][0])
    _, contract = told(lhp)
    (failure,) = [each for check in contract["checks"] for each in check["failures"]]
    assert failure["given"]["source"] == {"type": "api", "endpoint": '"'}


def test_the_table_has_eighty_columns(project: Any, lhp: Any) -> None:
    project(BAD["quotes"][0])
    ended = lhp("plugins", "test")
    lines = ended.out.splitlines()
    assert ended.code == 1
    assert lines[0] == "load_generator:api"
    assert f"  FAILS  {'any text stays text':<62} {21:>6}" in lines
    assert (
        '         with {"name": "action", "type": "load", "target": "v_target", "source":' in lines
    )
    assert all(len(line) <= 80 for line in lines)
    assert ended.err == "1 plugin: 1 broken contract\n"


def test_a_broken_plugin_folder_is_told(project: Any, lhp: Any) -> None:
    project({"api.py": "def ("})
    ended = lhp("plugins", "test")
    assert ended.code == 1
    assert "plugins/api.py:1" in ended.err


def test_what_can_not_be_imported_is_told(project: Any, lhp: Any) -> None:
    project({"api.py": f"{GOOD['api.py']}x: Missing = 1\n"})
    code, contract = told(lhp)
    assert code == 1
    (failure,) = [each for check in contract["checks"] for each in check["failures"]]
    assert "NameError" in failure["reason"]


def test_what_is_wrong_in_folders_is_told(project: Any, lhp: Any, tmp_path: Path) -> None:
    project({})
    files = {
        "lhp.yaml": "name: a\nplugins:\n  enabled:\n"
        "    - {name: house, type: content, path: house}\n"
        "    - {name: words, type: template_macro, path: words}\n"
        "    - {name: nothing, type: template_macro, path: nothing}\n",
        "house/presets/one.yaml": "name: one\ndefault: {}\n",
        "house/templates/two.yaml": "name: two\nactions: 3\n",
        "house/macros/good.j2": "{% macro a(b) %}{{ b }}{% endmacro %}\n",
        "words/bad.j2": "{% macro a(b) %}\n",
        "words/code.j2": "{% macro a(b) %}{{ b | ident }}{% endmacro %}\n",
        "nothing/.keep": "",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    ended = lhp("plugins", "test", "--format", "json")
    failed = {
        (contract["plugin"], check["about"]): check["failures"][0]["given"]
        for contract in json.loads(ended.out)
        for check in contract["checks"]
        if check["failures"]
    }
    assert failed == {
        ("content:house", "each preset loads"): "presets/one.yaml",
        ("content:house", "each template loads"): "templates/two.yaml",
        ("template_macro:words", "each file can be imported"): "bad.j2",
        ("template_macro:nothing", "it has files"): str(tmp_path / "nothing"),
    }


def test_the_help_of_each_command_in_a_group_is_tried(project: Any, lhp: Any) -> None:
    code = """
import click
from lhp.cli.base import BaseCLIPlugin


class Broken(click.Command):
    def get_help(self, context):
        raise ValueError("no help")


@click.group("tool")
def tool():
    \"\"\"Do things.\"\"\"


tool.add_command(Broken("sub", help="Do one."))
cli_plugin = BaseCLIPlugin(command=tool, name="tool")
"""
    project({"tools.py": code})
    _, contract = told(lhp)
    (failure,) = [each for check in contract["checks"] for each in check["failures"]]
    assert failure == {"reason": "it ends with 1: no help", "given": ["tool", "sub"]}


def test_settings_that_are_wrong_are_told(project: Any, lhp: Any, tmp_path: Path) -> None:
    project({})
    (tmp_path / "rules.py").write_text(
        "class Rules:\n    Config = {'most': {'type': 'integer', 'required': True}}\n\n"
        "    def validate(self, config):\n        return []\n",
        encoding="utf-8",
    )
    line = "{name: rules, type: validator, module: rules, class: Rules}"
    (tmp_path / "lhp.yaml").write_text(
        f"name: a\nplugins:\n  enabled:\n    - {line}\n", encoding="utf-8"
    )
    code, contract = told(lhp)
    assert code == 1
    (failure,) = [each for check in contract["checks"] for each in check["failures"]]
    assert "most" in failure["reason"]
