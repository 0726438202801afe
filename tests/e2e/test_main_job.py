"""The main job as a user does it, by the command line only: a schema in, two filled warehouses out."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from dw_simulator.schema import Experiment, Table, Warehouse
from dw_simulator.stack import connect
from dw_simulator.testing import RunningStack
from dw_simulator.warehouses.names import table_name

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

pytestmark = pytest.mark.stack


@dataclass(frozen=True)
class Job:
    """How an experiment is created, and how many rows its tables get."""

    name: str
    create: tuple[str, ...]
    rows: dict[str, int]


BOTH = ("--target-warehouse", "redshift", "--target-warehouse", "snowflake")
TICKIT_ROWS = {"users": 500, "venue": 50, "category": 11, "date": 365, "event": 400, "listing": 2000, "sales": 3000}
SHOP_ROWS = {"customers": 600, "products": 80, "stores": 12, "orders": 1500, "order_items": 4000}
SMALL = ("--rows=products=20", "--rows=orders=200")
"""For experiments of shop/schema.json; the test says how many customers."""

JOBS = [
    Job("job_tickit", ("import-sql", str(EXAMPLES / "tickit/redshift.sql"), "--dialect", "redshift"), TICKIT_ROWS),
    Job("job_shop", ("import-sql", str(EXAMPLES / "shop/snowflake.sql"), "--dialect", "snowflake"), SHOP_ROWS),
    Job("job_json", ("create", str(EXAMPLES / "shop/schema.json")), {}),
    Job("job_yaml", ("create", str(EXAMPLES / "shop/schema.yaml")), {}),
]


@dataclass(frozen=True)
class Filled:
    """An experiment that is loaded into both warehouses."""

    stack: RunningStack
    name: str
    schema: Experiment
    generated: dict[str, int]

    def value(self, warehouse: str, sql: str) -> Any:
        """The one value that ``sql`` gives, through the warehouse's own driver."""
        with closing(_connect(warehouse, self.stack, self.name)) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0]

    def rows(self, warehouse: str, sql: str) -> list[list[Any]]:
        with closing(_connect(warehouse, self.stack, self.name)) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(sql)
            return [list(row) for row in cursor.fetchall()]


def _connect(warehouse: str, stack: RunningStack, experiment: str) -> Any:
    if warehouse == "snowflake":
        return connect.snowflake_connection(stack.settings, database=experiment.upper(), schema="PUBLIC")
    if warehouse == "redshift_connector":
        connection = connect.redshift_connection(stack.settings)
    else:
        target = stack.settings.redshift
        connection = psycopg.connect(
            host=target.host, port=target.port, user="awsuser", password="mockpass", dbname="dev"
        )
    with closing(connection.cursor()) as cursor:
        cursor.execute(f"set search_path to {experiment}")
    return connection


DRIVERS = ("redshift_connector", "psycopg", "snowflake")


@pytest.fixture(scope="module", params=JOBS, ids=lambda job: job.name)
def filled(request, stack) -> Iterator[Filled]:
    job: Job = request.param
    command, *arguments = job.create
    stack.dw_sim("experiment", command, *arguments, "--name", job.name, *BOTH)
    rows = [f"--rows={table}={count}" for table, count in job.rows.items()]
    run = json.loads(stack.dw_sim("experiment", "generate", job.name, *rows, "--seed", "7", "--json").stdout)
    loaded = json.loads(stack.dw_sim("experiment", "load", job.name, "--json").stdout)
    assert {load["total_rows"] for load in loaded["loads"]} == {run["total_rows"]}
    schema = json.loads(stack.dw_sim("experiment", "show", job.name, "--json").stdout)
    yield Filled(stack, job.name, Experiment.model_validate(schema["experiment"]), run["rows"])
    stack.dw_sim("experiment", "delete", job.name, "--yes")


@pytest.mark.parametrize("driver", DRIVERS)
def test_every_row_arrives(filled, driver):
    tables = {table.name: _name(table, driver) for table in filled.schema.tables}
    counts = {table: filled.value(driver, f"select count(*) from {name}") for table, name in tables.items()}
    assert counts == filled.generated


@pytest.mark.parametrize("driver", DRIVERS)
def test_foreign_keys_hold(filled, driver):
    orphans = {}
    for reference in filled.schema.references():
        child, parent = (_name(filled.schema.table(name), driver) for name in (reference.table, reference.parent))
        columns = list(zip(reference.columns, reference.parent_columns, strict=True))
        match = " and ".join(f"p.{key} = c.{column}" for column, key in columns)
        given = " and ".join(f"c.{column} is not null" for column, _ in columns)
        sql = f"select count(*) from {child} c where {given} and not exists (select 1 from {parent} p where {match})"
        orphans[f"{reference.table}.{reference.columns}"] = filled.value(driver, sql)
    assert orphans
    assert set(orphans.values()) == {0}


@pytest.mark.parametrize("driver", DRIVERS)
def test_keys_are_unique(filled, driver):
    for table in filled.schema.tables:
        for key in table.unique_groups():
            columns = ", ".join(key)
            given = " and ".join(f"{column} is not null" for column in key)
            name = _name(table, driver)
            rows = filled.value(driver, f"select count(*) from {name} where {given}")
            groups = f"select {columns} from {name} where {given} group by {columns}"
            assert filled.value(driver, f"select count(*) from ({groups}) g") == rows, (table.name, key)


def test_both_warehouses_answer_alike(filled):
    for table in filled.schema.tables:
        names = [column.name.lower() for column in table.columns if column.data_type in _COMPARABLE]
        order = ", ".join(table.primary_key or (table.composite_keys or [[table.columns[0].name]])[0])
        seen = {
            driver: filled.rows(
                driver, f"select {', '.join(names)} from {_name(table, driver)} order by {order} limit 20"
            )
            for driver in ("redshift_connector", "snowflake")
        }
        assert seen["redshift_connector"] == seen["snowflake"], table.name


_COMPARABLE = ("SMALLINT", "INT", "BIGINT", "VARCHAR", "BOOLEAN", "DATE")
"""Types whose values the drivers of both warehouses give alike."""


def _name(table: Table, driver: str) -> str:
    """The table's name as a user of the warehouse writes it: in double quotes if it is reserved there."""
    return table_name(table, Warehouse.SNOWFLAKE if driver == "snowflake" else Warehouse.REDSHIFT)


def _rows(stack: RunningStack, sql: str, warehouse: str, experiment: str) -> list[dict[str, Any]]:
    done = stack.dw_sim("query", sql, "--warehouse", warehouse, "--experiment", experiment, "--format", "json")
    return [{name.lower(): value for name, value in row.items()} for row in json.loads(done.stdout)]


def test_the_same_seed_makes_the_same_data(stack, tmp_path):
    """Two experiments of one schema and seed; the files that a query writes are equal byte by byte."""
    written = []
    for name in ("job_twin", "job_twin"):
        stack.dw_sim("experiment", "create", str(EXAMPLES / "shop/schema.json"), "--name", name, *BOTH)
        stack.dw_sim("experiment", "generate", name, "--seed", "3", "--load", *SMALL, "--rows=customers=100")
        path = tmp_path / f"{len(written)}.csv"
        sql = "select * from orders order by 1"
        stack.dw_sim("query", sql, "--warehouse", "snowflake", "--experiment", name, "--output", str(path))
        written.append(path.read_bytes())
        stack.dw_sim("experiment", "delete", name, "--yes")
    assert len(written[0].splitlines()) > 100
    assert written[0] == written[1]


def test_loading_again_replaces_the_rows(stack):
    name = "job_again"
    stack.dw_sim("experiment", "create", str(EXAMPLES / "shop/schema.json"), "--name", name, *BOTH)
    for customers in (60, 50):
        stack.dw_sim("experiment", "generate", name, *SMALL, f"--rows=customers={customers}", "--load")
        for warehouse in ("redshift", "snowflake"):
            rows = _rows(stack, "select count(*) as n from customers", warehouse, name)
            assert int(rows[0]["n"]) == customers
    stack.dw_sim("experiment", "delete", name, "--yes")


def test_reset_empties_and_delete_removes(stack):
    name = "job_gone"
    stack.dw_sim("experiment", "create", str(EXAMPLES / "shop/schema.json"), "--name", name, *BOTH)
    stack.dw_sim("experiment", "generate", name, "--load", *SMALL, "--rows=customers=100")
    stack.dw_sim("experiment", "reset", name)
    for warehouse in ("redshift", "snowflake"):
        assert int(_rows(stack, "select count(*) as n from orders", warehouse, name)[0]["n"]) == 0
    stack.dw_sim("experiment", "delete", name, "--yes")
    assert name not in stack.dw_sim("experiment", "list", "--json").stdout
    refused = stack.dw_sim("query", f"select count(*) from {name}.orders", "--warehouse", "redshift", check=False)
    assert refused.returncode == 6
    assert refused.stderr.startswith("error: ")


def test_the_api_does_the_same_job(stack):
    name = "job_api"
    with httpx2.Client(base_url=f"http://{stack.settings.api.address}", timeout=60) as api:
        body = {
            "sql": (EXAMPLES / "shop/snowflake.sql").read_text(),
            "dialect": "snowflake",
            "name": name,
            "target_warehouse": ["redshift", "snowflake"],
        }
        imported = api.post("/api/experiments/import-sql", json=body)
        assert imported.status_code == 201, imported.text
        assert "'order_items' has a composite primary key (order_id, line_no)" in imported.json()["warnings"][0]

        started = api.post(f"/api/experiments/{name}/generate", json={"rows": SHOP_ROWS, "seed": 7})
        assert started.status_code == 202, started.text
        give_up_at = time.monotonic() + 60
        while (run := api.get(f"/api/experiments/{name}/runs").json()[0])["status"] == "RUNNING":
            assert time.monotonic() < give_up_at
            time.sleep(0.05)
        assert (run["status"], run["row_counts"]) == ("COMPLETED", SHOP_ROWS)

        loaded = api.post(f"/api/experiments/{name}/load?wait=true")
        assert loaded.status_code == 200, loaded.text
        loads = loaded.json()["loads"]
        assert {load["warehouse"]: (load["rows"], load["error"]) for load in loads} == {
            "redshift": (SHOP_ROWS, None),
            "snowflake": (SHOP_ROWS, None),
        }
        assert name in [experiment["name"] for experiment in api.get("/api/experiments").json()]
        assert api.delete(f"/api/experiments/{name}").json() == {"dropped_tables": 10}
        assert api.get(f"/api/experiments/{name}").status_code == 404
