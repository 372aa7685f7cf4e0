"""A pattern of a plugin that takes for ever takes nothing but its own process down."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import Hostile

Make = Callable[..., Hostile]

_ODD = '''\
from lhp.core.base_generator import BaseActionGenerator


class OddLoadGenerator(BaseActionGenerator):
    """Loads in an odd way."""

    @classmethod
    def get_supported_options(cls):
        return {"type": "object", "properties": {"note": OPTION}, "patternProperties": PATTERNS}

    def generate(self, action, context):
        return "@dp.temporary_view()\\ndef v():\\n    return spark.range(1)"
'''
_FLOW = """\
pipeline: p
flowgroup: f
actions:
  - {name: load, type: load, target: v, source: {type: odd, KEY: VALUE}}
  - {name: save, type: write, source: v, write_target: {type: streaming_table, catalog: c, schema: s, table: t}}
"""
SLOW, TEXT = '"^(a+)+$"', "a" * 60 + "!"


def _project(hostile: Make, code: str, key: str = "note", value: str = "x") -> Hostile:
    declared = "name: odd, type: load_generator, module: mine.odd, class: OddLoadGenerator"
    limits = "permissions: {time_s: {import: 2, call: 1}}"
    return hostile(
        {
            "lhp.yaml": "name: demo\nplugins:\n  entry_points: false\n  enabled:\n"
            f"    - {{{declared}, {limits}}}\n",
            "mine/odd.py": code,
            "pipelines/a.yaml": _FLOW.replace("KEY", key).replace("VALUE", value),
        },
        without=("mine/spy.py",),
    )


def _code(option: str, patterns: str = "{}") -> str:
    return _ODD.replace("OPTION", option).replace("PATTERNS", patterns)


@pytest.mark.parametrize(
    ("code", "key"),
    [
        (_code(f'{{"type": "string", "pattern": {SLOW}}}'), "note"),
        (_code('{"type": "string"}', f'{{{SLOW}: {{"type": "string"}}}}'), TEXT),
    ],
    ids=["of a value", "of a key"],
)
def test_slow_pattern_is_ended_with_its_plugin(hostile: Make, code: str, key: str) -> None:
    value = "x" if key == TEXT else TEXT
    project = _project(hostile, code, f'"{key}"', f'"{value}"')
    project.approve()
    came = project.run()
    assert came.code == 1
    assert "the load_generator 'odd' failed: it took more than 1 seconds" in came.said
    assert came.seconds < 5
    project.write({"pipelines/a.yaml": _FLOW.replace("KEY", "note").replace("VALUE", "aaa")})
    assert project.run().code == 0


def test_slow_pattern_of_what_nobody_approved_is_never_matched(hostile: Make) -> None:
    option = f'{{"type": "string", "pattern": {SLOW}, "default": "{TEXT}", "examples": ["{TEXT}"]}}'
    project = _project(hostile, _code(option))
    for words in (("schema",), ("plugins", "docs", "odd"), ("plugins", "list"), ()):
        assert project.run(*words).seconds < 5


def test_pattern_still_tells_what_is_wrong(hostile: Make) -> None:
    option = '{"type": "string", "pattern": "^v_", "examples": ["v_orders"]}'
    project = _project(hostile, _code(option, '{"^opt_": {"type": "integer"}}'), value="orders")
    project.approve()
    assert "'orders' has not the form of 'v_orders'" in project.run().said
    flow = _FLOW.replace("KEY: VALUE", "note: v_x, opt_a: 1, opt_b: x, other: 1")
    project.write({"pipelines/a.yaml": flow})
    came = project.run()
    assert "'opt_b' must be a whole number, not the text 'x'" in came.said
    assert "unknown key 'other'" in came.said
    assert "2 errors in 1 file" in came.said


def test_equal_items_of_a_long_list_are_found_fast(hostile: Make) -> None:
    option = '{"type": "array", "uniqueItems": True, "items": {"type": "object"}}'
    items = ", ".join(f"{{a: {number}}}" for number in range(3000))
    project = _project(hostile, _code(option), value=f"[{items}]")
    project.approve()
    came = project.run()
    assert (came.code, came.seconds < 5) == (0, True)
    project.write(
        {"pipelines/a.yaml": _FLOW.replace("KEY", "note").replace("VALUE", f"[{items}, {{a: 7}}]")}
    )
    assert "it holds equal items" in project.run().said
