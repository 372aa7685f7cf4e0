"""Substitutions files: which tokens an environment has."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from lhp.errors import LhpError
from lhp.passes.substitution import Tokens
from lhp.passes.tokens import read_tokens
from lhp.text.yaml_reader import read_yaml


def tokens(text: str, env: str = "dev", **environ: str) -> Tokens:
    return read_tokens(read_yaml(text.encode(), f"substitutions/{env}.yaml")[0], env, environ)


def problems_of(text: str) -> list[LhpError]:
    try:
        return list(tokens(text).errors)
    except LhpError as problem:
        return [problem]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dev: {a: x}", "x"),
        ("global: {a: x}", "x"),
        ("dev: {a: x}\nglobal: {a: y}", "x"),
        ("dev: {a: 5}", "5"),
        ("dev: {a: 1.5}", "1.5"),
        ("dev: {a: true}", "true"),
        ("dev: {a: false}", "false"),
        ("dev: {a: ''}", ""),
        ("dev: {a: x}\nglobal: {a: }", "x"),
        ("dev: {a: {b: 1, c: [true, null]}}", {"b": 1, "c": [True, None]}),
        ("dev: {a: [x, 1]}", ["x", 1]),
        ("global: {a: '${b}/t'}\ndev: {b: x}", "x/t"),
        ("dev: {a: '{b}/t', b: x}", "x/t"),
        ("dev: {a: '${b}', b: {c: '${d}'}, d: x}", {"c": "x"}),
        ("dev: {a: '${b.c}!', b: {c: true}}", "true!"),
        ("dev: {a: '${unknown} ${x.y} {8}'}", "${unknown} ${x.y} {8}"),
        ("dev: {a: '${secret:s/k}'}", "${secret:s/k}"),
        ("prod: {a: y}\ndev: {a: x}", "x"),
    ],
)
def test_a_token_has_the_value_of_its_environment(text: str, expected: Any) -> None:
    assert tokens(text).values["a"] == expected


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    [
        ("", {}, "dev"),
        ("", {"WORKSPACE_ENV": "w"}, "w"),
        ("global: {workspace_env: g}", {}, "dev"),
        ("global: {workspace_env: g}", {"WORKSPACE_ENV": "w"}, "w"),
        ("dev: {workspace_env: d}", {"WORKSPACE_ENV": "w"}, "d"),
        ("", {"LOGICAL_ENV": "l"}, "dev"),
        ("", {"WORKSPACE_ENV": ""}, "dev"),
    ],
)
def test_the_environment_itself_is_a_token(
    text: str, environ: dict[str, str], expected: str
) -> None:
    assert tokens(text, **environ).values["workspace_env"] == expected


def test_the_logical_environment_comes_from_its_own_variable() -> None:
    assert tokens("", LOGICAL_ENV="l").values == {"workspace_env": "dev", "logical_env": "l"}


def test_secret_scopes_are_read_with_their_tokens() -> None:
    found = tokens(
        "secrets: {default_scope: '${p}_main', scopes: {kv: '${p}_kv', n: 5}}\ndev: {p: d}"
    )
    assert (found.default_scope, found.scopes) == ("d_main", {"kv": "d_kv", "n": "5"})


def test_without_secrets_there_are_no_scopes() -> None:
    assert (tokens("").default_scope, tokens("").scopes) == ("", {})


@pytest.mark.parametrize(
    ("text", "code", "place", "words"),
    [
        ("dev:\n  a: null", "LHP-CFG-156", "2:6", "the token 'a' is empty"),
        ("dev: {a: '${a}'}", "LHP-CFG-157", "1:10", "circle: a -> a"),
        ("dev: {a: 'x${b}', b: ['{a}']}", "LHP-CFG-157", "1:", "-> a"),
        ("dev: {a: 'x${b}', b: [1]}", "LHP-CFG-158", "1:10", "'b' is a list"),
        ("dev: {a: 'x${b.c}', b: {c: {d: 1}}}", "LHP-CFG-158", "1:10", "'b.c' is a map"),
        ("dev: {a: 'x${b.c}', b: {c: null}}", "LHP-CFG-156", "1:10", "'b.c'"),
        ("dev: {a: '${b.cc}', b: {cd: 1}}", "LHP-CFG-010", "1:10", "in the token 'b'"),
        ("[a]", "LHP-CFG-163", "1:1", "a map"),
        ("dev: [a]", "LHP-CFG-163", "1:6", "'dev' has to be a map"),
        ("global: x", "LHP-CFG-163", "1:9", "'global' has to be a map"),
        ("secrets: x", "LHP-CFG-163", "1:10", "'secrets' has to be a map"),
        ("secrets: {scopes: [x]}", "LHP-VAL-100", "1:19", "'scopes' must be a map"),
    ],
)
def test_what_cannot_be_a_token_is_told_at_its_place(
    text: str, code: str, place: str, words: str
) -> None:
    problem = problems_of(text)[0]
    assert problem.code.id == code
    assert str(problem.location).startswith(f"substitutions/dev.yaml:{place}")
    assert words in problem.message


def test_tokens_that_multiply_are_stopped() -> None:
    doubling = "\n".join(f"  v{n}: ['${{v{n + 1}}}', '${{v{n + 1}}}']" for n in range(40))
    (problem,) = problems_of(f"dev:\n{doubling}\n  v40: [1]\n")
    assert "grow beyond" in problem.message


def test_what_has_no_effect_is_warned_of() -> None:
    found = tokens("dev: {a-b: 1, c: '{d}', e: '{d}', d: x}\nprefix_suffix_rules: {}")
    assert [(str(w.location), w.code.id) for w in found.problems] == [
        ("substitutions/dev.yaml:1:7", "LHP-CFG-159"),
        ("substitutions/dev.yaml:2:1", "LHP-CFG-160"),
        ("substitutions/dev.yaml:1:18", "LHP-DEPR-001"),
    ]


def test_tokens_go_to_another_process_unchanged() -> None:
    found = tokens("dev: {a: {b: [1]}, c: x}")
    copied = pickle.loads(pickle.dumps(found))  # noqa: S301  (our own bytes)
    assert copied.values == found.values
    assert copied.values["a"].location == found.values["a"].location


@pytest.mark.parametrize(
    ("block", "default_scope", "scopes"),
    [
        ("", "", {}),
        ("{}", "", {}),
        ("{default_scope: , scopes: }", "", {}),
        ("{default_scope: a}", "a", {}),
        ("{default_scope: '5'}", "5", {}),
        ("{default_scope: '${number}'}", "5", {}),
        ("{scopes: {}}", "", {}),
        ("{scopes: {kv: 'x-${number}'}}", "", {"kv": "x-5"}),
        (
            "{scopes: {a: 5, b: 1.5, c: true, d: ''}}",
            "",
            {"a": "5", "b": "1.5", "c": "true", "d": ""},
        ),
        ("{scopes: {'any name': a, x-b: b}}", "", {"any name": "a", "x-b": "b"}),
        ("{default_scope: a, x-owner: [me]}", "a", {}),
    ],
)
def test_what_the_secrets_block_may_say(
    block: str, default_scope: str, scopes: dict[str, str]
) -> None:
    found = tokens(f"secrets: {block}\nglobal: {{number: 5}}")
    assert (found.default_scope, found.scopes) == (default_scope, scopes)


@pytest.mark.parametrize(
    ("block", "code", "place", "words"),
    [
        ("{default_scop: a}", "LHP-CFG-001", "1:11", "unknown key 'default_scop' in `secrets`"),
        ("{scope: a}", "LHP-CFG-001", "1:11", "unknown key 'scope' in `secrets`"),
        ("{default_scope: 5}", "LHP-VAL-100", "1:26", "must be text, not the number 5"),
        ("{default_scope: [a]}", "LHP-VAL-100", "1:26", "must be text, not a list"),
        ("{scopes: a}", "LHP-VAL-100", "1:19", "'scopes' must be a map, not the text 'a'"),
        ("{scopes: {kv: [a]}}", "LHP-VAL-100", "1:24", "'kv' must be text"),
        ("{scopes: {kv: {a: b}}}", "LHP-VAL-100", "1:24", "not a map"),
        ("{scopes: {kv: }}", "LHP-VAL-100", "1:24", "not empty"),
        ("{default_scope: a, kv: b}", "LHP-CFG-001", "1:29", "unknown key 'kv'"),
        ("[a]", "LHP-CFG-163", "1:10", "'secrets' has to be a map"),
    ],
)
def test_a_mistake_in_the_secrets_block_is_told_at_its_place(
    block: str, code: str, place: str, words: str
) -> None:
    (problem,) = problems_of(f"secrets: {block}")
    assert (problem.code.id, str(problem.location)) == (code, f"substitutions/dev.yaml:{place}")
    assert words in problem.message


def test_a_misspelt_key_of_the_secrets_block_names_the_nearest() -> None:
    (problem,) = problems_of("secrets: {defaultscope: a}")
    assert problem.hint == "did you mean 'default_scope'?"
    (problem,) = problems_of("secrets: {zzz: a}")
    assert problem.hint == "known keys: default_scope, scopes"


def test_every_mistake_of_the_secrets_block_is_told() -> None:
    found = problems_of("secrets: {defaultscope: a, scops: {}, scopes: {a: [], b: {}, c: c}}")
    assert [str(each.location).rpartition(":")[2] for each in found] == ["11", "28", "51", "58"]
