"""YAML documents -> flowgroups in each of the three forms of a file, or the use of a blueprint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lhp.core.defaults import as_declared
from lhp.core.option_schema import Schema
from lhp.core.shape_check import shape_problems
from lhp.core.shapes import shape
from lhp.errors import (
    BLUEPRINT_IN_PIPELINES,
    FLOWGROUP_FILE_EMPTY,
    FLOWGROUP_TWICE_IN_FILE,
    FORMS_MIXED,
    INSTANCE_FORMS_MIXED,
    INSTANCE_NOT_ALONE,
    INSTANCE_OLD_FORM,
    MISSING_KEY,
    LhpError,
    LhpErrors,
    raise_all,
)
from lhp.model.flowgroup import FlowGroup, Instance
from lhp.model.source import Document, YamlMap, expect_map

_INHERITED = tuple(key for key in shape("FlowGroupArray")["properties"] if key != "flowgroups")


def parse(documents: Sequence[Document]) -> tuple[FlowGroup | Instance, ...]:
    """Return the flowgroups of one file, or the one instance of a blueprint that it is.

    A file holds one flowgroup, several as documents between `---`, or one document with an array
    `flowgroups:` whose entries inherit the keys beside it that they lack.

    Args:
        documents: What the file holds.

    Raises:
        LhpErrors: Everything that is wrong with the shape of the file.
    """
    problems: list[LhpError] = []
    flowgroups: list[FlowGroup | Instance] = []
    for document in documents:
        try:
            flowgroups += _of_document(document, is_only=len(documents) == 1)
        except LhpErrors as errors:
            problems += errors.problems
    problems += _duplicates(flowgroups)
    raise_all(problems)
    return tuple(flowgroups)


def _of_document(document: Document, *, is_only: bool) -> Sequence[FlowGroup | Instance]:
    data = document.data
    if data is None:
        raise LhpErrors([FLOWGROUP_FILE_EMPTY.at(document.location)])
    keys = data.keys() if isinstance(data, Mapping) else ()
    if "use_blueprint" in keys or ("blueprint" in keys and not {"flowgroups", "actions"} & {*keys}):
        if not is_only:
            raise LhpErrors([INSTANCE_NOT_ALONE.at(document.location)])
        return [_instance(data, document)]
    if "flowgroups" not in keys:
        data = _checked(data, shape("FlowGroupKeys"), "the flowgroup", document)
        return [_flowgroup(data, document)]
    if "parameters" in keys and "actions" not in keys:
        raise LhpErrors([BLUEPRINT_IN_PIPELINES.at(document.location)])
    if not is_only:
        raise LhpErrors([FORMS_MIXED.at(data.key_at["flowgroups"])])
    data = _checked(data, shape("FlowGroupArray"), "the file", document)
    entries = [_inherit(entry, data) for entry in data["flowgroups"]]
    raise_all(
        MISSING_KEY.at(entry.location, where="the flowgroup", name="pipeline")
        for entry in entries
        if "pipeline" not in entry
    )
    return [_flowgroup(entry, document) for entry in entries]


def _checked(data: Any, schema: Schema, where: str, document: Document) -> Any:
    data = as_declared(data, schema)
    raise_all(shape_problems(data, schema, where, document.location))
    return data


def _instance(data: YamlMap, document: Document) -> Instance:
    warnings = document.warnings
    if "blueprint" in data:
        at = data.key_at["blueprint"]
        if "use_blueprint" in data:
            raise LhpErrors([INSTANCE_FORMS_MIXED.at(at)])
        data = _without_old_form(data)
        warnings = (*warnings, INSTANCE_OLD_FORM.at(at))
    data = _checked(data, shape("InstanceFile"), "the instance", document)
    return Instance(
        blueprint=data["use_blueprint"],
        parameters=expect_map(data, "parameters"),
        path=document.path,
        location=data.value_at["use_blueprint"],
        warnings=warnings,
    )


def _without_old_form(data: YamlMap) -> YamlMap:
    at, value_at = data.key_at["blueprint"], data.value_at["blueprint"]
    free = [key for key in data if key.startswith("x-")]
    changed = YamlMap(data.location)
    changed.put("use_blueprint", data["blueprint"], at, value_at)
    changed.put("parameters", data.without("blueprint", *free), at, data.location)
    return changed


def _inherit(entry: YamlMap, shared: YamlMap) -> YamlMap:
    whole = entry.without()
    for key in _INHERITED:
        if key in shared and key not in entry:
            whole.take(shared, key, shared[key])
    return whole


def _flowgroup(data: YamlMap, document: Document) -> FlowGroup:
    return FlowGroup(
        pipeline=data["pipeline"],
        name=data["flowgroup"],
        data=data,
        path=document.path,
        location=data.location,
        problems=document.warnings,
    )


def _duplicates(found: Sequence[FlowGroup | Instance]) -> Iterator[LhpError]:
    first: dict[str, FlowGroup] = {}
    for flowgroup in (each for each in found if isinstance(each, FlowGroup)):
        known = first.setdefault(flowgroup.name, flowgroup)
        if known is not flowgroup:
            place = flowgroup.data.value_at["flowgroup"]
            line = known.data.value_at["flowgroup"].line
            yield FLOWGROUP_TWICE_IN_FILE.at(place, name=flowgroup.name, line=line)
