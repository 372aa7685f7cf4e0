"""Tells where the values of a resolved flowgroup come from, by the places that they know.

A value stands where its author wrote it, in a flowgroup, a template, a preset or a blueprint. What
the text there refers to, a parameter, a variable or a token, stands at a place of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from lhp.errors import Location
from lhp.model.flowgroup import KINDS, FlowGroup
from lhp.model.origin import DEFAULT, IN_FILE, KeyPath, Step, Value, leaves
from lhp.model.source import (
    NOWHERE,
    Document,
    YamlMap,
    entries,
    expect_list,
    expect_map,
    locate,
    texts_in,
)
from lhp.passes.blueprints import Blueprint
from lhp.passes.expand import Content
from lhp.passes.presets import SUFFIXED, SUFFIXES, Preset, given_to, preset_chains
from lhp.passes.substitution import Tokens, secret_parts, token_paths, tokens_in_file
from lhp.passes.templates import Template
from lhp.passes.variables import names_in
from lhp.values import frozen

_Reference = tuple[str, Location, Sequence[Location | None]]


@frozen
class Origins:
    """Tells of the values of one flowgroup where they come from.

    Args:
        source: The flowgroup as parsed.
        resolved: The same after expand, as far as that goes.
        content: What the flowgroup may use.
        tokens: Those of the environment.
        environment: The substitutions file.
        completed: Its actions with the defaults of their options.
        text_of: Gives the text of a file that an action names; empty for what is none.
    """

    source: FlowGroup
    resolved: FlowGroup
    content: Content
    tokens: Tokens
    environment: Document
    completed: Sequence[YamlMap]
    text_of: Callable[[str], str]

    def values(self) -> Iterator[Value]:
        """Yield every single value of the flowgroup, defaults last in each action."""
        data = self.resolved.data
        for path, value, at in leaves(data.without("actions"), self.resolved.location):
            yield self.value(path, value, at)
        for index in range(len(data.get("actions") or ())):
            yield from self.values_in(("actions", index))

    def values_in(self, path: KeyPath) -> Iterator[Value]:
        """Yield the single values below a path, with the defaults that nobody wrote."""
        whole: Any = self.resolved.data
        inside = path
        if path[0] == "actions" and len(path) > 1 and _has(self.completed, path[1:]):
            whole, inside = self.completed[int(path[1])], path[2:]
        for inner, value, place in leaves(*_held(whole, inside), path):
            yield self.value(inner, value, place)

    def value(self, path: KeyPath, value: Any, at: Location) -> Value:
        """Return one value with its origin.

        Args:
            path: From the flowgroup to it.
            value: What it is.
            at: Where it stands.
        """
        if not _has(self.resolved.data, path):
            return Value(self.resolved, path, value, NOWHERE, (Step(DEFAULT),))
        first = self._step(self.label(at), at, frozenset())
        files = [step for text in texts_in(value) for step in self._in_file(text, path)]
        steps = (*first.steps, *self._use_of(at), *self._suffixes(path), *files)
        whole = replace(first, steps=steps)
        return Value(self.resolved, path, value, at, (whole, *self._lost(path, at)))

    def label(self, at: Location) -> str:
        """Return what sort of file a place is in, with the name that it goes by."""
        return self._labels.get(at.path, "flowgroup")

    @cached_property
    def presets(self) -> Sequence[Preset]:
        """The presets that it uses, their parents too, the weakest first."""
        return [preset for preset, _ in self._used_presets]

    @cached_property
    def _used_presets(self) -> Sequence[tuple[Preset, Location]]:
        """Its presets, the weakest first, each with the place that names it."""
        found: list[tuple[Preset, Location]] = []
        own = expect_list(self.resolved.data, "presets")
        for names in (self.template.presets, own) if self.template else (own,):
            chains, _ = preset_chains(names, self.content.presets)
            for chain, at in zip(chains, names.item_at, strict=True):
                places = [*(each.extends_at for each in chain[1:]), *([at] if chain else [])]
                found += zip(chain, places, strict=True)
        # One that is used twice counts where it is strongest.
        once = {preset.name: (preset, at) for preset, at in found}
        order = dict.fromkeys(preset.name for preset, _ in reversed(found))
        return [once[name] for name in reversed(order)]

    @cached_property
    def template(self) -> Template | None:
        """The template that it uses, or None."""
        return self.content.templates.get(str(self.resolved.data.get("use_template")))

    @cached_property
    def blueprint(self) -> Blueprint | None:
        """The blueprint that it is made of, or None."""
        instance = self.source.instance
        return self.content.blueprints.get(instance.blueprint) if instance else None

    @cached_property
    def _labels(self) -> Mapping[str, str]:
        labels = {each.path: f"preset {each.name}" for each in self.content.presets.values()}
        labels[self.environment.path] = f"environment {self.tokens.env}"
        if self.template:
            labels[self.template.path] = f"template {self.template.key}"
        if self.source.instance:
            labels[self.source.path] = "instance"
        if self.blueprint:
            labels[self.blueprint.document.path] = f"blueprint {self.blueprint.name}"
        return labels

    @cached_property
    def _written(self) -> Mapping[Location, Any]:
        template = self.template
        parts = [self.source.data, self.environment.data]
        parts += [each.defaults for each in self.presets]
        parts += [template.actions, template.defaults] if template else []
        parts += [self.blueprint.document.data] if self.blueprint else []
        return {each.at: each.value for part in parts for each in entries(part)}

    def _step(self, what: str, at: Location, seen: frozenset[str]) -> Step:
        written = self._written.get(at)
        return Step(what, written, at, tuple(self._references(written, at, seen | {what})))

    def _references(self, written: Any, at: Location, seen: frozenset[str]) -> Iterator[Step]:
        told = set(seen)
        for text in texts_in(written):
            for what, place, weaker in self._referred(text, at):
                if what not in told:
                    told.add(what)
                    yield self._step(what, place, seen)
                    yield from self._weaker(what, place, weaker)

    def _referred(self, text: str, at: Location) -> Iterator[_Reference]:
        """Yield what a text refers to: its name, its place, and the places that it wins over."""
        if self.template and at.path == self.template.path:
            given, weaker = self.resolved.parameters, self.template.defaults
            for name in sorted(self.content.renderer.names_in(text) & given.keys()):
                yield f"{{{{ {name} }}}}", given.value_at[name], [weaker.value_at.get(name)]
        variables = expect_map(self.source.data, "variables")
        for name in sorted(names_in([text]) & variables.keys()):
            yield f"%{{{name}}}", variables.value_at[name], self._weaker_variables(name)
        yield from self._tokens_in(text)

    def _weaker_variables(self, name: str) -> Sequence[Location | None]:
        instance = self.source.instance
        given = instance.parameters if instance else YamlMap()
        defaults = self.blueprint.defaults if self.blueprint else YamlMap()
        return [given.value_at.get(name), defaults.value_at.get(name)]

    def _tokens_in(self, text: str) -> Iterator[_Reference]:
        written, data = self.tokens.written, self.environment.data
        for path in token_paths(text):
            if path[0] in written:
                at = locate(written, path) or NOWHERE
                weaker = locate(data, ("global", *path)) if _has(data, ("global", *path)) else None
                yield f"${{{'.'.join(path)}}}", at, [weaker]
        for scope, _ in secret_parts(text):
            path = ("secrets", "scopes", scope) if scope else ("secrets", "default_scope")
            if _has(data, path):
                what = f"scope {scope}" if scope else "default scope"
                yield what, locate(data, path) or NOWHERE, []

    def _weaker(
        self, what: str, winner: Location, places: Sequence[Location | None]
    ) -> Iterator[Step]:
        for at in places:
            if at is not None and at != winner:
                yield replace(self._step(what, at, frozenset()), is_lost=True)

    def _in_file(self, path: str, named: KeyPath) -> Iterator[Step]:
        """Yield the tokens, scopes and parameters in a file that a value names."""
        text = self.text_of(path) if named[0] == "actions" else ""
        for token, at in tokens_in_file(text, path).items() if text else ():
            steps = [
                self._step(what, place, frozenset()) for what, place, _ in self._tokens_in(token)
            ]
            if steps:
                yield Step(IN_FILE, token, at, tuple(steps))
        if text and path.endswith(".sql") and int(named[1]) >= self.resolved.templated_from:
            given = self.resolved.parameters
            for name in sorted(self.content.renderer.names_in(text) & given.keys()):
                what = f"{{{{ {name} }}}}"
                step = self._step(what, given.value_at[name], frozenset())
                yield Step(IN_FILE, what, Location(path), (step,))

    def _use_of(self, at: Location) -> Iterator[Step]:
        """Yield what brought in the preset, the template or the blueprint that a place is in."""
        instance, template, blueprint = self.source.instance, self.template, self.blueprint
        if template and at.path == template.path:
            use = self.resolved.data.value_at["use_template"]
            yield self._use(template.key, use)
        elif instance and blueprint and at.path == blueprint.document.path:
            yield self._use(instance.blueprint, instance.location)
        else:
            for preset, use in self._used_presets:
                if preset.path == at.path:
                    yield self._use(preset.name, use)

    def _use(self, name: str, at: Location) -> Step:
        return Step(f"used by {self.label(at)}", name, at)

    def _suffixes(self, path: KeyPath) -> Iterator[Step]:
        """Yield the suffix that presets put behind a schema."""
        action, rest = self._option(path)
        if action is None or len(rest) != 1:
            return
        options = _held(action, path[2:-1])[0]
        if rest[0] != next((key for key in SUFFIXED if isinstance(options.get(key), str)), None):
            return
        given = [(each, given_to(action, each.defaults)[1]) for each in reversed(self.presets)]
        for key in SUFFIXES:
            for preset, defaults in given:
                if defaults and defaults.get(key):
                    at = defaults.value_at[key]
                    yield self._step(f"{key} of preset {preset.name}", at, frozenset())
                    return

    def _lost(self, path: KeyPath, winner: Location) -> Iterator[Step]:
        """Yield what presets give for a value and something stronger replaced."""
        # A list is replaced as a whole.
        items = (n for n, part in enumerate(path[2:], 2) if isinstance(part, int))
        whole = path[: next(items, None)]
        stands = winner if whole == path else locate(self.resolved.data, whole)
        action, rest = self._option(whole)
        for preset in reversed(self.presets):
            given: Any = given_to(action, preset.defaults)[1]
            if path[0] != "actions":
                given, rest = preset.defaults.get("defaults"), whole
            at = locate(given, rest) if rest and _has(given, rest) else None
            if at is not None and at != stands:
                yield replace(self._step(self.label(at), at, frozenset()), is_lost=True)

    def _option(self, path: KeyPath) -> tuple[YamlMap | None, KeyPath]:
        if path[0] != "actions" or len(path) < 3:  # noqa: PLR2004  (the list, the index, a key)
            return None, ()
        action = self.resolved.data["actions"][path[1]]
        kind = KINDS.get(str(action.get("type"))) if isinstance(action, YamlMap) else None
        if kind is None:
            return None, ()
        place = kind.path()
        return action, path[2 + len(place) :] if path[2 : 2 + len(place)] == place else ()


def _held(value: Any, path: KeyPath) -> tuple[Any, Location]:
    at = locate(value, path) or NOWHERE
    for part in path:
        value = value[part]
    return value, at


def _has(value: Any, path: KeyPath) -> bool:
    for part in path:
        is_item = isinstance(value, list) and isinstance(part, int) and part < len(value)
        if not is_item and not (isinstance(value, Mapping) and part in value):
            return False
        value = value[part]
    return True
