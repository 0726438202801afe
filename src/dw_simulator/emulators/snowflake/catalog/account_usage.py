"""Views of SNOWFLAKE.ACCOUNT_USAGE that are no sum of the databases' own. Vendor page: "Account Usage"."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import (
    declared,
    dynamic_tables,
    grants,
    information_schema,
    policies,
    tags,
)
from dw_simulator.emulators.snowflake.catalog.model import Entry, type_from_json
from dw_simulator.emulators.snowflake.query_log import QueryRecord
from dw_simulator.emulators.snowflake.translation.environment import TableSource
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.catalog.grants import Access
    from dw_simulator.emulators.snowflake.catalog.view import SessionCatalog

Row = tuple[Any, ...]
Rows = Callable[["SessionCatalog"], Iterable[Row]]
VIEWS: dict[str, tuple[list[tuple[str, SnowflakeType]], Rows]] = {}
REFUSED = frozenset(
    {
        "ACCESS_HISTORY", "WAREHOUSE_LOAD_HISTORY", "WAREHOUSE_EVENTS_HISTORY", "STORAGE_USAGE",
        "DATABASE_STORAGE_USAGE_HISTORY", "STAGE_STORAGE_USAGE_HISTORY", "OBJECT_DEPENDENCIES",
        "PIPE_USAGE_HISTORY", "LOCK_WAIT_HISTORY", "AGGREGATE_QUERY_HISTORY", "QUERY_ATTRIBUTION_HISTORY",
    }
)  # fmt: skip
"""Views whose contents the server does not keep."""


def view(name: str, columns: str) -> Callable[[Rows], Rows]:
    """Register a view; ``columns`` are as for ``information_schema.typed_columns``."""

    def register(rows: Rows) -> Rows:
        VIEWS[name] = (information_schema.typed_columns(columns), rows)
        return rows

    return register


DATABASE = "SNOWFLAKE"
SCHEMAS = frozenset({"ACCOUNT_USAGE", "INFORMATION_SCHEMA"})


def enters(access: Access | None, schema: str | None = None) -> bool:
    """Whether a session may have the database SNOWFLAKE, and a schema of it, as its current one."""
    allowed = access is None or "ACCOUNTADMIN" in access.names
    return allowed and (schema is None or schema in SCHEMAS)


def source(catalog: SessionCatalog, schema: str, name: str) -> TableSource:
    """A view of the database SNOWFLAKE. Raises 002003, or 000002 for one whose contents are not kept."""
    if schema == "ACCOUNT_USAGE" and name in VIEWS:
        columns, rows = VIEWS[name]
        return information_schema.literal_table(columns, rows(catalog), ("SNOWFLAKE", schema, name))
    if schema == "ACCOUNT_USAGE" and name in REFUSED:
        raise errors.UNSUPPORTED_FEATURE(f"SNOWFLAKE.ACCOUNT_USAGE.{name}")
    return information_schema.account_source(catalog, schema, name)


# --- users, roles, grants ---------------------------------------------------------------------------------------------
@view(
    "USERS",
    "USER_ID:n NAME CREATED_ON:l DELETED_ON:l LOGIN_NAME DISPLAY_NAME FIRST_NAME LAST_NAME EMAIL "
    "MUST_CHANGE_PASSWORD:b HAS_PASSWORD:b COMMENT DISABLED:b SNOWFLAKE_LOCK:b DEFAULT_WAREHOUSE DEFAULT_NAMESPACE "
    "DEFAULT_ROLE HAS_RSA_PUBLIC_KEY:b OWNER TYPE",
)
def _users(catalog: SessionCatalog) -> Iterable[Row]:
    for entry in catalog.entries("USER"):
        get = entry.properties.get
        yield (
            entry.id, entry.name, entry.created, None, get("login_name", entry.name), get("display_name", entry.name),
            get("first_name"), get("last_name"), get("email"), get("must_change_password") is True,
            "password_hash" in entry.properties, entry.comment or None, get("disabled") is True, False,
            get("default_warehouse"), get("default_namespace"), get("default_role"),
            "rsa_public_key" in entry.properties, entry.owner, get("type"),
        )  # fmt: skip


@view("ROLES", "ROLE_ID:n CREATED_ON:l DELETED_ON:l NAME COMMENT OWNER ROLE_TYPE ROLE_DATABASE_NAME OWNER_ROLE_TYPE")
def _roles(catalog: SessionCatalog) -> Iterable[Row]:
    for kind in grants.ROLE_KINDS:
        for entry in catalog.entries(kind):
            yield (
                entry.id, entry.created, None, entry.name, entry.comment or None, entry.owner, kind.replace(" ", "_"),
                entry.database or None, "ROLE",
            )  # fmt: skip


@view(
    "GRANTS_TO_ROLES",
    "CREATED_ON:l MODIFIED_ON:l PRIVILEGE GRANTED_ON NAME TABLE_CATALOG TABLE_SCHEMA GRANTED_TO GRANTEE_NAME "
    "GRANT_OPTION:b GRANTED_BY DELETED_ON:l GRANTED_BY_ROLE_TYPE",
)
def _grants_to_roles(catalog: SessionCatalog) -> Iterable[Row]:
    store = catalog.catalog
    for grant in store.entries("GRANT"):
        values = grant.properties
        on, to = store.by_id(values["on_id"]), store.by_id(values["to_id"])
        if to is None or to.kind == "USER" or "future" in values or (on is None and values["on_id"]):
            continue
        place = (on.name, on.database or None, on.schema or None) if on is not None else ("ACCOUNT", None, None)
        yield (
            grant.created, grant.created, values["privilege"], values["on_kind"].replace(" ", "_"), *place,
            to.kind.replace(" ", "_"), to.name, values["option"], grant.owner, None, "ROLE",
        )  # fmt: skip
    for entry in store.entries():
        if entry.kind != "GRANT" and entry.kind != "ACCOUNT":
            yield (
                entry.created, entry.created, "OWNERSHIP", entry.kind.replace(" ", "_"), entry.name,
                entry.database or None, entry.schema or None, "ROLE", entry.owner, True, entry.owner, None, "ROLE",
            )  # fmt: skip


@view("GRANTS_TO_USERS", "CREATED_ON:l DELETED_ON:l ROLE GRANTED_TO GRANTEE_NAME GRANTED_BY")
def _grants_to_users(catalog: SessionCatalog) -> Iterable[Row]:
    store = catalog.catalog
    for grant in store.entries("GRANT"):
        role, user = store.by_id(grant.properties["on_id"]), store.by_id(grant.properties["to_id"])
        if role is not None and user is not None and user.kind == "USER" and role.kind == "ROLE":
            yield grant.created, None, role.name, "USER", user.name, grant.owner


# --- tags and policies ------------------------------------------------------------------------------------------------
@view(
    "TAGS",
    "TAG_ID:n TAG_NAME TAG_SCHEMA_ID:n TAG_SCHEMA TAG_DATABASE_ID:n TAG_DATABASE TAG_OWNER TAG_COMMENT CREATED:l "
    "LAST_ALTERED:l DELETED:l ALLOWED_VALUES OWNER_ROLE_TYPE PROPAGATE ON_CONFLICT",
)
def _tags(catalog: SessionCatalog) -> Iterable[Row]:
    for entry in catalog.entries("TAG"):
        allowed = entry.properties["allowed_values"]
        yield (
            entry.id, entry.name, *_places(catalog, entry), entry.owner, entry.comment or None, entry.created,
            entry.created, None, None if allowed is None else json.dumps(allowed), "ROLE", None, None,
        )  # fmt: skip


def _places(catalog: SessionCatalog, entry: Entry) -> tuple[int | None, str, int | None, str]:
    """Ids and names of an object's schema and database."""
    schema = catalog.catalog.get("SCHEMA", entry.database, "", entry.schema)
    database = catalog.catalog.get("DATABASE", name=entry.database)
    return schema.id if schema else None, entry.schema, database.id if database else None, entry.database


@view(
    "TAG_REFERENCES",
    "TAG_DATABASE TAG_SCHEMA TAG_ID:n TAG_NAME TAG_VALUE OBJECT_DATABASE OBJECT_SCHEMA OBJECT_ID:n OBJECT_NAME "
    "OBJECT_DELETED:l DOMAIN COLUMN_ID:n COLUMN_NAME APPLY_METHOD",
)
def _tag_references(catalog: SessionCatalog) -> Iterable[Row]:
    """What is set directly; inherited tags are not in this view."""
    for reference, entry, column in tags.all_set(catalog.catalog):
        tag = reference.tag
        yield (
            tag.database, tag.schema, tag.id, tag.name, reference.value, entry.database or None, entry.schema or None,
            entry.id, entry.name, None, reference.level, None, column,
            "PROPAGATED" if reference.propagated else "MANUAL",
        )  # fmt: skip


@view(
    "TASK_HISTORY",
    "NAME QUERY_TEXT CONDITION_TEXT SCHEMA_NAME TASK_SCHEMA_ID:n DATABASE_NAME TASK_DATABASE_ID:n SCHEDULED_TIME:l "
    "COMPLETED_TIME:l STATE RETURN_VALUE QUERY_ID QUERY_START_TIME:l ERROR_CODE:n ERROR_MESSAGE GRAPH_VERSION:n "
    "RUN_ID:n ROOT_TASK_ID SCHEDULED_FROM INSTANCE_ID ATTEMPT_NUMBER:n CONFIG QUERY_HASH QUERY_HASH_VERSION:n "
    "QUERY_PARAMETERIZED_HASH QUERY_PARAMETERIZED_HASH_VERSION:n GRAPH_RUN_GROUP_ID BACKFILL_INFO",
)
def _task_history(catalog: SessionCatalog) -> Iterable[Row]:
    """Runs that have ended."""
    for run in catalog.catalog.task_log.runs():
        if run.ended is None:
            continue
        error, graph = run.error, run.graph
        schema, database = _holders(catalog, run.parts)
        yield (
            run.parts[2], run.text, run.condition, run.parts[1], schema, run.parts[0], database, graph.scheduled,
            run.ended, run.state, run.returned, run.query_id, run.started, error.errno if error is not None else None,
            error.message if error is not None else None, graph.version,
            int((graph.original or graph.scheduled).timestamp() * 1000), graph.uuid, graph.source, None, graph.attempt,
            graph.config, None, None, None, None, graph.group, None,
        )  # fmt: skip


@view(
    "DYNAMIC_TABLE_REFRESH_HISTORY",
    dynamic_tables.REFRESH_COLUMNS.replace("DATABASE_NAME ", "DATABASE_NAME ID:n SCHEMA_ID:n DATABASE_ID:n "),
)
def _refresh_history(catalog: SessionCatalog) -> Iterable[Row]:
    for refresh in catalog.catalog.refresh_log.refreshes():
        row = dynamic_tables.refresh_row(refresh)
        yield (*row[:3], refresh.table, *_holders(catalog, refresh.parts), *row[3:])


def _holders(catalog: SessionCatalog, parts: tuple[str, str, str]) -> tuple[int | None, int | None]:
    """The ids of the schema and the database of an object, which may be gone."""
    schema = catalog.catalog.get("SCHEMA", parts[0], "", parts[1])
    database = catalog.catalog.get("DATABASE", name=parts[0])
    return schema.id if schema is not None else None, database.id if database is not None else None


_POLICY_COLUMNS = (
    "POLICY_NAME POLICY_ID:n POLICY_SCHEMA_ID:n POLICY_SCHEMA POLICY_CATALOG_ID:n POLICY_CATALOG POLICY_OWNER "
    "POLICY_SIGNATURE POLICY_RETURN_TYPE POLICY_BODY POLICY_COMMENT CREATED:l LAST_ALTERED:l DELETED:l OWNER_ROLE_TYPE"
)


def _policies(catalog: SessionCatalog, kind: str) -> Iterable[Row]:
    for entry in catalog.entries(kind):
        returns = type_from_json(dict(entry.properties["returns"])).sql_name()
        yield (
            entry.name, entry.id, *_places(catalog, entry), entry.owner, policies.signature(entry), returns, entry.text,
            entry.comment or None, entry.created, entry.created, None, "ROLE",
        )  # fmt: skip


@view("MASKING_POLICIES", _POLICY_COLUMNS)
def _masking_policies(catalog: SessionCatalog) -> Iterable[Row]:
    return _policies(catalog, policies.MASKING)


@view("ROW_ACCESS_POLICIES", _POLICY_COLUMNS)
def _row_access_policies(catalog: SessionCatalog) -> Iterable[Row]:
    return _policies(catalog, policies.ROW_ACCESS)


@view("POLICY_REFERENCES", policies.REFERENCE_COLUMNS)
def _policy_references(catalog: SessionCatalog) -> Iterable[Row]:
    for kind in policies.KINDS:
        for policy in catalog.entries(kind):
            for use in policies.uses_of(catalog.catalog, policy):
                yield policies.reference_row(use)
    for kind in declared.KINDS:
        for policy in catalog.entries(kind):
            yield from declared.reference_rows(catalog.catalog, policy)


# --- statements -------------------------------------------------------------------------------------------------------
QUERY_COLUMNS = (
    "QUERY_ID QUERY_TEXT DATABASE_ID:n DATABASE_NAME SCHEMA_ID:n SCHEMA_NAME QUERY_TYPE SESSION_ID:n USER_NAME "
    "ROLE_NAME WAREHOUSE_ID:n WAREHOUSE_NAME WAREHOUSE_SIZE WAREHOUSE_TYPE CLUSTER_NUMBER:n QUERY_TAG "
    "EXECUTION_STATUS ERROR_CODE ERROR_MESSAGE START_TIME:l END_TIME:l TOTAL_ELAPSED_TIME:n BYTES_SCANNED:n "
    "PERCENTAGE_SCANNED_FROM_CACHE:n BYTES_WRITTEN:n BYTES_WRITTEN_TO_RESULT:n BYTES_READ_FROM_RESULT:n "
    "ROWS_PRODUCED:n ROWS_INSERTED:n ROWS_UPDATED:n ROWS_DELETED:n ROWS_UNLOADED:n BYTES_DELETED:n "
    "PARTITIONS_SCANNED:n PARTITIONS_TOTAL:n BYTES_SPILLED_TO_LOCAL_STORAGE:n BYTES_SPILLED_TO_REMOTE_STORAGE:n "
    "BYTES_SENT_OVER_THE_NETWORK:n COMPILATION_TIME:n EXECUTION_TIME:n QUEUED_PROVISIONING_TIME:n "
    "QUEUED_REPAIR_TIME:n QUEUED_OVERLOAD_TIME:n TRANSACTION_BLOCKED_TIME:n OUTBOUND_DATA_TRANSFER_CLOUD "
    "OUTBOUND_DATA_TRANSFER_REGION OUTBOUND_DATA_TRANSFER_BYTES:n INBOUND_DATA_TRANSFER_CLOUD "
    "INBOUND_DATA_TRANSFER_REGION INBOUND_DATA_TRANSFER_BYTES:n LIST_EXTERNAL_FILES_TIME:n "
    "CREDITS_USED_CLOUD_SERVICES:n RELEASE_VERSION IS_CLIENT_GENERATED_STATEMENT:b TRANSACTION_ID:n ROLE_TYPE "
    "QUERY_HASH QUERY_HASH_VERSION:n QUERY_PARAMETERIZED_HASH QUERY_PARAMETERIZED_HASH_VERSION:n"
)


def query_row(record: QueryRecord) -> Row:
    """A statement as QUERY_HISTORY shows it. What only a warehouse has is 0, what is not kept NULL."""
    started = dt.datetime.fromtimestamp(record.started, dt.UTC)
    ended = dt.datetime.fromtimestamp(record.ended, dt.UTC) if record.ended is not None else None
    elapsed = int(((ended or dt.datetime.now(dt.UTC)) - started).total_seconds() * 1000)
    error = record.error
    values: dict[str, Any] = {
        "QUERY_ID": record.id, "QUERY_TEXT": record.shown_text, "DATABASE_NAME": record.database,
        "SCHEMA_NAME": record.schema, "QUERY_TYPE": record.kind, "SESSION_ID": record.session_id,
        "USER_NAME": record.user, "ROLE_NAME": record.role, "WAREHOUSE_NAME": record.warehouse,
        "WAREHOUSE_TYPE": "STANDARD", "QUERY_TAG": record.tag, "EXECUTION_STATUS": record.status,
        "ERROR_CODE": error.code if error is not None else None,
        "ERROR_MESSAGE": error.message if error is not None else None, "START_TIME": started, "END_TIME": ended,
        "TOTAL_ELAPSED_TIME": elapsed, "ROWS_PRODUCED": record.rows, "EXECUTION_TIME": elapsed, "ROLE_TYPE": "ROLE",
        "IS_CLIENT_GENERATED_STATEMENT": False, "CREDITS_USED_CLOUD_SERVICES": 0, **dict.fromkeys(_NOTHING, 0),
    }  # fmt: skip
    return tuple(values.get(label) for label in _QUERY_LABELS)


_QUERY_LABELS = [word.partition(":")[0] for word in QUERY_COLUMNS.split()]
_NOTHING = (
    "BYTES_SCANNED", "COMPILATION_TIME", "QUEUED_PROVISIONING_TIME", "QUEUED_REPAIR_TIME", "QUEUED_OVERLOAD_TIME",
    "TRANSACTION_BLOCKED_TIME", "OUTBOUND_DATA_TRANSFER_BYTES", "INBOUND_DATA_TRANSFER_BYTES",
    "BYTES_SPILLED_TO_REMOTE_STORAGE", "BYTES_SENT_OVER_THE_NETWORK",
)  # fmt: skip
"""What a statement never takes here. What is not measured is NULL."""


def visible_queries(catalog: SessionCatalog) -> list[QueryRecord]:
    """Where roles are enforced, ACCOUNTADMIN sees all statements and others their own."""
    access, records = catalog.access, catalog.catalog.query_log.records()
    if access is None or "ACCOUNTADMIN" in access.names:
        return records
    return [record for record in records if record.user == access.user]


@view("QUERY_HISTORY", QUERY_COLUMNS)
def _query_history(catalog: SessionCatalog) -> Iterable[Row]:
    return map(query_row, visible_queries(catalog))
