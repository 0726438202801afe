"""COPY INTO <location> as a statement. Vendor page: "COPY INTO <location>"."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.registry import Run
from dw_simulator.emulators.snowflake.copy.unload import UnloadedFile, Unloading, UnloadOptions
from dw_simulator.emulators.snowflake.copy.unload_formats import compression_of
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.stages.file_format import FileFormat
from dw_simulator.emulators.snowflake.stages.options import parse_options
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.scope import OutputColumn
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.types import model

COLUMNS = [ResultColumn(name, model.number()) for name in ("rows_unloaded", "input_bytes", "output_bytes")]
DETAILED_COLUMNS = [
    ResultColumn("FILE_NAME", model.text()),
    ResultColumn("FILE_SIZE", model.number()),
    ResultColumn("ROW_COUNT", model.number()),
]
_SEMI = ("VARIANT", "OBJECT", "ARRAY", "MAP")
_UNQUOTED = ("FIXED", "REAL", "DECFLOAT", "BOOLEAN")
_JSON_COLUMN = errors.ErrorEntry(
    2019, "0A000", "SQL compilation error:\nJSON unload needs one column of type VARIANT, OBJECT or ARRAY"
)
_PARQUET_ZONE = errors.ErrorEntry(
    2019,
    "0A000",
    "SQL compilation error:\nError encountered when unloading to PARQUET: TIMESTAMP_TZ and LTZ types are not supported "
    "for unloading to Parquet. value get: {}",
)


def into_location(run: Run) -> StatementResult:
    """``run.parser`` stands at the location."""
    parser = run.parser
    location = parser.next().value
    parser.expect("FROM")
    text = _query_text(run)
    partition = _partition_text(run)
    options = parse_options(parser)
    if parser.accept("HEADER"):  # older scripts write it without a value
        options["HEADER"] = True
    parser.expect_end()
    credentials, endpoint = options.pop("CREDENTIALS", None), options.pop("ENDPOINT", None)
    for ignored in ("STORAGE_INTEGRATION", "ENCRYPTION"):
        options.pop(ignored, None)
    stages, catalog = run.engine.stages, ddl.catalog_of(run)
    place = stages.place(location, catalog, run.session.user, credentials, endpoint)
    chosen = stages.format_of(options.pop("FILE_FORMAT", None), catalog, place.format)
    wanted = UnloadOptions.parse(options, partition is not None)
    if wanted.validate:
        return run.engine.statement(run.session, run.state, text, run.query_id)
    compression_of(chosen)
    columns = run.engine.binder(run, text).query(Parser(text).query()).columns
    written = _written_text(text, columns, chosen, partition)
    bound = run.engine.binder(run, written).query(Parser(written).query())
    shown = DETAILED_COLUMNS if wanted.detailed else COLUMNS
    if run.describe_only:
        return StatementResult.rows(shown, [], StatementType.UNLOAD)
    work = Unloading(
        place,
        chosen,
        wanted,
        [column.name for column in columns],
        [column.type.name not in _UNQUOTED for column in columns],
        partition is not None,
        run.query_id,
    )
    sql = bound.sql if partition is None else f"SELECT * FROM ({bound.sql}) AS u ORDER BY {len(bound.columns)}"
    _, batches = run.state.connection.stream(sql)
    with contextlib.closing(batches):  # type: ignore[type-var]  # an open result blocks the session
        files = work.run(batches)
    return StatementResult.rows(shown, _rows(files, wanted), StatementType.UNLOAD)


def _rows(files: Sequence[UnloadedFile], wanted: UnloadOptions) -> list[tuple[object, ...]]:
    if wanted.detailed:
        return [(file.name, file.output_bytes, file.rows) for file in files]
    totals = zip(*((file.rows, file.input_bytes, file.output_bytes) for file in files), strict=True)
    return [tuple(map(sum, totals)) or (0, 0, 0)]


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


def _partition_text(run: Run) -> str | None:
    parser = run.parser
    if not parser.accept("PARTITION", "BY"):
        return None
    start = parser.token.start
    parser.expression()
    return run.sql[start : parser.last_end]


def _written_text(text: str, columns: Sequence[OutputColumn], chosen: FileFormat, partition: str | None) -> str:
    """The query with its columns as the file holds them: text, except for Parquet; then the text of the partition.

    Raises:
        SnowflakeError: the format cannot hold the columns.
    """
    names = [column.type.name for column in columns]
    if chosen.type == "JSON" and (len(names) != 1 or names[0] not in _SEMI):
        raise _JSON_COLUMN()
    if chosen.type == "PARQUET":
        zoned = next((name for name in names if name in ("TIMESTAMP_TZ", "TIMESTAMP_LTZ")), None)
        if zoned is not None:
            raise _PARQUET_ZONE(zoned)
    items = [_item(f"${index}", name, chosen) for index, name in enumerate(names, 1)]
    if partition is not None:
        items.append(f"TO_VARCHAR({partition})")
    return f"SELECT {', '.join(items)} FROM ({text})"


def _item(value: str, kind: str, chosen: FileFormat) -> str:
    if kind == "TEXT" or (chosen.type == "PARQUET" and kind not in _SEMI):
        return value
    if kind in _SEMI:
        return f"TO_JSON({value}::VARIANT)"
    form = _form(kind, chosen)
    return f"TO_VARCHAR({value}{'' if form is None else f', {literal(form)}'})"


def _form(kind: str, chosen: FileFormat) -> str | None:
    """The format of the option for values of this type; None leaves it to the session's."""
    option = {"DATE": "DATE_FORMAT", "TIME": "TIME_FORMAT", "BINARY": "BINARY_FORMAT"}.get(kind)
    if option is None:
        option = "TIMESTAMP_FORMAT" if kind.startswith("TIMESTAMP") else None
    form = chosen.text(option) if option is not None else None
    return None if form is None or form.upper() == "AUTO" else form
