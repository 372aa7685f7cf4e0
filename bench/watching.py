"""How long `lhp watch` takes from a save to the file that it generates, on the large project.

    .venv/bin/python bench/watching.py [--files 2800] [--rounds 9]

Prints the milliseconds from the end of a save until the generated module holds the edit: each, and
the median. The project and the user's folder are made anew in a temporary folder.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from large_project import LargeProject
from measure import ROOT, Tool, environment_of, variables

ROUNDS = 9
GIVEN_UP = 60.0


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--files", type=int, default=2800)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    given = options.parse_args()
    home = environment_of("this", str(ROOT), is_kept=False)
    with tempfile.TemporaryDirectory(prefix="lhp-watch-") as folder:
        project = Path(folder) / "project"
        LargeProject(given.files).write(project)
        tool = Tool((str(home / "bin/lhp"),), variables(LHP_USER_DIR=f"{folder}/user"))
        took = watched(project, tool, given.rounds)
    print(*(f"{each:.0f}" for each in took), "ms; median", f"{statistics.median(took):.0f} ms")


def watched(project: Path, tool: Tool, rounds: int = ROUNDS) -> list[float]:
    """Return the milliseconds from each save to the generated file."""
    tool.run(project, "generate", "-e", "dev")
    command = (*tool.command, "watch", "-e", "dev")
    with subprocess.Popen(
        command, cwd=project, env=tool.environment, stderr=subprocess.PIPE
    ) as running:
        try:
            assert running.stderr is not None
            while b"removed (" not in running.stderr.readline():
                assert running.poll() is None, "watch ended"
            time.sleep(2)  # it reads on while nobody waits
            return [edited(project, number) for number in range(rounds)]
        finally:
            running.terminate()


def edited(project: Path, number: int) -> float:
    """Change the first flowgroup that can be told by a description, and wait for its module."""
    pattern = re.compile(r": Files of \w+")
    for file in sorted(project.glob("pipelines/*/*.yaml")):
        text = file.read_text(encoding="utf-8")
        if pattern.search(text):
            break
    module = project / "generated/dev" / file.parent.name / f"{file.stem}.py"
    file.write_text(pattern.sub(f": Files of edit{number}", text, count=1), encoding="utf-8")
    begun = time.perf_counter()
    while f"edit{number}" not in module.read_text(encoding="utf-8"):
        assert time.perf_counter() - begun < GIVEN_UP, f"edit{number} is not in {module}"
        time.sleep(0.002)
    took = (time.perf_counter() - begun) * 1000
    time.sleep(1.5)
    return took


if __name__ == "__main__":
    main()
