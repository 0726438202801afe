"""Ports of a stack: which ones to use, whether they are free, and keeping them for the stack while it runs."""

from __future__ import annotations

import errno
import random
import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from dw_simulator.config.settings import SERVICE_NAMES
from dw_simulator.errors import ConfigError, StackError
from dw_simulator.serving.addresses import cannot_listen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dw_simulator.config.settings import Settings

FREE_PORTS = range(20_000, 32_000)
"""Free ports are taken from here: below the ephemeral range, so that no outgoing connection takes one in between."""

_ATTEMPTS = 1000


@dataclass(frozen=True, slots=True)
class Address:
    """Where a service listens; ``metrics_port`` is the port of its metrics where that is another one."""

    host: str
    port: int
    metrics_port: int | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def choose_addresses(
    settings: Settings, services: Sequence[str], *, port_base: int | None = None
) -> dict[str, Address]:
    """The address of each service: its setting, or ``port_base`` plus its place; port 0 becomes a free port.

    Raises:
        ConfigError: ``port_base`` leaves no room for all services below 65536, or a host is not this machine's.
        StackError: no free port was found.
    """
    if port_base is not None and not 0 <= port_base < 65_536 - len(SERVICE_NAMES):
        raise ConfigError(
            f"--port-base {port_base} is out of range", hint=f"use 0 or 1024 to {65_535 - len(SERVICE_NAMES)}"
        )
    addresses: dict[str, Address] = {}
    for place, name in enumerate(SERVICE_NAMES):
        if name not in services:
            continue
        host, port = settings.service(name).host, settings.service(name).port
        if not settings.is_local(host):
            raise ConfigError(
                f"the stack runs on this machine, but {name}.host is {host} (environment {settings.environment!r})",
                hint=f"start it without --env, or set DW_SIMULATOR_{name.upper()}_HOST to 127.0.0.1",
            )
        if port_base is not None:
            port = port_base + place if port_base else 0
        port = port or free_port(host, exclude=_ports(addresses))
        addresses[name] = Address(host, port)
        if name == "redshift":
            metrics = _metrics_port(settings, port_base) or free_port(host, exclude={port, *_ports(addresses)})
            addresses[name] = Address(host, port, metrics)
    _refuse_doubles(addresses)
    return addresses


def _metrics_port(settings: Settings, port_base: int | None) -> int:
    """That of the Redshift emulator: after those of all services, or as set. 0: a free one."""
    if port_base is not None:
        return port_base + len(SERVICE_NAMES) if port_base else 0
    return settings.redshift.http_port


def _ports(addresses: dict[str, Address]) -> set[int]:
    found = {address.port for address in addresses.values()}
    return found | {address.metrics_port for address in addresses.values() if address.metrics_port is not None}


def _listeners(addresses: dict[str, Address]) -> Iterator[tuple[str, Address]]:
    """Every address that is listened on, by the name of its service."""
    for name, address in addresses.items():
        yield name, Address(address.host, address.port)
        if address.metrics_port is not None:
            yield f"{name}_metrics", Address(address.host, address.metrics_port)


def _refuse_doubles(addresses: dict[str, Address]) -> None:
    seen: dict[Address, str] = {}
    for name, address in _listeners(addresses):
        if address in seen:
            raise ConfigError(f"{seen[address]} and {name} have the same address {address}")
        seen[address] = name


def free_port(host: str, *, exclude: set[int] | frozenset[int] = frozenset()) -> int:
    """A TCP port of ``host`` that nothing uses now."""
    picker = random.SystemRandom()
    for _ in range(_ATTEMPTS):
        port = picker.choice(FREE_PORTS)
        if port not in exclude and _is_free(host, port):
            return port
    raise StackError(f"found no free port on {host} between {FREE_PORTS.start} and {FREE_PORTS.stop}")


def _is_free(host: str, port: int) -> bool:
    try:
        with _bound_socket(Address(host, port), reuse=False):
            return True
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            return False
        raise


@contextmanager
def _bound_socket(address: Address, *, reuse: bool) -> Iterator[socket.socket]:
    family, kind, protocol, _, target = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as bound:
        if reuse:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(target)
        yield bound


class Reservation:
    """Holds the ports of a stack while it runs, also while a service restarts.

    Linux lets a server bind and listen beside a socket that is bound, does not listen, and sets SO_REUSEADDR as servers
    do; a socket that does not set it gets another port. Elsewhere the ports are only checked.
    """

    def __init__(self, addresses: dict[str, Address]) -> None:
        self._addresses = addresses
        self._sockets = ExitStack()

    def __enter__(self) -> Self:
        """Take the ports.

        Raises:
            StackError: a port is in use or may not be used; names the service and what to do.
        """
        with ExitStack() as sockets:
            for name, address in _listeners(self._addresses):
                try:
                    sockets.enter_context(_bound_socket(address, reuse=True))
                except OSError as error:
                    raise cannot_listen(name, address.host, address.port, error) from error
            if sys.platform == "linux":
                self._sockets = sockets.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._sockets.close()
