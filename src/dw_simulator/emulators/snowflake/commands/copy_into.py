"""COPY INTO <table>. Vendor pages: "COPY INTO <table>", "Querying data in staged files"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry, TableColumn
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.dml import insert_columns, target_table
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.commands.unload import into_location
from dw_simulator.emulators.snowflake.copy import history
from dw_simulator.emulators.snowflake.copy.loader import Load
from dw_simulator.emulators.snowflake.copy.options import CopyOptions
from dw_simulator.emulators.snowflake.copy.queries import FileQueries
from dw_simulator.emulators.snowflake.functions.registry import TABLE_FUNCTIONS
from dw_simulator.emulators.snowflake.results import StatementResult
from dw_simulator.emulators.snowflake.stages.options import Options, parse_options
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.binder import Binder
from dw_simulator.emulators.snowflake.translation.lexer import STAGE, STRING
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery


@command("COPY INTO")
def copy_into(run: Run) -> StatementResult:
    _put_in_bound_texts(run)
    if run.parser.token.kind in (STAGE, STRING):
        return into_location(run)
    return _into_table(run)


_BOUND_TEXT = re.compile(r"(?:\bFROM\s+|=\s*)\?", re.I)


def _put_in_bound_texts(run: Run) -> None:
    """``FROM ?`` and ``OPTION = ?``: these are needed before the statement can be read, so they become text."""
    while (match := _BOUND_TEXT.search(run.sql)) is not None:
        position = run.sql.count("?", 0, match.end())
        bind = next((bind for bind in run.binds if bind.name == str(position)), None)
        if bind is None or bind.text is None:
            raise errors.BIND_NOT_SET("?")
        escaped = bind.text.replace("\\", "\\\\").replace("'", "''")
        run.sql = f"{run.sql[: match.end() - 1]}'{escaped}'{run.sql[match.end() :]}"
        run.binds = [
            replace(other, name=str(int(other.name) - 1)) if int(other.name) > position else other
            for other in run.binds
            if other is not bind
        ]
        run.parser = Parser(run.sql)
        run.parser.expect("COPY", "INTO")


def _into_table(run: Run) -> StatementResult:
    return prepare(run, parse_copy(run)).execute()


@dataclass(slots=True)
class ParsedCopy:
    """A COPY INTO <table>: its table, what is behind FROM, the columns that it fills (``named``: it lists them)."""

    entry: Entry
    location: str
    query: str | None
    columns: list[TableColumn]
    named: bool
    options: Options


def parse_copy(run: Run) -> ParsedCopy:
    """``run.parser`` stands at the table."""
    parser = run.parser
    entry = target_table(run, "COPY")
    names = parser.parenthesized(parser.identifier) if parser.is_op("(") else None
    columns = insert_columns(entry, names)
    # Without FROM, the files are those of the table's own stage.
    location, query = _source(run) if parser.accept("FROM") else (_own_stage(entry), None)
    options = parse_options(parser)
    parser.expect_end()
    return ParsedCopy(entry, location, query, columns, names is not None, options)


def _own_stage(entry: Entry) -> str:
    database, schema, name = (part.replace('"', '""') for part in entry.parts)
    return f'@"{database}"."{schema}".%"{name}"'


def prepare(run: Run, parsed: ParsedCopy) -> Load:
    """The load that a COPY means. Options of the stage and of the table hold where the statement has none."""
    options, entry = dict(parsed.options), parsed.entry
    credentials, endpoint = options.pop("CREDENTIALS", None), options.pop("ENDPOINT", None)
    for ignored in ("STORAGE_INTEGRATION", "ENCRYPTION"):
        options.pop(ignored, None)
    stages, catalog = run.engine.stages, ddl.catalog_of(run)
    place = stages.place(parsed.location, catalog, run.session.user, credentials, endpoint)
    own = entry.properties.get("stage_file_format")
    base = place.format or (stages.format_of(upper_keys(own), catalog) if own else None)
    chosen = stages.format_of(options.pop("FILE_FORMAT", None), catalog, base)
    kept = upper_keys(entry.properties.get("stage_copy_options") or {})
    wanted = CopyOptions.parse({**kept, **place.copy_options, **options})
    if parsed.query is not None:
        wanted.check_transformation()
    return Load(
        run, entry, parsed.columns, parsed.named, place, chosen, wanted, history.Source(place.stage), parsed.query
    )


def upper_keys(options: Mapping[str, Any]) -> Options:
    return {key.upper(): value for key, value in options.items()}


def _source(run: Run) -> tuple[str, str | None]:
    """(location, text of the transformation if there is one)."""
    parser = run.parser
    if parser.token.kind in (STAGE, STRING):
        return parser.next().value, None
    parser.expect_op("(")
    start = parser.token.start
    query = parser.query()
    text = run.sql[start : parser.last_end]
    parser.expect_op(")")
    stages = _stage_refs(query)
    if len(stages) != 1:
        raise errors.SnowflakeError(
            1003, "42000", "SQL compilation error:\nthe query of COPY INTO must read from exactly one stage"
        )
    return stages[0].location, text


def _stage_refs(query: n.Query) -> list[n.StageRef]:
    from dw_simulator.emulators.snowflake.copy.staged import walk

    found: list[n.StageRef] = []

    def note(node: Any) -> Any:
        if isinstance(node, n.StageRef):
            found.append(node)
        return node

    walk(query, note)
    return found


def _file_queries(binder: Binder) -> FileQueries:
    queries = binder.env.hints.get("files")
    if not isinstance(queries, FileQueries):
        raise errors.UNSUPPORTED_FEATURE("staged files in this place")
    return queries


def staged_relation(binder: Binder, source: n.StageRef) -> BoundQuery:
    """What ``FROM @stage`` means: the files of the COPY being bound, or of the stage itself."""
    staged = binder.env.hints.get("staged")
    if staged is None:
        return _file_queries(binder).relation(binder, source)
    relation: BoundQuery = staged.query(binder)
    return relation


def infer_schema(binder: Binder, call: n.Call) -> BoundQuery:
    return _file_queries(binder).infer_schema(binder, call)


def directory(binder: Binder, call: n.Call) -> BoundQuery:
    return _file_queries(binder).directory(binder, call)


TABLE_FUNCTIONS["DIRECTORY"] = directory
TABLE_FUNCTIONS["@"] = staged_relation
TABLE_FUNCTIONS["INFER_SCHEMA"] = infer_schema
