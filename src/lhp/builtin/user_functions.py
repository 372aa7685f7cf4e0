"""Python functions and classes of the user that generated code imports."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from lhp.core.base_generator import BaseActionGenerator
from lhp.core.literals import MODULE_NAMES, Identifier, identifier
from lhp.errors import FUNCTION_MISSING, FUNCTION_NAME_TAKEN, LhpError, Location, nearest
from lhp.model.flowgroup import KINDS, Action
from lhp.text.python_modules import PACKAGE, copied_modules, module_name
from lhp.text.python_source import read_module

_NAMES_OF_THE_MODULE = MODULE_NAMES | {"df"}


def function_problems(
    action: Action,
    generator: BaseActionGenerator,
    key: str = "function_name",
    what: str = "function",
) -> Iterator[LhpError]:
    """Yield what is wrong with the function, or the class, that an action imports.

    Args:
        action: The action; `module_path` of its options names the file.
        generator: Its generator, which gets the copies.
        key: The option that names the function.
        what: How messages call it.

    Raises:
        LhpError: When its file is missing, or can't be copied.
        LhpErrors: Everything that is wrong in the file and in its helpers.
    """
    name = getattr(action.options, key)
    at = action.at(*KINDS[action.kind].path(key))
    targets = (other.get("target") for other in generator.context.actions)
    try:
        identifier(name)
    except LhpError as error:
        yield error.code.at(at, **error.values)
        return
    if name in _NAMES_OF_THE_MODULE or name in targets:
        yield FUNCTION_NAME_TAKEN.at(at, what=what, name=name)
    path = action.options.module_path
    text = _copy(action, generator)
    module = read_module(text)
    if name not in module.names and not module.is_dynamic:
        near = nearest(name, module.names)
        yield FUNCTION_MISSING.at(at, path=path, what=what, name=name, nearest=near)


def import_function(
    action: Action, generator: BaseActionGenerator, key: str = "function_name"
) -> Identifier:
    """Import the function, or the class, that an option of an action names; return its name.

    `function_problems` has copied its file.
    """
    name = identifier(getattr(action.options, key))
    module = module_name(_path(action))
    generator.add_import(f"from {PACKAGE}.{module} import {name}")
    return name


def _copy(action: Action, generator: BaseActionGenerator) -> str:
    context = generator.context
    at = action.at(*KINDS[action.kind].path("module_path")) or Location("")
    path = _path(action)
    text: str = context.read_text(action.options.module_path)
    known = frozenset(context.list_files(posixpath.dirname(path) or "."))

    def read(name: str) -> str | None:
        if name == path:
            return text
        return context.read_text(name) if name in known else None

    for name, copy in copied_modules(path, read, context.list_files, at).items():
        generator.add_file(name, copy)
    return text


def _path(action: Action) -> str:
    path: str = action.options.module_path
    return posixpath.normpath(path.replace("\\", "/"))
