"""The supervisor of a stack: starts the services together, keeps ``stack.json`` true, stops them in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from dw_simulator.errors import StackError
from dw_simulator.observability.logs import readable_from_json
from dw_simulator.serving import certificates
from dw_simulator.stack import logs, processes, requests, state, upgrade
from dw_simulator.stack.ports import Address, Reservation, choose_addresses
from dw_simulator.stack.service import Limits, ManagedService, service_command, service_environment, wire_check

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings

log = logging.getLogger(__name__)

STOP_ORDER = (("api",), ("redshift", "snowflake"), ("s3",))
"""Services of one step stop together; those that others rely on stop later."""


HOLDER_CHECK = 0.5
"""Seconds between two looks at whether the process that holds the stack still lives."""


HOME_CHECK = 3.0
"""Seconds between two looks at whether the home is still there."""


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
        self._requested = asyncio.Event()
        self._lock: state.StackLock
        self._holder: requests.Request | None = None
        self._check = wire_check()

    async def run(self) -> None:
        """Start the stack, keep it running until SIGINT or SIGTERM, stop it.

        Raises:
            StackError: another stack runs in this home, a port is in use, the certificates cannot be used, or a service
                did not start.
        """
        with state.StackLock(self._settings) as self._lock:
            repair(self._settings)
            upgrade.prepare_home(self._settings.home)
            self._settings.log_dir.mkdir(parents=True, exist_ok=True)
            self._use_tls()
            addresses = choose_addresses(self._settings, self._plan.services, port_base=self._plan.port_base)
            with Reservation(addresses), self._log_files() as files, self._signals():
                self._services = [self._managed(name, address, addresses, files) for name, address in addresses.items()]
                try:
                    await self._start_all()
                    await self._until_stopped()
                finally:
                    await self._stop_all()
                    state.remove_record(self._settings)

    def _use_tls(self) -> None:
        """See to the certificates of a stack with TLS, and have the services checked with them."""
        if self._settings.tls.enabled:
            certificates.ensure(self._settings.tls_dir, self._settings.local_hosts)
            self._check = wire_check(certificates.Place(self._settings.tls_dir).ca)

    def interrupt(self) -> None:
        """Stop the stack; asked a second time, end every process at once."""
        self._interrupts += 1
        self._stop.set()
        if self._interrupts > 1:
            for service in self._services:
                service.kill()
        self._requested.set()

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
        await self._stop_some([service.name for service in self._services])

    async def _stop_some(self, names: Sequence[str]) -> None:
        for step in STOP_ORDER:
            chosen = (service for service in self._services if service.name in step and service.name in names)
            await asyncio.gather(*(service.stop() for service in chosen))

    # --- what commands ask for -------------------------------------------------------------------------------
    async def _until_stopped(self) -> None:
        """Do what commands ask for until the stack is to stop."""
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._requested.wait(), HOLDER_CHECK if self._holder else HOME_CHECK)
            self._requested.clear()
            if not self._lock.is_in_place():
                log.error("%s was deleted or moved under the running stack: stopping it", self._settings.home)
                self.interrupt()
                return
            for request in requests.take(self._settings):
                await self._serve(request)
            if self._holder is not None and not processes.is_alive(self._holder.asker):
                log.warning("process %d held the stack and is gone: starting it again", self._holder.asker)
                await self._serve(requests.Request(requests.Action.RESUME, (), self._holder.asker))

    async def _serve(self, request: requests.Request) -> None:
        names = request.services or tuple(service.name for service in self._services)
        log.info("asked by process %d to %s %s", request.asker, request.action, ", ".join(names))
        try:
            await self._do(request, names)
        except StackError as error:
            log.error("%s", error.message)
            requests.answer(self._settings, request, error)
        else:
            requests.answer(self._settings, request)

    async def _do(self, request: requests.Request, names: tuple[str, ...]) -> None:
        if self._holder is not None and self._holder.asker != request.asker:
            raise StackError(f"process {self._holder.asker} holds the stack", hint="wait until it is done")
        unknown = set(names) - {service.name for service in self._services}
        if unknown:
            raise StackError(f"this stack has no service {', '.join(sorted(unknown))}", hint="dw-sim status")
        if request.action is requests.Action.HOLD:
            self._holder = requests.Request(request.action, names, request.asker)
            await self._stop_some(names)
            return
        if request.action is requests.Action.RESUME:
            names = self._holder.services if self._holder is not None else ()
            self._holder = None
        await self._stop_some(names)
        await self._start_some(names)

    async def _start_some(self, names: Sequence[str]) -> None:
        chosen = [service for service in self._services if service.name in names]
        for service in chosen:
            service.start()
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.gather(*(_first(service.first_start, stopping) for service in chosen))
        stopping.cancel()
        for service in chosen:
            if service.first_start.done() and not service.first_start.result():
                raise _start_error(service)

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.interrupt)
        loop.add_signal_handler(requests.SIGNAL, self._requested.set)
        try:
            yield
        finally:
            loop.remove_signal_handler(requests.SIGNAL)
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
            check=self._check,
        )

    def _changed(self, service: ManagedService) -> None:
        folder = str(self._settings.tls_dir) if self._settings.tls.enabled else None
        record = state.StackRecord(os.getpid(), self.statuses, version("dw-simulator"), folder)
        try:
            state.write_record(self._settings, record)
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
    try:
        record = state.read_record(settings)
    except StackError as error:
        log.warning("%s: removing it", error.message)
        record = state.StackRecord(0, ())
    requests.remove_leftovers(settings)
    orphans = processes.services_of(settings.home)
    if record is None and not orphans:
        return []
    recorded = [(s.pid, s.name) for s in (record.services if record else ()) if s.pid is not None]
    orphans += [pid for pid, name in recorded if pid not in orphans and processes.is_service(pid, name, settings.home)]
    if orphans:
        log.warning("a stack of this home was killed: ending what it left", extra={"pids": orphans})
        processes.end(orphans, limit=Limits().stop)
    state.remove_record(settings)
    return orphans
