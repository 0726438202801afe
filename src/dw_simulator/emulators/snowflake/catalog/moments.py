"""AT, BEFORE and CHANGES in statements. Vendor pages: "AT | BEFORE", "CHANGES", "CREATE <object> … CLONE"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import streams, versions, view_streams
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.versions import Moment
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.environment import TableSource, ViewSource
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.types import model as m

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.catalog.view import SessionCatalog

Written = tuple[str, str, n.Expr]
"""AT, BEFORE or END; the kind of moment; the moment."""


def moment_of(binder: Any, written: Written) -> Moment:
    """What a clause means. ``binder`` is that of the statement. A time without a zone is one of UTC."""
    when, kind, node = written
    before = when == "BEFORE"
    value = binder.expression(node)
    if kind in ("STATEMENT", "STREAM"):
        found = binder.env.evaluate(f"SELECT {binder.coerce(value, m.text()).sql}")[0][0]
        return Moment(before, kind, str(found))
    if kind == "OFFSET":
        seconds = binder.env.evaluate(f"SELECT CAST({binder.numeric(value).sql} AS DOUBLE)")[0][0]
        if seconds is None:
            raise binder.error(errors.INVALID_PARAMETER_VALUE, node, binder.text_of(node), kind)
        at = binder.env.now.astimezone(dt.UTC) + dt.timedelta(seconds=seconds)
        return Moment(before, "TIMESTAMP", versions.microseconds(at))
    if value.kind not in ("TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ"):
        value = binder.coerce(value, m.timestamp_ntz())
    inner = f"({value.sql}).value" if value.kind == "TIMESTAMP_TZ" else value.sql
    at = binder.env.evaluate(f"SELECT epoch_us({inner})")[0][0]
    if at is None:
        raise binder.error(errors.INVALID_PARAMETER_VALUE, node, binder.text_of(node), kind)
    return Moment(before, "TIMESTAMP", int(at))


def earlier(
    view: SessionCatalog, binder: Any, source: n.TableRef, moment: Moment | None, found: TableSource
) -> TableSource:
    """A table as it was at a moment, or what has changed in it since then. Raises as :func:`versions.version_at`."""
    table = view.catalog.get("TABLE", *found.parts)
    if table is None or table.kind != "TABLE" or moment is None:
        raise errors.UNSUPPORTED_FEATURE(f"time travel for {'.'.join(part for part in found.parts if part)}")
    evaluate = binder.env.evaluate
    if source.changes is None:
        if moment.kind == "STREAM":
            raise errors.UNSUPPORTED_FEATURE("AT (STREAM => …) without CHANGES")
        found.sql = versions.rows_sql(evaluate, table, versions.version_at(evaluate, view.catalog, table, moment))
        found.volatile = True
        return found
    end = moment_of(binder, source.until) if source.until is not None else None
    until = versions.version_at(evaluate, view.catalog, table, end) if end is not None else None
    if source.changes == "APPEND_ONLY":
        sql = versions.appended_sql(table, _version_sql(view, evaluate, table, moment), until)
    else:
        latest = table.physical if until is None else versions.rows_sql(evaluate, table, until)
        sql = streams.difference_sql(table, _base_sql(view, evaluate, table, moment), latest)
    return streams.changes_source(view, table, sql, found.parts)


def view_changes(
    view: SessionCatalog, binder: Any, source: n.TableRef, moment: Moment | None, found: ViewSource
) -> TableSource:
    """What has changed in a view since a moment. Raises as :func:`versions.version_at`, for each of its tables."""
    entry = view.catalog.get("TABLE", *found.parts)
    if entry is None or entry.kind != "VIEW" or moment is None or moment.kind == "STREAM":
        raise errors.UNSUPPORTED_FEATURE(f"CHANGES of {'.'.join(part for part in found.parts if part)}")
    evaluate = binder.env.evaluate
    end = moment_of(binder, source.until) if source.until is not None else None

    def version(table: Entry, at: Moment) -> int:
        return versions.version_at(evaluate, view.catalog, table, at)

    def latest(table: Entry) -> str:
        return view_streams.present(table) if end is None else versions.rows_sql(evaluate, table, version(table, end))

    if source.changes == "APPEND_ONLY":

        def inserted(table: Entry) -> str:
            until = None if end is None else version(table, end)
            return versions.appended_rows_sql(table, str(version(table, moment)), until)

        return view_streams.appended(binder, view, entry, inserted, found.parts)

    def before(table: Entry) -> str:
        return versions.rows_sql(evaluate, table, version(table, moment))

    return view_streams.difference(binder, view, entry, before, latest, found.parts)


def _stream(view: SessionCatalog, table: Entry, name: str) -> Entry:
    parser = Parser(name)
    stream = view.require(streams.KIND, parser.qualified())
    parser.expect_end()
    if stream.kind != streams.KIND or stream.properties["source"] != table.id:
        raise errors.INVALID_PARAMETER_VALUE(name, "STREAM")
    return stream


def _base_sql(view: SessionCatalog, evaluate: versions.Evaluate, table: Entry, moment: Moment) -> str:
    """The rows that there were, with their ids."""
    if moment.kind == "STREAM":
        stream = _stream(view, table, str(moment.value))
        if not stream.properties.get(streams.APPEND_ONLY):
            return streams.offset_table(stream)
        return versions.rows_sql(evaluate, table, int(evaluate(f"FROM {streams.offset_table(stream)}")[0][0]))
    return versions.rows_sql(evaluate, table, versions.version_at(evaluate, view.catalog, table, moment))


def _version_sql(view: SessionCatalog, evaluate: versions.Evaluate, table: Entry, moment: Moment) -> str:
    if moment.kind == "STREAM":
        stream = _stream(view, table, str(moment.value))
        if not stream.properties.get(streams.APPEND_ONLY):
            raise errors.UNSUPPORTED_FEATURE(
                f"the offset of {stream.name}, which is not APPEND_ONLY, for appended rows"
            )
        return f"(SELECT version FROM {streams.offset_table(stream)})"
    return str(versions.version_at(evaluate, view.catalog, table, moment))


def rows_then(binder: Any, table: Entry, parser: Parser) -> str | None:
    """SQL of the rows that a clause which comes next asks for; None without one."""
    if not parser.is_word("AT", "BEFORE"):
        return None
    moment, evaluate = moment_of(binder, parser.moment()), binder.env.evaluate
    if table.kind != "TABLE" or moment.kind == "STREAM":
        raise errors.UNSUPPORTED_FEATURE(f"CLONE of {table.name} at an earlier time")
    return versions.rows_sql(evaluate, table, versions.version_at(evaluate, binder.env.catalog.catalog, table, moment))


def view_offset_sql(binder: Any, tables: Sequence[Entry], written: Written) -> str:
    """What a new stream on a view keeps: the versions that the view's tables had at a moment."""
    moment, evaluate, catalog = moment_of(binder, written), binder.env.evaluate, binder.env.catalog.catalog
    if moment.kind == "STREAM":
        raise errors.UNSUPPORTED_FEATURE("CREATE STREAM ON VIEW … AT (STREAM => …)")
    return offsets_sql((table.id, versions.version_at(evaluate, catalog, table, moment)) for table in tables)


def offsets_sql(offsets: Iterable[tuple[int, int]]) -> str:
    """What a stream on a view keeps, from ids of tables and versions."""
    return f"SELECT * FROM (VALUES {', '.join(map(str, offsets))}) AS v(table_id, version)"


def offset_sql(binder: Any, stream: Entry, table: Entry, written: Written) -> str:
    """What a new stream keeps of its table as it was at a moment."""
    moment, evaluate, view = moment_of(binder, written), binder.env.evaluate, binder.env.catalog
    if stream.properties.get(streams.APPEND_ONLY):
        return f"SELECT {_version_sql(view, evaluate, table, moment)} AS version"
    return f"SELECT * FROM {_base_sql(view, evaluate, table, moment)}"
