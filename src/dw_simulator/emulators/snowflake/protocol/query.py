"""Query requests and the bodies of their responses."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.protocol.rowtype import rowtype
from dw_simulator.emulators.snowflake.results import ResultColumn
from dw_simulator.emulators.snowflake.sessions import Session

IN_PROGRESS = "333333"
IN_PROGRESS_ASYNC = "333334"


@dataclass(frozen=True, slots=True)
class QueryRequest:
    sql: str
    asynchronous: bool = False
    describe_only: bool = False
    bindings: Mapping[str, Any] | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    bind_stage: str = ""


def parse_query(body: Mapping[str, Any]) -> QueryRequest:
    """Raises SnowflakeError 390001: the body has no ``sqlText``."""
    sql = body.get("sqlText")
    if not isinstance(sql, str):
        raise errors.BAD_REQUEST("the query request has no sqlText")
    bindings = body.get("bindings")
    parameters = body.get("parameters")
    return QueryRequest(
        sql=sql,
        asynchronous=bool(body.get("asyncExec")),
        describe_only=bool(body.get("describeOnly")),
        bindings=bindings if isinstance(bindings, Mapping) else None,
        parameters=dict(parameters) if isinstance(parameters, Mapping) else {},
        bind_stage=str(body.get("bindStage") or ""),
    )


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a result that the client fetches by itself."""

    url: str
    rows: int
    size: int


@dataclass(slots=True)
class QueryAnswer:
    """What a successful query response says; :func:`result_data` gives it its form."""

    columns: Sequence[ResultColumn]
    rows: int
    returned: int
    statement_type_id: int
    format: str
    rowset: list[list[str | None]] | None = None
    stream: bytes | None = None
    chunks: Sequence[Chunk] = ()
    bind_count: int = 0
    array_binds: bool = False
    describes: bool = False
    row_counts: Mapping[str, int] = field(default_factory=dict)
    transfer: Mapping[str, object] | None = None
    children: Sequence[tuple[str, int]] = ()
    """(query id, statement type) of the statements of a multi-statement request."""


def session_data(query_id: str, session: Session) -> dict[str, Any]:
    """What a response says of the statement and its session."""
    return {
        "queryId": query_id,
        "databaseProvider": None,
        "finalDatabaseName": session.database,
        "finalSchemaName": session.schema,
        "finalWarehouseName": session.warehouse,
        "finalRoleName": session.role,
        "sendResultTime": int(time.time() * 1000),
        "queryContext": {"entries": []},
    }


@lru_cache(maxsize=1000)
def _rowtype(columns: tuple[ResultColumn, ...]) -> bytes:
    return orjson.dumps(rowtype(columns))


def result_data(answer: QueryAnswer) -> dict[str, Any]:
    """What a response says of the result, for ``orjson``: the same for all statements that have it."""
    data: dict[str, Any] = {
        "rowtype": orjson.Fragment(_rowtype(tuple(answer.columns))),
        "total": answer.rows,
        "returned": answer.returned,
        "numberOfBinds": answer.bind_count,
        "arrayBindSupported": answer.array_binds and answer.bind_count > 0,
        "statementTypeId": answer.statement_type_id,
        "version": 1,
        "queryResultFormat": answer.format,
    }
    if answer.describes and answer.bind_count:
        data["metaDataOfBinds"] = [_BIND] * answer.bind_count
    if answer.rowset is not None:
        data["rowset"] = answer.rowset
    if answer.stream is not None:
        # A result without rows has no stream: the drivers know its columns from "rowtype".
        data["rowsetBase64"] = base64.b64encode(answer.stream).decode() if answer.returned else ""
    if answer.chunks:
        data["chunks"] = [_chunk(chunk) for chunk in answer.chunks]
        data["chunkHeaders"] = {}
        data["qrmk"] = None
    if answer.row_counts:
        data["stats"] = {**_NO_STATS, **answer.row_counts}
    if answer.transfer is not None:
        data.update(answer.transfer)
    if answer.children:
        data["resultIds"] = ",".join(query_id for query_id, _ in answer.children)
        data["resultTypes"] = ",".join(str(kind) for _, kind in answer.children)
    return data


_BIND = {
    "name": "",
    "type": "text",
    "nullable": False,
    "length": None,
    "byteLength": None,
    "precision": None,
    "scale": None,
    "fixed": False,
}
"""What is told of each placeholder of a statement that is described: drivers give ``?`` any type."""
_NO_STATS = {"numRowsInserted": 0, "numRowsUpdated": 0, "numRowsDeleted": 0, "numDmlDuplicates": 0}


def _chunk(chunk: Chunk) -> dict[str, Any]:
    return {
        "url": chunk.url,
        "rowCount": chunk.rows,
        "uncompressedSize": chunk.size,
        "compressedSize": chunk.size,
    }


def in_progress(query_id: str, *, asynchronous: bool) -> dict[str, Any]:
    """The body that tells a driver to ask again under ``getResultUrl``."""
    return {
        "data": {
            "queryId": query_id,
            "getResultUrl": f"/queries/{query_id}/result",
            "queryAbortsAfterSecs": 300,
            "progressDesc": None,
        },
        "code": IN_PROGRESS_ASYNC if asynchronous else IN_PROGRESS,
        "message": (
            "Query execution in progress. Asynchronous query." if asynchronous else "Query execution in progress."
        ),
        "success": True,
    }


def error_details(error: SnowflakeError, query_id: str) -> dict[str, Any]:
    return {"queryId": query_id, "errorCode": error.code, "sqlState": error.sqlstate}
