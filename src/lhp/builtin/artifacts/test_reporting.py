"""Makes the module that hands the results of a pipeline's tests to a function of the user."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lhp.builtin.python_secrets import module_with_secrets
from lhp.core.base_artifact import BaseArtifact
from lhp.core.literals import identifier
from lhp.errors import (
    FILE_MISSING,
    FUNCTION_MISSING,
    REPORTING_FILE_MISSING,
    LhpError,
    LhpErrors,
    Location,
    nearest,
)
from lhp.model.sections import ReportingSection
from lhp.model.source import NOWHERE, locate
from lhp.text.python_modules import copied_modules, module_name
from lhp.text.python_source import read_module

_PACKAGE = "test_reporting_providers"


class ReportingArtifact(BaseArtifact):
    """An event hook that collects results, and a copy of the file that holds the function.

    Source: Databricks, "Define custom event hooks".
    """

    scope = "pipeline"

    def check(self) -> Iterator[LhpError]:
        """Yield what is wrong with the function and its settings, with tests or without."""
        section = self._section()
        for read in (self._copies, self._settings) if section else ():
            try:
                read(section)
            except LhpError as problem:
                yield problem
            except LhpErrors as problems:
                yield from problems.problems

    def build(self, run: Mapping[str, Any]) -> Mapping[str, str]:
        """Return the hook and the copies, where a test of the pipeline has a `test_id`."""
        section, notes = self._section(), [entry["note"] for entry in run["notes"]]
        if not section or not notes:
            return {}
        settings = ReportingSection(**section)
        values = {
            "doc": f"Hands the results of this pipeline's tests to {settings.function_name}().",
            "config": self._settings(section),
            "function": identifier(settings.function_name),
            "module": module_name(settings.module_path),
            "pipeline": run["pipeline"],
            "test_ids": {note["table"]: note["test_id"] for note in notes},
        }
        return {"_test_reporting_hook.py": self.render_template(values), **self._copies(section)}

    def _section(self) -> Mapping[str, Any]:
        return self.context.section("test_reporting")

    def _settings(self, section: Mapping[str, Any]) -> Any:
        path = ReportingSection(**section).config_file
        if path is None:
            return {}
        settings = self._read(self.context.read_yaml, path, section, "config_file")
        return {} if settings is None else settings

    def _copies(self, section: Mapping[str, Any]) -> Mapping[str, str]:
        settings = ReportingSection(**section)
        context, name = self.context, settings.function_name
        path = posixpath.normpath(settings.module_path.replace("\\", "/"))
        folder = posixpath.dirname(path)
        written = self._read(context.read_text, settings.module_path, section, "module_path")
        text = module_with_secrets(str(written), path)
        known = {*context.list_files(folder or ".")} - {posixpath.join(folder, "__init__.py")}

        def read(file: str) -> str | None:
            if file == path:
                return text
            return module_with_secrets(context.read_text(file), file) if file in known else None

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
