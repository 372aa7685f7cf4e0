"""What the code that a foreign generator makes may hold, checked where it comes back.

A list that makes a review possible, no wall: code that means harm can be written without any of
these. What it does when the pipeline runs is for who reads the generated code to see.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any

from lhp.core.base_generator import Generated
from lhp.core.permissions import Permissions
from lhp.model.flowgroup import MARK
from lhp.model.source import texts_in
from lhp.text.python_findings import Use, uses_in

_OF_SPARK = frozenset({"__future__", "databricks", "delta", "dlt", "pyspark"})
_OF_MACHINE = frozenset(
    {"builtins", "code", "ctypes", "importlib", "marshal", "multiprocessing", "os", "pickle"}
    | {"pty", "runpy", "shutil", "socket", "subprocess", "_posixsubprocess", "posix", "nt"}
)


def beyond_granted(
    generated: Generated, given: Iterable[Any], granted: Permissions
) -> Iterator[Use]:
    """Yield what the code of a generator does that it may not, each once.

    It may import Spark, harmless modules of the standard library, and those that it was granted;
    other packages as well where its declaration grants none. It may ask for the secrets that it
    was given, and for those that it was granted.

    Args:
        generated: What the generator made.
        given: The values that it got: options and settings.
        granted: What its declaration asks for, which its user approved.
    """
    texts = (text for each in given for text in texts_in(each))
    secrets = {"/".join(names) for text in texts for names in MARK.findall(text)}
    python = (text for path, text in generated.files.items() if path.endswith(".py"))
    seen: set[tuple[str, str]] = set()
    for text in ("\n".join([*generated.imports, generated.code]), *python):
        for use in uses_in(text.encode("utf-8", "replace")):
            is_known = (use.verb, use.name) in seen
            if not is_known and not _may(use, secrets, granted):
                yield use
            seen.add((use.verb, use.name))


def _may(use: Use, secrets: set[str], granted: Permissions) -> bool:
    if use.verb == "uses":
        return use.name in granted.emits_calls
    if use.verb == "asks for":
        is_granted = (fnmatchcase(use.name, pattern) for pattern in granted.emits_secrets)
        return use.name in secrets or any(is_granted)
    parts = use.name.split(".")
    names = {".".join(parts[:count]) for count in range(1, len(parts) + 1)}
    if not names.isdisjoint(granted.emits_imports | _OF_SPARK):
        return True
    is_standard = parts[0] in sys.stdlib_module_names
    return parts[0] not in _OF_MACHINE if is_standard else not granted.emits_imports
