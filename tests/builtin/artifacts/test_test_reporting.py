"""Which files a pipeline with reported tests gets, and what its hook does when it runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime, timezone
from types import ModuleType
from typing import Any

import pytest

from lhp.passes.state import SIGNATURE

from .conftest import FOLDER, Platform, Project, assert_passes_ruff, constants, flow

Make = Callable[..., Project]
HOOK = "_test_reporting_hook.py"
PROVIDERS = "test_reporting_providers"
LINES = """\
name: port
plugins: {entry_points: false}
test_reporting:
  module_path: reporting/publish.py
  function_name: publish_results
"""
WITH_CONFIG = LINES + "  config_file: config/reporting.yaml\n"
PROVIDER = """\
TEAM = "${who}"


def publish_results(results, config, context, spark):
    return {"published": len(results)}
"""
WRITE = "{name: w, type: write, source: v, write_target: {type: sink, sink_type: delta, sink_name: s, options: {tableName: a.b.c}}}"
KEY = "{name: ship_pk, type: test, test_type: uniqueness, source: a.b.ship, columns: [id], test_id: SIT-1}"
FULL = "{name: full, type: test, test_type: completeness, source: a.b.ship, required_columns: [id], target: ship_full, test_id: SIT-2}"
UNNAMED = (
    "{name: other, type: test, test_type: completeness, source: a.b.ship, required_columns: [id]}"
)
FILES = {
    "lhp.yaml": LINES,
    "reporting/publish.py": PROVIDER,
    "config/reporting.yaml": "url: 'https://${who}.acme.io'\nlimits: [1, null]\n",
    "pipelines/a.yaml": flow(WRITE, KEY, FULL, UNNAMED),
}


# What is generated


def test_a_hook_and_the_provider_are_made_with_tests_that_have_an_id(project: Make) -> None:
    made = project(FILES)
    assert made.generate("--include-tests").code == 0
    assert made.made() == [HOOK, "dues.py", f"{PROVIDERS}/__init__.py", f"{PROVIDERS}/publish.py"]
    assert made.text(HOOK).startswith(SIGNATURE)
    assert constants(made.text(HOOK))["TEST_IDS"] == {
        "tmp_test_ship_pk": "SIT-1",
        "ship_full": "SIT-2",
    }
    copy = made.text(f"{PROVIDERS}/publish.py")
    assert copy.startswith("# LHP-SOURCE: reporting/publish.py\n")
    assert 'TEAM = "qa"' in copy


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, []),
        ({"lhp.yaml": "name: port\nplugins: {entry_points: false}\n"}, ["--include-tests"]),
        ({"pipelines/a.yaml": flow(WRITE, UNNAMED)}, ["--include-tests"]),
    ],
)
def test_no_hook_is_made_otherwise(project: Make, files: Any, words: list[str]) -> None:
    made = project({**FILES, **files})
    assert made.generate(*words).code == 0
    assert made.made() == ["dues.py"]


def test_the_files_go_with_the_tests(project: Make) -> None:
    made = project(FILES)
    made.generate("--include-tests")
    again = made.generate("--include-tests")
    assert "0 written, 4 unchanged, 0 removed" in again.err
    assert "1 written, 0 unchanged, 3 removed" in made.generate().err
    assert made.made() == ["dues.py"]


def test_helpers_of_the_provider_are_copied_and_a_package_around_it_is_not(project: Make) -> None:
    files = {
        **FILES,
        "reporting/__init__.py": "raise RuntimeError\n",
        "reporting/publish.py": "from formats import row\n\n\ndef publish_results(**_): ...\n",
        "reporting/formats.py": "row = '${who}'\n",
    }
    made = project(files).outputs(include_tests=True)
    assert f"from {PROVIDERS}.formats import row" in made[f"{PROVIDERS}/publish.py"]
    assert "row = 'qa'" in made[f"{PROVIDERS}/formats.py"].replace('"', "'")
    assert "raise RuntimeError" not in made[f"{PROVIDERS}/__init__.py"]


def test_a_secret_of_the_provider_is_read_when_it_runs(project: Make) -> None:
    code = "KEY = '${secret:desk/key}'\n\n\ndef publish_results(**_): ...\n"
    made = project({**FILES, "reporting/publish.py": code}).outputs(include_tests=True)
    copy = made[f"{PROVIDERS}/publish.py"].replace("'", '"')
    assert 'dbutils.secrets.get(scope="desk", key="key")' in copy
    assert "from databricks.sdk.runtime import dbutils" in copy
    assert "${secret" not in copy


# What is wrong


@pytest.mark.parametrize("words", [[], ["--include-tests"]])
@pytest.mark.parametrize(
    ("lines", "place", "told"),
    [
        (
            WITH_CONFIG.replace("publish.py", "publsh.py"),
            "4:16",
            "`module_path` of `test_reporting` names 'reporting/publsh.py'",
        ),
        (
            WITH_CONFIG.replace("reporting.yaml", "nothing.yaml"),
            "6:16",
            "`config_file` of `test_reporting` names 'config/nothing.yaml'",
        ),
    ],
)
def test_a_missing_file_is_told_where_lhp_yaml_names_it(
    project: Make, lines: str, place: str, told: str, words: list[str]
) -> None:
    ended = project({**FILES, "lhp.yaml": lines}).lhp("validate", *words)
    assert ended.code == 1
    assert f"error[LHP-CFG-032] lhp.yaml:{place}\n  {told}" in ended.err


def test_all_that_is_missing_is_told_at_once(project: Make) -> None:
    lines = WITH_CONFIG.replace("publish.py", "a.py").replace("reporting.yaml", "b.yaml")
    faulty = FILES["pipelines/a.yaml"].replace("type: write", "type: wrte")
    ended = project({**FILES, "lhp.yaml": lines, "pipelines/a.yaml": faulty}).lhp("validate")
    assert ended.err.count("LHP-CFG-032") == 2
    assert "did you mean 'write'?" in ended.err


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"lhp.yaml": LINES.replace("results", "result")}, "did you mean 'publish_results'?"),
        ({"lhp.yaml": LINES.replace("publish_results", "a-b")}, "] lhp.yaml:5:18\n"),
        ({"lhp.yaml": LINES.replace("reporting/", "../")}, "[LHP-IO-100] lhp.yaml:4:16"),
        ({"lhp.yaml": LINES.replace("_path", "_pth")}, "did you mean 'module_path'?"),
        ({"lhp.yaml": LINES.replace("  function", "  x-function")}, "'function_name'"),
        ({"reporting/publish.py": "def publish_results(:"}, "[LHP-TXT-101] reporting/publish.py:1"),
        ({"reporting/publish.py": "A = ${secret:a/b}"}, "[LHP-VAL-169] reporting/publish.py:1:5"),
        (
            {"lhp.yaml": WITH_CONFIG, "config/reporting.yaml": "a: ${nobody}"},
            "[LHP-CFG-010] config/reporting.yaml:1:4",
        ),
    ],
)
def test_a_section_or_a_file_at_fault_is_told(project: Make, files: Any, told: str) -> None:
    ended = project({**FILES, **files}).lhp("validate", "--include-tests")
    assert (ended.code, told in ended.err) == (1, True), ended.err


def test_two_tests_of_a_pipeline_cannot_make_one_table(project: Make) -> None:
    twice = flow(FULL.replace("ship_full", "tmp_test_ship_pk"), name="more")
    made = project({**FILES, "pipelines/b.yaml": twice})
    ended = made.lhp("validate", "--include-tests")
    assert ended.code == 1
    assert "error[LHP-VAL-069] pipelines/b.yaml:5:" in ended.err
    assert "the test table 'tmp_test_ship_pk'" in ended.err
    elsewhere = flow(WRITE, FULL, pipeline="other", name="more")
    made.write({"pipelines/b.yaml": elsewhere})
    assert made.lhp("validate", "--include-tests").code == 0


def test_a_deprecated_token_in_the_settings_is_told(project: Make) -> None:
    files = {**FILES, "lhp.yaml": WITH_CONFIG, "config/reporting.yaml": "a: '{who}'\n"}
    ended = project(files).lhp("validate", "--include-tests")
    assert "warning[LHP-DEPR-001] config/reporting.yaml:1:4" in ended.err


# What the hook does


class Provider:
    """The user's function, as the pipeline finds it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[Any] = []
        self.outcome: Any = {"published": 3, "failed": 1}
        package: Any = ModuleType(PROVIDERS)
        package.publish = ModuleType(f"{PROVIDERS}.publish")
        package.publish.publish_results = self
        monkeypatch.setitem(sys.modules, PROVIDERS, package)
        monkeypatch.setitem(sys.modules, f"{PROVIDERS}.publish", package.publish)

    def __call__(self, **arguments: Any) -> Any:
        self.calls.append(arguments)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    return Provider(monkeypatch)


def loaded(project: Make, platform: Platform, **files: str) -> Platform:
    platform.load(project({**FILES, **files}).outputs(include_tests=True)[HOOK])
    return platform


@pytest.mark.parametrize("state", ["COMPLETED", "FAILED", "CANCELED", "STOPPING"])
def test_results_are_collected_and_handed_over_once(
    project: Make, platform: Platform, provider: Provider, state: str, capsys: Any
) -> None:
    hook = loaded(project, platform, **{"lhp.yaml": WITH_CONFIG})
    assert hook.arguments == {"max_allowable_consecutive_failures": 5}
    hook.update("RUNNING")
    hook.flow("dev.gold.ship_full", ("required_fields_complete", 3, 0))
    hook.flow("tmp_test_ship_pk", ("no_duplicates", 5, 2), ("more", 1, 0))
    hook.flow("dev.gold.ship", ("none_of_ours", 1, 1))
    hook.hook({})
    assert provider.calls == []
    hook.update(state)
    hook.update("STOPPING")
    ((call),) = provider.calls
    assert call["spark"] is platform
    assert call["config"] == {"url": "https://qa.acme.io", "limits": [1, None]}
    assert call["context"] == {
        "pipeline_id": "p1",
        "update_id": "u1",
        "pipeline_name": "gold",
        "terminal_state": state,
    }
    times = [datetime.fromisoformat(each.pop("collected_at")) for each in call["results"]]
    assert {each.tzinfo for each in times} == {timezone.utc}
    keys = (
        "test_id",
        "flow_name",
        "expectation_name",
        "passed_records",
        "failed_records",
        "status",
    )
    assert [tuple(each[key] for key in keys) for each in call["results"]] == [
        ("SIT-2", "ship_full", "required_fields_complete", 3, 0, "PASS"),
        ("SIT-1", "tmp_test_ship_pk", "no_duplicates", 5, 2, "FAIL"),
        ("SIT-1", "tmp_test_ship_pk", "more", 1, 0, "PASS"),
    ]
    assert all({*each} == {*keys} for each in call["results"])
    assert f"3 results published, 1 failed ({state})" in capsys.readouterr().out


def test_without_results_nothing_is_handed_over(
    project: Make, platform: Platform, provider: Provider
) -> None:
    hook = loaded(project, platform)
    hook.update("COMPLETED")
    assert provider.calls == []


@pytest.mark.parametrize("outcome", [None, {}, "done"])
def test_the_function_need_not_return_anything(
    project: Make, platform: Platform, provider: Provider, outcome: Any, capsys: Any
) -> None:
    provider.outcome = outcome
    hook = loaded(project, platform)
    hook.flow("ship_full", ("rule", 1, 0))
    hook.update("COMPLETED")
    assert "1 results published, 0 failed (COMPLETED)" in capsys.readouterr().out
    assert provider.calls[0]["config"] == {}


def test_exceptions_are_printed_and_not_raised(
    project: Make, platform: Platform, provider: Provider, capsys: Any
) -> None:
    provider.outcome = OSError("no network")
    hook = loaded(project, platform)
    hook.flow("ship_full", ("rule", 1, 0))
    hook.update("COMPLETED")
    assert "Test reporting failed: OSError('no network')" in capsys.readouterr().out
    hook.hook({"event_type": "flow_progress", "details": 5, "origin": {"flow_name": "ship_full"}})
    assert "Test reporting failed: AttributeError" in capsys.readouterr().out


def test_a_secret_in_the_settings_is_asked_for_when_it_is_needed(
    project: Make, platform: Platform, provider: Provider
) -> None:
    settings = "token: 'Bearer ${secret:acme/token}'\n"
    hook = loaded(project, platform, **{"lhp.yaml": WITH_CONFIG, "config/reporting.yaml": settings})
    hook.names["dbutils"] = platform
    platform.secrets = Secrets()  # type: ignore[attr-defined]
    hook.flow("ship_full", ("rule", 1, 0))
    hook.update("COMPLETED")
    assert provider.calls[0]["config"] == {"token": "Bearer acme/token"}


class Secrets:
    def get(self, scope: str, key: str) -> str:
        return f"{scope}/{key}"


def test_the_generated_files_pass_ruff(project: Make) -> None:
    made = project({**FILES, "lhp.yaml": WITH_CONFIG})
    made.generate("--include-tests")
    assert_passes_ruff(made.root / FOLDER / HOOK)
