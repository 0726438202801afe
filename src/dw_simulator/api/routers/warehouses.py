"""Looking into the warehouses: whether they answer, what they hold."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from dw_simulator.api.dependencies import Experiments, SettingsOfApp
from dw_simulator.api.models.query import QueryPage, page_body
from dw_simulator.api.problems import responses
from dw_simulator.config.settings import Settings
from dw_simulator.config.targets import remote_targets
from dw_simulator.config.trust import client_context
from dw_simulator.errors import DwSimulatorError
from dw_simulator.experiments import browsing
from dw_simulator.experiments.profiles import MAX_ROWS, TableProfile
from dw_simulator.schema import Warehouse
from dw_simulator.stack import health
from dw_simulator.stack.ports import Address
from dw_simulator.warehouses.catalogs.model import CatalogDatabase
from dw_simulator.warehouses.words import Words, words_of

router = APIRouter(prefix="/api/warehouses", tags=["warehouses"])

PROBE_LIMIT = 2.0
"""Seconds that a warehouse on this machine has to answer."""


class WarehouseAnswer(BaseModel):
    """A warehouse of the settings."""

    warehouse: Warehouse
    available: bool = Field(description="it answers; one elsewhere also lets the configured user in")
    address: str = Field(description="`host:port`; SQLite's is a folder")
    remote: bool = Field(description="it is not on this machine: changes must be confirmed")
    error: str | None = Field(description="why it is not available")
    experiments: list[str] = Field(description="the experiments that are loaded there")


class CatalogAnswer(BaseModel):
    warehouse: Warehouse
    databases: list[CatalogDatabase]


@router.get("")
async def list_warehouses(settings: SettingsOfApp, experiments: Experiments) -> list[WarehouseAnswer]:
    """The warehouses, whether they answer, and the experiments they hold."""
    loaded = await asyncio.to_thread(browsing.loaded_experiments, experiments)
    errors = await asyncio.gather(*(_error_of(settings, warehouse) for warehouse in Warehouse))
    return [
        WarehouseAnswer(
            warehouse=warehouse,
            available=error is None,
            address=_address(settings, warehouse),
            remote=bool(_remote(settings, warehouse)),
            error=error,
            experiments=loaded[warehouse],
        )
        for warehouse, error in zip(Warehouse, errors, strict=True)
    ]


@router.get("/{warehouse}/catalog", responses=responses(404, 422, 500, 502, 503))
def show_catalog(
    warehouse: Warehouse,
    experiments: Experiments,
    experiment: Annotated[str | None, Query(description="only where this experiment's tables live")] = None,
    columns: Annotated[bool, Query(description="with the columns of every table")] = False,
) -> CatalogAnswer:
    """Databases, schemas and tables, from the warehouse's own catalog; those of the system are left out."""
    found = browsing.databases(experiments, warehouse, experiment=experiment, columns=columns)
    return CatalogAnswer(warehouse=warehouse, databases=found)


@router.get("/{warehouse}/words", responses=responses(422))
def show_words(warehouse: Warehouse) -> Words:
    """Keywords, functions and types of the warehouse's SQL, for completion; they do not change."""
    return words_of(warehouse)


TableName = Annotated[str, Query(min_length=1, max_length=1024, description="a table or view, as its name is stored")]
DatabaseName = Annotated[
    str | None, Query(max_length=1024, description="as it is stored; without it the configured one, if there is one")
]
SchemaName = Annotated[str | None, Query(max_length=1024, description="as it is stored; without it `public` or `main`")]


@router.get("/{warehouse}/preview", response_model=QueryPage, responses=responses(404, 422, 500, 502, 503))
def preview_table(
    warehouse: Warehouse,
    experiments: Experiments,
    table: TableName,
    database: DatabaseName = None,
    schema: SchemaName = None,
    offset: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
    order_by: Annotated[str | None, Query(min_length=1, max_length=1024, description="a column")] = None,
    descending: bool = False,
) -> Response:
    """Rows of a table. Without an order they come as the warehouse likes, and pages may overlap."""
    wanted = browsing.Wanted(
        table, database, schema, offset=offset, limit=limit, order_by=order_by, descending=descending
    )
    return Response(page_body(browsing.preview(experiments, warehouse, wanted)), media_type="application/json")


@router.get("/{warehouse}/profile", responses=responses(404, 422, 500, 502, 503))
def profile_table(
    warehouse: Warehouse,
    experiments: Experiments,
    table: TableName,
    database: DatabaseName = None,
    schema: SchemaName = None,
    column: Annotated[list[str] | None, Query(description="only these columns", max_length=1600)] = None,
    max_rows: Annotated[int, Query(ge=1, le=100_000_000, description="of more rows a sample is looked at")] = MAX_ROWS,
) -> TableProfile:
    """What is in the columns of a table: nulls, different values, extremes, spread, histogram, the most frequent."""
    wanted = browsing.Wanted(table, database, schema)
    return browsing.profile(experiments, warehouse, wanted, columns=column or [], max_rows=max_rows)


def _remote(settings: Settings, warehouse: Warehouse) -> dict[str, str]:
    return {} if warehouse is Warehouse.SQLITE else remote_targets(settings, (warehouse.value,))


def _address(settings: Settings, warehouse: Warehouse) -> str:
    match warehouse:
        case Warehouse.SQLITE:
            return str(settings.state_dir("sqlite"))
        case Warehouse.REDSHIFT:
            return _remote(settings, warehouse).get("redshift") or settings.redshift.address
        case Warehouse.SNOWFLAKE:
            return settings.snowflake.address


async def _error_of(settings: Settings, warehouse: Warehouse) -> str | None:
    """Why a warehouse is not available; None when it is. One on this machine is only asked whether it is well."""
    if warehouse is Warehouse.SQLITE:
        return None
    if _remote(settings, warehouse):
        return await asyncio.to_thread(_login_error, settings, warehouse)
    target = settings.service(warehouse.value)
    address = Address(target.host, target.port)
    tls = client_context(settings.api.ca_file) if settings.tls.enabled else None
    if await health.is_healthy(warehouse.value, address, limit=PROBE_LIMIT, tls=tls):
        return None
    return f"the {warehouse} service does not answer at {target.address}"


def _login_error(settings: Settings, warehouse: Warehouse) -> str | None:
    from dw_simulator.warehouses import connect

    try:
        with closing(connect(warehouse, settings)) as adapter:
            adapter.ping()
    except DwSimulatorError as error:
        return error.message
    return None
