"""COPY INTO <table>. Vendor pages: "COPY INTO <table>", "Querying data in staged files"."""

from __future__ import annotations

from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.dml import insert_columns, target_table
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.copy.loader import Load
from dw_simulator.emulators.snowflake.copy.options import CopyOptions
from dw_simulator.emulators.snowflake.functions.registry import TABLE_FUNCTIONS
from dw_simulator.emulators.snowflake.results import StatementResult
from dw_simulator.emulators.snowflake.stages.options import parse_options
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.binder import Binder
from dw_simulator.emulators.snowflake.translation.lexer import STAGE, STRING
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery


@command("COPY INTO")
def copy_into(run: Run) -> StatementResult:
    if run.parser.token.kind in (STAGE, STRING):
        raise errors.UNSUPPORTED_FEATURE("COPY INTO <location>")
    return _into_table(run)


def _into_table(run: Run) -> StatementResult:
    parser = run.parser
    entry = target_table(run, "COPY")
    names = parser.parenthesized(parser.identifier) if parser.is_op("(") else None
    columns = insert_columns(entry, names)
    parser.expect("FROM")
    location, query = _source(run)
    options = parse_options(parser)
    parser.expect_end()
    credentials, endpoint = options.pop("CREDENTIALS", None), options.pop("ENDPOINT", None)
    for ignored in ("STORAGE_INTEGRATION", "ENCRYPTION"):
        options.pop(ignored, None)
    stages, catalog = run.engine.stages, ddl.catalog_of(run)
    place = stages.place(location, catalog, run.session.user, credentials, endpoint)
    chosen = stages.format_of(options.pop("FILE_FORMAT", None), catalog, place.format)
    return Load(run, entry, columns, names is not None, place, chosen, CopyOptions.parse(options), query).execute()


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


def staged_relation(binder: Binder, source: n.StageRef) -> BoundQuery:
    """What ``FROM @stage`` means: the files of the COPY being bound, or of the stage itself."""
    staged = binder.env.hints.get("staged")
    if staged is None:
        raise errors.UNSUPPORTED_FEATURE(f"querying staged files ({source.location}) outside of COPY INTO")
    relation: BoundQuery = staged.query(binder)
    return relation


TABLE_FUNCTIONS["@"] = staged_relation
