"""Physical attributes of Redshift tables, as its guide allows them (pages "CREATE TABLE", "Compression encodings")."""

from __future__ import annotations

from dw_simulator.schema.checks.context import Context, column_path, table_path
from dw_simulator.schema.checks.rules import type_text
from dw_simulator.schema.model import DataType, Table
from dw_simulator.schema.suggest import did_you_mean

ENCODINGS = (
    "RAW", "AZ64", "BYTEDICT", "DELTA", "DELTA32K", "LZO", "MOSTLY8", "MOSTLY16", "MOSTLY32", "RUNLENGTH", "TEXT255",
    "TEXT32K", "ZSTD", "AUTO",
)  # fmt: skip
MOST_SORT_COLUMNS = {"compound": 400, "interleaved": 8, "auto": 0}


def check_identities(context: Context) -> None:
    if "redshift" not in context.systems:
        return
    for table in context.experiment.tables:
        found = [column for column in table.columns if column.identity]
        for column in found:
            if column.data_type not in (DataType.INT, DataType.BIGINT):
                context.report(
                    column_path(table, column, "identity"),
                    f"the identity column is {type_text(column)}; Redshift wants INT or BIGINT",
                    "use BIGINT",
                )
        for column in found[1:]:
            context.report(
                column_path(table, column, "identity"),
                f"table {table.name!r} has {len(found)} identity columns; Redshift allows one",
                f"keep the identity of {found[0].name} only",
            )


def check_distribution_style(context: Context) -> None:
    for table in context.experiment.tables:
        if table.dist_style == "key" and table.dist_key is None:
            context.report(
                table_path(table, "dist_key"), "dist_style is key but there is no dist_key", "name the column"
            )
        elif table.dist_key is not None and table.dist_style in ("even", "all"):
            context.report(
                table_path(table, "dist_style"),
                f"dist_style {table.dist_style} contradicts dist_key {table.dist_key!r}",
                "remove one of them",
            )


def check_sort_keys(context: Context) -> None:
    for table in context.experiment.tables:
        if table.sort_key:
            _check_sort_key(context, table, table.sort_key.style, len(table.sort_key.columns))


def _check_sort_key(context: Context, table: Table, style: str, count: int) -> None:
    most = MOST_SORT_COLUMNS[style]
    path = table_path(table, "sort_key")
    if count > most:
        context.report(path, f"a sort key of style {style} has at most {most} columns, got {count}")
    elif not count and style != "auto":
        context.report(path, f"a sort key of style {style} wants columns", "name them, or use style auto")


def check_encodings(context: Context) -> None:
    for table, column in context.each_column():
        if column.encode is not None and column.encode.upper() not in ENCODINGS:
            context.report(
                column_path(table, column, "encode"),
                f"unknown encoding {column.encode!r}",
                did_you_mean(column.encode, ENCODINGS, "encodings are"),
            )


def check_binary_keys(context: Context) -> None:
    """Redshift distributes and sorts by neither SUPER nor VARBYTE (JSON is refused in every key already)."""
    for table in context.experiment.tables:
        for path, names in (
            ("dist_key", [table.dist_key]),
            ("sort_key", table.sort_key.columns if table.sort_key else []),
        ):
            for name in names:
                column = context.column(table, name) if name else None
                if column and column.data_type is DataType.BINARY:
                    context.report(
                        table_path(table, path), f"column {name!r} is of type BINARY, which cannot be a {path}"
                    )


CHECKS = (check_identities, check_distribution_style, check_sort_keys, check_encodings, check_binary_keys)
