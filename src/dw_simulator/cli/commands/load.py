"""`dw-sim load`: the loader job, once or as the service data-loader-utility."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from dw_simulator.cli import diagnostics, views
from dw_simulator.cli.commands.experiment import PANEL, service, warehouses
from dw_simulator.cli.context import invocation
from dw_simulator.cli.guard import YesOption, guard
from dw_simulator.cli.options import WarehousesOption, complete_experiment
from dw_simulator.cli.output import JsonOption, print_json, print_json_line, print_text

if TYPE_CHECKING:
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
    with _opened(context, watch) as experiments:
        from dw_simulator.experiments.load_job import LoadJob, LoadPlan
        from dw_simulator.loader import Prefix

        place = Prefix.parse(prefix, experiment, table) if prefix is not None else None
        wants_runs = runs if runs is not None else watch or place is None
        plan = LoadPlan(tuple(names or ()), warehouses(target_warehouse), wants_runs, place)
        printer = _Printer(as_json=as_json, watching=watch)
        job = LoadJob(experiments, plan, watching=watch, guard=guard(yes), report=printer.item, on_retry=printer.retry)
        try:
            if watch:
                _watch(job, plan, printer, experiments.settings.loader.poll_seconds)
            else:
                printer.end(job.run_pass())
        finally:
            job.close()
    if printer.failure is not None and not watch:
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
    set_up_tracing("loader", endpoint=settings.tracing.endpoint, sample_ratio=settings.tracing.sample_ratio)
    try:
        with contextlib.closing(ExperimentService(settings)) as opened:
            yield opened
    finally:
        shut_down_tracing()


def _watch(job: LoadJob, plan: LoadPlan, printer: _Printer, poll_seconds: float) -> None:
    """Pass after pass until ctrl-C or SIGTERM, which roll back what runs: the next start loads it."""
    from dw_simulator.errors import DwSimulatorError
    from dw_simulator.observability import tracing

    where = f" and {plan.prefix.uri}" if plan.prefix is not None and plan.runs else ""
    what = "completed runs" if plan.runs else plan.prefix.uri if plan.prefix is not None else "nothing"
    diagnostics.say(f"watching {what}{where}; stop with ctrl-C")
    try:
        while True:
            try:
                with tracing.span("load pass", kind="consumer"):  # a trace of its own: watching goes on for days
                    totals = job.run_pass()
                printer.passed(totals)
            except DwSimulatorError as error:
                printer.trouble(error)
            time.sleep(poll_seconds)
    except KeyboardInterrupt:
        diagnostics.say("stopped")
    printer.stopped()


class _Printer:
    """Prints what a loader does: a table or document at the end, or as a watcher line by line."""

    def __init__(self, *, as_json: bool, watching: bool) -> None:
        self._as_json = as_json
        self._watching = watching
        self._items: list[LoadItem] = []
        self._trouble = ""
        self._sum: Totals | None = None
        self.failure: int | None = None

    def item(self, item: LoadItem) -> None:
        """May be called by any thread."""
        if item.error is not None and item.state == "failed" and self.failure is None:
            self.failure = item.error.exit_code
        if not self._watching:
            self._items.append(item)
        elif self._as_json:
            print_json_line({"event": item.state, **views.load_item(item)})
        else:
            print_text(views.load_line(item))

    def retry(self, notice: RetryNotice) -> None:
        if self._watching and self._as_json:
            print_json_line({"event": "retry", **views.load_retry(notice)})
        else:
            diagnostics.warn(f"{notice.error}; trying again in {notice.seconds:.1f} s")

    def end(self, totals: Totals) -> None:
        if self._as_json:
            print_json({"items": [views.load_item(item) for item in self._items], "totals": views.load_totals(totals)})
            return
        views.print_load_items(self._items)
        diagnostics.say(views.load_totals_line(totals))
        if self._items and totals.failed:
            diagnostics.warn_all(dict.fromkeys(item.reason for item in self._items if item.state == "failed"))

    def passed(self, totals: Totals) -> None:
        self._trouble = ""
        self._sum = totals if self._sum is None else self._sum + totals

    def trouble(self, error: Exception) -> None:
        """Something is wrong with all of it; said once for as long as it stays the same."""
        if str(error) != self._trouble:
            self._trouble = str(error)
            if self._as_json:
                print_json_line({"event": "trouble", "reason": str(error)})
            diagnostics.warn(str(error))

    def stopped(self) -> None:
        from dw_simulator.experiments.load_items import Totals

        if self._as_json:
            print_json_line({"event": "stopped", **views.load_totals(self._sum or Totals())})


def register(app: typer.Typer) -> None:
    app.command("load", rich_help_panel=PANEL)(load)
