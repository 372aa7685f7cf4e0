"""Reads what a plugin finds wrong, in each form that it may say it, and makes an error of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lhp.core.base_generator import Problem
from lhp.core.manifest import Manifest
from lhp.errors import PLUGIN_PROBLEM, PLUGIN_PROBLEM_WARNING, Code, LhpError, Location

_CODES: Mapping[str, Code] = {"error": PLUGIN_PROBLEM, "warning": PLUGIN_PROBLEM_WARNING}


def problem_of(said: Any, what: str) -> Problem:
    """Return what a plugin says as a problem, each part of the type that it has to be.

    Args:
        said: A text, a `Problem`, a pair of message and path, or a mapping with `message` and, if
            it likes, `path`, `severity` and `hint`.
        what: Which call said it, for messages: `check()`.

    Raises:
        TypeError: When its path is none, or its hint no text.
        ValueError: When it has no message, or a severity that there is not.
    """
    if isinstance(said, Problem):
        given: Mapping[str, Any] = said._asdict()
    elif isinstance(said, Mapping):
        given = said
    elif isinstance(said, tuple) and len(said) == 2:  # noqa: PLR2004  (message and path)
        given = {"message": said[0], "path": said[1]}
    else:
        given = {"message": said}
    message, hint = given.get("message"), given.get("hint") or ""
    severity = given.get("severity", "error")
    if not isinstance(message, str) or not message.strip():
        reason = f"{what} gave a problem without a message: {said!r}"
        raise ValueError(reason)
    if severity not in ("error", "warning"):
        reason = f"{what} gave the severity {severity!r}; it is one of {', '.join(_CODES)}"
        raise ValueError(reason)
    if not isinstance(hint, str):
        reason = f"{what} gave the hint {hint!r}, not a text"
        raise TypeError(reason)
    return Problem(message, _keys(given.get("path"), what), severity, hint)


def told(problem: Problem, manifest: Manifest, at: Location | None) -> LhpError:
    """Return a problem that a plugin found as an error, or as a warning.

    Args:
        problem: As `problem_of` gives it.
        manifest: The plugin.
        at: Where the value stands that is to blame.
    """
    advice = f"{problem.hint}; " if problem.hint else ""
    values = {"message": problem.message, "type": manifest.type, "name": manifest.name}
    return _CODES[problem.severity].at(at, advice=advice, **values)


def _keys(path: Any, what: str) -> tuple[str | int, ...]:
    is_listed = isinstance(path, Iterable) and not isinstance(path, (str, Mapping))
    keys = tuple(path) if is_listed else () if path is None else (None,)
    if not all(isinstance(key, (str, int)) for key in keys):
        reason = f"{what} gave the path {path!r}, not a list of keys and indexes"
        raise TypeError(reason)
    return keys
