"""Stages and file formats as objects. Vendor pages: "CREATE STAGE", "ALTER STAGE", "CREATE FILE FORMAT"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.directories import refresh_directory, refreshed
from dw_simulator.emulators.snowflake.commands.options import if_exists, if_not_exists
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.results import StatementResult
from dw_simulator.emulators.snowflake.stages import registered
from dw_simulator.emulators.snowflake.stages.file_format import FileFormat, file_format
from dw_simulator.emulators.snowflake.stages.location import OTHER_CLOUDS, URL_SCHEMES
from dw_simulator.emulators.snowflake.stages.options import Options, parse_options
from dw_simulator.emulators.snowflake.stages.resolver import directory_of

STAGE, FORMAT = "STAGE", "FILE FORMAT"
_STAGE_OPTIONS = frozenset(
    {
        "URL",
        "STORAGE_INTEGRATION",
        "CREDENTIALS",
        "ENCRYPTION",
        "ENDPOINT",
        "FILE_FORMAT",
        "COPY_OPTIONS",
        "DIRECTORY",
        "COMMENT",
        "USE_PRIVATELINK_ENDPOINT",
        "AWS_ACCESS_POINT_ARN",
    }
)


def _created(noun: str) -> tuple[str, ...]:
    kinds = ("", "OR REPLACE ")
    lives = ("", "TEMPORARY ", "TEMP ", "SCOPED TEMPORARY ", "SCOPED TEMP ", "VOLATILE ")
    return tuple(f"CREATE {kind}{life}{noun}" for kind in kinds for life in lives)


def _plain(value: Any) -> Any:
    """JSON has no tuples."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _create(run: Run, kind: str, read: Any, made: Callable[[Entry], None] = lambda _: None) -> StatementResult:
    parser = run.parser
    missing = if_not_exists(parser)
    entry = ddl.new_entry(run, kind, ddl.object_name(run), f"CREATE {kind}")
    entry.temporary = any(word in run.words for word in ("TEMP", "VOLATILE"))
    if parser.accept("CLONE") or parser.accept("LIKE"):
        source = ddl.catalog_of(run).require(kind, ddl.object_name(run))
        entry.properties = dict(source.properties)
    options = parse_options(parser)
    parser.expect_end()
    entry.comment = str(options.pop("COMMENT", ""))
    options.pop("TAG", None)
    entry.properties = {**entry.properties, **_plain(read(run, options))}
    if kind == STAGE:
        run.engine.stages.drop(entry)  # files of a temporary stage that a killed server left, whose number comes again
    old = ddl.existing(run, entry)
    if old is not None and "OR ALTER" in run.words:
        _check_kept(entry, old)
    noun = "Stage area" if kind == STAGE else "File format"
    result = ddl.create(
        run,
        entry,
        Changes(),
        replace="OR REPLACE" in run.words,
        if_missing=missing,
        message=f"{noun} {entry.name} successfully created.",
    )
    if run.engine.catalog.get(kind, *entry.parts) is entry:
        made(entry)
    return result


def _check_kept(entry: Entry, old: Entry) -> None:
    """Raises SnowflakeError 000002: CREATE OR ALTER would make it something else."""
    if entry.kind == STAGE and bool(entry.properties.get("URL")) != bool(old.properties.get("URL")):
        raise errors.UNSUPPORTED_FEATURE("CREATE OR ALTER STAGE that makes an internal stage external, or the reverse")
    if entry.kind == FORMAT and entry.properties.get("TYPE") != old.properties.get("TYPE"):
        raise errors.UNSUPPORTED_FEATURE("CREATE OR ALTER FILE FORMAT that changes the TYPE")


# --- stages ---
@command(*_created(STAGE), f"CREATE OR ALTER {STAGE}")
def create_stage(run: Run) -> StatementResult:
    made: list[Entry] = []
    result = _create(run, STAGE, _stage_options, made.append)
    for entry in made:
        directory = directory_of(entry.properties)
        if directory is not None and entry.properties.get("URL") and directory.get("REFRESH_ON_CREATE", True) is True:
            refresh_directory(run, entry)
    return result


def _stage_options(run: Run, options: Options) -> Options:
    """Raises SnowflakeError for an unknown option, a cloud that is not emulated, or a wrong file format."""
    for name in options:
        if name not in _STAGE_OPTIONS:
            raise errors.INVALID_PROPERTY(name, "STAGE")
    url = options.get("URL")
    if url is not None:
        lowered = str(url).lower()
        if lowered.startswith(OTHER_CLOUDS):
            raise errors.UNSUPPORTED_FEATURE(f"stage URL {url}: only s3:// and s3compat:// are emulated")
        if not lowered.startswith(URL_SCHEMES):
            raise errors.INVALID_PARAMETER_VALUE(url, "URL")
    integration = options.get("STORAGE_INTEGRATION")
    if integration and run.engine.catalog.get("INTEGRATION", name=str(integration)) is None:
        raise errors.KIND_NOT_FOUND("Integration", integration)
    given = options.get("FILE_FORMAT")
    if isinstance(given, dict) and "FORMAT_NAME" not in given:
        options = {**options, "FILE_FORMAT": file_format(given).to_dict()}
    elif given:
        run.engine.stages.format_of(given, ddl.catalog_of(run))
    return options


@command("ALTER STAGE")
def alter_stage(run: Run) -> StatementResult:
    start = run.parser.at
    maybe = if_exists(run.parser)
    parts = ddl.object_name(run)
    if not run.parser.accept("REFRESH"):
        run.parser.at = start
        return _alter(run, STAGE, _stage_options)
    subpath = ""
    if run.parser.accept("SUBPATH"):
        run.parser.expect_op("=")
        subpath = run.parser.string()
    run.parser.expect_end()
    view = ddl.catalog_of(run)
    if maybe and view.find(STAGE, parts) is None:
        return ddl.succeeded()
    return refreshed(refresh_directory(run, view.require(STAGE, parts), subpath))


@command("DROP STAGE")
def drop_stage(run: Run) -> StatementResult:
    entry = _drop(run, STAGE)
    if isinstance(entry, StatementResult):
        return entry
    run.engine.stages.drop(entry)
    registered.forget(run.state.connection, entry.id)
    return ddl.dropped_status(entry.name)


# --- file formats ---
@command(*_created(FORMAT), f"CREATE OR ALTER {FORMAT}")
def create_file_format(run: Run) -> StatementResult:
    return _create(run, FORMAT, _format_options)


def _format_options(run: Run, options: Options) -> Options:  # noqa: ARG001 - as for stages
    return file_format(options).to_dict()


@command("ALTER FILE FORMAT")
def alter_file_format(run: Run) -> StatementResult:
    return _alter(run, FORMAT, _format_options)


@command("DROP FILE FORMAT")
def drop_file_format(run: Run) -> StatementResult:
    entry = _drop(run, FORMAT)
    return entry if isinstance(entry, StatementResult) else ddl.dropped_status(entry.name)


# --- both ---
def _alter(run: Run, kind: str, read: Any) -> StatementResult:
    parser = run.parser
    maybe = if_exists(parser)
    parts = ddl.object_name(run)
    view = ddl.catalog_of(run)
    old = view.find(kind, parts)
    if old is None:
        if maybe:
            return ddl.succeeded()
        view.require(kind, parts)
    entry = ddl.copy_entry(view.require(kind, parts, f"ALTER {kind}"))
    changes = Changes()
    if parser.accept("RENAME", "TO"):
        entry.database, entry.schema, entry.name = view.qualify(ddl.object_name(run))
        if run.engine.catalog.get(kind, *entry.parts) is not None:
            raise errors.ALREADY_EXISTS(entry.full_name)
        changes.remove(view.require(kind, parts))
    elif parser.accept("SET"):
        options = parse_options(parser)
        entry.comment = str(options.pop("COMMENT", entry.comment))
        options.pop("TAG", None)
        if kind == FORMAT:
            entry.properties = _plain(FileFormat.from_dict(entry.properties).over(options).to_dict())
        else:
            entry.properties = {**entry.properties, **_plain(read(run, options))}
    elif parser.accept("UNSET"):
        for name in parser.comma_list(parser.identifier):
            entry.comment = "" if name == "COMMENT" else entry.comment
            entry.properties.pop(name, None)
    else:
        parser.fail()
    parser.expect_end()
    changes.put(entry)
    run.engine.apply(run, changes)
    return ddl.succeeded()


def _drop(run: Run, kind: str) -> Entry | StatementResult:
    """The entry that was dropped, or the result that says there was none."""
    maybe = if_exists(run.parser)
    parts = ddl.object_name(run)
    run.parser.expect_end()
    view = ddl.catalog_of(run)
    entry = view.find(kind, parts)
    if entry is None and maybe:
        return ddl.missing_status(parts[-1])
    entry = view.require(kind, parts, f"DROP {kind}")
    changes = Changes()
    changes.remove(entry)
    run.engine.apply(run, changes)
    return entry
