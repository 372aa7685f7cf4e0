"""Approved plugins that answer anything but what they have to: told as their fault, never ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from .conftest import FILES

Make = Callable[..., Any]
Files = Mapping[str, Any]

GENERATOR = """\
from lhp.core.base_generator import BaseActionGenerator


class SpyLoadGenerator(BaseActionGenerator):
    @classmethod
    def get_supported_options(cls):
        {options}

    def generate(self, action, context):
        {code}
"""
SQL = "source: {type: sql, sql: SELECT 1 AS a}"
TYPE = "type: validator"


def plugin(kind: str, code: str, name: str = "Spy", more: str = "") -> Files:
    lines = FILES["lhp.yaml"].replace(TYPE, f"type: {kind}").replace("class: Spy", f"class: {name}")
    return {"lhp.yaml": lines + more, "mine/spy.py": code}


def loader(code: str) -> Files:
    flow = FILES["pipelines/a.yaml"].replace(SQL, "source: {type: spy}")
    return {**plugin("load_generator", code, "SpyLoadGenerator"), "pipelines/a.yaml": flow}


def options(body: str) -> Files:
    return loader(GENERATOR.format(options=body, code="return 'pass'"))


def schema(text: str) -> Files:
    return options(f"return {{'type': 'object', 'properties': {{'a': {text}}}}}")


def code(body: str) -> Files:
    return loader(GENERATOR.format(options="return {}", code=body))


def validator(body: str) -> Files:
    return plugin("validator", f"class Spy:\n    def validate(self, config):\n        {body}\n")


def formatter(body: str) -> Files:
    text = f"class Spy:\n    def format(self, sources):\n        {body}\n"
    return plugin("formatter", text, more="formatter: spy\n")


def artifact(body: str) -> Files:
    return plugin("artifact", f"class Spy:\n    def build(self, run):\n        {body}\n")


def filtered(body: str) -> Files:
    actions = FILES["pipelines/a.yaml"].partition("actions:")[2]
    return {
        **plugin("template_filter", f"def spy(text):\n    {body}\n", "spy"),
        "pipelines/a.yaml": "pipeline: p\nflowgroup: f\nuse_template: t\n",
        "templates/t.yaml": "name: t\nactions:"
        + actions.replace("SELECT 1 AS a", "\"{{ 'SELECT 1' | spy }}\""),
    }


def raised(message: str, values: str = "") -> str:
    return f"from lhp.errors import Code\n        raise Code('X-1', {message!r}).at({values})"


def own(frame: str) -> Files:
    found = "[each for each in gc.get_objects() if type(each).__name__ == 'Channel']"
    return validator(
        f"import gc\n        [each.send({frame}) for each in {found}]\n        return []"
    )


GOOD: Mapping[str, Files] = {
    "a generator": code("return 'pass'"),
    "a generator with imports": code(
        "self.add_import('import json'); self.add_import('from re import (sub,\\n  split as s)'); return 'pass'"
    ),
    "a schema": schema("{'type': 'string'}"),
    "a validator": validator("return []"),
    "a formatter": formatter("return sources"),
    "a formatter of comments": formatter(
        "return {path: text + '#\\t\u00e9\\n' for path, text in sources.items()}"
    ),
    "an artifact": artifact("return {'docs/x.txt': 'x'}"),
    "a filter": filtered("return text"),
}

BAD: Mapping[str, tuple[Files, str]] = {
    # What a module is.
    "a text as class": (loader("SpyLoadGenerator = 'x'\n"), "a str is not a subclass"),
    "a type as class": (loader("SpyLoadGenerator = int\n"), "int is not a subclass"),
    "a generator without a method": (
        loader(GENERATOR.partition("    @")[0] + "    ...\n"),
        "neither generate() nor a template",
    ),
    "an object for its class": (
        loader(GENERATOR.format(options="return {}", code="...") + "SpyLoadGenerator = SpyLoadGenerator()\n"),
        "is not a subclass",
    ),
    "a class that ends whoever looks": (
        loader("class M(type):\n    def __getattribute__(cls, name): raise SystemExit(0)\n"
               "class SpyLoadGenerator(metaclass=M): ...\n"),
        "it tried to end the program",
    ),
    "a module that ends whoever looks": (
        loader("def __getattr__(name): raise SystemExit(0)\n"), "it tried to end the program"
    ),
    "a module that is a number": (
        loader("import sys\nsys.modules[__name__] = 42\nclass SpyLoadGenerator: ...\n"),
        "has no 'SpyLoadGenerator'",
    ),
    "a module that is gone": (
        loader("import sys\nsys.modules[__name__] = None\nclass SpyLoadGenerator: ...\n"), "LHP-PLG-003"
    ),
    "an error without words": (
        loader("class E(Exception):\n    def __str__(self): raise SystemExit(0)\nraise E\n"
               "class SpyLoadGenerator: ...\n"),
        "LHP-PLG-003",
    ),
    "an error that moves the cursor": (
        loader("raise ValueError('\\x1b[2J\\u202e')\nclass SpyLoadGenerator: ...\n"),
        "ValueError: \\x1b[2J\\u202e",
    ),
    "an interrupt": (loader("raise KeyboardInterrupt\nclass SpyLoadGenerator: ...\n"), "KeyboardInterrupt"),
    "an end of generators": (
        loader("raise GeneratorExit\nclass SpyLoadGenerator: ...\n"), "GeneratorExit"
    ),
    "no end of calls": (loader("def f(): f()\nf()\nclass SpyLoadGenerator: ...\n"), "RecursionError"),
    "a crash": (
        loader("import ctypes\nctypes.string_at(0)\nclass SpyLoadGenerator: ...\n"), "ended its process"
    ),
    "NUL in a module": (loader("x = 1\0\nclass SpyLoadGenerator: ...\n"), "not valid Python"),
    "brackets in a module": (
        loader(f"x = {'(' * 300}{')' * 300}\nclass SpyLoadGenerator: ...\n"), "not valid Python"
    ),
    # What it says of its options.
    "options that raise": (options("raise ValueError('no')"), "can't be used: no"),
    "options that interrupt": (options("raise KeyboardInterrupt"), "KeyboardInterrupt"),
    "a number for options": (options("return 42"), "gave int, not a mapping"),
    "a list for options": (options("return ['a']"), "gave list, not a mapping"),
    "options in themselves": (
        options("d = {'type': 'object', 'properties': {}}; d['properties']['a'] = d; return d"),
        "RecursionError",
    ),
    "options without bottom": (
        options("d = {}\n        for _ in range(5000): d = {'type': 'object', 'properties': {'a': d}}\n"
                "        return d"),
        "RecursionError",
    ),
    "numbers for names": (options("return {1: {'type': 'string'}}"), "bad option schema"),
    "half a character": (options("return {'a\\ud800': {'type': 'string'}}"), "'a\\ud800' does not match"),
    "a name with an escape": (options("return {'a\\x1b[2J': {'type': 'string'}}"), "a\\x1b[2J"),
    "an option that hides a key": (options("return {'type': {'type': 'string'}}"), "the action has that key"),
    "no number": (options("return {'a': {'type': 'number', 'default': float('nan')}}"), "a number is finite"),
    "a type that is none": (options("return {'a': {'type': 'nonsense'}}"), "is no type"),
    "a schema of the network": (schema("{'$ref': 'http://127.0.0.1:9/x'}"), "'$ref' does not match"),
    "a schema of the disk": (schema("{'$ref': 'file:///etc/passwd'}"), "'$ref' does not match"),
    "a schema beside it": (schema("{'$ref': 'other.json'}"), "'$ref' does not match"),
    "a schema of itself": (schema("{'$ref': '#/properties/a'}"), "'$ref' does not match"),
    "a schema of a name": (schema("{'$dynamicRef': '#a'}"), "'$dynamicRef' does not match"),
    "a schema as a whole of itself": (options("return {'$ref': '#'}"), "bad option schema"),
    "a schema with an address": (options("return {'$id': 'http://x/y', 'type': 'object'}"), "'$id' was unexpected"),
    "a schema with all of itself": (
        options("return {'type': 'object', 'allOf': [{'$ref': '#'}]}"), "'$ref' was unexpected"
    ),
    "a pattern that is none": (schema("{'type': 'string', 'pattern': '('}"), "is not a 'regex'"),
    # The code that it makes.
    "no code": (code("return None"), "returned NoneType"),
    "bytes for code": (code("return b'pass'"), "returned bytes"),
    "code that is none": (code("return 'def ('"), "is not valid Python"),
    "code with half a character": (code("return '\"\\ud800\"'"), "surrogates not allowed"),
    "code with NUL": (code("return 'x = 1\\0'"), "is not valid Python"),
    "brackets for code": (code("return '(' * 5000 + ')' * 5000"), "is not valid Python"),
    "signs for code": (code("return '-' * 100000 + '1'"), "is not valid Python"),
    "too much code": (code("return 'pass\\n' * 2_500_000"), "more than the 8,000,000"),
    "much code": (code("return 'x = 1\\n' * 350_000"), "spy' failed: ValueError: generate() gave 2,100,000 characters"),
    "many imports": (
        code("[self.add_import(f'import a{n}') for n in range(200_000)]; return 'pass'"),
        "ValueError: add_import() gave 2,688,890 characters, more than 2,000,000",
    ),
    "many files": (
        code("[self.add_file(f'{n}.txt', 'x' * 100_000) for n in range(20)]; return 'pass'"),
        "ValueError: add_file() gave 2,000,110 characters, more than 2,000,000",
    ),
    "all of a module": (
        code("self.add_import('from os import *'); return 'pass'"),
        "the load_generator 'spy' failed: ValueError: add_import() gave 'from os import *', which has to say",
    ),
    "all of json": (code("self.add_import('from json import *'); return 'pass'"), "which has to say what it imports"),
    "two imports at once": (
        code("self.add_import('import json; import re'); return 'pass'"),
        "its import 'import json; import re' is not exactly one import statement",
    ),
    "two lines of imports": (
        code("self.add_import('import json\\nimport re'); return 'pass'"), "not exactly one import statement"
    ),
    "code for an import": (code("self.add_import('x = 1'); return 'pass'"), "not exactly one import statement"),
    "nothing for an import": (code("self.add_import(''); return 'pass'"), "not exactly one import statement"),
    "too much memory": (code("return 'x' * (2 << 30)"), "LHP-PLG-004"),
    "code of a future": (code("return 'from __future__ import annotations'"), "is not valid Python"),
    "code by itself": (code("return self.generate(action, context)"), "RecursionError"),
    "a text that lies": (
        code("return type('S', (str,), {'__str__': lambda s: 1 / 0})('pass')"), "ZeroDivisionError"
    ),
    "a file above": (code("return context.read_text('../user/trust.json')"), "leads out of the project"),
    "a file elsewhere": (code("return context.read_text('/etc/passwd')"), "leads out of the project"),
    "a folder above": (code("return repr(context.list_files('..'))"), "leads out of the project"),
    # What else it answers.
    "a text of problems": (validator("return 'no'"), "gave a text, not a list"),
    "a number of problems": (validator("return 42"), "'int' object is not iterable"),
    "an end of problems": (validator("yield 'a'; raise SystemExit(0)"), "it tried to end the program"),
    "a problem nowhere": (validator("return [{'message': 'm', 'path': [[]]}]"), "not a list of keys"),
    "a problem of no weight": (validator("return [{'message': 'm', 'severity': 'off'}]"), "gave the severity 'off'"),
    "a problem that hides": (validator("return ['\\x1b[2J\\u202e']"), "\\x1b[2J\\u202e"),
    "half a problem": (validator("return ['\\ud800']"), "\\ud800"),
    "no formatted files": (formatter("return None"), "the formatter 'spy' failed"),
    "a lost file": (formatter("return {}"), "lost 'generated/dev/p/f.py'"),
    "a file made up": (formatter("return {**sources, '../evil.py': ''}"), "made up '../evil.py'"),
    "other code": (formatter("return {path: 'import os' for path in sources}"), "changed what the code"),
    "a number as code": (formatter("return {path: 42 for path in sources}"), "changed what the code"),
    "a hidden character": (
        formatter("return {path: text + '# \\u202e\\n' for path, text in sources.items()}"),
        "the formatter 'spy' put U+202E, which nobody sees, into 'generated/dev/p/f.py'",
    ),
    "an escape in a comment": (
        formatter("return {path: text + '# \\x1b[2J\\n' for path, text in sources.items()}"), "put U+001B"
    ),
    "a mark at the start": (
        formatter("return {path: '\\ufeff' + text for path, text in sources.items()}"), "put U+FEFF"
    ),
    "another encoding": (
        formatter("return {p: '# coding: utf-7\\n' + t + '# +AAo-import os\\n' for p, t in sources.items()}"),
        "changed what the code",
    ),
    "an unknown encoding": (
        formatter("return {p: '# coding: no\\n' + t for p, t in sources.items()}"), "changed what the code"
    ),
    "depth as code": (
        formatter("return {path: '-' * 300_000 + '1' for path in sources}"), "changed what the code"
    ),
    "brackets as code": (
        formatter("return {path: '(' * 5000 + ')' * 5000 for path in sources}"), "changed what the code"
    ),
    "bytes as code": (formatter("return {path: None for path in sources}"), "changed what the code"),
    "an artifact above": (artifact("return {'../evil.txt': ''}"), "'..' can't be a part"),
    "an artifact elsewhere": (artifact("return {'/tmp/evil.txt': ''}"), "can't be a part"),
    "an artifact on Windows": (artifact("return {'..\\\\evil.txt': ''}"), "can't be a part"),
    "an artifact of git": (artifact("return {'.git/hooks/pre-commit': ''}"), "'.git' can't be a part"),
    "an artifact over lhp.yaml": (artifact("return {'lhp.yaml': 'name: evil'}"), "is in the way"),
    "an artifact over itself": (artifact("return {'mine/spy.py': 'import os'}"), "is in the way"),
    "an artifact with NUL": (artifact("return {'a\\0b': ''}"), "can't be a part"),
    "an artifact of a number": (artifact("return {'a': 42}"), "gave int for 'a'"),
    "digits out of a filter": (filtered("return 10 ** 5000"), "failed: ValueError: Exceeds"),
    "digits for a problem": (validator("return [10 ** 5000]"), "the validator 'spy' failed: ValueError: Exceeds"),
    "digits for an option": (schema("{'type': 'integer', 'default': 10 ** 5000}"), "a number is finite"),
    "digits for a path": (code("return context.read_text(10 ** 5000)"), "failed: ValueError: Exceeds"),
    "a number for a path": (code("return context.read_text(42)"), "failed: TypeError: 'int' object"),
    "a folder of nothing": (code("return context.list_files(None)"), "failed: TypeError: 'NoneType' object"),
    "an error without its values": (code(raised("{missing}")), "KeyError"),
    "an error that grows": (code(raised("{a:>3000000000}", "a=1")), "LHP-PLG-004"),
    "an error of objects": (code(raised("{a.b}", "a=1")), "AttributeError"),
    "an answer that fails": (
        validator("return [type('L', (list,), {'__iter__': lambda self: 1 / 0})([1])]"), "ZeroDivisionError"
    ),
    "an answer of its own": (own("{'made': []}"), "its process sent a message that is no answer"),
    "a refusal of its own": (own("{'refused': 'no'}"), "the validator 'spy' failed: no"),
    "a question of its own": (own("{'ask': 'read_text'}"), "its process sent a question that nobody answers"),
    "a module out of a filter": (filtered("import os; return os"), "not plain data"),
    "a function out of a filter": (filtered("return spy"), "not plain data"),
    "an end out of a filter": (filtered("raise SystemExit(0)"), "it tried to end the program"),
    "a list in itself out of a filter": (filtered("d = []; d.append(d); return d"), "RecursionError"),
    "too much out of a filter": (filtered("return 'x' * 7_000_000"), "more than 2000000 characters"),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_a_plugin_that_answers_as_it_has_to_runs(hostile: Make, name: str) -> None:
    project = hostile(GOOD[name])
    assert project.run("generate", "--env", "dev").code == 1
    project.approve()
    came = project.run("generate", "--env", "dev")
    assert came.code == 0, came.err
    assert (project.root / "generated/dev/p/f.py").is_file()


@pytest.mark.parametrize("name", BAD)
def test_a_plugin_that_answers_nonsense_is_told(hostile: Make, name: str) -> None:
    files, why = BAD[name]
    project = hostile(files)
    project.approve()
    came = project.run("generate", "--env", "dev")
    assert (came.code, why in came.said) == (1, True), came.said
    assert not {"\x1b", "\u202e"} & {*came.out, *came.err}
    assert not (project.root / "generated").exists()
    assert not [*project.root.parent.glob("evil*")]
    assert (project.root / "lhp.yaml").read_text("utf-8") == files["lhp.yaml"]
