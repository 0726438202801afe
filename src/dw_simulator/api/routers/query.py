"""Queries: run, read page by page, cancel, free."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import IO, Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from dw_simulator.api.dependencies import GuardedExperiments, QueriesOfApp
from dw_simulator.api.models.query import (
    MOST_PAGE_ROWS,
    CompareBody,
    Comparison,
    ExportBody,
    QueryBody,
    QueryPage,
    page_body,
)
from dw_simulator.api.problems import responses
from dw_simulator.api.routers.saved_queries import attachment
from dw_simulator.api.streaming import Produce, attachment_responses, streamed
from dw_simulator.api.waiting import while_connected
from dw_simulator.experiments.export import ExportFormat, write_result
from dw_simulator.experiments.queries import Queries, QueryRequest
from dw_simulator.experiments.queries.execution import PAGE_ROWS
from dw_simulator.experiments.queries.kept import KeptQuery

router = APIRouter(prefix="/api/query", tags=["queries"])

PAGE_SECONDS = 30.0
"""How long a page that is not read yet is waited for."""
END_SECONDS = 0.005
"""How long a first page waits for the end: most results are small, and then the client need not ask again."""

MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSON: "application/json",
    ExportFormat.JSONL: "application/x-ndjson",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
EXPORTED = attachment_responses(404, 409, 422, 502, 503, media_types=MEDIA_TYPES.values())

Offset = Annotated[int, Query(ge=0, le=2**53, description="the first row, counted from 0")]
Limit = Annotated[int, Query(ge=1, le=MOST_PAGE_ROWS, description="rows of the page")]


@router.post("", response_model=QueryPage, responses=responses(404, 409, 422, 502, 503))
async def run_query(
    request: Request, body: QueryBody, queries: QueriesOfApp, experiments: GuardedExperiments
) -> Response:
    """Run SQL in a warehouse. The answer is the first page; the rows up to the limit are kept to be asked for.

    Several statements run one after the other in one session. A client that goes away cancels its query.
    """
    wanted = body.request()
    query = await asyncio.to_thread(queries.start, wanted, experiments)
    first = min(wanted.page_rows, wanted.row_limit)
    await while_connected(request, asyncio.wrap_future(query.when(first)), lambda: queries.free(wanted.query_id))
    try:
        await asyncio.wait([asyncio.wrap_future(query.when(wanted.row_limit + 1))], timeout=END_SECONDS)
        return await _page(query, 0, wanted.page_rows)
    except Exception:
        await asyncio.to_thread(_forget_failed, queries, query)
        raise


@router.post("/export", response_class=Response, responses=EXPORTED)
async def export_query(
    request: Request, body: ExportBody, queries: QueriesOfApp, experiments: GuardedExperiments
) -> Response:
    """Run SQL and send its whole result as a file, as it comes from the warehouse.

    An error in the middle breaks the transfer off: a file that arrived whole is complete.
    """
    wanted = QueryRequest(body.warehouse, body.sql, body.experiment)
    execution = await asyncio.to_thread(queries.execution, wanted, experiments)

    def produce(stream: IO[bytes]) -> None:
        queries.run(execution, lambda result: write_result(result, body.format, stream, scratch=queries.folder))

    return await _file(request, produce, execution.cancel, body.format, body.filename or "query")


@router.post("/compare", responses=responses(404, 409, 422))
async def compare_queries(
    request: Request, body: CompareBody, queries: QueriesOfApp, experiments: GuardedExperiments
) -> Comparison:
    """Run two queries side by side and compare their results, row by row; a failure of one side is told with it."""
    left, right = (
        QueryRequest(side.warehouse, side.sql, body.experiment, row_limit=body.row_limit)
        for side in (body.left, body.right)
    )
    stop = threading.Event()
    work = asyncio.ensure_future(
        asyncio.to_thread(queries.compare, left, right, experiments, key=body.key or (), stop=stop)
    )
    await while_connected(request, work, stop.set)
    return Comparison.of(work.result())


@router.get("/{query_id}/export", response_class=Response, responses=EXPORTED)
async def export_kept(request: Request, query_id: UUID, queries: QueriesOfApp, format: ExportFormat) -> Response:
    """The kept rows as a file; those that are still being read are waited for."""
    query = queries.get(str(query_id))

    def produce(stream: IO[bytes]) -> None:
        write_result(query.result(), format, stream, scratch=queries.folder)

    return await _file(request, produce, lambda: None, format, f"query-{str(query_id)[:8]}")


@router.get("/{query_id}", response_model=QueryPage, responses=responses(404, 409, 422, 502, 503))
async def read_page(query_id: UUID, queries: QueriesOfApp, offset: Offset = 0, limit: Limit = PAGE_ROWS) -> Response:
    """A page of a kept result. Rows that are still being read are waited for, for some seconds."""
    query = queries.get(str(query_id))
    await asyncio.wait([asyncio.wrap_future(query.when(offset + limit))], timeout=PAGE_SECONDS)
    return await _page(query, offset, limit)


@router.delete("/{query_id}", status_code=HTTPStatus.NO_CONTENT, responses=responses(404, 422))
def free_query(query_id: UUID, queries: QueriesOfApp) -> None:
    """Forget a result; a query that runs is cancelled."""
    queries.free(str(query_id))


@router.post("/{query_id}/cancel", status_code=HTTPStatus.NO_CONTENT, responses=responses(404, 422))
def cancel_query(query_id: UUID, queries: QueriesOfApp) -> None:
    """Interrupt a query in its warehouse. The rows that were read stay; nothing happens to a query that has ended."""
    queries.cancel(str(query_id))


async def _file(
    request: Request, produce: Produce, stop: Callable[[], object], form: ExportFormat, name: str
) -> Response:
    stem = name.removesuffix(f".{form}")
    return await streamed(
        request, produce, stop, media_type=MEDIA_TYPES[form], disposition=attachment(stem, form.value)
    )


async def _page(query: KeptQuery, offset: int, limit: int) -> Response:
    return Response(await asyncio.to_thread(_page_body, query, offset, limit), media_type="application/json")


def _page_body(query: KeptQuery, offset: int, limit: int) -> bytes:
    return page_body(query.page(offset, limit))


def _forget_failed(queries: Queries, query: KeptQuery) -> None:
    """A query that failed before its first page has nothing to be asked for."""
    if queries.has(query.id):
        queries.free(query.id)
