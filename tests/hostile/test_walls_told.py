"""What a plugin may not open is named, with the way to ask for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lhp.sandbox.kernel import KERNEL, expected_level

from .conftest import FILES, Hostile

Make = Callable[..., Hostile]

pytestmark = pytest.mark.skipif(expected_level() != KERNEL, reason="this kernel has no Landlock")

SPY = """\
from pathlib import Path

ROOT = Path(__file__).parents[1]
{top}

class Spy:
    def validate(self, config):
        {body}
        return []
"""
ASKS = "to read it, ask for `permissions: {read: [data/a.csv]}` in its declaration"


def spy(body: str = "", top: str = "") -> str:
    return SPY.replace("{top}", top).replace("{body}", body or "pass")


@pytest.mark.parametrize(
    "code",
    [
        spy("open(ROOT / 'data/a.csv').read()"),
        spy("(ROOT / 'mine/../data/a.csv').read_bytes()"),
        spy(top="(ROOT / 'data/a.csv').read_text()"),
    ],
)
def test_a_file_that_was_not_asked_for_is_named_with_the_way_to_it(
    hostile: Make, code: str
) -> None:
    project = hostile({"mine/spy.py": code, "data/a.csv": "1,2\n"})
    project.approve()
    came = project.run()
    assert (came.code, "error[LHP-PLG-00" in came.said) == (1, True)
    assert f"Permission denied: {str(project.root / 'data/a.csv')!r}; {ASKS}" in came.said.replace(
        "mine/../", ""
    )
    lines = FILES["lhp.yaml"].replace("Spy}", "Spy, permissions: {read: [data/a.csv]}}")
    project.write({"lhp.yaml": lines})
    project.approve()
    came = project.run()
    assert came.code == 0, came.said


def test_a_file_elsewhere_is_named_without_a_way_to_it(hostile: Make, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("1,2\n")
    project = hostile({"mine/spy.py": spy(f"open({str(other)!r})")})
    project.approve()
    came = project.run()
    assert came.code == 1
    assert f"Permission denied: {str(other)!r}; it is not of the project" in came.said
    assert "permissions:" not in came.said


def test_a_refusal_of_its_own_is_told_as_it_is(hostile: Make) -> None:
    project = hostile({"mine/spy.py": spy("raise PermissionError(13, 'not today', 'here')")})
    project.approve()
    came = project.run()
    assert (came.code, "PermissionError: [Errno 13] not today: 'here'" in came.said) == (1, True)
