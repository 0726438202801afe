"""SHOW of what reads staged files. Vendor pages: "SHOW EXTERNAL TABLES", "SHOW PIPES", "DESCRIBE PIPE",
"SHOW INTEGRATIONS"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import partial
from typing import Any

from dw_simulator.emulators.snowflake.catalog.file_views import format_of, location_of
from dw_simulator.emulators.snowflake.catalog.information_schema import typed_columns
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.account import CATEGORIES
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.commands.show import Filter, kind, shown_entries, visible_entries
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType


@kind(
    "EXTERNAL TABLES",
    "created_on:l name database_name schema_name invalid:b invalid_reason owner comment stage location "
    "file_format_name file_format_type cloud region notification_channel last_refreshed_on:l table_format "
    "last_refresh_details owner_role_type",
)
def _external_tables(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry in shown_entries(run, wanted, "EXTERNAL TABLE"):
        name, type_ = format_of(ddl.catalog_of(run), entry)
        refreshed = entry.properties.get("refreshed")
        yield (
            entry.created, entry.name, entry.database, entry.schema, False, None, entry.owner, entry.comment,
            ".".join(entry.properties["stage"]), location_of(entry), name or "", type_, "AWS", "", None,
            dt.datetime.fromisoformat(refreshed) if refreshed else None, "NONE", None, "ROLE",
        )  # fmt: skip


_PIPE_COLUMNS = (
    "created_on:l name database_name schema_name definition owner notification_channel comment integration pattern "
    "error_integration owner_role_type invalid_reason kind"
)


@kind("PIPES", _PIPE_COLUMNS)
def _pipes(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    return [_pipe_row(run, entry) for entry in shown_entries(run, wanted, "PIPE")]


def _pipe_row(run: Run, entry: Entry) -> tuple[Any, ...]:
    return (
        entry.created, entry.name, entry.database, entry.schema, entry.text, entry.owner, None, entry.comment, None,
        entry.properties.get("pattern"), None, "ROLE", run.engine.pipe_errors.get(entry.id),
        "STAGE" if entry.properties["auto_ingest"] else "",
    )  # fmt: skip


@command("DESCRIBE PIPE", "DESC PIPE")
def describe_pipe(run: Run) -> StatementResult:
    entry = ddl.catalog_of(run).require("PIPE", ddl.object_name(run), "DESCRIBE")
    run.parser.expect_end()
    columns = [ResultColumn(name, type_) for name, type_ in typed_columns(_PIPE_COLUMNS)]
    return StatementResult.rows(columns, [_pipe_row(run, entry)], StatementType.DESCRIBE)


def _integrations(category: str | None, run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    del wanted
    for entry in visible_entries(run, "INTEGRATION"):
        if category in (None, entry.properties.get("category")):
            get = entry.properties.get
            yield (
                entry.name, _integration_type(entry), str(get("category", "")), str(get("enabled") is True).lower(),
                entry.comment, entry.created,
            )  # fmt: skip


def _integration_type(entry: Entry) -> str:
    """The type with what it is of: ``OAUTH - CUSTOM``, ``QUEUE - AWS_SNS``."""
    get = entry.properties.get
    match get("category"):
        case "API":
            return "EXTERNAL_API"
        case "EXTERNAL_ACCESS":
            return "EXTERNAL_ACCESS"
    details = {
        "OAUTH": "oauth_client", "EXTERNAL_OAUTH": "external_oauth_type", "SCIM": "scim_client",
        "QUEUE": "notification_provider",
    }  # fmt: skip
    name = str(get("type", "")).upper()
    detail = get(details.get(name, ""))
    return f"{name} - {str(detail).upper()}" if detail else name


_INTEGRATION_COLUMNS = "name type category enabled comment created_on:l"
kind("INTEGRATIONS", _INTEGRATION_COLUMNS)(partial(_integrations, None))
for _category in CATEGORIES:
    kind(f"{_category} INTEGRATIONS", _INTEGRATION_COLUMNS)(partial(_integrations, _category.replace(" ", "_")))
