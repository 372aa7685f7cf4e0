"""The formatter sqlfmt."""

import ast

from lhp.testing import PluginTestCase

LONG = (
    "SELECT c.id, c.name, o.total FROM main.silver.customers c "
    "LEFT JOIN main.silver.orders o ON o.id = c.id WHERE o.total > 0"
)


class TestSqlfmt(PluginTestCase):
    plugin = "formatter:sqlfmt"

    def formatted(self, text: str) -> str:
        made: str = self.load()().format({"a.py": text})["a.py"]
        self.assertEqual(ast.dump(ast.parse(made)), ast.dump(ast.parse(text)))
        return made

    def test_a_long_query_gets_a_line_for_each_clause(self) -> None:
        self.assertEqual(
            self.formatted(f"def f():\n  return spark.sql({LONG!r})\n"),
            "def f():\n"
            "    return spark.sql(\n"
            '        "SELECT c.id, c.name, o.total "\n'
            '        "FROM main.silver.customers c "\n'
            '        "LEFT JOIN main.silver.orders o ON o.id = c.id "\n'
            '        "WHERE o.total > 0"\n'
            "    )\n",
        )

    def test_twice_is_once(self) -> None:
        once = self.formatted(f"def f():\n    return spark.sql({LONG!r})\n")
        self.assertEqual(self.formatted(once), once)

    def test_a_short_query_stays(self) -> None:
        text = 'df = spark.sql("SELECT 1 FROM t")\n'
        self.assertEqual(self.formatted(text), text)

    def test_odd_texts_stay_the_same_texts(self) -> None:
        tail = " WHERE a = 'é\\n\"' AND b IN (SELECT x FROM y) ORDER BY a"
        self.formatted(f"ä = spark.sql({LONG + tail!r})  # long\n")
        self.formatted(f"spark.sql({LONG + chr(39)!r})\n")

    def test_other_code_is_as_ruff_lays_it_out(self) -> None:
        self.assertEqual(self.formatted("x = { 'a':1 }\n"), 'x = {"a": 1}\n')
