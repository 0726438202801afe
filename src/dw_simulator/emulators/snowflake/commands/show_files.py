"""SHOW of what reads staged files. Vendor pages: "SHOW EXTERNAL TABLES"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from dw_simulator.emulators.snowflake.catalog.file_views import format_of, location_of
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.registry import Run
from dw_simulator.emulators.snowflake.commands.show import Filter, kind, shown_entries


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
