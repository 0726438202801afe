"""Defects that are put into generated data on purpose, so that tests of data quality have something to find."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from dw_simulator.schema.base import Count, IsoMoment, Model, Real, parse_moment
from dw_simulator.schema.distributions import Weight

SMALLEST_RATE = 0.000_001
"""Rates are counted in millionths."""

Value = str | int | float | bool


class _Defect(Model):
    rate: Real = Field(description="share of the rows, from 0.000001 to 1; every 1/rate rows have one")

    @field_validator("rate")
    @classmethod
    def _share(cls, rate: float) -> float:
        if not SMALLEST_RATE <= rate <= 1:
            raise ValueError(f"rate {rate:g} is no share of the rows; give one from {SMALLEST_RATE:f} to 1")
        return rate


class _ColumnDefect(_Defect):
    columns: list[str] = Field(min_length=1, description="columns that have it, each in rows of its own")

    @field_validator("columns", mode="before")
    @classmethod
    def _one_column(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


# --- values -----------------------------------------------------------------------------------------
class NullDefect(_ColumnDefect):
    """NULL instead of the value, besides the `null_fraction` that the column has by itself."""

    kind: Literal["null"]


class InvalidDefect(_ColumnDefect):
    """A value of the right type that the column should not have: beyond its `min_value` and `max_value` (or negative),
    a date outside `date_start` and `date_end`, a mail address that is none, a word that is not among the values, a text
    in place of a name. `values` says which instead."""

    kind: Literal["invalid"]
    values: list[Value] | None = Field(None, min_length=1, max_length=10_000, description="one of these instead")


class OutlierDefect(_ColumnDefect):
    """A number far from the others: the column's mean plus or minus `factor` to 1.5 times `factor` standard deviations,
    as the first 2,048 rows have them."""

    kind: Literal["outlier"]
    factor: Real = Field(6.0, gt=0, description="standard deviations from the mean, at least")
    side: Literal["both", "high", "low"] = "both"


class WhitespaceDefect(_ColumnDefect):
    """Spaces before or after the text, a tab after it, or two spaces for one in it."""

    kind: Literal["whitespace"]


class CaseDefect(_ColumnDefect):
    """The text in capitals, in small letters, or with the case of each letter changed."""

    kind: Literal["case"]


class EncodingDefect(_ColumnDefect):
    """Text that was written as UTF-8 and read as Latin-1 (``MÃ¼ller``), or, where all its letters are ASCII, with the
    replacement character in place of a vowel."""

    kind: Literal["encoding"]


class TruncateDefect(_ColumnDefect):
    """The text without its end."""

    kind: Literal["truncate"]
    length: Count | None = Field(None, ge=1, description="characters that are left. Default: half of each text")


class SwapDefect(_ColumnDefect):
    """Two columns that have each other's values."""

    kind: Literal["swap"]
    columns: list[str] = Field(min_length=2, max_length=2, description="the two columns, of one type")


class OrphanDefect(_ColumnDefect):
    """A foreign key that no row of the parent has. `values` says which instead."""

    kind: Literal["orphan"]
    values: list[Value] | None = Field(None, min_length=1, max_length=10_000, description="one of these instead")


class DriftDefect(_ColumnDefect):
    """A distribution that moves with the time of the row: not at all up to `start`, wholly from `end` on, and evenly in
    between. Numbers are moved by `shift` and stretched by `factor`; other columns get a value of `values` instead of
    their own, more and more often."""

    kind: Literal["drift"]
    rate: Real = Field(1.0, description="share of the rows that drift, from 0.000001 to 1")
    time_column: str = Field(description="date or timestamp of the row")
    start: IsoMoment
    end: IsoMoment | None = Field(None, description="when it is complete. Default: at once, at start")
    shift: Real | None = Field(None, description="numbers: what is added in the end")
    factor: Real | None = Field(None, description="numbers: what the value is multiplied by in the end")
    values: list[Value] | None = Field(None, min_length=1, max_length=10_000, description="what comes in the end")
    weights: list[Weight] | None = Field(None, description="of the values; equal without")

    @field_validator("start", "end", mode="before")
    @classmethod
    def _read_moment(cls, value: Any) -> Any:
        return parse_moment(value)

    @model_validator(mode="after")
    def _moves(self) -> DriftDefect:
        moved = self.shift is not None or self.factor is not None
        if moved == (self.values is not None):
            raise ValueError("a drift wants shift or factor for numbers, or values")
        if self.weights is not None and (self.values is None or len(self.weights) != len(self.values)):
            raise ValueError("give one weight a value")
        if self.weights is not None and sum(self.weights) <= 0:
            raise ValueError("all weights are 0; give at least one value a weight above 0")
        return self


# --- rows -------------------------------------------------------------------------------------------
class DuplicateDefect(_Defect):
    """A row that comes once more, besides the rows that were asked for; with `columns`, it has the values of another
    row in these, and is the same in the others."""

    kind: Literal["duplicate"]
    columns: list[str] = Field(default_factory=list, description="columns that differ from the row's first copy")

    @field_validator("columns", mode="before")
    @classmethod
    def _one_column(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


class LateDefect(_Defect):
    """A row that arrives `min_days` to `max_days` late. With `columns` these moments, such as `loaded_at`, are so much
    later; without, the row of a table with `growth` comes in the increment of a later day."""

    kind: Literal["late"]
    columns: list[str] = Field(default_factory=list, description="dates or timestamps of arrival, moved together")
    min_days: Count = Field(1, ge=1, le=36_525)
    max_days: Count | None = Field(None, ge=1, le=36_525, description="Default: min_days")

    @field_validator("columns", mode="before")
    @classmethod
    def _one_column(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _in_order(self) -> LateDefect:
        if self.max_days is not None and self.max_days < self.min_days:
            raise ValueError(f"at most {self.max_days} days are fewer than at least {self.min_days}")
        return self

    @property
    def days(self) -> tuple[int, int]:
        return self.min_days, self.max_days if self.max_days is not None else self.min_days


Defect = Annotated[
    NullDefect
    | InvalidDefect
    | OutlierDefect
    | WhitespaceDefect
    | CaseDefect
    | EncodingDefect
    | TruncateDefect
    | SwapDefect
    | OrphanDefect
    | DriftDefect
    | DuplicateDefect
    | LateDefect,
    Field(discriminator="kind"),
]

DEFECTS: dict[str, type[Model]] = {
    "null": NullDefect,
    "invalid": InvalidDefect,
    "outlier": OutlierDefect,
    "whitespace": WhitespaceDefect,
    "case": CaseDefect,
    "encoding": EncodingDefect,
    "truncate": TruncateDefect,
    "swap": SwapDefect,
    "orphan": OrphanDefect,
    "drift": DriftDefect,
    "duplicate": DuplicateDefect,
    "late": LateDefect,
}
"""By the kind that a schema names."""


def named_kinds(value: Any) -> Any:
    """YAML reads ``kind: null`` as nothing; it means the text."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return value
    return [
        {**item, "kind": "null"} if isinstance(item, dict) and "kind" in item and item["kind"] is None else item
        for item in value
    ]


def moved_by_delivery(defects: Sequence[Defect]) -> LateDefect | None:
    """The defect that lets rows come in later increments."""
    return next((one for one in defects if isinstance(one, LateDefect) and not one.columns), None)


def duplicated(defects: Sequence[Defect]) -> list[DuplicateDefect]:
    return [one for one in defects if isinstance(one, DuplicateDefect)]


def touched_columns(defects: Sequence[Defect]) -> set[str]:
    """The columns, in lower case, whose values some defect changes."""
    return {name.lower() for one in defects for name in one.columns}
