"""Lays out SQL in generated code, and filters that make SQL."""
