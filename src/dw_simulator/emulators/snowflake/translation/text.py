"""Text of DuckDB SQL: literals and identifiers, quoted in one place."""

from __future__ import annotations

import re


def literal(value: str) -> str:
    """A string literal."""
    if "\0" in value:
        return "(" + " || chr(0) || ".join("'" + part.replace("'", "''") + "'" for part in value.split("\0")) + ")"
    return "'" + value.replace("'", "''") + "'"


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def written(name: str) -> str:
    """A stored name as messages show it: in quotes where it needs them."""
    return name if re.fullmatch(r"[A-Z_][A-Z0-9_$]*", name) else identifier(name)


def like_pattern(pattern: str) -> re.Pattern[str]:
    """The LIKE pattern of a SHOW statement: without regard to case, an escaped underscore is one."""
    text = "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern.replace("\\_", "_"))
    return re.compile(text, re.I | re.S)
