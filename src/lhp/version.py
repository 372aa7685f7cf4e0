"""What lhp is called where it is installed, and its version: the one place that says it."""

DISTRIBUTION = "lakehouse-plumber"
VERSION = "0.1.0"
