"""Makes the module that hands the results of a pipeline's tests to a function of the user."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from typing import Any

from lhp.core.base_artifact import BaseArtifact
from lhp.core.literals import identifier
from lhp.errors import (
    FILE_MISSING,
    FUNCTION_MISSING,
    REPORTING_FILE_MISSING,
    LhpError,
    Location,
    nearest,
)
from lhp.model.files import ReportingSection
from lhp.model.source import NOWHERE, locate
from lhp.text.python_modules import copied_modules, module_name
from lhp.text.python_source import read_module

_PACKAGE = "test_reporting_providers"


class ReportingArtifact(BaseArtifact):
    """An event hook that collects results, and a copy of the file that holds the function.

    Source: Databricks, "Define custom event hooks".
    """

    scope = "pipeline"

    def build(self, run: Mapping[str, Any]) -> Mapping[str, str]:
        """Return the hook and the copies, where a test of the pipeline has a `test_id`.

        Raises:
            LhpError: When a file of the section is missing, or the function.
            LhpErrors: Everything that is wrong in the files.
        """
        section = self.context.section("test_reporting")
        if not section:
            return {}
        settings = ReportingSection(**section)
        copies = self._copies(settings, section)
        config: Any = {}
        if settings.config_file is not None:
            read = self.context.read_yaml
            config = self._read(read, settings.config_file, section, "config_file")
        notes = [entry["note"] for entry in run["notes"]]
        if not notes:
            return {}
        values = {
            "doc": f"Hands the results of this pipeline's tests to {settings.function_name}().",
            "config": {} if config is None else config,
            "function": identifier(settings.function_name),
            "module": module_name(settings.module_path),
            "pipeline": run["pipeline"],
            "test_ids": {note["table"]: note["test_id"] for note in notes},
        }
        return {"_test_reporting_hook.py": self.render_template(values), **copies}

    def _copies(self, settings: ReportingSection, section: Mapping[str, Any]) -> Mapping[str, str]:
        context, name = self.context, settings.function_name
        path = posixpath.normpath(settings.module_path.replace("\\", "/"))
        folder = posixpath.dirname(path)
        text = self._read(context.read_text, settings.module_path, section, "module_path")
        known = {*context.list_files(folder or ".")} - {posixpath.join(folder, "__init__.py")}

        def read(file: str) -> str | None:
            if file == path:
                return str(text)
            return context.read_text(file) if file in known else None

        at = locate(section, ("module_path",)) or NOWHERE
        copies = copied_modules(path, read, context.list_files, at, _PACKAGE)
        at_name = locate(section, ("function_name",))
        try:
            identifier(name)
        except LhpError as error:
            raise error.code.at(at_name, **error.values) from None
        module = read_module(text)
        if name not in module.names and not module.is_dynamic:
            near = nearest(name, module.names)
            raise FUNCTION_MISSING.at(at_name, path=path, what="function", name=name, nearest=near)
        return copies

    def _read(
        self,
        read: Callable[[str], Any],
        path: str,
        section: Mapping[str, Any],
        key: str,
    ) -> Any:
        try:
            return read(path)
        except LhpError as error:
            at: Location | None = locate(section, (key,))
            if error.code == FILE_MISSING:
                near = error.values["nearest"]
                raise REPORTING_FILE_MISSING.at(at, key=key, path=path, nearest=near) from None
            raise error.code.at(at, **error.values) from None
