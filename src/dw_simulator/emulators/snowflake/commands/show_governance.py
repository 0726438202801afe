# ruff: noqa: E501 - tables, one row an entry
"""SHOW of roles, tags, policies, dynamic tables, streams and tasks. Vendor pages: "SHOW TAGS", "SHOW DYNAMIC TABLES" …"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

from dw_simulator.emulators.snowflake.catalog import grants
from dw_simulator.emulators.snowflake.commands import immutable_rows, streams, tasks
from dw_simulator.emulators.snowflake.commands.registry import Run
from dw_simulator.emulators.snowflake.commands.show import Filter, kind, shown_entries, visible_entries, yes_or_no


@kind(
    "TASKS",
    "created_on:l name id database_name schema_name owner comment warehouse schedule predecessors state definition "
    "condition allow_overlapping_execution error_integration last_committed_on:l last_suspended_on:l owner_role_type "
    "config budget task_relations last_suspended_reason success_integration scheduling_mode target_completion_interval "
    "execute_as_user overlap_policy",
)
def _tasks(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry in shown_entries(run, wanted, "TASK"):
        yield tasks.row(run.engine.catalog, entry)


@kind(
    "STREAMS",
    "created_on:l name database_name schema_name owner comment table_name source_type base_tables type stale mode "
    "stale_after:l invalid_reason owner_role_type",
)
def _streams(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry in shown_entries(run, wanted, "STREAM"):
        yield streams.row(run, entry)


@kind(
    "DYNAMIC TABLES",
    "created_on:l name database_name schema_name cluster_by rows:n bytes:n owner target_lag refresh_mode "
    "refresh_mode_reason warehouse comment text automatic_clustering scheduling_state last_suspended_on:l is_clone "
    "is_replica data_timestamp:l owner_role_type is_iceberg initialization_warehouse immutable_where "
    "scheduler",
)
def _dynamic_tables(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry in shown_entries(run, wanted, "DYNAMIC TABLE"):
        get = entry.properties.get
        count = run.engine.catalog.row_count(entry) or 0
        suspended, data = (
            dt.datetime.fromisoformat(value) if value else None
            for value in (get("last_suspended_on"), get("data_timestamp"))
        )
        mode = str(get("refresh_mode", "AUTO"))
        yield (
            entry.created, entry.name, entry.database, entry.schema, get("cluster_by", ""), count, count * 8,
            entry.owner, get("target_lag"), "FULL" if mode == "AUTO" else mode, None, get("warehouse"), entry.comment,
            get("statement", ""), "OFF", get("scheduling_state"), suspended, "false", "false", data, "ROLE",
            "false", get("initialization_warehouse"), immutable_rows.shown(entry),
            get("scheduler", "ENABLE"),
        )  # fmt: skip


@kind(
    "TAGS",
    "created_on:l name database_name schema_name owner comment allowed_values owner_role_type propagate on_conflict",
)
def _tags(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry in shown_entries(run, wanted, "TAG"):
        allowed = entry.properties["allowed_values"]
        yield (
            entry.created, entry.name, entry.database, entry.schema, entry.owner, entry.comment,
            None if allowed is None else json.dumps(allowed, separators=(",", ":")), "ROLE",
            entry.properties.get("propagate", "NONE"), entry.properties.get("on_conflict"),
        )  # fmt: skip


@kind(
    "MASKING POLICIES",
    "created_on:l name database_name schema_name kind owner comment owner_role_type options",
)
def _masking_policies(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry in shown_entries(run, wanted, "MASKING POLICY"):
        options = '{"EXEMPT_OTHER_POLICIES":"TRUE"}' if entry.properties.get("exempt_other_policies") else ""
        yield (
            entry.created, entry.name, entry.database, entry.schema, "MASKING_POLICY", entry.owner, entry.comment,
            "ROLE", options,
        )  # fmt: skip


@kind(
    "ROW ACCESS POLICIES",
    "created_on:l name database_name schema_name kind owner comment options owner_role_type",
)
def _row_access_policies(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry in shown_entries(run, wanted, "ROW ACCESS POLICY"):
        yield (
            entry.created, entry.name, entry.database, entry.schema, "ROW_ACCESS_POLICY", entry.owner, entry.comment,
            "", "ROLE",
        )  # fmt: skip


@kind(
    "ROLES",
    "created_on:l name is_default is_current is_inherited assigned_to_users:n granted_to_roles:n granted_roles:n owner comment",
)
def _roles(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    del wanted
    catalog = run.engine.catalog
    found = grants.index(catalog)
    own = grants.closure(catalog, [entry.id for entry in catalog.entries("ROLE") if entry.name == run.session.role])
    for entry in visible_entries(run, "ROLE"):
        current = entry.name == run.session.role
        holders = [item.properties["to_kind"] for item in found.on.get(entry.id, ())]
        yield (
            entry.created, entry.name, "N", yes_or_no(current), yes_or_no(entry.id in own and not current), holders.count("USER"),
            holders.count("ROLE"), len(found.roles.get(entry.id, ())), entry.owner, entry.comment,
        )  # fmt: skip
