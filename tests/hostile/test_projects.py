"""A corpus of projects that mean harm: nothing evil runs, lhp never fails, and it says why."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from .conftest import FILES

Make = Callable[..., Any]
Files = Mapping[str, Any]

EVIL = "{evil}\nclass Spy:\n    def validate(self, config):\n        return []\n"
SAYS = "class Spy:\n    def validate(self, config):\n        return {}\n"
FLOW = FILES["pipelines/a.yaml"]
HAS_PIPES = hasattr(os, "mkfifo")
PIPES = pytest.mark.skipif(not HAS_PIPES, reason="this system has no named pipes")


def declared(text: str) -> Files:
    return {
        "lhp.yaml": f"name: demo\nplugins:\n  entry_points: false\n  enabled:\n    - {{{text}}}\n"
    }


def spy(module: str, more: str = "class: Spy") -> Files:
    return declared(f"name: spy, type: validator, module: {module}, {more}")


def folder(**files: Any) -> Files:
    lines = "name: demo\nplugins: {entry_points: false, directories: [plugins]}\n"
    named = {f"plugins/{name}.py": text for name, text in files.items()}
    return {"lhp.yaml": lines, **named}


def values(text: str) -> Files:
    """Return a project in which a text stands wherever a value can."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    quoted = quoted.replace("\r", "\\r")
    return {
        "pipelines/a.yaml": FLOW.replace("SELECT 1 AS a", f'"{quoted}"').replace(
            "name: save,", f'name: save, description: "{quoted}",'
        )
    }


def sql(text: str) -> Files:
    """Return a project whose template holds an expression."""
    body = "name: t\nactions:\n  - {name: load, type: load, target: v, source: {type: sql, sql: '%s'}}\n"
    return {
        "pipelines/a.yaml": "pipeline: p\nflowgroup: f\nuse_template: t\n",
        "templates/t.yaml": body % text.replace("'", "''"),
    }


# What a project of somebody else can hold before anything of it was approved.
UNAPPROVED: Mapping[str, tuple[Files, str]] = {
    "a module": ({"mine/spy.py": EVIL}, "nobody approved it yet"),
    "its package": ({"mine/__init__.py": "{evil}"}, "nobody approved it yet"),
    "a folder": (folder(x=EVIL.replace("Spy", "XValidator")), "nobody approved it yet"),
    "two folders": (
        {**folder(x=EVIL.replace("Spy", "XValidator")), "plugins/__init__.py": "{evil}"},
        "nobody approved it yet",
    ),
    "a module at the root": ({**spy("evil"), "evil.py": EVIL}, "nobody approved it yet"),
    "a conftest": ({"conftest.py": "{evil}", "mine/spy.py": EVIL}, "nobody approved it yet"),
    "a sitecustomize": ({"sitecustomize.py": "{evil}"}, "nobody approved it yet"),
    "trust in lhp.yaml": (
        {"lhp.yaml": "name: demo\ntrusted_sources: [.]\n"},
        "for the user to say, never for a project",
    ),
    "trust in plugins": (
        {"lhp.yaml": "name: demo\nplugins: {trusted: [spy]}\n"},
        "for the user to say, never for a project",
    ),
    "trust in a declaration": (
        spy("mine.spy", "class: Spy, trust: true"),
        "for the user to say, never for a project",
    ),
    "a policy in the project": (
        {"policy.yaml": "trusted_sources: [/]\n", "mine/spy.py": EVIL},
        "nobody approved it yet",
    ),
    "a store in the project": (
        {".lhp/trust.json": '{"projects": {}, "blocked": []}', "mine/spy.py": EVIL},
        "nobody approved it yet",
    ),
    "a lock alone": ({"lhp.lock": '{"lock": 1, "plugins": {}}'}, "nobody approved it yet"),
    "a policy that is none": ({"user/policy.yaml": "trusted_sources: 5\n"}, "trusted_sources"),
    "a policy with a tag": (
        {"user/policy.yaml": "trusted_sources: !!python/object/apply:os.system [x]\n"},
        "LHP-YAML",
    ),
    "a store that is none": ({"user/trust.json": "[]"}, "can't be used"),
    "a store of lies": (
        {"user/trust.json": '{"projects": {"x": {"a": {"digest": "d", "files": {}, "time": ""}}},'
         ' "blocked": []}'},
        "can't be used",
    ),
    "the standard library": (declared("name: f, type: validator, module: os, class: system"),
                             "standard library"),
    "a module of lhp": ({**spy("lhp.evil"), "lhp/evil.py": EVIL}, "lhp"),
    "built-in functions": (
        declared("name: f, type: validator, module: builtins, class: eval"),
        "standard library",
    ),
    "a file called json": ({**spy("json"), "json.py": EVIL}, "json"),
    "a file called yaml": ({**spy("yaml"), "yaml.py": EVIL}, "yaml"),
    "a file in an installed package": (
        {**spy("pydantic.evil"), "pydantic/evil.py": EVIL},
        "pydantic",
    ),
    "a path as module": (spy("../out/spy.py"), "module"),
    "an absolute module": (spy("/etc/passwd"), "module"),
    "dots as module": (spy("..out.spy"), "module"),
    "a module with NUL": (spy('"mine\\0.spy"'), "module"),
    "a module of letters that look the same": ({**spy("mіne.spy"), "mіne/spy.py": EVIL}, "module"),  # noqa: RUF001  (that is the trick)
    "a class that is a way": ({**spy("mine.spy", "class: Spy.validate.__globals__")}, "class"),
    "a name with an escape": (declared('name: "s\\e[2Jpy", type: validator, module: m, class: C'),
                              "s\\x1b[2Jpy"),
    "a name that turns around": (
        declared('name: "s\\u202epy", type: validator, module: m, class: C'), "202e"
    ),
    "a folder with NUL": (
        {"lhp.yaml": 'name: demo\nplugins: {entry_points: false, directories: ["a\\0b"]}\n'},
        "plugin folder",
    ),
}  # fmt: skip

# What is no trick of plugins: files that are meant to stop or to fool whoever reads them.
READ: Mapping[str, tuple[Files, str]] = {
    "aliases": ({"lhp.yaml": "a: &a [x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(10))},
        "LHP-YAML"),
    "aliases in a flowgroup": ({"pipelines/b.yaml": "a: &a [x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(10))},
        "LHP-YAML"),
    "merges": ({"pipelines/b.yaml": "a: &a {x: 1}\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} {{<<: [{','.join(['*' + chr(97 + n)] * 9)}]}}\n"
        for n in range(10))}, "LHP-"),
    "brackets": ({"pipelines/b.yaml": "[" * 50_000}, "LHP-YAML"),
    "braces": ({"lhp.yaml": "{a: " * 50_000}, "LHP-YAML"),
    "a number in base 60": ({"pipelines/b.yaml": "a: 1" + ":59" * 200_000}, "LHP-"),
    "digits": ({"pipelines/b.yaml": "a: " + "9" * 6_000}, "LHP-YAML"),
    "three megabytes": ({"lhp.yaml": "# " + "x" * 3_000_000}, "LHP-YAML"),
    "NUL": ({"pipelines/b.yaml": "a: \0"}, "LHP-YAML"),
    "UTF-16": ({"pipelines/b.yaml": "a: b".encode("utf-16")}, "LHP-YAML"),
    "no UTF-8": ({"lhp.yaml": b"name: \xff\xfe\xfa"}, "LHP-YAML"),
    "a tag": ({"pipelines/b.yaml": "a: !!python/object/apply:os.system [x]"}, "LHP-YAML"),
    "a tag in lhp.yaml": ({"lhp.yaml": "name: !!python/name:os.system x"}, "LHP-YAML"),
    "a key twice": ({"lhp.yaml": "name: a\nname: b\n"}, "LHP-YAML"),
    "a list of a list of maps": ({"pipelines/b.yaml": "- " * 5_000 + "x"}, "LHP-YAML"),
    "nothing": ({"pipelines/b.yaml": b"\xef\xbb\xbf"}, "LHP-CFG-005"),
}  # fmt: skip

TEMPLATES: Mapping[str, tuple[str, str]] = {
    "a class": ("{{ ''.__class__.__mro__ }}", "LHP-TPL"),
    "cycler": ("{{ cycler.__init__.__globals__.os.system('x') }}", "LHP-TPL"),
    "an attribute": ("{{ ''|attr('__class__') }}", "LHP-TPL"),
    "a format": ("{{ '{0.__class__}'.format(1) }}", "LHP-TPL"),
    "a long text": ("{{ 'a' * 1000000000 }}", "LHP-TPL"),
    "a wide text": ("{{ 'a'.center(1000000000) }}", "LHP-TPL"),
    "a power": ("{{ 9 ** 99999999 }}", "LHP-TPL"),
    "loops": ("{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
              "LHP-TPL"),
    "a file": ("{% include '/etc/passwd' %}", "LHP-TPL"),
    "a macro that calls itself": ("{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}", "LHP-TPL"),
}  # fmt: skip

VALUES = {
    "quotes": '\'""" + __import__("os").system("x") + """',
    "lines": "a\nimport os\nos.system('x')\n#",
    "a comment": "# \r import os",
    "backslashes": "\\\\'\\",
    "braces": "{__import__('os').system('x')} {{ 1 }}"[:38],
    "turned around": "\u202e\u2066x\u2069",
    "a docstring": '"""\n    import os\n    """',
}


def said_why(came: Any, why: str) -> None:
    assert why in came.said, came.said


@pytest.mark.parametrize("name", UNAPPROVED)
def test_before_it_is_approved_nothing_runs(hostile: Make, name: str) -> None:
    files, why = UNAPPROVED[name]
    project = hostile(files)
    came = project.run()
    assert came.code == 1
    said_why(came, why)
    for words in (["plugins", "list"], ["plugins", "validate", "--static"], ["schema", "--check"]):
        project.run(*words)
    assert project.run("--no-plugins", "validate").code in (0, 1)


@pytest.mark.parametrize("name", READ)
def test_what_is_read_does_no_harm(hostile: Make, name: str) -> None:
    files, why = READ[name]
    project = hostile({**declared("name: m, type: template_macro, path: mine"), **files})
    came = project.run()
    said_why(came, why)
    assert came.code == 1
    assert came.seconds < 5
    project.run("list", "flowgroups")


@pytest.mark.parametrize("name", TEMPLATES)
def test_an_expression_does_no_harm(hostile: Make, name: str) -> None:
    text, why = TEMPLATES[name]
    project = hostile({**declared("name: m, type: template_macro, path: mine"), **sql(text)})
    came = project.run()
    assert came.code == 1
    said_why(came, why)


@pytest.mark.parametrize("name", VALUES)
def test_a_value_stays_a_value(hostile: Make, name: str) -> None:
    text = VALUES[name]
    project = hostile({**declared("name: m, type: template_macro, path: mine"), **values(text)})
    came = project.run("generate", "--env", "dev")
    assert came.code == 0, came.err
    (module,) = (project.root / "generated").rglob("f.py")
    tree = ast.parse(module.read_text("utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert any(isinstance(each, str) and text.strip() in each for each in texts), texts
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert "os" not in names


LINKS: Mapping[str, tuple[Files, str]] = {
    "a module": ({"../out/spy.py": EVIL, "mine/spy.py": Path("../out/spy.py")}, "leads out"),
    "a package": (
        {**spy("pkg.spy"), "../out/spy.py": EVIL, "pkg": Path("../out")},
        "leads out",
    ),
    "data": ({"mine/spy.py": SAYS, "mine/secret.txt": Path("/etc/passwd")}, "leads out"),
}


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
@pytest.mark.parametrize("name", LINKS)
def test_a_link_out_of_the_project_can_not_be_approved(hostile: Make, name: str) -> None:
    files, why = LINKS[name]
    project = hostile(files)
    assert project.run().code == 1
    came = project.run("plugins", "trust", "--all", "--yes")
    assert came.code == 1
    said_why(came, why)


PIPED: Mapping[str, Files] = {
    "a flowgroup": {"pipelines/b.yaml": None},
    "a preset": {"presets/b.yaml": None},
    "a template": {"templates/b.yaml": None},
    "tokens": {"substitutions/dev.yaml": None},
    "a module": {"mine/spy.py": None},
    "a package": {"mine/__init__.py": None},
    "data": {"mine/spy.j2": None},
    "a lock": {"lhp.lock": None},
    "the state": {".lhp/state/dev.json": None},
    "a memory": {".lhp/cache/plugins.json": None},
    "a schema": {".lhp/schemas/lhp.schema.json": None},
    "declarations": {**folder(), "plugins/plugins.yaml": None},
    "a plugin in a folder": folder(x=None),
    "an SQL file": {"sql/a.sql": None},
}


@PIPES
@pytest.mark.parametrize("name", PIPED)
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(hostile: Make, name: str) -> None:
    project = hostile(PIPED[name])
    for words in (
        ["validate"],
        ["generate", "--env", "dev"],
        ["plugins", "list"],
        ["plugins", "info", "spy"],
        ["plugins", "trust", "--all", "--yes"],
        ["plugins", "lock"],
        ["validate", "--locked"],
        ["schema"],
    ):
        project.run(*words)


# What an approved plugin may try: its words come back as a fault of its own, or as nothing.
APPROVED: Mapping[str, tuple[Files, str]] = {
    "it ends the program": ({"mine/spy.py": "import sys; sys.exit(0)\n" + SAYS}, "tried to end"),
    "it ends the process": (
        {"mine/spy.py": "import os; os._exit(0)\n" + SAYS},
        "ended its process",
    ),
    "it ends at the end": (
        {"mine/spy.py": "import atexit, os; atexit.register(os._exit, 0)\n" + SAYS},
        "1 pipeline",
    ),
    "it raises what nobody catches": (
        {"mine/spy.py": "raise BaseException('no')\n" + SAYS},
        "BaseException: no",
    ),
    "it prints an answer": (
        {"mine/spy.py": "print('{\"done\": 1}', flush=True)\n" + SAYS},
        "printed while it was loaded",
    ),
    "it writes an answer": (
        {"mine/spy.py": "import os; os.write(1, b'0000{}'); os.write(2, b'x')\n" + SAYS},
        "1 pipeline",
    ),
    "it is another class": ({"mine/spy.py": "Spy = 5\n"}, "is not a class"),
    "it lacks its method": ({"mine/spy.py": "class Spy: ...\n"}, "has no method validate"),
    "it answers nonsense": (
        {"mine/spy.py": SAYS.replace("{}", "[object()]")},
        "not plain data",
    ),
    "it answers too much": (
        {"mine/spy.py": SAYS.replace("{}", "['x' * 9_000_000]")},
        "bytes",
    ),
    "it imports by name": (
        {
            "mine/spy.py": "import importlib; importlib.import_module('mine.hid' + 'den')\n" + SAYS,
            "mine/hidden.py": "{evil}",
        },
        "hidden.py",
    ),
    "byte code beside it": (
        {"mine/spy.py": SAYS, "mine/__pycache__/spy.cpython-311.pyc": b"\0" * 16 + b"evil"},
        "1 pipeline",
    ),
    "byte code alone": ({**spy("mine.code"), "mine/code.pyc": b"\0" * 64}, "mine.code"),
    "a library beside it": (
        {"mine/spy.py": SAYS, "mine/spy.so": b"\x7fELF", "mine/spy.abi3.so": b"\x7fELF"},
        "1 pipeline",
    ),
    "a path file": (
        {"mine/spy.py": SAYS, "mine/evil.pth": "import os; os._exit(7)\n"},
        "1 pipeline",
    ),
    "a module that shadows": (
        {"mine/spy.py": "import json; json.dumps(1)\n" + SAYS, "mine/json.py": "{evil}"},
        "1 pipeline",
    ),
    "it writes into the project": (
        {"mine/spy.py": "open('lhp.yaml', 'w').write('x')\n" + SAYS},
        "1 pipeline",
    ),
    "it is huge": ({"mine/spy.py": SAYS + "#" * 3_000_000}, "2,000,000"),
    "it has many files": (
        {"mine/spy.py": SAYS, **{f"mine/d/{n}.txt": "" for n in range(2_001)}},
        "more than 2000 files",
    ),
}


@pytest.mark.parametrize("name", APPROVED)
def test_what_is_approved_harms_nobody_else(hostile: Make, name: str) -> None:
    files, why = APPROVED[name]
    project = hostile(files)
    assert project.run().code == 1
    approval = project.run("plugins", "trust", "--all", "--yes")
    came = project.run()
    said_why(approval if approval.code else came, why)
    assert came.code == (0 if why == "1 pipeline" else came.code)
    assert (project.root / "lhp.yaml").read_text("utf-8").startswith("name: demo")


def test_the_same_plugin_without_malice_runs(hostile: Make) -> None:
    project = hostile({})
    assert project.run().code == 1
    project.approve()
    assert project.run().code == 0


def test_what_changes_between_approval_and_run_does_not_run(hostile: Make) -> None:
    project = hostile({})
    project.approve()
    project.write({"mine/spy.py": EVIL})
    came = project.run()
    assert came.code == 1
    said_why(came, "mine/spy.py changed")
    project.write({"mine/spy.py": FILES["mine/spy.py"]})
    assert project.run().code == 0
