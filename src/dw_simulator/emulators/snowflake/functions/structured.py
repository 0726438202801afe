"""Structured types: values brought to ARRAY(T), OBJECT(…), MAP(K, V). Vendor page: "Structured data types"."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.functions.variant_json import (
    _COMPACT,
    UNDEFINED,
    Ordered,
    _variant_text,
    display,
    dumps,
    loads,
)
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.typing import Typed, resolve
from dw_simulator.emulators.snowflake.types import decfloat
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.model import SnowflakeType


@lru_cache(maxsize=512)
def _parsed(kind: str) -> SnowflakeType:
    return resolve(Parser(kind).type_ref())


def convert(value: Any, kind: str) -> Any:
    """A walked value as the structured type that ``kind`` spells. Raises 100071."""
    return _convert(value, _parsed(kind))


def _convert(value: Any, kind: SnowflakeType) -> Any:
    """``value`` as ``kind``: an OBJECT has exactly the keys of its type, in their order."""
    if value is None or value is UNDEFINED:
        if not kind.nullable:
            raise errors.VARIANT_CAST("NULL", f"{kind.sql_name()} NOT NULL")
        return value
    match kind.name:
        case "ARRAY" | "VECTOR":
            if not isinstance(value, list):
                raise _failed(value, kind)
            if kind.name == "VECTOR" and len(value) != kind.length:
                raise errors.VECTOR_DIMENSION()
            if kind.name == "VECTOR":
                return [_vector_element(item, kind.fields[0].type) for item in value]
            return [_item(item, kind.fields[0].type, UNDEFINED) for item in value] if kind.fields else value
        case "MAP":
            if not isinstance(value, dict):
                raise _failed(value, kind)
            keys, values = (field.type for field in kind.fields)
            return {str(_convert(key, keys)): _item(item, values, None) for key, item in value.items()}
        case "OBJECT":
            if not isinstance(value, dict) or (kind.fields and value.keys() != {field.name for field in kind.fields}):
                raise _failed(value, kind)
            if not kind.fields:
                return value
            return Ordered((field.name, _item(value[field.name], field.type, None)) for field in kind.fields)
    return _scalar(value, kind)


def _failed(value: Any, kind: SnowflakeType) -> errors.SnowflakeError:
    """100071 with the value as results show it."""
    shown = _variant_text(dumps(value)) if not isinstance(value, list | dict) else display(dumps(value), _COMPACT)
    return errors.VARIANT_CAST(shown, kind.sql_name())


def _item(value: Any, kind: SnowflakeType, null: Any) -> Any:
    """An element; ``null`` is how an SQL NULL is kept there. JSON null stays in what can hold it."""
    if value is None and kind.name in ("VARIANT", "OBJECT", "ARRAY") and not kind.fields:
        return value
    item = _convert(value, kind)
    return null if item is None or item is UNDEFINED else item


_LARGEST_INT, _LARGEST_FLOAT = 2**31, 3.4028236e38


def _vector_element(value: Any, kind: SnowflakeType) -> Any:
    """An element of 32 bits. Raises SnowflakeError 100071 or 100039."""
    if value is None or value is UNDEFINED:
        raise errors.VARIANT_CAST("NULL", kind.sql_name())
    number = _scalar(value, kind)
    if kind.name == "FIXED" and not -_LARGEST_INT <= number < _LARGEST_INT:
        raise errors.NUMBER_OUT_OF_RANGE(number)
    if kind.name == "REAL" and abs(number) >= _LARGEST_FLOAT:
        raise errors.NUMBER_OUT_OF_RANGE(number)
    return number


def _scalar(value: Any, kind: SnowflakeType) -> Any:
    match kind.name:
        case "FIXED":
            return _number(value, kind)
        case "DECFLOAT":
            try:
                return decfloat.rounded(Decimal(str(value)))
            except ArithmeticError:
                raise _failed(value, kind) from None
        case "REAL":
            try:
                return float(value)
            except (TypeError, ValueError):
                raise _failed(value, kind) from None
        case "TEXT":
            return value if isinstance(value, str) else _variant_text(dumps(value))
        case "BOOLEAN":
            return _boolean(value, kind)
    return value


def _boolean(value: Any, kind: SnowflakeType) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        return value != 0
    if isinstance(value, str) and value.lower() in _BOOLEANS:
        return _BOOLEANS[value.lower()]
    raise _failed(value, kind)


_BOOLEANS = dict.fromkeys(("true", "t", "yes", "y", "on", "1"), True) | dict.fromkeys(
    ("false", "f", "no", "n", "off", "0"), False
)


def _number(value: Any, kind: SnowflakeType) -> Any:
    try:
        text = str(int(value)) if isinstance(value, bool) else str(value)
        number = Decimal(text).quantize(Decimal(1).scaleb(-(kind.scale or 0)), ROUND_HALF_UP)
    except InvalidOperation:
        raise _failed(value, kind) from None
    return number if kind.scale else int(number)


# --- maps -------------------------------------------------------------------------------------------------------------
CATEGORY = "Semi-structured and structured data"


def _map(call: FunctionCall) -> Typed:
    value = call.arg(0)
    if value.kind != "MAP":
        raise call.wrong_types()
    return value


@function("MAP_INSERT", CATEGORY, 3, 4)
def map_insert(call: FunctionCall) -> Typed:
    value = _map(call)
    key = call.as_(1, value.type.fields[0].type)
    item = call.binder.variant_sql(call.as_(2, value.type.fields[1].type))
    update = call.sql(3, "b") if call.count > 3 else "false"
    name = call.binder.coerce(key, m.text()).sql
    return Typed(f"sf_object_insert({value.sql}, {name}, coalesce({item}, 'null'), {update})", value.type)


@function("MAP_ENTRIES", CATEGORY, 1)
def map_entries(call: FunctionCall) -> Typed:
    return Typed(f"sf_map_entries({_map(call).sql})", m.array())


@udf("sf_map_entries", "VARCHAR", "VARCHAR")
def _map_entries(text: str) -> str:
    return dumps([{"key": key, "value": value} for key, value in loads(text).items()])
