"""What a profile of a table tells."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from dw_simulator.warehouses.kinds import ColumnKind

MAX_ROWS = 1_000_000
"""Of more rows a sample is looked at."""


class Bucket(BaseModel):
    """From ``low`` up to, and without, ``high``; the last one includes it."""

    low: Any
    high: Any
    count: int


class TopValue(BaseModel):
    value: Any
    count: int


class ColumnProfile(BaseModel):
    """Values are written as in the results of queries. What makes no sense for a type is null."""

    name: str
    type: str
    kind: ColumnKind
    nulls: int
    distinct: int | None = Field(None, description="number of different values")
    distinct_is_approximate: bool = Field(False, description="it is the warehouse's own estimate")
    min: Any = None
    max: Any = None
    mean: float | None = None
    stddev: float | None = Field(None, description="standard deviation of a sample")
    min_length: int | None = Field(None, description="characters, or bytes of binary values")
    max_length: int | None = None
    histogram: list[Bucket] | None = Field(None, description="equal widths, without empty buckets at the ends")
    top_values: list[TopValue] = Field(default_factory=list, description="the most frequent values")
    note: str | None = Field(None, description="what the warehouse could not tell, and why")


class TableProfile(BaseModel):
    """``profiled_rows`` is smaller than ``rows`` when only a sample was looked at."""

    rows: int
    profiled_rows: int
    seconds: float
    columns: list[ColumnProfile]
