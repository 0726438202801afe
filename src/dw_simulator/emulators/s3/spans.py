"""A server span for each request, with the client's span as its parent."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager

from dw_simulator.emulators.s3.protocol.request import Response
from dw_simulator.observability import tracing
from dw_simulator.observability.tracing import Span, Value


def request_span(method: str, target: bytes, headers: Mapping[str, str]) -> AbstractContextManager[Span]:
    """https://opentelemetry.io/docs/specs/semconv/http/http-spans/ ; the query stays out: it may hold a signature."""
    if not tracing.is_on() or target.startswith(b"/_dw/"):
        return tracing.span_off()
    path = target.partition(b"?")[0].decode("latin-1")
    bucket, _, key = path.lstrip("/").partition("/")
    route = "/{bucket}/{key}" if key else "/{bucket}" if bucket else "/"
    attributes: dict[str, Value] = {
        "http.request.method": method,
        "http.route": route,
        "url.path": path,
    }
    attributes |= {name: value for name, value in (("aws.s3.bucket", bucket), ("aws.s3.key", key)) if value}
    size = headers.get("content-length", "")
    if size.isdecimal():
        attributes["http.request.body.size"] = int(size)
    parent = tracing.remote_parent(headers.get("traceparent"), headers.get("tracestate", ""))
    return tracing.span(f"{method} {route}", attributes, kind="server", parent=parent)


def note_response(span: Span, response: Response) -> None:
    span.set({"http.response.status_code": response.status, "http.response.body.size": response.length})
    if response.status >= 500:
        span.fail(str(response.status))
