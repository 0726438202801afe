"""Metrics: declarations, what is kept and followed, and the HTTP server that shows them."""

import asyncio
import http.client
import json
import re
from importlib import import_module

import pytest

from dw_simulator.observability.metrics import BUILD, Durations, Metric, Registry
from dw_simulator.observability.statements import KEPT, StatementMetrics, followed, operation
from dw_simulator.serving.metrics import MetricsApp, serving
from dw_simulator.serving.pages import Pages

MODULES = (
    *("observability.metrics", "observability.statements", "api.metrics", "emulators.s3.metrics", "loader.metrics"),
)
DECLARED = [metric for name in MODULES for metric in import_module(f"dw_simulator.{name}").METRICS]


@pytest.mark.parametrize("metric", DECLARED, ids=lambda metric: metric.name)
def test_declarations_follow_the_naming_rules(metric):
    assert re.fullmatch(r"dw_simulator_[a-z0-9_]+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert metric.name.endswith("_seconds") == (metric.kind == "histogram")
    assert metric.help
    assert metric.buckets == tuple(sorted(metric.buckets))


def test_names_are_declared_once():
    assert len({metric.name for metric in DECLARED}) == len(DECLARED)


OPERATIONS = [
    ("select 1", "SELECT"),
    ("-- x\n /* y */ (SELECT 1)", "SELECT"),
    ("with a as (select 1) select * from a", "SELECT"),
    ("start transaction", "BEGIN"),
    ("Copy t from 's3://b/k'", "COPY"),
    ("frobnicate", "OTHER"),
    ("", "OTHER"),
]


@pytest.mark.parametrize(("sql", "expected"), OPERATIONS)
def test_kinds_of_statements_are_few(sql, expected):
    assert operation(sql) == expected


def lines(registry):
    return [line for line in registry.render().decode().splitlines() if not line.startswith("#")]


def test_statements_are_counted(caplog):
    registry = Registry("redshift", KEPT)
    statements = StatementMetrics(registry, "redshift")
    followed(registry, "redshift", lambda: 3, lambda: (7, 2))
    statements.opened()
    with caplog.at_level("DEBUG"):
        statements.ended("select 1", 0.003, 1, None, query_id=5)
        statements.ended("create user u password 'hunter2'", 0.2, 0, "42501", query_id=6)
        statements.ended("select pg_sleep(2)", 2.0, 1, None, query_id=7)
    found = lines(registry)
    labels = 'operation="SELECT",warehouse="redshift"'
    assert f"dw_simulator_statement_duration_seconds_count{{{labels}}} 2.0" in found
    assert f"dw_simulator_statement_rows_total{{{labels}}} 2.0" in found
    assert 'dw_simulator_statement_errors_total{code="42501",warehouse="redshift"} 1.0' in found
    assert 'dw_simulator_sessions_active{warehouse="redshift"} 3.0' in found
    assert 'dw_simulator_sessions_opened_total{warehouse="redshift"} 1.0' in found
    assert 'dw_simulator_translation_cache_requests_total{result="hit",warehouse="redshift"} 7.0' in found
    assert [(r.levelname, r.message, r.query_id) for r in caplog.records] == [
        ("DEBUG", "statement ended", 5),
        ("INFO", "statement failed", 6),
        ("INFO", "statement ended", 7),
    ]
    assert "hunter2" not in caplog.records[1].sql


def test_recorded_durations_become_a_histogram():
    metric = Metric("dw_simulator_test_duration_seconds", "histogram", "test", ("kind",), (1.0, 10.0))
    registry = Registry("api")
    registry.follow(metric, lambda: [(("a",), Durations((0.5, 1.0, 5.0, 50.0)))])
    found = [line for line in lines(registry) if line.startswith("dw_simulator_test")]
    assert found == [
        'dw_simulator_test_duration_seconds_bucket{kind="a",le="1.0"} 2.0',
        'dw_simulator_test_duration_seconds_bucket{kind="a",le="10.0"} 3.0',
        'dw_simulator_test_duration_seconds_bucket{kind="a",le="+Inf"} 4.0',
        'dw_simulator_test_duration_seconds_count{kind="a"} 4.0',
        'dw_simulator_test_duration_seconds_sum{kind="a"} 56.5',
    ]


def get(port, path, host="127.0.0.1"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": f"{host}:{port}"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_a_process_without_http_shows_its_metrics():
    state = {}

    async def ask():
        app = MetricsApp(Pages(Registry("redshift"), ["local-redshift-mock"], lambda: state))
        async with serving(app, "redshift", "127.0.0.1", 0) as port:
            cases = [
                ("/metrics",),
                ("/health",),
                ("/other",),
                ("/metrics", "evil.example"),
                ("/metrics", "LOCAL-redshift-mock"),
            ]
            answers = [await asyncio.to_thread(get, port, *case) for case in cases]
            state["status"] = "restarting"
            return [*answers, await asyncio.to_thread(get, port, "/health")]

    metrics, health, other, foreign, named, unwell = asyncio.run(ask())
    assert metrics[0] == 200
    assert BUILD.name in metrics[1]
    assert (health[0], json.loads(health[1])["status"]) == (200, "ok")
    assert (other[0], foreign[0], named[0]) == (404, 403, 200)
    assert (unwell[0], json.loads(unwell[1])["status"]) == (503, "restarting")
