"""Python data sources of the user: classes that generated code registers with Spark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lhp.builtin.user_functions import function_problems, import_function, module_text
from lhp.core.base_generator import BaseActionGenerator
from lhp.core.literals import Code, Identifier
from lhp.errors import LhpError
from lhp.model.flowgroup import Action
from lhp.text.python_modules import PACKAGE
from lhp.text.python_source import ClassFacts, read_module

DATA_SOURCE_MODULES = ("pyarrow",)
"""What Spark's own part of a Python data source imports."""

_BASE = "DataSource"


def data_source_problems(
    action: Action, generator: BaseActionGenerator, key: str
) -> Iterator[LhpError]:
    """Yield what is wrong with the class that an option of an action names."""
    return function_problems(action, generator, key, "class")


def import_data_source(
    action: Action, generator: BaseActionGenerator, key: str
) -> tuple[Identifier, str]:
    """Import the class, and what lets Spark send it to its workers.

    `data_source_problems` has copied its file.

    Source: Apache Spark, "Python Data Source API".

    Returns:
        The class, and the format by which Spark calls it: a text where the file says it plainly,
        else code that asks the class.
    """
    name = import_function(action, generator, key)
    generator.add_import(f"import {PACKAGE}")
    generator.add_import("from pyspark import cloudpickle as _lhp_cloudpickle")
    classes = read_module(module_text(action, generator)).classes
    return name, _format_of(name, classes) or Code(f"{name}.name()")


def _format_of(name: str, classes: Mapping[str, ClassFacts]) -> str:
    seen: set[str] = set()
    each = name
    while each in classes and each not in seen:
        seen.add(each)
        facts = classes[each]
        if "name" in facts.members:
            said = facts.returned.get("name")
            return said if isinstance(said, str) else ""
        each = facts.bases[0] if facts.bases else _BASE
    # What no class says is the name of the class.
    return str(name) if each == _BASE else ""
