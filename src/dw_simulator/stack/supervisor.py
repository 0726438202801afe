"""The supervisor of a stack: starts the services together, keeps ``stack.json`` true, stops them in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dw_simulator.errors import StackError
from dw_simulator.observability.logs import readable_from_json
from dw_simulator.stack import logs, processes, state
from dw_simulator.stack.ports import Address, Reservation, choose_addresses
from dw_simulator.stack.service import Limits, ManagedService, service_command, service_environment

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings

log = logging.getLogger(__name__)

STOP_ORDER = (("api",), ("redshift", "snowflake"), ("s3",))
"""Services of one step stop together; those that others rely on stop later."""


class Observer:
    """Who watches a supervisor: the terminal in the foreground, the waiting `dw-sim up --detach` otherwise."""

    def changed(self, service: state.ServiceStatus) -> None:
        """A service changed its state."""

    def line(self, service: str, line: bytes) -> None:
        """A service wrote a line."""

    def ready(self, services: Sequence[state.ServiceStatus]) -> None:
        """All services answer."""


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class StackPlan:
    """What to start: ``services`` by name; ``port_base`` as in ``--port-base`` (None: the settings' ports)."""

    services: tuple[str, ...]
    port_base: int | None = None
    limits: Limits = DEFAULT_LIMITS


class Supervisor:
    def __init__(
        self,
        settings: Settings,
        plan: StackPlan,
        observer: Observer,
        *,
        command: Callable[[str, Path], list[str]] = service_command,
    ) -> None:
        self._command = command
        self._settings = settings
        self._plan = plan
        self._observer = observer
        self._services: list[ManagedService] = []
        self._stop = asyncio.Event()
        self._interrupts = 0

    async def run(self) -> None:
        """Start the stack, keep it running until SIGINT or SIGTERM, stop it.

        Raises:
            StackError: another stack runs in this home, a port is in use, or a service did not start.
        """
        with state.StackLock(self._settings):
            repair(self._settings)
            self._settings.log_dir.mkdir(parents=True, exist_ok=True)
            addresses = choose_addresses(self._settings, self._plan.services, port_base=self._plan.port_base)
            with Reservation(addresses), self._log_files() as files, self._signals():
                self._services = [self._managed(name, address, addresses, files) for name, address in addresses.items()]
                try:
                    await self._start_all()
                    await self._stop.wait()
                finally:
                    await self._stop_all()
                    state.remove_record(self._settings)

    def interrupt(self) -> None:
        """Stop the stack; asked a second time, end every process at once."""
        self._interrupts += 1
        self._stop.set()
        if self._interrupts > 1:
            for service in self._services:
                service.kill()

    @property
    def statuses(self) -> tuple[state.ServiceStatus, ...]:
        return tuple(service.status for service in self._services)

    # --- starting and stopping -------------------------------------------------------------------------------
    async def _start_all(self) -> None:
        for service in self._services:
            service.start()
        starts = [service.first_start for service in self._services]
        stopping = asyncio.create_task(self._stop.wait())
        try:
            for start in asyncio.as_completed([_first(start, stopping) for start in starts]):
                await start
                if self._stop.is_set():
                    return
                self._refuse_failed()
        finally:
            stopping.cancel()
        log.info(
            "all services answer", extra={address.name: f"{address.host}:{address.port}" for address in self.statuses}
        )
        self._tell(lambda observer: observer.ready(self.statuses))

    def _refuse_failed(self) -> None:
        for service in self._services:
            if service.first_start.done() and not service.first_start.result():
                raise _start_error(service)

    async def _stop_all(self) -> None:
        for step in STOP_ORDER:
            await asyncio.gather(*(service.stop() for service in self._services if service.name in step))

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.interrupt)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                loop.remove_signal_handler(number)

    # --- what the services report ----------------------------------------------------------------------------
    def _managed(
        self, name: str, address: Address, addresses: dict[str, Address], files: dict[str, logs.LogFile]
    ) -> ManagedService:
        def on_line(service: str, line: bytes) -> None:
            files[service].write(line)
            self._tell(lambda observer: observer.line(service, line))

        return ManagedService(
            name=name,
            address=address,
            command=self._command(name, self._settings.home),
            environment=service_environment(name, self._settings, addresses),
            folder=self._settings.home,
            on_change=self._changed,
            on_line=on_line,
            limits=self._plan.limits,
        )

    def _changed(self, service: ManagedService) -> None:
        try:
            state.write_record(self._settings, state.StackRecord(os.getpid(), self.statuses))
        except OSError as error:
            log.error("cannot write down that %s is %s: %s", service.name, service.state, error)
        self._tell(lambda observer: observer.changed(service.status))

    def _tell(self, report: Callable[[Observer], None]) -> None:
        """Report to the observer; when its terminal or pipe is gone, stop as if the user had asked for it."""
        try:
            report(self._observer)
        except OSError:
            self._observer = Observer()
            self.interrupt()

    @contextlib.contextmanager
    def _log_files(self) -> Iterator[dict[str, logs.LogFile]]:
        with contextlib.ExitStack() as stack:
            files = {}
            for name in self._plan.services:
                files[name] = logs.LogFile(logs.log_path(self._settings.log_dir, name))
                stack.callback(files[name].close)
            yield files


async def _first(start: asyncio.Future[bool], stopping: asyncio.Task[bool]) -> None:
    await asyncio.wait((start, stopping), return_when=asyncio.FIRST_COMPLETED)


def _start_error(service: ManagedService) -> StackError:
    lines = [readable_from_json(line.decode(errors="replace")) for line in service.last_lines]
    said = "".join(f"\n  {service.name} | {line}" for line in lines)
    return StackError(f"{service.name} did not start: it {service.reason}{said}", hint=f"dw-sim logs {service.name}")


def repair(settings: Settings) -> list[int]:
    """End what a supervisor that was killed left running, and remove its record. Call it with the lock held.

    Returns the process ids that were still alive.
    """
    record = state.read_record(settings)
    if record is None:
        return []
    orphans = [s.pid for s in record.services if s.pid is not None and processes.is_service(s.pid, s.name)]
    if orphans:
        log.warning("a stack of this home was killed: ending what it left", extra={"pids": orphans})
        processes.end(orphans, limit=Limits().stop)
    state.remove_record(settings)
    return orphans
