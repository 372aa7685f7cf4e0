"""Runs generated pipelines on an Apache Spark at hand; no other command imports any of it."""
