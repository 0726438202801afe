"""The operations of the Data API that look at the catalog: a query and the form of its answer.

Source: Amazon Redshift Data API reference, "ListDatabases", "ListSchemas", "ListTables", "DescribeTable".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dw_simulator.emulators.redshift.aws_api.errors import validation

METADATA = frozenset({"ListDatabases", "ListSchemas", "ListTables", "DescribeTable"})

Rows = Sequence[Sequence[bytes | None]]
Shape = Callable[[Rows], dict[str, Any]]


def metadata_query(operation: str, body: Mapping[str, Any]) -> tuple[str, Shape]:
    """The query, and what makes the answer of its rows. Raises ApiError: the name of a table is missing."""
    match operation:
        case "ListDatabases":
            return "SELECT datname FROM pg_database WHERE datallowconn ORDER BY 1", _names("Databases")
        case "ListSchemas":
            where = _like("nspname", body.get("SchemaPattern"))
            return f"SELECT nspname FROM pg_namespace WHERE {where} ORDER BY 1", _names("Schemas")
        case "ListTables":
            where = f"{_like('table_schema', body.get('SchemaPattern'))}"
            where += f" AND {_like('table_name', body.get('TablePattern'))}"
            sql = "SELECT table_name, table_schema, table_type FROM information_schema.tables"
            return f"{sql} WHERE {where} ORDER BY 2, 1", _tables
    table = body.get("Table")
    if not table:
        raise validation("Table must be given")
    where = f"table_name = {_literal(str(table))} AND {_equals('table_schema', body.get('Schema'))}"
    columns = (
        "column_name, data_type, is_nullable, coalesce(numeric_precision, character_maximum_length, 0),"
        " coalesce(numeric_scale, 0), table_schema, column_default"
    )
    sql = f"SELECT {columns} FROM information_schema.columns WHERE {where} ORDER BY ordinal_position"
    return sql, lambda rows: _columns(str(table), rows)


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _like(column: str, pattern: object) -> str:
    return "1 = 1" if pattern is None else f"{column} LIKE {_literal(str(pattern))}"


def _equals(column: str, value: object) -> str:
    return "1 = 1" if value is None else f"{column} = {_literal(str(value))}"


def _text(value: bytes | None) -> str:
    return "" if value is None else value.decode()


def _names(member: str) -> Shape:
    return lambda rows: {member: [_text(row[0]) for row in rows]}


def _tables(rows: Rows) -> dict[str, Any]:
    tables = []
    for name, schema, kind in rows:
        system = _text(schema) in ("pg_catalog", "information_schema")
        shown = {"BASE TABLE": "TABLE", "LOCAL TEMPORARY": "TEMPORARY TABLE"}.get(_text(kind), _text(kind))
        tables.append({"name": _text(name), "schema": _text(schema), "type": f"SYSTEM {shown}" if system else shown})
    return {"Tables": tables}


def _columns(table: str, rows: Rows) -> dict[str, Any]:
    found = []
    for name, kind, nullable, precision, scale, schema, default in rows:
        column: dict[str, Any] = {
            "name": _text(name),
            "typeName": _text(kind),
            "nullable": int(_text(nullable) == "YES"),
            "precision": int(_text(precision) or 0),
            "scale": int(_text(scale) or 0),
            "length": int(_text(precision) or 0),
            "schemaName": _text(schema),
            "tableName": table,
        }
        if default is not None:
            column["columnDefault"] = _text(default)
        found.append(column)
    return {"TableName": table, "ColumnList": found}
