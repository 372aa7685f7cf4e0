"""Whatever text a user writes, it reaches the generated Python as an equal literal, or is refused.

Every sub-type that the registry knows is tried, with each of its options that takes text; none is
named here. Actions to begin with are made of what a sub-type says of itself: the schema of its
options and the examples in it. Values are put in after parsing, so they may hold what no YAML file
can: NUL, lone surrogates.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lhp.core.manifest import Manifest, Origin
from lhp.core.option_schema import Schema, action_schema, expected_types, supported_options
from lhp.core.plugin_manager import PluginManager
from lhp.editor.plugin_page import sample_action
from lhp.errors import FILE_MISSING, LhpError, LhpErrors, Location
from lhp.model.flowgroup import KINDS, MARK_END, MARK_START, FlowGroup
from lhp.model.source import YamlMap, place
from lhp.passes.assemble import assemble
from lhp.passes.expand import Content, expand
from lhp.passes.generate import generate
from lhp.passes.host import Host
from lhp.passes.project import open_project
from lhp.passes.substitution import Tokens, token_names
from lhp.passes.validate import valid_actions

Path_ = tuple[str | int, ...]

HARMLESS = "harmless"
# What files that examples name may hold; the first that the generator takes.
CONTENTS = {
    ".py": ("from x import *\n", "pass\n"),
    ".sql": ("SELECT 1\n",),
    "": ("{}\n", "columns: [a]\n", "a INT\n", "a IS NOT NULL: {action: drop}\n"),
}
NASTY = [
    "'", '"', '"""', "'''", "\\", "\\\\\"", "\n", "\r\n", "\t", "\0", "\u202e", "\ud800", "\u2028",
    "a\\", 'x"""\nimport os #', "{", "}", "{8}", "#", "${", "é", "\U0001f600", "", " ", "\x85", "%", "`",
    "') + __import__('os').system('x') + ('", "a/b.yaml", "class", "x.y.z",
]  # fmt: skip
ANY_TEXT = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=())),
    st.lists(st.sampled_from(NASTY), max_size=6).map("".join),
)
EACH_TEXT = ["".join(NASTY[:15]), '"', "\\", "\n'\ud800", 'x"""\nimport os #', "{x}"]
"""Texts that are tried at each place, besides those that are drawn."""


GENERATORS = [
    each
    for each in PluginManager().manifests
    if each.plugin_type.kind and each.origin is Origin.BUILTIN
]
every_sub_type = pytest.mark.parametrize(
    "manifest", GENERATORS, ids=lambda manifest: manifest.qualified_name
)


@dataclass(frozen=True)
class Place:
    """Somewhere in an action where a text may stand.

    Args:
        path: Keys and indexes from the action.
        is_key: True for the last key itself, where any key will do.
    """

    path: Path_
    is_key: bool = False


@dataclass(frozen=True)
class Sample:
    """An action with a text at a place that generates.

    Args:
        action: The action.
        place: Where the text stands.
        text: A harmless one; the one of the action where only some texts are right.
        module: What the action becomes with it.
    """

    action: Mapping[str, Any]
    place: Place
    text: str
    module: str


class SubType:
    """One sub-type in a project of its own, with the actions that it accepts.

    Args:
        root: Folder of the project.
        manager: The plugins.
        manifest: The generator.
    """

    def __init__(self, root: Path, manager: PluginManager, manifest: Manifest) -> None:
        self.root, self.manifest = root, manifest
        self.kind = KINDS[manifest.plugin_type.kind]
        self.generator: Any = manager.handle(manifest).load()
        self.options = supported_options(self.generator)
        self.schema = action_schema(self.kind.name, self.generator)
        names = token_names(json.dumps([self.schema, self.options]))
        tokens = Tokens("dev", dict.fromkeys(names, "word"), default_scope="scope")
        self.host = Host(open_project(root), manager, tokens)

    def module(self, action: Mapping[str, Any], **names: str) -> str:
        """Return the module of a flowgroup that has this action alone.

        Args:
            action: The action.
            names: `pipeline` and `flowgroup`, where they matter.
        """
        at = Location("pipelines/f.yaml", 1, 1)
        called = {"pipeline": "p", "flowgroup": "f", **names}
        data: YamlMap = place({**called, "actions": [action]}, at)
        content = Content({}, {}, self.host.text_renderer)
        flowgroup = FlowGroup(called["pipeline"], called["flowgroup"], data, at.path, at)
        resolved = expand(flowgroup, content, self.host.tokens, include_tests=True)
        built = generate(resolved, valid_actions(resolved, self.host), self.host)
        return assemble(built, built.steps, "dev")[0].text

    def is_code(self, where: Place) -> bool:
        """Return True for an option whose text is Python of the user."""
        return dict(_keys(self.schema)).get(where.path, {}).get("format") == "python"

    @property
    def keys(self) -> Sequence[Path_]:
        """The path of each option that takes text, from the action."""
        fixed = {"type", self.kind.selector}
        found = (path for path, each in _keys(self.schema) if takes_text(each))
        return [path for path in found if path[-1] not in fixed]

    @cached_property
    def samples(self) -> list[Sample]:
        """Return a sample for each place of text in an action that generates."""
        found: dict[Place, Sample] = {}
        for action in self._actions():
            places = [each for each in text_places(action) if each not in found]
            if places and self._generates(action):
                found |= {each: self._sample_at(action, each) for each in places}
        return [*found.values()]

    def _sample_at(self, action: Mapping[str, Any], at: Place) -> Sample:
        module = located(lambda: self.module(put(action, at, HARMLESS)))
        text = HARMLESS if module else text_at(action, at)
        return Sample(action, at, text, module or self.module(action))

    def shows_what_generates(self) -> bool:
        """Return True when the action that pages show of the sub-type generates."""
        return self._generates(self._sample(self.options))

    def _actions(self) -> Iterator[dict[str, Any]]:
        """Yield actions that hold ever more of the options."""
        bases = [self._sample(self.options), *map(self._whole, self.options.get("examples", ()))]
        yield from bases
        for name, option in self.options["properties"].items():
            given = {key: value for key, value in option.items() if key != "default"}
            yield self._sample(
                {
                    **self.options,
                    "properties": {**self.options["properties"], name: given},
                    "required": [*self.options.get("required", ()), name],
                    "examples": [],
                }
            )
        for path, schema in _keys(self.schema):
            texts = [HARMLESS] if "string" in expected_types(schema) else []
            for value, base in product([*_examples(schema), *texts], bases):
                yield _with(base, path, value, self.schema)

    def _sample(self, options: Schema) -> dict[str, Any]:
        made = sample_action(
            self.kind.name, self.manifest.name, options, self.generator.source_count
        )
        assert made, f"{self.manifest.qualified_name} has options that no action can have"
        return made

    def _whole(self, options: Mapping[str, Any]) -> dict[str, Any]:
        base = self._sample({**self.options, "examples": []})
        inner = {self.kind.selector: self.manifest.name, **options}
        return {**base, **({self.kind.place: inner} if self.kind.place else inner)}

    def _generates(self, action: Mapping[str, Any]) -> bool:
        """Return True when an action generates, with files that it names where need be."""
        missing = self._missing(action)
        if not missing:
            return located(lambda: self.module(action)) is not None
        for content in CONTENTS.get(Path(missing[0]).suffix, CONTENTS[""]):
            for path in missing:
                (self.root / path).parent.mkdir(parents=True, exist_ok=True)
                (self.root / path).write_text(content, encoding="utf-8")
            if located(lambda: self.module(action)) is not None:
                return True
            for path in missing:
                (self.root / path).unlink()
        return False

    def _missing(self, action: Mapping[str, Any]) -> list[str]:
        try:
            self.module(action)
        except (LhpError, LhpErrors) as error:
            problems = getattr(error, "problems", (error,))
            return [each.values["path"] for each in problems if each.code is FILE_MISSING]
        return []


def _keys(schema: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Schema]]:
    """Yield each key that a schema names, at any depth, by its path."""
    if not isinstance(schema, Mapping):
        return
    for name, inner in schema.get("properties", {}).items():
        yield (*path, name), inner
        yield from _keys(inner, (*path, name))
    yield from _keys(schema.get("items"), (*path, 0))
    for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _keys(branch, path)


def takes_text(schema: Any) -> bool:
    """Return True when a text of the user may stand in a value, at any depth."""
    if not isinstance(schema, Mapping) or "enum" in schema or "const" in schema:
        return schema is True
    branches = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if "properties" in schema:
        return False  # its keys are looked at one by one
    inner = (schema.get("items"), schema.get("additionalProperties"), *branches)
    return "string" in expected_types({**schema, "anyOf": []}) or any(map(takes_text, inner))


def _examples(schema: Schema) -> Sequence[Any]:
    return [*schema.get("examples", ()), *schema.get("enum", ())]


def _with(value: Any, path: Path_, new: Any, schema: Any) -> Any:
    """Return the value with another one in it; what is missing on the way is an example."""
    if not path:
        return new
    if not isinstance(path[0], str) or not isinstance(value, Mapping):
        return value
    inner = schema.get("properties", {}).get(path[0], {})
    found = value.get(path[0])
    if path[1:] and not isinstance(found, (Mapping, list)):
        found = next((each for each in _examples(inner) if not isinstance(each, str)), {})
    return {**value, path[0]: _with(found, path[1:], new, inner)}


def text_places(value: Any, path: Path_ = ()) -> Iterator[Place]:
    """Yield each place of a text in an action, names of the kind and of the sub-type apart."""
    entries = value.items() if isinstance(value, Mapping) else enumerate(value)
    for key, item in entries:
        if isinstance(item, (Mapping, list)):
            yield from text_places(item, (*path, key))
        elif isinstance(item, str):
            yield Place((*path, key))
        if isinstance(key, str) and path:
            yield Place((*path, key), is_key=True)


def text_at(value: Any, where: Place) -> str:
    """Return the text at a place of an action."""
    *around, last = where.path
    for part in around:
        value = value[part]
    return str(last if where.is_key else value[last])


def put(value: Any, where: Place, text: str) -> Any:
    """Return the action with a text at a place."""
    key, *rest = where.path
    if rest:
        inner = put(value[key], replace(where, path=tuple(rest)), text)
    else:
        inner = value[key] if where.is_key else text
    if isinstance(value, list):
        return [inner if index == key else item for index, item in enumerate(value)]
    is_renamed = where.is_key and not rest
    entries = [(name, inner if name == key else item) for name, item in value.items()]
    return {(text if is_renamed and name == key else name): item for name, item in entries}


def located(function: Callable[[], str]) -> str | None:
    """Return the module, or None for an error; each error tells its place."""
    try:
        return function()
    except LhpError as error:
        problems: tuple[LhpError, ...] = (error,)
    except LhpErrors as errors:
        problems = errors.problems
    assert problems
    assert all(problem.location is not None for problem in problems), problems
    return None


_NAMED: dict[type[ast.AST], str] = {
    ast.FunctionDef: "name",
    ast.Name: "id",
    ast.alias: "name",
    ast.Attribute: "attr",
    ast.keyword: "arg",
}


def shape_of(module: str) -> str:
    """Return the code without its texts, and without names, which are checked where they are made."""
    tree = ast.parse(module)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = 0
        elif type(node) in _NAMED:
            vars(node)[_NAMED[type(node)]] = "x"
    return ast.dump(tree)


def texts_in(module: str) -> Iterator[str]:
    """Yield every text and every name that the code holds."""
    for node in ast.walk(ast.parse(module)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif type(node) in _NAMED:
            yield str(vars(node)[_NAMED[type(node)]])
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)


def has_language(text: str) -> bool:
    """True for what the language itself gives a meaning: tokens, expressions, secret marks."""
    return any(sign in text for sign in ("${", "%{", "{{", "{%", "{#", MARK_START, MARK_END))


def holds(module: str, text: str) -> bool:
    """Return True when the text stands in the code, as it is or as a text in SQL."""
    forms = {text.strip(), text.strip().replace("\\", "\\\\").replace("'", "\\'")}
    return any(form in found for found in texts_in(module) for form in forms)


def check(sub_type: SubType, sample: Sample, text: str) -> bool:
    """Fail unless a text at a place is an equal text in the code, or a located error.

    Returns True when it is in the code.
    """
    module = located(lambda: sub_type.module(put(sample.action, sample.place, text)))
    if module is None:
        return False
    compile(module, "<module>", "exec")
    if not text.strip() or has_language(text) or sub_type.is_code(sample.place):
        return False
    assert shape_of(module) == shape_of(sample.module), f"{text!r} became code"
    is_shown = holds(sample.module, sample.text)
    assert not is_shown or holds(module, text), f"{text!r} is lost"
    return is_shown


def tried(sub_type: SubType) -> int:
    """Return how many texts got into the code of a sub-type, each of some at each place."""
    return sum(check(sub_type, sample, text) for sample in sub_type.samples for text in EACH_TEXT)


@pytest.fixture(scope="module")
def sub_type_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Manifest], SubType]:
    """Return a function that gives a sub-type of the registry in a project of its own."""
    made: dict[str, SubType] = {}

    def sub_type(manifest: Manifest) -> SubType:
        name = manifest.qualified_name
        if name not in made:
            root = tmp_path_factory.mktemp("project").resolve()
            (root / "lhp.yaml").write_text("plugins: {entry_points: false}\n", encoding="utf-8")
            made[name] = SubType(root, PluginManager(root), manifest)
        return made[name]

    return sub_type


@every_sub_type
def test_each_option_that_takes_text_stands_in_an_action_that_generates(
    manifest: Manifest, sub_type_of: Callable[[Manifest], SubType]
) -> None:
    sub_type = sub_type_of(manifest)
    places = [sample.place.path for sample in sub_type.samples]
    assert sub_type.keys
    for key in sub_type.keys:
        shown = ".".join(map(str, key))
        hint = f"give an example of `{shown}`, or a whole one among those of the options"
        assert any(path[: len(key)] == key for path in places), hint


@every_sub_type
def test_the_action_that_pages_show_of_a_sub_type_generates(
    manifest: Manifest, sub_type_of: Callable[[Manifest], SubType]
) -> None:
    assert sub_type_of(manifest).shows_what_generates()


@every_sub_type
def test_each_place_bears_nasty_text(
    manifest: Manifest, sub_type_of: Callable[[Manifest], SubType]
) -> None:
    assert tried(sub_type_of(manifest))


@every_sub_type
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_text_is_a_literal_or_a_located_error(
    manifest: Manifest, sub_type_of: Callable[[Manifest], SubType], data: st.DataObject
) -> None:
    sub_type = sub_type_of(manifest)
    check(sub_type, data.draw(st.sampled_from(sub_type.samples)), data.draw(ANY_TEXT))


@given(text=ANY_TEXT, key=st.sampled_from(["pipeline", "flowgroup"]))
@example(text="../up", key="pipeline")
def test_a_flowgroup_is_named_by_a_literal_or_not_at_all(
    sub_type_of: Callable[[Manifest], SubType], text: str, key: str
) -> None:
    sub_type = sub_type_of(GENERATORS[0])
    sample = sub_type.samples[0]
    module = located(lambda: sub_type.module(sample.action, **{key: text}))
    if module is not None and not has_language(text):
        assert shape_of(module) == shape_of(sample.module)
        assert holds(module, text)


# What nobody named: a plugin of a project.

PLUGIN = """\
from lhp.core.base_generator import BaseActionGenerator


class Own(BaseActionGenerator):
    def generate(self, action, context):
        return self.render_template("own.py.j2", {})

    @classmethod
    def get_supported_options(cls):
        return {
            "query": {"type": "string", "required": True},
            "labels": {"type": "object", "default": {}},
            "names": {"type": "array", "items": {"type": "string"}, "default": []},
        }
"""
SAFE = """\
@dp.temporary_view()
def {{ action.target | ident }}():
    return spark.sql({{ options.query }}, {{ options.labels }}, {{ options.names }})
"""


@pytest.fixture
def own(tmp_path: Path) -> Callable[[str], SubType]:
    """Return a function that gives the load generator that a project declares."""

    def declared(code: str) -> SubType:
        files = {
            "lhp.yaml": "plugins:\n  - {name: own, type: load_generator, module: local.own, class: Own}\n",
            "local/own.py": code,
            "local/own.py.j2": SAFE,
        }
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_text(text, encoding="utf-8")
        manager = PluginManager(tmp_path, open_project(tmp_path).document)
        (manifest,) = (each for each in manager.manifests if each.origin is Origin.CONFIG)
        return SubType(tmp_path, manager, manifest)

    return declared


def test_a_plugin_of_a_project_is_tried_without_being_named(own: Callable[[str], SubType]) -> None:
    sub_type = own(PLUGIN)
    paths = {sample.place.path for sample in sub_type.samples}
    assert {("source", "query"), ("source", "labels", "key"), ("source", "names", 0)} <= paths
    assert tried(sub_type) > len(EACH_TEXT)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("return f\"x = spark.sql({action.options['query']})\"", "became code"),
        ('return "x = %r" % action.options["query"].replace(chr(92), "")', "is lost"),
    ],
)
def test_a_generator_that_writes_text_into_code_by_hand_is_found(
    own: Callable[[str], SubType], code: str, fault: str
) -> None:
    by_hand = PLUGIN.replace('return self.render_template("own.py.j2", {})', code)
    with pytest.raises(AssertionError, match=fault):
        tried(own(by_hand))
