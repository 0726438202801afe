"""The listener for metrics of processes that speak no HTTP otherwise."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator

import pytest

from dw_simulator.errors import StackError
from dw_simulator.observability.metrics import Metric, Registry
from dw_simulator.serving.metrics_server import MetricsServer
from dw_simulator.serving.pages import Pages


class Wellness:
    def __init__(self) -> None:
        self.well = True

    def __call__(self) -> dict[str, str]:
        return {} if self.well else {"status": "failing"}


@pytest.fixture
def wellness() -> Wellness:
    return Wellness()


@pytest.fixture
def server(wellness: Wellness) -> Iterator[MetricsServer]:
    things = Metric("dw_simulator_things_total", "counter", "Things")
    registry = Registry("loader", [things])
    registry.count(things, by=3)
    pages = Pages(registry, ["data-loader-utility"], wellness)
    with MetricsServer(pages, "127.0.0.1", 0) as running:
        yield running


def fetch(
    server: MetricsServer, path: str, *, method: str = "GET", host: str | None = None, accept: str = ""
) -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    headers = {"Accept": accept} | ({"Host": host} if host is not None else {})
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, response.headers.get("Content-Type", ""), body


def test_metrics_tell_the_values_the_build_and_the_process(server: MetricsServer) -> None:
    status, kind, body = fetch(server, "/metrics")
    assert (status, kind.split(";")[0]) == (200, "text/plain")
    lines = body.splitlines()
    assert "dw_simulator_things_total 3.0" in lines
    assert any(line.startswith("dw_simulator_build_info{") and 'service="loader"' in line for line in lines)
    assert any(line.startswith("process_resident_memory_bytes ") for line in lines)


def test_health_says_whether_it_is_well(server: MetricsServer, wellness: Wellness) -> None:
    status, kind, body = fetch(server, "/health")
    assert (status, kind) == (200, "application/json")
    assert json.loads(body)["status"] == "ok"
    assert json.loads(body)["service"] == "loader"
    wellness.well = False
    status, _, body = fetch(server, "/health")
    assert (status, json.loads(body)["status"]) == (503, "failing")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost:8001", 200),
        ("[::1]:8001", 200),
        ("data-loader-utility:8001", 200),
        ("Data-Loader-Utility", 200),
        ("evil.example", 403),
        ("data-loader-utility.evil.example", 403),
        ("", 403),
        ("[", 403),
    ],
)
def test_only_own_host_names_are_served(server: MetricsServer, host: str, status: int) -> None:
    assert fetch(server, "/metrics", host=host)[0] == status
    assert fetch(server, "/health", host=host)[0] == status


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("POST", "/metrics", 405), ("HEAD", "/metrics", 200), ("GET", "/metrics?x=1", 200)],
)
def test_other_paths_and_methods_are_refused(server: MetricsServer, method: str, path: str, status: int) -> None:
    assert fetch(server, path, method=method)[0] == status


def test_a_taken_port_is_named_with_the_setting_that_moves_it(server: MetricsServer) -> None:
    with pytest.raises(StackError) as caught:
        MetricsServer(Pages(Registry("loader")), "127.0.0.1", server.port)
    assert str(server.port) in caught.value.message
    assert "DW_SIMULATOR_LOADER_METRICS_PORT" in (caught.value.hint or "")


def test_a_stopped_server_lets_its_port_go() -> None:
    with MetricsServer(Pages(Registry("loader")), "127.0.0.1", 0) as first:
        port = first.port
    with MetricsServer(Pages(Registry("loader")), "127.0.0.1", port) as second:
        assert second.port == port
