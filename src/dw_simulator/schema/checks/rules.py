"""The rules of one column: which fit its type, bounds in order and within what the type holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction

from dw_simulator.schema.checks.context import Context, column_path
from dw_simulator.schema.distributions import parts_of
from dw_simulator.schema.model import INTEGER_RANGES, Column, DataType, Table

Number = int | Decimal | float

MAX_VARCHAR = {"redshift": 65_535, "snowflake": 134_217_728}
"""bytes in Redshift (page "Character types"), characters in Snowflake (page "String & binary data types")"""
MAX_CHAR = {"redshift": 4096, "snowflake": 134_217_728}

_NUMBERS = frozenset(kind for kind in DataType if kind.is_number)
_TEMPORAL = frozenset(kind for kind in DataType if kind.is_temporal)
_TEXT = frozenset({DataType.VARCHAR, DataType.CHAR})
_SIZED = _TEXT | {DataType.BINARY}

RULE_TYPES: dict[str, frozenset[DataType]] = {
    "min_value": _NUMBERS,
    "max_value": _NUMBERS,
    "date_start": _TEMPORAL,
    "date_end": _TEMPORAL,
    "varchar_length": _SIZED,
    "faker_rule": _TEXT,
    "locale": _TEXT,
    "document": frozenset({DataType.JSON}),
    "identity": frozenset({*INTEGER_RANGES, DataType.DECIMAL}),
}
"""Which types a rule is for."""

ALL_TYPES = frozenset(DataType)
_INTEGERS = frozenset(INTEGER_RANGES)
DISTRIBUTION_TYPES: dict[str, frozenset[DataType]] = {
    "uniform": ALL_TYPES - {DataType.JSON, DataType.BINARY},
    "normal": _NUMBERS,
    "lognormal": _NUMBERS,
    "exponential": _NUMBERS,
    "gamma": _NUMBERS,
    "beta": _NUMBERS,
    "poisson": _NUMBERS,
    "binomial": _NUMBERS,
    "pareto": _NUMBERS,
    "zipf": _INTEGERS | _TEXT,
    "categorical": ALL_TYPES - {DataType.BINARY},
    "histogram": _NUMBERS | _TEMPORAL,
    "mixture": _NUMBERS,
    "calendar": _TEMPORAL,
    "markov": _TEXT,
    "conditional": ALL_TYPES - {DataType.BINARY},
}
KEY_DISTRIBUTIONS = frozenset({"uniform", "zipf"})
"""What a foreign key may say about how children spread over parents."""

RULES_OF_VALUES = ("min_value", "max_value", "date_start", "date_end", "faker_rule", "locale")


def check_rules_fit(context: Context) -> None:
    for table, column in context.each_column():
        for rule, types in RULE_TYPES.items():
            if getattr(column, rule) is not None and column.data_type not in types:
                context.report(
                    column_path(table, column, rule),
                    f"{rule} does not fit type {column.data_type}; it is for {_listing(types)}",
                    f"remove {rule} or change the type",
                )
        _check_distribution(context, table, column)
        _check_exclusive(context, table, column)


def _listing(types: frozenset[DataType]) -> str:
    return ", ".join(kind for kind in DataType if kind in types)


def _check_distribution(context: Context, table: Table, column: Column) -> None:
    for path, part in parts_of(column.distribution):
        _check_part(context, column, column_path(table, column, path), part.type)


def _check_part(context: Context, column: Column, path: str, name: str) -> None:
    if column.foreign_key:
        if name not in KEY_DISTRIBUTIONS:
            context.report(
                path,
                f"distribution {name} does not fit a foreign key; uniform and zipf do "
                "(how children spread over parents)",
            )
    elif column.data_type not in DISTRIBUTION_TYPES[name]:
        fitting = [other for other, types in DISTRIBUTION_TYPES.items() if column.data_type in types]
        context.report(
            path,
            f"distribution {name} does not fit type {column.data_type}; "
            + (f"{', '.join(fitting)} do" if fitting else "none does"),
        )
    elif column.is_unique and name not in ("uniform", "categorical"):
        context.report(
            path,
            f"a unique column cannot follow a {name} distribution: every value appears once",
            "remove is_unique or the distribution",
        )


def _check_exclusive(context: Context, table: Table, column: Column) -> None:
    """An identity, a foreign key and categorical values each say all about a column's values."""
    given = [rule for rule in RULES_OF_VALUES if getattr(column, rule) is not None]
    if column.identity:
        others = given + [rule for rule in ("distribution", "foreign_key") if getattr(column, rule) is not None]
        _report_exclusive(context, table, column, "identity", others)
        if column.null_fraction:
            context.report(column_path(table, column, "null_fraction"), "an identity column is never NULL", "remove it")
    elif column.foreign_key:
        _report_exclusive(context, table, column, "foreign_key", given)
    elif column.distribution and column.distribution.type in ("categorical", "markov"):
        texts = [rule for rule in ("faker_rule", "locale") if rule in given]
        _report_exclusive(context, table, column, f"the {column.distribution.type} distribution", texts)


def _report_exclusive(context: Context, table: Table, column: Column, ruler: str, others: Sequence[str]) -> None:
    for rule in others:
        context.report(
            column_path(table, column, rule),
            f"{rule} contradicts {ruler}, which already says every value",
            f"remove {rule}",
        )


def check_nulls(context: Context) -> None:
    for table, column in context.each_column():
        if not column.null_fraction:
            continue
        path = column_path(table, column, "null_fraction")
        if column.name.lower() in {name.lower() for name in table.primary_key}:
            context.report(
                path,
                f"null_fraction is {column.null_fraction} on a column of the primary key, which is never NULL",
                "remove it",
            )
        elif column.required:
            context.report(
                path,
                f"null_fraction is {column.null_fraction} but the column is required (NOT NULL)",
                "remove null_fraction or required",
            )


# --- bounds ---------------------------------------------------------------------------------------
def number_range(column: Column) -> tuple[Fraction, Fraction] | None:
    """Smallest and largest number that the column's type holds; None for types that are not bounded numbers."""
    if column.data_type in INTEGER_RANGES:
        low, high = INTEGER_RANGES[column.data_type]
        return Fraction(low), Fraction(high)
    if column.data_type is DataType.DECIMAL:
        precision, scale = column.decimal_size
        largest = Fraction(10**precision - 1, 10**scale)
        return -largest, largest
    return None


def check_number_bounds(context: Context) -> None:
    for table, column in context.each_column():
        if not column.data_type.is_number:
            continue
        low, high = column.min_value, column.max_value
        for rule, value in (("min_value", low), ("max_value", high)):
            if value is not None and (problem := number_problem(column, value)):
                context.report(column_path(table, column, rule), f"{rule} {problem}")
        if low is not None and high is not None and low > high:
            context.report(
                column_path(table, column, "max_value"),
                f"max_value {high} is smaller than min_value {low}",
                "exchange them",
            )


def number_problem(column: Column, value: Number) -> str | None:
    """Why the column's type cannot hold this number: ``70000 is outside SMALLINT (-32768 to 32767)``."""
    exact = Fraction(str(value)) if isinstance(value, float) else Fraction(value)
    bounds = number_range(column)
    if column.data_type.is_integer and exact.denominator != 1:
        return f"{value} is not a whole number, as {column.data_type} wants"
    if bounds and not bounds[0] <= exact <= bounds[1]:
        low, high = (_plain(bound, column) for bound in bounds)
        return f"{value} is outside {type_text(column)} ({low} to {high})"
    if column.data_type is DataType.DECIMAL and (exact * 10 ** column.decimal_size[1]).denominator != 1:
        return f"{value} has more than {column.decimal_size[1]} digits after the point, as {type_text(column)} allows"
    return None


def _plain(bound: Fraction, column: Column) -> str:
    scale = column.decimal_size[1] if column.data_type is DataType.DECIMAL else 0
    digits = str(abs(int(bound * 10**scale))).rjust(scale + 1, "0")
    text = f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits
    return f"-{text}" if bound < 0 else text


def type_text(column: Column) -> str:
    """``DECIMAL(10,2)``, ``VARCHAR(30)``, ``INT``"""
    if column.data_type is DataType.DECIMAL:
        return "DECIMAL({},{})".format(*column.decimal_size)
    if column.varchar_length is not None:
        return f"{column.data_type}({column.varchar_length})"
    return str(column.data_type)


def check_date_bounds(context: Context) -> None:
    for table, column in context.each_column():
        if column.data_type not in _TEMPORAL:
            continue
        bounds = {"date_start": column.date_start, "date_end": column.date_end}
        wrong = [_report_moment(context, table, column, rule, value) for rule, value in bounds.items()]
        if any(wrong):
            continue
        start, end = column.date_start, column.date_end
        if start is not None and end is not None and first_moment(start) > last_moment(end):
            context.report(
                column_path(table, column, "date_end"), f"date_end {end} is before date_start {start}", "exchange them"
            )


def _report_moment(context: Context, table: Table, column: Column, rule: str, value: dt.date | None) -> bool:
    path = column_path(table, column, rule)
    if not isinstance(value, dt.datetime):
        return False
    if value.tzinfo and column.data_type is not DataType.TIMESTAMP_TZ:
        context.report(
            path,
            f"{rule} {value} has a time zone, which {column.data_type} does not hold",
            "remove it, or use TIMESTAMP_TZ",
        )
        return True
    if column.data_type is DataType.DATE and value.time() != dt.time():
        context.report(path, f"{rule} {value} has a time of day, which DATE does not hold", f"write {value.date()}")
        return True
    return False


def first_moment(value: dt.date) -> dt.datetime:
    """A date as its first microsecond, UTC where no zone is given."""
    if not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time.min)
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)


def last_moment(value: dt.date) -> dt.datetime:
    """A date as its last microsecond (``date_end`` is included), UTC where no zone is given."""
    if not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time.max)
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)


# --- lengths --------------------------------------------------------------------------------------
def check_lengths(context: Context) -> None:
    limits = {DataType.VARCHAR: MAX_VARCHAR, DataType.CHAR: MAX_CHAR}
    for table, column in context.each_column():
        if column.varchar_length is None:
            continue
        for system in context.systems:
            longest = limits.get(column.data_type, {}).get(system)
            if longest is not None and column.varchar_length > longest:
                context.report(
                    column_path(table, column, "varchar_length"),
                    f"{type_text(column)} is longer than {system.capitalize()} allows: at most {longest}",
                    f"use {column.data_type}({longest}) or less",
                )


CHECKS: tuple[Callable[[Context], None], ...] = (
    check_rules_fit,
    check_nulls,
    check_number_bounds,
    check_date_bounds,
    check_lengths,
)
