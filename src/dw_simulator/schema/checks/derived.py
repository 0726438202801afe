"""Columns that follow from other columns: expressions, moments after others, conditional distributions, lookups."""

from __future__ import annotations

from collections.abc import Iterator

from dw_simulator.schema.checks.context import Context, column_path, table_path
from dw_simulator.schema.checks.values import MOST_REPORTED, value_problem
from dw_simulator.schema.expressions import ExpressionError, Kind, Name, Type, bind, names_in, parse, type_of_column
from dw_simulator.schema.model import Column, Table
from dw_simulator.schema.resolve import expressions_of, is_ordinal_in_keys, moment_name, names_of, resolve, rollup_key
from dw_simulator.schema.rules import Rollup
from dw_simulator.schema.suggest import did_you_mean

Place = tuple[str, str]
"""(table, column), both in lower case."""


def check_expressions(context: Context) -> None:
    for table, column in context.each_column():
        for path, text in expressions_of(column):
            _check_expression(context, table, column, path, text)


def _check_expression(
    context: Context, table: Table, column: Column, path: str, text: str, owner: Table | None = None
) -> None:
    """``text`` is about rows of ``table``; ``owner`` is the column's table where that is another."""

    def type_of(name: Name) -> Type:
        return type_of_column(resolve(context.experiment, table, name)[1])

    place = column_path(owner or table, column, path)
    try:
        found = bind(parse(text), type_of)
    except ExpressionError as error:
        context.report(place, f"{text!r}: {error}", error.hint or "docs/expressions.md says what can be written")
        return
    if path.endswith(("when", "where")) and found.type.kind is not Kind.BOOLEAN:
        context.report(place, f"{text!r} is {found.type.kind}, wanted is a condition", "compare something")


def check_moments(context: Context) -> None:
    for table, column in context.each_column():
        if column.after is None:
            continue
        path = column_path(table, column, "after")
        if not column.data_type.is_temporal:
            context.report(path, f"after does not fit type {column.data_type}", "it is for DATE and TIMESTAMP")
        for text in column.after.columns:
            try:
                _, other = resolve(context.experiment, table, moment_name(text))
            except ExpressionError as error:
                context.report(f"{path}.columns", str(error), error.hint)
                continue
            if not other.data_type.is_temporal:
                context.report(
                    f"{path}.columns",
                    f"{text!r} is {other.data_type}, wanted is a date or timestamp",
                    "name a column of type DATE or TIMESTAMP",
                )


def check_rollups(context: Context) -> None:
    for table, column in context.each_column():
        rule = column.rollup
        if rule is None:
            continue
        path = column_path(table, column, "rollup")
        try:
            child = context.tables[rollup_key(context.experiment, table, rule).table.lower()]
        except ExpressionError as error:
            context.report(path, str(error), error.hint)
            continue
        for part, text in (("value", rule.value), ("where", rule.where)):
            if text is not None:
                _check_expression(context, child, column, f"rollup.{part}", text, table)


_DERIVED = ("expression", "after", "rollup")
_OTHERS = (
    "identity", "foreign_key", "faker_rule", "locale", "document", "distribution", "min_value", "max_value",
    "date_start", "date_end",
)  # fmt: skip
_KEPT = {"after": ("date_end",)}


def check_one_rule(context: Context) -> None:
    """An expression or a moment after others says all about a column's values."""
    for table, column in context.each_column():
        rules = [rule for rule in _DERIVED if getattr(column, rule) is not None]
        for rule in rules[:1]:
            _report_others(context, table, column, rule, rules[1:])
            _report_keys(context, table, column, rule)
        if column.name.lower() in _looked_up(table):
            _report_others(context, table, column, "a lookup", rules)
            _report_keys(context, table, column, "a lookup")


def _report_others(context: Context, table: Table, column: Column, rule: str, more: list[str]) -> None:
    for other in (*more, *_OTHERS):
        if getattr(column, other) is not None and other not in _KEPT.get(rule, ()):
            context.report(
                column_path(table, column, other),
                f"{other} contradicts {rule}, which already says every value",
                f"remove {other}",
            )


def _report_keys(context: Context, table: Table, column: Column, rule: str) -> None:
    keys = {name.lower() for group in table.unique_groups() for name in group}
    keys |= {name.lower() for key in table.foreign_keys for name in key.columns}
    if column.name.lower() in keys and not is_ordinal_in_keys(table, column):
        context.report(
            column_path(table, column),
            f"the column is part of a key, but {rule} decides its values, which may repeat",
            "leave it out of the key: a key of the columns that it follows from keeps rows apart",
        )


def check_fan_outs(context: Context) -> None:
    """Numbers of children belong to foreign keys to other tables, levels to those to the own one."""
    for table, column in context.each_column():
        key = column.foreign_key
        if key is None:
            continue
        path, is_self = column_path(table, column, "foreign_key"), key.table.lower() == table.name.lower()
        rules = [rule for rule in ("fan_out", "hierarchy") if getattr(key, rule) is not None]
        if key.fan_out is not None and is_self:
            context.report(f"{path}.fan_out", "a table that refers to itself has no fan_out", "use hierarchy")
        if key.hierarchy is not None and not is_self:
            context.report(f"{path}.hierarchy", "a hierarchy is for a table that refers to itself", "use fan_out")
        for rule in rules:
            if column.distribution is not None:
                context.report(f"{path}.{rule}", f"{rule} contradicts the distribution", "remove one of them")
            if table.is_unique_column(column.name):
                context.report(f"{path}.{rule}", f"{rule} contradicts is_unique: a parent has one child", "remove it")
        if key.hierarchy is not None:
            least, rows = key.hierarchy.roots + key.hierarchy.depth, context.rows_of(table)
            if 0 < rows < least:
                context.report(
                    f"{path}.hierarchy",
                    f"{key.hierarchy.roots} roots and {key.hierarchy.depth} levels want {least} rows, not {rows}",
                    "ask for more rows, or fewer levels",
                )


# --- lookups ------------------------------------------------------------------------------------
def _looked_up(table: Table) -> set[str]:
    return {name.lower() for lookup in table.lookups for name in lookup.columns}


def check_lookups(context: Context) -> None:
    for table in context.experiment.tables:
        seen: set[str] = set()
        for index, lookup in enumerate(table.lookups):
            path = table_path(table, "lookups", str(index))
            for place, name in enumerate(lookup.columns):
                column = context.column(table, name)
                if column is None:
                    known = [one.name for one in table.columns]
                    hint = did_you_mean(name, known, "its columns are")
                    context.report(f"{path}.columns", f"table {table.name!r} has no column {name!r}", hint)
                elif name.lower() in seen:
                    context.report(f"{path}.columns", f"column {name!r} is looked up twice", "name it once")
                else:
                    _check_cells(context, path, column, [row[place] for row in lookup.rows])
                seen.add(name.lower())


def _check_cells(context: Context, path: str, column: Column, cells: list[str | int | float | bool | None]) -> None:
    never_null = column.required
    wrong: list[str] = []
    for number, cell in enumerate(cells, start=1):
        if cell is None:
            problem = "null in a required column" if never_null else None
        else:
            problem = value_problem(context, column, cell)
        if problem:
            wrong.append(f"row {number}, column {column.name!r}: {problem}")
    for problem in wrong[:MOST_REPORTED]:
        context.report(f"{path}.rows", problem)
    if len(wrong) > MOST_REPORTED:
        context.report(f"{path}.rows", f"and {len(wrong) - MOST_REPORTED} more values that do not fit")


# --- circles ------------------------------------------------------------------------------------
def check_circles(context: Context) -> None:
    """Columns that would follow from themselves."""
    edges = {place: list(_follows(context, *place)) for place in _places(context)}
    done: set[Place] = set()
    for start in edges:
        circle = _circle_from(start, edges, done)
        if circle:
            table, column = circle[0]
            names = " -> ".join(f"{one}.{other}" for one, other in [*circle, circle[0]])
            context.report(
                f"tables.{table}.columns.{column}",
                f"its value would follow from itself: {names}",
                "give one of the columns of the circle values of its own",
            )


def _places(context: Context) -> Iterator[Place]:
    for table, column in context.each_column():
        yield table.name.lower(), column.name.lower()


def _follows(context: Context, table_name: str, column_name: str) -> Iterator[Place]:
    table = context.tables[table_name]
    column = context.column(table, column_name)
    if column is None:  # of a second table of this name, which is reported
        return
    if column.foreign_key is not None and column.foreign_key.table.lower() != table_name:
        yield column.foreign_key.table.lower(), column.foreign_key.column.lower()
    try:
        names = list(names_of(column))
    except ExpressionError:
        return
    if column.rollup is not None:
        yield from _rolled(context, table, column.rollup)
    for name in names:
        try:
            found, other = resolve(context.experiment, table, name)
        except ExpressionError:
            continue
        yield found.name.lower(), other.name.lower()


def _rolled(context: Context, table: Table, rule: Rollup) -> Iterator[Place]:
    try:
        child = context.tables[rollup_key(context.experiment, table, rule).table.lower()]
        names = [name for text in (rule.value, rule.where) if text is not None for name in names_in(parse(text))]
        for name in names:
            found, other = resolve(context.experiment, child, name)
            yield found.name.lower(), other.name.lower()
    except ExpressionError:
        return


def _circle_from(start: Place, edges: dict[Place, list[Place]], done: set[Place]) -> list[Place]:
    """The first circle that can be reached from ``start``; nothing if there is none that was not found before."""
    path: list[Place] = []
    stack: list[tuple[Place, int]] = [(start, 0)]
    while stack:
        place, depth = stack.pop()
        done.update(path[depth:])
        del path[depth:]
        if place in path:
            done.update(path)
            return path[path.index(place) :]
        if place in done:
            continue
        path.append(place)
        stack.extend((following, depth + 1) for following in edges.get(place, []))
    done.update(path)
    return []


CHECKS = (check_expressions, check_moments, check_rollups, check_fan_outs, check_one_rule, check_lookups, check_circles)
