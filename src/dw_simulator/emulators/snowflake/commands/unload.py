"""COPY INTO <location> as a statement. Vendor page: "COPY INTO <location>"."""

from __future__ import annotations

import contextlib

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.registry import Run
from dw_simulator.emulators.snowflake.copy.unload import UnloadOptions, unload
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.stages.file_format import FileFormat
from dw_simulator.emulators.snowflake.stages.options import parse_options
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery
from dw_simulator.emulators.snowflake.translation.text import identifier
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model

COLUMNS = [ResultColumn(name, model.number()) for name in ("rows_unloaded", "input_bytes", "output_bytes")]
_SEMI = ("VARIANT", "OBJECT", "ARRAY", "MAP")


def into_location(run: Run) -> StatementResult:
    """``run.parser`` stands at the location."""
    parser = run.parser
    location = parser.next().value
    parser.expect("FROM")
    text = _query_text(run)
    if parser.accept("PARTITION", "BY"):
        raise errors.UNSUPPORTED_FEATURE("COPY INTO <location> … PARTITION BY")
    options = parse_options(parser)
    parser.expect_end()
    credentials, endpoint = options.pop("CREDENTIALS", None), options.pop("ENDPOINT", None)
    for ignored in ("STORAGE_INTEGRATION", "ENCRYPTION"):
        options.pop(ignored, None)
    stages, catalog = run.engine.stages, ddl.catalog_of(run)
    place = stages.place(location, catalog, run.session.user, credentials, endpoint)
    chosen = stages.format_of(options.pop("FILE_FORMAT", None), catalog, place.format)
    wanted = UnloadOptions.parse(options)
    binder = run.engine.binder(run, text)
    bound = binder.query(Parser(text).query())
    if run.describe_only:
        return StatementResult.rows(COLUMNS, [], StatementType.UNLOAD)
    _, batches = run.state.connection.stream(_written_sql(binder, bound, chosen))
    with contextlib.closing(batches):  # type: ignore[type-var]  # an open result blocks the session
        done = unload(place, chosen, wanted, [column.name for column in bound.columns], batches)
    return StatementResult.rows(COLUMNS, [(done.rows, done.input_bytes, done.output_bytes)], StatementType.UNLOAD)


def _query_text(run: Run) -> str:
    """The query whose rows are unloaded: as written in parentheses, or all of a table."""
    parser = run.parser
    start = parser.token.start
    if parser.accept_op("("):
        start = parser.token.start
        parser.query()
        text = run.sql[start : parser.last_end]
        parser.expect_op(")")
        return text
    parser.qualified()
    return f"SELECT * FROM {run.sql[start : parser.last_end]}"


def _written_sql(binder: object, bound: BoundQuery, chosen: FileFormat) -> str:
    """The query with its columns as the file holds them: text, except for Parquet."""
    from dw_simulator.emulators.snowflake.translation.binder import Binder

    assert isinstance(binder, Binder)
    items = []
    for column in bound.columns:
        value = Typed(f"u.{identifier(column.key)}", column.type)
        name = column.type.name
        if chosen.type == "JSON" and name not in _SEMI:
            raise errors.SnowflakeError(
                2019, "0A000", "SQL compilation error:\nJSON unload needs one column of type VARIANT, OBJECT or ARRAY"
            )
        as_it_is = chosen.type == "PARQUET" and name not in (*_SEMI, "TIMESTAMP_TZ")
        items.append(value.sql if as_it_is or name == "TEXT" else binder.coerce(value, model.text()).sql)
    return f"SELECT {', '.join(items)} FROM ({bound.sql}) AS u"
