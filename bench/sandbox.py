"""What isolation costs: a sandbox, a call, and a whole run, against the same plugins in the host.

    .venv/bin/python bench/sandbox.py

Prints, in one run: milliseconds until the first sandbox answers, from nothing and where what
sandboxes are forked from is there, as it is when a command needs one; of each further one, one by
one and foreseen, as a run does it; microseconds of a small call; milliseconds to compare 50
approved files; and seconds of a run with 30 load generators of a project in 1,000 flowgroups,
isolated and not, with their ratio: the best of three each, in turn.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lhp.core.plugin_manager import PluginManager
from lhp.core.plugin_sources import changed_files, sha256
from lhp.core.plugin_trust import PluginTrustManager
from lhp.passes.project import open_project
from lhp.passes.run import Wanted, run
from lhp.sandbox.isolation import Isolation

PLUGINS, FLOWGROUPS, ROUNDS = 30, 1000, 3
FILTERS = "template_filters = {'same': lambda text: text}\n"
PLUGIN = '''
from lhp.core.base_generator import BaseActionGenerator


class Plugin{number}LoadGenerator(BaseActionGenerator):
    """Source number {number}."""

    @classmethod
    def get_supported_options(cls):
        return {{"place": {{"type": "string", "required": True}}, "limit": {{"type": "integer"}}}}

    def generate(self, action, context):
        self.add_import("from pyspark import pipelines as dp")
        place = action.options["place"]
        code = f"def {{action.target}}():\\n    return spark.table({{place!r}})"
        return f"@dp.temporary_view()\\n{{code}}"
'''
FLOW = """\
pipeline: p{pipeline}
flowgroup: f{number}
actions:
  - {{name: l, type: load, target: v_{number},
     source: {{type: plugin{plugin}, place: a.b.c{number}}}}}
  - {{name: w_{number}, type: write, source: v_{number},
     write_target: {{type: streaming_table, catalog: c, schema: s, table: t{number}}}}}
"""


def make_project(root: Path) -> None:
    for folder in ("plugins", "pipelines", "substitutions"):
        (root / folder).mkdir(parents=True)
    (root / "lhp.yaml").write_text("plugins: {directories: [plugins], entry_points: false}\n")
    (root / "substitutions/dev.yaml").write_text("dev: {}\n")
    (root / "plugins/filters.py").write_text(FILTERS)
    for number in range(PLUGINS):
        (root / f"plugins/plugin{number}.py").write_text(PLUGIN.format(number=number))
    for number in range(FLOWGROUPS):
        text = FLOW.format(number=number, pipeline=number // 50, plugin=number % PLUGINS)
        (root / f"pipelines/f{number}.yaml").write_text(text)


@contextmanager
def isolated(root: Path) -> Iterator[PluginManager]:
    manager = PluginManager(root, trust=PluginTrustManager())
    isolation = Isolation(manager)
    manager.resolver.isolate = isolation.stand_in
    manager.resolver.foresee = isolation.foresee
    yield manager
    isolation.close()


def seconds(function: Callable[[], object]) -> float:
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def run_seconds(root: Path, manager: PluginManager) -> float:
    project = open_project(root)
    return seconds(lambda: expect_sound(run(project, Wanted("dev"), manager)))


def expect_sound(outcome: object) -> None:
    assert not outcome.problems, outcome.problems[:3]  # type: ignore[attr-defined]


def line(name: str, value: float, unit: str, more: str = "") -> None:
    print(f"{name:36}{value:8.2f} {unit}{more}")


def measure_sandboxes(root: Path) -> None:
    with isolated(root) as manager:
        names = [f"load_generator:plugin{number}" for number in range(PLUGINS)]
        alone, ahead = names[:10], [manager.named(name) for name in names[10:]]
        load = manager.resolver.load
        load(manager.named(alone[0]))
        further = [seconds(lambda each=each: load(manager.named(each))) for each in alone[1:]]
        line("each further, one by one", statistics.median(further) * 1000, "ms")
        begin = time.perf_counter()
        manager.resolver.foresee(ahead)
        for each in ahead:
            load(each)
        line(
            "each further, as a run does it",
            (time.perf_counter() - begin) * 1000 / len(ahead),
            "ms",
        )
        same = load(manager.named("template_filter:same"))
        calls = [seconds(lambda: same("x")) for _ in range(2000)]
        line("small call", statistics.median(calls) * 1e6, "us")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "project"
        make_project(root)
        with isolated(root) as manager:
            manifest = manager.named("load_generator:plugin0")
            line(
                "first sandbox, from nothing",
                seconds(lambda: manager.resolver.load(manifest)) * 1000,
                "ms",
            )
        with isolated(root) as manager:
            manifest = manager.named("load_generator:plugin0")
            line(
                "first sandbox of a run",
                seconds(lambda: manager.resolver.load(manifest)) * 1000,
                "ms",
            )
        measure_sandboxes(root)
        files = sorted(root.rglob("pipelines/*.yaml"))[:50]
        known = {str(file.relative_to(root)): sha256(file.read_bytes()) for file in files}
        line("50 files compared", seconds(lambda: changed_files(known, root)) * 1000, "ms")
        plain, alone = [], []
        for _ in range(ROUNDS):
            plain.append(run_seconds(root, PluginManager(root, trust=PluginTrustManager())))
            with isolated(root) as manager:
                alone.append(run_seconds(root, manager))
    line("run in the host", min(plain), "s")
    line("run isolated", min(alone), "s", f"{min(alone) / min(plain):8.2f} x")


if __name__ == "__main__":
    sys.exit(main())
