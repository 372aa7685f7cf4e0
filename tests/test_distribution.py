"""What is installed: every import declared, every data file in the wheel, a lock for everybody."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from lhp.version import DISTRIBUTION, VERSION

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "lhp"
PUBLIC_HOSTS = {"pypi.org", "files.pythonhosted.org"}


def imported_packages(files: Iterable[Path]) -> set[str]:
    found: set[str] = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Import):
                found.update(name.name.partition(".")[0] for name in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"lhp"}


def declared_packages(extra: str = "") -> set[str]:
    needs = [Requirement(line) for line in metadata.requires("lakehouse-plumber") or ()]
    wanted = [need for need in needs if not need.marker or need.marker.evaluate({"extra": extra})]
    files = [metadata.files(need.name) or () for need in wanted]
    return {path.parts[0].removesuffix(".py") for paths in files for path in paths}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (path,) = folder.glob("*.whl")
    return path


def test_every_import_of_the_package_is_a_declared_dependency() -> None:
    of_spark = {*(PACKAGE / "run").rglob("*.py")}
    others = {*PACKAGE.rglob("*.py")} - of_spark
    beside = {"pytest"}  # of the module that pytest itself imports
    assert imported_packages(others) - declared_packages() == beside
    with_spark = {"py4j"}  # what Spark talks to Java by
    assert imported_packages(of_spark) - declared_packages("spark") == with_spark


def test_the_wheel_carries_every_file_of_the_package_and_the_schemas(wheel: Path) -> None:
    carried = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("lhp/")}
    package = {
        f"lhp/{path.relative_to(PACKAGE).as_posix()}"
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    schemas = {f"lhp/schemas/{path.name}" for path in (ROOT / "schemas").iterdir()}
    assert carried == package | schemas


def test_the_wheel_has_the_version_that_the_command_tells(wheel: Path) -> None:
    assert wheel.name == f"{DISTRIBUTION.replace('-', '_')}-{VERSION}-py3-none-any.whl"


def test_schemas_are_found_in_an_unpacked_wheel(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    script = "from lhp.core.schema_files import schema_folder; print(schema_folder())"
    shown = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {script}"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert Path(shown.stdout.strip()) == tmp_path.resolve() / "lhp" / "schemas"


def test_the_lock_names_no_host_but_the_public_index() -> None:
    lock = (ROOT / "uv.lock").read_text(encoding="utf-8")
    assert set(re.findall(r"\w+://([^/\"]+)", lock)) == PUBLIC_HOSTS
