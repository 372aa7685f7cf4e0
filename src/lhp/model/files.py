"""What each kind of YAML file may hold; the published schemas are built from these models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from lhp.model.keywords import OTHERWISE, READ_MODES
from lhp.model.sections import ReportingSection, TaggingSection
from lhp.model.shape import Shape

Text = str
Scalar = bool | int | float | str
MetadataSelection = bool | Sequence[str]
TokenBlock = Mapping[str, Scalar | Mapping[str, Any] | Sequence[Any]]
TableReference = Annotated[
    str, Field(pattern=r"^[^.]+(\.[^.]+){0,2}$", examples=["acme.silver.customers"])
]
Dataset = Annotated[
    Literal["view", "streaming_table", "materialized_view"],
    Field(
        json_schema_extra={
            "enumDescriptions": [
                "Views that loads and transforms make.",
                "Streaming tables; has no effect, as the views that they read have it.",
                "Materialized views; has no effect, as the views that they read have it.",
            ]
        }
    ),
]


class ActionKeys(Shape):
    """The keys that every action may have, whatever its kind."""

    name: Text = Field(
        description="Name of the action, unique in its flowgroup; a write's flow is called by it.",
        examples=["load_orders", "write_orders"],
    )
    type: Literal["load", "transform", "write", "test"] = Field(
        description="Kind of the action, which decides what other keys it has.",
        json_schema_extra={
            "enumDescriptions": [
                "Reads files, a table or another source into a view.",
                "Makes a view of other views.",
                "Writes views to a table or to a place outside.",
                "Checks data and changes nothing.",
            ]
        },
    )
    target: Text | None = Field(
        None,
        description="View that a load or a transform makes; other actions read it by this name.",
        examples=["v_orders"],
    )
    description: Text | None = Field(
        None,
        description="What the action does; becomes a docstring, or a comment where there is one.",
        examples=["Nightly order files of the tills"],
    )
    readMode: Text | None = Field(  # noqa: N815  (the key as users write it)
        None,
        description="How the source is read; the sub-type decides when it is absent.",
        json_schema_extra={
            OTHERWISE: "batch",
            "enum": [*READ_MODES],
            "enumDescriptions": [
                "All rows that are there, in each update.",
                "Only the rows that came since the last update.",
            ],
        },
    )
    operational_metadata: MetadataSelection | None = Field(
        None,
        description=(
            "Metadata columns to add besides those of the flowgroup, by name; `false` adds none "
            "at all."
        ),
        examples=[["_ingested_at", "_source_file"], False],
    )
    depends_on: Sequence[TableReference] | None = Field(
        None,
        description="Tables that this action depends on without reading them by name.",
        examples=[["${catalog}.silver.customers"]],
    )
    once: bool | None = Field(
        None, description="True runs the flow of a write one time only, as a backfill."
    )


class FlowGroupKeys(Shape):
    """One flowgroup."""

    pipeline: Text = Field(
        description="Name of the pipeline; a folder of the generated code.",
        examples=["retail_bronze"],
    )
    flowgroup: Text = Field(
        description="Name of the flowgroup, unique in its pipeline; a generated module.",
        examples=["orders"],
    )
    description: Text | None = Field(
        None,
        description="What the flowgroup is for; has no effect.",
        examples=["Orders of all channels as delivered"],
    )
    job_name: Text | None = Field(
        None, description="Orchestration job that it belongs to.", examples=["nightly_sales"]
    )
    variables: Mapping[str, Scalar] | None = Field(
        None,
        description="Local variables, used as `%{name}` in this flowgroup.",
        examples=[{"table": "orders", "first_day": "2024-01-01"}],
    )
    presets: Sequence[str] = Field(
        (),
        description="Presets to apply, by name; the last one is the strongest.",
        examples=[["bronze_layer"]],
    )
    use_template: Text | None = Field(
        None,
        description="Template to take actions from: its path under templates/ without `.yaml`.",
        examples=["csv_landing"],
    )
    template_parameters: Mapping[str, Any] | None = Field(
        None,
        description="Values of the template's parameters, by name.",
        examples=[{"dataset": "Customers", "delimiter": ";", "cluster_columns": ["customer_id"]}],
    )
    operational_metadata: MetadataSelection | None = Field(
        None,
        description="Metadata columns to add to every action that takes them, by name.",
        examples=[["_ingested_at"]],
    )
    actions: Sequence[Mapping[str, Any]] = Field(
        (),
        description="The steps of the flowgroup; the actions of its template come after them.",
        examples=[
            [
                {
                    "name": "load_orders",
                    "type": "load",
                    "source": {"type": "sql", "sql": "SELECT * FROM ${catalog}.bronze.orders"},
                    "target": "v_orders",
                }
            ]
        ],
    )


class FlowGroupEntry(FlowGroupKeys):
    """One flowgroup of the array form; it may inherit `pipeline` from the file."""

    pipeline: Text | None = Field(  # type: ignore[assignment]  # (optional only here)
        None,
        description="Name of the pipeline; the file's own when absent.",
        examples=["retail_bronze"],
    )


class FlowGroupArray(Shape):
    """A file with several flowgroups under shared keys."""

    flowgroups: Sequence[FlowGroupEntry] = Field(
        description="The flowgroups of this file.",
        examples=[[{"flowgroup": "customers", "template_parameters": {"dataset": "Customers"}}]],
    )
    pipeline: Text | None = Field(
        None, description="Pipeline of the flowgroups that name none.", examples=["retail_bronze"]
    )
    job_name: Text | None = Field(
        None, description="Job of the flowgroups that name none.", examples=["nightly_sales"]
    )
    presets: Sequence[str] | None = Field(
        None, description="Presets of the flowgroups that name none.", examples=[["bronze_layer"]]
    )
    use_template: Text | None = Field(
        None, description="Template of the flowgroups that name none.", examples=["csv_landing"]
    )
    operational_metadata: MetadataSelection | None = Field(
        None,
        description="Metadata columns of the flowgroups that name none.",
        examples=[["_ingested_at"]],
    )


class PresetFile(Shape):
    """A preset: defaults for actions by kind and sub-type."""

    name: Text = Field(
        description="Name that flowgroups, templates and presets refer to.",
        examples=["bronze_layer"],
    )
    version: Scalar | None = Field(None, description="Version, for people.", examples=["1.0"])
    description: Text | None = Field(
        None,
        description="What the preset is for.",
        examples=["Files and feeds as they came, with the time of arrival"],
    )
    extends: Text | None = Field(
        None,
        description="Preset that this one builds on; what it gives is weaker.",
        examples=["delta_defaults"],
    )
    defaults: PresetDefaults | None = Field(
        None,
        description="What the preset gives where an action does not say it itself.",
        examples=[{"operational_metadata": ["_ingested_at"]}],
    )


class PresetDefaults(Shape):
    """What a preset gives where an action does not say it itself."""

    load_actions: Mapping[str, Mapping[str, Any]] | None = Field(
        None,
        description="By load sub-type: defaults for `source`.",
        examples=[
            {
                "cloudfiles": {"options": {"cloudFiles.schemaEvolutionMode": "addNewColumns"}},
                "rest_api": {"auth_method": "bearer"},
            }
        ],
    )
    transform_actions: Mapping[str, Mapping[str, Any]] | None = Field(
        None,
        description="By transform sub-type: defaults for the action.",
        examples=[{"schema": {"enforcement": "strict"}, "masking": {"method": "hash"}}],
    )
    write_actions: Mapping[str, Mapping[str, Any]] | None = Field(
        None,
        description="By write sub-type: defaults for `write_target`.",
        examples=[
            {
                "streaming_table": {"table_properties": {"delta.enableChangeDataFeed": "true"}},
                "webhook": {"max_rows": 200},
            }
        ],
    )
    test_actions: Mapping[str, Mapping[str, Any]] | None = Field(
        None,
        description="By test sub-type: defaults for the action.",
        examples=[{"uniqueness": {"on_violation": "warn"}, "freshness": {"max_age_hours": 24}}],
    )
    operational_metadata: Sequence[str] | None = Field(
        None,
        description="Metadata columns to add besides those that the flowgroup selects, by name.",
        examples=[["_ingested_at", "_source_file"]],
    )
    defaults: Mapping[str, Any] | None = Field(
        None,
        description="Defaults for keys of the flowgroup itself.",
        examples=[{"job_name": "nightly_sales"}],
    )


class ParameterEntry(Shape):
    """A parameter of a template or of a blueprint."""

    name: Text = Field(
        description="Name of the parameter, by which the actions use it.", examples=["dataset"]
    )
    required: bool = Field(default=False, description="True when each use must give it.")
    default: Any = Field(
        None, description="Value when a use does not give it; of any kind.", examples=[",", []]
    )
    type: Text | None = Field(
        None, description="Kind of value, for people.", examples=["string", "list of columns"]
    )
    description: Text | None = Field(
        None,
        description="What the parameter means.",
        examples=["Folder of the landing volume that holds the files"],
    )


class TemplateFile(Shape):
    """A template: actions with `{{ parameters }}`."""

    name: Text = Field(
        description="Name for people; flowgroups refer to the file's path.",
        examples=["csv_landing"],
    )
    version: Scalar | None = Field(None, description="Version, for people.", examples=["1.0"])
    description: Text | None = Field(
        None,
        description="What the template makes.",
        examples=["Brings the CSV files of one data set into its bronze table"],
    )
    presets: Sequence[str] = Field(
        (),
        description="Presets to apply, by name; weaker than the flowgroup's own.",
        examples=[["bronze_layer"]],
    )
    parameters: Sequence[ParameterEntry] = Field(
        (),
        description="What a flowgroup that uses the template may or must give.",
        examples=[[{"name": "dataset", "required": True}, {"name": "delimiter", "default": ","}]],
    )
    actions: Sequence[Mapping[str, Any]] = Field(
        (),
        description="The actions; `{{ name }}` in a value is a parameter or an expression.",
        examples=[
            [
                {
                    "name": "load_{{ dataset }}",
                    "type": "load",
                    "source": {"type": "sql", "sql": "SELECT * FROM bronze.{{ dataset }}"},
                    "target": "v_{{ dataset }}",
                }
            ]
        ],
    )


class BlueprintFile(Shape):
    """A blueprint: whole flowgroups with `%{parameters}`."""

    name: Text = Field(
        description="Name that instances refer to, unique in the project.",
        examples=["regional_sales"],
    )
    version: Scalar | None = Field(None, description="Version, for people.", examples=["1.0"])
    description: Text | None = Field(
        None,
        description="What the blueprint makes.",
        examples=["Bronze and silver tables of one sales region"],
    )
    parameters: Sequence[ParameterEntry] = Field(
        description="What an instance may or must give.",
        examples=[[{"name": "region", "required": True}]],
    )
    flowgroups: Sequence[FlowGroupKeys] = Field(
        description="The flowgroups that it makes, with `%{name}` for a parameter.",
        examples=[[{"pipeline": "sales_%{region}", "flowgroup": "orders_%{region}"}]],
    )


class InstanceFile(Shape):
    """One use of a blueprint."""

    use_blueprint: Text = Field(
        description="Name of the blueprint to make flowgroups of.", examples=["regional_sales"]
    )
    parameters: Mapping[str, Any] | None = Field(
        None,
        description="Values of the blueprint's parameters, by name.",
        examples=[{"region": "emea"}],
    )
    overrides: Mapping[str, Any] | None = Field(
        None, description="Reserved; has no effect.", examples=[{"job_name": "emea_sales"}]
    )


class SecretsBlock(Shape):
    """Where secrets are kept."""

    default_scope: Text | None = Field(
        None,
        description="Scope of a secret that is written without one, as `${secret:key}`.",
        examples=["acme-dev"],
    )
    scopes: Mapping[str, Scalar] | None = Field(
        None,
        description="Real names of scopes by the short ones that `${secret:scope/key}` uses.",
        examples=[{"partners": "acme-dev-partners"}],
    )


class TimeLimits(Shape):
    """How long a plugin may take, in seconds."""

    import_seconds: float = Field(
        30, alias="import", gt=0, le=600, description="To be imported.", examples=[60]
    )
    call: float = Field(10, gt=0, le=600, description="For one call.", examples=[30])


# Not the model's own `pattern`, which knows no look-ahead.
_InProject = Annotated[
    str, Field(json_schema_extra={"pattern": r"^(?![/~\\]|[A-Za-z]:)(?!.*\.\.).+$"})
]


_Variable = Annotated[
    str,
    Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", examples=["PARTNER_REGION"]),
]
_Call = Annotated[
    Literal["__builtins__", "__import__", "compile", "eval", "exec", "open"],
    Field(
        json_schema_extra={
            "enumDescriptions": [
                "All built-in functions, by their names.",
                "Imports a module by its name.",
                "Makes code of a text.",
                "Runs an expression that is a text.",
                "Runs statements that are a text.",
                "Opens files.",
            ]
        }
    ),
]


class EmitEntry(Shape):
    """What the code that a generator makes may hold."""

    imports: Sequence[Text] = Field(
        (),
        description="Modules that it imports, besides Spark and harmless ones of the standard "
        "library; without this, any other package.",
        examples=[["requests"]],
    )
    calls: Sequence[_Call] = Field(
        (), description="Built-in functions that it uses.", examples=[["open"]]
    )
    secrets: Sequence[Text] = Field(
        (),
        description="Secrets that it asks for, besides those in its options: scope/key, with "
        "`*` for any.",
        examples=[["partner/*"]],
    )


class PermissionsEntry(Shape):
    """What a plugin asks for beyond answering; its user grants it by an approval."""

    read: Sequence[_InProject] = Field(
        (),
        description="Patterns of project files that it reads by itself, not through `context`.",
        examples=[["landing/**/*.csv"]],
    )
    env: Sequence[_Variable] = Field(
        (), description="Environment variables that it sees.", examples=[["PARTNER_REGION"]]
    )
    net: bool = Field(default=False, description="True lets it use the network.")
    run: bool = Field(
        default=False,
        description="True lets it start programs; nothing but a process of its own limits it then.",
    )
    memory_mb: int | None = Field(
        None,
        gt=0,
        le=1048576,
        description="Most memory, in MiB; 1024 when absent.",
        examples=[4096],
    )
    time_s: TimeLimits | None = Field(
        None, description="How long it may take, in seconds.", examples=[{"call": 30}]
    )
    emit: EmitEntry | None = Field(
        None,
        description="What the code that it makes may hold.",
        examples=[{"imports": ["requests"]}],
    )


class PluginDeclaration(Shape):
    """One declared plugin."""

    name: Text = Field(
        description="What users write to use it: a sub-type, a filter, a command ...",
        pattern=r"^[a-z][a-z0-9_-]*$",
        examples=["rest_api"],
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
    ] = Field(
        description="What kind of plugin it is.",
        json_schema_extra={
            "enumDescriptions": [
                "Sub-type of loads: makes the code that reads a source into a view.",
                "Sub-type of transforms: makes the code of a view of other views.",
                "Sub-type of writes: makes the code that fills a table or a sink.",
                "Sub-type of tests: makes the code that checks data.",
                "Looks at each flowgroup and reports what breaks a rule.",
                "Filter for templates and SQL files, as {{ value | name }}.",
                "Function for templates and SQL files, as {{ name() }}.",
                "Folder of Jinja files with macros, given as path.",
                "Lays out the generated code; formatter of lhp.yaml chooses it.",
                "Command of its own, as lhp name.",
                "Makes files of a whole run, beside the generated modules.",
                "Folder of presets, templates and other files to share, given as path.",
            ]
        },
    )
    module: Text | None = Field(
        None,
        description="Dotted name of an installed module, or of a file under the project root.",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$",
        examples=["local_plugins.rest_api"],
    )
    class_: Text | None = Field(
        None,
        alias="class",
        description="What it is called in the module: a class, a function, a dict, a command.",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$",
        examples=["RestApiLoadGenerator"],
    )
    path: Text | None = Field(
        None,
        description="Folder of a template_macro or content plugin, relative to the project root.",
        examples=["plugins/macros"],
    )
    config: Mapping[str, Any] | None = Field(
        None,
        description="Settings of the plugin; `${tokens}` of the environment apply.",
        examples=[{"base_url": "${partner_api_url}", "timeout_seconds": 20}],
    )
    enabled: bool = Field(default=True, description="False switches the plugin off.")
    override: bool = Field(
        default=False, description="True lets it replace a weaker plugin of the same name."
    )
    requires: Text | None = Field(
        None,
        description="Installed distribution that it needs, with the versions that will do.",
        examples=["acme-lhp>=1.2,<2"],
    )
    source: Text | None = Field(
        None,
        description=(
            "Wheel that its module comes from: `name==version`, a path in the project or an URL, "
            "then `--hash=sha256:...`; further wheels that it needs on lines of their own."
        ),
        examples=[f"acme-lhp==1.2 --hash=sha256:{'0' * 64}"],
    )
    permissions: PermissionsEntry | None = Field(
        None,
        description="What it needs beyond its action and its settings; you approve it.",
        examples=[{"env": ["PARTNER_REGION"], "time_s": {"call": 30}}],
    )
    isolation: Literal["none"] | None = Field(
        None,
        description="`none` runs it in the process of lhp, with all your rights, if you approve.",
        json_schema_extra={"enumDescriptions": ["With all rights of its user."]},
    )
    api: int = Field(
        1, description="Version of the plugin API that it was written for.", examples=[1]
    )


class PluginSection(Shape):
    """Where plugins come from."""

    enabled: Sequence[PluginDeclaration] = Field(
        (),
        description="Plugins declared one by one.",
        examples=[
            [
                {
                    "name": "rest_api",
                    "type": "load_generator",
                    "module": "local_plugins.rest_api",
                    "class": "RestApiLoadGenerator",
                }
            ]
        ],
    )
    directories: Sequence[str] = Field(
        (),
        description="Plugin folders: relative to the project root, or beginning with `~`.",
        examples=[["./plugins"]],
    )
    entry_points: bool | Sequence[str] = Field(
        default=True,
        description="Installed plugins: all, none, or those of named distributions.",
        examples=[["acme-lhp"], False],
    )


class MetadataColumnEntry(Shape):
    """An operational metadata column."""

    expression: Text = Field(
        description="PySpark expression of its value; tokens apply, and `${pipeline_name}`.",
        examples=["F.current_timestamp()", 'F.col("_metadata.file_path")'],
    )
    description: Text | None = Field(
        None,
        description="What the column holds, for people.",
        examples=["When the row reached the lakehouse"],
    )
    applies_to: Sequence[Dataset] = Field(
        ("streaming_table", "materialized_view"),
        description="Where it may be added; only `view` adds it to loads and transforms.",
        examples=[["view"]],
    )
    additional_imports: Sequence[str] = Field(
        (),
        description="Import lines that the expression needs.",
        examples=[["from acme.hashing import row_hash"]],
    )
    enabled: bool = Field(default=True, description="False takes the column out everywhere.")


class MetadataPreset(Shape):
    """A named selection of metadata columns."""

    columns: Sequence[str] = Field(
        description="Names of the columns that it stands for.",
        examples=[["_ingested_at", "_source_file"]],
    )
    description: Text | None = Field(
        None, description="What the selection is for.", examples=["Where a row of a file came from"]
    )


class MetadataSection(Shape):
    """Operational metadata columns of the project."""

    columns: Mapping[str, MetadataColumnEntry | str] | None = Field(
        None,
        description="Columns by name: an expression, or a map that says more.",
        examples=[
            {"_ingested_at": {"expression": "F.current_timestamp()", "applies_to": ["view"]}}
        ],
    )
    presets: Mapping[str, MetadataPreset | Sequence[str]] | None = Field(
        None,
        description="Named selections of columns, used like the name of a column.",
        examples=[{"of_files": ["_ingested_at", "_source_file"]}],
    )
    defaults: Mapping[str, Any] | None = Field(
        None, description="Accepted; has no effect.", examples=[{"columns": ["_ingested_at"]}]
    )


class RunSection(Shape):
    """How `lhp run` runs the project on a Spark of this machine."""

    stand_ins: Mapping[str, Text] = Field(
        {},
        description="What is read in place of a view or table: files, by a path from the project's "
        "folder, CSV, JSON or Parquet by its ending. `keep` in place of a sink keeps its rows in "
        "a table.",
        examples=[{"v_exchange_rates": "landing/bank/rates.json", "refund_alerts": "keep"}],
    )
    settings: Mapping[str, Any] = Field(
        {},
        description="Settings of Spark.",
        examples=[{"spark.driver.memory": "2g"}],
    )


class ProjectFile(Shape):
    """lhp.yaml."""

    name: Text | int | float | None = Field(
        None, description="Name of the project.", examples=["acme_outfitters"]
    )
    version: Scalar | None = Field(
        None, description="Version of the project, for people.", examples=["1.0"]
    )
    description: Text | None = Field(
        None,
        description="What the project is about.",
        examples=["Sales, customers and web traffic as bronze, silver and gold tables"],
    )
    author: Text | None = Field(
        None, description="Who keeps it, for people.", examples=["Data Platform Team"]
    )
    created_date: Text | None = Field(
        None, description="When it began, for people.", examples=["2025-03-01"]
    )
    project_id: Text | None = Field(
        None,
        description="Stable id of the project; has no effect.",
        examples=["0b7f0b0e-4d0c-4f0e-9a52-6b1f6f3f8d11"],
    )
    include: Sequence[str] | None = Field(
        None,
        description=(
            "Patterns of the flowgroup files to take, relative to pipelines/; `!` leaves out, and "
            "all are taken when it is absent."
        ),
        examples=[["bronze/**/*.yaml", "silver/**/*.yaml", "!**/*_draft.yaml"]],
    )
    blueprint_include: Sequence[str] | None = Field(
        None,
        description="Patterns of the blueprint files to take, relative to the project root.",
        examples=[["blueprints/**/*.yaml"]],
    )
    instance_include: Sequence[str] | None = Field(
        None,
        description="Patterns of the instance files to take, relative to the project root.",
        examples=[["pipelines/regions/*.yaml"]],
    )
    required_lhp_version: Text | None = Field(
        None,
        description="Versions of lhp that may work on it, 0.9.3 standing for all that take its "
        "projects; any may when it is absent.",
        examples=[">=0.1,<1"],
    )
    apply_formatting: bool = Field(default=True, description="False leaves code unformatted.")
    formatter: Text = Field(
        "ruff", description="Formatter plugin for generated code, by name.", examples=["ruff"]
    )
    operational_metadata: MetadataSection | None = Field(
        None,
        description="Operational metadata columns; lhp has its own when no column is defined.",
        examples=[{"columns": {"_loaded_at": "F.current_timestamp()"}}],
    )
    plugins: PluginSection | Sequence[PluginDeclaration] | None = Field(
        None,
        description="Plugins of the project; a bare list is the list of declarations.",
        examples=[{"directories": ["./plugins"]}],
    )
    event_log: Mapping[str, Any] | None = Field(
        None,
        description="Where the pipelines keep their event logs: `catalog`, `schema` and a name.",
        examples=[{"catalog": "${catalog}", "schema": "_meta", "name_suffix": "_event_log"}],
    )
    monitoring: Mapping[str, Any] | None = Field(
        None,
        description="A pipeline that gathers the event logs of all others.",
        examples=[
            {
                "checkpoint_path": "/Volumes/${catalog}/_meta/checkpoints/event_logs",
                "job_config_path": "config/monitoring_job.yaml",
            }
        ],
    )
    test_reporting: ReportingSection | None = Field(
        None,
        description="Function that gets the results of tests, and the file that holds it.",
        examples=[{"module_path": "reporting/publish.py", "function_name": "publish_results"}],
    )
    run: RunSection | None = Field(
        None,
        description="How `lhp run` runs the project.",
        examples=[{"stand_ins": {"v_exchange_rates": "landing/bank/rates.json"}}],
    )
    uc_tagging: TaggingSection | None = Field(
        None,
        description="How Unity Catalog tags of tables and columns are kept up to date.",
        examples=[{"enabled": True, "remove_undeclared_tags": False}],
    )
    wheel: Mapping[str, Any] | None = Field(
        None,
        description="Packaging of the generated code as wheels.",
        examples=[{"artifact_volume": "/Volumes/${catalog}/_meta/wheels"}],
    )
    sandbox: Mapping[str, Any] | None = Field(
        None,
        description="How tables are called that developers make for themselves.",
        examples=[{"table_pattern": "{namespace}_{table}", "allowed_envs": ["dev"]}],
    )


class PresetSuffixes(Shape):
    """What a preset may say of a sub-type besides its options."""

    schema_suffix: Text | None = Field(
        None,
        description="Put after the name of the schema that an action gives.",
        examples=["_staging"],
    )
    database_suffix: Text | None = Field(
        None,
        description="Older name of `schema_suffix`.",
        examples=["_staging"],
        json_schema_extra={"deprecated": True},
    )


class SubstitutionsFile(Shape):
    """Tokens of environments; each other key is the block of one, such as `dev`."""

    model_config = ConfigDict(frozen=True, extra="allow")

    __pydantic_extra__: dict[str, TokenBlock | None]

    global_: TokenBlock | None = Field(
        None,
        alias="global",
        description="Tokens of every environment; the environment's own win.",
        examples=[{"catalog": "shop_dev", "landing": "/Volumes/shop_dev/landing"}],
    )
    secrets: SecretsBlock | None = Field(
        None, description="Where secrets are kept.", examples=[{"default_scope": "shop"}]
    )
    prefix_suffix_rules: Mapping[str, Any] | None = Field(
        None, description="Accepted; has no effect.", examples=[{}]
    )


PresetFile.model_rebuild()


class PolicyFile(Shape):
    """What a user, or the owner of a machine, decides about plugins; never part of a project."""

    trusted_sources: Sequence[Text] | None = Field(
        None,
        description="Folders whose plugins run as they are, whatever changes in them.",
        examples=[["/home/ada/my_plugins"]],
    )
    require_isolation: Literal["kernel"] | None = Field(
        None,
        description="`kernel` lets plugins run only where the kernel isolates them.",
        json_schema_extra={"enumDescriptions": ["On Linux with Landlock, and nowhere else."]},
    )
    blocked: Sequence[Text] | None = Field(
        None,
        description="Plugins that never run: names, `type:name`, distributions or digests.",
        examples=[["masking", "acme-lhp"]],
    )
