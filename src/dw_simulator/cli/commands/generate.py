"""`dw-sim generate`: a schema's data as files, without a stack."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dw_simulator.cli import diagnostics
from dw_simulator.cli.context import invocation
from dw_simulator.cli.options import (
    BatchRowsOption,
    DialectName,
    DialectOption,
    RowsOption,
    SchemaFile,
    SurrogateKeyOption,
    WorkersOption,
    parse_rows,
)
from dw_simulator.cli.output import JsonOption, print_json, print_table
from dw_simulator.cli.views import counted

if TYPE_CHECKING:
    from dw_simulator.generator import GenerationReport
    from dw_simulator.schema import Experiment


class FormatName(StrEnum):
    PARQUET = "parquet"
    CSV = "csv"
    JSONL = "jsonl"
    ARROW = "arrow"


def generate(
    context: typer.Context,
    file: SchemaFile,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for a folder a table.", metavar="FOLDER")],
    form: Annotated[FormatName, typer.Option("--format", help="Format of the files.")] = FormatName.PARQUET,
    gzip: Annotated[bool, typer.Option("--gzip", help="Compress CSV and JSON lines with gzip.")] = False,
    partition_by: Annotated[
        list[str] | None,
        typer.Option(
            "--partition-by",
            help="Folders COLUMN=VALUE below the table's, or of a date by :day, :month, :year; repeat it for tables.",
            metavar="TABLE.COLUMN",
        ),
    ] = None,
    rows: RowsOption = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="The same seed makes the same data. [default: the schema's, or 42]")
    ] = None,
    batch_rows: BatchRowsOption = None,
    workers: WorkersOption = None,
    dialect: DialectOption = None,
    surrogate_key: SurrogateKeyOption = True,
    as_json: JsonOption = False,
) -> None:
    """Write a schema's data to files of a folder: Parquet, CSV, JSON lines or Arrow. No stack is needed.

    The data is that of an experiment with this schema, seed and rows.
    """
    from dw_simulator.cli.progress import generating
    from dw_simulator.experiments.schemas import DEFAULT_SEED, table_rows
    from dw_simulator.generator import build_plan
    from dw_simulator.generator.files import Output, parse_partitions, write_files
    from dw_simulator.generator.formats import FileFormat

    if gzip and form not in (FormatName.CSV, FormatName.JSONL):
        raise typer.BadParameter(f"{form.value} files are not compressed with gzip", param_hint="--gzip")
    settings = invocation(context).settings(use_running_stack=False).generator
    experiment = _read(file, dialect, surrogate_key)
    chosen = seed if seed is not None else experiment.seed
    plan = build_plan(
        experiment,
        seed=DEFAULT_SEED if chosen is None else chosen,
        rows=table_rows(experiment, parse_rows(rows)),
    )
    output_of = Output(FileFormat(form.value), gzip, parse_partitions(partition_by or [], experiment))
    with generating({table.name: table.rows for table in plan.tables}) as progress:
        report = write_files(
            experiment,
            plan,
            output,
            output_of,
            batch_rows=batch_rows or settings.batch_rows,
            workers=settings.workers if workers is None else workers,
            progress=progress,
        )
    _show(report, as_json)


def _read(file: Path, dialect: DialectName | None, surrogate_key: bool) -> Experiment:
    from dw_simulator.schema import Dialect
    from dw_simulator.schema.importers import read_file

    experiment = read_file(file, dialect=Dialect(dialect.value) if dialect else None, surrogate_key=surrogate_key)
    diagnostics.warn_all(experiment.warnings)
    return experiment


def _show(report: GenerationReport, as_json: bool) -> None:
    tables = [
        {"table": table.name, "rows": table.rows, "bytes": table.bytes, "folder": next(iter(table.uris), None)}
        for table in report.tables
    ]
    if as_json:
        print_json({"seed": report.seed, "rows": report.rows, "seconds": round(report.seconds, 3), "tables": tables})
        return
    print_table(("table", "rows", "bytes", "folder"), [list(table.values()) for table in tables])
    diagnostics.say(f"wrote {counted(report.rows, 'row')} in {report.seconds:.1f} s")


def register(app: typer.Typer) -> None:
    app.command("generate")(generate)
