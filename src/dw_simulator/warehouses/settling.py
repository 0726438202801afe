"""What follows an append to a table with history: of versions that the new rows have closed, the open rows go.

An increment of such a table holds new versions, and once more the old ones that these end. Loaded by hand, it is to be
merged by the key of the version (MERGE); here the rows are appended and the superseded ones deleted, in one
transaction. A version is open once and closed once, so the order in which files come does not matter.
"""

from __future__ import annotations

import datetime as dt

from dw_simulator.schema import Column, DataType, Table, Warehouse
from dw_simulator.schema.checks.rules import first_moment
from dw_simulator.warehouses.names import column_name


def is_open(table: Table, warehouse: Warehouse, prefix: str = "") -> str:
    """A condition that holds for the last versions of a table with history. ``prefix``: as ``c.``."""
    history = table.history
    assert history is not None
    column = table.column(history.valid_to)
    assert column is not None
    name = prefix + column_name(column, warehouse)
    if history.open_end is None:
        return f"{name} IS NULL"
    return f"{name} = {_moment(column, warehouse, history.open_end)}"


_TYPES = {
    Warehouse.REDSHIFT: {DataType.TIMESTAMP: "TIMESTAMP", DataType.TIMESTAMP_TZ: "TIMESTAMPTZ"},
    Warehouse.SNOWFLAKE: {DataType.TIMESTAMP: "TIMESTAMP_NTZ", DataType.TIMESTAMP_TZ: "TIMESTAMP_TZ"},
}


def _moment(column: Column, warehouse: Warehouse, value: dt.date) -> str:
    """As SQLite keeps it, and as a literal of the column's type elsewhere."""
    found = first_moment(value).astimezone(dt.UTC).replace(tzinfo=None)
    zone = "+00:00" if column.data_type is DataType.TIMESTAMP_TZ else ""
    text = found.date().isoformat() if column.data_type is DataType.DATE else found.isoformat(sep=" ") + zone
    if warehouse is Warehouse.SQLITE:
        return f"'{text}'"
    return f"CAST('{text}' AS {_TYPES[warehouse].get(column.data_type, 'DATE')})"


def settle(table: Table, warehouse: Warehouse, name: str) -> list[str]:
    """The statements that remove superseded rows of the table called ``name``; none without history."""
    if table.history is None:
        return []
    columns = [table.column(one) for one in (table.history.key, table.history.valid_from)]
    key = ", ".join(column_name(column, warehouse) for column in columns if column is not None)
    condition = is_open(table, warehouse)
    return [f"DELETE FROM {name} WHERE {condition} AND ({key}) IN (SELECT {key} FROM {name} WHERE NOT ({condition}))"]
