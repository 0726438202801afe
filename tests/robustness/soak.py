"""The soak run: mixed load in two halves, and what the stack uses at rest before, between and after."""

from __future__ import annotations

import json
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.robustness import churn, leaks, processes
from tests.robustness.leaks import Level, Rest

from dw_simulator.config import Settings

SETTLE_LIMIT = 20.0
"""Seconds within which sessions, threads and files of the load have to be gone."""
JOIN_LIMIT = 120.0
WARM_UP = 0.2
"""Share of the load that comes before the first sample: pools and caches get their first filling."""


@dataclass
class Report:
    seconds: float
    done: dict[str, int] = field(default_factory=dict)
    rests: list[tuple[str, Rest]] = field(default_factory=list)
    samples: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def summary(self) -> str:
        sessions = {
            name: sum(count for piece, count in self.done.items() if piece.startswith(name))
            for name in ("Redshift", "Snowflake")
        }
        others = sum(self.done.values()) - sum(sessions.values())
        return "\n".join(
            (
                f"soak, {self.seconds:.0f} s of load: {sessions['Redshift']:,} sessions of Redshift,"
                f" {sessions['Snowflake']:,} of Snowflake, {others:,} other pieces of work",
                leaks.table(self.rests),
                f"  leaks: {'; '.join(self.problems) or 'none'}",
            )
        )

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        document = {**self.__dict__, "rests": {name: asdict(rest) for name, rest in self.rests}}
        path.write_text(json.dumps(document, indent=2) + "\n")


class Soak:
    """One run on a stack that runs already and that nobody else uses."""

    def __init__(self, home: Path, settings: Settings, *, seconds: float) -> None:
        self.home = home
        self.report = Report(seconds)
        self._clients = [kind(settings, number) for number, kind in enumerate(churn.CLIENTS, start=1)]
        self._settings = settings

    def run(self) -> Report:
        churn.prepare(self._settings)
        half = self.report.seconds * (1 - WARM_UP) / 2
        for name, seconds in (("warm", self.report.seconds * WARM_UP), ("half", half), ("end", half)):
            with self._sampled(name), self._load():
                time.sleep(seconds)
            self.report.rests.append((name, self._rest()))
        counted: Counter[str] = sum((client.done for client in self._clients), Counter())
        self.report.done = dict(sorted(counted.items()))
        self.report.problems += leaks.leaks(*(rest for _, rest in self.report.rests))
        return self.report

    @contextmanager
    def _load(self) -> Iterator[None]:
        stop = threading.Event()
        threads = [threading.Thread(target=self._guarded, args=(client, stop)) for client in self._clients]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join(JOIN_LIMIT)

    def _guarded(self, client: churn.Client, stop: threading.Event) -> None:
        try:
            client.run(stop)
        except BaseException:  # noqa: BLE001 - the test fails with it
            self.report.problems.append(f"{type(client).__name__}: {traceback.format_exc()}")

    # --- looking ---
    @contextmanager
    def _sampled(self, phase: str) -> Iterator[None]:
        """Once a second, what is used: for whoever looks into the report."""
        stop = threading.Event()

        def sample() -> None:
            began = time.monotonic()
            while not stop.wait(1.0):
                levels = {role: asdict(level) for role, level in self._levels().items()}
                self.report.samples.append({"phase": phase, "at": round(time.monotonic() - began, 1), **levels})

        thread = threading.Thread(target=sample)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _rest(self) -> Rest:
        """What the stack uses once it has come to rest: when the numbers have stayed the same for two seconds."""
        give_up_at = time.monotonic() + SETTLE_LIMIT
        seen: list[tuple[object, ...]] = []
        while time.monotonic() < give_up_at:
            levels = self._levels()
            files = self._temporary_files()
            seen.append((files, *((role, level.count, level.files, level.threads) for role, level in levels.items())))
            if len(seen) > 4 and len(set(seen[-4:])) == 1:
                break
            time.sleep(0.5)
        database = self._settings.state_dir("snowflake") / "snowflake.duckdb"
        return Rest(levels, files, database.stat().st_size)

    def _levels(self) -> dict[str, Level]:
        levels: dict[str, Level] = {}
        for process in processes.of_stack(self.home):
            used = processes.usage(process.pid)
            if used is not None:
                so_far = levels.get(process.role, Level(0, 0, 0, 0))
                levels[process.role] = Level(
                    so_far.count + 1,
                    so_far.memory + used.memory,
                    so_far.files + used.files,
                    so_far.threads + used.threads,
                )
        return dict(sorted(levels.items()))

    def _temporary_files(self) -> int:
        """Files of uploads, of statements and of transactions that should be gone when these are."""
        places = ("s3/.dw/scratch", "s3/.dw/uploads", "snowflake/spill", "redshift/postgres/base/pgsql_tmp")
        return sum(1 for place in places for path in (self.home / place).rglob("*") if path.is_file())
