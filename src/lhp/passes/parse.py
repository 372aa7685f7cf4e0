"""YAML documents -> flowgroups, in each of the three forms that a file may have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lhp.core.defaults import as_declared
from lhp.core.option_schema import Schema, schema_of
from lhp.core.shape_check import shape_problems
from lhp.errors import (
    BLUEPRINT_IN_PIPELINES,
    BLUEPRINT_UNSUPPORTED,
    FLOWGROUP_FILE_EMPTY,
    FLOWGROUP_TWICE_IN_FILE,
    FORMS_MIXED,
    MISSING_KEY,
    LhpError,
    LhpErrors,
    raise_all,
)
from lhp.model.files import FlowGroupArray, FlowGroupKeys
from lhp.model.flowgroup import FlowGroup
from lhp.model.source import Document, YamlMap

_INHERITED = tuple(key for key in FlowGroupArray.model_fields if key != "flowgroups")


def parse(documents: Sequence[Document]) -> tuple[FlowGroup, ...]:
    """Return the flowgroups of one file.

    A file holds one flowgroup, several as documents between `---`, or one document with an array
    `flowgroups:` whose entries inherit the keys beside it that they lack.

    Args:
        documents: What the file holds.

    Raises:
        LhpErrors: Everything that is wrong with the shape of the file.
    """
    problems: list[LhpError] = []
    flowgroups: list[FlowGroup] = []
    for document in documents:
        try:
            flowgroups += _of_document(document, is_only=len(documents) == 1)
        except LhpErrors as errors:
            problems += errors.problems
    problems += _duplicates(flowgroups)
    raise_all(problems)
    return tuple(flowgroups)


def _of_document(document: Document, *, is_only: bool) -> list[FlowGroup]:
    data = document.data
    if data is None:
        raise LhpErrors([FLOWGROUP_FILE_EMPTY.at(document.location)])
    keys = data.keys() if isinstance(data, Mapping) else ()
    if "use_blueprint" in keys or ("blueprint" in keys and not {"flowgroups", "actions"} & {*keys}):
        raise LhpErrors([BLUEPRINT_UNSUPPORTED.at(document.location)])
    if "flowgroups" not in keys:
        data = _checked(data, schema_of(FlowGroupKeys), "the flowgroup", document)
        return [_flowgroup(data, document)]
    if "parameters" in keys and "actions" not in keys:
        raise LhpErrors([BLUEPRINT_IN_PIPELINES.at(document.location)])
    if not is_only:
        raise LhpErrors([FORMS_MIXED.at(data.key_at["flowgroups"])])
    data = _checked(data, schema_of(FlowGroupArray), "the file", document)
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
        warnings=document.warnings,
    )


def _duplicates(flowgroups: Sequence[FlowGroup]) -> Iterator[LhpError]:
    first: dict[str, FlowGroup] = {}
    for flowgroup in flowgroups:
        known = first.setdefault(flowgroup.name, flowgroup)
        if known is not flowgroup:
            place = flowgroup.data.value_at["flowgroup"]
            line = known.data.value_at["flowgroup"].line
            yield FLOWGROUP_TWICE_IN_FILE.at(place, name=flowgroup.name, line=line)
