"""The sections of lhp.yaml that artifacts read as models; apart, as the other models take long."""

from __future__ import annotations

from pydantic import Field

from lhp.model.shape import Shape

Text = str


class ReportingSection(Shape):
    """Who gets the results of the tests that have a `test_id`."""

    module_path: Text = Field(
        description="Python file that holds the function, relative to the project root.",
        examples=["reporting/publish.py"],
    )
    function_name: Text = Field(
        description="Function that gets `results`, `config`, `context` and `spark`.",
        examples=["publish_results"],
    )
    config_file: Text | None = Field(
        None,
        description="YAML or JSON file whose content the function gets as `config`; tokens apply.",
        examples=["config/reporting.yaml"],
    )


class TaggingSection(Shape):
    """How Unity Catalog tags are set when a pipeline runs."""

    enabled: bool = Field(default=True, description="False sets no tags, and looks at none.")
    remove_undeclared_tags: bool = Field(
        default=False,
        description="True removes other tags from tables and columns with declared tags.",
    )
    tag_update_concurrency: int = Field(
        16,
        ge=1,
        le=20,
        description="How many tables and columns are worked on at a time.",
        examples=[8],
    )
    max_allowable_consecutive_failures: int | None = Field(
        None,
        ge=0,
        description="Failures in a row after which the hook is switched off; never when absent.",
        examples=[3],
    )
