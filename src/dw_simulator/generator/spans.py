"""A span for each table that is generated. Tables overlap, and so do the batches of a table: threads share its span."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from dw_simulator.generator.plan import GenerationPlan
from dw_simulator.observability import tracing
from dw_simulator.observability.tracing import Span, Value


class TableSpans:
    """Each begins with the first batch of its table and ends with the last one."""

    def __init__(self, plan: GenerationPlan, batches: Mapping[str, int]) -> None:
        """``batches`` that are to be made, by table."""
        self._parent = tracing.here()
        self._rows = {table.name: table.new_rows for table in plan.tables}
        self._left = dict(batches)
        self._bytes = dict.fromkeys(self._left, 0)
        self._spans: dict[str, Span] = {}
        self._lock = threading.Lock()

    @contextmanager
    def batch(self, table: str) -> Iterator[None]:
        """Around all that is done for one batch."""
        with self._span(table).active():
            yield

    def _span(self, table: str) -> Span:
        with self._lock:
            span = self._spans.get(table)
            if span is None:
                attributes: dict[str, Value] = {"dw_simulator.table": table, "dw_simulator.rows": self._rows[table]}
                span = tracing.start_span(f"generate {table}", attributes, parent=self._parent)
                self._spans[table] = span
            return span

    def written(self, table: str, size: int) -> None:
        """A batch has become a file of ``size`` bytes."""
        with self._lock:
            self._left[table] -= 1
            self._bytes[table] += size
            if not self._left[table]:
                span = self._spans.pop(table)
                span.set({"dw_simulator.bytes": self._bytes[table]})
                span.end()

    def stop(self) -> None:
        """End those of the tables that were not finished."""
        with self._lock:
            for span in self._spans.values():
                span.fail("unfinished")
                span.end()
            self._spans.clear()
