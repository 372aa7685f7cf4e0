"""What a run keeps: batches that are there once and whole, tables that are swapped in one step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.request import url2pathname

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhp.run.store import Store, safe, uri


def rows(*lines: str) -> Callable[[str], int]:
    """Return what writes lines as the rows of a batch."""

    def write(folder: str) -> int:
        place = Path(url2pathname(folder.removeprefix("file://")))
        place.mkdir(parents=True)
        (place / "part.txt").write_text("\n".join(lines), encoding="utf-8")
        return len(lines)

    return write


def broken(folder: str) -> int:
    """Write half a batch, then fail."""
    rows("half")(folder)
    raise OSError(folder)


def text_of(folder: Path) -> list[str]:
    return sorted(
        line
        for file in folder.rglob("part.txt")
        for line in file.read_text(encoding="utf-8").splitlines()
    )


def test_a_batch_that_comes_again_is_there_once(tmp_path: Path) -> None:
    table = Store(tmp_path).table("c.s.orders")
    table.declare("{}", "append")
    assert table.append("f", "0", rows("a", "b")) == 2
    assert table.append("f", "0", rows("a", "b")) == 2
    assert table.append("f", "1", rows("c")) == 1
    assert table.append("g", "0", rows("d")) == 1
    assert text_of(table.data) == ["a", "b", "c", "d"]
    assert table.rows == 4
    assert table.has("f", "1")
    assert not table.has("g", "1")


def test_a_batch_that_is_half_written_is_not_there(tmp_path: Path) -> None:
    table = Store(tmp_path).table("c.s.orders")
    table.declare("{}", "append")
    with pytest.raises(OSError, match="staging"):
        table.append("f", "0", broken)
    assert (text_of(table.data), table.rows) == ([], 0)
    table.append("f", "0", rows("a"))
    assert (text_of(table.data), table.rows) == (["a"], 1)


def test_a_table_that_is_made_anew_holds_the_old_rows_until_the_new_ones_are_whole(
    tmp_path: Path,
) -> None:
    table = Store(tmp_path).table("c.s.daily")
    table.replace(rows("old"), "{}", "refresh")
    assert not table.is_appended
    known = table.id
    with pytest.raises(OSError, match="staging"):
        table.replace(broken, "{}", "refresh")
    assert text_of(table.data) == ["old"]
    table.replace(rows("new", "er"), '{"fields": []}', "refresh")
    assert text_of(table.data) == ["er", "new"]
    assert (table.rows, table.schema) == (2, '{"fields": []}')
    assert (table.way, table.id) == ("refresh", known)
    kept = sorted(each.name for each in table.folder.iterdir() if each.name.startswith("version"))
    assert kept == [table.data.name]


def test_changes_lie_apart_from_the_rows(tmp_path: Path) -> None:
    table = Store(tmp_path).table("c.s.customers")
    table.append("f", "1", rows("a"), log=True)
    table.append("f", "0", rows("b"), log=True)
    assert table.rows == 0
    assert table.batches("f") == ("0", "1")
    assert table.has("f", "0", log=True)
    assert text_of(table.log) == ["a", "b"]


def test_a_table_is_found_by_its_name_in_any_case_and_can_be_forgotten(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.table("C.S.Orders").declare("{}", "append")
    table = store.table("c.s.orders")
    assert (table.schema, store.names()) == ("{}", ["c.s.orders"])
    table.note_sources("f", {"c.s.raw": "1"})
    assert table.sources("f") == {"c.s.raw": "1"}
    store.forgotten.add("c.s.orders")
    table = store.table("c.s.orders")
    assert (table.schema, table.sources("f"), store.names()) == (None, None, [])
    assert table.folder.exists()
    store.forget("c.s.orders")
    assert not table.folder.exists()
    assert not table.checkpoints.exists()
    store.table("c.s.orders").declare("{}", "append")
    assert store.names() == ["c.s.orders"]


@given(st.text(min_size=1), st.text(min_size=1))
def test_names_become_different_file_names(one: str, other: str) -> None:
    name = safe(one)
    assert (name == safe(other)) == (one == other)
    assert name[0] not in "._"
    assert not set(name) & set('/\\:*?"<>|%={}[] ')


def test_a_path_for_spark_has_no_escapes(tmp_path: Path) -> None:
    assert uri(tmp_path / "a b~2F").endswith("/a b~2F")
    assert uri(tmp_path).startswith("file:///")
