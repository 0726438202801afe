"""Result types of expressions. Vendor pages: "Arithmetic operators", "Data type conversion"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.types import interval
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

NULL_TYPE = SnowflakeType("NULL")
"""The type of a bare NULL: takes any other type; becomes VARCHAR where nothing asks for one."""
NO_CONST = object()


@dataclass(slots=True)
class Typed:
    """A lowered expression: DuckDB SQL (safe inside any operator), its type, and its value if it is a literal.

    What the SQL gives, by type: FIXED with scale 0 an integer of any width, else DECIMAL(*, scale); REAL a DOUBLE;
    TIMESTAMP_LTZ a TIMESTAMPTZ; TIMESTAMP_TZ STRUCT(value TIMESTAMPTZ, offset_minutes INTEGER); semi-structured types
    VARCHAR with canonical JSON (see ``variants``); DECFLOAT a VARCHAR in the order of the numbers (``types.decfloat``).
    """

    sql: str
    type: SnowflakeType
    const: Any = NO_CONST
    origin: tuple[str, str, str] | None = None
    collation: str | None = None
    explicit: bool = False
    """Whether COLLATE gave the collation, which comes before that of a column."""

    @property
    def is_const(self) -> bool:
        return self.const is not NO_CONST

    @property
    def kind(self) -> str:
        return self.type.name


# --- numbers ----------------------------------------------------------------------------------------------------------
def _sizes(kind: SnowflakeType) -> tuple[int, int]:
    return kind.precision if kind.precision is not None else 38, kind.scale or 0


def fixed(digits: int, scale: int) -> SnowflakeType:
    """NUMBER with ``digits`` before the point, at most 38 in all."""
    return m.number(max(1, min(38, digits + scale)), scale)


def arithmetic(op: str, left: SnowflakeType, right: SnowflakeType) -> SnowflakeType:
    """The type of ``left op right`` for FIXED operands."""
    (p1, s1), (p2, s2) = _sizes(left), _sizes(right)
    d1, d2 = p1 - s1, p2 - s2
    if op in ("+", "-"):
        return fixed(max(d1, d2) + 1, max(s1, s2))
    if op == "*":
        return fixed(d1 + d2, min(s1 + s2, max(s1, s2, 12)))
    if op == "/":
        return fixed(d1 + s2, max(s1, min(s1 + 6, 12)))
    return fixed(max(d1, d2), max(s1, s2))


# --- common types -----------------------------------------------------------------------------------------------------
_TIME_RANK = {"DATE": 0, "TIMESTAMP_NTZ": 1, "TIMESTAMP_LTZ": 2, "TIMESTAMP_TZ": 3}
_SEMI = ("VARIANT", "OBJECT", "ARRAY", "MAP")
NUMERIC = frozenset({"FIXED", "REAL", "DECFLOAT"})
"""Among numbers, DECFLOAT comes first and FLOAT second. Vendor page: "Numeric data types" (DECFLOAT)."""


def common(types: Iterable[SnowflakeType]) -> SnowflakeType:
    """The type that values of ``types`` are brought to (CASE branches, set operations, VALUES, comparisons).

    Raises:
        SnowflakeError: 001007-like 002023 when there is none.
    """
    result = None
    for kind in types:
        result = kind if result is None else _pair(result, kind)
    return result if result is not None else NULL_TYPE


def _pair(a: SnowflakeType, b: SnowflakeType) -> SnowflakeType:
    if a.name == "NULL" or b.name == "NULL":
        return (b if a.name == "NULL" else a).with_nullable(True)
    nullable = a.nullable or b.nullable
    return _pair_kind(a, b).with_nullable(nullable)


def _pair_kind(a: SnowflakeType, b: SnowflakeType) -> SnowflakeType:
    if a.name == b.name:
        return _same_kind(a, b)
    names = {a.name, b.name}
    if a.fields or b.fields:
        raise errors.INCOMPATIBLE_TYPES(a.sql_name(), b.sql_name())
    if "VARIANT" in names:
        return m.variant()
    if names <= NUMERIC:
        return m.decfloat() if "DECFLOAT" in names else m.real()
    if names <= _TIME_RANK.keys():
        return a if _TIME_RANK[a.name] > _TIME_RANK[b.name] else b
    if "TEXT" in names:
        other = b if a.name == "TEXT" else a
        if other.name in _SEMI:
            return m.variant()
        return _of_text(other) if other.name == "FIXED" else other
    if names & set(_SEMI):
        return m.variant()
    if "BOOLEAN" in names:
        return m.boolean()
    raise errors.INCOMPATIBLE_TYPES(a.sql_name(), b.sql_name())


def _of_text(kind: SnowflakeType) -> SnowflakeType:
    """Numbers and texts together: a text becomes a NUMBER(18,5). Vendor page: "Data type conversion"."""
    precision, scale = _sizes(kind)
    return fixed(max(13, precision - scale), max(5, scale))


def _same_kind(a: SnowflakeType, b: SnowflakeType) -> SnowflakeType:
    if a.name == "FIXED":
        (p1, s1), (p2, s2) = _sizes(a), _sizes(b)
        return fixed(max(p1 - s1, p2 - s2), max(s1, s2))
    if a.name == "TEXT":
        return m.text(max(a.length or 0, b.length or 0))
    if a.name in interval.NAMES:
        return interval.common(a, b)
    if a.name == "BINARY":
        return m.binary(max(a.length or 0, b.length or 0))
    if a.scale is not None and b.scale is not None:
        return a if a.scale >= b.scale else b
    return a if a.fields == b.fields else _structured_pair(a, b)


def _structured_pair(a: SnowflakeType, b: SnowflakeType) -> SnowflakeType:
    """The type of both of two structured values. Vendor page: "Structured data types" (implicit casting).

    Raises:
        SnowflakeError: 002023, one is semi-structured, or they have other keys or elements.
    """
    if [field.name for field in a.fields] != [field.name for field in b.fields] or a.name == "VECTOR":
        raise errors.INCOMPATIBLE_TYPES(a.sql_name(), b.sql_name())
    fields = []
    for left, right in zip(a.fields, b.fields, strict=True):
        names = {left.type.name, right.type.name}
        if len(names) > 1 and not names <= NUMERIC and not names <= {"TIMESTAMP_LTZ", "TIMESTAMP_TZ"}:
            raise errors.INCOMPATIBLE_TYPES(a.sql_name(), b.sql_name())
        fields.append(m.StructField(left.name, _pair(left.type, right.type)))
    return SnowflakeType(a.name, fields=tuple(fields))


# --- types as written -------------------------------------------------------------------------------------------------
_INTEGERS = {"INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "BYTEINT"}
_REALS = {"FLOAT", "FLOAT4", "FLOAT8", "DOUBLE", "REAL"}
_TEXTS = {"VARCHAR", "VARCHAR2", "STRING", "TEXT", "NVARCHAR", "NVARCHAR2", "CHAR VARYING", "NCHAR VARYING"}
_CHARS = {"CHAR", "CHARACTER", "NCHAR"}
_LONGEST_TEXT, _LONGEST_BINARY = 134_217_728, 67_108_864
"""What lengths that are written may be."""
_SIMPLE = {
    "BOOLEAN": m.boolean(),
    "DATE": m.date(),
    "UUID": m.uuid(),
    "VARIANT": m.variant(),
    "GEOGRAPHY": m.geography(),
    "GEOMETRY": m.geometry(),
}
_TIMES = {
    "TIME": m.time,
    "TIMESTAMP_NTZ": m.timestamp_ntz,
    "TIMESTAMPNTZ": m.timestamp_ntz,
    "DATETIME": m.timestamp_ntz,
    "TIMESTAMP_LTZ": m.timestamp_ltz,
    "TIMESTAMPLTZ": m.timestamp_ltz,
    "TIMESTAMP_TZ": m.timestamp_tz,
    "TIMESTAMPTZ": m.timestamp_tz,
}


def resolve(ref: n.TypeRef, timestamp_mapping: str = "TIMESTAMP_NTZ") -> SnowflakeType:
    """The type that ``ref`` names; ``timestamp_mapping`` is what TIMESTAMP stands for.

    Raises:
        SnowflakeError: 002040, no such type.
    """
    kind = _resolve(ref, timestamp_mapping)
    return kind.with_nullable(not ref.not_null)


def _resolve(ref: n.TypeRef, mapping: str) -> SnowflakeType:
    name, params = ref.name, ref.params
    if name in _INTEGERS:
        return m.number()
    if name in ("NUMBER", "DECIMAL", "DEC", "NUMERIC"):
        return _number(params)
    if name in _REALS:
        return m.real()
    if name == "DECFLOAT" and params in ([], [m.MAX_PRECISION]):
        return m.decfloat()
    if name in _TEXTS:
        return m.text(_sized("VARCHAR", params[0], 1, _LONGEST_TEXT)) if params else m.text()
    if name in _CHARS:
        return m.text(_sized("VARCHAR", params[0], 1, _LONGEST_TEXT) if params else 1)
    if name in ("BINARY", "VARBINARY"):
        return m.binary(_sized("BINARY", params[0], 1, _LONGEST_BINARY)) if params else m.binary()
    if name in _SIMPLE and (not params or name != "UUID"):
        return _SIMPLE[name]
    if name == "TIMESTAMP":
        name = mapping
    if name in _TIMES:
        return _TIMES[name](_sized(name, params[0], 0, 9)) if params else _TIMES[name]()
    if name.startswith("INTERVAL "):
        return _interval(ref)
    return _structured(ref, mapping)


def _sized(name: str, size: int, least: int, most: int) -> int:
    if not least <= size <= most:
        raise errors.UNSUPPORTED_DATA_TYPE(f"{name}({size})")
    return size


def _number(params: list[int]) -> SnowflakeType:
    precision = params[0] if params else 38
    scale = params[1] if len(params) > 1 else 0
    if not 1 <= precision <= 38 or not 0 <= scale <= precision:
        raise errors.UNSUPPORTED_DATA_TYPE(f"NUMBER({precision},{scale})")
    return m.number(precision, scale)


def _interval(ref: n.TypeRef) -> SnowflakeType:
    """Raises SnowflakeError 002040: there are no such fields, or digits that are not from 1 to 9 (0 to 9)."""
    qualifier = ref.name.removeprefix("INTERVAL ")
    precision, scale = ref.params
    if qualifier not in interval.QUALIFIERS or not 1 <= precision <= 9 or not 0 <= scale <= 9:
        raise errors.INTERVAL_TYPE(qualifier)
    return interval.make(qualifier, precision, scale)


MOST_DIMENSIONS = 4096
"""Of vectors. Vendor page: "Vector data types"."""


def _check_keys(name: str, inner: list[tuple[str, SnowflakeType]]) -> None:
    """Keys of an OBJECT are different, those of a MAP texts or whole numbers. Vendor page: "Structured data types"."""
    keys = [key for key, _ in inner]
    if name == "OBJECT" and len(set(keys)) < len(keys):
        raise errors.DUPLICATE_TYPE_KEY(next(key for key in keys if keys.count(key) > 1))
    if name == "MAP" and inner and (inner[0][1].name not in ("TEXT", "FIXED") or inner[0][1].scale):
        raise errors.UNSUPPORTED_DATA_TYPE(f"Map with key type {inner[0][1].sql_name()}")


def _structured(ref: n.TypeRef, mapping: str) -> SnowflakeType:
    inner = [(name, resolve(kind, mapping)) for name, kind in ref.fields]
    for _, kind in inner:
        if kind.name in interval.NAMES or kind.name == "UUID":
            where = {"ARRAY": "Array with element", "OBJECT": "Object with field", "MAP": "Map with value"}
            raise errors.UNSUPPORTED_DATA_TYPE(f"{where.get(ref.name, ref.name)} type {kind.sql_name()}")
    _check_keys(ref.name, inner)
    match ref.name:
        case "ARRAY":
            return m.array(inner[0][1]) if inner else m.array()
        case "OBJECT":
            return m.object_(*(m.StructField(name, kind) for name, kind in inner))
        case "MAP" if len(inner) == 2:
            return m.map_(inner[0][1], inner[1][1])
        case "VECTOR" if inner and ref.params:
            return _vector(inner[0][1], ref.params[0])
    raise errors.UNSUPPORTED_DATA_TYPE(ref.name)


def _vector(element: SnowflakeType, dimensions: int) -> SnowflakeType:
    """Elements are INT or FLOAT, of 32 bits. Vendor page: "Vector data types"."""
    if not 1 <= dimensions <= MOST_DIMENSIONS:
        raise errors.INVALID_VECTOR(f"{dimensions:,}")
    if element.name not in ("FIXED", "REAL") or element.scale:
        raise errors.UNSUPPORTED_DATA_TYPE(m.vector(element, dimensions).sql_name())
    return m.vector(element, dimensions)


# --- physical types ---------------------------------------------------------------------------------------------------
_PHYSICAL = {
    "REAL": "DOUBLE",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
    "TIME": "TIME",
    "TIMESTAMP_NTZ": "TIMESTAMP",
    "TIMESTAMP_LTZ": "TIMESTAMPTZ",
    "TIMESTAMP_TZ": "STRUCT(value TIMESTAMPTZ, offset_minutes INTEGER)",
    "BINARY": "BLOB",
    interval.YEAR_MONTH: "BIGINT",
    interval.DAY_TIME: "HUGEINT",
}


def physical(kind: SnowflakeType) -> str:
    """The DuckDB type that stores ``kind``."""
    if kind.name == "FIXED":
        precision, scale = _sizes(kind)
        if scale:
            return f"DECIMAL({precision},{scale})"
        return "BIGINT" if precision <= 18 else "HUGEINT"
    return _PHYSICAL.get(kind.name, "VARCHAR")


def storage(kind: SnowflakeType, *, wide: bool = False) -> str:
    """The DuckDB type of a column of ``kind``.

    Whole numbers are stored in 64 bits, which joins and groups twice as fast as 128, until a value needs more: the
    engine then widens the table's columns and runs the statement again.
    """
    if kind.name == "FIXED" and not kind.scale and not wide:
        return "BIGINT"
    return physical(kind)
