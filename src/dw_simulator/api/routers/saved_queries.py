"""The history of queries, and queries that are saved under a name."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Response

from dw_simulator.api.dependencies import Experiments
from dw_simulator.api.models.query import SavedQueryBody
from dw_simulator.api.problems import responses
from dw_simulator.metadata import PastQuery, SavedQuery
from dw_simulator.metadata.queries import KEPT
from dw_simulator.schema import Warehouse

router = APIRouter(prefix="/api/saved-queries", tags=["queries"])
history = APIRouter(prefix="/api/query-history", tags=["queries"])

QueryNumber = Annotated[int, Path(ge=1, le=2**53)]
SQL_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"application/sql": {"schema": {"type": "string"}}}}}
_UNSAFE = re.compile(r"[^\w .()+-]+")
_LONGEST_NAME = 100
_DEVICES = frozenset({"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))})
"""Names that Windows keeps for itself."""


@history.get("", responses=responses(422))
def list_history(
    experiments: Experiments,
    limit: Annotated[int, Query(ge=1, le=KEPT)] = 100,
    warehouse: Warehouse | None = None,
) -> list[PastQuery]:
    """What was run, the newest first. Secrets in the texts are masked."""
    return experiments.query_history.newest(limit, warehouse)


@history.delete("", status_code=HTTPStatus.NO_CONTENT)
def clear_history(experiments: Experiments) -> None:
    """Forget what was run."""
    experiments.query_history.clear()


@router.get("")
def list_saved_queries(experiments: Experiments) -> list[SavedQuery]:
    """The saved queries by name."""
    return experiments.saved_queries.all()


@router.post("", status_code=HTTPStatus.CREATED, responses=responses(409, 422))
def save_query(body: SavedQueryBody, experiments: Experiments) -> SavedQuery:
    """Save a query. The name must not be taken."""
    return experiments.saved_queries.add(body.name, body.sql, body.warehouse, body.experiment)


@router.get("/{id}", responses=responses(404, 422))
def show_saved_query(id: QueryNumber, experiments: Experiments) -> SavedQuery:
    """One saved query."""
    return experiments.saved_queries.get(id)


@router.put("/{id}", responses=responses(404, 409, 422))
def change_saved_query(id: QueryNumber, body: SavedQueryBody, experiments: Experiments) -> SavedQuery:
    """Replace a saved query."""
    return experiments.saved_queries.change(id, body.name, body.sql, body.warehouse, body.experiment)


@router.delete("/{id}", status_code=HTTPStatus.NO_CONTENT, responses=responses(404, 422))
def delete_saved_query(id: QueryNumber, experiments: Experiments) -> None:
    """Forget a saved query."""
    experiments.saved_queries.remove(id)


@router.get("/{id}/download", response_class=Response, responses={**SQL_FILE, **responses(404, 422)})
def download_saved_query(id: QueryNumber, experiments: Experiments) -> Response:
    """The text of a saved query as the file NAME.sql."""
    query = experiments.saved_queries.get(id)
    return Response(
        query.sql, media_type="application/sql", headers={"Content-Disposition": attachment(query.name, "sql")}
    )


def attachment(name: str, suffix: str) -> str:
    """A Content-Disposition whose file name is safe on every system, in both forms of RFC 6266."""
    stem = _UNSAFE.sub("_", name).strip(" .")[:_LONGEST_NAME].rstrip(" .") or "query"
    stem = f"_{stem}" if stem.upper() in _DEVICES else stem
    plain = stem.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}.{suffix}\"; filename*=UTF-8''{quote(f'{stem}.{suffix}', safe='')}"
