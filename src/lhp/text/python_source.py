"""What a Python module offers, learnt by reading it; nothing of it runs."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from functools import lru_cache

from lhp.values import frozen

_OPTIONS_METHOD = "get_supported_options"
_SCOPES = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@frozen
class ClassFacts:
    """A class as written.

    Args:
        name: Its name.
        line: Where it begins, counted from 1.
        bases: Last parts of its bases' names.
        members: Names that its body binds.
        constants: Class attributes that are plain literals.
        summary: First line of its docstring.
        returned: By method what it returns, where that is one plain literal.
    """

    name: str
    line: int
    bases: tuple[str, ...]
    members: frozenset[str]
    constants: Mapping[str, object]
    summary: str
    returned: Mapping[str, object] = field(default_factory=dict)

    @property
    def options(self) -> object:
        """What `get_supported_options` returns, where that is one plain literal."""
        return self.returned.get(_OPTIONS_METHOD)


@frozen
class CallFacts:
    """A module-level `name = Something(...)`.

    Args:
        callee: Last part of the called name.
        line: Where it stands, counted from 1.
        names: Keywords whose value is a name, with that name.
        constants: Keywords whose value is a literal, with that literal.
    """

    callee: str
    line: int
    names: Mapping[str, str]
    constants: Mapping[str, object]


@frozen
class HandFacts:
    """A module-level `ActionRegistry.register("load", "rates", RatesLoader)`.

    Args:
        kind: Its first argument.
        name: Its second one.
        line: Where it stands, counted from 1.
    """

    kind: str
    name: str
    line: int


@frozen
class ModuleFacts:
    """What one module binds at its top level, in the order of the file.

    Args:
        names: Everything that it binds, imports included.
        lines: Where each name is bound first, counted from 1.
        classes: Its classes by name.
        tables: Names bound to a dict whose keys are all literal text, with the line of each key.
        calls: Names bound to a call.
        summaries: First docstring line of each function and class; of a click command its help.
        imported: What is imported and nothing else, by name: `os.path` for a module, `os:system`
            for what is taken from one.
        is_dynamic: True when `import *` or a module `__getattr__` may add names.
        by_hand: What it registers by hand, by the name of the class.
    """

    names: frozenset[str] = frozenset()
    lines: Mapping[str, int] = field(default_factory=dict)
    classes: Mapping[str, ClassFacts] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    calls: Mapping[str, CallFacts] = field(default_factory=dict)
    summaries: Mapping[str, str] = field(default_factory=dict)
    imported: Mapping[str, str] = field(default_factory=dict)
    is_dynamic: bool = False
    by_hand: Mapping[str, HandFacts] = field(default_factory=dict)

    def summary_of(self, name: str) -> str:
        """Return the first line that a name says of itself; a plugin object's is its command's."""
        if name in self.calls:
            call = self.calls[name]
            own = _help_in(call.constants)
            return own or self.summaries.get(call.names.get("command", ""), "")
        return self.summaries.get(name, "")


@lru_cache(maxsize=1024)
def read_module(source: str | bytes) -> ModuleFacts:
    """Return what a module offers; the same text is read once.

    Args:
        source: The module's text, or its bytes, in which a comment may name the encoding.

    Raises:
        SyntaxError: When it is not Python; also for a text that nests too deeply.
        ValueError: When it holds a NUL.
    """
    try:
        body = _tree(source).body
    except (RecursionError, MemoryError) as error:
        raise SyntaxError("nests too deeply") from error  # noqa: TRY003, EM101  (one word of reason)
    lines: dict[str, int] = {}
    classes: dict[str, ClassFacts] = {}
    tables: dict[str, Mapping[str, int]] = {}
    calls: dict[str, CallFacts] = {}
    summaries: dict[str, str] = {}
    statements = list(_top_level(body))
    for statement in statements:
        for name in _bound_names(statement):
            lines.setdefault(name, statement.lineno)
        if isinstance(statement, ast.ClassDef):
            classes[statement.name] = _class_facts(statement)
        if isinstance(statement, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            summaries[statement.name] = _summary(statement)
        for name, value in _assignments(statement):
            if isinstance(value, ast.Dict) and (keys := _literal_keys(value)) is not None:
                tables[name] = keys
            elif isinstance(value, ast.Call):
                calls[name] = _call_facts(value)
    is_dynamic = "*" in lines or "__getattr__" in lines
    imported = _imported(statements)
    names = frozenset(lines)
    by_hand = dict(_registered(statements))
    return ModuleFacts(
        names, lines, classes, tables, calls, summaries, imported, is_dynamic, by_hand
    )


def _registered(statements: Iterable[ast.stmt]) -> Iterator[tuple[str, HandFacts]]:
    for statement in statements:
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        owner = call.func.value.func if isinstance(call.func.value, ast.Call) else call.func.value
        keywords = {str(each.arg): each.value for each in call.keywords}
        names = zip(("kind", "name", "generator"), call.args, strict=False)
        given = {**keywords, **dict(names)}
        kind, name, generator = (given.get(key) for key in ("kind", "name", "generator"))
        if (
            (call.func.attr, _last_name(owner)) == ("register", "ActionRegistry")
            and isinstance(kind, ast.Constant)
            and isinstance(name, ast.Constant)
            and isinstance(generator, ast.Name)
        ):
            yield generator.id, HandFacts(str(kind.value), str(name.value), call.lineno)


@frozen
class KeywordFacts:
    """What a function takes by keyword alone.

    Args:
        names: Its keyword-only parameters.
        needed: Those of them without a default.
        takes_any: True when it has `**` and so takes other names, too.
    """

    names: frozenset[str]
    needed: frozenset[str]
    takes_any: bool


def keyword_parameters(source: str, function: str) -> KeywordFacts | None:
    """Return what a top-level function takes by keyword alone; None when none is defined.

    Raises:
        SyntaxError: When the source is not Python.
    """
    defined = [
        node
        for node in _top_level(_tree(source).body)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == function
    ]
    if not defined:
        return None
    found = defined[-1].args
    names = [each.arg for each in found.kwonlyargs]
    needed = {name for name, value in zip(names, found.kw_defaults, strict=True) if value is None}
    return KeywordFacts(frozenset(names), frozenset(needed), found.kwarg is not None)


def imported_modules(source: str | bytes, package: str) -> frozenset[str]:
    """Return the dotted names that a module may import, in full, wherever its imports stand.

    What `from a import b` takes may be a module or a name in one, so both `a` and `a.b` are given.

    Args:
        source: The module's text or bytes.
        package: The package that its relative imports count from.

    Raises:
        SyntaxError: When it is not Python.
        ValueError: When it holds a NUL.
    """
    names: set[str] = set()
    for node in ast.walk(_tree(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base_of(node, package)
            names.update([base, *(f"{base}.{alias.name}" for alias in node.names if base)])
    return frozenset(names - {""})


def _base_of(node: ast.ImportFrom, package: str) -> str:
    """Return what `from ... import` takes from, in full; empty above the outermost package."""
    parts = package.split(".") if package else []
    if not node.level:
        return node.module or ""
    if node.level > len(parts):
        return ""
    above = parts[: len(parts) - node.level + 1]
    return ".".join([*above, *filter(None, [node.module])])


def _tree(source: str | bytes) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its compiler speaks when the module is imported
        return ast.parse(source)


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        if isinstance(statement, ast.Match):
            for case in statement.cases:
                yield from _top_level(case.body)
        elif not isinstance(statement, _SCOPES):
            for part in ("body", "orelse", "finalbody"):
                yield from _top_level(getattr(statement, part, []))
            for handler in getattr(statement, "handlers", []):
                yield from _top_level(handler.body)


def _imported(statements: Iterable[ast.stmt]) -> Mapping[str, str]:
    imported: dict[str, str] = {}
    own: set[str] = set()
    for statement in statements:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                name = alias.asname or alias.name.partition(".")[0]
                imported[name] = alias.name if alias.asname else name
        elif isinstance(statement, ast.ImportFrom):
            module = "." * statement.level + (statement.module or "")
            imported |= {
                each.asname or each.name: f"{module}:{each.name}" for each in statement.names
            }
        else:
            own.update(_bound_names(statement))
    return {name: origin for name, origin in imported.items() if name not in own}


def _bound_names(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        yield statement.name
    elif isinstance(statement, (ast.Import, ast.ImportFrom)):
        for alias in statement.names:
            yield alias.asname or alias.name.split(".")[0]
    elif not isinstance(statement, (ast.If, ast.While, ast.Try)):
        for name, _ in _assignments(statement):
            yield name
        yield from _bound_by_head(statement)


def _bound_by_head(statement: ast.stmt) -> Iterator[str]:
    """Yield what `for`, `with` and `match` themselves bind."""
    heads: list[ast.AST] = []
    if isinstance(statement, (ast.For, ast.AsyncFor)):
        heads = [statement.target]
    elif isinstance(statement, (ast.With, ast.AsyncWith)):
        heads = [item.optional_vars for item in statement.items if item.optional_vars]
    elif isinstance(statement, ast.Match):
        heads = [case.pattern for case in statement.cases]
    for node in (node for head in heads for node in ast.walk(head)):
        name = node.id if isinstance(node, ast.Name) else getattr(node, "name", None)
        is_bound = not isinstance(node, ast.Name) or isinstance(node.ctx, ast.Store)
        if isinstance(name, str) and is_bound:
            yield name


def _assignments(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets = [statement.target]
    for target in targets:
        for node in ast.walk(target):
            if isinstance(node, ast.Name):
                yield node.id, statement.value  # type: ignore[attr-defined]


def _class_facts(node: ast.ClassDef) -> ClassFacts:
    constants: dict[str, object] = {}
    members: set[str] = set()
    returned: dict[str, object] = {}
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef):
            literal = _returned_literal(statement)
            returned.update({} if literal is None else {statement.name: literal})
        members.update(_bound_names(statement))
        for name, value in _assignments(statement):
            if isinstance(value, ast.Constant):
                constants[name] = value.value
    bases = tuple(_last_name(base) for base in node.bases)
    summary = _summary(node)
    known = frozenset(members)
    return ClassFacts(node.name, node.lineno, bases, known, constants, summary, returned)


def _returned_literal(function: ast.FunctionDef) -> object:
    """Return what a function returns in every case, where it is written out; else None."""
    returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
    if len(returned) != 1 or returned[0] is None:
        return None
    try:
        return ast.literal_eval(returned[0])
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _call_facts(node: ast.Call) -> CallFacts:
    names: dict[str, str] = {}
    constants: dict[str, object] = {}
    for keyword in node.keywords:
        if keyword.arg and isinstance(keyword.value, ast.Name):
            names[keyword.arg] = keyword.value.id
        elif keyword.arg and isinstance(keyword.value, ast.Constant):
            constants[keyword.arg] = keyword.value.value
    return CallFacts(_last_name(node.func), node.lineno, names, constants)


def _literal_keys(node: ast.Dict) -> Mapping[str, int] | None:
    keys: dict[str, int] = {}
    for key in node.keys:
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
            return None
        keys[key.value] = key.lineno
    return keys


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        return _last_name(node.value)
    return node.id if isinstance(node, ast.Name) else ""


def _summary(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    calls = (each for each in node.decorator_list if isinstance(each, ast.Call))
    told = (
        _help_in(_call_facts(call).constants)
        for call in calls
        if _last_name(call.func) in ("command", "group")
    )
    return next(filter(None, told), "") or _first_line(ast.get_docstring(node))


def _help_in(constants: Mapping[str, object]) -> str:
    """Return what the arguments of a click command say of it."""
    return _first_line(constants.get("short_help")) or _first_line(constants.get("help"))


def _first_line(text: object) -> str:
    lines = text.strip().splitlines() if isinstance(text, str) else []
    return lines[0].strip() if lines else ""
