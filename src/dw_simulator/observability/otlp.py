"""Spans on their way to a collector: OpenTelemetry's own exporter, with one warning an outage instead of many.

Imported only when tracing is on.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult


class WatchedExporter(SpanExporter):
    """Hands spans on, and remembers how that goes."""

    def __init__(self, inner: SpanExporter, endpoint: str, warn: Callable[[str], None]) -> None:
        self._inner = inner
        self._endpoint = endpoint
        self._warn = warn
        self._reason = _LastMessage()
        self._failing = False
        self._busy = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self._reason.is_retry = False
        self._busy = True
        result = self._inner.export(spans)
        self._busy = False
        if result is SpanExportResult.SUCCESS:
            self._failing = False
        else:
            self._fail()
        return result

    def _fail(self) -> None:
        if not self._failing:
            self._failing = True
            reason = f" ({self._reason.text})" if self._reason.text else ""
            self._warn(f"spans cannot be delivered to {self._endpoint}{reason}: they are lost until it answers")

    @property
    def is_refused(self) -> bool:
        """The collector did not take the last spans, and is tried again."""
        return self._busy and self._reason.is_retry

    def give_up(self, *, done: bool) -> bool:
        """Stop trying; ``done``: there is nothing left to try. Returns whether all spans were delivered."""
        if not done:
            self._fail()
            self._inner.shutdown()
        else:
            self._reason.stop()
        return not self._failing

    def shutdown(self) -> None:
        self._inner.shutdown()


class _LastMessage(logging.Handler):
    """Takes the exporter's own log lines, one a try, out of the log; the last that says why is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.is_retry = False
        self._logger = logging.getLogger("opentelemetry.exporter.otlp.proto.http.trace_exporter")
        self._logger.propagate = False
        self._logger.addHandler(self)

    def stop(self) -> None:
        self._logger.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        self.is_retry = True
        found = _ERRNO.search(message)
        if found is not None:
            self.text = found[1]
        elif "hutdown" not in message:
            self.text = message


_ERRNO = re.compile(r"\[Errno -?\d+\] ([^\"')]+)")


def exporter(endpoint: str, warn: Callable[[str], None]) -> WatchedExporter:
    """An exporter that posts to ``endpoint``. Headers, certificates, compression and timeout: OTEL_EXPORTER_OTLP_…"""
    return WatchedExporter(OTLPSpanExporter(endpoint=endpoint), endpoint, warn)
