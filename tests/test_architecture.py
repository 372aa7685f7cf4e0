"""The layers of the code, as assertions over its import graph."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "lhp"
FILES = {
    ".".join(["lhp", *file.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(
        ".__init__"
    ): file
    for file in sorted(PACKAGE.rglob("*.py"))
    if "init_project" not in file.parts
}
LAYERS = [
    "version",
    "values",
    "errors",
    "model",
    "text",
    "core",
    "run",
    "sandbox",
    "passes",
    "editor",
    "kit",
    "cli",
]
LEAF_FOLDERS = sorted(
    folder.name for folder in (PACKAGE / "builtin").iterdir() if (folder / "__init__.py").is_file()
)
LAZY = (
    "lhp",
    "lhp.pytest_plugin",
    "lhp.core.option_schema",
    "lhp.core.plugin_manager",
    "lhp.core.plugin_trust",
    "lhp.core.resolver",
    "lhp.core.shape_check",
    "lhp.editor.store",
    "lhp.passes.crew",
    "lhp.passes.past",
    "lhp.passes.project",
    "lhp.cli.",
)
SUB_TYPES = {
    "all_lookups_found",
    "cloudfiles",
    "completeness",
    "custom_datasource",
    "custom_expectations",
    "custom_sql",
    "data_quality",
    "delta",
    "jdbc",
    "kafka",
    "materialized_view",
    "python",
    "range",
    "referential_integrity",
    "row_count",
    "schema",
    "schema_match",
    "sink",
    "sql",
    "streaming_table",
    "temp_table",
    "uniqueness",
}


def imports_of(name: str, *, top_level: bool = False) -> Iterator[str]:
    """Yield the modules of ours that a module imports."""
    tree = ast.parse(FILES[name].read_text(encoding="utf-8"))
    nodes = _outside_functions(tree) if top_level else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("lhp"))
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("lhp"):
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in FILES else node.module


def _outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if _is_type_checking(node):
            continue
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from _outside_functions(node)


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def layer_of(name: str) -> str:
    parts = name.split(".")
    if len(parts) == 1 or parts[1] in ("testing", "pytest_plugin", "__main__"):
        return "cli"
    return parts[1]


@pytest.mark.parametrize("name", FILES)
def test_imports_point_to_lower_layers(name: str) -> None:
    own = layer_of(name)
    if own == "builtin":
        return
    for imported in imports_of(name):
        assert layer_of(imported) != "builtin", f"{name} imports a built-in plugin: {imported}"
        assert LAYERS.index(layer_of(imported)) <= LAYERS.index(own), f"{name} imports {imported}"


@pytest.mark.parametrize("name", [name for name in FILES if layer_of(name) == "builtin"])
def test_a_leaf_imports_no_leaf(name: str) -> None:
    folder = name.split(".")[2] if len(name.split(".")) > 2 else ""
    allowed = {"version", "values", "errors", "model", "text", "core"}
    if folder == "commands":
        allowed |= {"sandbox", "passes", "editor", "kit", "cli"}
    for imported in imports_of(name):
        parts = imported.split(".")
        if parts[1] == "builtin":
            is_own_package = name == imported or name.startswith(f"{'.'.join(parts[:4])}")
            is_shared = len(parts) == 3 and parts[2] not in LEAF_FOLDERS
            assert is_shared or is_own_package, f"{name} imports the leaf {imported}"
        else:
            assert parts[1] in allowed, f"{name} imports {imported}"


def test_there_is_no_import_cycle() -> None:
    graph = {name: set(imports_of(name)) & FILES.keys() - {name, "lhp"} for name in FILES}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, f"import cycle: {' -> '.join([*path, name])}"
        if name not in done:
            for imported in sorted(graph[name]):
                visit(imported, (*path, name))
            done.add(name)

    for name in FILES:
        visit(name, ())


@pytest.mark.parametrize("name", FILES)
def test_imports_inside_functions_only_save_start_up(name: str) -> None:
    tree = ast.parse(FILES[name].read_text(encoding="utf-8"))
    hidden = [
        node
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for node in ast.walk(function)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    if not (name in LAZY or name.startswith(LAZY[-1])):
        assert hidden == [], f"{name} imports inside a function"


@pytest.mark.parametrize("name", [name for name in FILES if layer_of(name) != "builtin"])
def test_the_core_never_switches_on_a_sub_type(name: str) -> None:
    tree = ast.parse(FILES[name].read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        compared = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        keys = node.keys if isinstance(node, ast.Dict) else []
        parts = [*compared, *keys]
        texts = {part.value for part in parts if isinstance(part, ast.Constant) and part.value}
        is_about_sub_types = any("sub_type" in ast.unparse(part) for part in compared)
        assert not (is_about_sub_types and texts), f"{name}:{node.lineno}"  # type: ignore[attr-defined]
        assert not (keys and texts and texts <= SUB_TYPES), f"{name}: a table keyed by sub-types"


def declared(folder: str) -> list[Mapping[str, str]]:
    file = PACKAGE / "builtin" / folder / "plugins.yaml"
    plugins = yaml.safe_load(file.read_text(encoding="utf-8"))["plugins"] if file.is_file() else []
    return list(plugins)


@pytest.mark.parametrize("folder", LEAF_FOLDERS)
def test_folder_and_declarations_agree(folder: str) -> None:
    names = {
        entry["module"].removeprefix(f"lhp.builtin.{folder}.").partition(".")[0]
        for entry in declared(folder)
    }
    place = PACKAGE / "builtin" / folder
    leaves = {
        entry.stem
        for entry in place.iterdir()
        if not entry.name.startswith(("_", "."))
        and (entry.suffix == ".py" or (entry / "__init__.py").is_file())
    }
    assert names == leaves


@pytest.mark.parametrize("name", FILES)
def test_no_module_catches_everything(name: str) -> None:
    allowed = {"lhp.core.resolver", "lhp.cli.main", "lhp.passes.workers", "lhp.sandbox.zygote"}
    tree = ast.parse(FILES[name].read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "everything"
            if caught in ("Exception", "BaseException", "everything"):
                assert name in allowed, f"{name}:{node.lineno} catches {caught}"
