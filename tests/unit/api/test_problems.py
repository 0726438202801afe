from http import HTTPStatus

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from dw_simulator import errors
from dw_simulator.api import problems

CASES = [
    (errors.InvalidRequest("m"), 422, "invalid"),
    (errors.NotFound("m"), 404, "not_found"),
    (errors.Conflict("m"), 409, "conflict"),
    (errors.GenerationCancelled("m"), 409, "cancelled"),
    (errors.LoadCancelled("m"), 409, "cancelled"),
    (errors.QueryCancelled("m"), 409, "cancelled"),
    (errors.SchemaError("m"), 422, "schema"),
    (errors.ImportSchemaError("m"), 422, "import"),
    (errors.GenerationError("m"), 422, "generation"),
    (errors.WarehouseSqlError("m"), 422, "sql"),
    (errors.ExportError("m"), 422, "export"),
    (errors.WarehouseError("m"), 502, "warehouse"),
    (errors.StagingError("m"), 502, "staging"),
    (errors.ServiceUnavailable("s3", "127.0.0.1:1"), 503, "unavailable"),
    (errors.ConfigError("m"), 500, "config"),
    (errors.SecretError("m"), 500, "secret"),
    (errors.CertificateError("m"), 500, "certificate"),
    (errors.ConfirmationRequired("m"), 409, "confirmation"),
    (errors.Busy("m"), 409, errors.Busy.code),
    (errors.VerificationFailed("m"), 409, "verification"),
    (errors.StackError("m"), 500, "stack"),
    (errors.DwSimulatorError("m"), 500, "error"),
    (ZeroDivisionError("m"), 500, "internal"),
]


def _every_error_class(base=errors.DwSimulatorError):
    yield base
    for child in base.__subclasses__():
        yield from _every_error_class(child)


def _ask(error):
    app = FastAPI()
    problems.install(app)

    @app.get("/")
    def fail():
        raise error

    with TestClient(app, raise_server_exceptions=False) as client:
        return client.get("/")


@pytest.mark.parametrize(("error", "status", "code"), CASES, ids=lambda case: type(case).__name__)
def test_each_error_has_its_status(error, status, code):
    answer = _ask(error)
    assert (answer.status_code, answer.json()["status"], answer.json()["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_every_error_class_is_covered():
    own = {kind for kind in _every_error_class() if kind.__module__ == errors.__name__}
    assert own <= {type(error) for error, *_ in CASES}


def test_a_problem_document_in_full():
    problem = errors.Problem("is missing", "tables.a", hint="add it", line=3, column=4, construct="TABLE")
    assert _ask(errors.SchemaError(problem, hint="see the guide")).json() == {
        "type": "about:blank",
        "title": HTTPStatus.UNPROCESSABLE_ENTITY.phrase,
        "status": 422,
        "detail": "line 3, column 4: tables.a: is missing (add it)",
        "code": "schema",
        "hint": "see the guide",
        "problems": [
            {
                "message": "is missing",
                "path": "tables.a",
                "hint": "add it",
                "line": 3,
                "column": 4,
                "construct": "TABLE",
            }
        ],
    }


def test_unknown_paths_and_methods(client):
    assert client.get("/nothing").json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "Not Found",
        "code": "http",
        "problems": [],
    }
    assert client.put("/health").status_code == 405
