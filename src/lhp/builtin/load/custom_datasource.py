"""Reads a source that a Python class of the user makes known to Spark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from lhp.builtin.data_sources import (
    DATA_SOURCE_MODULES,
    data_source_problems,
    import_data_source,
)
from lhp.builtin.stream_options import OptionValue, empty_option_problems
from lhp.core.base_generator import (
    BaseActionGenerator,
    Context,
    Options,
    RuntimeRequirements,
)
from lhp.core.render import Identifier
from lhp.errors import LhpError
from lhp.model.flowgroup import Action

_CLASS = "custom_datasource_class"


class CustomDataSourceOptions(Options):
    """What `source` takes for `type: custom_datasource`."""

    module_path: str = Field(
        description="Python file with the class, relative to the project root.",
        examples=["data_sources/weather.py"],
    )
    custom_datasource_class: str = Field(
        description="The class, a `DataSource` of PySpark.",
        examples=["WeatherSource"],
    )
    reader_options: Mapping[str, OptionValue] = Field(
        {},
        alias="options",
        description="Options of the reader; the class gets them as texts.",
        examples=[{"station": "north", "token": "${secret:weather/token}"}],
    )


class CustomDataSourceLoadGenerator(BaseActionGenerator):
    """A Python data source of the user; its file is copied, its class registered with Spark.

    Source: Apache Spark, "Python Data Source API".
    """

    Options = CustomDataSourceOptions
    default_read_mode = "stream"

    def check(self, action: Action, context: Context) -> Iterable[LhpError]:  # noqa: ARG002  (the interface)
        """Return what is wrong with the class."""
        yield from data_source_problems(action, self, _CLASS)
        yield from empty_option_problems(action)

    def runtime_requirements(self, action: Action, context: Context) -> RuntimeRequirements:  # noqa: ARG002  (the interface)
        """Return what Spark's own part of a Python data source imports."""
        return RuntimeRequirements(modules=DATA_SOURCE_MODULES)

    def values(self, action: Action, context: Context) -> Mapping[str, Any]:
        """Return the class, what Spark calls it, and the reader."""
        source_class, source_format = import_data_source(action, self, _CLASS)
        return {
            "source_class": source_class,
            "source_format": source_format,
            "reader": Identifier("readStream" if self.is_streaming(action, context) else "read"),
        }
