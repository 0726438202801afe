"""Options and arguments that several commands take, each declared once. Nothing heavy is imported here.

The enums repeat those of the schema model by value, so that ``--help`` need not import it; a test compares them.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dw_simulator.cli.context import invocation


class DialectName(StrEnum):
    REDSHIFT = "redshift"
    SNOWFLAKE = "snowflake"
    ANSI = "ansi"


class WarehouseName(StrEnum):
    REDSHIFT = "redshift"
    SNOWFLAKE = "snowflake"
    SQLITE = "sqlite"


def complete_experiment(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Names of experiments for the shell, read from the metadata file; nothing if there is none."""
    from dw_simulator.errors import DwSimulatorError
    from dw_simulator.metadata import Database, ExperimentRepository

    try:
        path = invocation(context).settings(use_running_stack=False).metadata_path
        if not path.exists():
            return
        database = Database(path)
        try:
            names = [record.name for record in ExperimentRepository(database).all()]
        finally:
            database.close()
    except DwSimulatorError:
        return  # a completion has no place for an error; the command itself reports it
    yield from (name for name in names if name.lower().startswith(incomplete.lower()))


ExperimentArgument = Annotated[
    str, typer.Argument(help="Name of the experiment.", metavar="NAME", autocompletion=complete_experiment)
]
DialectOption = Annotated[
    DialectName | None,
    typer.Option("--dialect", help="The SQL dialect of a DDL file, or of the types in a dbt project."),
]
NameOption = Annotated[
    str | None, typer.Option("--name", help="Name of the experiment. [default: that in the file, or the file's own]")
]
RowsOfEachOption = Annotated[int | None, typer.Option("--target-rows", min=0, help="Rows of every table.", metavar="N")]
SurrogateKeyOption = Annotated[
    bool,
    typer.Option(
        "--surrogate-key/--no-surrogate-key",
        help="DDL: put a column _row_id before tables with a composite primary key.",
    ),
]
WarehousesOption = Annotated[
    list[WarehouseName] | None,
    typer.Option("--target-warehouse", "-w", help="Warehouse to use; repeat it for several.", show_default=False),
]

RowsOption = Annotated[
    list[str] | None,
    typer.Option("--rows", help="Rows of one table, as customers=50000; repeat it for others.", metavar="TABLE=N"),
]


def parse_rows(given: list[str] | None) -> dict[str, int]:
    """``["customers=50000"]`` -> ``{"customers": 50000}``"""
    rows: dict[str, int] = {}
    for text in given or []:
        table, equals, count = text.rpartition("=")
        if not equals or not table.strip() or not count.strip().replace("_", "").isdigit():
            raise typer.BadParameter(f"{text!r} is not TABLE=N, such as customers=50000", param_hint="--rows")
        if table.strip().lower() in {name.lower() for name in rows}:
            raise typer.BadParameter(f"table {table.strip()!r} is there twice", param_hint="--rows")
        rows[table.strip()] = int(count.strip().replace("_", ""))
    return rows


SchemaFile = Annotated[
    Path,
    typer.Argument(
        help="A schema: .json, .yaml, DDL (.sql, with --dialect); or a dbt project, its manifest.json or schema.yml.",
        metavar="FILE",
    ),
]

BatchRowsOption = Annotated[int | None, typer.Option("--batch-rows", min=1, help="Rows of one file.")]
WorkersOption = Annotated[int | None, typer.Option("--workers", min=0, help="Threads; 0 means one a CPU.")]
