from lib import levels


def get_df(spark, parameters):
    region = levels.region()
    return spark.read.table(f"${catalog}.{region}.tides")
