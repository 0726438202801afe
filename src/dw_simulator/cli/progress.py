"""Progress on stderr: bars in a terminal, a line a table elsewhere."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from dw_simulator.cli import diagnostics

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

    from dw_simulator.generator import Progress
    from dw_simulator.warehouses.base import TableLoaded


class GenerationProgress:
    """Told of every finished file, from any thread."""

    def __call__(self, progress: Progress) -> None:
        raise NotImplementedError


class _Lines(GenerationProgress):
    def __call__(self, progress: Progress) -> None:
        if progress.table_finished:
            diagnostics.say(f"{progress.table}: {progress.table_rows:,} rows")


class _Bars(GenerationProgress):
    def __init__(self, bars: Bars, rows: Mapping[str, int]) -> None:
        self._bars = bars
        self._tasks = {table: bars.add_task(table, total=count) for table, count in rows.items()}

    def __call__(self, progress: Progress) -> None:
        self._bars.update(self._tasks[progress.table], completed=progress.table_rows_done)


@contextlib.contextmanager
def generating(rows: Mapping[str, int]) -> Iterator[GenerationProgress]:
    """Show the progress of a run that makes so many ``rows`` by table."""
    if not diagnostics.is_terminal():
        yield _Lines()
        return
    with _bars() as bars:
        yield _Bars(bars, rows)


def _bars() -> Bars:
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Bars(*columns, console=diagnostics.console(), transient=True)


class LoadLines:
    """Says which table is loaded where; warehouses load side by side, so each call is whole."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __call__(self, loaded: TableLoaded) -> None:
        with self._lock:
            diagnostics.say(f"{loaded.warehouse}: {loaded.table} {loaded.rows:,} rows in {loaded.seconds:.2f} s")
