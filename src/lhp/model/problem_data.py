"""Problems as plain data, to be kept from one run to the next."""

from __future__ import annotations

import json
from typing import Any

from lhp.errors import LhpError, Location, known_codes


def problem_data(problem: LhpError) -> Any:
    """Return a problem as plain data."""
    values = {
        key: {"at": value} if isinstance(value, Location) else value
        for key, value in problem.values.items()
    }
    return [problem.code.id, problem.location, values]


def problem_of_data(data: Any) -> LhpError:
    """Return the problem of which `problem_data` gave this.

    Raises:
        ValueError, KeyError, TypeError: It is no such data.
    """
    code, at, values = data
    return LhpError(
        known_codes()[code],
        _location(at),
        {
            key: _location(value["at"]) if isinstance(value, dict) and [*value] == ["at"] else value
            for key, value in values.items()
        },
    )


def may_be_kept(problem: LhpError) -> bool:
    """Return whether a problem is a warning that says the same when it is read back."""
    if not problem.is_warning:
        return False
    again = problem_of_data(json.loads(json.dumps(problem_data(problem), default=str)))
    both = ((each.message, each.hint, each.location) for each in (problem, again))
    return next(both) == next(both)


def _location(data: Any) -> Location | None:
    return None if data is None else Location(*data)
