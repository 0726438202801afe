"""TPC-H's queries through the Redshift emulator, against the PostgreSQL behind it with the same rows and indexes.

    python -m bench redshift_tpch
    python -m bench.redshift_tpch [SCALE [ROUNDS [QUERY …]]]

The emulator's tables are made by Redshift's DDL and loaded by COPY of Parquet from the S3 store. The peer's are in a
database of the same server where nothing of the emulator is installed, with the same indexes. Prints both times of each
query, the faster of some rounds that alternate, and their ratio. A query is cancelled at the 40 s that none may take.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from bench import tpch
from bench.redshift_latency import owner, service
from dw_simulator.config.settings import load_settings
from dw_simulator.emulators.common.objects import ObjectStore

RATIO_GOAL = 1.1
SECONDS_GOAL = 40.0

ATTRIBUTES = {
    "region": "DISTSTYLE ALL SORTKEY (r_regionkey)",
    "nation": "DISTSTYLE ALL SORTKEY (n_nationkey)",
    "supplier": "DISTSTYLE ALL SORTKEY (s_nationkey)",
    "customer": "DISTKEY (c_custkey) SORTKEY (c_custkey)",
    "part": "DISTKEY (p_partkey) SORTKEY (p_partkey)",
    "partsupp": "DISTKEY (ps_partkey) SORTKEY (ps_partkey)",
    "orders": "DISTKEY (o_orderkey) SORTKEY (o_orderdate, o_orderkey)",
    "lineitem": "DISTKEY (l_orderkey) SORTKEY (l_shipdate, l_orderkey)",
}
"""What Redshift's tables have more: by the columns of joins and dates, as is usual for TPC-H."""

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Result:
    """Seconds; None when they would be more than the goal."""

    query: str
    seconds: float | None
    peer_seconds: float | None

    @property
    def met(self) -> bool:
        if self.seconds is None:
            return False
        return self.peer_seconds is None or self.seconds <= RATIO_GOAL * self.peer_seconds

    def __str__(self) -> str:
        if self.seconds is None or self.peer_seconds is None:
            return f"{_shown(self.seconds)} against {_shown(self.peer_seconds)}"
        ratio = self.seconds / self.peer_seconds
        return f"{_shown(self.seconds)} against {_shown(self.peer_seconds)}, {ratio:.2f}x the time"


def _shown(seconds: float | None) -> str:
    return f"over {SECONDS_GOAL:g} s" if seconds is None else f"{seconds:.3f} s"


def run(scale: float, rounds: int, chosen: list[str]) -> Iterator[Result]:
    with tempfile.TemporaryDirectory(prefix="dw-sim-bench-") as home, _loaded(home, scale) as (ours, theirs):
        for name in chosen or tpch.QUERIES:
            seconds: tuple[list[float | None], list[float | None]] = ([], [])
            for _ in range(rounds):
                for connection, times in zip((ours, theirs), seconds, strict=True):
                    if None not in times:
                        times.append(_timed(connection, tpch.QUERIES[name]))
            yield Result(name, *(min(times, key=lambda each: each or SECONDS_GOAL) for times in seconds))


def _timed(connection: Connection, query: str) -> float | None:
    started = time.perf_counter()
    try:
        psycopg.ClientCursor(connection).execute(query).fetchall()
    except psycopg.errors.QueryCanceled:
        return None
    return time.perf_counter() - started


@contextmanager
def _loaded(home: str, scale: float) -> Iterator[tuple[Connection, Connection]]:
    Path(home).chmod(0o755)
    base = {"home": home, "s3": {"port": 0}, "redshift": {"port": 0}}
    with service("s3", base) as s3_port:
        settings = {**base, "s3": {"port": s3_port}}
        keys = load_settings(settings, use_running_stack=False).s3
        store = ObjectStore.connect(keys.url, keys.access_key, keys.secret_key.get_secret_value(), keys.region)
        store.create_bucket("tpch")
        with service("redshift", settings) as port:
            emulator = f"host=127.0.0.1 port={port} dbname=dev user=awsuser password=mockpass sslmode=disable"
            with psycopg.connect(owner(home), autocommit=True) as connection:
                connection.execute("CREATE DATABASE peer TEMPLATE template0")
                with (
                    psycopg.connect(emulator, autocommit=True) as ours,
                    psycopg.connect(owner(home, "peer"), autocommit=True) as theirs,
                ):
                    for table, rows in tpch.tables(scale):
                        parquet = io.BytesIO()
                        pq.write_table(rows, parquet)
                        store.write("tpch", f"{table}/0.parquet", parquet.getvalue())
                        _fill(table, rows, ours, theirs)
                    found = "SELECT indexdef FROM pg_indexes WHERE tablename = ANY (%s)"
                    for (index,) in connection.execute(found, (list(tpch.COLUMNS),)).fetchall():
                        theirs.execute(index)
                    # As autovacuum does for both a moment later.
                    connection.execute("VACUUM ANALYZE")
                    theirs.execute("VACUUM ANALYZE")
                    for connection in (ours, theirs):
                        connection.execute(f"SET statement_timeout TO {int(SECONDS_GOAL * 1000)}")
                    yield ours, theirs


def _fill(table: str, rows: pa.Table, ours: Connection, theirs: Connection) -> None:
    columns, key = tpch.COLUMNS[table], ", ".join(tpch.KEYS[table])
    role = "IAM_ROLE 'arn:aws:iam::000000000000:role/bench'"
    ours.execute(f"CREATE TABLE {table} ({columns}, PRIMARY KEY ({key})) {ATTRIBUTES[table]}")
    ours.execute(f"COPY {table} FROM 's3://tpch/{table}/' {role} FORMAT PARQUET")
    theirs.execute(f"CREATE TABLE {table} ({columns})")
    text = io.BytesIO()
    arrow_csv.write_csv(rows, text, arrow_csv.WriteOptions(include_header=False))
    with theirs.cursor().copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy:
        copy.write(text.getbuffer())


def main() -> None:
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 0.1
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    for result in run(scale, rounds, sys.argv[3:]):
        outcome = "" if result.met else f"   (goal: at most {RATIO_GOAL}x and {SECONDS_GOAL:g} s)"
        print(f"query {result.query}: {result}{outcome}", flush=True)


if __name__ == "__main__":
    main()
