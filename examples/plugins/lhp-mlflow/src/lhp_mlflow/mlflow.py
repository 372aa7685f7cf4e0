"""Scores the rows of a view with a registered model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from lhp import BaseActionGenerator, Config, Context, Options
from lhp.core.base_generator import Action, Scalar
from pydantic import Field


class MlflowConfig(Config):
    """Where models are registered."""

    registry_uri: str = Field("databricks-uc", description="Registry of the models.")


class MlflowOptions(Options):
    """What flowgroups write in an action with `transform_type: mlflow`."""

    exactly_one = (("alias", "version"),)

    model: str = Field(
        pattern=r"^[^/@]+$",
        description="Registered model, in Unity Catalog with catalog and schema.",
        examples=["main.ml.churn"],
    )
    alias: str | None = Field(
        None,
        pattern=r"^[^/@]+$",
        description="Alias of the version that scores; each update asks for it anew.",
        examples=["champion"],
    )
    version: int | None = Field(None, ge=1, description="Or one version for good.")
    columns: list[str] = Field(
        [],
        description="Columns that the model is given; all of them when absent.",
        examples=[["age", "orders", "last_login"]],
    )
    output: str = Field(
        "prediction", min_length=1, description="Column that gets the answer."
    )
    result_type: str = Field(
        "double",
        min_length=1,
        description="Type of the answer, as DDL.",
        examples=["string", "array<double>"],
    )
    env_manager: Literal["local", "virtualenv", "uv", "conda"] = Field(
        "local",
        description="Where the model runs: in the cluster's own packages, or in an "
        "environment with the model's.",
    )
    params: Mapping[str, Scalar] = Field(
        {},
        description="Parameters of the model's inference.",
        examples=[{"temperature": 0.2}],
    )


class MlflowTransformGenerator(BaseActionGenerator):
    """A view with the answers of a registered model as a further column.

    Source: MLflow, "mlflow.pyfunc.spark_udf".
    """

    Options = MlflowOptions
    Config = MlflowConfig
    source_count = "one"

    def values(self, action: Action, context: Context) -> Mapping[str, Any]:
        """Return the address of the model and what it is called with."""
        del context
        self.add_import("import mlflow")
        self.add_import("from pyspark.sql import functions as F")
        options = action.options
        version = f"@{options.alias}" if options.alias else f"/{options.version}"
        call = {
            "model_uri": f"models:/{options.model}{version}",
            "result_type": options.result_type,
            "env_manager": options.env_manager,
            "params": dict(options.params) or None,
        }
        return {
            "view": action.sources[0],
            "call": call,
            "inputs": options.columns or ["*"],
        }
