"""The query that a COPY without a transformation stands for: which column of a file goes into which of the table."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import TableColumn
from dw_simulator.emulators.snowflake.copy.options import CopyOptions
from dw_simulator.emulators.snowflake.copy.staged import StagedFiles
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.stages.file_format import FileFormat
from dw_simulator.emulators.snowflake.translation.text import written

_SEMI = ("VARIANT", "OBJECT", "ARRAY", "MAP")


@dataclass(frozen=True, slots=True)
class Projection:
    """``items`` are values for ``columns``; ``width`` and ``count`` are those of the file (see CsvShape)."""

    items: list[str]
    columns: list[TableColumn]
    width: int = 1
    count: int | None = None

    @property
    def sql(self) -> str:
        return f"SELECT {', '.join(self.items)} FROM @~"


def projection(
    columns: list[TableColumn], named: bool, staged: StagedFiles, header: list[str] | None, options: CopyOptions
) -> Projection:
    """Raises SnowflakeError: semi-structured files need one column, a transformation or MATCH_BY_COLUMN_NAME."""
    kind = staged.format.type
    if options.by_name:
        return _by_name(columns, staged, header, options)
    if kind == "CSV":
        return _csv_by_position(columns, staged.format, options)
    return _one_column(columns, named, staged)


def _by_name(
    columns: list[TableColumn], staged: StagedFiles, header: list[str] | None, options: CopyOptions
) -> Projection:
    metadata = _metadata_columns(columns, options)
    filled = [column for column, _ in metadata]
    others = [column for column in columns if column not in filled]
    if staged.format.type == "CSV":
        if header is None:
            raise SnowflakeError(
                2019,
                "0A000",
                "SQL compilation error:\nMATCH_BY_COLUMN_NAME of CSV files needs the file format option "
                "PARSE_HEADER = TRUE",
            )
        found = _csv_by_name(others, staged.format, header, options)
    elif staged.format.type == "JSON":
        found = _json_by_name(others, staged.format, options)
    else:
        found = _typed_by_name(others, staged, options)
    return replace(found, items=[*found.items, *(name for _, name in metadata)], columns=[*found.columns, *filled])


def _metadata_columns(columns: list[TableColumn], options: CopyOptions) -> list[tuple[TableColumn, str]]:
    """The columns that INCLUDE_METADATA fills, each with its field. Raises SnowflakeError 000904."""
    pairs = []
    for name, item in options.metadata:
        column = next((column for column in columns if column.name == name), None)
        if column is None:
            raise errors.INVALID_IDENTIFIER(written(name))
        pairs.append((column, item))
    return pairs


def _same(left: str, right: str, options: CopyOptions) -> bool:
    return left == right if options.match_by_name == "CASE_SENSITIVE" else left.upper() == right.upper()


# --- CSV ---
def _csv_by_position(columns: list[TableColumn], chosen: FileFormat, options: CopyOptions) -> Projection:
    items = [_csv_item(f"${index}", column, chosen, options) for index, column in enumerate(columns, start=1)]
    count = len(columns) if chosen.get("ERROR_ON_COLUMN_COUNT_MISMATCH") else None
    return Projection(items, columns, len(columns), count)


def _csv_by_name(columns: list[TableColumn], chosen: FileFormat, header: list[str], options: CopyOptions) -> Projection:
    pairs = [
        (column, index)
        for column in columns
        for index, name in enumerate(header, start=1)
        if _same(column.name, name, options)
    ]
    items = [_csv_item(f"${index}", column, chosen, options) for column, index in pairs]
    count = len(header) if chosen.get("ERROR_ON_COLUMN_COUNT_MISMATCH") else None
    return Projection(items, [column for column, _ in pairs], len(header), count)


def _csv_item(value: str, column: TableColumn, chosen: FileFormat, options: CopyOptions) -> str:
    kind = column.type.name
    if kind == "VARIANT":
        return f"COALESCE(TRY_PARSE_JSON({value}), TO_VARIANT({value}))"
    if kind in _SEMI:
        return f"PARSE_JSON({value})::{kind}"
    if kind == "BINARY":
        return f"TO_BINARY({value}, '{chosen.get('BINARY_FORMAT')}')"
    if kind == "TEXT" and options.truncate:
        return f"{value}::VARCHAR({column.type.length})"
    form = _time_format(kind, chosen)
    if form is None:
        return value
    return f"TO_{kind}({value}, {_text(form)})"


def _time_format(kind: str, chosen: FileFormat) -> str | None:
    if kind == "DATE" or kind == "TIME":
        form = chosen.text(f"{kind}_FORMAT")
    elif kind.startswith("TIMESTAMP"):
        form = chosen.text("TIMESTAMP_FORMAT")
    else:
        return None
    return None if form is None or form.upper() == "AUTO" else form


# --- others ---
def _one_column(columns: list[TableColumn], named: bool, staged: StagedFiles) -> Projection:
    del named
    if len(columns) != 1 or columns[0].type.name not in _SEMI:
        raise SnowflakeError(
            2019,
            "0A000",
            f"SQL compilation error:\n{staged.format.type} file format can produce one and only one column of variant, "
            "object, or array type. Load data into separate columns using the MATCH_BY_COLUMN_NAME copy option or copy "
            "with transformation.",
        )
    kind = columns[0].type.name
    return Projection(["$1" if kind == "VARIANT" else f"$1::{kind}"], columns)


def _json_by_name(columns: list[TableColumn], chosen: FileFormat, options: CopyOptions) -> Projection:
    function = "GET" if options.match_by_name == "CASE_SENSITIVE" else "GET_IGNORE_CASE"
    items = [_json_item(f"{function}($1, {_text(column.name)})", column, chosen, options) for column in columns]
    return Projection(items, columns)


def _json_item(value: str, column: TableColumn, chosen: FileFormat, options: CopyOptions) -> str:
    """A field with the options of the format that are for columns: NULL_IF, TRIM_SPACE and the formats of times."""
    kind = column.type.name
    if kind in _SEMI:
        return value
    trims, nulls, form = chosen.get("TRIM_SPACE"), chosen.get("NULL_IF"), _time_format(kind, chosen)
    if trims:
        value = f"TRIM({value}::VARCHAR)"
    if nulls:
        value = f"IFF({value}::VARCHAR IN ({', '.join(map(_text, nulls))}), NULL, {value})"
    if kind == "BINARY":
        return f"TO_BINARY({value}::VARCHAR, '{chosen.get('BINARY_FORMAT')}')"
    if form is not None:
        return f"TO_{kind}({value}::VARCHAR, {_text(form)})"
    return f"{value}::VARCHAR({column.type.length})" if kind == "TEXT" and options.truncate else value


def _typed_by_name(columns: list[TableColumn], staged: StagedFiles, options: CopyOptions) -> Projection:
    pairs = [
        (column, name)
        for column in columns
        if (name := next((c.name for c in staged.typed if _same(c.name, column.name, options)), None)) is not None
    ]
    if not pairs:
        raise SnowflakeError(
            2019, "0A000", "SQL compilation error:\nno column of the files has the name of a column of the table"
        )
    items = [_typed_item(column, name, options) for column, name in pairs]
    return Projection(items, [column for column, _ in pairs])


def _typed_item(column: TableColumn, name: str, options: CopyOptions) -> str:
    quoted = name.replace('"', '""')
    value = f'$1:"{quoted}"'
    return f"{value}::VARCHAR({column.type.length})" if column.type.name == "TEXT" and options.truncate else value


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
