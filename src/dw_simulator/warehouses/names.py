"""Identifiers as each warehouse wants them, and where an experiment lives in it."""

from __future__ import annotations

import re

from dw_simulator.schema import Column, Table, Warehouse
from dw_simulator.schema.reserved import Kind, reserved_in

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*", re.ASCII)


def quote(name: str) -> str:
    """A name in double quotes, exactly as it is."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def identifier(name: str, warehouse: Warehouse, kind: Kind, *, quoted: bool = False) -> str:
    """A name as a statement writes it: plain where it can be, so that the user can write it plain too.

    A plain name that the warehouse reserves is quoted in the case that the warehouse folds plain names to.
    """
    if quoted:
        return quote(name)
    if _PLAIN.fullmatch(name) and not reserved_in(name, kind, (warehouse.value,)):
        return name
    return quote(folded(name, warehouse))


def folded(name: str, warehouse: Warehouse) -> str:
    """How the warehouse stores a plain name."""
    match warehouse:
        case Warehouse.REDSHIFT:
            return name.lower()
        case Warehouse.SNOWFLAKE:
            return name.upper()
        case Warehouse.SQLITE:
            return name


def table_name(table: Table, warehouse: Warehouse) -> str:
    return identifier(table.name, warehouse, "table", quoted=table.quoted)


def column_name(column: Column, warehouse: Warehouse) -> str:
    return identifier(column.name, warehouse, "column", quoted=column.quoted)


def column_names(table: Table, names: list[str] | tuple[str, ...], warehouse: Warehouse) -> str:
    """Several columns of a table, with commas between them."""
    found = (table.column(name) for name in names)
    return ", ".join(column_name(column, warehouse) for column in found if column is not None)


def namespace(experiment: str, warehouse: Warehouse) -> str:
    """The schema (Redshift) or database (Snowflake) of an experiment, in quotes."""
    return quote(folded(experiment, warehouse))


def literal(text: str) -> str:
    """A string as all warehouses read it: quotes doubled; backslashes are text only where the warehouse says so."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"
