"""The schema of an action: its kind chooses the keys, its sub-type the options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from lhp.core.as_written import REFERENCE, Dialect, as_written, map_as_written
from lhp.core.option_schema import (
    MAKES_VIEW,
    SOURCES,
    Schema,
    action_schema_of,
    defaults_schema,
    schema_of,
)
from lhp.editor.annotated import annotated, plain, without_needs
from lhp.editor.catalog import Catalog
from lhp.editor.choices import Choice, Selector, chosen, closed, skeleton
from lhp.editor.known import Known
from lhp.model.files import ActionKeys, PresetSuffixes
from lhp.model.flowgroup import KINDS, Kind

Options = Mapping[tuple[str, str], dict[str, Any]]

_NO_OPTIONS: Schema = {"type": "object", "properties": {}, "additionalProperties": True}
_SHARED = {key: f"key_{key}" for key in (*ActionKeys.model_fields, *PresetSuffixes.model_fields)}
_NOT_OF_OPTIONS = ("type", "description")

# Of a key that is described elsewhere, where it has to be given.
_GIVEN: Schema = {"type": "string"}


class ActionSchemas:
    """The definitions of an action in one dialect.

    Args:
        catalog: The plugins.
        options: Of each generator by kind and sub-type, annotated.
        dialect: What may stand in the place of values.
    """

    def __init__(self, catalog: Catalog, options: Options, dialect: Dialect) -> None:
        self._catalog = catalog
        self._options = options
        self._dialect = dialect
        self._keys = map_as_written(annotated(schema_of(ActionKeys)), dialect)["properties"]

    @cached_property
    def definitions(self) -> Mapping[str, Schema]:
        """The definition `action` and those that it refers to."""
        places = {kind.name: self._place(kind) for kind in KINDS.values() if kind.place}
        return {"action": self._action(), **places}

    @cached_property
    def shared(self) -> Mapping[str, Schema]:
        """The definitions of the keys that a preset may give for any sub-type."""
        suffixes = map_as_written(annotated(schema_of(PresetSuffixes)), self._dialect)["properties"]
        return {_SHARED[key]: each for key, each in {**self._keys, **suffixes}.items()}

    def defaults_of(self, kind: Kind, name: str, known: Known) -> Schema:
        """Return the schema of what a preset may give for a sub-type.

        Args:
            kind: Of the action.
            name: The sub-type.
            known: Its generator.
        """
        if known.reason:
            return {"type": "object", "description": _fault(known)}
        options = {**self._options[kind.name, name], "required": []}
        given = defaults_schema(kind.name, action_schema_of(kind.name, options, known.source_count))
        said: dict[str, Schema] = {
            key: {"$ref": f"{REFERENCE}{name}"} for key, name in _SHARED.items()
        }
        said["source"] = self._source(known.source_count, is_optional=True)
        known_here = options["properties"]
        own = {key: known_here[key] for key in given["properties"] if key in known_here}
        written = map_as_written({**given, "properties": own}, self._dialect)
        properties = {
            key: written["properties"][key] if key in own else said[key]
            for key in given["properties"]
        }
        return {**written, "properties": properties, "description": _said(known, kind)}

    def _action(self) -> Schema:
        about = schema_of(ActionKeys)["properties"]["type"]
        meanings = about.get("enumDescriptions", about["enum"])
        choices = [
            Choice(kind.name, meaning, self._of_kind(kind), self._skeleton(kind))
            for kind, meaning in zip(KINDS.values(), meanings, strict=True)
        ]
        selector = Selector("type", plain(about["description"]), dialect=self._dialect)
        keys = {name: each for name, each in self._keys.items() if name != "type"}
        return chosen(
            "action", selector, choices, {"required": ["name", "type"], "properties": keys}
        )

    def _of_kind(self, kind: Kind) -> Schema:
        if not kind.place:
            choices = self._choices(kind)
            whole = chosen(kind.name, self._selector(kind), choices, {"required": [kind.selector]})
            return {key: value for key, value in whole.items() if key not in ("title", "type")}
        source = {} if kind.place == "source" else {"source": self._source("any")}
        about = f"Sub-type of the {kind.name} and its options."
        forms = [{"$ref": f"{REFERENCE}{kind.name}"}, {"$ref": f"{REFERENCE}token"}]
        place = {"anyOf": forms, "description": about}
        target = ["target"] if kind.name in MAKES_VIEW else []
        common = {**dict.fromkeys(self._keys, True), **dict.fromkeys(target, _GIVEN)}
        rule = closed({**common, **source, kind.place: place}, [*target, kind.place])
        needs = [*self._source_rules(kind)] if source else []
        return {**rule, "allOf": needs} if needs else rule

    def _place(self, kind: Kind) -> Schema:
        read_mode = {"readMode": self._keys["readMode"]} if kind.place == "source" else {}
        base = {"required": [kind.selector], "properties": read_mode}
        return chosen(kind.place, self._selector(kind), self._choices(kind), base)

    def _choices(self, kind: Kind) -> list[Choice]:
        return [self._choice(kind, *each) for each in self._named(kind).items()]

    def _choice(self, kind: Kind, name: str, known: Known) -> Choice:
        if known.reason:
            return Choice(name, _fault(known), {"description": _fault(known)}, {})
        options = self._options[kind.name, name]
        written = map_as_written(options, self._dialect)
        whole = action_schema_of(kind.name, options, known.source_count)
        place = whole["properties"][kind.place] if kind.place else whole
        required = [key for key in place["required"] if key not in ("name", "type")]
        said = {} if kind.place else {"source": self._source(known.source_count)}
        said |= {"target": _GIVEN} if "target" in required else {}
        properties = {
            key: written["properties"].get(key) or said.get(key) or True
            for key in place["properties"]
        }
        rule = {key: each for key, each in written.items() if key not in _NOT_OF_OPTIONS}
        needed = [
            key
            for key in required
            if key not in options["properties"]
            or self._catalog.has_to_be_given(kind.name, name, key)
        ]
        rule = {**rule, "properties": properties, "required": needed}
        body = {kind.selector: name, **skeleton(options)}
        return Choice(name, _said(known, kind), rule, body)

    def _source_rules(self, kind: Kind) -> Iterator[Schema]:
        """Yield what `source` has to be where the options stand elsewhere."""
        for count in SOURCES:
            names = [name for name, each in self._named(kind).items() if each.source_count == count]
            if count != "any" and names:
                given = {"source": self._source(count)}
                yield _where(kind, names, {"required": ["source"], "properties": given})

    def _source(self, count: str, *, is_optional: bool = False) -> Schema:
        is_optional = is_optional or count == "any"
        return as_written(annotated(SOURCES[count]), self._dialect, is_optional=is_optional)

    def _named(self, kind: Kind) -> Mapping[str, Known]:
        return self._catalog.generators(kind.name)

    def _selector(self, kind: Kind) -> Selector:
        meaning = f"Sub-type of the {kind.name}: which generator makes it."
        return Selector(kind.selector, meaning, self._catalog.is_closed, self._dialect)

    def _skeleton(self, kind: Kind) -> Mapping[str, Any]:
        names = ",".join(self._named(kind))
        chooses = {kind.selector: f"${{2|{names}|}}" if names else "$2"}
        return {
            "name": f"${{1:{kind.name}_name}}",
            "type": kind.name,
            **({} if kind.place == "source" else {"source": "$3"}),
            **({kind.place: chooses} if kind.place else chooses),
            **({"target": "$4"} if kind.name in MAKES_VIEW else {}),
        }


def _where(kind: Kind, names: Sequence[str], rule: Schema) -> Schema:
    inside = {"properties": {kind.selector: {"enum": names}}, "required": [kind.selector]}
    place = {kind.place: {"type": "object", **inside}}
    return {"if": {"properties": place, "required": [kind.place]}, "then": rule}


def annotated_options(catalog: Catalog) -> Options:
    """Return the options of each generator that can be used, annotated once for all files."""
    return {
        (kind, name): annotated(_of_one_file(kind, name, known, catalog))
        for kind in KINDS
        for name, known in catalog.generators(kind).items()
    }


def _of_one_file(kind: str, name: str, known: Known, catalog: Catalog) -> Schema:
    """Return the options of a generator, but for whole examples and what a preset may give."""
    options = {
        key: each for key, each in (known.options or _NO_OPTIONS).items() if key != "examples"
    }
    return without_needs(options, lambda key: not catalog.has_to_be_given(kind, name, key))


def _fault(known: Known) -> str:
    return f"Can't be used: {known.reason}"


def _said(known: Known, kind: Kind) -> str:
    return plain(known.summary) or f"A {kind.name} of a plugin that says nothing about itself."
