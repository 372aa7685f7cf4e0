"""What the author of an artifact meets: the base class of what makes files of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from lhp.core.base_generator import Config, Context
from lhp.core.templated import Templated
from lhp.errors import LhpError

SCOPES = ("run", "pipeline")
"""What an artifact is made of: `run`, the default, or each pipeline of it by itself."""


class BaseArtifact(Templated):
    """Turns a run, or each of its pipelines, into files.

    An artifact need not be a subclass; whatever has a `build(run)` is one.
    """

    scope: ClassVar[str] = SCOPES[0]
    """`run`: once, when all pipelines are generated. `pipeline`: for each one, also with `-p`."""

    Config: ClassVar[type[Config]] = Config

    config: Any = None
    """The plugin's own settings, from its declaration."""

    context = Context()
    """Reads files and sections of lhp.yaml; without what only an action has."""

    def check(self) -> Iterable[LhpError | str]:
        """Return what is wrong with what the artifact reads; asked also when flowgroups are faulty.

        A text is told at the plugin's declaration.
        """
        return ()

    def build(self, run: Mapping[str, Any]) -> Mapping[str, str]:
        """Return the files to write: text by path.

        Paths are relative to the project root, or to the pipeline's folder of the output where
        `scope` is `pipeline`.

        Args:
            run: `env`, `project_name`, `pipeline` (empty for a whole run), `flowgroups` (resolved),
                `files` (paths of the generated modules), and `notes`: what generators noted for
                this artifact, each with `pipeline`, `flowgroup`, `action` and `note`.
        """
        raise NotImplementedError

    def render_template(self, values: Mapping[str, Any]) -> str:
        """Return the code template filled in; every value becomes a Python literal.

        Args:
            values: What its names stand for.

        Raises:
            LhpError: When the template is missing or at fault, at its line.
        """
        return self.rendered(self.context.renderer, self.template_name(), values)
