"""What the author of a generator meets: the base class, the option model and the context."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

from pydantic import ValidationError

from lhp.core.literals import Code, literal
from lhp.core.option_schema import schema_of
from lhp.core.plugin_config import settings_of
from lhp.core.render import CodeRenderer
from lhp.core.templated import Templated
from lhp.errors import LhpError, unknown_choice
from lhp.model.flowgroup import KINDS, Action, SecretReference
from lhp.model.keywords import READ_MODES
from lhp.model.shape import Shape
from lhp.model.source import plain

__all__ = [
    "Action",
    "BaseActionGenerator",
    "Config",
    "Context",
    "Facts",
    "Generated",
    "MetadataColumn",
    "MetadataColumns",
    "Options",
    "Problem",
    "RuntimeRequirements",
    "Scalar",
]

Scalar = bool | int | float | str


class Options(Shape):
    """What a generator accepts; frozen, and an unknown key is refused.

    Each field says its type, its default and, as `Field(description=...)`, its meaning. Validation,
    defaults, `lhp plugins info`, the docs and the editor all come from it. Groups of keys
    that go together are its `exactly_one`, `at_least_one` and `at_most_one`.
    """


class Config(Options):
    """What `config:` of a plugin's declaration accepts."""


class Problem(NamedTuple):
    """Something that a plugin finds wrong.

    Args:
        message: What is wrong, in lower case.
        path: Keys and indexes from the action, or from the flowgroup in a validator, to the value
            that is to blame; from the top of lhp.yaml in an artifact.
        severity: `error`, or `warning`, which does not fail the run.
        hint: What to do about it.
    """

    message: str
    path: tuple[str | int, ...] = ()
    severity: str = "error"
    hint: str = ""


@dataclass(frozen=True)
class MetadataColumn:
    """An operational metadata column that an action adds to its rows.

    Args:
        name: Of the column.
        expression: Python code of its value, checked to be one expression.
        imports: Import lines that the expression needs.
    """

    name: str
    expression: Code
    imports: tuple[str, ...] = ()


class MetadataColumns(Sequence[MetadataColumn]):
    """The columns of one action; knows whether the generator looked at them.

    They are made when they are first looked at, so one that can't be made is no matter to an action
    that adds none.
    """

    def __init__(self, columns: Iterable[MetadataColumn] = ()) -> None:
        self._given = columns
        self.was_used = False

    @cached_property
    def _columns(self) -> tuple[MetadataColumn, ...]:
        return tuple(self._given)

    def __getitem__(self, index: Any) -> Any:
        """Return one column, or some."""
        self.was_used = True
        return self._columns[index]

    def __len__(self) -> int:
        """Return how many columns there are."""
        return len(self._columns)

    @property
    def imports_used(self) -> frozenset[str]:
        """Imports of the columns; none where the generator did not look at them."""
        columns = self._columns if self.was_used else ()
        return frozenset(line for each in columns for line in each.imports)


def _no_section(name: str) -> Mapping[str, Any]:  # noqa: ARG001  (the interface)
    return {}


def _nothing_to_read(path: str) -> str:
    message = f"there is no project to read {path!r} from"
    raise FileNotFoundError(message)


@dataclass(frozen=True)
class Context(Mapping[str, Any]):
    """What a generator knows besides its action; `context["env"]` and `context.env` are the same.

    Args:
        config: The plugin's own settings, from its declaration.
        env: The environment that is generated for.
        pipeline: Name of the pipeline.
        flowgroup: Name of the flowgroup.
        project_name: `name` of lhp.yaml.
        actions: All actions of the flowgroup, as plain mappings in the order written.
        metadata_columns: The operational metadata columns that this action is to add.
        read_text: Returns a project file's text with its tokens replaced. Takes a path relative to
            the project root; raises LhpError when the file is missing or outside the project.
        read_yaml: The same for a YAML file, returning its data.
        list_files: Returns the paths of all files below a folder, relative to the project root.
        section: Returns a block of lhp.yaml by its key, with tokens replaced; empty when absent.
        project_columns: Names of the operational metadata columns that lhp.yaml defines, in order.
        renderer: Renders code templates.
    """

    config: Any = field(default_factory=dict)
    env: str = "dev"
    pipeline: str = ""
    flowgroup: str = ""
    project_name: str = ""
    actions: Sequence[Mapping[str, Any]] = ()
    metadata_columns: MetadataColumns = field(default_factory=MetadataColumns)
    read_text: Callable[[str], str] = _nothing_to_read
    read_yaml: Callable[[str], Any] = _nothing_to_read
    list_files: Callable[[str], Sequence[str]] = _nothing_to_read
    section: Callable[[str], Mapping[str, Any]] = _no_section
    project_columns: Sequence[str] = ()
    renderer: CodeRenderer = field(default_factory=CodeRenderer)

    def secret(self, reference: str) -> str:
        """Return the mark that places a secret in any text.

        Args:
            reference: `scope/key`.
        """
        scope, _, key = reference.partition("/")
        return str(SecretReference(scope, key))

    def __getitem__(self, key: str) -> Any:
        """Return the attribute of that name."""
        if key not in _CONTEXT_KEYS:
            raise KeyError(key)
        return getattr(self, key)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the attribute names."""
        return iter(_CONTEXT_KEYS)

    def __len__(self) -> int:
        """Return how many attributes there are."""
        return len(_CONTEXT_KEYS)


_NO_CONTEXT = Context()
_CONTEXT_KEYS = tuple(item.name for item in fields(Context) if item.name != "renderer")


@dataclass(frozen=True)
class RuntimeRequirements:
    """What generated code needs where it runs, besides what the platform has.

    `lhp run` looks whether it is there before anything starts.

    Args:
        modules: Python modules that the code imports, such as `requests`.
        formats: Data sources of Spark that it reads or writes by name, such as `kafka`.
        java_classes: Full names of Java classes that have to be there, such as a JDBC driver.
        tables: DDL of the columns of tables that have to be there, by their full names; a local
            run makes them, empty.
        platform: What only the platform has, as a phrase; nothing where all can be had elsewhere.
    """

    modules: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    java_classes: tuple[str, ...] = ()
    tables: Mapping[str, str] = field(default_factory=dict)
    platform: str = ""

    def as_data(self) -> Mapping[str, Any]:
        """Return what is needed as plain data; nothing of what is not."""
        given = ((name, value) for name, value in vars(self).items() if value)
        return {name: [*each] if isinstance(each, tuple) else each for name, each in given}

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> RuntimeRequirements:
        """Return what plain data of `as_data` stands for."""
        given: dict[str, Any] = {
            name: tuple(each) if isinstance(each, list) else each for name, each in data.items()
        }
        return cls(**given)


@dataclass(frozen=True)
class Facts:
    """What the passes know of an action without knowing its sub-type.

    Args:
        reads: Views and tables that it reads.
        makes: View that it makes; empty when it makes none.
        table: Full name of the table that it writes to; empty when it writes to none.
        creates: True when it also creates that table.
        is_streaming: True when it reads a stream.
        shared: What all actions that write to that table have to say alike, by key, as text.
        claims: What only one action of a pipeline may have, as messages name it.
        notes: What artifacts are to know of it, by the name of the artifact; plain data.
        names: What it calls things of the pipeline besides its view, as messages name them.
        needs: What its code needs where it runs: `RuntimeRequirements` as plain data.
    """

    reads: tuple[str, ...] = ()
    makes: str = ""
    table: str = ""
    creates: bool = False
    is_streaming: bool = False
    shared: Mapping[str, str] = field(default_factory=dict)
    claims: tuple[str, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    needs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Generated:
    """All that one call of a generator gives; plain data, so that it may cross a process.

    Args:
        code: The text of the action's section; empty when there are problems.
        imports: Import lines that the code needs.
        facts: What the passes must know of the action.
        files: Further files beside the module: path relative to the pipeline's folder -> text.
        problems: What is wrong with the action.
    """

    code: str = ""
    imports: tuple[str, ...] = ()
    facts: Facts = Facts()
    files: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[LhpError | Problem | str, ...] = ()


class BaseActionGenerator(Templated):
    """Turns one resolved action into code.

    A subclass says what it accepts, as an `Options` model or by `get_supported_options()`, and has
    either a code template beside its module or a `generate()`. One instance is made per action.
    """

    kind: ClassVar[str] = ""
    """load, transform, write or test; needed only where a class name does not say it."""

    type_name: ClassVar[str] = ""
    """The sub-type; needed only where a class name does not say it."""

    default_read_mode: ClassVar[str] = "batch"
    """How it reads where the action does not say: `batch` or `stream`."""

    source_count: ClassVar[str] = "any"
    """What `source` of a transform, write or test is: `one` view, `many`, or `any` or none."""

    Options: ClassVar[type[Options]] = Options
    Config: ClassVar[type[Config]] = Config

    def __init__(self) -> None:
        self.context = _NO_CONTEXT
        self._imports: list[str] = []
        self._files: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def generate(self, action: Action, context: Context) -> str:
        """Return the whole text of the action's section: decorator and function.

        Args:
            action: The action, validated; `action.options` has the defaults in.
            context: What is known besides.
        """
        return self.render_template(self.template_name(), self.values(action, context))

    def values(self, action: Action, context: Context) -> Mapping[str, Any]:  # noqa: ARG002  (for subclasses)
        """Return what the template needs besides `action`, `options` and `context`."""
        return {}

    def check(self, action: Action, context: Context) -> Iterable[LhpError | Problem | str]:  # noqa: ARG002  (for subclasses)
        """Return what is wrong with an action beyond the shape of its options."""
        return ()

    def reads(self, action: Action, context: Context) -> Sequence[str]:  # noqa: ARG002  (for subclasses)
        """Return the views and tables that the action reads."""
        return action.sources

    def table(self, action: Action, context: Context) -> str:  # noqa: ARG002  (for subclasses)
        """Return the full name of the table that the action writes to, or nothing."""
        return ""

    def creates_table(self, action: Action, context: Context) -> bool:
        """Return True when the action also creates that table."""
        return bool(self.table(action, context))

    def shared(self, action: Action, context: Context) -> Mapping[str, Any]:  # noqa: ARG002  (for subclasses)
        """Return what all actions that write to that table have to say alike, by key.

        Where another action says nothing of a key, it agrees. `key.inner` names a key in a map.
        """
        return {}

    def is_streaming(self, action: Action, context: Context) -> bool:  # noqa: ARG002  (for subclasses)
        """Return True when the action reads a stream."""
        return (action.read_mode or self.default_read_mode) == "stream"

    def claims(self, action: Action, context: Context) -> Sequence[str]:  # noqa: ARG002  (for subclasses)
        """Return what no other action of the pipeline may have, such as `the topic 'orders'`."""
        return ()

    def names(self, action: Action, context: Context) -> Sequence[str]:  # noqa: ARG002  (for subclasses)
        """Return what the action makes besides its view and table, such as `the flow 'f_orders'`.

        Another flowgroup of the pipeline that makes the same is told as a warning.
        """
        return ()

    def notes(self, action: Action, context: Context) -> Mapping[str, Any]:  # noqa: ARG002  (for subclasses)
        """Return what artifacts are to know of the action: plain data by the artifact's name."""
        return {}

    def runtime_requirements(self, action: Action, context: Context) -> RuntimeRequirements:  # noqa: ARG002  (for subclasses)
        """Return what the action's code needs where it runs, besides what the platform has."""
        return RuntimeRequirements()

    @classmethod
    def metadata_tokens(cls, action: Action) -> Mapping[str, str]:  # noqa: ARG003  (for subclasses)
        """Return `${tokens}` of this action that metadata expressions may use."""
        return {}

    @classmethod
    def get_supported_options(cls) -> Mapping[str, Any]:
        """Return what the generator accepts: a JSON Schema object, or the short form.

        The short form is `{"api_endpoint": {"type": "string", "required": True}}`; that of a
        generator without options is `{}`. One that says nothing accepts anything, unchecked.
        """
        if cls.Options is Options:
            return {"type": "object", "properties": {}, "additionalProperties": True}
        return deepcopy(schema_of(cls.Options))  # the caller may change it

    @classmethod
    def says_options(cls) -> bool:
        """Return False for one that says nothing of its options, and so accepts anything."""
        holder = next(base for base in cls.__mro__ if "get_supported_options" in vars(base))
        return holder is not BaseActionGenerator or cls.Options is not Options

    def add_import(self, line: str) -> None:
        """Add an import that the generated module needs, such as `import requests`."""
        self._imports.append(line)

    def add_file(self, path: str, text: str) -> None:
        """Add a file beside the generated module.

        Args:
            path: Relative to the pipeline's folder, with `/`.
            text: Its content.
        """
        self._files[path] = text

    def render_template(self, name: str, values: Mapping[str, Any]) -> str:
        """Return a code template filled in; every value becomes a Python literal.

        Args:
            name: A file beside the class's module, or beside that of one of its bases.
            values: What the template may use besides `action`, `options` and `context`.

        Raises:
            LhpError: When the template is missing or at fault, at its line.
        """
        return self.rendered(self.context.renderer, name, {**self._values, **values})

    @classmethod
    def has_code(cls) -> bool:
        """Return True when the class overrides `generate()` or has its template."""
        return cls.generate is not BaseActionGenerator.generate or cls.has_template()

    @classmethod
    def run(cls, action: Action, context: Context) -> Generated:
        """Return all that this generator makes of one action; what the host calls.

        Args:
            action: Its options are a plain mapping with the defaults in.
            context: Its config is a plain mapping.

        Raises:
            LhpErrors: Everything that is wrong with the plugin's config.
        """
        if isinstance(context.config, Mapping):
            settings = settings_of(cls, context.config)
            is_same = settings is context.config
            context = context if is_same else replace(context, config=settings)
        try:
            action = _with_model(action, cls.Options)
        except ValidationError as error:
            return Generated(problems=tuple(_problems_of(error, action)))
        generator = cls()
        generator.context = context
        problems = _several(generator.check(action, context))
        if not all(map(_is_warning, problems)):
            return Generated(problems=problems)
        generated = generator._generated(action, context)
        warned = _read_mode_warnings(action, is_streaming=generated.facts.is_streaming)
        found = (*problems, *warned)
        return replace(generated, problems=found) if found else generated

    def _generated(self, action: Action, context: Context) -> Generated:
        facts = Facts(
            _several(self.reads(action, context)),
            action.target,
            self.table(action, context),
            self.creates_table(action, context),
            self.is_streaming(action, context),
            {key: str(literal(each)) for key, each in self.shared(action, context).items()},
            _several(self.claims(action, context)),
            self.notes(action, context),
            _several(self.names(action, context)),
            self.runtime_requirements(action, context).as_data(),
        )
        self._values = {
            "action": action,
            "options": action.options,
            "context": context,
            "metadata_columns": context.metadata_columns,
            "is_streaming": facts.is_streaming,
        }
        code: Any = self.generate(action, context)
        if not isinstance(code, str):
            message = f"generate() returned {type(code).__name__}, not the text of the section"
            raise TypeError(message)
        columns = context.metadata_columns
        added = (line for column in columns for line in column.imports) if columns.was_used else ()
        return Generated(str(code), (*self._imports, *added), facts, dict(self._files))


def _is_warning(problem: Any) -> bool:
    if isinstance(problem, LhpError):
        return problem.is_warning
    said = problem._asdict() if isinstance(problem, Problem) else problem
    return isinstance(said, Mapping) and said.get("severity") == "warning"


def _read_mode_warnings(action: Action, *, is_streaming: bool) -> Iterator[LhpError]:
    given = action.read_mode
    if given and given not in READ_MODES:
        path = ("readMode",) if action.get("readMode") else ("source", "readMode")
        yield unknown_choice(
            action.at(*path), "readMode", given, READ_MODES, "stream" if is_streaming else "batch"
        )


def _several(found: Any) -> tuple[Any, ...]:
    return (found,) if isinstance(found, (str, Problem)) else tuple(found)


def _with_model(action: Action, model: type[Options]) -> Action:
    options = action.options
    if model.model_fields and isinstance(options, Mapping):
        # pydantic rebuilds a `YamlList` as its class, and refuses secrets in a subclass of `str`.
        known = {key: plain(each) for key, each in options.items() if not key.startswith("x-")}
        options = model.model_validate(known)
    return Action(action, action.kind, action.sub_type, options)


def _problems_of(error: ValidationError, action: Action) -> Iterator[Problem]:
    kind = KINDS[action.kind]
    for detail in error.errors():
        yield Problem(detail["msg"], kind.path(*detail["loc"]))
