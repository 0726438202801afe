"""An experiment whose files arrive in the stage, and a loader that watches for them, for the tests of loading."""

from __future__ import annotations

import io
import json
import queue
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from itertools import count
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dw_simulator.cli.main import run
from dw_simulator.experiments.guard import allow
from dw_simulator.experiments.service import ExperimentService
from dw_simulator.schema import Experiment, Warehouse
from dw_simulator.staging import connect_stage
from dw_simulator.testing import RunningStack
from dw_simulator.warehouses import connect

ALL = ("redshift", "snowflake", "sqlite")
_numbers = count(1)


class Place:
    """An experiment of this test with the prefix its files arrive under."""

    def __init__(self, stack: RunningStack, warehouses: tuple[str, ...] = ALL) -> None:
        self.stack = stack
        self.name = f"load_{next(_numbers)}"
        self.warehouses = warehouses
        self.stage = connect_stage(stack.settings)
        self.stage.ensure_bucket()
        self.prefix = f"arrivals/{self.name}/"
        self.uri = self.stage.uri(self.prefix)
        self.service = ExperimentService(stack.settings, guard=allow)
        self.schema = Experiment.model_validate(self._schema())
        self.service.create(self.schema)

    def close(self) -> None:
        self.stage.close()
        self.service.close()

    def _schema(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "target_warehouse": list(self.warehouses),
            "tables": [
                {
                    "name": "items",
                    "target_rows": 50,
                    "columns": [
                        {"name": "id", "data_type": "BIGINT", "required": True},
                        {"name": "name", "data_type": "VARCHAR(40)"},
                        {"name": "price", "data_type": "DECIMAL(10,2)"},
                    ],
                },
                {
                    "name": "notes",
                    "target_rows": 20,
                    "columns": [{"name": "id", "data_type": "BIGINT"}, {"name": "body", "data_type": "JSON"}],
                },
            ],
        }

    def put(self, key: str, data: bytes) -> None:
        self.stage.put(f"{self.prefix}{key}", data)

    def load(self, *options: str, prefix: bool = True) -> dict[str, Any]:
        """``dw-sim load`` in this process: its document, with its exit code and what it said on stderr."""
        place = ("--prefix", self.uri) if prefix else (self.name,)
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run(["--home", str(self.stack.home), "load", *place, "--json", *options])
        return {**json.loads(out.getvalue()), "code": code, "stderr": err.getvalue()}

    def rows(self, warehouse: str, sql: str) -> list[list[Any]]:
        with (
            closing(connect(Warehouse(warehouse), self.stack.settings)) as adapter,
            adapter.query(sql, self.name) as result,
        ):
            return [list(row.values()) for batch in result.batches for row in batch.to_pylist()]

    def counts(self, table: str = "items") -> dict[str, list[int]]:
        """Rows and different ids by warehouse."""
        sql = f"SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS d FROM {table}"
        return {warehouse: list(map(int, self.rows(warehouse, sql)[0])) for warehouse in self.warehouses}

    def all_have(self, rows: int) -> dict[str, list[int]]:
        return {warehouse: [rows, rows] for warehouse in self.warehouses}


def items(first: int, rows: int, **more: list[Any]) -> bytes:
    ids = range(first, first + rows)
    columns = {"id": pa.array(ids, pa.int64()), "name": [f"item {number}" for number in ids], **more}
    return parquet(columns)


def parquet(columns: Mapping[str, Any]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), out)
    return out.getvalue()


def states(report: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """State by file name and warehouse."""
    return {(item["source"].rpartition("/")[2], item["warehouse"]): item["state"] for item in report["items"]}


class Watcher:
    """``dw-sim load --watch --json`` with the events it prints."""

    def __init__(self, place: Place, *options: str, **variables: str) -> None:
        command = [
            sys.executable,
            "-P",
            "-m",
            "dw_simulator",
            "load",
            "--watch",
            "--prefix",
            place.uri,
            "--json",
            *options,
        ]
        self.process = subprocess.Popen(
            command,
            env={
                **place.stack.environment,
                "DW_SIMULATOR_LOADER_POLL_SECONDS": "0.2",
                "DW_SIMULATOR_LOADER_METRICS_PORT": "0",
                **variables,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.metrics = ""
        self.seen: list[dict[str, Any]] = []
        self.stderr: list[str] = []
        self._events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._up = threading.Event()
        self._threads = [threading.Thread(target=self._read), threading.Thread(target=self._read_errors)]
        for thread in self._threads:
            thread.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            if line.startswith("{") and line.endswith("}\n"):
                self._events.put(json.loads(line))
        self._events.put(None)

    def _read_errors(self) -> None:
        for line in self.process.stderr:
            self.stderr.append(line)
            if line.startswith("watching"):
                self.metrics = re.search(r"http://[\d.:]+", line)[0]
                self._up.set()

    def started(self) -> None:
        assert self._up.wait(120), self.stderr

    def get(self, path: str) -> str:
        self.started()
        with urllib.request.urlopen(self.metrics + path, timeout=60) as answer:
            return answer.read().decode()

    def event(self, *kinds: str) -> dict[str, Any]:
        """The next event of one of these kinds."""
        while True:
            found = self._events.get(timeout=120)
            assert found is not None, self.stderr
            self.seen.append(found)
            if found["event"] in kinds:
                return found

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(120)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(120)
        for thread in self._threads:
            thread.join(120)
        self.process.stdout.close()
        self.process.stderr.close()


@contextmanager
def watching(place: Place, *options: str, **variables: str) -> Iterator[Watcher]:
    watcher = Watcher(place, place.name, *options, **variables)
    try:
        yield watcher
    finally:
        watcher.close()
