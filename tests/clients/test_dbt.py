"""examples/dbt on both emulators: seed, models, tests and snapshot, twice, with a change in between, then the docs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dw_simulator.experiments import ExperimentService, check_experiment, read_experiment
from dw_simulator.schema import Warehouse
from dw_simulator.schema.importers import read_file

pytestmark = pytest.mark.stack

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
ROWS = {"customers": 200, "products": 20, "orders": 500}

RUNNER = """
import json, sys
from dbt.cli.main import dbtRunner
found = []
for command in json.loads(sys.argv[1]):
    done = dbtRunner().invoke(command)
    results = getattr(done.result, "results", None) or []
    failures = [f"{r.node.unique_id}: {r.message}" for r in results if r.status not in ("success", "pass")]
    errors = getattr(done.result, "errors", None) or []
    found.append({"success": done.success, "count": len(results), "failures": failures + [str(e) for e in errors]})
    if not done.success and done.exception:
        found[-1]["failures"].append(str(done.exception))
print("RESULT", json.dumps(found))
"""
"""One process for all commands: most of dbt's time is its start."""


@pytest.fixture(scope="module")
def dbt_python() -> str:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "client-venvs", "dbt"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return f"{done.stdout.strip()}/bin/python"


@pytest.fixture(scope="module")
def shop(stack):
    """The experiment of the example, small, loaded into both warehouses."""
    service = ExperimentService(stack.settings)
    service.create(read_experiment(EXAMPLES / "shop" / "schema.json"))
    service.generate("shop", rows=ROWS)
    service.load("shop")
    yield service
    service.delete("shop")
    service.close()


def dbt(python: str, stack, tmp_path: Path, target: str, *commands: list[str]) -> list[dict]:
    options = ["--project-dir", str(EXAMPLES / "dbt"), "--profiles-dir", str(EXAMPLES / "dbt"), "--target", target]
    options += ["--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path / "logs")]
    environment = {
        **os.environ,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DW_SIMULATOR_REDSHIFT_PORT": str(stack.settings.redshift.port),
        "DW_SIMULATOR_SNOWFLAKE_PORT": str(stack.settings.snowflake.port),
        "PYTHONWARNINGS": "ignore",
    }
    texts = json.dumps([[*command, *options] for command in commands])
    done = subprocess.run(
        [python, "-c", RUNNER, texts], capture_output=True, text=True, env=environment, timeout=280, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    assert lines, done.stdout[-3000:] + done.stderr[-3000:]
    return json.loads(lines[0].removeprefix("RESULT "))


def rows(service: ExperimentService, warehouse: Warehouse, sql: str) -> list[tuple]:
    with service.query(sql, warehouse) as result:
        return [row for batch in result.batches for row in zip(*(c.to_pylist() for c in batch.columns), strict=True)]


@pytest.mark.parametrize("warehouse", [Warehouse.REDSHIFT, Warehouse.SNOWFLAKE])
def test_the_example_project(stack, shop, dbt_python, tmp_path, warehouse):
    where = "analytics" if warehouse is Warehouse.REDSHIFT else "shop.analytics"
    (first,) = dbt(dbt_python, stack, tmp_path, warehouse.value, ["build"])
    assert first == {"success": True, "count": 31, "failures": []}
    assert rows(shop, warehouse, f"select count(*) from {where}.fct_orders") == [(ROWS["orders"],)]
    customers = "shop.customers" if warehouse is Warehouse.REDSHIFT else "shop.public.customers"
    some = "customer_id <= 3 and segment <> 'school'"
    ((changed,),) = rows(shop, warehouse, f"select count(*) from {customers} where {some}")
    assert changed > 0
    shop.query(f"update {customers} set segment = 'school' where {some}", warehouse).close()
    second, docs, full = dbt(
        dbt_python, stack, tmp_path, warehouse.value, ["build"], ["docs", "generate"], ["run", "--full-refresh"]
    )
    assert second == {"success": True, "count": 31, "failures": []}
    assert docs["success"], docs["failures"]
    assert full == {"success": True, "count": 6, "failures": []}
    history = rows(shop, warehouse, f"select count(*), count(dbt_valid_to) from {where}.customers_snapshot")
    assert history == [(ROWS["customers"] + changed, changed)]
    assert rows(shop, warehouse, f"select count(*) from {where}.fct_orders") == [(ROWS["orders"],)]
    catalog = json.loads((tmp_path / "target" / "catalog.json").read_text())
    assert catalog["errors"] is None
    assert len(catalog["nodes"]) == 8
    assert len(catalog["sources"]) == 3
    again = read_file(tmp_path / "target" / "manifest.json")
    check_experiment(again)
    assert (again.name, again.dialect, len(again.tables)) == ("shop_analytics", warehouse.value, 10)
    orders = again.table("orders")
    days = "SMALLINT" if warehouse is Warehouse.REDSHIFT else "DECIMAL"  # a catalog of Snowflake has no precision
    assert [str(column.data_type) for column in orders.columns][-2:] == ["TIMESTAMP", days]
    assert again.table("stg_orders").column("product_id").foreign_key.table == "stg_products"


def test_a_new_project_with_seeds(stack, shop, dbt_python, tmp_path):
    """`dw-sim dbt`: sources with the tests that the rules promise, a staging model of each, and seeds."""
    folder = tmp_path / "project"
    stack.dw_sim("dbt", "init", str(folder), "--experiment", "shop", "--target", "snowflake")
    seeds = ("--table", "products", "--table", "customers", "--rows", "products=5", "--rows", "customers=10")
    stack.dw_sim("dbt", "seeds", "shop", "--project-dir", str(folder), *seeds)
    program = str(Path(dbt_python).with_name("dbt"))
    built = stack.dw_sim("dbt", "run", "--dbt", program, "--project-dir", str(folder), "build", check=False)
    assert "PASS=" in built.stdout, built.stdout + built.stderr
    assert built.returncode == 0, built.stdout
    assert rows(shop, Warehouse.SNOWFLAKE, "select count(*) from shop.analytics.products") == [(5,)]
    assert rows(shop, Warehouse.SNOWFLAKE, "select count(*) from shop.analytics.stg_orders") == [(ROWS["orders"],)]
