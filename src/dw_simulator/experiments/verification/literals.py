"""Values of a schema as the warehouses' SQL writes them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from dw_simulator.schema import Column, DataType, Warehouse
from dw_simulator.schema.checks.rules import first_moment, last_moment
from dw_simulator.warehouses.names import literal

_TYPES = {
    Warehouse.REDSHIFT: {
        DataType.DATE: "DATE",
        DataType.TIME: "TIME",
        DataType.TIMESTAMP: "TIMESTAMP",
        DataType.TIMESTAMP_TZ: "TIMESTAMPTZ",
    },
    Warehouse.SNOWFLAKE: {
        DataType.DATE: "DATE",
        DataType.TIME: "TIME",
        DataType.TIMESTAMP: "TIMESTAMP_NTZ",
        DataType.TIMESTAMP_TZ: "TIMESTAMP_TZ",
    },
    Warehouse.SQLITE: {},
}
"""What a moment's text is cast to; SQLite compares the texts themselves."""


def number(column: Column, value: int | float | Decimal | None) -> str | None:
    """A bound of a number; None for none."""
    if value is None:
        return None
    if column.data_type is DataType.FLOAT:
        return repr(float(value))
    return f"{Decimal(str(value)):f}"


def text(value: str, warehouse: Warehouse) -> str:
    """Snowflake and Redshift read backslashes in strings as escapes."""
    return literal(value if warehouse is Warehouse.SQLITE else value.replace("\\", "\\\\"))


def moment(column: Column, warehouse: Warehouse, value: dt.date | None, *, last: bool) -> str | None:
    """A bound of a date or timestamp, in UTC; a date is its first or ``last`` microsecond. None for none."""
    if value is None:
        return None
    found = (last_moment(value) if last else first_moment(value)).astimezone(dt.UTC)
    return _cast(column, warehouse, _moment_text(column, found))


def value(column: Column, warehouse: Warehouse, given: str | int | float | bool) -> str:
    """One of the values of a categorical distribution."""
    if isinstance(given, bool):
        return _flag(given, warehouse)
    if isinstance(given, int | float):
        return number(column, _rounded(column, given)) or "NULL"
    kind = column.data_type
    if kind is DataType.DATE:
        return _cast(column, warehouse, dt.date.fromisoformat(given).isoformat())
    if kind is DataType.TIME:
        return _cast(column, warehouse, dt.time.fromisoformat(given).isoformat())
    if kind in (DataType.TIMESTAMP, DataType.TIMESTAMP_TZ):
        found = dt.datetime.fromisoformat(given)
        if kind is DataType.TIMESTAMP:
            found = found.replace(tzinfo=None)
        return _cast(column, warehouse, _moment_text(column, first_moment(found).astimezone(dt.UTC)))
    return text(given, warehouse)


def _rounded(column: Column, given: int | float) -> int | float | Decimal:
    """Decimals are generated with the digits of their column."""
    if column.data_type is DataType.DECIMAL:
        return Decimal(str(given)).quantize(Decimal(1).scaleb(-column.decimal_size[1]))
    return given


def _flag(given: bool, warehouse: Warehouse) -> str:
    return str(int(given)) if warehouse is Warehouse.SQLITE else str(given).upper()


def _moment_text(column: Column, found: dt.datetime) -> str:
    """As SQLite keeps it: whole seconds have no fraction, and only moments with a zone say it."""
    if column.data_type is DataType.DATE:
        return found.date().isoformat()
    plain = found.replace(tzinfo=None).isoformat(sep=" ")
    return f"{plain}+00:00" if column.data_type is DataType.TIMESTAMP_TZ else plain


def _cast(column: Column, warehouse: Warehouse, found: str) -> str:
    kind = _TYPES[warehouse].get(column.data_type)
    return f"'{found}'::{kind}" if kind else f"'{found}'"
