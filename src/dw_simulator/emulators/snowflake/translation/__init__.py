"""Snowflake SQL in, DuckDB SQL out: lexer -> parser -> binder (names, types, lowering). Owns no connection."""
