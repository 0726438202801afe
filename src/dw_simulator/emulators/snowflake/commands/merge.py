"""MERGE. Vendor page: "MERGE"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import versions
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.commands.context import before_change
from dw_simulator.emulators.snowflake.commands.dml import (
    _assignment,
    _complete,
    _set_sql,
    default_sql,
    demand,
    insert_columns,
    store,
    target_relation,
    target_table,
)
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.results import StatementResult, StatementType
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.binder import Binder
from dw_simulator.emulators.snowflake.translation.scope import Relation
from dw_simulator.emulators.snowflake.translation.text import identifier


@command("MERGE INTO")
def merge(run: Run) -> StatementResult:
    entry = target_table(run, "MERGE")
    parser, binder = run.parser, run.engine.binder(run)
    name, target, visible = target_relation(run, binder, entry)
    parser.expect("USING")
    source_sql, relations = binder.source(parser.table_source())
    parser.expect("ON")
    binder.scope.relations = [target, *relations]
    on = f"({binder.condition(parser.expression())}){visible}"
    clauses, matched = [], False
    actions: set[str] = set()
    while parser.accept("WHEN"):
        clauses.append(_clause(run, binder, entry, target, relations, actions))
        matched = matched or clauses[-1].startswith("WHEN MATCHED")
    parser.expect_end()
    if run.describe_only:
        return _result(actions, {})
    before_change(run, versions.ids_sql(entry, name, f" JOIN {source_sql} ON ({on})") if matched else None)
    if matched and run.session.parameters.flag("ERROR_ON_NONDETERMINISTIC_MERGE"):
        _check_deterministic(run, entry, name, source_sql, on)
    sql = (
        f"MERGE INTO {entry.physical} AS {name} USING {source_sql} ON ({on}) {' '.join(clauses)} RETURNING merge_action"
    )
    counts: dict[str, int] = {}
    for (action,) in run.state.connection.change(sql):
        counts[action] = counts.get(action, 0) + 1
    return _result(actions, counts)


def _result(actions: set[str], counts: dict[str, int]) -> StatementResult:
    """Columns for the kinds of clauses that the statement has."""
    shown = {
        "INSERT": "number of rows inserted",
        "UPDATE": "number of rows updated",
        "DELETE": "number of rows deleted",
    }
    return StatementResult.dml(
        StatementType.MERGE, {label: counts.get(action, 0) for action, label in shown.items() if action in actions}
    )


def _check_deterministic(run: Run, entry: Entry, name: str, source_sql: str, on: str) -> None:
    inner = f"SELECT {name}.rowid FROM {entry.physical} AS {name} JOIN {source_sql} ON ({on})"
    rows = run.state.connection.run(f"SELECT count(*) FROM ({inner} GROUP BY 1 HAVING count(*) > 1)")
    if rows[0][0]:
        raise errors.DUPLICATE_DML_ROW("")


def _clause(
    run: Run, binder: Binder, entry: Entry, target: Relation, relations: list[Relation], actions: set[str]
) -> str:
    parser = run.parser
    negated = parser.accept("NOT")
    parser.expect("MATCHED")
    if negated and parser.accept("BY"):
        parser.expect("TARGET")
    binder.scope.relations = relations if negated else [target, *relations]
    condition = f" AND {binder.condition(parser.expression())}" if parser.accept("AND") else ""
    parser.expect("THEN")
    head = f"WHEN {'NOT ' if negated else ''}MATCHED{condition} THEN "
    demand(run, entry, parser.token.value)
    if parser.accept("DELETE"):
        actions.add("DELETE")
        return head + "DELETE"
    if parser.accept("UPDATE"):
        actions.add("UPDATE")
        if parser.accept("ALL", "BY", "NAME"):
            return head + _update_by_name(binder, entry, relations)
        parser.expect("SET")
        sets = parser.comma_list(lambda: _assignment(parser))
        return head + "UPDATE SET " + ", ".join(_set_sql(run, binder, entry, name, value) for name, value in sets)
    parser.expect("INSERT")
    actions.add("INSERT")
    return head + _insert(run, binder, entry, relations)


def _source_columns(relations: list[Relation]) -> dict[str, n.Name]:
    return {column.name: n.Name((column.name,)) for relation in relations for column in relation.columns}


def _update_by_name(binder: Binder, entry: Entry, relations: list[Relation]) -> str:
    binder.scope.relations = relations
    names = _source_columns(relations)
    sets = [
        f"{identifier(column.key)} = {store(binder, binder.expression(names[column.name]), column)}"
        for column in entry.columns
        if column.name in names
    ]
    return "UPDATE SET " + ", ".join(sets)


def _insert(run: Run, binder: Binder, entry: Entry, relations: list[Relation]) -> str:
    parser = run.parser
    if parser.accept("ALL", "BY", "NAME"):
        names = _source_columns(relations)
        columns = [column for column in entry.columns if column.name in names]
        nodes: list[n.Expr] = [names[column.name] for column in columns]
    else:
        given = parser.parenthesized(lambda: parser.qualified()[-1]) if parser.is_op("(") else None
        columns = insert_columns(entry, given)
        parser.expect("VALUES")
        nodes = parser.parenthesized(parser.expression)
    if len(nodes) != len(columns):
        raise errors.INSERT_COLUMNS(len(columns), len(nodes))
    values = {}
    for column, node in zip(columns, nodes, strict=True):
        if isinstance(node, n.Name) and node.parts == ("DEFAULT",):
            values[column.name] = default_sql(run, column)
        else:
            values[column.name] = store(binder, binder.expression(node), column)
    keys, items = _complete(run, entry, values)
    return f"INSERT ({keys}) VALUES ({items})"
