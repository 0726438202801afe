from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
import time

import pytest

from dw_simulator.config import TracingSettings
from dw_simulator.errors import ConfigError
from dw_simulator.observability import sql_trace, tracing
from dw_simulator.observability.logs import JsonFormatter

STANDARD = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_TRACES_EXPORTER",
    "OTEL_TRACES_SAMPLER",
    "OTEL_SDK_DISABLED",
    "OTEL_SERVICE_NAME",
    "OTEL_RESOURCE_ATTRIBUTES",
)
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(autouse=True)
def _clean(monkeypatch):
    for name in STANDARD:
        monkeypatch.delenv(name, raising=False)
    yield
    tracing.shut_down_tracing(0)


@pytest.fixture
def traced(collector):
    """Tracing on; call it to deliver and get the spans by name."""
    tracing.set_up_tracing("test", endpoint=collector.endpoint)

    def delivered():
        assert tracing.shut_down_tracing(60)
        return {span.name: span for span in collector.spans}

    return delivered


def test_spans_nest_and_carry_what_they_are_told(traced):
    with tracing.span("outer", {"rows": 3}, kind="client") as outer:
        outer.set({"bytes": 4.5, "done": True})
        with tracing.span("inner"):
            pass
    spans = traced()
    assert spans["inner"].parent == spans["outer"].id
    assert spans["inner"].trace == spans["outer"].trace
    assert spans["outer"].parent == ""
    assert (spans["outer"].kind, spans["inner"].kind) == ("CLIENT", "INTERNAL")
    assert spans["outer"].attributes == {"rows": 3, "bytes": 4.5, "done": True}
    assert spans["outer"].service == "dw-simulator-test"


def test_an_error_marks_the_span_and_hides_its_secret(traced):
    with pytest.raises(ValueError), tracing.span("failing"):
        raise ValueError("PASSWORD 'hunter2' is too short")
    span = traced()["failing"]
    assert span.failed
    assert span.message == "PASSWORD '****' is too short"
    assert span.attributes == {"error.type": "ValueError"}


def test_a_span_goes_on_in_another_thread(traced):
    with tracing.span("caller"):
        thread = threading.Thread(target=tracing.carried(lambda: tracing.start_span("worker").end()))
        thread.start()
        thread.join()
    spans = traced()
    assert spans["worker"].parent == spans["caller"].id


def test_a_server_span_takes_no_parent_from_around_it(traced):
    with tracing.span("around"):
        tracing.start_span("request", kind="server").end()
        tracing.start_span("asked", kind="server", parent=tracing.remote_parent(PARENT)).end()
    spans = traced()
    assert spans["request"].parent == ""
    assert spans["request"].trace != spans["around"].trace
    assert (spans["asked"].trace, spans["asked"].parent) == tuple(PARENT.split("-")[1:3])


@pytest.mark.parametrize(
    ("traceparent", "is_valid"),
    [
        (PARENT, True),
        (PARENT.replace("00-", "cc-", 1), True),
        (PARENT.replace("00-", "cc-", 1) + "-later-fields", True),
        (PARENT + "-more", False),
        (PARENT.replace("00-", "ff-", 1), False),
        (PARENT.upper(), False),
        (PARENT[:-3], False),
        ("00-" + "0" * 32 + "-b7ad6b7169203331-01", False),
        ("00-0af7651916cd43dd8448eb211c80319c-" + "0" * 16 + "-01", False),
        ("00-zaf7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", False),
        ("nonsense", False),
        ("", False),
        (None, False),
    ],
)
def test_traceparent_is_read_as_w3c_says(traced, traceparent, is_valid):
    """https://www.w3.org/TR/trace-context/#traceparent-header-field-values"""
    with tracing.continue_trace(traceparent), tracing.span("here"):
        assert tracing.current_traceparent().startswith("00-")
    span = traced()["here"]
    assert (span.parent == "b7ad6b7169203331") is is_valid
    assert (span.trace == "0af7651916cd43dd8448eb211c80319c") is is_valid


def test_tracestate_is_handed_on(traced):
    with tracing.continue_trace(PARENT, "vendor=1"), tracing.span("here"):
        assert tracing.current_headers()["tracestate"] == "vendor=1"


def test_log_lines_tell_their_span(traced):
    seen: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = seen.append
    logger = logging.getLogger("test.tracing")
    logger.addHandler(handler)
    try:
        with tracing.span("work"):
            logger.warning("inside")
        logger.warning("outside")
    finally:
        logger.removeHandler(handler)
    span = traced()["work"]
    inside, outside = (json.loads(JsonFormatter("test").format(record)) for record in seen)
    assert (inside["trace_id"], inside["span_id"]) == (span.trace, span.id)
    assert "trace_id" not in outside


def test_standard_variables(collector, monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint + "/")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "mine")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=ci")
    tracing.set_up_tracing("test", endpoint=None)
    with tracing.span("one"):
        pass
    assert tracing.shut_down_tracing(60)
    assert [span.service for span in collector.spans] == ["mine"]
    assert b"deployment.environment.name" in collector.bodies[0]


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"},
        {"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"},
    ],
)
def test_off(monkeypatch, variables):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    tracing.set_up_tracing("test", endpoint=None)
    assert not tracing.is_on()
    with tracing.span("nothing") as span:
        span.set({"a": 1})
    assert tracing.current_headers() == tracing.log_fields() == {}


def test_another_protocol_is_told(monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    told: list[str] = []
    tracing.set_up_tracing("test", endpoint=None, warn=told.append)
    assert not tracing.is_on()
    assert len(told) == 1
    assert "grpc" in told[0]


@pytest.mark.parametrize("ratio", [0.0, 1.0])
def test_the_share_of_traces(collector, ratio):
    tracing.set_up_tracing("test", endpoint=collector.endpoint, sample_ratio=ratio)
    for _ in range(5):
        with tracing.span("own"):
            pass
    with tracing.continue_trace(PARENT), tracing.span("asked"):
        pass
    assert tracing.shut_down_tracing(60)
    names = [span.name for span in collector.spans]
    assert names.count("own") == 5 * ratio
    assert names.count("asked") == 1  # the caller has decided


def test_a_collector_that_is_not_there_is_told_once(traced_nowhere):
    endpoint, told = traced_nowhere
    for _ in range(3):
        with tracing.span("lost"):
            pass
    assert not tracing.shut_down_tracing()
    assert told == [
        f"spans cannot be delivered to {endpoint}/v1/traces (Connection refused): they are lost until it answers"
    ]


@pytest.fixture
def traced_nowhere():
    told: list[str] = []
    endpoint = "http://127.0.0.1:1"
    tracing.set_up_tracing("test", endpoint=endpoint, warn=told.append)
    return endpoint, told


def test_a_collector_that_does_not_answer_is_waited_for_only_so_long():
    import socket

    told: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        tracing.set_up_tracing("test", endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}", warn=told.append)
        with tracing.span("lost"):
            pass
        began = time.monotonic()
        assert not tracing.shut_down_tracing(0.3)
        assert time.monotonic() - began < 5
    assert len(told) == 1


def test_an_outage_is_told_again_after_it_was_over(collector):
    told: list[str] = []
    tracing.set_up_tracing("test", endpoint=collector.endpoint, warn=told.append)
    for status in (400, 400, 200, 400):
        collector.status = status
        with tracing.span("one"):
            pass
        tracing.tracer_provider().force_flush()
    assert len(told) == 2


def test_nothing_is_imported_when_it_is_off():
    code = """
import sys
from dw_simulator.observability import tracing
tracing.set_up_tracing("x", endpoint=None)
with tracing.span("a"):
    tracing.current_headers()
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_missing_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(ConfigError) as caught:
        tracing.set_up_tracing("test", endpoint="http://127.0.0.1:4318")
    assert "http://127.0.0.1:4318/v1/traces" in caught.value.message
    assert "dw-simulator[tracing]" in str(caught.value.hint)


@pytest.mark.parametrize("endpoint", ["127.0.0.1:4318", "grpc://x", "http://"])
def test_an_endpoint_must_be_a_url(endpoint):
    with pytest.raises(ValueError, match="OTLP/HTTP"):
        TracingSettings(endpoint=endpoint)


@pytest.mark.parametrize(
    ("sql", "operation", "shown"),
    [
        ("select 1", "SELECT", "select 1"),
        ("  -- c\n /* d */ (select 1)", "SELECT", None),
        ("COPY t FROM 's3://b/k' ACCESS_KEY_ID 'AKIA' SECRET_ACCESS_KEY 'hunter2' CSV", "COPY", None),
        ("create user u password 'hunter2'", "CREATE", "create user u password '****'"),
        ("CREATE STAGE s CREDENTIALS = (AWS_KEY_ID = 'AKIA' AWS_SECRET_KEY = 'hunter2')", "CREATE", None),
        ("copy t from 's3://b' credentials 'aws_access_key_id=A;aws_secret_access_key=hunter2'", "COPY", None),
        ("", "STATEMENT", ""),
    ],
)
def test_statements_are_shown_without_secrets(sql, operation, shown):
    assert sql_trace.operation_name(sql) == operation
    assert "hunter2" not in sql_trace.query_text(sql)
    if shown is not None:
        assert sql_trace.query_text(sql) == shown
