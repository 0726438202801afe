"""Table attributes that PostgreSQL does not have, and how they travel with the statement.

A CREATE or ALTER TABLE carries them as JSON in a constraint ``CHECK (dw_attributes('…'))``; the event trigger in
``catalog/10_tables.sql`` reads it within the same statement, records what the catalog shows, makes the indexes and
drops the constraint. A CREATE TABLE AS carries them in a condition ``dw_ctas('…')``. So one statement stays one
statement, in either protocol and inside procedures.
"""

from __future__ import annotations

import json
from typing import Any

from dw_simulator.emulators.redshift.commands.lexer import Reader, quote_string
from dw_simulator.emulators.redshift.errors import RedshiftError

CARRIER = "dw_attributes"
ENCODINGS = frozenset(
    [
        "az64",
        "bytedict",
        "delta",
        "delta32k",
        "lzo",
        "mostly8",
        "mostly16",
        "mostly32",
        "raw",
        "runlength",
        "text255",
        "text32k",
        "zstd",
        "auto",
        "none",
    ]
)

Attributes = dict[str, Any]


def constraint(attributes: Attributes) -> str:
    return f"CONSTRAINT {CARRIER} CHECK (pg_catalog.dw_attributes({quote_string(json.dumps(attributes))}))"


def ctas_condition(attributes: Attributes) -> str:
    return f"pg_catalog.dw_ctas({quote_string(json.dumps(attributes))})"


def table_attribute(reader: Reader, attributes: Attributes) -> bool:
    """Read one of the attributes after the column list; False when none comes next.

    "CREATE TABLE": BACKUP, DISTSTYLE, DISTKEY, [COMPOUND | INTERLEAVED] SORTKEY, ENCODE AUTO, AUTO REFRESH.
    """
    if reader.take("backup"):
        attributes["backup"] = reader.take_any("yes", "no") == "yes"
    elif reader.take("diststyle"):
        attributes["diststyle"] = _one_of(reader, "auto", "even", "key", "all")
    elif reader.take("distkey"):
        attributes["distkey"] = reader.names()[0]
    elif reader.ahead("compound", "sortkey") or reader.ahead("interleaved", "sortkey"):
        attributes["sortstyle"] = reader.next().word
        reader.expect("sortkey")
        attributes["sortkeys"] = reader.names()
    elif reader.take("sortkey"):
        _sort_key(reader, attributes)
    elif reader.take("encode"):
        attributes["encode"] = _one_of(reader, "auto")
    elif reader.take("auto", "refresh"):
        attributes["auto_refresh"] = _one_of(reader, "yes", "no") == "yes"
    else:
        return False
    return True


def _sort_key(reader: Reader, attributes: Attributes) -> None:
    if reader.take("auto"):
        attributes["sortstyle"] = "auto"
    elif reader.take("none"):
        attributes["sortstyle"] = "none"
    else:
        attributes["sortstyle"] = "compound"
        attributes["sortkeys"] = reader.names()


def encoding(reader: Reader) -> str:
    name = reader.name()
    if name not in ENCODINGS:
        raise RedshiftError("42601", f'encoding "{name}" not recognized')
    return "raw" if name == "none" else name


def check(attributes: Attributes) -> None:
    """Refuse combinations that Redshift refuses."""
    style, key = attributes.get("diststyle"), attributes.get("distkey")
    if key and style not in (None, "key"):
        raise RedshiftError("42P16", f"DISTSTYLE {str(style).upper()} and DISTKEY cannot be used together")
    if style == "key" and not key:
        raise RedshiftError("42P16", "DISTSTYLE KEY requires a DISTKEY column")


def _one_of(reader: Reader, *words: str) -> str:
    found = reader.take_any(*words)
    if not found:
        raise reader.error()
    return found
