"""The transform mlflow, as flowgroups use it."""

from lhp.testing import PluginTestCase


class TestMlflow(PluginTestCase):
    plugin = "transform_generator:mlflow"

    def test_scores_by_an_alias(self) -> None:
        self.assert_generates(
            """
            name: churn
            source: v_customers
            model: main.ml.churn
            alias: champion
            columns: [age, orders]
            params: {threshold: 0.5}
            target: v_scored
            """,
            """
            @dp.temporary_view()
            def v_scored():
                '''churn'''
                df = spark.read.table("v_customers")
                mlflow.set_registry_uri("databricks-uc")
                score = mlflow.pyfunc.spark_udf(
                    spark,
                    model_uri="models:/main.ml.churn@champion",
                    result_type="double",
                    env_manager="local",
                    params={"threshold": 0.5},
                )
                df = df.withColumn("prediction", score(F.struct(*["age", "orders"])))
                return df
            """,
        )

    def test_scores_a_stream_by_one_version_with_all_columns(self) -> None:
        code = self.generate(
            "{source: v_in, readMode: stream, model: m, version: 3, output: risk}"
        )
        self.assertIn("models:/m/3", code)
        self.assertIn("spark.readStream.table('v_in')", code)
        self.assertIn("withColumn('risk', score(F.struct(*['*'])))", code)

    def test_imports_what_the_code_needs(self) -> None:
        made = self.generated("{source: v_in, model: m, version: 3}")
        self.assertIn("import mlflow", made.imports)

    def test_needs_an_alias_or_a_version(self) -> None:
        self.assert_problem("{source: v_in, model: m}", "alias")
        self.assert_problem("{source: v_in, model: m, alias: a, version: 1}", "version")

    def test_a_model_is_no_address(self) -> None:
        self.assert_problem("{source: v_in, model: models:/m/1, version: 1}", "model")
