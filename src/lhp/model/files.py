"""What each kind of YAML file may hold; the published schemas are built from these models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from lhp.model.shape import Shape

Text = str
Scalar = bool | int | float | str
MetadataSelection = bool | Sequence[str]


class ActionKeys(Shape):
    """The keys that every action may have, whatever its kind."""

    name: Text = Field(description="Name of the action, unique in its flowgroup.")
    type: Literal["load", "transform", "write", "test"] = Field(
        description="Kind of the action: load, transform, write or test."
    )
    target: Text | None = Field(None, description="View that a load or a transform makes.")
    description: Text | None = Field(None, description="What the action does; becomes a docstring.")
    readMode: Literal["batch", "stream"] | None = Field(  # noqa: N815  (the key as users write it)
        None, description="How the source is read: `batch` or `stream`."
    )
    operational_metadata: MetadataSelection | None = Field(
        None, description="Metadata columns to add, by name; `false` adds none."
    )
    depends_on: Sequence[str] | None = Field(
        None, description="Tables that this action depends on without reading them by name."
    )
    once: bool | None = Field(None, description="Run the flow one time only, as a backfill.")


class FlowGroupKeys(Shape):
    """One flowgroup."""

    pipeline: Text = Field(description="Name of the pipeline; a folder of the generated code.")
    flowgroup: Text = Field(description="Name of the flowgroup; a generated module.")
    description: Text | None = Field(None, description="What the flowgroup is for.")
    job_name: Text | None = Field(None, description="Orchestration job that it belongs to.")
    variables: Mapping[str, Scalar] | None = Field(
        None, description="Local variables, used as `%{name}` in this flowgroup."
    )
    presets: Sequence[str] = Field((), description="Presets to apply, the last one strongest.")
    use_template: Text | None = Field(
        None, description="Template to take actions from: its path under templates/, no suffix."
    )
    template_parameters: Mapping[str, Any] | None = Field(
        None, description="Values of the template's parameters."
    )
    operational_metadata: MetadataSelection | None = Field(
        None, description="Metadata columns to add to every action that takes them, by name."
    )
    actions: Sequence[Mapping[str, Any]] = Field((), description="The steps of the flowgroup.")


class FlowGroupEntry(FlowGroupKeys):
    """One flowgroup of the array form; it may inherit `pipeline` from the file."""

    pipeline: Text | None = Field(  # type: ignore[assignment]  # (optional only here)
        None, description="Name of the pipeline; the file's own when absent."
    )


class FlowGroupArray(Shape):
    """A file with several flowgroups under shared keys."""

    flowgroups: Sequence[FlowGroupEntry] = Field(description="The flowgroups of this file.")
    pipeline: Text | None = Field(None, description="Pipeline of the flowgroups that name none.")
    job_name: Text | None = Field(None, description="Job of the flowgroups that name none.")
    presets: Sequence[str] | None = Field(None, description="Presets of those that name none.")
    use_template: Text | None = Field(None, description="Template of those that name none.")
    operational_metadata: MetadataSelection | None = Field(
        None, description="Metadata columns of the flowgroups that name none."
    )


class PresetFile(Shape):
    """A preset: defaults for actions by kind and sub-type."""

    name: Text = Field(description="Name that flowgroups, templates and presets refer to.")
    version: Scalar | None = Field(None, description="Version, for people.")
    description: Text | None = Field(None, description="What the preset is for.")
    extends: Text | None = Field(None, description="Preset that this one builds on.")
    defaults: PresetDefaults | None = Field(None, description="What the preset gives.")


class PresetDefaults(Shape):
    """What a preset gives where an action does not say it itself."""

    load_actions: Mapping[str, Mapping[str, Any]] | None = Field(
        None, description="By load sub-type: defaults for `source`."
    )
    transform_actions: Mapping[str, Mapping[str, Any]] | None = Field(
        None, description="By transform sub-type: defaults for the action."
    )
    write_actions: Mapping[str, Mapping[str, Any]] | None = Field(
        None, description="By write sub-type: defaults for `write_target`."
    )
    test_actions: Mapping[str, Mapping[str, Any]] | None = Field(
        None, description="By test sub-type: defaults for the action."
    )
    operational_metadata: Sequence[str] | None = Field(
        None, description="Metadata columns to add, by name."
    )
    defaults: Mapping[str, Any] | None = Field(
        None, description="Defaults for keys of the flowgroup itself."
    )


class ParameterEntry(Shape):
    """A parameter of a template or of a blueprint."""

    name: Text = Field(description="Name of the parameter.")
    required: bool = Field(default=False, description="True when each use must give it.")
    default: Any = Field(None, description="Value when a use does not give it.")
    type: Text | None = Field(None, description="Kind of value, for people.")
    description: Text | None = Field(None, description="What the parameter means.")


class TemplateFile(Shape):
    """A template: actions with `{{ parameters }}`."""

    name: Text = Field(description="Name for people; flowgroups refer to the file's path.")
    version: Scalar | None = Field(None, description="Version, for people.")
    description: Text | None = Field(None, description="What the template makes.")
    presets: Sequence[str] = Field((), description="Presets applied before the flowgroup's own.")
    parameters: Sequence[ParameterEntry] = Field((), description="What a use may or must give.")
    actions: Sequence[Mapping[str, Any]] = Field((), description="The actions, with `{{ }}`.")


class BlueprintFile(Shape):
    """A blueprint: whole flowgroups with `%{parameters}`."""

    name: Text = Field(description="Name that instances refer to.")
    version: Scalar | None = Field(None, description="Version, for people.")
    description: Text | None = Field(None, description="What the blueprint makes.")
    parameters: Sequence[ParameterEntry] = Field(description="What an instance may or must give.")
    flowgroups: Sequence[FlowGroupKeys] = Field(description="The flowgroups that it makes.")


class InstanceFile(Shape):
    """One use of a blueprint."""

    use_blueprint: Text = Field(description="Name of the blueprint.")
    parameters: Mapping[str, Any] | None = Field(None, description="Values of its parameters.")
    overrides: Mapping[str, Any] | None = Field(None, description="Reserved.")


class SecretsBlock(Shape):
    """Where secrets are kept."""

    default_scope: Text | None = Field(None, description="Scope of `${secret:key}`.")
    scopes: Mapping[str, str] | None = Field(None, description="Alias to real scope name.")


class PluginDeclaration(Shape):
    """One declared plugin."""

    name: Text = Field(
        description="What users write to use it: a sub-type, a filter, a command ...",
        pattern=r"^[a-z][a-z0-9_-]*$",
    )
    type: Literal[
        "load_generator",
        "transform_generator",
        "write_generator",
        "test_generator",
        "validator",
        "template_filter",
        "template_function",
        "template_macro",
        "formatter",
        "cli_command",
        "artifact",
        "content",
    ] = Field(description="What kind of plugin it is.")
    module: Text | None = Field(
        None,
        description="Dotted name of an installed module, or of a file under the project root.",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$",
    )
    class_: Text | None = Field(
        None,
        alias="class",
        description="What it is called in the module: a class, a function, a dict, a command.",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$",
    )
    path: Text | None = Field(None, description="Folder of a template_macro or content plugin.")
    config: Mapping[str, Any] | None = Field(
        None, description="Settings of the plugin; `${tokens}` of the environment apply."
    )
    enabled: bool = Field(default=True, description="False switches the plugin off.")
    override: bool = Field(
        default=False, description="True lets it replace a weaker plugin of the same name."
    )
    requires: Text | None = Field(
        None, description="Installed distribution that it needs, such as `acme-lhp>=1.2,<2`."
    )
    api: int = Field(1, description="Version of the plugin API that it was written for.")


class PluginSection(Shape):
    """Where plugins come from."""

    enabled: Sequence[PluginDeclaration] = Field((), description="Plugins declared one by one.")
    directories: Sequence[str] = Field(
        (), description="Plugin folders: relative to the project root, or beginning with `~`."
    )
    entry_points: bool | Sequence[str] = Field(
        default=True, description="Installed plugins: all, none, or those of named distributions."
    )


class MetadataColumnEntry(Shape):
    """An operational metadata column."""

    expression: Text = Field(description="PySpark expression of its value.")
    description: Text | None = Field(None, description="What the column holds.")
    applies_to: Sequence[Literal["view", "streaming_table", "materialized_view"]] = Field(
        ("streaming_table", "materialized_view"),
        description="Where it may be added; only `view` adds it to loads and transforms.",
    )
    additional_imports: Sequence[str] = Field(
        (), description="Import lines that the expression needs."
    )
    enabled: bool = Field(default=True, description="False takes the column out everywhere.")


class MetadataPreset(Shape):
    """A named selection of metadata columns."""

    columns: Sequence[str] = Field(description="Names of columns.")
    description: Text | None = Field(None, description="What the selection is for.")


class MetadataSection(Shape):
    """Operational metadata columns of the project."""

    columns: Mapping[str, MetadataColumnEntry | str] | None = Field(
        None, description="Columns by name: an expression, or a map that says more."
    )
    presets: Mapping[str, MetadataPreset | Sequence[str]] | None = Field(
        None, description="Named selections of columns."
    )
    defaults: Mapping[str, Any] | None = Field(None, description="Accepted; has no effect.")


class ProjectFile(Shape):
    """lhp.yaml."""

    name: Text | int | float | None = Field(None, description="Name of the project.")
    version: Scalar | None = Field(None, description="Version of the project, for people.")
    description: Text | None = Field(None, description="What the project is about.")
    author: Text | None = Field(None, description="Who keeps it.")
    created_date: Text | None = Field(None, description="When it began.")
    project_id: Text | None = Field(None, description="Stable id of the project.")
    include: Sequence[str] | None = Field(
        None, description="Flowgroup files to take, relative to pipelines/; `!` leaves out."
    )
    blueprint_include: Sequence[str] | None = Field(None, description="Blueprint files to take.")
    instance_include: Sequence[str] | None = Field(None, description="Instance files to take.")
    required_lhp_version: Text | None = Field(
        None, description="Versions of lhp that may work on it, such as `>=0.1,<1`."
    )
    apply_formatting: bool = Field(default=True, description="False leaves code unformatted.")
    formatter: Text = Field("ruff", description="Formatter plugin for generated code.")
    operational_metadata: MetadataSection | None = Field(
        None, description="Operational metadata columns."
    )
    plugins: PluginSection | Sequence[PluginDeclaration] | None = Field(
        None, description="Plugins of the project; a bare list is the list of declarations."
    )
    event_log: Mapping[str, Any] | None = Field(None, description="Event log of the pipelines.")
    monitoring: Mapping[str, Any] | None = Field(None, description="Monitoring of the event logs.")
    test_reporting: Mapping[str, Any] | None = Field(None, description="Where test results go.")
    uc_tagging: Mapping[str, Any] | None = Field(None, description="Unity Catalog tags.")
    wheel: Mapping[str, Any] | None = Field(None, description="Packaging as a wheel.")
    sandbox: Mapping[str, Any] | None = Field(None, description="Developer sandboxes.")


PresetFile.model_rebuild()
