"""The S3 service: wires connections, authentication, operations and the store."""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib.metadata
import logging
import signal
import ssl
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

import orjson

from dw_simulator.config import S3Settings, Settings
from dw_simulator.emulators.s3 import operations
from dw_simulator.emulators.s3.connection import Connection, Disconnected, Head, IncomingBody, error_response
from dw_simulator.emulators.s3.metrics import CONNECTIONS, S3Metrics
from dw_simulator.emulators.s3.operations.registry import Call, resolve
from dw_simulator.emulators.s3.protocol.auth import Authenticator
from dw_simulator.emulators.s3.protocol.errors import S3Error
from dw_simulator.emulators.s3.protocol.request import Response, parse_request
from dw_simulator.emulators.s3.storage.store import Store, storage_error
from dw_simulator.emulators.s3.storage.uploads import Uploads
from dw_simulator.errors import StackError
from dw_simulator.observability import logs, tracing
from dw_simulator.observability.metrics import CONTENT_TYPE
from dw_simulator.serving.addresses import cannot_listen
from dw_simulator.serving.tls import server_context

log = logging.getLogger(__name__)

__all__ = ["Service", "operations", "serve"]

SLOW_SECONDS = 1.0
"""Requests that take longer are logged at level info, others at debug."""

HEALTH_PATH = b"/_dw/health"
METRICS_PATH = b"/_dw/metrics"
"""Not `/metrics`: a bucket may be called so."""
_WORKERS = 4
_BACKLOG = 1024
_GRACE_SECONDS = 5.0


@dataclass(slots=True)
class _Handled:
    """Which operation a request turned out to be; refused requests are of none."""

    operation: str = "none"


class Service:
    """The store behind its protocol, without sockets: one answer a request."""

    def __init__(self, store: Store, uploads: Uploads, authenticator: Authenticator) -> None:
        self._store = store
        self._uploads = uploads
        self._authenticator = authenticator
        self.metrics = S3Metrics()
        self.workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="s3")

    @classmethod
    def open(cls, settings: Settings) -> Service:
        """Open the store of the settings; what an earlier server left half-written goes away."""
        store = Store(settings.state_dir("s3"), settings.s3.region)
        uploads = Uploads(store)
        try:
            store.open()
            uploads.clean()
        except OSError as error:
            raise StackError(
                f"the s3 service cannot use its folder {store.root}: {error.strerror or error}",
                hint="check its owner and permissions, or set DW_SIMULATOR_HOME to another folder",
            ) from error
        keys = Authenticator(settings.s3.access_key, settings.s3.secret_key.get_secret_value())
        return cls(store, uploads, keys)

    async def answer(self, head: Head, body: IncomingBody) -> Response:
        """Answer a request; every failure becomes an S3 error."""
        method, target, headers = head
        if target == HEALTH_PATH:
            return _health()
        if target == METRICS_PATH:
            return await self._metrics()
        began = time.perf_counter()
        handled = _Handled()
        request_id = logs.request_id(headers.get("x-request-id"))
        with logs.bound(request_id=request_id):
            response = await self._answer(head, body, handled, request_id)
            seconds = time.perf_counter() - began
            self.metrics.request(method, handled.operation, headers, response, seconds)
            _log_end(handled.operation, target, response.status, seconds)
        response.headers.setdefault("x-amz-request-id", request_id)
        return response

    async def _metrics(self) -> Response:
        loop = asyncio.get_running_loop()
        values = await loop.run_in_executor(self.workers, self.metrics.registry.render)
        return Response(200, values, {"Content-Type": CONTENT_TYPE})

    async def _answer(self, head: Head, body: IncomingBody, handled: _Handled, request_id: str) -> Response:
        method, target, headers = head
        resource = target.partition(b"?")[0].decode("latin-1")
        try:
            request = parse_request(method, target, headers)
            resource = request.resource
            signed = self._authenticator.verify(request, dt.datetime.now(dt.UTC))
            call = Call(request, signed, body, self._store, self._uploads, self.workers)
            operation = resolve(request)
            tracing.annotate({"rpc.system.name": "aws-api", "rpc.method": f"S3/{operation.name}"})
            handled.operation = operation.name
            return await operation.handler(call)
        except S3Error as error:
            return error_response(error, resource, request_id)
        except OSError as error:
            log.warning("%s %s: %s", method, resource, error)
            return error_response(storage_error(error), resource, request_id)
        except (Disconnected, asyncio.CancelledError):
            raise
        except Exception:  # the edge: a client must get an answer
            log.exception("%s %s failed", method, resource)
            return error_response(S3Error("InternalError"), resource, request_id)


def _log_end(operation: str, target: bytes, status: int, seconds: float) -> None:
    """Errors of clients are everyday answers here: a missing object. The query stays out: it may hold a signature."""
    level = logging.INFO if status >= 500 or seconds > SLOW_SECONDS else logging.DEBUG
    if log.isEnabledFor(level):
        path = target.partition(b"?")[0].decode("latin-1")
        fields = {"operation": operation, "path": path, "status": status, "seconds": round(seconds, 4)}
        log.log(level, "request ended", extra=fields)


def _health() -> Response:
    status = {"status": "ok", "service": "s3", "version": importlib.metadata.version("dw-simulator")}
    return Response(200, orjson.dumps(status), {"Content-Type": "application/json"})


async def serve(settings: Settings, *, ready: Callable[[str, int], None] | None = None) -> None:
    """Run the service until SIGTERM, SIGINT or cancellation; requests in progress are finished.

    Args:
        ready: called with host and bound port once requests are answered.

    Raises:
        StackError: the port is in use, the folder cannot be used, or the certificates cannot.
    """
    tls = server_context(settings.tls_dir) if settings.tls.enabled else None
    service = Service.open(settings)
    connections: set[Connection] = set()
    service.metrics.registry.follow(CONNECTIONS, lambda: [((), len(connections))])
    server = await _listen(settings.s3, lambda: Connection(service.answer, connections), tls)
    stopped = asyncio.Event()
    _on_signals(stopped.set)
    try:
        if ready is not None:
            ready(settings.s3.host, server.sockets[0].getsockname()[1])
        await stopped.wait()
    finally:
        server.close()
        await _finish(connections)
        service.workers.shutdown(wait=True)


async def _listen(
    settings: S3Settings, factory: Callable[[], Connection], tls: ssl.SSLContext | None
) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    try:
        return await loop.create_server(factory, settings.host, settings.port, backlog=_BACKLOG, ssl=tls)
    except OSError as error:
        raise cannot_listen("s3", settings.host, settings.port, error) from error


def _on_signals(stop: Callable[[], None]) -> None:
    """Stop on SIGTERM and SIGINT, where this thread may handle signals."""
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError, ValueError, RuntimeError):
            loop.add_signal_handler(name, stop)


async def _finish(connections: set[Connection]) -> None:
    """Let requests in progress end, for a while."""
    deadline = asyncio.get_running_loop().time() + _GRACE_SECONDS
    while connections and asyncio.get_running_loop().time() < deadline:
        for connection in list(connections):
            connection.close_when_idle()
        await asyncio.sleep(0.01)
