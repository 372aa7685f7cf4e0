"""The sandbox itself: one plugin, in a process that can do little else than answer."""

from __future__ import annotations

import errno
import io
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from lhp.core.base_artifact import SCOPES
from lhp.core.base_generator import BaseActionGenerator, Context, MetadataColumns
from lhp.core.contracts import first_line_of
from lhp.core.manifest import Manifest, Origin
from lhp.core.modules import LocalModules
from lhp.core.option_schema import supported_options
from lhp.core.plugin_config import settings_details, settings_of, settings_schema
from lhp.core.plugin_sources import refusal
from lhp.core.plugin_trust import PluginTrustManager
from lhp.core.render import CodeRenderer
from lhp.core.resolver import Resolver
from lhp.errors import LhpError, LhpErrors
from lhp.sandbox.kernel import Limits, NotIsolatedError, restrict
from lhp.sandbox.watch import changes_by
from lhp.sandbox.wire import Channel, ClosedError

_Ask = Callable[..., Any]
_ASKED = {
    "subprocess": "to start programs, ask for `permissions: {run: true}` in its declaration",
    "socket": "to use the network, ask for `permissions: {net: true}` in its declaration",
}
"""What a plugin has to ask for whose call of a module is not permitted."""


def serve(channel: Channel) -> None:
    """Limit this process, then answer until the host is gone.

    Args:
        channel: To the host; its first frame is the job.
    """
    job = channel.receive()
    os.chdir(job["folder"])
    os.environ.clear()
    os.environ.update(job["env"])
    sys.path[:] = job["paths"]
    try:
        limits = Limits(**job["limits"])
        level = restrict(map(Path, job["readable"]), [Path(job["folder"])], limits)
    except NotIsolatedError as error:
        channel.send({"refused": str(error)})
        return
    channel.send({"level": level})
    attend(channel, job)


def attend(channel: Channel, job: Mapping[str, Any]) -> None:
    """Answer what the host asks of a plugin, until it is gone.

    Args:
        channel: To the host.
        job: Which plugin, and where its files are.
    """
    worker = _Worker(channel, job)
    try:
        while True:
            worker.answer(channel.receive())
    except ClosedError:
        return


def _permission_for(cause: BaseException | None) -> str:
    """Return what to ask for where a call is the reason that the kernel does not permit."""
    while cause is not None:
        if isinstance(cause, PermissionError) and cause.errno == errno.EPERM:
            frames = [each for each, _ in traceback.walk_tb(cause.__traceback__)]
            modules = [str(each.f_globals.get("__name__")) for each in frames]
            return next((_ASKED[each] for each in reversed(modules) if each in _ASKED), "")
        cause = cause.__cause__ or cause.__context__
    return ""


class _Worker:
    def __init__(self, channel: Channel, job: Mapping[str, Any]) -> None:
        self._channel = channel
        self._root = Path(job["root"])
        self._macros = {name: Path(path) for name, path in job["macros"].items()}
        self._files: Mapping[str, str] | None = job["files"]
        self._known: tuple[Any, Any] = (None, None)
        modules = LocalModules(self._root, self._refusal)
        for folder in job["folders"]:
            modules.add_folder(Path(folder))
        self._resolver = Resolver(modules, PluginTrustManager())
        given = dict(job["manifest"])
        self._manifest = Manifest(**{**given, "origin": Origin(given["origin"])})

    def answer(self, frame: Mapping[str, Any]) -> None:
        """Do what a frame asks for, and send what came of it."""
        printed = io.StringIO()
        sys.stdout, sys.stderr = printed, printed
        answer: dict[str, Any]
        try:
            answer = {"done": _OPERATIONS[frame["op"]](self, *frame["args"])}
        except (LhpError, LhpErrors) as error:
            answer = {"raised": self._explained(error)}
        if printed.tell():
            answer["printed"] = printed.getvalue()[:10_000]
        if self._resolver.warnings:
            answer["warnings"] = list(self._resolver.warnings)
            self._resolver.warnings.clear()
        try:
            self._resolver.call(self._manifest, self._channel.send, answer)
        except LhpError as fault:
            # What it gave can't be sent; what it printed can.
            self._channel.send({**answer, "done": None, "raised": fault})

    def _explained(self, error: LhpError | LhpErrors) -> LhpError | LhpErrors:
        """Return a failure with what to do where the walls of this process are its reason."""
        cause = error.__cause__ and error.__cause__.__cause__
        advice = _permission_for(cause) or self._advice(cause)
        if isinstance(error, LhpErrors) or not advice:
            return error
        reason = f"{error.values.get('reason')}; {advice}"
        return LhpError(error.code, error.location, {**error.values, "reason": reason})

    def _advice(self, cause: BaseException | None) -> str:
        """Return what to do where a file can't be read; empty for another reason."""
        path = cause.filename if isinstance(cause, PermissionError) else None
        # The walls are no matter to `access`, the rights of the file are.
        if not (isinstance(path, str) and os.access(path, os.R_OK)):
            return ""
        file = Path(path).resolve()
        if not file.is_relative_to(self._root):
            return "it is not of the project"
        shown = file.relative_to(self._root).as_posix()
        return f"to read it, ask for `permissions: {{read: [{shown}]}}` in its declaration"

    @cached_property
    def _plugin(self) -> Any:
        return self._resolver.load(self._manifest)

    def load(self) -> Mapping[str, Any]:
        facts: Mapping[str, Any] = self._read(_facts_of, self._manifest, self._plugin)
        return facts

    def imports(self) -> Any:
        times = self._resolver.timed(self._manifest)
        return [times.milliseconds, times.modules]

    def watch(self) -> Sequence[str]:
        self._resolver.modules.activate()
        return changes_by(lambda: self._plugin)

    def run(self, action: Any, config: Any, given: Mapping[str, Any]) -> Any:
        plugin = self._plugin
        return self._resolver.call(
            self._manifest,
            lambda: plugin.run(action, self._context(self._settings(plugin, config), given)),
        )

    def tokens(self, action: Any) -> Any:
        plugin = self._plugin
        return self._resolver.call(self._manifest, lambda: _texts(plugin.metadata_tokens(action)))

    def method(
        self, name: str, config: Any, args: Sequence[Any], given: Mapping[str, Any] | None = None
    ) -> Any:
        plugin = self._plugin

        def call() -> Any:
            made = plugin() if isinstance(plugin, type) else plugin
            if isinstance(plugin, type) and config is not None:
                made.config = self._settings(plugin, config)
            if given is not None:
                made.context = self._context(config, given)
            given_args = [self._with_texts(*args)] if name == "build" else args
            return _listed(getattr(made, name)(*given_args))

        return self._resolver.call(self._manifest, call)

    def _with_texts(self, run: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**run, "texts": _Texts(self._ask, run["files"])}

    def function(self, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        plugin = self._plugin
        function = plugin[name] if name else plugin
        if isinstance(function, type) and self._manifest.type == "formatter":
            function = function()
        return self._resolver.call(self._manifest, lambda: function(*args, **kwargs))

    def match(self, pattern: str, text: str) -> bool:
        return re.search(pattern, text) is not None

    def settings(self, config: Mapping[str, Any]) -> Any:
        plugin = self._plugin
        return self._read(settings_details, plugin, config)

    def _settings(self, plugin: Any, config: Any) -> Any:
        """Return the settings of a plugin, made once: the host gives the same ones each time."""
        if self._known[0] != config:
            self._known = (config, settings_of(plugin, config))
        return self._known[1]

    def _read(self, function: Callable[..., Any], *args: Any) -> Any:
        return self._resolver.read(self._manifest, function, *args)

    def _refusal(self, file: Path, content: bytes) -> str:
        if self._files is None:
            return ""
        return refusal(self._files, file, content)

    def _context(self, config: Any, given: Mapping[str, Any]) -> Context:
        filters = _Table(self._ask, "template_filter")
        functions = _Table(self._ask, "template_function")
        return Context(
            config=config,
            actions=_Later(lambda: self._ask("actions")),
            metadata_columns=MetadataColumns(_later(lambda: self._ask("columns"))),
            read_text=lambda path: self._ask("read_text", path),
            read_yaml=lambda path: self._ask("read_yaml", path),
            list_files=lambda folder: self._ask("list_files", folder),
            section=lambda name: self._ask("section", name),
            renderer=CodeRenderer(filters, functions, self._macros, self._root),
            **given,
        )

    def _ask(self, what: str, *args: Any) -> Any:
        self._channel.send({"ask": what, "args": list(args)})
        frame = self._channel.receive()
        if "error" in frame:
            raise frame["error"]
        if "misused" in frame:
            raise TypeError(frame["misused"])
        return frame["answer"]


_OPERATIONS: Mapping[str, Callable[..., Any]] = {
    name: vars(_Worker)[name]
    for name in (
        *("load", "imports", "watch", "run", "tokens"),
        *("method", "function", "settings", "match"),
    )
}


class _Table(Mapping[str, Callable[..., Any]]):
    """The filters or functions of other plugins, which the host calls."""

    def __init__(self, ask: _Ask, kind: str) -> None:
        self._ask = ask
        self._kind = kind

    def __getitem__(self, name: str) -> Callable[..., Any]:
        if not self._ask("has_function", self._kind, name):
            raise KeyError(name)
        return lambda *args, **kwargs: self._ask("function", self._kind, name, list(args), kwargs)

    def __iter__(self) -> Iterator[str]:
        return iter(self._ask("functions", self._kind))

    def __len__(self) -> int:
        return len(self._ask("functions", self._kind))


class _Texts(Mapping[str, str]):
    """The texts of a run's files; each is asked for when it is looked at."""

    def __init__(self, ask: _Ask, files: Sequence[str]) -> None:
        self._ask = ask
        self._files = files

    def __getitem__(self, path: str) -> str:
        if path not in self._files:
            raise KeyError(path)
        return str(self._ask("text", path))

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


class _Later(Sequence[Any]):
    """A list that is asked for when it is first looked at."""

    def __init__(self, ask: Callable[[], Sequence[Any]]) -> None:
        self._ask = ask
        self._known: Sequence[Any] | None = None

    def _items(self) -> Sequence[Any]:
        if self._known is None:
            self._known = self._ask()
        return self._known

    def __getitem__(self, index: Any) -> Any:
        return self._items()[index]

    def __len__(self) -> int:
        return len(self._items())


def _later(ask: Callable[[], Sequence[Any]]) -> Iterator[Any]:
    yield from ask()


def _facts_of(manifest: Manifest, plugin: Any) -> Mapping[str, Any]:
    if manifest.plugin_type.kind:
        own = any("metadata_tokens" in vars(base) for base in _own_bases(plugin))
        return {
            "options": supported_options(plugin),
            "config": settings_schema(plugin),
            "source_count": plugin.source_count,
            "has_tokens": own,
            "says_options": plugin.says_options(),
            "summary": first_line_of(plugin),
        }
    is_table = isinstance(plugin, Mapping)
    return {
        "summary": "" if is_table else first_line_of(plugin),
        "is_class": isinstance(plugin, type),
        "has_check": not is_table and callable(getattr(plugin, "check", None)),
        "scope": str(getattr(plugin, "scope", SCOPES[0])),
        "config": settings_schema(plugin),
        "names": {str(key): first_line_of(each) for key, each in plugin.items()}
        if is_table
        else None,
        "has_format": not is_table and callable(getattr(plugin, "format", None)),
    }


def _listed(given: Any) -> Any:
    """Return what any iterable holds as a list; it may be one that runs the plugin's code."""
    is_plain = isinstance(given, (str, Mapping, list, tuple))
    return list(given) if isinstance(given, Iterable) and not is_plain else given


def _own_bases(generator: type[Any]) -> Iterator[type[Any]]:
    return (base for base in generator.__mro__ if base not in BaseActionGenerator.__mro__)


def _texts(tokens: Mapping[str, str]) -> Mapping[str, str]:
    return {str(key): str(value) for key, value in tokens.items()}
