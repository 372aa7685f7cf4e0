"""Loads the records of REST APIs, page by page."""
