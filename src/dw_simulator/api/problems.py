"""Every error as ``application/problem+json`` (RFC 9457), its HTTP status from one table of error classes."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from dw_simulator import errors
from dw_simulator.api.openapi import PROBLEM
from dw_simulator.errors import Problem

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

STATUSES: dict[type[errors.DwSimulatorError], HTTPStatus] = {
    errors.InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.GenerationCancelled: HTTPStatus.CONFLICT,
    errors.LoadCancelled: HTTPStatus.CONFLICT,
    errors.QueryCancelled: HTTPStatus.CONFLICT,
    errors.SchemaError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.GenerationError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.WarehouseSqlError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.ExportError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.WarehouseError: HTTPStatus.BAD_GATEWAY,
    errors.StagingError: HTTPStatus.BAD_GATEWAY,
    errors.ServiceUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.ConfigError: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.VerificationFailed: HTTPStatus.CONFLICT,
    errors.StackError: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.DwSimulatorError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""The status of an error is that of the nearest class of its inheritance chain."""


class ProblemDocument(BaseModel):
    """The body of every error answer."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    hint: str | None = None
    warehouse_code: str | None = None
    problems: list[Problem] = []


def status_of(error: errors.DwSimulatorError) -> HTTPStatus:
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def responses(*codes: int) -> dict[int | str, dict[str, Any]]:
    """The documented error answers of an endpoint."""
    return {
        code: {"description": HTTPStatus(code).phrase, "content": {MEDIA_TYPE: {"schema": {"$ref": PROBLEM}}}}
        for code in codes
    }


def install(app: FastAPI) -> None:
    """Let ``app`` answer every error with a problem document."""
    app.add_exception_handler(errors.DwSimulatorError, _known_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected_error)


def answer(document: ProblemDocument, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(
        document.model_dump(exclude_none=True), document.status, headers=dict(headers or {}), media_type=MEDIA_TYPE
    )


def unexpected_document(error: BaseException) -> ProblemDocument:
    detail = f"{type(error).__name__}: {error}"
    return _document(HTTPStatus.INTERNAL_SERVER_ERROR, detail, code="internal", hint="see: dw-sim logs api")


def _known_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, errors.DwSimulatorError)
    return answer(problem_of(error))


def problem_of(error: errors.DwSimulatorError) -> ProblemDocument:
    """The document of an error of ours. Places in a text are in ``problems``."""
    places = list(error.problems) if isinstance(error, errors.SchemaError) else []
    document = _document(status_of(error), error.message, code=error.code, hint=error.hint, places=places)
    if isinstance(error, errors.WarehouseSqlError):
        document.warehouse_code = error.warehouse_code
        if error.line is not None:
            document.problems = [Problem(error.message, line=error.line, column=error.column)]
    return document


def _invalid_request(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    places = [Problem(message=item["msg"], path=".".join(str(part) for part in item["loc"])) for item in error.errors()]
    detail = "\n".join(f"{place.path}: {place.message}" for place in places)
    return answer(_document(HTTPStatus.UNPROCESSABLE_ENTITY, detail, code="request", places=places))


def _http_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    code = "body" if status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE else "http"
    return answer(_document(status, error.detail, code=code), error.headers)


def _unexpected_error(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return answer(unexpected_document(error))


def _document(
    status: HTTPStatus, detail: str, *, code: str, hint: str | None = None, places: list[Problem] | None = None
) -> ProblemDocument:
    return ProblemDocument(
        title=status.phrase, status=status, detail=detail, code=code, hint=hint, problems=places or []
    )
