"""How fast lhp is, as ratios to the release 0.9.3 and to an empty Python, in one run.

    .venv/bin/uv sync --locked --group bench
    .venv/bin/python bench/speed.py [--quick] [--rows NAME ...]

`bench/README.md` tells what the rows mean and how to read `history.jsonl`, which gets a line.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import cached_property, partial
from itertools import combinations, product
from pathlib import Path
from statistics import median
from typing import Any

from large_project import LHP_YAML, PLUGIN, LargeProject
from measure import ROOT, Figures, Tool, environment_of, variables
from watching import watched

HISTORY = ROOT / "bench/history.jsonl"
RELEASE = "0.9.3"
GENERATE = ("generate", "--env", "dev")
VALIDATE = ("validate", "--env", "dev")
Take = Callable[[Figures, Tool, Path, Sequence[str]], None]


@dataclass(frozen=True)
class Size:
    """How much is measured, and how often.

    Args:
        files: Flowgroup files of the large project.
        growing: Flowgroup files of the projects that show how costs grow.
        rounds: Of commands that take seconds.
        short_rounds: Of commands that don't.
    """

    files: int
    growing: tuple[int, int, int]
    rounds: int
    short_rounds: int


FULL = Size(2800, (700, 2800, 11200), rounds=3, short_rounds=11)
QUICK = Size(140, (70, 140, 280), rounds=1, short_rounds=3)


class Project:
    """A large project that a tool works on, and what can happen to it between two runs."""

    def __init__(self, folder: Path, files: int) -> None:
        self.folder, self.edits, self._forgotten = folder, 0, 0
        project = LargeProject(files)
        self.modules = project.modules
        project.write(folder)

    def forget(self) -> None:
        """Take away all that runs wrote.

        It is put aside: ext4 does not use the inodes of removed files for half a minute, and
        looks at each of thousands of them whenever somebody makes a new one nearby.
        """
        self._forgotten += 1
        aside = self.folder.parent / f"aside_{self.folder.name}" / str(self._forgotten)
        aside.mkdir(parents=True)
        for name in ("generated", ".lhp"):
            if (self.folder / name).exists():
                (self.folder / name).rename(aside / name)

    def leave(self) -> None:
        """Change nothing."""

    def edit_flowgroup(self) -> None:
        """Change the first that can be told by a description."""
        self._edit("pipelines/*/*.yaml", r": Files of \w+", ": Files of edit{}")

    def edit_preset(self) -> None:
        """Change what half of the flowgroups use."""
        self._edit("presets/audited.yaml", "retention: .*days", "retention: edit{} days")

    def _edit(self, files: str, pattern: str, text: str) -> None:
        self.edits += 1
        for file in sorted(self.folder.glob(files)):
            before = file.read_text(encoding="utf-8")
            after = re.sub(pattern, text.format(self.edits), before, count=1)
            if after != before:
                file.write_text(after, encoding="utf-8")
                return

    def expect_current(self) -> None:
        """Stop where a module is missing, or the last edit is in none of them."""
        texts = [file.read_text("utf-8") for file in self.folder.glob("generated/dev/*/*.py")]
        assert len(texts) == self.modules, f"{len(texts)} modules in {self.folder}"
        seen = any(f"edit{self.edits}" in text for text in texts)
        assert seen or not self.edits, f"edit{self.edits} is not in {self.folder}"


STATES: Mapping[str, tuple[Callable[[Project], None], tuple[str, ...]]] = {
    "cold": (Project.forget, GENERATE),
    "unchanged": (Project.leave, GENERATE),
    "flowgroup": (Project.edit_flowgroup, GENERATE),
    "preset": (Project.edit_preset, GENERATE),
    "validate": (Project.forget, VALIDATE),
}


class Bench:
    """Makes projects and measures in them, each thing once.

    Args:
        folder: Where projects are made.
        size: How much is measured.
        wanted: Which states of the large project.
    """

    def __init__(self, folder: Path, size: Size, wanted: Iterable[str]) -> None:
        self.folder, self.size, self.wanted = folder, size, wanted

    @cached_property
    def ours(self) -> Tool:
        """This folder's lhp, installed into an environment of its own each time."""
        home = environment_of("this", str(ROOT), is_kept=False)
        return Tool((str(home / "bin/lhp"),), variables(LHP_USER_DIR=self.folder / "user"))

    @cached_property
    def python(self) -> Tool:
        """The Python that this folder's lhp runs on."""
        return Tool((str(Path(self.ours.command[0]).with_name("python")),), self.ours.environment)

    @cached_property
    def release(self) -> Tool:
        """The release, in an environment of its own, which is kept."""
        home = environment_of(RELEASE, f"lakehouse-plumber=={RELEASE}", is_kept=True)
        quiet = variables(LHP_TELEMETRY="off", DO_NOT_TRACK="1")
        return Tool((str(home / "bin/lhp"),), quiet)

    @cached_property
    def large(self) -> dict[str, dict[str, Figures]]:
        """Figures of both tools in the states of the large project."""
        return self._compare(self.size.files, self.wanted, self._takes)

    @cached_property
    def one(self) -> dict[str, Figures]:
        """Figures of both tools, cold, in a project of one flowgroup."""
        takes = [Figures.take, Figures.take_usage] * self.size.short_rounds
        return self._compare(1, ["cold"], takes)["cold"]

    @property
    def _takes(self) -> Sequence[Take]:
        return [Figures.take] * self.size.rounds + [Figures.take_usage]

    def _compare(
        self, files: int, states: Iterable[str], takes: Iterable[Take]
    ) -> dict[str, dict[str, Figures]]:
        tools = {"lhp": self.ours, RELEASE: self.release}
        projects = {name: Project(self.folder / f"{name}_{files}", files) for name in tools}
        figures = {state: {name: Figures() for name in tools} for state in states}
        for name, tool in tools.items():
            tool.run(projects[name].folder, *GENERATE)
        for take, state, name in product(takes, figures, tools):
            measure(state, projects[name], tools[name], partial(take, figures[state][name]))
        return figures

    @cached_property
    def growing(self) -> dict[str, Figures]:
        """Our figures, cold, by the number of flowgroups."""
        files = self.size.growing
        projects = [Project(self.folder / f"growing_{each}", each) for each in files]
        figures = {str(project.modules): Figures() for project in projects}
        for take, project in product(self._takes, projects):
            measure("cold", project, self.ours, partial(take, figures[str(project.modules)]))
        return figures

    def start(self, *words: str, plugins: int = 0) -> dict[str, Figures]:
        """Return figures of a command that does little, and of an empty Python."""
        folder = self.folder / f"start_{words[0]}"
        LargeProject(100, plugins).write(folder)
        if plugins:
            self.ours.run(folder, "plugins", "trust", "--all", "--yes")
        self.ours.run(folder, *words)
        figures = {"lhp": Figures(), "python": Figures()}
        for _ in range(self.size.short_rounds):
            figures["lhp"].take(self.ours, folder, words)
            figures["python"].take(self.python, folder, ("-c", "pass"))
        return figures

    @cached_property
    def installed(self) -> dict[str, Figures]:
        """Our figures where 3 plugins are installed and used, and where 97 more are installed."""
        tools = {count: self._with_installed(count) for count in (3, 100)}
        folders = {count: self._uses_three(f"installed_{count}") for count in tools}
        figures = {count: Figures() for count in tools}
        for count, tool in tools.items():
            tool.run(folders[count], *GENERATE)
        for _, count in product(range(self.size.short_rounds), tools):
            shutil.rmtree(folders[count] / "generated")
            figures[count].take(tools[count], folders[count], GENERATE)
        return {str(count): taken for count, taken in figures.items()}

    @cached_property
    def watching(self) -> list[float]:
        """Milliseconds from each save to the generated file."""
        return watched(Project(self.folder / "watched", self.size.files).folder, self.ours)

    @cached_property
    def imports(self) -> list[int]:
        """How many of 100 installed plugins are imported by the first run and by the second."""
        folder, tool, counts = self._uses_three("imports"), self._with_installed(100), []
        for number in range(2):
            shutil.rmtree(folder / "generated", ignore_errors=True)
            log = folder / f"audit_{number}.jsonl"
            tool.run(folder, "--audit-log", str(log), *GENERATE)
            events = map(json.loads, log.read_text(encoding="utf-8").splitlines())
            counts.append(len({each["plugin"] for each in events if "plugin" in each}))
        return counts

    def _uses_three(self, name: str) -> Path:
        folder = self.folder / name
        LargeProject(100, 3).write(folder)
        shutil.rmtree(folder / "plugins")
        (folder / "lhp.yaml").write_text(LHP_YAML, encoding="utf-8")
        return folder

    def _with_installed(self, count: int) -> Tool:
        site = self.folder / f"site_{count}"
        for number in range(0 if site.exists() else count):
            name, text = f"bench_share{number}", PLUGIN.replace("NUMBER", str(number))
            info = site / f"{name}-1.0.dist-info"
            info.mkdir(parents=True)
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            (info / "entry_points.txt").write_text(
                f"[lhp.generators.load]\nshare{number} = {name}:Share{number}LoadGenerator\n"
            )
            (site / f"{name}.py").write_text(text)
        return Tool(self.ours.command, {**self.ours.environment, "PYTHONPATH": str(site)})


def measure(state: str, project: Project, tool: Tool, take: Callable[..., None]) -> None:
    """Bring a project into a state, and take what a tool's next run takes."""
    prepare, words = STATES[state]
    if prepare != Project.forget and not (project.folder / "generated").exists():
        tool.run(project.folder, *GENERATE)
    prepare(project)
    take(tool, project.folder, words)
    if words == GENERATE:
        project.expect_current()


Figured = tuple[float, Mapping[str, Figures]]  # a ratio, and what it comes from


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Args:
        what: What is measured.
        unit: Of the target and the value.
        target: What the value must not exceed, or has to reach.
        value: Measures it.
        at_least: The target is to be reached.
        states: The states of the large project that it needs.
    """

    what: str
    unit: str
    target: float
    value: Callable[[Bench], Figured]
    at_least: bool = False
    states: tuple[str, ...] = ()

    def holds(self, value: float) -> bool:
        """Tell whether a value is good enough."""
        return value >= self.target if self.at_least else value <= self.target


def ratio(over: Figures, under: Figures, name: str = "seconds") -> float:
    return over.medians()[name] / under.medians()[name]


def faster(what: str, state: str, target: float) -> Row:
    def value(bench: Bench) -> Figured:
        figures = bench.large[state]
        return ratio(figures[RELEASE], figures["lhp"]), figures

    return Row(what, "x faster", target, value, at_least=True, states=(state,))


def half_the_work(bench: Bench) -> Figured:
    figures = {state: bench.large[state]["lhp"] for state in ("cold", "preset")}
    return ratio(figures["preset"], figures["cold"]), figures


def less_cpu(bench: Bench) -> Figured:
    return ratio(bench.one[RELEASE], bench.one["lhp"], "cpu"), bench.one


def less_memory(bench: Bench) -> Figured:
    figures = bench.large["cold"]
    return ratio(figures["lhp"], figures[RELEASE], "megabytes"), figures


def start(what: str, target: float, *words: str, plugins: int = 0) -> Row:
    def value(bench: Bench) -> Figured:
        figures = bench.start(*words, plugins=plugins)
        return ratio(figures["lhp"], figures["python"]), figures

    return Row(what, "x python -c pass", target, value)


def growth(name: str) -> Callable[[Bench], Figured]:
    def value(bench: Bench) -> Figured:
        each = [figures.medians()[name] / int(n) for n, figures in bench.growing.items()]
        return max(larger / smaller for smaller, larger in combinations(each, 2)), bench.growing

    return value


def installed(bench: Bench) -> Figured:
    few, many = (bench.installed[name].medians()["seconds"] for name in ("3", "100"))
    return (many - few) * 1000, bench.installed


ROWS = {
    "cold": faster("generate, nothing there yet", "cold", 10),
    "unchanged": faster("generate, nothing changed", "unchanged", 60),
    "flowgroup": faster("generate, one flowgroup edited", "flowgroup", 40),
    "preset": Row(
        "generate, a preset edited that half use",
        "x our cold",
        0.6,
        half_the_work,
        states=("cold", "preset"),
    ),
    "validate": faster("validate, nothing there yet", "validate", 8),
    "one": Row("generate of one flowgroup", "x less CPU", 6, less_cpu, at_least=True),
    "version": start("--version", 5, "--version"),
    "help": start("--help", 9, "--help"),
    "plugins": start("plugins list, of 30", 15, "plugins", "list", plugins=30),
    "watch": Row("watch, from a save to the file", "ms", 300, lambda b: (median(b.watching), {})),
    "memory": Row("memory, cold", "x the release's", 0.6, less_memory, states=("cold",)),
    "growth": Row("seconds per flowgroup, 16 times as many", "x", 1.1, growth("seconds")),
    "growth-memory": Row("memory per flowgroup, the same", "x", 1, growth("megabytes")),
    "installed": Row("97 more plugins installed", "ms more", 30, installed),
    "imports-first": Row("imports of 100 plugins, first run", "", 3, lambda b: (b.imports[0], {})),
    "imports": Row("imports of 100 plugins, runs after it", "", 3, lambda b: (b.imports[1], {})),
}


def measured(names: Iterable[str], size: Size) -> Iterator[dict[str, Any]]:
    """Yield a line of history for each row, as soon as it is measured."""
    rows = {name: ROWS[name] for name in names}
    states = dict.fromkeys(state for row in rows.values() for state in row.states)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder).resolve(), size, states)
        for name, row in rows.items():
            value, figures = row.value(bench)
            yield {
                "name": name,
                "target": row.target,
                "measured": round(value, 3),
                "ok": row.holds(value),
                "figures": {each: taken.medians() for each, taken in figures.items()},
            }


def shown(told: Mapping[str, Any]) -> str:
    """Return a row as a line of the table."""
    row = ROWS[told["name"]]
    sign = ">=" if row.at_least else "<="
    ok = "ok" if told["ok"] else "NOT OK"
    target = f"{sign} {row.target:g}"
    head = f"{told['name']:14}{row.what:42}{target:>7}{told['measured']:>9.2f} {row.unit:17}{ok:7}"
    figures = (
        f"{name}: " + " ".join(f"{value:.4g}{unit(measure)}" for measure, value in taken.items())
        for name, taken in told["figures"].items()
    )
    return head + "; ".join(figures)


def unit(measure: str) -> str:
    return {"seconds": "s", "cpu": "s CPU", "megabytes": "MB"}[measure]


def table(line: Mapping[str, Any]) -> str:
    """Return a line of history as a table in Markdown, with what it was measured on."""
    rows = ["| What | Measured | Aim |", "| --- | ---: | ---: |"]
    for told in line["rows"]:
        row = ROWS[told["name"]]
        sign = "≥" if row.at_least else "≤"
        rows.append(f"| {row.what} | {told['measured']:.3g} {row.unit} | {sign} {row.target:g} |")
    on = (
        f"{line['files']:,} files of flowgroups, {line['cores']} cores, Python {line['python']}, "
        f"release {line['release']}; {line['date'][:10]}, commit {line['commit'][:12]}."
    )
    return "\n".join([*rows, "", on])


def circumstances(size: Size) -> dict[str, Any]:
    """Return what a line of history says beside its rows."""
    git = ("git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12")
    commit = subprocess.run(git, check=False, capture_output=True, text=True).stdout.strip()
    policies = {os.SCHED_FIFO: "fifo", os.SCHED_RR: "round robin"}
    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "commit": commit,
        "python": platform.python_version(),
        "release": RELEASE,
        "files": size.files,
        "rounds": size.rounds,
        "cores": os.cpu_count(),
        "priority": policies.get(os.sched_getscheduler(0), "normal"),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small projects; nothing is kept")
    parser.add_argument("--rounds", type=int, help="of commands that take seconds")
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS), metavar="NAME")
    wanted = parser.parse_args()
    size = QUICK if wanted.quick else FULL
    size = replace(size, rounds=wanted.rounds or size.rounds)
    about, rows = circumstances(size), []
    for told in measured(wanted.rows, size):
        print(shown(told), flush=True)
        rows.append(told)
    if not wanted.quick and len(rows) == len(ROWS):
        with HISTORY.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**about, "rows": rows}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
