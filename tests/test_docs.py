"""The documentation is true: its commands run, its examples work, its reference is complete.

Words after the language of a fenced block say what it is. `file`: a file of the page's project,
its path in the first line. `output`: parts of a file that the commands before it made. `excerpt`:
part of a file of the page's project or of the repository. `tree`: paths that are there at the end, one a line. `exit=1`: how
its commands end. `lhp`, `flowgroup`, `preset` ...: the schema that a YAML block fits. A block that
nothing checks is a failure.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import dataclasses
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click
import pytest
from jsonschema import Draft7Validator

from lhp import errors
from lhp.cli.base import BaseCLIPlugin, project_root
from lhp.cli.root import cli
from lhp.core import base_generator
from lhp.core.base_artifact import BaseArtifact
from lhp.core.base_generator import BaseActionGenerator, Context
from lhp.core.builtin_commands import builtin_commands
from lhp.core.jinja_code import CodeJinja
from lhp.core.manifest import PLUGIN_TYPES, Origin
from lhp.core.option_schema import schema_of, supported_options
from lhp.core.plugin_manager import PluginManager
from lhp.core.schema_files import schema_text
from lhp.core.user_files import FOLDER_VARIABLE
from lhp.editor.interface import FOR_THE_HOST
from lhp.editor.reference import reference_pages
from lhp.model.files import PolicyFile
from lhp.testing import PluginTestCase
from lhp.text.yaml_reader import read_yaml

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
SAMPLE = ROOT / "sample_project"
ASKED = [DOCS / "tutorial.md", DOCS / "finding-plugins.md"]
"""Pages whose reader has approved nothing beforehand; elsewhere a policy of his trusts his code."""
INIT = ROOT / "src/lhp/builtin/commands/init_project/README.md"
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    SAMPLE / "README.md",
    SAMPLE / "packages/acme-lhp/README.md",
    INIT,
    *sorted(DOCS.rglob("*.md")),
]
KINDS = ("lhp", "flowgroup", "preset", "template", "blueprint", "substitutions")
OTHER_KINDS = ("action", "policy", "other")
COMMANDS = {name: handle.load() for name, handle in builtin_commands().items()}
REFERENCE_PAGES = reference_pages(cli, COMMANDS, (BaseCLIPlugin, project_root), (PluginTestCase,))

_BLOCK = re.compile(
    r"^(?P<pad> *)(?P<fence>```+|~~~+)(?P<info>[^\n]*)\n(?P<text>.*?)^ *(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
_INDENTED = re.compile(r"\n\n {4,}\S.*")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_PATH = re.compile(r"^(?:#|--|\{#) (?P<path>[\w./-]+)")
_PROMPT = re.compile(r"(?P<mark>[$>]) (?P<command>.*)")


@dataclass(frozen=True)
class Block:
    page: Path
    line: int
    language: str
    words: tuple[str, ...]
    text: str

    @property
    def path(self) -> str:
        found = _PATH.match(self.text)
        assert found, f"{self}: the first line is to name a file"
        return found["path"]

    @property
    def body(self) -> str:
        return self.text.partition("\n")[2]

    @property
    def exit_code(self) -> int:
        return next((int(word[5:]) for word in self.words if word.startswith("exit=")), 0)

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT).as_posix()}:{self.line}"


def blocks_of(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        language, *words = found["info"].split() or [""]
        line = text.count("\n", 0, found.start()) + 1
        yield Block(page, line, language, tuple(words), textwrap.dedent(found["text"]))


BLOCKS = [block for page in PAGES for block in blocks_of(page)]


def blocks(*languages: str) -> Any:
    chosen = [block for block in BLOCKS if block.language in languages]
    return pytest.mark.parametrize("block", chosen, ids=str)


def runnable(block: Block) -> Iterator[tuple[str, list[str]]]:
    """Yield each command of a block with the lines that are shown below it."""
    commands: list[tuple[str, list[str]]] = []
    for line in block.text.splitlines():
        found = _PROMPT.fullmatch(line)
        if block.language == "sh" and line.strip():
            commands.append((line, []))
        elif found:
            command = found["command"]
            commands.append((command.replace("\\", "/") if found["mark"] == ">" else command, []))
        else:
            assert commands, f"{block}: begins with no command"
            commands[-1][1].append(line.strip())
    yield from commands


class Uploads(ThreadingHTTPServer):
    """A package index that takes what is uploaded, and keeps the names."""

    def __init__(self) -> None:
        self.names: list[str] = []
        super().__init__(("127.0.0.1", 0), Upload)

    @contextlib.contextmanager
    def served(self) -> Iterator[None]:
        serving = threading.Thread(target=self.serve_forever, args=(0.01,))
        serving.start()
        try:
            yield
        finally:
            self.shutdown()
            serving.join()
            self.server_close()


class Upload(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        named = re.findall(rb'filename="([^"]+)"', body)
        self.server.names += [name.decode() for name in named]  # type: ignore[attr-defined]
        self.send_response(HTTPStatus.OK)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Shell:
    """Runs what the blocks of a page say, in a project of their own."""

    def __init__(
        self,
        folder: Path,
        lhp: Callable[..., Any],
        patch: pytest.MonkeyPatch,
        needs_java: Callable[[], None],
    ) -> None:
        self.top = self.folder = folder
        self.lhp = lhp
        self.patch = patch
        self.needs_java = needs_java

    def take(self, block: Block) -> None:
        if "file" in block.words:
            file = self.folder / block.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        elif "output" in block.words:
            made = (self.folder / block.path).read_text(encoding="utf-8")
            for part in re.split(r"^ *# \.\.\.\n", block.body, flags=re.MULTILINE):
                assert part.strip("\n") in made, f"{block}: not in {block.path}:\n{made}"
        elif "excerpt" in block.words:
            own = self.folder / block.path
            file = own if own.is_file() else ROOT / block.path
            assert block.body.strip() in file.read_text(encoding="utf-8"), block
        elif "tree" in block.words:
            for line in block.text.splitlines():
                assert (self.folder / line.split()[0]).exists(), f"{block}: {line}"
        elif block.language in ("console", "sh"):
            for command, shown in runnable(block):
                self.run(block, command, shown)

    def run(self, block: Block, command: str, shown: list[str]) -> None:
        words = shlex.split(command, comments=True)
        program, arguments = Path(words[0]).name, words[1:]
        if program == "cd":
            self.folder = self.folder / arguments[0]
            assert self.folder.is_dir(), f"{block}: {command}"
            return
        code, out = self.ways[program](arguments)
        assert code == block.exit_code, f"{block}: {command}\n{out}"
        lines = [line.strip() for line in out.splitlines()]
        for line in filter(None, shown):
            assert line in lines or line == "...", f"{block}: {line!r} not in\n{out}"

    @property
    def ways(self) -> Mapping[str, Callable[[list[str]], tuple[int, str]]]:
        """How each program is run, by its name."""
        return {
            "lhp": self.call,
            "python": self.python,
            "py": self.python,
            "pip": self.pip,
            "uv": self.uv,
            "cp": self.cp,
            "ruff": lambda words: self.process(sys.executable, "-m", "ruff", *words),
            "mypy": lambda words: self.process(sys.executable, "-m", "mypy", *words),
            "make": self.make,
            "ls": self.ls,
            "run": self.ci,
            "source": self.source,
            "databricks": lambda _: (0, ""),  # it needs a workspace
        }

    def call(self, words: list[str]) -> tuple[int, str]:
        self.patch.chdir(self.folder)
        if words[0] == "run" or "--spark" in words:
            self.needs_java()
            return self.process(sys.executable, "-m", "lhp", *words)
        ended = self.lhp(*words)
        return ended.code, ended.out + ended.err

    def python(self, words: list[str]) -> tuple[int, str]:
        match [word for word in words if word != "-3"]:
            case ["-m", "pip", *arguments]:
                return self.pip(arguments)
            case ["-m", "venv", folder]:  # pip in it would take seconds
                return self.process(sys.executable, "-m", "venv", "--without-pip", folder)
            case ["-m", "pytest"]:
                return (0, "") if self.folder == self.top else self.tests("pytest", "--quiet")
            case [file] if file.endswith(".py"):
                return self.process(sys.executable, file)
            case ["-m", ("unittest" | "pytest") as runner, *arguments]:
                return self.tests(runner, *arguments)
        return 1, f"no way to run python {words}"

    def tests(self, runner: str, *arguments: str) -> tuple[int, str]:
        return self.process(sys.executable, "-m", runner, *arguments)

    def pip(self, words: list[str]) -> tuple[int, str]:
        """Install what lies here; what lies in the repository the tests run from anyway."""
        parser = argparse.ArgumentParser(prog="pip")
        parser.add_argument("verb", choices=["install"])
        parser.add_argument("what", nargs="*")
        parser.add_argument("-e", "--editable", action="append", default=[])
        parser.add_argument("--group")
        parser.add_argument("--no-deps", action="store_true")
        parser.add_argument("--upgrade", action="store_true")
        given = parser.parse_intermixed_args(words)
        groups = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        assert not given.group or f"\n{given.group} = [" in groups, words
        named = [*given.what, *given.editable]
        assert named == ["pip"] if given.upgrade else named, words
        for each in [] if given.upgrade else named:
            path = re.sub(r"\[\w+\]$", "", each)
            if (self.folder / path).is_file():
                self.install(path)
            else:
                folder = (self.folder if self.folder != self.top else ROOT) / path
                assert (folder / "pyproject.toml").is_file(), each
        return 0, ""

    def install(self, wheel: str) -> None:
        place = self.top / "installed"
        with zipfile.ZipFile(self.folder / wheel) as opened:
            opened.extractall(place)
        self.patch.syspath_prepend(str(place))
        self.patch.setenv("PYTHONPATH", str(place))

    def uv(self, words: list[str]) -> tuple[int, str]:
        """Build with what is installed, and publish to an index of our own."""
        uploads = Uploads()
        for key, value in {
            "NO_PROXY": "127.0.0.1",
            "UV_NO_BUILD_ISOLATION": "1",
            "UV_NO_CONFIG": "1",
            "UV_PUBLISH_TOKEN": "token",
            "UV_PUBLISH_URL": f"http://127.0.0.1:{uploads.server_port}/",
            "VIRTUAL_ENV": sys.prefix,
        }.items():
            self.patch.setenv(key, value)
        with uploads.served():
            code, out = self.process(sys.executable, "-m", "uv", *words)
        made = {file.name for file in self.folder.glob("dist/*")} - {".gitignore"}
        assert {*uploads.names} == (made if words == ["publish"] else set()), out
        return code, out

    def make(self, words: list[str]) -> tuple[int, str]:
        targets = re.findall(r"^(\w+):.*##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        return int(not {*words} <= {*targets}), f"targets: {targets}"

    def ls(self, words: list[str]) -> tuple[int, str]:
        return int(not all(any(self.folder.glob(word)) for word in words)), f"no {words}"

    def cp(self, words: list[str]) -> tuple[int, str]:
        *files, folder = words
        for file in files:
            shutil.copy(self.folder / file, self.folder / folder)
        return 0, ""

    def ci(self, words: list[str]) -> tuple[int, str]:
        return int(bool(words) or not (ROOT / ".ci/run").is_file()), ""

    def source(self, words: list[str]) -> tuple[int, str]:
        return int(words != [".venv/bin/activate"] or not (self.folder / ".venv").is_dir()), ""

    def process(self, *words: str) -> tuple[int, str]:
        done = subprocess.run(
            words,
            cwd=self.folder,
            env={
                **os.environ,
                "MYPY_CACHE_DIR": str(ROOT / ".mypy_cache" / "pages"),
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        return done.returncode, done.stdout


@pytest.fixture
def shell(
    tmp_path: Path,
    lhp: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    needs_java: Callable[[], None],
) -> Shell:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    return Shell(tmp_path, lhp, monkeypatch, needs_java)


def begin(shell: Shell, page: Path) -> None:
    """Make the project in which a page begins, and go there."""
    if page in ASKED:
        shell.patch.setenv(FOLDER_VARIABLE, str(shell.top / "user"))
    if page.is_relative_to(DOCS):
        return
    if page == INIT:
        shell.call(["init", "shop"])
        shell.folder /= "shop"
        return
    ignored = shutil.ignore_patterns("generated", ".lhp", "__pycache__")
    shutil.copytree(SAMPLE, shell.folder / "sample_project", ignore=ignored)
    if page.is_relative_to(SAMPLE):
        shell.folder /= "sample_project"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_says_works_from_its_first_line_to_its_last(page: Path, shell: Shell) -> None:
    begin(shell, page)
    for block in sorted(blocks_of(page), key=lambda block: "tree" in block.words):
        shell.take(block)


def test_the_test_runs_commands_of_these_pages() -> None:
    running = {
        block.page.relative_to(ROOT).as_posix()
        for block in BLOCKS
        if block.language in ("console", "sh")
        and any(command.startswith("lhp ") for command, _ in runnable(block))
    }
    assert running >= {
        "README.md",
        "docs/getting-started.md",
        "docs/plugins.md",
        "docs/project.md",
        "docs/run.md",
        "sample_project/README.md",
    }


def checks_of(block: Block) -> set[str]:
    """Return what shows that a block is true; nothing for one that nobody looks at."""
    found = {"file", "output", "excerpt", "tree"} & {*block.words}
    if block.language == "yaml":
        return found | ({*block.words} & {*KINDS, "action", "policy"})
    if block.language == "python":
        return found | {"it is run"}
    if block.language in ("console", "sh"):
        return {"it is run"} if any(runnable(block)) else set()
    return found


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_every_block_is_checked(block: Block) -> None:
    assert checks_of(block), f"{block}: nothing checks it; say what it is after the language"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_block_hides_without_a_fence(page: Path) -> None:
    text = _BLOCK.sub("", page.read_text(encoding="utf-8"))
    assert _INDENTED.findall(text) == []
    assert "```" not in text


@blocks("yaml")
def test_a_yaml_block_fits_the_schema_of_what_it_is(block: Block) -> None:
    documents = read_yaml(block.text.encode(), str(block))
    kinds = [word for word in block.words if word in (*KINDS, *OTHER_KINDS)]
    assert len(kinds) == 1, f"{block}: one word after `yaml` says what it is"
    for document in documents if kinds != ["other"] else ():
        data, kind = document.data, kinds[0]
        if kind == "action":
            listed = data if isinstance(data, list) else [data]
            data, kind = {"pipeline": "p", "flowgroup": "f", "actions": listed}, "flowgroup"
        schema = schema_of(PolicyFile) if kind == "policy" else json.loads(schema_text(kind))
        assert [error.message for error in Draft7Validator(schema).iter_errors(data)] == []


@blocks("python")
def test_a_python_block_runs(block: Block) -> None:
    code = compile(block.text, str(block), "exec")
    if not {"file", "output", "excerpt"} & {*block.words}:
        exec(code, {"__name__": "block"})  # noqa: S102  (our own pages)


def anchors(page: Path) -> set[str]:
    text = _BLOCK.sub("", page.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = _BLOCK.sub("", page.read_text(encoding="utf-8"))
    for found in _LINK.finditer(text):
        path, _, anchor = found["target"].partition("#")
        if "://" in path:
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), found[0]
        assert not anchor or anchor in anchors(target), found[0]


def test_the_map_names_every_page() -> None:
    text = (DOCS / "README.md").read_text(encoding="utf-8")
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")} - {"README.md"}
    assert {page for page in pages if f"({page})" not in text} == set()


@pytest.mark.parametrize("name", REFERENCE_PAGES)
def test_a_reference_page_is_what_the_code_says(name: str, *, regen: bool) -> None:
    file = REFERENCE / name
    if regen:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(REFERENCE_PAGES[name], encoding="utf-8", newline="\n")
    assert file.read_text(encoding="utf-8") == REFERENCE_PAGES[name], "stale: run pytest --regen"


def test_no_other_page_lies_among_the_reference() -> None:
    assert {file.name for file in REFERENCE.iterdir()} == {*REFERENCE_PAGES}


def reference(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def test_every_error_code_is_in_the_reference() -> None:
    codes = {value.id for value in vars(errors).values() if isinstance(value, errors.Code)}
    assert set(re.findall(r"^## (LHP-\w+-\d+)$", reference("errors.md"), re.MULTILINE)) == codes


def test_every_error_code_that_a_page_names_exists() -> None:
    known = {value.id for value in vars(errors).values() if isinstance(value, errors.Code)}
    for page in PAGES:
        named = set(re.findall(r"LHP-[A-Z]+-\d{3}", page.read_text(encoding="utf-8")))
        assert named <= known, page


def commands_of(command: Any) -> Mapping[str, Any]:
    context = click.Context(command)
    names = command.list_commands(context) if isinstance(command, click.Group) else ()
    return {name: command.get_command(context, name) for name in names}


def test_every_command_and_each_of_its_options_is_in_the_reference() -> None:
    text = reference("commands.md")
    pending = [(f"lhp {name}", command) for name, command in COMMANDS.items()]
    while pending:
        path, command = pending.pop()
        _, title, section = text.partition(f"\n## {path}\n")
        assert title, path
        section = section.partition("\n## ")[0]
        common = text.partition("\n## lhp ")[0]
        for option in command.params:
            for name in option.opts if option.param_type_name == "option" else ():
                assert f"`{name}`" in section or f"`{name}`" in common, (path, name)
        pending += [(f"{path} {name}", each) for name, each in commands_of(command).items()]


OF_PLUGINS = {"count", "deploy", "name"}
"""Commands that the pages name and that plugins bring."""


def options_of(*commands: Any) -> set[str]:
    params = (param for command in commands for param in command.params)
    return {name for param in params for name in (*param.opts, *param.secondary_opts)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_that_a_sentence_names_exists_with_its_options(page: Path) -> None:
    text = _BLOCK.sub("", page.read_text(encoding="utf-8"))
    for line in re.findall(r"`lhp ([^`]+)`", text):
        if line.split()[0] in OF_PLUGINS:
            continue
        path: list[Any] = [cli]
        known: Mapping[str, Any] = COMMANDS
        for word in line.split():
            if word.startswith("-"):
                option = word.partition("=")[0]
                assert option in options_of(*path) | {"-h", "--help"}, f"lhp {line}: no {word}"
            elif known and word in known:
                path.append(known[word])
                known = commands_of(known[word])
        assert len(path) > 1 or line.startswith("-"), f"there is no `lhp {line}`"


def test_every_generator_and_each_of_its_options_is_in_the_reference() -> None:
    text = reference("generators.md")
    manager = PluginManager()
    found = [item for item in manager.manifests if item.origin is Origin.BUILTIN]
    generators = [item for item in found if item.plugin_type.kind]
    assert generators
    for manifest in generators:
        title = f"\n### {manifest.plugin_type.kind}: {manifest.name}\n"
        assert title in text
        section = text.partition(title)[2].partition("\n### ")[0]
        for option in supported_options(manager.handle(manifest).load())["properties"]:
            assert f"| `{option}` |" in section, (manifest.name, option)


@pytest.mark.parametrize("name", PLUGIN_TYPES)
def test_every_plugin_type_is_in_the_reference_and_on_the_plugin_page(name: str) -> None:
    assert f"| `{name}` |" in reference("plugin-types.md")
    assert name in (DOCS / "plugins.md").read_text(encoding="utf-8")


def test_every_class_that_authors_import_is_in_the_reference() -> None:
    classes = {*base_generator.__all__} - {"MetadataColumns", "Scalar"}
    text = reference("interfaces.md")
    assert {name for name in classes if f"\n### {name}\n" not in text} == set()
    assert {name for name in PLUGIN_TYPES if f"| `{name}` |" not in text} == set()


def public_names(cls: type[Any]) -> set[str]:
    return {name for name in vars(cls) if not name.startswith("_")}


INHERITED = {"setUp", "test_plugin_keeps_its_contract"}


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("filters of code templates", {*CodeJinja.own_filters}),
        ("the context", {item.name for item in dataclasses.fields(Context)} - FOR_THE_HOST),
        ("the generator", public_names(BaseActionGenerator) - FOR_THE_HOST),
        ("the artifact", public_names(BaseArtifact)),
        ("the test case", public_names(PluginTestCase) - INHERITED),
    ],
)
def test_the_plugin_page_names_all_that_an_author_meets(what: str, names: set[str]) -> None:
    text = (DOCS / "plugins.md").read_text(encoding="utf-8")
    missing = {name for name in names if not re.search(rf"`{name}\b", text)}
    assert missing == set(), what


def test_what_the_pages_import_exists() -> None:
    for block in BLOCKS:
        if block.language != "python":
            continue
        for node in ast.walk(ast.parse(block.text)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lhp"):
                module = __import__(str(node.module), fromlist=["_"])
                for alias in node.names:
                    assert hasattr(module, alias.name), block
