"""Pipes. Vendor pages: "CREATE PIPE", "ALTER PIPE", "Introduction to Snowpipe".

A pipe with AUTO_INGEST looks into its stage every second: there are no events of a cloud here.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.copy_into import ParsedCopy, parse_copy, prepare
from dw_simulator.emulators.snowflake.commands.directories import commit_first
from dw_simulator.emulators.snowflake.commands.options import if_exists, if_not_exists
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.copy import history, pipe_queue
from dw_simulator.emulators.snowflake.copy.loader import Load
from dw_simulator.emulators.snowflake.copy.pipe_queue import Queued
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.protocol.snowpipe import FileEvent
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.stages.options import Options, boolean_option, parse_options
from dw_simulator.emulators.snowflake.stages.storage import StagedFile
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.types import model

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.engine import Engine

log = logging.getLogger(__name__)

KIND = "PIPE"
LOOK_SECONDS = 1.0
"""How often a pipe with AUTO_INGEST looks for new files."""
REFRESH_DAYS = 7
"""ALTER PIPE … REFRESH takes files that were staged in the last days."""
_NOT_IN_PIPES = ("FILES", "SIZE_LIMIT", "PURGE", "FORCE", "VALIDATION_MODE", "RETURN_FAILED_ONLY")
_NOT_EMULATED = ("AWS_SNS_TOPIC", "INTEGRATION", "ERROR_INTEGRATION")


@command("CREATE PIPE", "CREATE OR REPLACE PIPE")
def create_pipe(run: Run) -> StatementResult:
    parser = run.parser
    missing = if_not_exists(parser)
    entry = ddl.new_entry(run, KIND, ddl.object_name(run), "CREATE PIPE")
    options = parse_options(parser)
    entry.comment = str(options.pop("COMMENT", ""))
    entry.properties["auto_ingest"] = boolean_option("AUTO_INGEST", options.pop("AUTO_INGEST", False))
    _refuse_rest(options)
    parser.expect("AS")
    entry.text = run.sql[parser.token.start :].strip().rstrip(";").strip()
    parser.expect("COPY", "INTO")
    parsed = parse_copy(run)
    _check_options(parsed)
    work = prepare(run, parsed)
    entry.properties["pattern"] = work.options.pattern
    found = work.place.files(pattern=work.options.pattern) if entry.properties["auto_ingest"] else []
    old = ddl.existing(run, entry)
    commit_first(run)
    # Before the pipe is there: it looks into its stage at once.
    pipe_queue.put(run.state.connection, entry.id, [(f.path, f.etag, f.size) for f in found], pipe_queue.OLD)
    result = ddl.create(
        run, entry, Changes(), replace="OR REPLACE" in run.words, if_missing=missing,
        message=f"Pipe {entry.name} successfully created.",
    )  # fmt: skip
    made = run.engine.catalog.get(KIND, *entry.parts) is entry
    gone = old if made else entry
    if gone is not None:
        pipe_queue.forget(run.state.connection, gone.id)
    return result


def _refuse_rest(options: Options) -> None:
    for name in options:
        if name in _NOT_EMULATED:
            raise errors.UNSUPPORTED_FEATURE(f"pipes with {name}")
        raise errors.INVALID_PROPERTY(name, "PIPE")


def _check_options(parsed: ParsedCopy) -> None:
    """Raises SnowflakeError: the COPY has an option that pipes do not take."""
    for name in _NOT_IN_PIPES:
        if name in parsed.options:
            raise errors.INVALID_PROPERTY(name, "the COPY of a PIPE")
    if str(parsed.options.get("ON_ERROR", "")).upper() == "ABORT_STATEMENT":
        raise errors.INVALID_PARAMETER_VALUE("ABORT_STATEMENT", "ON_ERROR of a PIPE")
    parsed.options.setdefault("ON_ERROR", "SKIP_FILE")


@command("ALTER PIPE")
def alter_pipe(run: Run) -> StatementResult:
    parser = run.parser
    old = ddl.altered(run, KIND, "ALTER PIPE")
    if old is None:
        return ddl.succeeded()
    entry = ddl.copy_entry(old)
    if parser.accept("REFRESH"):
        return _refresh(run, entry)
    if parser.accept("SET"):
        options = parse_options(parser)
        entry.comment = str(options.pop("COMMENT", entry.comment))
        if "PIPE_EXECUTION_PAUSED" in options:
            paused = options.pop("PIPE_EXECUTION_PAUSED")
            entry.properties["paused"] = boolean_option("PIPE_EXECUTION_PAUSED", paused)
        _refuse_rest(options)
    elif parser.accept("UNSET"):
        for name in parser.comma_list(parser.identifier):
            if name == "COMMENT":
                entry.comment = ""
            elif name == "PIPE_EXECUTION_PAUSED":
                entry.properties.pop("paused", None)
            else:
                raise errors.INVALID_PROPERTY(name, "PIPE")
    elif not ddl.change_tags(run, entry):
        parser.fail()
    parser.expect_end()
    changes = Changes()
    changes.put(entry)
    run.engine.apply(run, changes)
    run.engine.scheduler.poke()
    return ddl.succeeded()


@command("DROP PIPE")
def drop_pipe(run: Run) -> StatementResult:
    maybe = if_exists(run.parser)
    parts = ddl.object_name(run)
    run.parser.expect_end()
    view = ddl.catalog_of(run)
    if maybe and view.find(KIND, parts) is None:
        return ddl.missing_status(parts[-1])
    entry = view.require(KIND, parts, "DROP")
    changes = Changes()
    changes.remove(entry)
    run.engine.apply(run, changes)
    pipe_queue.forget(run.state.connection, entry.id)
    return ddl.dropped_status(entry.name)


def _refresh(run: Run, entry: Entry) -> StatementResult:
    """ALTER PIPE … REFRESH: files of the last week that neither the pipe nor a COPY has loaded are queued."""
    parser = run.parser
    prefix, since = "", dt.datetime.now(dt.UTC) - dt.timedelta(days=REFRESH_DAYS)
    while not parser.at_end():
        word = parser.identifier()
        parser.expect_op("=")
        if word == "PREFIX":
            prefix = parser.string()
        elif word == "MODIFIED_AFTER":
            since = _moment(run)
        else:
            raise errors.INVALID_PROPERTY(word, "PIPE REFRESH")
    commit_first(run)
    with _work_of(run.engine, entry) as work:
        connection = run.state.connection
        loaded = history.loaded_files(connection, work.load.entry.id)
        loaded |= history.loaded_files(connection, work.load.entry.id, entry.id)
        waiting = {file.path for file in pipe_queue.pending(connection, entry.id)}
        base = work.load.place.path + prefix
        files = [
            file
            for file in work.load.place.files(pattern=work.load.options.pattern)
            if file.path.startswith(base)
            and file.last_modified >= since
            and loaded.get(file.shown) != file.etag
            and file.path not in waiting
        ]
    pipe_queue.put(run.state.connection, entry.id, [(file.path, file.etag, file.size) for file in files])
    run.engine.scheduler.poke()
    columns = [ResultColumn("File", model.text()), ResultColumn("Status", model.text())]
    return StatementResult.rows(columns, [(file.path, "SENT") for file in files], StatementType.DDL)


def _moment(run: Run) -> dt.datetime:
    value = run.engine.binder(run).expression(run.parser.expression())
    moment = run.engine.binder(run).coerce(value, model.timestamp_ltz())
    found: dt.datetime = run.state.connection.run(f"SELECT {moment.sql}")[0][0]
    return found


# --- loading ----------------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class _Work:
    """The COPY of a pipe, ready to load files one by one."""

    engine: Engine
    pipe: Entry
    run: Run
    load: Load

    def look(self) -> None:
        """Queue the files that came since the pipe looked last."""
        connection = self.run.state.connection
        known = pipe_queue.known(connection, self.pipe.id)
        found = self.load.place.files(pattern=self.load.options.pattern)
        new = [(file.path, file.etag, file.size) for file in found if (file.path, file.etag) not in known]
        pipe_queue.put(connection, self.pipe.id, new)

    def take(self, queued: Queued) -> None:
        """Load a file and take it off the queue, in one transaction; a file that cannot be loaded is remembered."""
        connection = self.run.state.connection
        self.run.query_id = str(uuid.uuid4())
        self.load.source = history.Source(self.load.place.stage, self.pipe.id, queued.received)
        file = self.load.place.storage.find(queued.path)
        try:
            connection.begin()
            if file is None:
                raise errors.FILE_NOT_FOUND(queued.path)
            self.load.take(file)
            pipe_queue.done(connection, self.pipe.id, queued)
            self.run.engine.commit(self.run.state)
        except SnowflakeError as error:
            self.run.engine.rollback(self.run.state)
            self._give_up(queued, file, error)

    def _give_up(self, queued: Queued, file: StagedFile | None, error: SnowflakeError) -> None:
        connection = self.run.state.connection
        place = self.load.place
        gone = StagedFile(
            queued.path, f"{place.label}{queued.path}", queued.path, queued.size or 0, queued.etag or "",
            queued.received,
        )  # fmt: skip
        row = (gone.shown, "LOAD_FAILED", 0, 0, 1, 1, error.message, None, None, None)
        connection.begin()
        history.remember(connection, self.load.entry.id, file or gone, row, self.run.query_id, self.load.source)
        pipe_queue.done(connection, self.pipe.id, queued)
        connection.commit()


class _work_of:  # noqa: N801 - used as a function
    """A context: the COPY of a pipe in a session of its owner's. Raises SnowflakeError: it cannot be read any more."""

    def __init__(self, engine: Engine, pipe: Entry) -> None:
        self._engine, self._pipe = engine, pipe
        self._session = engine.owner_session(pipe)

    def __enter__(self) -> _Work:
        session, state = self._session.__enter__()
        try:
            parser = Parser(self._pipe.text)
            run = Run(self._engine, session, state, self._pipe.text, parser, str(uuid.uuid4()))
            parser.expect("COPY", "INTO")
            parsed = parse_copy(run)
            _check_options(parsed)
            return _Work(self._engine, self._pipe, run, prepare(run, parsed))
        except BaseException as error:
            self._session.__exit__(type(error), error, error.__traceback__)
            raise

    def __exit__(self, *error: Any) -> None:
        self._session.__exit__(*error)


def run_due(engine: Engine, at: dt.datetime) -> dt.datetime | None:
    """Load what waits in pipes that are not paused. Gives when one of them looks into its stage again."""
    watching = False
    for pipe in engine.catalog.entries(KIND):
        if pipe.properties.get("paused"):
            continue
        automatic = bool(pipe.properties["auto_ingest"])
        watching = watching or automatic
        if automatic or _waiting(engine, pipe):
            _run_pipe(engine, pipe)
    return at + dt.timedelta(seconds=LOOK_SECONDS) if watching else None


def _waiting(engine: Engine, pipe: Entry) -> list[Queued]:
    connection = engine.backend.connect()
    try:
        return pipe_queue.pending(connection, pipe.id)
    finally:
        connection.close()


def _run_pipe(engine: Engine, pipe: Entry) -> None:
    try:
        with _work_of(engine, pipe) as work:
            if pipe.properties["auto_ingest"]:
                work.look()
            for queued in pipe_queue.pending(work.run.state.connection, pipe.id):
                current = engine.catalog.by_id(pipe.id)
                if current is None or current.properties.get("paused"):
                    return
                work.take(queued)
        engine.pipe_errors.pop(pipe.id, None)
    except SnowflakeError as error:
        if engine.pipe_errors.get(pipe.id) != error.message:
            log.warning("the pipe %s cannot load: %s", pipe.full_name, error)
        engine.pipe_errors[pipe.id] = error.message


# --- what others ask --------------------------------------------------------------------------------------------------
def status(engine: Engine, pipe: Entry) -> dict[str, Any]:
    """What SYSTEM$PIPE_STATUS tells."""
    waiting = _waiting(engine, pipe)
    loads = [load for load in engine.loads() if load.pipe_id == pipe.id]
    error = engine.pipe_errors.get(pipe.id)
    state = "PAUSED" if pipe.properties.get("paused") else "STALLED_COMPILATION_ERROR" if error else "RUNNING"
    answer: dict[str, Any] = {"executionState": state, "pendingFileCount": len(waiting)}
    if loads:
        answer["lastIngestedTimestamp"] = _iso(loads[-1].loaded)
        answer["lastIngestedFilePath"] = loads[-1].path
    if waiting:
        answer["oldestFileTimestamp"] = _iso(waiting[0].received)
    if error:
        answer["error"] = error
    return answer


def _iso(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def events(engine: Engine, pipe: Entry) -> list[FileEvent]:
    """What the Snowpipe REST API tells of a pipe, the oldest first; paths are below the location of its COPY."""
    with _work_of(engine, pipe) as work:
        place = work.load.place
    folder = place.path if not place.path or place.path.endswith("/") else f"{place.path}/"
    return [
        FileEvent(
            load.path.removeprefix(folder), f"{place.location}{folder}", load.size, load.received, load.loaded,
            load.rows_loaded or 0, load.rows_parsed or 0, load.errors_seen or 0, load.error_limit or 0,
            load.first_error, load.first_error_line, load.first_error_character, load.first_error_column, load.status,
        )
        for load in engine.loads()
        if load.pipe_id == pipe.id
    ]  # fmt: skip


def resume(engine: Engine, pipe: Entry) -> None:
    """SYSTEM$PIPE_FORCE_RESUME."""
    entry = ddl.copy_entry(pipe)
    entry.properties.pop("paused", None)
    changes = Changes()
    changes.put(entry)
    engine.apply(None, changes)
    engine.scheduler.poke()


def insert_files(engine: Engine, pipe: Entry, files: Sequence[tuple[str, int | None]]) -> None:
    """Queue files by their paths below the location of the pipe's COPY. Raises SnowflakeError: it cannot be read."""
    with _work_of(engine, pipe) as work:
        base = work.load.place.path
        folder = base if not base or base.endswith("/") else f"{base}/"
        connection = work.run.state.connection
        pipe_queue.put(connection, pipe.id, [(folder + path.lstrip("/"), None, size) for path, size in files])
    engine.scheduler.poke()


__all__ = ["KIND", "events", "insert_files", "resume", "run_due", "status"]
