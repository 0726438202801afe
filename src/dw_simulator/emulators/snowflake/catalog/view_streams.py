"""Streams on views, and CHANGES of views. Vendor pages: "Introduction to Streams" (streams on views), "CHANGES".

The tables that a view reads have histories (see ``versions``); a stream keeps the version that each of them had at its
offset. The view is computed over the tables as they were and as they are; each of its rows has the ids of the rows that
it is made of, by which the two are compared.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import streams, versions
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.functions import registry
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.environment import ROWS, TableSource, ViewSource
from dw_simulator.emulators.snowflake.translation.scope import ROW_NAME
from dw_simulator.emulators.snowflake.translation.text import identifier

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.catalog.view import SessionCatalog

BASES = "bases"
"""The property of a stream on a view: the ids of the tables that the view reads."""
Rows = Callable[[Entry], str]


@dataclass(slots=True)
class State:
    """The tables of a view at some time, for the binder: ``rows`` gives SQL of a table's rows with their ids."""

    view: SessionCatalog
    rows: Rows
    single: bool = False
    """Whether the view may join no tables."""

    def prepare(self, query: n.Query) -> None:
        """Let a view's query give the ids of its rows. Raises SnowflakeError 000002: its changes cannot be told."""
        _tracked(query, "", self.single)

    def sql(self, parts: tuple[str, str, str]) -> str:
        table = self.view.catalog.get("TABLE", *parts)
        if table is None or table.kind != "TABLE" or table.temporary:
            raise _refused(f"{table.kind if table is not None else 'system view'} {'.'.join(parts)}")
        return self.rows(table)


def _refused(what: str) -> errors.SnowflakeError:
    return errors.UNSUPPORTED_FEATURE(f"change tracking of a view with {what}")


# --- queries ----------------------------------------------------------------------------------------------------------
def _tracked(query: n.Query, branch: str, single: bool) -> None:
    """Give a query and those in its FROM a last column with the id of the row."""
    if query.limit is not None or query.offset is not None:
        raise _refused("LIMIT")
    if query.recursive:
        raise _refused("WITH RECURSIVE")
    for cte in query.ctes:
        _tracked(cte.query, "", single)
        if cte.columns:
            cte.columns.append(ROW_NAME)
    body = query.body
    if isinstance(body, n.SetOperation) and body.op == "UNION" and body.all and not body.by_name:
        _tracked(body.left, f"{branch}0", single)
        _tracked(body.right, f"{branch}1", single)
        return
    if not isinstance(body, n.Select) or body.source is None:
        raise _refused("set operations other than UNION ALL, or without tables")
    _check(body)
    _track_source(body.source, single)
    body.items.append(n.SelectItem(n.RowKey(branch), ROW_NAME))


def _check(select: n.Select) -> None:
    clauses = {
        "DISTINCT": select.distinct, "TOP": select.top is not None, "GROUP BY": select.group is not None,
        "HAVING": select.having is not None, "QUALIFY": select.qualify is not None,
        "CONNECT BY": select.connect is not None,
    }  # fmt: skip
    for clause, there in clauses.items():
        if there:
            raise _refused(clause)
    for part in (*select.items, *([select.where] if select.where is not None else [])):
        _check_expression(part)


def _check_expression(node: n.Node) -> None:
    for inner in _nodes(node):
        if isinstance(inner, n.Query):
            raise _refused("a subquery outside of FROM")
        if isinstance(inner, n.Call):
            kinds = {entry.kind for entry in registry.FUNCTIONS.get(inner.name, ())}
            if inner.window is not None or kinds & {"aggregate", "window"}:
                raise _refused(f"the aggregate or window function {inner.name}")


def _nodes(value: Any) -> Iterator[n.Node]:
    """A node and all in it."""
    if isinstance(value, n.Node):
        yield value
        if dataclasses.is_dataclass(value):
            for item in dataclasses.fields(value):
                yield from _nodes(getattr(value, item.name))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _nodes(item)
    elif isinstance(value, dict):
        yield from _nodes(list(value.values()))


def _track_source(source: n.Source, single: bool) -> None:
    if isinstance(source, n.TableRef) and source.time_travel is None:
        return
    if isinstance(source, n.Derived) and not source.lateral:
        _tracked(source.query, "", single)
        if source.alias is not None and source.alias.columns:
            source.alias.columns.append(ROW_NAME)
        return
    if isinstance(source, n.Join) and source.kind != "ASOF":
        if single:
            raise _refused("a join, for appended rows")
        if source.on is not None:
            _check_expression(source.on)
        _track_source(source.left, single)
        _track_source(source.right, single)
        return
    raise _refused(f"{type(source).__name__} in FROM")


# --- differences ------------------------------------------------------------------------------------------------------
def _computed(binder: Any, entry: Entry, state: State) -> str:
    """SQL of the view's rows with their ids."""
    source = ViewSource(entry.text, [c.name for c in entry.columns], entry.parts, entry.owner)
    saved, binder.env.hints = binder.env.hints, {**binder.env.hints, ROWS: state}
    try:
        bound = binder.view(source)
    finally:
        binder.env.hints = saved
    names = [*(identifier(column.key) for column in entry.columns), streams.ROW]
    items = ", ".join(f"{identifier(column.key)} AS {name}" for column, name in zip(bound.columns, names, strict=True))
    return f"(SELECT {items} FROM ({bound.sql}))"


def present(table: Entry) -> str:
    return f"({streams.rows_sql(table)})"


def base_tables(binder: Any, view: SessionCatalog, entry: Entry, *, single: bool) -> list[Entry]:
    """The tables that a view reads. Raises SnowflakeError 000002: its changes cannot be told."""
    found: dict[int, Entry] = {}

    def rows(table: Entry) -> str:
        found[table.id] = table
        return f"(SELECT NULL AS {streams.ROW}, * EXCLUDE ({streams.ROW}) FROM {table.physical})"

    _computed(binder, entry, State(view, rows, single))
    return list(found.values())


def difference(
    binder: Any, view: SessionCatalog, entry: Entry, before: Rows, latest: Rows, parts: tuple[str, str, str]
) -> TableSource:
    """What is different in the rows of a view between two states of its tables."""
    old, new = (_computed(binder, entry, State(view, rows)) for rows in (before, latest))
    return streams.changes_source(view, entry, streams.difference_sql(entry, old, new), parts)


def appended(binder: Any, view: SessionCatalog, entry: Entry, rows: Rows, parts: tuple[str, str, str]) -> TableSource:
    """The rows of a view over rows that were inserted into its tables."""
    sql = _computed(binder, entry, State(view, rows, single=True))
    items = ", ".join([*streams.stored_keys(entry), *versions.appended_marks(entry)])
    return streams.changes_source(view, entry, f"(SELECT {items} FROM {sql})", parts)


@dataclass(slots=True)
class ViewStream:
    """A stream on a view as a query reads it, once there is a binder."""

    view: SessionCatalog
    stream: Entry

    @property
    def parts(self) -> tuple[str, str, str]:
        return self.stream.parts

    def bind(self, binder: Any) -> TableSource:
        """Raises SnowflakeError 091901: the view, or a table of it, was replaced or dropped."""
        entry = streams.source_table(self.view.catalog, self.stream)
        if self.view.access is not None:
            self.view.access.check(entry, "SELECT")
        evaluate = binder.env.evaluate
        offsets = dict(evaluate(f"SELECT table_id, version FROM {streams.offset_table(self.stream)}"))

        def version(table: Entry) -> int:
            if table.id not in offsets:
                raise errors.STREAM_SOURCE_GONE(table.full_name, self.stream.name)
            return int(offsets[table.id])

        if self.stream.properties.get(streams.APPEND_ONLY):
            return appended(
                binder, self.view, entry, lambda t: versions.appended_rows_sql(t, str(version(t))), self.parts
            )
        return difference(
            binder, self.view, entry, lambda t: versions.rows_sql(evaluate, t, version(t)), present, self.parts
        )
