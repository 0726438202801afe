"""schemathesis asks the API of a real stack everything that its OpenAPI document allows, and what it forbids."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from dw_simulator.testing import RunningStack

pytestmark = pytest.mark.stack

ROOT = Path(__file__).resolve().parents[2]
SECONDS = int(os.environ.get("FUZZ_SECONDS", "40"))
SEED = os.environ.get("FUZZ_SEED", "1")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
ENDLESS = ("/api/events",)
"""Streams that end with the server only."""

DDL = """
create table customers (id int primary key, name varchar(40) not null, joined date);
create table orders (id int primary key, customer_id int references customers (id), amount decimal(10, 2));
"""


def known_things(stack: RunningStack, folder: Path) -> dict[str, list[object]]:
    """Values for the API's parameters: an experiment with data in all warehouses, a kept result, and their like."""
    (folder / "shop.sql").write_text(DDL)
    options = [f"--target-warehouse={name}" for name in ("redshift", "snowflake", "sqlite")]
    stack.dw_sim("experiment", "import-sql", str(folder / "shop.sql"), "--dialect=ansi", "--target-rows=200", *options)
    stack.dw_sim("experiment", "generate", "shop", "--load")
    body = json.dumps({"warehouse": "sqlite", "sql": "select * from orders", "experiment": "shop"}).encode()
    request = urllib.request.Request(
        f"{stack.settings.api.local_url}/api/query", body, {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        query_id = json.load(answer)["query_id"]
    return {
        "name": ["shop"],
        "experiment": ["shop"],
        "query_id": [query_id],
        "run_id": [1],
        "id": [1, 2],
        "bucket": ["dw-simulator"],
        "prefix": ["experiments/", ""],
        "database": ["SHOP", "dev", "main"],
        "schema": ["PUBLIC", "shop", "main"],
        "table": ["orders", "ORDERS"],
        "column": ["amount", "AMOUNT"],
        "order_by": ["id", "ID"],
        "warehouse": ["redshift", "snowflake", "sqlite"],
        "sql": ["select * from orders", "select 1", DDL, "selec 1", "create table t (a int)"],
    }


def test_the_api_keeps_to_its_openapi_document(own_stack, tmp_path):
    stack = own_stack()
    environment = {
        **stack.environment,
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(ROOT),
        "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks",
        "DW_SIMULATOR_FUZZ_KNOWN": json.dumps(known_things(stack, tmp_path)),
    }
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{stack.settings.api.local_url}/openapi.json"]
    command += [
        "--checks",
        ",".join(CHECKS),
        "--phases",
        "examples,coverage,fuzzing",
        "--max-examples",
        str(max(20, SECONDS // 2)),
    ]
    command += [
        f"--max-time={SECONDS}",
        f"--seed={SEED}",
        "--continue-on-failure",
        "--request-timeout=30",
        "--no-color",
    ]
    command += ["--generation-database=none", "--warnings=off"]
    command += [f"--exclude-path={path}" for path in ENDLESS]
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS + 120, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-20_000:]}{done.stderr}"
    assert "failures" not in done.stdout.splitlines()[-1]
    logged = (stack.home / "logs" / "api.log").read_text()
    assert "Traceback" not in logged
