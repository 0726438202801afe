"""`dw-sim query`: one statement in one warehouse."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dw_simulator.cli import diagnostics
from dw_simulator.cli.commands.experiment import PANEL, service
from dw_simulator.cli.guard import YesOption
from dw_simulator.cli.options import WarehouseName, complete_experiment
from dw_simulator.cli.output import print_table
from dw_simulator.cli.views import counted

if TYPE_CHECKING:
    from dw_simulator.warehouses.base import QueryResult


class ResultFormat(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    PARQUET = "parquet"
    XLSX = "xlsx"


def query(
    context: typer.Context,
    sql: Annotated[str, typer.Argument(help="The statement; - reads it from stdin.", metavar="SQL")],
    warehouse: Annotated[WarehouseName, typer.Option("--warehouse", "-w", help="Where to run it.")],
    experiment: Annotated[
        str | None,
        typer.Option("--experiment", "-e", help="Find this experiment's tables.", autocompletion=complete_experiment),
    ] = None,
    form: Annotated[
        ResultFormat | None,
        typer.Option("--format", "-f", help="[default: table, or what the file's name says]"),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file instead of stdout.", metavar="FILE")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    max_rows: Annotated[
        int, typer.Option("--max-rows", min=1, help="Rows that a table shows; other formats have them all.")
    ] = 1000,
    yes: YesOption = False,
) -> None:
    """Run one SQL statement in a warehouse and print its result."""
    from dw_simulator.schema import Warehouse

    chosen = _format(form, output, as_json)
    text = sys.stdin.read() if sql == "-" else sql
    if not text.strip():
        raise typer.BadParameter("the statement is empty", param_hint="SQL")
    with (
        service(context, yes=yes) as experiments,
        experiments.query(text, Warehouse(warehouse.value), experiment) as result,
    ):
        if chosen is ResultFormat.TABLE:
            _print_table(result, max_rows)
        else:
            _write(result, chosen, output)


def _format(form: ResultFormat | None, output: Path | None, as_json: bool) -> ResultFormat:
    from dw_simulator.experiments.export import format_of

    if as_json:
        if form not in (None, ResultFormat.JSON):
            raise typer.BadParameter(f"--json contradicts --format {form}")
        return ResultFormat.JSON
    if form is None:
        return ResultFormat(format_of(output).value) if output else ResultFormat.TABLE
    if form is ResultFormat.TABLE and output:
        raise typer.BadParameter("a table is for the screen; files are csv, json, jsonl, parquet or xlsx")
    return form


def _write(result: QueryResult, form: ResultFormat, output: Path | None) -> None:
    from dw_simulator.experiments.export import ExportFormat, export_file, write_result

    wanted = ExportFormat(form.value)
    if output is not None:
        rows = export_file(result, wanted, output)
        diagnostics.say(f"wrote {counted(rows, 'row')} to {output}")
        return
    if form in (ResultFormat.PARQUET, ResultFormat.XLSX) and sys.stdout.isatty():
        raise typer.BadParameter(f"{form} is not for the screen; use --output FILE")
    write_result(result, wanted, sys.stdout.buffer)
    sys.stdout.buffer.flush()


def _print_table(result: QueryResult, max_rows: int) -> None:
    """The first rows as a table; how many there are in all is said on stderr."""
    from dw_simulator.experiments.export import json_value

    shown: list[tuple[object, ...]] = []
    total = 0
    for batch in result.batches:
        total += batch.num_rows
        part = batch.slice(0, max(0, max_rows - len(shown)))
        columns = [column.to_pylist() for column in part.columns]
        shown.extend(tuple(_cell(json_value(value), value) for value in row) for row in zip(*columns, strict=True))
    if result.columns:
        print_table([column.name for column in result.columns], shown)
    note = counted(total, "row")
    if total > len(shown):
        note += f", the first {len(shown):,} shown (--format csv prints them all)"
    diagnostics.say(note)


def _cell(plain: object, value: object) -> object:
    """Numbers stay numbers, which are set right; None is shown as NULL, to tell it from an empty text."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return str(value)
    return plain


def register(app: typer.Typer) -> None:
    app.command("query", rich_help_panel=PANEL)(query)
