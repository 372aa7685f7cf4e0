"""Settings of editors, before and after."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lhp.text.jsonc import JsoncError, add_items, read_jsonc, set_values

SCHEMAS = ["yaml.schemas"]


def check_set(
    before: str,
    path: Sequence[str],
    values: Mapping[str, Any],
    after: str,
    *,
    remove: Callable[[str], bool] | Collection[str] = (),
) -> None:
    assert set_values(before, path, values, remove=remove) == after
    assert set_values(after, path, values, remove=remove) == after
    held = read_jsonc(after)
    for key in path:
        held = held[key]
    assert values.items() <= held.items()


def test_a_member_is_appended_as_its_siblings_stand() -> None:
    check_set(
        """\
// Ours.
{
    "editor.tabSize": 2, // two

    /* Not "yaml.schemas": */
    "files.eol": "\\n" // the last

    // "editor.rulers": [80]
}
""",
        [],
        {"yaml.schemas": {"a.json": ["*.yaml", "*.yml"], "b.json": "b.yaml"}, "yaml.format": False},
        """\
// Ours.
{
    "editor.tabSize": 2, // two

    /* Not "yaml.schemas": */
    "files.eol": "\\n", // the last
    "yaml.schemas": {
        "a.json": ["*.yaml", "*.yml"],
        "b.json": "b.yaml"
    },
    "yaml.format": false

    // "editor.rulers": [80]
}
""",
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            """\
{
\t"yaml.schemas": {
\t\t"a.json": [ "*.yaml" ], // ours
\t\t"b.json": "b.yaml", /* theirs */
\t},
}
""",
            """\
{
\t"yaml.schemas": {
\t\t"a.json": [ "*.yaml" ], // ours
\t\t"b.json": ["b.yml"], /* theirs */
\t\t"c.json": {
\t\t\t"d": 1
\t\t},
\t},
}
""",
            id="tabs and trailing commas",
        ),
        pytest.param(
            """\
{
   "yaml.schemas": {
   }
}
""",
            """\
{
   "yaml.schemas": {
      "a.json": ["*.yaml"],
      "b.json": ["b.yml"],
      "c.json": {
         "d": 1
      }
   }
}
""",
            id="three blanks, no member",
        ),
        pytest.param(
            """\
{
    "yaml.schemas": { /* none */ }, "files.eol": "\\n"
}
""",
            """\
{
    "yaml.schemas": { /* none */
        "a.json": ["*.yaml"],
        "b.json": ["b.yml"],
        "c.json": {
            "d": 1
        }
    }, "files.eol": "\\n"
}
""",
            id="a comment alone",
        ),
        pytest.param(
            """\
{
  "yaml.schemas": { // none
    // "x.json": "x.yaml"

  }
}
""",
            """\
{
  "yaml.schemas": { // none
    // "x.json": "x.yaml"
    "a.json": ["*.yaml"],
    "b.json": ["b.yml"],
    "c.json": {
      "d": 1
    }

  }
}
""",
            id="comments on lines of their own",
        ),
        pytest.param(
            """\
{
  "yaml.schemas": {
    "c.json": {"d": 1.0},
    "b.json": [/* gone */ "b.yaml" // with the value
    ]}}""",
            """\
{
  "yaml.schemas": {
    "c.json": {"d": 1.0},
    "b.json": ["b.yml"],
    "a.json": ["*.yaml"]}}""",
            id="brackets at the end of the line",
        ),
        pytest.param(
            """\
{
  "yaml.schemas": {
      "b.json": ["b.yml"] /* what
      ever */ // else
    , "c.json": {"d": true}
  }
}
""",
            """\
{
  "yaml.schemas": {
      "b.json": ["b.yml"] /* what
      ever */ // else
    , "c.json": {
        "d": 1
      },
      "a.json": ["*.yaml"]
  }
}
""",
            id="commas first",
        ),
        pytest.param(
            """\
{"yaml.schemas": {"a.json": ["*.yaml"]}, /* last */}
""",
            """\
{
  "yaml.schemas": {
    "a.json": ["*.yaml"],
    "b.json": ["b.yml"],
    "c.json": {
      "d": 1
    }
  }, /* last */
}
""",
            id="one line that gets too long",
        ),
        pytest.param(
            """{"yaml.schemas": {"b.json": 1, }}""",
            """\
{
  "yaml.schemas": {
    "b.json": ["b.yml"],
    "a.json": ["*.yaml"],
    "c.json": {
      "d": 1
    },
  }
}""",
            id="one line that gets too long, with a comma",
        ),
        pytest.param(
            "\ufeff",
            """\
\ufeff{
  "yaml.schemas": {
    "a.json": ["*.yaml"],
    "b.json": ["b.yml"],
    "c.json": {
      "d": 1
    }
  }
}
""",
            id="nothing",
        ),
        pytest.param(
            "// \ufeff",
            """\
// \ufeff
{
  "yaml.schemas": {
    "a.json": ["*.yaml"],
    "b.json": ["b.yml"],
    "c.json": {
      "d": 1
    }
  }
}
""",
            id="a comment",
        ),
    ],
)
def test_an_object_is_extended(before: str, after: str) -> None:
    values = {"a.json": ["*.yaml"], "b.json": ["b.yml"], "c.json": {"d": 1}}
    check_set(before, SCHEMAS, values, after)


@pytest.mark.parametrize("line_break", ["\r\n", "\r"])
def test_line_breaks_stay_those_of_the_file(line_break: str) -> None:
    before = '{\n  "a": { // c\n  }\n}\n'.replace("\n", line_break)
    after = '{\n  "a": { // c\n    "b": {\n      "c": []\n    }\n  }\n}\n'
    check_set(before, ["a"], {"b": {"c": []}}, after.replace("\n", line_break))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{}", '{\n  "a": {\n    "b": 1\n  }\n}'),
        ("{\n}", '{\n  "a": {\n    "b": 1\n  }\n}'),
        ("\n{\n\n}", '\n{\n  "a": {\n    "b": 1\n  }\n\n}'),
        ("", '{\n  "a": {\n    "b": 1\n  }\n}\n'),
        (" \r\n", ' \r\n{\r\n  "a": {\r\n    "b": 1\r\n  }\r\n}\r\n'),
        ("/* c */", '/* c */\n{\n  "a": {\n    "b": 1\n  }\n}\n'),
        ('{"a":{}}', '{"a":{"b": 1}}'),
        ('{"a": { }, }', '{"a": {"b": 1}, }'),
        ('{"a": { /* c */ }}', '{"a": { /* c */ "b": 1}}'),
        ('{"a": {"x": 1 }}', '{"a": {"x": 1, "b": 1 }}'),
        ('{"a": {"x": 1, }}', '{"a": {"x": 1, "b": 1, }}'),
        ('{"a": {"x": 1 /* c */ }}', '{"a": {"x": 1, /* c */ "b": 1 }}'),
        ('{"a":{"b":0}}', '{"a":{"b":1}}'),
        ('{"a":{"b" /* c */ :[0,\n0]}}', '{"a":{"b" /* c */ :1}}'),
        ('{"a": {"b": 0, "\\u0062": 0}}', '{"a": {"b": 0, "\\u0062": 1}}'),
        ('{"a": {"b": 1}, "a": {}}', '{"a": {"b": 1}, "a": {"b": 1}}'),
        ('{"x": 1}', '{"x": 1, "a": {"b": 1}}'),
        ('{"x": [\n]}', '{"x": [\n],\n  "a": {\n    "b": 1\n  }}'),
        ('{\n"x": 1\n}', '{\n"x": 1,\n"a": {\n  "b": 1\n}\n}'),
    ],
)
def test_little_texts(before: str, after: str) -> None:
    check_set(before, ["a"], {"b": 1}, after)


def test_one_line_has_at_most_80_characters() -> None:
    fits = "x" * (80 - len('{"a": 1, "b": ""}'))
    check_set('{"a": 1} // c', [], {"b": fits}, f'{{"a": 1, "b": "{fits}"}} // c')
    wide = f"{fits}x"
    check_set('{"a": 1} // c', [], {"b": wide}, f'{{\n  "a": 1,\n  "b": "{wide}"\n}} // c')


def test_a_wide_line_is_not_broken_for_what_is_replaced() -> None:
    wide = "x" * 80
    before = f'{{"a": "{wide}", "b": 1, "c": 2}}'
    check_set(before, [], {"b": [wide]}, f'{{"a": "{wide}", "b": ["{wide}"]}}', remove=["c"])
    assert set_values(before, ["d"], {}) == before


def test_a_list_is_on_one_line_when_it_is_short() -> None:
    fits = "x" * (80 - len('  "a": ["y", ""]'))
    check_set("{}", [], {"a": ["y", fits]}, f'{{\n  "a": ["y", "{fits}"]\n}}')
    wide = f"{fits}x"
    check_set("{}", [], {"a": ["y", wide]}, f'{{\n  "a": [\n    "y",\n    "{wide}"\n  ]\n}}')
    check_set("{}", [], {"a": [[1], {}]}, '{\n  "a": [\n    [1],\n    {}\n  ]\n}')


@pytest.mark.parametrize(
    ("held", "value"),
    [
        ("1.0", 1),
        ("10", 1e1),
        ("-0", 0.0),
        ('"\\u0061\\/"', "a/"),
        ('"\\ud800"', "\ud800"),
        ("[ 1,\n2, ]", (1, 2)),
        ('{"b": 1, "a": [ ] /* c */}', {"a": [], "b": 1}),
        ("9007199254740993", 9007199254740993),
    ],
)
def test_an_equal_value_stays_as_it_is_written(held: str, value: object) -> None:
    text = f'{{"a" : {held}}}'
    assert set_values(text, [], {"a": value}) == text


@pytest.mark.parametrize(
    ("held", "value", "written"),
    [
        ("1", True, "true"),
        ("false", 0, "0"),
        ('"1"', 1, "1"),
        ("0", None, "null"),
        ("[]", {}, "{}"),
        ("9007199254740992", 9007199254740993, "9007199254740993"),
        ("1", "\ud800 \u00e9 \U0001f600", '"\\ud800 \u00e9 \U0001f600"'),
    ],
)
def test_another_value_is_written(held: str, value: object, written: str) -> None:
    check_set(f'{{"a" : {held}}}', [], {"a": value}, f'{{"a" : {written}}}')


@pytest.mark.parametrize("value", [float("nan"), float("-inf")])
def test_what_json_lacks_is_not_written(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        set_values("{}", [], {"a": value})


REMOVED = [
    pytest.param(
        """\
{
  // about a
  "a": 1, /* with */ // it

  "keep": 2, // two
  // about b
  /* with */ "b": {
    // with it
  }
  // the end
}
""",
        """\
{
  // about a

  "keep": 2 // two
  // about b
  // the end
}
""",
        id="lines of their own",
    ),
    pytest.param(
        """\
{
  "a": 1,
  "keep": 2,
  "b": 3,
}
""",
        """\
{
  "keep": 2,
}
""",
        id="a comma at the end",
    ),
    pytest.param(
        """\
{
    "a": 1
  , "keep": 2
  , "b": 3
}
""",
        """\
{
    "keep": 2
}
""",
        id="commas first",
    ),
    pytest.param(
        """\
{
  "a": 1, "b": 2,
  "keep": 2
}
""",
        """\
{
  "keep": 2
}
""",
        id="two on a line",
    ),
    pytest.param(
        """\
{ "a": 1, "b": 2,
  "keep": 2, "a": 3 }
""",
        """\
{
  "keep": 2 }
""",
        id="brackets beside",
    ),
    pytest.param(
        """\
{
  "keep": 2 /* stays
  with it */, "a": 1, // about it
  /* no
  nested /* comment */ "b": 3, /* here
  too */
}
""",
        """\
{
  "keep": 2 /* stays
  with it */, // about it
  /* no
  nested /* comment */ /* here
  too */
}
""",
        id="comments of many lines",
    ),
    pytest.param(
        """\
{
  "keep": 2 // kept
  // kept, too
  ,
  "a": 1 // gone
  // kept
  ,
  "b": 2
}
""",
        """\
{
  "keep": 2 // kept
  // kept, too
  // kept
}
""",
        id="comments before commas",
    ),
]


@pytest.mark.parametrize(("before", "after"), REMOVED)
def test_a_member_is_removed_with_its_line(before: str, after: str) -> None:
    check_set(before, [], {}, after, remove=["a", "b", "c"])
    check_set(before, [], {"keep": 2}, after, remove=lambda key: key != "other")
    inside, inside_after = (
        f'{{\n\t"d": {text.strip()},\n}}'.replace("\n", "\r\n") for text in (before, after)
    )
    check_set(inside, ["d"], {"keep": 2}, inside_after, remove={"a", "b"})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"a": 1, "x": 2, "b": 3}', '{"x": 2}'),
        ('{ "a": 1, "x": 2, "b": 3 }', '{ "x": 2 }'),
        ('{"x": 2, "a": 1, "y": 3}', '{"x": 2, "y": 3}'),
        ('{"x": 2, "a": 1, "b": 3, }', '{"x": 2, }'),
        ('{"x":2,"a":1,/* c */"b":3}', '{"x":2/* c */}'),
        ('{"a": 1 /* c */, "x": 2}', '{/* c */ "x": 2}'),
        ('{"x": 2 /* c */ , "a": 1}', '{"x": 2 /* c */ }'),
        ('{"a": 1}', "{}"),
        ('{ "a": 1 }', "{ }"),
        ('{"a": 1,}', "{}"),
        ('{"a": 1, "\\u0061": 2}', "{}"),
        ('{\r\n  "a": 1\r\n}', "{\r\n}"),
        ('{\r"a": 1,\r"x": 1\r}', '{\r"x": 1\r}'),
        ('{"x": {"a": 1}}', '{"x": {"a": 1}}'),
        ("", ""),
        ("// c", "// c"),
    ],
)
def test_members_are_removed(before: str, after: str) -> None:
    check_set(before, [], {}, after, remove=["a", "b"])


def test_a_deep_object_is_changed() -> None:
    before, after = ('{"a":\n' * 99 + held + "}" * 99 for held in ('{"b": 0}', '{"b": 1}'))
    check_set(before, ["a"] * 99, {"b": 1}, after)


def test_nothing_is_removed_where_nothing_is() -> None:
    text = '{"a": {"b": 1}}'
    assert set_values(text, ["b", "a"], {}, remove=["a", "b"]) == text
    assert set_values(text, ["a", "a"], {}, remove=["a", "b"]) == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            '{\n\t"old": 1, // old\n\t// end\n}',
            '{\n\t"new": 2,\n\t// end\n}',
        ),
        (
            '{\n    "x": 1,\n    "old": {\n    },\n}\n',
            '{\n    "x": 1,\n    "new": 2,\n}\n',
        ),
        ('{"old": 1}', '{"new": 2}'),
    ],
)
def test_a_member_takes_the_place_of_another(before: str, after: str) -> None:
    check_set(before, [], {"new": 2}, after, remove=lambda key: key in {"old", "new"})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '{\n  "recommendations": ["a", "b"]\n}\n'),
        ('{"recommendations": []}', '{"recommendations": ["a", "b"]}'),
        ('{"recommendations": [ /* c */ ]}', '{"recommendations": [ /* c */ "a", "b"]}'),
        ('{"recommendations": ["b", "x"]}', '{"recommendations": ["b", "x", "a"]}'),
        ('{"recommendations": [{}, "b",]}', '{"recommendations": [{}, "b", "a",]}'),
        ('{"recommendations": ["b", "\\u0061"]}', '{"recommendations": ["b", "\\u0061"]}'),
        (
            """\
{
    // what helps
    "recommendations": [
        "x", // x
        "y" // y
        // "z"
    ],
}
""",
            """\
{
    // what helps
    "recommendations": [
        "x", // x
        "y", // y
        "a",
        "b"
        // "z"
    ],
}
""",
        ),
        (
            """\
{
\t// See https://go.microsoft.com/fwlink/?LinkId=827846
\t"recommendations": [
\t\t
\t],
\t"unwantedRecommendations": [
\t\t
\t]
}
""",
            """\
{
\t// See https://go.microsoft.com/fwlink/?LinkId=827846
\t"recommendations": [
\t\t"a",
\t\t"b"
\t],
\t"unwantedRecommendations": [
\t\t
\t]
}
""",
        ),
        (
            '{\n  "recommendations": [\n  ],\n}\n',
            '{\n  "recommendations": [\n    "a",\n    "b"\n  ],\n}\n',
        ),
    ],
)
def test_items_are_appended(before: str, after: str) -> None:
    assert add_items(before, ["recommendations"], ["a", "b", "a"]) == after
    assert add_items(after, ["recommendations"], ["a", "b"]) == after
    assert add_items(after, ["recommendations"], []) == after


def test_a_list_is_broken_when_its_line_gets_too_long() -> None:
    item = "x" * 70
    before = '{\n    "a": [], // c\n    "b": ["y"]\n}'
    once = f'{{\n    "a": [\n        "{item}"\n    ], // c\n    "b": ["y"]\n}}'
    twice = once.replace('["y"]', f'[\n        "y",\n        "{item}"\n    ]')
    assert add_items(before, ["a"], [item]) == once
    assert add_items(once, ["b"], ["y", item]) == twice
    assert add_items('["y"]', [], [f"{item}xx"]) == f'[\n  "y",\n  "{item}xx"\n]'


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", {}),
        ("\ufeff // c", {}),
        ("\ufeff{}", {}),
        ("/**/[1,/*,*/]//", [1]),
        ('{"a": 1, "b": 2, "a": {"c": 3,},}', {"a": {"c": 3}, "b": 2}),
        ('"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00"', '"\\/\b\f\n\r\t\u00e9\U0001f600'),
        ('"\\ud83d\\ud83d\ude00"', "\ud83d\ud83d\ude00"),
        ('"// /* */ \u2028 \x7f"', "// /* */ \u2028 \x7f"),
        ("[-0.5e+2, 1E3, 0, true, false, null]", [-50.0, 1000.0, 0, True, False, None]),
        ("1" * 640, int("1" * 640)),
        ("-" + "1" * 640, float("-inf")),
        ("1" * 100_000, float("inf")),
        (f"0.{'3' * 100_000}", 1 / 3),
        (f'"{"1" * 641}"', "1" * 641),
        ("[" * 100 + "]" * 100, json.loads("[" * 100 + "]" * 100)),
    ],
)
def test_data_is_read(text: str, data: object) -> None:
    read = read_jsonc(text)
    assert read == data
    assert type(read) is type(data)


STRING = "a string without its closing quote, or with what has to be escaped"


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("{", "expected a key in double quotes", 1, 2),
        ("\ufeff{,}", "expected a key in double quotes", 1, 2),
        ("{'a': 1}", "expected a key in double quotes", 1, 2),
        ("{a: 1}", "expected a key in double quotes", 1, 2),
        ('{"a": 1,, }', "expected a key in double quotes", 1, 9),
        ("{1: 1}", "expected a key in double quotes", 1, 2),
        ('{"a" // c\r\n 1}', "expected `:`", 2, 2),
        ('{"a" "b"}', "expected `:`", 1, 6),
        ('{"a":}', "expected a value", 1, 6),
        ("[,]", "expected a value", 1, 2),
        ("[1", "expected `,` or `]`", 1, 3),
        ("[1}", "expected `,` or `]`", 1, 3),
        ('{"a": 1 /* \r\r */ "b": 2}', "expected `,` or `}`", 3, 5),
        ("[01]", "expected `,` or `]`", 1, 3),
        ("[1.]", "expected `,` or `]`", 1, 3),
        ("{} {}", "expected the end of the text", 1, 4),
        ("\ufeff\ufeff", "expected a value", 1, 1),
        ("\n\x00", "expected a value", 2, 1),
        ("\xa0", "expected a value", 1, 1),
        ("NaN", "expected a value", 1, 1),
        ("-Infinity", "expected a value", 1, 1),
        ("[+1]", "expected a value", 1, 2),
        ("[.5]", "expected a value", 1, 2),
        ("[\u0661]", "expected a value", 1, 2),
        ("[True]", "expected a value", 1, 2),
        ("truefalse", "expected the end of the text", 1, 5),
        ("{/}", "expected a key in double quotes", 1, 2),
        ("{} /", "expected the end of the text", 1, 4),
        ("{} /* c", "a comment without its `*/`", 1, 4),
        ("{/*/}", "a comment without its `*/`", 1, 2),
        ('["a]', STRING, 1, 2),
        ('{"a\n": 1}', STRING, 1, 2),
        ('["\t"]', STRING, 1, 2),
        ('["\\x41"]', STRING, 1, 2),
        ('["\\u004"]', STRING, 1, 2),
        ('["\\u\u0661\u0661\u0661\u0661"]', STRING, 1, 2),
        ('["\\', STRING, 1, 2),
        ("[" * 100_000, "nested deeper than 100 levels", 1, 101),
        ('{"a":[' * 100_000, "nested deeper than 100 levels", 1, 301),
    ],
)
def test_what_is_no_json_with_comments_is_refused(
    text: str, message: str, line: int, column: int
) -> None:
    for use in (
        read_jsonc,
        lambda text: set_values(text, [], {}),
        lambda text: add_items(text, ["a"], ["b"]),
    ):
        with pytest.raises(JsoncError) as caught:
            use(text)
        error = caught.value
        assert (str(error), error.line, error.column) == (message, line, column)


@pytest.mark.parametrize(
    ("text", "path", "message", "column"),
    [
        ("[]", [], "the text is not an object", 1),
        (" 1", ["a"], "the text is not an object", 2),
        ('[{"0": {}}]', ["0"], "the text is not an object", 1),
        ('{"yaml.schemas": []}', SCHEMAS, "`yaml.schemas` is not an object", 18),
        ('{"yaml.schemas": null}', SCHEMAS, "`yaml.schemas` is not an object", 18),
        ('{"a": {"b": "c"}}', ["a", "b", "c"], "`b` is not an object", 13),
        ('{"a": {}, "a": 1}', ["a"], "`a` is not an object", 16),
    ],
)
def test_what_is_no_object_is_refused(
    text: str, path: Sequence[str], message: str, column: int
) -> None:
    for values in ({}, {"a": 1}):
        with pytest.raises(JsoncError) as caught:
            set_values(f"\n{text}", path, values)
        assert str(caught.value) == message
        assert (caught.value.line, caught.value.column) == (2, column)


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("", [], "the text is not a list"),
        ('{"a": {}}', ["a"], "`a` is not a list"),
        ('{"a": []}', ["a", "b"], "`a` is not an object"),
    ],
)
def test_what_is_no_list_is_refused(text: str, path: Sequence[str], message: str) -> None:
    for items in ([], ["b"]):
        with pytest.raises(JsoncError, match=re.escape(message)):
            add_items(text, path, items)


def test_an_error_can_be_copied() -> None:
    error = copy.copy(JsoncError("wrong", 2, 3))
    assert (str(error), error.line, error.column) == ("wrong", 2, 3)


@pytest.mark.parametrize(
    "text",
    [
        "{" + " " * 1_000_000 + "/",
        "{" + "/*" * 500_000,
        "{/" + "*" * 1_000_000,
        "{" + "/**/" * 200_000,
        "{" + "// // \n" * 100_000,
        '{"' + "\\n" * 500_000,
        "[" + "1," * 100_000,
        "[" + "[]," * 100_000 + "]]",
    ],
)
def test_a_long_text_is_refused_soon(text: str) -> None:
    with pytest.raises(JsoncError):
        set_values(text, [], {"a": 1})


@pytest.mark.parametrize("between", ["", "\n", " // c\n", " /* c */\n  ", "/*\n*/"])
def test_a_long_text_is_changed_soon(between: str) -> None:
    members = "".join(f'{between}"{number}":{number},' for number in range(5_000))
    text = f"{{{members}{between}}}"
    changes = {str(number): -number for number in range(0, 6_000, 3)}
    changed = set_values(text, [], changes, remove=lambda key: key.endswith("1"))
    assert read_jsonc(set_values(text, [], {}, remove=lambda _: True)) == {}
    expected = {**read_jsonc(text), **changes}
    assert read_jsonc(changed) == {
        key: value for key, value in expected.items() if key in changes or not key.endswith("1")
    }


class Writer:
    """Writes data in no style at all, and knows where it wrote what.

    `members` has where each member's key begins, its value begins and ends, and its comma ends.
    """

    def __init__(self, random: Random, line_break: str) -> None:
        self.text = random.choice(["", "\ufeff"])
        self.comments: list[tuple[int, int, str]] = []
        self.members: dict[tuple[str, ...], list[int]] = {}
        self._random = random
        self._line_break = line_break
        self._noise = random.choice([0, 1, 3])

    def write(self, value: Any, path: tuple[str, ...] = ()) -> None:
        if isinstance(value, (dict, list)) and value:
            self._write_entries(value, path)
        elif isinstance(value, (dict, list)):
            self.text += str(value)[0]
            self.gap()
            self.text += str(value)[1]
        else:
            self.text += json.dumps(value, ensure_ascii=self._random.random() < 0.5)

    def _write_entries(self, value: Any, path: tuple[str, ...]) -> None:
        self.text += "{" if isinstance(value, dict) else "["
        commas = ["," for _ in value]
        commas[-1] = self._random.choice(["", ","])
        for entry, comma in zip(value, commas, strict=True):
            self.gap()
            if isinstance(value, dict):
                self._write_member(entry, value[entry], (*path, entry))
            else:
                self.write(entry, (*path, ""))
            self.gap()
            self.text += comma
            if comma and isinstance(value, dict):
                self.members[(*path, entry)][3] = len(self.text)
        self.gap()
        self.text += "}" if isinstance(value, dict) else "]"

    def _write_member(self, key: str, value: Any, path: tuple[str, ...]) -> None:
        start = len(self.text)
        self.text += json.dumps(key)
        self.gap()
        self.text += ":"
        self.gap()
        value_start = len(self.text)
        self.write(value, path)
        self.members[path] = [start, value_start, len(self.text), len(self.text)]

    def gap(self) -> None:
        for _ in range(self._random.randint(0, self._noise)):
            if self._random.random() < 0.7:
                self.text += self._random.choice([" ", "  ", "\t", f"{self._line_break}    "])
                continue
            name = f"<{len(self.comments)}>"
            form = self._random.choice(["// {}{}", "/* {} */", "/* {}{} *//**/", "//*{}{}"])
            start = len(self.text)
            self.text += form.format(name, self._line_break)
            self.comments.append((start, len(self.text.rstrip("\r\n")), name))


KEYS = st.sampled_from(["a", "b", "c", "", "//", "/*", "\ud800"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3)
    | st.text('/*",\\{}[]:\ud800', max_size=5)
)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
OBJECTS = st.dictionaries(KEYS, DATA, max_size=5)
PATHS = st.lists(st.sampled_from(["p", "q"]), max_size=2)
RANDOMS = st.builds(Random, st.integers(0, 2**32))
LINE_BREAKS = st.sampled_from(["\n", "\r\n", "\r"])


def document(data: Any, random: Random, line_break: str) -> Writer:
    writer = Writer(random, line_break)
    writer.gap()
    start = len(writer.text)
    writer.write(data)
    end = len(writer.text)
    writer.members[()] = [start, start, end, end]
    writer.gap()
    return writer


def around(path: Sequence[str], held: dict[str, Any], beside: dict[str, Any]) -> dict[str, Any]:
    for key in reversed(path):
        held = {**beside, key: held}
    return held


def is_equal(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_equal, one, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def is_within(part: str, whole: str) -> bool:
    """Return whether a text is left when characters are taken out of another."""
    characters = iter(whole)
    return all(character in characters for character in part)


def without_blanks(text: str) -> str:
    return re.sub(r"[ \t\r\n]", "", text)


@given(DATA, RANDOMS, LINE_BREAKS)
def test_written_data_is_read(data: object, random: Random, line_break: str) -> None:
    assert is_equal(read_jsonc(document(data, random, line_break).text), data)


@given(
    held=OBJECTS,
    values=OBJECTS,
    beside=OBJECTS,
    path=PATHS,
    random=RANDOMS,
    line_break=LINE_BREAKS,
)
def test_only_what_must_change_changes(
    *,
    held: dict[str, Any],
    values: dict[str, Any],
    beside: dict[str, Any],
    path: list[str],
    random: Random,
    line_break: str,
) -> None:
    values.update({key: value for key, value in held.items() if random.random() < 0.3})
    written = document(around(path, held, beside), random, line_break)
    before = written.text
    after = set_values(before, path, values)
    assert is_equal(read_jsonc(after), around(path, {**held, **values}, beside))
    assert set_values(after, path, values) == after

    replaced = sorted(
        written.members[(*path, key)][1:3]
        for key, value in values.items()
        if key in held and not is_equal(value, held[key])
    )
    starts, ends = [start for start, _ in replaced], [end for _, end in replaced]
    kept = [
        before[start:end] for start, end in zip([0, *ends], [*starts, len(before)], strict=True)
    ]
    if values.keys() <= held.keys():
        assert re.fullmatch("(?s:.+)".join(map(re.escape, kept)), after)
    assert is_within(without_blanks("".join(kept)), without_blanks(after))
    start, end = written.members[tuple(path)][1:3]
    if held and line_break in before[start:end]:
        assert is_within("".join(kept), after)
    for at, _, name in written.comments:
        assert name in after or any(start <= at < end for start, end in replaced)


@given(
    held=OBJECTS,
    removed=st.sets(KEYS),
    beside=OBJECTS,
    path=PATHS,
    random=RANDOMS,
    line_break=LINE_BREAKS,
)
def test_only_what_stands_on_the_line_of_a_removed_member_goes(
    *,
    held: dict[str, Any],
    removed: set[str],
    beside: dict[str, Any],
    path: list[str],
    random: Random,
    line_break: str,
) -> None:
    written = document(around(path, held, beside), random, line_break)
    before = written.text
    after = set_values(before, path, {}, remove=removed)
    left = {key: value for key, value in held.items() if key not in removed}
    assert is_equal(read_jsonc(after), around(path, left, beside))
    assert set_values(after, path, {}, remove=removed) == after
    assert is_within(after, before)

    def lines(start: int, end: int) -> set[int]:
        return set(range(before.count(line_break, 0, start), before.count(line_break, 0, end) + 1))

    spans = [written.members[(*path, key)] for key in held.keys() & removed]
    gone = set().union(*(lines(start, end) for start, _, _, end in spans))
    for start, end, name in written.comments:
        assert name in after or lines(start, end) & gone


@given(OBJECTS, OBJECTS, st.sets(KEYS), RANDOMS, LINE_BREAKS)
def test_members_are_set_and_removed_at_once(
    held: dict[str, Any],
    values: dict[str, Any],
    removed: set[str],
    random: Random,
    line_break: str,
) -> None:
    after = set_values(document(held, random, line_break).text, [], values, remove=removed)
    left = {key: value for key, value in held.items() if key not in removed}
    assert is_equal(read_jsonc(after), {**left, **values})
    assert set_values(after, [], values, remove=removed) == after


@given(st.lists(DATA), st.lists(st.text()), PATHS, RANDOMS, LINE_BREAKS)
def test_absent_items_are_appended(
    held: list[Any], items: list[str], path: list[str], random: Random, line_break: str
) -> None:
    written = document(around(path, held, {}), random, line_break)
    after = add_items(written.text, path, items)
    new = [item for item in dict.fromkeys(items) if item not in held]
    assert is_equal(read_jsonc(after), around(path, [*held, *new], {}))
    assert add_items(after, path, items) == after
    assert is_within(without_blanks(written.text), without_blanks(after))
    for _, _, name in written.comments:
        assert name in after


PIECES = st.sampled_from(
    [*'{}[],:/*"\\ \t\r\n\ufeff1-.eu', "//", "/*", "*/", '"a"', '"b":', "null", "1.5", "\ud800"]
)
TEXTS = st.text() | st.lists(PIECES, max_size=30).map("".join)


@given(TEXTS, st.lists(st.sampled_from(["a", "b", ""]), max_size=2), OBJECTS)
@example("[]", [""], {"a": 1})
def test_any_text_is_changed_or_refused(text: str, path: list[str], values: dict[str, Any]) -> None:
    for change in (
        lambda text: set_values(text, path, values, remove=["b"]),
        lambda text: add_items(text, path, ["a", "b"]),
    ):
        try:
            changed = change(text)
        except JsoncError:
            continue
        assert change(changed) == changed


@given(TEXTS)
def test_what_json_reads_is_read_alike(text: str) -> None:
    def refused(word: str) -> None:
        raise ValueError(word)

    try:
        data = json.loads(text, parse_constant=refused)
    except ValueError:
        return
    assert is_equal(read_jsonc(text), data)
