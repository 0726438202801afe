"""The processes that run handlers: one for each function and session, started when it is first called.

A handler may do what the user's account may do; it is kept apart so that it cannot take the server along. Vendor pages:
"Introduction to Python UDFs", "Introduction to JavaScript UDFs".
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.errors import SnowflakeError

KEPT = 8
"""Processes of one session, at most: the one that was not used for longest ends first."""
_WORKER = Path(__file__).with_name("worker.py")
_NUMBERS = {"PYTHON": errors.PYTHON_ERROR, "JAVASCRIPT": errors.JAVASCRIPT_ERROR}
_PACKAGES = """
import json, sys
from importlib import metadata
version = "%d.%d" % sys.version_info[:2]
found = {d.metadata["Name"].lower(): d.version for d in metadata.distributions() if d.metadata["Name"]}
print(json.dumps([[name, found[name], version] for name in sorted(found)]))
"""
Answers = Callable[[dict[str, Any]], dict[str, Any]]
Rows = Sequence[Sequence[str | None]]


class Worker:
    """A process with one handler. ``definition`` is what the program of ``worker`` says."""

    def __init__(self, interpreter: str, definition: Mapping[str, Any], fetch: Callable[[Path], list[str]]) -> None:
        self.language = str(definition["language"])
        self._lock = threading.Lock()
        self._cancelled = False
        self._folder = Path(tempfile.mkdtemp(prefix="dw-sim-program-"))
        try:
            paths = fetch(self._folder)
            command = [interpreter, "-I", "-X", f"snowflake_import_directory={self._folder}/", str(_WORKER)]
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                cwd=self._folder, env=_environment(self._folder), start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise errors.UNSUPPORTED_FEATURE(f"{self.language} functions with {interpreter} ({error})") from error
        except SnowflakeError:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        try:
            self.ask({"define": {**definition, "paths": [str(self._folder), *paths]}})
        except SnowflakeError:
            self.stop()
            raise

    def ask(self, message: Mapping[str, Any], answers: Answers | None = None) -> dict[str, Any]:
        """The answer to a message; meanwhile ``answers`` gives what the handler asks for.

        Raises:
            SnowflakeError: 100357 or 100132 the handler failed; 000002 it needs what is not there; 000604 it was
                stopped from outside.
        """
        with self._lock:
            self._write(message)
            answer = self._read()
            while "sql" in answer and answers is not None:
                self._write(answers(answer))
                answer = self._read()
        if "refused" in answer:
            raise errors.UNSUPPORTED_FEATURE(answer["refused"])
        if "error" in answer:
            raise _NUMBERS[self.language](answer["error"])
        return answer

    def _write(self, message: Mapping[str, Any]) -> None:
        data = json.dumps(message).encode()
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(struct.pack(">I", len(data)) + data)
            self._process.stdin.flush()
        except OSError as error:
            raise self._ended() from error

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        head = self._process.stdout.read(4)
        data = self._process.stdout.read(struct.unpack(">I", head)[0]) if len(head) == 4 else b""
        if not data:
            raise self._ended()
        answer: dict[str, Any] = json.loads(data)
        return answer

    def _ended(self) -> SnowflakeError:
        if self._cancelled:
            return errors.CANCELLED()
        return _NUMBERS[self.language](f"The process of the handler ended with code {self._process.wait()}")

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def cancel(self) -> None:
        """End the process from another thread; who waits for an answer gets error 000604."""
        self._cancelled = True
        self.stop()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(OSError):
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None and not self._lock.locked():
                    pipe.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _environment(folder: Path) -> dict[str, str]:
    """Without what the server's own environment may hold."""
    kept = {
        name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH") if name in os.environ
    }
    return {**kept, "HOME": str(folder), "TMPDIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}


class Programs:
    """The handlers that sessions have called. Thread-safe."""

    def __init__(self, python: str | None = None) -> None:
        """``python`` is the interpreter of Python handlers, by default the server's own."""
        self.python = python or sys.executable
        self._lock = threading.Lock()
        self._known: dict[str, tuple[Mapping[str, Any], Callable[[Path], list[str]]]] = {}
        self._workers: dict[str, Worker] = {}
        self._packages: list[tuple[str, str, str]] | None = None

    def packages(self) -> list[tuple[str, str, str]]:
        """(name, version, version of Python) of what handlers in Python may import."""
        if self._packages is None:
            command = [self.python, "-I", "-c", _PACKAGES]
            found = subprocess.run(
                command, capture_output=True, check=True, env=_environment(Path(tempfile.gettempdir()))
            )
            self._packages = [tuple(item) for item in json.loads(found.stdout)]
        return self._packages

    def know(
        self, session_id: int, name: str, definition: Mapping[str, Any], fetch: Callable[[Path], list[str]]
    ) -> str:
        """What stands for a function in a session's SQL. ``fetch`` puts its imports into a folder."""
        key = f"{session_id}/{name}"
        with self._lock:
            self._known[key] = definition, fetch
        return key

    def worker(self, key: str) -> Worker:
        with self._lock:
            found = self._workers.pop(key, None)
            if found is None or not found.is_alive:
                definition, fetch = self._known[key]
                interpreter = self.python if definition["language"] == "PYTHON" else sys.executable
                found = Worker(interpreter, definition, fetch)
            self._workers[key] = found
            mine = [other for other in self._workers if other.partition("/")[0] == key.partition("/")[0]]
            old = [self._workers.pop(other) for other in mine[: max(0, len(mine) - KEPT)]]
        for worker in old:
            worker.stop()
        return found

    def scalars(self, keys: Sequence[str], rows: Sequence[Any]) -> list[str | None]:
        """Results of a function, which is the same in all rows."""
        if not rows:
            return []
        results: list[str | None] = self.worker(keys[0]).ask({"rows": rows})["results"]
        return results

    def aggregates(self, keys: Sequence[str], groups: Sequence[Any]) -> list[str | None]:
        """Results of an aggregate function for groups of rows."""
        if not groups:
            return []
        results: list[str | None] = self.worker(keys[0]).ask({"groups": groups})["results"]
        return results

    def tables(self, keys: Sequence[str], partitions: Sequence[Any]) -> list[list[list[str | None]]]:
        if not partitions:
            return []
        results: list[list[list[str | None]]] = self.worker(keys[0]).ask({"tables": partitions})["results"]
        return results

    def cancel(self, session_id: int) -> None:
        """Stop what a session's handlers do."""
        for worker in self._of(session_id):
            worker.cancel()

    def forget(self, session_id: int) -> None:
        """A session is over."""
        for worker in self._of(session_id):
            worker.stop()
        with self._lock:
            for key in [key for key in self._known if key.startswith(f"{session_id}/")]:
                del self._known[key]

    def close(self) -> None:
        with self._lock:
            workers, self._workers = list(self._workers.values()), {}
        for worker in workers:
            worker.stop()

    def _of(self, session_id: int) -> list[Worker]:
        with self._lock:
            keys = [key for key in self._workers if key.startswith(f"{session_id}/")]
            return [self._workers.pop(key) for key in keys]
