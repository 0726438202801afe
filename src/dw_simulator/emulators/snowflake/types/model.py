"""Snowflake's data types as columns and binds carry them.

``name`` is the internal name that the protocol and SHOW COLUMNS use (``FIXED``, ``REAL``, ``TEXT`` …); ``sql_name`` is
how DESCRIBE TABLE prints the type (``NUMBER(38,0)``). Vendor page: "Summary of data types".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

MAX_TEXT_LENGTH = 16_777_216
"""Longest VARCHAR, in characters, that a column without a length is declared with."""
MAX_BINARY_LENGTH = 8_388_608
MAX_PRECISION = 38

TIMESTAMP_NAMES = frozenset({"TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ"})
SEMI_STRUCTURED_NAMES = frozenset({"VARIANT", "OBJECT", "ARRAY", "MAP"})


@dataclass(frozen=True, slots=True)
class StructField:
    """One field of a structured OBJECT; ARRAY, MAP and VECTOR have unnamed ones for their elements."""

    name: str
    type: SnowflakeType


@dataclass(frozen=True, slots=True)
class SnowflakeType:
    """A data type with its sizes.

    ``precision`` and ``scale`` belong to FIXED, ``precision`` to DECFLOAT; ``scale`` alone to TIME and the timestamps
    (fractional digits, 0-9);
    ``length`` (characters) and ``byte_length`` to TEXT, ``length`` and ``byte_length`` (both bytes) to BINARY,
    ``length`` (dimensions) to VECTOR, all three to intervals (see ``interval``). ``fields`` belongs to structured types
    and VECTOR.
    """

    name: str
    precision: int | None = None
    scale: int | None = None
    length: int | None = None
    byte_length: int | None = None
    nullable: bool = True
    fields: tuple[StructField, ...] = ()

    def with_nullable(self, nullable: bool) -> SnowflakeType:
        """The same type, nullable or not."""
        return self if self.nullable is nullable else replace(self, nullable=nullable)

    @property
    def is_timestamp(self) -> bool:
        return self.name in TIMESTAMP_NAMES

    def sql_name(self) -> str:
        """The type as DESCRIBE TABLE prints it."""
        name = self.name
        if name == "FIXED":
            return f"NUMBER({self.precision},{self.scale})"
        if name == "REAL":
            return "FLOAT"
        if name.startswith("INTERVAL"):
            from dw_simulator.emulators.snowflake.types.interval import sql_name

            return sql_name(self)
        if name == "DECFLOAT":
            return f"DECFLOAT({self.precision})"
        if name == "TEXT":
            return f"VARCHAR({self.length})"
        if name == "BINARY":
            return f"BINARY({self.length})"
        if name == "TIME" or name in TIMESTAMP_NAMES:
            return f"{name}({self.scale})"
        return _structured_name(self) if self.fields else name


_PLAIN_KEY = re.compile(r"([A-Za-z_][A-Za-z0-9_$]*)?")


def _key(name: str) -> str:
    return name if _PLAIN_KEY.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _structured_name(kind: SnowflakeType) -> str:
    inner = [
        f"{_key(field.name)} {field.type.sql_name()}".strip() + ("" if field.type.nullable else " NOT NULL")
        for field in kind.fields
    ]
    if kind.name == "VECTOR":
        element = "INT" if kind.fields[0].type.name == "FIXED" else inner[0]
        return f"VECTOR({element}, {kind.length})"
    return f"{kind.name}({', '.join(inner)})"


# --- constructors  ---
def number(precision: int = MAX_PRECISION, scale: int = 0, *, nullable: bool = True) -> SnowflakeType:
    return SnowflakeType("FIXED", precision=precision, scale=scale, nullable=nullable)


def real(*, nullable: bool = True) -> SnowflakeType:
    return SnowflakeType("REAL", nullable=nullable)


def decfloat(*, nullable: bool = True) -> SnowflakeType:
    return SnowflakeType("DECFLOAT", precision=MAX_PRECISION, nullable=nullable)


def text(length: int = MAX_TEXT_LENGTH, *, nullable: bool = True) -> SnowflakeType:
    """VARCHAR of ``length`` characters; a character takes up to 4 bytes, and no value more than 16 MiB."""
    byte_length = min(length * 4, MAX_TEXT_LENGTH)
    return SnowflakeType("TEXT", length=length, byte_length=byte_length, nullable=nullable)


def binary(length: int = MAX_BINARY_LENGTH, *, nullable: bool = True) -> SnowflakeType:
    return SnowflakeType("BINARY", length=length, byte_length=length, nullable=nullable)


def uuid(*, nullable: bool = True) -> SnowflakeType:
    return SnowflakeType("UUID", nullable=nullable)


def boolean(*, nullable: bool = True) -> SnowflakeType:
    return SnowflakeType("BOOLEAN", nullable=nullable)


def date(*, nullable: bool = True) -> SnowflakeType:
    return SnowflakeType("DATE", nullable=nullable)


def time(scale: int = 9, *, nullable: bool = True) -> SnowflakeType:
    return SnowflakeType("TIME", precision=0, scale=scale, nullable=nullable)


def timestamp_ntz(scale: int = 9, *, nullable: bool = True) -> SnowflakeType:
    return SnowflakeType("TIMESTAMP_NTZ", precision=0, scale=scale, nullable=nullable)


def timestamp_ltz(scale: int = 9, *, nullable: bool = True) -> SnowflakeType:
    return SnowflakeType("TIMESTAMP_LTZ", precision=0, scale=scale, nullable=nullable)


def timestamp_tz(scale: int = 9, *, nullable: bool = True) -> SnowflakeType:
    return SnowflakeType("TIMESTAMP_TZ", precision=0, scale=scale, nullable=nullable)


def variant(*, nullable: bool = True) -> SnowflakeType:
    return SnowflakeType("VARIANT", nullable=nullable)


def object_(*fields: StructField, nullable: bool = True) -> SnowflakeType:
    """OBJECT; with ``fields`` a structured one."""
    return SnowflakeType("OBJECT", nullable=nullable, fields=fields)


def array(element: SnowflakeType | None = None, *, nullable: bool = True) -> SnowflakeType:
    """ARRAY; with ``element`` a structured one."""
    fields = (StructField("", element),) if element else ()
    return SnowflakeType("ARRAY", nullable=nullable, fields=fields)


def map_(key: SnowflakeType, value: SnowflakeType, *, nullable: bool = True) -> SnowflakeType:
    return SnowflakeType("MAP", nullable=nullable, fields=(StructField("", key), StructField("", value)))


def vector(element: SnowflakeType, dimensions: int, *, nullable: bool = True) -> SnowflakeType:
    return SnowflakeType("VECTOR", length=dimensions, nullable=nullable, fields=(StructField("", element),))


def geography(*, nullable: bool = True) -> SnowflakeType:
    return SnowflakeType("GEOGRAPHY", nullable=nullable)


def geometry(*, nullable: bool = True) -> SnowflakeType:
    return SnowflakeType("GEOMETRY", nullable=nullable)
