"""What `lhp generate` writes, and when it does not."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from lhp.passes.write import run_lock

ORDERS = "generated/dev/bronze/orders.py"


def generated(shop: Path) -> dict[str, str]:
    files = (shop / "generated").rglob("*.py")
    return {file.relative_to(shop).as_posix(): file.read_text("utf-8") for file in files}


def test_it_writes_each_pipeline_and_counts(shop: Path, lhp: Any) -> None:
    ended = lhp("generate", "-e", "dev")
    assert ended == (
        0,
        "",
        "bronze  2 files\nsilver  2 files\n4 written, 0 unchanged, 0 removed in generated/dev\n",
    )
    assert len(generated(shop)) == 4
    again = lhp("generate", "-e", "dev")
    assert again.err.endswith("0 written, 4 unchanged, 0 removed in generated/dev\n")


def test_an_environment_must_be_given(shop: Path, lhp: Any) -> None:
    assert lhp("generate").code == 2
    assert generated(shop) == {}


def test_nothing_is_written_when_anything_is_wrong(shop: Path, lhp: Any) -> None:
    file = shop / "pipelines/silver/orders.yaml"
    file.write_text(file.read_text("utf-8").replace("sql_path", "sql_pth"), encoding="utf-8")
    ended = lhp("generate", "-e", "dev")
    assert ended.code == 1
    assert "did you mean 'sql_path'?" in ended.err
    assert generated(shop) == {}
    assert not (shop / ".lhp/state").exists()


def test_a_dry_run_prints_the_plan_and_writes_nothing(shop: Path, lhp: Any) -> None:
    ended = lhp("generate", "-e", "dev", "--dry-run")
    assert ended.code == 0
    assert ended.out.splitlines()[:2] == ["+ generated/dev/bronze/customers.py", f"+ {ORDERS}"]
    assert generated(shop) == {}
    assert not (shop / ".lhp/lock").exists()


def test_a_dry_run_shows_changes_removals_and_edits(shop: Path, lhp: Any) -> None:
    lhp("generate", "-e", "dev")
    (shop / "pipelines/silver/customers.yaml").unlink()
    sql = shop / "sql/clean_orders.sql"
    sql.write_text(sql.read_text("utf-8").replace("lower", "upper"), encoding="utf-8")
    (shop / ORDERS).write_text("mine = 1\n", encoding="utf-8")
    ended = lhp("generate", "-e", "dev", "--dry-run")
    assert ended.code == 1
    assert "LHP-IO-121" in ended.err
    assert ended.out.splitlines() == [
        f"! {ORDERS}  (edited since it was generated)",
        "- generated/dev/silver/customers.py",
        "~ generated/dev/silver/orders.py",
    ]
    told = json.loads(lhp("generate", "-e", "dev", "--dry-run", "--format", "json").out)
    assert told["changes"] == [
        {"path": ORDERS, "kind": "edited"},
        {"path": "generated/dev/silver/customers.py", "kind": "stale"},
        {"path": "generated/dev/silver/orders.py", "kind": "changed"},
    ]
    assert [each["code"] for each in told["problems"]] == ["LHP-IO-121"]


def test_an_edited_file_is_kept_until_force(shop: Path, lhp: Any) -> None:
    lhp("generate", "-e", "dev")
    (shop / ORDERS).write_text("mine = 1\n", encoding="utf-8")
    ended = lhp("generate", "-e", "dev")
    assert ended.code == 1
    assert "--force" in ended.err
    assert "written" not in ended.err
    assert generated(shop)[ORDERS] == "mine = 1\n"
    ended = lhp("generate", "-e", "dev", "--force")
    assert ended.code == 0
    assert ended.err.endswith("1 written, 3 unchanged, 0 removed in generated/dev\n")
    assert "mine" not in generated(shop)[ORDERS]


def test_what_is_no_longer_generated_goes_and_other_files_stay(shop: Path, lhp: Any) -> None:
    lhp("generate", "-e", "dev")
    (shop / "generated/dev/silver/notes.py").write_text("", encoding="utf-8")
    (shop / "pipelines/silver/customers.yaml").unlink()
    ended = lhp("generate", "-e", "dev")
    assert ended.err.endswith("0 written, 3 unchanged, 1 removed in generated/dev\n")
    assert (shop / "generated/dev/silver/notes.py").exists()


def test_one_pipeline_leaves_the_others_alone(shop: Path, lhp: Any) -> None:
    lhp("generate", "-e", "dev")
    (shop / "pipelines/silver/customers.yaml").unlink()
    ended = lhp("generate", "-e", "dev", "-p", "bronze")
    assert ended.err == "bronze  2 files\n0 written, 2 unchanged, 0 removed in generated/dev\n"
    assert len(generated(shop)) == 4


def test_no_format_skips_the_formatter(shop: Path, lhp: Any) -> None:
    lhp("generate", "-e", "dev", "--no-format")
    plain = generated(shop)
    lhp("generate", "-e", "dev")
    assert generated(shop).keys() == plain.keys()
    assert generated(shop) != plain


def test_environments_stand_side_by_side(shop: Path, lhp: Any) -> None:
    lhp("generate", "-e", "dev")
    lhp("generate", "-e", "prod")
    texts = generated(shop)
    assert "shop_dev.bronze.orders" in texts[ORDERS]
    assert "shop_prod.bronze.orders" in texts["generated/prod/bronze/orders.py"]


def test_warnings_are_told_with_what_was_written(shop: Path, lhp: Any) -> None:
    file = shop / "lhp.yaml"
    file.write_text(f"{file.read_text('utf-8')}include: ['**/*.yaml', nothing.yaml]\n", "utf-8")
    ended = lhp("generate", "-e", "dev")
    assert ended.code == 0
    assert "LHP-CFG-104" in ended.err
    assert "4 written" in ended.err


def test_programs_get_what_was_written_as_one_json_document(shop: Path, lhp: Any) -> None:
    ended = lhp("generate", "-e", "dev", "--format", "json")
    assert (ended.code, ended.err) == (0, "")
    told = json.loads(ended.out)
    assert told["changes"] == [{"path": path, "kind": "new"} for path in sorted(generated(shop))]
    assert (told["problems"], told["summary"]["changes"]) == ([], 4)
    assert json.loads(lhp("generate", "-e", "dev", "--format", "json").out)["changes"] == []


ARTIFACT = """\
class Docs:
    def build(self, run):
        return {"docs/index.md": run["env"], "databricks.yml": "a: 1"}
"""


def test_files_of_artifacts_are_counted_where_they_are(shop: Path, lhp: Any) -> None:
    entry = "{name: docs, type: artifact, module: local_plugins.docs, class: Docs}"
    file = shop / "lhp.yaml"
    text = file.read_text("utf-8").replace("  enabled:\n", f"  enabled:\n    - {entry}\n", 1)
    assert entry in text
    file.write_text(text, "utf-8")
    (shop / "local_plugins/docs.py").write_text(ARTIFACT, "utf-8")
    ended = lhp("generate", "-e", "dev")
    assert "project  2 files\nsilver   2 files\n" in ended.err
    done = "6 written, 0 unchanged, 0 removed in generated/dev, databricks.yml, docs\n"
    assert done in ended.err
    ended = lhp("generate", "-e", "prod")
    assert ended.code == 0
    assert (shop / "docs/index.md").read_text("utf-8") == "prod"


def test_generated_files_are_taken_over_by_force_when_the_state_is_lost(
    shop: Path, lhp: Any
) -> None:
    lhp("generate", "-e", "dev")
    (shop / ".lhp/state/dev.json").unlink()
    sql = shop / "sql/clean_orders.sql"
    sql.write_text(sql.read_text("utf-8").replace("lower", "upper"), encoding="utf-8")
    ended = lhp("generate", "-e", "dev")
    assert ended.code == 1
    assert "LHP-IO-129" in ended.err
    assert "--force" in ended.err
    ended = lhp("generate", "-e", "dev", "--force")
    assert ended.err.endswith("1 written, 3 unchanged, 0 removed in generated/dev\n")


def test_a_run_that_waited_writes_what_the_project_says_then(shop: Path) -> None:
    words = [sys.executable, "-c", "from lhp.cli.main import main; main()", "generate", "-e", "dev"]
    with run_lock(shop):
        second = subprocess.Popen(words, cwd=shop, stderr=subprocess.PIPE, text=True)
        assert second.stderr is not None
        assert "waiting for it" in second.stderr.readline()
        sql = shop / "sql/clean_orders.sql"
        sql.write_text(sql.read_text("utf-8").replace("lower", "upper"), encoding="utf-8")
    second.communicate(timeout=60)
    assert second.returncode == 0
    assert "upper(" in generated(shop)["generated/dev/silver/orders.py"]


def test_a_second_run_waits_for_the_first_and_says_so(shop: Path) -> None:
    words = [sys.executable, "-c", "from lhp.cli.main import main; main()", "generate", "-e", "dev"]
    with run_lock(shop):
        second = subprocess.Popen(words, cwd=shop, stderr=subprocess.PIPE, text=True)
        assert second.stderr is not None
        assert second.stderr.readline() == "another run is writing this project; waiting for it\n"
        time.sleep(0.2)
        assert second.poll() is None
        assert generated(shop) == {}
    _, err = second.communicate(timeout=60)
    assert second.returncode == 0
    assert "4 written" in err


def test_tests_are_part_of_a_pipeline_on_demand(shop: Path, lhp: Any) -> None:
    flowgroup = """\
pipeline: checks
flowgroup: orders
actions:
  - {name: a, type: test, test_type: completeness, source: c.s.t, required_columns: [x]}
"""
    (shop / "pipelines/checks.yaml").write_text(flowgroup, "utf-8")
    module = "generated/dev/checks/orders.py"
    assert lhp("generate", "-e", "dev").code == 0
    assert module not in generated(shop)
    assert "-def" not in lhp("diff", "-e", "dev").out
    assert "tmp_test_a" in lhp("diff", "-e", "dev", "--include-tests").out
    assert lhp("generate", "-e", "dev", "--include-tests").code == 0
    assert "def tmp_test_a():" in generated(shop)[module]
    # What they made goes away with them.
    assert lhp("generate", "-e", "dev").code == 0
    assert module not in generated(shop)


def test_a_mistake_in_a_test_is_found_with_the_tests_only(shop: Path, lhp: Any) -> None:
    flowgroup = """\
pipeline: checks
flowgroup: orders
actions:
  - {name: a, type: test, test_type: range, source: c.s.t, column: x}
"""
    (shop / "pipelines/checks.yaml").write_text(flowgroup, "utf-8")
    assert lhp("validate").code == 0
    ended = lhp("validate", "--include-tests")
    assert (ended.code, "LHP-VAL-001" in ended.err + ended.out) == (1, True)


def test_the_profile_tells_passes_and_plugins(shop: Path, lhp: Any) -> None:
    ended = lhp("generate", "-e", "dev", "--profile")
    assert ended.code == 0
    for word in ("Pass", "expand", "assemble", "Plugin", "load_generator:cloudfiles"):
        assert word in ended.err
    told = json.loads((shop / ".lhp/profile.speedscope.json").read_text("utf-8"))
    assert {"name": "parse"} in told["shared"]["frames"]


def test_the_number_of_processes_changes_nothing(shop: Path, lhp: Any) -> None:
    assert lhp("generate", "-e", "dev", "--jobs", "2").code == 0
    once = generated(shop)
    assert lhp("generate", "-e", "dev", "-j", "1", "--force").code == 0
    assert generated(shop) == once
    assert lhp("generate", "-e", "dev", "--jobs", "0").code == 2
    assert lhp("validate", "--jobs", "1").code == 0


def test_what_is_remembered_may_be_deleted(shop: Path, lhp: Any) -> None:
    lhp("generate", "-e", "dev")
    once = generated(shop)
    (shop / ".lhp/cache/dev.jsonl").unlink()
    (shop / ORDERS).unlink()
    ended = lhp("generate", "-e", "dev")
    assert ended.err.endswith("1 written, 3 unchanged, 0 removed in generated/dev\n")
    assert generated(shop) == once
    (shop / ORDERS).unlink()
    assert lhp("generate", "-e", "dev").err.endswith(
        "1 written, 3 unchanged, 0 removed in generated/dev\n"
    )
