"""What a column's sample says, as fields of the schema's column."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.experiments.learning import texts
from dw_simulator.experiments.learning.histograms import Bins, bins_of
from dw_simulator.experiments.learning.kinds import F64, Typed, plain
from dw_simulator.experiments.learning.scan import ColumnFacts
from dw_simulator.generator.guess import guess
from dw_simulator.schema.model import Column, DataType

FEW_VALUES = 20
"""Numbers and dates of so few different values are listed, not put into bins."""

LISTED_SHARE = 0.8
"""Texts are listed when the frequent ones make up so much."""


Role = Literal["value", "unique", "reference"]


@dataclass(frozen=True, slots=True)
class Limits:
    """``least``: rows that must have a value for it to be written; ``bins`` of a histogram; ``values`` of a list."""

    least: int
    bins: int
    values: int


@dataclass
class LearnedColumn:
    """``codes``: for each row of the sample its place in the column's order, NaN for NULL, for correlations; None where
    the column has no order. ``listed``: a text column whose order may be chosen."""

    fields: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    codes: F64 | None = None
    listed: bool = False


def learn_column(table: str, facts: ColumnFacts, rows: int, limits: Limits, role: Role) -> LearnedColumn:
    """``rows``: of the table; ``role``: what a key decides of the column."""
    values = facts.typed
    learned = LearnedColumn({"name": facts.name, **type_fields(values)})
    if facts.nulls:
        learned.fields["null_fraction"] = min(max(round(facts.nulls / rows, 4), 0.0001), 1.0)
    else:
        learned.fields["required"] = True
    learned.notes.append(_summary(facts))
    if values.note:
        learned.notes.append(values.note)
    if role == "reference" or not len(values.values):
        return learned
    if role == "unique":
        if values.kind is DataType.VARCHAR:
            _learn_form(table, learned, values, limits)
    elif values.kind is DataType.BOOLEAN:
        _list_values(learned, values, pc.value_counts(values.values), limits)
    elif values.is_ordered:
        _learn_ordered(learned, values, limits)
    elif values.kind is DataType.VARCHAR:
        _learn_text(table, learned, values, limits)
    return learned


def _summary(facts: ColumnFacts) -> str:
    distinct = facts.sketch.distinct
    about = "about " if facts.sketch.full else ""
    return f"{about}{distinct:,} different value{'' if distinct == 1 else 's'}"


def type_fields(values: Typed) -> dict[str, Any]:
    kind = values.kind
    if kind is DataType.DECIMAL:
        digits = _digits(values)
        return {"data_type": kind.value, "precision": min(max(digits, values.scale + 1), 38), "scale": values.scale}
    if kind is DataType.VARCHAR:
        length = texts.length_of(values.values) if len(values.values) else 255
        return {"data_type": kind.value, "varchar_length": length}
    if kind is DataType.BINARY:
        longest = pc.max(pc.binary_length(values.values)).as_py() if len(values.values) else None
        return {"data_type": kind.value, "varchar_length": max(int(longest or 64), 1)}
    return {"data_type": kind.value}


def _digits(values: Typed) -> int:
    if not values.scale:
        return 38
    largest = float(np.abs(values.numbers()).max()) if len(values.values) else 0.0
    return len(str(int(largest))) + 2


# --- numbers and moments -----------------------------------------------------------------------------------
def _learn_ordered(learned: LearnedColumn, values: Typed, limits: Limits) -> None:
    numbers = values.numbers()
    learned.codes = values.over_rows(numbers)
    different, counts = np.unique(numbers, return_counts=True)
    if len(different) <= FEW_VALUES and counts.min() >= limits.least:
        weights = [int(count) for count in counts]
        listed = [_value(number, values) for number in different.tolist()]
        learned.fields["distribution"] = {"type": "categorical", "values": listed, "weights": weights}
        return
    bins = bins_of(numbers, least=limits.least, bins=limits.bins, steps=values.has_steps)
    if bins is None:
        learned.codes = None
        learned.notes.append(f"fewer than {limits.least} rows have a value: nothing of them is written")
        return
    learned.fields["distribution"] = _histogram(bins, values)


def _histogram(bins: Bins, values: Typed) -> dict[str, Any]:
    edges = [_value(edge, values) for edge in bins.edges]
    if values.kind is DataType.FLOAT:
        span = (bins.edges[-1] - bins.edges[0]) or abs(bins.edges[0]) or 1.0
        digits = max(0, 5 - math.floor(math.log10(span)))
        edges = [round(edge, digits) if digits < 300 else edge for edge in edges]
    return {"type": "histogram", "edges": edges, "weights": [round(weight, 6) for weight in bins.weights]}


_EPOCH = dt.datetime(1970, 1, 1)


def _value(number: float, values: Typed) -> Any:
    """A number in steps as the schema writes it."""
    kind = values.kind
    if kind is DataType.DATE:
        return (_EPOCH.date() + dt.timedelta(days=round(number))).isoformat()
    if kind.is_temporal:
        moment = _EPOCH + dt.timedelta(microseconds=round(number) * values.step)
        return moment.isoformat() + ("+00:00" if kind is DataType.TIMESTAMP_TZ else "")
    if kind is DataType.DECIMAL:
        return round(number / 10**values.scale, values.scale) if values.scale else int(number)
    return number if kind is DataType.FLOAT else int(number)


# --- texts ---------------------------------------------------------------------------------------------------
def _learn_text(table: str, learned: LearnedColumn, values: Typed, limits: Limits) -> None:
    counted = pc.value_counts(values.values)
    counts = counted.field("counts")
    frequent = counted.filter(pc.greater_equal(counts, limits.least))
    covered = (pc.sum(frequent.field("counts")).as_py() or 0) / len(values.values)
    if covered >= LISTED_SHARE and len(frequent) <= limits.values:
        _list_values(learned, values, frequent, limits)
        if covered < 1:
            rare = len(counted) - len(frequent)
            learned.notes.append(f"{rare:,} rarer values ({1 - covered:.1%} of the rows) are left out")
        return
    _learn_form(table, learned, values, limits)


def _learn_form(table: str, learned: LearnedColumn, values: Typed, limits: Limits) -> None:
    """A rule for what the texts look like; the column's name knows better than letters, digits and words."""
    rule = texts.rule_of(values.values, limits.least)
    is_vague = rule is None or rule in texts.PROSE or not set(rule.removeprefix("pattern:")) - set("#?@")
    if is_vague and guess(table, Column.model_validate(learned.fields)).known:
        learned.notes.append("made after its name")
        return
    if rule is not None:
        learned.fields["faker_rule"] = rule
        if rule == "ipv4":
            learned.fields["varchar_length"] = max(learned.fields["varchar_length"], texts.LONGEST_ADDRESS)
    else:
        learned.notes.append("texts of no form that is known")


def _list_values(learned: LearnedColumn, values: Typed, counted: pa.Array, limits: Limits) -> None:
    """The most frequent first; ``codes`` are places in that list."""
    counted = counted.filter(pc.greater_equal(counted.field("counts"), limits.least))
    if not len(counted):
        learned.notes.append(f"no value is in {limits.least} rows: none is written")
        return
    order = pc.sort_indices(counted.field("counts"), sort_keys=[("", "descending")])
    counted = counted.take(order)
    listed = counted.field("values")
    learned.fields["distribution"] = {
        "type": "categorical",
        "values": [plain(value) for value in listed.to_pylist()],
        "weights": counted.field("counts").to_pylist(),
    }
    places = pc.index_in(values.values, value_set=listed)
    codes = np.asarray(pc.fill_null(places, -1).to_numpy(zero_copy_only=False), np.float64)
    codes[codes < 0] = np.nan
    learned.codes = values.over_rows(codes)
    learned.listed = True
