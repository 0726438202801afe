"""Rules that hold between several columns of a table."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from dw_simulator.schema.base import Model, Real

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
