"""Substitution: tokens and secrets in values and in whole files."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhp.errors import LhpError, LhpErrors, Location
from lhp.model.flowgroup import SecretReference
from lhp.model.source import TokenText, Unresolved, YamlMap, locate
from lhp.passes.substitution import (
    Tokens,
    deprecations,
    substitute,
    substitute_text,
)
from lhp.text.yaml_reader import read_yaml

TOKENS = Tokens(
    "dev",
    {
        "catalog": "dev_cat",
        "env": "dev",
        "num": "5",
        "list": ["x", 1],
        "map": {"key": "v", "n": 7, "off": False, "none": None, "deep": {"k": "d"}},
        "password": "${secret:kv/pw}",
        "opts": {"pw": "${secret:kv/pw}"},
        "broken": "${nowhere}",
        "key": "abc",
    },
    {"kv": "dev-vault"},
    "main",
)
NO_SCOPE = Tokens("dev", {})


def read(text: str) -> Any:
    return read_yaml(text.encode(), "f.yaml")[0].data


def value_of(text: str, tokens: Tokens = TOKENS) -> Any:
    data = YamlMap(Location("f.yaml", 1, 1))
    data.put("x", text, data.location, Location("f.yaml", 1, 4))
    return substitute(data, tokens)[0]["x"]


def problems_of(text: str, tokens: Tokens = TOKENS) -> list[LhpError]:
    data = YamlMap(Location("f.yaml", 1, 1))
    data.put("x", text, data.location, Location("f.yaml", 1, 4))
    replaced, problems = substitute(data, tokens)
    assert isinstance(replaced["x"], Unresolved)
    return [each for each in problems if not each.is_warning]


def file_problems(text: str, path: str = "sql/a.sql") -> list[LhpError]:
    with pytest.raises(LhpErrors) as caught:
        substitute_text(text, path, TOKENS)
    return list(caught.value.problems)


def secret(scope: str, key: str) -> str:
    return str(SecretReference(scope, key))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${catalog}.s", "dev_cat.s"),
        ("${catalog}${env}", "dev_catdev"),
        ("{catalog}.s", "dev_cat.s"),
        ("${map.key}/t", "v/t"),
        ("${map.deep.k}/t", "d/t"),
        ("v${map.n}", "v7"),
        ("v${map.off}", "vfalse"),
        ("{{catalog}}", "{{catalog}}"),
        ("{{ catalog }}", "{{ catalog }}"),
        ("${ catalog }", "${ catalog }"),
        ("${catalog:x}", "${catalog:x}"),
        ("${bundle.target}", "${bundle.target}"),
        ("${catalog.x}", "${catalog.x}"),
        ("${workspace.file_path}/${env}", "${workspace.file_path}/dev"),
        ("[0-9]{8} {unknown} {}", "[0-9]{8} {unknown} {}"),
        ("{${env}}", "{dev}"),
        ("$ {env", "$ {env"),
    ],
)
def test_only_what_is_a_token_is_replaced(text: str, expected: str) -> None:
    assert value_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${list}", ["x", 1]),
        ("${map.deep}", {"k": "d"}),
        ("{list}", ["x", 1]),
        ("${opts}", {"pw": secret("dev-vault", "pw")}),
    ],
)
def test_a_whole_value_becomes_the_map_or_list_of_its_token(text: str, expected: Any) -> None:
    assert value_of(text) == expected


@pytest.mark.parametrize("text", ["${num}", "{num}", "${map.n}"])
def test_a_whole_value_knows_that_it_came_from_a_token(text: str) -> None:
    assert isinstance(value_of(text), TokenText)


@pytest.mark.parametrize("text", ["${num}0", "5", "a"])
def test_other_text_is_text(text: str) -> None:
    assert not isinstance(value_of(text), TokenText)


def test_text_that_came_from_a_template_stays_so() -> None:
    assert isinstance(value_of(TokenText("1${num}")), TokenText)
    assert isinstance(value_of(TokenText("15")), TokenText)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${secret:kv/pw}", secret("dev-vault", "pw")),
        ("${secret:other/pw}", secret("other", "pw")),
        ("${secret:pw}", secret("main", "pw")),
        ("u=${secret:a/b};p=${secret:c/d}", f"u={secret('a', 'b')};p={secret('c', 'd')}"),
        ("${password}", secret("dev-vault", "pw")),
        ("x${password}", f"x{secret('dev-vault', 'pw')}"),
        ("${secret:${env}/${key}}", secret("dev", "abc")),
        ("${secret:{env}/k.1-_}", secret("dev", "k.1-_")),
        ("${secret:team@x.y/k}", secret("team@x.y", "k")),
    ],
)
def test_a_secret_becomes_its_mark(text: str, expected: str) -> None:
    assert value_of(text) == expected


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("${unknown}", "LHP-CFG-010", "'${unknown}' has no value in environment 'dev'"),
        ("%{unknown}", "LHP-CFG-010", "in a template or a token"),
        ("${broken}", "LHP-CFG-010", "'${nowhere}'"),
        ("${map.kye}", "LHP-CFG-010", "in the token 'map'"),
        ("${map.deep.kk}", "LHP-CFG-010", "in the token 'map.deep'"),
        ("${map.key.x}", "LHP-CFG-010", "in the token 'map.key'"),
        ("${map.none}", "LHP-CFG-156", "'map.none' is empty"),
        ("x${map.none}", "LHP-CFG-156", "'map.none' is empty"),
        ("x${map}", "LHP-CFG-158", "'map' is a map"),
        ("x{list}", "LHP-CFG-158", "'list' is a list"),
        ("${secret:/k}", "LHP-CFG-059", "'${secret:/k}'"),
        ("${secret:s/}", "LHP-CFG-059", "'${secret:s/}'"),
        ("${secret:}", "LHP-CFG-059", "'${secret:}'"),
        ("${secret:s/k", "LHP-CFG-059", "'${secret:s/k'"),
        ("${secret:a b/k}", "LHP-VAL-008", "the scope 'a b'"),
        ("${secret:s/k/l}", "LHP-VAL-008", "the key 'k/l'"),
        ("${secret:s/" + "k" * 129 + "}", "LHP-VAL-008", "the key 'kkk"),
    ],
)
def test_what_cannot_be_replaced_is_told_at_its_place(text: str, code: str, words: str) -> None:
    (problem,) = problems_of(text)
    assert problem.code.id == code
    assert words in problem.message
    assert problem.location == Location("f.yaml", 1, 4)


@pytest.mark.parametrize("text", [secret("a", "b"), "\udcfe", "x\udcff"])
def test_a_mark_that_no_secret_made_is_refused(text: str) -> None:
    (problem,) = problems_of(text)
    assert problem.code.id == "LHP-CFG-164"
    assert problem.message.isascii()
    assert file_problems(text)[0].code.id == "LHP-CFG-164"


def test_the_nearest_token_is_named() -> None:
    assert problems_of("${catlog}")[0].hint == "did you mean 'catalog'?"
    assert problems_of("${map.kye}")[0].hint == "did you mean 'key'?"
    assert problems_of("%{catlog}")[0].hint == ""


def test_a_secret_without_scope_needs_a_default() -> None:
    (problem,) = problems_of("${secret:pw}", NO_SCOPE)
    assert problem.code.id == "LHP-CFG-008"
    assert "write ${secret:scope/pw}" in problem.hint


def test_all_problems_are_told_together() -> None:
    _, problems = substitute(read("a: '${x} %{y}'\nb: ['x${map}', '${secret:s/}']"), TOKENS)
    assert sorted(p.code.id for p in problems) == [
        "LHP-CFG-010",
        "LHP-CFG-010",
        "LHP-CFG-059",
        "LHP-CFG-158",
    ]


def test_keys_are_never_replaced() -> None:
    assert substitute(read("'${env}': {'{env}': 1}"), TOKENS)[0] == {"${env}": {"{env}": 1}}


def test_places_are_kept() -> None:
    data, _ = substitute(read("a:\n  - b: '${env}'"), TOKENS)
    assert locate(data, ("a", 0, "b")) == Location("f.yaml", 2, 8)


def test_the_old_form_is_warned_of_once_for_each_file() -> None:
    _, warnings = substitute(read("a: '{env} {catalog}'\nb: '{env}'\nc: '{8}'"), TOKENS)
    (warning,) = warnings
    assert warning.code.id == "LHP-DEPR-001"
    assert str(warning.location) == "f.yaml:1:4"
    assert warning.hint == "write ${env}"


def test_values_that_multiply_are_stopped() -> None:
    tokens = Tokens("dev", {"long": "x" * 1_000_000})
    with pytest.raises(LhpError, match="grow beyond"):
        substitute(read("x: ['${long}', 'a${long}', '${long}', '${long}', '${long}']"), tokens)


def test_leftovers_of_any_value_are_found() -> None:
    value = ["${a} ${b.c} {d} %{e}", {"k": "${list1}"}, "x"]
    _, found = substitute(value, TOKENS, Location("g"))
    assert [p.values["text"] for p in found] == ["${a}", "%{e}", "${list1}"]
    assert found[2].hint == "did you mean 'list'?"


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.sql", "select\n'${env}', {env}, '[0-9]{4}'", "select\n'dev', dev, '[0-9]{4}'"),
        ("a.sql", "'${secret:kv/pw}'", f"'{secret('dev-vault', 'pw')}'"),
        ("a.py", "'${password}'", f"'{secret('dev-vault', 'pw')}'"),
        ("a.sql", "'${password}' %{x}", f"'{secret('dev-vault', 'pw')}' %{{x}}"),
        ("a.py", 'f"{catalog}.x ${env}"', 'f"{catalog}.x dev"'),
        ("a.py", 'f"${price}"', 'f"${price}"'),
        ("a.ddl", "a ${map.key}", "a v"),
    ],
)
def test_a_file_is_substituted_as_text(path: str, text: str, expected: str) -> None:
    assert substitute_text(text, path, TOKENS) == expected


@pytest.mark.parametrize(
    ("path", "text", "code", "place"),
    [
        ("a.sql", "select\n  ${unknown}", "LHP-CFG-010", "a.sql:2:3"),
        ("a.sql", "${env}\n\n x ${env} ${unknown}", "LHP-CFG-010", "a.sql:3:11"),
        ("a.sql", "x ${broken}", "LHP-CFG-010", "a.sql:1:3"),
        ("a.sql", "\n${list}", "LHP-CFG-158", "a.sql:2:1"),
        ("a.sql", "\n '${secret:s/}'", "LHP-CFG-059", "a.sql:2:3"),
        ("a.py", "\nx = '${secret:s/}'", "LHP-CFG-059", "a.py:2:6"),
    ],
)
def test_problems_in_a_file_tell_line_and_column(
    path: str, text: str, code: str, place: str
) -> None:
    (problem,) = file_problems(text, path)
    assert (problem.code.id, str(problem.location)) == (code, place)


def test_the_old_form_in_a_file_is_warned_of_once() -> None:
    (warning,) = deprecations("select\n {8} {env} {env}", "a.sql", TOKENS)
    assert str(warning.location) == "a.sql:2:6"
    assert deprecations("${env} {8}", "a.sql", TOKENS) == ()
    assert deprecations("f'{env}'", "a.py", TOKENS) == ()


@given(st.text().filter(lambda text: not {*"{\udcfe\udcff"} & {*text}))
def test_text_without_tokens_is_the_same(text: str) -> None:
    assert value_of(text) == text
    assert substitute_text(text, "a.sql", TOKENS) == text
    assert substitute_text(text, "a.py", TOKENS) == text


PIECES = st.sampled_from(
    ["${", "{", "}", "%{", "secret:", "/", ".", "env", "map", "list", "key", "password", "\n", "$"]
)


@given(st.lists(PIECES | st.characters()).map("".join), st.sampled_from(["a.sql", "a.py"]))
def test_nothing_but_our_errors_comes_out(text: str, path: str) -> None:
    with suppress(LhpErrors):
        value_of(text)
    with suppress(LhpErrors):
        substitute_text(text, path, TOKENS)
