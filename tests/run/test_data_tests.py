"""Actions of type test on real Spark: what each kind finds, and what its violation does."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import SparkSession
from running import run_project, run_well, told, write_files

from lhp.errors import RUN_TEST_FAILED
from lhp.run.local import Ran

KINDS = {
    "row_count": ("source: [c.s.orders, c.s.countries]", (0, 1)),
    "uniqueness": ("source: c.s.orders, columns: [id]", (0, 1)),
    "referential_integrity": (
        "source: c.s.orders, reference: c.s.countries, source_columns: [country], reference_columns: [country]",
        (1, 2),
    ),
    "completeness": ("source: c.s.orders, required_columns: [id, country]", (2, 1)),
    "range": ("source: c.s.orders, column: amount, min_value: 0, max_value: 100", (2, 1)),
    "schema_match": ("source: c.s.orders, reference: c.s.model", (0, 3)),
    "all_lookups_found": (
        "source: c.s.orders, lookup_table: c.s.countries, lookup_columns: [country], lookup_result_columns: [name]",
        (1, 2),
    ),
    "custom_sql": (
        'sql: "SELECT country, count(*) AS n FROM c.s.orders GROUP BY country", expectations: [{name: known, expression: country IS NOT NULL, on_violation: %s}]',
        (2, 1),
    ),
    "custom_expectations": (
        "source: c.s.orders, expectations: [{name: positive, expression: amount > 0, on_violation: %s}]",
        (2, 1),
    ),
}
"""Options by kind, and how many rows pass and fail."""


def _views(**queries: str) -> str:
    written = (
        f"  - name: write_{name}\n    type: write\n    write_target:\n"
        f'      {{type: materialized_view, catalog: c, schema: s, table: {name}, sql: "{sql}"}}\n'
        for name, sql in queries.items()
    )
    return "pipeline: shop\nflowgroup: tables\nactions:\n" + "".join(written)


def _tests() -> str:
    written = (
        f"  - {{name: {kind}_{violation}, type: test, test_type: {kind}, on_violation: {violation}, "
        f"{options.replace('%s', violation)}}}\n"
        for violation in ("fail", "warn", "drop")
        for kind, (options, _) in KINDS.items()
    )
    return "pipeline: shop\nflowgroup: checks\nactions:\n" + "".join(written)


PROJECT = {
    "lhp.yaml": "name: shop\n",
    "substitutions/local.yaml": "local: {here: x}\n",
    "pipelines/checks.yaml": _tests(),
    "pipelines/tables.yaml": _views(
        orders="SELECT * FROM VALUES (1, 10D, 'FR'), (2, -5D, 'XX'), (2, 7D, NULL) AS t(id, amount, country)",
        countries="SELECT 'FR' AS country, 'France' AS name",
        model="SELECT 1L AS id, 1D AS amount, 'x' AS note",
    ),
}


def _counts(ran: Ran) -> dict[str, tuple[int, int]]:
    return {
        each.name.removeprefix("tmp_test_"): (each.checks[0].passed, each.checks[0].failed)
        for each in ran.done.datasets
        if each.is_test
    }


def test_each_kind_counts_what_breaks_its_rule(tmp_path: Path, spark: SparkSession) -> None:
    root = write_files(tmp_path, PROJECT)

    ran = run_project(root, spark)

    kinds = {kind: counts for kind, (_, counts) in KINDS.items()}
    expected = {f"{kind}_{how}": kinds[kind] for kind in kinds for how in ("fail", "warn", "drop")}
    assert _counts(ran) == expected, told(ran)
    for each in ran.done.datasets:
        if each.is_test:
            how = each.name.rpartition("_")[2]
            (check,) = each.checks
            assert (each.state, check.action) == ("failed" if how == "fail" else "done", how)
            assert each.rows == check.passed + (0 if how == "drop" else check.failed)
    lines = (root / "pipelines/checks.yaml").read_text().splitlines()
    problems = {str(each.location): each for each in ran.problems}
    assert {*problems} == {
        f"pipelines/checks.yaml:{number}:5"
        for number, line in enumerate(lines, 1)
        if "_fail, " in line
    }
    assert {each.code for each in ran.problems} == {RUN_TEST_FAILED}
    assert problems["pipelines/checks.yaml:9:5"].message == (
        "the test 'tmp_test_schema_match_fail' fails: 3 of 3 rows break 'schemas_match'"
    )


def test_each_kind_passes_rows_that_hold_its_rule(tmp_path: Path, spark: SparkSession) -> None:
    good = _views(
        orders="SELECT 1 AS id, 10D AS amount, 'FR' AS country",
        countries="SELECT 'FR' AS country, 'France' AS name",
        model="SELECT 2 AS id, 1D AS amount, 'x' AS country",
    )
    root = write_files(tmp_path, {**PROJECT, "pipelines/tables.yaml": good})

    counts = _counts(run_well(root, spark, flowgroups=("checks", "tables")))

    assert len(counts) == 3 * len(KINDS)
    assert not any(failed for _, failed in counts.values())


def test_columns_of_tables_that_are_not_there_are_no_match(
    tmp_path: Path, spark: SparkSession
) -> None:
    checks = """\
pipeline: shop
flowgroup: checks
actions:
  - {name: same, type: test, test_type: schema_match, source: c.s.orders, reference: c.s.other}
"""
    root = write_files(tmp_path, {**PROJECT, "pipelines/checks.yaml": checks})

    (problem,) = told(run_project(root, spark))

    assert problem == "pipelines/checks.yaml:4:5: there is no table or view 'c.s.other'"

    settings = "name: shop\nrun: {stand_ins: {c.s.other: '{root}/other.json'}}\n"
    write_files(root, {"other.json": '{"id": 1}\n', "lhp.yaml": settings})
    ran = run_project(root, spark)

    assert _counts(ran) == {"same": (0, 3)}
    (done,) = (each for each in ran.done.datasets if each.is_test)
    assert done.reads == ("c.s.orders",)
