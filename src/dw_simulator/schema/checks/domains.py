"""Unique columns and keys: are there as many different values as rows are wanted?

The counts here are what type and rules allow at most; a generator that draws from fewer values says so itself.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from fractions import Fraction

from dw_simulator.schema.checks.context import Context, column_path, table_path
from dw_simulator.schema.checks.rules import first_moment, last_moment, number_range
from dw_simulator.schema.distributions import Categorical
from dw_simulator.schema.model import Column, DataType, Identity, Table

PRINTABLE = 95
"""printable ASCII characters"""

ENOUGH = 1 << 63
"""More rows than anyone can ask for: larger counts are not worked out."""


def check_unique_domains(context: Context) -> None:
    for table in context.experiment.tables:
        wanted = context.rows_of(table)
        for group in table.unique_groups():
            columns = [column for name in group if (column := context.column(table, name))]
            if len(columns) != len(group):
                continue
            if len(columns) == 1:
                _check_column(context, table, columns[0], wanted)
            else:
                _check_group(context, table, columns, wanted)


def _check_column(context: Context, table: Table, column: Column, wanted: int) -> None:
    if column.identity:
        _check_identity(context, table, column, column.identity, wanted)
        return
    possible = domain_size(context, column)
    if possible is not None and possible < wanted:
        context.report(
            column_path(table, column),
            f"the column is unique and can take {possible:,} different values, but {wanted:,} rows are wanted",
            _way_out(column),
        )


def _way_out(column: Column) -> str:
    if column.foreign_key:
        return f"ask for fewer rows, or for more rows in {column.foreign_key.table}"
    return "widen the column's bounds or type, or ask for fewer rows"


def _check_identity(context: Context, table: Table, column: Column, identity: Identity, wanted: int) -> None:
    bounds = number_range(column)
    last = identity.seed + max(wanted - 1, 0) * identity.step
    if bounds and not (bounds[0] <= identity.seed <= bounds[1] and bounds[0] <= last <= bounds[1]):
        context.report(
            column_path(table, column, "identity"),
            f"the identity would reach {last} after {wanted:,} rows, which {column.data_type} does not hold",
            "use BIGINT or ask for fewer rows",
        )


def _check_group(context: Context, table: Table, columns: list[Column], wanted: int) -> None:
    """The tuples of a group: the product of its columns; columns of one composite foreign key count once."""
    factors: list[str] = []
    possible = 1
    rest = {column.name.lower(): column for column in columns}
    for key in table.foreign_keys:
        covered = [name for name in (name.lower() for name in key.columns) if name in rest]
        parent = context.table(key.table)
        if covered and parent is not None:
            for name in covered:
                del rest[name]
            possible *= context.rows_of(parent)
            factors.append(f"{'+'.join(covered)}: {context.rows_of(parent):,}")
    for column in rest.values():
        size = identity_size(column, wanted) or domain_size(context, column)
        if size is None:
            return
        possible = min(possible * size, ENOUGH)
        factors.append(f"{column.name}: {size:,}")
    if possible < wanted:
        names = ", ".join(column.name for column in columns)
        context.report(
            table_path(table),
            f"the key ({names}) can take {possible:,} different values ({', '.join(factors)}), "
            f"but {wanted:,} rows are wanted",
            "widen the bounds or types of its columns, or ask for fewer rows",
        )


def identity_size(column: Column, wanted: int) -> int | None:
    return wanted if column.identity else None


def domain_size(context: Context, column: Column) -> int | None:
    """How many different values the column can take; None if that is not bounded by its type and rules."""
    if column.foreign_key:
        parent = context.table(column.foreign_key.table)
        return context.rows_of(parent) if parent else None
    if isinstance(column.distribution, Categorical):
        weights = column.distribution.weights or [1.0] * len(column.distribution.values)
        return len({value for value, weight in zip(column.distribution.values, weights, strict=True) if weight > 0})
    if column.data_type.is_number:
        return _number_domain(column)
    if column.data_type.is_temporal:
        return _temporal_domain(column)
    count = _OTHER_DOMAINS.get(column.data_type)
    return count(column) if count else None


def _number_domain(column: Column) -> int | None:
    bounds = number_range(column)
    if bounds is None:
        return 1 if column.min_value is not None and column.min_value == column.max_value else None
    step = 10 ** column.decimal_size[1] if column.data_type is DataType.DECIMAL else 1
    low = bounds[0] if column.min_value is None else Fraction(str(column.min_value))
    high = bounds[1] if column.max_value is None else Fraction(str(column.max_value))
    return _span(math.floor(high * step) - math.ceil(low * step))


def _temporal_domain(column: Column) -> int | None:
    if column.date_start is None or column.date_end is None:
        return None
    span = last_moment(column.date_end) - first_moment(column.date_start)
    unit = dt.timedelta(days=1) if column.data_type is DataType.DATE else dt.timedelta(microseconds=1)
    return _span(span // unit)


def _span(steps: int) -> int | None:
    """Values in so many steps; bounds in the wrong order are reported by another check."""
    return steps + 1 if steps >= 0 else None


def _text_domain(column: Column) -> int | None:
    limit = column.varchar_length or (1 if column.data_type is DataType.CHAR else None)
    if limit is None or limit > 9:
        return None
    return sum(int(PRINTABLE**length) for length in range(1, limit + 1))


def _binary_domain(column: Column) -> int | None:
    limit = column.varchar_length
    return None if limit is None or limit > 7 else sum(int(256**length) for length in range(limit + 1))


_OTHER_DOMAINS: dict[DataType, Callable[[Column], int | None]] = {
    DataType.BOOLEAN: lambda _: 2,
    DataType.TIME: lambda _: 86_400_000_000,
    DataType.VARCHAR: _text_domain,
    DataType.CHAR: _text_domain,
    DataType.BINARY: _binary_domain,
}


def check_parents_have_rows(context: Context) -> None:
    for reference in context.experiment.references():
        child, parent = context.table(reference.table), context.table(reference.parent)
        if child is None or parent is None or context.rows_of(parent) or not context.rows_of(child):
            continue
        columns = [column for name in reference.columns if (column := context.column(child, name))]
        key = {name.lower() for name in child.primary_key}
        if all(column.required or column.name.lower() in key for column in columns):
            context.report(
                column_path(child, columns[0], "foreign_key") if columns else table_path(child, "foreign_keys"),
                f"{child.name} wants {context.rows_of(child):,} rows that refer to {parent.name}, which has 0 rows",
                f"give {parent.name} rows, or let the column be NULL",
            )


CHECKS = (check_unique_domains, check_parents_have_rows)
