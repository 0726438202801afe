"""Accepted values and bounds of tests, as the column's type takes them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from dw_simulator.schema.importers.dbt.types import text_of
from dw_simulator.schema.model import DataType


def type_of_values(values: Sequence[Any] | None) -> dict[str, Any] | None:
    """The type that holds all of these values; None without values."""
    if not values:
        return None
    if all(isinstance(value, bool) for value in values):
        return {"data_type": "BOOLEAN"}
    if all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        return {"data_type": "BIGINT"}
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return {"data_type": "FLOAT"}
    return text_of(max(1, *(len(str(value).encode()) for value in values)))


def distribution_of(kind: dict[str, Any], values: Iterable[Any]) -> tuple[list[Any], str | None]:
    """The values as a categorical distribution of this type takes them; a text says which cannot be one."""
    data_type = DataType(kind["data_type"])
    found: list[Any] = []
    for value in values:
        plain = _value(data_type, value)
        if plain is None:
            return [], f"{value!r} is no {data_type}"
        found.append(plain)
    return found, None


def _value(data_type: DataType, value: Any) -> Any:
    if data_type is DataType.BOOLEAN:
        texts = {"true": True, "false": False}
        return value if isinstance(value, bool) else texts.get(str(value).lower())
    if data_type.is_number:
        return None if isinstance(value, bool) else _number(value, whole=data_type.is_integer)
    if data_type.is_text:
        return str(value)
    if data_type in (DataType.JSON, DataType.BINARY):
        return None
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def _number(value: Any, *, whole: bool) -> int | float | None:
    try:
        exact = Decimal(str(value).strip("'"))
    except InvalidOperation:
        return None
    if not exact.is_finite():
        return None
    if exact == exact.to_integral_value():
        return int(exact)
    return None if whole else float(exact)


def bound_fields(kind: dict[str, Any], bounds: Iterable[tuple[str, Any, bool]]) -> tuple[dict[str, Any], list[str]]:
    """``min_value`` … ``date_end`` for these bounds, and why some are none. A bound that is not allowed itself is
    moved to the nearest value that is."""
    data_type = DataType(kind["data_type"])
    fields: dict[str, Any] = {}
    problems: list[str] = []
    for side, written, inclusive in bounds:
        way = 1 if side == "min" else -1
        if data_type.is_number:
            number = _number(written, whole=False)
            if number is None:
                problems.append(f"{written!r} is not a number, and SQL is not evaluated")
                continue
            fields[f"{side}_value"] = number if inclusive else _beyond(kind, data_type, number, way)
        elif data_type.is_temporal:
            moment = _moment(written)
            if moment is None:
                problems.append(f"{written!r} is not a date, and SQL is not evaluated")
                continue
            step = dt.timedelta(days=1) if data_type is DataType.DATE else dt.timedelta(microseconds=1)
            exact = moment if data_type is DataType.DATE else dt.datetime.combine(moment, dt.time())
            fields["date_start" if side == "min" else "date_end"] = exact if inclusive else exact + way * step
        else:
            problems.append(f"{data_type} has no bounds")
    return fields, problems


def _beyond(kind: dict[str, Any], data_type: DataType, number: float, way: int) -> int | float | Decimal:
    if data_type.is_integer:
        return int(number) + way
    if data_type is DataType.DECIMAL:
        return Decimal(str(number)) + way * Decimal(1).scaleb(-int(kind.get("scale") or 0))
    return number + way * max(abs(number), 1.0) * 1e-9


_DATE = r"(\d{4}-\d{2}-\d{2})(?:[ T]00:00(?::00)?)?"
_DATE_TEXTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        f"'?{_DATE}'?",
        rf"(?:date|timestamp|to_date|to_timestamp)\s*\(?\s*'{_DATE}'\s*\)?",
        rf"'{_DATE}'\s*::\s*\w+",
        rf"cast\s*\(\s*'{_DATE}'\s+as\s+\w+\s*\)",
    )
)


def _moment(written: Any) -> dt.date | None:
    """A date, as YAML reads it, or as SQL writes it: ``'2024-01-31'``, ``cast('2024-01-31' as date)``."""
    if isinstance(written, dt.datetime):
        return written.date()
    if isinstance(written, dt.date):
        return written
    match = next((found for each in _DATE_TEXTS if (found := each.fullmatch(str(written).strip()))), None)
    try:
        return dt.date.fromisoformat(match.group(1)) if match else None
    except ValueError:
        return None
