"""`dw-sim experiment`: create, import, list, show, generate, append, load, reset, delete, export."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dw_simulator.cli import diagnostics, views
from dw_simulator.cli.commands.defects import defects
from dw_simulator.cli.commands.graph import graph
from dw_simulator.cli.context import invocation
from dw_simulator.cli.guard import YesOption, guard
from dw_simulator.cli.options import (
    BatchRowsOption,
    DialectName,
    ExperimentArgument,
    NameOption,
    RowsOfEachOption,
    RowsOption,
    SurrogateKeyOption,
    WarehouseName,
    WarehousesOption,
    WorkersOption,
    parse_rows,
)
from dw_simulator.cli.output import JsonOption, print_json, print_text

if TYPE_CHECKING:
    from dw_simulator.experiments.service import ExperimentService
    from dw_simulator.metadata import GenerationRun
    from dw_simulator.schema import Experiment, Table, Warehouse

PANEL = "Data"


class RunnerName(StrEnum):
    LOCAL = "local"
    DASK = "dask"


class TableFormat(StrEnum):
    PARQUET = "parquet"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    XLSX = "xlsx"


@contextlib.contextmanager
def service(context: typer.Context, *, yes: bool = False) -> Iterator[ExperimentService]:
    """The use cases; with ``yes`` nobody is asked before a warehouse that is not on this machine is changed."""
    from dw_simulator.cli.tracing import command_span
    from dw_simulator.experiments.service import ExperimentService

    settings = invocation(context).settings()
    with (
        command_span(context, settings),
        contextlib.closing(ExperimentService(settings, guard=guard(yes))) as opened,
    ):
        yield opened


def warehouses(names: list[WarehouseName] | None) -> list[Warehouse] | None:
    from dw_simulator.schema import Warehouse

    return [Warehouse(name.value) for name in names] if names else None


# --- create ---------------------------------------------------------------------------------------------------------
def create(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A schema, .json or .yaml; or a dbt project.", metavar="FILE")],
    name: NameOption = None,
    target_warehouse: WarehousesOption = None,
    target_rows: RowsOfEachOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create an experiment from a JSON or YAML schema, or a dbt project. DDL is imported with import-sql."""
    from dw_simulator.experiments.service import read_experiment
    from dw_simulator.schema.importers import DDL_SUFFIXES, placing

    if file.suffix.lower() in DDL_SUFFIXES:
        raise typer.BadParameter(f"{file.name} is DDL; use: dw-sim experiment import-sql", param_hint="FILE")
    experiment = read_experiment(
        file, name=name, target_warehouse=warehouses(target_warehouse), target_rows=target_rows
    )
    with service(context) as experiments, placing(file):
        experiments.create(experiment)
    _created(experiment, as_json)


def _created(experiment: Experiment, as_json: bool) -> None:
    diagnostics.warn_all(experiment.warnings)
    if as_json:
        print_json(experiment.model_dump(mode="json", exclude_none=True))
    else:
        views.print_interpreted(experiment)
    diagnostics.say(
        f"created experiment {experiment.name!r} with {views.counted(len(experiment.tables), 'table')}; "
        f"next: dw-sim experiment generate {experiment.name} --load"
    )


def import_sql(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A DDL script; - reads it from stdin.", metavar="FILE")],
    dialect: Annotated[DialectName, typer.Option("--dialect", help="The SQL dialect of the script.")],
    name: NameOption = None,
    target_warehouse: WarehousesOption = None,
    target_rows: RowsOfEachOption = None,
    surrogate_key: SurrogateKeyOption = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the normalized JSON schema and create nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Create an experiment from a DDL script in the dialect of Redshift, Snowflake or standard SQL."""
    from dw_simulator.schema import Dialect
    from dw_simulator.schema.checks.names import suggest_name

    sql = _read_script(file)
    with service(context) as experiments:
        experiment = experiments.import_sql(
            sql,
            dialect=Dialect(dialect.value),
            name=name or ("imported" if str(file) == "-" else suggest_name(file.stem)),
            surrogate_key=surrogate_key,
            target_warehouse=warehouses(target_warehouse),
            target_rows=target_rows,
            dry_run=dry_run,
        )
    if dry_run:
        from dw_simulator.schema.render import to_json

        diagnostics.warn_all(experiment.warnings)
        print_text(to_json(experiment))
        return
    _created(experiment, as_json)


def _read_script(file: Path) -> str:
    from dw_simulator.schema.importers import read_text

    return sys.stdin.read() if str(file) == "-" else read_text(file)


# --- look at --------------------------------------------------------------------------------------------------------
def list_(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the experiments."""
    with service(context) as experiments:
        records = experiments.experiments()
    if as_json:
        print_json([views.summary(record) for record in records])
    elif records:
        views.print_summaries(records)
    else:
        diagnostics.say("there are no experiments; create one with: dw-sim experiment create, or import-sql")


def show(context: typer.Context, name: ExperimentArgument, as_json: JsonOption = False) -> None:
    """Show an experiment: its tables and columns, its runs, and where it is loaded."""
    with service(context) as experiments:
        record = experiments.show(name)
        runs, loaded = experiments.runs(name), experiments.loaded_tables(name)
    if as_json:
        print_json(views.details(record, runs, loaded))
    else:
        views.print_details(record, runs, loaded)
    diagnostics.warn_all(record.experiment.warnings)


# --- generate, load -------------------------------------------------------------------------------------------------
RunnerOption = Annotated[
    RunnerName | None,
    typer.Option("--runner", help="Where the data is made. [default: that of the settings, local]", show_default=False),
]


def generate(
    context: typer.Context,
    name: ExperimentArgument,
    rows: RowsOption = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed",
            min=-(2**63),
            max=2**63 - 1,
            help="The same seed makes the same data. [default: the experiment's, or 42]",
        ),
    ] = None,
    batch_rows: BatchRowsOption = None,
    workers: WorkersOption = None,
    runner: RunnerOption = None,
    load: Annotated[bool, typer.Option("--load/--no-load", help="Load the data into the warehouses too.")] = False,
    target_warehouse: WarehousesOption = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Generate the experiment's data and stage it as Parquet; with --load, fill its warehouses as well."""
    if target_warehouse and not load:
        raise typer.BadParameter("--target-warehouse says where to load; it needs --load")
    with service(context, yes=yes) as experiments:
        run = _generate(experiments, name, parse_rows(rows), seed, batch_rows, workers, runner)
        _made(experiments, name, run, load, target_warehouse, as_json)


def _made(
    experiments: ExperimentService,
    name: str,
    run: GenerationRun,
    load: bool,
    target_warehouse: WarehousesOption,
    as_json: bool,
) -> None:
    """Load a run that was made, where that is wanted, and say what became of it."""
    if load:
        if not as_json:
            views.print_run(run)
        _load(experiments, name, warehouses(target_warehouse), run, as_json)
    elif as_json:
        print_json(views.run_summary(run))
    else:
        views.print_run(run)


def _generate(
    experiments: ExperimentService,
    name: str,
    rows: dict[str, int],
    seed: int | None,
    batch_rows: int | None,
    workers: int | None,
    runner: RunnerName | None,
) -> GenerationRun:
    from dw_simulator.cli.progress import generating

    plan = experiments.plan(name, seed=seed, rows=rows)
    with generating({table.name: table.rows for table in plan.tables}) as progress:
        return experiments.generate(
            name,
            seed=seed,
            rows=rows,
            batch_rows=batch_rows,
            workers=workers,
            runner=runner.value if runner is not None else None,
            progress=progress,
        )


def append(
    context: typer.Context,
    name: ExperimentArgument,
    days: Annotated[
        int | None, typer.Option("--days", min=1, help="Days to add after those that are there. [default: 1]")
    ] = None,
    rows: Annotated[
        int | None,
        typer.Option("--rows", min=1, help="Add as many days as give so many rows, in all tables together."),
    ] = None,
    batch_rows: BatchRowsOption = None,
    workers: WorkersOption = None,
    runner: RunnerOption = None,
    load: Annotated[bool, typer.Option("--load/--no-load", help="Add the rows to the warehouses too.")] = False,
    target_warehouse: WarehousesOption = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Generate the next days of the tables that grow; with --load, add their rows to the warehouses as well."""
    if target_warehouse and not load:
        raise typer.BadParameter("--target-warehouse says where to load; it needs --load")
    if days is not None and rows is not None:
        raise typer.BadParameter("--rows says how many days are needed; leave out --days")
    from dw_simulator.cli.progress import generating

    with service(context, yes=yes) as experiments:
        days = experiments.days_for(name, rows) if rows is not None else days or 1
        plan = experiments.plan_increment(name, days)
        with generating({table.name: table.new_rows for table in plan.tables}) as progress:
            run = experiments.append(
                name,
                days,
                batch_rows=batch_rows,
                workers=workers,
                runner=runner.value if runner is not None else None,
                progress=progress,
            )
        _made(experiments, name, run, load, target_warehouse, as_json)


def load(
    context: typer.Context,
    name: ExperimentArgument,
    target_warehouse: WarehousesOption = None,
    run: Annotated[int | None, typer.Option("--run", help="Number of the run. [default: the newest]")] = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Load the generated data into the experiment's warehouses; each is replaced as a whole or left as it was."""
    with service(context, yes=yes) as experiments:
        chosen = None if run is None else experiments.run(run)
        _load(experiments, name, warehouses(target_warehouse), chosen, as_json)


def _load(
    experiments: ExperimentService,
    name: str,
    targets: list[Warehouse] | None,
    run: GenerationRun | None,
    as_json: bool,
) -> None:
    """Load and print; a warehouse that failed decides the exit code after the others were printed."""
    from dw_simulator.cli.progress import LoadLines

    report = experiments.load(name, warehouses=targets, run_id=run.id if run else None, progress=LoadLines())
    if as_json:
        print_json(views.load_summary(report, run))
    else:
        views.print_loads(report)
    if failure := report.failure():
        raise failure


# --- reset, delete, export ------------------------------------------------------------------------------------------
def reset(
    context: typer.Context, name: ExperimentArgument, yes: YesOption = False, as_json: JsonOption = False
) -> None:
    """Empty the experiment's tables in every warehouse and forget its runs; the experiment itself stays."""
    with service(context, yes=yes) as experiments:
        emptied = {str(warehouse): count for warehouse, count in experiments.reset(name).items()}
    if as_json:
        print_json({"name": name, "tables_emptied": emptied})
    where = ", ".join(f"{views.counted(count, 'table')} in {warehouse}" for warehouse, count in emptied.items())
    diagnostics.say(f"reset experiment {name!r}" + (f": emptied {where}" if where else ""))


def delete(
    context: typer.Context,
    name: ExperimentArgument,
    purge_staging: Annotated[
        bool, typer.Option("--purge-staging/--keep-staging", help="Delete the staged Parquet files as well.")
    ] = True,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Drop the experiment's tables in every warehouse and forget it."""
    with service(context, yes=yes) as experiments:
        found = experiments.show(name).name
        if not yes:
            typer.confirm(f"Delete experiment {found!r} with all its tables and data?", abort=True, err=True)
        dropped = experiments.delete(found, purge_staging=purge_staging)
    if as_json:
        print_json({"name": found, "tables_dropped": dropped})
    diagnostics.say(f"deleted experiment {found!r}: dropped {views.counted(dropped, 'table')}")


def export(
    context: typer.Context,
    name: ExperimentArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for one file a table.", metavar="FOLDER")],
    warehouse: Annotated[
        WarehouseName | None, typer.Option("--warehouse", help="Where to read from. [default: its first]")
    ] = None,
    form: Annotated[TableFormat, typer.Option("--format", help="Format of the files.")] = TableFormat.PARQUET,
    table: Annotated[
        list[str] | None, typer.Option("--table", help="Only this table; repeat it for others.", metavar="TABLE")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the experiment's tables, as they are in a warehouse, to files."""
    from dw_simulator.experiments.export import ExportFormat, export_file
    from dw_simulator.schema import Warehouse
    from dw_simulator.warehouses.names import table_name

    with service(context) as experiments:
        experiment = experiments.show(name).experiment
        source = Warehouse(warehouse.value) if warehouse else experiment.target_warehouse[0]
        chosen = _chosen_tables(experiment, table)
        _make_folder(output)
        written = []
        for one in chosen:
            path = output / f"{one.name}.{form.value}"
            with experiments.query(f"SELECT * FROM {table_name(one, source)}", source, experiment.name) as result:
                rows = export_file(result, ExportFormat(form.value), path)
            written.append({"table": one.name, "rows": rows, "file": str(path)})
    if as_json:
        print_json(written)
    else:
        views.print_written(written)


def _chosen_tables(experiment: Experiment, names: list[str] | None) -> list[Table]:
    from dw_simulator.errors import NotFound
    from dw_simulator.schema.suggest import did_you_mean

    if not names:
        return list(experiment.tables)
    chosen = []
    for name in names:
        found = experiment.table(name)
        if found is None:
            known = [table.name for table in experiment.tables]
            hint = did_you_mean(name, known, "its tables are")
            raise NotFound(f"experiment {experiment.name!r} has no table {name!r}", hint=hint)
        chosen.append(found)
    return chosen


def _make_folder(path: Path) -> None:
    from dw_simulator.errors import ConfigError

    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot make the folder {path}: {error.strerror or error}") from None


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Create experiments, fill them with data, load and delete them.")
    group.command("create")(create)
    group.command("import-sql")(import_sql)
    group.command("list")(list_)
    group.command("show")(show)
    group.command("graph")(graph)
    group.command("generate")(generate)
    group.command("append")(append)
    group.command("defects")(defects)
    group.command("load")(load)
    group.command("export")(export)
    group.command("reset")(reset)
    group.command("delete")(delete)
    app.add_typer(group, name="experiment", rich_help_panel=PANEL)
