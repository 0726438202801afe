"""The design of an experiment's columns: keys first, then every column, parents before what refers to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from dw_simulator.errors import Problem
from dw_simulator.generator import arrays
from dw_simulator.generator.choosing import (
    AllNull,
    Chooser,
    EarlierRow,
    ExactNulls,
    InOrder,
    KeyDigit,
    LevelAbove,
    Nulls,
    OwnRow,
    PreviousRow,
    RandomNulls,
    Shuffled,
    UniformChoice,
    ZipfChoice,
)
from dw_simulator.generator.columns.documents import document
from dw_simulator.generator.columns.moments import ARROW_TYPES
from dw_simulator.generator.columns.numbers import NUMBERS, MeasuredNumbers, arrow_type
from dw_simulator.generator.copula import Copula, CorrelatedWords
from dw_simulator.generator.deriving import Deriver
from dw_simulator.generator.domain import Domain, Grid, Reach
from dw_simulator.generator.fan_out import FanOutChoice, FanOutTable, limits_of
from dw_simulator.generator.foreign import EmptyValues, ParentValues, RootsEmpty, Together
from dw_simulator.generator.growth import GrowingMoments, ParentsByThen, RowGrowth
from dw_simulator.generator.keys import KeyPlan, KeyPlanner
from dw_simulator.generator.making import Drawn, make_domain, make_random
from dw_simulator.generator.permutation import Permutation
from dw_simulator.generator.registry import DEFAULT_LENGTH, Request, RuleProblem, Values
from dw_simulator.generator.sources import Source, sources_of
from dw_simulator.generator.streams import Rows, Stream
from dw_simulator.generator.transforms import ZipfIndex
from dw_simulator.generator.versioned import versioned
from dw_simulator.schema.checks.correlations import cholesky, correlated_columns
from dw_simulator.schema.checks.growth import first_day, growth_of
from dw_simulator.schema.distributions import Conditional, Markov, Zipf
from dw_simulator.schema.model import INTEGER_RANGES, Column, DataType, Experiment, Table
from dw_simulator.schema.rules import FanOut

_MOST_RANKS = 1 << 32


@dataclass
class ColumnPlan:
    """One column: its values and which rows are NULL. ``reach`` says what the values stay within, if that is known.

    ``passes_nulls``: it refers to a column that may be NULL, and then is NULL itself.
    """

    name: str
    values: Values
    nulls: Nulls | None = None
    reach: Reach = field(default_factory=Reach)
    passes_nulls: bool = False
    shared: bool = False
    """other columns of the same rows follow from it: it is computed once for all"""

    @property
    def may_be_null(self) -> bool:
        return self.nulls is not None or self.passes_nulls

    @property
    def type(self) -> pa.DataType:
        return self.values.type

    def take(self, rows: Rows) -> pa.Array:
        """The column in these rows."""
        return rows.shared(id(self), lambda: self._take(rows)) if self.shared else self._take(rows)

    def _take(self, rows: Rows) -> pa.Array:
        values = self.values.take(rows)
        return values if self.nulls is None else arrays.with_nulls(values, self.nulls.empty(rows))


class Design:
    """All tables of an experiment for one seed. Problems are collected, not raised."""

    def __init__(self, experiment: Experiment, seed: int, rows: Mapping[str, int], pools: Path | None = None) -> None:
        counts = {name.lower(): count for name, count in rows.items()}
        self.experiment, self.seed, self.pools = experiment, seed, pools
        self.problems: list[Problem] = []
        self.tables: dict[str, TableDesign] = {}
        for table in sorted(experiment.tables, key=lambda one: one.cdc is not None):
            rows_of = counts.get(table.name.lower(), table.target_rows)
            self.tables[table.name.lower()] = self._design_of(table, rows_of)

    def _design_of(self, table: Table, rows: int) -> TableDesign:
        from dw_simulator.generator.history import design_of

        try:
            return design_of(self, table, rows)
        except RuleProblem as error:
            self.report(Problem(error.message, path=f"tables.{table.name}.history", hint=error.hint))
            return TableDesign(self, table, rows)

    def report(self, problem: Problem) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


class TableDesign:
    """One table: how many rows, which keys, what every column holds. ``rows`` has room for all that ``growth`` adds."""

    def __init__(self, design: Design, table: Table, rows: int) -> None:
        self.design, self.table = design, table
        self.growth = RowGrowth.of(table, rows)
        self.rows = self.growth.most
        self._plans: dict[str, ColumnPlan | None] = {}
        self._open: set[str] = set()
        self._choosers: dict[Source, Chooser] = {}
        key = [*table.primary_key, *(name for group in table.composite_keys for name in group)]
        self._key_columns = {name.lower() for name in key}

    # --- what is known before any column is made -----------------------------------------------------------------
    @cached_property
    def sources(self) -> dict[str, Source]:
        return sources_of(self.design.experiment, self.table, self.design.report)

    @cached_property
    def keys(self) -> KeyPlan:
        return KeyPlanner(
            self.design.seed,
            self.table,
            self.rows,
            self.sources,
            self.request,
            self.parent_size,
            self.parent_is_unique,
            self.design.report,
            lambda source: self.fan_out(source) is not None,
        ).run()

    def request(self, column: str, wanted: int = 0) -> Request:
        found = self.table.column(column)
        assert found is not None
        correlated = self._correlated.get(column.lower())
        return Request(self.design.seed, self.table, found, wanted, correlated=correlated, pools=self.design.pools)

    @cached_property
    def _correlated(self) -> dict[str, CorrelatedWords]:
        """What correlated columns read instead of their own words."""
        found: dict[str, CorrelatedWords] = {}
        for group in correlated_columns(self.table):
            lower = cholesky(group.matrix)
            assert lower is not None
            copula = Copula([self.stream(name, "") for name in group.columns], lower)
            found.update(zip(group.columns, copula.columns, strict=True))
        return found

    def parent(self, source: Source) -> TableDesign:
        assert source.reference is not None
        return self.design.tables[source.reference.parent.lower()]

    def never_null(self, column: Column) -> bool:
        return column.required or column.identity is not None or column.name.lower() in self._key_columns

    def null_fraction(self, column: Column) -> float:
        return 0.0 if self.never_null(column) else column.null_fraction

    def is_unique(self, column: str) -> bool:
        return self.table.is_unique_column(column)

    def exact_nulls(self, column: str) -> ExactNulls:
        """Which rows of a unique column have a value. The root of a hierarchy has no parent; no row has one in an
        empty table."""
        found, source = self.table.column(column), self.sources[column.lower()]
        assert found is not None
        count = round(self.rows * self.null_fraction(found))
        rooted = source.is_self and not self.never_null(found)
        if rooted:
            count = min(max(count, 1), self.rows)
        elif source.reference is not None and self.parent(source).rows == 0:
            count = self.rows
        return ExactNulls(self.stream(column, "null"), self.rows, count, first=rooted)

    def present(self, column: str, above: frozenset[tuple[str, str]] = frozenset()) -> ExactNulls | None:
        """The rows in which a unique column has a value, numbered; None if nothing numbers them.

        ``above`` are the columns on the way here, so that a circle of references ends.
        """
        alone = len(self.sources[column.lower()].columns) == 1
        if not alone or not self.is_unique(column) or self._passes_nulls(column, above):
            return None
        return self.exact_nulls(column)

    def _passes_nulls(self, column: str, above: frozenset[tuple[str, str]]) -> bool:
        """Whether the column refers to one that may be NULL in rows that nothing numbers."""
        source, here = self.sources[column.lower()], (self.table.name, column.lower())
        if source.reference is None or here in above:
            return here in above
        parent, name = self.parent(source), source.parent_column(column)
        numbered = len(source.columns) == 1 and not source.is_self
        if numbered and parent.present(name, above | {here}) is not None:
            return False
        return parent.may_lack(name, above | {here})

    def may_lack(self, column: str, above: frozenset[tuple[str, str]] = frozenset()) -> bool:
        """Whether the column may be NULL in some row."""
        found = self.table.column(column)
        assert found is not None
        own = self.null_fraction(found) > 0 or self.exact_nulls(column).count > 0
        return own or self._passes_nulls(column, above)

    def stream(self, *purpose: str) -> Stream:
        return Stream(self.design.seed, self.table.name.lower(), *(part.lower() for part in purpose))

    # --- parents -------------------------------------------------------------------------------------------------
    def parent_size(self, source: Source) -> int | None:
        """Rows of the parent that the source can name; None if different rows may have equal values."""
        parent = self.parent(source)
        columns = [source.parent_column(name) for name in source.columns]
        if len(columns) == 1 and parent.is_unique(columns[0]):
            nulls = None if source.is_self else parent.present(columns[0])
            return parent.rows if nulls is None else nulls.total - nulls.count
        groups = [{name.lower() for name in group} for group in parent.table.unique_groups()]
        return parent.rows if any(group <= set(columns) for group in groups) else None

    def parent_is_unique(self, source: Source, column: str) -> bool:
        """Whether the parent's column that ``column`` refers to repeats no value."""
        return self.parent(source).is_unique(source.parent_column(column))

    # --- columns ---------------------------------------------------------------------------------------------------
    def column(self, name: str) -> ColumnPlan | None:
        """The plan of a column; None if it cannot be made (reported)."""
        name = name.lower()
        if name in self._plans:
            return self._plans[name]
        found = self.table.column(name)
        assert found is not None
        if name in self._open:
            self._problem(
                found,
                "its value would follow from itself, over a circle of foreign keys",
                "give one of the columns of the circle values of its own",
            )
            return None
        self._open.add(name)
        try:
            self._plans[name] = self._make(found)
        except RuleProblem as error:
            self._problem(found, error.message, error.hint)
            self._plans[name] = None
        finally:
            self._open.discard(name)
        return self._plans[name]

    def _problem(self, column: Column, message: str, hint: str | None) -> None:
        path = f"tables.{self.table.name}.columns.{column.name}"
        self.design.report(Problem(message, path=path, hint=hint))

    def _make(self, column: Column) -> ColumnPlan | None:
        source = self.sources[column.name.lower()]
        if column.identity is not None:
            return self._identity(column)
        if source.reference is not None:
            return self._foreign(column, source)
        if source in self.keys.unique:
            return self._unique(column)
        nulls = self._random_nulls(column, column.name)
        if (derived := self._derived(column, nulls)) is not None:
            return derived
        place = self.keys.places.get(source)
        if place is not None:
            assert place.domain is not None
            digit = Drawn(place.domain, KeyDigit(place.tuples, place.place))
            return ColumnPlan(column.name, digit, nulls, place.domain.reach())
        values = make_random(self.request(column.name))
        growth = growth_of(self.table, column)
        if growth is not None:
            start = first_day(growth, column)
            assert start is not None
            moments = GrowingMoments(values, self.growth, start, self.stream(column.name, "growth"))
            return ColumnPlan(column.name, moments, nulls)
        return ColumnPlan(column.name, values, nulls, _reach_of(values))

    def _derived(self, column: Column, nulls: Nulls | None) -> ColumnPlan | None:
        """The plan of a column that follows from others; None for one that does not."""
        lookup = self.deriver.lookup_of(column)
        found: tuple[Values, bool, Reach]
        if column.expression is not None:
            found = (*self.deriver.computed(column, column.expression), Reach())
        elif column.after is not None:
            found = self.deriver.delayed(column, column.after)
        elif column.rollup is not None:
            found = (*self.deriver.rolled_up(column, column.rollup), Reach())
        elif column.document is not None:
            found = (document(self.request(column.name), column.document), False, Reach())
        elif isinstance(column.distribution, Markov):
            found = (self.deriver.markov(column, column.distribution), False, Reach())
        elif isinstance(column.distribution, Conditional):
            found = (self.deriver.conditional(column, column.distribution), False, Reach())
        elif lookup is not None:
            values = self.deriver.looked_up(column, lookup)
            found = (values, values.has_nulls, Reach())
        else:
            return None
        if found[1] and self.never_null(column):
            raise RuleProblem(
                "it is required, but follows from values that may be NULL",
                "let it be NULL, write coalesce(…), or require the other columns",
            )
        return ColumnPlan(column.name, found[0], nulls, found[2], passes_nulls=found[1])

    @cached_property
    def deriver(self) -> Deriver:
        return Deriver(self)

    def parent_rows(self, column: str) -> tuple[Chooser, ExactNulls | None]:
        """Which row of the parent a foreign key column refers to: the number of a row, or of one of ``present``."""
        source = self.sources[column.lower()]
        if self.parent(source).table.history is not None:
            raise RuleProblem(
                f"it reads a row of {self.parent(source).table.name}, which has history, through {column}",
                "this is not supported: join them in a query",
            )
        single = len(source.columns) == 1 and not source.is_self
        present = self.parent(source).present(source.parent_column(column)) if single else None
        return self._foreign_chooser(source), present

    def declared_type(self, column: Column) -> pa.DataType:
        return declared_type(column)

    def _random_nulls(self, column: Column, stream: str) -> Nulls | None:
        fraction = self.null_fraction(column)
        return RandomNulls(self.stream(stream, "null"), fraction) if fraction else None

    def _identity(self, column: Column) -> ColumnPlan:
        assert column.identity is not None
        scale = 10 ** (column.decimal_size[1] if column.data_type is DataType.DECIMAL else 0)
        start, step = column.identity.seed * scale, column.identity.step * scale
        domain = Grid(arrow_type(column), start, max(self.rows, 1), step)
        return ColumnPlan(column.name, Drawn(domain, InOrder(_full(self))), None, domain.reach())

    def _unique(self, column: Column) -> ColumnPlan:
        nulls = self.exact_nulls(column.name)
        wanted = nulls.total - nulls.count
        domain = make_domain(self.request(column.name, max(wanted, 1)))
        self._check_size(column, domain, wanted)
        chooser: Chooser = InOrder(nulls)
        if not (isinstance(domain, Grid) and domain.size == max(wanted, 1)):
            chooser = Shuffled(nulls, Permutation(self.stream(column.name, "order"), domain.size))
        return ColumnPlan(column.name, Drawn(domain, chooser), nulls if nulls.count else None, domain.reach())

    def _check_size(self, column: Column, domain: Domain, wanted: int) -> None:
        if domain.size < wanted:
            what = f" of the rule {column.faker_rule!r}" if column.faker_rule else ""
            raise RuleProblem(
                f"the column is unique and can take {domain.size:,} different values{what}, "
                f"but {wanted:,} rows are wanted",
                "drop is_unique, ask for fewer rows, or use a rule with more values (uuid, email, pattern:…)"
                if column.data_type.is_text
                else "widen the column's bounds or type, or ask for fewer rows",
            )

    # --- foreign keys ------------------------------------------------------------------------------------------------
    def _foreign(self, column: Column, source: Source) -> ColumnPlan | None:
        """None if the column it refers to cannot be made: that is reported there."""
        parent = self.parent(source)
        if parent.rows == 0:
            return self._orphan(column, source)
        if parent.table.history is not None:
            return self._versioned(column, source, parent)
        name = source.parent_column(column.name)
        plan = parent.column(name)
        if plan is None:
            return None
        single = len(source.columns) == 1
        present = parent.present(name) if single and not source.is_self else None
        self._check_present(column, source, plan, present)
        self._check_fits(column, plan, f"{parent.table.name}.{name}")
        kind = plan.type if column.data_type.is_text and pa.types.is_dictionary(plan.type) else declared_type(column)
        values = ParentValues(plan, self._foreign_chooser(source), present, kind)
        passes = present is None and plan.may_be_null
        return ColumnPlan(column.name, values, self._foreign_nulls(column, source), plan.reach, passes)

    def _versioned(self, column: Column, source: Source, parent: TableDesign) -> ColumnPlan | None:
        """A reference to a key, or to a version of one, of a table with history."""
        from dw_simulator.generator.history import HistoryDesign

        assert isinstance(parent, HistoryDesign)
        stream = self.stream(column.name)
        found = versioned(self, column, parent.dimension, stream, declared_type(column))
        if found is None:
            return None
        values, may_be_null = found
        self._check_fits(column, values.plan, f"{parent.table.name}.{source.parent_column(column.name)}")
        return ColumnPlan(column.name, values, self._foreign_nulls(column, source), values.plan.reach, may_be_null)

    def _orphan(self, column: Column, source: Source) -> ColumnPlan:
        """No parent to refer to."""
        if self.rows and self.never_null(column):
            assert source.reference is not None
            raise RuleProblem(
                f"it is required and refers to {source.reference.parent}, which gets 0 rows",
                f"ask for rows in {source.reference.parent}, or let the column be NULL",
            )
        return ColumnPlan(column.name, EmptyValues(declared_type(column)), AllNull())

    def _check_present(self, column: Column, source: Source, plan: ColumnPlan, present: ExactNulls | None) -> None:
        if present is not None:
            if present.total == present.count and self.never_null(column):
                raise RuleProblem("it is required, but the column it refers to is NULL in every row", None)
        elif plan.may_be_null and self.never_null(column):
            raise RuleProblem(
                f"it is required, but the column it refers to ({source.parent_column(column.name)}) may be NULL",
                "let this column be NULL too, or make the other one required",
            )

    def _check_fits(self, column: Column, plan: ColumnPlan, parent: str) -> None:
        if problem := misfit(column, plan):
            raise RuleProblem(f"values of {parent} {problem}", "give both columns the same type")

    def _foreign_nulls(self, column: Column, source: Source) -> Nulls | None:
        if source in self.keys.unique and len(source.columns) == 1:
            nulls = self.exact_nulls(column.name)
            return nulls if nulls.count else None
        if self.fan_out(source) is not None:
            spread = self._fan_out_nulls(source)
            return spread if spread.count else None
        inner = self._random_nulls(column, "\x1e".join(source.columns))
        if not source.is_self or self.never_null(column):
            return inner
        hierarchy = column.foreign_key.hierarchy if column.foreign_key else None
        return RootsEmpty(inner, hierarchy.roots if hierarchy else 1)

    def fan_out(self, source: Source) -> FanOut | None:
        return self.design.experiment.fan_out(source.reference) if source.reference else None

    def _fan_out_nulls(self, source: Source) -> ExactNulls:
        """Which rows have no parent. All columns of a key are NULL together."""
        columns = [column for name in source.columns if (column := self.table.column(name))]
        share = max(self.null_fraction(column) for column in columns)
        if not all(self.null_fraction(column) in (0.0, share) for column in columns):
            raise RuleProblem(
                "columns of a foreign key with a fan_out are NULL together", "give them one null_fraction"
            )
        return ExactNulls(self.stream("\x1e".join(source.columns), "null"), self.rows, round(self.rows * share))

    def _spread(self, source: Source, rule: FanOut) -> FanOutChoice:
        """Children spread over parents. Raises RuleProblem if the rows of both tables do not allow it."""
        nulls, parents = self._fan_out_nulls(source), self.parent_size(source)
        assert source.reference is not None
        if source.is_self or parents is None:
            raise RuleProblem("a fan_out wants a parent in another table, with a key", "use hierarchy, or distribution")
        children = nulls.total - nulls.count
        limits = limits_of(rule, parents, children)
        active = parents - limits.childless
        fewest, most = limits.least * active, limits.most * active
        if not fewest <= children <= most:
            raise RuleProblem(
                f"its fan_out allows {_between(fewest, most)} children of {parents:,} rows in "
                f"{source.reference.parent}, but {children:,} are wanted",
                f"ask for {_between(fewest, most)} rows of {self.table.name}, or change min, max or childless",
            )
        if rule.mean is not None and abs(children - rule.mean * parents) > max(1.0, 0.01 * rule.mean * parents):
            raise RuleProblem(
                f"its fan_out says {rule.mean:g} children a parent, but there are {children / parents:g}: {children:,} "
                f"of {parents:,} rows in {source.reference.parent}",
                f"ask for {round(rule.mean * parents):,} rows of {self.table.name}, or leave out the mean",
            )
        name = "\x1e".join(source.columns)
        order = Permutation(self.stream(name, "order"), children) if rule.scattered and children else None
        return FanOutChoice(FanOutTable(self.stream(name, "fan out"), parents, children, rule), nulls, order)

    def chooser(self, column: str) -> Chooser:
        """What chooses the parents' rows for a foreign key column, as :meth:`_make_foreign_chooser` made it."""
        found = self._foreign_chooser(self.sources[column.lower()])
        return found.inner if isinstance(found, Together) else found

    def _foreign_chooser(self, source: Source) -> Chooser:
        if source not in self._choosers:
            self._choosers[source] = Together(self._make_foreign_chooser(source))
        return self._choosers[source]

    def _make_foreign_chooser(self, source: Source) -> Chooser:
        rule = self.fan_out(source)
        if rule is not None:
            return self._spread(source, rule)
        place, parent = self.keys.places.get(source), self.parent(source)
        growing = parent.growth if parent.growth.per_day and not source.is_self else None
        if growing is not None and (place is not None or source in self.keys.unique):
            raise RuleProblem(
                f"it is part of a key, which is laid out over all rows of {parent.table.name}, and that table grows",
                f"give {self.table.name} a key of its own, or remove growth from {parent.table.name}",
            )
        if place is not None:
            return KeyDigit(place.tuples, place.place)
        columns = [column for name in source.columns if (column := self.table.column(name))]
        if source in self.keys.unique:
            return self._one_to_one(source, columns)
        stream = self.stream("\x1e".join(source.columns))
        if growing is not None:
            return self._any_by_then(source, growing, stream)
        spread = columns[0].distribution if len(columns) == 1 else None
        levels = columns[0].foreign_key.hierarchy if columns[0].foreign_key else None
        if levels is not None and source.is_self:
            return LevelAbove(stream, self.rows, levels.roots, levels.depth)
        if source.is_self:
            ranks = ZipfIndex(max(self.rows, 1), spread.exponent) if isinstance(spread, Zipf) else None
            return EarlierRow(stream, ranks)
        size = max(self.parent_size(source) or self.parent(source).rows, 1)
        if isinstance(spread, Zipf):
            order = Permutation(self.stream("\x1e".join(source.columns), "order"), size)
            return ZipfChoice(stream, min(size, _MOST_RANKS), spread.exponent, order)
        return UniformChoice(stream, size)

    def _any_by_then(self, source: Source, parents: RowGrowth, stream: Stream) -> ParentsByThen:
        """Raises RuleProblem where the rows of the parent that are there cannot be told, or are none."""
        parent = self.parent(source).table.name
        present = self.parent(source).present(source.parent_column(source.columns[0]))
        if len(source.columns) == 1 and present is not None and present.count:
            raise RuleProblem(
                f"it refers to a column that may be NULL in {parent}, which grows", "require the column it refers to"
            )
        if not parents.base and self.growth.base:
            raise RuleProblem(f"it refers to {parent}, which has 0 rows at first", f"ask for rows in {parent}")
        return ParentsByThen(stream, self.growth, parents)

    def _one_to_one(self, source: Source, columns: list[Column]) -> Chooser:
        required = any(self.never_null(column) for column in columns)
        if source.is_self:
            return OwnRow() if required else PreviousRow()
        nulls = self.exact_nulls(columns[0].name) if len(columns) == 1 else _full(self)
        wanted, size = nulls.total - nulls.count, self.parent_size(source)
        if size is None:
            raise RuleProblem("it is unique, but refers to columns that repeat their values", "make those unique")
        if size < wanted:
            assert source.reference is not None
            raise RuleProblem(
                f"it is unique and can take {size:,} different values (rows of {source.reference.parent}), "
                f"but {wanted:,} rows are wanted",
                f"ask for fewer rows, or for more rows in {source.reference.parent}",
            )
        stream = self.stream("\x1e".join(source.columns), "order")
        return Shuffled(nulls, Permutation(stream, max(size, 1)))


def _between(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _reach_of(values: Values) -> Reach:
    if isinstance(values, Drawn):
        return values.domain.reach()
    return values.grid.reach() if isinstance(values, MeasuredNumbers) else Reach()


def _full(table: TableDesign) -> ExactNulls:
    return ExactNulls(Stream(), table.rows, 0)


def declared_type(column: Column) -> pa.DataType:
    """The Arrow type that a column is written as."""
    if column.data_type in NUMBERS:
        return arrow_type(column)
    if column.data_type in ARROW_TYPES:
        return ARROW_TYPES[column.data_type]
    return {DataType.BOOLEAN: pa.bool_(), DataType.BINARY: pa.binary()}.get(column.data_type, pa.string())


def misfit(column: Column, plan: ColumnPlan) -> str | None:
    """Why values of ``plan`` would not fit a column that refers to them; None if they do, or if only a run can tell."""
    reach, kind = plan.reach, column.data_type
    if reach.width is not None and (kind.is_text or kind is DataType.BINARY):
        limit = column.varchar_length or DEFAULT_LENGTH.get(kind, 1 << 20)
        if reach.width > limit:
            return f"are up to {reach.width} bytes long, but the column holds {limit}"
    if reach.low is None or reach.high is None or not pa.types.is_integer(plan.type):
        return None
    if kind in INTEGER_RANGES:
        low, high = INTEGER_RANGES[kind]
        if reach.low < low or reach.high > high:
            return f"are from {reach.low} to {reach.high}, which {kind} does not hold"
    if kind is DataType.DECIMAL:
        most = 10 ** (column.decimal_size[0] - column.decimal_size[1])
        if reach.high >= most or reach.low <= -most:
            return f"are from {reach.low} to {reach.high}, which DECIMAL{column.decimal_size} does not hold"
    return None
