"""Bodies that endpoints read themselves, because they come in several forms."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from dw_simulator.errors import ImportSchemaError, Problem

YAML_TYPES = frozenset({"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"})
FORM_TYPE = "multipart/form-data"

MOST_FIELDS = 20

Body = TypeVar("Body", bound=BaseModel)


def media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def text_of(request: Request) -> str:
    """The body as text. Raises ImportSchemaError when it is not UTF-8."""
    return decoded(await request.body(), "the body")


def decoded(content: bytes, what: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = Problem(f"{what} is not UTF-8 text: byte {content[error.start]:#04x}", line=line, construct="text")
        raise ImportSchemaError(problem) from None


async def form_of(request: Request, *, file_field: str) -> dict[str, Any]:
    """The fields of a form by name, several of one name as a list; the text of ``file`` under ``file_field``.

    Raises:
        RequestValidationError: it is no form.
        ImportSchemaError: the file is not UTF-8.
    """
    found: dict[str, Any] = {}
    try:
        async with request.form(max_files=1, max_fields=MOST_FIELDS) as form:
            for name in dict.fromkeys(form):
                values = [await _plain(value) for value in form.getlist(name)]
                key = file_field if name == "file" else name
                found[key] = values if len(values) > 1 else values[0]
    except MultiPartException as error:
        raise _invalid("form", error.message, ()) from None
    except HTTPException as error:  # how starlette tells of a form that it cannot read
        if error.status_code == HTTPStatus.BAD_REQUEST:
            raise _invalid("form", error.detail, ()) from None
        raise
    return found


async def _plain(value: UploadFile | str) -> str:
    if isinstance(value, str):
        return value
    return decoded(await value.read(), "the file")


def validated(model: type[Body], content: bytes | dict[str, Any]) -> Body:
    """The body as a model. Raises RequestValidationError, as FastAPI does for the bodies that it reads."""
    try:
        if isinstance(content, bytes):
            return model.model_validate_json(content)
        return model.model_validate(content)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError([{**item, "loc": ("body", *item["loc"])} for item in found]) from None


def _invalid(kind: str, message: str, place: tuple[str, ...]) -> RequestValidationError:
    return RequestValidationError([{"type": kind, "loc": ("body", *place), "msg": message}])
