"""Deploys the model versions that a stream names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from lhp import BaseActionGenerator, Context, Options
from lhp.core.base_generator import Action
from pydantic import Field


class DeploymentOptions(Options):
    """What flowgroups write under `write_target`, beside `type: mlflow_deployment`."""

    endpoint: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$",
        description="Serving endpoint; it is made when it is not there.",
        examples=["churn"],
    )
    model: str = Field(
        min_length=1,
        description="Registered model, in Unity Catalog with catalog and schema.",
        examples=["main.ml.churn"],
    )
    version_column: str = Field(
        "version",
        min_length=1,
        description="Column of the source that holds versions; the highest one of a batch "
        "is deployed.",
    )
    workload_size: Literal["Small", "Medium", "Large"] = Field(
        "Small", description="How many requests the endpoint answers at once."
    )
    scale_to_zero: bool = Field(
        True, description="Whether the endpoint may sleep when nobody asks it."
    )


class MlflowDeploymentWriteGenerator(BaseActionGenerator):
    """A serving endpoint that follows a stream of approved model versions.

    Sources: MLflow, "mlflow.deployments.DatabricksDeploymentClient"; Databricks,
    "foreach_batch_sink".
    """

    Options = DeploymentOptions
    kind = "write"
    type_name = "mlflow_deployment"
    source_count = "one"
    default_read_mode = "stream"

    def is_streaming(self, action: Action, context: Context) -> bool:
        """Return True: a sink takes streams, whatever the action says."""
        del action, context
        return True

    def claims(self, action: Action, context: Context) -> tuple[str, ...]:
        """Return the endpoint: two flows that deploy to it would undo each other."""
        del context
        return (f"the serving endpoint {action.options.endpoint!r}",)

    def values(self, action: Action, context: Context) -> Mapping[str, Any]:
        """Return the view and the names of the sink and its flow."""
        del context
        self.add_import("from mlflow.deployments import get_deploy_client")
        self.add_import("from pyspark.sql import functions as F")
        endpoint = action.options.endpoint
        sink = f"deploy_{endpoint.replace('-', '_')}"
        return {"view": action.sources[0], "sink": sink, "flow": f"{sink}_flow"}
