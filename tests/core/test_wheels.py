"""`source:` of a declaration: whatever is written there, only pinned wheels with hashes come out."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lhp.core.manifest import Manifest, Origin
from lhp.core.wheels import Wheel, read_wheels
from lhp.errors import LhpError

ROOT = Path(__file__).parent
HASH = "0123456789abcdef" * 4


def read(text: str) -> tuple[Wheel, ...]:
    return read_wheels(Manifest("validator", "a", Origin.CONFIG, wheels=text), ROOT)


def read_or_refuse(text: str) -> tuple[Wheel, ...]:
    with contextlib.suppress(LhpError):
        return read(text)
    return ()


PARTS = st.sampled_from(
    [
        *(
            "acme-lhp",
            "==1.2",
            " ",
            "\n",
            "\\\n",
            "#",
            "@",
            "https://example.com/",
            "file:///",
            "../",
        ),
        *("acme_lhp-1.2-py3-none-any.whl", f"--hash=sha256:{HASH}", "--hash=", "-r x", "${HOME}"),
        *(
            "; python_version > '3'",
            "[fast]",
            "git+",
            "%2e%2e/",
            "wheels/",
            "\\",
            "=",
            "*",
            "é",
            "\u2028",
        ),
    ]
)


@given(st.one_of(st.lists(PARTS).map("".join), st.text()))
@example(f"acme-lhp==1.2 --hash=sha256:{HASH}")
@example(f"my wheels/acme_lhp-1.2-py3-none-any.whl --hash=sha256:{HASH}")
def test_what_pip_is_given_is_a_pinned_wheel_with_its_hashes(text: str) -> None:
    for wheel in read_or_refuse(text):
        line = wheel.line_for_pip(ROOT)
        hashes = "".join(f" --hash=sha256:{each}" for each in wheel.hashes)
        assert hashes
        assert line.endswith(hashes)
        what = line[: -len(hashes)]
        assert re.match(r"[a-z0-9-]+(\[[^]]*\])?(==| @ (https|file)://)", what)
        assert not re.search(r"[$\\\n\r\u2028]|(^|\s)-", what)
        assert read(wheel.line) == (wheel,)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("wheels/acme_lhp-1.2-py3-none-any.whl", "wheels/acme_lhp-1.2-py3-none-any.whl"),
        ("my wheels\\acme_lhp-1.2-py3-none-any.whl", "my wheels/acme_lhp-1.2-py3-none-any.whl"),
        ("a#b/acme_lhp-1.2-py3-none-any.whl", "a#b/acme_lhp-1.2-py3-none-any.whl"),
    ],
)
def test_file_of_the_project_is_found_by_its_path(text: str, name: str) -> None:
    (wheel,) = read(f"{text} --hash=sha256:{HASH}")
    assert wheel.file(ROOT) == ROOT / name
    assert (ROOT / name).as_uri() in wheel.line_for_pip(ROOT)
    assert str(wheel) == "acme-lhp 1.2"


def test_file_url_is_a_file_and_an_https_url_is_none() -> None:
    file = ROOT / "acme_lhp-1.2-py3-none-any.whl"
    (wheel,) = read(f"{file.as_uri()} --hash=sha256:{HASH}")
    assert wheel.file(ROOT) == file
    (wheel,) = read(f"https://example.com/acme_lhp-1.2-py3-none-any.whl?x=1 --hash=sha256:{HASH}")
    assert wheel.file(ROOT) is None
