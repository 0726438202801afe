"""The SQL API's requests and bodies. Vendor page: "Snowflake SQL API reference"."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.protocol.rowtype import rowtype
from dw_simulator.emulators.snowflake.results import ResultColumn

SUCCESS_CODE = "090001"
IN_PROGRESS = "333334"
STILL_RUNNING = "333333"


@dataclass(frozen=True, slots=True)
class StatementRequest:
    statement: str
    timeout: int | None = None
    database: str | None = None
    schema: str | None = None
    warehouse: str | None = None
    role: str | None = None
    bindings: Mapping[str, Any] | None = None
    parameters: dict[str, Any] = field(default_factory=dict)


def parse_statement(body: Mapping[str, Any]) -> StatementRequest:
    """Names of database, schema, warehouse and role are used as they are spelled, as the API does.

    Raises:
        SnowflakeError: 390001, the body has no statement, or a field is not of its type.
    """
    statement = body.get("statement")
    if not isinstance(statement, str):
        raise errors.BAD_REQUEST("the body has no statement")
    timeout = body.get("timeout")
    if timeout is not None and (not isinstance(timeout, int) or timeout < 0):
        raise errors.BAD_REQUEST("timeout is a number of seconds")
    for name in ("bindings", "parameters"):
        if not isinstance(body.get(name) or {}, Mapping):
            raise errors.BAD_REQUEST(f"{name} is not a JSON object")
    parameters = {str(name).upper(): value for name, value in dict(body.get("parameters") or {}).items()}
    return StatementRequest(
        statement,
        timeout,
        database=body.get("database") or None,
        schema=body.get("schema") or None,
        warehouse=body.get("warehouse") or None,
        role=body.get("role") or None,
        bindings=body.get("bindings"),
        parameters=parameters,
    )


def status_url(handle: str) -> str:
    return f"/api/v2/statements/{handle}?requestId={uuid.uuid4()}"


def links(handle: str, partition: int, count: int) -> str:
    """The ``Link`` header of a partition of a result."""
    found = {"first": 0, "prev": partition - 1, "next": partition + 1, "last": count - 1}
    return ",".join(
        f'<{status_url(handle)}&partition={number}>; rel="{name}"'
        for name, number in found.items()
        if 0 <= number < count
    )


def result_body(
    handle: str,
    columns: Sequence[ResultColumn],
    rows: Sequence[Sequence[str | None]],
    total: int,
    partitions: Sequence[tuple[int, int]],
    created: int,
) -> dict[str, Any]:
    """A finished statement, its first partition. ``partitions`` are (rows, bytes), ``created`` epoch milliseconds."""
    return {
        "resultSetMetaData": {
            "numRows": total,
            "format": "jsonv2",
            "partitionInfo": [{"rowCount": count, "uncompressedSize": size} for count, size in partitions],
            "rowType": rowtype(columns),
        },
        "data": rows,
        "code": SUCCESS_CODE,
        "sqlState": "00000",
        "message": "Statement executed successfully.",
        "statementHandle": handle,
        "statementStatusUrl": status_url(handle),
        "createdOn": created,
    }


def running_body(handle: str, created: int, *, asynchronous: bool) -> dict[str, Any]:
    return {
        "code": IN_PROGRESS if asynchronous else STILL_RUNNING,
        "sqlState": "00000",
        "message": (
            "Asynchronous execution in progress. Use provided query id to perform query monitoring and management."
        ),
        "statementHandle": handle,
        "statementStatusUrl": status_url(handle),
        "createdOn": created,
    }


def error_body(error: SnowflakeError, handle: str | None = None, created: int | None = None) -> dict[str, Any]:
    body: dict[str, Any] = {"code": error.code, "sqlState": error.sqlstate, "message": error.message}
    if handle is not None:
        body["statementHandle"] = handle
        body["createdOn"] = created
    return body


def error_status(error: SnowflakeError) -> int:
    """The HTTP status of a failure: the SQL API, unlike the connector protocol, has them."""
    if error.errno == errors.TIMEOUT.errno:
        return 408
    if 390100 <= error.errno < 395000:
        return 401
    if error.errno == errors.BAD_REQUEST.errno:
        return 400
    if error.errno == errors.INTERNAL.errno:
        return 500
    return 404 if error.errno == errors.RESULT_NOT_FOUND.errno else 422
