"""PUT, GET, LIST, REMOVE. Vendor pages: "LIST", "REMOVE".

PUT and GET are in ``stages.transfer_commands``.
"""

from __future__ import annotations

from email.utils import format_datetime

from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.stages.options import parse_options
from dw_simulator.emulators.snowflake.stages.resolver import Place
from dw_simulator.emulators.snowflake.stages.storage import StagedFile
from dw_simulator.emulators.snowflake.stages.transfer_commands import get, parse_transfer, put
from dw_simulator.emulators.snowflake.translation.lexer import STAGE, STRING
from dw_simulator.emulators.snowflake.types import model


def place_of(run: Run, location: str) -> Place:
    if location.startswith(("?", ":")):
        position = location[1:] or "1"
        location = str(next((bind.value for bind in run.binds if bind.name == position), location))
    return run.engine.stages.place(location, ddl.catalog_of(run), run.session.user)


@command("PUT")
def put_files(run: Run) -> StatementResult:
    request = parse_transfer(run.sql)
    return put(run.session, request, place_of(run, request.location))


@command("GET")
def get_files(run: Run) -> StatementResult:
    request = parse_transfer(run.sql)
    return get(run.session, request, place_of(run, request.location))


def _files(run: Run) -> tuple[Place, list[StagedFile]]:
    """The files that LIST or REMOVE means."""
    parser = run.parser
    if parser.token.kind not in (STAGE, STRING):
        parser.fail()
    place = place_of(run, parser.next().value)
    options = parse_options(parser)
    parser.expect_end()
    pattern = options.get("PATTERN")
    return place, place.files(pattern=str(pattern) if pattern is not None else None)


@command("LIST", "LS")
def list_files(run: Run) -> StatementResult:
    _, files = _files(run)
    columns = [
        ResultColumn("name", model.text()),
        ResultColumn("size", model.number()),
        ResultColumn("md5", model.text()),
        ResultColumn("last_modified", model.text()),
    ]
    rows = [(file.shown, file.size, file.etag, format_datetime(file.last_modified, usegmt=True)) for file in files]
    return StatementResult.rows(columns, rows, StatementType.LIST)


@command("REMOVE", "RM")
def remove_files(run: Run) -> StatementResult:
    place, files = _files(run)
    for file in files:
        place.storage.remove(file)
    columns = [ResultColumn("name", model.text()), ResultColumn("result", model.text())]
    return StatementResult.rows(columns, [(file.shown, "removed") for file in files], StatementType.REMOVE)
