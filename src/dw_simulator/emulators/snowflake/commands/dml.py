"""INSERT, UPDATE, DELETE, MERGE. Vendor page: "General DML"."""

from __future__ import annotations

import pyarrow as pa

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import versions
from dw_simulator.emulators.snowflake.catalog.model import Entry, TableColumn
from dw_simulator.emulators.snowflake.catalog.view import source_of
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.context import before_change
from dw_simulator.emulators.snowflake.commands.literal_rows import as_columns, as_table
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.logical import array_column
from dw_simulator.emulators.snowflake.results import StatementResult, StatementType
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.binder import Binder
from dw_simulator.emulators.snowflake.translation.binder.protection import protect
from dw_simulator.emulators.snowflake.translation.environment import TableSource
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery, Relation, collate_columns
from dw_simulator.emulators.snowflake.translation.structures import coercible, is_structured
from dw_simulator.emulators.snowflake.translation.text import identifier, written
from dw_simulator.emulators.snowflake.translation.typing import Typed, common, physical
from dw_simulator.emulators.snowflake.types import interval
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

GIVEN_ROWS = "given_rows"
"""What the rows that a statement brings along (array binds, constants) are called while it runs."""


def target_table(run: Run, action: str) -> Entry:
    """The table a statement changes. Raises for views."""
    entry = ddl.catalog_of(run).require("TABLE", ddl.object_name(run), action)
    if not entry.is_table or entry.kind == "DYNAMIC TABLE":
        raise errors.SnowflakeError(
            2203, "42809", f"SQL compilation error:\n{action} is not possible: '{entry.name}' is a {entry.kind}."
        )
    if entry.properties.get("interactive") and action in ("UPDATE", "DELETE", "MERGE"):
        raise errors.UNSUPPORTED_FEATURE(f"{action} of interactive tables")
    run.targets.append(entry)
    return entry


def demand(run: Run, entry: Entry, action: str) -> None:
    """Raise unless the session's roles allow ``action`` on the table."""
    access = run.engine.access(run.session, run.state)
    if access is not None:
        access.check(entry, action)


# --- INSERT -----------------------------------------------------------------------------------------------------------
@command("INSERT INTO", "INSERT OVERWRITE INTO")
def insert(run: Run) -> StatementResult:
    entry = target_table(run, "INSERT")
    parser = run.parser
    names = parser.parenthesized(parser.identifier) if _at_column_list(parser) else None
    columns = insert_columns(entry, names)
    table: pa.Table | None = None
    takes_arrays = False
    if parser.accept("VALUES"):
        rows = parser.comma_list(lambda: parser.parenthesized(parser.expression))
        parser.expect_end()
        takes_arrays = len(rows) == 1
        sql, table = _insert_values(run, entry, columns, rows)
    else:
        query = parser.query()
        parser.expect_end()
        binder = run.engine.binder(run)
        binder.env.array_binds = GIVEN_ROWS, _array_values(run)
        table = _array_table(run) if any(bind.array is not None for bind in run.binds) else None
        sql = insert_select_sql(run, entry, columns, binder.query(query))
    if run.describe_only:
        described = StatementResult.dml(StatementType.INSERT, {"number of rows inserted": 0})
        described.array_binds = takes_arrays
        return described
    before_change(run, versions.ALL if "OVERWRITE" in run.words else None)
    if "OVERWRITE" in run.words:
        demand(run, entry, "DELETE")
        count = _overwrite(run, entry, sql, table)
    else:
        count = _insert(run, sql, table)
    result = StatementResult.dml(StatementType.INSERT, {"number of rows inserted": count})
    result.bind_count, result.array_binds = parser.binds, takes_arrays
    return result


def _insert(run: Run, sql: str, table: pa.Table | None) -> int:
    """Run an INSERT, which may read ``table`` under the name ``GIVEN_ROWS``; how many rows it inserted."""
    if table is not None:
        return run.state.connection.load(sql, GIVEN_ROWS, table.to_reader)
    return int(run.state.connection.change(sql)[0][0])


def _overwrite(run: Run, entry: Entry, sql: str, table: pa.Table | None) -> int:
    """Old rows out and new rows in, both or neither."""
    connection = run.state.connection
    own = not connection.in_transaction
    if own:
        connection.begin()
    try:
        connection.change(f"DELETE FROM {entry.physical}")
        count = _insert(run, sql, table)
        if own:
            connection.commit()
    except errors.SnowflakeError:
        if own:
            connection.rollback()
        raise
    return count


def _at_column_list(parser: Parser) -> bool:
    return parser.is_op("(") and parser.ahead().value not in ("SELECT", "WITH", "(")


def insert_columns(entry: Entry, names: list[str] | None) -> list[TableColumn]:
    """The columns that values are given for."""
    if names is None:
        return [column for column in entry.columns if column.computed is None]
    columns = []
    for name in names:
        column = entry.column(name)
        if column is None:
            raise errors.INVALID_IDENTIFIER(written(name))
        if column in columns:
            raise errors.DUPLICATE_COLUMN(name)
        columns.append(column)
    return columns


def insert_select_sql(run: Run, entry: Entry, columns: list[TableColumn], bound: BoundQuery) -> str:
    """INSERT of a bound query's rows: converted, lengths checked, missing columns by their defaults."""
    keys, rows = stored_rows(run, entry, columns, bound)
    return f"INSERT INTO {entry.physical} ({keys}) {rows}"


def stored_rows(run: Run, entry: Entry, columns: list[TableColumn], bound: BoundQuery) -> tuple[str, str]:
    """The keys of a table's stored columns, and a SELECT that makes them of a bound query."""
    if len(columns) != len(bound.columns):
        raise errors.INSERT_COLUMNS(len(columns), len(bound.columns))
    binder = run.engine.binder(run)
    alias = binder.fresh("src")
    values = {
        column.name: store(binder, Typed(f"{alias}.{identifier(source.key)}", source.type), column)
        for column, source in zip(columns, bound.columns, strict=True)
    }
    keys, items = _complete(run, entry, values)
    return keys, f"SELECT {items} FROM ({bound.sql}) AS {alias}"


def _complete(run: Run, entry: Entry, values: dict[str, str]) -> tuple[str, str]:
    stored = [column for column in entry.columns if column.computed is None]
    items = [values.get(column.name) or default_sql(run, column) for column in stored]
    return ", ".join(identifier(column.key) for column in stored), ", ".join(items)


def store(binder: Binder, value: Typed, column: TableColumn) -> str:
    """SQL of ``value`` as it is stored in ``column``."""
    source = value.type
    semi = ("ARRAY", "OBJECT", "MAP")
    containers = (*semi, "VARIANT")
    if source.name in containers and column.type.name in containers and bool(source.fields) != bool(column.type.fields):
        # structured and semi-structured values are cast to each other, never coerced
        raise errors.EXPRESSION_TYPE(column.type.sql_name(), source.sql_name(), column.name)
    if is_structured(source) and not coercible(source, column.type):
        raise errors.EXPRESSION_TYPE(column.type.sql_name(), source.sql_name(), column.name)
    if column.type.name in interval.NAMES and source.name not in ("TEXT", "NULL", column.type.name):
        raise errors.EXPRESSION_TYPE(column.type.sql_name(), source.sql_name(), column.name)
    if column.type.name in semi and source.name in ("TEXT", "FIXED", "REAL", "BOOLEAN", "DATE"):
        raise errors.EXPRESSION_TYPE(column.type.sql_name(), source.sql_name(), column.name)
    lengths = source.length != column.type.length and source.name == column.type.name == "VECTOR"
    if lengths or (column.type.name in semi and source.name in semi and source.name != column.type.name):
        raise errors.EXPRESSION_TYPE(column.type.sql_name(), source.sql_name(), column.name)
    return binder.coerce(value, column.type.with_nullable(True), assign=True).sql


def default_sql(run: Run, column: TableColumn) -> str:
    """SQL of a column's value when none is given."""
    if column.sequence is not None:
        return f"nextval('{column.sequence}')"
    if column.default is None:
        return f"CAST(NULL AS {physical(column.type)})"
    binder = run.engine.binder(run, column.default)
    value = binder.expression(Parser(column.default).expression())
    return binder.coerce(value, column.type.with_nullable(True)).sql


def _insert_values(
    run: Run, entry: Entry, columns: list[TableColumn], rows: list[list[n.Expr]]
) -> tuple[str, pa.Table | None]:
    """INSERT of the rows written in the statement, and those rows when it reads them as ``GIVEN_ROWS``."""
    binder = run.engine.binder(run)
    keys = ", ".join(identifier(column.key) for column in entry.columns if column.computed is None)
    target = f"INSERT INTO {entry.physical} ({keys})"
    if any(bind.array is not None for bind in run.binds):
        binder.env.binds = {**binder.env.binds, **_array_values(run)}
        if len(rows) > 1:
            raise errors.UNSUPPORTED_FEATURE("array binds in VALUES of several rows")
        return (
            f"{target} SELECT {_value_row(run, binder, entry, columns, rows[0], {})} FROM {GIVEN_ROWS}",
            _array_table(run),
        )
    constants = as_columns(rows, [column.type for column in columns])
    if constants is not None:
        table, given = as_table(constants, GIVEN_ROWS)
        stored = {column.name: store(binder, value, column) for column, value in zip(columns, given, strict=True)}
        return f"{target} SELECT {_complete(run, entry, stored)[1]} FROM {GIVEN_ROWS}", table
    kinds = _common_kinds(binder, rows) if len(rows) > 1 else {}
    lines = [_value_row(run, binder, entry, columns, row, kinds) for row in rows]
    return f"{target} VALUES {', '.join(f'({line})' for line in lines)}", None


def _array_table(run: Run) -> pa.Table:
    """The array binds as a table with a column for each."""
    arrays = [bind for bind in run.binds if bind.array is not None]
    return pa.Table.from_arrays(
        [array_column(bind.array, bind.type) for bind in arrays], names=[f"b{bind.name}" for bind in arrays]
    )


def _array_values(run: Run) -> dict[str, Typed]:
    """What ``?`` means for array binds: a column of them."""
    return {
        bind.name: Typed(f"{GIVEN_ROWS}.{identifier(f'b{bind.name}')}", bind.type)
        for bind in run.binds
        if bind.array is not None
    }


def _common_kinds(binder: Binder, rows: list[list[n.Expr]]) -> dict[int, SnowflakeType]:
    """Types of columns whose rows mix numbers and text: Snowflake brings all rows of VALUES to one type first."""
    kinds: dict[int, SnowflakeType] = {}
    for index in range(min(len(row) for row in rows)):
        literals = {row[index].kind for row in rows if isinstance(row[index], n.Literal)}  # type: ignore[attr-defined]
        if {"number", "string"} <= literals:
            values = [binder.expression(row[index]) for row in rows if isinstance(row[index], n.Literal)]
            kinds[index] = common(_as_number(binder, value).type for value in values)
    return kinds


def _as_number(binder: Binder, value: Typed) -> Typed:
    return binder.number_from_text(value) if value.kind == "TEXT" else value


def _value_row(
    run: Run,
    binder: Binder,
    entry: Entry,
    columns: list[TableColumn],
    row: list[n.Expr],
    kinds: dict[int, SnowflakeType],
) -> str:
    if len(row) != len(columns):
        raise errors.INSERT_COLUMNS(len(columns), len(row))
    values = {}
    for index, (column, node) in enumerate(zip(columns, row, strict=True)):
        if isinstance(node, n.Name) and node.parts == ("DEFAULT",):
            values[column.name] = default_sql(run, column)
            continue
        value = binder.row_value(node)
        if index in kinds:
            value = binder.coerce(_as_number(binder, value), kinds[index])
        values[column.name] = store(binder, value, column)
    return _complete(run, entry, values)[1]


# --- several tables ---------------------------------------------------------------------------------------------------
@command("INSERT ALL", "INSERT FIRST", "INSERT OVERWRITE ALL", "INSERT OVERWRITE FIRST")
def insert_many(run: Run) -> StatementResult:
    """Multi-table INSERT: the query is run once into a temporary table, then read for each target."""
    parser = run.parser
    clauses = _multi_clauses(run)
    query = parser.query()
    parser.expect_end()
    bound = run.engine.bind_query(run, query)
    if run.describe_only:
        names = dict.fromkeys(f"number of rows inserted into {entry.name}" for entry in run.targets)
        return StatementResult.dml(StatementType.MULTI_TABLE_INSERT, dict.fromkeys(names, 0))
    binder = run.engine.binder(run)
    alias = binder.fresh("multi")
    keep = f"temp.main.{identifier(f'{alias}_{id(run)}')}"
    relation = bound.relation(alias, ())
    before_change(run, versions.ALL if "OVERWRITE" in run.words else None)
    own = not run.state.connection.in_transaction
    if own:
        run.state.connection.begin()
    counts: dict[str, int] = {}
    try:
        run.state.connection.change(f"CREATE TEMP TABLE {keep} AS {bound.sql}")
        for entry, sql in _multi_statements(run, binder, clauses, relation, f"{keep} AS {alias}"):
            key = f"number of rows inserted into {entry.name}"
            if "OVERWRITE" in run.words and key not in counts:
                run.state.connection.change(f"DELETE FROM {entry.physical}")
            counts[key] = counts.get(key, 0) + int(run.state.connection.change(sql)[0][0])
        run.state.connection.change(f"DROP TABLE {keep}")
        if own:
            run.state.connection.commit()
    except errors.SnowflakeError:
        if own:
            run.state.connection.rollback()
        raise
    result = StatementResult.dml(StatementType.MULTI_TABLE_INSERT, counts)
    result.row_counts = {"numRowsInserted": sum(counts.values())}
    return result


Clause = tuple[n.Expr | None, bool, list[tuple[Entry, list[TableColumn], list[n.Expr] | None]]]


def _multi_clauses(run: Run) -> list[Clause]:
    parser = run.parser
    clauses: list[Clause] = []
    if parser.is_word("INTO"):
        return [(None, False, _intos(run))]
    while parser.accept("WHEN"):
        condition = parser.expression()
        parser.expect("THEN")
        clauses.append((condition, False, _intos(run)))
    if parser.accept("ELSE"):
        clauses.append((None, True, _intos(run)))
    return clauses


def _intos(run: Run) -> list[tuple[Entry, list[TableColumn], list[n.Expr] | None]]:
    parser = run.parser
    found = []
    while parser.accept("INTO"):
        entry = target_table(run, "INSERT")
        names = parser.parenthesized(parser.identifier) if parser.is_op("(") else None
        values = parser.parenthesized(parser.expression) if parser.accept("VALUES") else None
        found.append((entry, insert_columns(entry, names), values))
    return found


def _multi_statements(
    run: Run, binder: Binder, clauses: list[Clause], relation: Relation, source: str
) -> list[tuple[Entry, str]]:
    binder.scope.relations = [relation]
    statements: list[tuple[Entry, str]] = []
    earlier: list[str] = []
    first = "FIRST" in run.words
    for condition, is_else, intos in clauses:
        tests = [f"NOT coalesce({test}, false)" for test in earlier] if first or is_else else []
        if condition is not None:
            test = binder.condition(condition)
            earlier.append(test)
            tests.append(test)
        where = f" WHERE {' AND '.join(tests)}" if tests else ""
        for entry, columns, values in intos:
            nodes = values if values is not None else [None] * len(relation.columns)
            if len(nodes) != len(columns):
                raise errors.INSERT_COLUMNS(len(columns), len(nodes))
            row: dict[str, str] = {}
            for index, (column, node) in enumerate(zip(columns, nodes, strict=True)):
                if isinstance(node, n.Name) and node.parts == ("DEFAULT",):
                    row[column.name] = default_sql(run, column)
                    continue
                given = relation.columns[index] if node is None else None
                value = Typed(given.sql, given.type) if given is not None else binder.expression(node)  # type: ignore[arg-type]
                row[column.name] = store(binder, value, column)
            keys, items = _complete(run, entry, row)
            statements.append((entry, f"INSERT INTO {entry.physical} ({keys}) SELECT {items} FROM {source}{where}"))
    return statements


# --- UPDATE and DELETE ------------------------------------------------------------------------------------------------
def target_relation(run: Run, binder: Binder, entry: Entry) -> tuple[str, Relation, str]:
    """The alias in SQL of the table a statement changes, its columns, and (after AND) the rows that it may change."""
    parser = run.parser
    alias = None
    if parser.accept("AS") or (parser.is_identifier() and not parser.is_word("SET", "USING", "WHERE", "FROM")):
        alias = parser.identifier()
    source = source_of(run.engine.catalog, entry)
    assert isinstance(source, TableSource)
    name = binder.fresh()
    relation = BoundQuery("", source.columns).relation(name, (alias,) if alias else entry.parts)
    collate_columns(relation)
    rows = protect(binder, relation, source.columns, source.protection) if source.protection is not None else None
    if source.computed:
        binder.fill_computed(relation, source)
    return name, relation, f" AND {rows}" if rows is not None else ""


@command("UPDATE")
def update(run: Run) -> StatementResult:
    entry = target_table(run, "UPDATE")
    parser, binder = run.parser, run.engine.binder(run)
    name, relation, visible = target_relation(run, binder, entry)
    parser.expect("SET")
    assignments = parser.comma_list(lambda: _assignment(parser))
    binder.scope.relations = [relation]
    from_sql = ""
    if parser.accept("FROM"):
        sources, relations = binder.source(parser._from())
        binder.scope.relations = [relation, *relations]
        from_sql = f" FROM {sources}"
    where = _where(run, binder, visible)
    parser.expect_end()
    sets = ", ".join(_set_sql(run, binder, entry, column, value) for column, value in assignments)
    if run.describe_only:
        return _update_result(0, 0)
    before_change(run, versions.ids_sql(entry, name, from_sql.replace(" FROM ", ", ", 1), where))
    multi = _multi_joined(run, entry, name, from_sql, where) if from_sql else 0
    rows = run.state.connection.change(f"UPDATE {entry.physical} AS {name} SET {sets}{from_sql}{where}")
    return _update_result(int(rows[0][0]), multi)


def _where(run: Run, binder: Binder, visible: str) -> str:
    if run.parser.accept("WHERE"):
        return f" WHERE ({binder.condition(run.parser.expression())}){visible}"
    return visible.replace(" AND", " WHERE", 1)


def _update_result(count: int, multi: int) -> StatementResult:
    return StatementResult.dml(
        StatementType.UPDATE, {"number of rows updated": count, "number of multi-joined rows updated": multi}
    )


def _multi_joined(run: Run, entry: Entry, name: str, from_sql: str, where: str) -> int:
    """Rows of the target that join more than one row."""
    inner = f"SELECT {name}.rowid FROM {entry.physical} AS {name}, {from_sql[6:]}{where}"
    rows = run.state.connection.run(f"SELECT count(*), min(rowid) FROM ({inner} GROUP BY 1 HAVING count(*) > 1)")
    count = int(rows[0][0])
    if count and run.session.parameters.flag("ERROR_ON_NONDETERMINISTIC_UPDATE"):
        raise duplicate_row(run, entry, int(rows[0][1]))
    return count


def duplicate_row(run: Run, entry: Entry, row: int) -> errors.SnowflakeError:
    """The error about a row of a table, given by its DuckDB row id, that would be changed more than once."""
    keys = ", ".join(identifier(column.key) for column in entry.columns if column.computed is None)
    values = run.state.connection.run(f"SELECT {keys} FROM {entry.physical} WHERE rowid = {row}")[0]
    shown = ("NULL" if value is None else f'"{value}"' if isinstance(value, str) else str(value) for value in values)
    return errors.DUPLICATE_DML_ROW(", ".join(shown))


def _assignment(parser: Parser) -> tuple[str, n.Expr]:
    column = parser.qualified()[-1]
    parser.expect_op("=")
    return column, parser.expression()


def _set_sql(run: Run, binder: Binder, entry: Entry, name: str, node: n.Expr) -> str:
    column = entry.column(name)
    if column is None:
        raise errors.INVALID_IDENTIFIER(written(name))
    if isinstance(node, n.Name) and node.parts == ("DEFAULT",):
        value = default_sql(run, column)
    else:
        value = store(binder, binder.expression(node), column)
    return f"{identifier(column.key)} = {value}"


@command("DELETE FROM", "DELETE")
def delete(run: Run) -> StatementResult:
    entry = target_table(run, "DELETE")
    parser, binder = run.parser, run.engine.binder(run)
    name, relation, visible = target_relation(run, binder, entry)
    binder.scope.relations = [relation]
    using = ""
    if parser.accept("USING"):
        sources, relations = binder.source(parser._from())
        binder.scope.relations = [relation, *relations]
        using = f" USING {sources}"
    where = _where(run, binder, visible)
    parser.expect_end()
    if run.describe_only:
        return StatementResult.dml(StatementType.DELETE, {"number of rows deleted": 0})
    before_change(run, versions.ids_sql(entry, name, using.replace(" USING ", ", ", 1), where))
    rows = run.state.connection.change(f"DELETE FROM {entry.physical} AS {name}{using}{where}")
    return StatementResult.dml(StatementType.DELETE, {"number of rows deleted": int(rows[0][0])})
