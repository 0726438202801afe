"""Generation of the standard job (see standard_job.py), against DuckDB SQL and a Faker loop in the same run.

    python -m bench.generate

Warm: each contender has run once before the clock starts, and the best of several runs counts.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bench import standard_job
from dw_simulator.generator import CountingSink, DirectorySink, GenerationPlan, build_plan, heap, run
from dw_simulator.generator.parquet import ParquetEncoder
from dw_simulator.generator.pools import words
from dw_simulator.generator.streams import Rows

SEED = 42
ROWS = sum(standard_job.ROWS.values())
RUNS = 5
FAKER_ROWS = 10_000
RSS_LIMIT_MB = 300


def timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def cpu(action: Callable[[], object]) -> float:
    """Seconds of the CPU, which other programs on the machine do not lengthen."""
    started = time.process_time()
    action()
    return time.process_time() - started


def best_of_both(ours: Callable[[], object], peer: Callable[[], object], runs: int = RUNS) -> tuple[float, float]:
    """Seconds of the best run of each, taking turns so that both meet the same machine."""
    ours(), peer()
    pairs = [(timed(ours), timed(peer)) for _ in range(runs)]
    return min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)


def report(name: str, seconds: float, rows: int, peer: float | None = None, peer_name: str = "") -> None:
    rate = f"{seconds:7.3f} s  {rows / seconds / 1e6:6.2f} M rows/s"
    ratio = f"  {peer / seconds:6.2f}x {peer_name} ({peer:.3f} s)" if peer else ""
    print(f"{name:34}{rate}{ratio}", flush=True)


# --- ours and DuckDB ----------------------------------------------------------------------------------------------
def write_ours(plan: GenerationPlan, folder: Path, workers: int) -> None:
    target = folder / "ours"
    run(plan, DirectorySink(target), workers=workers)
    shutil.rmtree(target)


def duckdb_job(folder: Path, factor: int, threads: int) -> Callable[[], None]:
    import duckdb  # here, so that it does not count in the memory of a process that only generates

    connection = duckdb.connect(config={"threads": threads})
    pools = {
        "first": words("first_names"),
        "last": words("last_names"),
        "city": words("cities"),
        "country": words("countries"),
        "company": [f"{stem} {kind}" for stem in words("company_stems") for kind in words("company_suffixes")],
        "category": standard_job.CATEGORIES,
        "product": [f"{a} {b}" for a in words("product_adjectives") for b in words("product_nouns")],
    }
    for statement in standard_job.duckdb_setup(pools):
        connection.execute(statement)
    target = folder / "duckdb"
    target.mkdir(exist_ok=True)
    statements = standard_job.duckdb_statements(str(target), factor)

    def job() -> None:
        for statement in statements:
            connection.execute(statement)

    return job


def against_duckdb(folder: Path) -> None:
    for factor, threads, runs in ((1, 1, RUNS), (1, 2, RUNS), (10, 2, 2)):
        plan = build_plan(standard_job.experiment(factor), seed=SEED)
        job = duckdb_job(folder, factor, threads)
        ours, peer = best_of_both(partial(write_ours, plan, folder, threads), job, runs)
        report(f"{factor}M rows to Parquet, {threads} thread(s)", ours, ROWS * factor, peer, "DuckDB SQL")


# --- a Faker loop ---------------------------------------------------------------------------------------------------
def faker_loop(folder: Path) -> float:
    """Seconds that a plain loop over Faker takes for a hundredth of the job."""
    from faker import Faker

    fake, random = Faker(), Random(SEED)
    fake.seed_instance(SEED)
    makers: dict[str, Callable[[int], dict[str, Any]]] = {
        "customers": lambda i: {
            "id": i, "first_name": fake.first_name(), "last_name": fake.last_name(), "email": f"{i}{fake.email()}",
            "city": fake.city(), "country": fake.country(), "signup_date": fake.date_between("-5y"),
            "is_active": random.random() < 0.8,
        },
        "products": lambda i: {
            "id": i, "name": fake.catch_phrase(), "category": random.choice(standard_job.CATEGORIES),
            "price": round(random.lognormvariate(3, 1), 2), "created_at": fake.date_time_between("-5y"),
        },
        "orders": lambda i: {
            "id": i, "customer_id": random.randint(1, 1000), "order_ts": fake.date_time_between("-2y"),
            "status": random.choice(list(standard_job.STATUSES)), "total": round(random.gauss(150, 50), 2),
        },
        "order_items": lambda i: {
            "id": i, "order_id": random.randint(1, 3000), "product_id": random.randint(1, 100),
            "qty": random.randint(1, 10), "unit_price": round(random.uniform(1, 500), 2),
            "discount": random.random() / 2,
        },
        "stores": lambda i: {
            "id": i, "name": fake.company(), "city": fake.city(), "country": fake.country(),
            "opened_date": fake.date_between("-25y"),
        },
    }  # fmt: skip
    started = time.perf_counter()
    for name, maker in makers.items():
        rows = [maker(i) for i in range(standard_job.ROWS[name] * FAKER_ROWS // ROWS)]
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{name}.parquet", compression="zstd")
    return time.perf_counter() - started


def against_faker(folder: Path, seconds_for_all: float) -> None:
    sample = faker_loop(folder)
    print(
        f"Faker loop: {FAKER_ROWS:,} rows in {sample:.2f} s; the whole job would take "
        f"{sample * ROWS / FAKER_ROWS:.0f} s: {sample * ROWS / FAKER_ROWS / seconds_for_all:.0f}x as long as ours"
    )


# --- memory and cost by column --------------------------------------------------------------------------------------
def peak(factor: int) -> dict[str, float]:
    """Run ``factor`` million rows in a process of its own: its seconds, its peak and what it held before, in MB."""
    command = [sys.executable, "-m", "bench.generate", "--peak", str(factor)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def peak_memory(factor: int) -> None:
    result = peak(factor)
    state = "below" if result["rss_mb"] < RSS_LIMIT_MB else "ABOVE"
    print(
        f"{factor}M rows, 2 threads, cold process: {result['seconds']:.2f} s, peak {result['rss_mb']:.0f} MB RSS "
        f"({result['idle_mb']:.0f} MB before it starts): {state} the limit of {RSS_LIMIT_MB} MB"
    )


def peak_child(factor: int) -> None:
    plan = build_plan(standard_job.experiment(factor), seed=SEED)
    idle = high_water_mark()
    with tempfile.TemporaryDirectory() as folder:
        seconds = timed(lambda: run(plan, DirectorySink(folder), workers=2))
    print(json.dumps({"seconds": seconds, "rss_mb": high_water_mark(), "idle_mb": idle}))


def high_water_mark() -> float:
    """Most resident memory of this program so far, in MB (ru_maxrss would count what its parent had before exec)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 1024


def cost_by_column(plan: GenerationPlan) -> None:
    """Nanoseconds a value: computing it, and encoding it as Parquet."""
    with heap.kept():
        _cost_by_column(plan)


def _cost_by_column(plan: GenerationPlan) -> None:
    print(f"\n{'column':28}{'compute':>9}{'encode':>9}   ns of CPU time a value; bytes a value in the file")
    for table in plan.tables:
        count = min(131_072, table.rows)
        for column in table.columns:
            rows = Rows.range(0, count)
            compute = min(cpu(lambda c=column, n=count: c.take(Rows.range(0, n))) for _ in range(7))  # type: ignore[misc]
            schema = pa.schema([table.schema.field(column.name)])
            batch = pa.RecordBatch.from_arrays([column.take(rows)], schema=schema)
            encoder = ParquetEncoder(schema)
            encode = min(cpu(lambda e=encoder, b=batch: e.encode(b)) for _ in range(7))  # type: ignore[misc]
            size = encoder.encode(batch).size / count
            name = f"{table.name}.{column.name}"
            print(f"{name:28}{compute / count * 1e9:9.1f}{encode / count * 1e9:9.1f}   {size:.2f}")


def main() -> None:
    if sys.argv[1:2] == ["--peak"]:
        peak_child(int(sys.argv[2]))
        return
    print(f"standard job: {ROWS:,} rows in {len(standard_job.ROWS)} tables; best of {RUNS} warm runs")
    plan = build_plan(standard_job.experiment(), seed=SEED)
    run(plan, CountingSink(), workers=1)
    alone = min(timed(lambda: run(plan, CountingSink(), workers=1)) for _ in range(RUNS))
    report("1M rows to memory, 1 thread", alone, ROWS)
    with tempfile.TemporaryDirectory() as folder:
        against_duckdb(Path(folder))
        against_faker(Path(folder), alone)
    peak_memory(10)
    cost_by_column(plan)


if __name__ == "__main__":
    main()
