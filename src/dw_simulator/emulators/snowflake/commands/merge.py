"""MERGE. Vendor page: "MERGE"."""

from __future__ import annotations

import re
from dataclasses import dataclass

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
    duplicate_row,
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


@dataclass(slots=True)
class _Clause:
    """A WHEN clause as SQL: its condition (empty: always) and what it does."""

    matched: bool
    condition: str
    action: str
    sql: str

    def text(self) -> str:
        condition = f" AND {self.condition}" if self.condition else ""
        return f"WHEN {'' if self.matched else 'NOT '}MATCHED{condition} THEN {self.sql}"


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
    clauses: list[_Clause] = []
    while parser.accept("WHEN"):
        clauses.append(_clause(run, binder, entry, target, relations))
    parser.expect_end()
    actions = {clause.action for clause in clauses}
    acting = [clause for clause in clauses if clause.matched]
    if run.describe_only:
        return _result(actions, {})
    before_change(run, versions.ids_sql(entry, name, f" JOIN {source_sql} ON ({on})") if acting else None)
    if acting and _joins_many(run, entry, name, source_sql, on):
        source_sql, on = _one_each(run, entry, name, source_sql, on, acting)
    listed = " ".join(clause.text() for clause in clauses)
    sql = f"MERGE INTO {entry.physical} AS {name} USING {source_sql} ON ({on}) {listed} RETURNING merge_action"
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


def _joins_many(run: Run, entry: Entry, name: str, source_sql: str, on: str) -> bool:
    """Whether a row of the target joins more than one row of the source."""
    inner = f"SELECT {name}.rowid FROM {entry.physical} AS {name} JOIN {source_sql} ON ({on})"
    return bool(run.state.connection.run(f"SELECT 1 FROM ({inner} GROUP BY 1 HAVING count(*) > 1) LIMIT 1"))


def _one_each(run: Run, entry: Entry, name: str, source_sql: str, on: str, clauses: list[_Clause]) -> tuple[str, str]:
    """The source, and the condition that joins it, so that at most one of its rows acts on a row of the target.

    Rows that no clause acts for do not count, and several that delete one row do not conflict. Vendor page: "MERGE",
    "Nondeterministic results for UPDATE and DELETE".

    Raises:
        SnowflakeError: 100090, rows conflict and ERROR_ON_NONDETERMINISTIC_MERGE is set.
    """
    found = re.search(r" AS (\w+)$", source_sql)
    if found is None:
        raise errors.UNSUPPORTED_FEATURE("MERGE from joined tables that match a row more than once")
    source = found[1]
    cases = " ".join(f"WHEN {clause.condition or 'true'} THEN '{clause.action}'" for clause in clauses)
    pairs = (
        f"SELECT {source}.*, {name}.rowid AS merge_row, CASE {cases} END AS merge_does "
        f"FROM {source_sql} LEFT JOIN {entry.physical} AS {name} ON ({on})"
    )
    if run.session.parameters.flag("ERROR_ON_NONDETERMINISTIC_MERGE"):
        conflicts = run.state.connection.run(
            f"SELECT merge_row FROM ({pairs}) WHERE merge_row IS NOT NULL AND merge_does IS NOT NULL GROUP BY 1 "
            "HAVING count(*) > 1 AND bool_or(merge_does = 'UPDATE') LIMIT 1"
        )
        if conflicts:
            raise duplicate_row(run, entry, int(conflicts[0][0]))
    kept = (
        f"SELECT * FROM ({pairs}) WHERE merge_row IS NULL OR merge_does IS NOT NULL "
        "QUALIFY merge_row IS NULL OR row_number() OVER (PARTITION BY merge_row) = 1"
    )
    return f"({kept}) AS {source}", f"{name}.rowid = {source}.merge_row"


def _clause(run: Run, binder: Binder, entry: Entry, target: Relation, relations: list[Relation]) -> _Clause:
    parser = run.parser
    negated = parser.accept("NOT")
    parser.expect("MATCHED")
    if negated and parser.accept("BY"):
        parser.expect("TARGET")
    binder.scope.relations = relations if negated else [target, *relations]
    condition = binder.condition(parser.expression()) if parser.accept("AND") else ""
    parser.expect("THEN")
    demand(run, entry, parser.token.value)
    if parser.accept("DELETE"):
        return _Clause(not negated, condition, "DELETE", "DELETE")
    if parser.accept("UPDATE"):
        if parser.accept("ALL", "BY", "NAME"):
            sql = _update_by_name(binder, entry, relations)
        else:
            parser.expect("SET")
            sets = parser.comma_list(lambda: _assignment(parser))
            sql = "UPDATE SET " + ", ".join(_set_sql(run, binder, entry, name, value) for name, value in sets)
        return _Clause(not negated, condition, "UPDATE", sql)
    parser.expect("INSERT")
    return _Clause(not negated, condition, "INSERT", _insert(run, binder, entry, relations))


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
