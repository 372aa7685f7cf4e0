"""Loads from Snowflake: by Lakehouse Federation, or by the Spark connector."""
