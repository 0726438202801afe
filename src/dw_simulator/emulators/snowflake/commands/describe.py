"""DESCRIBE. Vendor page: "DESCRIBE <object>"."""

from __future__ import annotations

from collections.abc import Iterable

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import policies
from dw_simulator.emulators.snowflake.catalog.model import TAGS, Entry, TableColumn
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.describe_files import describe_stage_of
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.commands.show import sequence_row
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.translation.lexer import upper_words
from dw_simulator.emulators.snowflake.translation.scope import OutputColumn
from dw_simulator.emulators.snowflake.types import model as m

_TABLE_COLUMNS = (
    "name", "type", "kind", "null?", "default", "primary key", "unique key", "check", "expression", "comment",
    "policy name", "privacy domain", "schema evolution record",
)  # fmt: skip


def _text_columns(names: tuple[str, ...]) -> list[ResultColumn]:
    return [ResultColumn(name, m.text()) for name in names]


@command(
    *(
        f"{verb} {kind}".strip()
        for verb in ("DESCRIBE", "DESC")
        for kind in ("TABLE", "VIEW", "MATERIALIZED VIEW", "DYNAMIC TABLE", "EXTERNAL TABLE", "")
    )
)
def describe_table(run: Run) -> StatementResult:
    parser = run.parser
    if parser.at_end():
        parser.fail()
    parts = ddl.object_name(run)
    if len(run.words.split()) == 1 and parser.is_identifier():
        raise errors.UNSUPPORTED_FEATURE(f"DESCRIBE {parts[0]}")
    vendor = ddl.catalog_of(run).vendor_view(parts)
    if vendor is not None:
        parser.expect_end()
        return _described_outputs(vendor.columns)
    entry = ddl.catalog_of(run).require("TABLE", parts, "DESCRIBE")
    if parser.accept("TYPE"):
        parser.expect_op("=")
        if parser.accept("STAGE"):
            parser.expect_end()
            if entry.kind == "VIEW":
                raise errors.WRONG_KIND("VIEW", "TABLE")
            return describe_stage_of(run, entry, "stage_file_format", "stage_copy_options")
        parser.expect("COLUMNS")
    parser.expect_end()
    masks = {use.column: use.policy.full_name for use in policies.uses_in(run.engine.catalog, entry)}
    rows = [_column_row(entry, column, masks.get(column.name)) for column in entry.columns]
    return StatementResult.rows(_text_columns(_TABLE_COLUMNS), rows, StatementType.DESCRIBE)


def _column_row(entry: Entry, column: TableColumn, mask: str | None) -> tuple[object, ...]:
    keys = {item.kind for item in entry.constraints if column.name in item.columns}
    default = column.shown_identity or (upper_words(column.default) if column.default is not None else None)
    return (
        column.name, column.shown_type, "VIRTUAL" if column.computed else "COLUMN",
        "Y" if column.type.nullable else "N", default, "Y" if "PRIMARY KEY" in keys else "N",
        "Y" if "UNIQUE" in keys else "N", None, column.computed, column.comment, mask, None, column.evolution,
    )  # fmt: skip


@command("DESCRIBE SCHEMA", "DESC SCHEMA", "DESCRIBE DATABASE", "DESC DATABASE")
def describe_container(run: Run) -> StatementResult:
    parts = ddl.object_name(run)
    run.parser.expect_end()
    catalog = run.engine.catalog
    if run.words.endswith("DATABASE"):
        holder = catalog.database(parts[-1])
        found = [(entry.created, entry.name, "SCHEMA") for entry in catalog.entries("SCHEMA", parts[-1])]
        found = sorted([*found, (holder.created, "INFORMATION_SCHEMA", "SCHEMA")], key=lambda row: row[1])
    else:
        database = parts[0] if len(parts) == 2 else run.session.database or ""
        holder = catalog.schema(database, parts[-1])
        entries = sorted(catalog.entries(None, database, parts[-1]), key=lambda entry: (entry.created, entry.id))
        found = [(entry.created, entry.name, _kind_in_schema(entry)) for entry in entries]
    access = run.engine.access(run.session, run.state)
    if access is not None and not access.sees(holder):
        raise errors.KIND_NOT_FOUND(holder.kind.capitalize(), holder.full_name)
    columns = [
        ResultColumn("created_on", m.timestamp_ltz(3)),
        ResultColumn("name", m.text()),
        ResultColumn("kind", m.text()),
    ]
    return StatementResult.rows(columns, found, StatementType.DESCRIBE)


def _kind_in_schema(entry: Entry) -> str:
    kind = "MATERIALIZED VIEW" if entry.properties.get("materialized") else entry.kind
    return kind.replace(" ", "_")


@command("DESCRIBE RESULT", "DESC RESULT")
def describe_result(run: Run) -> StatementResult:
    value = run.engine.binder(run).expression(run.parser.expression())
    run.parser.expect_end()
    if run.session.results is None or not isinstance(value.const, str):
        raise errors.RESULT_NOT_FOUND(value.const)
    return _described_outputs(run.session.results.columns(value.const))


def _described_outputs(columns: Iterable[ResultColumn | OutputColumn]) -> StatementResult:
    """Columns of what is no object of a schema: a result, a view of the vendor's."""
    rows = [
        (column.name, column.type.sql_name(), "COLUMN", "Y" if column.type.nullable else "N", None, "N", "N", None,
         None, None, None, None, None)
        for column in columns
    ]  # fmt: skip
    return StatementResult.rows(_text_columns(_TABLE_COLUMNS), rows, StatementType.DESCRIBE)


@command("DESCRIBE WAREHOUSE", "DESC WAREHOUSE")
def describe_warehouse(run: Run) -> StatementResult:
    name = ddl.object_name(run)[-1]
    run.parser.expect_end()
    entry, access = run.engine.catalog.get("WAREHOUSE", name=name), run.engine.access(run.session, run.state)
    if entry is None or (access is not None and not access.sees(entry)):
        raise errors.KIND_NOT_FOUND("Warehouse", name)
    columns = [ResultColumn("created_on", m.timestamp_ltz(3)), *_text_columns(("name", "kind"))]
    return StatementResult.rows(columns, [(entry.created, entry.name, "WAREHOUSE")], StatementType.DESCRIBE)


@command("DESCRIBE SEQUENCE", "DESC SEQUENCE")
def describe_sequence(run: Run) -> StatementResult:
    """The columns of SHOW SEQUENCES."""
    entry = ddl.catalog_of(run).require("SEQUENCE", ddl.object_name(run), "DESCRIBE")
    run.parser.expect_end()
    columns, row = sequence_row(run, entry)
    return StatementResult.rows(columns, [row], StatementType.DESCRIBE)


@command("DESCRIBE ROLE", "DESC ROLE")
def describe_properties(run: Run) -> StatementResult:
    """Objects that are a list of properties."""
    kind, parts = "ROLE", ddl.object_name(run)
    run.parser.expect_end()
    entry = run.engine.catalog.get(kind, name=parts[-1])
    access = run.engine.access(run.session, run.state)
    if entry is None or (access is not None and not access.sees(entry)):
        raise errors.KIND_NOT_FOUND(kind.capitalize(), parts[-1])
    rows = [
        (kind, key.upper(), type(value).__name__.upper().replace("STR", "STRING"), str(value), None)
        for key, value in entry.properties.items()
        if key != TAGS
    ]
    columns = ("parent_property", "property", "property_type", "property_value", "property_default")
    return StatementResult.rows(_text_columns(columns), rows, StatementType.DESCRIBE)
