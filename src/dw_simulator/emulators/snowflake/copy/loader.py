"""COPY INTO <table>: files into a table, in the session's transaction. Vendor page: "COPY INTO <table>"."""

from __future__ import annotations

import datetime as dt
import itertools
import logging
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, field, replace
from typing import TYPE_CHECKING

import pyarrow as pa

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry, TableColumn
from dw_simulator.emulators.snowflake.commands import versioning
from dw_simulator.emulators.snowflake.commands.context import before_change
from dw_simulator.emulators.snowflake.commands.dml import insert_columns, insert_select_sql
from dw_simulator.emulators.snowflake.copy import history
from dw_simulator.emulators.snowflake.copy.csv_reader import read_header
from dw_simulator.emulators.snowflake.copy.evolution import evolve, evolves
from dw_simulator.emulators.snowflake.copy.load_queries import ERROR_COLUMNS
from dw_simulator.emulators.snowflake.copy.options import CopyOptions
from dw_simulator.emulators.snowflake.copy.plans import BadRow, Counts, Plan, column_label, load_errors
from dw_simulator.emulators.snowflake.copy.projection import projection
from dw_simulator.emulators.snowflake.copy.staged import Needs, StagedFiles, use_fields
from dw_simulator.emulators.snowflake.copy.typed_reader import TypedFile
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.logical import shaped
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.stages.file_format import FileFormat
from dw_simulator.emulators.snowflake.stages.resolver import Place
from dw_simulator.emulators.snowflake.stages.storage import StagedFile
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.types import model
from dw_simulator.observability import tracing

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.commands.registry import Run

log = logging.getLogger(__name__)

_ABORTED_ERRORS = 100
"""How many errors of a file are kept for VALIDATE when they abort the statement."""
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
class Outcome:
    """What became of one file. ``aborted`` says that its errors ended the statement."""

    file: StagedFile
    parsed: int = 0
    loaded: int = 0
    bad: list[BadRow] = field(default_factory=list)
    skipped: str | None = None
    errors: list[history.LoadError] = field(default_factory=list)
    aborted: bool = False

    @property
    def status(self) -> str:
        if self.skipped is not None:
            return "LOAD_SKIPPED"
        if not self.bad and not self.aborted:
            return "LOADED"
        return "PARTIALLY_LOADED" if self.loaded else "LOAD_FAILED"

    def row(self, options: CopyOptions) -> tuple[object, ...]:
        if self.skipped is not None:
            return (self.file.shown, self.status, None, None, None, None, self.skipped, None, None, None)
        first = self.errors[0] if self.errors else None
        return (
            self.file.shown,
            self.status,
            self.parsed,
            self.loaded,
            options.on_error.shown_limit(self.parsed),
            len(self.bad),
            first.error if first else None,
            first.line if first else None,
            first.character if first else None,
            first.column_name if first else None,
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
    source: history.Source
    query: str | None = None
    _plans: dict[tuple[object, ...], Plan] = field(default_factory=dict)
    _opened: dict[str, TypedFile] = field(default_factory=dict)

    def execute(self) -> StatementResult:
        """Load what is to be loaded; the result has a row a file."""
        if self.options.validation is not None:
            return self._validate()
        found = self.place.files(self.options.files, self.options.pattern)
        files, skipped = self._without_loaded(found)
        if not files and not skipped:
            return _nothing()
        if self.run.describe_only:
            return StatementResult.rows(COLUMNS, [], StatementType.COPY)
        self.run.state.last_copies[self.entry.id] = self.run.query_id
        self._evolve(files)
        before_change(self.run)
        outcomes = self._in_transaction(lambda: [self._load(file) for file in self._up_to_size_limit(files)])
        loaded = sum(outcome.loaded for outcome in outcomes)
        tracing.annotate({"dw_simulator.rows": loaded, "dw_simulator.files": len(outcomes)})
        if self.options.purge:
            self._purge(outcomes)
        shown = [outcome for outcome in (*outcomes, *skipped) if outcome.status not in self._left_out]
        return StatementResult.rows(COLUMNS, [outcome.row(self.options) for outcome in shown], StatementType.COPY)

    def take(self, file: StagedFile) -> Outcome | None:
        """Load one file in the open transaction (of a pipe); None when it was loaded before."""
        connection = self.run.state.connection
        loaded = history.loaded_files(connection, self.entry.id, self.source.pipe_id)
        if loaded.get(file.shown) == file.etag:
            return None
        self._evolve([file])
        if not connection.in_transaction:  # columns were added, which ends a transaction
            connection.begin()
        self.run.targets = [self.entry]
        versioning.advance(self.run, None)
        return self._load(file)

    def _evolve(self, files: list[StagedFile]) -> None:
        if files and not self.named and evolves(self.entry, self.format, self.options):
            self.entry = evolve(self.run, self.entry, self.place, self.format, self.options, files)
            self.columns = insert_columns(self.entry, None)

    @property
    def _left_out(self) -> tuple[str, ...]:
        return ("LOADED", "LOAD_SKIPPED") if self.options.failed_only else ()

    def _purge(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.loaded or not outcome.bad:
                try:
                    self.place.storage.remove(outcome.file)
                except SnowflakeError as error:  # documented: a file that cannot be removed is no error
                    log.warning("COPY could not purge %s: %s", outcome.file.shown, error)

    # --- which files ---
    def _without_loaded(self, found: list[StagedFile]) -> tuple[list[StagedFile], list[Outcome]]:
        """(files to load, files of FILES that were loaded before). Files that are too old to know of are left out."""
        if self.options.force:
            return found, []
        connection = self.run.state.connection
        loaded = history.loaded_files(connection, self.entry.id)
        files = [file for file in found if loaded.get(file.shown) != file.etag]
        if not self.options.load_uncertain and history.first_load_is_forgotten(connection, self.entry.id):
            now = dt.datetime.now(dt.UTC)
            files = [file for file in files if not history.is_uncertain(file, now)]
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
        self._remember(self.run.state.connection, outcome)
        return outcome

    def _remember(self, connection: history.Runner, outcome: Outcome) -> None:
        row, query_id = outcome.row(self.options), self.run.query_id
        history.remember(connection, self.entry.id, outcome.file, row, query_id, self.source)
        history.remember_errors(connection, self.entry.id, query_id, outcome.errors)

    def _load_whole(self, plan: Plan, outcome: Outcome) -> None:
        try:
            outcome.loaded = outcome.parsed = plan.insert(self.run, outcome.file)
        except SnowflakeError as error:
            if error.errno in (errors.CANCELLED.errno, errors.INTERNAL.errno):
                raise
            self._describe_bad(plan, outcome, _ABORTED_ERRORS)
            if not outcome.bad:
                raise
            outcome.aborted = True
            self._remember_failure(outcome)
            raise self._located(outcome.bad[0], outcome) from error

    def _remember_failure(self, outcome: Outcome) -> None:
        """In a transaction of its own: that of the statement is rolled back."""
        if self.entry.temporary:
            return
        connection = self.run.engine.backend.connect()
        try:
            connection.begin()
            self._remember(connection, outcome)
            connection.commit()
        finally:
            connection.close()

    def _load_good_rows(self, plan: Plan, outcome: Outcome) -> None:
        """Find the bad rows first, so that a file that is to be skipped changes nothing."""
        self._describe_bad(plan, outcome)
        if self.options.on_error.skips(len(outcome.bad), outcome.parsed):
            return
        numbers = frozenset(bad.problem.row for bad in outcome.bad)
        outcome.loaded = plan.insert(self.run, outcome.file, numbers)

    def _describe_bad(self, plan: Plan, outcome: Outcome, limit: int | None = None) -> None:
        counts = Counts()
        outcome.bad = list(itertools.islice(plan.bad_rows(self.run, outcome.file, counts), limit))
        outcome.parsed = counts.parsed
        outcome.errors = load_errors(outcome.bad, plan.staged, outcome.file, self.entry.name, self.columns)

    def _located(self, bad: BadRow, outcome: Outcome) -> SnowflakeError:
        """The error of a bad row with its place, as ABORT_STATEMENT reports it."""
        error, found = bad.problem.error, outcome.errors[0]
        place = f"\n  File '{outcome.file.shown}', line {found.line}, character {found.character}"
        label = column_label(self.entry.name, self.columns, bad)
        place += f"\n  Row {found.row_number}" + (f", column {label}" if label is not None else "")
        return SnowflakeError(error.errno, error.sqlstate, error.message + place + _ADVICE)

    # --- VALIDATION_MODE ---
    def _validate(self) -> StatementResult:
        """Nothing is loaded: the rows, or the errors that there are."""
        wanted = self.options.validation
        assert wanted is not None
        found = self.place.files(self.options.files, self.options.pattern)
        connection = self.run.state.connection
        loaded = {} if self.options.force else history.loaded_files(connection, self.entry.id)
        partly = history.partly_loaded(connection, self.entry.id) if wanted.earlier else set()
        files = [file for file in found if loaded.get(file.shown) != file.etag or (file.shown, file.etag) in partly]
        if wanted.rows is not None:
            return self._first_rows(files, wanted.rows)
        rows: list[tuple[object, ...]] = []
        for file in files if not self.run.describe_only else ():
            outcome = Outcome(file)
            self._describe_bad(self._plan(file), outcome)
            rows.extend(astuple(error) for error in outcome.errors)
        return StatementResult.rows([ResultColumn(*column) for column in ERROR_COLUMNS], rows, StatementType.SELECT)

    def _first_rows(self, files: list[StagedFile], limit: int) -> StatementResult:
        stored = [column for column in self.entry.columns if column.computed is None]
        columns = [ResultColumn(column.name, column.type.with_nullable(True)) for column in stored]
        left = limit
        shown: list[pa.RecordBatch] = []
        for file in files if not self.run.describe_only else ():
            plan = self._plan(file)
            batches, bad = plan.head(self.run, file, left)
            if bad is not None:
                outcome = Outcome(file, bad=[bad])
                outcome.errors = load_errors([bad], plan.staged, file, self.entry.name, self.columns)
                raise self._located(bad, outcome)
            self.run.state.connection.register(plan.staged.name, pa.Table.from_batches(batches, plan.staged.schema))
            _, stream = self.run.state.connection.stream(plan.select_sql)
            shown.extend(stream)
            left = limit - sum(batch.num_rows for batch in shown)
            if left <= 0:
                break
        return StatementResult(columns, shaped(iter(shown), columns, self.run.session.parameters), StatementType.SELECT)

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
