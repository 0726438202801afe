import datetime as dt
import threading
import time

import pytest

from dw_simulator.errors import GenerationCancelled, GenerationError
from dw_simulator.experiments import ExperimentService
from dw_simulator.loader.load import LoadReport, WarehouseLoad
from dw_simulator.metadata import RunStatus
from dw_simulator.schema import Warehouse

DDL = "create table sales (region_id int, store_id int, amount decimal(10,2), primary key (region_id, store_id))"


def test_health(client):
    answer = client.get("/health").json()
    assert (answer["status"], answer["service"]) == ("ok", "api")


def test_services_without_a_stack(client):
    services = client.get("/api/services").json()["services"]
    assert [service["name"] for service in services] == ["s3", "snowflake", "redshift", "api"]
    assert all(service.keys() >= {"name", "state", "host", "port", "pid", "restarts"} for service in services)


def test_metrics_count_what_any_process_did(client, shop):
    client.post("/api/experiments", json=shop)
    service = client.app.state.jobs.service
    run = service.generate("shop")
    service.load("shop")
    client.delete("/api/experiments/shop")  # what was done stays counted
    lines = client.get("/metrics").text.splitlines()
    size = sum(file.size for file in run.files["customers"])
    for expected in (
        'dw_simulator_generation_runs_total{outcome="completed"} 1.0',
        'dw_simulator_generation_rows_total{outcome="completed"} 10.0',
        "dw_simulator_generation_duration_seconds_count 1.0",
        f"dw_simulator_staged_bytes_total {float(size)}",
        'dw_simulator_loads_total{outcome="completed",warehouse="sqlite"} 1.0',
        'dw_simulator_loaded_rows_total{warehouse="sqlite"} 10.0',
        'dw_simulator_service_up{service="api"} 1.0',
        'dw_simulator_http_requests_total{method="DELETE",route="/api/experiments/{name}",'
        'service="api",status="200"} 1.0',
    ):
        assert expected in lines


def test_create_show_list_delete(client, shop):
    created = client.post("/api/experiments", json=shop)
    assert created.status_code == 201
    assert created.json()["experiment"]["name"] == "shop"

    listed = client.get("/api/experiments").json()
    assert len(listed) == 1
    summary = listed[0]
    assert dt.datetime.fromisoformat(summary.pop("created_at")) <= dt.datetime.fromisoformat(summary.pop("updated_at"))
    assert summary == {
        "name": "shop",
        "description": "",
        "dialect": "ansi",
        "target_warehouse": ["sqlite"],
        "state": "READY",
        "tables": [{"name": "customers", "columns": 2, "target_rows": 10}],
        "warnings": ["look here"],
        "last_run": None,
        "loaded": [],
        "active_job": None,
    }
    assert client.get("/api/experiments/shop").json() == created.json()

    assert client.delete("/api/experiments/shop").json() == {"dropped_tables": 0}
    assert client.get("/api/experiments").json() == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/generate"),
        ("POST", "/load"),
        ("POST", "/reset"),
        ("GET", "/runs"),
        ("POST", "/runs/1/cancel"),
    ],
)
def test_an_unknown_experiment_is_not_found(client, method, path):
    answer = client.request(method, f"/api/experiments/none{path}")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "there is no experiment 'none'"


def test_a_name_twice_is_a_conflict(client, shop):
    client.post("/api/experiments", json=shop)
    assert client.post("/api/experiments", json=shop).status_code == 409


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "{}", '{"name": "x", "tables": []}', "\udcff".encode("utf-8", "ignore")]
)
def test_a_schema_that_cannot_be_read_is_named(client, body):
    answer = client.post("/api/experiments", content=body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "import"
    assert answer.json()["problems"]


def test_import_sql_tells_what_it_changed(client):
    body = {"sql": DDL, "dialect": "redshift", "name": "sales"}
    answer = client.post("/api/experiments/import-sql", json=body)
    assert answer.status_code == 201
    assert answer.json()["warnings"] == [
        "Table 'sales' has a composite primary key (region_id, store_id). A surrogate key column '_row_id' has been "
        "added for generation. Original columns are preserved."
    ]
    assert client.get("/api/experiments").json()[0]["warnings"] == answer.json()["warnings"]


def test_import_sql_can_be_tried(client):
    body = {"sql": DDL, "dialect": "redshift", "name": "sales", "dry_run": True, "target_rows": 7}
    answer = client.post("/api/experiments/import-sql", json=body).json()
    assert answer["stored"] is False
    assert answer["experiment"]["tables"][0]["target_rows"] == 7
    assert client.get("/api/experiments").json() == []


def test_import_sql_names_line_and_column(client):
    body = {"sql": "create table a (x int);\ncreate table b (y nonsense_type);", "name": "a", "dialect": "redshift"}
    problem = client.post("/api/experiments/import-sql", json=body).json()["problems"][0]
    assert problem["line"] == 2
    assert problem["column"] >= 1


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "body.sql"),
        ({"sql": "x", "name": "x", "dialect": "mysql"}, "body.dialect"),
        ({"sql": "x", "name": ""}, "body.name"),
        ({"sql": "x", "name": "x", "unknown": 1}, "body.unknown"),
    ],
)
def test_a_wrong_request_names_the_field(client, body, path):
    answer = client.post("/api/experiments/import-sql", json=body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "request"
    assert path in [problem["path"] for problem in answer.json()["problems"]]


# --- jobs: the service's own generation is replaced by one that the test steers ---------------------------------------
class Generation:
    """Stands in for `ExperimentService.generate`: records a run and works until it is told to end."""

    def __init__(self, monkeypatch):
        self.go_on = threading.Event()
        self.error: Exception | None = None
        self.given: dict[str, object] = {}
        generation = self

        def generate(service, name, *, cancel, started, progress, **given):
            assert callable(progress)
            generation.given = given
            record = service.show(name)
            run = service._runs.start(record, seed=1, target_rows={"customers": 10}, base_uri="file:///x")
            started(run)
            while not generation.go_on.wait(0.005):
                if cancel.is_set():
                    service._runs.finish(run, RunStatus.ABORTED, error="cancelled")
                    raise GenerationCancelled("cancelled")
            if generation.error:
                service._runs.finish(run, RunStatus.FAILED, error=str(generation.error))
                raise generation.error
            return service._runs.finish(run, RunStatus.COMPLETED)

        monkeypatch.setattr(ExperimentService, "generate", generate)


@pytest.fixture
def generation(client, shop, monkeypatch):
    client.post("/api/experiments", json=shop)
    generation = Generation(monkeypatch)
    yield generation
    generation.go_on.set()


def _wait_for_status(client, status):
    give_up_at = time.monotonic() + 60
    while (found := client.get("/api/experiments/shop/runs").json()[0])["status"] != status:
        assert time.monotonic() < give_up_at, found
        time.sleep(0.01)
    return found


def test_a_run_is_answered_when_it_starts_and_goes_on(client, generation):
    body = {"seed": 5, "rows": {"customers": 3}, "batch_rows": 100, "workers": 2}
    answer = client.post("/api/experiments/shop/generate", json=body)
    assert (answer.status_code, answer.json()["status"]) == (202, "RUNNING")
    assert generation.given == {"seed": 5, "rows": {"customers": 3}, "batch_rows": 100, "workers": 2}
    generation.go_on.set()
    assert _wait_for_status(client, "COMPLETED")["id"] == answer.json()["id"]


def test_a_second_run_meanwhile_is_a_conflict(client, generation):
    client.post("/api/experiments/shop/generate")
    assert client.post("/api/experiments/shop/generate").status_code == 409


def test_a_run_can_be_cancelled(client, generation):
    run = client.post("/api/experiments/shop/generate").json()
    cancelled = client.post(f"/api/experiments/shop/runs/{run['id']}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "ABORTED")
    again = client.post(f"/api/experiments/shop/runs/{run['id']}/cancel")
    assert again.status_code == 409
    assert client.post("/api/experiments/shop/runs/99/cancel").status_code == 404


def test_a_run_that_fails_later_is_recorded(client, generation):
    generation.error = GenerationError("no more values")
    client.post("/api/experiments/shop/generate")
    generation.go_on.set()
    assert _wait_for_status(client, "FAILED")["error"] == "no more values"


def test_a_run_that_cannot_start_is_an_error_answer(client, shop, monkeypatch):
    def generate(*_, **__):
        raise GenerationError("column 'id' has too few values")

    client.post("/api/experiments", json=shop)
    monkeypatch.setattr(ExperimentService, "generate", generate)
    answer = client.post("/api/experiments/shop/generate")
    assert (answer.status_code, answer.json()["detail"]) == (422, "column 'id' has too few values")


def test_the_end_of_the_server_cancels_runs(client, generation):
    client.post("/api/experiments/shop/generate")
    client.__exit__(None, None, None)
    with ExperimentServiceOf(client) as service:
        assert service.runs("shop")[0].status is RunStatus.ABORTED
    client.__enter__()


class ExperimentServiceOf:
    def __init__(self, client):
        self.service = ExperimentService(client.app.state.settings)

    def __enter__(self):
        return self.service

    def __exit__(self, *_):
        self.service.close()


def test_load_reports_by_warehouse(client, shop, monkeypatch):
    def load_each(_service, name, *, warehouses, run_id, **_):
        assert (name, warehouses, run_id) == ("shop", [Warehouse.REDSHIFT], None)
        failed = WarehouseLoad(Warehouse.SNOWFLAKE, {}, 0.5, GenerationError("full"))
        return LoadReport((WarehouseLoad(Warehouse.REDSHIFT, {"customers": 10}, 1.5), failed), 1.6)

    client.post("/api/experiments", json=shop)
    monkeypatch.setattr(ExperimentService, "load_each", load_each)
    assert client.post("/api/experiments/shop/load?wait=true", json={"warehouses": ["redshift"]}).json() == {
        "seconds": 1.6,
        "loads": [
            {"warehouse": "redshift", "rows": {"customers": 10}, "seconds": 1.5, "error": None},
            {"warehouse": "snowflake", "rows": {}, "seconds": 0.5, "error": "full"},
        ],
    }


def test_the_openapi_document_has_the_schema_of_experiments_and_of_problems(client):
    document = client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    body = document["paths"]["/api/experiments"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["$ref"].rpartition("/")[2] in schemas
    problem = document["paths"]["/api/experiments/{name}"]["get"]["responses"]["404"]["content"]
    assert problem["application/problem+json"]["schema"]["$ref"].rpartition("/")[2] in schemas


def test_warehouses_elsewhere_are_changed_only_with_a_yes(client, shop, monkeypatch):
    client.post("/api/experiments", json={**shop, "target_warehouse": ["redshift"]})
    monkeypatch.setattr(client.app.state.settings.redshift, "host", "192.0.2.1")
    answer = client.post("/api/experiments/shop/load")
    assert (answer.status_code, answer.json()["code"]) == (409, "confirmation")
    assert "allow_remote=true" in answer.json()["hint"]
    allowed = client.post("/api/experiments/shop/load?allow_remote=true")
    assert (allowed.status_code, allowed.json()["code"]) == (
        404,
        "not_found",
    )  # past the guard: there is no run to load
