from pyspark.sql.datasource import DataSource


class Ais(DataSource):
    @classmethod
    def name(cls):
        """Ships as they are seen."""
        return "ais_feed"


class Plain(DataSource):
    pass


class Gate(DataSource):
    @classmethod
    def name(cls):
        return "gate_api"
