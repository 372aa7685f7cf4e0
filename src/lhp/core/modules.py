"""Finds modules without running them, and imports a project's own from their source alone.

A dotted name means an installed module, a file under the project root, or one in the wheels that
the project has in a folder of its own. A file never shadows an installed or standard module, nor a
wheel's module another of the project: such a clash is an error. Modules of the project are
compiled from the bytes read, never from a `__pycache__`.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from lhp.core.import_times import ImportTimer
from lhp.errors import nearest
from lhp.text.python_source import ModuleFacts, read_module
from lhp.text.regular import read_regular
from lhp.values import frozen

FOLDER_PACKAGE = "_lhp_plugins_"
MOST_BYTES = 2_000_000
"""Of one file of a plugin."""

PACKAGES = ".lhp/plugins"
"""Below the project root: where the wheels are installed that `source:` of declarations names."""


@frozen
class FoundModule:
    """Where a module stands.

    Args:
        file: Its source; None for a namespace package or a compiled module.
        is_local: True when it belongs to the project and not to the environment.
        folder: What a package without source holds its modules in; None for other modules.
        name: The file as messages show it: relative to the project where it is local.
        shadowed: The installed module that a local one of the same name clashes with; else empty.
        local: The local module of such a clash; else empty.
    """

    file: Path | None
    is_local: bool
    folder: Path | None = None
    name: str = ""
    shadowed: str = ""
    local: str = ""

    def facts(self) -> ModuleFacts | None:
        """Return what the module offers, read from its source; None when it has no source.

        Raises:
            SyntaxError: When it is not Python.
            OSError: When it can't be read, as one of a project that is too large.
        """
        source = self.source()
        return None if source is None else read_module(source)

    def source(self) -> bytes | None:
        """Return its bytes; None when it has no source.

        Raises:
            OSError: As `facts` does.
        """
        if self.file is None:
            return None
        return read_regular(self.file, MOST_BYTES if self.is_local else None)


Guard = Callable[[Path, bytes], str]
"""Says why the bytes of a file may not run; nothing when they may."""


class _SourceLoader(SourceFileLoader):
    """Compiles a module from its source; has no path stats, so no byte code is read or written."""

    def __init__(self, name: str, file: Path, guard: Guard) -> None:
        super().__init__(name, str(file))
        self._guard = guard

    def path_stats(self, path: str) -> NoReturn:
        raise OSError(path)

    def get_data(self, path: str) -> bytes:
        file = Path(path)
        content = file.read_bytes()
        reason = self._guard(file, content)
        if reason:
            message = f"{file.name} {reason}"
            raise ImportError(message)
        return content


class LocalModules:
    """Serves the modules under a project root and in its plugin folders.

    Args:
        root: The project root; None outside a project.
        guard: Judges the very bytes that are about to run.
    """

    def __init__(self, root: Path | None, guard: Guard = lambda _file, _content: "") -> None:
        self._root = root
        self._guard = guard
        self._folders: dict[str, Path] = {}
        self._served: set[str] = set()
        self._parked: dict[str, ModuleType] = {}

    def add_folder(self, folder: Path) -> str:
        """Make a plugin folder importable; return the private package name of its modules."""
        name = folder_package(folder)
        self._folders[name] = folder
        return name

    @property
    def folders(self) -> tuple[Path, ...]:
        """The plugin folders."""
        return tuple(self._folders.values())

    def activate(self) -> None:
        """Take over from the finder of any other project; its modules wait until it is back."""
        if self in sys.meta_path:
            return
        step_back()
        sys.meta_path.insert(0, self)
        sys.modules.update(self._parked)
        self._parked.clear()

    def park(self) -> None:
        """Serve no more; take what it served out of the imported modules, and keep it."""
        sys.meta_path.remove(self)
        served = self._served & sys.modules.keys()
        self._parked.update({name: sys.modules.pop(name) for name in served})

    def find(self, name: str) -> FoundModule | None:
        """Return where a dotted name leads, or None; imports nothing, parents included."""
        top = name.partition(".")[0]
        if not all(part.isidentifier() for part in name.split(".")):
            return None
        if top in self._folders:
            return self._found_local(name)
        if self._is_twice(top):
            return FoundModule(None, is_local=False, shadowed=f"{PACKAGES}/{top}", local=top)
        installed = _find_installed(top)
        local = self._found_local(top)
        if installed is not None and not (local and _is_same(installed, self._base_of(top))):
            clash = self._found_local(name) if local else None
            spec = _walk(installed, name)
            if spec is None and clash is None:
                return None
            return _found_installed(spec, _place_of(installed, top) if clash else "", clash)
        return self._found_local(name)

    def is_packaged(self, name: str) -> bool:
        """Return True for a module whose top is in the folder of wheels."""
        top = name.partition(".")[0]
        return self._root is not None and _is_module(self._root / PACKAGES / top)

    def nearest(self, name: str) -> str | None:
        """Return the module of the project that a dotted name most likely means, or None."""
        if self._root is None:
            return None
        dotted = _dotted(name)
        if dotted != name and self.find(dotted):
            return dotted
        parent, _, last = name.rpartition(".")
        folder = (self._base_of(parent) if parent else self._root) or self._root
        entries = sorted(folder.iterdir()) if folder.is_dir() else []
        names = [entry.stem for entry in entries if entry.suffix == ".py" or entry.is_dir()]
        match = nearest(last, names)
        shown = parent if parent.partition(".")[0] not in self._folders else ""
        return ".".join(filter(None, [shown, match])) if match else None

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return the spec of a local module; None leaves the name to the other finders."""
        del target
        if path is not None and fullname.partition(".")[0] not in self._served:
            return None
        found = self._found_local(fullname)
        if found is None or (path is None and self._is_installed(fullname)):
            return None
        if path is None and self._is_twice(fullname):
            message = f"{fullname} is both a module of the project and one in {PACKAGES}"
            raise ImportError(message, name=fullname)
        self._served.add(fullname)
        folder = self._base_of(fullname)
        if found.file is None:
            spec = ModuleSpec(fullname, None, is_package=True)
            spec.submodule_search_locations = [str(folder)]
            return spec
        loader = _SourceLoader(fullname, found.file, self._guard)
        is_package = found.file.name == "__init__.py"
        spec = ModuleSpec(fullname, loader, origin=str(found.file), is_package=is_package)
        spec.has_location = True
        if is_package:
            spec.submodule_search_locations = [str(found.file.parent)]
        return spec

    def _is_installed(self, name: str) -> bool:
        if name in self._folders:
            return False
        installed = _find_installed(name)
        return installed is not None and not _is_same(installed, self._base_of(name))

    def _is_twice(self, top: str) -> bool:
        is_ours = self._root is not None and _is_module(self._root / top)
        return is_ours and self.is_packaged(top)

    def _base_of(self, name: str) -> Path | None:
        top, *rest = name.split(".")
        base = self._folders.get(top)
        if base is None and self._root is not None:
            base = self._root / PACKAGES / top if self.is_packaged(top) else self._root / top
        return base.joinpath(*rest) if base else None

    def _found_local(self, name: str) -> FoundModule | None:
        base = self._base_of(name)
        if base is None:
            return None
        beside = base.with_name(f"{base.name}.py")
        if (base / "__init__.py").is_file():
            init = base / "__init__.py"
            return FoundModule(init, is_local=True, name=self._shown(init))
        if beside.is_file() and name not in self._folders:
            return FoundModule(beside, is_local=True, name=self._shown(beside))
        if not base.is_dir():
            return None
        return FoundModule(None, is_local=True, folder=base, name=self._shown(base))

    def _shown(self, path: Path) -> str:
        if self._root is not None and path.is_relative_to(self._root):
            return path.relative_to(self._root).as_posix()
        return path.as_posix()


def step_back() -> None:
    """Let the modules of no project be imported; those that are wait until it is back."""
    for finder in [*sys.meta_path]:
        if isinstance(finder, LocalModules):
            finder.park()


def _is_module(base: Path) -> bool:
    return base.is_dir() or base.with_name(f"{base.name}.py").is_file()


def folder_package(folder: Path) -> str:
    """Return the private package name under which a plugin folder is imported."""
    return FOLDER_PACKAGE + hashlib.sha256(str(folder).encode()).hexdigest()[:12]


def _dotted(path: str) -> str:
    """Return the module that a path such as `./local_plugins/rest.py` means."""
    parts = path.removesuffix(".py").replace("\\", "/").split("/")
    return ".".join(part for part in parts if part not in ("", "."))


def is_reserved(name: str) -> bool:
    """Return True for a module that can't be a plugin: the standard library's and our own."""
    top = name.partition(".")[0]
    return top == "lhp" or top in sys.stdlib_module_names


_NO_INSTALLER = (LocalModules, ImportTimer)
"""Finders that know nothing of what is installed by themselves."""


def _find_installed(top: str) -> ModuleSpec | None:
    if top in sys.builtin_module_names:
        return ModuleSpec(top, None, origin="built-in")
    for finder in sys.meta_path:
        if isinstance(finder, _NO_INSTALLER) or not hasattr(finder, "find_spec"):
            continue
        if (spec := finder.find_spec(top, None)) is not None:
            return spec
    return None


def _walk(spec: ModuleSpec, name: str) -> ModuleSpec | None:
    found: ModuleSpec | None = spec
    for part in name.split(".")[1:]:
        locations = found.submodule_search_locations if found else None
        if locations is None:
            return None
        # Asked for a dotted name, it would look for the parent among the imported modules.
        found = PathFinder.find_spec(part, list(locations))
    return found


def _found_installed(
    spec: ModuleSpec | None, shadowed: str, clash: FoundModule | None
) -> FoundModule:
    file = _source_of(spec)
    folders = list(spec.submodule_search_locations or ()) if spec and not spec.origin else []
    return FoundModule(
        file,
        is_local=False,
        folder=Path(folders[0]) if folders else None,
        name=str(file or ""),
        shadowed=shadowed,
        local=clash.name if clash else "",
    )


def _place_of(spec: ModuleSpec, top: str) -> str:
    if top in sys.stdlib_module_names:
        return f"the standard module {top!r}"
    return f"the installed {spec.origin or top}"


def _source_of(spec: ModuleSpec | None) -> Path | None:
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return None
    return Path(spec.origin)


def _is_same(spec: ModuleSpec, base: Path | None) -> bool:
    if base is None:
        return False
    places = [spec.origin] if spec.origin else [*(spec.submodule_search_locations or ())]
    own = {base, base.with_name(f"{base.name}.py"), base / "__init__.py"}
    # Path.resolve() raises on a loop of symlinks before Python 3.13.
    return not {*map(os.path.realpath, own)}.isdisjoint(map(os.path.realpath, places))
