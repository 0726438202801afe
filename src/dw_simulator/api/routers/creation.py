"""Experiments from schemas and from SQL scripts, stored or only interpreted; schemas as files."""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from dw_simulator.api import bodies
from dw_simulator.api.dependencies import Experiments
from dw_simulator.api.models.experiments import (
    Diagnostic,
    ExperimentDetail,
    ExperimentSummary,
    ImportSqlAnswer,
    ImportSqlRequest,
)
from dw_simulator.api.openapi import EXPERIMENT_BODY, IMPORT_BODY
from dw_simulator.api.problems import responses
from dw_simulator.experiments import check_experiment, schema_file
from dw_simulator.experiments.schemas import interpret_sql
from dw_simulator.metadata import ExperimentOverview, ExperimentState, SchemaSummary
from dw_simulator.schema import Dialect, Experiment, Warehouse
from dw_simulator.schema.importers.dbt.nodes import KINDS, DbtOptions, Kind

router = APIRouter(prefix="/api", tags=["experiments"])

DryRun = Annotated[bool, Query(description="interpret and check, store nothing")]

SCHEMA_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": EXPERIMENT_BODY}},
            "application/yaml": {"schema": {"type": "string", "description": "the same as YAML"}},
        },
    }
}
_FORM: dict[str, Any] = {
    "type": "object",
    "required": ["file", "name"],
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "the script"},
        "name": {"type": "string", "minLength": 1, "maxLength": 63},
        "dialect": {"type": "string", "enum": [str(dialect) for dialect in Dialect]},
        "surrogate_key": {"type": "boolean"},
        "target_warehouse": {"type": "array", "items": {"type": "string", "enum": [str(each) for each in Warehouse]}},
        "target_rows": {"type": "integer", "minimum": 0},
        "dry_run": {"type": "boolean"},
    },
}
_SQL_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": IMPORT_BODY}},
            bodies.FORM_TYPE: {"schema": _FORM},
        },
    }
}


def _detail_of(experiments: Experiments, experiment: Experiment, *, stored: bool) -> ExperimentDetail:
    if stored:
        return ExperimentDetail(
            summary=ExperimentSummary.of(experiments.overview(experiment.name)), experiment=experiment
        )
    now = dt.datetime.now(dt.UTC)
    overview = ExperimentOverview(
        id=0,
        schema_summary=SchemaSummary.of(experiment),
        state=ExperimentState.READY,
        created_at=now,
        updated_at=now,
        last_run=None,
        loaded=[],
    )
    return ExperimentDetail(summary=ExperimentSummary.of(overview), experiment=experiment)


@router.post(
    "/experiments",
    status_code=HTTPStatus.CREATED,
    responses={
        200: {"model": ExperimentDetail, "description": "With `dry_run`: what would be stored"},
        **responses(409, 413, 422),
    },
    openapi_extra=SCHEMA_BODY,
)
async def create_experiment(
    request: Request,
    response: Response,
    experiments: Experiments,
    dry_run: DryRun = False,
    name: Annotated[str | None, Query(description="in place of the name in the schema", max_length=63)] = None,
    dialect: Annotated[Dialect | None, Query(description="dbt: that of the types; its adapter's by default")] = None,
    dbt_kind: Annotated[list[Kind] | None, Query(description="dbt: only relations of these kinds")] = None,
) -> ExperimentDetail:
    """Create an experiment from its schema, as JSON or YAML, or from a manifest.json or property file of dbt."""
    text = await bodies.text_of(request)
    as_yaml = bodies.media_type(request) in bodies.YAML_TYPES
    if dry_run:
        response.status_code = HTTPStatus.OK
    dbt = DbtOptions(dialect, dbt_kind or KINDS)
    return await run_in_threadpool(_create, experiments, text, as_yaml, name, dbt, dry_run)


def _create(
    experiments: Experiments, text: str, as_yaml: bool, name: str | None, dbt: DbtOptions, dry_run: bool
) -> ExperimentDetail:
    from dw_simulator.schema.importers.json_ import read_json
    from dw_simulator.schema.importers.yaml_ import read_yaml

    experiment = (read_yaml if as_yaml else read_json)(text, name=name, dbt=dbt)
    check_experiment(experiment)
    if not dry_run:
        experiments.store(experiment)
    return _detail_of(experiments, experiment, stored=not dry_run)


@router.post(
    "/experiments/import-sql",
    status_code=HTTPStatus.CREATED,
    responses={
        200: {"model": ImportSqlAnswer, "description": "With `dry_run`: what would be stored"},
        **responses(409, 413, 422),
    },
    openapi_extra=_SQL_BODY,
)
async def import_sql(request: Request, response: Response, experiments: Experiments) -> ImportSqlAnswer:
    """Create an experiment from CREATE TABLE statements; the diagnostics say what was changed to make it work.

    A script with problems is answered with all of them, each with its line and column.
    """
    if bodies.media_type(request) == bodies.FORM_TYPE:
        body = bodies.validated(ImportSqlRequest, await bodies.form_of(request, file_field="sql"))
    else:
        body = bodies.validated(ImportSqlRequest, await request.body())
    if body.dry_run:
        response.status_code = HTTPStatus.OK
    return await run_in_threadpool(_import, experiments, body)


def _import(experiments: Experiments, body: ImportSqlRequest) -> ImportSqlAnswer:
    imported = interpret_sql(
        body.sql,
        dialect=body.dialect,
        name=body.name,
        surrogate_key=body.surrogate_key,
        target_warehouse=body.target_warehouse,
        target_rows=body.target_rows,
    )
    if not body.dry_run:
        experiments.store(imported.experiment)
    return ImportSqlAnswer(
        experiment=imported.experiment,
        warnings=imported.experiment.warnings,
        diagnostics=[Diagnostic.of(one) for one in imported.diagnostics],
        stored=not body.dry_run,
    )


@router.get(
    "/experiments/{name}/schema",
    response_class=Response,
    responses={
        200: {
            "description": "The schema as a file",
            "content": {
                kind: {"schema": {"$ref": EXPERIMENT_BODY}} if kind == "application/json" else {}
                for kind in schema_file.MEDIA_TYPES.values()
            },
        },
        **responses(404, 422),
    },
)
def download_schema(
    name: str,
    experiments: Experiments,
    format: Literal["json", "yaml", "ddl"] = "json",
    warehouse: Annotated[Warehouse | None, Query(description="whose DDL; the experiment's first by default")] = None,
) -> Response:
    """The schema as a file: as it can be sent here again, or as the statements that create the tables."""
    experiment = experiments.show(name).experiment
    text = schema_file.text_of(experiment, format, warehouse)
    headers = {"content-disposition": schema_file.disposition(experiment.name, format, warehouse)}
    return Response(text, media_type=schema_file.MEDIA_TYPES[format], headers=headers)


@router.get(
    "/schema",
    response_class=Response,
    responses={
        200: {
            "description": "A JSON Schema (draft 2020-12)",
            "content": {"application/schema+json": {"schema": {"type": "object"}}},
        }
    },
)
def show_json_schema() -> Response:
    """The JSON Schema of an experiment file, for editors and other programs."""
    from dw_simulator.schema.json_schema import json_schema_text

    return Response(json_schema_text(), media_type="application/schema+json")
