"""Directory tables and COPY FILES. Vendor pages: "ALTER STAGE", "Directory tables", "COPY FILES"."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.stages import registered
from dw_simulator.emulators.snowflake.stages.options import boolean_option, parse_options
from dw_simulator.emulators.snowflake.stages.registered import MESSAGES, Registration
from dw_simulator.emulators.snowflake.stages.resolver import NO_DIRECTORY, Place, directory_of
from dw_simulator.emulators.snowflake.translation.lexer import STAGE, STRING
from dw_simulator.emulators.snowflake.types import model

_REFRESHED = [ResultColumn(name, model.text()) for name in ("file", "status", "description")]


def refreshed(changed: Sequence[Registration]) -> StatementResult:
    """The result of a refresh: a row for each file that came, changed or went."""
    rows = [(item.file.path, item.status, MESSAGES[item.status]) for item in changed]
    return StatementResult.rows(_REFRESHED, rows, StatementType.DDL)


def commit_first(run: Run) -> None:
    """As before all DDL."""
    run.state.connection.commit()
    run.session.in_transaction = False


def refresh_directory(run: Run, entry: Entry, subpath: str = "") -> list[Registration]:
    """Bring the directory table of a stage up to date. Raises SnowflakeError: the stage has none."""
    if directory_of(entry.properties) is None:
        raise NO_DIRECTORY(entry.name)
    commit_first(run)
    place = run.engine.stages.stage_place(entry, ddl.catalog_of(run))
    prefix = subpath.strip("/") + "/" if subpath.strip("/") else ""
    return registered.refresh(run.state.connection, entry.id, place.storage.list(prefix), prefix)


# --- COPY FILES -------------------------------------------------------------------------------------------------------
@command("COPY FILES INTO")
def copy_files(run: Run) -> StatementResult:
    parser = run.parser
    target = _place(run)
    parser.expect("FROM")
    if parser.accept_op("("):
        pairs = _queried(run)
        options = parse_options(parser)
    else:
        source = _place(run)
        options = parse_options(parser)
        names, pattern = options.pop("FILES", None), options.pop("PATTERN", None)
        chosen = [str(name) for name in names] if isinstance(names, tuple) else [str(names)] if names else None
        folder = source.path if not source.path or source.path.endswith("/") else source.path.rpartition("/")[0] + "/"
        files = source.files(chosen, None if pattern is None else str(pattern))
        pairs = [(source, file, file.path.removeprefix(folder.lstrip("/"))) for file in files]
    parser.expect_end()
    detailed = boolean_option("DETAILED_OUTPUT", options.pop("DETAILED_OUTPUT", True))
    if options:
        raise errors.INVALID_PROPERTY(next(iter(options)), "COPY FILES")
    folder = target.path if not target.path or target.path.endswith("/") else f"{target.path}/"
    written = []
    for source, file, name in pairs:
        with source.storage.open(file) as data:
            target.storage.write(folder + name, lambda sink: shutil.copyfileobj(data, sink))
        written.append(folder + name)
    if detailed:
        return StatementResult.rows([ResultColumn("file", model.text())], [(name,) for name in written])
    return StatementResult.rows([ResultColumn("files_copied", model.number())], [(len(written),)])


def _place(run: Run) -> Place:
    if run.parser.token.kind not in (STAGE, STRING):
        run.parser.fail()
    location = run.parser.next().value
    return run.engine.stages.place(location, ddl.catalog_of(run), run.session.user)


def _queried(run: Run) -> list[tuple[Place, Any, str]]:
    """Files that a query names: their location ``@stage/path``, and maybe the name that the copy gets."""
    parser = run.parser
    bound = run.engine.bind_query(run, parser.query())
    parser.expect_op(")")
    pairs = []
    for row in run.state.connection.run(bound.sql):
        place = run.engine.stages.place(str(row[0]), ddl.catalog_of(run), run.session.user)
        file = place.storage.find(place.path)
        if file is None:
            raise errors.FILE_NOT_FOUND(row[0])
        pairs.append((place, file, str(row[1]) if len(row) > 1 and row[1] else file.path))
    return pairs
