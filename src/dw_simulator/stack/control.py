"""What the commands do with a stack from outside: start it detached, look at it, stop it, empty it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from dw_simulator.errors import StackError
from dw_simulator.stack import logs, processes, requests, state
from dw_simulator.stack.supervisor import Observer, StackPlan, Supervisor, repair

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings

STOP_LIMIT = 60.0
"""Seconds the supervisor may take to stop everything before it is killed; its services then end by themselves."""

STATE_ENTRIES = ("s3", "redshift", "snowflake", "api", "sqlite", "staging", "logs")
"""Folders of a home that `dw-sim reset` deletes. The run folder stays: it holds the lock."""


# --- looking ------------------------------------------------------------------------------------------------------
def services(settings: Settings) -> list[state.ServiceStatus]:
    """The services of the stack of this home; all of them stopped, at their settings' addresses, if none runs."""
    record = running_record(settings)
    if record is not None:
        return list(record.services)
    from dw_simulator.config.settings import SERVICE_NAMES

    return [
        state.ServiceStatus(name, state.State.STOPPED, settings.service(name).host, settings.service(name).port)
        for name in SERVICE_NAMES
    ]


def running_record(settings: Settings) -> state.StackRecord | None:
    """What the supervisor of this home wrote down; None if none runs."""
    return state.read_record(settings) if state.supervisor_pid(settings) is not None else None


def restart(settings: Settings, services: Sequence[str] = ()) -> None:
    """Stop services of the running stack (all, if none is named) and start them again at their addresses.

    Raises:
        StackError: no stack runs, it has no such service, or one did not start.
    """
    requests.ask(settings, requests.Action.RESTART, tuple(services))


@contextlib.contextmanager
def on_hold(settings: Settings) -> Iterator[bool]:
    """Keep all services stopped for a while; True if a stack was running. Without one, none can be started meanwhile.

    Raises:
        StackError: a service runs without a supervisor, or the services did not stop or did not start again.
    """
    with state.services_lock(settings, alone=True):
        if state.supervisor_pid(settings) is None:
            with state.StackLock(settings):
                repair(settings)
                yield False
            return
        requests.ask(settings, requests.Action.HOLD)
        try:
            yield True
        finally:
            requests.ask(settings, requests.Action.RESUME)


# --- starting -----------------------------------------------------------------------------------------------------
def run_foreground(settings: Settings, plan: StackPlan, observer: Observer) -> None:
    """Run a supervisor in this process until it is told to stop.

    Raises:
        StackError: another stack runs in this home, a port is in use, or a service did not start.
    """
    asyncio.run(Supervisor(settings, plan, observer).run())


class Reporter(Observer):
    """Tells the process that waits for a detached supervisor what happens, as JSON lines on a pipe."""

    def __init__(self, pipe: IO[str]) -> None:
        self._pipe = pipe

    def changed(self, service: state.ServiceStatus) -> None:
        self._send({"changed": service.as_dict()})

    def ready(self, services: Sequence[state.ServiceStatus]) -> None:
        self._send({"ready": [service.as_dict() for service in services]})
        self._pipe.close()

    def failed(self, error: StackError) -> None:
        self._send({"failed": {"message": error.message, "hint": error.hint}})

    def _send(self, event: dict[str, object]) -> None:
        if self._pipe.closed:
            return
        try:
            self._pipe.write(json.dumps(event) + "\n")
            self._pipe.flush()
        except BrokenPipeError:
            self._pipe.close()


def start_detached(
    settings: Settings, plan: StackPlan, on_change: Callable[[state.ServiceStatus], None]
) -> list[state.ServiceStatus]:
    """Start a supervisor that outlives this process; returns when all services answer.

    Raises:
        StackError: as `run_foreground`; nothing is left running.
    """
    if (pid := state.supervisor_pid(settings)) is not None:
        raise state.already_running(settings.home, pid)
    process, events = _spawn_supervisor(settings, plan)
    try:
        with events:
            services = _await_ready(events, on_change, settings)
    except BaseException:
        processes.end([process.pid], limit=STOP_LIMIT)
        process.wait()
        raise
    process.returncode = 0  # it outlives us: nobody is to wait for it, and Popen not to warn of that
    return services


def _spawn_supervisor(settings: Settings, plan: StackPlan) -> tuple[subprocess.Popen[bytes], IO[str]]:
    path = logs.log_path(settings.log_dir, logs.SUPERVISOR)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        output = path.open("ab")
    except OSError as error:
        raise StackError(
            f"cannot write in {path.parent}: {error.strerror}",
            hint="choose a home folder you can write in, with --home or DW_SIMULATOR_HOME",
        ) from error
    reading, writing = os.pipe()
    command = [sys.executable, "-P", "-m", "dw_simulator", "--home", str(settings.home), "up"]
    command += [f"--service={name}" for name in plan.services]
    command += [f"--port-base={plan.port_base}"] if plan.port_base is not None else []
    command += [f"--report-fd={writing}"]
    with output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **settings.file_variables},
            pass_fds=(writing,),
            cwd="/",
            start_new_session=True,
        )
    os.close(writing)
    return process, os.fdopen(reading)


def _await_ready(
    events: IO[str], on_change: Callable[[state.ServiceStatus], None], settings: Settings
) -> list[state.ServiceStatus]:
    for line in events:
        event = json.loads(line)
        if "changed" in event:
            on_change(state.status_from(event["changed"]))
        elif "ready" in event:
            return [state.status_from(entry) for entry in event["ready"]]
        elif "failed" in event:
            raise StackError(event["failed"]["message"], hint=event["failed"]["hint"])
    said = "".join(f"\n  {line}" for line in logs.tail(logs.log_path(settings.log_dir, logs.SUPERVISOR), 5))
    raise StackError(f"the supervisor ended before the stack was up{said}")


# --- stopping and emptying ----------------------------------------------------------------------------------------
def stop(settings: Settings) -> bool:
    """Stop the stack of this home and wait until it is down; False if none was running.

    What a killed supervisor left behind is ended too.
    """
    pid = state.supervisor_pid(settings)
    if pid is None:
        return _stop_leftovers(settings)
    processes.send(pid, signal.SIGTERM)
    if not processes.wait_gone([pid], limit=STOP_LIMIT):
        processes.send(pid, signal.SIGKILL)
        processes.wait_gone([pid], limit=STOP_LIMIT)
    _stop_leftovers(settings)
    return True


def _stop_leftovers(settings: Settings) -> bool:
    if not state.record_path(settings).exists() and not processes.services_of(settings.home):
        return False
    with state.StackLock(settings):
        return bool(repair(settings))


def state_entries(settings: Settings) -> list[Path]:
    """What `reset` deletes: only what this program made, never the home folder itself."""
    known = [settings.home / name for name in STATE_ENTRIES]
    database = settings.metadata_path
    known += [database, *(database.with_name(database.name + suffix) for suffix in ("-wal", "-shm", "-journal"))]
    known.append(settings.home / "version.json")
    return [path for path in known if path.exists()]


def reset(settings: Settings) -> list[Path]:
    """Stop the stack and delete all of its state; returns what was deleted.

    Raises:
        StackError: a stack was started meanwhile, or something cannot be deleted.
    """
    stop(settings)
    found = state_entries(settings)
    if not found:
        return []
    with state.StackLock(settings):
        for path in found:
            _delete(path)
    return found


def _delete(path: Path) -> None:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise StackError(f"cannot delete {error.filename or path}: {error.strerror}") from error
