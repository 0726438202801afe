"""Type OIDs: from what PostgreSQL says a column is to what a Redshift driver knows.

Source: the OIDs redshift_connector, the Redshift JDBC and ODBC drivers carry; "Data types" of the Redshift guide.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace

from dw_simulator.emulators.redshift.protocol.messages import Field

VARCHAR = 1043
CHAR = 1042
SUPER = 4000
VARBYTE = 6551
GEOMETRY = 3000
GEOGRAPHY = 3001

TEXT = 25
_JSON, _JSONB, _UUID, _BYTEA = 114, 3802, 2950, 17
_CI_VARCHAR, _CI_CHAR = 9001, 9003
"""Strings with COLLATE CASE_INSENSITIVE: functions/96_collation.sql."""

KNOWN = frozenset(
    (
        *(SUPER, GEOMETRY, GEOGRAPHY),
        *(16, 18, 19, 20, 21, 22, 23, 24, 26),  # bool, "char", name, int8, int2, int2vector, int4, regproc, oid
        *(27, 28, 29, 30, 700, 701, 702, 705),  # tid, xid, cid, oidvector, float4, float8, abstime, unknown
        *(1033, 1042, 1043, 1700, 1790),  # aclitem, bpchar, varchar, numeric, refcursor
        *(1082, 1083, 1114, 1184, 1186, 1266),  # date, time, timestamp, timestamptz, interval, timetz
        *(
            1000,
            1002,
            1003,
            1005,
            1007,
            1009,
            1014,
            1015,
            1016,
            1021,
            1022,
            1028,
            1034,
        ),  # arrays of the first two lines
        *(1115, 1182, 1183, 1185, 1231, 2277),  # arrays of dates, times and numeric; anyarray
    )
)
"""OIDs that mean the same to both sides."""

TYPE_OIDS: dict[int, int] = {
    _JSONB: SUPER,
    _BYTEA: VARBYTE,
    TEXT: VARCHAR,
    _JSON: VARCHAR,
    _UUID: VARCHAR,
    _CI_VARCHAR: VARCHAR,
    _CI_CHAR: CHAR,
}
"""OIDs that get another one. What is neither here nor in KNOWN is VARCHAR, which every driver can read as text."""


def client_oid(oid: int) -> int:
    return oid if oid in KNOWN else TYPE_OIDS.get(oid, VARCHAR)


Reshape = Callable[[bytes], bytes]


def _jsonb_binary(value: bytes) -> bytes:
    """Without the version number before the text."""
    return value[1:]


def _uuid_binary(value: bytes) -> bytes:
    digits = value.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])).encode()


def _bytea_text(value: bytes) -> bytes:
    """VARBYTE prints as bare hexadecimal digits: 616263, not \\x616263."""
    return value[2:]


INTERVAL = 1186
_DAY_MICROSECONDS = 86_400_000_000


def interval_binary(value: bytes) -> bytes:
    """An interval as Redshift's own drivers read it: microseconds with the days in them, and months.

    Drivers of PostgreSQL read 16 bytes: microseconds, days, months.
    """
    microseconds, days, months = struct.unpack("!qii", value)
    return struct.pack("!qi", microseconds + days * _DAY_MICROSECONDS, months)


_YEAR_TO_MONTH, _DAY_TO_SECOND = 1188, 1190
_MONTHS, _SECONDS = 0x0006, 0x1C08
"""The units of an interval in the upper half of PostgreSQL's type modifier: years and months, days to seconds."""


def driver_interval(field: Field) -> tuple[Field, Reshape | None]:
    """An interval as Redshift's own drivers know it: YEAR TO MONTH as months, DAY TO SECOND as microseconds."""
    units = field.type_modifier >> 16 if field.type_modifier >= 0 else 0
    if units and not units & ~_MONTHS:
        return replace(field, type_oid=_YEAR_TO_MONTH), _months if field.format else None
    if units and not units & ~_SECONDS:
        return replace(field, type_oid=_DAY_TO_SECOND), _microseconds if field.format else None
    return field, interval_binary if field.format else None


def _months(value: bytes) -> bytes:
    return value[12:]


def _microseconds(value: bytes) -> bytes:
    return interval_binary(value)[:8]


_RESHAPE: dict[tuple[int, int], Reshape] = {
    (_JSONB, 1): _jsonb_binary,
    (_UUID, 1): _uuid_binary,
    (_BYTEA, 0): _bytea_text,
}
STRINGS = frozenset((TEXT, _CI_VARCHAR, _CI_CHAR))
"""Types whose values, and whose parameters, have the same bytes under the OID that clients see."""

_BINARY_ISTEXT = frozenset((*STRINGS, _JSON, _JSONB, _UUID, _BYTEA))


def binary_is_text(oid: int) -> bool:
    """Whether a binary value can be given to a client that takes the column for its mapped type, as it is."""
    return oid in STRINGS or oid in (_JSON, _BYTEA)


def map_field(field: Field, *, own_driver: bool = False) -> tuple[Field, Reshape | None]:
    """A column as the client shall see it, and how its values change on the way (None: not at all).

    A binary value of a type no Redshift driver knows keeps its PostgreSQL OID: claiming VARCHAR for it would be a lie.
    """
    oid = field.type_oid
    if own_driver and oid == INTERVAL:
        return driver_interval(field)
    if oid in KNOWN or (field.format == 1 and oid not in _BINARY_ISTEXT):
        return field, None
    return replace(field, type_oid=client_oid(oid)), _RESHAPE.get((oid, field.format))


def reshape_row(values: tuple[bytes | None, ...], reshapes: dict[int, Reshape]) -> list[bytes | None]:
    changed = list(values)
    for index, reshape in reshapes.items():
        value = changed[index]
        if value is not None:
            changed[index] = reshape(value)
    return changed
