"""Every goal of the generator's speed in one table.

    python -m bench generate_goals
    python -m bench.generate_goals [--runs N] [--large N] [--without-sdv]

Ratios are of the best of several warm runs that take turns with the peer, so that a busy machine slows both; the ratio
of CPU time (user and system) stands beside that of time. DuckDB runs the same job in SQL to the same format, Faker in a
plain loop. SDV samples the two tables without free text after learning them from 10,000 rows; it is in an environment
of its own (scripts/client-venvs sdv), made at the first run. Both are compared by CPU time, of one thread. The parts
have benchmarks of their own: generate, families.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import generate, standard_job
from dw_simulator.generator import DirectorySink, GenerationPlan, build_plan
from dw_simulator.generator.parquet import ParquetEncoder
from dw_simulator.generator.runner import tasks_of

ROOT = Path(__file__).resolve().parent.parent
ONE_THREAD_GOAL, TWO_THREADS_GOAL, LOOP_GOAL, SDV_GOAL, WRITER_GOAL, MEMORY_GOAL = 2.0, 2.5, 50, 50, 0.5, 500
SDV_TABLES = ("orders", "order_items")
SDV_LEARNED, SDV_ROWS = 10_000, 20_000

SDV = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import pandas as pd
from sdv.metadata import Metadata
from sdv.single_table import GaussianCopulaSynthesizer
folder, rows, *names = sys.argv[1:]
seconds = {}
for name in names:
    real = pd.read_parquet(f"{folder}/{name}.parquet")
    def kind(column):
        if column == "id":
            return {"sdtype": "id"}
        if pd.api.types.is_datetime64_any_dtype(real[column]):
            return {"sdtype": "datetime"}
        return {"sdtype": "numerical" if pd.api.types.is_numeric_dtype(real[column]) else "categorical"}
    for column in real.columns:
        if str(real[column].iloc[0].__class__.__name__) == "Decimal":
            real[column] = real[column].astype(float)
    spec = {"columns": {column: kind(column) for column in real.columns}, "primary_key": "id"}
    model = GaussianCopulaSynthesizer(
        Metadata.load_from_dict({"METADATA_SPEC_VERSION": "V1", "tables": {name: spec}, "relationships": []})
    )
    model.fit({name: real})
    times = []
    for _ in range(3):
        began = time.process_time()
        model.sample(int(rows))
        times.append(time.process_time() - began)
    seconds[name] = min(times)
print("RESULT", json.dumps(seconds))
"""


@dataclass(frozen=True)
class Line:
    name: str
    measured: str
    goal: str
    met: bool


@dataclass(frozen=True)
class Clocked:
    """Seconds on the wall and of the CPU."""

    wall: float
    cpu: float

    @classmethod
    def of(cls, action: Callable[[], object]) -> Clocked:
        wall, cpu = time.perf_counter(), time.process_time()
        action()
        return cls(time.perf_counter() - wall, time.process_time() - cpu)

    @classmethod
    def best(cls, runs: list[Clocked]) -> Clocked:
        return cls(min(one.wall for one in runs), min(one.cpu for one in runs))


def against_duckdb(folder: Path, factor: int, threads: int, runs: int, goal: float) -> Line:
    plan = build_plan(standard_job.experiment(factor), seed=generate.SEED)
    job = generate.duckdb_job(folder, factor, threads)
    mine = partial(generate.write_ours, plan, folder, threads)
    mine(), job()
    pairs = [(Clocked.of(mine), Clocked.of(job)) for _ in range(runs)]
    ours, peer = (Clocked.best([pair[side] for pair in pairs]) for side in (0, 1))
    ratio = peer.wall / ours.wall
    rate = generate.ROWS * factor / ours.wall / 1e6
    measured = f"{ratio:.2f}x the speed ({peer.cpu / ours.cpu:.2f}x by CPU time), {rate:.1f} M rows/s"
    name = f"{factor}M rows, {threads} thread{'s' if threads > 1 else ''}, DuckDB SQL"
    return Line(name, measured, f"at least {goal:g}x", ratio >= goal)


def ours_alone(folder: Path, runs: int) -> float:
    """Seconds of CPU time of the best run of 1M rows to Parquet on one thread."""
    plan = build_plan(standard_job.experiment(), seed=generate.SEED)
    generate.write_ours(plan, folder, 1)
    return min(generate.cpu(partial(generate.write_ours, plan, folder, 1)) for _ in range(runs))


def against_faker(folder: Path, seconds: float) -> Line:
    loop = generate.cpu(partial(generate.faker_loop, folder)) * generate.ROWS / generate.FAKER_ROWS
    ratio = loop / seconds
    return Line(
        "1M rows, 1 thread, Faker loop", f"{ratio:,.0f}x the speed", f"at least {LOOP_GOAL}x", ratio >= LOOP_GOAL
    )


def against_sdv(folder: Path, seconds: float) -> Line:
    made = subprocess.run([ROOT / "scripts/client-venvs", "sdv"], capture_output=True, text=True, check=True)
    rows = dict.fromkeys(SDV_TABLES, SDV_LEARNED)
    plan = build_plan(standard_job.experiment(), seed=generate.SEED, rows=rows)
    for name in SDV_TABLES:
        data = ParquetEncoder(plan.table(name).schema).encode(plan.table(name).batch(0, SDV_LEARNED))
        (folder / f"{name}.parquet").write_bytes(data)
    command = [f"{made.stdout.strip()}/bin/python", "-c", SDV, str(folder), str(SDV_ROWS), *SDV_TABLES]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    found = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if not found:
        raise RuntimeError(f"SDV failed: {done.stderr[-2000:]}")
    times = json.loads(found[0].removeprefix("RESULT "))
    wanted = {name: standard_job.ROWS[name] for name in SDV_TABLES}
    rate = sum(wanted.values()) / sum(times[name] / SDV_ROWS * count for name, count in wanted.items())
    ratio = generate.ROWS / seconds / rate
    measured = f"{ratio:,.0f}x the rows/s ({rate:,.0f})"
    return Line("GaussianCopula of SDV, sampling", measured, f"at least {SDV_GOAL}x", ratio >= SDV_GOAL)


def writer_share(folder: Path, runs: int) -> Line:
    """Of the CPU time of computing, encoding and writing, that of the last two."""
    plan = build_plan(standard_job.experiment(), seed=generate.SEED)
    shares = [_writer_share(plan, DirectorySink(folder / f"share-{number}")) for number in range(runs)]
    share = sorted(shares)[runs // 2]
    measured = f"{share:.0%} of the CPU time"
    return Line("The Parquet writer's share", measured, f"at least {WRITER_GOAL:.0%}", share >= WRITER_GOAL)


def _writer_share(plan: GenerationPlan, sink: DirectorySink) -> float:
    encoders = {table.name: ParquetEncoder(table.schema) for table in plan.tables}
    computing = writing = 0.0
    for task in tasks_of(plan, 131_072):
        began = time.process_time()
        batch = task.table.batch(task.lo, task.hi)
        computed = time.process_time()
        sink.write(task.table.name, task.index, task.lo, task.hi, encoders[task.table.name].encode(batch))
        computing += computed - began
        writing += time.process_time() - computed
    return writing / (computing + writing)


def memory(factor: int) -> Line:
    result = generate.peak(factor)
    measured = f"{result['rss_mb']:.0f} MB RSS ({result['idle_mb']:.0f} before), {result['seconds']:.0f} s"
    return Line(
        f"{factor}M rows, 2 threads, cold process",
        measured,
        f"below {MEMORY_GOAL} MB",
        result["rss_mb"] < MEMORY_GOAL,
    )


def lines(runs: int, large: int, *, sdv: bool) -> Iterator[Line]:
    with tempfile.TemporaryDirectory(prefix="bench-generate-") as name:
        folder = Path(name)
        for factor, threads, goal in ((1, 1, ONE_THREAD_GOAL), (10, 1, ONE_THREAD_GOAL), (10, 2, TWO_THREADS_GOAL)):
            yield against_duckdb(folder, factor, threads, runs, goal)
        seconds = ours_alone(folder, runs)
        yield against_faker(folder, seconds)
        if sdv:
            yield against_sdv(folder, seconds)
        yield writer_share(folder, runs)
    yield memory(large)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="of each contender (default: 5)")
    parser.add_argument("--large", type=int, default=100, help="million rows of the run for memory (default: 100)")
    parser.add_argument("--without-sdv", action="store_true", help="leave out the peer that needs an environment")
    options = parser.parse_args()
    print(f"{'':<36} {'measured':<58} {'goal':<16} on {os.cpu_count()} CPUs")
    missed = 0
    for line in lines(options.runs, options.large, sdv=not options.without_sdv):
        print(f"{line.name:<36} {line.measured:<58} {line.goal:<16} {'met' if line.met else 'NOT MET'}", flush=True)
        missed += not line.met
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
