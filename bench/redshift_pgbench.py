"""Point look-ups by pgbench through the Redshift emulator, and on the PostgreSQL behind it.

    python -m bench.redshift_pgbench [SECONDS]

What ``pgbench -S -M simple`` does: each statement has another literal; and two look-ups in a transaction, one of which
is translated. With one client a statement waits for the other before it; with more the proxy's one process is busy all
the time, and PostgreSQL alone has all CPUs.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from bench.redshift_latency import emulator_and_peer
from dw_simulator.emulators.redshift.postgres.cluster import installed

CLIENTS = (1, 8)
ROUNDS = 5
ACCOUNTS = 100_000
_ACCOUNT = f"\\set aid random(1, {ACCOUNTS})\n"
_LOOK_UP = "SELECT abalance FROM pgbench_accounts WHERE aid = :aid;\n"
_TRANSLATED = "SELECT coalesce(abalance, 0) AS b FROM pgbench_accounts a WHERE aid = :aid;\n"
SCRIPTS = {
    "pgbench -S": _ACCOUNT + _LOOK_UP,
    "two look-ups in a transaction": f"{_ACCOUNT}BEGIN;\n{_LOOK_UP}{_TRANSLATED}COMMIT;\n",
}


def transactions(dsn: str, script: Path, clients: int, seconds: int) -> float:
    """Runs of the script a second."""
    parts = conninfo_to_dict(dsn)
    address = ["-h", str(parts["host"]), "-p", str(parts["port"]), "-U", str(parts["user"])]
    load = ["-n", "-M", "simple", "-c", str(clients), "-T", str(seconds), "-f", str(script)]
    program = installed() / "bin" / "pgbench"
    environment = {**os.environ, "PGPASSWORD": str(parts.get("password", "")), "PGSSLMODE": "disable"}
    done = subprocess.run(
        [program, *load, *address, "dev"], env=environment, capture_output=True, text=True, check=True
    )
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found is not None, done.stdout
    return float(found[1])


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o755)
        script = Path(home) / "look_up.sql"
        with emulator_and_peer(home) as (ours, theirs):
            with psycopg.connect(ours, autocommit=True) as connection:
                connection.execute("CREATE TABLE pgbench_accounts (aid int PRIMARY KEY, abalance int, filler char(84))")
                connection.execute(
                    f"INSERT INTO pgbench_accounts SELECT n, n * 7, 'x' FROM generate_series(1, {ACCOUNTS}) AS g(n)"
                )
            with psycopg.connect(theirs, autocommit=True) as connection:
                connection.execute("ANALYZE pgbench_accounts")
            for name, text in SCRIPTS.items():
                script.write_text(text)
                for clients in CLIENTS:
                    pairs = [
                        (transactions(ours, script, clients, seconds), transactions(theirs, script, clients, seconds))
                        for _ in range(ROUNDS)
                    ]
                    mine, other = (statistics.median(side) for side in zip(*pairs, strict=True))
                    goal = "goal: at least 0.5x" if clients == 1 and text.count("SELECT") == 1 else "no goal"
                    print(
                        f"{name}, clients: {clients}: {mine:,.0f} against {other:,.0f} a second, {mine / other:.2f}x"
                        f" the speed ({goal}) on {os.cpu_count()} CPUs",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
