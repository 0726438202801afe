"""The type of a sampled column, and its values as numbers where they have an order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.schema.model import DataType

F64 = npt.NDArray[np.float64]

MOST_DECIMALS = 6
"""Numbers written with at most so many digits after the point are decimals, others floats."""

_WHOLE = r"^[+-]?(0|[1-9][0-9]{0,17})$"
_NUMBER = r"^[+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
_FLAG = r"^(true|false|True|False|TRUE|FALSE)$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?$"
_ZONED = _MOMENT[:-1] + r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)$"
_TIME = r"^[0-2][0-9]:[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?$"


Typing = Literal["none", "json", "full"]
"""What a source says of the types of its values: nothing (CSV), what JSON knows, or all."""


@dataclass(frozen=True)
class Typed:
    """The values of a column that are not NULL. ``scale``: a DECIMAL's digits after the point. ``note``: for people."""

    kind: DataType
    values: pa.Array
    scale: int = 0
    note: str | None = None
    valid: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    """which rows of the sample have a value"""

    @property
    def has_steps(self) -> bool:
        """Whether values lie on a grid: all numbers and moments but floats."""
        return self.kind is not DataType.FLOAT and (self.kind.is_number or self.kind.is_temporal)

    @property
    def is_ordered(self) -> bool:
        return self.kind is DataType.FLOAT or self.has_steps

    @property
    def step(self) -> int:
        """Microseconds of one step of a timestamp: a second where all are whole seconds."""
        if self.kind not in (DataType.TIMESTAMP, DataType.TIMESTAMP_TZ):
            return 1
        ticks = self.values.cast(pa.int64()).to_numpy()
        return 1_000_000 if not (ticks % 1_000_000).any() else 1

    def over_rows(self, values: npt.NDArray[Any]) -> F64:
        """``values``, one a value, at their rows; NaN where a row has none."""
        out = np.full(len(self.valid), np.nan)
        out[self.valid] = values
        return out

    def reals(self) -> F64:
        """The numbers themselves, for each row; NaN for NULL."""
        return self.over_rows(self.numbers() / 10.0**self.scale if self.kind is DataType.DECIMAL else self.numbers())

    def moments(self) -> F64:
        """Seconds since 1970, for each row; NaN for NULL."""
        return self.over_rows(self.numbers() * (86_400.0 if self.kind is DataType.DATE else self.step / 1e6))

    def numbers(self) -> F64:
        """The values in steps (days, seconds, last digits), or as they are for floats."""
        if self.kind is DataType.BOOLEAN:
            return np.asarray(self.values.cast(pa.int8()).to_numpy(), np.float64)
        if self.kind is DataType.DATE:
            return np.asarray(self.values.cast(pa.int32()).to_numpy(), np.float64)
        if self.kind in (DataType.TIMESTAMP, DataType.TIMESTAMP_TZ):
            return np.asarray(self.values.cast(pa.int64()).to_numpy() // self.step, np.float64)
        plain = np.asarray(self.values.cast(pa.float64()).to_numpy(), np.float64)
        return np.rint(plain * 10.0**self.scale) if self.kind is DataType.DECIMAL else plain


def typed(column: pa.Array, *, typing: Typing) -> Typed:
    """Find the type of a column."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    valid = np.asarray(pc.is_valid(column))
    found = _of_text(column.drop_null()) if typing == "none" else _of_arrow(column.drop_null())
    if found.kind is DataType.FLOAT and len(found.values):
        finite = np.isfinite(found.values.to_numpy())
        if not finite.all():
            valid[np.flatnonzero(valid)[~finite]] = False
            note = "values that are not finite (NaN, infinity) are taken as NULL"
            found = Typed(found.kind, found.values.filter(pa.array(finite)), 0, note)
        if typing == "json" and (scale := _scale_of(found.values.to_numpy())) is not None:
            found = Typed(DataType.DECIMAL, found.values, scale, found.note)
    return Typed(found.kind, found.values, found.scale, found.note, valid)


def _of_arrow(values: pa.Array) -> Typed:
    kind = values.type
    if pa.types.is_boolean(kind):
        return Typed(DataType.BOOLEAN, values)
    if pa.types.is_integer(kind):
        return _whole(values)
    if pa.types.is_floating(kind):
        return Typed(DataType.FLOAT, values.cast(pa.float64()))
    if pa.types.is_decimal(kind):
        return Typed(DataType.DECIMAL, values, kind.scale) if kind.scale > 0 else _whole(values)
    if pa.types.is_date(kind):
        return Typed(DataType.DATE, values.cast(pa.date32()))
    if pa.types.is_time(kind):
        return Typed(DataType.TIME, values)
    if pa.types.is_timestamp(kind):
        zoned = kind.tz is not None
        values = values.cast(pa.timestamp("us", "UTC" if zoned else None), safe=False)
        return Typed(DataType.TIMESTAMP_TZ if zoned else DataType.TIMESTAMP, values)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return Typed(DataType.BINARY, values)
    if pa.types.is_nested(kind):
        return Typed(DataType.JSON, values)
    if pa.types.is_large_string(kind) and _all(values, r"^\s*[\[{]"):
        return Typed(DataType.JSON, values)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _moments_of(values) or Typed(DataType.VARCHAR, values.cast(pa.string()))
    if pa.types.is_null(kind):
        return Typed(DataType.VARCHAR, pa.array([], pa.string()), note="no row has a value")
    return Typed(DataType.VARCHAR, pa.array([str(value) for value in values.to_pylist()], pa.string()))


def _scale_of(numbers: F64) -> int | None:
    """The digits after the point with which every number is written; None for real floats."""
    if len(numbers) and np.abs(numbers).max() < 1e9:
        for scale in range(1, MOST_DECIMALS + 1):
            if np.array_equal(np.round(numbers, scale), numbers):
                return scale
    return None


def _whole(values: pa.Array) -> Typed:
    try:
        numbers = values.cast(pa.int64())
    except pa.ArrowException:
        return Typed(DataType.DECIMAL, values)
    low, high = pc.min_max(numbers).as_py().values()
    for kind, bits in ((DataType.SMALLINT, 15), (DataType.INT, 31)):
        if not len(numbers) or (-(1 << bits) <= low and high < 1 << bits):
            return Typed(DataType.INT if kind is DataType.SMALLINT else kind, numbers)
    return Typed(DataType.BIGINT, numbers)


def _of_text(values: pa.Array) -> Typed:
    values = values.cast(pa.string())
    if not len(values):
        return Typed(DataType.VARCHAR, values, note="no row has a value")
    if _all(values, _FLAG):
        return Typed(DataType.BOOLEAN, pc.equal(pc.utf8_lower(values), "true"))
    if _all(values, _WHOLE):
        return _whole(pc.replace_substring_regex(values, r"^\+", "").cast(pa.int64()))
    if _all(values, _NUMBER):
        return _real(values)
    moments = _moments_of(values)
    if moments is not None:
        return moments
    share = float(pc.mean(pc.match_substring_regex(values, _NUMBER).cast(pa.int8())).as_py())
    note = None
    if share >= 0.5:
        note = f"mixed: {share:.1%} of the values are numbers, the others are not; if those mean no value, use --null"
    return Typed(DataType.VARCHAR, values, note=note)


def _real(values: pa.Array) -> Typed:
    if not pc.any(pc.match_substring_regex(values, "[eE]")).as_py():
        digits = pc.binary_length(pc.replace_substring_regex(values, r"^[^.]*\.?", ""))
        scale = int(pc.max(digits).as_py())
        whole = int(pc.max(pc.binary_length(pc.replace_substring_regex(values, r"\..*$", ""))).as_py())
        if 0 < scale <= MOST_DECIMALS and whole + scale <= 15:
            return Typed(DataType.DECIMAL, values.cast(pa.float64()), scale)
    return Typed(DataType.FLOAT, values.cast(pa.float64()))


def _moments_of(values: pa.Array) -> Typed | None:
    """Text that is a date, a timestamp or a time of day in every row; one that no calendar has is text."""
    if not len(values):
        return None
    try:
        if _all(values, _DATE):
            return Typed(DataType.DATE, values.cast(pa.date32()))
        if _all(values, _MOMENT):
            return Typed(DataType.TIMESTAMP, values.cast(pa.timestamp("us")))
        if _all(values, _ZONED):
            return Typed(DataType.TIMESTAMP_TZ, values.cast(pa.timestamp("us", "UTC")))
    except pa.ArrowException:
        return None
    return Typed(DataType.TIME, values) if _all(values, _TIME) else None


def _all(values: pa.Array, pattern: str) -> bool:
    return bool(len(values)) and bool(pc.all(pc.match_substring_regex(values, pattern)).as_py())


def plain(value: Any) -> Any:
    """A value as JSON and YAML hold it."""
    return value.isoformat() if hasattr(value, "isoformat") else value
