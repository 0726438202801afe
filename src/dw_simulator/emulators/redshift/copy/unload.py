"""Runs UNLOAD: the query's rows stream out of the client's transaction into objects. Source: "UNLOAD".

PostgreSQL writes the rows as CSV text, Arrow types them again: the types in Parquet are those of the result's columns.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from dw_simulator.emulators.common.objects import ObjectOutput, ObjectStore, ObjectStoreError, parse_s3_uri
from dw_simulator.emulators.redshift.backend import quote_identifier
from dw_simulator.emulators.redshift.commands.types import (
    Deferred,
    PassThrough,
    Plan,
    Rewritten,
    Session,
    Statement,
)
from dw_simulator.emulators.redshift.conversation import Conversation
from dw_simulator.emulators.redshift.copy.credentials import connect
from dw_simulator.emulators.redshift.copy.errors import from_store
from dw_simulator.emulators.redshift.copy.journal import UnloadRecord, remember, write_unload
from dw_simulator.emulators.redshift.copy.unload_command import UnloadCommand, UnloadOptions, parse_unload
from dw_simulator.emulators.redshift.copy.writers import JSON_FIELD, FileWriter, suffix
from dw_simulator.emulators.redshift.errors import INTERNAL_ERROR, UNDEFINED_COLUMN, RedshiftError
from dw_simulator.emulators.redshift.short_names import kept, lengthened

_VIEW = "dw_simulator_unload"
_BLOCK_BYTES = 16 << 20
_NULL = "~dw-simulator-null~"
"""Stands for NULL between PostgreSQL and Arrow, unquoted; a text like it comes quoted."""

Planner = Callable[[str, Session], Plan]


@dataclass(frozen=True, slots=True)
class OutputColumn:
    name: str
    type: pa.DataType
    is_json: bool = False

    @property
    def field(self) -> pa.Field:
        return pa.field(self.name, self.type, metadata=JSON_FIELD if self.is_json else None)


async def run_unload(statement: Statement, conversation: Conversation, planner: Planner) -> None:
    """Run UNLOAD; ``planner`` translates the query that it holds."""
    command = parse_unload(statement.sql)
    query = await translated(command.query, planner, conversation)
    await _Unload(command, query, conversation).run()


async def write_files(
    command: UnloadCommand, query: str, conversation: Conversation
) -> tuple[int, dict[tuple[str, ...], str]]:
    """Write the rows of a query as files next to those that are there.

    Returns:
        The number of rows, and the location of each partition's folder by the values of its columns.

    Raises:
        RedshiftError: S3 refused, or the query failed.
    """
    name = f"{datetime.now(UTC):%Y%m%d_%H%M%S_%f}_{conversation.session.backend.next_query_id()}_"
    unload = _Unload(command, query, conversation, name)
    try:
        rows = await unload.transfer()
    except ObjectStoreError as error:
        raise from_store(error) from error
    except BaseException:
        unload.abort()
        raise
    return rows, unload.folders


async def translated(query: str, planner: Planner, conversation: Conversation) -> str:
    """A query in the words of the backend.

    Raises:
        RedshiftError: it is refused, or is none.
    """
    plan = planner(query.strip().rstrip(";"), conversation.session)
    if isinstance(plan, Deferred):
        plan = await plan.resolve(conversation)
    if isinstance(plan, Rewritten):
        return plan.sql
    if isinstance(plan, PassThrough):
        return query.strip().rstrip(";")
    raise RedshiftError("0A000", "UNLOAD takes a SELECT statement")


@dataclass(slots=True)
class _Sink:
    """One stream of rows on its way into numbered files; ``key`` is the open file's."""

    prefix: str
    number: int = 0
    writer: FileWriter | None = None
    output: ObjectOutput | None = None
    key: str = ""
    rows: int = 0


class _Unload:
    def __init__(self, command: UnloadCommand, query: str, conversation: Conversation, name: str = "") -> None:
        self._command = command
        self._options: UnloadOptions = command.options
        self._query = query
        self._conversation = conversation
        session = conversation.session
        self._store: ObjectStore = connect(command.credentials, session.settings, command.options.region)
        self._bucket, self._prefix = parse_s3_uri(command.destination)
        self._files: list[tuple[str, int, int]] = []
        self._sinks: dict[str, _Sink] = {}
        self._name = name
        """What the files' names begin with, after the folder."""
        self.folders: dict[tuple[str, ...], str] = {}

    async def run(self) -> None:
        session = self._conversation.session
        number = session.query_id or session.backend.next_query_id()
        record = UnloadRecord(number, self._options.format, datetime.now(UTC), self._files)
        try:
            await asyncio.to_thread(self._prepare_destination)
            rows = await self.transfer()
            if self._options.manifest:
                await asyncio.to_thread(self._write_manifest, rows)
        except ObjectStoreError as error:
            raise from_store(error) from error
        except BaseException:
            self.abort()
            raise
        await write_unload(session, record)
        await remember(self._conversation, "unload", record.query_id, rows)
        self._conversation.notice(f"UNLOAD completed, {rows} record(s) unloaded successfully.")
        self._conversation.complete("UNLOAD")

    # --- destination ---
    def _prepare_destination(self) -> None:
        """UNLOAD does not write where there is something, unless it is told to."""
        if self._options.allow_overwrite:
            return
        present = self._store.list(self._bucket, self._prefix)
        if not present:
            return
        if self._options.clean_path:
            self._store.delete_many(self._bucket, [info.key for info in present])
            return
        raise RedshiftError(
            INTERNAL_ERROR,
            "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix,"
            " manually removing the target files in S3, or using the ALLOWOVERWRITE option.",
        )

    # --- rows ---
    async def transfer(self) -> int:
        columns = await self._describe()
        rows = 0
        work: asyncio.Future[int] | None = None
        try:
            # A block is written while the next one comes.
            async for block in self._blocks(columns):
                rows += await asyncio.shield(work) if work is not None else 0
                work = asyncio.ensure_future(asyncio.to_thread(self._take, block, columns))
            rows += await asyncio.shield(work) if work is not None else 0
        finally:
            if work is not None:
                await asyncio.wait([work])
        await asyncio.to_thread(self._finish, columns, rows)
        return rows

    async def _describe(self) -> list[OutputColumn]:
        """The result's columns, by way of a view that nobody else sees."""
        run = self._conversation.execute
        await run(f"CREATE TEMPORARY VIEW {_VIEW} AS {self._query}")
        found = await run(
            "SELECT a.attname, "
            " CASE b.typname WHEN 'dw_ci' THEN 'varchar' WHEN 'dw_ci_char' THEN 'bpchar' ELSE b.typname END,"
            " a.atttypmod FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
            " JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END"
            f" WHERE a.attrelid = 'pg_temp.{_VIEW}'::regclass AND a.attnum > 0 ORDER BY a.attnum"
        )
        await run(f"DROP VIEW pg_temp.{_VIEW}")
        columns = [
            _output_column(lengthened(name or ""), kind or "", int(modifier or -1))
            for name, kind, modifier in found.rows
        ]
        names = [column.name for column in columns]
        for name in self._options.partition_by:
            if name not in names:
                raise RedshiftError(UNDEFINED_COLUMN, f'column "{name}" of PARTITION BY is not in the select list')
        return columns

    async def _blocks(self, columns: list[OutputColumn]) -> AsyncIterator[bytes]:
        """The rows as CSV, cut between two of them."""
        texts = [quote_identifier(kept(column.name)) for column in columns if pa.types.is_string(column.type)]
        # Text is quoted always, so that it is never taken for NULL.
        force = f", FORCE_QUOTE ({', '.join(texts)})" if texts else ""
        statement = f"COPY ({self._query}) TO STDOUT (FORMAT csv, NULL '{_NULL}'{force})"
        pending: list[bytes] = []
        size = 0
        async for data in self._conversation.copy_out(statement):
            pending.append(data)
            size += len(data)
            if size >= _BLOCK_BYTES:
                yield b"".join(pending)
                pending, size = [], 0
        if pending:
            yield b"".join(pending)

    def _take(self, block: bytes, columns: list[OutputColumn]) -> int:
        """Write the rows of a block; how many they are."""
        batch = _parse(block, columns)
        for prefix, part in self._partitions(batch):
            self._write(self._sinks.setdefault(prefix, _Sink(prefix)), part)
        return int(batch.num_rows)

    def _partitions(self, batch: pa.RecordBatch) -> Iterator[tuple[str, pa.RecordBatch]]:
        names = self._options.partition_by
        if not names:
            yield self._prefix, batch
            return
        keys = [batch.column(name).cast(pa.string()).to_pylist() for name in names]
        places: dict[tuple[str | None, ...], list[int]] = {}
        for index, key in enumerate(zip(*keys, strict=True)):
            places.setdefault(key, []).append(index)
        kept = [n for n in batch.schema.names if self._options.include_partition_columns or n not in names]
        for key, indices in places.items():
            values = tuple([_HIVE_NULL if value is None else value for value in key])
            folder = "/".join(f"{name}={value}" for name, value in zip(names, values, strict=True))
            place = f"{self._prefix.rstrip('/')}/{folder}/"
            self.folders[values] = f"s3://{self._bucket}/{place}"
            yield place, batch.take(pa.array(indices)).select(kept)

    def _finish(self, columns: list[OutputColumn], rows: int) -> None:
        if not rows and not self._options.partition_by:
            schema = pa.schema([column.field for column in columns])
            self._write(_Sink(self._prefix), pa.RecordBatch.from_pylist([], schema=schema), last=True)
        for sink in self._sinks.values():
            self._close(sink)

    def _write(self, sink: _Sink, batch: pa.RecordBatch, *, last: bool = False) -> None:
        if sink.writer is None:
            number = f"{sink.number:04}_part_00" if self._options.parallel else f"{sink.number:03}"
            sink.key = f"{sink.prefix}{self._name}{number}{suffix(self._options)}"
            sink.output = self._store.open_output(self._bucket, sink.key)
            sink.writer = FileWriter(cast(BinaryIO, sink.output), batch.schema, self._options)
        sink.writer.write(batch)
        sink.rows += batch.num_rows
        assert sink.output is not None
        if last or sink.output.tell() >= self._options.max_file_bytes:
            self._close(sink)

    def _close(self, sink: _Sink) -> None:
        if sink.writer is None:
            return
        size = sink.writer.close()
        self._files.append((f"s3://{self._bucket}/{sink.key}", sink.rows, size))
        sink.writer, sink.output, sink.rows, sink.number = None, None, 0, sink.number + 1

    def abort(self) -> None:
        """Leave no unfinished file behind."""
        for sink in self._sinks.values():
            if sink.output is not None:
                sink.output.abort()

    def _write_manifest(self, rows: int) -> None:
        entries: list[dict[str, object]] = []
        for uri, count, size in self._files:
            meta: dict[str, object] = {"content_length": size}
            if self._options.manifest_verbose:
                meta["record_count"] = count
            verbose = self._options.manifest_verbose or self._options.format == "parquet"
            entries.append({"url": uri, "meta": meta} if verbose else {"url": uri})
        document: dict[str, object] = {"entries": entries}
        if self._options.manifest_verbose:
            total = sum(size for _, _, size in self._files)
            document["meta"] = {"content_length": total, "record_count": rows}
        data = json.dumps(document, indent=2).encode()
        self._store.write(self._bucket, f"{self._prefix}manifest", data)


_HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"

_TYPES: dict[str, pa.DataType] = {
    "bool": pa.bool_(),
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "oid": pa.int64(),
    "float4": pa.float32(),
    "float8": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us", "UTC"),
}


def _output_column(name: str, type_name: str, modifier: int) -> OutputColumn:
    if type_name == "numeric":
        typmod = modifier - 4
        kind = pa.decimal128(typmod >> 16, typmod & 0x7FF) if typmod >= 0 else pa.decimal128(38, 10)
        return OutputColumn(name, kind)
    return OutputColumn(name, _TYPES.get(type_name, pa.string()), is_json=type_name == "super")


def _parse(data: bytes, columns: list[OutputColumn]) -> pa.RecordBatch:
    """CSV as PostgreSQL writes it to typed columns."""
    names = [str(index) for index in range(len(columns))]
    table = arrow_csv.read_csv(
        io.BytesIO(data),
        read_options=arrow_csv.ReadOptions(column_names=names, use_threads=False, block_size=max(len(data), 1)),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=arrow_csv.ConvertOptions(
            column_types={name: _read_type(column) for name, column in zip(names, columns, strict=True)},
            null_values=[_NULL],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )
    arrays = [_typed(table.column(index), column) for index, column in enumerate(columns)]
    schema = pa.schema([column.field for column in columns])
    return pa.Table.from_arrays(arrays, schema=schema).combine_chunks().to_batches()[0]


def _read_type(column: OutputColumn) -> pa.DataType:
    # Arrow wants minutes in a zone (+00:00), PostgreSQL writes +00.
    return pa.string() if pa.types.is_timestamp(column.type) and column.type.tz else column.type


def _typed(values: pa.ChunkedArray, column: OutputColumn) -> pa.ChunkedArray:
    if values.type == column.type:
        return values
    return pc.replace_substring_regex(values, r"([+-]\d\d)$", r"\1:00").cast(column.type)
