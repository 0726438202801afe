"""Fixtures for all tests. Those of `dw_simulator.testing.plugin` (`redshift_connection`, …) are there as well."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from dw_simulator.testing import RunningStack
from dw_simulator.testing.stack import run_dw_sim

# No deadline: machines differ. In CI the same examples every time, so that a failure belongs to the change.
hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(autouse=True, scope="session")
def _no_inherited_settings() -> None:
    """Tests do not see the settings of the machine they run on, nor its stack."""
    for name in [name for name in os.environ if name.startswith("DW_SIMULATOR_")]:
        del os.environ[name]


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """What a test sets up for the log of this process, as commands do that run in it, ends with the test."""
    root = logging.getLogger()
    handlers, level, raises = root.handlers[:], root.level, logging.raiseExceptions
    yield
    logging.captureWarnings(False)
    logging.raiseExceptions = raises
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def stack(dw_stack: RunningStack) -> RunningStack:
    """The stack of this session: `stack.settings` has the addresses, `stack.dw_sim("query", …)` runs the command."""
    return dw_stack


@pytest.fixture
def dw_sim(tmp_path: Path):
    """Runs ``dw-sim`` in a home folder of this test: ``dw_sim("status", check=False)``."""

    def run(*arguments: str, **options):
        return run_dw_sim(tmp_path / "home", *arguments, **options)

    return run


# --- spans ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class SeenSpan:
    """A span as it arrived; ids in hexadecimal, ``parent`` empty for a root, ``kind`` as ``SERVER``."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    kind: str
    failed: bool
    message: str
    attributes: dict[str, Any] = field(hash=False)


class Collector:
    """An OTLP/HTTP receiver: ``POST /v1/traces`` with protobuf bodies."""

    def __init__(self) -> None:
        self.spans: list[SeenSpan] = []
        self.bodies: list[bytes] = []
        self.status = 200
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                assert self.path == "/v1/traces"
                assert self.headers["content-type"] == "application/x-protobuf"
                if collector.status == 200:
                    collector.take(body)
                self.send_response(collector.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"

    def take(self, body: bytes) -> None:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
        from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

        self.bodies.append(body)
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            resource = _attributes(group.resource.attributes)
            for scope in group.scope_spans:
                for span in scope.spans:
                    seen = SeenSpan(
                        service=resource["service.name"],
                        name=span.name,
                        trace=span.trace_id.hex(),
                        id=span.span_id.hex(),
                        parent=span.parent_span_id.hex(),
                        kind=Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
                        failed=span.status.code == Status.STATUS_CODE_ERROR,
                        message=span.status.message,
                        attributes=_attributes(span.attributes),
                    )
                    self.spans.append(seen)

    def wait(self, enough: Callable[[list[SeenSpan]], bool], limit: float = 60.0) -> list[SeenSpan]:
        """The spans, once ``enough`` says that all are there. Services deliver theirs a moment later."""
        until = time.monotonic() + limit
        while not enough(self.spans):
            assert time.monotonic() < until, [(span.service, span.name) for span in self.spans]
            time.sleep(0.05)
        return list(self.spans)


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector of spans: ``collector.endpoint``, ``collector.spans``."""
    yield from _collecting()


@pytest.fixture(scope="module")
def module_collector() -> Iterator[Collector]:
    """One for all tests of a module."""
    yield from _collecting()


def _collecting() -> Iterator[Collector]:
    made = Collector()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()
