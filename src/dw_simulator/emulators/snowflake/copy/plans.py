"""Carrying out a load of one file, and finding the rows that cannot be loaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry, TableColumn
from dw_simulator.emulators.snowflake.copy import csv_reader
from dw_simulator.emulators.snowflake.copy.csv_reader import Located, RowProblem
from dw_simulator.emulators.snowflake.copy.history import LoadError
from dw_simulator.emulators.snowflake.copy.staged import Chunk, StagedFiles
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.stages.storage import StagedFile

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.commands.registry import Run

_PARSING = (100016, 100066, 100067, 100068, 100069, 100080, 100144)
"""Numbers of errors that are about the form of a file; the others are about a value."""


NULL_IN_FILE = errors.ErrorEntry(
    100088,
    "22000",
    "NULL result in a non-nullable column. Use quotes if an empty field should be interpreted as an empty string "
    "instead of a null",
)
TEXT_TOO_LONG = errors.ErrorEntry(100074, "54000", "User character length limit ({}) exceeded by string '{}'")


@dataclass(slots=True)
class BadRow:
    """A row that was not loaded, and why."""

    problem: RowProblem
    column: str | None = None


@dataclass(slots=True)
class Counts:
    parsed: int = 0


def column_label(table: str, columns: Sequence[TableColumn], bad: BadRow) -> str | None:
    """``"TABLE"["COLUMN":1]``; for a row with another number of columns ``"TABLE"[3]``."""
    if bad.column is not None:
        index = next((index for index, column in enumerate(columns, 1) if column.name == bad.column), 0)
        return f'"{table}"["{bad.column}":{index}]'
    count = bad.problem.columns
    return None if count is None else f'"{table}"[{count}]'


def load_errors(
    found: Sequence[BadRow], staged: StagedFiles, file: StagedFile, table: str, columns: Sequence[TableColumn]
) -> list[LoadError]:
    """The rows of VALIDATE for the bad rows of one file: it is read again for what they hold."""
    places: dict[int, Located] = {}
    if staged.format.type == "CSV" and found:
        rows = [bad.problem.row for bad in found]
        places = csv_reader.locate(staged.place.storage.open(file), file.path, staged.format, rows)
    result = []
    for bad in found:
        problem, place = bad.problem, places.get(bad.problem.row)
        line = place.line if place else problem.line
        result.append(
            LoadError(
                problem.error.message,
                file.shown,
                line,
                problem.character,
                place.offset + problem.character - 1 if place else None,
                "parsing" if problem.error.errno in _PARSING else "conversion",
                problem.error.errno,
                problem.error.sqlstate,
                column_label(table, columns, bad),
                problem.row,
                line,
                place.text if place else None,
            )
        )
    return result


@dataclass(slots=True)
class Plan:
    """An INSERT that reads staged rows under ``staged.name``."""

    staged: StagedFiles
    entry: Entry
    insert_sql: str

    @property
    def select_sql(self) -> str:
        return "SELECT " + self.insert_sql.partition(") SELECT ")[2]

    def head(self, run: Run, file: StagedFile, limit: int) -> tuple[list[pa.RecordBatch], BadRow | None]:
        """The first ``limit`` rows of a file as they are read, and the first bad one among them."""
        batches: list[pa.RecordBatch] = []
        checker = _Checker(run, self)
        left = limit
        try:
            for chunk in self.staged.chunks(file):
                kept = Chunk(chunk.batch.slice(0, left), chunk.rows.slice(0, left))
                found = [BadRow(problem) for problem in chunk.problems if problem.row <= limit]
                found.extend(checker.bad_rows(kept))
                if found:
                    return batches, min(found, key=lambda bad: bad.problem.row)
                batches.append(kept.batch)
                left -= kept.batch.num_rows
                if left <= 0:
                    break
        finally:
            checker.close()
        return batches, None

    def insert(self, run: Run, file: StagedFile, without: frozenset[int] = frozenset()) -> int:
        """Insert the rows of a file, those of ``without`` left out; how many there were."""
        problems: list[SnowflakeError] = []

        def rows() -> Iterator[pa.RecordBatch]:
            for chunk in self.staged.chunks(file):
                unknown = [problem for problem in chunk.problems if problem.row not in without]
                if unknown:
                    problems.append(unknown[0].error)
                    raise unknown[0].error
                yield _without(chunk, without)

        def reader() -> pa.RecordBatchReader:
            return pa.RecordBatchReader.from_batches(self.staged.schema, rows())

        try:
            return run.state.connection.load(self.insert_sql, self.staged.name, reader)
        except SnowflakeError as error:
            raise (problems[0] if problems else error) from None

    def bad_rows(self, run: Run, file: StagedFile, counts: Counts | None = None) -> Iterator[BadRow]:
        """The rows of a file that cannot be loaded, in order. Counts all rows into ``counts``."""
        checker = _Checker(run, self)
        try:
            for chunk in self.staged.chunks(file):
                if counts is not None:
                    counts.parsed += chunk.batch.num_rows + len(chunk.problems)
                found = [BadRow(problem) for problem in chunk.problems]
                found.extend(checker.bad_rows(chunk))
                yield from sorted(found, key=lambda bad: bad.problem.row)
        finally:
            checker.close()


def _without(chunk: Chunk, numbers: frozenset[int]) -> pa.RecordBatch:
    if not numbers:
        return chunk.batch
    kept = pa.array([row not in numbers for row in chunk.rows.to_pylist()], pa.bool_())
    return chunk.batch.filter(kept)


class _Checker:
    """Finds bad rows by evaluating the statement's expressions, without a change, on ever smaller slices."""

    def __init__(self, run: Run, plan: Plan) -> None:
        self._plan = plan
        self._connection = run.engine.backend.connect()
        self._connection.set_zone(str(run.session.parameters["TIMEZONE"]))
        stored = [column for column in plan.entry.columns if column.computed is None]
        self._names = [column.name for column in stored]
        self._lengths = [column.type.length for column in stored]
        self._is_csv = plan.staged.format.type == "CSV"
        self._required = [index for index, column in enumerate(stored) if not column.type.nullable]

    def close(self) -> None:
        self._connection.close()

    def bad_rows(self, chunk: Chunk) -> Iterator[BadRow]:
        return self._search(chunk, 0, chunk.batch.num_rows)

    def _search(self, chunk: Chunk, start: int, end: int) -> Iterator[BadRow]:
        if start == end or self._error(chunk.batch.slice(start, end - start)) is None:
            return
        if end - start == 1:
            yield self._bad_row(chunk, start)
            return
        middle = (start + end) // 2
        yield from self._search(chunk, start, middle)
        yield from self._search(chunk, middle, end)

    def _bad_row(self, chunk: Chunk, index: int) -> BadRow:
        """Which column of a row is at fault."""
        row = chunk.batch.slice(index, 1)
        number = chunk.rows[index].as_py()
        skipped = self._plan.staged.format
        line = number + (skipped.get("SKIP_HEADER") if skipped.type == "CSV" else 0)
        for position, name in enumerate(self._names):
            error = self._error(row, position)
            if error is not None:
                return BadRow(RowProblem(error, number, line, self._character(row, position)), name)
        whole = self._error(row)
        return BadRow(RowProblem(whole or errors.INTERNAL("the row cannot be loaded"), number, line))

    def _character(self, row: pa.RecordBatch, position: int) -> int:
        """Where the field of a CSV row starts, if fields and columns go together."""
        if self._plan.staged.format.type != "CSV" or position >= row.num_columns:
            return 1
        before = [str(row.column(index)[0].as_py() or "") for index in range(position)]
        return 1 + sum(len(text) + 1 for text in before)

    def _error(self, batch: pa.RecordBatch, position: int | None = None) -> SnowflakeError | None:
        positions = range(len(self._names)) if position is None else [position]
        counts = ", ".join(f"count(v{index})" for index in positions)
        names = ", ".join(f"v{index}" for index in range(len(self._names)))
        self._connection.register(self._plan.staged.name, pa.Table.from_batches([batch]))
        sql = f"SELECT count(*), {counts} FROM ({self._plan.select_sql}) AS checked({names})"
        try:
            rows: list[tuple[Any, ...]] = self._connection.run(sql)
        except SnowflakeError as error:
            return self._in_words_of_csv(error, position)
        total, *found = rows[0]
        for index, count in zip(positions, found, strict=True):
            if index in self._required and count < total:
                return NULL_IN_FILE() if self._is_csv else errors.NULL_NOT_ALLOWED()
        return None

    def _in_words_of_csv(self, error: SnowflakeError, position: int | None) -> SnowflakeError:
        """The loader of text files has a number of its own for a text that is too long."""
        if not self._is_csv or error.errno != errors.STRING_TOO_LONG.errno or position is None:
            return error
        text = error.message.removeprefix("String '").removesuffix("' is too long and would be truncated")
        return TEXT_TOO_LONG(self._lengths[position], text)
