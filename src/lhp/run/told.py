"""Words what Spark and generated code raise, and finds the place in the YAML."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from py4j.protocol import Py4JError
from pyspark.errors import AnalysisException, ParseException, PySparkException

from lhp.errors import RUN_EXPECTATION, RUN_FAILED, RUN_TEST_FAILED, LhpError, Location
from lhp.run.changes import ChangesError
from lhp.run.checks import refused_by
from lhp.run.datasets import Flow, Target
from lhp.run.job import Job
from lhp.run.outcome import Checked
from lhp.run.queries import QueryError, place_of
from lhp.values import frozen


class Place(Protocol):
    """Finds where something of a flowgroup stands."""

    def __call__(self, pipeline: str, flowgroup: str, *names: str) -> Location | None:
        """Return where the action stands that makes what has one of the names, the first best.

        Args:
            pipeline: The pipeline.
            flowgroup: Its flowgroup, which is told where no action has any of them.
            names: Of views, tables, sinks or flows.
        """


@frozen
class Teller:
    """Makes errors of what goes wrong.

    Args:
        root: The project's folder.
        place: Finds where something of a flowgroup stands.
        generated: The folder of the generated modules.
        log: Where Spark's own words are, as messages show it.
        hidden: Returns a text without the secrets in it.
    """

    root: Path
    place: Place
    generated: Path
    log: str
    hidden: Callable[[str], str] = str

    def placed(self, error: LhpError, about: Target | Flow, *names: str) -> LhpError:
        """Return an error at its place in the YAML.

        Args:
            error: The error.
            about: What it is about.
            names: What is more at fault, if anything, and what is less.
        """
        if error.location is not None:
            return error
        at = self.place(about.pipeline, about.flowgroup, *(names or [about.name]))
        return LhpError(error.code, at, error.values)

    def told(self, error: BaseException, job: Job) -> LhpError:
        """Return the error of what was raised for a flow.

        Args:
            error: What was raised.
            job: The flow at work.
        """
        flow, met = job.flow, job.met
        names = (met.failed, flow.name, job.target.name)
        if isinstance(error, LhpError):
            return self.placed(error, flow, *names)
        words = self.hidden(str(error))
        refused = refused_by(words)
        if refused:
            name, rule, row = refused
            at = self.place(flow.pipeline, flow.flowgroup, name, *names)
            return RUN_EXPECTATION.at(at, name=name, rule=rule, row=row)
        name = met.failed or flow.name
        if isinstance(error, QueryError):
            reason = self.hidden(error.reason)
            problem = error.problem or RUN_FAILED.at(name=name, reason=reason, log=self.log)
            problem = self.placed(problem, flow, *names)
            if problem.location is not None:
                at = place_of(self.root, problem.location, error)
                return LhpError(problem.code, at, problem.values)
            return problem
        is_plain = isinstance(error, (ChangesError, PySparkException, Py4JError))
        reason = _reason(words) if is_plain else self._of_code(error, words)
        return self.placed(RUN_FAILED.at(name=name, reason=reason, log=self.log), flow, *names)

    def is_late(self, error: BaseException) -> bool:
        """Return True for an error that may be gone once there are rows: none of an analysis."""
        if isinstance(
            error, (LhpError, AnalysisException, ChangesError, ParseException, QueryError)
        ):
            return False
        return not isinstance(error, (ImportError, NameError, SyntaxError))

    def failed_tests(self, target: Target, checks: Sequence[Checked]) -> Iterator[LhpError]:
        """Yield an error for each rule of a test that is broken and must not be."""
        for check in checks:
            if check.action == "fail" and check.failed:
                total = check.passed + check.failed
                yield self.placed(
                    RUN_TEST_FAILED.at(
                        name=target.name, failed=check.failed, total=total, rule=check.name
                    ),
                    target,
                )

    def _of_code(self, error: BaseException, words: str) -> str:
        """Return what Python code raised, and its line in the generated modules."""
        lines = [
            f" ({Path(frame.filename).relative_to(self.generated).as_posix()}:{frame.lineno})"
            for frame in traceback.extract_tb(error.__traceback__)
            if Path(frame.filename).is_relative_to(self.generated)
        ]
        return f"{type(error).__name__}: {words}{lines[-1] if lines else ''}"


def _raised(trace: re.Match[str]) -> str:
    """Return the line of the project that a trace of Python ends with."""
    lines = [line for line in _LINE.findall(trace[1]) if "pyspark" not in line[0]]
    return f"\n{Path(lines[-1][0]).name}:{lines[-1][1]}: " if lines else "\n"


def _reason(words: str) -> str:
    """Return what Spark says, without its plans and traces of Java and Python."""
    kept = []
    for line in _TRACE.sub(_raised, _CALL.sub("", words.strip())).splitlines():
        if line.startswith(("JVM stacktrace", "\tat ", "'", "== Physical", "+- ", "=== Streaming")):
            break
        kept.append(line.rstrip())
    return "\n".join(filter(None, kept[:_MOST_LINES])) or words.strip()


_CALL = re.compile(r"^An error occurred while calling [\w.]+\s*:\s*(?:[\w.$]+: )?")
_TRACE = re.compile(r"Traceback \(most recent call last\):\n((?:[ \t].*\n|\n)*)")
_LINE = re.compile(r'File "([^"]+)", line (\d+)')
_MOST_LINES = 12
