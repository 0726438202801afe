"""COPY INTO <table>: files into a table, in the session's transaction. Vendor page: "COPY INTO <table>"."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry, TableColumn
from dw_simulator.emulators.snowflake.commands.context import before_change
from dw_simulator.emulators.snowflake.commands.dml import insert_select_sql
from dw_simulator.emulators.snowflake.copy import history
from dw_simulator.emulators.snowflake.copy.csv_reader import RowProblem, read_header
from dw_simulator.emulators.snowflake.copy.options import CopyOptions
from dw_simulator.emulators.snowflake.copy.parquet_reader import TypedFile
from dw_simulator.emulators.snowflake.copy.projection import projection
from dw_simulator.emulators.snowflake.copy.staged import Chunk, Needs, StagedFiles, use_fields
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.stages.file_format import FileFormat
from dw_simulator.emulators.snowflake.stages.resolver import Place
from dw_simulator.emulators.snowflake.stages.storage import StagedFile
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.types import model
from dw_simulator.observability import tracing

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.commands.registry import Run

COLUMNS = [
    ResultColumn("file", model.text()),
    ResultColumn("status", model.text()),
    ResultColumn("rows_parsed", model.number()),
    ResultColumn("rows_loaded", model.number()),
    ResultColumn("error_limit", model.number()),
    ResultColumn("errors_seen", model.number()),
    ResultColumn("first_error", model.text()),
    ResultColumn("first_error_line", model.number()),
    ResultColumn("first_error_character", model.number()),
    ResultColumn("first_error_column_name", model.text()),
]
_ADVICE = (
    "\n  If you would like to continue loading when an error is encountered, use other values such as 'SKIP_FILE' or "
    "'CONTINUE' for the ON_ERROR option. For more information on loading options, please run 'info loading_data' in a "
    "SQL client."
)


@dataclass(slots=True)
class BadRow:
    """A row that was not loaded, and why."""

    problem: RowProblem
    column: str | None = None


@dataclass(slots=True)
class Outcome:
    """What became of one file."""

    file: StagedFile
    parsed: int = 0
    loaded: int = 0
    bad: list[BadRow] = field(default_factory=list)
    skipped: str | None = None

    def row(self, options: CopyOptions) -> tuple[object, ...]:
        if self.skipped is not None:
            return (self.file.shown, "LOAD_SKIPPED", None, None, None, None, self.skipped, None, None, None)
        status = "LOADED" if not self.bad else "PARTIALLY_LOADED" if self.loaded else "LOAD_FAILED"
        first = self.bad[0] if self.bad else None
        return (
            self.file.shown,
            status,
            self.parsed,
            self.loaded,
            options.on_error.shown_limit(self.parsed),
            len(self.bad),
            first.problem.error.message if first else None,
            first.problem.line if first else None,
            first.problem.character if first else None,
            first.column if first else None,
        )


@dataclass(slots=True)
class Load:
    """One COPY INTO <table> statement. ``query`` is the text of its transformation, parsed by the caller."""

    run: Run
    entry: Entry
    columns: list[TableColumn]
    named: bool
    place: Place
    format: FileFormat
    options: CopyOptions
    query: str | None = None
    _plans: dict[tuple[object, ...], Plan] = field(default_factory=dict)
    _opened: dict[str, TypedFile] = field(default_factory=dict)

    def execute(self) -> StatementResult:
        """Load what is to be loaded; the result has a row a file."""
        found = self.place.files(self.options.files, self.options.pattern)
        files, skipped = self._without_loaded(found)
        if not files and not skipped:
            return _nothing()
        if self.run.describe_only:
            return StatementResult.rows(COLUMNS, [], StatementType.COPY)
        before_change(self.run)
        outcomes = self._in_transaction(lambda: [self._load(file) for file in self._up_to_size_limit(files)])
        loaded = sum(outcome.loaded for outcome in outcomes)
        tracing.annotate({"dw_simulator.rows": loaded, "dw_simulator.files": len(outcomes)})
        if self.options.purge:
            for outcome in outcomes:
                if outcome.loaded or not outcome.bad:
                    self.place.storage.remove(outcome.file)
        rows = [outcome.row(self.options) for outcome in [*outcomes, *skipped]]
        return StatementResult.rows(COLUMNS, rows, StatementType.COPY)

    # --- which files ---
    def _without_loaded(self, found: list[StagedFile]) -> tuple[list[StagedFile], list[Outcome]]:
        if self.options.force:
            return found, []
        loaded = history.loaded_files(self.run.state.connection, self.entry.id)
        files = [file for file in found if loaded.get(file.shown) != file.etag]
        if self.options.files is None:
            return files, []
        again = [file for file in found if loaded.get(file.shown) == file.etag]
        return files, [Outcome(file, skipped="File was loaded before.") for file in again]

    def _up_to_size_limit(self, files: list[StagedFile]) -> Iterator[StagedFile]:
        size = 0
        for file in files:
            if self.options.size_limit is not None and size > self.options.size_limit:
                return
            size += file.size
            yield file

    def _in_transaction(self, work: Callable[[], list[Outcome]]) -> list[Outcome]:
        """All files or none: in the open transaction, or in one of the statement's own."""
        connection = self.run.state.connection
        if connection.in_transaction:
            return work()
        connection.run("BEGIN TRANSACTION")
        try:
            outcomes = work()
            connection.run("COMMIT")
        except BaseException:
            connection.run("ROLLBACK")
            raise
        return outcomes

    # --- one file ---
    def _load(self, file: StagedFile) -> Outcome:
        outcome = Outcome(file)
        plan = self._plan(file)
        if self.options.on_error.action == "ABORT":
            self._load_whole(plan, outcome)
        else:
            self._load_good_rows(plan, outcome)
        row = outcome.row(self.options)
        history.remember(self.run.state.connection, self.entry.id, file, row, self.run.query_id)
        return outcome

    def _load_whole(self, plan: Plan, outcome: Outcome) -> None:
        try:
            outcome.loaded = outcome.parsed = plan.insert(self.run, outcome.file)
        except SnowflakeError as error:
            if error.errno in (errors.CANCELLED.errno, errors.INTERNAL.errno):
                raise
            bad = next(plan.bad_rows(self.run, outcome.file), None)
            if bad is None:
                raise
            raise _located(bad, outcome.file, self.entry.name, self.columns) from error

    def _load_good_rows(self, plan: Plan, outcome: Outcome) -> None:
        """Find the bad rows first, so that a file that is to be skipped changes nothing."""
        outcome.bad = list(plan.bad_rows(self.run, outcome.file, outcome))
        if self.options.on_error.skips(len(outcome.bad), outcome.parsed):
            return
        numbers = frozenset(bad.problem.row for bad in outcome.bad)
        outcome.loaded = plan.insert(self.run, outcome.file, numbers)

    # --- how ---
    def _plan(self, file: StagedFile) -> Plan:
        """The SQL for a file; files of the same columns share it."""
        needs = Needs.of(self.query) if self.query is not None else Needs(1, ())
        staged = StagedFiles(self.place, self.format, needs, f"copy_{self.run.query_id}", opened=self._opened)
        staged.describe(file)
        header = self._header(file)
        key = (tuple(staged.typed), tuple(header or ()))
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._make_plan(staged, header)
        return plan

    def _header(self, file: StagedFile) -> list[str] | None:
        if self.format.type != "CSV" or not self.format.get("PARSE_HEADER"):
            return None
        return read_header(self.place.storage.open(file), file.path, self.format)

    def _make_plan(self, staged: StagedFiles, header: list[str] | None) -> Plan:
        columns, text = self.columns, self.query
        if text is None:
            shape = projection(self.columns, self.named, staged, header, self.options)
            columns, text = shape.columns, shape.sql
            staged.needs = replace(Needs.of(text), width=shape.width)
            staged.count = shape.count
        binder = self.run.engine.binder(self.run, text)
        query = Parser(text).query()
        if staged.is_typed:
            staged.fields = use_fields(query, [column.name for column in staged.typed])
        binder.env.hints["staged"] = staged
        bound = binder.query(query)
        return Plan(staged, self.entry, insert_select_sql(self.run, self.entry, columns, bound))


def _nothing() -> StatementResult:
    return StatementResult.status("Copy executed with 0 files processed.", StatementType.COPY)


def _located(bad: BadRow, file: StagedFile, table: str, columns: Sequence[TableColumn]) -> SnowflakeError:
    """The error of a bad row with its place, as ABORT_STATEMENT reports it."""
    problem = bad.problem
    place = f"\n  File '{file.shown}', line {problem.line}, character {problem.character}"
    if bad.column is not None:
        index = next((index for index, column in enumerate(columns, 1) if column.name == bad.column), 0)
        place += f'\n  Row {problem.row}, column "{table}"["{bad.column}":{index}]'
    else:
        place += f"\n  Row {problem.row}"
    return SnowflakeError(problem.error.errno, problem.error.sqlstate, problem.error.message + place + _ADVICE)


# --- running it -------------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class Plan:
    """An INSERT that reads staged rows under ``staged.name``."""

    staged: StagedFiles
    entry: Entry
    insert_sql: str

    @property
    def select_sql(self) -> str:
        return "SELECT " + self.insert_sql.partition(") SELECT ")[2]

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

    def bad_rows(self, run: Run, file: StagedFile, outcome: Outcome | None = None) -> Iterator[BadRow]:
        """The rows of a file that cannot be loaded, in order. Counts all rows into ``outcome``."""
        checker = _Checker(run, self)
        try:
            for chunk in self.staged.chunks(file):
                if outcome is not None:
                    outcome.parsed += chunk.batch.num_rows + len(chunk.problems)
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
            return error
        total, *found = rows[0]
        for index, count in zip(positions, found, strict=True):
            if index in self._required and count < total:
                return errors.NULL_NOT_ALLOWED()
        return None
