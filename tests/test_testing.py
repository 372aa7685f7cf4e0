"""What authors of plugins test with is tested as they use it."""

# ruff: noqa: ARG002, PT009, PT027, RUF012  (written as authors of plugins may)

from __future__ import annotations

import importlib
import json
import sys
import unittest
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pytest

from lhp.cli.base import BaseCLIPlugin, project_root
from lhp.core.base_generator import BaseActionGenerator, Config, Context, Problem
from lhp.core.literals import literal
from lhp.errors import LhpErrors
from lhp.model.flowgroup import Action
from lhp.testing import PluginTestCase


class RestConfig(Config):
    base_url: str = "https://example.com"


class RestApiLoadGenerator(BaseActionGenerator):
    Config = RestConfig

    def generate(self, action: Action, context: Context) -> str:
        self.add_import("import requests")
        url = context.config.base_url + action.options["endpoint"]
        return f"def {action.target}():\n    return requests.get({url!r})  # {context.env}\n"

    def check(self, action: Action, context: Context) -> list[Problem]:
        path = action.options["endpoint"]
        return (
            [] if path.startswith("/") else [Problem("a slash is wanted", ("source", "endpoint"))]
        )

    @classmethod
    def get_supported_options(cls) -> Mapping[str, Any]:
        return {
            "endpoint": {"type": "string", "required": True, "examples": ["/rates"]},
            "method": {"enum": ["get", "post"], "default": "get"},
        }


class FileWriteGenerator(BaseActionGenerator):
    def generate(self, action: Action, context: Context) -> str:
        return context.read_text("sql/a.sql")


class BareLoadGenerator(BaseActionGenerator):
    def generate(self, action: Action, context: Context) -> str:
        return "def (:"


class RulesValidator:
    def validate(self, config: dict[str, Any]) -> list[str]:
        return [] if config["flowgroup"].islower() else ["lower case is wanted"]


def shout(text: str) -> str:
    return text.upper()


@click.command()
@click.option("--environment", "-e", required=True)
def deploy(environment: str) -> None:
    """Deploy it."""
    click.echo(f"to {environment}")


@click.command()
def count() -> None:
    """Count the modules."""
    click.echo(len([*(project_root() / "generated").rglob("*.py")]))


@click.group()
def tools() -> None:
    """Do this and that."""


class RestApiCase(PluginTestCase):
    plugin = RestApiLoadGenerator
    config = {"base_url": "https://${host}"}
    tokens = {"host": "api.test"}

    def test_code_in_short(self) -> None:
        code = self.generate({"source": {"endpoint": "/rates"}})
        self.assertIn("def v_action():", code)
        self.assertIn("'https://api.test/rates'", code)

    def test_code_from_yaml(self) -> None:
        action = """
            name: load_rates
            target: v_rates
            source:
              endpoint: /rates
        """
        expected = """
            def v_rates():
                return requests.get("https://api.test/rates")
        """
        self.assert_generates(action, expected)
        self.assertIn("# prod", self.generate(action, env="prod", pipeline="p", flowgroup="f"))
        self.assertEqual(self.generated(action).imports, ("import requests",))

    def test_tokens_stand_in_an_action_too(self) -> None:
        code = self.generate({"source": {"endpoint": "/of/${host}"}})
        self.assertIn("'https://api.test/of/api.test'", code)
        self.assert_problem({"source": {"endpoint": "/${hots}"}}, "did you mean 'host'?")

    def test_sub_type_may_be_written_out(self) -> None:
        short = {"endpoint": "/rates"}
        self.assertEqual(
            self.generate({"source": {"type": "rest_api", **short}}),
            self.generate({"source": short}),
        )
        self.assert_problem({"source": {"type": "rest_apj", **short}}, "did you mean 'rest_api'?")
        self.assert_problem({"source": "rates"}, "needs 'source.type'")

    def test_problems(self) -> None:
        self.assert_problem({"source": {"endpoint": "x"}}, "a slash is wanted")
        self.assert_problem({"source": {"endpint": "/x"}}, "did you mean 'endpoint'?")
        self.assert_problem({"source": {"endpoint": "/x", "method": "put"}}, "get, post")
        self.assert_problem("target: v\n", "needs 'endpoint'")
        with self.assertRaises(LhpErrors):
            self.generate({"source": {}})

    def test_failing_assertions(self) -> None:
        good = {"source": {"endpoint": "/x"}}
        for wrong in (
            lambda: self.assert_problem(good, "anything"),
            lambda: self.assert_problem({"source": {}}, "something else"),
            lambda: self.assert_generates(good, "pass"),
        ):
            with self.assertRaises(self.failureException):
                wrong()
        with self.assertRaisesRegex(TypeError, "a mapping is wanted"):
            self.generate("- a list")


class SecretConfig(Config):
    token: str


class SecretLoadGenerator(BaseActionGenerator):
    Config = SecretConfig

    def generate(self, action: Action, context: Context) -> str:
        return f"def {action.target}():\n    return {literal(context.config.token)}\n"


class SecretCase(PluginTestCase):
    plugin = SecretLoadGenerator
    config = {"token": "${secret:partners/rates}"}

    def test_settings_may_be_secrets(self) -> None:
        code = self.generate("target: v_rates")
        self.assertIn('dbutils.secrets.get(scope="partners", key="rates")', code)


class FileWriteCase(PluginTestCase):
    plugin = FileWriteGenerator
    files = {"sql/a.sql": "x = '${word}'\n"}
    tokens = {"word": "hello"}

    def test_project_files_are_read(self) -> None:
        self.assertEqual(self.generate({"source": "v_rates"}), "x = 'hello'\n")


class BrokenCodeCase(PluginTestCase):
    plugin = BareLoadGenerator

    def test_code_has_to_compile(self) -> None:
        self.assert_problem({"source": {}}, "")

    def test_plugin_keeps_its_contract(self) -> None:
        with self.assertRaisesRegex(self.failureException, "FAILS  required options are enough"):
            super().test_plugin_keeps_its_contract()


class InstalledCase(PluginTestCase):
    def test_the_action_stands_beside_the_test(self) -> None:
        expected = """
            @dp.temporary_view()
            def v_raw():
                "load_raw"
                df = spark.read.table("raw.orders.lines")
                return df
        """
        self.assert_plugin_generates("load_generator:delta", expected, self.action)
        with self.assertRaises(FileNotFoundError):
            self.load_test_config("nothing.yaml")

    action = {
        "name": "load_raw",
        "target": "v_raw",
        "source": {"catalog": "raw", "schema": "orders", "table": "lines"},
    }

    def test_there_is_nothing_to_generate(self) -> None:
        with self.assertRaisesRegex(self.failureException, "say `plugin = ...`"):
            self.generate({"source": {}})


class RulesCase(PluginTestCase):
    plugin = RulesValidator

    def test_validator(self) -> None:
        self.assertEqual(self.validate({"pipeline": "p", "flowgroup": "orders"}), [])
        self.assertEqual(self.validate("flowgroup: Orders\n"), ["lower case is wanted"])
        self.assertEqual(self.manifest.qualified_name, "validator:rules")


class ShoutCase(PluginTestCase):
    plugin = staticmethod(shout)

    def test_filter(self) -> None:
        self.assertEqual(self.filter()("a"), "A")


class FiltersCase(PluginTestCase):
    plugin = {"shout": shout, "same": str}

    def test_filters(self) -> None:
        self.assertEqual(self.filter("shout")("a"), "A")
        self.assertEqual(self.filter("same")("a"), "a")


def append(items: list[str]) -> list[str]:
    items.append("b")
    return items


def unordered(text: str) -> set[str]:
    return {text}


@pytest.mark.parametrize(
    ("function", "reason"), [(append, "changes its argument"), (unordered, "not plain data")]
)
def test_a_filter_that_is_none_is_told(function: Any, reason: str) -> None:
    case = type("Case", (PluginTestCase,), {"plugin": staticmethod(function)})
    result = outcome(case)
    assert reason in "".join(message for _, message in result.failures)


class DeployCase(PluginTestCase):
    plugin = BaseCLIPlugin(command=deploy, name="deploy")

    def test_command(self) -> None:
        result = self.run_command(["-e", "prod"])
        self.assertEqual((result.exit_code, result.output), (0, "to prod\n"))
        self.assertEqual(self.run_command().exit_code, 2)


class CountCase(PluginTestCase):
    plugin = count
    files = {"generated/dev/p/f.py": "pass\n"}

    def test_it_knows_the_project(self) -> None:
        self.assertEqual(self.run_command().output, "1\n")


class ToolsCase(PluginTestCase):
    plugin = tools

    def test_group(self) -> None:
        self.assertEqual(self.manifest.qualified_name, "cli_command:tools")
        self.assertIn("Usage", self.run_command(["--help"]).output)


class DeclaredCase(PluginTestCase):
    declaration = {
        "name": "dumps",
        "type": "template_filter",
        "module": "textwrap",
        "class": "dedent",
    }
    __test__ = False


def outcome(case: type[unittest.TestCase]) -> unittest.TestResult:
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    return result


def test_base_is_neither_collected_nor_run() -> None:
    assert PluginTestCase.__test__ is False
    assert RestApiCase.__test__ is True
    assert DeclaredCase.__test__ is False
    result = outcome(PluginTestCase)
    assert (len(result.skipped), result.wasSuccessful()) == (1, True)


def test_cases_run_by_unittest_too() -> None:
    result = outcome(RestApiCase)
    assert (result.testsRun, result.wasSuccessful()) == (7, True)


class Abstract(BaseActionGenerator):
    kind = "load"


class Nameless(BaseActionGenerator): ...


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"plugin": type("BadLoadGenerator", (), {"validate": 3})}, "is not a class|has no method"),
        ({"plugin": type("EmptyLoadGenerator", (BaseActionGenerator,), {})}, "neither generate()"),
        ({"plugin": Nameless}, "say name and type of Nameless in `declaration`"),
        ({"plugin": Abstract}, "say name and type of Abstract in `declaration`"),
        ({"plugin": dict}, "say name and type of dict in `declaration`"),
        (DeclaredCase.__dict__, "belongs to the standard library"),
        (
            {"declaration": {"name": "Bad", "type": "validator"}, "plugin": RulesValidator},
            "can't be the name of a plugin",
        ),
    ],
)
def test_contract_is_checked_for_every_plugin(attributes: Mapping[str, Any], reason: str) -> None:
    given = {key: attributes[key] for key in ("plugin", "declaration") if key in attributes}
    result = outcome(type("Case", (PluginTestCase,), given))
    text = "".join(message for _, message in (*result.errors, *result.failures))
    assert any(part in text for part in reason.split("|"))
    assert len(result.errors) + len(result.failures) == 1


def test_an_action_stands_beside_its_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flowgroup = """\
pipeline: raw
flowgroup: raw
actions:
  - {name: w, type: write, source: v, write_target: {type: materialized_view, table: t}}
  - {name: l, type: load, source: {type: half_api, path: [/a, /b]}, target: v_x}
"""
    (tmp_path / "half_api.yaml").write_text(flowgroup, encoding="utf-8")
    (tmp_path / "test_half_api.py").write_text(
        """\
from lhp.core.base_generator import BaseActionGenerator
from lhp.testing import PluginTestCase


class HalfApiLoadGenerator(BaseActionGenerator):
    @classmethod
    def get_supported_options(cls):
        return {"path": {"type": "array", "items": {"type": "string"}, "required": True}}

    def check(self, action, context):
        return [] if len(action.options["path"]) == 2 else ["two paths, please"]

    def generate(self, action, context):
        return f"x = {action.options['path']!r}"


class Case(PluginTestCase):
    plugin = HalfApiLoadGenerator

    def test_it(self):
        self.assert_plugin_generates("half_api", "x = ['/a', '/b']")
        self.assert_plugin_generates("half_api", "x = ['c', 'd']", {"source": {"path": ["c", "d"]}})
""",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "test_half_api", raising=False)
    result = outcome(importlib.import_module("test_half_api").Case)
    assert (result.testsRun, result.errors, result.failures) == (2, [], [])


def test_declared_plugin_of_the_project_is_tested_through_its_declaration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "local_rules.py").write_text(
        "class Rules:\n    def validate(self, config):\n        return [self.config['word']]\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "local_rules", raising=False)
    line = {"name": "rules", "type": "validator", "module": "local_rules", "class": "Rules"}

    class Case(PluginTestCase):
        declaration = line
        config = {"word": "hello"}

        def test_it(self) -> None:
            self.assertEqual(self.validate({"flowgroup": "f"}), ["hello"])

    result = outcome(Case)
    assert (result.testsRun, result.errors, result.failures) == (2, [], [])
    assert json.dumps(line)
