"""One run that writes: what `generate` does once and `watch` does again and again."""

from __future__ import annotations

from contextlib import nullcontext
from typing import NamedTuple

from lhp.cli.session import Session
from lhp.core.collector import no_collector
from lhp.core.plugin_manager import PluginManager
from lhp.core.spans import span
from lhp.errors import LhpError
from lhp.passes.run import Wanted, run
from lhp.passes.write import Plan, plan, unchanged, write


class Done(NamedTuple):
    """What a run did.

    Args:
        planned: What it wrote, or would write.
        problems: Errors and warnings.
        is_refused: True when nothing was written because of an error.
        has_plan: False when an error came before it was known what to write.
        manager: The plugins of the project.
    """

    planned: Plan
    problems: tuple[LhpError, ...]
    is_refused: bool
    has_plan: bool
    manager: PluginManager


@no_collector()
def regenerate(session: Session, wanted: Wanted, *, is_plan: bool, force: bool) -> Done:
    """Make the outputs of a project and bring the disk in line with them.

    Args:
        session: What the call of the command knows.
        wanted: What to make.
        is_plan: True writes nothing.
        force: True overwrites files of ours that somebody edited.

    Raises:
        LhpError: NOT_A_PROJECT, RUN_LOCKED, WRITE_FAILED.
        LhpErrors: What is wrong with lhp.yaml; plugins that nobody approved.
    """
    # A run that waited reads the project as it is then.
    with nullcontext() if is_plan else session.alone(session.root()):
        project = session.project()
        manager = session.manager_of(project)
        outcome = run(project, wanted, manager)
        planned = Plan()
        if outcome.is_unchanged:
            planned = unchanged(outcome.outputs)
        elif not outcome.has_errors:
            with span("plan"):
                planned = plan(project.root, wanted.env, outcome.outputs, only=wanted.pipeline)
        problems = (*outcome.problems, *planned.problems(force=force))
        is_refused = any(not problem.is_warning for problem in problems)
        if not is_plan and not is_refused:
            if not planned.is_idle:
                with span("write"):
                    write(project.root, wanted.env, planned, force=force)
            if outcome.memory is not None:
                outcome.memory.write(project.root, wanted.env)
    return Done(planned, problems, is_refused, not outcome.has_errors, manager)
