"""The table a COPY loads: its columns as they are in the catalog, and the Arrow type each is fed with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pyarrow as pa

from dw_simulator.emulators.redshift.backend import quote_identifier, quote_literal
from dw_simulator.emulators.redshift.conversation import Conversation, Result
from dw_simulator.emulators.redshift.copy.copy_command import CopyCommand
from dw_simulator.emulators.redshift.errors import (
    UNDEFINED_COLUMN,
    UNDEFINED_TABLE,
    RedshiftError,
    UnsupportedFeatureError,
)

_VARHDRSZ = 4


@dataclass(frozen=True, slots=True)
class TargetColumn:
    """``type`` is the backend's base type name; ``length`` in bytes for character types and VARBYTE, else 0."""

    name: str
    type: str
    length: int
    precision: int
    scale: int
    not_null: bool
    has_default: bool
    identity: bool
    always_identity: bool = False
    """Whether values of one's own need EXPLICIT_IDS."""

    @property
    def is_text(self) -> bool:
        return self.type in ("varchar", "bpchar", "text")

    @property
    def arrow_type(self) -> pa.DataType:
        """What the binary COPY of this column is encoded from."""
        if self.type == "numeric":
            return pa.decimal128(self.precision, self.scale)
        return _ARROW_TYPES[self.type]

    @property
    def shown_type(self) -> str:
        """As stl_load_errors names it."""
        return _SHOWN_TYPES.get(self.type, self.type)

    @property
    def shown_length(self) -> str:
        if self.type == "numeric":
            return f"{self.precision}, {self.scale}"
        return str(self.length) if self.length else "0"


_ARROW_TYPES: dict[str, pa.DataType] = {
    "bool": pa.bool_(),
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "float4": pa.float32(),
    "float8": pa.float64(),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us", "UTC"),
    "varchar": pa.string(),
    "bpchar": pa.string(),
    "text": pa.string(),
    "super": pa.string(),
    "bytea": pa.binary(),
}
_SHOWN_TYPES = {"bpchar": "char", "bytea": "varbyte", "float8": "float8", "numeric": "numeric"}


@dataclass(frozen=True, slots=True)
class Target:
    """``columns`` are those the files provide, in the order of COPY's column list or of the table."""

    oid: int
    schema: str
    name: str
    columns: tuple[TargetColumn, ...]
    made_now: bool
    """Whether the table was made in this very transaction, and no cursor is open: then COPY may freeze its rows."""
    was_empty: bool = False
    """Whether no row has ever been written to it, or all were truncated."""

    @property
    def quoted_name(self) -> str:
        return f"{quote_identifier(self.schema)}.{quote_identifier(self.name)}"

    @property
    def copy_statement(self) -> str:
        columns = ", ".join(quote_identifier(column.name) for column in self.columns)
        freeze = ", FREEZE" if self.made_now else ""
        return f"COPY {self.quoted_name} ({columns}) FROM STDIN (FORMAT binary{freeze})"

    @property
    def arrow_schema(self) -> pa.Schema:
        return pa.schema([pa.field(column.name, column.arrow_type) for column in self.columns])


async def find_target(command: CopyCommand, conversation: Conversation) -> Target:
    """Look the table up as the client's search path sees it.

    Raises:
        RedshiftError: no such table or column, a column given twice, a type COPY cannot load.
    """
    name = ".".join(quote_identifier(part) for part in (command.schema, command.table) if part is not None)
    found = await conversation.execute(_TABLE.format(name=quote_literal(name)))
    if not found.rows:
        shown = f"{command.schema}.{command.table}" if command.schema else command.table
        raise RedshiftError(UNDEFINED_TABLE, f'relation "{shown}" does not exist')
    oid, schema, table, kind, made_now, covered, empty = found.rows[0]
    # A view with masking policies takes rows for the table behind it.
    if kind not in ("r", "p") and covered != "t":
        raise RedshiftError("42809", f'"{command.table}" is not a table')
    rows = (await conversation.execute(_COLUMNS.format(oid=oid))).rows
    columns = _chosen([_column(row) for row in rows], command)
    return Target(int(oid or 0), schema or "", table or "", columns, made_now == "t", empty == "t")


async def find_columns(query: Callable[[str], Awaitable[Result]], schema: str, table: str) -> Target:
    """All columns of a table that is there, looked up with the emulator's own ``query``."""
    name = f"{quote_identifier(schema)}.{quote_identifier(table)}"
    oid = (await query(f"SELECT CAST({quote_literal(name)} AS regclass)::oid")).scalar()
    rows = (await query(_COLUMNS.format(oid=oid))).rows
    return Target(int(oid or 0), schema, table, tuple(_column(row) for row in rows), made_now=False)


_TABLE = """
SELECT c.oid, n.nspname, c.relname, c.relkind,
       EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'ctid'
               AND a.xmin = pg_current_xact_id_if_assigned()::xid)
           AND c.relkind = 'r' AND NOT EXISTS (SELECT FROM pg_cursors WHERE name <> ''),
       EXISTS (SELECT FROM pg_catalog.dw_covers m WHERE m.view = c.oid), pg_catalog.pg_relation_size(c.oid) = 0
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass({name})"""

_COLUMNS = """
SELECT a.attname, CASE b.typname WHEN 'dw_ci' THEN 'varchar' WHEN 'dw_ci_char' THEN 'bpchar' ELSE b.typname END,
       CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END,
       a.attnotnull, a.atthasdef, a.attidentity
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
     JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
WHERE a.attrelid = {oid} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""


def _column(row: tuple[str | None, ...]) -> TargetColumn:
    name, type_name, modifier, not_null, has_default, identity = (value or "" for value in row)
    typmod = int(modifier) - _VARHDRSZ
    # A numeric column without a precision (CREATE TABLE AS makes some) takes what fits into 38 digits.
    precision, scale = (typmod >> 16, typmod & 0x7FF) if typmod >= 0 else (38, 18)
    length = max(typmod, 0) if type_name in ("varchar", "bpchar", "bytea") else 0
    flags = (not_null == "t", has_default == "t", identity in ("a", "d"), identity == "a")
    return TargetColumn(name, type_name, length, precision, scale, *flags)


def _check_identity(columns: list[TargetColumn], command: CopyCommand) -> None:
    """An IDENTITY column is in the column list with EXPLICIT_IDS, and only then ("Column mapping options")."""
    for column in columns:
        listed = column.name in command.columns
        if column.always_identity and listed and not command.options.explicit_ids:
            raise RedshiftError("428C9", "cannot set an identity column to a value")
        if column.always_identity and not listed and command.options.explicit_ids:
            raise RedshiftError("428C9", f"EXPLICIT_IDS needs the identity column {column.name} in the column list")


def _chosen(columns: list[TargetColumn], command: CopyCommand) -> tuple[TargetColumn, ...]:
    by_name = {column.name: column for column in columns}
    if command.columns:
        for name in command.columns:
            if name not in by_name:
                raise RedshiftError(UNDEFINED_COLUMN, f'column "{name}" of relation "{command.table}" does not exist')
        if len(set(command.columns)) < len(command.columns):
            twice = next(name for name in command.columns if command.columns.count(name) > 1)
            raise RedshiftError("42701", f'column "{twice}" specified more than once')
        chosen = [by_name[name] for name in command.columns]
        _check_identity(columns, command)
    else:
        chosen = [column for column in columns if not column.identity or command.options.explicit_ids]
    for column in chosen:
        if column.type != "numeric" and column.type not in _ARROW_TYPES:
            raise UnsupportedFeatureError(f"COPY into a column of type {column.type}", hint=f'column "{column.name}"')
    return tuple(chosen)
