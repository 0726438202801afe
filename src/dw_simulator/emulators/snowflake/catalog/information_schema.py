"""INFORMATION_SCHEMA of a database. Vendor page: "Snowflake Information Schema".

A view is a function that gives rows of Python values for its columns; it is read as a literal table.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import versions
from dw_simulator.emulators.snowflake.catalog.model import TABLE_KINDS, Entry, TableColumn
from dw_simulator.emulators.snowflake.translation.environment import TableSource
from dw_simulator.emulators.snowflake.translation.lexer import upper_words
from dw_simulator.emulators.snowflake.translation.scope import OutputColumn
from dw_simulator.emulators.snowflake.translation.text import identifier, literal
from dw_simulator.emulators.snowflake.types import interval
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.catalog.view import SessionCatalog

T, N, L, B = m.text(), m.number(), m.timestamp_ltz(3), m.boolean()
Rows = Callable[["SessionCatalog", str], Iterable[tuple[Any, ...]]]
VIEWS: dict[str, tuple[list[tuple[str, SnowflakeType]], Rows]] = {}


def view(name: str, columns: str) -> Callable[[Rows], Rows]:
    """Register a view; ``columns`` are as for ``typed_columns``."""

    def register(rows: Rows) -> Rows:
        VIEWS[name] = (typed_columns(columns), rows)
        return rows

    return register


_ACCOUNT_ONLY = frozenset({"COPY_HISTORY"})
"""Views of ACCOUNT_USAGE that a database does not have."""


def source(catalog: SessionCatalog, database: str, name: str) -> TableSource:
    """The view ``name`` of a database. Raises 002003."""
    if name not in VIEWS or name in _ACCOUNT_ONLY:
        raise errors.OBJECT_NOT_FOUND(f"{database}.INFORMATION_SCHEMA.{name}")
    columns, rows = VIEWS[name]
    found = list(rows(catalog, database))
    row = _OWN_ROWS.get(name)
    if row is not None:
        for entry in own_views(catalog, database):
            found.extend(row(catalog, database, entry))
    return literal_table(columns, found, (database, "INFORMATION_SCHEMA", name))


def own_views(catalog: SessionCatalog, database: str) -> list[Entry]:
    """The views of INFORMATION_SCHEMA as objects, which TABLES, VIEWS and COLUMNS tell of too."""
    made = catalog.catalog.database(database).created
    return [
        Entry(
            "VIEW", name, database, "INFORMATION_SCHEMA", owner="", created=made,
            columns=[TableColumn(label, label, kind) for label, kind in VIEWS[name][0]],
        )
        for name in sorted(VIEWS.keys() - _ACCOUNT_ONLY)
    ]  # fmt: skip


def account_source(catalog: SessionCatalog, schema: str, name: str) -> TableSource:
    """A view of the database SNOWFLAKE: the rows of every database's view of that name."""
    if schema not in ("ACCOUNT_USAGE", "INFORMATION_SCHEMA") or name not in VIEWS:
        raise errors.OBJECT_NOT_FOUND(f"SNOWFLAKE.{schema}.{name}")
    columns, rows = VIEWS[name]
    found: list[tuple[Any, ...]] = []
    for database in catalog.entries("DATABASE"):
        found.extend(rows(catalog, database.name))
    return literal_table(columns, found, ("SNOWFLAKE", schema, name))


def typed_columns(text: str) -> list[tuple[str, SnowflakeType]]:
    """Columns from names that each may have a suffix for the type: ``:n`` number, ``:f`` float, ``:l`` timestamp,
    ``:z`` one without a zone, ``:b`` boolean, ``:a`` array and ``:o`` object (JSON text)."""
    kinds = {"n": N, "f": m.real(), "l": L, "z": m.timestamp_ntz(), "b": B, "a": m.array(), "o": m.object_()}
    split = [word.partition(":") for word in text.split()]
    return [(label, kinds.get(kind, T)) for label, _, kind in split]


def literal_table(
    columns: list[tuple[str, SnowflakeType]], rows: Iterable[tuple[Any, ...]], parts: tuple[str, str, str]
) -> TableSource:
    """Rows of Python values as a table."""
    from dw_simulator.emulators.snowflake.translation.typing import physical

    # One JSON literal: as VALUES, ten thousand columns would be planned for minutes.
    found = [[_plain(value) for value in row] for row in rows]
    keys = [f"c{index}" for index in range(len(columns))]
    if found:
        documents = json.dumps([dict(zip(keys, row, strict=True)) for row in found], separators=(",", ":"))
        structure = json.dumps(
            [{key: _READ_AS.get(kind.name, "VARCHAR") for key, (_, kind) in zip(keys, columns, strict=True)}]
        )
        cells = ", ".join(
            f"CAST(r.{key} AS {physical(kind)}) AS {identifier(name)}"
            for key, (name, kind) in zip(keys, columns, strict=True)
        )
        sql = f"(SELECT {cells} FROM (SELECT unnest(from_json({literal(documents)}, {literal(structure)})) AS r))"
    else:
        nulls = ", ".join(f"CAST(NULL AS {physical(kind)}) AS {identifier(name)}" for name, kind in columns)
        sql = f"(SELECT {nulls} WHERE false)"
    return TableSource(sql, [OutputColumn(name, kind, name) for name, kind in columns], parts, volatile=True)


_READ_AS = {"BOOLEAN": "BOOLEAN", "FIXED": "HUGEINT"}


def _plain(value: Any) -> Any:
    """A cell as JSON takes it; what is no number and no boolean is text."""
    if value is None or isinstance(value, bool | int):
        return value
    return value.isoformat(sep=" ") if isinstance(value, dt.datetime) else str(value)


def days_of(catalog: SessionCatalog, entry: Any) -> int:
    """The retention of a table, a schema or a database."""
    holders = [entry]
    if entry.kind not in ("DATABASE", "SCHEMA"):
        holders.append(catalog.catalog.get("SCHEMA", entry.database, "", entry.schema))
    if entry.kind != "DATABASE":
        holders.append(catalog.catalog.get("DATABASE", name=entry.database))
    holders.append(next(catalog.catalog.entries("ACCOUNT"), None))
    found = (versions.own_days(holder) for holder in holders if holder is not None)
    return next((days for days in found if days is not None), versions.DEFAULT_DAYS)


# --- the views --------------------------------------------------------------------------------------------------------
@view("DATABASES", "DATABASE_NAME DATABASE_OWNER IS_TRANSIENT COMMENT CREATED:l LAST_ALTERED:l RETENTION_TIME:n TYPE")
def _databases(catalog: SessionCatalog, _database: str) -> Iterable[tuple[Any, ...]]:
    for entry in catalog.entries("DATABASE"):
        transient = "YES" if entry.transient else "NO"
        yield (
            entry.name,
            entry.owner,
            transient,
            entry.comment or None,
            entry.created,
            entry.created,
            days_of(catalog, entry),
            "STANDARD",
        )


@view(
    "SCHEMATA",
    "CATALOG_NAME SCHEMA_NAME SCHEMA_OWNER IS_TRANSIENT IS_MANAGED_ACCESS RETENTION_TIME:n "
    "DEFAULT_CHARACTER_SET_CATALOG DEFAULT_CHARACTER_SET_SCHEMA DEFAULT_CHARACTER_SET_NAME SQL_PATH CREATED:l "
    "LAST_ALTERED:l COMMENT",
)
def _schemata(catalog: SessionCatalog, database: str) -> Iterable[tuple[Any, ...]]:
    for entry in catalog.entries("SCHEMA", database):
        yield (
            database, entry.name, entry.owner, "YES" if entry.transient else "NO",
            "YES" if entry.properties.get("managed_access") else "NO", days_of(catalog, entry), None, None, None,
            None, entry.created, entry.created, entry.comment or None,
        )  # fmt: skip
    made = catalog.catalog.database(database).created
    yield (
        database, "INFORMATION_SCHEMA", None, "NO", "NO", 1, None, None, None, None, made, made,
        "Views describing the contents of schemas in this database",
    )  # fmt: skip


def _tables_of(catalog: SessionCatalog, database: str) -> list[Any]:
    found = [entry for kind in TABLE_KINDS for entry in catalog.entries(kind, database)]
    temporary = catalog.temporary.values()
    return found + [entry for entry in temporary if entry.database == database and entry.kind in TABLE_KINDS]


def _table_type(entry: Any) -> str:
    if entry.temporary:
        return "LOCAL TEMPORARY"
    if entry.properties.get("materialized"):
        return "MATERIALIZED VIEW"
    if entry.properties.get("interactive"):
        return "INTERACTIVE TABLE"
    return "BASE TABLE" if entry.kind in ("TABLE", "DYNAMIC TABLE") else str(entry.kind)


@view(
    "TABLES",
    "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER TABLE_TYPE IS_TRANSIENT CLUSTERING_KEY ROW_COUNT:n BYTES:n "
    "RETENTION_TIME:n SELF_REFERENCING_COLUMN_NAME REFERENCE_GENERATION USER_DEFINED_TYPE_CATALOG "
    "USER_DEFINED_TYPE_SCHEMA USER_DEFINED_TYPE_NAME IS_INSERTABLE_INTO IS_TYPED COMMIT_ACTION CREATED:l "
    "LAST_ALTERED:l LAST_DDL:l LAST_DDL_BY AUTO_CLUSTERING_ON COMMENT IS_TEMPORARY IS_ICEBERG IS_DYNAMIC "
    "IS_IMMUTABLE IS_HYBRID",
)
def _tables(catalog: SessionCatalog, database: str) -> Iterable[tuple[Any, ...]]:
    for entry in _tables_of(catalog, database):
        yield from table_rows(catalog, database, entry)


def table_rows(catalog: SessionCatalog, database: str, entry: Entry) -> Iterable[tuple[Any, ...]]:
    is_view = entry.kind == "VIEW"
    count = None if is_view else catalog.catalog.row_count(entry)
    clustered = entry.properties.get("cluster_by")
    yield (
        database, entry.schema, entry.name, entry.owner or None, _table_type(entry),
        None if is_view else "YES" if entry.transient else "NO", clustered, count,
        None if count is None else count * 8, None if is_view else days_of(catalog, entry),
        None, None, None, None, None,
        None if is_view else "YES", "YES", None, entry.created, entry.created, entry.created, entry.owner or None,
        "YES" if clustered and not entry.properties.get("recluster_suspended") else "NO",
        entry.comment or None, "YES" if entry.temporary else "NO", "NO",
        "YES" if entry.kind == "DYNAMIC TABLE" else "NO", "NO", "YES" if entry.properties.get("hybrid") else "NO",
    )  # fmt: skip


@view(
    "VIEWS",
    "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER VIEW_DEFINITION CHECK_OPTION IS_UPDATABLE INSERTABLE_INTO "
    "IS_SECURE CREATED:l LAST_ALTERED:l LAST_DDL:l LAST_DDL_BY COMMENT",
)
def _views(catalog: SessionCatalog, database: str) -> Iterable[tuple[Any, ...]]:
    for entry in catalog.entries("VIEW", database):
        yield from view_rows(catalog, database, entry)


def view_rows(catalog: SessionCatalog, database: str, entry: Entry) -> Iterable[tuple[Any, ...]]:
    del catalog
    yield (
        database, entry.schema, entry.name, entry.owner or None, entry.properties.get("statement", entry.text) or None,
        "NONE", "NO", "NO", "YES" if entry.properties.get("secure") else "NO", entry.created, entry.created,
        entry.created, entry.owner or None, entry.comment or None,
    )  # fmt: skip


@view(
    "COLUMNS",
    "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME ORDINAL_POSITION:n COLUMN_DEFAULT IS_NULLABLE DATA_TYPE "
    "CHARACTER_MAXIMUM_LENGTH:n CHARACTER_OCTET_LENGTH:n NUMERIC_PRECISION:n NUMERIC_PRECISION_RADIX:n "
    "NUMERIC_SCALE:n DATETIME_PRECISION:n INTERVAL_TYPE INTERVAL_PRECISION CHARACTER_SET_CATALOG "
    "CHARACTER_SET_SCHEMA CHARACTER_SET_NAME COLLATION_CATALOG COLLATION_SCHEMA COLLATION_NAME DOMAIN_CATALOG "
    "DOMAIN_SCHEMA DOMAIN_NAME UDT_CATALOG UDT_SCHEMA UDT_NAME SCOPE_CATALOG SCOPE_SCHEMA SCOPE_NAME "
    "MAXIMUM_CARDINALITY:n DTD_IDENTIFIER IS_SELF_REFERENCING IS_IDENTITY IDENTITY_GENERATION IDENTITY_START "
    "IDENTITY_INCREMENT IDENTITY_MAXIMUM IDENTITY_MINIMUM IDENTITY_CYCLE IDENTITY_ORDERED "
    "SCHEMA_EVOLUTION_RECORD COMMENT DATA_TYPE_ALIAS",
)
def _columns(catalog: SessionCatalog, database: str) -> Iterable[tuple[Any, ...]]:
    for entry in _tables_of(catalog, database):
        yield from column_rows(catalog, database, entry)


def column_rows(catalog: SessionCatalog, database: str, entry: Entry) -> Iterable[tuple[Any, ...]]:
    del catalog
    for position, column in enumerate(entry.columns, 1):
        yield _column_row(database, entry, position, column)


def _column_row(database: str, entry: Any, position: int, column: Any) -> tuple[Any, ...]:
    kind: SnowflakeType = column.type
    fixed, decimal = kind.name == "FIXED", kind.name == "DECFLOAT"
    texts = kind.name in ("TEXT", "BINARY")
    name = {"FIXED": "NUMBER", "REAL": "FLOAT"}.get(kind.name, kind.name)
    name = interval.plain_name(kind) if kind.name in interval.NAMES else name
    start, step = column.identity or (None, None)
    moment = kind.scale if kind.name in ("TIME", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ") else None
    return (
        database, entry.schema, entry.name, column.name, position,
        None if column.default is None else upper_words(column.default),
        "YES" if kind.nullable else "NO", name, kind.length if texts else None, kind.byte_length if texts else None,
        kind.precision if fixed or decimal else None,
        10 if fixed or decimal else None, kind.scale if fixed else None, moment,
        *(None,) * 7, column.collation, *(None,) * 11, "NO", "YES" if column.identity else "NO",
        "BY DEFAULT" if column.identity else None,
        start, step, None, None, "NO" if column.identity else None,
        ("YES" if column.ordered else "NO") if column.identity else None,
        column.evolution, column.comment, column.type_text,
    )  # fmt: skip


@view(
    "TABLE_CONSTRAINTS",
    "CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME TABLE_CATALOG TABLE_SCHEMA TABLE_NAME CONSTRAINT_TYPE "
    "IS_DEFERRABLE INITIALLY_DEFERRED ENFORCED COMMENT CREATED:l LAST_ALTERED:l RELY",
)
def _constraints(catalog: SessionCatalog, database: str) -> Iterable[tuple[Any, ...]]:
    for entry in _tables_of(catalog, database):
        for item in entry.constraints:
            yield (
                database, entry.schema, item.name, database, entry.schema, entry.name, item.kind, "NO", "YES",
                "YES" if entry.properties.get("hybrid") else "NO", item.comment, entry.created, entry.created,
                "YES" if item.options.get("rely") == "true" else "NO",
            )  # fmt: skip


@view(
    "PROCEDURES",
    "PROCEDURE_CATALOG PROCEDURE_SCHEMA PROCEDURE_NAME PROCEDURE_OWNER ARGUMENT_SIGNATURE DATA_TYPE "
    "CHARACTER_MAXIMUM_LENGTH:n CHARACTER_OCTET_LENGTH:n NUMERIC_PRECISION:n NUMERIC_PRECISION_RADIX:n NUMERIC_SCALE:n "
    "PROCEDURE_LANGUAGE PROCEDURE_DEFINITION CREATED:l LAST_ALTERED:l COMMENT",
)
def _procedures(catalog: SessionCatalog, database: str) -> Iterable[tuple[Any, ...]]:
    for entry in catalog.entries("PROCEDURE", database):
        kind = entry.properties["returns"] or {}
        whole = kind.get("name") == "FIXED"
        yield (
            database, entry.schema, entry.properties["base_name"], entry.owner, entry.properties["signature"],
            entry.properties["result"], kind.get("length"), kind.get("byte_length"), kind.get("precision"),
            10 if whole else None, kind.get("scale") if whole else None,
            entry.properties.get("language", "SQL"), entry.text, entry.created, entry.created, entry.comment or None,
        )  # fmt: skip


@view("PACKAGES", "PACKAGE_NAME VERSION LANGUAGE RUNTIME_VERSION")
def _packages(catalog: SessionCatalog, _database: str) -> Iterable[tuple[Any, ...]]:
    for name, version, runtime in catalog.catalog.packages():
        yield name, version, "python", runtime


@view(
    "STAGES",
    "STAGE_CATALOG STAGE_SCHEMA STAGE_NAME STAGE_URL STAGE_REGION STAGE_TYPE STAGE_OWNER COMMENT CREATED:l "
    "LAST_ALTERED:l",
)
def _stages(catalog: SessionCatalog, database: str) -> Iterable[tuple[Any, ...]]:
    for entry in catalog.entries("STAGE", database):
        url = entry.properties.get("URL")
        kind = "External Named" if url else "Internal Named"
        yield (
            database, entry.schema, entry.name, url, None, kind, entry.owner, entry.comment or None, entry.created,
            entry.created,
        )  # fmt: skip


_OWN_ROWS = {"TABLES": table_rows, "VIEWS": view_rows, "COLUMNS": column_rows}
"""Views of which each view of the schema itself has rows, too."""
