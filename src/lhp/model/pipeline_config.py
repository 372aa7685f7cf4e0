"""What pipeline_config.yaml may hold: how each pipeline runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from lhp.model.shape import Shape

Text = str
Scalar = bool | int | float | str
Alert = Annotated[
    Literal["on-update-success", "on-update-failure", "on-update-fatal-failure", "on-flow-failure"],
    Field(
        json_schema_extra={
            "enumDescriptions": [
                "An update ends well.",
                "An update fails, each time that it does.",
                "An update fails and is not tried again.",
                "One flow of an update fails.",
            ]
        }
    ),
]


class Autoscale(Shape):
    """Between which sizes a cluster grows and shrinks."""

    min_workers: int = Field(description="Fewest workers.", examples=[1])
    max_workers: int = Field(description="Most workers.", examples=[5])
    mode: Literal["ENHANCED", "LEGACY"] | None = Field(
        None,
        description="How the size is chosen; the platform decides when it is absent.",
        json_schema_extra={
            "enumDescriptions": [
                "Made for pipelines: follows the load of the streams and gives idle workers back.",
                "Follows the load of the cluster, as for other work.",
            ]
        },
    )


class ClusterEntry(Shape):
    """A cluster of a pipeline; any other key is passed through to the platform."""

    model_config = ConfigDict(extra="allow")

    label: Text | None = Field(
        None,
        description="What the cluster does in the pipeline: its work, or its maintenance.",
        examples=["default", "maintenance"],
    )
    node_type_id: Text | None = Field(
        None, description="Kind of machine of the workers.", examples=["Standard_D4ds_v5"]
    )
    driver_node_type_id: Text | None = Field(
        None,
        description="Kind of machine of the driver; that of the workers when it is absent.",
        examples=["Standard_D8ds_v5"],
    )
    instance_pool_id: Text | None = Field(
        None,
        description="Pool that the workers come from, instead of a kind of machine.",
        examples=["${worker_pool_id}"],
    )
    driver_instance_pool_id: Text | None = Field(
        None,
        description="Pool that the driver comes from; that of the workers when it is absent.",
        examples=["${driver_pool_id}"],
    )
    policy_id: Text | None = Field(
        None, description="Compute policy that the cluster obeys.", examples=["${policy_id}"]
    )
    num_workers: int | None = Field(
        None, description="Number of workers of a cluster of fixed size.", examples=[2]
    )
    autoscale: Autoscale | None = Field(
        None,
        description="Sizes between which the cluster grows and shrinks.",
        examples=[{"min_workers": 1, "max_workers": 5, "mode": "ENHANCED"}],
    )
    custom_tags: Mapping[str, Scalar] | None = Field(
        None,
        description="Tags of the machines, by key, as the bill shows them.",
        examples=[{"cost_center": "retail"}],
    )
    spark_conf: Mapping[str, Scalar] | None = Field(
        None,
        description="Spark settings of the cluster, by name.",
        examples=[{"spark.sql.shuffle.partitions": "64"}],
    )


class NotificationEntry(Shape):
    """Whom to write to about what."""

    email_recipients: Sequence[str] = Field(
        description="Addresses to write to.", examples=[["data-platform@acme.example.com"]]
    )
    alerts: Sequence[Alert] = Field(
        description="What to write about.", examples=[["on-update-failure", "on-flow-failure"]]
    )


class PermissionEntry(Shape):
    """What one user, group or service principal may do with a pipeline."""

    exactly_one = (("user_name", "group_name", "service_principal_name"),)

    level: Literal["CAN_VIEW", "CAN_RUN", "CAN_MANAGE", "IS_OWNER"] = Field(
        description="What is allowed.",
        json_schema_extra={
            "enumDescriptions": [
                "To look at the pipeline and its event log.",
                "To start and stop updates, too.",
                "To change and delete it and to give permissions, too.",
                "All of it; a pipeline has one owner.",
            ]
        },
    )
    user_name: Text | None = Field(
        None, description="User who may.", examples=["ada@acme.example.com"]
    )
    group_name: Text | None = Field(
        None, description="Group whose members may.", examples=["data-engineers"]
    )
    service_principal_name: Text | None = Field(
        None,
        description="Application id of a service principal that may.",
        examples=["${deployer_id}"],
    )


class EventLogTable(Shape):
    """The table that a pipeline publishes its event log as."""

    name: Text | None = Field(
        None, description="Name of the table.", examples=["retail_bronze_event_log"]
    )
    catalog: Text | None = Field(
        None, description="Its catalog; the pipeline's when it is absent.", examples=["${catalog}"]
    )
    schema_name: Text | None = Field(
        None,
        alias="schema",
        description="Its schema; the pipeline's when it is absent.",
        examples=["_meta"],
    )


class PipelineSettings(Shape):
    """How a pipeline runs; any other key is passed through to its bundle resource."""

    model_config = ConfigDict(extra="allow")

    catalog: Text | None = Field(
        None,
        description="Catalog of tables that name none; every pipeline has to have one.",
        examples=["${catalog}"],
    )
    schema_name: Text | None = Field(
        None,
        alias="schema",
        description="Schema of tables that name none; every pipeline has to have one.",
        examples=["${bronze_schema}"],
    )
    serverless: bool | None = Field(
        None, description="False runs it on `clusters`; it is serverless when no document says it."
    )
    clusters: Sequence[ClusterEntry] | None = Field(
        None,
        description="Its clusters when it is not serverless.",
        examples=[[{"label": "default", "node_type_id": "Standard_D4ds_v5", "num_workers": 2}]],
    )
    edition: Literal["CORE", "PRO", "ADVANCED"] | None = Field(
        None,
        description="What it may use when it is not serverless; all when no document says it.",
        json_schema_extra={
            "enumDescriptions": [
                "Streaming ingestion.",
                "Change data capture, too.",
                "Expectations, too.",
            ]
        },
    )
    channel: Literal["CURRENT", "PREVIEW"] | None = Field(
        None,
        description="Release of the runtime; the current one when no document says it.",
        json_schema_extra={
            "enumDescriptions": [
                "The release for production.",
                "The next release, to try a pipeline with what comes.",
            ]
        },
    )
    continuous: bool | None = Field(
        None,
        description="True keeps it running; when no document says it, it runs when it is started.",
    )
    photon: bool | None = Field(
        None, description="True runs it on the Photon engine when it is not serverless."
    )
    configuration: Mapping[str, str] | None = Field(
        None,
        description="Settings that its code reads by `spark.conf.get`, by name.",
        examples=[{"pipelines.trigger.interval": "1 hour"}],
    )
    notifications: Sequence[NotificationEntry] | None = Field(
        None,
        description="Whom to write to about its updates.",
        examples=[
            [
                {
                    "email_recipients": ["data-platform@acme.example.com"],
                    "alerts": ["on-update-failure"],
                }
            ]
        ],
    )
    tags: Mapping[str, Scalar] | None = Field(
        None,
        description="Tags of the pipeline in the workspace, by key.",
        examples=[{"team": "data-platform", "layer": "bronze"}],
    )
    event_log: bool | EventLogTable | None = Field(
        None,
        description="Table of its event log; `false` for none, and as lhp.yaml says when absent.",
        examples=[
            {"name": "retail_bronze_event_log", "catalog": "${catalog}", "schema": "_meta"},
            False,
        ],
    )
    environment: Mapping[str, Any] | None = Field(
        None,
        description="Python environment of a serverless pipeline, passed through as written.",
        examples=[{"dependencies": ["requests==2.32.3"]}],
    )
    permissions: Sequence[PermissionEntry] | None = Field(
        None,
        description="Who may do what with the pipeline.",
        examples=[[{"level": "CAN_VIEW", "group_name": "data-analysts"}]],
    )
    run_as: Mapping[str, Any] | None = Field(
        None,
        description="User or service principal that it runs as, passed through as written.",
        examples=[{"service_principal_name": "${runner_id}"}],
    )
    packaging: Literal["source", "wheel"] | None = Field(
        None,
        description="How its code is deployed; as source files when no document says it.",
        json_schema_extra={
            "enumDescriptions": [
                "As Python files of the workspace.",
                "As one wheel in a volume, which wheel of lhp.yaml names.",
            ]
        },
    )


class PipelineConfig(PipelineSettings):
    """A document of pipeline_config.yaml about one pipeline, or about several."""

    pipeline: Text | Sequence[str] = Field(
        description="Name of the pipeline, or of several that have the same settings.",
        examples=["retail_bronze", ["retail_silver", "retail_gold"]],
    )


class PipelineDefaults(Shape):
    """The document of pipeline_config.yaml about all pipelines."""

    project_defaults: PipelineSettings = Field(
        description="Settings of every pipeline; those of its own document win.",
        examples=[{"catalog": "${catalog}", "schema": "${bronze_schema}", "serverless": True}],
    )
