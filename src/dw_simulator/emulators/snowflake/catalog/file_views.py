"""INFORMATION_SCHEMA about files: FILE_FORMATS, EXTERNAL_TABLES, PIPES. Vendor page: "Snowflake Information Schema"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from dw_simulator.emulators.snowflake.catalog.information_schema import view
from dw_simulator.emulators.snowflake.stages.file_format import FORMATS, FileFormat

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.catalog.model import Entry
    from dw_simulator.emulators.snowflake.catalog.view import SessionCatalog

_OPTIONS = (
    "RECORD_DELIMITER", "FIELD_DELIMITER", "SKIP_HEADER", "DATE_FORMAT", "TIME_FORMAT", "TIMESTAMP_FORMAT",
    "BINARY_FORMAT", "ESCAPE", "ESCAPE_UNENCLOSED_FIELD", "TRIM_SPACE", "FIELD_OPTIONALLY_ENCLOSED_BY", "NULL_IF",
    "COMPRESSION", "ERROR_ON_COLUMN_COUNT_MISMATCH",
)  # fmt: skip


@view(
    "FILE_FORMATS",
    "FILE_FORMAT_CATALOG FILE_FORMAT_SCHEMA FILE_FORMAT_NAME FILE_FORMAT_OWNER FILE_FORMAT_TYPE RECORD_DELIMITER "
    "FIELD_DELIMITER SKIP_HEADER:n DATE_FORMAT TIME_FORMAT TIMESTAMP_FORMAT BINARY_FORMAT ESCAPE "
    "ESCAPE_UNENCLOSED_FIELD TRIM_SPACE FIELD_OPTIONALLY_ENCLOSED_BY NULL_IF COMPRESSION "
    "ERROR_ON_COLUMN_COUNT_MISMATCH CREATED:l LAST_ALTERED:l COMMENT",
)
def _file_formats(catalog: SessionCatalog, database: str) -> Iterable[tuple[Any, ...]]:
    for entry in catalog.entries("FILE FORMAT", database):
        chosen = FileFormat.from_dict(entry.properties)
        options = [_shown(chosen, name) for name in _OPTIONS]
        yield (
            database, entry.schema, entry.name, entry.owner, chosen.type, *options, entry.created, entry.created,
            entry.comment or None,
        )  # fmt: skip


def _shown(chosen: FileFormat, name: str) -> Any:
    """An option as the view shows it, NULL where the type has none."""
    if name not in FORMATS[chosen.type]:
        return None
    value = chosen.get(name)
    if isinstance(value, bool):
        return str(value).lower()
    return f"[{', '.join(value)}]" if isinstance(value, tuple) else value


@view(
    "EXTERNAL_TABLES",
    "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER CREATED:l LAST_ALTERED:l LAST_DDL:l LAST_DDL_BY COMMENT "
    "LOCATION FILE_FORMAT_NAME FILE_FORMAT_TYPE",
)
def _external_tables(catalog: SessionCatalog, database: str) -> Iterable[tuple[Any, ...]]:
    for entry in catalog.entries("EXTERNAL TABLE", database):
        name, kind = format_of(catalog, entry)
        yield (
            database, entry.schema, entry.name, entry.owner, entry.created, entry.created, entry.created, entry.owner,
            entry.comment or None, location_of(entry), name, kind,
        )  # fmt: skip


@view(
    "PIPES",
    "PIPE_CATALOG PIPE_SCHEMA PIPE_NAME PIPE_OWNER DEFINITION IS_AUTOINGEST_ENABLED NOTIFICATION_CHANNEL_NAME "
    "CREATED:l LAST_ALTERED:l COMMENT PATTERN",
)
def _pipes(catalog: SessionCatalog, database: str) -> Iterable[tuple[Any, ...]]:
    for entry in catalog.entries("PIPE", database):
        yield (
            database, entry.schema, entry.name, entry.owner, entry.text,
            "YES" if entry.properties["auto_ingest"] else "NO", None, entry.created, entry.created,
            entry.comment or None, entry.properties.get("pattern"),
        )  # fmt: skip


def location_of(entry: Entry) -> str:
    """The location of an external table as it is shown."""
    return f"@{'.'.join(entry.properties['stage'])}/{entry.properties['path']}"


def format_of(catalog: SessionCatalog, entry: Entry) -> tuple[str | None, str]:
    """(name of its file format if it has one, type of its files)."""
    from dw_simulator.emulators.snowflake.stages.options import folded_names

    given: Any = entry.properties["file_format"]
    if not given:
        stage = catalog.find("STAGE", tuple(entry.properties["stage"]))
        given = (stage.properties.get("FILE_FORMAT") if stage is not None else None) or {}
    name = given if isinstance(given, str) else given.get("FORMAT_NAME")
    if name is None:
        return None, str(given.get("TYPE", "CSV"))
    named = catalog.find("FILE FORMAT", folded_names(str(name)))
    return str(name), str(named.properties.get("TYPE", "CSV")) if named is not None else ""
