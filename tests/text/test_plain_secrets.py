"""Which values of YAML are told and hidden as secrets in plain text."""

from __future__ import annotations

import pytest

from lhp.text.plain_secrets import (
    hidden,
    is_plain_secret,
    may_hold_secrets,
    plain_secrets_in,
)

RANDOM = "Zm9vYmFyYmF6cXV4MTIz"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("password", "hunter2"),
        ("PASSWORD", "hunter2"),
        ("db_password", "hunter2"),
        ("dbPassword", "hunter2"),
        ("kafka.ssl.truststore.password", "hunter2"),
        ("passwd", "hunter2"),
        ("pwd", "hunter2"),
        ("token", "dapi0123"),
        ("access-token", "dapi0123"),
        ("client_secret", "x y z"),
        ("api_key", RANDOM),
        ("apiKey", RANDOM),
        ("fs.azure.account.key", RANDOM),
        ("key", RANDOM),
    ],
)
def test_a_key_calls_its_value_a_secret(key: str, value: str) -> None:
    assert is_plain_secret(key, value)
    assert may_hold_secrets(f"{key}: {value}".encode())
    assert [*plain_secrets_in([f"  - {{user: ada, {key}: {value}}}  # that"])] == [value]
    assert [*plain_secrets_in([f'"{key}": "{value}"'])] == [value]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("password", "${secret:prod/db}"),
        ("password", "${db_password}"),
        ("password", "{{ password }}"),
        ("password", "%{password}"),
        ("password", ""),
        ("password", None),
        ("password", 7),
        ("password", True),
        ("password_column", "hunter2"),
        ("passwords", "hunter2"),
        ("tokenizer", "words"),
        ("compass", "north"),
        ("key", "customer_id"),
        ("primary_key", "customer_id"),
        ("keys", RANDOM),
        ("monkey", RANDOM),
        ("key", "a long text with 3 words"),
    ],
)
def test_what_is_no_secret_is_left_alone(key: str, value: object) -> None:
    assert not is_plain_secret(key, value)


def test_a_secret_is_hidden_wherever_it_stands() -> None:
    assert hidden("hunter2 is not hunter, ab", ["hunter2", "hunter", "ab"]) == "*** is not ***, ab"
