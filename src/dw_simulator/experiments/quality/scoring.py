"""Scores of sdmetrics (licence MIT): do the columns have the same shapes, and do pairs of columns go together alike.

sdmetrics documentation, pages "Quality Report", "KSComplement", "TVComplement", "CorrelationSimilarity",
"ContingencySimilarity".
"""

from __future__ import annotations

import importlib
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.errors import ConfigError, SchemaError
from dw_simulator.experiments.learning.keys import is_key_name
from dw_simulator.experiments.learning.kinds import F64, Typed
from dw_simulator.experiments.learning.scan import TableFacts
from dw_simulator.schema.model import DataType

BARS = 24
MOST_BARS = 12
"""Bars of a plot: of numbers and moments, and of the most frequent values."""

FEW = 50
"""Whole numbers and texts of at most so many different values are compared as categories."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Shares of rows, real and synthetic, by label."""

    labels: list[str]
    real: list[float]
    synthetic: list[float]


@dataclass(frozen=True, slots=True)
class ColumnScore:
    """``score``: 0 to 1, None where the metric has none."""

    name: str
    metric: str
    score: float | None
    bars: Bars


@dataclass(frozen=True, slots=True)
class PairScore:
    first: str
    second: str
    metric: str
    score: float | None
    real: float | None
    synthetic: float | None
    """correlations, of numbers only"""


@dataclass
class TableScore:
    name: str
    rows: tuple[int, int]
    score: float
    shapes: float
    trends: float | None
    columns: list[ColumnScore] = field(default_factory=list)
    pairs: list[PairScore] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


_TABLE = "table"
"""What the report calls the one table that it is about."""


def require_sdmetrics() -> Any:
    """The class of the report. Raises ConfigError where sdmetrics is not installed."""
    try:
        return importlib.import_module("sdmetrics.reports").QualityReport
    except ImportError:
        raise ConfigError(
            "the quality report needs sdmetrics, which is not installed",
            hint="pip install 'dw-simulator[quality]' (or [sdv], which brings it)",
        ) from None


def score(real: TableFacts, synthetic: TableFacts) -> TableScore:
    """Compare two samples of a table. Columns that are keys by their name, and free text, say nothing and are left out.

    Raises:
        ConfigError: sdmetrics is not installed.
        SchemaError: the samples have no column in common.
    """
    report_class = require_sdmetrics()
    pairs, left_out = _common(real, synthetic)
    kinds = {name: _sdtype(one, other) for name, (one, other) in pairs.items()}
    frames = [_frame(pairs, kinds, side) for side in (0, 1)]
    columns = {name: {"sdtype": kind} for name, kind in kinds.items()}
    metadata = {"tables": {_TABLE: {"columns": columns}}, "relationships": []}
    report = report_class()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sdmetrics warns of constant columns, which it then scores as not a number
        report.generate({_TABLE: frames[0]}, {_TABLE: frames[1]}, metadata, verbose=False)
        shapes, trends = (report.get_details(name, _TABLE) for name in ("Column Shapes", "Column Pair Trends"))
    found = TableScore(real.name, (real.rows, synthetic.rows), _number(report.get_score()) or 0.0, 0.0, None)
    found.left_out = left_out
    for row in shapes.to_dict("records"):
        bars = _bars(*pairs[row["Column"]], kinds[row["Column"]])
        found.columns.append(ColumnScore(row["Column"], row["Metric"], _number(row["Score"]), bars))
    for row in trends.to_dict("records"):
        correlations = (_number(row.get("Real Correlation")), _number(row.get("Synthetic Correlation")))
        found.pairs.append(
            PairScore(row["Column 1"], row["Column 2"], row["Metric"], _number(row["Score"]), *correlations)
        )
    found.shapes = _mean([each.score for each in found.columns]) or 0.0
    found.trends = _mean([each.score for each in found.pairs])
    return found


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _common(real: TableFacts, synthetic: TableFacts) -> tuple[dict[str, tuple[Typed, Typed]], list[str]]:
    """Columns that both have, by name in any case, but keys and free text."""
    other = {column.name.lower(): column for column in synthetic.columns}
    found: dict[str, tuple[Typed, Typed]] = {}
    left_out: list[str] = []
    for column in real.columns:
        match = other.get(column.name.lower())
        if match is None:
            left_out.append(f"{column.name} (not in the synthetic data)")
        elif column.typed.kind in (DataType.JSON, DataType.BINARY, DataType.TIME):
            left_out.append(f"{column.name} ({column.typed.kind})")
        elif is_key_name(column.name) and column.sketch.distinct > FEW:
            left_out.append(f"{column.name} (a key)")
        elif column.typed.kind is DataType.VARCHAR and column.sketch.distinct > max(FEW, real.rows // 20):
            left_out.append(f"{column.name} (free text or a key)")
        else:
            found[column.name] = (column.typed, match.typed)
    if not found:
        raise SchemaError(
            f"{real.source.title} and {synthetic.source.title} have no column in common that can be compared",
            hint=f"left out: {', '.join(left_out)}",
        )
    return found, left_out


def _sdtype(one: Typed, other: Typed) -> str:
    if one.is_ordered and other.is_ordered:
        return "datetime" if one.kind.is_temporal else "numerical"
    return "boolean" if one.kind is other.kind is DataType.BOOLEAN else "categorical"


def _frame(pairs: Mapping[str, tuple[Typed, Typed]], kinds: Mapping[str, str], side: int) -> Any:
    pandas = importlib.import_module("pandas")
    columns = {}
    for name, sides in pairs.items():
        values = sides[side]
        if kinds[name] == "numerical":
            columns[name] = values.reals()
        elif kinds[name] == "datetime":
            columns[name] = pandas.to_datetime(values.moments(), unit="s")
        else:
            texts = np.full(len(values.valid), None, object)
            texts[values.valid] = values.values.cast(pa.string()).to_pylist()
            columns[name] = pandas.Series(texts, dtype=object)
    return pandas.DataFrame(columns)


# --- plots -----------------------------------------------------------------------------------------------
def _bars(one: Typed, other: Typed, kind: str) -> Bars:
    if kind in ("numerical", "datetime"):
        sides = [values.reals() if kind == "numerical" else values.moments() for values in (one, other)]
        return _histogram(sides[0], sides[1], kind)
    counted = [_shares(values) for values in (one, other)]
    labels = sorted(counted[0] | counted[1], key=lambda label: -counted[0].get(label, 0.0))[:MOST_BARS]
    return Bars(labels, *([shares.get(label, 0.0) for label in labels] for shares in counted))


def _shares(values: Typed) -> dict[str, float]:
    counts = pc.value_counts(values.values.cast(pa.string()))
    total = max(len(values.values), 1)
    return {str(row["values"]): row["counts"] / total for row in counts.to_pylist()}


def _histogram(one: F64, other: F64, kind: str) -> Bars:
    one, other = one[np.isfinite(one)], other[np.isfinite(other)]
    if not len(one):
        return Bars([], [], [])
    low, high = float(one.min()), float(one.max())
    edges = np.linspace(low, high if high > low else low + 1, BARS + 1)
    shares = [np.histogram(np.clip(side, edges[0], edges[-1]), edges)[0] / max(len(side), 1) for side in (one, other)]
    labels = [_label(float(edge), kind) for edge in edges[:-1]]
    return Bars(labels, *(side.tolist() for side in shares))


def _label(edge: float, kind: str) -> str:
    return str(np.datetime64(int(edge), "s"))[:10] if kind == "datetime" else f"{edge:.4g}"
