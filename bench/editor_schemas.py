"""What the editor's schemas cost: to build, to read, and in the YAML server of editors.

    .venv/bin/python bench/editor_schemas.py

Builds projects with 30, 100 and 300 load plugins of 15 options each and prints, in one run: seconds
to build all schemas with every plugin remembered, how many plugins were imported for it, the size
of the largest schema, and the time of a completion in the server: the first, for which it reads
the schema, and the median of 9 more; each also as a ratio to the project with 30. The server is the
one that `make test` installs.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import textwrap
from importlib import util
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
SERVER = ROOT / ".cache/yaml-language-server/node_modules/yaml-language-server/bin"
COUNTS = (30, 100, 300)
OPTIONS = 15
PLUGIN = '''
from lhp.core.base_generator import BaseActionGenerator


class Plugin{number}LoadGenerator(BaseActionGenerator):
    """Source number {number}."""

    @classmethod
    def get_supported_options(cls):
        return {options!r}

    def generate(self, action, context):
        return "pass"
'''
KINDS = ({"type": "string"}, {"type": "integer", "default": 100}, {"type": "boolean"})
BUILD = """
import json, sys, time
from pathlib import Path
begin = time.perf_counter()
from lhp.core.plugin_manager import PluginManager
from lhp.core.plugin_trust import PluginTrustManager
from lhp.editor.store import write_schemas
loaded = time.perf_counter()
write_schemas(PluginManager(Path.cwd(), trust=PluginTrustManager()))
done = time.perf_counter()
imported = sum(name.startswith("_lhp_plugins_") for name in sys.modules)
print(json.dumps([done - loaded, loaded - begin, imported]))
"""
FLOW = """\
pipeline: p
flowgroup: f
actions:
  - name: a
    type: load
    source:
      type: plugin7
      |
"""


def options() -> dict[str, Any]:
    return {
        f"option_{index}": {
            **KINDS[index % len(KINDS)],
            "required": index < 2,
            "description": f"Meaning of {index}.",
        }
        for index in range(OPTIONS)
    }


def make_project(root: Path, count: int) -> None:
    (root / "plugins").mkdir(parents=True)
    (root / "lhp.yaml").write_text("plugins: {directories: [plugins], entry_points: false}\n")
    for number in range(count):
        text = PLUGIN.format(number=number, options=options())
        (root / f"plugins/plugin{number}.py").write_text(textwrap.dedent(text))


def build(root: Path) -> tuple[float, float, int]:
    """Return seconds to build all schemas, seconds to import lhp, and how many plugins that ran."""
    ran = subprocess.run(
        [sys.executable, "-c", BUILD], cwd=root, check=True, capture_output=True, text=True
    )
    seconds, start, imported = json.loads(ran.stdout)
    return seconds, start, imported


def completion_seconds(root: Path) -> tuple[float, float]:
    """Return seconds of the first completion, and of those after it."""
    spec = util.spec_from_file_location("yaml_server", ROOT / "tests/editor/yaml_server.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules["yaml_server"] = module
    spec.loader.exec_module(module)
    command = [str(shutil.which("node")), str(SERVER / "yaml-language-server"), "--stdio"]
    schemas = {".lhp/schemas/flowgroup.schema.json": "pipelines/*.yaml"}
    with module.YamlServer(command, root, {"yaml.schemas": schemas}) as server:
        document = server.open("pipelines/a.yaml", FLOW, "|")
        assert "option_1" in document.labels()
        first = document.seconds
        taken = []
        for _ in range(9):
            document.change(FLOW, "|")
            document.labels()
            taken.append(document.seconds)
    return first, statistics.median(taken)


def main() -> None:
    built = f"{'first':>9}{'again':>9}{'imported':>10}{'size kB':>9}"
    print(f"{'plugins':>8}{built}{'complete':>10}{'again':>10}")
    with tempfile.TemporaryDirectory() as folder:
        first: tuple[float, ...] = ()
        for count in COUNTS:
            root = Path(folder).resolve() / str(count)
            make_project(root, count)
            cold, *_ = build(root)
            again, _, imported = build(root)
            size = max(each.stat().st_size for each in root.glob(".lhp/schemas/*")) / 1000
            row = (cold, again, size, *completion_seconds(root))
            first = first or row
            times = f"{cold:>8.2f}s{again:>8.2f}s{imported:>10}"
            print(f"{count:>8}{times}{size:>9.0f}{row[3] * 1000:>8.0f}ms{row[4] * 1000:>8.0f}ms")
            x = [value / base for value, base in zip(row, first, strict=True)]
            print(
                f"{'x':>8}{x[0]:>8.1f}x{x[1]:>8.1f}x{'':>10}{x[2]:>8.1f}x{x[3]:>9.1f}x{x[4]:>9.1f}x"
            )


if __name__ == "__main__":
    main()
