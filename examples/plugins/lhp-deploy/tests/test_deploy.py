"""The commands of this package, in the example project and with a stand-in for `databricks`."""

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

from click.testing import Result
from lhp.testing import PluginTestCase

from lhp_deploy.check_schemas import columns_of

EXAMPLE = Path(__file__).parent.parent / "example"
MODULE = "generated/dev/deploy_example/sales.py"
TABLES = '''
dp.create_streaming_table(
    name="main.bronze.sales",
    schema="""id BIGINT NOT NULL COMMENT 'one a sale, ever', price DECIMAL(10, 2),
items ARRAY<STRUCT<name: STRING, count: INT>>""",
)
dp.create_streaming_table(name="main.bronze.undeclared")
'''
CLI = """#!/bin/sh
echo "$@" >> calls.txt
[ "$1 $2" = "$FAILS" ] && exit 3
[ "$1" != tables ] && exit 0
[ -n "$COLUMNS_THERE" ] && echo "$COLUMNS_THERE" && exit 0
echo "Error: Table '$3' does not exist." >&2
exit 1
"""


class Commands(PluginTestCase):
    """Runs commands in a copy of the example."""

    __test__ = False

    def setUp(self) -> None:
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.project = Path(folder.name).resolve() / "project"
        ignored = shutil.ignore_patterns("generated", "expected", ".lhp")
        shutil.copytree(EXAMPLE, self.project, ignore=ignored)
        program = self.project.parent / "bin" / "databricks"
        program.parent.mkdir()
        program.write_text(CLI)
        program.chmod(0o755)
        path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
        self.set(PATH=path, NO_COLOR="1")

    def set(self, **variables: str) -> None:
        patch = mock.patch.dict(os.environ, variables)
        patch.start()
        self.addCleanup(patch.stop)

    def run_here(self, *args: str) -> Result:
        """Run the command in this process, which is fast; its project is the copy."""
        module = self.load().command.callback.__module__
        with mock.patch(f"{module}.project_root", return_value=self.project):
            return self.run_command(args)

    def without_lhp(self) -> None:
        """Let every call of lhp succeed at once; only what comes after it is at test."""
        patch = mock.patch("lhp_deploy.programs.sys.executable", shutil.which("true"))
        patch.start()
        self.addCleanup(patch.stop)

    def calls(self) -> list[str]:
        file = self.project / "calls.txt"
        return file.read_text().splitlines() if file.exists() else []


class TestDeploy(Commands):
    plugin = "cli_command:deploy"

    def test_generates_validates_and_deploys(self) -> None:
        ended = self.run_here("-e", "dev")
        self.assertEqual(ended.exit_code, 0, ended.output)
        calls = ["bundle validate --target dev", "bundle deploy --target dev"]
        self.assertEqual(self.calls(), calls)
        self.assertNotIn("sales_are_unique", (self.project / MODULE).read_text())

    def test_a_failing_step_ends_it(self) -> None:
        self.set(FAILS="bundle validate")
        self.without_lhp()
        self.assertEqual(self.run_here("-e", "dev", "-t", "prod").exit_code, 3)
        self.assertEqual(self.calls(), ["bundle validate --target prod"])

    def test_faults_of_the_project_end_it(self) -> None:
        self.assertEqual(self.run_here("-e", "nowhere").exit_code, 1)
        self.assertEqual(self.calls(), [])

    def test_a_dry_run_runs_nothing(self) -> None:
        shown = self.run_here("-e", "dev", "--locked", "--dry-run").output
        self.assertIn("generate --env dev --locked", shown)
        self.assertIn("$ databricks bundle deploy --target dev", shown)
        self.assertEqual(self.calls(), [])
        self.assertFalse((self.project / "generated").exists())

    def test_needs_a_bundle(self) -> None:
        (self.project / "databricks.yml").unlink()
        ended = self.run_here("-e", "dev")
        self.assertEqual(ended.exit_code, 1)
        self.assertIn("databricks.yml is not there", ended.output)

    def test_needs_the_databricks_cli(self) -> None:
        self.set(PATH="")
        self.assertIn("CLI is not installed", self.run_here("-e", "dev").output)


class TestTestPipeline(Commands):
    plugin = "cli_command:test-pipeline"

    def test_runs_the_pipeline_with_its_tests(self) -> None:
        ended = self.run_here("deploy_example", "-e", "dev")
        self.assertEqual(ended.exit_code, 0, ended.output)
        last = "bundle run deploy_example --refresh-all --target dev"
        self.assertEqual(self.calls(), ["bundle deploy --target dev", last])
        self.assertIn("sales_are_unique", (self.project / MODULE).read_text())

    def test_a_failing_update_is_the_exit_code(self) -> None:
        self.set(FAILS="bundle run")
        self.without_lhp()
        ended = self.run_here("x", "-e", "dev", "--validate-only")
        self.assertEqual(ended.exit_code, 3)
        self.assertIn("bundle run x --validate-only --target dev", self.calls())


class TestProfile(Commands):
    plugin = "cli_command:profile"

    def test_tells_what_passes_take(self) -> None:
        ended = self.run_here("-e", "dev", "--top", "50")
        self.assertEqual(ended.exit_code, 0, ended.output)
        for name in ("discover (1 calls)", "validate (1 calls)", "generate (1 calls)"):
            self.assertIn(name, ended.output)
        self.assertFalse((self.project / "generated").exists())

    def test_faults_of_the_project_are_the_exit_code(self) -> None:
        self.assertEqual(self.run_here("-e", "nowhere").exit_code, 1)


class TestCheckSchemas(Commands):
    plugin = "cli_command:check-schemas"

    def checked(self, columns: dict[str, str]) -> Result:
        found: list[Any] = [{"name": key, "type_text": columns[key]} for key in columns]
        self.set(COLUMNS_THERE=json.dumps({"columns": found}) if found else "")
        file = self.project / MODULE
        file.parent.mkdir(parents=True)
        file.write_text(TABLES)
        return self.run_here("-e", "dev")

    def test_the_same_columns(self) -> None:
        items = "array<struct<name:string,count:int>>"
        ended = self.checked({"ID": "bigint", "price": "decimal(10,2)", "items": items})
        self.assertEqual(ended.exit_code, 0, ended.output)
        self.assertIn("main.bronze.sales: as declared", ended.output)
        self.assertEqual(self.calls(), ["tables get main.bronze.sales --output json"])

    def test_other_columns(self) -> None:
        there = {"id": "int", "price": "decimal(10,2)", "discount": "double"}
        ended = self.checked(there)
        self.assertEqual(ended.exit_code, 1)
        self.assertIn("id is int, declared as bigint", ended.output)
        self.assertIn("lacks items array<struct<name:string,count:int>>", ended.output)
        self.assertIn("has discount double, which is not declared", ended.output)
        self.assertIn("1 tables with declared columns, 3 differences", ended.output)

    def test_a_table_that_is_not_there_yet(self) -> None:
        ended = self.checked({})
        self.assertEqual(ended.exit_code, 0, ended.output)
        self.assertIn("not there yet", ended.output)

    def test_a_workspace_that_does_not_answer(self) -> None:
        self.set(FAILS="tables get")
        ended = self.checked({})
        self.assertEqual(ended.exit_code, 1)
        self.assertIn("databricks tables get main.bronze.sales:", ended.output)

    def test_needs_what_was_generated(self) -> None:
        ended = self.run_here("-e", "dev")
        self.assertIn("run `lhp generate --env dev`", ended.output)

    def test_columns_of_odd_ddl(self) -> None:
        ddl = "`a``b` INTEGER COMMENT 'x, y', c: LONG, CONSTRAINT k PRIMARY KEY (c)"
        self.assertEqual(columns_of(ddl), {"a`b": "int", "c": "bigint"})
