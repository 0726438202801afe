"""From the rules of a column that follows from others to its plan."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dw_simulator.generator import arrays
from dw_simulator.generator.choosing import LevelAbove, UniformChoice, WeightedChoice
from dw_simulator.generator.columns.categorical import converted_values
from dw_simulator.generator.columns.moments import ARROW_TYPES, DAY, end_of
from dw_simulator.generator.derived import (
    Cases,
    Computed,
    Delayed,
    KeyNumber,
    LookedUp,
    Ordinal,
    ParentColumn,
    Taken,
    step_of,
)
from dw_simulator.generator.domain import Reach
from dw_simulator.generator.expressions import converter
from dw_simulator.generator.fan_out import FanOutChoice
from dw_simulator.generator.foreign import Together
from dw_simulator.generator.making import make_random
from dw_simulator.generator.marginals import cut, marginal
from dw_simulator.generator.markov import ByLength, ByParent, Chains, MarkovValues, Transitions
from dw_simulator.generator.registry import RuleProblem
from dw_simulator.generator.rolling import RolledUp
from dw_simulator.generator.transforms import NoMassError
from dw_simulator.schema.distributions import Conditional, Markov
from dw_simulator.schema.expressions import (
    ExpressionError,
    Kind,
    Name,
    Type,
    Typed,
    bind,
    calls_in,
    names_in,
    parse,
    type_of_column,
)
from dw_simulator.schema.expressions.functions import MOMENTS, NUMBERS
from dw_simulator.schema.model import Column, DataType
from dw_simulator.schema.resolve import moment_name, resolve, rollup_key
from dw_simulator.schema.rules import After, Lookup, Rollup

if TYPE_CHECKING:
    from dw_simulator.generator.design import ColumnPlan, TableDesign

UNITS = {"seconds": 10**6, "minutes": 60 * 10**6, "hours": 3600 * 10**6, "days": DAY}
"""Microseconds."""


class Deriver:
    """Makes the plans of one table's columns that follow from others."""

    def __init__(self, table: TableDesign) -> None:
        self._table = table
        self._lookups = {id(lookup): self._chooser(index) for index, lookup in enumerate(table.table.lookups)}

    # --- what a column reads ----------------------------------------------------------------------
    def read(self, name: Name) -> tuple[Taken, ColumnPlan, bool]:
        """The values that ``name`` means for a row of the table, the plan behind them, and whether they may be NULL.

        Raises:
            RuleProblem: the column cannot be made; why is reported for it.
        """
        if name.through is None:
            plan = self._plan(self._table, name.column)
            return plan, plan, plan.may_be_null
        source = self._table.sources[name.through.lower()]
        key, parent = self._plan(self._table, name.through), self._table.parent(source)
        plan = self._plan(parent, name.column)
        chooser, present = self._table.parent_rows(name.through)
        nullable = plan.may_be_null or key.may_be_null
        return ParentColumn(plan, chooser, present, key if key.may_be_null else None), plan, nullable

    def _plan(self, table: TableDesign, column: str) -> ColumnPlan:
        plan = table.column(column)
        if plan is None:
            raise RuleProblem(f"it follows from {table.table.name}.{column}, which cannot be made", None)
        plan.shared = True
        return plan

    def bound(self, text: str) -> tuple[Typed, dict[str, Taken]]:
        """A typed expression and the columns that it reads, by name in lower case."""
        node = parse(text)
        types: dict[str, Type] = {}
        columns: dict[str, Taken] = {}
        for name in names_in(node):
            key = name.text.lower()
            if key in columns:
                continue
            columns[key], _, nullable = self.read(name)
            _, column = resolve(self._table.design.experiment, self._table.table, name)
            types[key] = replace(type_of_column(column), nullable=nullable)
        for call in calls_in(node):
            if call.function in _PLACES and call.arguments and isinstance(call.arguments[0], Name):
                name = call.arguments[0]
                columns[f"{call.function}({name.text.lower()})"] = self._numbered(call.function, name.column)
        try:
            return bind(node, lambda name: types[name.text.lower()]), columns
        except ExpressionError as error:
            raise RuleProblem(str(error), error.hint) from error

    def _numbered(self, function: str, column: str) -> KeyNumber:
        """``ordinal`` or ``level`` by a foreign key column."""
        source = self._table.sources[column.lower()]
        chooser = self._table.chooser(column) if source.reference is not None else None
        key = self._plan(self._table, column)
        nullable = key if key.may_be_null else None
        if function == "ordinal" and isinstance(chooser, FanOutChoice):
            return KeyNumber(Ordinal(chooser), nullable)
        if function == "level" and isinstance(chooser, LevelAbove):
            return KeyNumber(chooser, None)
        raise RuleProblem(
            f"{function}({column}) wants a foreign key with a {_PLACES[function]}",
            f"give {column} a {_PLACES[function]}",
        )

    # --- expressions ------------------------------------------------------------------------------
    def computed(self, column: Column, text: str) -> tuple[Computed, bool]:
        """The values of an expression, and whether they may be NULL."""
        typed, columns = self.bound(text)
        request = self._table.request(column.name)
        convert = converter(column, typed.type, request.limit)
        kind = self._table.declared_type(column)
        return Computed(typed, columns, request.stream, convert, kind), typed.type.nullable

    # --- moments ------------------------------------------------------------------------------------
    def delayed(self, column: Column, rule: After) -> tuple[Delayed, bool, Reach]:
        bases = [self.read(moment_name(text)) for text in rule.columns]
        kind = ARROW_TYPES[column.data_type]
        is_date, unit = column.data_type is DataType.DATE, UNITS[rule.unit]
        step = step_of(unit, rule.min, math.inf if rule.max is None else rule.max, is_date)
        most = math.inf if rule.max is None else rule.max
        try:
            sampler = cut(marginal(rule.distribution, rule.min, most), rule.min, most).sample
        except NoMassError as error:
            raise RuleProblem(
                f"its delay has practically no values between {rule.min:g} and {most:g} {rule.unit}",
                "move min and max to where the distribution of the delay lies",
            ) from error
        last = None if column.date_end is None else end_of(column.date_end)
        if last is not None:
            last -= last % step
            for text, (_, plan, _) in zip(rule.columns, bases, strict=True):
                self._check_order(text, plan, last, column, math.ceil(rule.min * unit))
        longest = (1 << 62) if rule.max is None else math.floor(rule.max * unit)
        shortest = -(-math.ceil(rule.min * unit) // step)
        if longest // step < shortest:
            raise RuleProblem(
                f"no delay from {rule.min:g} to {rule.max:g} {rule.unit} is possible for {column.data_type}",
                "allow a longer delay, or use TIMESTAMP",
            )
        words = self._table.request(column.name).words
        values = Delayed(
            [taken for taken, _, _ in bases], sampler, words, unit, step, shortest, longest // step, last, kind
        )
        reach = Reach(high=None if last is None else last // DAY if is_date else last)
        return values, any(nullable for _, _, nullable in bases), reach

    def _check_order(self, text: str, plan: ColumnPlan, last: int, column: Column, delay: int) -> None:
        high = plan.reach.high
        latest = None if high is None else (high * DAY if pa.types.is_date(plan.type) else high)
        if latest is not None and latest + delay <= last + (DAY - 1 if pa.types.is_date(plan.type) else 0):
            return
        when = "at any time" if latest is None else f"as late as {_shown(latest)}"
        raise RuleProblem(
            f"it comes after {text}, which can be {when}, but must not be later than its date_end {column.date_end}",
            f"give {text} a date_end that leaves time for the delay, or remove this date_end",
        )

    # --- roll-ups ---------------------------------------------------------------------------------
    def rolled_up(self, column: Column, rule: Rollup) -> tuple[RolledUp, bool]:
        child = self._table.design.tables[rule.table.lower()]
        key = rollup_key(self._table.design.experiment, self._table.table, rule)
        if child.rows == 0 or self._table.rows == 0:
            raise RuleProblem(
                f"it sums up {child.table.name}, which gets 0 rows", f"ask for rows in {child.table.name}"
            )
        chooser = child.chooser(key.columns[0])
        if not isinstance(chooser, FanOutChoice):
            raise RuleProblem(
                f"it sums up {child.table.name} by {', '.join(key.columns)}, which has no fan_out",
                f"give the foreign key {child.table.name}.{key.columns[0]} a fan_out",
            )
        columns: dict[str, Taken] = {}
        typed: dict[str, Typed | None] = {}
        for part, text in (("value", rule.value), ("where", rule.where)):
            typed[part], read = child.deriver.bound(text) if text is not None else (None, {})
            columns |= read
        value = typed["value"]
        result = _rolled_type(rule.function, value.type if value else None)
        present = self._table.present(key.parent_columns[0]) if len(key.columns) == 1 else None
        convert = converter(column, result, self._table.request(column.name).limit)
        kind = self._table.declared_type(column)
        stream = self._table.request(column.name).stream
        rolled = RolledUp(
            rule.function, value, typed["where"], columns, stream, chooser, present, convert, result, kind
        )
        return rolled, result.nullable

    # --- conditional distributions ----------------------------------------------------------------
    def conditional(self, column: Column, spec: Conditional) -> Cases:
        conditions: list[Typed] = []
        columns: dict[str, Taken] = {}
        for case in spec.cases:
            typed, read = self.bound(case.when)
            conditions.append(typed)
            columns |= read
        request = self._table.request(column.name)
        parts = [
            make_random(replace(request, column=column.model_copy(update={"distribution": part})))
            for part in (*(case.distribution for case in spec.cases), spec.otherwise)
        ]
        return Cases(conditions, parts, columns, request.stream, self._table.declared_type(column))

    # --- Markov chains ----------------------------------------------------------------------------
    def markov(self, column: Column, spec: Markov) -> MarkovValues:
        chains: Chains
        if spec.along is None:
            assert spec.length is not None
            chains = ByLength(spec.length)
        else:
            key = self._table.table.column(spec.along)
            source = self._table.sources[key.name.lower()] if key else None
            chooser = self._table.chooser(key.name) if key and source and source.reference else None
            if not isinstance(chooser, FanOutChoice):
                raise RuleProblem(
                    f"its chain goes along {spec.along!r}, which is no foreign key with a fan_out",
                    "give the foreign key a fan_out, or the chain a length",
                )
            chains = ByParent(chooser)
        return MarkovValues(Transitions(spec), chains, self._table.request(column.name).stream())

    # --- lookups --------------------------------------------------------------------------------------
    def _chooser(self, index: int) -> Together:
        lookup = self._table.table.lookups[index]
        stream = self._table.stream("\x1e".join(lookup.columns), "lookup")
        if lookup.weights is None:
            return Together(UniformChoice(stream, len(lookup.rows)))
        return Together(WeightedChoice.of(stream, list(lookup.weights)))

    def lookup_of(self, column: Column) -> Lookup | None:
        name = column.name.lower()
        return next(
            (one for one in self._table.table.lookups if name in {other.lower() for other in one.columns}), None
        )

    def looked_up(self, column: Column, lookup: Lookup) -> LookedUp:
        place = [name.lower() for name in lookup.columns].index(column.name.lower())
        cells = [row[place] for row in lookup.rows]
        known = [cell for cell in cells if cell is not None]
        values = converted_values(column, known)
        coded = arrays.plain(values).dictionary_encode()
        codes = np.full(len(cells), -1, np.int32)
        codes[[cell is not None for cell in cells]] = coded.indices.to_numpy()
        dictionary = coded.dictionary if len(known) else pa.array([None], values.type).fill_null(_any_of(values.type))
        return LookedUp(self._lookups[id(lookup)], dictionary, codes)


def _rolled_type(function: str, value: Type | None) -> Type:
    """The type of a roll-up. Raises RuleProblem for values that cannot be summed up."""
    if value is None:
        return Type(Kind.INTEGER)
    if function in ("sum", "avg") and value.kind not in NUMBERS:
        raise RuleProblem(f"{function} wants a number, its value is {value.kind}", "use count, min or max")
    if value.kind not in (*NUMBERS, *MOMENTS):
        raise RuleProblem(f"{function} wants a number or a moment, its value is {value.kind}", "use another value")
    if function == "avg":
        return Type(Kind.FLOAT, nullable=True)
    return Type(value.kind, value.scale, nullable=function != "sum")


_PLACES = {"ordinal": "fan_out", "level": "hierarchy"}
"""Functions that number rows by a foreign key, and what it must have."""


def _any_of(kind: pa.DataType) -> Any:
    """Some value of the type, where a lookup has NULL only."""
    return "" if pa.types.is_string(kind) else pa.scalar(0, pa.int64()).cast(pa.int32()).cast(kind)


def _shown(micros: int) -> str:
    return str(dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=micros))
