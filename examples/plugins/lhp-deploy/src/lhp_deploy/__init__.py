"""Commands around a deployment: deploy, test-pipeline, check-schemas, profile."""
