"""What a run did, as rows and lines that fit a terminal of 80 columns.

Tables are called without their catalog where all of a run are in the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from lhp.run.outcome import Checked, DatasetDone, RunDone
from lhp.text.spelled import spelled_out

DATASET_COLUMNS = ("Dataset", "State", "In", "Out", "Dropped", "Rows", "Seconds")
EXPECTATION_COLUMNS = ("Dataset", "Expectation", "Action", "Passed", "Failed")
TEST_COLUMNS = ("Test", "Result", "Found", "Seconds")

_PARTS = 3
_NAMES_IN_A_LINE = 3


def dataset_rows(done: RunDone) -> list[tuple[object, ...]]:
    """Return a row of DATASET_COLUMNS for each dataset that is no test, in the order of work."""
    names = short_names(done)
    return [
        (names[each.name], each.state, *_numbers(each), each.rows, f"{each.seconds:.1f}")
        for each in done.datasets
        if not each.is_test
    ]


def expectation_rows(done: RunDone, *, only_broken: bool = False) -> list[tuple[object, ...]]:
    """Return a row of EXPECTATION_COLUMNS for each expectation, those of tests left out.

    What a view expects is told of each table that reads it, as each works on rows of its own.

    Args:
        done: What the run did.
        only_broken: True leaves out those that all rows hold.
    """
    names = short_names(done)
    return [
        (names[each.name], check.name or check.rule, check.action, check.passed, check.failed)
        for each in done.datasets
        if not each.is_test
        for check in checks_of(each)
        if check.failed or not only_broken
    ]


def test_rows(done: RunDone) -> list[tuple[object, ...]]:
    """Return a row of TEST_COLUMNS for each test; `Found` counts the rows that break it."""
    names = short_names(done)
    return [
        (names[each.name], result_of(each), _found(each), f"{each.seconds:.1f}")
        for each in done.datasets
        if each.is_test
    ]


def summary(done: RunDone) -> str:
    """Return one line that says what came of it all."""
    tables = [each for each in done.datasets if not each.is_test]
    tests = [each for each in done.datasets if each.is_test]
    broken = [check for each in tables for check in checks_of(each) if check.failed]
    parts = [
        _with_states(counted(len(tables), "dataset"), [each.state for each in tables]),
        _with_states(counted(len(tests), "test"), map(result_of, tests)) if tests else "",
        f"{counted(len(broken), 'expectation')} broken" if broken else "",
        f"{in_seconds(done.seconds)} ({in_seconds(done.session_seconds)} to start Spark)",
    ]
    return ", ".join(filter(None, parts))


def notes(done: RunDone) -> list[str]:
    """Return what a reader is to know besides: what was ignored or emulated, each once."""
    names = short_names(done)
    return [
        *done.notes,
        *_with_names("ignored", ignored(done), names),
        *_with_names("emulated", emulated(done), names),
    ]


def progress_line(dataset: DatasetDone, name: str) -> str:
    """Return the line about a dataset that is finished, without its mark.

    Args:
        dataset: What became of it.
        name: What it is called here.
    """
    parts = [name, kind_in_words(dataset.kind)]
    if dataset.is_test:
        found = _found(dataset)
        parts += [result_of(dataset), f"found {found}" if found else ""]
    elif dataset.state == "done":
        counts = zip(("in", "out", "dropped"), _numbers(dataset), strict=True)
        parts += [
            f"{label} {count}"
            for label, count in counts
            if count is not None and (count or label != "dropped")
        ]
    else:
        parts.append(dataset.state)
    if dataset.state != "skipped":
        parts.append(in_seconds(dataset.seconds))
    return spelled_out("  ".join(filter(None, parts)))


def short_names(done: RunDone) -> Mapping[str, str]:
    """Return what each dataset of a run, and each table that one reads, is called here."""
    used = [name for each in done.datasets for name in (each.name, *each.reads)]
    catalog = shared_catalog(used)
    return {name: without_catalog(name, catalog) for name in used}


def shared_catalog(names: Iterable[str]) -> str:
    """Return the catalog that all tables are in; empty where they are in several.

    It is empty, too, where two would be called alike without it.

    Args:
        names: Full names of tables, and other names.
    """
    known = {*names}
    catalogs = {name.partition(".")[0] for name in known if name.count(".") == _PARTS - 1}
    if len(catalogs) != 1:
        return ""
    (catalog,) = catalogs
    is_clear = len({without_catalog(name, catalog) for name in known}) == len(known)
    return catalog if is_clear else ""


def without_catalog(name: str, catalog: str) -> str:
    """Return a full name without this catalog, any other name as it is."""
    is_in_it = catalog and name.count(".") == _PARTS - 1
    return name.removeprefix(f"{catalog}.") if is_in_it else name


def checks_of(dataset: DatasetDone) -> list[Checked]:
    """Return what each expectation found in all the flows of a dataset together."""
    found: dict[tuple[str, str, str, str], Checked] = {}
    for check in dataset.checks:
        key = (check.dataset, check.name, check.rule, check.action)
        before = found.get(key)
        found[key] = _sum(before, check) if before else check
    return [*found.values()]


def result_of(test: DatasetDone) -> str:
    """Return `passed`, `failed`, `skipped`, or `warned`: rows break it, and it only warns."""
    if test.state != "done":
        return test.state
    return "warned" if _found(test) else "passed"


def ignored(done: RunDone) -> Mapping[str, Sequence[str]]:
    """Return what was asked for and not done, in words, with the names of the datasets."""
    return _by_words((text, each.name) for each in done.datasets for text in each.ignored)


def emulated(done: RunDone) -> Mapping[str, Sequence[str]]:
    """Return what stood in for the platform, in words, with the names of the datasets."""
    return _by_words((text, each.name) for each in done.datasets for text in each.emulated)


def kind_in_words(kind: str) -> str:
    """Return a kind as people read it: `streaming table`."""
    return kind.replace("_", " ")


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 test`, `1,200 tests`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _numbers(dataset: DatasetDone) -> tuple[int | None, int | None, int | None]:
    if not dataset.flows:
        return None, None, None
    return dataset.rows_in, dataset.rows_out, dataset.dropped


def _found(test: DatasetDone) -> int:
    return sum(check.failed for check in test.checks)


def _sum(one: Checked, other: Checked) -> Checked:
    return replace(
        one,
        passed=one.passed + other.passed,
        failed=one.failed + other.failed,
        samples=one.samples + other.samples,
    )


def _with_states(text: str, states: Iterable[str]) -> str:
    counts: dict[str, int] = {}
    for state in states:
        counts[state] = counts.get(state, 0) + 1
    told = ", ".join(f"{count:,} {state}" for state, count in sorted(counts.items()))
    return f"{text} ({told})" if told else text


def _with_names(
    label: str, told: Mapping[str, Sequence[str]], short: Mapping[str, str]
) -> Iterator[str]:
    for text, names in told.items():
        shown = ", ".join(short[name] for name in names[:_NAMES_IN_A_LINE])
        more = len(names) - _NAMES_IN_A_LINE
        yield f"{label}: {text} ({shown}{f' and {more} more' if more > 0 else ''})"


def in_seconds(seconds: float) -> str:
    """Return a time as people read it: `1.4 s`."""
    return f"{seconds:.1f} s"


def _by_words(told: Iterable[tuple[str, str]]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for text, name in told:
        names = found.setdefault(text, [])
        if name not in names:
            names.append(name)
    return found
