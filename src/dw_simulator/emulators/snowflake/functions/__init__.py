"""Snowflake's functions, one file per category of the vendor's function reference; see ``registry``."""
