"""Earlier states of tables. Vendor pages: "Understanding & using Time Travel", "AT | BEFORE", "CHANGES".

A table with versions has ids for its rows (see ``streams``). Each statement that changes it makes a version, which
knows the first id that its new rows may have; rows that it may update or delete are kept aside as they were. The rows
of a version are then those with lower ids than the next version's: as they were kept first after it, else as they are.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import streams
from dw_simulator.emulators.snowflake.catalog.model import DATA_SCHEMA, Entry
from dw_simulator.emulators.snowflake.catalog.store import Catalog
from dw_simulator.emulators.snowflake.translation.text import identifier, literal

VERSIONED = "versioned"
"""The property of a table whose earlier rows are kept."""
RETENTION = "data_retention_time_in_days"
DEFAULT_DAYS = 1
UNTIL = '"%until"'
"""The column of kept rows with the version from which on they were different."""
CREATE_SQL = (
    "CREATE TABLE IF NOT EXISTS _dw.table_versions "
    "(table_id BIGINT, version BIGINT, made_at BIGINT, query_id VARCHAR, first_row BIGINT, layout VARCHAR)",
    "CREATE TABLE IF NOT EXISTS _dw.version_heads (table_id BIGINT, version BIGINT)",
)
Evaluate = Callable[[str], list[tuple[Any, ...]]]
ALL = "all"
"""Instead of SQL with ids: all rows of the table."""
VOLATILE = re.compile(r"random|uuid|nextval|setseed", re.I)


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time: ``kind`` is TIMESTAMP (``value`` in µs since the epoch), STATEMENT or STREAM (a text)."""

    before: bool
    kind: str
    value: int | str


def microseconds(moment: dt.datetime) -> int:
    """Since the epoch."""
    return (moment - dt.datetime.fromtimestamp(0, dt.UTC)) // dt.timedelta(microseconds=1)


def kept_table(table_id: int) -> str:
    """The DuckDB table with rows as they were before they were changed."""
    return f"{DATA_SCHEMA}.{identifier(f'h{table_id}')}"


def tables_of(table: Entry) -> list[str]:
    """The DuckDB tables with the table's rows, as they are and as they were."""
    return [table.physical, kept_table(table.id)] if table.properties.get(VERSIONED) else [table.physical]


def layout(table: Entry) -> str:
    """The columns whose values are kept. Versions of another layout cannot be read."""
    kept = (column for column in table.columns if column.computed is None)
    return ", ".join(f"{column.key} {column.type.with_nullable(True).sql_name()}" for column in kept)


def own_days(holder: Entry) -> int | None:
    """The retention set on an object itself."""
    value = holder.properties.get(RETENTION)
    return None if value is None else int(value)


def explicit_days(catalog: Catalog, table: Entry) -> int | None:
    """The retention set on the table, its schema, database or the account; None where none is."""
    account = next(catalog.entries("ACCOUNT"), None)
    holders = (table, catalog.get("SCHEMA", table.database, "", table.schema),
               catalog.get("DATABASE", name=table.database), account)  # fmt: skip
    for holder in holders:
        days = own_days(holder) if holder is not None else None
        if days is not None:
            return min(days, 1) if table.transient else days
    return None


# --- keeping ----------------------------------------------------------------------------------------------------------
def start_sql(table: Entry, at: int) -> list[str]:
    """SQL that begins the history of a table whose rows have ids: they are its version 0."""
    columns = ", ".join([streams.ROW, *streams.stored_keys(table)])
    return [
        *forget_sql(table.id),
        f"CREATE TABLE {kept_table(table.id)} AS "
        f"SELECT {columns}, CAST(0 AS BIGINT) AS {UNTIL} FROM {table.physical} WHERE false",
        f"INSERT INTO _dw.table_versions VALUES ({table.id}, 0, {at}, NULL, 0, {literal(layout(table))})",
        f"INSERT INTO _dw.version_heads VALUES ({table.id}, 0)",
    ]


def forget_sql(table_id: int) -> list[str]:
    return [
        f"DROP TABLE IF EXISTS {kept_table(table_id)}",
        f"DELETE FROM _dw.table_versions WHERE table_id = {table_id}",
        f"DELETE FROM _dw.version_heads WHERE table_id = {table_id}",
    ]


def ids_sql(table: Entry, alias: str, sources: str = "", condition: str = "") -> str:
    """The ids of the rows that a statement may change: those of ``table AS alias, sources WHERE condition``.

    Conditions that give something else at every evaluation mean all rows.
    """
    if VOLATILE.search(sources) or VOLATILE.search(condition):
        return ALL
    return f"SELECT {alias}.{streams.ROW} FROM {table.physical} AS {alias}{sources}{condition}"


def advance_sql(
    evaluate: Evaluate, catalog: Catalog, table: Entry, query_id: str, at: int, ids: str | None
) -> list[str]:
    """SQL that makes the next version, before the change; ``ids`` gives the rows to be kept.

    Its first statement fails when another open transaction changes the table: versions are made one after the other.
    """
    version, oldest = evaluate(
        f"SELECT version, (SELECT min(made_at) FROM _dw.table_versions WHERE table_id = {table.id}) "
        f"FROM _dw.version_heads WHERE table_id = {table.id}"
    )[0]
    sql = [f"UPDATE _dw.version_heads SET version = {version + 1} WHERE table_id = {table.id}"]
    if oldest < at - _span(catalog, table):
        sql += _purge_sql(catalog, table, at)
    if ids is not None:
        columns = ", ".join([streams.ROW, *streams.stored_keys(table)])
        rows = "" if ids == ALL else f" WHERE {streams.ROW} IN ({ids})"
        sql.append(
            f"INSERT INTO {kept_table(table.id)} ({columns}, {UNTIL}) "
            f"SELECT {columns}, {version + 1} FROM {table.physical}{rows}"
        )
    return [*sql, _version_sql(table, str(version + 1), query_id, at)]


def _version_sql(table: Entry, version: str, query_id: str, at: int) -> str:
    return (
        f"INSERT INTO _dw.table_versions VALUES "
        f"({table.id}, {version}, {at}, {literal(query_id)}, nextval('{streams.ROW_IDS}'), {literal(layout(table))})"
    )


def altered_sql(table: Entry, query_id: str, at: int) -> list[str]:
    """SQL for a table whose columns have been changed: a version of the new layout."""
    return [
        f"UPDATE _dw.version_heads SET version = version + 1 WHERE table_id = {table.id}",
        _version_sql(table, f"({head_sql(table)})", query_id, at),
    ]


def _span(catalog: Catalog, table: Entry) -> int:
    days = explicit_days(catalog, table)
    return (DEFAULT_DAYS if days is None else days) * 86_400_000_000


def _purge_sql(catalog: Catalog, table: Entry, at: int) -> list[str]:
    """Give up what is older than the retention, unless a stream may need it."""
    if streams.needs_history(catalog, table):
        return []
    mine = f"_dw.table_versions WHERE table_id = {table.id}"
    last = f"(SELECT max(version) FROM {mine} AND made_at <= {at - _span(catalog, table)})"
    return [
        f"DELETE FROM {kept_table(table.id)} WHERE {UNTIL} <= {last}",
        f"DELETE FROM {mine} AND version < {last}",
    ]


def committed_sql(table_id: int, first: int, at: int) -> str:
    """The time of the versions that a transaction made, from ``first`` on, is that of its end."""
    return f"UPDATE _dw.table_versions SET made_at = {at} WHERE table_id = {table_id} AND version >= {first}"


def head(evaluate: Evaluate, table: Entry) -> int:
    return int(evaluate(head_sql(table))[0][0])


def head_sql(table: Entry) -> str:
    return f"SELECT version FROM _dw.version_heads WHERE table_id = {table.id}"


# --- reading ----------------------------------------------------------------------------------------------------------
def version_at(evaluate: Evaluate, catalog: Catalog, table: Entry, moment: Moment) -> int:
    """The table's version at a moment.

    Raises:
        SnowflakeError: 000707 it is not kept (any more); 000709 there is no such statement; 000002 nothing is kept of
            the table, or its columns were others then.
    """
    if not table.properties.get(VERSIONED):
        raise errors.UNSUPPORTED_FEATURE(
            f"time travel for {table.name}, whose changes are not kept: set DATA_RETENTION_TIME_IN_DAYS on it, its "
            "schema, its database or the account"
        )
    version = _version_of_statement(evaluate, catalog, table, moment) if moment.kind == "STATEMENT" else None
    if version is None:
        version = _version_of_time(evaluate, catalog, table, moment_time(catalog, moment), moment.before)
    shapes = evaluate(f"SELECT layout FROM _dw.table_versions WHERE table_id = {table.id} AND version = {version}")
    if not shapes:
        raise errors.TIME_TRAVEL_UNAVAILABLE(table.name)
    if shapes[0][0] != layout(table):
        raise errors.UNSUPPORTED_FEATURE(f"time travel to before the columns of {table.name} were changed")
    return version


def moment_time(catalog: Catalog, moment: Moment) -> int:
    """A moment in microseconds. Raises SnowflakeError 000709: there is no such statement."""
    return int(moment.value) if moment.kind == "TIMESTAMP" else _ran(catalog, str(moment.value), moment.before)


def _version_of_statement(evaluate: Evaluate, catalog: Catalog, table: Entry, moment: Moment) -> int | None:
    del catalog
    first, last = evaluate(
        f"SELECT min(version), max(version) FROM _dw.table_versions "
        f"WHERE table_id = {table.id} AND query_id = {literal(str(moment.value))}"
    )[0]
    if first is None:
        return None
    return int(first) - 1 if moment.before else int(last)


def _version_of_time(evaluate: Evaluate, catalog: Catalog, table: Entry, at: int, before: bool) -> int:
    sign = "<" if before else "<="
    found = evaluate(
        f"SELECT max(version) FROM _dw.table_versions WHERE table_id = {table.id} AND made_at {sign} {at}"
    )[0][0]  # fmt: skip
    if found is None or at < microseconds(dt.datetime.now(dt.UTC)) - _span(catalog, table):
        raise errors.TIME_TRAVEL_UNAVAILABLE(table.name)
    return int(found)


def _ran(catalog: Catalog, query_id: str, before: bool) -> int:
    """When a statement that did not change the table began, or ended: a COMMIT is no change itself."""
    record = next((record for record in catalog.query_log.records() if record.id == query_id), None)
    if record is None or record.ended is None:
        raise errors.RESULT_NOT_FOUND(query_id)
    return int((record.started if before else record.ended) * 1_000_000)


def rows_sql(evaluate: Evaluate, table: Entry, version: int) -> str:
    """The rows of a version with their ids."""
    columns = ", ".join([streams.ROW, *streams.stored_keys(table)])
    next_row = _first_row_after(evaluate, table, version)
    if next_row is None:
        return f"(SELECT {columns} FROM {table.physical})"
    kept = f"{kept_table(table.id)} WHERE {UNTIL} > {version} AND {streams.ROW} < {next_row}"
    return (
        f"(SELECT {columns} FROM {table.physical} WHERE {streams.ROW} < {next_row} "
        f"AND {streams.ROW} NOT IN (SELECT {streams.ROW} FROM {kept}) "
        f"UNION ALL SELECT {columns} FROM {kept} {_FIRST})"
    )


_FIRST = f"QUALIFY row_number() OVER (PARTITION BY {streams.ROW} ORDER BY {UNTIL}) = 1"


def _first_row_after(evaluate: Evaluate, table: Entry, version: int) -> int | None:
    found = evaluate(
        f"SELECT min(first_row) FROM _dw.table_versions WHERE table_id = {table.id} AND version > {version}"
    )[0][0]
    return None if found is None else int(found)


def appended_marks(entry: Entry) -> tuple[str, ...]:
    """The metadata columns of rows that were inserted."""
    return (
        f"'INSERT' AS {identifier('METADATA$ACTION')}",
        f"false AS {identifier('METADATA$ISUPDATE')}",
        f"md5('{entry.id}:' || {streams.ROW}) AS {identifier('METADATA$ROW_ID')}",
    )


def appended_sql(table: Entry, after: str, until: int | None = None) -> str:
    """The rows that were inserted after the version ``after`` (SQL) and up to ``until``, as a stream shows them."""
    items = ", ".join([*streams.stored_keys(table), *appended_marks(table)])
    return f"(SELECT {items} FROM {appended_rows_sql(table, after, until)})"


def appended_rows_sql(table: Entry, after: str, until: int | None = None) -> str:
    """The same rows as they were inserted, with their ids."""
    columns = ", ".join([streams.ROW, *streams.stored_keys(table)])
    mine = f"SELECT min(first_row) FROM _dw.table_versions WHERE table_id = {table.id} AND version >"
    bounds = f"{streams.ROW} >= ({mine} {after})"
    if until is not None:
        bounds += f" AND {streams.ROW} < coalesce(({mine} {until}), {2**63 - 1})"
    kept = kept_table(table.id)
    return (
        f"(SELECT {columns} FROM {table.physical} WHERE {bounds} "
        f"AND {streams.ROW} NOT IN (SELECT {streams.ROW} FROM {kept} WHERE {bounds}) "
        f"UNION ALL SELECT {columns} FROM {kept} WHERE {bounds} {_FIRST})"
    )
