"""Drafts -> experiment: keys resolved, composite primary keys given a surrogate, warnings written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from dw_simulator.errors import Problem
from dw_simulator.schema.importers.diagnostics import Diagnostic, Place
from dw_simulator.schema.importers.sql.drafts import ReferenceDraft, Report, ScriptDraft, TableDraft
from dw_simulator.schema.importers.sql.tokens import Source, Token
from dw_simulator.schema.model import Dialect, Experiment, Warehouse
from dw_simulator.schema.parse import Location, located_problems
from dw_simulator.schema.suggest import did_you_mean

ROW_ID = "_row_id"
"""The surrogate key column of tables with a composite primary key."""

MOST_LINES = 5
"""Lines named for each kind of skipped statement."""


def assemble(
    script: ScriptDraft, source: Source, problems: list[Problem], *, name: str, surrogate_key: bool
) -> Experiment | None:
    """The experiment of a script; None if ``problems`` is not empty in the end."""

    def report(message: str, at: Token, hint: str | None = None) -> None:
        problems.append(source.problem(message, at, hint=hint, construct="CREATE TABLE"))

    if not script.broken and not problems:
        for table in script.tables.values():
            _resolve_keys(table, script, report)
    if problems:
        return None
    data = {
        "name": name,
        "dialect": source.dialect,
        "target_warehouse": [_WAREHOUSES[source.dialect]],
        "tables": [_table(table, surrogate_key, report) for table in script.tables.values()],
        "import_warnings": _skipped_warnings(script.skipped, source),
    }
    if problems:
        return None
    try:
        return Experiment.model_validate(data)
    except ValidationError as error:
        places = _Places(script, source)
        problems.extend(places.add_to(*found) for found in located_problems(error, data))
        return None


_WAREHOUSES = {
    Dialect.REDSHIFT: Warehouse.REDSHIFT,
    Dialect.SNOWFLAKE: Warehouse.SNOWFLAKE,
    Dialect.ANSI: Warehouse.SQLITE,
}


# --- keys -----------------------------------------------------------------------------------------------------------
def _resolve_keys(table: TableDraft, script: ScriptDraft, report: Report) -> None:
    """Check that named columns exist, and say for each reference which columns it means."""
    _columns_exist(table, table.primary_key, "the primary key", table.token, report)
    for columns, token in table.unique:
        _columns_exist(table, columns, "the unique key", token, report)
    named = {"DISTKEY": [table.fields.get("dist_key")], "SORTKEY": table.fields.get("sort_key", {}).get("columns", [])}
    for what, columns in named.items():
        _columns_exist(table, [column for column in columns if column], what, table.token, report)
    for reference in table.references:
        _columns_exist(table, reference.columns, "the foreign key", reference.token, report)
        _resolve_reference(table, reference, script, report)


def _columns_exist(table: TableDraft, names: Iterable[str], what: str, at: Token, report: Report) -> None:
    for name in names:
        if table.column(name) is None:
            known = [column.name for column in table.columns]
            report(
                f"{what} of table {table.name!r} names column {name!r}, which does not exist",
                at,
                did_you_mean(name, known, "its columns are"),
            )


def _resolve_reference(table: TableDraft, reference: ReferenceDraft, script: ScriptDraft, report: Report) -> None:
    parent = script.tables.get(reference.table.lower())
    if parent is None:
        known = [other.name for other in script.tables.values()]
        report(
            f"refers to table {reference.table!r}, which the script does not create",
            reference.token,
            f"add its CREATE TABLE, or remove the foreign key; {did_you_mean(reference.table, known, 'tables are')}",
        )
        return
    if not reference.references:
        reference.references = list(parent.primary_key)
        if not reference.references:
            report(
                f"refers to table {parent.name!r}, which has no primary key",
                reference.token,
                f"name the column: REFERENCES {parent.name}(…)",
            )
            return
    _columns_exist(parent, reference.references, "a reference", reference.token, report)
    if len(reference.references) != len(reference.columns):
        report(
            f"{len(reference.columns)} columns ({', '.join(reference.columns)}) refer to {len(reference.references)} "
            f"columns of {parent.name!r} ({', '.join(reference.references)})",
            reference.token,
            "name as many columns on both sides",
        )
    twice = [
        other
        for other in table.references
        if other is not reference and len(other.columns) == 1 and other.columns == reference.columns
    ]
    if twice and table.references.index(reference) > table.references.index(twice[0]):
        report(
            f"column {reference.columns[0]!r} has two foreign keys",
            reference.token,
            "keep one: its values can only be drawn from one table",
        )


# --- tables ---------------------------------------------------------------------------------------------------------
def _table(draft: TableDraft, surrogate_key: bool, report: Report) -> dict[str, Any]:
    columns = {column.name.lower(): _column(draft, column.name) for column in draft.columns}
    data: dict[str, Any] = {"name": draft.name, **draft.fields}
    if draft.quoted:
        data["quoted"] = True
    primary_key = [_spelled(draft, name) for name in draft.primary_key]
    for name in primary_key:
        columns[name.lower()]["required"] = True
    _add_unique(draft, data, columns)
    _add_references(draft, data, columns)
    _add_sort_key(draft, data)
    warnings = [message for message, _ in draft.notes]
    ordered = list(columns.values())
    if len(primary_key) > 1 and surrogate_key:
        if ROW_ID in columns:
            report(
                f"table {draft.name!r} has a composite primary key and a column {ROW_ID!r}, the name of its surrogate",
                draft.columns[0].token,
                "rename the column, or import with --no-surrogate-key",
            )
        draft.has_surrogate = True
        ordered.insert(0, {"name": ROW_ID, "data_type": "INT", "is_unique": True, "required": True})
        data["composite_keys"] = [primary_key]
        warnings.insert(0, surrogate_warning(draft.name, primary_key))
    else:
        data["primary_key"] = primary_key
    return data | {"columns": ordered, "warnings": warnings}


def surrogate_warning(table: str, key: list[str]) -> str:
    return (
        f"Table '{table}' has a composite primary key ({', '.join(key)}). A surrogate key column '{ROW_ID}' has been "
        "added for generation. Original columns are preserved."
    )


def _column(draft: TableDraft, name: str) -> dict[str, Any]:
    column = draft.column(name)
    if column is None:
        raise KeyError(name)
    return {"name": column.name, **column.fields} | ({"quoted": True} if column.quoted else {})


def _spelled(draft: TableDraft, name: str) -> str:
    column = draft.column(name)
    return column.name if column else name


def _add_unique(draft: TableDraft, data: dict[str, Any], columns: dict[str, dict[str, Any]]) -> None:
    several = [[_spelled(draft, name) for name in names] for names, _ in draft.unique if len(names) > 1]
    if several:
        data["unique_keys"] = several
    for names, _ in draft.unique:
        if len(names) == 1:
            columns[names[0].lower()]["is_unique"] = True


def _add_references(draft: TableDraft, data: dict[str, Any], columns: dict[str, dict[str, Any]]) -> None:
    for reference in draft.references:
        if len(reference.columns) == 1:
            target = {"table": reference.table, "column": reference.references[0]}
            columns[reference.columns[0].lower()]["foreign_key"] = target
        else:
            key = {
                "columns": [_spelled(draft, name) for name in reference.columns],
                "table": reference.table,
                "references": reference.references,
            }
            data.setdefault("foreign_keys", []).append(key)


def _add_sort_key(draft: TableDraft, data: dict[str, Any]) -> None:
    if draft.sort_columns and "sort_key" not in data:
        data["sort_key"] = {"style": "compound", "columns": draft.sort_columns}


# --- warnings and places --------------------------------------------------------------------------------------------
def _skipped_warnings(skipped: list[tuple[str, Token]], source: Source) -> list[str]:
    lines: dict[str, list[int]] = {}
    for kind, token in skipped:
        lines.setdefault(kind, []).append(source.place(token.start)[0])
    return [_skipped_warning(kind, where) for kind, where in lines.items()]


def _skipped_warning(kind: str, lines: list[int]) -> str:
    shown = ", ".join(str(line) for line in lines[:MOST_LINES])
    more = f" and {len(lines) - MOST_LINES} more" if len(lines) > MOST_LINES else ""
    return f"{kind} was skipped: it does not say what tables look like (line {shown}{more})."


def diagnostics_of(script: ScriptDraft, source: Source, experiment: Experiment) -> Iterator[Diagnostic]:
    """What the warnings of the experiment say, each at its place; one for each statement that was skipped."""
    for draft in script.tables.values():
        for message, token in _table_notes(draft, experiment):
            yield Diagnostic("warning", message, *source.place(token.start), draft.name)
    for kind, token in script.skipped:
        message = f"{kind} was skipped: it does not say what tables look like."
        yield Diagnostic("info", message, *source.place(token.start))


def _table_notes(draft: TableDraft, experiment: Experiment) -> Iterator[tuple[str, Token]]:
    if draft.has_surrogate and (table := experiment.table(draft.name)) is not None:
        yield table.warnings[0], draft.token
    yield from draft.notes


def places_of(script: ScriptDraft, source: Source) -> dict[tuple[str, str | None], Place]:
    found: dict[tuple[str, str | None], Place] = {}
    for name, draft in script.tables.items():
        found[name, None] = source.place(draft.token.start)
        found |= {(name, column.name.lower()): source.place(column.token.start) for column in draft.columns}
    return found


class _Places:
    """Where tables and columns are in the script."""

    def __init__(self, script: ScriptDraft, source: Source) -> None:
        self._tables = list(script.tables.values())
        self._source = source

    def add_to(self, problem: Problem, location: Location) -> Problem:
        token = self._token(location)
        if token is None:
            return problem
        line, column = self._source.place(token.start)
        return Problem(problem.message, problem.path, problem.hint, line, column, "CREATE TABLE")

    def _token(self, location: Location) -> Token | None:
        match location:
            case ("tables", int(table), "columns", int(column), *_):
                draft = self._tables[table]
                return draft.columns[max(0, column - draft.has_surrogate)].token
            case ("tables", int(table), *_):
                return self._tables[table].token
        return None
