"""One run is one trace: from the command through the generator, the object store and the emulators to the query."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
import snowflake.connector

from dw_simulator.testing import RunningStack, start_stack

CONNECTOR = int(snowflake.connector.__version__.partition(".")[0])
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
ROWS = {"customers": 300, "products": 50, "orders": 900}

# Version 5 of the connector wants a word on this, version 4 does not know it.
_DRIVER = {"enable_server_session_keep_alive_auto_detection": False} if CONNECTOR >= 5 else {}

pytestmark = pytest.mark.stack


@dataclass(frozen=True)
class Caller:
    """The span of a caller."""

    trace: str
    span: str

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace}-{self.span}-01"


@dataclass
class Tree:
    """The spans of one trace."""

    spans: list[Any]

    def __post_init__(self) -> None:
        self._by_id = {span.id: span for span in self.spans}

    def path(self, span: Any) -> list[str]:
        """``service: name`` of a span and all above it, the root first."""
        above = self._by_id.get(span.parent)
        own = f"{span.service.removeprefix('dw-simulator-')}: {span.name}"
        return [*(self.path(above) if above else []), own]

    def below(self, *path: str) -> list[Any]:
        """The spans at a path."""
        return [span for span in self.spans if self.path(span) == list(path)]

    def one(self, *path: str) -> Any:
        found = self.below(*path)
        assert len(found) == 1, (path, sorted({" / ".join(self.path(span)) for span in self.spans}))
        return found[0]


@dataclass
class Traced:
    stack: RunningStack
    collector: Any

    def run(self, *arguments: str, **variables: str) -> str:
        done = self.stack.dw_sim(*arguments, env={**self.stack.environment, **variables})
        assert "warning" not in done.stderr
        return done.stdout

    def tree_of(self, root: str, leaf: str) -> Tree:
        """The trace that begins with a span named ``root``, once one of its ends has come, and those it waits for."""

        def spans() -> list[Any]:
            traces = {span.trace for span in self.collector.spans if span.name == root}
            return [span for span in self.collector.spans if span.trace in traces]

        self.collector.wait(lambda _: any(span.name == leaf for span in spans()))
        known = [-1]
        while set(known[-4:]) != {len(spans())}:  # what the services finished at the same time is on its way
            known.append(len(spans()))
            time.sleep(0.4)
        return Tree(spans())


@pytest.fixture(scope="module")
def traced(tmp_path_factory, module_collector) -> Iterator[Traced]:
    """A stack that sends its spans, soon after they end."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("OTEL_")]:
            patch.delenv(name)
        patch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", module_collector.endpoint)
        patch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        stack = start_stack(tmp_path_factory.mktemp("tracing") / "home")
        yield Traced(stack, module_collector)
        stack.stop()


@pytest.fixture
def caller() -> Caller:
    """Another trace for each test."""
    return Caller(os.urandom(16).hex(), os.urandom(8).hex())


def test_one_run_is_one_trace(traced):
    targets = ("--target-warehouse", "redshift", "--target-warehouse", "snowflake")
    traced.run("experiment", "create", str(EXAMPLES / "shop/schema.json"), "--name", "shop", *targets)
    rows = [f"--rows={table}={count}" for table, count in ROWS.items()]
    traced.run("experiment", "generate", "shop", "--load", *rows)
    tree = traced.tree_of("dw-sim experiment generate", "COMMIT")

    assert {span.service for span in tree.spans} == {
        f"dw-simulator-{name}" for name in ("cli", "s3", "redshift", "snowflake")
    }
    root = "cli: dw-sim experiment generate"
    assert tree.one(root).parent == ""
    assert tree.one(root).attributes == {"process.exit.code": 0}
    assert [span.name for span in tree.spans if span.parent not in {other.id for other in tree.spans}] == [
        "dw-sim experiment generate"
    ]
    _check_staging(tree, root)
    _check_redshift(tree, root)
    _check_snowflake(tree, root)
    _check_secrets(traced, tree)


def _check_staging(tree: Tree, root: str) -> None:
    run = tree.one(root, "cli: generate").attributes
    assert (run["dw_simulator.experiment"], run["dw_simulator.rows"]) == ("shop", sum(ROWS.values()))
    for table, count in ROWS.items():
        path = [root, "cli: generate", f"cli: generate {table}"]
        span = tree.one(*path)
        put = tree.one(*path, "cli: PUT /{bucket}/{key}")
        stored = tree.one(*path, "cli: PUT /{bucket}/{key}", "s3: PUT /{bucket}/{key}")
        assert span.attributes["dw_simulator.rows"] == count
        size = span.attributes["dw_simulator.bytes"]
        assert size == put.attributes["http.request.body.size"] == stored.attributes["http.request.body.size"] > 0
        assert (put.kind, stored.kind) == ("CLIENT", "SERVER")
        assert stored.attributes["http.response.status_code"] == 200
        assert stored.attributes["rpc.method"] == "S3/PutObject"
        assert f"/{table}/" in stored.attributes["aws.s3.key"]


def _check_redshift(tree: Tree, root: str) -> None:
    load = [root, "cli: load", "cli: load redshift"]
    assert tree.one(*load).attributes["dw_simulator.rows"] == sum(ROWS.values())
    for table, count in ROWS.items():
        path = [*load, f"cli: load {table}", "cli: COPY"]
        assert tree.one(*path[:-1]).attributes["dw_simulator.rows"] == count
        copy = tree.one(*path, "redshift: COPY")
        assert copy.kind == "SERVER"
        assert copy.attributes["db.system.name"] == "aws.redshift"
        assert copy.attributes["dw_simulator.rows"] == count
        got = tree.one(*path, "redshift: COPY", "redshift: GET /{bucket}/{key}", "s3: GET /{bucket}/{key}")
        assert got.attributes["http.response.body.size"] > 0
        assert tree.one(*path, "redshift: COPY", "redshift: COPY").attributes["db.system.name"] == "postgresql"
    # The driver's own statements have the connection's span above them.
    assert tree.one(*load, "redshift: COMMIT", "redshift: PostgreSQL COMMIT").kind == "CLIENT"


def _check_snowflake(tree: Tree, root: str) -> None:
    load = [root, "cli: load", "cli: load snowflake"]
    for table, count in ROWS.items():
        path = [*load, f"cli: load {table}", "cli: COPY", "snowflake: COPY"]
        copy = tree.one(*path)
        assert copy.kind == "SERVER"
        assert copy.attributes["db.namespace"] == "SHOP.PUBLIC"
        assert copy.attributes["dw_simulator.rows"] == count
        assert tree.one(*path, "snowflake: GET /{bucket}/{key}", "s3: GET /{bucket}/{key}").kind == "SERVER"
        loaded = tree.below(*path, "snowflake: INSERT")
        assert {span.attributes["db.system.name"] for span in loaded} == {"duckdb"}


def _check_secrets(traced: Traced, tree: Tree) -> None:
    settings = traced.stack.settings
    secrets = {
        one.get_secret_value()
        for one in (settings.s3.secret_key, settings.redshift.password, settings.snowflake.password)
    }
    shown = [
        *(str(value) for span in tree.spans for value in span.attributes.values()),
        *(s.message for s in tree.spans),
    ]
    assert any("SECRET_ACCESS_KEY" in text for text in shown)
    assert not [text for text in shown for secret in secrets if secret in text]


def test_a_query_joins_the_trace_of_its_caller(traced, caller):
    for warehouse, system in (("redshift", "postgresql"), ("snowflake", "duckdb")):
        traced.run("query", "select 41 + 1", "--warehouse", warehouse, TRACEPARENT=caller.traceparent)
        traced.collector.wait(lambda spans, system=system: system in _systems(spans, caller))
    traced.run("query", "select 41 + 1", "--warehouse", "snowflake", TRACEPARENT="00-not-a-trace-01")
    roots = [span for span in traced.collector.spans if span.name == "dw-sim query"]
    assert [(span.trace, span.parent) for span in roots[:2]] == [(caller.trace, caller.span)] * 2
    assert roots[2].trace != caller.trace
    assert roots[2].parent == ""
    tree = Tree([span for span in traced.collector.spans if span.trace == caller.trace])
    redshift = tree.one("cli: dw-sim query", "cli: query", "cli: FETCH", "redshift: FETCH")
    snowflake = tree.one("cli: dw-sim query", "cli: query", "cli: SELECT", "snowflake: SELECT")
    for span in (redshift, snowflake):
        assert span.attributes["db.response.returned_rows"] == 1
    assert snowflake.attributes["db.query.text"] == "select 41 + 1"


def _systems(spans: list[Any], caller: Caller) -> set[str]:
    ours = [span for span in spans if span.trace == caller.trace and span.kind == "CLIENT"]
    return {span.attributes.get("db.system.name") for span in ours}


def test_clients_of_all_kinds_name_their_trace(traced, caller):
    """A comment, a session parameter, an HTTP header; statements that fail; clients that name none."""
    comment = f"/*traceparent='{caller.traceparent}'*/"
    redshift, snowflake_ = traced.stack.settings.redshift, traced.stack.settings.snowflake
    with psycopg.connect(
        host=redshift.host,
        port=redshift.port,
        dbname="dev",
        user=redshift.user,
        password=redshift.password.get_secret_value(),
        autocommit=True,
    ) as connection:
        assert connection.execute(f"select 11 {comment}").fetchone() == (11,)
        assert connection.execute(f"select datediff(day, '2024-01-01', '2024-01-03'){comment};").fetchone() == (2,)
        with pytest.raises(psycopg.Error):
            connection.execute(f"select 12 from nowhere {comment}")
        connection.execute(f"set query_group to 'traceparent={caller.traceparent}'")
        connection.execute("select 13")
        connection.execute("reset query_group")
        connection.execute("select 14")
    with snowflake.connector.connect(
        host=snowflake_.host, port=snowflake_.port, protocol="http", account="local", user="u", password="p", **_DRIVER
    ) as connection:
        cursor = connection.cursor()
        cursor.execute(f"select 21 {comment}")
        cursor.execute(f"alter session set query_tag = 'traceparent={caller.traceparent}'")
        cursor.execute("select 22")
        with pytest.raises(snowflake.connector.errors.ProgrammingError):
            cursor.execute("select nowhere + 23")
        cursor.execute("alter session unset query_tag")
        cursor.execute("select 24")
    asked = {"select 13", "select 14", "select 22", "select 24"}  # the last of each server, and those before
    servers = _servers(traced.collector.wait(lambda spans: asked <= _servers(spans).keys()))
    named = {text for text, span in servers.items() if (span.trace, span.parent) == (caller.trace, caller.span)}
    assert {text for text in named if text.startswith("select")} == {
        *("select 11", "select datediff(day, '2024-01-01', '2024-01-03')", "select 12 from nowhere", "select 13"),
        *("select 21", "select 22", "select nowhere + 23"),
    }
    assert servers["select 14"].parent == servers["select 24"].parent == ""
    for text, code in (("select 12 from nowhere", "42P01"), ("select nowhere + 23", "000904")):
        assert servers[text].failed
        assert servers[text].attributes["db.response.status_code"] == code
        assert servers[text].attributes["error.type"] == code


def _servers(spans: list[Any]) -> dict[str, Any]:
    """The spans of statements at their servers, by their text."""
    return {str(span.attributes.get("db.query.text")): span for span in spans if span.kind == "SERVER"}


def test_the_api_continues_its_callers_trace(traced, caller):
    """Also in the job that goes on after the request was answered."""
    traced.run("experiment", "create", str(EXAMPLES / "shop/schema.json"), "--name", "by_api")
    url = f"http://{traced.stack.settings.api.address}"
    headers = {"traceparent": caller.traceparent}
    answer = httpx2.post(f"{url}/api/experiments/by_api/generate", headers=headers, json={"rows": ROWS})
    assert answer.status_code == 202
    assert httpx2.get(f"{url}/health", headers=headers).status_code == 200
    spans = traced.collector.wait(
        lambda spans: (
            {"generate", "POST /api/experiments/{name}/generate"}
            <= {span.name for span in spans if span.trace == caller.trace}
        )
    )
    tree = Tree([span for span in spans if span.trace == caller.trace])
    root = "api: POST /api/experiments/{name}/generate"
    assert (tree.one(root).kind, tree.one(root).parent) == ("SERVER", caller.span)
    assert tree.one(root).attributes["http.response.status_code"] == 202
    assert tree.one(root, "api: generate").attributes["dw_simulator.rows"] == sum(ROWS.values())
    assert tree.one(root, "api: generate", "api: generate orders").attributes["dw_simulator.rows"] == ROWS["orders"]
    assert not [span for span in tree.spans if "health" in span.name]


def test_a_collector_that_is_gone_does_not_fail_a_command(dw_sim):
    began = time.monotonic()
    done = dw_sim("experiment", "list", env={**os.environ, "DW_SIMULATOR_TRACING_ENDPOINT": "http://127.0.0.1:1"})
    assert done.returncode == 0
    assert done.stderr.count("spans cannot be delivered") == 1
    assert time.monotonic() - began < 60
