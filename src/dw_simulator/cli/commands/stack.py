"""`dw-sim up`, `status`, `open`, `down`, `reset`, `logs`: the local stack as one thing."""

from __future__ import annotations

import datetime as dt
import io
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from dw_simulator.cli import diagnostics
from dw_simulator.cli.commands.serve import ServiceName
from dw_simulator.cli.confirm import confirm
from dw_simulator.cli.context import invocation
from dw_simulator.cli.guard import YesOption
from dw_simulator.cli.output import JsonOption, print_json, print_table, print_text

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings
    from dw_simulator.stack.state import ServiceStatus, StackRecord
    from dw_simulator.stack.supervisor import StackPlan

PANEL = "Stack"
COLOURS = {"s3": "33", "redshift": "31", "snowflake": "36", "api": "35", "stack": "32"}
"""ANSI colours of the service names in a log stream."""

ServicesOption = Annotated[
    list[ServiceName] | None, typer.Option("--service", help="Start only this service; give it again for more.")
]


def up(
    context: typer.Context,
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Return when all services answer.")] = False,
    port_base: Annotated[
        int | None,
        typer.Option(
            "--port-base",
            metavar="N",
            help="Listen on N (s3), N+1 (snowflake), N+2 (redshift), N+3 (api), N+4 (metrics); 0: free ports.",
        ),
    ] = None,
    service: ServicesOption = None,
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay and print the services' logs until ctrl-C (the default).")
    ] = False,
    report_fd: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Start the local stack: S3, Redshift, Snowflake and the API, and keep it running."""
    if detach and foreground:
        raise typer.BadParameter("choose one of --detach and --foreground")
    from dw_simulator.stack.supervisor import StackPlan

    settings = invocation(context).settings(use_running_stack=False)
    names = tuple(dict.fromkeys(item.value for item in service or list(ServiceName)))
    plan = StackPlan(services=names, port_base=port_base)
    if report_fd is not None:
        _supervise(settings, plan, report_fd)
    elif detach:
        _start_detached(settings, plan)
    else:
        _run_here(settings, plan)


def _supervise(settings: Settings, plan: StackPlan, report_fd: int) -> None:
    """Be the supervisor that `up --detach` started."""
    from dw_simulator.errors import StackError
    from dw_simulator.observability.logs import set_up_logging
    from dw_simulator.stack import control

    set_up_logging("stack", level=settings.log.level, form=settings.log.format)
    with os.fdopen(report_fd, "w") as pipe:
        reporter = control.Reporter(pipe)
        try:
            control.run_foreground(settings, plan, reporter)
        except StackError as error:
            reporter.failed(error)
            raise
        except OSError as error:
            reporter.failed(StackError(diagnostics.os_error_text(error)))
            raise


def _start_detached(settings: Settings, plan: StackPlan) -> None:
    from dw_simulator.stack import control

    began = time.monotonic()
    with _progress() as show:
        services = control.start_detached(settings, plan, show)
    diagnostics.say(f"the stack is up ({time.monotonic() - began:.1f} s), state in {settings.home}")
    _print_connections(settings, services)
    diagnostics.say("\nstop it with: dw-sim down")


@contextmanager
def _progress() -> Iterator[Callable[[ServiceStatus], None]]:
    """Shows each service's state while the stack starts: a live line on a terminal, one line a change otherwise."""
    if not diagnostics.is_terminal():
        yield lambda service: diagnostics.say(f"{service.name} is {service.state} ({service.host}:{service.port})")
        return
    states: dict[str, str] = {}
    with diagnostics.console().status("starting") as spinner:

        def show(service: ServiceStatus) -> None:
            states[service.name] = service.state
            spinner.update("starting: " + ", ".join(f"{name} {state}" for name, state in states.items()))

        yield show


def _run_here(settings: Settings, plan: StackPlan) -> None:
    from dw_simulator.observability.logs import set_up_logging
    from dw_simulator.stack import control
    from dw_simulator.stack.supervisor import Observer

    class Terminal(Observer):
        def changed(self, service: ServiceStatus) -> None:
            _print_log_line("stack", f"{service.name} is {service.state} ({service.host}:{service.port})")

        def line(self, service: str, line: bytes) -> None:
            _print_log_line(service, line.decode(errors="replace"))

        def ready(self, services: Sequence[ServiceStatus]) -> None:
            _print_connections(settings, services)
            diagnostics.say("\nctrl-C stops the stack")

    set_up_logging("stack", level=settings.log.level, form="text", stream=_LogStream())
    control.run_foreground(settings, plan, Terminal())
    diagnostics.say("the stack is stopped")


class _LogStream(io.TextIOBase):
    """Puts the supervisor's own log lines among those of the services."""

    def write(self, text: str) -> int:
        for line in text.splitlines():
            _print_log_line("stack", line)
        return len(text)


def _print_connections(settings: Settings, services: Sequence[ServiceStatus]) -> None:
    from dw_simulator.stack import connect

    for service in services:
        target = settings.service(service.name)
        target.host, target.port = service.host, service.port
    names = [service.name for service in services]
    print_text("\n" + connect.as_text(connect.snippets(settings, names, brief=True)))
    if any(service.name == "api" for service in services):
        _print_ui(settings)


def _print_ui(settings: Settings) -> None:
    """The address of the web UI; with its token only to a terminal, which keeps no log."""
    from dw_simulator.stack import connect

    print_text(f"\n# Web UI\n{connect.ui_address(settings, with_token=sys.stdout.isatty())}")


def _print_log_line(service: str, line: str) -> None:
    from dw_simulator.observability.logs import readable_from_json

    name = f"{service:<9} |"
    if sys.stdout.isatty():
        name = f"\x1b[{COLOURS.get(service, '37')}m{name}\x1b[0m"
    for part in readable_from_json(line).splitlines() or [""]:
        sys.stdout.write(f"{name} {part}\n")
    sys.stdout.flush()


def status(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show the services of the stack. Exits with 0 if all of them run, else with 10."""
    from dw_simulator.stack import control, processes
    from dw_simulator.stack.state import all_running

    settings = invocation(context).settings(use_running_stack=False)
    services = control.services(settings)
    memory = {service.name: processes.memory_of(service.pid) if service.pid else None for service in services}
    if as_json:
        print_json({"services": [{**service.as_dict(), "memory_bytes": memory[service.name]} for service in services]})
    else:
        _print_status(settings, services, memory)
        _warn_of_other_version(control.running_record(settings))
    if not all_running(services):
        raise typer.Exit(diagnostics.EXIT_STACK)


def _print_status(settings: Settings, services: Sequence[ServiceStatus], memory: dict[str, int | None]) -> None:
    rows = []
    for s in services:
        used = memory[s.name]
        shown = f"{used / 2**20:.0f} MB" if used else None
        rows.append(
            (s.name, s.state, f"{s.host}:{s.port}", s.pid and str(s.pid), _since(s.started_at), shown, s.restarts)
        )
    print_table(("service", "state", "address", "pid", "up for", "memory", "restarts"), rows)
    for service in services:
        if service.last_error:
            diagnostics.say(f"{service.name} ended last at {service.last_error}")
    for service in services:
        if service.name == "api" and service.pid is not None:
            diagnostics.say(f"web UI: {_ui_address_of(settings, service)}")


def _ui_address_of(settings: Settings, service: ServiceStatus) -> str:
    from dw_simulator.stack import connect

    settings.api.host, settings.api.port = service.host, service.port
    return connect.ui_address(settings)


def open_ui(context: typer.Context) -> None:
    """Open the web UI of the running stack in the browser."""
    import webbrowser

    from dw_simulator.errors import StackError
    from dw_simulator.stack import control

    settings = invocation(context).settings(use_running_stack=False)
    running = [service for service in control.services(settings) if service.name == "api" and service.pid is not None]
    if not running:
        raise StackError("no stack with an API is running", hint="start one with: dw-sim up --detach")
    address = _ui_address_of(settings, running[0])
    if not webbrowser.open(address):
        raise StackError("there is no browser that could be opened here", hint=f"open this address in one: {address}")
    diagnostics.say(f"opened {address}")


def _since(started_at: str | None) -> str | None:
    if started_at is None:
        return None
    seconds = max(0, int((dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(started_at)).total_seconds()))
    days, rest = divmod(seconds, 86_400)
    if days:
        return f"{days} d {rest // 3600} h"
    return f"{rest // 3600} h {rest % 3600 // 60} min" if rest >= 3600 else f"{rest // 60} min {rest % 60} s"


def _warn_of_other_version(record: StackRecord | None) -> None:
    """Say that the package was upgraded under a running stack: services that restart are of the new version."""
    from importlib.metadata import version

    if record is not None and record.version not in (None, version("dw-simulator")):
        diagnostics.warn(f"the stack was started by version {record.version}: dw-sim down, then dw-sim up --detach")


def restart(
    context: typer.Context,
    services: Annotated[
        list[ServiceName] | None, typer.Argument(help="Services to restart (all).", metavar="[SERVICE]...")
    ] = None,
) -> None:
    """Restart services of the running stack, also one that has been given up. Addresses and state stay."""
    from dw_simulator.stack import control

    names = [service.value for service in services or []]
    with diagnostics.status(f"restarting {', '.join(names) or 'all services'}"):
        control.restart(invocation(context).settings(use_running_stack=False), names)
    diagnostics.say(
        f"{', '.join(names) or 'all services'} answer again" if len(names) != 1 else f"{names[0]} answers again"
    )


def down(context: typer.Context) -> None:
    """Stop the stack. Its state stays. It is no error if no stack runs."""
    from dw_simulator.stack import control

    settings = invocation(context).settings(use_running_stack=False)
    with diagnostics.status("stopping the stack"):
        stopped = control.stop(settings)
    diagnostics.say("the stack is stopped" if stopped else "no stack is running")


def reset(
    context: typer.Context,
    yes: YesOption = False,
) -> None:
    """Stop the stack and delete everything in it: objects, warehouses, experiments, logs."""
    from dw_simulator.stack import control

    settings = invocation(context).settings(use_running_stack=False)
    running = any(service.pid for service in control.services(settings))
    question = f"delete all state in {settings.home}" + (" and stop the running stack" if running else "")
    if not yes:
        confirm(question)
    if running:
        diagnostics.say("stopping the stack first")
    deleted = control.reset(settings)
    names = ", ".join(path.name for path in deleted)
    diagnostics.say(f"deleted {names} in {settings.home}" if deleted else f"there was nothing in {settings.home}")


def logs(
    context: typer.Context,
    services: Annotated[
        list[str] | None, typer.Argument(help="Services to show (all).", metavar="[SERVICE]...")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Print new lines as they come.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="Lines of each log to begin with.")] = 50,
) -> None:
    """Print what the services logged. `stack` is the supervisor itself."""
    from dw_simulator.stack import logs as files

    folder = invocation(context).settings(use_running_stack=False).log_dir
    names = _log_names(services)
    follower = files.Follower({name: files.log_path(folder, name) for name in names})
    follower.start_at_end()
    for name in names:
        for line in files.tail(files.log_path(folder, name), lines):
            _print_log_line(name, line)
    if follow:
        for name, line in follower.lines():
            _print_log_line(name, line)


def _log_names(services: list[str] | None) -> list[str]:
    known = [*(name.value for name in ServiceName), "stack"]
    for name in services or []:
        if name not in known:
            raise typer.BadParameter(f"{name!r} is not one of: {', '.join(known)}", param_hint="SERVICE")
    return services or known


def register(app: typer.Typer) -> None:
    for command in (up, status, restart, down, reset, logs):
        app.command(rich_help_panel=PANEL)(command)
    app.command("open", rich_help_panel=PANEL)(open_ui)
