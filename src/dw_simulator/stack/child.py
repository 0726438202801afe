"""What a supervised service process does: run a server, and end when the supervisor is gone."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dw_simulator.errors import DwSimulatorError
from dw_simulator.serving import collector

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings

log = logging.getLogger(__name__)

STOP_LIMIT = 20.0
"""Seconds a service may take to stop by itself after its supervisor is gone."""


def stop_when_stdin_closes() -> None:
    """Watch stdin, a pipe that only the supervisor holds open: it closes even when the supervisor is killed."""
    threading.Thread(target=_watch_stdin, name="supervisor-watch", daemon=True).start()


def _watch_stdin() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_LIMIT)
    os._exit(1)


def announcer(service: str) -> Callable[[str, int], None]:
    """The ``ready`` callback of a service: ends what is for its start only, and logs the address it listens on."""

    def ready(host: str, port: int) -> None:
        collector.resume()
        log.info("%s listens on %s:%d", service, host, port, extra={"pid": os.getpid()})

    return ready


def run_server(module: str, settings: Settings, ready: Callable[[str, int], None]) -> None:
    """Run ``serve`` of a server module on uvloop until it ends. An error that nobody foresaw is logged in full."""
    try:
        server: Any = importlib.import_module(module)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(server.serve(settings, ready=ready))
    except (DwSimulatorError, OSError):
        raise
    except Exception:
        log.exception("the service ended by an error")
        raise


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop

    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
