"""The load snowflake, as flowgroups use it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from lhp.testing import PluginTestCase


class TestFederated(PluginTestCase):
    plugin = "load_generator:snowflake"

    def test_reads_the_table_of_a_foreign_catalog(self) -> None:
        self.assert_generates(
            """
            name: orders
            source: {catalog: snow, schema: PUBLIC, table: ORDERS, where: ID > 0}
            target: v_orders
            """,
            """
            @dp.temporary_view()
            def v_orders():
                '''orders'''
                df = spark.read.table("snow.PUBLIC.ORDERS")
                df = df.where("ID > 0")
                return df
            """,
        )

    def test_quotes_odd_names(self) -> None:
        code = self.generate("source: {catalog: snow, schema: PUBLIC, table: my`s}")
        self.assertIn("snow.PUBLIC.`my``s`", code)

    def test_tells_lineage_what_it_reads(self) -> None:
        made = self.generated("source: {catalog: snow, schema: PUBLIC, table: T}")
        self.assertEqual(made.facts.reads, ("snow.PUBLIC.T",))

    def test_takes_no_query(self) -> None:
        source = "source: {catalog: snow, schema: PUBLIC, query: SELECT 1}"
        self.assert_problem(source, "a query needs `database`")

    def test_takes_no_options_of_the_connector(self) -> None:
        source = "source: {catalog: c, schema: s, table: t, options: {keep: true}}"
        self.assert_problem(source, "a catalog takes none")

    def test_needs_a_place_and_a_table(self) -> None:
        self.assert_problem("source: {schema: PUBLIC, table: T}", "database")
        self.assert_problem("source: {catalog: snow, schema: PUBLIC}", "table")

    def test_is_no_stream(self) -> None:
        action = "{source: {catalog: c, schema: s, table: t}, readMode: stream}"
        self.assert_problem(action, "read in batches")

    def test_a_database_needs_a_connection(self) -> None:
        source = "source: {database: SALES, schema: PUBLIC, table: ORDERS}"
        self.assert_problem(source, "lacks url, user, warehouse, private_key or")


class TestConnector(PluginTestCase):
    plugin = "load_generator:snowflake"
    config: ClassVar[Mapping[str, Any]] = {
        "url": "acme.snowflakecomputing.com",
        "user": "LOADER",
        "private_key": "${secret:snowflake/key}",
        "warehouse": "LOAD_WH",
    }

    def test_reads_a_table_with_the_secret_of_the_key(self) -> None:
        self.assert_generates(
            """
            name: orders
            source:
              database: SALES
              schema: PUBLIC
              table: ORDERS
              options: {use_exponential_backoff: "on"}
            target: v_orders
            """,
            """
            @dp.temporary_view()
            def v_orders():
                '''orders'''
                df = (
                    spark.read.format("snowflake")
                    .option("sfURL", "acme.snowflakecomputing.com")
                    .option("sfUser", "LOADER")
                    .option(
                        "pem_private_key",
                        dbutils.secrets.get(scope="snowflake", key="key"),
                    )
                    .option("sfWarehouse", "LOAD_WH")
                    .option("sfDatabase", "SALES")
                    .option("sfSchema", "PUBLIC")
                    .option("use_exponential_backoff", "on")
                    .option("dbtable", "ORDERS")
                    .load()
                )
                return df
            """,
        )

    def test_reads_a_query(self) -> None:
        code = self.generate("source: {database: D, schema: S, query: SELECT 1 AS ONE}")
        self.assertIn(".option(\"query\", 'SELECT 1 AS ONE')", code)
        self.assertNotIn("dbtable", code)

    def test_the_database_is_no_table_of_the_pipeline(self) -> None:
        made = self.generated("source: {database: D, schema: S, table: T}")
        self.assertEqual(made.facts.reads, ())


class TestOauth(PluginTestCase):
    plugin = "load_generator:snowflake"
    config: ClassVar[Mapping[str, Any]] = {
        "url": "a",
        "user": "b",
        "warehouse": "c",
        "oauth_token": "${secret:s/t}",
    }

    def test_names_its_authenticator(self) -> None:
        code = self.generate("source: {database: D, schema: S, table: T}")
        self.assertIn(".option('sfAuthenticator', 'oauth')", code)
        self.assertIn(".option('sfToken', dbutils.secrets.get(scope=", code)
