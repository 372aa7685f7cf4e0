"""The schema of an action: its kind chooses the keys, its sub-type the options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lhp.core.as_written import Dialect, as_written, map_as_written
from lhp.core.option_schema import (
    MAKES_VIEW,
    SOURCES,
    Schema,
    action_schema_of,
    defaults_schema,
    schema_of,
)
from lhp.editor.annotated import annotated, plain
from lhp.editor.catalog import Catalog
from lhp.editor.choices import Choice, Selector, chosen, closed, skeleton
from lhp.editor.known import Known
from lhp.model.files import ActionKeys
from lhp.model.flowgroup import KINDS, Kind

_NO_OPTIONS: Schema = {"properties": {}, "additionalProperties": True}
# Of a key that is described elsewhere, where it has to be given.
_GIVEN: Schema = {"type": "string"}


class ActionSchemas:
    """The definitions of an action in one dialect.

    Args:
        catalog: The plugins.
        dialect: What may stand in the place of values.
    """

    def __init__(self, catalog: Catalog, dialect: Dialect) -> None:
        self._catalog = catalog
        self._dialect = dialect
        self._keys = map_as_written(annotated(schema_of(ActionKeys)), dialect)["properties"]

    @property
    def definitions(self) -> Mapping[str, Schema]:
        """The definition `action` and those that it refers to."""
        places = {kind.name: self._place(kind) for kind in KINDS.values() if kind.place}
        return {"action": self._action(), **places}

    def defaults_of(self, kind: Kind, known: Known) -> Schema:
        """Return the schema of what a preset may give for a sub-type.

        Args:
            kind: Of the action.
            known: The generator.
        """
        if known.reason:
            return {"type": "object", "description": f"Can't be used: {known.reason}"}
        defaults = annotated(defaults_schema(kind.name, self._whole(kind, known)))
        return {**map_as_written(defaults, self._dialect), "description": _said(known, kind)}

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
        place = {"$ref": f"#/definitions/{kind.name}", "description": about}
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
            reason = f"Can't be used: {known.reason}"
            return Choice(name, reason, {"description": reason}, {})
        whole = annotated(self._whole(kind, known))
        place = whole["properties"][kind.place] if kind.place else whole
        rule = map_as_written(place, self._dialect)
        needed = {"target"} & {*rule["required"]}
        above = {kind.selector, "readMode"} if kind.place else {kind.selector, *self._keys}
        rule["properties"] = {
            key: each if key not in above else _GIVEN if key in needed else True
            for key, each in rule["properties"].items()
        }
        rule["required"] = [key for key in rule["required"] if key not in ("name", "type")]
        for key in ("type", "description"):
            rule.pop(key, None)
        body = {kind.selector: name, **skeleton(annotated(known.options or {}))}
        return Choice(name, _said(known, kind), rule, body)

    def _whole(self, kind: Kind, known: Known) -> Schema:
        return action_schema_of(kind.name, known.options or _NO_OPTIONS, known.source_count)

    def _source_rules(self, kind: Kind) -> Iterator[Schema]:
        """Yield what `source` has to be where the options stand elsewhere."""
        for count in SOURCES:
            names = [name for name, each in self._named(kind).items() if each.source_count == count]
            if count != "any" and names:
                one = {"source": self._source(count)} if count == "one" else {}
                yield _where(kind, names, {"required": ["source"], "properties": one})

    def _source(self, count: str) -> Schema:
        return as_written(annotated(SOURCES[count]), self._dialect, is_optional=count == "any")

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


def _said(known: Known, kind: Kind) -> str:
    return plain(known.summary) or f"A {kind.name} of a plugin that says nothing about itself."
