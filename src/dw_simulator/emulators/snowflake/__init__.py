"""Snowflake: its connector protocol and SQL in front of DuckDB."""
