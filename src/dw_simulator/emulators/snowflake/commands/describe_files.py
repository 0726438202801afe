"""DESCRIBE of stages, file formats and storage integrations. Vendor pages: "DESCRIBE STAGE", "DESCRIBE FILE FORMAT",
"DESCRIBE INTEGRATION". Secrets of a stage are not shown."""

from __future__ import annotations

from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import TAGS, Entry
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.account import CATEGORIES
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.stages import registered
from dw_simulator.emulators.snowflake.stages.file_format import FileFormat
from dw_simulator.emulators.snowflake.stages.resolver import directory_of
from dw_simulator.emulators.snowflake.types import model as m

Row = tuple[str, str, str, str]
_COLUMNS = [
    ResultColumn(name, m.text()) for name in ("property", "property_type", "property_value", "property_default")
]
_COPY_OPTIONS = (
    ("ON_ERROR", "String", "ABORT_STATEMENT"),
    ("SIZE_LIMIT", "Long", ""),
    ("PURGE", "Boolean", "false"),
    ("RETURN_FAILED_ONLY", "Boolean", "false"),
    ("ENFORCE_LENGTH", "Boolean", "true"),
    ("TRUNCATECOLUMNS", "Boolean", "false"),
    ("FORCE", "Boolean", "false"),
)
_INTEGRATION = (
    ("ENABLED", "Boolean", "false"),
    ("STORAGE_PROVIDER", "String", ""),
    ("STORAGE_ALLOWED_LOCATIONS", "List", "[]"),
    ("STORAGE_BLOCKED_LOCATIONS", "List", "[]"),
    ("STORAGE_AWS_IAM_USER_ARN", "String", ""),
    ("STORAGE_AWS_ROLE_ARN", "String", ""),
    ("STORAGE_AWS_EXTERNAL_ID", "String", ""),
    ("COMMENT", "String", ""),
)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


@command("DESCRIBE STAGE", "DESC STAGE")
def describe_stage(run: Run) -> StatementResult:
    entry = ddl.catalog_of(run).require("STAGE", ddl.object_name(run), "DESCRIBE")
    run.parser.expect_end()
    return describe_stage_of(run, entry, "FILE_FORMAT", "COPY_OPTIONS")


def describe_stage_of(run: Run, entry: Entry, format_key: str, copy_key: str) -> StatementResult:
    """The properties of a stage, or of a table as a stage; the keys are those of its properties."""
    get = entry.properties.get
    given = get(format_key)
    chosen = run.engine.stages.format_of(given, ddl.catalog_of(run)) if given else FileFormat()
    kept = get(copy_key) or {}
    rows: list[tuple[str, Row]] = [("STAGE_FILE_FORMAT", row) for row in chosen.described()]
    rows += [
        ("STAGE_COPY_OPTIONS", (name, kind, _shown(kept.get(name, default)), default))
        for name, kind, default in _COPY_OPTIONS
    ]
    rows.append(("STAGE_LOCATION", ("URL", "String", f'["{get("URL")}"]' if get("URL") else "", "")))
    if get("STORAGE_INTEGRATION"):
        rows.append(("STAGE_INTEGRATION", ("STORAGE_INTEGRATION", "String", str(get("STORAGE_INTEGRATION")), "")))
    credentials = get("CREDENTIALS")
    if credentials:
        key = str(credentials.get("AWS_KEY_ID", ""))
        rows.append(("STAGE_CREDENTIALS", ("AWS_KEY_ID", "String", key, "")))
    if entry.kind == "STAGE":
        rows += [("DIRECTORY", row) for row in _directory(run, entry)]
    columns = [ResultColumn("parent_property", m.text()), *_COLUMNS]
    return StatementResult.rows(columns, [(parent, *row) for parent, row in rows], StatementType.DESCRIBE)


def _directory(run: Run, entry: Any) -> list[Row]:
    options = directory_of(entry.properties)
    automatic = _shown((options or {}).get("AUTO_REFRESH", False))
    rows = [
        ("ENABLE", "Boolean", _shown(options is not None), "false"),
        ("AUTO_REFRESH", "Boolean", automatic, "false"),
    ]
    done = registered.history(run.state.connection, entry.id)
    if done and done[-1].at is not None:
        rows.append(("LAST_REFRESHED_ON", "String", str(done[-1].at), ""))
    return rows


@command("DESCRIBE FILE FORMAT", "DESC FILE FORMAT")
def describe_file_format(run: Run) -> StatementResult:
    entry = ddl.catalog_of(run).require("FILE FORMAT", ddl.object_name(run), "DESCRIBE")
    run.parser.expect_end()
    rows = FileFormat.from_dict(entry.properties).described()
    return StatementResult.rows(_COLUMNS, rows, StatementType.DESCRIBE)


@command(
    *(
        f"{verb} {words}INTEGRATION"
        for verb in ("DESCRIBE", "DESC")
        for words in ("", *(f"{category} " for category in CATEGORIES))
    )
)
def describe_integration(run: Run) -> StatementResult:
    """Those of storage have all their properties, others what was set. What is secret is hidden."""
    name = ddl.object_name(run)[-1]
    run.parser.expect_end()
    entry, access = run.engine.catalog.get("INTEGRATION", name=name), run.engine.access(run.session, run.state)
    if entry is None or (access is not None and not access.sees(entry)):
        raise errors.KIND_NOT_FOUND("Integration", name)
    values = {key.upper(): value for key, value in entry.properties.items() if key not in ("category", TAGS)}
    values = {**values, "COMMENT": entry.comment}
    if entry.properties.get("category") == "STORAGE":
        rows = [(key, kind, _shown(values.get(key, default)), default) for key, kind, default in _INTEGRATION]
    else:
        first = {"ENABLED": values.pop("ENABLED", False), **values}
        rows = [
            (key, _type(value), _hidden(key, value), "[]" if isinstance(value, list) else "")
            for key, value in first.items()
        ]
    return StatementResult.rows(_COLUMNS, rows, StatementType.DESCRIBE)


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "Boolean"
    return "List" if isinstance(value, list) else "Integer" if str(value).isdigit() else "String"


def _hidden(name: str, value: Any) -> str:
    return "****" if "SECRET" in name or name.endswith(("_KEY", "_TOKEN")) else _shown(value)
