"""The first page of a large result over the API, against the warehouse's own driver asked for the same rows.

    python -m bench.api_queries [ROWS]

A stack with all services and one table of that many rows (100,000) in both warehouses. The driver's figure is the time
until its first 500 rows are there, on a connection that stands; the API may take 100 ms more than that.
"""

from __future__ import annotations

import http.client
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from dw_simulator.experiments import ExperimentService
from dw_simulator.schema import Experiment, Warehouse
from dw_simulator.stack.connect import redshift_connection, snowflake_connection
from dw_simulator.testing.stack import RunningStack, start_stack

LIMIT_MS, PAGE, WARM_UP, RUNS = 100.0, 500, 3, 15
TABLE = {
    "name": "bench",
    "target_warehouse": ["redshift", "snowflake"],
    "tables": [
        {
            "name": "wide",
            "target_rows": 0,
            "columns": [
                {"name": "id", "data_type": "BIGINT"},
                {"name": "name", "data_type": "VARCHAR(60)", "faker_rule": "name"},
                {"name": "amount", "data_type": "DECIMAL(12,2)"},
                {"name": "made", "data_type": "TIMESTAMP"},
                {"name": "ok", "data_type": "BOOLEAN"},
            ],
        }
    ],
}
SQL = {Warehouse.REDSHIFT: "select * from bench.wide", Warehouse.SNOWFLAKE: "select * from bench.public.wide"}


def run(rows: int = 100_000) -> None:
    with tempfile.TemporaryDirectory(prefix="dw-sim-bench-") as folder:
        stack = start_stack(Path(folder))
        try:
            with closing(ExperimentService(stack.settings)) as service:
                service.create(Experiment.model_validate(TABLE))
                service.generate("bench", rows={"wide": rows})
                service.load("bench")
            for warehouse, connect in (
                (Warehouse.REDSHIFT, redshift_connection),
                (Warehouse.SNOWFLAKE, snowflake_connection),
            ):
                _measure(stack, warehouse, connect, rows)
        finally:
            stack.stop()


def _measure(stack: RunningStack, warehouse: Warehouse, connect: Callable[..., Any], rows: int) -> None:
    with closing(connect(stack.settings)) as connection:
        direct = _median_ms(lambda: _first_rows(connection, SQL[warehouse]))
        whole = _median_ms(lambda: _all_rows(connection, SQL[warehouse]))
    first = _median_ms(lambda: _first_page(stack, warehouse))
    over = first - direct
    print(
        f"{warehouse:<10} {rows:,} rows: first page over the API {first:7.1f} ms;"
        f" driver: first {PAGE} rows {direct:7.1f} ms, all {whole:7.1f} ms;"
        f" over the driver {over:+7.1f} ms ({over / LIMIT_MS:+.2f} of the limit)"
    )


def _median_ms(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(WARM_UP + RUNS):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken[WARM_UP:])


def _first_rows(connection, sql: str) -> None:
    with closing(connection.cursor()) as cursor:
        cursor.execute(sql)
        if len(cursor.fetchmany(PAGE)) != PAGE:
            raise SystemExit(f"{sql} gave no {PAGE} rows")


def _all_rows(connection, sql: str) -> None:
    with closing(connection.cursor()) as cursor:
        cursor.execute(sql)
        cursor.fetchall()


def _first_page(stack: RunningStack, warehouse: Warehouse) -> None:
    api = stack.settings.api
    body = json.dumps({"warehouse": warehouse, "sql": SQL[warehouse], "page_rows": PAGE, "row_limit": 100_000})
    with closing(http.client.HTTPConnection(api.host, api.port)) as connection:
        connection.request("POST", "/api/query", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        page = json.loads(answer.read())
        if answer.status != 200 or len(page["rows"]) != PAGE:
            raise SystemExit(f"/api/query answered {answer.status}: {str(page)[:300]}")
        connection.request("DELETE", f"/api/query/{page['query_id']}")
        connection.getresponse().read()


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
