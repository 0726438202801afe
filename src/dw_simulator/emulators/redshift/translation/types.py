"""Redshift's data types as columns and casts name them, to the backend's.

"Data types": VARCHAR is VARCHAR(256), VARCHAR(MAX) is VARCHAR(65535), TEXT is VARCHAR(256), DECIMAL is DECIMAL(18,0).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dw_simulator.emulators.redshift.errors import RedshiftError

MAX_VARCHAR = 65535
MAX_CHAR = 4096

_SIMPLE = {
    "smallint": "smallint", "int2": "smallint", "integer": "integer", "int": "integer", "int4": "integer",
    "bigint": "bigint", "int8": "bigint", "real": "real", "float4": "real", "double precision": "double precision",
    "float8": "double precision", "float": "double precision", "boolean": "boolean", "bool": "boolean",
    "date": "date", "time": "time", "time without time zone": "time", "timetz": "time with time zone",
    "time with time zone": "time with time zone", "timestamp": "timestamp", "datetime": "timestamp",
    "timestamp without time zone": "timestamp", "timestamptz": "timestamp with time zone",
    "timestamp with time zone": "timestamp with time zone", "super": "super", "hllsketch": "hllsketch",
    "oid": "oid", "name": "name", "regclass": "regclass", "geometry": "geometry", "geography": "geography",
    "refcursor": "refcursor", "interval": "interval", "interval year to month": "interval year to month",
    "interval day to second": "interval day to second", "unknown": "text", "record": "record", "void": "void",
    "trigger": "trigger", "anyelement": "anyelement", "regtype": "regtype", "regproc": "regproc", "xid": "xid",
}  # fmt: skip
_CHARACTER = {"varchar", "character varying", "nvarchar", "text", "char", "character", "nchar", "bpchar"}
_FIXED = {"char", "character", "nchar"}
_BINARY = {"varbyte", "varbinary", "binary varying"}
_NUMERIC = {"decimal", "numeric", "dec"}
COLUMN_TYPES = (
    *("smallint", "integer", "bigint", "numeric", "real", "double precision", "boolean", "date", "time"),
    *("varchar", "char(", "varbyte", "super", "hllsketch", "geometry", "geography", "pg_catalog.dw_ci"),
    *("interval year to month", "interval day to second"),
)
"""How the backend's types begin that a column may have ("Data types", "Unsupported PostgreSQL data types")."""
_TEXT = re.compile(r"\s*([a-z_][a-z0-9_ ]*)(?:\(\s*([^)]*?)\s*\)([a-z ]*))?\s*", re.I)


SENSITIVE = frozenset(["case_sensitive", "cs"])
INSENSITIVE = frozenset(["case_insensitive", "ci"])
"""The names of collations ("COLLATE function")."""


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type as written: its name in lower case with single blanks, and its arguments."""

    name: str
    arguments: tuple[str, ...] = ()


def read_type(text: str) -> TypeName:
    """Parse ``VARCHAR ( 20 )``, ``timestamp(6) without time zone``, ``double precision``.

    Raises:
        RedshiftError: 42704, no such type.
    """
    match = _TEXT.fullmatch(text)
    if not match:
        raise unknown_type(text)
    name = " ".join(f"{match[1]} {match[3] or ''}".lower().split())
    arguments = tuple(part.strip().lower() for part in match[2].split(",")) if match[2] else ()
    return TypeName(name, arguments)


def unknown_type(name: str) -> RedshiftError:
    return RedshiftError("42704", f'type "{name.strip().lower()}" does not exist')


def column_type(text: str) -> str:
    """The backend's type of a column declared as ``text``.

    Raises:
        RedshiftError: unknown type, or a length or precision out of Redshift's range.
    """
    return backend_type(read_type(text), default_length=True)


def cast_type(text: str) -> str:
    """The backend's type of a cast to ``text``: a cast to VARCHAR without a length does not cut."""
    return backend_type(read_type(text), default_length=False)


def backend_type(type_name: TypeName, *, default_length: bool) -> str:
    name, arguments = type_name.name, type_name.arguments
    if name in _CHARACTER:
        return _character(name, arguments, default_length=default_length)
    if name in _NUMERIC:
        return _numeric(arguments)
    if name in _BINARY:
        return "varbyte"
    if name == "float" and arguments:
        return "real" if int(arguments[0]) <= 24 else "double precision"
    if name in _SIMPLE:
        return _SIMPLE[name]
    if re.fullmatch(r"[a-z_]\w*", name) and not arguments:
        return name  # a type of the catalog (oid, name, aclitem …): the backend says whether it exists
    raise unknown_type(name)


def _character(name: str, arguments: tuple[str, ...], *, default_length: bool) -> str:
    if name in _FIXED:
        length = _length(arguments, MAX_CHAR, name) or 1
        return f"char({length})"
    if name == "bpchar":
        return "char(256)"
    if name == "text" and default_length:
        return "varchar(256)"
    found = _length(arguments, MAX_VARCHAR, "varchar")
    if found:
        return f"varchar({found})"
    return "varchar(256)" if default_length else "varchar"


def _length(arguments: tuple[str, ...], maximum: int, name: str) -> int | None:
    if not arguments:
        return None
    if arguments[0] == "max":
        return maximum
    length = int(arguments[0]) if arguments[0].isdigit() else 0
    if not 1 <= length <= maximum:
        message = (
            f"length for type {name} must be at least 1"
            if length < 1
            else f"length for type {name} cannot exceed {maximum}"
        )
        raise RedshiftError("22023", message)
    return length


def _numeric(arguments: tuple[str, ...]) -> str:
    if not all(argument.isdigit() for argument in arguments):
        raise RedshiftError("42601", f'syntax error at or near "{arguments[0]}"')
    precision = int(arguments[0]) if arguments else 18
    scale = int(arguments[1]) if len(arguments) > 1 else 0
    if not 1 <= precision <= 38:
        raise RedshiftError("22023", f"DECIMAL precision {precision} must be between 1 and 38")
    if scale > min(precision, 37):
        raise RedshiftError("22023", f"DECIMAL scale {scale} must be between 0 and precision {precision}")
    return f"numeric({precision},{scale})"


def collated_type(kind: str, *, insensitive: bool) -> str | None:
    """The backend's type of strings of type ``kind`` that are compared in that way; None: they are no strings."""
    match = re.fullmatch(r"(?:pg_catalog\.)?(varchar|char|dw_ci|dw_ci_char)\b(.*)", kind)
    if match is None:
        return None
    fixed = match[1] in ("char", "dw_ci_char")
    if insensitive:
        return f"pg_catalog.{'dw_ci_char' if fixed else 'dw_ci'}{match[2]}"
    return f"{'char' if fixed else 'varchar'}{match[2]}"
