"""The `dbutils` that generated code meets: secrets come from variables or from a file."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import yaml

from lhp.errors import RUN_MOCKED, SECRET_MISSING, SECRETS_UNREAD, Location

FILE = "secrets.local.yaml"


class LocalDbutils:
    """Stands in for `dbutils`.

    Args:
        root: The project's folder.
    """

    def __init__(self, root: Path) -> None:
        self.secrets = LocalSecrets(root)

    def __getattr__(self, name: str) -> Any:
        """Refuse what has no meaning here."""
        if name.startswith("__"):
            raise AttributeError(name)
        raise RUN_MOCKED.at(name=name)


class LocalSecrets:
    """Stands in for `dbutils.secrets`.

    Args:
        root: The project's folder.
    """

    def __init__(self, root: Path) -> None:
        self._file = root / FILE
        self._given: set[str] = set()

    def get(self, scope: str, key: str) -> str:
        """Return a secret.

        Args:
            scope: Of the secret store.
            key: In that scope.

        Raises:
            LhpError: SECRET_MISSING, SECRETS_UNREAD.
        """
        name = variable(scope, key)
        value = os.environ.get(name)
        if value is None:
            value = self._written().get(scope, {}).get(key)
        if value is None:
            raise SECRET_MISSING.at(scope=scope, key=key, variable=name, file=FILE)
        self._given.add(str(value))
        return str(value)

    def hidden(self, text: str) -> str:
        """Return a text without the secrets that were given."""
        for value in sorted(self._given - {""}, key=len, reverse=True):
            text = text.replace(value, "[secret]")
        return text

    def getBytes(self, scope: str, key: str) -> bytes:  # noqa: N802  (the platform's name)
        """Return a secret as bytes."""
        return self.get(scope, key).encode()

    def _written(self) -> dict[str, dict[str, Any]]:
        if not self._file.is_file():
            return {}
        try:
            known = yaml.safe_load(self._file.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else 1
            # Neither its words nor the line itself: they may show a secret.
            raise SECRETS_UNREAD.at(Location(FILE), line=line) from None
        scopes = known if isinstance(known, dict) else {}
        return {scope: keys for scope, keys in scopes.items() if isinstance(keys, dict)}


def variable(scope: str, key: str) -> str:
    """Return the name of the variable that a secret comes from: `LHP_SECRET_<SCOPE>_<KEY>`."""
    return re.sub(r"[^A-Za-z0-9]", "_", f"LHP_SECRET_{scope}_{key}").upper()
