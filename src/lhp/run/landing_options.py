"""Sorts the options of Auto Loader into what Spark's own file source does, ignores or lacks.

Source: Databricks, "Auto Loader options" and "Configure schema inference and evolution in Auto
Loader".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal, get_args

from lhp.values import frozen

Evolution = Literal[
    "addNewColumns", "addNewColumnsWithTypeWidening", "rescue", "failOnNewColumns", "none"
]
TEXT_FORMATS = ("csv", "json", "xml")
"""Formats whose columns are text as long as nothing says otherwise."""

FIXED_FORMATS = ("binaryfile", "text")
"""Formats whose columns are always the same."""

_FORMATS = {
    name.lower(): name
    for name in ("avro", "binaryFile", "csv", "json", "orc", "parquet", "text", "xml")
}
_PREFIX = "cloudfiles."
_DONE = {
    "format",
    "infercolumntypes",
    "maxbytespertrigger",
    "maxfileage",
    "maxfilespertrigger",
    "partitioncolumns",
    "rescueddatacolumn",
    "rescuedatacolumn",
    "schemaevolutionmode",
    "schemahints",
}
_LISTING = "a local run lists the folder"
_CLOUD = "a local run takes nothing from a cloud"
_IGNORED = {
    "allowoverwrites": "a file that is written again under its name is not read again",
    "backfillinterval": f"{_LISTING}, so no file is missed",
    "cleansource": "files of the landing folder are left where they are",
    "cleansource.movedestination": "files of the landing folder are left where they are",
    "cleansource.retentionduration": "files of the landing folder are left where they are",
    "fetchparallelism": _LISTING,
    "includeexistingfiles": "files that are there at the first run are read too",
    "listonstart": _LISTING,
    "pathrewrites": "the path is taken as it is",
    "schemalocation": "the columns found are kept with the other state of local runs",
    "useincrementallisting": f"{_LISTING} as a whole",
    "usemanagedfileevents": _LISTING,
    "usenotifications": _LISTING,
    "usestrictglobber": "wildcards are always read as Spark reads them: `*` stops at `/`",
    "validateoptions": "each option is looked at",
    **dict.fromkeys(
        (
            "awsaccesskey",
            "awssecretkey",
            "clientemail",
            "clientid",
            "clientsecret",
            "connectionstring",
            "databricks.servicecredential",
            "privatekey",
            "privatekeyid",
            "projectid",
            "queuename",
            "queueurl",
            "region",
            "resourcegroup",
            "rolearn",
            "roleexternalid",
            "rolesessionname",
            "snsarn",
            "stsendpoint",
            "subscription",
            "subscriptionid",
            "tenantid",
        ),
        _CLOUD,
    ),
}
_ONLY_DATABRICKS = {
    "badrecordspath": "records that can't be read are not written apart",
    "parserlib": "Spark has one parser",
    "readercasesensitive": "columns whose names differ only in case are one column",
}
_BYTES = re.compile(r"\s*(\d+)\s*([kmgtp]?)(?:i?b|bytes?)?\s*", re.IGNORECASE)
_CLOUD_PATH = re.compile(r"(?!file:)([a-z][a-z0-9+.-]+):", re.IGNORECASE)
_FOREVER = "36500d"


@frozen
class ReaderPlan:
    """How Spark's file source reads what Auto Loader was to read.

    Args:
        format: Of the files, as Spark names it.
        path: Folder or files, as written.
        options: What goes on to the reader, for a batch as for a stream.
        stream_options: What goes on to the reader of a stream besides.
        schema: What `.schema()` was given, a `StructType` or DDL; None when columns are inferred.
        hints: `cloudFiles.schemaHints`.
        infers_types: False when columns of text formats are inferred as strings.
        evolution: What becomes of columns that turn up later.
        rescued: Name of the column for what does not fit; None without one.
        partitions: Names of the partition columns; None for those that the folders show.
        modified: `modifiedAfter` and `modifiedBefore`, where they were given.
        done: Names of the options of Auto Loader that are followed.
        ignored: What is asked for and makes no difference here, as sentences.
        unsupported: What is asked for and can't be done, and what to do about it, as sentences.
        emulated: What is done in another way than on Databricks, as sentences.
    """

    format: str
    path: str
    options: Mapping[str, str] = field(default_factory=dict)
    stream_options: Mapping[str, str] = field(default_factory=dict)
    schema: Any = None
    hints: str = ""
    infers_types: bool = False
    evolution: Evolution = "addNewColumns"
    rescued: str | None = None
    partitions: tuple[str, ...] | None = None
    modified: Mapping[str, str] = field(default_factory=dict)
    done: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    unsupported: tuple[str, ...] = ()
    emulated: tuple[str, ...] = ()

    @property
    def is_fixed(self) -> bool:
        """True for formats that have the same columns always, and for one variant column."""
        names = {name.lower() for name in self.options}
        return self.format.lower() in FIXED_FORMATS or "singlevariantcolumn" in names

    @property
    def has_header(self) -> bool:
        """True for CSV whose first line names the columns."""
        return self.format == "csv" and _truth(self.option("header"))

    def option(self, name: str) -> str:
        """Return an option of the reader, whatever case it was written in, or empty text."""
        known = {key.lower(): value for key, value in self.options.items()}
        return known.get(name.lower(), "")


def reader_plan(options: Mapping[str, Any], path: str, given_schema: Any = None) -> ReaderPlan:
    """Return how to read a folder as Auto Loader would.

    Args:
        options: Of the reader, those of Auto Loader with their prefix.
        path: Folder or files, may hold wildcards.
        given_schema: What `.schema()` was given, a `StructType` or DDL, or None.

    Returns:
        The plan. Nothing is raised for options that can't be followed: see `unsupported`.
    """
    return _Sorting(options, path, given_schema).plan()


class _Sorting:
    """Options on their way into a plan."""

    def __init__(self, options: Mapping[str, Any], path: str, given_schema: Any) -> None:
        self.path = path
        self.schema = given_schema
        self.ours: dict[str, str] = {}
        self.rest: dict[str, str] = {}
        self.done: list[str] = []
        self.ignored: list[str] = []
        self.unsupported: list[str] = []
        self.emulated: list[str] = []
        self.stream_options = {"maxFileAge": _FOREVER}
        for name, value in options.items():
            text = str(value).lower() if isinstance(value, bool) else str(value)
            if name.lower().startswith(_PREFIX):
                self._sort(name, text)
            else:
                self.rest[name] = text

    def _sort(self, name: str, value: str) -> None:
        key = name[len(_PREFIX) :].lower()
        if key in _DONE:
            self.ours[key] = value
            self.done.append(name)
        elif key in _IGNORED:
            self.ignored.append(f"{name}: {_IGNORED[key]}")
        elif key.startswith("resourcetag"):
            self.ignored.append(f"{name}: {_CLOUD}")
        else:
            self.unsupported.append(f"{name} is no option of Auto Loader: take it out")

    def plan(self) -> ReaderPlan:
        """Return the plan for all options."""
        wanted = self.ours.get("format", "")
        name = _FORMATS.get(wanted.lower(), wanted)
        if wanted.lower() not in _FORMATS:
            known = ", ".join(sorted(_FORMATS.values()))
            self.unsupported.append(f"cloudFiles.format {wanted!r}: use one of {known}")
        self._path()
        rescued, modified = self._rescued_name(), self._modified()
        self._only_databricks(name)
        self._limits()
        if name == "csv" and self.schema is None:
            self._default("header", "true")
        evolution = self._evolution()
        is_single = any(each.lower() == "singlevariantcolumn" for each in self.rest)
        is_inferred = self.schema is None and not is_single and name.lower() not in FIXED_FORMATS
        if rescued is None and is_inferred and evolution != "none":
            rescued = "_rescued_data"
        if name == "csv" and (rescued or self.schema is None) and self._take("mode"):
            self.ignored.append("mode: a CSV line that does not fit is never a reason to stop")
        hints = self.ours.get("schemahints", "")
        if hints and not is_inferred:
            self.done = [each for each in self.done if not each.lower().endswith("hints")]
            self.ignored.append("cloudFiles.schemaHints: the columns are given, not inferred")
            hints = ""
        self._emulated(name, evolution, rescued)
        return ReaderPlan(
            name,
            self.path,
            self.rest,
            self.stream_options,
            self.schema,
            hints,
            _truth(self.ours.get("infercolumntypes", "")) or name not in TEXT_FORMATS,
            evolution,
            rescued,
            self._partitions(),
            modified,
            tuple(self.done),
            tuple(self.ignored),
            tuple(self.unsupported),
            tuple(self.emulated),
        )

    def _path(self) -> None:
        scheme = _CLOUD_PATH.match(self.path)
        if scheme:
            self.unsupported.append(
                f"{self.path}: nothing is read from {scheme[1]} here: give the environment of"
                " local runs a folder of this machine for it"
            )

    def _take(self, name: str) -> str | None:
        """Take an option out of what goes on to the reader."""
        for key in [*self.rest]:
            if key.lower() == name:
                return self.rest.pop(key)
        return None

    def _default(self, name: str, value: str) -> None:
        if all(key.lower() != name for key in self.rest):
            self.rest[name] = value

    def _rescued_name(self) -> str | None:
        named = self._take("rescueddatacolumn")
        for key in ("rescuedatacolumn", "rescueddatacolumn"):
            named = self.ours.get(key) or named
        return named or None

    def _modified(self) -> Mapping[str, str]:
        found = {name: self._take(name.lower()) for name in ("modifiedAfter", "modifiedBefore")}
        return {name: value for name, value in found.items() if value}

    def _only_databricks(self, name: str) -> None:
        for key, reason in _ONLY_DATABRICKS.items():
            if self._take(key) is not None:
                self.ignored.append(f"{key}: {reason}")
        if (self._take("skiprows") or "0") != "0":
            self.unsupported.append("skipRows: Spark's reader skips no lines: cut them off before")
        for key in [*self.rest]:
            if key.lower().startswith(f"{name.lower()}."):
                plain = key[len(name) + 1 :]
                self.rest.pop(key)
                self.ignored.append(f"{key}: no reader knows it, write {plain!r} under `options`")

    def _limits(self) -> None:
        age = self.ours.get("maxfileage") or self._take("maxfileage")
        if age:
            self.stream_options["maxFileAge"] = age
        files, given = self.ours.get("maxfilespertrigger"), self.ours.get("maxbytespertrigger")
        if files:
            self.stream_options["maxFilesPerTrigger"] = files
        if not given:
            return
        size = _BYTES.fullmatch(given)
        if not size:
            self.unsupported.append(
                f"cloudFiles.maxBytesPerTrigger {given!r}: write a number of bytes such as 10g"
            )
        elif files:
            self.done.remove(next(each for each in self.done if "bytes" in each.lower()))
            self.ignored.append("cloudFiles.maxBytesPerTrigger: maxFilesPerTrigger limits a batch")
        else:
            power = " kmgtp".index(size[2].lower() or " ")
            self.stream_options["maxBytesPerTrigger"] = str(int(size[1]) * 1024**power)

    def _evolution(self) -> Evolution:
        default = "addNewColumns" if self.schema is None else "none"
        wanted = self.ours.get("schemaevolutionmode") or default
        known: Mapping[str, Evolution] = {each.lower(): each for each in get_args(Evolution)}
        if wanted.lower() not in known:
            self.unsupported.append(
                f"cloudFiles.schemaEvolutionMode {wanted!r}: use one of {', '.join(known.values())}"
            )
        mode = known.get(wanted.lower(), "none")
        if self.schema is not None and mode.startswith("addNewColumns"):
            self.unsupported.append(
                f"cloudFiles.schemaEvolutionMode {mode} needs columns that are inferred: take out"
                " the schema, or give it as cloudFiles.schemaHints"
            )
        return mode

    def _partitions(self) -> tuple[str, ...] | None:
        given = self.ours.get("partitioncolumns")
        if given is None:
            return None
        return tuple(each.strip() for each in given.split(",") if each.strip())

    def _emulated(self, name: str, evolution: Evolution, rescued: str | None) -> None:
        add = self.emulated.append
        add(f"Auto Loader of {self.path}: Spark's file source for {name}")
        if evolution.startswith("addNewColumns"):
            add("new columns are taken in before the files are read, without a stop of the stream")
        if rescued is None:
            return
        if name in {"csv", "json"}:
            add(
                f"{rescued}: holds columns that are not in the schema and values that do not fit"
                " it; unknown fields inside a value of a given type are not kept"
            )
        else:
            add(f"{rescued}: holds columns that are not in the schema, no values that do not fit")
        if name == "csv":
            add("fields of a CSV line beyond its header are dropped")


def _truth(value: str) -> bool:
    return value.strip().lower() == "true"
