"""From a finished query to the body of a response, in the format its client reads."""

from __future__ import annotations

from typing import Any

import orjson

from dw_simulator.emulators.snowflake.protocol import arrow_encoding, http, json_encoding
from dw_simulator.emulators.snowflake.protocol.login import parameter_list
from dw_simulator.emulators.snowflake.protocol.query import (
    Chunk,
    QueryAnswer,
    error_details,
    result_data,
    session_data,
)
from dw_simulator.emulators.snowflake.queries import Query
from dw_simulator.emulators.snowflake.result_store import Part, StoredResult
from dw_simulator.emulators.snowflake.results import StatementType
from dw_simulator.emulators.snowflake.session_registry import Entry
from dw_simulator.emulators.snowflake.sessions import Session

CHUNK_PATH = "/_dw/results/"
SMALL_RESULT_BYTES = 64 << 10
"""Up to this size a response is encoded with its statement: a change of threads would cost more."""

_FORMAT_PARAMETERS = {
    "pythonconnector": "PYTHON_CONNECTOR_QUERY_RESULT_FORMAT",
    "go": "GO_QUERY_RESULT_FORMAT",
    "jdbc": "JDBC_QUERY_RESULT_FORMAT",
    ".net": "DOTNET_QUERY_RESULT_FORMAT",
    "odbc": "ODBC_QUERY_RESULT_FORMAT",
}
"""By lower-case CLIENT_APP_ID; other clients go by QUERY_RESULT_FORMAT."""


def result_format(session: Session, statement_type_id: int) -> str:
    """``arrow`` for rows of queries and clients that read it, ``json`` for all else (DML, SHOW, DDL …)."""
    if statement_type_id != StatementType.SELECT or session.client.wants_json:
        return "json"
    parameter = _FORMAT_PARAMETERS.get(session.client.app_id.lower(), "QUERY_RESULT_FORMAT")
    return "json" if session.parameters[parameter] == "JSON" else "arrow"


def query_body(query: Query, base_url: str) -> bytes:
    """The response body of a query that has ended, well or badly.

    Encodes the first rows, so call it from a thread when the result may be large.
    """
    if query.error is not None:
        body = http.failure(query.error, error_details(query.error, query.id)).body
        return body if isinstance(body, bytes) else b""
    if query.result is None:
        raise ValueError(f"statement {query.id} has not ended")
    own = orjson.dumps(session_data(query.id, query.entry.session))
    rendered, parameters = _rendered(query, query.result, base_url), _parameters(query.entry)
    pieces = (b'{"data":', rendered[:-1], b",", own[1:-1], b',"parameters":', parameters, _END)
    return b"".join(pieces)


_END = b'},"code":null,"message":null,"success":true}'


def render(query: Query, result: StoredResult) -> None:
    """Make ready what the response says of a small result, for the thread that made it has it in its caches."""
    if len(result.parts) <= 1 and result.size <= SMALL_RESULT_BYTES:
        chosen = result_format(query.entry.session, result.statement_type_id)
        query.rendered = chosen, orjson.dumps(result_data(_answer(query, result, "")))


def _rendered(query: Query, result: StoredResult, base_url: str) -> bytes:
    """What a response says of the result, as JSON."""
    chosen = result_format(query.entry.session, result.statement_type_id)
    ready, query.rendered = query.rendered, None
    if ready is not None and ready[0] == chosen:
        return ready[1]
    known = result.rendered.get(chosen) if query.reused else None
    if known is not None:
        return known
    rendered: bytes = orjson.dumps(result_data(_answer(query, result, base_url)))
    if query.reused:
        result.rendered[chosen] = rendered
    return rendered


def _parameters(entry: Entry) -> bytes:
    """The session's parameters as JSON, rendered once a change."""
    version, rendered = entry.rendered_parameters
    if version != entry.session.parameters.version:
        version = entry.session.parameters.version
        rendered = orjson.dumps(parameter_list(entry.session))
        entry.rendered_parameters = (version, rendered)
    return rendered


def _answer(query: Query, result: StoredResult, base_url: str) -> QueryAnswer:
    chosen = result_format(query.entry.session, result.statement_type_id)
    first, rest = (result.parts[0], result.parts[1:]) if result.parts else (Part(), [])
    answer = QueryAnswer(
        columns=result.columns,
        rows=sum(result.row_counts.values()) if result.is_dml else result.rows,
        returned=result.rows,
        statement_type_id=result.statement_type_id,
        format=chosen,
        bind_count=result.bind_count,
        array_binds=result.array_binds,
        describes=query.describe_only,
        row_counts=result.row_counts,
        transfer=result.transfer,
        children=[(child.id, child.result.statement_type_id) for child in query.children if child.result],
        chunks=[
            Chunk(f"{base_url}{CHUNK_PATH}{query.id}/{index}?format={chosen}", part.rows, part.size)
            for index, part in enumerate(rest, start=1)
        ],
    )
    if chosen == "arrow":
        answer.stream = _arrow(result, first)
    else:
        answer.rowset = json_rows(result, first)
    return answer


def _arrow(result: StoredResult, part: Part) -> bytes:
    schema = arrow_encoding.physical_schema(result.columns, result.ranges)
    return bytes(arrow_encoding.encode_stream(part.read(), result.columns, schema))


def json_rows(result: StoredResult, part: Part) -> list[list[Any]]:
    return [row for batch in part.read() for row in json_encoding.encode_rows(batch, result.columns)]


def chunk_body(result: StoredResult, index: int, chosen: str) -> bytes:
    """A part as clients fetch it: an Arrow stream, or JSON rows without the outer brackets."""
    part = result.parts[index]
    if chosen == "arrow":
        return _arrow(result, part)
    return orjson.dumps(json_rows(result, part))[1:-1]
