"""Ends a run that would be the last one again, before anything is loaded for it."""

from __future__ import annotations

import os
import sys

from lhp.core.surroundings import project_above
from lhp.passes.again import PLACES, Again, Look, key_of, place_of

TYPE_CHECKING = False  # to import `typing` takes as long as Python itself
if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST = 8  # commands, called in different ways, of which something is kept


class Begun:
    """What a command meets when it begins.

    Args:
        words: The command, as it was called.
        root: The project's folder.
    """

    def __init__(self, words: Sequence[str], root: str) -> None:
        self.words = words
        self.root = root
        self.key = key_of(words)
        self.look: Look | None = Look(root)

    @classmethod
    def of(cls, words: Sequence[str]) -> Begun | None:
        """Return how a run begins; None for another command, and outside of a project."""
        folder = words[1] if words[:1] == ["--project"] and words[1:] else ""
        if words[2 if folder else 0 :][:1] != ["generate"]:
            return None
        try:
            root = project_above(os.path.realpath(folder or os.getcwd()))  # noqa: PTH109
        except (OSError, ValueError):
            return None
        return None if root is None else cls(words, root)

    def is_of(self, folder: object) -> bool:
        """Return True where a command is called for the project that was looked at.

        Args:
            folder: What `--project` names; None where it is not there.
        """
        return folder is None or [*self.words[:2]] == ["--project", str(folder)]

    def keep(self, again: Again) -> None:
        """Keep what this run looked at, and what the next one would tell."""
        from contextlib import suppress
        from pathlib import Path

        from lhp.errors import LhpError
        from lhp.passes.state import replace_file

        root, path = Path(self.root), place_of(self.words)
        with suppress(LhpError):  # it only saves time
            replace_file(root, path, again.text(self.key).encode())
            kept = sorted((root / path).parent.glob(PLACES), key=lambda file: file.stat().st_mtime)
            for file in kept[:-_MOST]:
                file.unlink(missing_ok=True)

    def tell_again(self) -> int | None:
        """Tell what the last run told, where nothing changed; None where there is work to do."""
        kept = Again.read(self.root, self.words, self.key)
        if kept is None or self.look is None or not kept.holds(self.look):
            return None
        # Imported when it is needed, as all of this takes longer than to look.
        from pathlib import Path

        from lhp.core.audit import Audit, audit_file
        from lhp.errors import LhpError

        root = Path(self.root)
        try:
            audit = Audit(audit_file(root), root)
            audit.note("run.start")
        except LhpError:  # told by a whole run
            return None
        if kept.problems:
            from lhp.cli.report import print_problems
            from lhp.model.problem_data import problem_of_data

            print_problems(map(problem_of_data, kept.problems), root=root)
        for line in kept.lines:
            sys.stderr.write(f"{line}\n")
        audit.note("run.end", outcome="ok")
        return 0
