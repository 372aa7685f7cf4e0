"""The write target mlflow_deployment, as flowgroups use it."""

import types
from typing import Any

from lhp.testing import PluginTestCase

ACTION = """
name: churn
source: v_approved
write_target: {endpoint: churn-dev, model: main.ml.churn}
"""


class Client:
    """Stands in for the client of the serving endpoints."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.calls: list[tuple[str, str, Any]] = []

    def list_endpoints(self) -> list[dict[str, str]]:
        return [{"name": name} for name in self.names]

    def create_endpoint(self, name: str, config: Any) -> None:
        self.calls.append(("create", name, config))

    def update_endpoint_config(self, endpoint: str, config: Any) -> None:
        self.calls.append(("update", endpoint, config))


class Column:
    """Stands in for a column of Spark: its values."""

    def __init__(self, rows: list[dict[str, str]], name: str) -> None:
        self.values = [row[name] for row in rows]

    def cast(self, kind: str) -> "Column":
        assert kind == "int"
        self.values = [int(value) for value in self.values]
        return self


class Batch:
    """Stands in for the rows of one batch."""

    def agg(self, newest: Any) -> "Batch":
        self.newest = newest
        return self

    def first(self) -> list[Any]:
        return [self.newest]


def decorator(**_: Any) -> Any:
    return lambda function: function


class TestDeployment(PluginTestCase):
    plugin = "write_generator:mlflow_deployment"

    def deployed(self, client: Client, *versions: str) -> list[tuple[str, str, Any]]:
        rows = [{"version": version} for version in versions]
        functions = types.SimpleNamespace(
            col=lambda name: Column(rows, name),
            max=lambda column: max(column.values, default=None),
        )
        names = {
            "dp": types.SimpleNamespace(
                foreach_batch_sink=decorator, append_flow=decorator
            ),
            "F": functions,
            "get_deploy_client": lambda target: client,
        }
        exec(self.generate(ACTION), names)  # noqa: S102  (what is under test)
        names["deploy_churn_dev"](Batch(), 0)
        return client.calls

    def test_makes_the_endpoint_with_the_highest_version(self) -> None:
        ((verb, name, config),) = self.deployed(Client(), "9", "10", "2")
        self.assertEqual((verb, name), ("create", "churn-dev"))
        (entity,) = config["served_entities"]
        self.assertEqual(entity["entity_name"], "main.ml.churn")
        self.assertEqual(entity["entity_version"], "10")
        self.assertIs(entity["scale_to_zero_enabled"], True)

    def test_updates_an_endpoint_that_is_there(self) -> None:
        ((verb, name, _),) = self.deployed(Client("other", "churn-dev"), "3")
        self.assertEqual((verb, name), ("update", "churn-dev"))

    def test_an_empty_batch_deploys_nothing(self) -> None:
        self.assertEqual(self.deployed(Client()), [])

    def test_reads_the_view_as_a_stream(self) -> None:
        made = self.generated(ACTION)
        self.assertTrue(made.facts.is_streaming)
        self.assertIn("spark.readStream.table('v_approved')", made.code)

    def test_an_endpoint_has_one_deployment(self) -> None:
        claims = self.generated(ACTION).facts.claims
        self.assertEqual(claims, ("the serving endpoint 'churn-dev'",))

    def test_the_name_of_an_endpoint_is_checked(self) -> None:
        action = "{source: v, write_target: {endpoint: my endpoint, model: m}}"
        self.assert_problem(action, "endpoint")
