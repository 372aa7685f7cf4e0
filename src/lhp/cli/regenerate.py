"""One run that writes: what `generate` does once and `watch` does again and again."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from lhp.cli.session import Session
from lhp.core.plugin_manager import PluginManager
from lhp.core.spans import span
from lhp.errors import LhpError
from lhp.model.problem_data import may_be_kept, problem_data
from lhp.model.project import Project
from lhp.passes.again import Again, Look
from lhp.passes.made import Made
from lhp.passes.run import Outcome, Wanted, run
from lhp.passes.state import Disk, state_path
from lhp.passes.write import Plan, plan, unchanged, write


class Done(NamedTuple):
    """What a run did.

    Args:
        planned: What it wrote, or would write.
        problems: Errors and warnings.
        is_refused: True when nothing was written because of an error.
        has_plan: False when an error came before it was known what to write.
        manager: The plugins of the project.
        project: The project.
        built: What the flowgroups make, where that is known or was wanted.
        again: What the next run may look at instead of doing all of it once more; None where that
            is not enough.
    """

    planned: Plan
    problems: tuple[LhpError, ...]
    is_refused: bool
    has_plan: bool
    manager: PluginManager
    project: Project
    built: tuple[Made, ...] = ()
    again: Again | None = None


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
    again = None
    # A run that waited reads the project as it is then.
    with nullcontext() if is_plan else session.alone(session.root()):
        project = session.project()
        manager = session.manager_of(project)
        if session.look:
            wanted = replace(wanted, look=session.look, wants_again=True)
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
            again = _again(project.root, wanted.env, outcome)
    has_plan, built = not outcome.has_errors, outcome.built
    return Done(planned, problems, is_refused, has_plan, manager, project, built, again)


def _again(root: Path, env: str, outcome: Outcome) -> Again | None:
    """Return what is kept of a run after which there is nothing to do."""
    if outcome.again is None or not all(map(may_be_kept, outcome.problems)):
        return None
    look, path = Look(str(root)), state_path(env)
    disk, digest = Disk(root, env, look), look.digest(path)
    outputs = outcome.outputs
    is_clean = disk.paths == {each.path for each in outputs} and all(
        disk.knows(each.path, each.written) for each in outputs
    )
    if not is_clean or not digest:
        return None
    again = outcome.again
    problems = [*map(problem_data, outcome.problems)]
    return Again({**again.files, path: digest}, again.names, problems, ())
