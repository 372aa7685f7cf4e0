"""The plugins of `examples/plugins`: built, installed where nothing else is, used by their names."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

import lhp

ROOT = Path(__file__).resolve().parent.parent
HOMES = {home.name: home for home in sorted((ROOT / "examples" / "plugins").glob("lhp-*"))}
NEEDED = ("lakehouse-plumber", "pytest", "sqlglot")
BUILD = """
import os, sys
from hatchling.build import build_wheel
for home in sys.argv[2:]:
    os.chdir(home)
    build_wheel(sys.argv[1])
"""
RUN = """
import sys
from lhp.cli.main import run
for line in sys.stdin.read().splitlines():
    code = run(line.split())
    if code:
        sys.exit(f"`lhp {line}` ended with {code}")
"""


def done(*call: str | Path, cwd: Path = ROOT, said: str = "", **env: str) -> str:
    """Run a program; return what it prints, and fail with that when it fails."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    ended = subprocess.run(
        call,
        cwd=cwd,
        env={**kept, "NO_COLOR": "1", **env},
        input=said,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an environment with lhp, what it needs, and the six wheels.

    Workers of a parallel run share it: the first one makes it.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "examples"
    ready = folder / "ready"
    try:
        folder.mkdir()
    except FileExistsError:
        end = time.monotonic() + 300
        while not ready.exists():
            assert time.monotonic() < end, "another worker failed to make the environment"
            time.sleep(0.1)
    else:
        _make(folder)
        ready.touch()
    return folder / "venv" / "bin" / "python"


def _make(folder: Path) -> None:
    wheels = folder / "wheels"
    # Where no build leaves anything behind, and no cache of a tool gets into a wheel.
    homes = [shutil.copytree(home, folder / "src" / name) for name, home in HOMES.items()]
    done(sys.executable, "-c", BUILD, wheels, *homes, PYTHONPATH=os.pathsep.join(sys.path))
    venv.create(folder / "venv", symlinks=True)
    (site,) = (folder / "venv").glob("lib/python*/site-packages")
    for distribution in _closure(*NEEDED):
        _link(distribution, site)
    (site / "lhp.pth").write_text(f"{Path(lhp.__file__).parent.parent}\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", folder / "venv" / "bin" / "python"]
    done(*pip, "install", "--quiet", "--no-index", "--no-deps", *sorted(wheels.iterdir()))


def _closure(*names: str) -> Iterator[metadata.Distribution]:
    seen: set[str] = set()
    waiting = [*names]
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        distribution = metadata.distribution(name)
        yield distribution
        needs = [Requirement(line) for line in distribution.requires or ()]
        waiting += [each.name for each in needs if not each.marker or each.marker.evaluate()]


def _link(distribution: metadata.Distribution, site: Path) -> None:
    for file in distribution.files or ():
        source, target = (
            Path(str(distribution.locate_file(file))),
            Path(os.path.normpath(site / file)),
        )
        is_script = target.parent.name == "bin" and source.read_bytes().startswith(b"#!")
        if source.suffix in (".pth", ".pyc") or is_script:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            target.hardlink_to(source)
        except OSError:  # another disk
            shutil.copy2(source, target)


def plugins_of(name: str) -> Mapping[str, str]:
    """Return the plugins that a distribution offers: names -> groups."""
    text = (HOMES[name] / "pyproject.toml").read_text("utf-8")
    groups = re.findall(r'^\[project\.entry-points\."(.+)"\]\n((?:.+\n)+)', text, re.MULTILINE)
    return {line.split(" = ")[0]: group for group, lines in groups for line in lines.splitlines()}


def example_of(name: str, folder: Path) -> Path:
    """Return a copy of the example project."""
    ignored = shutil.ignore_patterns("expected", "generated", ".lhp")
    return Path(shutil.copytree(HOMES[name] / "example", folder / "example", ignore=ignored))


def texts(folder: Path) -> Mapping[str, str]:
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_text("utf-8") for file in files}


@pytest.mark.parametrize("name", HOMES)
def test_its_wheel_is_used_by_its_entry_points(
    name: str, clean: Path, tmp_path: Path, *, regen: bool
) -> None:
    project = example_of(name, tmp_path)
    offered = plugins_of(name)
    infos = [f"plugins info {plugin}" for plugin in offered]
    lines = ["plugins list", "plugins validate", "generate -e dev --include-tests", *infos]
    said = done(clean, "-c", RUN, cwd=project, said="\n".join(lines))
    for plugin in offered:
        assert re.search(rf"\b{plugin}\b.*\b{name} 0\.1\.0\b", said), said
    assert "plugins: no problems" in said

    expected = HOMES[name] / "example" / "expected"
    if regen:
        shutil.rmtree(expected, ignore_errors=True)
        shutil.copytree(project / "generated" / "dev", expected)
    assert texts(project / "generated" / "dev") == texts(expected)


def readme_of(name: str) -> tuple[list[str], list[str], str]:
    """Return commands of `lhp`, actions and the declaration of the plugin, as a README has them."""
    text = (HOMES[name] / "README.md").read_text("utf-8")
    commands = re.findall(r"^\$ lhp (.+)$|`lhp (--project [^`]+)`", text, re.MULTILINE)
    blocks = re.findall(r"```yaml\n(.+?)```", text, re.DOTALL)
    declared = next((block for block in blocks if block.startswith("# lhp.yaml")), "")
    called = [first or second for first, second in commands]
    return called, [block for block in blocks if block != declared], declared


def in_flowgroup(action: Mapping[str, Any], number: int) -> str:
    """Return a flowgroup of its own for an action, or for the `source` of a load."""
    whole = {"name": f"a{number}", "type": "load", "target": f"v{number}", **action}
    reads = {"name": "r", "type": "load", "source": {"type": "sql", "sql": "SELECT 1 AS a"}}
    reads |= {"target": whole["source"], "readMode": "batch"}
    is_stream = whole.get("readMode") == "stream"
    kind = "streaming_table" if is_stream else "materialized_view"
    target = {"type": kind, "catalog": "c", "schema": "s", "table": f"t{number}"}
    writes = {"name": "w", "type": "write", "source": whole["target"], "write_target": target}
    kinds = {"load": [whole, writes], "transform": [reads, whole, writes], "write": [reads, whole]}
    actions = kinds[whole["type"]]
    return json.dumps({"pipeline": "p", "flowgroup": f"f{number}", "actions": actions})


@pytest.mark.parametrize("name", HOMES)
def test_what_its_readme_says_works(name: str, clean: Path, tmp_path: Path) -> None:
    called, blocks, declared = readme_of(name)
    example_of(name, tmp_path)
    needs_databricks = {"deploy", "test-pipeline", "check-schemas"}
    lines = [line for line in called if line.split()[0] not in {*needs_databricks, "profile"}]
    assert lines
    user = str(tmp_path / "user")  # who approved nothing beforehand
    done(clean, "-c", RUN, cwd=tmp_path, said="\n".join(lines), LHP_USER_DIR=user)

    project = tmp_path / "readme"
    (project / "pipelines").mkdir(parents=True)
    (project / "substitutions").mkdir()
    (project / "substitutions/dev.yaml").write_text("dev: {}\n", encoding="utf-8")
    (project / "lhp.yaml").write_text(f"name: readme\n{declared}", encoding="utf-8")
    for number, block in enumerate(blocks):
        data = yaml.safe_load(block)
        text = in_flowgroup(data[0] if isinstance(data, list) else data, number)
        (project / f"pipelines/f{number}.yaml").write_text(text, encoding="utf-8")
    lines = ["plugins validate", "validate"] if blocks else ["plugins validate"]
    done(clean, "-c", RUN, cwd=project, said="\n".join(lines))


def test_what_they_generate_needs_no_lhp() -> None:
    for name, home in HOMES.items():
        for path, text in texts(home / "example" / "expected").items():
            assert not re.search(r"^(import|from) lhp\b(?!_)", text, re.MULTILINE), (
                f"{name}: {path}"
            )


def test_their_own_tests_pass(clean: Path) -> None:
    options = ("-q", "-p", "no:cacheprovider", "--import-mode=importlib", "-c", os.devnull)
    folders = [home / "tests" for home in HOMES.values()]
    assert " passed" in done(clean, "-B", "-m", "pytest", *options, *folders)


def test_their_code_is_clean(clean: Path, tmp_path: Path) -> None:
    ruff = [sys.executable, "-m", "ruff"]
    done(*ruff, "check", "--no-cache", *HOMES.values())
    done(*ruff, "format", "--no-cache", "--check", *HOMES.values())
    mypy = [sys.executable, "-m", "mypy", "--python-executable", clean, "--cache-dir", tmp_path]
    for home in HOMES.values():
        done(*mypy, cwd=home)


def test_they_import_only_what_authors_may() -> None:
    public = ("lhp", "lhp.core.base_generator", "lhp.core.render", "lhp.cli.base", "lhp.testing")
    for home in HOMES.values():
        for file in [*home.glob("src/**/*.py"), *home.glob("tests/*.py")]:
            text = file.read_text("utf-8")
            found = re.findall(r"^\s*(?:from|import) (lhp[\w.]*)", text, re.MULTILINE)
            own = home.name.replace("-", "_")
            assert {each for each in found if each.split(".")[0] != own} <= {*public}, file


def test_the_list_names_each_of_them() -> None:
    listed = (ROOT / "examples" / "plugins" / "README.md").read_text("utf-8")
    for name in HOMES:
        assert f"({name}/README.md)" in listed
        for plugin in plugins_of(name):
            assert f"`{plugin}`" in listed


def test_a_broken_package_of_somebody_else_breaks_nothing_else(
    clean: Path, tmp_path: Path, wheel: Callable[..., str]
) -> None:
    points = "[lhp.generators.load]\nsoap = acme_soap.load:SoapLoadGenerator\n"
    wheel(
        tmp_path,
        "acme-soap",
        {
            "acme_soap/__init__.py": "",
            "acme_soap/load.py": "import a_module_nobody_has\n\nclass SoapLoadGenerator: ...\n",
            "acme_soap-1.2.dist-info/entry_points.txt": points
            + "[lhp.validators]\nsoap_rules = acme_soap.gone:Rules\n"
            + "[lhp.cli.commands]\nsoap = acme_soap.load:command\n",
        },
    )
    site = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    done(*pip, "--target", site, *tmp_path.glob("*.whl"))
    project = example_of("lhp-rest", tmp_path)
    lines = "plugins list\nplugins validate\ngenerate -e dev\n--help"
    said = done(clean, "-c", RUN, cwd=project, said=lines, PYTHONPATH=str(site))
    assert re.search(r"\bsoap\b.*\bacme-soap 1\.2\b", said), said
    assert "No module named 'a_module_nobody_has'" in said
    assert "no module 'acme_soap.gone' is installed" in said
    assert "module 'acme_soap.load' has no 'command'" in said
    assert texts(project / "generated" / "dev") == texts(HOMES["lhp-rest"] / "example" / "expected")
