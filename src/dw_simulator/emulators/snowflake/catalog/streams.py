"""Streams: what has changed in a table since an offset. Vendor page: "Introduction to Streams".

A tracked table has a hidden column with an id for each row. A stream keeps the rows that there were at its offset; what
is different now is what it shows. Reading it in a statement that changes data moves the offset when that is committed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import policies
from dw_simulator.emulators.snowflake.catalog.model import DATA_SCHEMA, Entry
from dw_simulator.emulators.snowflake.catalog.store import Catalog
from dw_simulator.emulators.snowflake.translation.environment import TableSource
from dw_simulator.emulators.snowflake.translation.scope import ROW_NAME, OutputColumn
from dw_simulator.emulators.snowflake.translation.text import identifier, literal
from dw_simulator.emulators.snowflake.types import model as m

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.catalog.view import SessionCatalog

KIND = "STREAM"
APPEND_ONLY = "append_only"
"""The property of a stream that shows inserted rows only."""
INSERT_ONLY = "insert_only"
"""The property of a stream on an external table: it shows the rows of files that were not there at its offset."""
TRACKED = "tracked"
"""The property of a table whose rows have ids."""
ROW = identifier(ROW_NAME)
"""The hidden column of a tracked table."""
ROW_IDS = f"{DATA_SCHEMA}.row_ids"
METADATA = (
    ("METADATA$ACTION", m.text(6)), ("METADATA$ISUPDATE", m.boolean()), ("METADATA$ROW_ID", m.text(40)),
)  # fmt: skip


def offset_table(stream: Entry) -> str:
    """The DuckDB table with the rows at the stream's offset."""
    return offset_table_of(stream.id)


def offset_table_of(stream_id: int) -> str:
    return f"{DATA_SCHEMA}.{identifier(f'b{stream_id}')}"


def snapshot_table(stream_id: int) -> str:
    """The DuckDB table with the rows that a transaction has read, until it commits."""
    return f"temp.main.{identifier(f'b{stream_id}')}"


def source_table(catalog: Catalog, stream: Entry) -> Entry:
    """Raises SnowflakeError 091901 when the table was dropped."""
    table = catalog.by_id(stream.properties["source"])
    if table is None:
        raise errors.STREAM_SOURCE_GONE(stream.properties["source_name"], stream.name)
    return table


def streams_on(catalog: Catalog, table: Entry) -> list[Entry]:
    if not table.properties.get(TRACKED):
        return []
    return [stream for stream in catalog.entries(KIND) if stream.properties["source"] == table.id]


def needs_history(catalog: Catalog, table: Entry) -> bool:
    """Whether a stream reads earlier versions of a table, however old they are."""
    if any(stream.properties.get(APPEND_ONLY) for stream in streams_on(catalog, table)):
        return True
    return any(table.id in stream.properties.get("bases", ()) for stream in catalog.entries(KIND))


def stored_keys(table: Entry) -> list[str]:
    return [identifier(column.key) for column in table.columns if column.computed is None]


def rows_sql(table: Entry, *, none: bool = False) -> str:
    """All rows of a tracked table with their ids; ``none`` gives the columns only."""
    return f"SELECT {', '.join([ROW, *stored_keys(table)])} FROM {table.physical}{' WHERE false' if none else ''}"


def tracking_sql(table: Entry) -> list[str]:
    """SQL that gives the rows of a table their ids."""
    return [
        f"CREATE SEQUENCE IF NOT EXISTS {ROW_IDS}",
        f"ALTER TABLE {table.physical} ADD COLUMN {ROW} BIGINT",
        f"UPDATE {table.physical} SET {ROW} = nextval('{ROW_IDS}')",
        f"ALTER TABLE {table.physical} ALTER COLUMN {ROW} SET DEFAULT nextval('{ROW_IDS}')",
    ]


def position_sql(stream: Entry, table: Entry) -> str:
    """What a stream keeps of its table as it is now: its rows, or for an append-only one its version. One on a view
    keeps the versions of the view's tables."""
    if "bases" in stream.properties:
        ids = ", ".join(map(str, stream.properties["bases"]))
        return f"SELECT table_id, version FROM _dw.version_heads WHERE table_id IN ({ids})"
    if stream.properties.get(APPEND_ONLY):
        return f"SELECT version FROM _dw.version_heads WHERE table_id = {table.id}"
    return rows_sql(table)


def files_sql(files: Iterable[tuple[str, str]]) -> str:
    """What a stream on an external table keeps: the paths and versions of its files."""
    rows = ", ".join(f"({literal(path)}, {literal(version)})" for path, version in files)
    return f"SELECT * FROM (VALUES {rows or '(NULL, NULL)'}) AS f(path, etag) WHERE path IS NOT NULL"


def delta_sql(stream: Entry, table: Entry) -> str:
    """The changes since the offset. Columns that are not stored are NULL: the binder puts their expressions there."""
    if stream.properties.get(APPEND_ONLY):
        from dw_simulator.emulators.snowflake.catalog.versions import appended_sql

        return appended_sql(table, f"(SELECT version FROM {offset_table(stream)})")
    return difference_sql(table, offset_table(stream), table.physical)


def difference_sql(table: Entry, base: str, latest: str) -> str:
    """What is different in the rows of ``latest`` from those of ``base``: SQL of two states of a table."""
    keys = stored_keys(table)
    current, before = (f"row({', '.join(f'{alias}.{key}' for key in keys)})" for alias in ("c", "o"))
    changed = f"{current} IS DISTINCT FROM {before}"

    def side(alias: str, other: str, action: str, tables: str) -> str:
        items = [f"{alias}.{key}" for key in keys]
        marks = (
            f"'{action}' AS {identifier('METADATA$ACTION')}",
            f"{other}.{ROW} IS NOT NULL AS {identifier('METADATA$ISUPDATE')}",
            f"md5('{table.id}:' || {alias}.{ROW}) AS {identifier('METADATA$ROW_ID')}",
        )
        where = f"{other}.{ROW} IS NULL OR {changed}"
        return f"SELECT {', '.join([*items, *marks])} FROM {tables} ON c.{ROW} = o.{ROW} WHERE {where}"

    inserted = side("c", "o", "INSERT", f"{latest} AS c LEFT JOIN {base} AS o")
    deleted = side("o", "c", "DELETE", f"{base} AS o LEFT JOIN {latest} AS c")
    return f"({inserted} UNION ALL {deleted})"


def source(view: SessionCatalog, stream: Entry) -> TableSource:
    """A stream as a query reads it: the policies of its table hold for it too."""
    table = source_table(view.catalog, stream)
    if view.access is not None:
        view.access.check(table, "SELECT")
    return changes_source(view, table, delta_sql(stream, table), stream.parts)


def changes_source(view: SessionCatalog, table: Entry, sql: str, parts: tuple[str, str, str]) -> TableSource:
    """The changes of a table that ``sql`` gives, as a query reads them."""
    columns = [OutputColumn(c.name, c.type, c.key, parts) for c in table.columns]
    columns += [OutputColumn(name, kind, name, parts) for name, kind in METADATA]
    computed = {column.name: column.computed for column in table.columns if column.computed is not None}
    protection = policies.protection_of(view.catalog, table)
    return TableSource(sql, columns, parts, computed, protection, volatile=True)
