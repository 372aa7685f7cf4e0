"""Standard streams that are closed, full or read no more, and logs that can't be written."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping

import pytest

from .conftest import Hostile

Make = Callable[..., Hostile]

pytestmark = pytest.mark.skipif(
    not os.path.exists("/dev/full"),  # noqa: PTH110  (a device)
    reason="shells and devices of Linux",
)
LHP = f"{sys.executable} -c 'from lhp.cli.main import main; main()' "
WAYS: Mapping[str, str] = {
    "no input": "{} <&-",
    "no output": "{} >&-",
    "no place for errors": "{} 2>&-",
    "nothing": "{} <&- >&- 2>&-",
    "a full output": "{} >/dev/full",
    "a full place for errors": "{} 2>/dev/full",
    "all full": "{} >/dev/full 2>&1",
    "a reader that leaves": "set -o pipefail; {} 2>&1 | head -c 1",
}
COMMANDS = (
    "--version",
    "--help",
    "-v validate",
    "generate --env dev --format json",
    "plugins trust --all",
    "nonsense",
)


def ended(project: Hostile, line: str) -> tuple[int, str]:
    environment = {**os.environ, "LHP_USER_DIR": str(project.user)}
    done = subprocess.run(
        ["bash", "-c", line],  # noqa: S607  (the one of this machine)
        cwd=project.root,
        env=environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


@pytest.mark.parametrize("words", COMMANDS)
@pytest.mark.parametrize("way", WAYS)
def test_no_stream_is_our_fault(hostile: Make, way: str, words: str) -> None:
    project = hostile({})
    project.approve()
    code, said = ended(project, WAYS[way].format(LHP + words))
    assert code in (0, 1, 2), said
    assert not [each for each in ("Traceback", "own fault", "Exception ignored") if each in said]
    left = {path.name for path in project.root.iterdir()} - {".lhp", "generated", "lhp.lock"}
    assert left == {"lhp.yaml", "mine", "pipelines", "substitutions"}


def test_a_closed_output_does_not_end_in_a_file_that_is_written(hostile: Make) -> None:
    project = hostile({})
    project.approve()
    came = ended(project, f"{LHP} -v generate --env dev <&- >&- 2>&-")
    assert came[0] == 0, came
    made = (project.root / "generated/dev/p/f.py").read_text("utf-8")
    assert ended(project, f"rm -r generated .lhp; {LHP} generate --env dev")[0] == 0
    assert (project.root / "generated/dev/p/f.py").read_text("utf-8") == made


def test_a_log_that_can_not_be_written_is_told_in_one_line(hostile: Make) -> None:
    project = hostile({})
    project.approve()
    code, said = ended(project, f"{LHP} --log-file /dev/full validate")
    assert (code, "can't write the log: No space left on device" in said) == (0, True), said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "content", ['{"seq": "x"}', '{"seq": []}', "[" * 60_000, '{"seq": ' + "9" * 5_000 + "}"]
)
def test_an_audit_that_is_none_is_told(hostile: Make, content: str) -> None:
    project = hostile({"audit.jsonl": f"{content}\n{content}\n"})
    project.approve()
    assert project.run("--audit-log", "audit.jsonl", "validate").code == 0
    came = project.run("--audit-log", "audit.jsonl", "plugins", "audit", "--verify")
    assert (came.code, "it was changed after it was written" in came.said) == (1, True), came.said


def test_an_audit_without_end_is_told(hostile: Make) -> None:
    project = hostile({})
    project.approve()
    line = f"ulimit -v 4000000; {LHP} --audit-log /dev/full validate"
    code, said = ended(project, line)
    assert (code, "the audit is not written: /dev/full can't be used" in said) == (0, True), said
