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
import copy
import inspect
import tempfile
import textwrap
import unittest
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import click
from click.testing import CliRunner, Result

from lhp.cli.session import Session, root_above
from lhp.core.base_generator import BaseActionGenerator, Generated
from lhp.core.function_table import FunctionTable
from lhp.core.manifest import Manifest, Origin, manifest_of
from lhp.core.option_schema import MAKES_VIEW, reserved_keys
from lhp.core.plugin_loader import CLASS_ENDS, generator_name, snake_case
from lhp.core.plugin_manager import PROJECT_FILE, PluginManager
from lhp.core.plugin_trust import PluginTrustManager
from lhp.core.registry import Registry
from lhp.errors import LhpError, LhpErrors, Location
from lhp.kit.contract.checks import report_lines
from lhp.kit.contract.suite import contract_of
from lhp.model.flowgroup import KINDS, FlowGroup
from lhp.model.project import Project
from lhp.model.source import Document, YamlMap, place, plain
from lhp.passes.assemble import assemble
from lhp.passes.generate import generate
from lhp.passes.host import Host
from lhp.passes.review import review
from lhp.passes.substitution import Tokens, substituted
from lhp.passes.validate import valid_actions
from lhp.text.yaml_reader import read_yaml

__all__ = ["PluginTestCase", "plugins_alone"]


def plugins_alone(*plugins: Any, root: Path | None = None) -> PluginManager:
    """Return a manager that knows some plugins, and no others.

    Their code runs unasked, in this process.

    Args:
        plugins: Each the class, the function, the dict of functions or the command itself, or a
            declaration as it stands in lhp.yaml.
        root: Below it the modules of declarations are looked for; None is the current folder.

    Raises:
        LhpError: When one can't be a plugin of its type.
    """
    at = Location("test")
    given: list[tuple[Manifest, Any]] = []
    for each in plugins:
        is_declared = isinstance(each, Mapping) and {"name", "type"} <= each.keys()
        entry = each if is_declared else _declaration_of(each)
        manifest = manifest_of(place(entry, at), Origin.CONFIG, at)
        given.append((manifest, None if is_declared else each))
    return _manager_of(given, root or Path.cwd())


def _manager_of(plugins: Sequence[tuple[Manifest, Any]], root: Path) -> PluginManager:
    manager = PluginManager(root, Document("", None, Location("")), PluginTrustManager())
    manager.manifests = tuple(manifest for manifest, _ in plugins)
    for manifest, plugin in plugins:
        if plugin is not None:
            manager.resolver.adopt(manifest, plugin)
    return manager


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
    """What `${tokens}` stand for, in actions, in settings and in files."""

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
        for path, text in {PROJECT_FILE: "name: tests\n", **self.files}.items():
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def test_plugin_keeps_its_contract(self) -> None:
        """Fail when the plugin does not keep the contract of its type, with inputs that show it.

        What `lhp plugins test` tries; an action in `NAME.yaml` beside the test is an example of
        one that works.
        """
        if not self.declaration and inspect.getattr_static(self, "plugin") is None:
            self.skipTest("it does not say which plugin to test")
        manifest = self.manifest
        found = contract_of(self._host, manifest, [*self._examples(manifest)])
        if found.failures:
            self.fail("\n".join(report_lines(found)))

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
        root = root_above(Path(inspect.getfile(type(self))).resolve().parent)
        return PluginManager(root, trust=PluginTrustManager())

    def load_test_config(self, name: str) -> dict[str, Any]:
        """Return what a YAML file beside the test file holds.

        Args:
            name: Of the file; `.yaml` may be left out.

        Raises:
            FileNotFoundError: When there is none.
            LhpErrors: When it is not YAML.
        """
        file = self._beside(name)
        data = read_yaml(file.read_bytes(), file.name)[0].data
        return dict(plain(data))

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
        return self._generated(self.manifest, action, **context)

    def assert_generates(
        self, action: str | Mapping[str, Any], expected: str, **context: str
    ) -> None:
        """Fail unless an action becomes this code; layout and comments don't count.

        Args:
            action: See `generate`.
            expected: Python code, indented as a whole as you like.
            context: See `generate`.
        """
        self._assert_same(expected, self.generate(action, **context))

    def assert_plugin_generates(
        self,
        name: str,
        expected: str,
        action: str | Mapping[str, Any] | None = None,
        **context: str,
    ) -> None:
        """Fail unless a generator makes this code; layout and comments don't count.

        Args:
            name: Of a generator that `plugin_manager` knows, or of the one under test.
            expected: Python code, indented as a whole as you like.
            action: See `generate`; None takes it from `load_test_config(name)`, which may be a
                flowgroup, too: its first action with that generator.
            context: See `generate`.
        """
        manifest = self._named(name)
        if action is None:
            action = _action_for(manifest, self.load_test_config(manifest.name))
        self._assert_same(expected, self._generated(manifest, action, **context).code)

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
        """Return exit code and output of a command that is called in a project of these `files`.

        Args:
            args: The words after its name.
        """
        plugin = self.load()
        command = plugin if isinstance(plugin, click.Command) else plugin.command
        return CliRunner().invoke(command, list(args), obj=Session(folder=self.root))

    @property
    def _host(self) -> Host:
        return self._host_of(self.manifest, "dev")

    def _host_of(self, manifest: Manifest, env: str) -> Host:
        hosts: dict[object, Host] = vars(self).setdefault("_hosts", {})
        key = (manifest.key, env)
        if key not in hosts:
            hosts[key] = self._made_host(manifest, env)
        return hosts[key]

    def _made_host(self, manifest: Manifest, env: str) -> Host:
        plugin = None if self.declaration else inspect.getattr_static(self, "plugin")
        is_own = bool(self.declaration or plugin is not None) and manifest is self.manifest
        if is_own and not isinstance(plugin, str):
            manager = _manager_of([(manifest, plugin and self._given())], Path.cwd())
        else:
            manager = copy.copy(self.plugin_manager)
            manager.registry = Registry.of([manifest])
        project = Project(self.root, Document("lhp.yaml", YamlMap(), Location("lhp.yaml")))
        return Host(project, manager, Tokens(env, dict(self.tokens)))

    def _assert_same(self, expected: str, code: str) -> None:
        self.maxDiff = None
        self.assertEqual(_layout(textwrap.dedent(expected)), _layout(code))  # noqa: PT009  (runs without pytest too)

    def _named(self, name: str) -> Manifest:
        is_told = self.declaration or inspect.getattr_static(self, "plugin") is not None
        if is_told and name in (self.manifest.name, self.manifest.qualified_name):
            return self.manifest
        return replace(self.plugin_manager.named(name), is_named=True)

    def _generated(
        self, manifest: Manifest, action: str | Mapping[str, Any], **context: str
    ) -> Generated:
        env = context.pop("env", "dev")
        host = self._host_of(manifest, env)
        resolved = substituted(_whole(manifest, action), host.tokens)[0]
        flowgroup = _flowgroup(resolved, **context)
        built = generate(flowgroup, valid_actions(flowgroup, host), host)
        assemble(built, built.steps, env)
        return built.steps[0].generated

    def _beside(self, name: str) -> Path:
        file = Path(inspect.getfile(type(self))).with_name(name)
        return file if file.suffix in (".yaml", ".yml") else file.with_name(f"{name}.yaml")

    def _examples(self, manifest: Manifest) -> Iterator[Mapping[str, Any]]:
        if manifest.plugin_type.kind and self._beside(manifest.name).is_file():
            kind = KINDS[manifest.plugin_type.kind]
            action = _action_for(manifest, self.load_test_config(manifest.name))
            options = kind.options_of(action)
            taken = reserved_keys(kind.name)
            yield {key: each for key, each in options.items() if key not in taken}

    def _given(self) -> Any:
        given = inspect.getattr_static(self, "plugin")
        if given is None:
            self.fail("say `plugin = ...` or `declaration = {...}`")
        return given.__func__ if isinstance(given, staticmethod) else given


def _whole(manifest: Manifest, action: str | Mapping[str, Any]) -> YamlMap:
    data = _mapping(action)
    kind = KINDS[manifest.plugin_type.kind]
    here = data.location
    defaults = {"name": "action", "type": kind.name}
    if kind.name in MAKES_VIEW:
        defaults["target"] = "v_action"
    for key in [key for key in defaults if key not in data]:
        data.put(key, defaults[key], here, here)
    if kind.place and kind.place not in data:
        data.put(kind.place, YamlMap(here), here, here)
    inner = data[kind.place] if kind.place else data
    if isinstance(inner, YamlMap) and kind.selector not in inner:
        inner.put(kind.selector, manifest.name, here, here)
    return data


def _action_for(manifest: Manifest, config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the action that a test's file gives a generator: it alone, or in a flowgroup."""
    kind = KINDS[manifest.plugin_type.kind]
    actions = config.get("actions", [config])
    own = (
        each
        for each in actions
        if each.get("type") == kind.name and kind.sub_type_of(each) == manifest.name
    )
    return next(own, config)


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
