"""Structured types: values brought to ARRAY(T), OBJECT(…), MAP(K, V). Vendor page: "Structured data types"."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.functions.variant_json import dumps, loads
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.typing import Typed, resolve
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.model import SnowflakeType


@lru_cache(maxsize=512)
def _parsed(kind: str) -> SnowflakeType:
    return resolve(Parser(kind).type_ref())


def convert(value: Any, kind: str) -> Any:
    """A walked value as the structured type that ``kind`` spells. Raises 100071."""
    return _convert(value, _parsed(kind))


def _convert(value: Any, kind: SnowflakeType) -> Any:
    if value is None:
        return None
    match kind.name:
        case "ARRAY" | "VECTOR":
            if not isinstance(value, list):
                raise errors.VARIANT_CAST(value, kind.sql_name())
            if kind.name == "VECTOR" and len(value) != kind.length:
                raise errors.VARIANT_CAST(value, kind.sql_name())
            return [_convert(item, kind.fields[0].type) for item in value] if kind.fields else value
        case "MAP":
            if not isinstance(value, dict):
                raise errors.VARIANT_CAST(value, kind.sql_name())
            return {str(key): _convert(item, kind.fields[1].type) for key, item in value.items()}
        case "OBJECT":
            if not isinstance(value, dict):
                raise errors.VARIANT_CAST(value, kind.sql_name())
            if not kind.fields:
                return value
            lowered = {key.upper(): item for key, item in value.items()}
            return {
                field.name.lower() if field.name.lower() in value else field.name: _convert(
                    value.get(field.name, lowered.get(field.name.upper())), field.type
                )
                for field in kind.fields
            }
        case "FIXED":
            return _number(value, kind)
        case "REAL":
            return float(value)
        case "TEXT":
            return value if isinstance(value, str) else str(value)
        case "BOOLEAN":
            return value if isinstance(value, bool) else str(value).lower() == "true"
    return value


def _number(value: Any, kind: SnowflakeType) -> Any:
    try:
        number = Decimal(str(value)).quantize(Decimal(1).scaleb(-(kind.scale or 0)), ROUND_HALF_UP)
    except InvalidOperation:
        raise errors.VARIANT_CAST(value, kind.sql_name()) from None
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
