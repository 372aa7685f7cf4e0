"""Python functions and classes of the user that generated code imports."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from lhp.builtin.python_secrets import module_with_secrets
from lhp.core.base_generator import BaseActionGenerator
from lhp.core.literals import MODULE_NAMES, Identifier, identifier
from lhp.errors import FUNCTION_MISSING, FUNCTION_NAME_TAKEN, LhpError, Location, nearest
from lhp.model.flowgroup import KINDS, Action
from lhp.text.python_modules import PACKAGE, copied_modules, module_name
from lhp.text.python_source import read_module
from lhp.values import frozen

_NAMES_OF_THE_MODULE = MODULE_NAMES | {"df", "parameters"}


@frozen
class UserFunction:
    """A Python function, or a class, as an action names it.

    Args:
        path: Its file, as written.
        name: The function.
        path_at: Where the user wrote the path.
        name_at: Where the user wrote the name.
        what: How messages call it.
    """

    path: str
    name: str
    path_at: Location | None = None
    name_at: Location | None = None
    what: str = "function"

    @property
    def file(self) -> str:
        """Its file, relative to the project root with `/`."""
        return posixpath.normpath(self.path.replace("\\", "/"))

    def text(self, generator: BaseActionGenerator) -> str:
        """Return the text of its file.

        Raises:
            LhpError: When the file is missing, or a secret in it stands in no text.
        """
        return module_with_secrets(generator.context.read_text(self.path), self.file)

    def problems(
        self, generator: BaseActionGenerator, bound: Sequence[str] = ()
    ) -> Iterator[LhpError]:
        """Yield what is wrong with it; copies its file.

        Args:
            generator: Of the action; takes the copies.
            bound: Names that its import takes in the generated module; by default its own.

        Raises:
            LhpError: When its file is missing, or can't be copied.
            LhpErrors: Everything that is wrong in the file and in its helpers.
        """
        targets = [other.get("target") for other in generator.context.actions]
        try:
            identifier(self.name)
        except LhpError as error:
            yield error.code.at(self.name_at, **error.values)
            return
        for name in bound or [self.name]:
            if name in _NAMES_OF_THE_MODULE or name in targets:
                yield FUNCTION_NAME_TAKEN.at(self.name_at, what=self.what, name=name)
        self._copy(generator)
        module = read_module(self.text(generator))
        if self.name not in module.names and not module.is_dynamic:
            near = nearest(self.name, module.names)
            values = {"path": self.path, "what": self.what, "name": self.name, "nearest": near}
            yield FUNCTION_MISSING.at(self.name_at, **values)

    def _copy(self, generator: BaseActionGenerator) -> None:
        context, path = generator.context, self.file
        text = self.text(generator)
        known = frozenset(context.list_files(posixpath.dirname(path) or "."))

        def read(name: str) -> str | None:
            if name == path:
                return text
            return module_with_secrets(context.read_text(name), name) if name in known else None

        at = self.path_at or Location("")
        for name, copy in copied_modules(path, read, context.list_files, at).items():
            generator.add_file(name, copy)


def function_problems(
    action: Action,
    generator: BaseActionGenerator,
    key: str = "function_name",
    what: str = "function",
) -> Iterator[LhpError]:
    """Yield what is wrong with the function, or the class, that an action imports.

    Its file is copied.

    Args:
        action: The action; `module_path` of its options names the file.
        generator: Its generator, which gets the copies.
        key: The option that names the function.
        what: How messages call it.

    Raises:
        LhpError: When its file is missing, or can't be copied.
        LhpErrors: Everything that is wrong in the file and in its helpers.
    """
    yield from _function(action, key, what).problems(generator)


def import_function(
    action: Action, generator: BaseActionGenerator, key: str = "function_name"
) -> Identifier:
    """Import the function, or the class, that an option of an action names; return its name.

    `function_problems` has copied its file.
    """
    function = _function(action, key)
    name = identifier(function.name)
    generator.add_import(f"from {PACKAGE}.{module_name(function.file)} import {name}")
    return name


def module_text(action: Action, generator: BaseActionGenerator) -> str:
    """Return the text of the file that `module_path` of an action names, as it is copied.

    Raises:
        LhpError: When the file is missing, or a secret in it stands in no text.
    """
    return _function(action, "module_path").text(generator)


def import_module(
    function: UserFunction, alias: Identifier, generator: BaseActionGenerator
) -> None:
    """Import the module of a function, whose file `problems` has copied, under another name."""
    generator.add_import(f"import {PACKAGE}.{module_name(function.file)} as {alias}")


def _function(action: Action, key: str, what: str = "function") -> UserFunction:
    options, path = action.options, KINDS[action.kind].path
    at, name_at = action.at(*path("module_path")), action.at(*path(key))
    return UserFunction(options.module_path, getattr(options, key), at, name_at, what)
