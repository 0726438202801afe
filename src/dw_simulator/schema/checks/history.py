"""Tables that keep history, their change events, and foreign keys that mean a version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence

from dw_simulator.schema.checks.context import Context, column_path, table_path
from dw_simulator.schema.checks.growth import first_day, growth_of
from dw_simulator.schema.checks.keys import type_family
from dw_simulator.schema.checks.rules import type_text
from dw_simulator.schema.expressions import ExpressionError
from dw_simulator.schema.history import Cdc, History, day_of
from dw_simulator.schema.model import Column, DataType, ForeignKey, Table
from dw_simulator.schema.resolve import names_of
from dw_simulator.schema.suggest import did_you_mean

_RULES = ("distribution", "expression", "after", "rollup", "foreign_key", "document", "faker_rule", "default")
"""What decides the values of a column, and so cannot be said of one that the history fills."""

_DERIVED = ("expression", "after", "rollup", "foreign_key", "document")

_MOMENTS = (DataType.DATE, DataType.TIMESTAMP, DataType.TIMESTAMP_TZ)
_DEFAULT_ROWS = Table.model_fields["target_rows"].default


def has_own_values(table: Table, column: Column) -> bool:
    """Whether the column has values of its own in every row, which can be made to change."""
    if column.data_type in (DataType.JSON, DataType.BINARY) or any(getattr(column, rule) for rule in _DERIVED):
        return False
    if column.null_fraction and not column.required:
        return False
    kind = column.distribution.type if column.distribution is not None else ""
    in_lookup = any(column.name.lower() in {name.lower() for name in one.columns} for one in table.lookups)
    in_key = any(column.name.lower() in {name.lower() for name in key.columns} for key in table.foreign_keys)
    return kind not in ("conditional", "markov") and not in_lookup and not in_key


def pivot_of(table: Table) -> str | None:
    """The column (in lower case) that surely changes from version to version: one that has values of its own, and if
    possible so many that changing always does not show in their shares."""
    names = table.history.changes if table.history is not None else ()
    able = [column for name in names if (column := table.column(name)) and has_own_values(table, column)]
    return min(able, key=_has_few_values).name.lower() if able else None


def _has_few_values(column: Column) -> bool:
    listed = column.distribution is not None and column.distribution.type == "categorical"
    return listed or column.data_type is DataType.BOOLEAN


# --- columns that are filled --------------------------------------------------------------------------------------
def _is_flag(column: Column) -> bool:
    return column.data_type is DataType.BOOLEAN or column.data_type.is_integer or column.data_type.is_text


def _is_whole(column: Column) -> bool:
    return column.data_type.is_integer or (column.data_type is DataType.DECIMAL and not column.decimal_size[1])


_KINDS: dict[str, tuple[Callable[[Column], bool], str]] = {
    "valid_from": (lambda column: column.data_type in _MOMENTS, "a DATE or TIMESTAMP"),
    "valid_to": (lambda column: column.data_type in _MOMENTS, "a DATE or TIMESTAMP"),
    "created_at": (lambda column: column.data_type in _MOMENTS, "a DATE or TIMESTAMP"),
    "is_current": (_is_flag, "BOOLEAN, a whole number or a text"),
    "is_deleted": (_is_flag, "BOOLEAN, a whole number or a text"),
    "version": (_is_whole, "a whole number"),
    "surrogate_key": (lambda column: column.data_type is not DataType.JSON, "a number or a text"),
    "operation": (lambda column: column.data_type.is_text, "a text"),
    "time": (lambda column: column.data_type in _MOMENTS or _is_whole(column), "a TIMESTAMP, or BIGINT for ms"),
    "sequence": (lambda column: _is_whole(column) or column.data_type.is_text, "a whole number, or a text of 20"),
    "transaction": (_is_whole, "a whole number"),
    "before": (lambda column: column.data_type is DataType.JSON, "JSON"),
    "after": (lambda column: column.data_type is DataType.JSON, "JSON"),
    "envelope": (lambda column: column.data_type is DataType.JSON, "JSON"),
}


def _check_filled(context: Context, table: Table, part: str, rule: History | Cdc) -> bool:
    """Whether all columns that the rule names are there, each in one role, and of types that fit."""
    before = len(context.problems)
    seen: dict[str, str] = {}
    for role, name in rule.columns():
        path, column = table_path(table, part, role), context.column(table, name)
        if column is None:
            known = [one.name for one in table.columns]
            context.report(
                path,
                f"table {table.name!r} has no column {name!r} for {role}",
                f"add the column, or say {role}: another column; {did_you_mean(name, known, 'its columns are') or ''}",
            )
            continue
        other = seen.setdefault(column.name.lower(), role)
        fits, wanted = _KINDS[role]
        if other != role:
            context.report(path, f"column {column.name!r} is {other} already", "name another column")
        elif not fits(column):
            context.report(path, f"column {column.name!r} is {type_text(column)}", f"{role} wants {wanted}")
        else:
            _check_ruleless(context, table, column, part, role)
    return len(context.problems) == before


def _check_ruleless(context: Context, table: Table, column: Column, part: str, role: str) -> None:
    allowed = ("faker_rule",) if role == "surrogate_key" else ()
    rule = next((name for name in _RULES if name not in allowed and getattr(column, name) is not None), None)
    if rule is None and column.null_fraction:
        rule = "null_fraction"
    if rule is None and column.identity is not None and role != "surrogate_key":
        rule = "identity"
    if rule is not None:
        context.report(
            column_path(table, column, rule),
            f"{part} fills the column (as {role}), so it cannot have a {rule}",
            "remove it",
        )


# --- tables with history ------------------------------------------------------------------------------------------
def check_histories(context: Context) -> None:
    for table in context.experiment.tables:
        if table.history is not None:
            _check_history(context, table, table.history)


def _check_history(context: Context, table: Table, history: History) -> None:
    path = table_path(table, "history")
    if table.growth is not None:
        context.report(
            table_path(table, "growth"),
            "a table with history grows as its history says",
            "remove growth; see inserts_per_day and max_days of history",
        )
    if table.defects:
        context.report(
            table_path(table, "defects"),
            "defects in a table with history are not supported: its versions would no longer fit together",
            "give them to a table that refers to it",
        )
    if not context.rows_of(table):
        context.report(path, "a table with history has at least one row", "ask for rows")
    if (dt.date.max - history.last_day).days <= history.max_days:
        context.report(
            path, f"{history.max_days} days after {history.last_day} go past the year 9999", "use fewer days"
        )
    if not (_check_key(context, table, history) and _check_filled(context, table, "history", history)):
        return
    _check_filled_types(context, table, history)
    _check_groups(context, table, history)
    if _check_changes(context, table, history):
        _check_apart(context, table, history)
        _check_own_keys(context, table)


def _check_key(context: Context, table: Table, history: History) -> bool:
    path, column = table_path(table, "history", "key"), context.column(table, history.key)
    known = [one.name for one in table.columns]
    if column is None:
        context.report(
            path,
            f"table {table.name!r} has no column {history.key!r}",
            did_you_mean(history.key, known, "its columns are"),
        )
        return False
    if history.tracks(column.name) or history.role_of(column.name):
        context.report(
            path, f"the key {column.name!r} cannot change, or be filled by the history", "name another column"
        )
        return False
    rule = next((name for name in _DERIVED if getattr(column, name) is not None), None)
    if rule is not None or column.data_type is DataType.JSON or column.null_fraction:
        why = f"has a {rule}" if rule else "is JSON" if column.data_type is DataType.JSON else "may be NULL"
        context.report(path, f"the key {column.name!r} {why}", "name a column with values of its own, without NULLs")
        return False
    return True


def _check_filled_types(context: Context, table: Table, history: History) -> None:
    start = context.column(table, history.valid_from)
    assert start is not None
    for role in ("valid_to", "created_at"):
        name = getattr(history, role)
        column = context.column(table, name) if name is not None else None
        if column is not None and column.data_type is not start.data_type:
            context.report(
                table_path(table, "history", role),
                f"{column.name!r} is {column.data_type}, but {start.name!r} is {start.data_type}",
                "give both the same type",
            )
    end = context.column(table, history.valid_to)
    if end is not None and end.required and history.open_end is None:
        context.report(
            table_path(table, "history", "valid_to"),
            f"column {end.name!r} is required, but the last version of a key has no end",
            "say open_end: 9999-12-31, or let it be NULL",
        )
    last = history.last_day + dt.timedelta(min(history.max_days, (dt.date.max - history.last_day).days))
    if history.open_end is not None and day_of(history.open_end) <= last:
        context.report(
            table_path(table, "history", "open_end"), f"{history.open_end} is not after {last}", "use a later date"
        )


def _check_groups(context: Context, table: Table, history: History) -> None:
    """What is unique in a table of versions: a version, by its number, its moment or its surrogate key."""
    key = history.key.lower()
    known = [{key, name.lower()} for name in (history.valid_from, history.version) if name is not None]
    surrogate = (history.surrogate_key or "").lower()
    for group in table.unique_groups():
        names = {name.lower() for name in group}
        if surrogate in names or any(one <= names for one in known):
            continue
        context.report(
            table_path(table, "history"),
            f"({', '.join(group)}) cannot be unique: the versions of a key share what does not change",
            f"make the surrogate key, or ({history.key}, {history.valid_from}), the primary key, and no other unique; "
            f"{history.key} is unique for each key by itself",
        )


def _check_changes(context: Context, table: Table, history: History) -> bool:
    before = len(context.problems)
    path, known = table_path(table, "history", "changes"), [one.name for one in table.columns]
    for name in history.changes:
        column = context.column(table, name)
        if column is None:
            hint = did_you_mean(name, known, "its columns are")
            context.report(path, f"table {table.name!r} has no column {name!r}", hint)
        elif history.role_of(name):
            context.report(
                path, f"column {name!r} is filled by the history", "name columns that hold what is known of a key"
            )
        elif column.distribution is not None and column.distribution.type == "markov":
            context.report(
                path, f"the chain of {name!r} goes from row to row, not from version to version", "leave it out"
            )
    if len(context.problems) == before and pivot_of(table) is None:
        context.report(
            path,
            "none of the columns surely changes: all may be NULL or follow from others",
            "name one with values of its own, without NULLs, such as a status or a price",
        )
    return len(context.problems) == before


def _check_apart(context: Context, table: Table, history: History) -> None:
    """Rules between columns are among those that change, or among those that stay."""
    groups: list[tuple[str, Sequence[str]]] = [
        *((f"lookups.{place}", one.columns) for place, one in enumerate(table.lookups)),
        *((f"correlations.{place}", one.columns) for place, one in enumerate(table.correlations)),
        *((f"foreign_keys.{place}", one.columns) for place, one in enumerate(table.foreign_keys)),
    ]
    for part, names in groups:
        filled = next((name for name in names if history.role_of(name)), None)
        if filled is not None or len({history.tracks(name) for name in names}) > 1:
            context.report(
                table_path(table, part),
                f"{', '.join(names)} go together, but "
                + (f"{filled} is filled by the history" if filled else "only some of them change"),
                "let all of them change, or none: see changes of history",
            )
    for column in table.columns:
        for problem in _read_wrongly(history, column):
            context.report(column_path(table, column), *problem)


def _read_wrongly(history: History, column: Column) -> Iterator[tuple[str, str]]:
    try:
        names = list(names_of(column))
    except ExpressionError:
        return  # reported with the expression
    if column.rollup is not None:
        yield "a roll-up in a table with history would belong to a key and not to a version", "remove it"
    for name in names:
        read = name.through or name.column
        if history.role_of(read):
            yield f"it follows from {read}, which the history fills", "compute it in a query"
        elif history.tracks(read) and not history.tracks(column.name):
            yield (
                f"it follows from {read}, which changes, but is not in changes itself",
                f"add {column.name} to changes",
            )
        elif name.through and history.tracks(column.name) and not history.tracks(read):
            yield (
                f"it changes, and reads through {read}, which does not",
                f"add {read} to changes, or read nothing there",
            )


def _check_own_keys(context: Context, table: Table) -> None:
    for reference in context.experiment.references():
        parent = context.table(reference.parent)
        if reference.table != table.name or parent is None:
            continue
        path = table_path(table, "columns", reference.columns[0], "foreign_key")
        if parent is table:
            context.report(path, "a table with history cannot refer to itself", "remove the foreign key")
        elif parent.growth is not None or parent.history is not None:
            what = "grows" if parent.growth else "has history"
            context.report(
                path, f"a table with history cannot refer to {parent.name}, which {what}", "refer to a table that stays"
            )
        elif context.experiment.fan_out(reference) is not None:
            context.report(path, "fan_out in a table with history is not supported", "remove fan_out")


# --- foreign keys to tables with history --------------------------------------------------------------------------
def check_references(context: Context) -> None:
    for reference in context.experiment.references():
        table, parent = context.table(reference.table), context.table(reference.parent)
        if table is None or parent is None or table is parent:
            continue
        path = table_path(table, "columns", reference.columns[0], "foreign_key")
        column = context.column(table, reference.columns[0])
        key = column.foreign_key if column is not None and len(reference.columns) == 1 else None
        if parent.cdc is not None:
            context.report(path, f"{parent.name} holds events, which nothing refers to", f"refer to {parent.cdc.of}")
        elif parent.history is None:
            if key is not None and key.as_of is not None:
                context.report(f"{path}.as_of", f"{parent.name} has no history", "remove as_of")
        elif key is None or column is None:
            context.report(
                path, f"a foreign key over several columns to {parent.name}, which has history, is not supported",
                "refer to its key or its surrogate key",
            )  # fmt: skip
        elif table.history is None:
            _check_reference(context, table, column, key, parent)


def _check_reference(context: Context, table: Table, column: Column, key: ForeignKey, parent: Table) -> None:
    history, path = parent.history, column_path(table, column, "foreign_key")
    assert history is not None
    wanted = key.column.lower()
    surrogate = history.surrogate_key is not None and wanted == history.surrogate_key.lower()
    if not surrogate and wanted != history.key.lower():
        names = f"{history.key}" + (f" or {history.surrogate_key}" if history.surrogate_key else "")
        context.report(
            path, f"{parent.name} has history, so {key.column} does not name one row or key", f"refer to {names}"
        )
        return
    if surrogate and key.as_of is None:
        context.report(
            path,
            f"nothing says which version of {parent.name} is meant",
            "say as_of: the column of this table with the moment, such as ordered_at",
        )
        return
    spread = column.distribution is not None and column.distribution.type != "uniform"
    in_key = any(column.name.lower() in {name.lower() for name in group} for group in table.unique_groups())
    rule = "fan_out" if key.fan_out else "hierarchy" if key.hierarchy else "distribution" if spread else None
    if rule is not None or in_key:
        what = f"a {rule}" if rule is not None else "a place in a unique key"
        context.report(
            path,
            f"a reference to {parent.name}, which has history, cannot have {what}",
            "remove it: keys are equally likely",
        )
    if key.as_of is not None:
        _check_as_of(context, table, column, key.as_of, history)


def _check_as_of(context: Context, table: Table, column: Column, name: str, history: History) -> None:
    path, moment = column_path(table, column, "foreign_key", "as_of"), context.column(table, name)
    if moment is None or moment.data_type not in _MOMENTS:
        known = [one.name for one in table.columns if one.data_type in _MOMENTS]
        what = f"there is no column {name!r}" if moment is None else f"column {name!r} is of type {moment.data_type}"
        context.report(path, what, did_you_mean(name, known, "days and moments are"))
        return
    if any(name.lower() in {one.lower() for one in defect.columns} for defect in table.defects):
        context.report(path, f"a defect of {moment.name!r} would change which version is meant", "remove the defect")
    if any(getattr(moment, rule) is not None for rule in ("expression", "after", "foreign_key", "rollup")):
        return  # its moments are known when they are made
    first, last = history.first_day, history.last_day
    low, high = (None if one is None else day_of(one) for one in (moment.date_start, moment.date_end))
    if low is None or high is None or low < first or high > last:
        context.report(
            path,
            f"{moment.name!r} is to be from {first} to {last}, the days of the history, but is from {low or 'any day'} "
            f"to {high or 'any day'}",
            f"give {moment.name} a date_start and a date_end within the history, or change start or end of that",
        )
    growth = growth_of(table, moment)
    begins = first_day(growth, moment) if growth is not None else None
    if begins is not None and begins > last + dt.timedelta(1):
        context.report(
            table_path(table, "growth", "start"),
            f"days that are added start on {begins}, those of the history on {last + dt.timedelta(1)}",
            "let both start on the same day",
        )


# --- events -------------------------------------------------------------------------------------------------------
def check_events(context: Context) -> None:
    for table in context.experiment.tables:
        if table.cdc is not None:
            _check_cdc(context, table, table.cdc)


def _check_cdc(context: Context, table: Table, cdc: Cdc) -> None:
    path, source = table_path(table, "cdc"), context.table(cdc.of)
    if source is None or source.history is None:
        known = [one.name for one in context.experiment.tables if one.history is not None]
        what = "does not exist" if source is None else "has no history, so nothing ever happens to its rows"
        hint = did_you_mean(cdc.of, known, "tables with history are") if known else f"give {cdc.of} a history"
        context.report(f"{path}.of", f"table {cdc.of!r} {what}", hint)
        return
    for part in ("growth", "history", "lookups", "correlations", "foreign_keys", "defects"):
        if getattr(table, part):
            context.report(table_path(table, part), f"a table of events cannot have {part}", "remove it")
    _check_event_rows(context, table, source)
    if not _check_filled(context, table, "cdc", cdc):
        return
    operation, sequence = context.column(table, cdc.operation), context.column(table, cdc.sequence)
    for column, wanted in ((operation, cdc.operations.longest), (sequence, 20)):
        if column is not None and column.data_type.is_text and (column.varchar_length or 1) < wanted:
            context.report(column_path(table, column), f"its texts are {wanted} bytes long", f"use VARCHAR({wanted})")
    for role in ("before", "after"):
        name = getattr(cdc, role)
        image = context.column(table, name) if name is not None else None
        if image is not None and image.required:
            context.report(column_path(table, image, "required"), f"{role} is NULL in some events", "let it be NULL")
    for group in table.unique_groups():
        if cdc.sequence.lower() not in {name.lower() for name in group}:
            context.report(path, f"({', '.join(group)}) repeats from event to event", f"make {cdc.sequence} the key")
    if all(column.name.lower() != source.history.key.lower() for column in table.columns):
        context.report(path, f"it has no column {source.history.key!r}, the key of {source.name}", "add it")
    for column in table.columns:
        if cdc.role_of(column.name) is None:
            _check_same(context, table, column, source, source.history)


def _check_event_rows(context: Context, table: Table, source: Table) -> None:
    given = {name.lower(): rows for name, rows in context.rows.items()}.get(table.name.lower())
    rows = table.target_rows if given is None else given
    expected = context.rows_of(source)
    if rows != expected and (given is not None or rows not in (_DEFAULT_ROWS, source.target_rows)):
        context.report(
            table_path(table, "target_rows") if given is None else f"rows.{table.name}",
            f"its rows are the events of {source.name}, {expected:,} of them, and not {rows:,}",
            f"leave it out, or ask for other rows of {source.name}",
        )


def _check_same(context: Context, table: Table, column: Column, source: Table, history: History) -> None:
    path, same = column_path(table, column), context.column(source, column.name)
    role = history.role_of(column.name)
    if same is None or (role is not None and role != "created_at"):
        known = [one.name for one in source.columns if history.role_of(one.name) is None]
        what = "is not known of a key" if same is not None else "is neither named in cdc nor a column of its source"
        context.report(path, f"{column.name!r} {what}", f"columns of {source.name} are: {', '.join(known)}")
        return
    if column.data_type is not same.data_type or type_family(column) != type_family(same):
        context.report(
            path, f"it is {type_text(column)} here and {type_text(same)} in {source.name}", "use the same type"
        )
    elif (column.varchar_length or 0) < (same.varchar_length or 0) or column.decimal_size < same.decimal_size:
        context.report(path, f"it is {type_text(column)} here, too small for {type_text(same)}", "use the same type")
    rule = next((name for name in _RULES if getattr(column, name) is not None), None)
    if rule is None and (column.null_fraction or column.identity or column.is_unique):
        rule = "null_fraction" if column.null_fraction else "identity" if column.identity else "is_unique"
    if rule is not None:
        context.report(
            f"{path}.{rule}", f"its values are those of {source.name}, so it cannot have a {rule}", "remove it"
        )


CHECKS = (check_histories, check_references, check_events)
