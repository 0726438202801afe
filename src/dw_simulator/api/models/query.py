"""Bodies of the endpoints that run queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field

from dw_simulator.api.models.base import RequestBody
from dw_simulator.api.problems import ProblemDocument, problem_of
from dw_simulator.experiments.export import ExportFormat
from dw_simulator.experiments.queries import ColumnKind, Page, QueryRequest, StatementKind
from dw_simulator.experiments.queries.execution import PAGE_ROWS, ROW_LIMIT
from dw_simulator.schema import Warehouse

if TYPE_CHECKING:
    from dw_simulator.experiments.queries.comparing import Compared, ComparedSide
    from dw_simulator.warehouses.base import ResultColumn

MOST_PAGE_ROWS = 10_000
MOST_ROWS = 10_000_000
Sql = Field(
    min_length=1, pattern=r"^[^\x00]*$", description="one or more statements; the result is that of the last one"
)
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


class QueryBody(RequestBody):
    """A query to run."""

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


class ExportBody(RequestBody):
    """A query whose whole result is wanted as a file."""

    warehouse: Warehouse
    sql: str = Sql
    experiment: str | None = ExperimentName
    format: ExportFormat
    filename: str | None = Field(None, max_length=200, description="name of the file; the suffix may be left out")


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


class SavedQueryBody(RequestBody):
    """A query to save."""

    model_config = ConfigDict(str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
    sql: str = Field(min_length=1, max_length=1_000_000)
    warehouse: Warehouse | None = None
    experiment: str | None = Field(None, max_length=63)


class ComparisonSide(RequestBody):
    """One query of a comparison."""

    warehouse: Warehouse
    sql: str = Sql


class CompareBody(RequestBody):
    """Two queries whose results are to be compared."""

    left: ComparisonSide
    right: ComparisonSide
    experiment: str | None = ExperimentName
    row_limit: int = Field(ROW_LIMIT, ge=1, le=1_000_000, description="rows of each side that are compared at most")
    key: list[str] | None = Field(None, min_length=1, description="columns by which rows belong together")


class SideAnswer(BaseModel):
    """What one query answered, or why it did not."""

    warehouse: Warehouse
    columns: list[Column]
    rows: int
    seconds: float
    error: ProblemDocument | None


class ColumnPair(BaseModel):
    """Columns that belong together; a type is null where a side has no such column."""

    name: str
    left_type: str | None
    right_type: str | None
    comparable: bool


class RowDifference(BaseModel):
    """A row that one side lacks, or two rows that belong together and differ in ``columns``."""

    kind: Literal["only_left", "only_right", "different"]
    left: list[Cell] | None
    right: list[Cell] | None
    columns: list[str]


class Comparison(BaseModel):
    """What two results have in common and what not; see docs/queries.md."""

    equal: bool
    ordered: bool = Field(description="rows were compared by their position, since both statements have an ORDER BY")
    left: SideAnswer
    right: SideAnswer
    columns: list[ColumnPair]
    only_left: int
    only_right: int
    different: int
    differences: list[RowDifference] = Field(description="the first 200")
    truncated: bool = Field(description="a side has more rows than were compared, or there are more differences")

    @classmethod
    def of(cls, found: Compared) -> Comparison:
        each = found.differences
        total = each.only_left + each.only_right + each.different
        return cls(
            equal=found.equal,
            ordered=found.ordered,
            left=_side(found.left),
            right=_side(found.right),
            columns=[ColumnPair(**asdict(column)) for column in each.columns],
            only_left=each.only_left,
            only_right=each.only_right,
            different=each.different,
            differences=[RowDifference(**asdict(difference)) for difference in each.shown],
            truncated=found.truncated or total > len(each.shown),
        )


def _side(side: ComparedSide) -> SideAnswer:
    return SideAnswer(
        warehouse=side.warehouse,
        columns=Column.all_of(side.columns, side.kinds),
        rows=side.rows,
        seconds=round(side.seconds, 6),
        error=None if side.error is None else problem_of(side.error),
    )
