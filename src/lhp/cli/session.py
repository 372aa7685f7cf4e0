"""What one call of `lhp` knows: its options, its project, and how it reports."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lhp.errors import LhpError, LhpErrors

if TYPE_CHECKING:
    from lhp.model.project import Project
    from lhp.passes.run import Progress

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass
class Session:
    """The options that every command shares.

    Args:
        folder: Where to look for the project from; None is the current folder.
        verbose: Show the tracebacks of plugins and the log.
        form: How problems are printed: `text`, `json` or `github`.
        has_progress: False never shows a progress bar.
    """

    folder: Path | None = None
    verbose: bool = False
    form: str = "text"
    has_progress: bool = True

    def root(self) -> Path:
        """Return the project root.

        Raises:
            LhpError: NOT_A_PROJECT.
        """
        from lhp.passes.project import find_root

        return find_root(self.folder or Path.cwd())

    def project(self) -> Project:
        """Return the opened project.

        Raises:
            LhpError: NOT_A_PROJECT.
            LhpErrors: What is wrong with lhp.yaml.
        """
        from lhp.passes.project import open_project

        return open_project(self.root())

    @property
    def progress(self) -> Progress:
        """A progress bar for a run."""
        from functools import partial

        from lhp.cli import report

        return partial(report.progress, "flowgroups", enabled=self.has_progress)

    def show(self, problems: Iterable[LhpError]) -> None:
        """Print problems in the form that the command was asked for."""
        from lhp.cli import report

        found = list(problems)
        form: Any = self.form
        report.print_problems(found, root=self._shown_root(), form=form)
        for problem in found if self.verbose else ():
            trace = str(problem.values.get("traceback") or "")
            if trace:
                click.echo(trace, err=True)

    def say(self, text: str) -> None:
        """Print one line about how the command is going; only for people."""
        if self.form == "text":
            from lhp.cli import report

            report.print_status(text)

    def start_log(self, file: Path | None) -> None:
        """Send the log to stderr when verbose, and to a file where one is given."""
        logger = logging.getLogger("lhp")
        logger.setLevel(logging.DEBUG if self.verbose or file else logging.WARNING)
        handlers: list[logging.Handler] = (
            [logging.StreamHandler(sys.stderr)] if self.verbose else []
        )
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            handlers.append(logging.FileHandler(file, encoding="utf-8"))
        for handler in handlers:
            handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        logger.handlers[:] = handlers

    def _shown_root(self) -> Path:
        try:
            return self.root()
        except LhpError:
            return Path.cwd()


def session_of(context: click.Context) -> Session:
    """Return the session of a command's context."""
    return context.find_root().ensure_object(Session)


def with_session(command: _Command) -> Callable[..., Any]:
    """Give a command the session as its first argument, and the option `--project`."""

    def choose(context: click.Context, _: click.Parameter, value: Path | None) -> None:
        if value is not None:
            session_of(context).folder = value

    option = click.option(
        "--project",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        metavar="DIR",
        expose_value=False,
        callback=choose,
        help="Project folder; also before the command.",
    )

    @click.pass_context
    def call(context: click.Context, *args: Any, **kwargs: Any) -> Any:
        return context.invoke(command, session_of(context), *args, **kwargs)

    call.__doc__ = command.__doc__
    call.__name__ = command.__name__
    call.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    return option(call)


def problem_format(command: _Command) -> _Command:
    """Add the option `--format text|json|github` for what a command finds wrong."""

    def choose(context: click.Context, _: click.Parameter, value: str) -> None:
        session_of(context).form = value

    option = click.option(
        "--format",
        type=click.Choice(["text", "json", "github"]),
        default="text",
        show_default=True,
        expose_value=False,
        callback=choose,
        help="How problems are printed.",
    )
    return option(command)


def errors_of(error: LhpError | LhpErrors) -> tuple[LhpError, ...]:
    """Return the single errors of what was raised."""
    return error.problems if isinstance(error, LhpErrors) else (error,)
