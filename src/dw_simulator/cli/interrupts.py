"""Ctrl-C and SIGTERM: both are raised as KeyboardInterrupt, and remembered.

An exception that a signal raises is lost where it hits code that catches everything, as drivers do in the middle of a
login. Work that goes on for long asks :meth:`Interrupts.check` between its steps, so that it stops even then.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn


class Interrupts:
    """What the user, or the machine, has asked this process to stop with."""

    def __init__(self) -> None:
        self._received: signal.Signals | None = None

    @property
    def requested(self) -> bool:
        return self._received is not None

    @property
    def terminated(self) -> bool:
        """Whether it was SIGTERM."""
        return self._received is signal.SIGTERM

    def check(self) -> None:
        """Raises KeyboardInterrupt when the process is to stop: at once, and again at every call."""
        if self.requested:
            raise KeyboardInterrupt

    def catch_sigterm(self) -> None:
        """Raise SIGTERM like ctrl-C from now on, once, so that the same clean-up runs."""
        signal.signal(signal.SIGTERM, self._raise)

    @contextlib.contextmanager
    def catching_ctrl_c(self) -> Iterator[None]:
        """Remember ctrl-C as well while the block runs.

        Not for commands that run an event loop: asyncio puts a handler of its own in the place of Python's, and of no
        other. Where ctrl-C is ignored (a background job of a shell), it stays so.
        """
        before = signal.getsignal(signal.SIGINT)
        if before is not signal.default_int_handler:
            yield
            return
        signal.signal(signal.SIGINT, self._raise)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _raise(self, number: int, _frame: FrameType | None) -> NoReturn:
        self._received = signal.Signals(number)
        if number == signal.SIGTERM:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise KeyboardInterrupt


def clear_unhandled() -> None:
    """Let the exit code of this process count, although ctrl-C or SIGTERM interrupted a text that Python was running.

    CPython marks an interrupt that leaves a text (`exec` of a string, as modules that make classes run while they are
    imported) as unhandled, even if it is caught further out; ``python -m`` then ends by SIGINT, whatever the exit code.
    The next text that runs clears the mark.
    """
    exec("")  # noqa: S102
