"""Catches what code of the project raises, which may be anything."""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType


class Attempt(AbstractContextManager["Attempt"]):
    """Keeps the error that ends its block; what is no `Exception`, such as Ctrl+C, goes on.

    Args:
        passes: Errors that go on as well.

    Attributes:
        error: What was raised; None where all went well.
    """

    def __init__(self, *passes: type[Exception]) -> None:
        self._passes = passes
        self.error: Exception | None = None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Keep the error."""
        if not isinstance(error, Exception) or isinstance(error, self._passes):
            return False
        self.error = error
        return True
