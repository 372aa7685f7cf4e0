"""The load mongodb, as flowgroups use it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from lhp.testing import PluginTestCase


class TestMongodb(PluginTestCase):
    plugin = "load_generator:mongodb"
    config: ClassVar[Mapping[str, Any]] = {"connection_uri": "${secret:mongodb/uri}"}

    def test_reads_a_collection(self) -> None:
        self.assert_generates(
            """
            name: carts
            source:
              database: shop
              collection: carts
              columns: _id STRING
              pipeline: [{$match: {closed: false}}]
              options: {sampleSize: 50}
            target: v_carts
            """,
            """
            @dp.temporary_view()
            def v_carts():
                '''carts'''
                df = (
                    spark.read.format("mongodb")
                    .schema("_id STRING")
                    .option(
                        "connection.uri",
                        dbutils.secrets.get(scope="mongodb", key="uri"),
                    )
                    .option("database", "shop")
                    .option("collection", "carts")
                    .option("aggregation.pipeline", '[{"$match": {"closed": false}}]')
                    .option("sampleSize", 50)
                    .load()
                )
                return df
            """,
        )

    def test_streams_whole_documents(self) -> None:
        self.assert_generates(
            """
            name: carts
            readMode: stream
            source: {database: shop, collection: carts, start_at: "2025-01-01T00:00:00Z"}
            target: v_carts
            """,
            """
            @dp.temporary_view()
            def v_carts():
                '''carts'''
                df = (
                    spark.readStream.format("mongodb")
                    .option(
                        "connection.uri",
                        dbutils.secrets.get(scope="mongodb", key="uri"),
                    )
                    .option("database", "shop")
                    .option("collection", "carts")
                    .option("change.stream.lookup.full.document", "updateLookup")
                    .option("change.stream.publish.full.document.only", "true")
                    .option("change.stream.startup.mode", "timestamp")
                    .option(
                        "change.stream.startup.mode.timestamp.start.at.operation.time",
                        "2025-01-01T00:00:00Z",
                    )
                    .load()
                )
                return df
            """,
        )

    def test_streams_events(self) -> None:
        code = self.generate(
            "{readMode: stream, source: {database: d, collection: c, full_document: false}}"
        )
        self.assertNotIn("change.stream", code)

    def test_a_flowgroup_may_name_another_deployment(self) -> None:
        uri = "mongodb://localhost:27017"
        code = self.generate(
            f"source: {{database: d, collection: c, connection_uri: '{uri}'}}"
        )
        self.assertIn(uri, code)
        self.assertNotIn("dbutils", code)

    def test_what_is_for_streams_is_refused_without_one(self) -> None:
        source = (
            "source: {database: d, collection: c, start_at: '2025-01-01T00:00:00Z'}"
        )
        self.assert_problem(source, "add `readMode: stream`")

    def test_needs_database_and_collection(self) -> None:
        self.assert_problem("source: {collection: carts}", "database")
        self.assert_problem("source: {database: shop}", "collection")


class TestWithoutConfig(PluginTestCase):
    plugin = "load_generator:mongodb"

    def test_needs_a_connection(self) -> None:
        self.assert_problem("source: {database: d, collection: c}", "connection_uri")
