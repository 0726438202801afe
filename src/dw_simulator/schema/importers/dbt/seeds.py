"""The files of seeds: their columns with types as the values show them, and how many rows there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dw_simulator.errors import ImportSchemaError
from dw_simulator.schema.importers.dbt.nodes import Node, NodeColumn
from dw_simulator.schema.importers.dbt.types import text_of


def add_file(node: Node, path: Path, delimiter: str = ",") -> None:
    """Add the columns of a seed's CSV file to its node, and its number of rows.

    Raises:
        ImportSchemaError: the file is not CSV in UTF-8.
    """
    import pyarrow as pa
    from pyarrow import csv

    try:
        table = csv.read_csv(
            path,
            parse_options=csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=csv.ConvertOptions(strings_can_be_null=True),
        )
    except (pa.ArrowInvalid, OSError) as error:
        raise ImportSchemaError(f"seed {path} cannot be read: {error}", hint="a seed is CSV in UTF-8") from None
    node.rows = table.num_rows
    for field, column in zip(table.schema, table.columns, strict=True):
        node.add_column(NodeColumn(field.name)).plain_type = _type_of(field.type, column)


def _type_of(kind: Any, column: Any) -> dict[str, Any] | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_null(kind):
        return None
    if pa.types.is_integer(kind):
        return {"data_type": "BIGINT"}
    if pa.types.is_floating(kind):
        return {"data_type": "FLOAT"}
    if pa.types.is_boolean(kind):
        return {"data_type": "BOOLEAN"}
    if pa.types.is_date(kind):
        return {"data_type": "DATE"}
    if pa.types.is_time(kind):
        return {"data_type": "TIME"}
    if pa.types.is_timestamp(kind):
        return {"data_type": "TIMESTAMP_TZ" if kind.tz else "TIMESTAMP"}
    longest = pc.max(pc.binary_length(column)).as_py() or 1
    return text_of(max(longest, 1))
