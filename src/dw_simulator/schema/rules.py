"""Rules that hold between several columns of a table."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from dw_simulator.schema.base import Count, Flag, IsoMoment, Model, Real
from dw_simulator.schema.distributions import Exponential, Gamma, Histogram, LogNormal, Mixture, Normal, Pareto, Weight

Coefficient = Annotated[Real, Field(ge=-1, le=1)]


class Correlation(Model):
    """Columns that rise and fall together, each keeping its own distribution (a Gaussian copula). Categorical columns
    are ordered as their ``values`` are. Give ``value`` for one coefficient between every two of the columns, or the
    whole ``matrix``. Columns that are together in no entry are not correlated."""

    columns: list[str] = Field(min_length=2, max_length=200)
    value: Coefficient | None = Field(None, description="coefficient between every two of the columns")
    matrix: list[list[Coefficient]] | None = Field(
        None, description="coefficients, one row a column; symmetric, with 1 on the diagonal"
    )
    kind: Literal["normal", "spearman"] = Field(
        "normal", description="what the coefficients are of: the normal scores of the values (`normal`), or their ranks"
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Correlation:
        if (self.value is None) == (self.matrix is None):
            raise ValueError("a correlation wants either a value or a matrix")
        if self.matrix is not None:
            self._check_matrix(self.matrix)
        return self

    def _check_matrix(self, matrix: list[list[float]]) -> None:
        size = len(self.columns)
        if len(matrix) != size or any(len(row) != size for row in matrix):
            raise ValueError(f"{size} columns want a matrix of {size} rows of {size} coefficients")
        for i, row in enumerate(matrix):
            if row[i] != 1:
                raise ValueError(f"the coefficient of {self.columns[i]!r} with itself is {row[i]:g}; write 1")
            for j in range(i):
                if row[j] != matrix[j][i]:
                    names = f"{self.columns[i]!r} and {self.columns[j]!r}"
                    raise ValueError(f"the matrix is not symmetric: {names} have {row[j]:g} and {matrix[j][i]:g}")

    def coefficient(self, first: int, second: int) -> float:
        """Between the columns at two places."""
        if self.matrix is not None:
            return self.matrix[first][second]
        assert self.value is not None
        return 1.0 if first == second else self.value


class After(Model):
    """A moment that does not come before the ``columns``: the latest of them and a delay. Where one of them is NULL, so
    is this. The delay is measured in ``unit`` and cut to ``min`` and ``max``; the column's `date_end` cuts the
    moment."""

    columns: list[str] = Field(
        min_length=1, description="columns of the row, or of a parent: `fk_column.parent_column`"
    )
    unit: Literal["seconds", "minutes", "hours", "days"] = "days"
    min: Real = Field(0.0, ge=0, description="shortest delay")
    max: Real | None = Field(None, ge=0, description="longest delay")
    distribution: Annotated[
        Normal | LogNormal | Exponential | Gamma | Pareto | Histogram | Mixture, Field(discriminator="type")
    ] = Field(default=Exponential(scale=30), description="of the delay")

    @field_validator("columns", mode="before")
    @classmethod
    def _one_column(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _in_order(self) -> After:
        if self.max is not None and self.max < self.min:
            raise ValueError(f"the longest delay {self.max:g} is shorter than the shortest, {self.min:g}")
        return self


Cell = str | int | float | bool | None


class Lookup(Model):
    """Columns that agree with each other because they come from one row of a list: city, postal code and state. Each
    row is chosen by its weight (equal without weights). A null is NULL."""

    columns: list[str] = Field(min_length=1, max_length=100)
    rows: list[list[Cell]] = Field(min_length=1, max_length=100_000)
    weights: list[Weight] | None = None

    @model_validator(mode="after")
    def _shape(self) -> Lookup:
        for index, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                raise ValueError(f"row {index + 1} has {len(row)} values for {len(self.columns)} columns")
        if self.weights is not None and len(self.weights) != len(self.rows):
            raise ValueError(f"{len(self.rows)} rows but {len(self.weights)} weights; give one weight a row")
        if self.weights is not None and sum(self.weights) <= 0:
            raise ValueError("all weights are 0; give at least one row a weight above 0")
        return self


class FanOut(Model):
    """How many rows of this table refer to each row of the parent. The rows of both tables are as asked for; their
    numbers decide the mean. Children of a parent are consecutive rows unless `scattered`."""

    min: Count = Field(0, ge=0, description="fewest children of a parent (of those that have some, with `childless`)")
    max: Count | None = Field(None, ge=1, description="most children of a parent")
    mean: Real | None = Field(
        None, gt=0, description="children per parent: checked against the rows of both tables, which decide it"
    )
    childless: Real = Field(0.0, ge=0, lt=1, description="share of the parents that have no child, exactly")
    shape: Literal["even", "uniform", "poisson", "geometric", "zipf"] = Field(
        "poisson", description="how the numbers of children spread between min and max"
    )
    exponent: Real = Field(1.5, gt=0, le=10, description="of the shape zipf: n children have weight 1 / n**exponent")
    scattered: Flag = Field(False, description="the children of a parent are spread over the table")

    @model_validator(mode="after")
    def _in_order(self) -> FanOut:
        if self.max is not None and self.max < self.min:
            raise ValueError(f"at most {self.max} children are fewer than at least {self.min}")
        return self


class Growth(Model):
    """How a table grows, day by day, when increments are appended to the experiment. What keeps keys unique is laid out
    for `max_days` days from the first run on, so that no row that is there already changes."""

    rows_per_day: Count = Field(ge=1, le=1 << 40, description="rows that each day adds")
    time_column: str | None = Field(
        None, description="the column of type date or timestamp that says when; new rows have moments of their day"
    )
    start: IsoMoment | None = Field(
        None, description="the first day that is added. Default: the day after date_end of the time column"
    )
    max_days: Count = Field(366, ge=1, le=36_525, description="the most days that can ever be added")

    @model_validator(mode="after")
    def _start_of_something(self) -> Growth:
        if self.start is not None and self.time_column is None:
            raise ValueError("start says when time_column goes on, but there is no time_column")
        return self

    @property
    def most_rows(self) -> int:
        """The rows of all days that can be added."""
        return self.rows_per_day * self.max_days


class Hierarchy(Model):
    """The levels of a table that refers to itself: `roots` rows without a parent, and exactly `depth` levels below. The
    levels grow by one factor; the parent of a row is in the level above."""

    depth: Count = Field(ge=1, le=1000, description="levels below the roots")
    roots: Count = Field(1, ge=1)


class Rollup(Model):
    """Sums up the rows of another table that refer to the row: the total of an order from its lines. The foreign key of
    the other table needs a `fan_out`, so that the rows are found without reading."""

    table: str = Field(description="the table whose rows refer to this one")
    foreign_key: str | None = Field(None, description="its foreign key column, where it has several to this table")
    function: Literal["sum", "count", "min", "max", "avg"] = "sum"
    value: str | None = Field(None, description="expression over the other table's row; not for count")
    where: str | None = Field(None, description="condition on the other table's row")

    @model_validator(mode="after")
    def _has_value(self) -> Rollup:
        if (self.value is None) != (self.function == "count"):
            raise ValueError("a roll-up wants a value" if self.value is None else "count takes no value; use where")
        return self
