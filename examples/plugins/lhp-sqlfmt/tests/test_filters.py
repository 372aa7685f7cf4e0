"""The filters format_sql, encrypt and generate_uuid, as templates call them."""

from lhp.testing import PluginTestCase


class TestFormatSql(PluginTestCase):
    plugin = "template_filter:format_sql"

    def test_lays_out_a_query(self) -> None:
        self.assertEqual(
            self.filter()("select a, b from t where a > 1"),
            "SELECT\n  a,\n  b\nFROM t\nWHERE\n  a > 1",
        )

    def test_leaves_tokens_alone(self) -> None:
        laid = self.filter()("select '${x y}' from ${catalog}.bronze.%{table} -- all")
        for text in ("'${x y}'", "${catalog}.bronze.%{table}", "/* all */"):
            self.assertIn(text, laid)

    def test_knows_databricks(self) -> None:
        laid = self.filter()(
            "select a:b.c::int from stream(t) qualify row_number() = 1"
        )
        self.assertIn("a:b.c", laid)

    def test_refuses_what_is_no_sql(self) -> None:
        with self.assertRaisesRegex(Exception, "no Databricks SQL"):
            self.filter()("select (")


class TestEncrypt(PluginTestCase):
    plugin = "template_filter:encrypt"

    def test_names_the_key(self) -> None:
        self.assertEqual(
            self.filter()("email", "privacy/key"),
            "base64(aes_encrypt(CAST(email AS STRING), secret('privacy', 'key'), 'GCM'))",
        )

    def test_refuses_what_would_be_other_sql(self) -> None:
        for column, secret, mode in (
            ("email) --", "privacy/key", "GCM"),
            ("email", "privacy/key')", "GCM"),
            ("email", "the-key-itself", "GCM"),
            ("email", "privacy/key", "NONE"),
        ):
            with self.assertRaisesRegex(Exception, "no name|no secret|not one of"):
                self.filter()(column, secret, mode)


class TestGenerateUuid(PluginTestCase):
    plugin = "template_filter:generate_uuid"

    def test_is_that_of_its_arguments(self) -> None:
        uuid = self.filter()
        self.assertEqual(uuid("erp", 1), "be783d38-aafa-53fa-b0f6-cb4c3527ade6")
        self.assertNotEqual(uuid("erp", 1), uuid("erp1"))
