"""`dw-sim metrics`: what the services of the running stack measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dw_simulator.cli.context import invocation
from dw_simulator.cli.output import JsonOption, print_json, print_table, print_text

if TYPE_CHECKING:
    from dw_simulator.stack.measurements import Sample, Target

OURS = "dw_simulator_"

app = typer.Typer(help="What the services of the running stack measure.")


@app.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    everything: Annotated[
        bool, typer.Option("--all", help="Print those of the processes and those that are 0 too.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Print the present values of every service's metrics, histograms as count and sum."""
    if context.invoked_subcommand is not None:
        return
    from dw_simulator.stack import measurements

    found = [
        (target.service, sample)
        for target in _targets(context)
        for sample in measurements.samples(measurements.scrape(target))
        if everything or (sample.name.startswith(OURS) and sample.value)
    ]
    if as_json:
        documents = [
            {"service": service, "name": sample.name, "labels": sample.labels, "value": sample.value}
            for service, sample in found
        ]
        print_json({"metrics": documents})
    else:
        print_table(("service", "metric", "labels", "value"), [_row(service, sample) for service, sample in found])


def _row(service: str, sample: Sample) -> tuple[object, ...]:
    labels = ", ".join(f"{name}={value}" for name, value in sample.labels.items() if name != "service")
    if sample.labels.get("service", service) != service:
        labels = ", ".join(filter(None, (f"service={sample.labels['service']}", labels)))
    value = int(sample.value) if sample.value.is_integer() else round(sample.value, 6)
    return service, sample.name, labels, value


@app.command("prometheus-config")
def prometheus_config(
    context: typer.Context,
    interval: Annotated[str, typer.Option(help="How often Prometheus collects.", metavar="DURATION")] = "15s",
) -> None:
    """Print a prometheus.yml for the running stack, with its ports and the path of the rules and alerts."""
    from dw_simulator.stack import measurements

    print_text(measurements.prometheus_config(_targets(context), interval=interval))


def _targets(context: typer.Context) -> list[Target]:
    from dw_simulator.errors import StackError
    from dw_simulator.stack import control, measurements

    settings = invocation(context).settings(use_running_stack=False)
    record = control.running_record(settings)
    if record is None:
        raise StackError("no stack is running", hint="start it with: dw-sim up --detach")
    return measurements.targets(record.services, settings.tls_dir / "ca.pem" if settings.tls.enabled else None)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="metrics", rich_help_panel="Stack")
