"""Which schema a file gets, asked of the real YAML server, of lhp and of what is printed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from lhp.editor.store import schema_path
from lhp.editor.wiring import EDITORS, GLOBS, SETTINGS_FILE, instructions, wire_vscode
from lhp.passes.discover import discover
from lhp.passes.project import open_project

from .yaml_server import Document, YamlServer

NONE = ""
# lhp.yaml and what discover finds: lhp and the editor agree on each.
READ = {
    "lhp.yaml": "lhp",
    "pipelines/a.yaml": "flowgroup",
    "pipelines/b.yml": "flowgroup",
    "pipelines/bronze/deep/c.yaml": "flowgroup",
    "pipelines/lhp.yaml": "flowgroup",
    "pipelines/schemas/d.yaml": "flowgroup",
    "pipelines/bronze/templates/e.yml": "flowgroup",
    "pipelines/config/pipeline_config.yaml": "flowgroup",
    "pipelines/pipelines/f.yaml": "flowgroup",
    "pipelines/substitutions/dev.yaml": "flowgroup",
    "templates/a.yaml": "template",
    "templates/bronze/b.yaml": "template",
    "templates/a.yml": NONE,
    "templates/bundle/x.yaml": NONE,
    "templates/bundle/schemas/x.yaml": NONE,
    "templates/bronze/bundle/c.yaml": "template",
    "templates/expectations/d.yaml": "template",
    "templates/pipelines/e.yaml": "template",
    "presets/a.yaml": "preset",
    "presets/layers/b.yaml": "preset",
    "presets/a.yml": NONE,
    "presets/templates/c.yaml": "preset",
    "blueprints/a.yaml": "blueprint",
    "blueprints/sites/b.yml": "blueprint",
    "blueprints/pipelines/c.yaml": "blueprint",
    "substitutions/dev.yaml": "substitutions",
    "substitutions/prod.yml": "substitutions",
    "substitutions/more/test.yaml": "substitutions",
    "substitutions/schemas/stage.yaml": "substitutions",
    "generated/dev/pipelines/x.yaml": NONE,
    "generated/dev/lhp.yaml": NONE,
    "pipelines.yaml": NONE,
    "my_pipelines/a.yaml": NONE,
    "resources/a.yml": NONE,
    "landing/a.yaml": NONE,
    "databricks.yml": NONE,
    "lhp.yml": NONE,
}
# What actions name may lie anywhere: these are the places that the mapping knows.
BY_PLACE = {
    "config/pipeline_config.yaml": "pipeline_config",
    "config/pipeline_config_dev.yml": "pipeline_config",
    "config/dev/pipeline_config.yaml": NONE,
    "config/job_config.yaml": NONE,
    "expectations/a.yaml": "expectations",
    "expectations/schemas/b.yml": "expectations",
    "schemas/a.yaml": "table_schema",
    "schemas/bronze/b.yml": "table_schema",
    "schemas/expectations/c.yaml": "table_schema",
    "schema_transforms/a.yaml": NONE,
    "generated/schemas/a.yaml": NONE,
}
# No glob without the project's own path tells these from a project in that folder.
BEYOND = {
    "packages/shared/templates/a.yaml": "template",
    "examples/shop/lhp.yaml": "lhp",
    "examples/shop/pipelines/a.yaml": "flowgroup",
    "pipelines/.hidden/a.yaml": NONE,
}


@pytest.mark.parametrize("folder", ["shop", "Meine Projekte/Geschäft (2) [x] {1} #1 100% 店"])
def test_each_file_gets_the_one_schema_of_its_kind(
    start_yaml_server: Callable[..., Any], tmp_path: Path, folder: str
) -> None:
    server = start_yaml_server(*wired(tmp_path / folder))
    table = READ | BY_PLACE | BEYOND
    assert schemas_of(server, {path: server.uri(path) for path in table}) == table


@pytest.mark.parametrize(
    "root",
    [
        "file:///c%3A/Users/Me%20U/shop",
        "file:///C:/shop",
        "file://server/share/shop",
        "vscode-remote://wsl%2Bubuntu/home/me/shop",
    ],
)
def test_windows_and_remote_folders_are_no_different(
    yaml_server: YamlServer, tmp_path: Path, root: str
) -> None:
    yaml_server.configure(by_path(*wired(tmp_path)))
    table = READ | BY_PLACE
    assert schemas_of(yaml_server, {path: f"{root}/{path}" for path in table}) == table


@pytest.mark.parametrize(
    ("folder", "path", "kind"),
    [
        pytest.param("pipelines/shop", "schemas/a.yaml", "flowgroup", id="in a folder of a kind"),
        pytest.param("config/shop", "pipelines/a.yaml", "flowgroup", id="in config"),
        pytest.param(".trees/shop", "pipelines/a.yaml", NONE, id="in a hidden folder"),
    ],
)
def test_a_project_that_lies_in_a_folder_with_such_a_name(
    yaml_server: YamlServer, tmp_path: Path, folder: str, path: str, kind: str
) -> None:
    root, settings = wired(tmp_path / folder)
    yaml_server.configure(by_path(root, settings))
    assert schemas_of(yaml_server, {path: (root / path).as_uri()}) == {path: kind}


@pytest.mark.parametrize(
    ("glob", "found"),
    [
        ("pipelines/*.yaml", {"shop/pipelines", "shop/x/pipelines"}),
        ("/pipelines/*.yaml", {"shop/pipelines", "shop/x/pipelines"}),
        ("**/pipelines/*.yaml", {"shop/pipelines", "shop/x/pipelines"}),
        ("./pipelines/*.yaml", set()),
        ("${workspaceFolder}/pipelines/*.yaml", set()),
        ("shop/pipelines/*.yaml", {"shop/pipelines"}),
        ("{root}/pipelines/*.yaml", {"shop/pipelines"}),
        ("file://{root}/pipelines/*.yaml", {"shop/pipelines"}),
    ],
)
def test_only_the_path_of_the_project_or_its_end_ties_a_glob_to_it(
    yaml_server: YamlServer, tmp_path: Path, glob: str, found: set[str]
) -> None:
    root, _ = wired(tmp_path / "shop")
    mapping = {schema_path("flowgroup"): glob.replace("{root}", str(root))}
    yaml_server.configure(by_path(root, {"yaml.schemas": mapping}))
    places = ("shop/pipelines", "shop/x/pipelines")
    uris = {place: (tmp_path / place / "a.yaml").as_uri() for place in places}
    assert {place for place, kind in schemas_of(yaml_server, uris).items() if kind} == found


def test_opened_at_a_parent_folder_the_settings_need_the_path_to_the_schemas(
    start_yaml_server: Callable[..., Any], tmp_path: Path
) -> None:
    root, settings = wired(tmp_path / "shop")
    mapped = {f"shop/{path}": globs for path, globs in settings["yaml.schemas"].items()}
    server = start_yaml_server(tmp_path, {"yaml.schemas": mapped})
    table = READ | BY_PLACE
    assert schemas_of(server, {path: (root / path).as_uri() for path in table}) == table
    server.configure(settings)
    (problem,) = server.open("shop/schemas/new.yaml", "a: 1\n").problems()
    assert "Unable to load schema" in problem


def test_lhp_reads_what_the_editor_takes_for_it(tmp_path: Path) -> None:
    found = discover(open_project(project(tmp_path, READ)))
    read = {
        "lhp": [tmp_path / "lhp.yaml"],
        "flowgroup": found.flowgroups,
        "template": found.templates.values(),
        "preset": found.presets,
        "blueprint": found.blueprints,
        "substitutions": found.substitutions.values(),
    }
    kinds = {
        file.relative_to(tmp_path).as_posix(): kind
        for kind, files in read.items()
        for file in files
    }
    assert kinds == {path: kind for path, kind in READ.items() if kind}


def test_modelines_are_for_what_lhp_reads(tmp_path: Path) -> None:
    table = READ | BY_PLACE | {"pipelines/draft.yaml": NONE}
    project(tmp_path, table, 'include: ["!draft.yaml"]\n')
    lines = [*instructions("modeline", tmp_path)][1:]
    kinds = {
        path: Path(line).name.split(".")[0]
        for path, line in zip(lines[::2], lines[1::2], strict=True)
    }
    assert kinds == {path: kind for path, kind in table.items() if kind}


def test_without_a_flowgroup_there_is_no_modeline_of_one(tmp_path: Path) -> None:
    project(tmp_path, ["pipelines/draft.yaml"], 'include: ["!draft.yaml"]\n')
    assert "pipelines/draft.yaml" not in [*instructions("modeline", tmp_path)]


def test_jetbrains_gets_folders_and_files_which_start_at_the_project(tmp_path: Path) -> None:
    lines = [*instructions("jetbrains", tmp_path)]
    assert not any("!" in line or "**" in line for line in lines)
    assert lines[2:6] == [
        "./.lhp/schemas/lhp.schema.json",
        "    File: lhp.yaml",
        "./.lhp/schemas/flowgroup.schema.json",
        "    Directory: pipelines",
    ]
    assert "    File path pattern: config/*pipeline_config*.yaml" in lines


@pytest.mark.parametrize("editor", ["zed", "neovim"])
def test_the_globs_are_printed_whole(tmp_path: Path, editor: str) -> None:
    text = "\n".join(instructions(editor, tmp_path))
    assert all(f'"{glob}"' in text for globs in GLOBS.values() for glob in globs)


def test_nothing_of_where_the_project_lies_is_written_or_printed(tmp_path: Path) -> None:
    root, _ = wired(tmp_path / "shop")
    written = (root / SETTINGS_FILE).read_text("utf-8")
    printed = [line for name in EDITORS[1:] for line in instructions(name, root)]
    assert "shop" not in "\n".join([written, *printed])


def test_what_an_earlier_version_wrote_is_brought_up_to_date(tmp_path: Path) -> None:
    before = {
        schema_path("lhp"): "lhp.yaml",
        schema_path("flowgroup"): ["pipelines/**/*.yaml", "pipelines/**/*.yml"],
        schema_path("template"): "templates/**/*.yaml",
        schema_path("substitutions"): "substitutions/*.yaml",
        schema_path("preset"): ["presets/**/*.yaml"],  # the user's: not as it was written
        f"./{schema_path('table_schema')}": ["schemas/**/*.yaml", "schemas/**/*.yml"],
    }
    file = project(tmp_path, {}) / SETTINGS_FILE
    file.parent.mkdir()
    file.write_text(json.dumps({"yaml.schemas": before}), encoding="utf-8")
    wire_vscode(tmp_path)
    mapped = json.loads(file.read_text("utf-8"))["yaml.schemas"]
    kept = {*before} - {
        schema_path(kind) for kind in ("lhp", "flowgroup", "template", "substitutions")
    }
    ours = {schema_path(kind): [*globs] for kind, globs in GLOBS.items()}
    del ours[schema_path("table_schema")]
    assert mapped == ours | {path: before[path] for path in kept}
    assert wire_vscode(tmp_path) == ()


def project(root: Path, paths: Iterable[str], text: str = "name: shop\n") -> Path:
    """Make a project with those files, and return its folder."""
    for path in [*paths, "lhp.yaml"]:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def wired(root: Path) -> tuple[Path, dict[str, Any]]:
    """Make a project whose schemas each demand their own name; return it and its settings."""
    schemas = {schema_path(kind): json.dumps({"required": [kind]}) for kind in GLOBS}
    project(root, schemas)
    for path, text in schemas.items():
        (root / path).write_text(text, encoding="utf-8")
    wire_vscode(root)
    return root, json.loads((root / SETTINGS_FILE).read_text("utf-8"))


def by_path(root: Path, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings for a server that has another folder open."""
    mapped = settings["yaml.schemas"].items()
    return {"yaml.schemas": {str(root / path): globs for path, globs in mapped}}


def schemas_of(server: YamlServer, uris: Mapping[str, str]) -> dict[str, str]:
    """Return the schemas that the server holds a file at each address to, as one text."""
    documents = {path: Document(server, uri, "a: 1\n", None) for path, uri in uris.items()}
    return {
        path: " ".join(each.message.split('"')[1] for each in document.diagnostics())
        for path, document in documents.items()
    }
