"""What authors of plugins test with, by unittest or pytest.

```python
class TestRestApi(PluginTestCase):
    plugin = RestApiLoadGenerator
    config = {"base_url": "https://example.com"}

    def test_reads_the_endpoint(self):
        code = self.generate({"source": {"endpoint": "/rates"}, "target": "v_rates"})
        self.assertIn("/rates", code)
```
"""

from __future__ import annotations

import ast
import inspect
import tempfile
import textwrap
import unittest
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import click
from click.testing import CliRunner, Result

from lhp.core.base_generator import BaseActionGenerator, Generated
from lhp.core.contracts import contract_fault
from lhp.core.function_table import FunctionTable
from lhp.core.manifest import Manifest, Origin, manifest_of
from lhp.core.plugin_loader import CLASS_ENDS, generator_name, name_fault, snake_case
from lhp.core.plugin_manager import PROJECT_FILE, PluginManager
from lhp.core.plugin_trust import PluginTrustManager
from lhp.core.registry import Registry
from lhp.errors import LhpError, LhpErrors, Location
from lhp.model.flowgroup import KINDS, FlowGroup
from lhp.model.project import Project
from lhp.model.source import Document, YamlMap, place
from lhp.passes.assemble import assemble
from lhp.passes.generate import generate
from lhp.passes.host import Host
from lhp.passes.review import review
from lhp.passes.substitution import Tokens
from lhp.passes.validate import validate
from lhp.text.yaml_reader import read_yaml

__all__ = ["PluginTestCase"]


class PluginTestCase(unittest.TestCase):
    """Tests one plugin through the host that users run it in; checks its contract unasked.

    A subclass gives the plugin itself, or its declaration as it stands in lhp.yaml.
    """

    plugin: ClassVar[Any] = None
    """The class, the function, the dict of functions or the command under test; or, as
    `lhp plugins list` shows it, `type:name` of a plugin of the project that the test stands in, or
    of an installed one."""

    declaration: ClassVar[Mapping[str, Any]] = {}
    """Instead of it: `{"name": ..., "type": ..., "module": ..., "class": ...}`."""

    config: ClassVar[Mapping[str, Any]] = {}
    """The plugin's settings."""

    tokens: ClassVar[Mapping[str, Any]] = {}
    """What `${tokens}` stand for."""

    files: ClassVar[Mapping[str, str]] = {}
    """Text of each project file that the plugin reads, by path."""

    __test__ = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Let pytest collect subclasses, and not this class where it is imported."""
        super().__init_subclass__(**kwargs)
        if "__test__" not in vars(cls):
            cls.__test__ = True

    def setUp(self) -> None:
        """Make the project that the plugin meets."""
        if type(self) is PluginTestCase:
            self.skipTest("a subclass says which plugin to test")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()
        for path, text in self.files.items():
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def test_plugin_keeps_its_contract(self) -> None:
        """Fail when the host would call the plugin broken, with its reason."""
        manifest = self.manifest
        fault = name_fault(manifest)
        reason = fault.message if fault else contract_fault(manifest, self.load())
        if reason:
            self.fail(f"the {manifest.type} {manifest.name!r} can't be used: {reason}")

    @cached_property
    def manifest(self) -> Manifest:
        """The plugin's declaration."""
        at = Location(type(self).__name__)
        given = None if self.declaration else self._given()
        if isinstance(given, str):
            named = replace(self.plugin_manager.named(given), is_named=True)
            return replace(named, config=place(self.config, at)) if self.config else named
        entry = {**self.declaration} or _declaration_of(given)
        return manifest_of({"config": place(self.config, at), **entry}, Origin.CONFIG, at)

    @cached_property
    def plugin_manager(self) -> PluginManager:
        """All plugins of the project that the test stands in; outside of one, the installed ones.

        Their code runs unasked: who runs its tests trusts it.
        """
        above = Path(inspect.getfile(type(self))).resolve().parents
        root = next((folder for folder in above if (folder / PROJECT_FILE).is_file()), None)
        return PluginManager(root, trust=PluginTrustManager())

    def load(self) -> Any:
        """Return the plugin's object.

        Raises:
            LhpError: When it is broken.
        """
        return self._host.manager.resolver.load(self.manifest)

    def generate(self, action: str | Mapping[str, Any], **context: str) -> str:
        """Return the code that a generator makes of an action.

        Args:
            action: As a flowgroup holds it, in YAML or as a mapping; name, type, sub-type and the
                target of a view may be left out.
            context: `env`, `pipeline` and `flowgroup` where they matter.

        Raises:
            LhpErrors: Everything that is wrong with the action.
        """
        return self.generated(action, **context).code

    def generated(self, action: str | Mapping[str, Any], **context: str) -> Generated:
        """Return all that a generator makes of an action: code, imports, facts, files.

        Args:
            action: See `generate`.
            context: See `generate`.

        Raises:
            LhpErrors: Everything that is wrong with the action, or with the module that it makes.
        """
        env = context.pop("env", "dev")
        flowgroup = _flowgroup(self._whole(action), **context)
        host = self._host_of(env)
        built = generate(flowgroup, validate(flowgroup, host), host)
        assemble(built, built.steps, env)
        return built.steps[0].generated

    def assert_generates(
        self, action: str | Mapping[str, Any], expected: str, **context: str
    ) -> None:
        """Fail unless an action becomes this code; layout and comments don't count.

        Args:
            action: See `generate`.
            expected: Python code, indented as a whole as you like.
            context: See `generate`.
        """
        self.maxDiff = None
        code = self.generate(action, **context)
        self.assertEqual(_layout(textwrap.dedent(expected)), _layout(code))  # noqa: PT009  (runs without pytest too)

    def assert_problem(self, action: str | Mapping[str, Any], text: str, **context: str) -> None:
        """Fail unless an action is refused by an error whose words hold a text.

        Args:
            action: See `generate`.
            text: A part of the message or of its hint.
            context: See `generate`.
        """
        try:
            self.generated(action, **context)
        except (LhpError, LhpErrors) as error:
            problems = error.problems if isinstance(error, LhpErrors) else (error,)
            found = [f"{problem.message}\n{problem.hint}" for problem in problems]
            if not any(text in words for words in found):
                self.fail(f"{text!r} is not in {found}")
            return
        self.fail(f"the action is accepted; expected a problem with {text!r}")

    def validate(self, flowgroup: str | Mapping[str, Any]) -> list[str]:
        """Return what a validator says about a flowgroup, in YAML or as a mapping."""
        data = _mapping(flowgroup)
        whole = FlowGroup(
            str(data.get("pipeline", "")), str(data.get("flowgroup", "")), data, data.location.path
        )
        return [problem.message for problem in review(whole, self._host)]

    def filter(self, name: str = "") -> Callable[..., Any]:
        """Return a filter or function of the plugin, as a template calls it.

        Args:
            name: Its key in a dict of functions.
        """
        table = FunctionTable(self._host.manager, self.manifest.type)
        return table[name or self.manifest.name]

    def run_command(self, args: Sequence[str] = ()) -> Result:
        """Return exit code and output of a command.

        Args:
            args: The words after its name.
        """
        plugin = self.load()
        command = plugin if isinstance(plugin, click.Command) else plugin.command
        return CliRunner().invoke(command, list(args))

    @property
    def _host(self) -> Host:
        return self._host_of("dev")

    def _host_of(self, env: str) -> Host:
        hosts: dict[str, Host] = vars(self).setdefault("_hosts", {})
        if env not in hosts:
            hosts[env] = self._made_host(env)
        return hosts[env]

    def _made_host(self, env: str) -> Host:
        manager = PluginManager(Path.cwd(), Document("", None, Location("")), PluginTrustManager())
        given = None if self.declaration else self._given()
        if isinstance(given, str):
            manager.resolver = self.plugin_manager.resolver
        elif given is not None:
            manager.resolver.adopt(self.manifest, given)
        manager.registry = Registry.of([self.manifest])
        project = Project(self.root, Document("lhp.yaml", YamlMap(), Location("lhp.yaml")))
        return Host(project, manager, Tokens(env, self.tokens))

    def _given(self) -> Any:
        given = inspect.getattr_static(self, "plugin")
        if given is None:
            self.fail("say `plugin = ...` or `declaration = {...}`")
        return given.__func__ if isinstance(given, staticmethod) else given

    def _whole(self, action: str | Mapping[str, Any]) -> YamlMap:
        data = _mapping(action)
        kind = KINDS[self.manifest.plugin_type.kind]
        here = data.location
        defaults = {"name": "action", "type": kind.name}
        if kind.name in ("load", "transform"):
            defaults["target"] = "v_action"
        for key in [key for key in defaults if key not in data]:
            data.put(key, defaults[key], here, here)
        if kind.place and kind.place not in data:
            data.put(kind.place, YamlMap(here), here, here)
        inner = data[kind.place] if kind.place else data
        if isinstance(inner, YamlMap) and kind.selector not in inner:
            inner.put(kind.selector, self.manifest.name, here, here)
        return data


def _mapping(given: str | Mapping[str, Any]) -> YamlMap:
    if isinstance(given, str):
        text = textwrap.dedent(given)
        data = read_yaml(text.encode(), "test.yaml")[0].data
    else:
        data = place(given, Location("test"))
    if not isinstance(data, YamlMap):
        message = f"a mapping is wanted, not {data!r}"
        raise TypeError(message)
    return data


def _flowgroup(action: YamlMap, pipeline: str = "tests", flowgroup: str = "test") -> FlowGroup:
    whole = {"pipeline": pipeline, "flowgroup": flowgroup, "actions": [action]}
    data: YamlMap = place(whole, action.location)
    return FlowGroup(pipeline, flowgroup, data, action.location.path, action.location)


def _layout(code: str) -> str:
    return ast.unparse(ast.parse(code))


def _declaration_of(plugin: Any) -> dict[str, str]:
    plugin_type, name = _key_of(plugin)
    return {"type": plugin_type, "name": name, "module": "under_test", "class": "plugin"}


def _key_of(plugin: Any) -> tuple[str, str]:
    if isinstance(plugin, Mapping):
        return "template_filter", "functions"
    if not isinstance(plugin, type):
        command = plugin if isinstance(plugin, click.Command) else getattr(plugin, "command", None)
        if isinstance(command, click.Command):
            return "cli_command", str(getattr(plugin, "name", command.name))
        return "template_filter", plugin.__name__
    if issubclass(plugin, BaseActionGenerator):
        said = {key: getattr(plugin, key) for key in ("kind", "type_name") if getattr(plugin, key)}
        return generator_name(plugin.__name__, said) or _unknown(plugin)
    for end, (plugin_type, method) in CLASS_ENDS.items():
        if hasattr(plugin, method):
            return plugin_type, snake_case(plugin.__name__.removesuffix(end))
    return _unknown(plugin)


def _unknown(plugin: type[Any]) -> tuple[str, str]:
    message = f"say name and type of {plugin.__name__} in `declaration`"
    raise TypeError(message)
