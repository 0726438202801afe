"""INFORMATION_SCHEMA about sequences, functions, storage, hybrid tables and their indexes.

Vendor page: "Snowflake Information Schema".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from dw_simulator.emulators.snowflake.catalog.hybrid import indexes_of
from dw_simulator.emulators.snowflake.catalog.information_schema import days_of, view

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.catalog.view import SessionCatalog

Row = tuple[Any, ...]


def _yes_or_no(flag: object) -> str:
    return "YES" if flag else "NO"


@view(
    "SEQUENCES",
    "SEQUENCE_CATALOG SEQUENCE_SCHEMA SEQUENCE_NAME SEQUENCE_OWNER DATA_TYPE NUMERIC_PRECISION:n "
    "NUMERIC_PRECISION_RADIX:n NUMERIC_SCALE:n START_VALUE MINIMUM_VALUE MAXIMUM_VALUE NEXT_VALUE INCREMENT "
    "CYCLE_OPTION CREATED:l LAST_ALTERED:l ORDERED COMMENT",
)
def _sequences(catalog: SessionCatalog, database: str) -> Iterable[Row]:
    for entry in catalog.entries("SEQUENCE", database):
        yield (
            database, entry.schema, entry.name, entry.owner, "NUMBER", 38, 10, 0, entry.properties["start"], None,
            None, catalog.catalog.next_value(entry), entry.properties["increment"], "NO", entry.created, entry.created,
            _yes_or_no(entry.properties.get("ordered")), entry.comment or None,
        )  # fmt: skip


@view(
    "FUNCTIONS",
    "FUNCTION_CATALOG FUNCTION_SCHEMA FUNCTION_NAME FUNCTION_OWNER ARGUMENT_SIGNATURE DATA_TYPE "
    "CHARACTER_MAXIMUM_LENGTH:n CHARACTER_OCTET_LENGTH:n NUMERIC_PRECISION:n NUMERIC_PRECISION_RADIX:n NUMERIC_SCALE:n "
    "FUNCTION_LANGUAGE FUNCTION_DEFINITION VOLATILITY IS_NULL_CALL IS_SECURE CREATED:l LAST_ALTERED:l COMMENT "
    "IS_EXTERNAL API_INTEGRATION CONTEXT_HEADERS MAX_BATCH_ROWS:n REQUEST_TRANSLATOR RESPONSE_TRANSLATOR COMPRESSION "
    "IMPORTS HANDLER TARGET_PATH RUNTIME_VERSION PACKAGES INSTALLED_PACKAGES IS_MEMOIZABLE "
    "EXTERNAL_ACCESS_INTEGRATIONS SECRETS IS_DATA_METRIC IS_AGGREGATE ARTIFACT_REPOSITORY",
)
def _functions(catalog: SessionCatalog, database: str) -> Iterable[Row]:
    for entry in catalog.entries("FUNCTION", database):
        get = entry.properties.get
        kind = get("returns") or {}
        whole = kind.get("name") == "FIXED"
        yield (
            database, entry.schema, entry.properties["base_name"], entry.owner, entry.properties["signature"],
            entry.properties["result"], kind.get("length"), kind.get("byte_length"),
            kind.get("precision") if whole else None, 10 if whole else None, kind.get("scale") if whole else None,
            entry.properties["language"], entry.text, "IMMUTABLE" if get("immutable") else "VOLATILE",
            _yes_or_no(not get("strict")), _yes_or_no(get("secure")), entry.created, entry.created,
            entry.comment or None, "NO", None, None, None, None, None, None, _listed(get("imports")), get("handler"),
            None, get("runtime_version"), _listed(get("packages")), None, _yes_or_no(get("memoizable")), None, None,
            "NO", _yes_or_no(get("aggregate")), None,
        )  # fmt: skip


def _listed(names: Any) -> str | None:
    return "[" + ", ".join(f"'{name}'" for name in names) + "]" if names else None


@view(
    "TABLE_STORAGE_METRICS",
    "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME ID:n CLONE_GROUP_ID:n IS_TRANSIENT ACTIVE_BYTES:n TIME_TRAVEL_BYTES:n "
    "FAILSAFE_BYTES:n RETAINED_FOR_CLONE_BYTES:n TABLE_CREATED:l TABLE_DROPPED:l TABLE_ENTERED_FAILSAFE:l "
    "CATALOG_CREATED:l CATALOG_DROPPED:l SCHEMA_CREATED:l SCHEMA_DROPPED:l COMMENT",
)
def _storage(catalog: SessionCatalog, database: str) -> Iterable[Row]:
    """Active bytes as TABLES counts them; nothing else is measured."""
    made = catalog.catalog.database(database).created
    for entry in catalog.entries("TABLE", database):
        size = (catalog.catalog.row_count(entry) or 0) * 8
        schema = catalog.catalog.schema(database, entry.schema)
        yield (
            database, entry.schema, entry.name, entry.id, entry.id, _yes_or_no(entry.transient or entry.temporary),
            size,
            0, 0, 0, entry.created, None, None, made, None, schema.created, None, entry.comment or None,
        )  # fmt: skip


@view(
    "HYBRID_TABLES", "CATALOG SCHEMA NAME OWNER ROW_COUNT:n BYTES:n RETENTION_TIME:n CREATED:l LAST_ALTERED:l COMMENT"
)
def _hybrid_tables(catalog: SessionCatalog, database: str) -> Iterable[Row]:
    for entry in catalog.entries("TABLE", database):
        if entry.properties.get("hybrid"):
            count = catalog.catalog.row_count(entry) or 0
            yield (
                database, entry.schema, entry.name, entry.owner, count, count * 8, days_of(catalog, entry),
                entry.created, entry.created, entry.comment or None,
            )  # fmt: skip


@view(
    "INDEXES",
    "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME NAME OWNER IS_UNIQUE CONSTRAINT_NAME STATUS CREATED:l",
)
def _indexes(catalog: SessionCatalog, database: str) -> Iterable[Row]:
    for entry in catalog.entries("TABLE", database):
        for index in indexes_of(entry):
            yield (
                database, entry.schema, entry.name, index.name, entry.owner, _yes_or_no(index.unique), index.constraint,
                "ACTIVE", entry.created,
            )  # fmt: skip


@view(
    "INDEX_COLUMNS",
    "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME INDEX_NAME NAME KEY_SEQUENCE:n INDEX_OWNER IS_UNIQUE CONSTRAINT_NAME STATUS "
    "CREATED:l IS_INCLUDED_COLUMN",
)
def _index_columns(catalog: SessionCatalog, database: str) -> Iterable[Row]:
    for entry in catalog.entries("TABLE", database):
        for index in indexes_of(entry):
            for position, column in enumerate((*index.columns, *index.included), 1):
                yield (
                    database, entry.schema, entry.name, index.name, column, position, entry.owner,
                    _yes_or_no(index.unique), index.constraint, "ACTIVE", entry.created,
                    _yes_or_no(position > len(index.columns)),
                )  # fmt: skip
