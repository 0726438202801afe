"""OpenTelemetry spans: one set-up at the edge of a process, and what the rest of the program needs of them.

Off (no endpoint is set), nothing of OpenTelemetry is imported and every function here returns at once. On, spans go to
an OTLP/HTTP collector from a thread of their own. Span names and attributes follow OpenTelemetry's semantic
conventions where they have a word for it (``db.*``, ``http.*``, ``server.*``), and begin with ``dw_simulator.``
elsewhere. The trace travels in W3C Trace Context headers (https://www.w3.org/TR/trace-context/), and with SQL
statements as the module ``sql_trace`` says.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from time import monotonic, time_ns
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from dw_simulator.errors import ConfigError
from dw_simulator.observability.logs import mask_secrets

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider

log = logging.getLogger(__name__)

FLUSH_SECONDS = 1.0
"""How long the end of a process waits for its last spans to be delivered."""

_MAX_MESSAGE = 500
_LOOK_SECONDS = 0.02

Kind = Literal["internal", "server", "client", "consumer"]
Value = str | int | float | bool
Attributes = Mapping[str, Value]
T = TypeVar("T")


class Span:
    """A span that is not recorded; with tracing on, :class:`_Recorded` is handed out instead."""

    __slots__ = ()

    def set(self, attributes: Attributes) -> None:
        """Add attributes."""

    def fail(self, kind: str, message: str = "") -> None:
        """It failed: ``kind`` is a code or the name of an error's class (``error.type``)."""

    @contextmanager
    def failing(self) -> Iterator[None]:
        """Mark it as failed by an error that leaves what is inside."""
        try:
            yield
        except BaseException as error:
            self.fail(_kind_of(error), str(error))
            raise

    def end(self) -> None:
        """It ends now."""

    def active(self) -> AbstractContextManager[None]:
        """Make it the parent of the spans that begin inside."""
        return nullcontext()


def _kind_of(error: BaseException) -> str:
    """Its code where it has one: that of the warehouse, else ours."""
    codes = (getattr(error, name, None) for name in ("warehouse_code", "code", "sqlstate"))
    return next((code for code in codes if isinstance(code, str) and code), type(error).__name__)


class Remote:
    """The span of another process (or of another thread of this one) that is to be the parent of one of ours."""

    __slots__ = ("context",)

    def __init__(self, context: Context) -> None:
        self.context = context


class _Process:
    """What this process has of tracing, as it has one root logger: nothing, until it is set up."""

    __slots__ = ("tracing",)

    def __init__(self) -> None:
        self.tracing: _Tracing | None = None


_NO_SPAN = Span()
_OFF: AbstractContextManager[Span] = nullcontext(_NO_SPAN)
_process = _Process()


# --- the process edge -------------------------------------------------------------------------------------------------
def set_up_tracing(
    service: str,
    *,
    endpoint: str | None,
    sample_ratio: float | None = None,
    warn: Callable[[str], None] | None = None,
) -> None:
    """Send this process's spans to ``endpoint``, or to that of the standard OTEL_ variables; none: do nothing.

    Args:
        service: its name becomes ``dw-simulator-<service>`` unless OTEL_SERVICE_NAME says otherwise.
        sample_ratio: share of the traces begun here that are recorded [as OTEL_TRACES_SAMPLER says, else all].
        warn: is told when spans cannot be delivered, once an outage [a warning in the log].

    Raises:
        ConfigError: an endpoint is set, and the extra ``tracing`` is not installed.
    """
    tell = log.warning if warn is None else warn
    url = _endpoint(endpoint, tell)
    if url is None:
        return
    try:
        _process.tracing = _Tracing(f"dw-simulator-{service}", url, sample_ratio, tell)
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("opentelemetry"):
            raise
        hint = "install it: pip install 'dw-simulator[tracing]'"
        if endpoint is None:
            hint += ", or switch tracing off for us: OTEL_SDK_DISABLED=true"
        raise ConfigError(
            f"spans are to go to {url}, but the extra that sends them is not installed", hint=hint
        ) from error


def shut_down_tracing(limit: float = FLUSH_SECONDS) -> bool:
    """Deliver what is left, for at most ``limit`` seconds. Returns whether all of it was delivered."""
    tracing, _process.tracing = _process.tracing, None
    return True if tracing is None else tracing.shut_down(limit)


def is_on() -> bool:
    return _process.tracing is not None


def tracer_provider() -> TracerProvider | None:
    """OpenTelemetry's own object, for libraries that make spans themselves; None when tracing is off."""
    return None if _process.tracing is None else _process.tracing.provider


def _endpoint(ours: str | None, warn: Callable[[str], None]) -> str | None:
    """The URL that spans are posted to. OTEL_SDK_DISABLED rules out all; our setting goes before the standard ones.

    https://opentelemetry.io/docs/specs/otel/protocol/exporter/
    """
    values = os.environ
    if values.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return None
    if ours:
        return _traces_url(ours)
    if values.get("OTEL_TRACES_EXPORTER", "otlp").strip().lower() != "otlp":
        return None
    own, common = values.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), values.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    if not own and not common:
        return None
    protocol = values.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or values.get("OTEL_EXPORTER_OTLP_PROTOCOL")
    if protocol not in (None, "", "http/protobuf"):
        warn(f"no spans are sent: OTEL_EXPORTER_OTLP_PROTOCOL is {protocol!r}, and only 'http/protobuf' is spoken here")
        return None
    return own or _traces_url(common or "")


def _traces_url(base: str) -> str:
    base = base.rstrip("/")
    return base if base.endswith("/v1/traces") else f"{base}/v1/traces"


# --- spans ------------------------------------------------------------------------------------------------------------
def span(
    name: str,
    attributes: Attributes | None = None,
    *,
    kind: Kind = "internal",
    parent: Remote | None = None,
    started: int | None = None,
) -> AbstractContextManager[Span]:
    """A span around what is inside; an error that leaves it marks it as failed.

    It is a child of ``parent``, else of the span around it; see :func:`start_span`.
    """
    return (
        _OFF
        if _process.tracing is None
        else around(start_span(name, attributes, kind=kind, parent=parent, started=started))
    )


def span_off() -> AbstractContextManager[Span]:
    """What :func:`span` gives when tracing is off: for what is not worth a span."""
    return _OFF


@contextmanager
def around(made: Span) -> Iterator[Span]:
    """``made`` as :func:`span` has it: around what is inside, failed by an error that leaves it, ended at the end."""
    try:
        with made.failing(), made.active():
            yield made
    finally:
        made.end()


def start_span(
    name: str,
    attributes: Attributes | None = None,
    *,
    kind: Kind = "internal",
    parent: Remote | None = None,
    started: int | None = None,
) -> Span:
    """A span that its owner ends; ``started`` (nanoseconds since 1970) when it began before now.

    A span of kind ``server`` or ``consumer`` without a ``parent`` begins a trace, whatever is around it.
    """
    tracing = _process.tracing
    return _NO_SPAN if tracing is None else tracing.start(name, attributes, kind, parent, started)


def here() -> Remote | None:
    """The span around this code, to be the parent of spans of other threads; None when tracing is off."""
    if _process.tracing is None:
        return None
    from opentelemetry.context import get_current

    return Remote(get_current())


@contextmanager
def under(parent: Remote | None) -> Iterator[None]:
    """Make ``parent`` the span around what is inside."""
    if parent is None or _process.tracing is None:
        yield
        return
    from opentelemetry.context import attach, detach

    token = attach(parent.context)
    try:
        yield
    finally:
        detach(token)


def carried(function: Callable[[], T]) -> Callable[[], T]:
    """``function`` to be called in another thread, with the span around this code around it there."""
    if _process.tracing is None:
        return function
    parent = here()

    def call() -> T:
        with under(parent):
            return function()

    return call


def is_recording() -> bool:
    """Whether there is a span around this code that is recorded."""
    if _process.tracing is None:
        return False
    from opentelemetry.trace import get_current_span

    return get_current_span().is_recording()


def annotate(attributes: Attributes) -> None:
    """Add attributes to the span around this code."""
    if _process.tracing is not None:
        from opentelemetry.trace import get_current_span

        get_current_span().set_attributes(attributes)


# --- between processes ------------------------------------------------------------------------------------------------
def remote_parent(traceparent: str | None, tracestate: str = "") -> Remote | None:
    """The parent that a request names; None when tracing is off or the text is not as W3C Trace Context has it."""
    if not traceparent or _process.tracing is None:
        return None
    from opentelemetry.context import Context
    from opentelemetry.trace import get_current_span
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier = {"traceparent": traceparent, "tracestate": tracestate}
    context = TraceContextTextMapPropagator().extract(carrier, Context())
    return Remote(context) if get_current_span(context).get_span_context().is_valid else None


@contextmanager
def continue_trace(traceparent: str | None, tracestate: str = "") -> Iterator[None]:
    """Spans that begin inside belong to the trace of another process; a malformed ``traceparent`` is ignored."""
    with under(remote_parent(traceparent, tracestate)):
        yield


def current_headers() -> dict[str, str]:
    """``traceparent`` (and ``tracestate``) of the span around this code; empty when there is none."""
    headers: dict[str, str] = {}
    if _process.tracing is not None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        TraceContextTextMapPropagator().inject(headers)
    return headers


def current_traceparent() -> str | None:
    return current_headers().get("traceparent")


def log_fields() -> dict[str, str]:
    """``trace_id`` and ``span_id`` of the span around this code, as log lines have them; empty when there is none."""
    if _process.tracing is None:
        return {}
    from opentelemetry.trace import format_span_id, format_trace_id, get_current_span

    found = get_current_span().get_span_context()
    if not found.is_valid:
        return {}
    return {"trace_id": format_trace_id(found.trace_id), "span_id": format_span_id(found.span_id)}


# --- with tracing on --------------------------------------------------------------------------------------------------
class _Recorded(Span):
    __slots__ = ("_context", "_span")

    def __init__(self, otel_span: Any, parent: Context | None) -> None:
        from opentelemetry.trace import set_span_in_context

        self._span = otel_span
        self._context = set_span_in_context(otel_span, parent)

    def set(self, attributes: Attributes) -> None:
        self._span.set_attributes(attributes)

    def fail(self, kind: str, message: str = "") -> None:
        from opentelemetry.trace import StatusCode

        self._span.set_attribute("error.type", kind)
        self._span.set_status(StatusCode.ERROR, mask_secrets(message)[:_MAX_MESSAGE] or None)

    def end(self) -> None:
        self._span.end()

    def active(self) -> AbstractContextManager[None]:
        return under(Remote(self._context))


class _Tracing:
    """The SDK at work: a provider, its exporter, and the parent of spans that have none."""

    def __init__(
        self, service_name: str, endpoint: str, sample_ratio: float | None, warn: Callable[[str], None]
    ) -> None:
        # Before the SDK: their hooks run in a forked child in this order. That of the SDK needs a lock which is held
        # during a fork until the hook of the former has run. The Redshift emulator forks to start PostgreSQL.
        import concurrent.futures.thread  # noqa: F401
        from importlib import metadata

        from opentelemetry.context import Context
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.trace import SpanKind

        from dw_simulator.observability.otlp import exporter

        self._exporter = exporter(endpoint, warn)
        self.provider = TracerProvider(
            sampler=_sampler(sample_ratio), resource=_resource(service_name), shutdown_on_exit=False
        )
        self.provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self.provider.get_tracer("dw_simulator", metadata.version("dw-simulator"))
        self._kinds = {
            "internal": SpanKind.INTERNAL,
            "server": SpanKind.SERVER,
            "client": SpanKind.CLIENT,
            "consumer": SpanKind.CONSUMER,
        }
        self._nothing = Context()
        self._record_factory = logging.getLogRecordFactory()
        logging.setLogRecordFactory(self._make_record)

    def _make_record(self, *arguments: Any, **named: Any) -> logging.LogRecord:
        """Log records tell the trace and the span that they belong to, as fields of their own."""
        record = self._record_factory(*arguments, **named)
        vars(record).update(log_fields())
        return record

    def start(
        self, name: str, attributes: Attributes | None, kind: Kind, parent: Remote | None, started: int | None
    ) -> Span:
        context = parent.context if parent is not None else self._nothing if kind in ("server", "consumer") else None
        made = self._tracer.start_span(
            name, context=context, kind=self._kinds[kind], attributes=attributes, start_time=started
        )
        return _Recorded(made, context)

    def shut_down(self, limit: float) -> bool:
        """The SDK waits for its exporter without a limit of ours: let a thread wait that may be left behind."""
        logging.setLogRecordFactory(self._record_factory)
        work = threading.Thread(target=self.provider.shutdown, name="tracing-shutdown", daemon=True)
        work.start()
        until = monotonic() + limit
        while work.is_alive() and monotonic() < until and not self._exporter.is_refused:
            work.join(_LOOK_SECONDS)
        return self._exporter.give_up(done=not work.is_alive())


def _sampler(ratio: float | None) -> Any:
    """A parent's decision goes before ours."""
    from opentelemetry.sdk.trace import sampling

    return None if ratio is None else sampling.ParentBased(sampling.TraceIdRatioBased(ratio))


def _resource(service_name: str) -> Any:
    from importlib import metadata

    from opentelemetry.sdk.resources import OTELResourceDetector, Resource

    known: dict[str, Value] = {
        "service.name": service_name,
        "service.version": metadata.version("dw-simulator"),
        "process.pid": os.getpid(),
        "telemetry.sdk.language": "python",
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.version": metadata.version("opentelemetry-sdk"),
    }
    return Resource(known).merge(OTELResourceDetector().detect())


__all__ = [
    "FLUSH_SECONDS",
    "Remote",
    "Span",
    "annotate",
    "around",
    "carried",
    "continue_trace",
    "current_headers",
    "current_traceparent",
    "here",
    "is_on",
    "is_recording",
    "log_fields",
    "remote_parent",
    "set_up_tracing",
    "shut_down_tracing",
    "span",
    "span_off",
    "start_span",
    "time_ns",
    "tracer_provider",
    "under",
]
