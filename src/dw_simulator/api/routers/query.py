"""Queries: run, read page by page, cancel, free."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from dw_simulator.api.dependencies import GuardedExperiments, QueriesOfApp
from dw_simulator.api.problems import responses
from dw_simulator.api.query_models import MOST_PAGE_ROWS, QueryBody, QueryPage, page_body
from dw_simulator.errors import QueryCancelled
from dw_simulator.experiments.queries import Queries
from dw_simulator.experiments.queries.kept import PAGE_ROWS, KeptQuery

router = APIRouter(prefix="/api/query", tags=["queries"])

PAGE_SECONDS = 30.0
"""How long a page that is not read yet is waited for."""

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
        return await _page(query, 0, wanted.page_rows)
    except Exception:
        await asyncio.to_thread(_forget_failed, queries, query)
        raise


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


async def _page(query: KeptQuery, offset: int, limit: int) -> Response:
    return Response(await asyncio.to_thread(_page_body, query, offset, limit), media_type="application/json")


def _page_body(query: KeptQuery, offset: int, limit: int) -> bytes:
    return page_body(query.page(offset, limit))


def _forget_failed(queries: Queries, query: KeptQuery) -> None:
    """A query that failed before its first page has nothing to be asked for."""
    if queries.has(query.request.query_id):
        queries.free(query.request.query_id)


async def while_connected(request: Request, work: asyncio.Future[Any], gone: Callable[[], object]) -> None:
    """Wait for ``work``; when the client goes away before, call ``gone`` in a thread.

    Raises:
        QueryCancelled: the client is gone.
    """
    leaving = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait((work, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            await asyncio.to_thread(gone)
            raise QueryCancelled("the client is gone")
    finally:
        leaving.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
