"""Listening sockets, and the error of a service that cannot have its address."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterator

from dw_simulator.errors import StackError
from dw_simulator.serving.listeners import listener_on


@contextlib.contextmanager
def listening_socket(service: str, host: str, port: int, *, backlog: int = 128) -> Iterator[socket.socket]:
    """A TCP socket that listens on ``host:port`` (port 0: a free one). Raises StackError when it cannot."""
    family, kind, protocol, _, target = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(target)
            listener.listen(backlog)
        except OSError as error:
            raise cannot_listen(service, host, port, error) from error
        yield listener


def cannot_listen(service: str, host: str, port: int, error: OSError, *, setting: str = "PORT") -> StackError:
    """The error of a service that cannot have its address: it names both, and the settings that move it."""
    variable = f"DW_SIMULATOR_{service.upper()}"
    if error.errno == errno.EADDRINUSE:
        holder = listener_on(port)
        return StackError(
            f"port {port} of {host}, wanted for {service}, is in use by another program"
            + (f": {holder}" if holder else ""),
            hint=f"stop that program, move the whole stack with --port-base N, or set {variable}_{setting}",
        )
    if error.errno == errno.EACCES:
        return StackError(
            f"port {port}, wanted for {service}, needs more rights",
            hint=f"use a port above 1023: --port-base N or {variable}_{setting}",
        )
    return StackError(
        f"{service} cannot listen on {host}:{port}: {error.strerror or error}", hint=f"set {variable}_HOST"
    )
