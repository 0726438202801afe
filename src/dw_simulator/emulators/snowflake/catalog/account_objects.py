# ruff: noqa: E501 - tables, one row a view
"""SNOWFLAKE.ACCOUNT_USAGE about the objects of all databases, and what costs nothing here. Vendor page: "Account Usage".

A view of objects has the columns of the databases' own, and ids and when an object was dropped. Dropped objects are
there as long as they can come back.
"""

from __future__ import annotations

import datetime as dt
import json
import zlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from dw_simulator.emulators.snowflake.catalog import declared, information_schema
from dw_simulator.emulators.snowflake.catalog.account_usage import Row, view
from dw_simulator.emulators.snowflake.catalog.model import TABLE_KINDS, Entry

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.catalog.view import SessionCatalog

_SUFFIX = {"FIXED": ":n", "TIMESTAMP_LTZ": ":l", "BOOLEAN": ":b"}
_OBJECTS = {
    "TABLES": "TABLE", "COLUMNS": "TABLE", "VIEWS": "TABLE", "FUNCTIONS": "FUNCTION", "PROCEDURES": "PROCEDURE",
    "SEQUENCES": "SEQUENCE", "STAGES": "STAGE", "FILE_FORMATS": "FILE_FORMAT", "PIPES": "PIPE",
}  # fmt: skip
"""Views of what is in a schema, and what the names of its columns begin with."""
_KINDS = {
    "FUNCTIONS": ("FUNCTION",), "PROCEDURES": ("PROCEDURE",), "SEQUENCES": ("SEQUENCE",), "STAGES": ("STAGE",),
    "FILE_FORMATS": ("FILE FORMAT",), "PIPES": ("PIPE",),
}  # fmt: skip


def _ids(catalog: SessionCatalog, database: str, schema: str) -> tuple[int | None, int | None]:
    """Of a schema and its database; those of dropped ones too."""
    store = catalog.catalog
    holder = store.get("SCHEMA", database, "", schema) or store.dropped("SCHEMA", database, "", schema)
    outer = store.get("DATABASE", name=database) or store.dropped("DATABASE", "", "", database)
    return holder.id if holder else None, outer.id if outer else None


def _entries(catalog: SessionCatalog, name: str) -> dict[tuple[str, ...], list[Entry]]:
    """The objects of a view by database, schema and shown name (and signature)."""
    found: dict[tuple[str, ...], list[Entry]] = {}
    for kind in _KINDS.get(name, TABLE_KINDS):
        for entry in catalog.entries(kind):
            found.setdefault(_key(entry), []).append(entry)
    return found


def _key(entry: Entry) -> tuple[str, ...]:
    if entry.kind in ("FUNCTION", "PROCEDURE"):
        return entry.database, entry.schema, entry.properties["base_name"], entry.properties["signature"]
    return entry.parts


def _rows(catalog: SessionCatalog, name: str) -> Iterator[tuple[tuple[Any, ...], Entry | None]]:
    """The rows of the databases' own views, each with its object."""
    columns, rows = information_schema.VIEWS[name]
    labels = [label for label, _ in columns]
    prefix = _OBJECTS[name]
    places = [labels.index(f"{prefix}_{part}") for part in ("CATALOG", "SCHEMA", "NAME")]
    if "ARGUMENT_SIGNATURE" in labels:
        places.append(labels.index("ARGUMENT_SIGNATURE"))
    entries = _entries(catalog, name)
    for database in catalog.entries("DATABASE"):
        for row in rows(catalog, database.name):
            found = entries.get(tuple(str(row[place]) for place in places))
            yield row, found[0] if found else None
    single = {
        "TABLES": information_schema.table_rows,
        "COLUMNS": information_schema.column_rows,
        "VIEWS": information_schema.view_rows,
    }.get(name)
    if single is None:
        return
    for entry in catalog.catalog.dropped_entries():
        if entry.kind in TABLE_KINDS and (name != "VIEWS" or entry.kind == "VIEW"):
            yield from ((row, entry) for row in single(catalog, entry.database, entry))


def _register(name: str) -> None:
    prefix = _OBJECTS[name]
    columns, _ = information_schema.VIEWS[name]
    labels = [label for label, _ in columns]
    first = [
        f"{prefix}_ID",
        f"{prefix}_NAME",
        f"{prefix}_SCHEMA_ID",
        f"{prefix}_SCHEMA",
        f"{prefix}_CATALOG_ID",
        f"{prefix}_CATALOG",
    ]
    if name == "COLUMNS":
        first = ["COLUMN_ID", "COLUMN_NAME", *first]
    rest = [label for label in labels if label not in first]
    wanted = [*first, *rest, "DELETED", *(() if name == "COLUMNS" else ("OWNER_ROLE_TYPE", "INSTANCE_ID"))]
    kinds = {label: _SUFFIX.get(kind.name, "") for label, kind in columns}
    own = {
        "DELETED": ":l",
        **dict.fromkeys(
            (f"{prefix}_ID", f"{prefix}_SCHEMA_ID", f"{prefix}_CATALOG_ID", "COLUMN_ID", "INSTANCE_ID"), ":n"
        ),
    }

    def rows(catalog: SessionCatalog) -> Iterable[Row]:
        for row, entry in _rows(catalog, name):
            cells = dict(zip(labels, row, strict=True))
            schema, database = _ids(catalog, str(cells[f"{prefix}_CATALOG"]), str(cells[f"{prefix}_SCHEMA"]))
            cells |= {
                f"{prefix}_ID": entry.id if entry else None, f"{prefix}_SCHEMA_ID": schema, f"{prefix}_CATALOG_ID": database,
                "DELETED": entry.dropped if entry else None, "OWNER_ROLE_TYPE": "ROLE", "INSTANCE_ID": None,
            }  # fmt: skip
            if name == "COLUMNS":
                cells["COLUMN_ID"] = _column_id(entry, str(cells["COLUMN_NAME"]))
            yield tuple(cells[label] for label in wanted)

    view(name, " ".join(label + own.get(label, kinds.get(label, "")) for label in wanted))(rows)


def _column_id(entry: Entry | None, name: str) -> int | None:
    """A number that a column keeps while it has other names and places."""
    column = entry.column(name) if entry is not None else None
    return (entry.id << 32) + zlib.crc32(column.key.encode()) if entry is not None and column is not None else None


def register() -> None:
    """The views of objects; when the databases' own are there."""
    from dw_simulator.emulators.snowflake.catalog import file_views, object_views  # noqa: F401 - they register

    for name in _OBJECTS:
        _register(name)


@view(
    "DATABASES",
    "DATABASE_ID:n DATABASE_NAME DATABASE_OWNER IS_TRANSIENT COMMENT CREATED:l LAST_ALTERED:l DELETED:l RETENTION_TIME:n RESOURCE_GROUP TYPE OWNER_ROLE_TYPE OBJECT_VISIBILITY",
)
def _databases(catalog: SessionCatalog) -> Iterable[Row]:
    for entry in _with_dropped(catalog, "DATABASE"):
        yield (
            entry.id, entry.name, entry.owner, "YES" if entry.transient else "NO", entry.comment or None, entry.created,
            entry.created, entry.dropped, information_schema.days_of(catalog, entry), None, "STANDARD", "ROLE", None,
        )  # fmt: skip


@view(
    "SCHEMATA",
    "SCHEMA_ID:n SCHEMA_NAME CATALOG_ID:n CATALOG_NAME SCHEMA_OWNER RETENTION_TIME:n IS_TRANSIENT IS_MANAGED_ACCESS DEFAULT_CHARACTER_SET_CATALOG DEFAULT_CHARACTER_SET_SCHEMA DEFAULT_CHARACTER_SET_NAME SQL_PATH COMMENT CREATED:l LAST_ALTERED:l DELETED:l OWNER_ROLE_TYPE SCHEMA_TYPE OBJECT_VISIBILITY",
)
def _schemata(catalog: SessionCatalog) -> Iterable[Row]:
    for entry in _with_dropped(catalog, "SCHEMA"):
        _, database = _ids(catalog, entry.database, entry.name)
        yield (
            entry.id, entry.name, database, entry.database, entry.owner, information_schema.days_of(catalog, entry),
            "YES" if entry.transient else "NO", "YES" if entry.properties.get("managed_access") else "NO",
            None, None, None, None, entry.comment or None, entry.created, entry.created, entry.dropped, "ROLE", "STANDARD", None,
        )  # fmt: skip


def _with_dropped(catalog: SessionCatalog, kind: str) -> Iterable[Entry]:
    yield from catalog.entries(kind)
    yield from (entry for entry in catalog.catalog.dropped_entries() if entry.kind == kind)


# --- policies of logins -----------------------------------------------------------------------------------------------
_POLICY = "ID:n NAME SCHEMA_ID:n SCHEMA DATABASE_ID:n DATABASE OWNER OWNER_ROLE_TYPE {} COMMENT CREATED:l LAST_ALTERED:l DELETED:l"


def _policy_rows(catalog: SessionCatalog, kind: str, names: list[str]) -> Iterable[Row]:
    for entry in catalog.entries(kind):
        schema, database = _ids(catalog, entry.database, entry.schema)
        yield (
            entry.id, entry.name, schema, entry.schema, database, entry.database, entry.owner, "ROLE",
            *(declared.value_of(entry, name) for name in names), entry.comment or None, entry.created, entry.created, None,
        )  # fmt: skip


for _name, _kind, _properties in (
    ("PASSWORD_POLICIES", declared.PASSWORD, [item.name for item in declared.KINDS[declared.PASSWORD].properties]),
    ("SESSION_POLICIES", declared.SESSION, ["SESSION_IDLE_TIMEOUT_MINS", "SESSION_UI_IDLE_TIMEOUT_MINS"]),
):
    view(_name, _POLICY.format(" ".join(f"{item}:n" for item in _properties)))(
        lambda catalog, kind=_kind, names=_properties: _policy_rows(catalog, kind, names)  # type: ignore[misc]
    )


@view(
    "NETWORK_POLICIES",
    "ID:n NAME OWNER ALLOWED_IP_LIST BLOCKED_IP_LIST ALLOWED_NETWORK_RULE_LIST BLOCKED_NETWORK_RULE_LIST COMMENT CREATED:l LAST_ALTERED:l DELETED:l OWNER_ROLE_TYPE",
)
def _network_policies(catalog: SessionCatalog) -> Iterable[Row]:
    names = ("ALLOWED_IP_LIST", "BLOCKED_IP_LIST", "ALLOWED_NETWORK_RULE_LIST", "BLOCKED_NETWORK_RULE_LIST")
    for entry in catalog.entries(declared.NETWORK_POLICY):
        lists = (",".join(declared.value_of(entry, name)) or None for name in names)
        yield (
            entry.id,
            entry.name,
            entry.owner,
            *lists,
            entry.comment or None,
            entry.created,
            entry.created,
            None,
            "ROLE",
        )


@view(
    "NETWORK_RULES",
    "NETWORK_RULE_ID:n NAME SCHEMA_ID:n SCHEMA DATABASE_ID:n DATABASE OWNER OWNER_ROLE_TYPE TYPE MODE VALUE_LIST COMMENT CREATED:l LAST_ALTERED:l DELETED:l",
)
def _network_rules(catalog: SessionCatalog) -> Iterable[Row]:
    for entry in catalog.entries(declared.NETWORK_RULE):
        schema, database = _ids(catalog, entry.database, entry.schema)
        yield (
            entry.id, entry.name, schema, entry.schema, database, entry.database, entry.owner, "ROLE",
            entry.properties["TYPE"], declared.value_of(entry, "MODE"), ",".join(entry.properties["VALUE_LIST"]),
            entry.comment or None, entry.created, entry.created, None,
        )  # fmt: skip


# --- logins -----------------------------------------------------------------------------------------------------------
LOGIN_COLUMNS = "EVENT_ID:n EVENT_TIMESTAMP:l EVENT_TYPE USER_NAME CLIENT_IP REPORTED_CLIENT_TYPE REPORTED_CLIENT_VERSION FIRST_AUTHENTICATION_FACTOR SECOND_AUTHENTICATION_FACTOR IS_SUCCESS ERROR_CODE:n ERROR_MESSAGE RELATED_EVENT_ID:n CONNECTION"


def login_rows(catalog: SessionCatalog) -> list[Row]:
    """The logins that the session may see, newest first."""
    access = catalog.access
    everyone = access is None or "ACCOUNTADMIN" in access.names
    return [
        (
            record.id, dt.datetime.fromtimestamp(record.at, dt.UTC), "LOGIN", record.user, record.address,
            record.client_type, record.client.app_version or None, record.method, None,
            "YES" if record.error is None else "NO", record.error.errno if record.error is not None else None,
            record.error.message if record.error is not None else None, 0, None,
        )
        for record in catalog.catalog.login_log.records()
        if everyone or (access is not None and record.user == access.user)
    ]  # fmt: skip


view("LOGIN_HISTORY", LOGIN_COLUMNS)(login_rows)


@view(
    "SESSIONS",
    "SESSION_ID:n CREATED_ON:l USER_NAME AUTHENTICATION_METHOD LOGIN_EVENT_ID:n CLIENT_APPLICATION_VERSION CLIENT_APPLICATION_ID CLIENT_ENVIRONMENT CLIENT_BUILD_ID CLIENT_VERSION CLOSED_REASON",
)
def _sessions(catalog: SessionCatalog) -> Iterable[Row]:
    for record in catalog.catalog.login_log.records():
        if record.session_id:
            client = record.client
            yield (
                record.session_id, dt.datetime.fromtimestamp(record.at, dt.UTC), record.user, record.method, record.id,
                client.app_version or None, f"{client.app_id} {client.app_version}".strip(),
                json.dumps(client.environment), None, client.app_version or None, None,
            )  # fmt: skip


# --- what is not there, as nothing is billed and nothing leaves this machine ---------------------------------------------
_EMPTY = {
    "AUTOMATIC_CLUSTERING_HISTORY": "START_TIME:l END_TIME:l CREDITS_USED:n NUM_BYTES_RECLUSTERED:n NUM_ROWS_RECLUSTERED:n TABLE_ID:n TABLE_NAME SCHEMA_ID:n SCHEMA_NAME DATABASE_ID:n DATABASE_NAME INSTANCE_ID:n",
    "DATA_TRANSFER_HISTORY": "START_TIME:l END_TIME:l SOURCE_CLOUD SOURCE_REGION TARGET_CLOUD TARGET_REGION BYTES_TRANSFERRED:n TRANSFER_TYPE",
    "METERING_DAILY_HISTORY": "SERVICE_TYPE USAGE_DATE CREDITS_USED_COMPUTE:n CREDITS_USED_CLOUD_SERVICES:n CREDITS_USED:n CREDITS_ADJUSTMENT_CLOUD_SERVICES:n CREDITS_BILLED:n",
    "METERING_HISTORY": "SERVICE_TYPE START_TIME:l END_TIME:l ENTITY_ID:n ENTITY_TYPE NAME DATABASE_ID:n DATABASE_NAME SCHEMA_ID:n SCHEMA_NAME CREDITS_USED_COMPUTE:n CREDITS_USED_CLOUD_SERVICES:n CREDITS_USED:n BYTES:n ROWS:n FILES:n",
    "QUERY_ACCELERATION_HISTORY": "START_TIME:l END_TIME:l CREDITS_USED:n WAREHOUSE_ID:n WAREHOUSE_NAME",
    "WAREHOUSE_METERING_HISTORY": "START_TIME:l END_TIME:l WAREHOUSE_ID:n WAREHOUSE_NAME CREDITS_USED:n CREDITS_USED_COMPUTE:n CREDITS_USED_CLOUD_SERVICES:n CREDITS_ATTRIBUTED_COMPUTE_QUERIES:n",
}
for _name, _text in _EMPTY.items():
    view(_name, _text)(lambda _catalog: ())
