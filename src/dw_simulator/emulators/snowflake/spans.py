"""Server spans of statements."""

from __future__ import annotations

from collections.abc import Callable

from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.protocol.http import Request
from dw_simulator.emulators.snowflake.queries import Query
from dw_simulator.emulators.snowflake.result_store import StoredResult
from dw_simulator.observability import sql_trace, tracing
from dw_simulator.observability.tracing import Remote, Span, Value


def parent_of(request: Request) -> Remote | None:
    """What the HTTP headers of a request say: some drivers send them."""
    return tracing.remote_parent(request.header(b"traceparent"), request.header(b"tracestate"))


def traced(query: Query, execute: Callable[[Query], StoredResult]) -> StoredResult:
    """Execute a statement in this thread, with a span around it that begins when it came.

    Its parent is the span that the client named: in a comment of the text, by HTTP headers, or in the QUERY_TAG.
    """
    if not tracing.is_on():
        return execute(query)
    session = query.entry.session
    text = sql_trace.without_comment(query.sql)
    parent = (
        sql_trace.commented_parent(query.sql)
        or query.parent
        or sql_trace.tagged_parent(str(session.parameters["QUERY_TAG"]))
    )
    attributes: dict[str, Value] = {
        **sql_trace.attributes_of("snowflake", text),
        "dw_simulator.query_id": query.id,
        "dw_simulator.session_id": session.id,
    }
    if session.database is not None:
        attributes["db.namespace"] = f"{session.database}.{session.schema}" if session.schema else session.database
    name, began = sql_trace.operation_name(text), int(query.started * 1e9)
    with tracing.span(name, attributes, kind="server", parent=parent, started=began) as span:
        return _executed(query, execute, span)


def _executed(query: Query, execute: Callable[[Query], StoredResult], span: Span) -> StoredResult:
    try:
        result = execute(query)
    except SnowflakeError as error:
        span.set({"db.response.status_code": error.code})
        raise
    span.set({"db.response.returned_rows": result.rows})
    if result.row_counts:
        span.set({"dw_simulator.rows": sum(result.row_counts.values())})
    return result
