"""What one call of `lhp` knows: its options, its project, and how it reports."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lhp.core.surroundings import project_above
from lhp.errors import (
    ISOLATION_MISSING,
    LOCK_DIFFERS,
    PLUGIN_EMITS,
    WORKING_FOLDER_GONE,
    LhpError,
    LhpErrors,
)
from lhp.text.regular import read_regular

if TYPE_CHECKING:
    import logging

    from lhp.cli.again import Begun
    from lhp.cli.report import ProblemForm
    from lhp.core.audit import Audit
    from lhp.core.import_times import ImportTimes
    from lhp.core.manifest import Manifest
    from lhp.core.plugin_manager import PluginManager
    from lhp.model.project import Project
    from lhp.model.source import Document
    from lhp.passes.again import Again, Look
    from lhp.passes.run import Progress
    from lhp.sandbox.isolation import Isolation

_Command = TypeVar("_Command", bound=Callable[..., Any])
_VIOLATIONS = (ISOLATION_MISSING, LOCK_DIFFERS, PLUGIN_EMITS)


def _working_folder() -> Path | None:
    try:
        return Path.cwd()
    except FileNotFoundError:
        return None


@dataclass
class Session:
    """The options that every command shares.

    Args:
        folder: Where to look for the project from; None is the current folder.
        verbose: Show the log and the tracebacks of plugins.
        form: How problems are printed: `text`, `json` or `github`.
        has_progress: False never shows a progress bar.
        audit_log: Where what runs is noted; None is a file of the user's.
        has_plugins: False leaves out all plugins but those of lhp.
        is_locked: True refuses a run whose plugins are not as lhp.lock has them.
        log_file: Where the log goes besides.
        begun: What is known from before the command began; None where nothing is.
        here: The current folder at the start, as plugins may change it; None when it is deleted.
    """

    folder: Path | None = None
    verbose: bool = False
    form: ProblemForm = "text"
    has_progress: bool = True
    audit_log: Path | None = None
    has_plugins: bool = True
    is_locked: bool = False
    log_file: Path | None = None
    begun: Begun | None = None
    here: Path | None = field(default_factory=_working_folder, init=False, compare=False)
    _audit: Audit | None = field(default=None, init=False, repr=False, compare=False)
    _is_run: bool = field(default=False, init=False, repr=False, compare=False)
    _isolations: list[Isolation] = field(
        default_factory=list, init=False, repr=False, compare=False
    )
    _loaded: set[str] = field(default_factory=set, init=False, repr=False, compare=False)
    _handlers: list[logging.Handler] = field(
        default_factory=list, init=False, repr=False, compare=False
    )

    @property
    def start(self) -> Path:
        """The folder from which the project is looked for.

        Raises:
            LhpError: WORKING_FOLDER_GONE.
        """
        if self.here is not None:
            return self.here / (self.folder or "")
        if self.folder is not None and self.folder.is_absolute():
            return self.folder
        raise WORKING_FOLDER_GONE.at()

    def root(self) -> Path:
        """Return the project root.

        Raises:
            LhpError: NOT_A_PROJECT.
        """
        from lhp.passes.project import find_root

        return find_root(self.start)

    def project(self) -> Project:
        """Return the opened project.

        Raises:
            LhpError: NOT_A_PROJECT.
            LhpErrors: What is wrong with lhp.yaml.
        """
        from lhp.passes.project import open_project

        return open_project(self.root())

    def manager(self) -> PluginManager:
        """Return the plugins of the project; outside of one, those of lhp and the environment."""
        return self._manager(root_above(self.start))

    def get_ready(self) -> None:
        """Start what the sandboxes of plugins come from: it takes as long as lhp itself does.

        Where a project declares plugins, that is; its lhp.yaml is not parsed for this.
        """
        root = root_above(self.start) if self.has_plugins else None
        with suppress(OSError):
            if root is not None and b"plugins" in read_regular(root / "lhp.yaml"):
                from lhp.sandbox.launch import get_ready

                get_ready()

    def manager_of(self, project: Project) -> PluginManager:
        """Return the plugins of an open project, all that may run approved, and locked if wanted.

        Raises:
            LhpError: LOCK_MISSING, LOCK_BAD.
            LhpErrors: The plugins that wait for an approval, where nobody can be asked; those that
                are not as they are locked.
        """
        manager = self._manager(project.root, project.document)
        self.note("run.start", root=project.root)
        if any(each.origin.value != "builtin" for each in manager.registry.active()):
            from lhp.cli.approval import approve_pending
            from lhp.sandbox.isolation import get_ready_for

            approve_pending(manager, asks=self.form == "text", note=self.note)
            get_ready_for(manager)
        if self.is_locked:
            from lhp.cli.locking import expect_locked

            expect_locked(manager)
        return manager

    def _manager(self, root: Path | None, document: Document | None = None) -> PluginManager:
        from lhp.core.plugin_manager import PluginManager
        from lhp.core.plugin_trust import AskingTrust

        manager = PluginManager(root, document, AskingTrust(root, is_off=not self.has_plugins))
        isolation = functools.cache(functools.partial(self._isolation, manager))
        manager.resolver.isolate = lambda manifest: self._stand_in(isolation(), manifest, root)
        manager.resolver.foresee = lambda manifests: isolation().foresee(manifests)
        return manager

    def note(self, event: str, *, root: Path | None = None, **facts: Any) -> None:
        """Note what happens in the audit; one that can't be written is told, once.

        Args:
            event: What happens.
            root: The project's folder; needed for the first event.
            facts: Plain data about it.
        """
        from lhp.core.audit import Audit, audit_file

        try:
            if self._audit is None and root is not None:
                self._audit = Audit(self.audit_log or audit_file(root), root)
            if self._audit is not None:
                self._audit.note(event, **facts)
                self._is_run = self._is_run or event == "run.start"
        except LhpError as error:
            self._audit = None
            self.say(f"the audit is not written: {error.message}")

    def end(self, code: int) -> None:
        """Note how a run ended, and what its plugins did."""
        self._loaded.clear()
        if self._audit is None or not self._is_run:
            self._audit = None
            return
        for isolation in self._isolations:
            for name, facts in isolation.used().items():
                if facts["killed"]:
                    self.note("plugin.kill", plugin=name, times=facts["killed"])
                self.note("plugin.call", plugin=name, **facts)
        self.note("run.end", outcome="ok" if code == 0 else f"exit {code}")
        if self._audit is not None:
            from logging import getLogger

            getLogger("lhp").info("head of the audit: %s", self._audit.head)
            self._audit = None

    def _stand_in(self, isolation: Isolation, manifest: Manifest, root: Path | None) -> Any:
        """Return what stands in for a plugin, and note that it may run from now on."""
        from lhp.core.verdict import is_isolated

        stand_in = isolation.stand_in(manifest)
        if is_isolated(manifest):
            self.note_load(manifest, root, isolation.level(manifest) or "none")
        return stand_in

    def note_load(self, manifest: Manifest, root: Path | None, level: str) -> None:
        """Note that a plugin runs in this run, once.

        Args:
            manifest: The plugin.
            root: The project's folder.
            level: How it is isolated; `none` for one that has all rights.
        """
        from lhp.core.verdict import trust_id

        name = trust_id(manifest)
        if name not in self._loaded:
            self._loaded.add(name)
            self.note("plugin.load", root=root, plugin=name, level=level)

    def import_timer(self, manager: PluginManager) -> Callable[[Manifest], ImportTimes]:
        """Return what tells how long it takes to import a plugin that may run, and notes that.

        What it returns raises an LhpError with what is wrong with the plugin.

        Args:
            manager: Knows the plugins.
        """
        isolation = self._isolation(manager)

        def times(manifest: Manifest) -> ImportTimes:
            try:
                return isolation.import_times(manifest)
            finally:
                if manifest.origin.value != "builtin":
                    self.note_load(manifest, manager.root, isolation.level(manifest) or "none")

        return times

    def _isolation(self, manager: PluginManager) -> Isolation:
        from lhp.sandbox.isolation import Isolation

        isolation = Isolation(manager)
        self._isolations.append(isolation)
        return isolation

    def alone(self, root: Path) -> AbstractContextManager[None]:
        """Let no other run change the project meanwhile; tells when it waits for one.

        Raises:
            LhpError: RUN_LOCKED.
        """
        from lhp.passes.write import run_lock

        def wait() -> None:
            if self.begun is not None:
                self.begun.look = None  # what was seen before another run is no longer so
            self.say("another run is writing this project; waiting for it")

        return run_lock(root, on_wait=wait)

    @property
    def look(self) -> Look | None:
        """What of the project's files is known already."""
        return self.begun.look if self.begun and self.begun.is_of(self.folder) else None

    def keep_again(self, again: Again) -> None:
        """Keep what this run looked at, for the next one that is called alike.

        Args:
            again: What it looked at, and what the next one would tell.
        """
        from lhp.cli.report import escape

        is_usual = self.has_plugins and self.form == "text"
        is_other = self.verbose or self.is_locked or self.log_file or self.audit_log
        if self.begun and self.begun.is_of(self.folder) and is_usual and not is_other:
            self.begun.keep(again.joined({}, [*map(escape, again.lines)]))

    def refresh_schemas(self, manager: PluginManager) -> Mapping[str, str] | None:
        """Write the editor's schemas again when the plugins changed; a failure is no fault.

        Args:
            manager: The plugins.

        Returns:
            SHA-256 of each schema by its path; None where they can't be brought up to date.
        """
        from lhp.cli import report
        from lhp.editor.store import SCHEMA_FOLDER, refresh_schemas

        try:
            refreshed = refresh_schemas(manager)
        except LhpError as error:
            self.say(f"the schemas in {SCHEMA_FOLDER} are out of date: {error.message}")
            return None
        written = refreshed.written
        if written:
            self.say(f"{report.counted(len(written), 'schema')} refreshed in {SCHEMA_FOLDER}")
        return refreshed.digests

    @property
    def progress(self) -> Progress:
        """A progress bar for a run."""
        from lhp.cli import report

        return functools.partial(report.progress, "flowgroups", enabled=self.has_progress)

    def show(self, problems: Iterable[LhpError]) -> None:
        """Print problems in the form that the command was asked for."""
        from lhp.cli import report

        found = list(problems)
        report.print_problems(found, root=self._shown_root(), form=self.form)
        broken = {
            (f"{each.values['type']}:{each.values['name']}", each.code.id)
            for each in found
            if each.code in _VIOLATIONS
        }
        for plugin, code in sorted(broken):
            self.note("plugin.violation", plugin=plugin, code=code)
        if self.verbose:
            report.print_tracebacks(found, root=self._shown_root())

    def say(self, text: str) -> None:
        """Print one line about how the command is going, unless a program reads along."""
        from lhp.cli import report

        if self.form != "json":
            report.print_status(text)

    def start_log(self) -> None:
        """Send the log to stderr when verbose, and to a file where one is given."""
        import logging

        self.stop_log()
        handlers: list[logging.Handler] = []
        if self.verbose:
            handlers.append(logging.StreamHandler(sys.stderr))
        if self.log_file is not None:
            self.log_file.parent.mkdir(parents=True, exist_ok=True)
            handlers.append(logging.FileHandler(self.log_file, encoding="utf-8"))
        for handler in handlers:
            handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
            logging.getLogger("lhp").addHandler(handler)
            self._handlers.append(handler)
        logging.raiseExceptions = False  # or each line that can't be written gives a traceback
        logging.getLogger("lhp").setLevel(logging.DEBUG)

    def close(self) -> None:
        """End the log, and the sandboxes of plugins."""
        self.stop_log()
        for isolation in self._isolations:
            isolation.close()
        self._isolations.clear()

    def stop_log(self) -> None:
        """Close what `start_log` opened."""
        if not self._handlers:
            return
        from logging import NOTSET, getLogger

        for handler in self._handlers:
            getLogger("lhp").removeHandler(handler)
            try:
                handler.close()
            except OSError as error:
                self.say(f"can't write the log: {error.strerror}")
        self._handlers.clear()
        getLogger("lhp").setLevel(NOTSET)

    def _shown_root(self) -> Path:
        try:
            return root_above(self.start) or self.start
        except LhpError:
            return Path()


def root_above(folder: Path) -> Path | None:
    """Return the nearest folder upwards that holds lhp.yaml, or None."""
    found = project_above(str(folder.resolve()))
    return None if found is None else Path(found)


def session_of(context: click.Context) -> Session:
    """Return the session of a command's context."""
    return context.find_root().ensure_object(Session)


def with_session(command: _Command) -> Callable[..., Any]:
    """Give a command the session as its first argument, and the options of all commands."""

    @functools.wraps(command)
    def call(*args: Any, **kwargs: Any) -> Any:
        return command(session_of(click.get_current_context()), *args, **kwargs)

    return common_options(call)


def common_options(command: _Command) -> _Command:
    """Add the options that tell the session: `--project`, `-v`, `--no-plugins` and the like."""
    for option in (_project, _verbose, _log_file, _audit_log, _no_progress, _no_plugins):
        _add_last(command, option)
    return command


def problem_format(command: _Command) -> _Command:
    """Add the option `--format text|json|github` for what a command finds wrong."""
    return _add_last(command, _format)


def locked_option(command: _Command) -> _Command:
    """Add the option `--locked`, for commands that run plugins."""
    return _add_last(command, _locked)


def tests_option(command: _Command) -> _Command:
    """Add the option `--include-tests`; the command gets it as `include_tests`."""
    help_text = "Take actions of type test, too."
    return click.option("--include-tests", is_flag=True, help=help_text)(command)


def jobs_option(command: _Command) -> _Command:
    """Add the option `--jobs`; the command gets it as `jobs`, None where it is not given."""
    help_text = "How many processes may work; by default as many as pay."
    return click.option("-j", "--jobs", type=click.IntRange(1), help=help_text)(command)


def table_format(command: _Command) -> _Command:
    """Add the option `--format text|json` for a table; the command gets it as `form`."""
    return _add_last(command, _table_format)


def errors_of(error: LhpError | LhpErrors) -> tuple[LhpError, ...]:
    """Return the single errors of what was raised."""
    return error.problems if isinstance(error, LhpErrors) else (error,)


def _add_last(command: _Command, option: Callable[[_Command], _Command]) -> _Command:
    option(command)
    parameters: list[click.Parameter] = command.__click_params__  # type: ignore[attr-defined]
    parameters.insert(0, parameters.pop())  # click lists them from the last to the first
    return command


def _told(tell: Callable[[Session, Any], None]) -> Callable[..., None]:
    def callback(context: click.Context, _: click.Parameter, value: Any) -> None:
        if value:
            tell(session_of(context), value)

    return callback


def _set_folder(session: Session, folder: Path) -> None:
    session.folder = folder


def _set_verbose(session: Session, value: bool) -> None:  # noqa: FBT001  (a flag's value)
    session.verbose = value
    session.start_log()


def _set_log_file(session: Session, file: Path) -> None:
    session.log_file = file
    try:
        session.start_log()
    except OSError as error:
        reason = f"can't write {str(file)!r}: {error.strerror}"
        raise click.BadParameter(reason, param_hint="'--log-file'") from error


def _set_audit_log(session: Session, file: Path) -> None:
    session.audit_log = file


def _set_no_progress(session: Session, value: bool) -> None:  # noqa: FBT001  (a flag's value)
    session.has_progress = not value


def _set_no_plugins(session: Session, value: bool) -> None:  # noqa: FBT001  (a flag's value)
    session.has_plugins = not value


def _set_locked(session: Session, value: bool) -> None:  # noqa: FBT001  (a flag's value)
    session.is_locked = value


def _set_form(session: Session, form: ProblemForm) -> None:
    session.form = form


# Eager, because commands of a project are looked up before the callback of the group runs.
_common = functools.partial(click.option, expose_value=False, is_eager=True)
_project = _common(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    callback=_told(_set_folder),
    help="Folder of the project; the current one or one above it when absent.",
)
_verbose = _common(
    "-v",
    "--verbose",
    is_flag=True,
    callback=_told(_set_verbose),
    help="Show the log, and the tracebacks of plugins.",
)
_log_file = _common(
    "--log-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    callback=_told(_set_log_file),
    help="Write the log to a file.",
)
_audit_log = _common(
    "--audit-log",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    callback=_told(_set_audit_log),
    help="Note what runs in this file, not in your own folder.",
)
_no_progress = _common(
    "--no-progress",
    is_flag=True,
    callback=_told(_set_no_progress),
    help="Never show a progress bar.",
)
_no_plugins = _common(
    "--no-plugins",
    is_flag=True,
    envvar="LHP_NO_PLUGINS",
    callback=_told(_set_no_plugins),
    help="Run no plugin that does not come with lhp.",
)
_locked = click.option(
    "--locked",
    is_flag=True,
    envvar="LHP_LOCKED",
    expose_value=False,
    callback=_told(_set_locked),
    help="Use no plugin that is not as lhp.lock has it.",
)
_format = click.option(
    "--format",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    expose_value=False,
    callback=_told(_set_form),
    help="How problems are printed.",
)
_table_format = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the result is printed.",
)
