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
import redshift_connector
import snowflake.connector

from dw_simulator.testing import RunningStack

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
    schema: dict[str, Any]
    generated: dict[str, int]

    @property
    def tables(self) -> list[dict[str, Any]]:
        return self.schema["tables"]

    def value(self, warehouse: str, sql: str) -> Any:
        """The one value that ``sql`` gives, through the warehouse's own driver."""
        with closing(_connect(warehouse, self.stack, self.name)) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0]


def _connect(warehouse: str, stack: RunningStack, experiment: str) -> Any:
    if warehouse == "snowflake":
        target = stack.settings.snowflake
        return snowflake.connector.connect(
            account="local",
            user="me",
            password="any",
            host=target.host,
            port=target.port,
            protocol="http",
            database=experiment.upper(),
            schema="PUBLIC",
        )
    target = stack.settings.redshift
    login = {"host": target.host, "port": target.port, "user": "awsuser", "password": "mockpass"}
    if warehouse == "redshift_connector":
        connection = redshift_connector.connect(database="dev", ssl=False, **login)
    else:
        connection = psycopg.connect(dbname="dev", **login)
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
    assert loaded, "a load reports what it loaded"
    schema = json.loads(stack.dw_sim("experiment", "show", job.name, "--json").stdout)
    yield Filled(stack, job.name, schema.get("experiment", schema), run["row_counts"])
    stack.dw_sim("experiment", "delete", job.name, "--yes")


@pytest.mark.parametrize("driver", DRIVERS)
def test_every_row_arrives(filled, driver):
    assert filled.generated
    counts = {table: filled.value(driver, f"select count(*) from {table}") for table in filled.generated}
    assert counts == filled.generated


@pytest.mark.parametrize("driver", DRIVERS)
def test_foreign_keys_hold(filled, driver):
    orphans = {}
    for table, column, parent, key in _foreign_keys(filled.tables):
        sql = (
            f"select count(*) from {table} c left join {parent} p on p.{key} = c.{column} "
            f"where c.{column} is not null and p.{key} is null"
        )
        orphans[f"{table}.{column}"] = filled.value(driver, sql)
    assert orphans
    assert set(orphans.values()) == {0}


@pytest.mark.parametrize("driver", DRIVERS)
def test_primary_keys_are_unique(filled, driver):
    for table in filled.tables:
        for key in [table.get("primary_key"), *table.get("composite_keys", [])]:
            if key:
                columns = ", ".join(key)
                sql = f"select count(*) from (select {columns} from {table['name']} group by {columns}) t"
                assert filled.value(driver, sql) == filled.generated[table["name"]], (table["name"], key)


def test_both_warehouses_answer_alike(filled):
    for table in filled.tables:
        sql = f"select * from {table['name']} order by {_order(table)} limit 20"
        answers = {
            warehouse: _rows(filled.stack, sql, warehouse, filled.name) for warehouse in ("redshift", "snowflake")
        }
        comparable = [column["name"].lower() for column in table["columns"] if column["data_type"] in _COMPARABLE]
        seen = {warehouse: [[row[name] for name in comparable] for row in rows] for warehouse, rows in answers.items()}
        assert seen["redshift"] == seen["snowflake"], table["name"]


_COMPARABLE = ("SMALLINT", "INT", "BIGINT", "VARCHAR", "BOOLEAN", "DATE")
"""Types whose values both warehouses print alike."""


def _rows(stack: RunningStack, sql: str, warehouse: str, experiment: str) -> list[dict[str, Any]]:
    done = stack.dw_sim("query", sql, "--warehouse", warehouse, "--experiment", experiment, "--format", "json")
    return [{name.lower(): value for name, value in row.items()} for row in json.loads(done.stdout)]


def _order(table: dict[str, Any]) -> str:
    keys = table.get("primary_key") or (table.get("composite_keys") or [[]])[0]
    return ", ".join(keys or [table["columns"][0]["name"]])


def _foreign_keys(tables: list[dict[str, Any]]) -> Iterator[tuple[str, str, str, str]]:
    for table in tables:
        for column in table["columns"]:
            if key := column.get("foreign_key"):
                yield table["name"], column["name"], key["table"], key["column"]


def test_the_same_seed_makes_the_same_data(stack, tmp_path):
    """Two experiments of one schema and seed; the files that a query writes are equal byte by byte."""
    written = []
    for name in ("job_twin", "job_twin"):
        stack.dw_sim("experiment", "create", str(EXAMPLES / "shop/schema.json"), "--name", name, *BOTH)
        stack.dw_sim("experiment", "generate", name, "--seed", "3", "--load")
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
    for customers in (200, 50):
        stack.dw_sim("experiment", "generate", name, f"--rows=customers={customers}", "--load")
        for warehouse in ("redshift", "snowflake"):
            rows = _rows(stack, "select count(*) as n from customers", warehouse, name)
            assert int(rows[0]["n"]) == customers
    stack.dw_sim("experiment", "delete", name, "--yes")


def test_reset_empties_and_delete_removes(stack):
    name = "job_gone"
    stack.dw_sim("experiment", "create", str(EXAMPLES / "shop/schema.json"), "--name", name, *BOTH)
    stack.dw_sim("experiment", "generate", name, "--load")
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
    with httpx2.Client(base_url=f"http://{stack.settings.api.address}/api/experiments", timeout=60) as api:
        body = {
            "sql": (EXAMPLES / "shop/snowflake.sql").read_text(),
            "dialect": "snowflake",
            "name": name,
            "target_warehouse": ["redshift", "snowflake"],
        }
        imported = api.post("/import-sql", json=body)
        assert imported.status_code == 201, imported.text
        assert "'order_items' has a composite primary key (order_id, line_no)" in imported.json()["warnings"][0]

        started = api.post(f"/{name}/generate", json={"rows": SHOP_ROWS, "seed": 7})
        assert started.status_code == 202, started.text
        give_up_at = time.monotonic() + 60
        while (run := api.get(f"/{name}/runs").json()[0])["status"] == "RUNNING":
            assert time.monotonic() < give_up_at
            time.sleep(0.05)
        assert (run["status"], run["row_counts"]) == ("COMPLETED", SHOP_ROWS)

        loads = api.post(f"/{name}/load").json()["loads"]
        assert {load["warehouse"]: (load["rows"], load["error"]) for load in loads} == {
            "redshift": (SHOP_ROWS, None),
            "snowflake": (SHOP_ROWS, None),
        }
        assert name in [experiment["name"] for experiment in api.get("").json()]
        assert api.delete(f"/{name}").json() == {"dropped_tables": 10}
        assert api.get(f"/{name}").status_code == 404
