"""`dw-sim dbt`: a dbt project on both emulators, seeds from an experiment."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dw_simulator.cli import diagnostics
from dw_simulator.cli.commands.experiment import service
from dw_simulator.cli.context import invocation
from dw_simulator.cli.options import ExperimentArgument, RowsOption, complete_experiment, parse_rows
from dw_simulator.cli.output import print_text
from dw_simulator.cli.views import counted


class TargetName(StrEnum):
    REDSHIFT = "redshift"
    SNOWFLAKE = "snowflake"


ProjectOption = Annotated[
    Path, typer.Option("--project-dir", help="Folder of the dbt project.", metavar="FOLDER", show_default="this folder")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")]


def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Folder of the project.", metavar="FOLDER")] = Path(),
    experiment: Annotated[
        str | None,
        typer.Option(
            "--experiment",
            "-e",
            help="A new project reads the tables of this experiment.",
            metavar="NAME",
            autocompletion=complete_experiment,
        ),
    ] = None,
    target: Annotated[TargetName, typer.Option("--target", "-t", help="The output dbt uses by default.")] = (
        TargetName.REDSHIFT
    ),
    force: ForceOption = False,
) -> None:
    """Write profiles.yml for both emulators into a dbt project; make the project where there is none."""
    from dw_simulator.experiments.dbt.starting import start_project
    from dw_simulator.schema import Warehouse

    settings = invocation(context).settings()
    found = None
    if experiment is not None:
        with service(context) as experiments:
            found = experiments.show(experiment).experiment
    for path in start_project(folder, settings, found, target=Warehouse(target.value), force=force):
        print_text(str(path))
    where = "" if folder == Path() else f" --project-dir {folder}"
    diagnostics.say(f"next: dw-sim dbt run{where}")


def seeds(
    context: typer.Context,
    name: ExperimentArgument,
    project: ProjectOption = Path(),
    tables: Annotated[
        list[str] | None, typer.Option("--table", help="Only this table; repeat it for several.", metavar="TABLE")
    ] = None,
    rows: RowsOption = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed to generate with.", metavar="N")] = None,
    force: ForceOption = False,
) -> None:
    """Write generated tables as seeds: CSV files with types and tests, the same rows that `generate` makes."""
    from dw_simulator.experiments.dbt.seeds import MANY_ROWS, export_seeds

    with service(context) as experiments:
        experiment = experiments.show(name).experiment
        plan = experiments.plan(name, seed=seed, rows=parse_rows(rows))
    done = export_seeds(experiment, plan, project, tables=tables or (), force=force)
    for exported in done:
        print_text(f"{exported.path}  {counted(exported.rows, 'row')}")
    large = [exported.path.name for exported in done if exported.rows > MANY_ROWS]
    if large:
        diagnostics.warn(f"dbt loads seeds by INSERT, which takes long for so many rows: {', '.join(large)}")


def run(
    context: typer.Context,
    arguments: Annotated[
        list[str] | None,
        typer.Argument(help="dbt's command and its options. [default: build]", metavar="[DBT ARGUMENTS]..."),
    ] = None,
    project: ProjectOption = Path(),
    target: Annotated[
        TargetName | None, typer.Option("--target", "-t", help="The warehouse. [default: that of the profile]")
    ] = None,
    program: Annotated[
        str | None, typer.Option("--dbt", help="The dbt program. [default: the one installed]", metavar="PROGRAM")
    ] = None,
) -> None:
    """Run the installed dbt on an emulator: `dw-sim dbt run -t snowflake build --select staging`.

    The profile, its target and the addresses are set; a project needs no profiles.yml. The exit code is dbt's.
    """
    from dw_simulator.experiments.dbt.running import find_dbt, prepared, run_dbt
    from dw_simulator.schema import Warehouse

    settings = invocation(context).settings()
    chosen = Warehouse(target.value) if target else None
    found = find_dbt(program)
    with prepared(found, project, arguments or (), settings, chosen) as call:
        if call.database is not None:
            with service(context) as experiments:
                experiments.query(f"create database if not exists {call.database}", Warehouse.SNOWFLAKE).close()
        code = run_dbt(call)
    raise typer.Exit(code)


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="A dbt project on both emulators; seeds from an experiment.")
    group.command("init")(init)
    group.command("seeds")(seeds)
    group.command("run", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})(run)
    app.add_typer(group, name="dbt", rich_help_panel="Tools")
