"""Classes that have code templates beside their module."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from lhp.core.render import CodeRenderer


class Templated:
    """Renders the code templates beside the module of a class, or of one of its bases."""

    template: ClassVar[str] = ""
    """The code template; empty means `<module>.py.j2` beside the class's module."""

    _folder: ClassVar[str | None] = None
    _folders: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Remember the folder of the class: another project's module may take the name later."""
        super().__init_subclass__(**kwargs)
        cls._folder = _folder_of(cls)
        found = (vars(base).get("_folder") for base in cls.__mro__ if issubclass(base, Templated))
        cls._folders = tuple(folder for folder in found if folder is not None)

    @classmethod
    def template_name(cls) -> str:
        """Return the file name of the code template."""
        return cls.template or f"{cls.__module__.rpartition('.')[2]}.py.j2"

    @classmethod
    def has_template(cls) -> bool:
        """Return True when the code template exists."""
        return any(Path(folder, cls.template_name()).is_file() for folder in cls._folders)

    @classmethod
    def rendered(cls, renderer: CodeRenderer, name: str, values: Mapping[str, Any]) -> str:
        """Return a code template filled in; every value becomes a Python literal.

        Args:
            renderer: Of the run.
            name: A file beside the class's module, or beside that of one of its bases.
            values: What its names stand for.

        Raises:
            LhpError: When the template is missing or at fault, at its line.
        """
        return renderer.render(cls._folders, name, values)


def _folder_of(cls: type[Any]) -> str | None:
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    return str(Path(file).parent) if file else None
