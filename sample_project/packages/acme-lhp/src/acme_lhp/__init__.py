"""Acme's plugins for Lakehouse Plumber."""
