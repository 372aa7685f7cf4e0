"""Secrets in Python of the user become calls wherever they stand in a text."""

from __future__ import annotations

import ast

import pytest

from lhp.builtin.python_secrets import module_with_secrets, secrets_as_calls
from lhp.errors import LhpError, Location
from lhp.model.flowgroup import SecretReference

HERE = str(SecretReference("db", "pw"))
OTHER = str(SecretReference("db", "user"))
CALL = 'dbutils.secrets.get(scope="db", key="pw")'
SINGLE = CALL.replace('"', "'")
USER = CALL.replace("pw", "user")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 'HERE'", f"x = {CALL}"),
        ("f('a=HERE;b=OTHER;')", f"f(('a=' + {CALL} + ';b=' + {USER} + ';'))"),
        ("x = 'ä', 'a' 'b=HERE'", f"x = 'ä', ('ab=' + {CALL})"),
        # An f-string gets a field, in the quotes that Python 3.10 can read there.
        ('x = f"{u}:HERE@{h}"', f'x = f"{{u}}:{{{SINGLE}}}@{{h}}"'),
        ("x = rf'{u}HERE'", f"x = rf'{{u}}{{{CALL}}}'"),
        ('x = f"""{u}\n\'HERE\' HERE {{HERE}}"""', f'x = f"""{{u}}\n\'{{{SINGLE}}}\' {{{SINGLE}}} {{{{{{{SINGLE}}}}}}}"""'),
        ("x = (f'{u}'\n f'HERE')", f"x = (f'{{u}}'\n f'{{{CALL}}}')"),
        # Nobody runs these.
        ("x = 1  # HERE, ä", "x = 1  # ${secret:db/pw}, ä"),
        ("def f():\n    '''HERE'''\n    return 'HERE'  # HERE", f"def f():\n    '''${{secret:db/pw}}'''\n    return {CALL}  # ${{secret:db/pw}}"),
        ("x = 'lhp_secret_0_', 'HERE'\r\ny = 1", f"x = 'lhp_secret_0_', {CALL}\ny = 1"),
        ("x = 1", "x = 1"),
    ],
)  # fmt: skip
def test_a_secret_in_a_text_becomes_a_call(text: str, expected: str) -> None:
    made = secrets_as_calls(text.replace("HERE", HERE).replace("OTHER", OTHER), Location("a.py"))
    assert made == expected
    ast.parse(made)


@pytest.mark.parametrize(
    "line",
    [
        "x = HERE",
        "x = b'HERE'",
        "x = f'{d[\"HERE\"]}'",
        "x = f'{n:HERE}'",
        "x = f'{HERE}'",
        "x = f'{y}HERE' f\"z\"",
    ],
)
def test_a_secret_elsewhere_is_refused_at_its_place(line: str) -> None:
    with pytest.raises(LhpError) as caught:
        secrets_as_calls(f"\n{line}".replace("HERE", HERE), Location("a.py"))
    assert (
        f"{caught.value.code.id} {caught.value.location}"
        == f"LHP-VAL-169 a.py:2:{line.index('HERE') + 1}"
    )


@pytest.mark.parametrize("pattern", ["'HERE'", "{'HERE': y}", "['a', 'u=HERE']", "'a' | 'HERE'"])
def test_a_secret_in_a_pattern_is_refused(pattern: str) -> None:
    text = f"match x:\n    case {pattern}:\n        y = 1".replace("HERE", HERE)
    with pytest.raises(LhpError) as caught:
        secrets_as_calls(text, Location("a.py"))
    where = caught.value.location
    assert (caught.value.code.id, where and where.line) == ("LHP-VAL-169", 2)


def test_the_guard_of_a_pattern_may_hold_a_secret() -> None:
    text = f"match x:\n    case y if y == '{HERE}':\n        z = '{HERE}'"
    made = secrets_as_calls(text, Location("a.py"))
    assert made == f"match x:\n    case y if y == {CALL}:\n        z = {CALL}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 'HERE'\n", f"import\nx = {CALL}\n"),
        (
            '"""Says."""\nfrom __future__ import annotations\n\n@wraps\ndef f():\n    return "HERE"\n',
            f'"""Says."""\nfrom __future__ import annotations\n\nimport\n@wraps\ndef f():\n    return {CALL}\n',
        ),
        ('"""HERE"""', '"""${secret:db/pw}"""'),
        ("x = 1", "x = 1"),
    ],
)
def test_a_module_imports_what_asks_for_secrets(text: str, expected: str) -> None:
    line = "from databricks.sdk.runtime import dbutils"
    made = module_with_secrets(text.replace("HERE", HERE), "a.py")
    assert made == expected.replace("import\n", f"{line}\n").replace(
        f"annotations\n\n{line}", f"annotations\n\n{line}"
    )
