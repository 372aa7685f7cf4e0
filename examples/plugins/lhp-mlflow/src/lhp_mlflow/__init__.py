"""Scores rows with registered models, and deploys model versions to endpoints."""
