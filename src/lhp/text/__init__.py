"""Facts about languages: YAML, SQL, DDL, Python."""
