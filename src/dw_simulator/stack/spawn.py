"""Starting a service process with pipes of our own.

asyncio's process pipes would make ``wait()`` last until every heir of a pipe has closed it; a service may leave
children behind that inherit them, and its end must be seen at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

DRAIN_SECONDS = 1.0
"""How long to read on after the process ended: what it wrote is in the pipe by then."""


class Child:
    """A running process. Its stdin is a pipe that stays open as long as this object, and closes when we die."""

    def __init__(self, process: asyncio.subprocess.Process, lifeline: int, output: _Output) -> None:
        self._process = process
        self._lifeline = lifeline
        self._output = output

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def code(self) -> int | None:
        """The exit code, negative for a signal; None while it lives."""
        return self._process.returncode

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None

    async def wait(self) -> int:
        return await self._process.wait()

    async def close(self) -> None:
        """After the end of the process: read what it still wrote, and let go of the pipes."""
        os.close(self._lifeline)
        await self._output.drain()


async def spawn(
    command: Sequence[str], *, environment: Mapping[str, str], folder: Path, on_line: Callable[[bytes], None]
) -> Child:
    """Start ``command`` as leader of a session of its own; ``on_line`` gets each line of stdout and stderr.

    Raises:
        OSError: it cannot be started.
    """
    stdin, lifeline = os.pipe()
    reading, writing = os.pipe()
    output = await _Output.open(reading, on_line)
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=stdin,
            stdout=writing,
            stderr=writing,
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
        )
    except BaseException:
        os.close(lifeline)
        output.abandon()
        raise
    finally:
        os.close(stdin)
        os.close(writing)
    return Child(process, lifeline, output)


class _Output:
    """Cuts what comes out of a pipe into lines."""

    def __init__(self, transport: asyncio.ReadTransport, pump: asyncio.Task[None]) -> None:
        self._transport = transport
        self._pump = pump

    @classmethod
    async def open(cls, descriptor: int, on_line: Callable[[bytes], None]) -> _Output:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", buffering=0)
        )
        return cls(transport, asyncio.create_task(_pump_lines(reader, on_line)))

    async def drain(self) -> None:
        """Read to the end, but not for longer than `DRAIN_SECONDS`: an heir of the pipe may keep it open."""
        await asyncio.wait((self._pump,), timeout=DRAIN_SECONDS)
        self.abandon()
        with contextlib.suppress(asyncio.CancelledError):
            await self._pump

    def abandon(self) -> None:
        self._pump.cancel()
        self._transport.close()


async def _pump_lines(reader: asyncio.StreamReader, on_line: Callable[[bytes], None]) -> None:
    rest = b""
    try:
        while data := await reader.read(65_536):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                on_line(line)
    finally:
        if rest:
            on_line(rest)
