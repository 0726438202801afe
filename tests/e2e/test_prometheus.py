"""A real Prometheus, configured by ``dw-sim metrics prometheus-config``, scrapes a real stack while a job runs."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from tests.ports import ports

from dw_simulator.testing import RunningStack

pytestmark = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="Prometheus is not installed: run scripts/test-tools as root"
)

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy" / "observability"
NAME = re.compile(r"\b(?:dw_simulator[_:][a-z0-9_:]+|process_[a-z_]+)\b")
WAIT_SECONDS = 60
BOTH = ("--target-warehouse=redshift", "--target-warehouse=snowflake")
JOB = ("--rows=customers=300", "--rows=products=20", "--rows=orders=300")


class Prometheus:
    def __init__(self, port: int) -> None:
        self._client = httpx2.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=10)

    def close(self) -> None:
        self._client.close()

    def get(self, path: str, **parameters: str) -> Any:
        answer = self._client.get(path, params=parameters)
        answer.raise_for_status()
        return answer.json()["data"]

    def value(self, query: str) -> float:
        """The one value of a query; 0 without any."""
        found = self.get("query", query=query)["result"]
        return float(found[0]["value"][1]) if found else 0.0

    def names(self) -> set[str]:
        return set(self.get("label/__name__/values"))

    def until(self, what: str, holds: Any) -> None:
        give_up_at = time.monotonic() + WAIT_SECONDS
        while True:
            with suppress(httpx2.TransportError, httpx2.HTTPStatusError):
                if holds():
                    return
            assert time.monotonic() < give_up_at, what
            time.sleep(0.25)


@pytest.fixture
def scraped(own_stack: Any, tmp_path: Path) -> Iterator[tuple[RunningStack, Prometheus]]:
    stack = own_stack()
    config = tmp_path / "prometheus.yml"
    config.write_text(stack.dw_sim("metrics", "prometheus-config", "--interval=1s").stdout)
    subprocess.run(["promtool", "check", "config", config], check=True, capture_output=True)
    port = ports()
    with (tmp_path / "prometheus.log").open("w") as log:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={config}",
                f"--storage.tsdb.path={tmp_path / 'tsdb'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
    prometheus = Prometheus(port)
    try:
        yield stack, prometheus
    finally:
        prometheus.close()
        process.terminate()
        process.wait(20)


def test_every_series_of_rules_and_dashboard_is_there_after_a_job(
    scraped: tuple[RunningStack, Prometheus],
) -> None:
    stack, prometheus = scraped
    prometheus.until("four services are up", lambda: prometheus.value('sum(up{job=~"dw-simulator-.+"})') == 4)
    ddl = str(ROOT / "examples" / "shop" / "snowflake.sql")
    stack.dw_sim("experiment", "import-sql", ddl, "--dialect=snowflake", "--name=measured", *BOTH)
    generated = json.loads(stack.dw_sim("experiment", "generate", "measured", *JOB, "--json").stdout)
    stack.dw_sim("experiment", "load", "measured")
    for warehouse in ("redshift", "snowflake"):
        for limit in (1, 2):
            sql = f"select count(*) from customers limit {limit}"
            stack.dw_sim("query", sql, "--warehouse", warehouse, "--experiment", "measured")
        stack.dw_sim("query", "select * from nothing_there", "--warehouse", warehouse, check=False)
    wanted = used_names()
    assert len(wanted) > 20
    prometheus.until("commands are counted", lambda: prometheus.value("sum(dw_simulator_loaded_rows_total)") > 0)
    prometheus.until(f"missing: {sorted(wanted - prometheus.names())}", lambda: wanted <= prometheus.names())

    rows = generated["total_rows"]
    for query, value in (
        ('dw_simulator_generation_rows_total{outcome="completed"}', rows),
        ('dw_simulator_loaded_rows_total{warehouse="snowflake"}', rows),
        ("sum(dw_simulator_service_up)", 4),
        ('sum(dw_simulator_statement_errors_total{warehouse="redshift", code="42P01"})', 1),
        ("dw_simulator:generation_errors:ratio1h", 0),
    ):
        prometheus.until(f"{query} is not {value}", lambda query=query, value=value: prometheus.value(query) == value)


def test_the_values_are_a_table(own_stack: Any) -> None:
    stack = own_stack("s3", "redshift", "api")
    table = stack.dw_sim("metrics").stdout
    assert re.search(r"api\s+dw_simulator_service_up\s+service=redshift\s+1", table)
    found = json.loads(stack.dw_sim("metrics", "--json", "--all").stdout)["metrics"]
    assert {entry["service"] for entry in found} == {"s3", "redshift", "api"}
    assert {"dw_simulator_sessions_active", "process_resident_memory_bytes"} <= {entry["name"] for entry in found}


def test_without_a_stack_there_are_no_values(dw_sim: Any) -> None:
    done = dw_sim("metrics", check=False)
    assert done.returncode == 10
    assert "no stack is running" in done.stderr


def used_names() -> set[str]:
    """The series that rules and dashboard are made of, and those that the rules record."""
    rules = yaml.safe_load((DEPLOY / "prometheus" / "dw-simulator.yml").read_text())
    texts = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    texts += [rule["record"] for group in rules["groups"] for rule in group["rules"] if "record" in rule]
    dashboard = json.loads((DEPLOY / "grafana" / "dashboards" / "dw-simulator.json").read_text())
    texts += [
        target["expr"]
        for panel in dashboard["panels"]
        if panel["datasource"]["type"] == "prometheus"
        for target in panel["targets"]
    ]
    return {name for text in texts for name in NAME.findall(text)}
