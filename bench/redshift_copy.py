"""COPY and UNLOAD through the Redshift emulator, against PostgreSQL's server-side COPY of the same rows as ready CSV.

    python -m bench redshift_copy
    python -m bench.redshift_copy [ROWS [ROUNDS]]

Prints seconds, rows a second and the ratio (above 1: the emulator is faster). Both fill an empty table in the same
PostgreSQL; the CSV lies in a local file that the server reads itself (and writes, as the peer of UNLOAD), the
emulator's files come from the S3 store over HTTP and go there.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from bench.redshift_latency import owner, service
from dw_simulator.config.settings import Settings, load_settings
from dw_simulator.emulators.common.objects import ObjectStore

FILE_ROWS = 131_072
UNLOAD_GOAL = 500_000
"""Rows a second."""
TABLE = (
    "CREATE TABLE bench_copy (id bigint, customer int, name varchar(40), price numeric(12,2),"
    " created timestamp, day date, score float8, active boolean)"
)


@dataclass(frozen=True)
class Result:
    name: str
    seconds: float
    peer_seconds: float
    rows: int
    goal: str

    @property
    def ratio(self) -> float:
        return self.peer_seconds / self.seconds


def make_table(start: int, rows: int) -> pa.Table:
    random = np.random.default_rng(start)
    ids = np.arange(start, start + rows, dtype=np.int64)
    cents = pa.array(random.integers(0, 1_000_000, rows)).cast(pa.decimal128(19, 0))
    return pa.table(
        {
            "id": ids,
            "customer": pa.array(random.integers(0, 100_000, rows).astype(np.int32)),
            "name": pa.array(np.char.add("customer-", (ids % 5000).astype(str))),
            "price": cents.cast(pa.decimal128(12, 2)),
            "created": pa.array(1_600_000_000_000_000 + ids * 1_000_000, pa.timestamp("us")),
            "day": pa.array((ids % 3000 + 15_000).astype(np.int32)).cast(pa.date32()),
            "score": random.random(rows),
            "active": pa.array(ids % 3 == 0),
        }
    )


def stage(settings: Settings, rows: int, csv_path: Path) -> None:
    keys = settings.s3
    store = ObjectStore.connect(keys.url, keys.access_key, keys.secret_key.get_secret_value(), keys.region)
    store.create_bucket("bench")
    with csv_path.open("wb") as csv_file:
        options = arrow_csv.WriteOptions(include_header=False)
        for index, start in enumerate(range(0, rows, FILE_ROWS)):
            table = make_table(start, min(FILE_ROWS, rows - start))
            parquet = io.BytesIO()
            pq.write_table(table, parquet, compression="zstd")
            store.write("bench", f"parquet/batch-{index:05}.parquet", parquet.getvalue())
            text = io.BytesIO()
            arrow_csv.write_csv(table, text, options)
            store.write("bench", f"csv/batch-{index:05}.csv", text.getvalue())
            csv_file.write(text.getvalue())
    csv_path.chmod(0o644)


def timed(connection: psycopg.Connection[Any], statement: str, *, into: bool) -> float:
    """Seconds of ``statement``; ``into``: with an empty table to fill."""
    if into:
        connection.execute("DROP TABLE IF EXISTS bench_copy")
        connection.execute(TABLE)
    started = time.perf_counter()
    connection.execute(statement)
    return time.perf_counter() - started


def run(rows: int = 5_000_000, rounds: int = 3) -> list[Result]:
    with tempfile.TemporaryDirectory(prefix="dw-sim-bench-") as home:
        Path(home).chmod(0o755)
        base = {"home": home, "s3": {"port": 0}, "redshift": {"port": 0}}
        with service("s3", base) as s3_port:
            settings = {**base, "s3": {"port": s3_port}}
            written = Path(home) / "written"
            written.mkdir()
            written.chmod(0o777)
            stage(load_settings(settings, use_running_stack=False), rows, Path(home) / "rows.csv")
            with service("redshift", settings) as port:
                return _compare_all(port, home, rows, rounds)


def _compare_all(port: int, home: str, rows: int, rounds: int) -> list[Result]:
    emulator = f"host=127.0.0.1 port={port} dbname=dev user=awsuser password=mockpass"
    role = "IAM_ROLE 'arn:aws:iam::000000000000:role/bench'"
    loaded = f"COPY bench_copy FROM '{home}/rows.csv' (FORMAT csv)"
    written = f"COPY bench_copy TO '{home}/written/rows.csv' (FORMAT csv)"
    unloaded = f"UNLOAD ('SELECT * FROM bench_copy') TO 's3://bench/unload/' {role} ALLOWOVERWRITE FORMAT"
    as_fast, quick = "at least 1x the speed of COPY", f"at least {UNLOAD_GOAL:,} rows/s"
    cases = [
        ("COPY of Parquet", f"COPY bench_copy FROM 's3://bench/parquet/' {role} FORMAT PARQUET", loaded, as_fast),
        ("COPY of CSV", f"COPY bench_copy FROM 's3://bench/csv/' {role} CSV", loaded, as_fast),
        ("UNLOAD to Parquet", f"{unloaded} PARQUET", written, quick),
        ("UNLOAD to CSV", f"{unloaded} CSV", written, quick),
    ]
    results = []
    with psycopg.connect(emulator, autocommit=True) as ours, psycopg.connect(owner(home), autocommit=True) as theirs:
        for name, statement, other, goal in cases:
            seconds, peer_seconds = [], []
            for _ in range(rounds):
                peer_seconds.append(timed(theirs, other, into=other == loaded))
                seconds.append(timed(ours, statement, into=other == loaded))
            results.append(Result(name, min(seconds), min(peer_seconds), rows, goal))
    return results


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    for result in run(rows, rounds):
        speed = result.rows / result.seconds
        print(f"{result.name}: {result.rows:,} rows in {result.seconds:.2f} s ({speed:,.0f} rows/s)", end=" ")
        print(f"against {result.peer_seconds:.2f} s: ratio {result.ratio:.2f} (goal: {result.goal})")
    print(f"on {os.cpu_count()} CPUs")


if __name__ == "__main__":
    main()
