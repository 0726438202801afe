"""CAST and TRY_CAST as they are written: what they take. Vendor pages: "CAST", "TRY_CAST", "Data type conversion"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.translation.casts import cast
from dw_simulator.emulators.snowflake.translation.environment import Environment
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

_NO_CAST = errors.CANNOT_CONVERT_PARAMETER.errno
_FUNCTIONS = {"FIXED": "TO_NUMBER", "REAL": "TO_DOUBLE", "TEXT": "TO_CHAR"}
_TRIED = frozenset(
    {
        "TEXT",
        "FIXED",
        "REAL",
        "DECFLOAT",
        "BOOLEAN",
        "DATE",
        "TIME",
        "TIMESTAMP_NTZ",
        "TIMESTAMP_LTZ",
        "TIMESTAMP_TZ",
        "BINARY",
        "UUID",
        "INTERVAL_YEAR_MONTH",
        "INTERVAL_DAY_TIME",
    }
)
"""What TRY_CAST makes (BINARY and UUID by TRY_TO_BINARY and TRY_TO_UUID)."""
_KEPT = frozenset({"DECFLOAT", "OBJECT", "ARRAY"})
_CONTAINERS = frozenset({"OBJECT", "ARRAY", "VARIANT", "MAP"})


def explicit_cast(value: Typed, kind: SnowflakeType, env: Environment, call: str, *, safe: bool) -> Typed:
    """``value`` converted by ``call``: CAST, TRY_CAST or a function of conversion, as it is written.

    Raises:
        SnowflakeError: 001007, no value of its type can be converted; 001065, TRY_CAST takes texts only.
    """
    if safe and kind.name in _CONTAINERS:
        check_tried(value, kind)
    try:
        result = cast(value, kind.with_nullable(True), env, safe=safe)
    except errors.SnowflakeError as error:
        if error.errno == _NO_CAST and not kind.fields and not value.type.fields:
            raise errors.INVALID_TYPE(call, f"TO_{_name(kind)}") from None
        raise
    if safe:
        check_tried(value, kind)
    return result


def check_tried(value: Typed, kind: SnowflakeType) -> None:
    """Raises SnowflakeError 001065: TRY_CAST, and the functions TRY_TO_…, convert texts, and only to some types.

    An object that stays one and an array that stays one are taken: dbt-snowflake's unit tests write that.
    """
    same = value.kind == kind.name and kind.name in _KEPT and not kind.fields and not value.type.fields
    if value.kind == "NULL" or same or (value.kind == "TEXT" and kind.name in _TRIED):
        return
    raise errors.TRY_CAST_TYPES(value.type.sql_name(), kind.sql_name())


def _name(kind: SnowflakeType) -> str:
    return _FUNCTIONS.get(kind.name, f"TO_{kind.name}").removeprefix("TO_")
