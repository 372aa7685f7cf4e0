"""YAML in, data with places out; or every mistake at its place."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
import yaml
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lhp.errors import LhpErrors, Location
from lhp.model.source import Document, YamlList, YamlMap, locate
from lhp.text.yaml_reader import read_yaml


def _read(text: str) -> Document:
    (document,) = read_yaml(text.encode(), "x.yaml")
    return document


def _problems(data: bytes | str) -> list[str]:
    with pytest.raises(LhpErrors) as caught:
        read_yaml(data.encode() if isinstance(data, str) else data, "x.yaml")
    return [
        f"{problem.location} {problem.code.id}".removeprefix("x.yaml:")
        for problem in caught.value.problems
    ]


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("a: 1", {"a": 1}),
        ("- a\n- [b, {c: d}]", ["a", ["b", {"c": "d"}]]),
        ("text", "text"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("a: |\n  1", {"a": "1"}),
        ("a: >\n  x\n  y", {"a": "x y"}),
        ("{}", {}),
        ("[]", []),
        ("a:", {"a": None}),
        ("5: a\non: b\n1.0: c\ntrue: d", {"5": "a", "on": "b", "1.0": "c", "true": "d"}),
        ("null: a\n~: b\n?\n: c", {"null": "a", "~": "b", "": "c"}),
        ("? a\n: b\n? c", {"a": "b", "c": None}),
        ("007: a\n2024-01-01: b", {"007": "a", "2024-01-01": "b"}),
        ("%YAML 1.1\n---\na: no", {"a": "no"}),
        ("&k key: 1\nother: *k", {"key": 1, "other": "key"}),
        ("a: &k 5\n*k : b", {"a": 5, "5": "b"}),
        ("a: &x\nb: *x", {"a": None, "b": None}),
        ('a: "\\0\\x1b\\U0001F600"', {"a": "\0\x1b\U0001f600"}),
    ],
)
def test_yaml_becomes_plain_data(text: str, data: object) -> None:
    assert _read(text).data == data


@pytest.mark.parametrize("text", ["", "\n", "# nothing", "---", "--- ~", "---\n---\n", "\ufeff"])
def test_a_file_without_content_is_one_empty_document(text: str) -> None:
    assert _read(text) == Document("x.yaml", None, Location("x.yaml", 1, 1))


def test_several_documents_are_read_and_empty_ones_left_out() -> None:
    documents = read_yaml(b"a: 1\n---\n# nothing\n---\n- yes\n...\n--- ~\n", "x.yaml")
    assert [document.data for document in documents] == [{"a": 1}, ["yes"]]
    assert [document.location.line for document in documents] == [1, 5]
    assert [len(document.warnings) for document in documents] == [0, 1]


def test_every_key_and_value_knows_its_place() -> None:
    data = _read("# title\na:\n  - b: 'ü' \n    c: d\n  -   e\n").data
    assert data.location == ("x.yaml", 2, 1)
    assert locate(data, ["a"]) == ("x.yaml", 3, 3)
    assert locate(data, ["a", 0, "b"]) == ("x.yaml", 3, 8)
    assert locate(data, ["a", 0, "c"], key=True) == ("x.yaml", 4, 5)
    assert locate(data, ["a", 1]) == ("x.yaml", 5, 7)


def test_columns_count_characters() -> None:
    assert _read("{'\U0001f600ü': 1}").data.value_at["\U0001f600ü"].column == 8


def test_an_alias_is_the_same_container_and_has_its_own_place() -> None:
    data = _read("a: &x [1]\nb: *x\n").data
    assert data["a"] is data["b"]
    assert data.value_at["b"] == ("x.yaml", 2, 4)
    assert data["b"].location == ("x.yaml", 1, 4)


def test_anchors_end_with_their_document() -> None:
    assert _problems("a: &x 1\n---\nb: *x") == ["3:4 LHP-YAML-009"]
    assert len(read_yaml(b"a: &x 1\n---\nb: &x 2", "x.yaml")) == 2


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("{<<: *a, z: 1}", {"p": 1, "q": 2, "z": 1}),
        ("{p: own, <<: *a}", {"p": "own", "q": 2}),
        ("{<<: [*a, *b]}", {"p": 1, "q": 2, "r": 4}),
        ("{<<: [*b, *a]}", {"p": 1, "q": 3, "r": 4}),
        ("{<<: {p: 5}}", {"p": 5}),
        ("{<<: [], z: 1}", {"z": 1}),
    ],
)
def test_merge_keys_merge_in_the_order_of_pyyaml(text: str, data: dict[str, Any]) -> None:
    text = f"- &a {{p: 1, q: 2}}\n- &b {{q: 3, r: 4}}\n- {text}"
    read, theirs = _read(text).data[2], yaml.safe_load(text)[2]
    assert read == theirs == data
    assert list(read) == list(theirs)


def test_two_angle_brackets_in_quotes_or_as_a_value_merge_nothing() -> None:
    assert _read("'<<': 1\na: <<").data == {"<<": 1, "a": "<<"}


def test_merged_entries_point_to_where_they_are_written() -> None:
    data = _read("a: &x\n  p: 1\nb:\n  q: 2\n  <<: *x\n").data["b"]
    assert data.value_at == {"p": ("x.yaml", 2, 6), "q": ("x.yaml", 4, 6)}
    assert data.key_at == {"p": ("x.yaml", 2, 3), "q": ("x.yaml", 4, 3)}


def test_merges_of_merges_hold_everything() -> None:
    data = _read("a: &a {p: 1}\nb: &b {<<: *a, q: 2}\nc: {<<: *b, r: 3}").data
    assert data["c"] == {"p": 1, "q": 2, "r": 3}


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("a: 1\nb: 2\na: 3", ["3:1 LHP-YAML-001"]),
        (
            "a: 1\n'a': 2\na: 3\nb: {c: 1, c: 2}",
            ["2:1 LHP-YAML-001", "3:1 LHP-YAML-001", "4:11 LHP-YAML-001"],
        ),
        ("5: a\n'5': b", ["2:1 LHP-YAML-001"]),
        ("a: &x {}\n<<: *x\n<<: *x", ["3:1 LHP-YAML-001"]),
        ("a: !x 1", ["1:4 LHP-YAML-007"]),
        ("a: !!str 1\nb: !!int 2", ["1:4 LHP-YAML-007", "2:4 LHP-YAML-007"]),
        ("a: !!python/object/apply:os.system [echo]", ["1:4 LHP-YAML-007"]),
        ("a: ! 1", ["1:4 LHP-YAML-007"]),
        ("!x a: 1", ["1:1 LHP-YAML-007"]),
        ("!!set {a, b}", ["1:1 LHP-YAML-007"]),
        ("? [a]\n: 1", ["1:3 LHP-YAML-008"]),
        ("{a: 1}: 2", ["1:1 LHP-YAML-008"]),
        ("path: {token}/x", ["1:14 LHP-CFG-009"]),
        ("a: {{b}: 1}", ["1:5 LHP-YAML-008"]),
        ("a: &x [1]\n*x : 2", ["2:1 LHP-YAML-008"]),
        ("a: *x", ["1:4 LHP-YAML-009"]),
        ("*x : a", ["1:1 LHP-YAML-009"]),
        ("<<: *x", ["1:5 LHP-YAML-009"]),
        ("a: &x [*x]", ["1:8 LHP-YAML-010"]),
        ("a: &x\n  <<: *x", ["2:7 LHP-YAML-010"]),
        ("a: &x\n  ? *x\n  : 1", ["2:5 LHP-YAML-010"]),
        ("a: &x 1\nb: &x 2", ["2:4 LHP-YAML-011"]),
        ("<<: 1", ["1:5 LHP-YAML-012"]),
        ("<<: [a]", ["1:5 LHP-YAML-012"]),
        ("<<:", ["1:4 LHP-YAML-012"]),
        ("a: " + "1" * 6000, ["1:4 LHP-YAML-013"]),
        ("a: 1\na: 2\nb: !x 3\nc: 'd", ["2:1 LHP-YAML-001", "3:4 LHP-YAML-007", "4:4 LHP-CFG-009"]),
    ],
)  # fmt: skip
def test_mistakes_are_collected_each_at_its_place(text: str, problems: list[str]) -> None:
    assert _problems(text) == problems


def test_a_duplicate_key_names_the_first_line() -> None:
    with pytest.raises(LhpErrors, match="the key 'a' is given twice, first at line 2"):
        read_yaml(b"\na: 1\n\na: 2", "x.yaml")


def test_an_unknown_anchor_names_the_nearest() -> None:
    with pytest.raises(LhpErrors) as caught:
        read_yaml(b"a: &default 1\nb: *defualt", "x.yaml")
    assert caught.value.problems[0].hint == "did you mean 'default'?"


def test_long_words_are_shortened_in_messages() -> None:
    long = "k" * 500_000
    with pytest.raises(LhpErrors) as caught:
        read_yaml(f"? {long}\n: !{long} 1\n? {long}\n: 2".encode(), "x.yaml")
    assert len(str(caught.value)) < 400


def test_at_most_a_hundred_problems_are_told() -> None:
    assert len(_problems("a: 1\n" * 10_000)) == 100


def test_at_most_a_hundred_warnings_are_told() -> None:
    assert len(_read("- yes\n" * 1_000).warnings) == 100


def test_what_yaml_1_1_reads_otherwise_is_a_warning_at_its_place() -> None:
    document = _read("a: yes\nb: [x, 1:30]\nc: 'no'\non: 1\nd: 2024-01-31")
    assert document.data == {
        "a": "yes",
        "b": ["x", "1:30"],
        "c": "no",
        "on": 1,
        "d": "2024-01-31",
    }
    assert [str(warning) for warning in document.warnings] == [
        "x.yaml:1:4: LHP-YAML-014: 'yes' is read as text; YAML 1.1 reads it as a boolean",
        "x.yaml:2:8: LHP-YAML-014: '1:30' is read as text; YAML 1.1 reads it as a number",
        "x.yaml:5:4: LHP-YAML-014: '2024-01-31' is read as text; YAML 1.1 reads it as a date",
    ]
    assert document.warnings[0].is_warning
    assert document.warnings[0].hint == 'write "yes" for text, true for a boolean'


def _laughs(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    for level in range(1, levels):
        uses = ", ".join([f"*a{level - 1}"] * 9)
        lines.append(f"a{level}: &a{level} [{uses}]")
    return "\n".join(lines)


def _merged_laughs(levels: int) -> str:
    lines = ["a0: &a0 {x: 1}"]
    for level in range(1, levels):
        uses = ", ".join([f"*a{level - 1}"] * 9)
        lines.append(f"a{level}: &a{level} {{<<: [{uses}]}}")
    return "\n".join(lines)


def _nested_aliases(levels: int) -> str:
    lines = ["a0: &a0 [x]"]
    lines += [f"a{level}: &a{level} [*a{level - 1}]" for level in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[" * 50_000, "1:101 LHP-YAML-005"),
        ("{" * 50_000, "1:101 LHP-YAML-005"),
        ("- " * 50_000, "1:201 LHP-YAML-005"),
        ("? " * 50_000, "1:201 LHP-YAML-005"),
        ("[{a: " * 50_000, "1:251 LHP-YAML-005"),
        (_nested_aliases(200), "100:12 LHP-YAML-005"),
        (_laughs(10), "6:"),
        (_laughs(10_000), "6:"),
        (_merged_laughs(20), "6:"),
        ("[" + "x," * 900_000 + "]", "1:400000 LHP-YAML-006"),
        ("[&a [x," + "y," * 99_000 + "]" + ", *a" * 100_000 + "]", "1:198015 LHP-YAML-006"),
        ("a: -" + "1" * 600_000, "1:4 LHP-YAML-013"),
    ],
)
def test_attacks_are_refused_at_once(text: str, problem: str) -> None:
    started = time.process_time()
    (found,) = _problems(text)
    assert time.process_time() - started < 20  # else it grows with more than its length
    assert found.startswith(problem)


@pytest.mark.parametrize("text", ["1" + ":59" * 200_000, "1" + "_0" * 300_000, "0" * 600_000])
def test_long_numbers_of_yaml_1_1_are_text_at_once(text: str) -> None:
    started = time.process_time()
    document = _read(f"a: {text}")
    assert time.process_time() - started < 10
    assert document.data == {"a": text}
    assert len(str(document.warnings[0])) < 200


def test_a_hundred_levels_are_read() -> None:
    assert json.dumps(_read("[" * 100 + "]" * 100).data) == "[" * 100 + "]" * 100


# `1e5` and `0o7` are numbers since YAML 1.2; PyYAML writes such texts without quotes.
_NEW_NUMBERS = re.compile(r"[-+]?[0-9]+[eE][-+]?[0-9]+|0o[0-7]+")
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80).filter(
    lambda text: not _NEW_NUMBERS.fullmatch(text)
)  # YAML's keys end at 1024
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False),
    _TEXTS,
)
_TREES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(_TEXTS, inner, max_size=5),
    max_leaves=25,
)


@given(tree=_TREES, flow=st.booleans(), style=st.sampled_from([None, "'", '"', "|"]))
@example(
    tree={"a": ["yes", "1:30", "007", "2024-01-01", "1_0", "<<", "=", ""]}, flow=False, style=None
)
@example(tree=[1e30, 1e-7, float("inf"), -0.0], flow=False, style=None)
def test_what_pyyaml_writes_is_read_back(tree: Any, flow: bool, style: str | None) -> None:  # noqa: FBT001
    text = yaml.safe_dump(tree, default_flow_style=flow, default_style=style, allow_unicode=True)
    assume(not (style and "!!" in text))  # in another style PyYAML writes numbers with tags
    assume(yaml.safe_load(text) == tree)  # it breaks lines at U+0085 in quotes
    assert _read(text).data == tree


@given(_TREES)
def test_json_is_read(tree: Any) -> None:
    text = json.dumps(tree)
    assume(not re.search(r'"[^"]*Infinity', text))
    text = text.replace("Infinity", ".inf")
    if not re.search(r"\\ud[89ab]", text):  # YAML has no surrogate pairs
        assert _read(text).data == tree


@given(st.binary())
@example(b"\xef\xbb\xbf")
@example(b"%")
@example(b"a: !<tag:x")
@example(b"&a *a")
@example(b"- &a\n- *a : *a")
def test_any_bytes_are_read_or_refused_with_places(data: bytes) -> None:
    _read_anything(data)


@given(st.lists(st.sampled_from([
    "a", "b", ": ", "- ", "\n", "  ", "[", "]", "{", "}", ", ", "&x ", "*x", "<<", "!t ", "? ", "'",
    '"', "|", ">", "---\n", "...\n", "#", "%", "1", "yes", "\t", "\\", "ü", "\ufeff", "~", "@",
])).map("".join))  # fmt: skip
def test_any_soup_of_yaml_signs_is_read_or_refused_with_places(text: str) -> None:
    _read_anything(text.encode())


def _read_anything(data: bytes) -> None:
    problems, documents = (), ()
    try:
        documents = read_yaml(data, "x.yaml")
    except LhpErrors as error:
        problems = error.problems
    assert all(problem.location and problem.message for problem in problems)
    for document in documents:
        _check_places(document.data)


def _check_places(value: Any) -> None:
    if isinstance(value, YamlMap):
        assert value.keys() == value.key_at.keys() == value.value_at.keys()
        for item in value.values():
            _check_places(item)
    elif isinstance(value, YamlList):
        assert len(value) == len(value.item_at)
        for item in value:
            _check_places(item)
