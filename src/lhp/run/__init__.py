"""Runs generated pipelines on an Apache Spark at hand; nothing here is imported by other commands."""
