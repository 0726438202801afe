"""One supervised service: a process that is started, watched, restarted when it ends by itself, and stopped."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import os
import re
import signal
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dw_simulator.config.trust import stack_context
from dw_simulator.errors import ConfigError
from dw_simulator.observability.logs import readable_from_json
from dw_simulator.stack import health, processes
from dw_simulator.stack.ports import Address
from dw_simulator.stack.spawn import Child, spawn
from dw_simulator.stack.state import ServiceStatus, State

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings

log = logging.getLogger(__name__)

HealthCheck = Callable[[str, Address], Awaitable[bool]]


KEPT_LINES = 15
"""Lines of the present process that are kept to show why it did not start."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds, and counts, that rule a service's life."""

    start: float = 90.0
    stop: float = 15.0
    sweep: float = 3.0
    first_check: float = 0.03
    check_interval: float = 5.0
    check_limit: float = 10.0
    missed_checks: int = 6
    back_off_first: float = 0.1
    back_off_most: float = 10.0
    settled_after: float = 30.0
    quick_ends: int = 8


@dataclass(slots=True)
class BackOff:
    """How long to wait before the next start: twice as long each time, until a life lasted long enough."""

    limits: Limits
    quick_ends: int = 0

    def next_delay(self, lived: float) -> float | None:
        """Seconds to wait after a life of ``lived`` seconds; None when it is time to give up."""
        self.quick_ends = 1 if lived >= self.limits.settled_after else self.quick_ends + 1
        if self.quick_ends > self.limits.quick_ends:
            return None
        return float(min(self.limits.back_off_most, self.limits.back_off_first * 2 ** (self.quick_ends - 1)))


def wire_check(ca_file: Path | None = None) -> HealthCheck:
    """Asks a service over its own wire; over TLS if a CA is given, which is read each time: it may be replaced."""

    async def check(service: str, address: Address) -> bool:
        try:
            tls = None if ca_file is None else stack_context(ca_file)
        except ConfigError as error:
            log.warning("%s cannot be checked: %s", service, error)
            return False
        return await health.is_healthy(service, address, limit=Limits().check_limit, tls=tls)

    return check


@dataclass(eq=False)
class ManagedService:
    """A service and its process.

    ``on_change`` is called after each change of ``state`` or ``pid``, ``on_line`` for each line the process writes.
    ``first_start`` is done when the service answered for the first time (True) or failed to get so far (False).
    """

    name: str
    address: Address
    command: list[str]
    environment: Mapping[str, str]
    folder: Path
    on_change: Callable[[ManagedService], None]
    on_line: Callable[[str, bytes], None]
    limits: Limits = field(default_factory=Limits)
    check: HealthCheck = field(default_factory=wire_check)
    state: State = State.STARTING
    reason: str = ""
    restarts: int = 0
    last_error: str | None = None
    started_at: str | None = None
    last_lines: deque[bytes] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))
    _unwell: str = ""
    _child: Child | None = None
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.first_start: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    @property
    def status(self) -> ServiceStatus:
        pid = self._child.pid if self._child is not None and self._child.is_alive else None
        started_at = self.started_at if pid is not None else None
        address = self.address
        return ServiceStatus(
            name=self.name,
            state=self.state,
            host=address.host,
            port=address.port,
            pid=pid,
            started_at=started_at,
            restarts=self.restarts,
            last_error=self.last_error,
            metrics_port=address.metrics_port,
        )

    def start(self) -> None:
        """Start the process, for the first time or after `stop`."""
        self._stop.clear()
        if self.first_start.done():
            self.first_start = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._live(), name=f"supervise {self.name}")

    async def stop(self) -> None:
        """Ask the process to stop and wait until it has; SIGKILL its group if it takes longer than the limit."""
        self._stop.set()
        await self._end_process(signal.SIGTERM)
        if self._task is not None:
            await self._task

    def kill(self) -> None:
        """End the process and its children at once."""
        self._stop.set()
        if self._child is not None and self._child.is_alive:
            processes.send_group(self._child.pid, signal.SIGKILL)

    # --- the life cycle --------------------------------------------------------------------------------------
    async def _live(self) -> None:
        back_off = BackOff(self.limits)
        loop = asyncio.get_running_loop()
        try:
            while not self._stop.is_set():
                born = loop.time()
                self.reason = await self._one_life()
                if self._stop.is_set():
                    break
                self.last_error = f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S} UTC: {self._why()}"
                if not self.first_start.done():
                    self._change(State.FAILED)
                    return
                delay = back_off.next_delay(loop.time() - born)
                if delay is None:
                    log.error("%s ended %d times in a row: giving up", self.name, self.limits.quick_ends + 1)
                    self._change(State.FAILED)
                    return
                log.warning("%s %s: restarting in %.1f s", self.name, self.reason, delay)
                self._change(State.RESTARTING)
                await self._stopping_within(delay)
                self.restarts += 1
            self._change(State.STOPPED)
        finally:
            if not self.first_start.done():
                self.first_start.set_result(False)

    async def _one_life(self) -> str:
        """From start to end of one process; returns why it ended."""
        self._unwell = ""
        self.last_lines.clear()
        try:
            child = await spawn(self.command, environment=self.environment, folder=self.folder, on_line=self._keep_line)
        except OSError as error:
            return f"cannot be started: {error}"
        self._child = child
        self.started_at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        self._change(State.RESTARTING if self.first_start.done() else State.STARTING)
        watch = asyncio.create_task(self._watch_health())
        try:
            code = await child.wait()
        finally:
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch
            await self._sweep_group(child.pid)
            await child.close()
        return self._unwell or _how_it_ended(code)

    async def _watch_health(self) -> None:
        """Wait for the first answer, then ask again and again; end the process when it is unwell."""
        if not await self._answers_in_time():
            self._unwell = f"did not answer within {self.limits.start:.0f} s of its start"
            await self._end_process(signal.SIGTERM)
            return
        self._change(State.RUNNING)
        if not self.first_start.done():
            self.first_start.set_result(True)
        missed = 0
        while missed < self.limits.missed_checks:
            await asyncio.sleep(self.limits.check_interval)
            missed = 0 if await self.check(self.name, self.address) else missed + 1
        self._unwell = f"did not answer {missed} health checks in a row"
        await self._end_process(signal.SIGTERM)

    async def _answers_in_time(self) -> bool:
        pause = self.limits.first_check
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.limits.start):
                while not await self.check(self.name, self.address):
                    await asyncio.sleep(pause)
                    pause = min(pause * 1.2, 0.5)
                return True
        return False

    async def _end_process(self, number: signal.Signals) -> None:
        child = self._child
        if child is None or not child.is_alive:
            return
        processes.send(child.pid, number)
        try:
            await asyncio.wait_for(child.wait(), self.limits.stop)
        except TimeoutError:
            log.warning("%s did not stop within %.0f s: killing it", self.name, self.limits.stop)
            processes.send_group(child.pid, signal.SIGKILL)
            await child.wait()

    async def _sweep_group(self, pid: int) -> None:
        """End what a service that ended left behind in its process group, so that it holds neither port nor output."""
        processes.send_group(pid, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.limits.sweep):
                while processes.group_exists(pid):
                    await asyncio.sleep(0.02)
                return
        processes.send_group(pid, signal.SIGKILL)

    def _why(self) -> str:
        """Why the process ended, with the last error it wrote."""
        said = [readable_from_json(line.decode(errors="replace")) for line in self.last_lines]
        errors = [line for line in said if re.search(r"\berror\b", line)]
        return f"{self.reason}: {errors[-1].strip()}" if errors else self.reason

    def _keep_line(self, line: bytes) -> None:
        self.last_lines.append(line)
        self.on_line(self.name, line)

    async def _stopping_within(self, delay: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), delay)

    def _change(self, state: State) -> None:
        self.state = state
        self.on_change(self)


def _how_it_ended(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def service_command(name: str, home: Path) -> list[str]:
    """The command line of a supervised service. ``-P`` keeps the current folder out of the module search path."""
    return [sys.executable, "-P", "-m", "dw_simulator", "--home", str(home), "serve", "--supervised", name]


def service_environment(service: str, settings: Settings, addresses: Mapping[str, Address]) -> dict[str, str]:
    """The environment of a service of a stack: all of them read the same files and know all addresses.

    Each has a name of its own in traces, and answers requests of many: the trace in which the stack was started is not
    handed on.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in ("TRACEPARENT", "TRACESTATE")}
    environment = {**inherited, **settings.file_variables}
    for name, address in addresses.items():
        environment[f"DW_SIMULATOR_{name.upper()}_HOST"] = address.host
        environment[f"DW_SIMULATOR_{name.upper()}_PORT"] = str(address.port)
        if address.metrics_port is not None:
            environment[f"DW_SIMULATOR_{name.upper()}_METRICS_PORT"] = str(address.metrics_port)
    if common := environment.get("OTEL_SERVICE_NAME"):
        environment["OTEL_SERVICE_NAME"] = f"{common}-{service}"
    if settings.tls.enabled:
        environment["DW_SIMULATOR_TLS_ENABLED"] = "true"
        environment["DW_SIMULATOR_TLS_FOLDER"] = str(settings.tls_dir)
    environment["DW_SIMULATOR_LOG_FORMAT"] = "json"
    environment["PYTHONUNBUFFERED"] = "1"
    environment.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # they would be looked for among all packages
    return environment
