"""The OpenAPI document: FastAPI's own, with the schemas of bodies that endpoints read and write themselves."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode

EXPERIMENT_BODY = "#/components/schemas/InputExperiment"
IMPORT_BODY = "#/components/schemas/ImportSqlRequest"
PROBLEM = "#/components/schemas/ProblemDocument"
PROBLEM_TYPE = "application/problem+json"

UNREADABLE = (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
"""How a body is refused that is no text, or too large."""


def install(app: FastAPI) -> None:
    """Publish the completed document at the place of FastAPI's own."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(get_openapi(title=app.title, version=app.version, routes=app.routes))
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _complete(document: dict[str, Any]) -> dict[str, Any]:
    from dw_simulator.api.models.experiments import ImportSqlRequest
    from dw_simulator.api.problems import ProblemDocument
    from dw_simulator.schema import Experiment

    schemas = document["components"]["schemas"]
    schemas |= _schemas(Experiment, "validation", prefix="Input")
    schemas |= _schemas(ImportSqlRequest, "validation", prefix="")
    _document_refusals(document)
    _require_all_of_answers(document)
    schemas |= _schemas(ProblemDocument, "serialization", prefix="")
    return document


def _document_refusals(document: dict[str, Any]) -> None:
    """Say of every operation how it refuses what it cannot read: by a problem document, as all errors.

    What every operation may answer to foreign callers (401, 403) is not repeated at each.
    """
    for operations in document["paths"].values():
        for operation in operations.values():
            answers: dict[str, Any] = operation["responses"]
            if "422" in answers:
                answers["422"] = _problem(HTTPStatus.UNPROCESSABLE_ENTITY)
            if "requestBody" in operation:
                answers |= {str(code.value): _problem(code) for code in UNREADABLE}
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)


def _problem(status: HTTPStatus) -> dict[str, Any]:
    return {"description": status.phrase, "content": {PROBLEM_TYPE: {"schema": {"$ref": PROBLEM}}}}


def _require_all_of_answers(document: dict[str, Any]) -> None:
    """Answers carry every property, also those whose models have defaults: say so to the clients' generators.

    Only problem documents leave properties out.
    """
    schemas: dict[str, Any] = document["components"]["schemas"]
    asked: set[str] = set()
    todo = _references(
        [operation.get("requestBody", {}) for path in document["paths"].values() for operation in path.values()]
    )
    while todo:
        name = todo.pop()
        if name not in asked:
            asked.add(name)
            todo |= _references(schemas[name]) if name in schemas else set()
    for name, schema in schemas.items():
        if name not in asked and "properties" in schema:
            schema["required"] = list(schema["properties"])


def _references(part: Any) -> set[str]:
    """The names of the schemas that a part of the document refers to."""
    if isinstance(part, dict):
        found = {part["$ref"].rpartition("/")[2]} if isinstance(part.get("$ref"), str) else set()
        return found.union(*map(_references, part.values()))
    if isinstance(part, list):
        return set().union(*map(_references, part))
    return set()


def _schemas(model: type[BaseModel], mode: JsonSchemaMode, *, prefix: str) -> dict[str, Any]:
    """The schema of ``model`` and of all it refers to, by prefixed name."""
    schema = model.model_json_schema(mode=mode, ref_template=f"#/components/schemas/{prefix}{{model}}")
    found = {f"{prefix}{name}": definition for name, definition in schema.pop("$defs", {}).items()}
    return found | {f"{prefix}{model.__name__}": schema}
