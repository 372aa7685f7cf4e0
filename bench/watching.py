"""How long `lhp watch` takes from a save to the file that it generates, on the large project.

    .venv/bin/python bench/watching.py [--files 2800] [--rounds 9]

Prints the milliseconds from the end of a save until the generated module holds the edit: each, and
the median. The project and the user's folder are made anew in a temporary folder.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from large_project import LargeProject

ROOT = Path(__file__).resolve().parent.parent
LHP = Path(sys.executable).with_name("lhp")
GIVEN_UP = 60.0


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--files", type=int, default=2800)
    options.add_argument("--rounds", type=int, default=9)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="lhp-watch-") as folder:
        project = Path(folder) / "project"
        LargeProject(given.files).write(project)
        took = list(watched(project, given.rounds))
    print(*(f"{each:.0f}" for each in took), "ms; median", f"{statistics.median(took):.0f} ms")


def watched(project: Path, rounds: int) -> list[float]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    environment["LHP_USER_DIR"] = str(project.parent / "user")
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run((LHP, "generate", "-e", "dev"), cwd=project, env=environment, check=True)
    command = (LHP, "watch", "-e", "dev")
    with subprocess.Popen(command, cwd=project, env=environment, stderr=subprocess.PIPE) as running:
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
