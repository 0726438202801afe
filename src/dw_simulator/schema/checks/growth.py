"""Tables that grow: a time column that can go on, and what no increment can keep."""

from __future__ import annotations

import datetime as dt

from dw_simulator.schema.checks.context import Context, column_path, table_path
from dw_simulator.schema.checks.correlations import correlated_columns
from dw_simulator.schema.model import MAX_ROWS, Column, DataType, Table
from dw_simulator.schema.rules import Growth
from dw_simulator.schema.suggest import did_you_mean

_KINDS = (DataType.DATE, DataType.TIMESTAMP, DataType.TIMESTAMP_TZ)
_DERIVED = ("expression", "after", "rollup", "foreign_key")
_DAY = dt.timedelta(days=1)


def first_day(growth: Growth, column: Column) -> dt.date | None:
    """The first day that is added; None if neither the growth nor the column says it, or if there is none after it."""
    if growth.start is not None:
        return _day(growth.start)
    if column.date_end is None or _day(column.date_end) == dt.date.max:
        return None
    return _day(column.date_end) + _DAY


def last_day(growth: Growth, column: Column) -> dt.date | None:
    """The last day that can be added."""
    first = first_day(growth, column)
    return None if first is None else first + dt.timedelta(growth.max_days - 1)


def growth_of(table: Table, column: Column) -> Growth | None:
    """The growth whose time column this is."""
    growth = table.growth
    name = growth.time_column if growth is not None else None
    return growth if name is not None and name.lower() == column.name.lower() else None


def _day(moment: dt.date) -> dt.date:
    return moment.date() if isinstance(moment, dt.datetime) else moment


def check_growth(context: Context) -> None:
    for table in context.experiment.tables:
        growth = table.growth
        if growth is None:
            continue
        if context.rows_of(table) > MAX_ROWS:
            context.report(
                table_path(table, "growth"),
                f"with {growth.max_days:,} days of {growth.rows_per_day:,} rows it has more than {MAX_ROWS:,} rows",
                "give it a lower max_days or rows_per_day",
            )
        if growth.time_column is not None:
            _check_time_column(context, table, growth, growth.time_column)


def _check_time_column(context: Context, table: Table, growth: Growth, name: str) -> None:
    path, column = table_path(table, "growth", "time_column"), context.column(table, name)
    if column is None:
        known = [one.name for one in table.columns if one.data_type in _KINDS]
        context.report(path, f"there is no column {name!r}", did_you_mean(name, known, "days and moments are"))
        return
    if column.data_type not in _KINDS:
        context.report(path, f"column {column.name!r} is of type {column.data_type}", "name a DATE or TIMESTAMP")
        return
    if why := _cannot_go_on(table, column):
        context.report(path, f"column {column.name!r} cannot go on by itself: {why}", "name one that follows no rule")
        return
    start = first_day(growth, column)
    if start is None:
        context.report(
            table_path(table, "growth"),
            f"nothing says which day comes after those of {column.name!r}",
            f"add start to growth, or date_end to {column.name}",
        )
    elif column.date_end is not None and start <= _day(column.date_end):
        context.report(
            table_path(table, "growth", "start"),
            f"the first day that is added, {start}, is not after date_end of {column.name!r}, {_day(column.date_end)}",
            f"start on {_day(column.date_end) + _DAY} or later",
        )
    elif (dt.date.max - start).days < growth.max_days:
        context.report(
            table_path(table, "growth"),
            f"{growth.max_days} days from {start} go past the year 9999",
            "use fewer days",
        )


def _cannot_go_on(table: Table, column: Column) -> str | None:
    name = column.name.lower()
    keys = {one.lower() for group in table.unique_groups() for one in group}
    keys |= {one.lower() for key in table.foreign_keys for one in key.columns}
    if name in keys:
        return "it is part of a key, or unique"
    rule = next((rule for rule in _DERIVED if getattr(column, rule) is not None), None)
    if rule is None and column.distribution is not None and column.distribution.type == "conditional":
        rule = "conditional distribution"
    if rule is None and any(name in {one.lower() for one in lookup.columns} for lookup in table.lookups):
        rule = "lookup"
    if rule is not None:
        return f"its {rule} decides its values"
    correlated = {one for group in correlated_columns(table) for one in group.columns}
    return "it is correlated with others" if name in correlated else None


def check_totals(context: Context) -> None:
    """Rules that depend on how many rows there are in all."""
    for reference in context.experiment.references():
        table, parent = context.table(reference.table), context.table(reference.parent)
        if table is None or parent is None or not (table.growth or parent.growth):
            continue
        column = context.column(table, reference.columns[0])
        if column is None:
            continue
        growing = table if table.growth else parent
        key = column.foreign_key
        if context.experiment.fan_out(reference) is not None:
            context.report(
                column_path(table, column, "foreign_key", "fan_out"),
                f"fan_out spreads all rows of {table.name} over all rows of {parent.name}, and {growing.name} grows",
                "remove fan_out, and the roll-ups that need it, or growth",
            )
        elif key is not None and key.hierarchy is not None:
            context.report(
                column_path(table, column, "foreign_key", "hierarchy"),
                f"hierarchy lays out all rows of {table.name}, which grows",
                "remove hierarchy: rows then refer to earlier rows",
            )
        elif parent.growth and parent is not table and column.distribution and column.distribution.type == "zipf":
            context.report(
                column_path(table, column, "distribution"),
                f"zipf ranks all rows of {parent.name}, which grows",
                "remove the distribution: rows then refer to any row that is there",
            )


CHECKS = (check_growth, check_totals)
