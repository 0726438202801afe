"""How long `dw-sim up` takes, and what the whole stack holds in memory when nobody uses it.

    python -m bench.stack [ROUNDS]

Cold is the first start in an empty home (PostgreSQL's cluster and the catalogs are made), warm every later one. Memory
is PSS after ten idle seconds: what a process has for itself, and its share of what several map, so that the sum over
the stack is what the machine would get back. The goal is less than 400 MB with the supervisor and PostgreSQL. Each
start is also given as a multiple of a peer of the same round: a Python that imports what the services are made of.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from dw_simulator.stack import state
from dw_simulator.testing.stack import RunningStack, start_stack

IDLE_SECONDS = 10.0
MEMORY_GOAL = 400.0
"""MB, for all processes of the stack."""
PROC = Path("/proc")
PEER = "import duckdb, pyarrow, sqlglot, pydantic, fastapi, uvicorn"


def run(rounds: int) -> None:
    cold: list[float] = []
    warm: list[float] = []
    peer: list[float] = []
    memory: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="dw-sim-bench-") as folder:
            peer.append(_peer())
            cold.append(_start_and_stop(Path(folder)))
            began = time.perf_counter()
            stack = start_stack(Path(folder))
            warm.append(time.perf_counter() - began)
            try:
                time.sleep(IDLE_SECONDS)
                for name, size in idle_memory(stack).items():
                    memory[name].append(size)
            finally:
                stack.stop()
    _time("cold start, all healthy", cold, peer)
    _time("warm start, all healthy", warm, peer)
    for name, sizes in memory.items():
        print(f"idle memory, {name:<39} {statistics.median(sizes):7.0f} MB")
    total = statistics.median(map(sum, zip(*memory.values(), strict=True)))
    share = f"{total / MEMORY_GOAL:.2f} of the goal of {MEMORY_GOAL:g} MB"
    print(f"{'idle memory, whole stack':<52} {total:7.0f} MB   {share}")


def _peer() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", PEER], check=True)
    return time.perf_counter() - began


def _start_and_stop(folder: Path) -> float:
    began = time.perf_counter()
    stack = start_stack(folder)
    seconds = time.perf_counter() - began
    stack.stop()
    return seconds


def _time(name: str, seconds: list[float], peer: list[float]) -> None:
    taken, imports = statistics.median(seconds), statistics.median(peer)
    print(f"{name:<52} {taken:7.2f} s   {taken / imports:.1f} times the imports of a Python ({imports:.2f} s)")


def idle_memory(stack: RunningStack) -> dict[str, float]:
    """PSS in MB by service, PostgreSQL's processes as one.

    Raises:
        SystemExit: the machine has no /proc with the memory of processes.
    """
    if not (PROC / "self" / "smaps_rollup").exists():
        raise SystemExit("the memory of a stack can be measured on Linux only")
    record = state.read_record(stack.settings)
    assert record is not None
    children = _children()
    sizes = {"supervisor": _pss(record.pid)}
    for service in record.services:
        assert service.pid is not None
        sizes[service.name] = _pss(service.pid)
        below = _descendants(service.pid, children)
        if below:
            sizes[f"{service.name}'s PostgreSQL ({len(below)} processes)"] = sum(map(_pss, below))
    return sizes


def _pss(pid: int) -> float:
    rollup = (PROC / str(pid) / "smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # it ended while we looked
            found[parent].append(int(entry.name))
    return found


def _descendants(pid: int, children: dict[int, list[int]]) -> list[int]:
    found = list(children.get(pid, ()))
    for child in found:
        found += children.get(child, ())
    return found


def main() -> None:
    run(int(sys.argv[1]) if len(sys.argv) > 1 else 3)


if __name__ == "__main__":
    main()
