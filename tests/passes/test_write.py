"""Plan, atomic replace, state and lock."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhp.errors import LhpError, LhpErrors
from lhp.model.flowgroup import Output
from lhp.passes.state import SIGNATURE, State
from lhp.passes.write import Change, Plan, diff_text, plan, run_lock, write

if TYPE_CHECKING:
    from collections.abc import Sequence

ORDERS = "generated/dev/bronze/orders.py"
ITEMS = "generated/dev/bronze/items.py"
SALES = "generated/dev/gold/sales.py"
SHARED = "resources/x.yml"


def out(path: str, text: str = "x = 1\n") -> Output:
    """Return an output of the pipeline that its folder names."""
    return Output(path, text, path.split("/")[2])


def generate(root: Path, *outputs: Output, force: bool = False, only: str | None = None) -> str:
    """Plan and write, and return the letters of the changes made."""
    done = write(root, "dev", plan(root, "dev", outputs, only=only), force=force)
    return " ".join(f"{change.kind}:{Path(change.path).stem}" for change in done)


def kinds(root: Path, *outputs: Output, only: str | None = None) -> dict[str, str]:
    """Return the kind of each planned change by module name."""
    changes = plan(root, "dev", outputs, only=only).changes
    return {Path(change.path).stem: change.kind for change in changes}


def recorded(root: Path) -> Sequence[str]:
    """Return the paths that the state knows."""
    return sorted(State.read(root, "dev").files)


def codes(error: LhpErrors) -> list[str]:
    """Return the codes of a group of errors."""
    return [problem.code.id for problem in error.problems]


def test_first_run_writes_all_and_the_second_nothing(tmp_path: Path) -> None:
    assert generate(tmp_path, out(SALES), out(ORDERS)) == "new:orders new:sales"
    assert (tmp_path / ORDERS).read_bytes() == b"x = 1\n"
    state = (tmp_path / ".lhp/state/dev.json").stat()
    assert generate(tmp_path, out(SALES), out(ORDERS)) == ""
    assert (tmp_path / ".lhp/state/dev.json").stat().st_ino == state.st_ino
    assert recorded(tmp_path) == [ORDERS, SALES]


def test_planning_touches_nothing(tmp_path: Path) -> None:
    plan(tmp_path, "dev", [out(ORDERS)])
    assert list(tmp_path.iterdir()) == []


def test_changed_and_stale_files_are_ours_to_change(tmp_path: Path) -> None:
    generate(tmp_path, out(ORDERS), out(SALES))
    assert generate(tmp_path, out(ORDERS, "x = 2\n")) == "changed:orders stale:sales"
    assert (tmp_path / ORDERS).read_text() == "x = 2\n"
    assert not (tmp_path / SALES).parent.exists()
    assert recorded(tmp_path) == [ORDERS]


def test_folder_that_is_not_empty_and_the_environment_folder_stay(tmp_path: Path) -> None:
    generate(tmp_path, out(ORDERS), out(SALES))
    note = tmp_path / "generated/dev/bronze/note.txt"
    note.write_text("mine")
    generate(tmp_path)
    assert note.exists()
    note.unlink()
    assert not (tmp_path / "generated/dev/gold").exists()
    assert (tmp_path / "generated/dev").is_dir()


def test_folders_outside_the_environment_stay(tmp_path: Path) -> None:
    output = Output("resources/lhp/bronze.yml", "a: 1\n", "bronze")
    generate(tmp_path, output)
    generate(tmp_path)
    assert not (tmp_path / output.path).exists()
    assert (tmp_path / "resources/lhp").is_dir()


def test_one_pipeline_leaves_the_others_alone(tmp_path: Path) -> None:
    generate(tmp_path, out(ORDERS), out(ITEMS), out(SALES))
    outputs = (out(ORDERS, "x = 2\n"), out(SALES, "x = 2\n"))
    assert generate(tmp_path, *outputs, only="bronze") == "stale:items changed:orders"
    assert (tmp_path / SALES).read_text() == "x = 1\n"
    assert recorded(tmp_path) == [ORDERS, SALES]


def test_one_environment_leaves_the_others_alone(tmp_path: Path) -> None:
    generate(tmp_path, out(ORDERS))
    write(tmp_path, "prod", plan(tmp_path, "prod", [out("generated/prod/bronze/orders.py")]))
    assert (tmp_path / ORDERS).exists()


def of(root: Path, env: str, text: str | None, *, force: bool = False) -> str:
    """Generate one file whose path all environments share; None generates nothing."""
    outputs = [] if text is None else [Output(SHARED, text, "")]
    done = write(root, env, plan(root, env, outputs), force=force)
    return " ".join(change.kind for change in done)


def test_a_file_that_environments_share_is_ours_to_replace_for_each(tmp_path: Path) -> None:
    assert of(tmp_path, "dev", "env: dev\n") == "new"
    assert of(tmp_path, "prod", "env: prod\n") == "changed"
    assert of(tmp_path, "dev", "env: dev\n") == "changed"
    (tmp_path / SHARED).write_text("by hand")
    with pytest.raises(LhpErrors) as caught:
        of(tmp_path, "prod", "env: prod\n")
    assert codes(caught.value) == ["LHP-IO-121"]
    assert of(tmp_path, "prod", "env: prod\n", force=True) == "edited"


@pytest.mark.parametrize("last", ["env: dev\n", "same\n"])
def test_a_file_that_environments_share_goes_with_the_last_of_them(
    last: str, tmp_path: Path
) -> None:
    of(tmp_path, "prod", "same\n")
    of(tmp_path, "dev", last)
    assert of(tmp_path, "dev", None) == ""
    assert (tmp_path / SHARED).read_text() == last
    # What the other environment left there is still ours.
    assert of(tmp_path, "prod", "env: prod\n") == "changed"
    assert of(tmp_path, "dev", None) == ""
    assert of(tmp_path, "prod", None) == "stale"
    assert not (tmp_path / SHARED).exists()
    of(tmp_path, "dev", None)
    assert recorded(tmp_path) == []


def test_a_generated_file_that_no_state_knows_is_taken_over_by_force(tmp_path: Path) -> None:
    (tmp_path / ORDERS).parent.mkdir(parents=True)
    (tmp_path / ORDERS).write_text(f"# by acme\n{SIGNATURE}: old\nx = 1\n")
    (tmp_path / ITEMS).write_text("x = 1\n")
    with pytest.raises(LhpErrors) as caught:
        generate(tmp_path, out(ORDERS, "x = 2\n"), out(ITEMS, "x = 2\n"))
    assert codes(caught.value) == ["LHP-IO-120", "LHP-IO-129"]
    assert "--force" in caught.value.problems[1].hint
    assert generate(tmp_path, out(ORDERS, "x = 2\n"), force=True) == "unrecorded:orders"
    assert generate(tmp_path, out(ORDERS)) == "changed:orders"


def test_a_state_of_another_environment_that_is_broken_is_told(tmp_path: Path) -> None:
    of(tmp_path, "prod", "a\n")
    (tmp_path / ".lhp/state/prod.json").write_text("{")
    with pytest.raises(LhpError, match="LHP-IO-127"):
        of(tmp_path, "dev", "b\n")


def test_file_of_somebody_else_is_never_overwritten(tmp_path: Path) -> None:
    for path in (ORDERS, SALES):
        (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / ORDERS).write_text("mine")
    (tmp_path / SALES).mkdir()
    for force in (False, True):
        with pytest.raises(LhpErrors) as caught:
            generate(tmp_path, out(ORDERS), out(SALES), out(ITEMS), force=force)
        assert codes(caught.value) == ["LHP-IO-120"] * 2
    assert (tmp_path / ORDERS).read_text() == "mine"
    assert not (tmp_path / ITEMS).exists()
    assert not (tmp_path / ".lhp").exists()


def test_equal_file_of_somebody_else_is_adopted(tmp_path: Path) -> None:
    (tmp_path / ORDERS).parent.mkdir(parents=True)
    (tmp_path / ORDERS).write_text("x = 1\n")
    assert generate(tmp_path, out(ORDERS)) == ""
    assert recorded(tmp_path) == [ORDERS]
    assert generate(tmp_path, out(ORDERS, "x = 2\n")) == "changed:orders"


def test_edited_files_are_refused_until_forced(tmp_path: Path) -> None:
    generate(tmp_path, out(ORDERS), out(SALES), out(ITEMS))
    (tmp_path / ORDERS).write_text("by hand")
    (tmp_path / SALES).write_text("by hand")
    with pytest.raises(LhpErrors) as caught:
        generate(tmp_path, out(ORDERS), out(ITEMS, "x = 2\n"))
    assert codes(caught.value) == ["LHP-IO-121", "LHP-IO-122"]
    assert all("--force" in problem.hint for problem in caught.value.problems)
    assert (tmp_path / ITEMS).read_text() == "x = 1\n"
    assert generate(tmp_path, out(ORDERS), force=True) == "stale:items edited:orders edited:sales"
    assert (tmp_path / ORDERS).read_text() == "x = 1\n"
    assert not (tmp_path / SALES).exists()
    assert kinds(tmp_path, out(ORDERS)) == {"orders": "same"}


def test_edit_that_the_run_would_make_is_no_edit(tmp_path: Path) -> None:
    generate(tmp_path, out(ORDERS))
    (tmp_path / ORDERS).write_text("x = 2\n")
    assert kinds(tmp_path, out(ORDERS, "x = 2\n")) == {"orders": "same"}


def test_deleted_file_comes_back_or_is_forgotten(tmp_path: Path) -> None:
    generate(tmp_path, out(ORDERS), out(SALES), out(ITEMS))
    for path in (ORDERS, SALES, ITEMS):
        (tmp_path / path).unlink()
    (tmp_path / ITEMS).mkdir()  # a folder of that name is not what we wrote
    assert generate(tmp_path, out(ORDERS)) == "new:orders"
    assert recorded(tmp_path) == [ORDERS]


def test_text_is_utf_8_with_plain_newlines(tmp_path: Path) -> None:
    generate(tmp_path, out(ORDERS, "# ü €\r\nx = 1\r\n"), out(ITEMS, ""))
    assert (tmp_path / ORDERS).read_bytes() == "# ü €\nx = 1\n".encode()
    assert (tmp_path / ITEMS).read_bytes() == b""
    assert recorded(tmp_path) == [ITEMS, ORDERS]


def test_old_text_that_is_not_utf_8_can_be_shown(tmp_path: Path) -> None:
    generate(tmp_path, out(ORDERS))
    (tmp_path / ORDERS).write_bytes(b"\xff\n")
    (change,) = plan(tmp_path, "dev", [out(ORDERS)]).changes
    assert change.old == "\ufffd\n"


@pytest.mark.parametrize(
    "path",
    [
        "../x.py",
        "/etc/x.py",
        "generated/../../x.py",
        "a\\..\\x.py",
        "a//b.py",
        "./x.py",
        ".",
        "",
        "a\0",
    ],
)
def test_path_that_leads_out_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(LhpErrors) as caught:
        plan(tmp_path, "dev", [Output(path, "", "bronze")])
    assert codes(caught.value) == ["LHP-IO-123"]


@pytest.mark.parametrize("link", ["generated", "generated/dev/bronze", ORDERS])
def test_symlink_out_of_the_project_is_refused(tmp_path: Path, link: str) -> None:
    outside = tmp_path / "outside"
    (outside / "dev/bronze").mkdir(parents=True)
    (outside / "orders.py").write_text("mine")
    root = tmp_path / "project"
    (root / link).parent.mkdir(parents=True)
    target = outside / "orders.py" if link == ORDERS else outside
    (root / link).symlink_to(target)
    with pytest.raises(LhpErrors) as caught:
        generate(root, out(ORDERS))
    assert codes(caught.value) == ["LHP-IO-123"]


def test_symlink_out_of_the_project_is_refused_for_our_own_folder(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "project").mkdir()
    (tmp_path / "project/.lhp").symlink_to(tmp_path / "outside")
    with pytest.raises(LhpError, match="LHP-IO-123"):
        generate(tmp_path / "project", out(ORDERS))
    with pytest.raises(LhpError, match="LHP-IO-123"), run_lock(tmp_path / "project"):
        pass


def test_symlink_inside_the_project_is_replaced_not_followed(tmp_path: Path) -> None:
    generate(tmp_path, out(ORDERS))
    (tmp_path / "mine.py").write_text("mine")
    (tmp_path / ORDERS).unlink()
    (tmp_path / ORDERS).symlink_to(tmp_path / "mine.py")
    assert generate(tmp_path, out(ORDERS), force=True) == "edited:orders"
    assert (tmp_path / "mine.py").read_text() == "mine"
    assert not (tmp_path / ORDERS).is_symlink()


def test_loop_of_symlinks_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / ORDERS).parent.mkdir(parents=True)
    (tmp_path / ORDERS).symlink_to(tmp_path / ORDERS)
    with pytest.raises(LhpErrors, match="LHP-IO-126"):
        plan(tmp_path, "dev", [out(ORDERS)])


def test_outputs_that_meet_in_one_file_are_refused(tmp_path: Path) -> None:
    twin = Output(ORDERS.replace("orders", "Orders"), "", "bronze", ("pipelines/b.yaml",))
    with pytest.raises(LhpErrors) as caught:
        plan(tmp_path, "dev", [out(ORDERS), twin, out(ORDERS)])
    assert codes(caught.value) == ["LHP-IO-124"] * 2
    assert [str(problem.location) for problem in caught.value.problems] == [
        "pipelines/b.yaml",
        ORDERS,
    ]


def test_half_a_character_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LhpErrors, match=r"U\+D800") as caught:
        plan(tmp_path, "dev", [out(ORDERS, "x = '\ud800'")])
    assert codes(caught.value) == ["LHP-IO-125"]


def test_file_renamed_in_case_only_is_not_removed(tmp_path: Path) -> None:
    upper = ORDERS.replace("orders", "Orders")
    generate(tmp_path, out(upper))
    # A hard link is what a disk without case looks like: two names, one file.
    os.link(tmp_path / upper, tmp_path / ORDERS)
    assert generate(tmp_path, out(ORDERS, "x = 1\n")) == ""
    assert recorded(tmp_path) == [ORDERS]


def test_file_renamed_in_case_only_is_ours_to_change(tmp_path: Path) -> None:
    upper = ORDERS.replace("orders", "Orders")
    generate(tmp_path, out(upper))
    os.link(tmp_path / upper, tmp_path / ORDERS)
    assert kinds(tmp_path, out(ORDERS, "x = 2\n")) == {"orders": "changed"}


def test_file_renamed_in_case_only_is_two_files_on_this_disk(tmp_path: Path) -> None:
    generate(tmp_path, out(ORDERS.replace("orders", "Orders")))
    (tmp_path / ORDERS).write_text("mine")
    assert kinds(tmp_path, out(ORDERS)) == {"Orders": "stale", "orders": "foreign"}


def test_failing_write_keeps_what_is_done_and_tells_the_truth(tmp_path: Path) -> None:
    generate(tmp_path, out(ITEMS), out(ORDERS))
    (tmp_path / "generated/dev/gold").write_text("a file where a folder belongs")
    outputs = (out(ITEMS, "x = 2\n"), out(SALES))
    with pytest.raises(LhpError, match="LHP-IO-126") as caught:
        generate(tmp_path, *outputs)
    assert caught.value.location is not None
    assert caught.value.location.path == SALES
    assert (tmp_path / ITEMS).read_text() == "x = 2\n"
    assert (tmp_path / ORDERS).exists()
    assert recorded(tmp_path) == [ITEMS, ORDERS]
    (tmp_path / "generated/dev/gold").unlink()
    assert generate(tmp_path, *outputs) == "stale:orders new:sales"


def test_failing_write_leaves_no_temporary_file(tmp_path: Path) -> None:
    generate(tmp_path, out(ORDERS))
    made = plan(tmp_path, "dev", [out(ORDERS, "x = 2\n"), out(ITEMS, "x = 2\n")])
    (tmp_path / ITEMS).mkdir()  # after planning: os.replace refuses
    with pytest.raises(LhpError, match="LHP-IO-126"):
        write(tmp_path, "dev", made)
    assert sorted(path.name for path in (tmp_path / ITEMS).parent.iterdir()) == [
        "items.py",
        "orders.py",
    ]
    assert kinds(tmp_path, out(ORDERS, "x = 3\n")) == {"orders": "changed"}


def _killed_in_between(root: Path) -> None:
    made = plan(root, "dev", [out(ITEMS, "x = 2\n"), out(ORDERS, "x = 2\n")])
    replaced = os.replace

    def replace_or_die(old: str, new: str) -> None:
        replaced(old, new)
        if Path(new).name == "items.py":
            os._exit(9)

    os.replace = replace_or_die
    write(root, "dev", made)


def test_killed_run_leaves_a_state_that_knows_both_texts(tmp_path: Path) -> None:
    generate(tmp_path, out(ITEMS), out(ORDERS))
    process = multiprocessing.get_context("spawn").Process(
        target=_killed_in_between, args=(tmp_path,)
    )
    process.start()
    process.join()
    assert process.exitcode == 9
    assert (tmp_path / ITEMS).read_text() == "x = 2\n"
    assert (tmp_path / ORDERS).read_text() == "x = 1\n"
    third = (out(ITEMS, "x = 3\n"), out(ORDERS, "x = 3\n"))
    assert kinds(tmp_path, *third) == {"items": "changed", "orders": "changed"}
    generate(tmp_path, *third)
    assert all(not record.before for record in State.read(tmp_path, "dev").files.values())


@given(
    st.lists(
        st.tuples(
            st.dictionaries(
                st.sampled_from([ORDERS, ITEMS, SALES]),
                st.text(st.sampled_from("ab\n"), max_size=3),
            ),
            st.sampled_from([None, "bronze", "gold"]),
        ),
        max_size=5,
    )
)
@settings(deadline=None)
def test_disk_always_ends_as_the_outputs_say(
    tmp_path_factory: pytest.TempPathFactory, runs: list[tuple[dict[str, str], str | None]]
) -> None:
    root = tmp_path_factory.mktemp("project")
    expected: dict[str, str] = {}
    for texts, only in runs:
        generate(root, *(out(path, text) for path, text in texts.items()), only=only)
        chosen = {path for path in (ORDERS, ITEMS, SALES) if only in (None, path.split("/")[2])}
        kept = {path: text for path, text in expected.items() if path not in chosen}
        expected = {**kept, **{path: text for path, text in texts.items() if path in chosen}}
        on_disk = {
            path.relative_to(root).as_posix(): path.read_text()
            for path in root.glob("generated/**/*")
            if path.is_file()
        }
        assert on_disk == expected
        assert recorded(root) == sorted(expected)


def test_diff_is_what_git_applies() -> None:
    change = Change("a.py", "changed", "x = 1\n\x0cy = 2\n", "x = 1\n\x0cy = 3")
    assert diff_text(change) == (
        "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n x = 1\n-\x0cy = 2\n+\x0cy = 3\n"
        "\\ No newline at end of file\n"
    )


@pytest.mark.parametrize(
    ("old", "text", "heads"),
    [
        (None, "x\n", ["--- /dev/null", "+++ b/a.py"]),
        ("x\n", None, ["--- a/a.py", "+++ /dev/null"]),
        ("x\n", "x\n", []),
    ],
)
def test_diff_names_the_empty_side(old: str | None, text: str | None, heads: list[str]) -> None:
    assert diff_text(Change("a.py", "new", old, text)).split("\n")[:2] == (heads or [""])


def test_plan_of_an_empty_run_has_no_problems() -> None:
    assert Plan(()).problems() == ()
    assert Plan(()).pending == ()


def _hold(root: Path, held: object, release: object) -> None:
    with run_lock(root):
        held.set()  # type: ignore[attr-defined]
        release.wait(30)  # type: ignore[attr-defined]


def test_second_run_waits_says_so_once_and_gives_up(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    held, release = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(tmp_path, held, release))
    process.start()
    assert held.wait(30)
    said: list[str] = []
    with (
        pytest.raises(LhpError, match=r"LHP-IO-128.* 0\.2 seconds"),
        run_lock(tmp_path, wait_seconds=0.2, on_wait=lambda: said.append("waiting")),
    ):
        pytest.fail("two runs at once")
    assert said == ["waiting"]
    with run_lock(tmp_path, wait_seconds=30, on_wait=release.set):
        assert release.is_set()
    process.join()


def test_lock_is_free_after_a_run(tmp_path: Path) -> None:
    for _ in range(2):
        with run_lock(tmp_path, wait_seconds=0):
            assert (tmp_path / ".lhp/lock").exists()


def test_lock_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".lhp").write_text("")
    with pytest.raises(LhpError, match="LHP-IO-126"), run_lock(tmp_path):
        pass


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"version": 2, "files": {}}',
        '{"version": 1, "files": []}',
        '{"version": 1, "files": {"a.py": 1}}',
        '{"version": 1, "files": {"a.py": {}}}',
        '{"version": 1, "files": {"a.py": {"sha256": 1, "pipeline": "x"}}}',
        '{"version": 1, "files": {"../a.py": {"sha256": "", "pipeline": ""}}}',
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    ],
)
def test_state_of_somebody_else_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / ".lhp/state/dev.json"
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="latin-1")
    with pytest.raises(LhpError, match="LHP-IO-127"):
        plan(tmp_path, "dev", [])


def test_state_is_sorted_json_with_a_version(tmp_path: Path) -> None:
    generate(tmp_path, out(SALES), out(ORDERS))
    data = json.loads((tmp_path / ".lhp/state/dev.json").read_text())
    assert data["version"] == 1
    assert list(data["files"]) == [ORDERS, SALES]
    assert set(data["files"][ORDERS]) == {"sha256", "pipeline"}


@pytest.mark.skipif(
    sys.platform == "win32" or not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="the superuser and Windows write to read-only folders",
)
def test_folder_without_permission_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "generated").mkdir(mode=0o500)
    with pytest.raises(LhpError, match="LHP-IO-126"):
        generate(tmp_path, out(ORDERS))
