"""`dw-sim load`: the loader job, once or as the service data-loader-utility."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from dw_simulator.cli import diagnostics, views
from dw_simulator.cli.commands.experiment import PANEL, service, warehouses
from dw_simulator.cli.context import invocation
from dw_simulator.cli.guard import YesOption, guard
from dw_simulator.cli.options import WarehousesOption, complete_experiment
from dw_simulator.cli.output import JsonOption, print_json, print_json_line, print_text

if TYPE_CHECKING:
    from dw_simulator.config import Settings
    from dw_simulator.experiments.load_items import LoadItem, RetryNotice, Totals
    from dw_simulator.experiments.load_job import LoadJob, LoadPlan
    from dw_simulator.experiments.service import ExperimentService


def load(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Experiments to load. [default: all]", metavar="[NAME]...", autocompletion=complete_experiment
        ),
    ] = None,
    target_warehouse: WarehousesOption = None,
    prefix: Annotated[
        str | None,
        typer.Option(
            "--prefix",
            help="Append the Parquet files under EXPERIMENT/TABLE/ of this prefix to the tables, each file once.",
            metavar="S3-URI",
        ),
    ] = None,
    experiment: Annotated[
        str | None,
        typer.Option(
            "--experiment",
            "-e",
            help="The files under the prefix are of this experiment: they are in TABLE/.",
            autocompletion=complete_experiment,
        ),
    ] = None,
    table: Annotated[
        str | None, typer.Option("--table", help="The files under the prefix are of this table of the experiment.")
    ] = None,
    runs: Annotated[
        bool | None,
        typer.Option(
            "--runs/--no-runs",
            help="Load the newest completed run of each experiment. [default: yes, but not with --prefix --once]",
            show_default=False,
        ),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch/--once", help="Stay and load what comes, until ctrl-C or SIGTERM.")
    ] = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Load what is staged and not loaded yet: completed runs, and files that others put under a prefix.

    A file or run that cannot be loaded does not keep the others out. With --json, --watch prints a line of JSON for
    each thing that happens.
    """
    if prefix is None and (experiment or table):
        raise typer.BadParameter("--experiment and --table say what the files of --prefix are", param_hint="--prefix")
    interrupts = invocation(context).interrupts
    with interrupts.catching_ctrl_c(), _opened(context, watch) as experiments:
        from dw_simulator.experiments.load_job import LoadJob, LoadPlan
        from dw_simulator.loader import Prefix

        place = Prefix.parse(prefix, experiment, table) if prefix is not None else None
        wants_runs = runs if runs is not None else watch or place is None
        plan = LoadPlan(tuple(names or ()), warehouses(target_warehouse), wants_runs, place)
        printer = _Watched(as_json) if watch else _Printer(as_json)
        job = LoadJob(
            experiments,
            plan,
            watching=watch,
            guard=guard(yes),
            report=printer.item,
            on_retry=printer.retry,
            check_stop=interrupts.check,
        )
        try:
            if isinstance(printer, _Watched):
                _watch(job, plan, printer, experiments.settings)
            else:
                printer.end(job.run_pass())
        finally:
            job.close()
    if isinstance(printer, _Printer) and printer.failure is not None:
        raise typer.Exit(printer.failure)


@contextlib.contextmanager
def _opened(context: typer.Context, watch: bool) -> Iterator[ExperimentService]:
    """The use cases. A watcher is a service: its logs and traces have its own name, and it is no single command."""
    if not watch:
        with service(context) as opened:
            yield opened
        return
    from dw_simulator.experiments.service import ExperimentService
    from dw_simulator.observability.logs import set_up_logging
    from dw_simulator.observability.tracing import set_up_tracing, shut_down_tracing

    settings = invocation(context).settings()
    set_up_logging("loader")
    logging.getLogger("snowflake.connector").setLevel(logging.ERROR)  # it tells of every statement, for days
    set_up_tracing("loader", endpoint=settings.tracing.endpoint, sample_ratio=settings.tracing.sample_ratio)
    try:
        with contextlib.closing(ExperimentService(settings)) as opened:
            yield opened
    finally:
        shut_down_tracing()


def _watch(job: LoadJob, plan: LoadPlan, events: _Watched, settings: Settings) -> None:
    """Pass after pass until ctrl-C or SIGTERM, which roll back what runs: the next start loads it."""
    from dw_simulator.errors import DwSimulatorError
    from dw_simulator.observability import tracing
    from dw_simulator.serving.metrics_server import MetricsServer
    from dw_simulator.serving.pages import Pages

    metrics, chosen = events.metrics, settings.loader
    pages = Pages(metrics.registry, settings.local_hosts, metrics.health)
    places = [*(["completed runs"] if plan.runs else []), *([plan.prefix.uri] if plan.prefix else [])]
    try:
        with MetricsServer(pages, chosen.metrics_host, chosen.metrics_port) as server:
            diagnostics.say(
                f"watching {' and '.join(places) or 'nothing'};"
                f" metrics at http://{chosen.metrics_host}:{server.port}/metrics; stop with ctrl-C"
            )
            while True:
                try:
                    with tracing.span("load pass", kind="consumer"):  # a trace of its own: watching goes on for days
                        totals = job.run_pass()
                    events.passed(totals)
                except DwSimulatorError as error:
                    events.trouble(error)
                time.sleep(chosen.poll_seconds)
    except KeyboardInterrupt:
        diagnostics.say("stopped")
    events.stopped()


class _Printer:
    """Prints what a loader did at the end: a table, or a document."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._items: list[LoadItem] = []
        self.failure: int | None = None
        """Exit code of the first failure."""

    def item(self, item: LoadItem) -> None:
        """May be called by any thread."""
        if item.error is not None and item.state == "failed" and self.failure is None:
            self.failure = item.error.exit_code
        self._items.append(item)

    def retry(self, notice: RetryNotice) -> None:
        diagnostics.warn(f"{notice.error}; trying again in {notice.seconds:.1f} s")

    def end(self, totals: Totals) -> None:
        if self._as_json:
            print_json({"items": [views.load_item(item) for item in self._items], "totals": views.load_totals(totals)})
            return
        views.print_load_items(self._items)
        diagnostics.say(views.load_totals_line(totals))
        diagnostics.warn_all(dict.fromkeys(item.reason for item in self._items if item.state == "failed"))


class _Watched:
    """Prints and counts what happens as it happens. May be called by any thread."""

    def __init__(self, as_json: bool) -> None:
        from dw_simulator.experiments.load_items import Totals
        from dw_simulator.loader.metrics import LoaderMetrics

        self._as_json = as_json
        self._trouble = ""
        self._sum = Totals()
        self._lock = threading.Lock()
        self.metrics = LoaderMetrics()

    def _print(self, event: str, fields: Mapping[str, object]) -> None:
        with self._lock:
            print_json_line({"event": event, **fields})

    def item(self, item: LoadItem) -> None:
        self.metrics.item(item.warehouse, item.state, item.rows)
        if self._as_json:
            self._print(item.state, views.load_item(item))
        else:
            print_text(views.load_line(item))

    def retry(self, notice: RetryNotice) -> None:
        self.metrics.retry(notice.warehouse)
        if self._as_json:
            self._print("retry", views.load_retry(notice))
        else:
            diagnostics.warn(f"{notice.error}; trying again in {notice.seconds:.1f} s")

    def passed(self, totals: Totals) -> None:
        self.metrics.passed(totals.seconds, totals.loaded)
        self._trouble = ""
        self._sum = self._sum + totals

    def trouble(self, error: Exception) -> None:
        """Something is wrong with all of it; said once for as long as it stays the same."""
        self.metrics.failed(str(error))
        if str(error) == self._trouble:
            return
        self._trouble = str(error)
        if self._as_json:
            self._print("trouble", {"reason": str(error)})
        diagnostics.warn(str(error))

    def stopped(self) -> None:
        if self._as_json:
            self._print("stopped", views.load_totals(self._sum))


def register(app: typer.Typer) -> None:
    app.command("load", rich_help_panel=PANEL)(load)
