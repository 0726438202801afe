"""The phases of the demo, with the experiment service and the warehouses' own drivers, as a user would."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dw_simulator.cli import diagnostics, output
from dw_simulator.cli.demo.content import DemoExperiment, DemoQuery, experiments
from dw_simulator.cli.demo.examples import example_text
from dw_simulator.stack import connect

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings
    from dw_simulator.experiments import ExperimentService
    from dw_simulator.metadata import GenerationRun

Rows = list[tuple[Any, ...]]


@dataclass
class Timings:
    """Seconds by phase, in the order they ran."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str, announcement: str) -> Iterator[None]:
        began = time.perf_counter()
        with diagnostics.status(announcement):
            yield
        self.seconds[name] = time.perf_counter() - began
        if diagnostics.is_terminal():
            diagnostics.say(f"{announcement}: {self.seconds[name]:.1f} s")


def run_demo(total_rows: int) -> None:
    """Start a stack in a scratch home, fill both warehouses with ``total_rows`` rows, query them, clean up.

    Raises:
        DwSimulatorError: a part failed; nothing stays behind in any case.
    """
    from dw_simulator.config.settings import load_settings
    from dw_simulator.stack import control
    from dw_simulator.stack.supervisor import StackPlan

    home = Path(tempfile.mkdtemp(prefix="dw-sim-demo-"))
    home.chmod(0o755)
    timings = Timings()
    try:
        plan = StackPlan(("s3", "snowflake", "redshift", "api"), port_base=0)
        with timings.phase("start", "starting S3, Redshift, Snowflake and the API"):
            control.start_detached(load_settings({"home": home}, use_running_stack=False), plan, lambda _service: None)
        settings = load_settings({"home": home})
        diagnostics.say(f"web UI, as long as the demo runs: {connect.ui_address(settings)}")
        _show(settings, total_rows, timings)
        with timings.phase("stop", "stopping the stack"):
            control.stop(load_settings({"home": home}, use_running_stack=False))
    finally:
        control.stop(load_settings({"home": home}, use_running_stack=False))
        shutil.rmtree(home)
    _print_timings(timings, total_rows)
    _print_next_steps()


def _show(settings: Settings, total_rows: int, timings: Timings) -> None:
    from dw_simulator.experiments import ExperimentService

    with closing(ExperimentService(settings)) as service:
        chosen = experiments(total_rows)
        with timings.phase("import", "importing the TICKIT (Redshift) and shop (Snowflake) DDL"):
            for experiment in chosen:
                _import(service, experiment)
        with timings.phase("generate", f"generating {total_rows:,} rows and staging them as Parquet"):
            runs = [service.generate(experiment.name, rows=experiment.rows) for experiment in chosen]
        with timings.phase("load", "loading Redshift (COPY) and Snowflake (COPY INTO)"):
            for experiment in chosen:
                _load(service, experiment)
        counts = {experiment.name: _row_counts(service, experiment) for experiment in chosen}
    _print_row_counts(runs, counts)
    with timings.phase("query", "querying through redshift_connector and snowflake-connector-python"):
        shown = [_answers(settings, experiment) for experiment in chosen]
    for answers in shown:
        for query, warehouse, columns, rows, seconds in answers:
            title = f"{query.title}  [{warehouse}, {seconds * 1000:.0f} ms]"
            output.print_table(columns, rows, title=title)
            output.print_text("")


def _import(service: ExperimentService, experiment: DemoExperiment) -> None:
    from dw_simulator.schema import Dialect, Warehouse

    service.import_sql(
        example_text(experiment.file),
        dialect=Dialect(experiment.dialect),
        name=experiment.name,
        surrogate_key=False,
        target_warehouse=[Warehouse.REDSHIFT, Warehouse.SNOWFLAKE],
    )


def _load(service: ExperimentService, experiment: DemoExperiment) -> None:
    report = service.load(experiment.name)
    if report.errors:
        raise report.errors[0]


def _row_counts(service: ExperimentService, experiment: DemoExperiment) -> dict[str, Mapping[str, int]]:
    from dw_simulator.schema import Warehouse

    return {
        warehouse: service.row_counts(experiment.name, warehouse)
        for warehouse in (Warehouse.REDSHIFT, Warehouse.SNOWFLAKE)
    }


# --- queries, through the drivers themselves ----------------------------------------------------------------------
Answer = tuple[DemoQuery, str, list[str], Rows, float]


def _answers(settings: Settings, experiment: DemoExperiment) -> list[Answer]:
    connections: tuple[tuple[str, Callable[[], Any]], ...] = (
        ("Redshift", lambda: _connect_redshift(settings, experiment.name)),
        ("Snowflake", lambda: _connect_snowflake(settings, experiment.name)),
    )
    found: list[Answer] = []
    for warehouse, open_connection in connections:
        with closing(open_connection()) as connection, closing(connection.cursor()) as cursor:
            for query in experiment.queries:
                began = time.perf_counter()
                cursor.execute(query.sql)
                rows = [tuple(row) for row in cursor.fetchall()]
                seconds = time.perf_counter() - began
                columns = [column[0].lower() for column in cursor.description]
                found.append((query, warehouse, columns, rows, seconds))
    return sorted(found, key=lambda answer: experiment.queries.index(answer[0]))


def _connect_redshift(settings: Settings, experiment: str) -> Any:
    connection = connect.redshift_connection(settings)
    with closing(connection.cursor()) as cursor:
        cursor.execute(f"set search_path to {experiment}")
    return connection


def _connect_snowflake(settings: Settings, experiment: str) -> Any:
    return connect.snowflake_connection(settings, database=experiment.upper(), schema="PUBLIC")


# --- what is printed ----------------------------------------------------------------------------------------------
def _print_row_counts(runs: list[GenerationRun], counts: Mapping[str, Mapping[str, Mapping[str, int]]]) -> None:
    rows: list[tuple[object, ...]] = []
    for run in runs:
        for table, generated in run.row_counts.items():
            loaded = [by_table.get(table) for by_table in counts[run.experiment].values()]
            rows.append((run.experiment, table, generated, *loaded))
    totals = [sum(row[place] for row in rows if isinstance(row[place], int)) for place in (2, 3, 4)]  # type: ignore[misc]
    rows.append(("all", "", *totals))
    output.print_table(("experiment", "table", "generated", "in Redshift", "in Snowflake"), rows, title="Row counts")
    output.print_text("")


def _print_timings(timings: Timings, total_rows: int) -> None:
    filling = sum(timings.seconds[name] for name in ("generate", "load"))
    rows = [(name, f"{seconds:.2f}") for name, seconds in timings.seconds.items()]
    output.print_table(("phase", "seconds"), rows, title="Time")
    output.print_text(f"\n{total_rows:,} rows generated, staged and loaded into both warehouses in {filling:.1f} s\n")


def _print_next_steps() -> None:
    output.print_text(
        "The demo's stack is gone. For one that stays, with your own schema:\n\n"
        "  dw-sim up --detach\n"
        "  dw-sim experiment import-sql my_schema.sql --dialect redshift\n"
        "  dw-sim experiment generate my_schema --rows customers=50000 --load\n"
        '  dw-sim query "select count(*) from customers" --warehouse redshift --experiment my_schema\n\n'
        "`dw-sim up` prints how to connect with psql, redshift_connector, snowflake.connector and boto3, and the\n"
        "address of the web UI, http://127.0.0.1:8000/, in which all this is to be seen and done as well."
    )
