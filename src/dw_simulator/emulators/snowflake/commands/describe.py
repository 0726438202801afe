"""DESCRIBE. Vendor page: "DESCRIBE <object>"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import policies
from dw_simulator.emulators.snowflake.catalog.model import TAGS, Entry, TableColumn
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.describe_files import describe_storage_integration
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.types import model as m

_TABLE_COLUMNS = (
    "name", "type", "kind", "null?", "default", "primary key", "unique key", "check", "expression", "comment",
    "policy name", "privacy domain",
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
    entry = ddl.catalog_of(run).require("TABLE", ddl.object_name(run), "DESCRIBE")
    if parser.accept("TYPE"):
        parser.expect_op("=")
        if parser.identifier() != "COLUMNS":
            raise errors.UNSUPPORTED_FEATURE("DESCRIBE TABLE TYPE = STAGE")
    parser.expect_end()
    masks = {use.column: use.policy.full_name for use in policies.uses_in(run.engine.catalog, entry)}
    rows = [_column_row(entry, column, masks.get(column.name)) for column in entry.columns]
    return StatementResult.rows(_text_columns(_TABLE_COLUMNS), rows, StatementType.DESCRIBE)


def _column_row(entry: Entry, column: TableColumn, mask: str | None) -> tuple[object, ...]:
    keys = {item.kind for item in entry.constraints if column.name in item.columns}
    default = column.default
    if column.identity is not None:
        default = f"IDENTITY START {column.identity[0]} INCREMENT {column.identity[1]} NOORDER"
    return (
        column.name, column.type.sql_name(), "VIRTUAL" if column.computed else "COLUMN",
        "Y" if column.type.nullable else "N", default, "Y" if "PRIMARY KEY" in keys else "N",
        "Y" if "UNIQUE" in keys else "N", None, column.computed, column.comment, mask, None,
    )  # fmt: skip


@command("DESCRIBE SCHEMA", "DESC SCHEMA", "DESCRIBE DATABASE", "DESC DATABASE")
def describe_container(run: Run) -> StatementResult:
    parts = ddl.object_name(run)
    run.parser.expect_end()
    catalog = run.engine.catalog
    if run.words.endswith("DATABASE"):
        holder = catalog.database(parts[-1])
        found = [(entry.created, entry.name, "SCHEMA") for entry in catalog.entries("SCHEMA", parts[-1])]
    else:
        database = parts[0] if len(parts) == 2 else run.session.database or ""
        holder = catalog.schema(database, parts[-1])
        found = [(entry.created, entry.name, entry.kind) for entry in catalog.entries(None, database, parts[-1])]
    access = run.engine.access(run.session, run.state)
    if access is not None and not access.sees(holder):
        raise errors.KIND_NOT_FOUND(holder.kind.capitalize(), holder.full_name)
    columns = [
        ResultColumn("created_on", m.timestamp_ltz(3)),
        ResultColumn("name", m.text()),
        ResultColumn("kind", m.text()),
    ]
    return StatementResult.rows(columns, found, StatementType.DESCRIBE)


@command("DESCRIBE RESULT", "DESC RESULT")
def describe_result(run: Run) -> StatementResult:
    value = run.engine.binder(run).expression(run.parser.expression())
    run.parser.expect_end()
    if run.session.results is None or not isinstance(value.const, str):
        raise errors.RESULT_NOT_FOUND(value.const)
    columns = run.session.results.columns(value.const)
    rows = [
        (column.name, column.type.sql_name(), "COLUMN", "Y" if column.type.nullable else "N", None, "N", "N", None,
         None, None, None, None)
        for column in columns
    ]  # fmt: skip
    return StatementResult.rows(_text_columns(_TABLE_COLUMNS), rows, StatementType.DESCRIBE)


_KINDS = ("SEQUENCE", "WAREHOUSE", "ROLE", "INTEGRATION")


@command(*(f"{verb} {kind}" for verb in ("DESCRIBE", "DESC") for kind in (*_KINDS, "SECURITY INTEGRATION")))
def describe_properties(run: Run) -> StatementResult:
    """Objects that are a list of properties."""
    kind = next(kind for kind in _KINDS if run.words.endswith(kind))
    at = run.parser.at
    parts = ddl.object_name(run)
    found = run.engine.catalog.get(kind, name=parts[-1]) if kind == "INTEGRATION" else None
    if found is not None and found.properties.get("category") == "STORAGE":
        run.parser.at = at
        return describe_storage_integration(run)
    run.parser.expect_end()
    if kind == "SEQUENCE":
        entry: Entry | None = ddl.catalog_of(run).require(kind, parts, "DESCRIBE")
    else:
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
