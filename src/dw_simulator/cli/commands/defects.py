"""`dw-sim experiment defects`: what is wrong with an experiment's data on purpose."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from dw_simulator.cli import diagnostics
from dw_simulator.cli.context import invocation
from dw_simulator.cli.options import ExperimentArgument
from dw_simulator.cli.output import JsonOption, print_json, print_table
from dw_simulator.cli.views import counted


def defects(
    context: typer.Context,
    name: ExperimentArgument,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the whole report: .parquet or .csv.", metavar="FILE"),
    ] = None,
    table: Annotated[
        list[str] | None, typer.Option("--table", help="Only this table; repeat it for others.", metavar="TABLE")
    ] = None,
    run: Annotated[int | None, typer.Option("--run", help="Number of the run. [default: the newest]")] = None,
    as_json: JsonOption = False,
) -> None:
    """Count the defects that a run put into its data; with -o, write each: row, column, value before and after."""
    from dw_simulator.experiments import defects as reports
    from dw_simulator.experiments.service import ExperimentService

    with contextlib.closing(ExperimentService(invocation(context).settings())) as experiments:
        parts = experiments.defects(name, run_id=run, tables=table or ())
        if output is not None:
            rows = reports.save(parts, output)
            if as_json:
                print_json({"file": str(output), "rows": rows})
            diagnostics.say(f"wrote {counted(rows, 'row')} to {output}")
            return
        found = [one.model_dump() for one in reports.counted(parts)]
    if as_json:
        print_json(found)
    elif found:
        print_table(("table", "kind", "column", "rows"), [list(one.values()) for one in found])
    else:
        diagnostics.say(f"no defects were put into the data of experiment {name!r}; see docs/defects.md")
