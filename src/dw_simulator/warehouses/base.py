"""What every warehouse adapter offers. An adapter speaks to its warehouse with the public driver, over the wire.

An experiment has a namespace of its own, so table names stay as the user wrote them:
Redshift schema ``lower(name)``; Snowflake database ``UPPER(name)`` (or a schema of the configured database);
a SQLite file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from dw_simulator.observability import tracing
from dw_simulator.observability.tracing import Span
from dw_simulator.schema import Column, Experiment, Table, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class StagedFile:
    """One Parquet file to load: its URI (``s3://…`` or ``file://…``), rows, and bytes."""

    uri: str
    rows: int
    size: int


@dataclass(frozen=True, slots=True)
class IncomingFile(StagedFile):
    """A file to append: also its ETag, and its columns in the file's own order, with the names they have there."""

    etag: str
    columns: tuple[Column, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableLoaded:
    """One table of a load is done: its rows in the warehouse and the seconds its COPY took."""

    warehouse: Warehouse
    table: str
    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """A file whose rows a warehouse has got by :meth:`Adapter.append`."""

    table: str
    uri: str
    etag: str
    rows: int


FETCH_ROWS = 20_000
"""Rows of a batch, where the adapter cuts them."""

LoadProgress = Callable[[TableLoaded], None]


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """Name as the warehouse reports it, and the warehouse's own type name."""

    name: str
    type: str


class QueryResult:
    """Columns and a stream of Arrow batches. Read it once; close it when the rest is not wanted."""

    def __init__(
        self,
        columns: Sequence[ResultColumn],
        batches: Iterator[pa.RecordBatch],
        schema: pa.Schema,
        close: Callable[[], None] | None = None,
    ) -> None:
        self.columns = tuple(columns)
        self.batches = batches
        self.schema = schema
        self._closers = [close] if close is not None else []

    def on_close(self, close: Callable[[], None]) -> None:
        """Call ``close`` too, after what is to be closed already."""
        self._closers.append(close)

    def close(self) -> None:
        """Release the cursor behind the result. Calling it again does nothing."""
        closers, self._closers = self._closers, []
        for close in closers:
            close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def place_of(sql: str, position: int) -> tuple[int, int]:
    """Line and column (1-based) of the character at ``position`` (0-based)."""
    before = sql[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1


def loading(table: str) -> AbstractContextManager[Span]:
    """The span of one table of a load."""
    return tracing.span(f"load {table}", {"dw_simulator.table": table})


class Adapter(Protocol):
    """One connection to one warehouse.

    Every method raises :class:`ServiceUnavailable` when the warehouse does not answer and :class:`WarehouseSqlError`
    (with the warehouse's own code) when a statement fails.
    """

    warehouse: Warehouse

    def ping(self) -> None:
        """Make sure the warehouse answers."""
        ...

    def load(
        self,
        experiment: Experiment,
        files: Mapping[str, Sequence[StagedFile]],
        progress: LoadProgress | None = None,
    ) -> dict[str, int]:
        """Make the namespace and missing tables, then replace the tables' rows with those of ``files``; all or nothing.

        The record of appended files is emptied too: their rows are gone.

        ``files`` maps a table's name to its files; every table of the experiment is there. Returns rows by table.
        Raises :class:`WarehouseError` when the warehouse holds another number of rows than the files do.
        """
        ...

    def append(
        self, experiment: Experiment, table: Table, files: Sequence[IncomingFile], check: Callable[[], None]
    ) -> dict[str, int]:
        """Add the rows of files of one table, all of the same columns, to what it holds; all or nothing.

        Namespace and tables are made where they are missing. The same transaction records the files in the warehouse
        (:mod:`dw_simulator.warehouses.record`), and files that are recorded already are left out, so that whatever
        happens to this process a file is there once. ``check`` is called before the commit and stops it by raising.
        Returns rows by URI of the files that were loaded now.
        """
        ...

    def recorded(self, experiment: Experiment) -> list[RecordedFile]:
        """The appended files whose rows are in the experiment's tables."""
        ...

    def cancel(self) -> None:
        """Ask a load that runs in another thread to stop: it undoes its work and raises :class:`LoadCancelled`."""
        ...

    def use(self, experiment: str | None) -> None:
        """Begin a session of queries, with the experiment's namespace as the current one.

        The queries that follow without an experiment of their own run in it, one after the other.
        """
        ...

    def query(self, sql: str, experiment: str | None = None, *, first_rows: int = FETCH_ROWS) -> QueryResult:
        """Run one statement, with the experiment's namespace as the current one.

        ``first_rows``: how many rows are wanted soon; the first batch need not have more.
        """
        ...

    def interrupt(self) -> None:
        """Stop the query that runs in another thread: it raises :class:`QueryCancelled`, there or at the next batch.

        It may come too early to find a statement running, and may be called again. No query can be run afterwards.
        """
        ...

    def row_counts(self, experiment: Experiment) -> dict[str, int]:
        """Rows by table, of the tables that exist."""
        ...

    def reset(self, experiment: Experiment) -> None:
        """Empty the experiment's tables; all or nothing. Tables and namespaces that do not exist are no error."""
        ...

    def drop(self, experiment: str) -> int:
        """Drop the experiment's namespace with all that is in it; all or nothing. Returns how many tables went."""
        ...

    def close(self) -> None: ...
