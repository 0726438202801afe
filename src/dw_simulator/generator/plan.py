"""An experiment and a seed -> a plan: for every table an Arrow schema and a function from row ranges to batches."""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from dw_simulator.errors import GenerationError, Problem, SchemaError
from dw_simulator.generator.design import ColumnPlan, Design, TableDesign
from dw_simulator.generator.growth import check_days
from dw_simulator.generator.probing import FAILURES, probe
from dw_simulator.generator.streams import Rows
from dw_simulator.schema import graph, validation
from dw_simulator.schema.model import Experiment


@dataclass(frozen=True)
class TablePlan:
    """One table. ``batch`` is pure: any range, in any order, in any thread or process, gives the same values.

    ``first`` is the first row that the run makes: those before it are of the runs that it continues.
    """

    name: str
    rows: int
    schema: pa.Schema
    columns: tuple[ColumnPlan, ...]
    first: int = 0
    asked: int | None = None
    """the rows without those that come twice, and with those that are still to come, where they are not ``rows``"""

    @property
    def has_defects(self) -> bool:
        """Whether defects are put into it, which a report names."""
        return False

    @property
    def target_rows(self) -> int:
        """The rows that were asked for, with those of the runs that it continues."""
        return self.rows if self.asked is None else self.asked

    @property
    def new_rows(self) -> int:
        """The rows that the run makes."""
        return self.rows - self.first

    def batch(self, lo: int, hi: int) -> pa.RecordBatch:
        """Rows ``lo`` to ``hi`` (0-based, ``hi`` not included).

        Raises:
            ValueError: the range is not within the table.
            GenerationError: a column could not be computed; the message names table and column.
        """
        if not 0 <= lo <= hi <= self.rows:
            raise ValueError(f"rows {lo} to {hi} are not within table {self.name!r} of {self.rows} rows")
        return self._batch(lo, hi)

    def _batch(self, lo: int, hi: int) -> pa.RecordBatch:
        rows = Rows.range(lo, hi)
        return pa.RecordBatch.from_arrays([self.take(column, rows) for column in self.columns], schema=self.schema)

    def take(self, column: ColumnPlan, rows: Rows) -> pa.Array:
        """One column, without defects. Raises GenerationError, naming it."""
        try:
            return column.take(rows)
        except FAILURES as error:
            raise GenerationError(
                f"table {self.name!r}, column {column.name!r}: {error or type(error).__name__}",
                hint="use a smaller batch size" if isinstance(error, MemoryError) else None,
            ) from error


@dataclass(frozen=True)
class GenerationPlan:
    """All tables in an order in which they can be loaded: parents first.

    ``base`` are the rows by table before the first increment, ``days`` how many days were added up to the end of the
    run.
    """

    experiment: str
    seed: int
    tables: tuple[TablePlan, ...]
    base: Mapping[str, int]
    days: int = 0

    @property
    def rows(self) -> int:
        """The rows that the run makes."""
        return sum(table.new_rows for table in self.tables)

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
    experiment: Experiment,
    *,
    seed: int,
    rows: Mapping[str, int] | None = None,
    pools: Path | None = None,
    covered: int = 0,
    days: int = 0,
) -> GenerationPlan:
    """Check everything and work out how each column is computed. Nothing is generated yet; columns that are computed
    from others are tried in a few rows, and so are defects.

    ``rows`` are row counts by table (in any case) instead of the schema's ``target_rows``, without any increment.
    ``days``: the rows that grow up to that day; the first run and ``covered`` days are there already and are not made.
    Without it, the plan is that of a first run.
    ``pools`` is a folder in which pools that take long to make (of the Faker package) are kept.

    Raises:
        SchemaError: with every problem: of the schema, or of a rule that cannot be followed (unknown rule, values that
            do not fit their column, a unique column or key with too few different values, more days than a table's
            ``max_days``).
        ValueError: ``covered`` is not from 0 to ``days``.
    """
    if not 0 <= covered <= days:
        raise ValueError(f"{covered} of {days} days cannot be covered")
    rows = rows or {}
    check_days(experiment, days)
    validation.check(experiment, rows)
    design = Design(experiment, seed, rows, pools)
    if design.problems:
        raise SchemaError(design.problems)
    names = graph.load_order(experiment)
    tables = tuple(_plan_table(design.tables[name.lower()], covered, days) for name in names)
    if problems := design.problems or probe(design):
        raise SchemaError(problems)
    tables = tuple(_with_defects(design.tables[table.name.lower()], table, covered, days) for table in tables)
    if design.problems:
        raise SchemaError(design.problems)
    base = {table.table.name: table.growth.base for table in design.tables.values()}
    return GenerationPlan(experiment.name, seed, tables, base, days)


def days_for_rows(experiment: Experiment, *, seed: int, rows: Mapping[str, int], covered: int, wanted: int) -> int:
    """The fewest days after ``covered`` ones that add at least ``wanted`` rows, those of all tables together.

    ``rows`` are those of a first run, by table. Defects that let rows come late move some of them to later days.

    Raises:
        SchemaError: no table grows, or all days that can still be added have fewer rows.
        ValueError: no rows are wanted.
    """
    if wanted < 1:
        raise ValueError(f"an increment has 1 row or more, not {wanted}")
    check_days(experiment, covered + 1)
    validation.check(experiment, rows)
    growths = [table.growth for table in Design(experiment, seed, rows).tables.values() if table.growth.days]

    def added(days: int) -> int:
        return sum(growth.rows_after(covered + days) - growth.rows_after(covered) for growth in growths)

    most = min(growth.days for growth in growths) - covered
    if added(most) < wanted:
        raise SchemaError(
            [
                Problem(
                    f"{wanted:,} rows were asked for, but the {most:,} days that can be added yet have {added(most):,}",
                    path="tables",
                    hint="ask for fewer rows, or make a new experiment with higher rows_per_day or max_days",
                )
            ]
        )
    return bisect.bisect_left(range(1, most + 1), wanted, key=added) + 1


def _plan_table(design: TableDesign, covered: int, days: int) -> TablePlan:
    plans = [(column, design.column(column.name)) for column in design.table.columns]
    fields = [
        pa.field(column.name, plan.type, nullable=not design.never_null(column)) for column, plan in plans if plan
    ]
    columns = tuple(plan for _, plan in plans if plan)
    growth = design.growth
    first = growth.rows_after(covered) if days else 0
    return TablePlan(design.table.name, growth.rows_after(days), pa.schema(fields), columns, first)


def _with_defects(design: TableDesign, plan: TablePlan, covered: int, days: int) -> TablePlan:
    if not design.table.defects:
        return plan
    from dw_simulator.generator.defects import dirty_plan

    return dirty_plan(design, plan, covered, days)
