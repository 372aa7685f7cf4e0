"""Which options the source of a generator reads, in its module and in its code templates."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from jinja2 import Environment, TemplateError, nodes

from lhp.core.option_schema import Schema, reserved_keys
from lhp.model.flowgroup import KINDS
from lhp.text.regular import read_regular
from lhp.values import frozen

_METHODS = frozenset(dir(dict)) | {"model_dump", "model_fields_set", "model_copy", "model_extra"}
_TEMPLATE_END = ".j2"
_BASE = "BaseActionGenerator"
_ACTION = "action"
_BY_NAME = ("getattr", "hasattr")
_GETTERS = ("get", "pop", "setdefault")


@frozen
class Reads:
    """What a source reads of an action's options.

    Args:
        names: Each option, with where it is read first.
        is_open: True where it may read more than can be told: the options are handed on whole.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    is_open: bool = False


@frozen
class Source:
    """A module with a generator.

    Args:
        body: Its statements, without those of other classes.
        file: Where it stands.
        name: What messages call it.
        aliases: Fields of option models that users write by another name.
        members: What option models offer besides their fields.
        is_whole: False where an option model may have members that stand elsewhere.
        has_others: True where the generator inherits code that stands elsewhere.
    """

    body: Sequence[ast.stmt]
    file: Path
    name: str
    aliases: Mapping[str, str]
    members: frozenset[str]
    is_whole: bool
    has_others: bool


def source_of(file: Path, shown: str, generator: str) -> Source | None:
    """Return the source of a generator; None where it can't be read.

    Args:
        file: Of its module.
        shown: How messages name that.
        generator: Name of the class.
    """
    try:
        tree = ast.parse(read_regular(file))
    except (OSError, SyntaxError, ValueError):
        return None
    classes = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    own = _with_bases(generator, classes)
    members = {
        each.name
        for node in classes.values()
        for each in node.body
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    return Source(
        [node for node in tree.body if not isinstance(node, ast.ClassDef) or node.name in own],
        file,
        shown,
        {name: alias for node in classes.values() for name, alias in _aliases(node)},
        frozenset(members),
        all(_is_whole(classes[name], classes) for name in own),
        bool(_bases_of(own, classes) - {*classes, _BASE}),
    )


def _bases_of(names: Iterable[str], classes: Mapping[str, ast.ClassDef]) -> set[str]:
    bases = (base for name in names for base in classes[name].bases)
    return {ast.unparse(base).rpartition(".")[2] for base in bases}


def _with_bases(name: str, classes: Mapping[str, ast.ClassDef]) -> set[str]:
    if name not in classes:
        return set()
    bases = (ast.unparse(base) for base in classes[name].bases)
    return {name}.union(*(_with_bases(base, classes) for base in bases if base != name))


def _is_whole(node: ast.ClassDef, classes: Mapping[str, ast.ClassDef]) -> bool:
    """Return False for a generator whose option model is, or inherits, one of another module."""
    for each in node.body:
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "Options":
            name = ast.unparse(each.value)
            bases = classes[name].bases if name in classes else []
            known = {*classes, "Options", "BaseModel"}
            return bool(bases) and all(ast.unparse(base) in known for base in bases)
    return True


def unknown_reads(reads: Reads, source: Source, schema: Schema, kind: str) -> Iterator[str]:
    """Yield what is wrong with each option that the source reads and the schema lacks.

    Args:
        reads: What the source reads.
        source: The module.
        schema: Of the options.
        kind: Of the actions.
    """
    if schema.get("additionalProperties") is not False or not source.is_whole:
        return
    known = {*schema["properties"], *source.members, *reserved_keys(kind), "type"}
    for name, place in sorted(reads.names.items()):
        if source.aliases.get(name, name) not in known:
            yield f"{place} reads {name!r}, which its schema does not know"


def unread_options(reads: Reads, source: Source, schema: Schema) -> Iterator[str]:
    """Yield what is wrong with each option that the schema knows and the source never reads.

    Args:
        reads: What the source reads.
        source: The module.
        schema: Of the options.
    """
    if reads.is_open:
        return
    read = {source.aliases.get(name, name) for name in reads.names}
    for name, option in schema["properties"].items():
        if name not in read and not option.get("deprecated"):
            yield f"its schema declares {name!r}, which it never reads"


def reads_of(source: Source, kind: str) -> Reads:
    """Return which options of an action a module and its code templates read.

    Args:
        source: The module.
        kind: Of the actions.
    """
    finder = _Finder(source.name, KINDS[kind].place)
    finder.look(source.body)
    found, is_open = finder.names, finder.is_open or source.has_others
    for name in sorted(_template_names(source)):
        names, is_whole = _of_template(source.file.parent / name, name)
        found = {**names, **found}
        is_open = is_open or is_whole
    return Reads(found, is_open)


def _aliases(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for each in node.body:
        if isinstance(each, ast.AnnAssign) and isinstance(each.value, ast.Call):
            for keyword in each.value.keywords:
                alias = keyword.value
                if keyword.arg == "alias" and isinstance(alias, ast.Constant):
                    yield ast.unparse(each.target), str(alias.value)


class _Finder(ast.NodeVisitor):
    """Finds what a module reads of `options`, and of the place of an action that holds them."""

    def __init__(self, shown: str, place: str) -> None:
        self._shown = shown
        self._place = place
        self.names: dict[str, str] = {}
        self.is_open = False
        self._aliases: set[str] = set()
        self._used: set[int] = set()
        self._own: set[str] = set()

    def look(self, body: Sequence[ast.stmt]) -> None:
        """Find what some statements read."""
        for each in (node for statement in body for node in ast.walk(statement)):
            if isinstance(each, ast.Assign) and self._is_options(each.value):
                names = [target.id for target in each.targets if isinstance(target, ast.Name)]
                self._aliases.update(names)
                self._used.add(id(each.value))
        self._own = {
            each.name
            for each in body
            if isinstance(each, ast.FunctionDef)
            and _ACTION in {argument.arg for argument in each.args.args}
        }
        for statement in body:
            self.visit(statement)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if self._is_options(node.value):
            self._used.add(id(node.value))
            if node.attr not in _METHODS:
                self._add(node.attr, node)
            elif node.attr not in _GETTERS:
                self.is_open = True
        self._look(node)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if self._is_options(node.value):
            self._used.add(id(node.value))
            self._add_keys([node.slice], node)
        self._look(node)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        if isinstance(function, ast.Attribute):
            is_getter = function.attr in _GETTERS and self._is_options(function.value)
            self._add_keys(node.args[:1] if is_getter else [], node)
        is_by_name = len(node.args) > 1 and ast.unparse(function) in _BY_NAME
        if is_by_name and self._is_options(node.args[0]):
            self._used.add(id(node.args[0]))
            self._add_keys([node.args[1]], node)
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        is_handed_on = any(isinstance(each, ast.Name) and each.id == _ACTION for each in given)
        if is_handed_on and not self._is_own(function):
            self.is_open = True
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        for each in node.comparators:
            if self._is_options(each) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
                self._used.add(id(each))
                self._add_keys([node.left], node)
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        self._look(node)

    def _is_own(self, function: ast.expr) -> bool:
        """Return True for a function whose reads are seen: of this module, or a method."""
        if isinstance(function, ast.Name):
            return function.id in self._own
        holder = ast.unparse(function.value) if isinstance(function, ast.Attribute) else ""
        return holder in ("self", "super()")

    def _look(self, node: ast.expr) -> None:
        is_read = isinstance(getattr(node, "ctx", None), ast.Load)
        if is_read and self._is_options(node) and id(node) not in self._used:
            self.is_open = True

    def _is_options(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return node.id in self._aliases
        if isinstance(node, ast.Attribute):
            is_of_action = isinstance(node.value, ast.Name) and node.value.id == _ACTION
            return is_of_action and node.attr in {"options", self._place}
        return bool(self._place) and _key_of(node) == self._place

    def _add_keys(self, keys: Iterable[ast.expr], node: ast.AST) -> None:
        for key in keys:
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                self._add(key.value, node)
            else:
                self.is_open = True

    def _add(self, name: str, node: ast.AST) -> None:
        line = getattr(node, "lineno", 0)
        self.names.setdefault(name, f"{self._shown}:{line}")


def _key_of(node: ast.expr) -> str:
    """Return the key of `action["key"]` or `action.get("key")`; empty for anything else."""
    holder: ast.expr | None = None
    key: ast.expr | None = None
    if isinstance(node, ast.Subscript):
        holder, key = node.value, node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        holder = node.func.value if node.func.attr == "get" else None
        key = node.args[0]
    is_action = isinstance(holder, ast.Name) and holder.id == _ACTION
    return str(key.value) if is_action and isinstance(key, ast.Constant) else ""


def _template_names(source: Source) -> set[str]:
    """Return the code templates that a module names, or that are called as it is."""
    texts = {
        node.value
        for statement in source.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    named = {text for text in texts if text.endswith(_TEMPLATE_END) and "\n" not in text}
    own = source.file.parent.name if source.file.stem == "__init__" else source.file.stem
    found = {*named, f"{own}.py{_TEMPLATE_END}"}
    return {name for name in found if (source.file.parent / name).is_file()}


def _of_template(file: Path, name: str) -> tuple[Mapping[str, str], bool]:
    """Return what a code template reads, and whether it hands the options on."""
    try:
        tree = Environment().parse(read_regular(file).decode())  # noqa: S701  (nothing is rendered)
    except (OSError, ValueError, TemplateError):
        return {}, True
    names: dict[str, str] = {}
    used: set[int] = set()
    keys: list[tuple[object, int]] = []
    for call in tree.find_all(nodes.Call):
        getter = call.node
        if isinstance(getter, nodes.Getattr) and getter.attr == "get" and _is_options(getter.node):
            used |= {id(getter), id(getter.node)}
            keys.append((_constant(call.args[0]) if call.args else None, call.lineno))
    parts: list[nodes.Getattr | nodes.Getitem] = [*tree.find_all(nodes.Getattr)]
    for node in (*parts, *tree.find_all(nodes.Getitem)):
        if id(node) not in used and _is_options(node.node):
            used.add(id(node.node))
            key = node.attr if isinstance(node, nodes.Getattr) else _constant(node.arg)
            keys.append((key, node.lineno))
    plain = [*filter(_is_plain, keys)]
    for key, line in plain:
        names.setdefault(str(key), f"{name}:{line}")
    held = (*tree.find_all(nodes.Name), *tree.find_all(nodes.Getattr))
    is_handed_on = any(_is_options(node) and id(node) not in used for node in held)
    is_more = any(True for _ in tree.find_all((nodes.Include, nodes.Extends, nodes.FromImport)))
    return names, is_handed_on or is_more or len(plain) < len(keys)


def _is_plain(read: tuple[object, int]) -> bool:
    return isinstance(read[0], str) and read[0] not in _METHODS


def _is_options(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Name):
        return node.name == "options"
    if not isinstance(node, nodes.Getattr) or node.attr != "options":
        return False
    return isinstance(node.node, nodes.Name) and node.node.name == _ACTION


def _constant(node: nodes.Node) -> object:
    return node.value if isinstance(node, nodes.Const) else None
