"""Text of DuckDB SQL: literals and identifiers, quoted in one place."""

from __future__ import annotations


def literal(value: str) -> str:
    """A string literal."""
    if "\0" in value:
        return "(" + " || chr(0) || ".join("'" + part.replace("'", "''") + "'" for part in value.split("\0")) + ")"
    return "'" + value.replace("'", "''") + "'"


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
