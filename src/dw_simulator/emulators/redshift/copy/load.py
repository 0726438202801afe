"""Runs COPY: S3 objects are read and encoded in worker threads while the rows stream into the client's connection.

Source: "COPY". Everything happens in the client's transaction; what was wrong is written to stl_load_errors outside it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
from pgpq import ArrowToPostgresBinaryEncoder

from dw_simulator.emulators.common.formats.errors import FormatError
from dw_simulator.emulators.common.objects import ObjectStore, ObjectStoreError
from dw_simulator.emulators.redshift.commands.types import Statement
from dw_simulator.emulators.redshift.conversation import Conversation
from dw_simulator.emulators.redshift.copy import avro_rows, columnar, delimited, json_rows
from dw_simulator.emulators.redshift.copy.copy_command import CopyCommand, CopyOptions, parse_copy
from dw_simulator.emulators.redshift.copy.credentials import connect
from dw_simulator.emulators.redshift.copy.errors import LoadProblem, LoadRejected, from_store, load_failed
from dw_simulator.emulators.redshift.copy.files import InputFile, find_files
from dw_simulator.emulators.redshift.copy.journal import LoadRecord, remember, write_load
from dw_simulator.emulators.redshift.copy.target import Target, find_target
from dw_simulator.emulators.redshift.errors import INTERNAL_ERROR, RedshiftError, UnsupportedFeatureError
from dw_simulator.observability import tracing

_FILES_AT_A_TIME = 2
_CHUNKS_AHEAD = 3
"""Encoded batches that may wait for the backend, a file."""

Reader = Callable[[ObjectStore, InputFile, Target, CopyOptions, list[LoadProblem]], Iterator[pa.RecordBatch]]


def _columnar(
    store: ObjectStore, file: InputFile, target: Target, options: CopyOptions, _: list[LoadProblem]
) -> Iterator[pa.RecordBatch]:
    return columnar.read_columnar(store, file, target, options)


READERS: dict[str, Reader] = {
    "avro": avro_rows.read_avro_rows,
    "csv": delimited.read_delimited,
    "delimited": delimited.read_delimited,
    "fixedwidth": delimited.read_fixed_width,
    "json": json_rows.read_json_rows,
    "orc": _columnar,
    "parquet": _columnar,
}
"""By `CopyOptions.format`. A reader appends records that it leaves out to the list it is given."""


async def run_copy(statement: Statement, conversation: Conversation) -> None:
    """The handler of COPY."""
    command = parse_copy(statement.sql)
    reader = READERS.get(command.options.format)
    if reader is None:
        raise UnsupportedFeatureError(f"COPY … FORMAT {command.options.format.upper()}")
    session = conversation.session
    target = await find_target(command, conversation)
    store = connect(command.credentials, session.settings, command.options.region)
    files = await asyncio.to_thread(find_files, store, command)
    record = LoadRecord(
        session.query_id or session.backend.next_query_id(),
        target.oid,
        target.schema,
        target.name,
        command.source,
        command.options.format,
        statement.sql,
    )
    load = Load(store, files, target, command, reader, record)
    try:
        await _transfer(load, conversation)
    except RedshiftError as error:
        await write_load(session, record, error.message)
        raise
    tracing.annotate({"dw_simulator.rows": record.rows, "dw_simulator.files": len(files)})
    await write_load(session, record, None)
    await remember(conversation, "copy", record.query_id, record.rows)
    _announce(conversation, command, record)
    conversation.complete("COPY")


def _announce(conversation: Conversation, command: CopyCommand, record: LoadRecord) -> None:
    if command.options.no_load:
        conversation.notice(f"Load into table '{record.table}' completed, {record.rows} record(s) parsed successfully.")
        return
    if record.problems:
        conversation.notice(
            f"Load into table '{record.table}' completed, {len(record.problems)} record(s) could not be loaded. "
            " Check 'stl_load_errors' system table for details.",
            severity="WARNING",
        )
    conversation.notice(f"Load into table '{record.table}' completed, {record.rows} record(s) loaded successfully.")


async def _transfer(load: Load, conversation: Conversation) -> None:
    """Move the rows, and give whatever goes wrong the name COPY has for it."""
    try:
        if load.command.options.no_load:
            async for _ in load.chunks():
                pass
        else:
            tag = await _copy_in(load, conversation)
            if tag != f"COPY {load.record.rows}":
                raise RedshiftError(INTERNAL_ERROR, f"{load.record.rows} rows were sent, PostgreSQL reports {tag}")
    except LoadRejected as rejected:
        load.record.problems.append(rejected.problem)
        raise load_failed(load.target.name) from rejected
    except ObjectStoreError as error:
        raise from_store(error) from error
    except FormatError as error:
        load.record.problems.append(_unreadable(error))
        raise load_failed(load.target.name) from error


async def _copy_in(load: Load, conversation: Conversation) -> str:
    """Send the rows. A table of this transaction gets its indexes at the end, which is several times faster.

    Only such a table: nobody else can have it open, so building indexes cannot lead to a deadlock.
    """
    target = load.target
    if target.made_now:
        await conversation.execute(f"SELECT pg_catalog.dw_suspend_indexes({target.oid})")
    tag = await conversation.copy_in(target.copy_statement, load.chunks())
    if target.made_now:
        await conversation.execute(f"SELECT pg_catalog.dw_resume_indexes({target.oid})")
    await _update_statistics(load, conversation)
    return tag


async def _update_statistics(load: Load, conversation: Conversation) -> None:
    """Statistics for the planner, by default of a table that was empty ("Data load operations", STATUPDATE).

    Without waiting: who holds the lock reads the table for the same purpose, or changes it.
    """
    wanted = load.command.options.stat_update
    if load.record.rows and (wanted in _STATISTICS_ON or (not wanted and load.target.was_empty)):
        await conversation.execute(f"ANALYZE (SKIP_LOCKED) {load.target.quoted_name}")


_STATISTICS_ON = ("on", "true")


def _unreadable(error: FormatError) -> LoadProblem:
    return LoadProblem(error.file, error.line or 0, "", "", "", error.text or "", "", 1216, error.message)


class Load:
    """Reads several files at a time, and hands out their rows encoded, in the order of the files."""

    def __init__(
        self,
        store: ObjectStore,
        files: list[InputFile],
        target: Target,
        command: CopyCommand,
        reader: Reader,
        record: LoadRecord,
    ) -> None:
        self.target = target
        self.command = command
        self.record = record
        self._store = store
        self._files = files
        self._reader = reader
        self._stop = threading.Event()
        self._trace = tracing.here()
        self._loop = asyncio.get_running_loop()

    async def chunks(self) -> AsyncIterator[bytes]:
        """The binary COPY stream."""
        yield ArrowToPostgresBinaryEncoder(self.target.arrow_schema).write_header()
        pool = ThreadPoolExecutor(_FILES_AT_A_TIME, thread_name_prefix="copy")
        queues: list[asyncio.Queue[tuple[bytes, int] | BaseException | None]] = []
        try:
            for file in self._files:
                queues.append(asyncio.Queue(_CHUNKS_AHEAD))
                pool.submit(self._read, file, queues[-1])
            for file, queue in zip(self._files, queues, strict=True):
                rows = 0
                while (item := await queue.get()) is not None:
                    if isinstance(item, BaseException):
                        raise item
                    data, count = item
                    rows += count
                    self.record.rows += count
                    yield data
                self.record.files.append((file, rows))
        finally:
            self._stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
        yield _TRAILER

    def _read(self, file: InputFile, queue: asyncio.Queue[tuple[bytes, int] | BaseException | None]) -> None:
        """In a worker thread: put each batch, encoded; at the end None, or the error."""
        outcome: BaseException | None = None
        try:
            with tracing.under(self._trace):
                for batch in self._reader(self._store, file, self.target, self.command.options, self.record.problems):
                    if self._stop.is_set():
                        return
                    self._put(queue, (_encode(batch), batch.num_rows))
        except BaseException as error:  # noqa: BLE001 - goes to whoever awaits the rows
            outcome = error
        self._put(queue, outcome)

    def _put(
        self,
        queue: asyncio.Queue[tuple[bytes, int] | BaseException | None],
        item: tuple[bytes, int] | BaseException | None,
    ) -> None:
        """Wait for room, but not for a consumer that is gone."""
        future = asyncio.run_coroutine_threadsafe(queue.put(item), self._loop)
        while not self._stop.is_set():
            try:
                future.result(0.5)
            except TimeoutError:
                continue
            return
        future.cancel()


_TRAILER = b"\xff\xff"


def _encode(batch: pa.RecordBatch) -> bytes:
    # An encoder for each batch: the types may differ (decimals keep the file's scale).
    encoder = ArrowToPostgresBinaryEncoder(batch.schema)
    encoder.write_header()
    # The encoder keeps small batches back until it is finished; only the last one may end the stream.
    return bytes(encoder.write_batch(batch) + encoder.finish().removesuffix(_TRAILER))
