"""External tables. Vendor pages: "CREATE EXTERNAL TABLE", "ALTER EXTERNAL TABLE", "DROP EXTERNAL TABLE"."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry, TableColumn, now
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.catalog.view import external_source
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.directories import commit_first, refreshed
from dw_simulator.emulators.snowflake.commands.options import (
    ColumnSpec,
    column_list,
    column_spec,
    if_exists,
    if_not_exists,
)
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.commands.tables import named_constraints, template_columns
from dw_simulator.emulators.snowflake.results import StatementResult
from dw_simulator.emulators.snowflake.stages import registered
from dw_simulator.emulators.snowflake.stages.file_format import file_format
from dw_simulator.emulators.snowflake.stages.location import parse_location
from dw_simulator.emulators.snowflake.stages.options import Options, boolean_option, parse_options
from dw_simulator.emulators.snowflake.stages.registered import Registration
from dw_simulator.emulators.snowflake.stages.resolver import Place
from dw_simulator.emulators.snowflake.translation.lexer import STAGE, STRING
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.scope import unique_keys
from dw_simulator.emulators.snowflake.translation.typing import resolve
from dw_simulator.emulators.snowflake.types import model as m

KIND = "EXTERNAL TABLE"
_NOT_EMULATED = ("AWS_SNS_TOPIC", "INTEGRATION")


def _wrong(what: str) -> errors.SnowflakeError:
    return errors.SnowflakeError(2019, "0A000", f"SQL compilation error:\n{what}")


@command("CREATE EXTERNAL TABLE", "CREATE OR REPLACE EXTERNAL TABLE")
def create_external_table(run: Run) -> StatementResult:
    parser = run.parser
    missing = if_not_exists(parser)
    entry = ddl.new_entry(run, KIND, ddl.object_name(run), "CREATE EXTERNAL TABLE")
    specs: list[ColumnSpec] = []
    if parser.accept("USING", "TEMPLATE"):
        specs = [_described(item) for item in template_columns(run)]
    elif parser.is_op("("):
        specs, constraints = column_list(parser)
        entry.constraints = named_constraints(run, entry, specs, constraints)
    options = _options(run, entry)
    parser.expect_end()
    _configure(run, entry, options)
    entry.columns = _columns(run, specs, entry)
    old = ddl.existing(run, entry)
    result = ddl.create(
        run, entry, Changes(), replace="OR REPLACE" in run.words, if_missing=missing,
        message=f"Table {entry.name} successfully created.",
    )  # fmt: skip
    if run.engine.catalog.get(KIND, *entry.parts) is not entry:
        return result
    if old is not None:
        registered.forget(run.state.connection, old.id)
    try:
        _check(run, entry)
        if entry.properties["refresh_on_create"]:
            _refresh(run, entry, "")
    except errors.SnowflakeError:
        changes = Changes()
        changes.remove(entry)
        run.engine.apply(run, changes)
        raise
    return result


def _described(item: dict[str, Any]) -> ColumnSpec:
    """A column of INFER_SCHEMA."""
    spec = ColumnSpec(item["COLUMN_NAME"], Parser(item["TYPE"]).type_ref())
    expression = item.get("EXPRESSION")
    if not isinstance(expression, str):
        raise _wrong("an external table USING TEMPLATE needs the EXPRESSION of each column")
    spec.computed = expression
    return spec


def _options(run: Run, entry: Entry) -> Options:
    """PARTITION BY, LOCATION and the options, in any order."""
    parser = run.parser
    options: Options = {}
    while not parser.at_end():
        if parser.accept("PARTITION", "BY"):
            entry.properties["partition_by"] = parser.parenthesized(parser.identifier)
        elif parser.accept("WITH") or parser.accept("COPY", "GRANTS"):
            continue
        elif parser.is_word("LOCATION"):
            parser.next()
            parser.expect_op("=")
            if parser.token.kind not in (STAGE, STRING):
                parser.fail()
            options["LOCATION"] = parser.next().value
        elif parser.is_word("ROW", "TAG"):
            raise errors.UNSUPPORTED_FEATURE(f"{parser.token.value} in CREATE EXTERNAL TABLE")
        else:
            found = parse_options(parser)
            if not found:
                parser.fail()
            options.update(found)
    return options


def _configure(run: Run, entry: Entry, options: Options) -> None:
    """Raises SnowflakeError: there is no location, it is an internal stage, or an option is wrong."""
    location = options.pop("LOCATION", None)
    if location is None:
        raise _wrong("missing property 'LOCATION' of an external table")
    place = _place(run, str(location))
    parts = parse_location(str(location)).name
    entry.properties["stage"] = list(ddl.catalog_of(run).qualify(parts))
    entry.properties["path"] = place.path
    given = options.pop("FILE_FORMAT", None)
    if given is None and place.format is None:
        raise _wrong("missing property 'FILE_FORMAT' of an external table")
    entry.properties["file_format"] = _kept_format(run, given)
    entry.properties["pattern"] = options.pop("PATTERN", None)
    entry.comment = str(options.pop("COMMENT", ""))
    by_hand = str(options.pop("PARTITION_TYPE", "")).upper() == "USER_SPECIFIED"
    entry.properties["by_hand"] = by_hand
    for name, default in (("AUTO_REFRESH", not by_hand), ("REFRESH_ON_CREATE", not by_hand)):
        entry.properties[name.lower()] = boolean_option(name, options.pop(name, default))
    if by_hand and (entry.properties["auto_refresh"] or not entry.properties.get("partition_by")):
        raise _wrong("PARTITION_TYPE = USER_SPECIFIED needs PARTITION BY, and AUTO_REFRESH = FALSE")
    if str(options.pop("TABLE_FORMAT", "NONE")).upper() != "NONE":
        raise errors.UNSUPPORTED_FEATURE("external tables with TABLE_FORMAT")
    for name in options:
        if name in _NOT_EMULATED:
            raise errors.UNSUPPORTED_FEATURE(f"external tables with {name}")
        raise errors.INVALID_PROPERTY(name, "EXTERNAL TABLE")


def _place(run: Run, location: str) -> Place:
    place = run.engine.stages.place(location, ddl.catalog_of(run), run.session.user)
    if place.internal or not place.url:
        raise errors.UNSUPPORTED_FEATURE("external tables on anything but a named external stage")
    return place


def _kept_format(run: Run, given: Any) -> Any:
    """Named formats are looked up for each query; options are kept."""
    if given is None:
        return None
    if isinstance(given, dict) and "FORMAT_NAME" not in given:
        return file_format(given).to_dict()
    run.engine.stages.format_of(given, ddl.catalog_of(run))
    return given


def _columns(run: Run, specs: Iterable[ColumnSpec], entry: Entry) -> list[TableColumn]:
    """VALUE, then what the statement computes from it and from the names of the files."""
    listed = [spec for spec in specs if spec.name != "VALUE"]
    mapping = str(run.session.parameters["TIMESTAMP_TYPE_MAPPING"])
    keys = unique_keys(["VALUE", *(spec.name for spec in listed)])
    columns = [TableColumn("VALUE", keys[0], m.variant(), comment="The value of this row")]
    for spec, key in zip(listed, keys[1:], strict=True):
        if spec.computed is None or spec.type is None:
            raise _wrong(f"column '{spec.name}' of an external table needs a type and AS (…)")
        kind = resolve(spec.type, mapping).with_nullable(not spec.not_null)
        columns.append(TableColumn(spec.name, key, kind, computed=spec.computed, comment=spec.comment))
    for name in entry.properties.get("partition_by", ()):
        if name not in [column.name for column in columns]:
            raise errors.INVALID_IDENTIFIER(name)
    return columns


# --- ALTER, DROP ------------------------------------------------------------------------------------------------------
@command("ALTER EXTERNAL TABLE")
def alter_external_table(run: Run) -> StatementResult:
    entry = ddl.altered(run, "TABLE", "ALTER TABLE")
    if entry is None:
        return ddl.succeeded()
    if entry.kind != KIND:
        raise errors.WRONG_KIND(entry.kind, KIND)
    return alter(run, entry)


def alter(run: Run, entry: Entry) -> StatementResult:
    """What follows the name in ALTER [EXTERNAL] TABLE."""
    parser = run.parser
    if parser.accept("REFRESH"):
        path = parser.string() if parser.token.kind == STRING else ""
        parser.expect_end()
        return refreshed(_refresh(run, entry, path))
    if parser.accept("ADD", "FILES"):
        return refreshed(_add_files(run, entry, _strings(run)))
    if parser.accept("REMOVE", "FILES"):
        return refreshed(_remove_files(run, entry, _strings(run)))
    if parser.accept("ADD", "PARTITION"):
        return _add_partition(run, entry)
    if parser.accept("DROP", "PARTITION", "LOCATION"):
        location = parser.string()
        parser.expect_end()
        _needs_partitions(entry)
        commit_first(run)
        registered.refresh(run.state.connection, entry.id, [], _folder(entry, location))
        return ddl.succeeded()
    return _alter_definition(run, ddl.copy_entry(entry))


def _alter_definition(run: Run, entry: Entry) -> StatementResult:
    parser = run.parser
    if parser.accept("ADD"):
        parser.accept("COLUMN")
        specs = [_spec_of(column) for column in entry.columns if column.name != "VALUE"]
        entry.columns = [entry.columns[0], *_columns(run, [*specs, column_spec(parser)], entry)[1:]]
    elif parser.accept("DROP"):
        parser.accept("COLUMN")
        gone = parser.comma_list(parser.identifier)
        for name in gone:
            if entry.column(name) is None:
                raise errors.INVALID_IDENTIFIER(name)
        entry.columns = [column for column in entry.columns if column.name not in gone or column.name == "VALUE"]
    elif parser.accept("RENAME", "COLUMN"):
        column = entry.column(parser.identifier())
        parser.expect("TO")
        if column is None:
            raise errors.INVALID_IDENTIFIER("RENAME COLUMN")
        column.name = parser.identifier()
    elif parser.accept("RENAME", "TO"):
        ddl.rename_entry(run, entry)
    elif parser.accept("SET"):
        options = parse_options(parser)
        entry.comment = str(options.pop("COMMENT", entry.comment))
        if "AUTO_REFRESH" in options:
            entry.properties["auto_refresh"] = boolean_option("AUTO_REFRESH", options.pop("AUTO_REFRESH"))
        if options:
            raise errors.INVALID_PROPERTY(next(iter(options)), "EXTERNAL TABLE")
    elif parser.accept("UNSET", "COMMENT"):
        entry.comment = ""
    elif not ddl.change_tags(run, entry) and not ddl.change_row_access(run, entry):
        parser.fail()
    parser.expect_end()
    _check(run, entry)
    changes = Changes()
    changes.put(entry)
    run.engine.apply(run, changes)
    return ddl.succeeded()


def _check(run: Run, entry: Entry) -> None:
    """Raises SnowflakeError: an expression of the table cannot be read."""
    text = external_source(entry, None).text
    run.engine.binder(run, text).query(Parser(text).query())


def _spec_of(column: TableColumn) -> ColumnSpec:
    spec = ColumnSpec(column.name, Parser(column.type.sql_name()).type_ref(), not column.type.nullable)
    spec.computed, spec.comment = column.computed, column.comment
    return spec


@command("DROP EXTERNAL TABLE")
def drop_external_table(run: Run) -> StatementResult:
    maybe = if_exists(run.parser)
    parts = ddl.object_name(run)
    run.parser.accept_any("CASCADE", "RESTRICT")
    run.parser.expect_end()
    view = ddl.catalog_of(run)
    if maybe and view.find("TABLE", parts) is None:
        return ddl.missing_status(parts[-1])
    entry = view.require("TABLE", parts, "DROP")
    if entry.kind != KIND:
        raise errors.WRONG_KIND(entry.kind, KIND)
    changes = Changes()
    changes.remove(entry)
    run.engine.apply(run, changes)
    registered.forget(run.state.connection, entry.id)
    return ddl.dropped_status(entry.name)


# --- which files it has -----------------------------------------------------------------------------------------------
def _strings(run: Run) -> list[str]:
    found: list[str] = run.parser.parenthesized(run.parser.string)
    run.parser.expect_end()
    return found


def _folder(entry: Entry, path: str = "") -> str:
    """A path below the table's location as one of the stage."""
    base = str(entry.properties["path"])
    joined = f"{base.rstrip('/')}/{path.strip('/')}".strip("/") if base else path.strip("/")
    return f"{joined}/" if joined and (path or base.endswith("/")) else joined


def _found(run: Run, entry: Entry, path: str) -> list[Any]:
    return external_place(run, entry, path).files(pattern=entry.properties.get("pattern"))


def external_place(run: Run, entry: Entry, path: str = "") -> Place:
    stage = ddl.catalog_of(run).require("STAGE", tuple(entry.properties["stage"]))
    return run.engine.stages.stage_place(stage, ddl.catalog_of(run), _folder(entry, path))


def _refresh(run: Run, entry: Entry, path: str) -> list[Registration]:
    """Raises SnowflakeError: the partitions of the table are added by hand."""
    if entry.properties["by_hand"]:
        raise _wrong("an external table with PARTITION_TYPE = USER_SPECIFIED cannot be refreshed")
    commit_first(run)
    found = _found(run, entry, path)
    changed = registered.refresh(run.state.connection, entry.id, found, _folder(entry, path))
    _remember_refresh(run, entry)
    return changed


def _remember_refresh(run: Run, entry: Entry) -> None:
    entry = ddl.copy_entry(entry)
    entry.properties["refreshed"] = now().isoformat()
    changes = Changes()
    changes.put(entry)
    run.engine.apply(run, changes)


def _add_files(run: Run, entry: Entry, names: list[str]) -> list[Registration]:
    place = external_place(run, entry)
    known = {item.file.path: item.file for item in registered.registered(run.state.connection, entry.id)}
    for name in names:
        path = _folder(entry) + name.lstrip("/")
        file = place.storage.find(path)
        if file is None:
            raise errors.FILE_NOT_FOUND(path)
        known[path] = file
    commit_first(run)
    return registered.refresh(run.state.connection, entry.id, list(known.values()))


def _remove_files(run: Run, entry: Entry, names: list[str]) -> list[Registration]:
    gone = {_folder(entry) + name.lstrip("/") for name in names}
    kept = [item.file for item in registered.registered(run.state.connection, entry.id) if item.file.path not in gone]
    commit_first(run)
    return registered.refresh(run.state.connection, entry.id, kept)


def _needs_partitions(entry: Entry) -> None:
    if not entry.properties["by_hand"]:
        raise _wrong("only tables with PARTITION_TYPE = USER_SPECIFIED take partitions by hand")


def _add_partition(run: Run, entry: Entry) -> StatementResult:
    parser = run.parser
    _needs_partitions(entry)
    parser.expect_op("(")
    values = parse_options(parser)
    parser.expect_op(")")
    parser.expect("LOCATION")
    location = parser.string()
    parser.expect_end()
    wanted = entry.properties["partition_by"]
    if sorted(values) != sorted(wanted):
        raise _wrong(f"a partition needs values for {', '.join(wanted)}")
    commit_first(run)
    text = json.dumps({name: str(value) for name, value in values.items()}, sort_keys=True)
    found = _found(run, entry, location)
    registered.refresh(run.state.connection, entry.id, found, _folder(entry, location), text)
    return ddl.succeeded()
