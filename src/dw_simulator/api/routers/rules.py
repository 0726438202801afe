"""What forms of schemas need: every rule with its parameters, the rows that a schema would make, schemas as text."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from dw_simulator.api import bodies
from dw_simulator.api.dependencies import SettingsOfApp
from dw_simulator.api.models.query import Column
from dw_simulator.api.problems import responses
from dw_simulator.api.routers.creation import SCHEMA_BODY
from dw_simulator.experiments import schema_file
from dw_simulator.experiments.rule_catalog import RuleCatalog, preview_rows, rule_catalog
from dw_simulator.schema import Experiment

router = APIRouter(prefix="/api/schema", tags=["experiments"])


class RowsPreviewAnswer(BaseModel):
    table: str
    total_rows: int = Field(description="rows that the table would get")
    columns: list[Column]
    rows: list[list[Any]]


@router.get("/rules")
def show_rules() -> RuleCatalog:
    """Every family of columns and every rule, with the JSON Schema of its parameters, for forms."""
    return rule_catalog()


@router.post("/preview", responses=responses(413, 422), openapi_extra=SCHEMA_BODY)
async def preview_schema(
    request: Request,
    settings: SettingsOfApp,
    table: Annotated[str | None, Query(description="the first one by default")] = None,
    rows: Annotated[int, Query(ge=1, le=100)] = 10,
) -> RowsPreviewAnswer:
    """The first rows of a table as a schema (JSON or YAML) would make them. Nothing is stored."""
    text, as_yaml = await bodies.text_of(request), bodies.media_type(request) in bodies.YAML_TYPES
    pools = settings.home / "cache" / "faker"

    def make() -> RowsPreviewAnswer:
        made = preview_rows(_read(text, as_yaml), table, rows, pools)
        columns = [Column(name=column.name, type=column.type, kind=kind) for column, kind in made.columns]
        return RowsPreviewAnswer(table=made.table, total_rows=made.total_rows, columns=columns, rows=made.rows)

    return await run_in_threadpool(make)


@router.post(
    "/text",
    response_class=Response,
    responses={
        200: {
            "description": "The schema as a file",
            "content": {schema_file.MEDIA_TYPES[form]: {} for form in ("json", "yaml")},
        },
        **responses(413, 422),
    },
    openapi_extra=SCHEMA_BODY,
)
async def write_schema(request: Request, format: Literal["json", "yaml"] = "yaml") -> Response:
    """A schema as the text of a file: what holds its default is left out."""
    text, as_yaml = await bodies.text_of(request), bodies.media_type(request) in bodies.YAML_TYPES
    made = await run_in_threadpool(lambda: schema_file.text_of(_read(text, as_yaml), format))
    return Response(made, media_type=schema_file.MEDIA_TYPES[format])


def _read(text: str, as_yaml: bool) -> Experiment:
    from dw_simulator.schema.importers.json_ import read_json
    from dw_simulator.schema.importers.yaml_ import read_yaml

    return (read_yaml if as_yaml else read_json)(text)
