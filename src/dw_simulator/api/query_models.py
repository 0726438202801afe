"""Bodies of the endpoints that run queries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field

from dw_simulator.experiments.queries import ColumnKind, Page, QueryRequest, StatementKind
from dw_simulator.experiments.queries.kept import PAGE_ROWS, ROW_LIMIT
from dw_simulator.schema import Warehouse

if TYPE_CHECKING:
    from dw_simulator.warehouses.base import ResultColumn

MOST_PAGE_ROWS = 10_000
MOST_ROWS = 10_000_000
Sql = Field(min_length=1, description="one or more statements; the result is that of the last one")
ExperimentName = Field(None, description="the experiment whose tables are found without a prefix")

Cell = Any
"""See docs/queries.md: null, boolean, number, text, and object or array for semi-structured values."""


class Column(BaseModel):
    """A column of a result."""

    name: str
    type: str = Field(description="the warehouse's own name of the type")
    kind: ColumnKind

    @classmethod
    def all_of(cls, columns: Sequence[ResultColumn], kinds: Sequence[ColumnKind]) -> list[Column]:
        return [cls(name=each.name, type=each.type, kind=kind) for each, kind in zip(columns, kinds, strict=True)]


class QueryBody(BaseModel):
    """A query to run."""

    model_config = ConfigDict(extra="forbid")

    warehouse: Warehouse
    sql: str = Sql
    experiment: str | None = ExperimentName
    query_id: UUID | None = Field(
        None, description="the client's own id of the query, with which it can cancel it before there is an answer"
    )
    page_rows: int = Field(PAGE_ROWS, ge=1, le=MOST_PAGE_ROWS, description="rows of the first page")
    row_limit: int = Field(ROW_LIMIT, ge=1, le=MOST_ROWS, description="rows that are read and kept at most")

    def request(self) -> QueryRequest:
        chosen = {} if self.query_id is None else {"query_id": str(self.query_id)}
        return QueryRequest(
            self.warehouse,
            self.sql,
            self.experiment,
            page_rows=self.page_rows,
            row_limit=self.row_limit,
            **chosen,
        )


class Seconds(BaseModel):
    """How long it took: to connect, to run the statements, and from then on to the rows of the first page."""

    connect: float
    execute: float
    first_page: float


class QueryPage(BaseModel):
    """Some rows of a result, and how much of it there is."""

    query_id: str | None = Field(description="null for rows that are not kept")
    warehouse: Warehouse
    columns: list[Column]
    rows: list[list[Cell]]
    offset: int
    rows_kept: int = Field(description="rows that can be asked for, so far")
    complete: bool = Field(description="there will not be more rows")
    truncated: bool = Field(description="the warehouse has more rows than are kept")
    statement: StatementKind
    seconds: Seconds


def page_body(page: Page) -> bytes:
    """A :class:`QueryPage` as JSON. Pages are large: they do not pass through the model."""
    return orjson.dumps(
        {
            "query_id": page.query_id,
            "warehouse": page.warehouse,
            "columns": [
                {"name": column.name, "type": column.type, "kind": kind}
                for column, kind in zip(page.columns, page.kinds, strict=True)
            ],
            "rows": page.rows,
            "offset": page.offset,
            "rows_kept": page.rows_kept,
            "complete": page.complete,
            "truncated": page.truncated,
            "statement": page.statement,
            "seconds": {name: round(getattr(page.seconds, name), 6) for name in Seconds.model_fields},
        }
    )
