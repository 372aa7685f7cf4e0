"""The reference pages of the documentation, as Markdown made from the models themselves."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import click

from lhp import errors
from lhp.core.manifest import PLUGIN_TYPES, Origin
from lhp.core.option_schema import Schema, schema_of, supported_options, type_words
from lhp.core.plugin_manager import PluginManager
from lhp.editor.interface import interface_page
from lhp.editor.page import Block, Heading, Table, Text, code, markdown
from lhp.errors import Code
from lhp.model.files import (
    ActionKeys,
    FlowGroupArray,
    FlowGroupKeys,
    PresetFile,
    ProjectFile,
    SecretsBlock,
    TemplateFile,
)
from lhp.model.flowgroup import KINDS, Kind
from lhp.model.shape import Shape

_NOTE = "<!-- Made from the code by `pytest --regen tests/test_docs.py`; edits are lost. -->"
_OPTION_COLUMNS = ("Key", "Type", "Required", "Default", "Example", "Meaning")
_PLACEHOLDER = re.compile(r"\{(\w+)[^{}]*\}")
_FILES: Sequence[tuple[str, str, type[Shape]]] = (
    ("lhp.yaml", "The project file.", ProjectFile),
    ("pipelines/", "A flowgroup.", FlowGroupKeys),
    ("pipelines/, array form", "Several flowgroups of one file.", FlowGroupArray),
    ("presets/", "A preset.", PresetFile),
    ("templates/", "A template.", TemplateFile),
    (
        "substitutions/, `secrets`",
        "Besides it: `global`, and a block by environment.",
        SecretsBlock,
    ),
)


def reference_pages(
    root: click.Command,
    commands: Mapping[str, click.Command],
    for_commands: Sequence[Any],
    for_tests: Sequence[Any],
) -> dict[str, str]:
    """Return the text of each reference page by its file name.

    Args:
        root: The command `lhp` itself.
        commands: The built-in commands by name.
        for_commands: What authors of commands import.
        for_tests: What authors of tests import.
    """
    return {
        "commands.md": _page(commands_page(root, commands)),
        "errors.md": _page(errors_page()),
        "generators.md": _page(generators_page()),
        "interfaces.md": _page(interface_page(for_commands, for_tests)),
        "plugin-types.md": _page(plugin_types_page()),
        "project-file.md": _page(project_file_page()),
    }


def errors_page() -> Iterator[Block]:
    """Yield the blocks of the page of error codes."""
    codes = [value for value in vars(errors).values() if isinstance(value, Code)]
    yield Heading(1, "Error codes")
    yield (
        "A code stands for one cause and never changes. `lhp explain CODE` prints the same on the "
        "command line. An error ends a run with exit code 1; a warning is shown and passes."
    )
    for error in sorted(codes, key=lambda each: each.id):
        yield Heading(2, error.id)
        yield f"*{error.severity}*: {_prose(error.message)}"
        said = error.hint.replace("{advice}", "")  # which differs from case to case
        hint = _prose(said)
        if hint and not _PLACEHOLDER.fullmatch(said):
            yield f"Help: {hint}"
        yield _prose(error.explain, has_placeholders=False)


def generators_page() -> Iterator[Block]:
    """Yield the blocks of the page of built-in generators with their options."""
    manager = PluginManager()
    found = [item for item in manager.manifests if item.origin is Origin.BUILTIN]
    yield Heading(1, "Built-in generators")
    yield "An action's kind is its `type`; its sub-type names one of these generators."
    yield Heading(2, "Every action")
    yield option_table(schema_of(ActionKeys))
    for kind in KINDS.values():
        named = [item for item in found if item.plugin_type.kind == kind.name]
        if named:
            yield Heading(2, kind.name)
            yield _where(kind)
        for item in named:
            yield from _generator(kind, item.name, manager.handle(item).load())


def _where(kind: Kind) -> str:
    selector = ".".join(map(str, kind.path(kind.selector)))
    place = f"under `{kind.place}`" if kind.place else "on the action itself"
    return f"The sub-type is `{selector}`; options stand {place}."


def _generator(kind: Kind, name: str, generator: Any) -> Iterator[Block]:
    yield Heading(3, f"{kind.name}: {name}")
    yield (inspect.getdoc(generator) or "").replace("*", "\\*")
    if generator.default_read_mode == "stream":
        yield "Reads a stream by default."
    options = supported_options(generator)
    yield from rules(options)
    yield option_table(options)


def commands_page(root: click.Command, commands: Mapping[str, click.Command]) -> Iterator[Block]:
    """Yield the blocks of the page of built-in commands.

    Args:
        root: The command `lhp` itself.
        commands: The built-in commands by name.
    """
    yield Heading(1, "Commands")
    yield (
        "Exit codes: 0 all is well; 1 the project has faults, or `diff --exit-code` found changes; "
        "2 wrong usage; 3 a fault of lhp itself."
    )
    yield Heading(2, "Options of every command")
    shared = {name for param in root.params for name in param.opts}
    yield _parameters(root, frozenset())
    context = click.Context(root, info_name="lhp", **root.context_settings)
    for name in sorted(commands):
        yield from _command(context, name, commands[name], frozenset(shared))


def _command(
    above: click.Context, name: str, command: click.Command, hidden: frozenset[str]
) -> Iterator[Block]:
    # click keeps the help option that a command first has: it has to be that of the program.
    context = click.Context(command, parent=above, info_name=name)
    path = context.command_path
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    yield Heading(2, path)
    yield f"`{usage}`"
    yield inspect.cleandoc(command.help or "")
    table = _parameters(command, hidden)
    if table:
        yield table
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None:
                yield from _command(context, inner, found, hidden)


def _parameters(command: click.Command, hidden: frozenset[str]) -> Block:
    rows = [
        (_names(option), f"{option.help or ''}{_suffix(option)}")
        for option in command.params
        if isinstance(option, click.Option) and hidden.isdisjoint(option.opts)
    ]
    return Table(("Option", "Meaning"), rows) if rows else ""


def _names(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    if isinstance(option.type, click.Choice):
        return f"{names} {'|'.join(map(str, option.type.choices))}"
    shown = option.metavar or (option.name or "").upper()
    return names if option.is_flag else f"{names} {shown}"


def _suffix(option: click.Option) -> str:
    if option.required:
        return " Required."
    return f" Default: `{option.default}`." if option.show_default else ""


def project_file_page() -> Iterator[Block]:
    """Yield the blocks of the page of the project's YAML files, lhp.yaml first."""
    yield Heading(1, "Keys of the YAML files")
    yield "Keys that begin with `x-` are yours: lhp does not look at them."
    for title, meaning, model in _FILES:
        yield Heading(2, title)
        yield meaning
        for path, schema in _objects("", schema_of(model)):
            if path:
                yield Heading(3, f"{path}" if model is ProjectFile else f"{title} {path}")
            yield Table(_OPTION_COLUMNS, [*_rows("", schema)])


def _objects(path: str, schema: Schema) -> Iterator[tuple[str, Schema]]:
    if schema.get("properties"):
        yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from _objects(_joined(path, name), inner)
    if isinstance(schema.get("items"), Mapping):
        yield from _objects(f"{path}[]", schema["items"])
    others = schema.get("patternProperties", {}).values()
    for inner in (schema.get("additionalProperties"), *others):
        if isinstance(inner, Mapping):
            yield from _objects(_joined(path, "NAME"), inner)
    yield from _objects_of_branches(path, schema)


def _objects_of_branches(path: str, schema: Schema) -> Iterator[tuple[str, Schema]]:
    shown: list[Schema] = []
    for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        # A second form with the same keys needs no second table.
        new = [(at, each) for at, each in _objects(path, branch) if each not in shown]
        yield from new
        shown += [each for _, each in new]


def plugin_types_page() -> Iterator[Block]:
    """Yield the blocks of the page of plugin types."""
    yield Heading(1, "Plugin types")
    yield (
        "[Plugins](../plugins.md) tells how to write and declare one; "
        "[Plugin interfaces](interfaces.md) is what each is made of."
    )
    rows = [
        (f"`{each.name}`", each.contract, f"`{each.group}`", _yes(value=each.is_unasked))
        for each in PLUGIN_TYPES.values()
    ]
    yield Table(("`type:`", "What it is", "Entry point group", "Acts unasked"), rows)
    yield (
        "A plugin that acts unasked does so for the whole project, so an installed one needs a "
        "line in lhp.yaml; every other acts where something names it."
    )
    yield Heading(2, "Keys of a declaration")
    schema = schema_of(ProjectFile)["properties"]["plugins"]["anyOf"][0]
    yield option_table(schema["properties"]["enabled"]["items"])


def option_table(schema: Schema) -> Table:
    """Return a table of the keys of an object schema, those of maps inside it by their path."""
    rows = (row for path, inner in _objects("", schema) for row in _rows(path, inner))
    return Table(_OPTION_COLUMNS, [*dict.fromkeys(rows)])


def rules(schema: Schema) -> Iterator[Text]:
    """Yield a sentence for each rule on which keys of an object schema go together."""
    for path, inner in _objects("", schema):
        for rule in (inner, *inner.get("allOf", ())):
            for words, branches in (
                ("Exactly one of", rule.get("oneOf", ())),
                ("At least one of", rule.get("anyOf", ())),
                ("At most one of", _excluded(rule.get("not", {}))),
            ):
                if branches and all([*branch] == ["required"] for branch in branches):
                    keys = ", ".join(_together(path, each) for each in branches)
                    yield Text(f"{words} {keys}.")


def _excluded(refused: Schema) -> Sequence[Schema]:
    keys = refused.get("required", ()) if [*refused] == ["required"] else ()
    return [{"required": [key]} for key in keys] if len(keys) == 2 else ()  # noqa: PLR2004  (a pair)


def _together(path: str, branch: Schema) -> str:
    return " with ".join(code(_joined(path, key)) for key in branch["required"])


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _rows(path: str, schema: Schema) -> Iterator[tuple[str, ...]]:
    required = schema.get("required", ())
    for name, option in schema.get("properties", {}).items():
        yield (
            code(_joined(path, name)),
            type_words(option, "`"),
            _yes(value=name in required),
            _default(option),
            _example(option),
            " ".join(_meaning(option)),
        )


def _meaning(option: Schema) -> Iterator[str]:
    if option.get("deprecated"):
        yield "Deprecated."
    if option.get("description"):
        yield option["description"]
    for each in (option, option.get("items", {}), *option.get("anyOf", ())):
        for choice, meaning in zip(
            each.get("enum", ()), each.get("enumDescriptions", ()), strict=False
        ):
            yield f"{code(_compact(choice))}: {meaning}"


def _default(option: Schema) -> str:
    value = option.get("default")
    if value in (None, "", [], {}):
        return ""
    return code(_compact(value))


def _example(option: Schema) -> str:
    examples = option.get("examples") or []
    return code(_compact(examples[0])) if examples else ""


def _compact(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _yes(*, value: bool) -> str:
    return "yes" if value else ""


def _page(blocks: Iterable[Block]) -> str:
    return f"{_NOTE}\n\n{markdown(blocks)}"


def _prose(text: str, *, has_placeholders: bool = True) -> str:
    parts = re.split(r"(`[^`]*`)", text)
    for index, part in enumerate(parts):
        is_code = index % 2 == 1
        shown = part if is_code else re.sub(r"[*<>]", r"\\\g<0>", part)
        if has_placeholders:
            shown = _PLACEHOLDER.sub(r"<\1>" if is_code else r"*\1*", shown)
            shown = shown.replace("{{", "{").replace("}}", "}")
        parts[index] = shown
    return "".join(parts)
