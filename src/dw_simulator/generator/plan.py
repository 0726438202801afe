"""An experiment and a seed -> a plan: for every table an Arrow schema and a function from row ranges to batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from dw_simulator.errors import GenerationError, SchemaError
from dw_simulator.generator.design import ColumnPlan, Design, TableDesign
from dw_simulator.generator.streams import Rows
from dw_simulator.schema import graph, validation
from dw_simulator.schema.model import Experiment


@dataclass(frozen=True)
class TablePlan:
    """One table. ``batch`` is pure: any range, in any order, in any thread or process, gives the same values."""

    name: str
    rows: int
    schema: pa.Schema
    columns: tuple[ColumnPlan, ...]

    def batch(self, lo: int, hi: int) -> pa.RecordBatch:
        """Rows ``lo`` to ``hi`` (0-based, ``hi`` not included).

        Raises:
            ValueError: the range is not within the table.
            GenerationError: a column could not be computed; the message names table and column.
        """
        if not 0 <= lo <= hi <= self.rows:
            raise ValueError(f"rows {lo} to {hi} are not within table {self.name!r} of {self.rows} rows")
        rows = Rows.range(lo, hi)
        return pa.RecordBatch.from_arrays([self._take(column, rows) for column in self.columns], schema=self.schema)

    def _take(self, column: ColumnPlan, rows: Rows) -> pa.Array:
        try:
            return column.take(rows)
        except (pa.ArrowException, ArithmeticError, LookupError, TypeError, ValueError, MemoryError) as error:
            raise GenerationError(
                f"table {self.name!r}, column {column.name!r}: {error or type(error).__name__}",
                hint="use a smaller batch size" if isinstance(error, MemoryError) else None,
            ) from error


@dataclass(frozen=True)
class GenerationPlan:
    """All tables in an order in which they can be loaded: parents first."""

    experiment: str
    seed: int
    tables: tuple[TablePlan, ...]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    def table(self, name: str) -> TablePlan:
        """The table of that name, in any case.

        Raises:
            KeyError: there is none.
        """
        found = next((table for table in self.tables if table.name.lower() == name.lower()), None)
        if found is None:
            raise KeyError(name)
        return found


def build_plan(
    experiment: Experiment, *, seed: int, rows: Mapping[str, int] | None = None, pools: Path | None = None
) -> GenerationPlan:
    """Check everything and work out how each column is computed. Nothing is generated yet.

    ``rows`` are row counts by table (in any case) instead of the schema's ``target_rows``. ``pools`` is a folder in
    which pools that take long to make (of the Faker package) are kept.

    Raises:
        SchemaError: with every problem: of the schema, or of a rule that cannot be followed (unknown rule, values that
            do not fit their column, a unique column or key with too few different values).
    """
    rows = rows or {}
    validation.check(experiment, rows)
    design = Design(experiment, seed, rows, pools)
    tables = tuple(_plan_table(design.tables[name.lower()]) for name in graph.load_order(experiment))
    if design.problems:
        raise SchemaError(design.problems)
    return GenerationPlan(experiment.name, seed, tables)


def _plan_table(design: TableDesign) -> TablePlan:
    plans = [(column, design.column(column.name)) for column in design.table.columns]
    fields = [
        pa.field(column.name, plan.type, nullable=not design.never_null(column)) for column, plan in plans if plan
    ]
    columns = tuple(plan for _, plan in plans if plan)
    return TablePlan(design.table.name, design.rows, pa.schema(fields), columns)
