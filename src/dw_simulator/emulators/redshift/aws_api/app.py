"""The HTTP surface: which API a request is for, who sent it, errors as each API tells them."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from dw_simulator.config.groups import S3Settings
from dw_simulator.emulators.redshift.aws_api import query_api, serverless, signing
from dw_simulator.emulators.redshift.aws_api.data_api import DataApi
from dw_simulator.emulators.redshift.aws_api.errors import ApiError, unknown_operation, validation
from dw_simulator.emulators.redshift.aws_api.target import Target

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LARGEST_BODY = 8 << 20
_JSON = b"application/x-amz-json-1.1"
_XML = b"text/xml"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    content_type: bytes = _JSON
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)


class AwsApi:
    """ASGI 3. Requests are signed with the keys of the S3 settings, whose access key is the name of the IAM user."""

    def __init__(self, target: Target, data: DataApi, s3: S3Settings) -> None:
        self._target = target
        self._data = data
        self._keys = {s3.access_key: s3.secret_key.get_secret_value()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = await _body(receive)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        answer = await self.respond(scope["method"], scope["path"], headers, body)
        await _write(answer, send)

    async def respond(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """The answer to one request; ``headers`` have names in lower case."""
        if (method, path) != ("POST", "/"):
            return Answer(404, b"no such endpoint", b"text/plain")
        target = headers.get("x-amz-target", "")
        try:
            access_key = signing.check(headers, body, self._keys, dt.datetime.now(dt.UTC), method=method, path=path)
            if not target:
                return Answer(200, query_api.answer(self._target, body, access_key), _XML)
            return Answer(200, orjson.dumps(await self._json(target, body, access_key)))
        except ApiError as error:
            return _refusal(error, as_xml=not target)
        except Exception as error:
            log.exception("internal error in %s", target or "the Redshift API")
            return _refusal(ApiError("InternalServerException", repr(error), 500), as_xml=not target)

    async def _json(self, target: str, body: bytes, access_key: str) -> dict[str, Any]:
        service, _, operation = target.partition(".")
        try:
            request = orjson.loads(body or b"{}")
        except orjson.JSONDecodeError as error:
            raise ApiError("SerializationException", str(error)) from error
        if not isinstance(request, dict):
            raise validation("the body is not a JSON object")
        match service:
            case "RedshiftServerless":
                return serverless.answer(self._target, operation, request, access_key)
            case "RedshiftData":
                return await self._data.answer(operation, request, access_key)
        raise unknown_operation(target)


async def _body(receive: Receive) -> bytes:
    pieces, size, more = [], 0, True
    while more:
        message = await receive()
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        more = message.get("more_body", False) and size <= LARGEST_BODY
    return b"".join(pieces)


async def _write(answer: Answer, send: Send) -> None:
    headers = [
        (b"content-type", answer.content_type),
        (b"content-length", str(len(answer.body)).encode()),
        (b"x-amzn-requestid", str(uuid.uuid4()).encode()),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def _refusal(error: ApiError, *, as_xml: bool) -> Answer:
    if as_xml:
        return Answer(error.status, query_api.error_body(error), _XML)
    body = {"__type": error.code, "message": error.message, "Message": error.message, **error.members}
    return Answer(error.status, orjson.dumps(body), headers=[(b"x-amzn-errortype", error.code.encode())])
