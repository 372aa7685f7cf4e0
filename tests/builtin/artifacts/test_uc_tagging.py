"""Which tags a pipeline's hook is given, and what it does with them when it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lhp.passes.state import SIGNATURE

from .conftest import FOLDER, Platform, Project, assert_passes_ruff, constants, flow, table

Make = Callable[..., Project]
HOOK = "_uc_tagging_hook.py"
TAGS_FILE = """\
table: ${cat}.gold.ship
tags: {team: "${who}", layer: gold}
columns:
  - {name: ship_id, type: STRING, tags: {pii: false, key: null}}
  - {name: flag}
  - {name: crew, type: INT, tags: {}}
"""
DUES = table("tags: {owner: finance, pii: null, rank: 1, is_open: true}", "dues", "streaming_table")
REMOVE = "name: port\nplugins: {entry_points: false}\nuc_tagging: {remove_undeclared_tags: true}\n"


def declared(made: Project) -> tuple[Any, Any]:
    values = constants(made.text(HOOK))
    return values["TABLE_TAGS"], values["COLUMN_TAGS"]


# What is generated


def test_tags_of_writes_and_of_tags_files_are_literals_of_the_hook(project: Make) -> None:
    actions = [DUES, table("tags_file: schemas/ship.yaml"), table("comment: none", "other")]
    made = project({"pipelines/a.yaml": flow(*actions), "schemas/ship.yaml": TAGS_FILE})
    assert made.generate().code == 0
    assert made.made() == [HOOK, "dues.py"]
    assert declared(made) == (
        {
            "port_dev.gold.dues": {"owner": "finance", "pii": "", "rank": "1", "is_open": "True"},
            "port_dev.gold.ship": {"team": "qa", "layer": "gold"},
        },
        {"port_dev.gold.ship": {"ship_id": {"pii": "False", "key": ""}}},
    )
    assert "finance" not in made.text("dues.py")
    assert made.text(HOOK).startswith(SIGNATURE)


def test_flowgroups_of_a_pipeline_share_one_hook_and_pipelines_do_not(project: Make) -> None:
    one, two = table("tags: {a: b}", "one"), table("tags: {c: d}", "two")
    made = project(
        {
            "pipelines/a.yaml": flow(one),
            "pipelines/b.yaml": flow(two, name="more"),
            "pipelines/c.yaml": flow(table("comment: none"), pipeline="plain"),
        }
    )
    assert made.generate().code == 0
    assert declared(made)[0] == {"port_dev.gold.one": {"a": "b"}, "port_dev.gold.two": {"c": "d"}}
    assert not (made.root / "generated/dev/plain" / HOOK).exists()


@pytest.mark.parametrize(
    ("section", "made"),
    [
        ("", False),
        ("uc_tagging:", False),
        ("uc_tagging: {remove_undeclared_tags: false}", False),
        ("uc_tagging: {remove_undeclared_tags: true, x-why: audit}", True),
        ("uc_tagging: {remove_undeclared_tags: true, enabled: false}", False),
    ],
)
def test_no_tags_at_all_matter_only_where_tags_are_removed(
    project: Make, section: str, *, made: bool
) -> None:
    files = {
        "lhp.yaml": f"name: port\nplugins: {{entry_points: false}}\n{section}\n",
        "pipelines/a.yaml": flow(table("tags: {}"), table("tags_file: t.yaml", "dues")),
        "t.yaml": "columns: [{name: a, tags: {}}, {name: b}]",
    }
    done = project(files)
    assert done.generate().code == 0
    assert (HOOK in done.made()) is made
    if made:
        assert declared(done) == ({"port_dev.gold.ship": {}}, {"port_dev.gold.dues": {"a": {}}})


def test_the_settings_reach_the_hook(project: Make, platform: Platform) -> None:
    settings = "{tag_update_concurrency: 3, max_allowable_consecutive_failures: 2}"
    lines = f"name: port\nplugins: {{entry_points: false}}\nuc_tagging: {settings}\n"
    made = project({"lhp.yaml": lines, "pipelines/a.yaml": flow(DUES)})
    assert made.generate().code == 0
    platform.load(made.text(HOOK))
    assert platform.arguments == {"max_allowable_consecutive_failures": 2}
    assert constants(made.text(HOOK))["CONCURRENCY"] == 3
    assert constants(made.text(HOOK))["REMOVE_UNDECLARED_TAGS"] is False


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ("{tag_update_concurency: 3}", "LHP-CFG-001"),
        ("{tag_update_concurrency: 21}", "LHP-VAL-105"),
        ("{tag_update_concurrency: 0}", "LHP-VAL-105"),
        ("{max_allowable_consecutive_failures: -1}", "LHP-VAL-105"),
        ("{enabled: maybe}", "LHP-VAL-100"),
        ("[]", "LHP-VAL-100"),
    ],
)
def test_settings_are_checked_in_lhp_yaml(project: Make, settings: str, code: str) -> None:
    made = project(
        {"lhp.yaml": f"name: port\nuc_tagging: {settings}\n", "pipelines/a.yaml": flow(DUES)}
    )
    ended = made.lhp("validate")
    assert ended.code == 1
    assert code in ended.err
    assert "lhp.yaml:2:" in ended.err


# The state of generated files


def test_a_hook_is_made_changed_kept_and_removed_with_its_tags(project: Make) -> None:
    made = project({"pipelines/a.yaml": flow(DUES)})
    assert "2 written, 0 unchanged, 0 removed in generated/dev\n" in made.generate().err
    assert "0 written, 2 unchanged, 0 removed in generated/dev\n" in made.generate().err
    made.write({"pipelines/a.yaml": flow(DUES.replace("finance", "legal"))})
    assert "1 written, 1 unchanged, 0 removed in generated/dev\n" in made.generate().err
    made.write({"pipelines/a.yaml": flow(table("comment: none", "dues", "streaming_table"))})
    assert made.generate().code == 0
    assert made.made() == ["dues.py"]


def test_an_edited_hook_is_not_lost(project: Make) -> None:
    made = project({"pipelines/a.yaml": flow(DUES)})
    made.generate()
    edited = made.text(HOOK) + "# mine\n"
    made.write(
        {f"{FOLDER}/{HOOK}": edited, "pipelines/a.yaml": flow(table("comment: none", "dues"))}
    )
    ended = made.generate()
    assert ended.code == 1
    assert "LHP-IO-122" in ended.err
    assert made.text(HOOK) == edited


def test_one_pipeline_alone_gets_its_hook_and_leaves_those_of_others(project: Make) -> None:
    other = flow(table("tags: {c: d}", "two"), pipeline="other")
    made = project({"pipelines/a.yaml": flow(DUES), "pipelines/b.yaml": other})
    made.generate()
    untouched = (made.root / "generated/dev/other" / HOOK).read_text("utf-8")
    (made.root / FOLDER / HOOK).unlink()
    made.write({"pipelines/b.yaml": other.replace("c: d", "c: e")})
    assert made.generate("-p", "gold").code == 0
    assert declared(made)[0]["port_dev.gold.dues"]["owner"] == "finance"
    assert (made.root / "generated/dev/other" / HOOK).read_text("utf-8") == untouched


# What is wrong with tags


@pytest.mark.parametrize(
    ("tags", "column", "problem"),
    [
        ('{"a:b": c}', 1, "the tag key 'a:b' holds ':'"),
        ('{"a,b-c": c}', 1, "the tag key 'a,b-c' holds ',' and '-'"),
        ('{"a=b": c}', 1, "the tag key 'a=b' holds '='"),
        ('{"": c}', 1, "the tag key '' is empty"),
        ('{" a": c}', 1, "the tag key ' a' begins or ends with a blank"),
        ('{"${who}": c}', 1, "holds a token, which is not replaced in a key"),
        ('{"${secret:a/b}": c}', 1, "holds a token, which is not replaced in a key"),
        (f"{{{'k' * 257}: c}}", 1, "has 257 characters"),
        ('{a: "b "}', 4, "the value of the tag 'a' begins or ends with a blank"),
        (f"{{a: {'v' * 257}}}", 4, "has 257 characters"),
        ("{a: [b]}", 4, "the value of the tag 'a' is not one value"),
        ('{a: "${secret:scope/key}"}', 4, "the value of the tag 'a' is a secret"),
    ],
)
def test_an_illegal_tag_is_told_at_its_place(
    project: Make, tags: str, column: int, problem: str
) -> None:
    text = flow(table(f"tags: {tags}"))
    made = project({"pipelines/a.yaml": text})
    ended = made.lhp("validate")
    assert ended.code == 1
    line = text.splitlines()[4]
    place = line.index(tags, line.index("tags: ")) + column + 1
    assert f"error[LHP-CFG-066] pipelines/a.yaml:5:{place}\n" in ended.err
    assert problem in ended.err
    assert "\\udcfe" not in ended.err


def test_nothing_is_written_when_a_tag_is_illegal(project: Make) -> None:
    made = project({"pipelines/a.yaml": flow(DUES, table("tags: {a-b: c}"))})
    assert "LHP-CFG-066" in made.generate().err
    assert not (made.root / "generated").exists()


def test_all_illegal_tags_of_files_are_told_at_their_places(project: Make) -> None:
    files = {
        "pipelines/a.yaml": flow(table("tags_file: t.yaml")),
        "t.yaml": 'tags:\n  a-b: x\ncolumns:\n  - name: c\n    tags:\n      d: "${secret:s/k}"\n',
    }
    ended = project(files).lhp("validate")
    assert "error[LHP-CFG-066] t.yaml:2:3\n" in ended.err
    assert "error[LHP-CFG-066] t.yaml:6:10\n" in ended.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[a]", "error[LHP-CFG-067] t.yaml"),
        ("tags: {a: [b]}", "error[LHP-CFG-067] t.yaml:1:11"),
        ("tags: {}\ncolour: red", "error[LHP-CFG-067] t.yaml:2:1"),
        ("columns: [{type: INT}]", "error[LHP-VAL-016] t.yaml:1:11"),
        ("tags: {a: '${nobody}'}", "error[LHP-CFG-010] t.yaml:1:11"),
    ],
)
def test_a_bad_tags_file_is_told(project: Make, text: str, told: str) -> None:
    files = {"pipelines/a.yaml": flow(table("tags_file: t.yaml")), "t.yaml": text}
    ended = project(files).lhp("validate")
    assert (ended.code, told in ended.err) == (1, True), ended.err


def test_a_missing_tags_file_is_told_where_it_is_named(project: Make) -> None:
    made = project({"pipelines/a.yaml": flow(table("tags_file: s/shp.yaml")), "s/ship.yaml": ""})
    ended = made.lhp("validate")
    assert "error[LHP-IO-001] pipelines/a.yaml:5:" in ended.err
    assert "did you mean 's/ship.yaml'?" in ended.err


def test_a_missing_tags_file_hides_nothing_else(project: Make) -> None:
    more = "tags_file: nowhere.yaml, partition_columns: [a], cluster_by_auto: true"
    ended = project({"pipelines/a.yaml": flow(table(more), table("tags: {a-b: c}", "dues"))}).lhp(
        "validate"
    )
    assert "LHP-IO-001" in ended.err
    assert "cluster_by_auto" in ended.err
    assert "LHP-CFG-066" in ended.err


@pytest.mark.parametrize(
    ("named", "is_other"),
    [
        ("table: ship", False),
        ("name: SHIP", False),
        ("table: gold.ship", False),
        ("table: '${cat}.gold.ship'", False),
        ("table: dues", True),
        ("name: silver.ship", True),
    ],
)
def test_a_tags_file_of_another_table_is_told_and_used(
    project: Make, named: str, *, is_other: bool
) -> None:
    files = {
        "pipelines/a.yaml": flow(table("tags_file: t.yaml")),
        "t.yaml": f"{named}\ntags: {{a: b}}\n",
    }
    made = project(files)
    ended = made.generate()
    assert ("warning[LHP-CFG-068] t.yaml:1:" in ended.err) is is_other
    assert declared(made)[0] == {"port_dev.gold.ship": {"a": "b"}}


def test_tags_that_set_nothing_are_told(project: Make) -> None:
    creator = table("comment: none", "dues", "streaming_table")
    late = table("create_table: false, tags: {a: b}", "dues", "streaming_table")
    brief = table("temporary: true, tags_file: nowhere.yaml")
    made = project({"pipelines/a.yaml": flow(creator, late.replace("write_dues", "late"), brief)})
    ended = made.generate()
    assert ended.code == 0
    assert "'tags' has no effect: another action creates the table" in ended.err
    assert "'tags_file' has no effect: the table is temporary" in ended.err
    assert made.made() == ["dues.py"]


def test_tags_of_a_schema_file_that_is_no_tags_file_are_told(project: Make) -> None:
    ship = "columns: [{name: ship_id, type: INT, tags: {a: b}}]"
    plain = "columns: [{name: ship_id, type: INT, comment: no tags}]"
    actions = [
        table("table_schema: t.yaml"),
        table("table_schema: t.yaml, tags_file: t.yaml", "both"),
        table("table_schema: plain.yaml", "plain"),
    ]
    made = project({"pipelines/a.yaml": flow(*actions), "t.yaml": ship, "plain.yaml": plain})
    ended = made.generate()
    assert ended.err.count("LHP-CFG-069") == 1
    assert "warning[LHP-CFG-069] pipelines/a.yaml:5:" in ended.err
    assert declared(made) == ({}, {"port_dev.gold.both": {"ship_id": {"a": "b"}}})


def test_tags_are_not_looked_at_when_they_are_switched_off(project: Make) -> None:
    actions = [table('tags: {"a:b": c}'), table("tags_file: nowhere.yaml", "dues")]
    lines = "name: port\nplugins: {entry_points: false}\nuc_tagging: {enabled: false}\n"
    made = project({"lhp.yaml": lines, "pipelines/a.yaml": flow(*actions)})
    assert made.generate().code == 0
    assert made.made() == ["dues.py"]


# What the hook does


def loaded(project: Make, platform: Platform, *actions: str, **files: str) -> Platform:
    given = {"pipelines/a.yaml": flow(*actions), "t.yaml": TAGS_FILE, "lhp.yaml": REMOVE, **files}
    platform.load(project(given).outputs()[HOOK])
    return platform


def fail(text: str) -> None:
    raise RuntimeError(text)


def tag(kind: str, name: str, key: str, value: str) -> dict[str, str]:
    return {"entity_type": kind, "entity_name": name, "tag_key": key, "tag_value": value}


SHIP = table("tags: {owner: finance, layer: gold}")
NAME = "port_dev.gold.ship"


def test_missing_tags_are_posted_changed_ones_patched_and_equal_ones_left(
    project: Make, platform: Platform
) -> None:
    platform.rows = [
        ("tables", NAME.upper(), "owner", "sales"),
        ("columns", f"{NAME}.ship_id", "pii", "False"),
        ("columns", f"{NAME}.ship_id", "key", None),
    ]
    files = {"t.yaml": TAGS_FILE.replace("team", "owner")}
    hook = loaded(project, platform, table("tags_file: t.yaml"), **files)
    assert len(hook.queries) == 1
    assert hook.requests == []
    hook.update("INITIALIZING")
    assert hook.requests == []
    hook.update("RUNNING")
    owner = tag("tables", NAME, "owner", "qa")
    layer = tag("tables", NAME, "layer", "gold")
    assert sorted(hook.requests, key=str) == [
        ("PATCH", f"/tables/{NAME}/tags/owner", owner, {"update_mask": "tag_value"}),
        ("POST", "", layer, None),
    ]
    hook.requests.clear()
    hook.update("COMPLETED")
    assert hook.requests == []


@pytest.mark.parametrize("removes", [True, False])
def test_undeclared_tags_are_deleted_only_when_configured(
    project: Make, platform: Platform, *, removes: bool
) -> None:
    platform.rows = [
        *(("tables", NAME, key, value) for key, value in (("owner", "finance"), ("layer", "gold"))),
        ("tables", NAME, "a/b", "old"),
        ("columns", f"{NAME}.crew", "old", ""),
    ]
    lines = REMOVE if removes else REMOVE.replace("true", "false")
    hook = loaded(project, platform, SHIP, **{"lhp.yaml": lines})
    hook.update("RUNNING")
    deleted = [("DELETE", f"/tables/{NAME}/tags/a%2Fb", None, None)]
    assert hook.requests == (deleted if removes else [])


def test_an_empty_map_of_tags_clears_a_column(project: Make, platform: Platform) -> None:
    platform.rows = [("columns", f"{NAME}.crew", "old", "")]
    hook = loaded(project, platform, table("tags_file: t.yaml"))
    hook.update("RUNNING")
    deletes = [request[:2] for request in hook.requests if request[0] == "DELETE"]
    assert deletes == [("DELETE", f"/columns/{NAME}.crew/tags/old")]


def test_the_query_of_current_tags_asks_for_the_managed_tables_alone(
    project: Make, platform: Platform
) -> None:
    odd = table("tags: {a: b}", '"o\'hara"')
    hook = loaded(project, platform, SHIP, odd)
    (query,) = hook.queries
    assert query.count("'port_dev.gold.ship'") == 2
    assert query.count("'port_dev.gold.o\\'hara'") == 2
    assert "system.information_schema.table_tags" in query
    assert "system.information_schema.column_tags" in query


@pytest.mark.parametrize(
    "busy", ["429 Client Error", "Too many requests", "503: sorry", "request was throttled"]
)
def test_a_busy_service_is_asked_again_after_longer_and_longer_pauses(
    project: Make, platform: Platform, busy: str
) -> None:
    hook = loaded(project, platform, table("tags: {a: b}"))
    hook.answer = lambda *_: fail(busy) if len(hook.requests) < 4 else {}
    hook.update("RUNNING")
    assert len(hook.requests) == 4
    assert hook.slept == sorted(hook.slept)
    assert 0 < hook.slept[0] < hook.slept[-1] <= 30


def test_a_service_that_stays_busy_is_told_after_four_attempts(
    project: Make, platform: Platform
) -> None:
    hook = loaded(project, platform, table("tags: {a: b}"))
    hook.answer = lambda *_: fail("429")
    with pytest.raises(RuntimeError, match="ship: 429"):
        hook.update("RUNNING")
    assert (len(hook.requests), len(hook.slept)) == (4, 3)


def test_what_does_not_exist_yet_is_silent_and_tried_again_at_the_end(
    project: Make, platform: Platform
) -> None:
    def absent(_: str, __: str, body: Any) -> None:
        if body["entity_name"] == NAME:
            fail(f"Table '{NAME}' does not exist.")

    hook = loaded(project, platform, SHIP, DUES)
    hook.answer = absent
    hook.update("RUNNING")
    assert [body["tag_key"] for _, _, body, _ in hook.requests if body["entity_name"] == NAME] == [
        "owner"
    ]
    hook.requests.clear()
    hook.answer = lambda *_: {}
    hook.update("COMPLETED")
    assert [body["tag_key"] for _, _, body, _ in hook.requests] == ["owner", "layer"]
    hook.requests.clear()
    hook.update("STOPPING")
    assert hook.requests == []


@pytest.mark.parametrize("state", ["COMPLETED", "FAILED", "CANCELED", "STOPPING"])
def test_what_never_exists_is_told_at_the_end(
    project: Make, platform: Platform, state: str
) -> None:
    hook = loaded(project, platform, SHIP)
    hook.answer = lambda *_: fail("RESOURCE_DOES_NOT_EXIST")
    hook.update("RUNNING")
    with pytest.raises(RuntimeError, match="RESOURCE_DOES_NOT_EXIST"):
        hook.update(state)
    assert hook.slept == []
    hook.update(state)


def test_all_errors_of_an_event_end_in_one_warning_and_are_not_tried_again(
    project: Make, platform: Platform
) -> None:
    def refuse(_: str, __: str, body: Any) -> None:
        if body["tag_key"] != "layer":
            fail(f"PERMISSION_DENIED for {body['tag_key']}")

    hook = loaded(project, platform, SHIP, table("tags: {other: x}", "dues"))
    hook.answer = refuse
    with pytest.raises(RuntimeError) as raised:
        hook.update("RUNNING")
    assert str(raised.value) == (
        "Unity Catalog tags: port_dev.gold.ship: PERMISSION_DENIED for owner; "
        "port_dev.gold.dues: PERMISSION_DENIED for other"
    )
    assert len(hook.requests) == 3
    hook.update("COMPLETED")
    assert len(hook.requests) == 3


def test_tags_that_cannot_be_read_do_not_stop_the_import_and_are_told_once(
    project: Make, platform: Platform
) -> None:
    platform.rows = RuntimeError("no access to system")
    hook = loaded(project, platform, SHIP)
    with pytest.raises(RuntimeError, match="no access to system"):
        hook.update("RUNNING")
    assert [request[0] for request in hook.requests] == ["POST", "POST"]
    hook.update("COMPLETED")


def test_other_events_are_none_of_its_business(project: Make, platform: Platform) -> None:
    hook = loaded(project, platform, SHIP)
    hook.hook({})
    hook.hook({"event_type": "flow_progress", "details": {"flow_progress": {}}})
    assert hook.requests == []


def test_at_most_as_many_entities_are_worked_on_at_a_time_as_configured(
    project: Make, platform: Platform
) -> None:
    made: list[int] = []

    class Pool:
        def __init__(self, max_workers: int) -> None:
            made.append(max_workers)

        def __enter__(self) -> Any:
            return self

        def __exit__(self, *_: object) -> None: ...

        def map(self, function: Any, items: Any) -> Any:
            return map(function, items)

    hook = loaded(project, platform, SHIP)
    hook.names["ThreadPoolExecutor"] = Pool
    hook.update("RUNNING")
    assert made == [16]


def test_the_generated_hook_passes_ruff(project: Make) -> None:
    made = project({"pipelines/a.yaml": flow(table("tags_file: t.yaml")), "t.yaml": TAGS_FILE})
    made.generate()
    assert_passes_ruff(made.root / FOLDER / HOOK)
