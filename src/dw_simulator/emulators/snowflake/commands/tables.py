"""CREATE TABLE in its forms, columns, DROP and UNDROP of tables, TRUNCATE. Vendor page: "CREATE TABLE"."""

from __future__ import annotations

import uuid
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import moments, streams, versions
from dw_simulator.emulators.snowflake.catalog.model import Constraint, Entry, TableColumn
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl, defaults, hybrid, lineage, versioning
from dw_simulator.emulators.snowflake.commands.context import before_change
from dw_simulator.emulators.snowflake.commands.options import (
    ROW_ACCESS,
    ColumnSpec,
    IndexSpec,
    column_list,
    if_exists,
    if_not_exists,
    properties,
    property_value,
)
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.copy import history
from dw_simulator.emulators.snowflake.functions.variant_json import loads
from dw_simulator.emulators.snowflake.results import StatementResult, StatementType
from dw_simulator.emulators.snowflake.translation.collations import check_column
from dw_simulator.emulators.snowflake.translation.lexer import upper_words
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery, unique_keys
from dw_simulator.emulators.snowflake.translation.text import identifier, written
from dw_simulator.emulators.snowflake.translation.typing import NULL_TYPE, Typed, resolve, storage
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

_FORMS = [
    f"CREATE {prefix}{kind}TABLE"
    for prefix in ("", "OR REPLACE ")
    for kind in (
        "", "TRANSIENT ", "TEMPORARY ", "TEMP ", "VOLATILE ", "LOCAL TEMPORARY ", "LOCAL TEMP ", "GLOBAL TEMPORARY ",
        "GLOBAL TEMP ", "SCOPED TEMPORARY ", "SCOPED TEMP ", "HYBRID ", "TEMPORARY READ ONLY ", "TEMP READ ONLY ",
        "SCOPED TEMPORARY READ ONLY ", "SCOPED TEMP READ ONLY ",
    )
]  # fmt: skip


@command(*_FORMS)
def create_table(run: Run) -> StatementResult:
    parser = run.parser
    if_missing = if_not_exists(parser)
    parts = ddl.object_name(run)
    if_missing = if_missing or if_not_exists(parser)
    entry = ddl.new_entry(run, "TABLE", parts, "CREATE TABLE")
    entry.transient = "TRANSIENT" in run.words or run.engine.catalog.schema(entry.database, entry.schema).transient
    entry.temporary = any(word in run.words for word in ("TEMP", "VOLATILE"))
    if ddl.existing(run, entry) is not None and if_missing:
        return StatementResult.status(f"{entry.name} already exists, statement succeeded.")
    changes = Changes()
    selected = False
    if "READ ONLY" in run.words and not parser.is_word("CLONE"):  # what Snowpark pandas takes its snapshots with
        raise errors.UNSUPPORTED_FEATURE("CREATE READ ONLY TABLE without CLONE")
    if "READ ONLY" in run.words:
        entry.properties["read_only"] = True
    if parser.accept("LIKE"):
        _like(run, entry, changes)
    elif parser.accept("CLONE"):
        _clone(run, entry, changes)
    elif parser.accept("USING", "TEMPLATE"):
        _from_template(run, entry, changes)
    else:
        selected = _defined(run, entry, changes)
    versioning.settle_new(run, entry, changes)
    replace = "OR REPLACE" in run.words
    result = ddl.create(
        run, entry, changes, replace=replace, if_missing=if_missing,
        message=f"Table {entry.name} successfully created.",
    )  # fmt: skip
    if selected:
        result.row_counts = {
            "numRowsInserted": int(run.state.connection.run(f"FROM {entry.physical} SELECT count(*)")[0][0])
        }
    return result


def _defined(run: Run, entry: Entry, changes: Changes) -> bool:
    """From columns or AS SELECT; whether the latter."""
    parser = run.parser
    specs: list[ColumnSpec] = []
    constraints: list[Constraint] = []
    indexes: list[IndexSpec] | None = [] if "HYBRID" in run.words else None
    if parser.is_op("("):
        specs, constraints = column_list(parser, indexes)
    table_options(run, entry)
    if indexes is not None:
        entry.properties |= {"hybrid": True, "indexes": indexes}
    selected = fill(run, entry, changes, specs, constraints)
    if indexes is not None and not selected:
        hybrid.check(entry)
    return selected


def fill(run: Run, entry: Entry, changes: Changes, specs: list[ColumnSpec], constraints: list[Constraint]) -> bool:
    """What comes after the options: AS SELECT, or nothing; whether it is the former."""
    parser = run.parser
    if parser.accept("AS"):
        query = parser.query()
        parser.expect_end()
        bound = lineage.tracing(run.engine.binder(run)).query(query)
        as_select(run, entry, changes, specs, bound)
        lineage.move_tags(run, entry, query, bound)
        return True
    if parser.accept("CLONE") or parser.accept("LIKE"):
        raise errors.UNSUPPORTED_FEATURE("CREATE TABLE with columns and CLONE or LIKE")
    parser.expect_end()
    if not specs:
        parser.fail()
    entry.columns = define_columns(run, specs, changes)
    default_collation(run, entry, entry.columns)
    ddl.set_column_options(run, entry, specs)
    entry.constraints = named_constraints(run, entry, specs, constraints)
    for constraint in entry.constraints:
        if constraint.kind == "PRIMARY KEY":
            _make_not_null(entry, constraint)
    if entry.properties.get("cluster_by") and any(column.type.name.startswith("INTERVAL") for column in entry.columns):
        raise errors.UNSUPPORTED_FEATURE("INTERVAL columns of clustered tables")
    changes.run(create_sql(run, entry))
    return False


def _from_template(run: Run, entry: Entry, changes: Changes) -> None:
    """The columns that a query describes as INFER_SCHEMA does."""
    described = template_columns(run)
    table_options(run, entry)
    run.parser.expect_end()
    specs = [
        ColumnSpec(item["COLUMN_NAME"], Parser(item["TYPE"]).type_ref(), not_null=item.get("NULLABLE") is False)
        for item in described
    ]
    entry.columns = define_columns(run, specs, changes)
    changes.run(create_sql(run, entry))


def template_columns(run: Run) -> list[dict[str, Any]]:
    """The query behind USING TEMPLATE: its array of objects with COLUMN_NAME, TYPE, NULLABLE and maybe EXPRESSION.

    Raises:
        SnowflakeError: it gives something else, or no columns.
    """
    bound = run.engine.bind_query(run, run.parser.query())
    rows = run.state.connection.run(bound.sql)
    value = loads(rows[0][0]) if rows and isinstance(rows[0][0], str) else None
    if not isinstance(value, list) or not value or not all(_is_described(item) for item in value):
        raise errors.SnowflakeError(
            2019,
            "0A000",
            "SQL compilation error:\nUSING TEMPLATE needs a query that gives one array of objects with COLUMN_NAME and "
            "TYPE, as of INFER_SCHEMA, and at least one of them",
        )
    return value


def _is_described(item: Any) -> bool:
    return isinstance(item, dict) and all(isinstance(item.get(key), str) for key in ("COLUMN_NAME", "TYPE"))


def _make_not_null(entry: Entry, constraint: Constraint) -> None:
    for name in constraint.columns:
        column = entry.column(name)
        if column is None:
            raise errors.INVALID_IDENTIFIER(written(name))
        column.type = column.type.with_nullable(False)


def table_options(run: Run, entry: Entry) -> None:
    """What may follow the columns: properties, tags, a row access policy."""
    parser = run.parser
    while True:
        if parser.accept("CLUSTER", "BY"):
            parser.accept("LINEAR")
            start = parser.token.start
            parser.parenthesized(parser.expression)
            entry.properties["cluster_by"] = "LINEAR" + upper_words(parser.sql[start : parser.last_end])
            continue
        if parser.is_word("COMMENT") and parser.ahead().kind == "string":
            parser.next()
            entry.comment = parser.string()
            continue
        found = properties(parser)
        if not found:
            return
        ddl.set_tags(run, entry, found.pop("TAG", []))
        entry.comment = str(found.pop("COMMENT", entry.comment))
        entry.properties.update({key if key == ROW_ACCESS else key.lower(): value for key, value in found.items()})


def define_columns(run: Run, specs: list[ColumnSpec], changes: Changes) -> list[TableColumn]:
    """Columns from their specs; sequences of identity columns are made on the way."""
    names = [spec.name for spec in specs]
    duplicate = next((name for name in names if names.count(name) > 1), None)
    if duplicate is not None:
        raise errors.DUPLICATE_COLUMN(duplicate)
    mapping = str(run.session.parameters["TIMESTAMP_TYPE_MAPPING"])
    columns = []
    for spec, key in zip(specs, unique_keys(names), strict=True):
        if spec.type is None and spec.computed is None:
            run.parser.fail()
        kind = resolve(spec.type, mapping) if spec.type is not None else m.text()
        check_collation(spec, kind)
        column = TableColumn(
            spec.name, key, kind.with_nullable(not spec.not_null),
            defaults.checked(run, spec.name, spec.default, kind, columns=names), spec.identity, computed=spec.computed,
            comment=spec.comment, collation=spec.collation, type_text=spec.type_text,
            ordered=ordered(run, spec.ordered),
        )  # fmt: skip
        if spec.identity is not None:
            defaults.check_identity(spec.name, spec.default, kind)
            add_identity(run, column, changes)
        columns.append(column)
    return columns


def holds_shapes(kind: SnowflakeType) -> bool:
    """Columns hold no shapes in structured values. Vendor page: "Structured data types"."""
    shapes = ("GEOGRAPHY", "GEOMETRY")
    return any(field.type.name in shapes or holds_shapes(field.type) for field in kind.fields)


def check_collation(spec: ColumnSpec, kind: SnowflakeType) -> None:
    """Raises SnowflakeError: a column of that type cannot have the collation that it is given, or holds shapes."""
    if holds_shapes(kind):
        raise errors.UNSUPPORTED_DATA_TYPE(kind.sql_name())
    if spec.collation:
        if kind.name != "TEXT":
            raise errors.SnowflakeError(
                2278, "42601", f"SQL compilation error:\nA column of type {kind.sql_name()} cannot have a collation."
            )
        check_column(spec.collation)


def default_collation(run: Run, entry: Entry, columns: list[TableColumn]) -> None:
    """DEFAULT_DDL_COLLATION of the table, its schema, its database or the account, for columns without one."""
    catalog = run.engine.catalog
    holders = (
        entry, catalog.get("SCHEMA", entry.database, "", entry.schema), catalog.get("DATABASE", name=entry.database),
        next(catalog.entries("ACCOUNT"), None),
    )  # fmt: skip
    given = (holder.properties.get("default_ddl_collation") for holder in holders if holder is not None)
    spec = str(next((value for value in given if value), ""))
    if spec:
        check_column(spec)
    for column in columns:
        if column.collation is None and column.type.name == "TEXT" and column.computed is None:
            column.collation = spec or None


def add_identity(run: Run, column: TableColumn, changes: Changes, continued: bool = False) -> None:
    """The sequence of an identity column; ``continued``: it goes on from where that of the column cloned from is."""
    assert column.identity is not None
    start, step = column.identity
    if continued and column.sequence is not None:
        start = run.engine.following(column.sequence.removeprefix("data."), start)
    column.sequence = f"data.s{run.engine.catalog.next_id()}"
    changes.run(f"CREATE {ddl.sequence_sql(column.sequence, start, step)}")


def unnamed() -> str:
    """The name of a constraint that is given none."""
    return f"SYS_CONSTRAINT_{uuid.uuid4()}"


def ordered(run: Run, given: bool | None) -> bool:
    """Whether values come in order where a sequence or column does not say: NOORDER_SEQUENCE_AS_DEFAULT decides."""
    return not run.session.parameters["NOORDER_SEQUENCE_AS_DEFAULT"] if given is None else given


def named_constraints(
    run: Run, entry: Entry, specs: list[ColumnSpec], constraints: list[Constraint]
) -> list[Constraint]:
    found = [*(item for spec in specs for item in spec.constraints), *constraints]
    for item in found:
        item.name = item.name or unnamed()
        check_constraint(run, entry, item)
    check_keys(entry, found)
    return found


def check_keys(entry: Entry, constraints: list[Constraint]) -> None:
    """Raises SnowflakeError: there are two primary keys."""
    if sum(item.kind == "PRIMARY KEY" for item in constraints) > 1:
        raise errors.PRIMARY_KEY_EXISTS(entry.name)


def check_constraint(run: Run, entry: Entry, item: Constraint) -> None:
    """Raises SnowflakeError: 000904, a column of a constraint is not there; 002003, the referenced table is not."""
    for name in item.columns:
        if entry.column(name) is None:
            raise errors.INVALID_IDENTIFIER(written(name))
    if item.references is None:
        return
    parts, columns = item.references
    full = entry.named_from(parts)
    target = entry if full == entry.parts else ddl.catalog_of(run).find("TABLE", full)
    if target is None:
        raise errors.OBJECT_NOT_FOUND(".".join(parts))
    for name in columns:
        if target.column(name) is None:
            raise errors.INVALID_IDENTIFIER(written(name))


def create_sql(run: Run, entry: Entry) -> str:
    """DuckDB's CREATE TABLE of an entry."""
    columns = ", ".join(_column_sql(column, run.state.wide) for column in entry.columns if column.computed is None)
    if entry.properties.get(streams.TRACKED):
        columns = f"{columns}, {streams.ROW} BIGINT DEFAULT nextval('{streams.ROW_IDS}')"
    temporary = "TEMP " if entry.temporary else ""
    return f"CREATE {temporary}TABLE {entry.physical} ({columns or 'none INTEGER'})"


def _column_sql(column: TableColumn, wide: bool) -> str:
    return f"{identifier(column.key)} {storage(column.type, wide=wide)}{'' if column.type.nullable else ' NOT NULL'}"


# --- AS SELECT, LIKE, CLONE -------------------------------------------------------------------------------------------
def as_select(run: Run, entry: Entry, changes: Changes, specs: list[ColumnSpec], bound: BoundQuery) -> None:
    """Columns and rows from a query; the last SQL of ``changes`` is then the one that puts the rows in."""
    if specs and len(specs) != len(bound.columns):
        raise errors.SnowflakeError(
            2057, "42601",
            f"SQL compilation error:\nInvalid number of columns {len(specs)} specified, expected {len(bound.columns)}",
        )  # fmt: skip
    mapping = str(run.session.parameters["TIMESTAMP_TYPE_MAPPING"])
    names = [spec.name for spec in specs] or [column.name for column in bound.columns]
    if len(set(names)) != len(names):
        raise errors.DUPLICATE_COLUMN(next(name for name in names if names.count(name) > 1))
    alias = run.engine.binder(run).fresh("ctas")
    items = []
    for index, (name, key, source) in enumerate(zip(names, unique_keys(names), bound.columns, strict=True)):
        spec = specs[index] if specs else None
        kind = storable(source.type)
        if spec is not None and spec.type is not None:
            kind = resolve(spec.type, mapping).with_nullable(not spec.not_null)
        column = TableColumn(
            name, key, kind, defaults.checked(run, name, spec.default, kind) if spec else None,
            comment=spec.comment if spec else None,
            collation=spec.collation if spec and spec.collation is not None else source.collation,
            type_text=spec.type_text if spec else None,
        )  # fmt: skip
        entry.columns.append(column)
        value = Typed(f"{alias}.{identifier(source.key)}", source.type)
        typed = run.engine.binder(run).coerce(value, kind, assign=True)
        items.append(f"{typed.sql if source.type is not NULL_TYPE else 'NULL'}")
    entry.constraints = named_constraints(run, entry, specs, [])
    ddl.set_column_options(run, entry, specs)
    changes.run(create_sql(run, entry))
    changes.run(f"INSERT INTO {entry.physical} SELECT {', '.join(items)} FROM ({bound.sql}) AS {alias}")
    for stream in run.engine.streams_read(run):
        rows = run.engine.stream_position(run.state, stream)
        changes.run(f"CREATE OR REPLACE TABLE {streams.offset_table(stream)} AS {rows}")


def storable(kind: SnowflakeType) -> SnowflakeType:
    """The type that a column made from an expression has."""
    if kind is NULL_TYPE or kind.name == "NULL":
        return m.text()
    return kind.with_nullable(True)


def _like(run: Run, entry: Entry, changes: Changes) -> None:
    source = ddl.catalog_of(run).require("TABLE", ddl.object_name(run))
    table_options(run, entry)
    run.parser.expect_end()
    _copy_definition(run, source, entry, changes)
    entry.properties.pop("interactive", None)
    changes.run(create_sql(run, entry))


def _clone(run: Run, entry: Entry, changes: Changes) -> None:
    source = ddl.catalog_of(run).require("TABLE", ddl.object_name(run))
    if source.temporary and not (entry.temporary or entry.transient):
        raise errors.TEMPORARY_CLONED()
    if source.transient and not (entry.temporary or entry.transient):
        raise errors.TRANSIENT_CLONED()
    rows = moments.rows_then(run.engine.binder(run), source, run.parser)
    table_options(run, entry)
    run.parser.expect_end()
    copy_table(run, source, entry, changes, rows)
    entry.properties.pop("interactive", None)


def copy_table(run: Run, source: Entry, entry: Entry, changes: Changes, rows: str | None = None) -> None:
    """Definition and rows of ``source`` (or ``rows``, SQL of earlier ones) into the new ``entry``."""
    _copy_definition(run, source, entry, changes, continued=True)
    keys = ", ".join(streams.stored_keys(source)) or "none"
    sql = f"INSERT INTO {entry.physical} ({keys}) SELECT {keys} FROM {rows or source.physical}"
    changes.run(create_sql(run, entry), sql)


def _copy_definition(run: Run, source: Entry, entry: Entry, changes: Changes, continued: bool = False) -> None:
    if source.kind in ("VIEW", "STREAM"):
        raise errors.SnowflakeError(
            2203, "42809", f"SQL compilation error:\n'{source.name}' is a {source.kind.lower()}, not a table"
        )
    copy = ddl.copy_entry(source)
    entry.columns, entry.constraints = copy.columns, copy.constraints
    kept = {name: value for name, value in copy.properties.items() if name != "read_only"}
    entry.properties = {**kept, **entry.properties}
    entry.comment = entry.comment or copy.comment
    for column in entry.columns:
        if column.identity is not None:
            add_identity(run, column, changes, continued)


# --- DROP, UNDROP, TRUNCATE -------------------------------------------------------------------------------------------
@command("DROP TABLE", "DROP VIEW", "DROP MATERIALIZED VIEW", "DROP DYNAMIC TABLE")
def drop_table(run: Run) -> StatementResult:
    parser = run.parser
    maybe = if_exists(parser)
    parts = ddl.object_name(run)
    parser.accept_any("CASCADE", "RESTRICT")
    parser.expect_end()
    entry = _droppable(run, parts, maybe, run.words.split()[-1].capitalize())
    if entry is None:
        return ddl.missing_status(parts[-1])
    wanted = run.words.removeprefix("DROP ")
    # DROP TABLE drops dynamic tables too: snowflake-sqlalchemy's tests do it.
    if wanted.removeprefix("MATERIALIZED ") != entry.kind and (wanted, entry.kind) != ("TABLE", "DYNAMIC TABLE"):
        raise errors.WRONG_KIND(entry.kind, wanted)
    changes = Changes()
    ddl.drop_entry(changes, entry)
    run.engine.apply(run, changes)
    return ddl.dropped_status(entry.name)


def _droppable(run: Run, parts: tuple[str, ...], maybe: bool, noun: str) -> Entry | None:
    view = ddl.catalog_of(run)
    try:
        return view.require("TABLE", parts, "DROP")
    except errors.SnowflakeError as error:
        if maybe and error.errno == errors.OBJECT_NOT_FOUND.errno:
            return None
        if error.errno == 2003:
            raise errors.KIND_NOT_FOUND(noun, ".".join(view.qualify(parts))) from None
        raise


@command("UNDROP TABLE", "UNDROP TAG", "UNDROP DYNAMIC TABLE")
def undrop_table(run: Run) -> StatementResult:
    kind = run.words.removeprefix("UNDROP ")
    parts = ddl.object_name(run)
    run.parser.expect_end()
    database, schema, name = ddl.catalog_of(run).qualify(parts, "UNDROP")
    entry = run.engine.catalog.dropped(kind, database, schema, name)
    if entry is None:
        raise errors.KIND_NOT_FOUND(kind.capitalize(), ".".join((database, schema, name)))
    if run.engine.catalog.get(kind, database, schema, name) is not None:
        raise errors.ALREADY_EXISTS(name)
    access = run.engine.access(run.session, run.state)
    if access is not None:
        access.demand(entry)
    changes = Changes()
    entry = ddl.copy_entry(entry)
    entry.dropped = None
    changes.put(entry)
    run.engine.apply(run, changes)
    return StatementResult.status(f"{kind.capitalize()} {name} successfully restored.")


@command("TRUNCATE TABLE", "TRUNCATE")
def truncate(run: Run) -> StatementResult:
    maybe = if_exists(run.parser)
    parts = ddl.object_name(run)
    run.parser.expect_end()
    view = ddl.catalog_of(run)
    if maybe and view.find("TABLE", parts) is None:
        return ddl.succeeded()
    entry = view.require("TABLE", parts, "TRUNCATE")
    if entry.kind != "TABLE":
        raise errors.WRONG_KIND(entry.kind, "TABLE")
    run.targets.append(entry)
    before_change(run, versions.ALL)
    run.state.connection.change(f"DELETE FROM {entry.physical}")
    history.forget(run.state.connection, entry.id)
    return StatementResult.status("Statement executed successfully.", StatementType.DDL)


__all__ = ["property_value"]
