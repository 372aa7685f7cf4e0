"""What a command imports: no more than it needs, each in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

FOR_CHECKS = ("jsonschema", "pydantic", "referencing")
"""What tells what is wrong, and reads the options of generators."""

FOR_RUNS = ("jinja2", "lhp.passes", "lhp.sandbox.client", "lhp.core.base_generator")
FOR_FEW = (
    "importlib.metadata",
    "importlib.resources",
    "lhp.editor",
    "lhp.kit",
    "packaging",
    "rich.console",
    "urllib.request",
)
"""What few commands need: locks, editors' schemas, terminals."""

FOR_PROCESSES = ("lhp.sandbox", "lhp.passes.workers", "jsonschema")
"""What runs need that have plugins of others, or many files."""

OWN = ("local_plugins", "acme_")
COMMANDS: Sequence[tuple[str, tuple[str, ...]]] = (
    ("--version", ("click", "yaml", *FOR_CHECKS, *FOR_RUNS, *FOR_FEW, *OWN)),
    ("--help", ("lhp.builtin", *FOR_CHECKS, *FOR_RUNS, *FOR_FEW, *OWN)),
    ("plugins --help", ("lhp.builtin.commands.plugins.", *FOR_CHECKS, *FOR_RUNS, *FOR_FEW, *OWN)),
    ("plugins list", (*FOR_CHECKS, *FOR_RUNS, *FOR_FEW, *OWN)),
    ("validate", (*FOR_FEW[3:4], *FOR_FEW[5:], "lhp.builtin.commands.plugins", *OWN)),
)
VALIDATOR = "class Rules:\n    def validate(self, config):\n        return []\n"
SOAP = """
from lhp.core.base_generator import BaseActionGenerator

class Soap(BaseActionGenerator):
    def generate(self, action, context):
        return f"@dp.temporary_view()\\ndef {action.target}():\\n    return spark.range(1)"
"""
FILTER = "def Soap(text):\n    return text\n"
FILES = {
    "lhp.yaml": """\
name: demo
plugins:
  enabled:
    - {name: rules, type: validator, module: local_plugins.rules, class: Rules}
""",
    "local_plugins/rules.py": VALIDATOR,
    "substitutions/dev.yaml": "dev: {}\n",
    "pipelines/orders.yaml": """\
pipeline: p
flowgroup: orders
actions:
  - {name: load, type: load, target: v, source: {type: sql, sql: SELECT 1 AS a}}
  - {name: save, type: write, source: v, write_target: {type: streaming_table, catalog: c, schema: s, table: o}}
""",
}
ACTION = "  - {{name: load{0}, type: load, target: v{0}, source: {{type: soap{0}}}}}\n"
WRITE = "  - {name: w, type: write, source: v0, write_target: {type: streaming_table, catalog: c, schema: s, table: t}}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for path, text in FILES.items():
        file = tmp_path / "project" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path / "project"


def ended(
    project: Path, code: str, *words: str, site: Path | None = None
) -> subprocess.CompletedProcess[str]:
    policy = project.parent / "user" / "policy.yaml"
    policy.parent.mkdir(exist_ok=True)
    policy.write_text(f"trusted_sources: ['{project.as_posix()}']\n", encoding="utf-8")
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), site and str(site)]))
    environment = {**os.environ, "LHP_USER_DIR": str(policy.parent), "PYTHONPATH": path}
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def imported(project: Path, words: str, beginnings: tuple[str, ...]) -> list[str]:
    """Return the modules that a command imports whose names begin so; it has to succeed."""
    code = (
        "import sys; from lhp.cli.main import run; code = run(sys.argv[1:]);"
        "print('\\nmodules', *sys.modules, file=sys.stderr); sys.exit(code)"
    )
    done = ended(project, code, *words.split())
    assert done.returncode == 0, done.stderr
    modules = done.stderr.rpartition("\nmodules ")[2].split()
    return [name for name in modules if name.startswith(beginnings)]


@pytest.mark.parametrize(("words", "others"), COMMANDS, ids=[words for words, _ in COMMANDS])
def test_a_command_imports_nothing_that_it_does_not_need(
    project: Path, words: str, others: tuple[str, ...]
) -> None:
    assert not imported(project, words, others)


@pytest.mark.parametrize("words", ["validate --no-plugins", "generate -e dev --no-plugins"])
def test_a_run_without_plugins_of_others_starts_no_process_for_them(
    project: Path, words: str
) -> None:
    (project / "lhp.yaml").write_text("name: demo\n", encoding="utf-8")
    assert not imported(project, words, FOR_PROCESSES)


def test_of_a_hundred_installed_plugins_three_are_loaded_when_three_are_used(
    project: Path, tmp_path: Path
) -> None:
    site, used = tmp_path / "site", (0, 42, 99)
    for number in range(100):
        info = site / f"acme_{number}-1.0.dist-info"
        info.mkdir(parents=True)
        is_used = number in used
        text, group = (SOAP, "generators.load") if is_used else (FILTER, "templates.filters")
        (site / f"acme_{number}.py").write_text(text, encoding="utf-8")
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: acme-{number}\nVersion: 1.0\n", encoding="utf-8"
        )
        points = f"[lhp.{group}]\nsoap{number} = acme_{number}:Soap\n"
        (info / "entry_points.txt").write_text(points, encoding="utf-8")
    flowgroup = "pipeline: p\nflowgroup: f\nactions:\n" + "".join(map(ACTION.format, used))
    file = project / "pipelines" / "f.yaml"
    file.write_text(flowgroup + WRITE, encoding="utf-8")
    code = "from lhp.cli.main import main; main()"
    done = ended(project, code, "-v", "validate", site=site)
    assert done.returncode == 0, done.stderr
    loaded = re.findall(r"loading \w+:(soap\d+) from", done.stderr)
    assert sorted(loaded) == ["soap0", "soap42", "soap99"]
    listed = ended(project, code, "plugins", "list", "--origin", "entry_point", site=site)
    rows = re.findall(r"^soap\d+ +\w+ +entry_point +installed ", listed.stdout, re.MULTILINE)
    assert len(rows) == 100


NOTED = """
from lhp.core.base_generator import BaseActionGenerator

class Soap(BaseActionGenerator):
    @classmethod
    def get_supported_options(cls):
        return {"lather": {"type": "string", "description": "How much of it."}}

    def generate(self, action, context):
        return f"@dp.temporary_view()\\ndef {action.target}():\\n    return spark.range(1)"
"""


def test_a_run_does_not_import_many_installed_plugins_for_the_editor_but_schema_does(
    project: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    for number in range(9):
        info = site / f"acme_{number}-1.0.dist-info"
        info.mkdir(parents=True)
        (site / f"acme_{number}.py").write_text(NOTED, encoding="utf-8")
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: acme-{number}\nVersion: 1.0\n", encoding="utf-8"
        )
        points = f"[lhp.generators.load]\nsoap{number} = acme_{number}:Soap\n"
        (info / "entry_points.txt").write_text(points, encoding="utf-8")
    flowgroup = "pipeline: p\nflowgroup: f\nactions:\n" + ACTION.format(0) + WRITE
    (project / "pipelines" / "f.yaml").write_text(flowgroup, encoding="utf-8")
    code = "from lhp.cli.main import main; main()"
    schema = project / ".lhp/schemas/flowgroup.schema.json"

    def loaded(*words: str) -> list[str]:
        done = ended(project, code, "-v", *words, site=site)
        assert done.returncode == 0, done.stderr
        return re.findall(r"loading \w+:(soap\d+) from", done.stderr)

    assert loaded("validate") == ["soap0"]
    assert not schema.exists()
    assert len(loaded("schema")) == 9
    assert schema.read_text("utf-8").count("How much of it.") >= 9
    before = schema.read_bytes()
    assert loaded("validate") == ["soap0"]
    assert schema.read_bytes() == before
