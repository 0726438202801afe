"""How a command asks a running supervisor for something: a file in the run folder, and a signal to look at it.

    run/request-<pid>.json   what process <pid> wants; removed when the supervisor has read it
    run/answer-<pid>.json    what came of it; removed by the asker

The asker is named by its process id, so that what it left halfway (a stack on hold) can be ended when it is gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from dw_simulator.errors import StackError
from dw_simulator.stack import processes, state

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings

SIGNAL = signal.SIGUSR1
ANSWER_LIMIT = 180.0
"""Seconds to wait for an answer: a stop and a slow start of all services."""


class Action(StrEnum):
    RESTART = "restart"
    """Stop services and start them again."""
    HOLD = "hold"
    """Stop services, and start them again when the asker says `RESUME` or is gone."""
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class Request:
    """``services`` by name; none means all of the stack."""

    action: Action
    services: tuple[str, ...] = ()
    asker: int = 0


def ask(settings: Settings, action: Action, services: tuple[str, ...] = ()) -> None:
    """Ask the supervisor of this home and wait until it has done it.

    Raises:
        StackError: no stack runs, or it could not be done.
    """
    supervisor = state.supervisor_pid(settings)
    if supervisor is None:
        raise StackError(f"no stack is running in {settings.home}", hint="start it with: dw-sim up --detach")
    record = state.read_record(settings)
    if record is None or record.version is None:  # it is starting, or does not know the signal and would end by it
        raise StackError(
            "the running stack does not take requests: it is starting, or an older version started it",
            hint="try again, or: dw-sim down, then dw-sim up --detach",
        )
    request, answer = (settings.run_dir / f"{kind}-{os.getpid()}.json" for kind in ("request", "answer"))
    answer.unlink(missing_ok=True)
    _write(request, {**asdict(Request(action, services)), "asker": os.getpid()})
    processes.send(supervisor, SIGNAL)
    try:
        found = _await_answer(settings, answer)
    finally:
        request.unlink(missing_ok=True)
        answer.unlink(missing_ok=True)
    if found.get("error"):
        raise StackError(str(found["error"]), hint=found.get("hint"))


def _await_answer(settings: Settings, answer: Path) -> dict[str, str | None]:
    give_up_at = time.monotonic() + ANSWER_LIMIT
    while time.monotonic() < give_up_at:
        with contextlib.suppress(FileNotFoundError):
            found: dict[str, str | None] = json.loads(answer.read_bytes())
            return found
        if state.supervisor_pid(settings) is None:
            raise StackError("the stack was stopped meanwhile", hint="dw-sim logs stack")
        time.sleep(0.02)
    raise StackError(f"the supervisor did not answer within {ANSWER_LIMIT:.0f} s", hint="dw-sim logs stack")


def take(settings: Settings) -> list[Request]:
    """The requests that wait, oldest first; each is handed out once. What cannot be read is dropped."""
    found = []
    for path in sorted(settings.run_dir.glob("request-*.json"), key=lambda path: path.stat().st_mtime_ns):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            entry = json.loads(path.read_bytes())
            found.append(Request(Action(entry["action"]), tuple(entry["services"]), int(entry["asker"])))
        path.unlink(missing_ok=True)
    return found


def answer(settings: Settings, request: Request, error: StackError | None = None) -> None:
    """Tell the asker that its request is done, or why not."""
    content = {"error": error.message, "hint": error.hint} if error else {}
    _write(settings.run_dir / f"answer-{request.asker}.json", content)


def remove_leftovers(settings: Settings) -> None:
    """What askers and supervisors that were killed left behind. Call it with the lock held."""
    for pattern in ("request-*", "answer-*", "*.tmp"):
        for path in settings.run_dir.glob(pattern):
            path.unlink(missing_ok=True)


def _write(path: Path, content: object) -> None:
    scratch = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        scratch.write_text(json.dumps(content))
        scratch.replace(path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise StackError(f"cannot write {path}: {error.strerror}") from error
