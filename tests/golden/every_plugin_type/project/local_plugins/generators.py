"""One generator of each kind."""

from lhp.core.base_generator import BaseActionGenerator, Config, Options
from pydantic import Field


class NumbersConfig(Config):
    """What lhp.yaml says of all numbers."""

    step: int = Field(1, description="Distance between two numbers.")


class NumbersOptions(Options):
    """What `source` takes for `type: numbers`."""

    limit: int = Field(description="First number that is too large.")


class NumbersLoadGenerator(BaseActionGenerator):
    """Numbers from zero on."""

    Config = NumbersConfig
    Options = NumbersOptions
    template = "numbers.py.j2"


class AnnotatedSqlGenerator(BaseActionGenerator):
    """SQL with a note, in the place of the built-in one."""

    @classmethod
    def get_supported_options(cls):
        """Return the options as a JSON Schema."""
        text = {"type": "string"}
        return {
            "type": "object",
            "properties": {"sql": text, "sql_path": text, "note": {**text, "default": "none"}},
        }

    def generate(self, action, context):
        """Return the view as plain text."""
        options = action.options
        sql = options.get("sql") or context.read_text(options["sql_path"])
        return (
            f"@dp.temporary_view()\ndef {action.target}():\n"
            f"    note = {options['note']!r}\n    return spark.sql({sql.strip()!r})"
        )


class ConsoleWriteGenerator(BaseActionGenerator):
    """Prints what arrives."""

    source_count = "one"

    def generate(self, action, context):
        """Return a sink and its flow."""
        return self.render_template("console.py.j2", {"sink": action.name})


class PlausibleTestGenerator(BaseActionGenerator):
    """A test that nobody uses here."""

    def generate(self, action, context):
        """Return nothing but a comment."""
        return "# plausible"
