"""Snowflake's data types and the forms their values take in results."""
