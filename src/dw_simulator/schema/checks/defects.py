"""Defects: each must be possible in its column, fit the column's type, and break nothing that it is not about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dw_simulator.schema.checks.context import Context, table_path
from dw_simulator.schema.checks.rules import first_moment
from dw_simulator.schema.checks.values import value_problem
from dw_simulator.schema.defects import (
    Defect,
    DriftDefect,
    InvalidDefect,
    LateDefect,
    NullDefect,
    OrphanDefect,
    OutlierDefect,
    SwapDefect,
    Value,
)
from dw_simulator.schema.model import Column, DataType, Table
from dw_simulator.schema.suggest import did_you_mean

_OPAQUE = (DataType.JSON, DataType.BINARY)
_TEXT_KINDS = ("whitespace", "case", "encoding", "truncate")
_BOUNDS = {"min_value": None, "max_value": None, "date_start": None, "date_end": None}


def check_defects(context: Context) -> None:
    for table in context.experiment.tables:
        referenced = _referenced(context, table)
        for number, defect in enumerate(table.defects):
            path = table_path(table, "defects", str(number))
            columns = list(_columns(context, table, defect, path))
            if len({column.name for column in columns}) < len(columns):
                context.report(f"{path}.columns", "a column is named twice", "name each once")
            for column in columns:
                if said := _problem(context, table, column, defect, referenced):
                    context.report(f"{path}.columns", f"column {column.name!r}: {said[0]}", said[1])
            if len(columns) == len(defect.columns):
                _check_whole(context, table, defect, columns, path)
        if sum(isinstance(one, LateDefect) and not one.columns for one in table.defects) > 1:
            context.report(
                table_path(table, "defects"),
                "two defects say which rows come in a later increment",
                "keep one, with min_days and max_days",
            )


def _columns(context: Context, table: Table, defect: Defect, path: str) -> Iterator[Column]:
    for name in defect.columns:
        column = context.column(table, name)
        if column is None:
            known = [one.name for one in table.columns]
            hint = did_you_mean(name, known, "its columns are")
            context.report(f"{path}.columns", f"table {table.name!r} has no column {name!r}", hint)
        else:
            yield column


def _referenced(context: Context, table: Table) -> dict[str, str]:
    """Columns that other rows refer to, in lower case, and the table that does."""
    return {
        name.lower(): reference.table
        for reference in context.experiment.references()
        if reference.parent.lower() == table.name.lower()
        for name in reference.parent_columns
    }


Said = tuple[str, str] | None
"""What is wrong with a defect in a column, and what to do."""


def _problem(context: Context, table: Table, column: Column, defect: Defect, referenced: dict[str, str]) -> Said:
    return _key_problem(table, column, defect, referenced) or _type_problem(context, table, column, defect)


def _key_problem(table: Table, column: Column, defect: Defect, referenced: dict[str, str]) -> Said:
    name = column.name.lower()
    if name in referenced:
        child = referenced[name]
        return (
            f"rows of {child} refer to it, and would lose their parent without anything said of it",
            f"give {child} a defect of kind orphan, or choose another column",
        )
    if column.identity is not None:
        return "it is an identity column, which the warehouse numbers", "choose another column"
    key = {one.lower() for one in (*table.primary_key, *(one for group in table.composite_keys for one in group))}
    if name in key and not (isinstance(defect, OrphanDefect) and defect.values is None):
        return (
            "it is part of the primary key, by which the report names the rows",
            "choose another column, or a duplicate, which repeats the whole row",
        )
    if table.is_unique_column(name) and getattr(defect, "values", None) is not None:
        return "it is unique, and values would repeat", "leave out values, or is_unique"
    return None


def _type_problem(context: Context, table: Table, column: Column, defect: Defect) -> Said:
    kind = column.data_type
    if isinstance(defect, NullDefect):
        hint = "remove required (NOT NULL), or choose another column"
        return ("it is required, so no warehouse takes a NULL in it", hint) if column.required else None
    if isinstance(defect, OutlierDefect) and not kind.is_number:
        return f"it is of type {kind}, which has no outliers", "use a defect of kind invalid, or a number column"
    if defect.kind in _TEXT_KINDS and not kind.is_text:
        return f"it is of type {kind}, and a defect of kind {defect.kind} is of text", "choose a VARCHAR column"
    if defect.kind == "whitespace" and kind is DataType.CHAR:
        return "it is a CHAR, in which spaces at the end say nothing", "make it a VARCHAR"
    if isinstance(defect, InvalidDefect) and kind is DataType.TIME and defect.values is None:
        return "every time of day is valid", "say what is put in: values"
    if isinstance(defect, InvalidDefect) and kind in (DataType.BOOLEAN, *_OPAQUE):
        return f"every value that {kind} takes is valid, and it takes no other", "use a defect of kind null"
    if isinstance(defect, DriftDefect):
        return _drift_problem(column, defect)
    if isinstance(defect, LateDefect) and not kind.is_temporal:
        return f"it is of type {kind}, and cannot be later", "name a DATE or TIMESTAMP, such as loaded_at"
    if isinstance(defect, OrphanDefect) and not _is_foreign(context, table, column):
        return "it is no foreign key", "give it a foreign_key, or use a defect of kind invalid"
    return None


def _drift_problem(column: Column, defect: DriftDefect) -> Said:
    if column.data_type in _OPAQUE:
        return f"{column.data_type} does not drift", "choose another column"
    if defect.values is None and not column.data_type.is_number:
        return f"it is of type {column.data_type}, which has no shift and no factor", "give values, and weights"
    if column.name.lower() == defect.time_column.lower():
        return "it is the time_column of its own drift", "choose another column"
    return None


def _is_foreign(context: Context, table: Table, column: Column) -> bool:
    return any(
        column.name.lower() in {name.lower() for name in reference.columns}
        for reference in context.experiment.references()
        if reference.table.lower() == table.name.lower()
    )


# --- a defect as a whole --------------------------------------------------------------------------
def _check_whole(context: Context, table: Table, defect: Defect, columns: Sequence[Column], path: str) -> None:
    check = _WHOLE.get(type(defect))
    if check is not None:
        check(context, table, defect, columns, path)
    values: Sequence[Value] = getattr(defect, "values", None) or ()
    for column in columns:
        plain = column.model_copy(update=_BOUNDS)
        wrong = [said for value in values if (said := value_problem(context, plain, value))]
        if wrong:
            context.report(f"{path}.values", f"column {column.name!r}: {wrong[0]}", "give values that fit the type")


def _check_swap(context: Context, _: Table, __: object, columns: Sequence[Column], path: str) -> None:
    one, other = columns
    sizes = [(each.data_type, each.decimal_size, each.varchar_length) for each in columns]
    if one.data_type is other.data_type is DataType.FLOAT or sizes[0] == sizes[1]:
        if one.required != other.required and (one if other.required else other).may_be_null:
            context.report(path, f"{one.name} and {other.name} may not both be NULL", "require both, or none")
        return
    context.report(path, f"{one.name} and {other.name} are not of one type and length", "give both the same data_type")


def _check_drift(context: Context, table: Table, defect: object, _: object, path: str) -> None:
    assert isinstance(defect, DriftDefect)
    moment = context.column(table, defect.time_column)
    known = [one.name for one in table.columns if one.data_type.is_temporal]
    if moment is None or not moment.data_type.is_temporal:
        said = f"there is no date or timestamp {defect.time_column!r}"
        context.report(f"{path}.time_column", said, did_you_mean(defect.time_column, known, "days and moments are"))
    if defect.end is not None and first_moment(defect.end) <= first_moment(defect.start):
        said = f"the drift ends on {defect.end}, not after its start {defect.start}"
        context.report(f"{path}.end", said, "exchange them, or leave out end")


def _check_late(context: Context, table: Table, _: object, columns: Sequence[Column], path: str) -> None:
    if columns:
        return
    if table.growth is None:
        context.report(
            path,
            "rows of a table that does not grow come all at once, so none is late",
            "add growth, or name the columns of arrival, such as columns: loaded_at",
        )
    children = {
        reference.table
        for reference in context.experiment.references()
        if reference.parent.lower() == table.name.lower()
    }
    if children:
        context.report(
            path,
            f"rows of {', '.join(sorted(children))} refer to the table, and would come before their parents",
            "let those tables' rows be late, or name the columns of arrival, such as columns: loaded_at",
        )


_Whole = Callable[[Context, Table, object, Sequence[Column], str], None]
_WHOLE: dict[type, _Whole] = {SwapDefect: _check_swap, DriftDefect: _check_drift, LateDefect: _check_late}


CHECKS = (check_defects,)
