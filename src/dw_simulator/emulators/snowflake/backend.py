"""DuckDB behind the emulator: one file, a connection a session, errors in Snowflake's words."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import re
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.functions import runtime
from dw_simulator.errors import StackError
from dw_simulator.observability import sql_trace

T = TypeVar("T")
BATCH_ROWS = 122_880
KEPT_QUERIES = 100
LONGEST_KEPT = 100_000
LAZY = "QUERY_RELATION"
"""DuckDB's type of a relation that is not run before it is read."""
LOCKED = 625
LOCK_ATTEMPTS = 40
_ARROW_TYPES = {
    "VARCHAR": pa.string(), "BIGINT": pa.int64(), "INTEGER": pa.int32(), "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(), "DATE": pa.date32(), "TIME": pa.time64("us"), "TIMESTAMP": pa.timestamp("us"),
    "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"), "BLOB": pa.binary(), "HUGEINT": pa.decimal128(38, 0),
    "VARCHAR[]": pa.list_(pa.string()), "VARCHAR[][]": pa.list_(pa.list_(pa.string())),
    "STRUCT(value TIMESTAMPTZ, offset_minutes INTEGER)": pa.struct(
        [("value", pa.timestamp("us", tz="UTC")), ("offset_minutes", pa.int32())]
    ),
    "STRUCT(key VARCHAR, path VARCHAR, index BIGINT, value VARCHAR, this VARCHAR)[]": pa.list_(
        pa.struct(
            [("key", pa.string()), ("path", pa.string()), ("index", pa.int64()), ("value", pa.string()),
             ("this", pa.string())]
        )
    ),
    "STRUCT(row_no BIGINT, match_no BIGINT, seq BIGINT, symbol VARCHAR, shown BOOLEAN)[]": pa.list_(
        pa.struct(
            [
                ("row_no", pa.int64()), ("match_no", pa.int64()), ("seq", pa.int64()), ("symbol", pa.string()),
                ("shown", pa.bool_()),
            ]
        )
    ),
}  # fmt: skip


class DataChanges:
    """Counts what may have changed data. What was read after a count was taken is no older than that. Thread-safe."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def note(self) -> None:
        """Call it when a change is there for others to see, and before its client is told."""
        with self._lock:
            self.count += 1


_READING = frozenset({"SELECT", "FROM", "BEGIN", "ROLLBACK", "SET", "DESCRIBE"})
"""First words of SQL that changes nothing."""


class Backend:
    """The DuckDB instance. Thread-safe; a :class:`Connection` is not."""

    def __init__(self, state_dir: Path, memory_limit: str | None = None, spill_limit: str | None = None) -> None:
        """The limits are as in ``snowflake.memory_limit`` and ``snowflake.spill_limit`` [DuckDB's: 80 %, 90 %].

        Raises:
            StackError: the data file cannot be opened.
        """
        state_dir.mkdir(parents=True, exist_ok=True)
        state_dir.chmod(0o700)  # the catalog holds the credentials of external stages
        self._spill = state_dir / "spill"
        shutil.rmtree(self._spill, ignore_errors=True)
        config: dict[str, Any] = {
            "default_null_order": "nulls_last_on_asc_first_on_desc",
            "preserve_insertion_order": True,
            "python_enable_replacements": False,
        }
        if memory_limit:
            config["memory_limit"] = memory_limit
        self._lock = threading.Lock()
        self.changes = DataChanges()
        path = state_dir / "snowflake.duckdb"
        try:
            self._root = duckdb.connect(str(path), config=config)
            self._limit_spill(spill_limit)
            self._install()
        except duckdb.Error as error:
            raise _cannot_open(path, error) from error

    def _limit_spill(self, limit: str | None) -> None:
        """By SET: DuckDB 2.0 does not keep to a limit that it is given when it opens."""
        quoted = str(self._spill).replace("'", "''")
        self._root.execute(f"SET temp_directory = '{quoted}'")
        if limit:
            self._root.execute(f"SET max_temp_directory_size = '{limit}'")

    def _install(self) -> None:
        for entry in runtime.UDFS.values():
            self._root.create_function(
                entry.name,
                runtime.arrow_function(entry, _ARROW_TYPES[entry.result]),
                list(entry.parameters),
                entry.result,
                type="arrow",
                null_handling="special",
            )
        self._install_macros()

    def _install_macros(self) -> None:
        """Macros are kept in the file: they are made when it does not have them as they are now, all in one commit."""
        statements = [
            f"CREATE OR REPLACE MACRO sf.{signature} AS {body}" for signature, body in runtime.ordered_macros()
        ]
        digest = hashlib.sha256("\n".join(statements).encode()).hexdigest()
        made = "CREATE SCHEMA IF NOT EXISTS sf; CREATE TABLE IF NOT EXISTS sf.installed (digest VARCHAR)"
        self._root.execute(f"BEGIN TRANSACTION; {made}")
        if self._root.execute("SELECT digest FROM sf.installed").fetchall() != [(digest,)]:
            self._root.execute(";".join([*statements, "DELETE FROM sf.installed"]))
            self._root.execute("INSERT INTO sf.installed VALUES (?)", [digest])
        self._root.execute("COMMIT")

    def add_function(self, name: str, function: Callable[..., pa.Array], parameters: list[str], result: str) -> None:
        """A function of Arrow arrays for SQL. ``result`` is one of the types that functions give."""
        with self._lock:
            self._root.create_function(
                name, function, parameters, result, type="arrow", null_handling="special", side_effects=True
            )

    def connect(self) -> Connection:
        with self._lock:
            return Connection(self._root.cursor(), self.changes)

    def close(self) -> None:
        with self._lock:
            self._root.close()
        shutil.rmtree(self._spill, ignore_errors=True)


def _cannot_open(path: Path, error: duckdb.Error) -> StackError:
    """Another process has the file, it is damaged, a newer DuckDB wrote it, or its disk is full."""
    reason = str(error).splitlines()[0]
    if "Could not set lock" in reason:
        return StackError(
            f"another Snowflake emulator already uses {path}: {reason}",
            hint="stop it with `dw-sim down`, or choose another DW_SIMULATOR_HOME",
        )
    if "No space left" in reason:
        return StackError(
            f"the disk that holds the Snowflake emulator's data {path} is full",
            hint="free some space, then: dw-sim restart snowflake. What was committed is kept",
        )
    return StackError(
        f"cannot open the Snowflake emulator's data {path}: {reason}",
        hint="if a newer version wrote it, upgrade; `dw-sim snapshot restore` brings back what was saved,"
        " `dw-sim reset` starts anew",
    )


class Connection:
    """One session's DuckDB connection."""

    def __init__(self, cursor: Any, changes: DataChanges) -> None:
        self._cursor = cursor
        self._changes = changes
        self._unseen = False
        """Whether the open transaction has changed something that others do not see yet."""
        self.in_transaction = False
        self._interrupted = threading.Event()
        self._log: list[Callable[[], object]] = []
        """What the open transaction has changed: DuckDB drops it all when one statement fails, Snowflake does not."""
        self._suspended: list[list[Callable[[], object]]] = []
        """What the transactions have changed that wait for one of a procedure, outermost first."""
        self._queries: OrderedDict[str, Any] = OrderedDict()
        """Relations of the last queries, by their SQL."""

    # --- running ------------------------------------------------------------------------------------------------------
    def run(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run one statement and fetch all of it."""
        return self._with_new_tables(lambda: self._run(sql, parameters))

    def _run(self, sql: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        with sql_trace.backend_span("duckdb", sql), self._translated():
            result = self._execute(sql, parameters)
            rows: list[tuple[Any, ...]] = result.fetchall() if result.description else []
        return rows

    def _with_new_tables(self, work: Callable[[], T]) -> T:
        """``work``, once more if a table is missing that was made since the transaction began.

        The error has made the transaction anew (:meth:`_restore`), and so it sees what was committed meanwhile.
        """
        try:
            return work()
        except SnowflakeError as error:
            if not self.in_transaction or not _UNSEEN_TABLE.search(error.message):
                raise
        return work()

    def change(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run a statement that changes data; inside a transaction it is remembered."""
        work = partial(self.run, sql, parameters)
        rows = work() if self.in_transaction else _alone(work)
        if self.in_transaction:
            self._log.append(partial(self._execute, sql, parameters))
        return rows

    def load(self, sql: str, name: str, open_reader: Callable[[], pa.RecordBatchReader]) -> int:
        """Run an INSERT that reads Arrow batches under ``name``; how many rows it inserted.

        Inside a transaction it is remembered with ``open_reader``, which must give the same rows again.
        """
        work = partial(self._load, sql, name, open_reader)
        count = self._with_new_tables(lambda: self._traced_load(sql, work))
        if self.in_transaction:
            self._log.append(work)
        return count

    def _traced_load(self, sql: str, work: Callable[[], int]) -> int:
        with sql_trace.backend_span("duckdb", sql), self._translated():
            return work()

    def _load(self, sql: str, name: str, open_reader: Callable[[], pa.RecordBatchReader]) -> int:
        self._cursor.register(name, open_reader())
        try:
            count = int(self._cursor.execute(sql).fetchall()[0][0])
        except BaseException:
            with contextlib.suppress(duckdb.Error):  # the failed transaction is rolled back, and the name with it
                self._cursor.unregister(name)
            raise
        finally:
            self._note(sql)
        self._cursor.unregister(name)
        return count

    def _execute(self, sql: str, parameters: Sequence[object]) -> Any:
        try:
            return self._cursor.execute(sql, list(parameters)) if parameters else self._cursor.execute(sql)
        finally:
            self._note(sql)

    def _note(self, sql: str) -> None:
        """Count a statement that may have changed data; the end of a transaction that has changed none is no change."""
        first = sql[:10].split(maxsplit=1)[0].upper()
        if first in _READING or (first == "COMMIT" and not self._unseen):
            return
        self._unseen = first != "COMMIT"
        self._changes.note()

    def stream(self, sql: str) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """The result of a query as record batches, read as they are asked for."""
        reader = self._with_new_tables(lambda: self._reader(sql))
        return reader.schema, self._batches(reader)

    def _reader(self, sql: str) -> pa.RecordBatchReader:
        with sql_trace.backend_span("duckdb", sql), self._translated():
            return self._relation(sql).to_arrow_reader(BATCH_ROWS)

    def _relation(self, sql: str) -> Any:
        """The relation of a query. Making one binds the query, and reading it does so again: hence they are kept.

        A relation is its text, which is run anew when it is read; but one that writes (by a sequence) has been run, and
        holds its rows.
        """
        relation = self._queries.get(sql)
        if relation is not None:
            self._queries.move_to_end(sql)
            return relation
        try:
            relation = self._cursor.sql(sql)
        except duckdb.BinderException as error:
            if "GROUP BY" in str(error):  # executed, the same error tells the place
                with contextlib.suppress(duckdb.TransactionException):
                    self._cursor.execute(sql)
            raise
        if relation.type != LAZY:
            self._changes.note()
        elif len(sql) <= LONGEST_KEPT:
            self._queries[sql] = relation
            if len(self._queries) > KEPT_QUERIES:
                self._queries.popitem(last=False)
        return relation

    def _batches(self, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        while True:
            with self._translated():
                try:
                    batch = reader.read_next_batch()
                except StopIteration:
                    return
            yield batch

    def types(self, sql: str) -> list[tuple[str, str]]:
        """Names and DuckDB types of a query's columns, without running it."""
        return [(row[0], row[1]) for row in self.run(f"DESCRIBE {sql}")]

    def register(self, name: str, table: pa.Table) -> None:
        self._cursor.register(name, table)

    def unregister(self, name: str) -> None:
        self._cursor.unregister(name)

    def rearm(self) -> None:
        """Before a statement: an interrupt that came for an earlier one is over."""
        self._interrupted.clear()

    def interrupt(self) -> None:
        self._interrupted.set()
        self._cursor.interrupt()

    def wait(self, seconds: float) -> None:
        """Sleep. Raises SnowflakeError 000604 when interrupted."""
        if self._interrupted.wait(seconds):
            raise errors.CANCELLED()

    def set_zone(self, zone: str) -> None:
        self.run(f"SET TimeZone = '{zone.replace(chr(39), '')}'")

    # --- transactions -------------------------------------------------------------------------------------------------
    def begin(self) -> None:
        self.run("BEGIN TRANSACTION")
        self.in_transaction = True
        self._log = []

    @property
    def depth(self) -> int:
        """How many transactions wait for the open one."""
        return len(self._suspended)

    def suspend(self) -> None:
        """Open a transaction that is independent of the open one, which goes on when the new one has ended.

        DuckDB has one transaction a connection: the open one is undone, and its changes are made again afterwards.
        """
        self._suspended.append(self._log)
        self.run("ROLLBACK")
        self.begin()

    def _resume(self) -> None:
        """Go on with the transaction that waits, if one does. Raises SnowflakeError: its changes cannot be repeated."""
        if not self._suspended:
            return
        log = self._suspended.pop()
        self.begin()
        try:
            with self._translated():
                for work in log:
                    work()
        except SnowflakeError:
            self.rollback()
            raise
        self._log = log

    def see_committed(self) -> None:
        """Let the open transaction see what others have committed, as READ COMMITTED does before each statement.

        One that has changed something keeps DuckDB's snapshot: its changes hang on it.
        """
        if self.in_transaction and not self._log:
            self.run("COMMIT")
            self.run("BEGIN TRANSACTION")

    def commit(self) -> None:
        if self.in_transaction:
            self.in_transaction = False
            self._log = []
            self.run("COMMIT")
            self._resume()

    def rollback(self) -> None:
        if self.in_transaction:
            self.in_transaction = False
            self._log = []
            self.run("ROLLBACK")
            self._resume()

    def _restore(self) -> None:
        """After an error inside a transaction: bring back what its earlier statements did."""
        log, self._log = self._log, []
        self._cursor.execute("ROLLBACK")
        self._cursor.execute("BEGIN TRANSACTION")
        for work in log:
            work()
        self._log = log

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (duckdb.Error, pa.ArrowInvalid, OSError, RuntimeError) as error:
            failure = translate(str(error), type(error).__name__)
            if self.in_transaction:
                try:
                    self._restore()
                except duckdb.Error as second:
                    self.in_transaction = False
                    raise translate(str(second), type(second).__name__) from second
            raise failure from error

    def close(self) -> None:
        self._queries.clear()
        with contextlib.suppress(duckdb.Error):
            self._cursor.close()


_UNSEEN_TABLE = re.compile(r"Table with name t\d+ does not exist")

# --- errors -----------------------------------------------------------------------------------------------------------
_OWN = re.compile(r"sf:(\d+):(.*?)(?::([A-Z]+))?(?:\n|$)", re.S)
_PYTHON = re.compile(r"(\d{6}) \((\w{5})\): (.*)", re.S)
_OWN_ENTRIES = {
    "100039": errors.NUMBER_OUT_OF_RANGE,
    "100046": errors.NUMBER_NOT_REPRESENTABLE,
    "100049": errors.FLOAT_OPERATION,
    "100059": errors.DAY_OF_WEEK,
    "100353": errors.CHARACTER_CODE,
    "100051": errors.DIVISION_BY_ZERO,
    "100078": errors.STRING_TOO_LONG,
    "100037": errors.BOOLEAN_NOT_RECOGNIZED,
    "100115": errors.HEX_NOT_RECOGNIZED,
    "100071": errors.VARIANT_CAST,
    "100072": errors.NULL_NOT_ALLOWED,
}
_PATTERNS: tuple[tuple[re.Pattern[str], errors.ErrorEntry], ...] = (
    (
        re.compile(r"Could not convert string ['\"]\s*([-+]?\d+\.?\d*)\s*['\"] to (?:INT\d+|DECIMAL)"),
        errors.NUMBER_OUT_OF_RANGE,
    ),
    (
        re.compile(r"Could not convert string ['\"](.*?)['\"] to (?:INT\d+|DECIMAL|UINT\d+|DOUBLE)"),
        errors.NUMBER_NOT_RECOGNIZED,
    ),
    (re.compile(r"Could not cast value (\S+) to DECIMAL"), errors.NUMBER_OUT_OF_RANGE),
    (re.compile(r"Failed to cast decimal value (\S+) to type INT64"), errors.NUMBER_OUT_OF_RANGE),
    (re.compile(r"Casting value \"(.*?)\" to type DECIMAL"), errors.NUMBER_OUT_OF_RANGE),
    (re.compile(r"can't be cast because the value is out of range"), errors.NUMBER_OUT_OF_RANGE),
    (re.compile(r"Overflow in (?:\w+) of \w+(?:\(\d+\))? ?\((.*?)\)"), errors.NUMBER_OUT_OF_RANGE),
    (re.compile(r"subqueries in lambda expressions are not supported"), errors.UNSUPPORTED_SUBQUERY),
    (re.compile(r"Cannot combine types with different collation"), errors.DIFFERENT_COLLATIONS),
    (re.compile(r"Overflow in left shift \((.*?)\)"), errors.NUMBER_OUT_OF_RANGE),
    (re.compile(r"Left-shift value (\d+) is out of range"), errors.NUMBER_OUT_OF_RANGE),
    (re.compile(r"Cannot left-shift by negative number (-?\d+)"), errors.NUMBER_OUT_OF_RANGE),
    (re.compile(r"date field value out of range: \"(.*?)\""), errors.DATE_NOT_RECOGNIZED),
    (re.compile(r"Date out of range: (\S+)"), errors.DATE_NOT_RECOGNIZED),
    (re.compile(r"Interval value (.*?) out of range"), errors.TIMESTAMP_NOT_RECOGNIZED),
    (re.compile(r"(Date and time not in timestamp range)"), errors.TIMESTAMP_NOT_RECOGNIZED),
    (re.compile(r"NOT NULL constraint failed: \S+?\.(\S+)"), errors.NULL_NOT_ALLOWED),
    (re.compile(r"column \"?(.*?)\"? must appear in the GROUP BY"), errors.NOT_GROUPED),
    (re.compile(r"More than one row returned by a subquery"), errors.SINGLE_ROW_SUBQUERY),
    (re.compile(r"Unknown TimeZone '(.*?)'"), errors.INVALID_TIME_ZONE),
    (re.compile(r"Invalid escape string\. ([^\n]*)"), errors.INVALID_ESCAPE),
    (re.compile(r"No space left([^\n]*)"), errors.DISK_FULL),
    (re.compile(r"(failed to offload[^\n]*)"), errors.DISK_FULL),
    (re.compile(r"(?:Out of Memory Error|could not allocate)[:\s]*([^\n]*)"), errors.OUT_OF_MEMORY),
)


def _alone(change: Callable[[], T]) -> T:
    """A change outside a transaction: where Snowflake would wait for another's lock, try again until it is gone."""
    for attempt in range(LOCK_ATTEMPTS):
        try:
            return change()
        except SnowflakeError as error:
            if error.errno != LOCKED:
                raise
        time.sleep(0.01 * (attempt + 1))
    return change()


_COLUMN = re.compile(r'(?:\w+\.)?"(?:[^"]|"")*"')


def _marked(text: str) -> str:
    """The column that a message of DuckDB marks in the line of SQL that it shows."""
    lines = text.splitlines()
    for line, mark in itertools.pairwise(lines):
        if line.startswith("LINE ") and mark.strip(" ^") == "" and "^" in mark:
            found = _COLUMN.match(line, mark.index("^"))
            return found.group() if found is not None else ""
    return ""


def translate(text: str, kind: str) -> SnowflakeError:
    """DuckDB's error in Snowflake's number and words."""
    if kind == "InterruptException" or "INTERRUPT Error" in text:
        return errors.CANCELLED()
    match = _PYTHON.search(text)
    if match is not None:
        return SnowflakeError(int(match.group(1)), match.group(2), match.group(3).strip())
    match = _OWN.search(text)
    if match is not None and match.group(1) in _OWN_ENTRIES:
        return _OWN_ENTRIES[match.group(1)](*([match.group(2), match.group(3) or ""]))
    for pattern, entry in _PATTERNS:
        match = pattern.search(text)
        if match is not None:
            error = entry(match.group(1) if match.groups() else "")
            error.reference = _marked(text)
            return error
    if "Conflict" in text and "TransactionContext" in text:
        return SnowflakeError(LOCKED, "57014", "Statement was aborted: another transaction changed the same rows.")
    return errors.INTERNAL(text)
