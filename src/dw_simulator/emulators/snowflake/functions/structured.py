"""Structured types: values brought to ARRAY(T), OBJECT(…), MAP(K, V). Vendor page: "Structured data types"."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.typing import resolve
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
