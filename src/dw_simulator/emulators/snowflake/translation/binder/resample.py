"""RESAMPLE: rows for the intervals of a time series that have none. Vendor page: "RESAMPLE"."""

from __future__ import annotations

from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.intervals import parse_interval
from dw_simulator.emulators.snowflake.translation.scope import Column, Relation
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

_ORIGIN, _WEEK_ORIGIN = "1970-01-01", "1969-12-29"
_LENGTHS = {
    "YEAR": "to_years({})", "QUARTER": "to_months(3 * {})", "MONTH": "to_months({})", "WEEK": "to_days(7 * {})",
    "DAY": "to_days({})", "HOUR": "to_hours({})", "MINUTE": "to_minutes({})", "SECOND": "to_seconds({})",
    "MILLISECOND": "to_milliseconds({})", "MICROSECOND": "to_microseconds({})",
}  # fmt: skip
_CALENDAR = frozenset({"YEAR", "QUARTER", "MONTH"})
_MOMENTS = {"DATE": "DATE", "TIMESTAMP_NTZ": "TIMESTAMP", "TIMESTAMP_LTZ": "TIMESTAMPTZ"}


def resample(binder: Any, node: n.Resample) -> tuple[str, list[Relation]]:
    """The rows of the source, and one at the start of each interval where no row is, from that of the first row to that
    of the last. Partitions have series of their own.

    Raises:
        SnowflakeError: 001044, the column and the width do not go together; 000002, the column's type.
    """
    sql, relations = binder.source(node.source)
    base, name = binder.fresh("rows"), binder.fresh()
    saved, binder.scope.relations = binder.scope.relations, relations
    try:
        moment = binder.expression(node.column)
        parts = [binder.expression(item) for item in node.partition]
        start, series = _series(binder, node, moment)
    finally:
        binder.scope.relations = saved
    items, moved = binder.moved(relations, name)
    columns = [column for relation in relations for column in relation.columns]
    keys = {column.sql: f"c{index}" for index, column in enumerate(columns)}
    for value in (moment, *parts):
        if value.sql not in keys:
            raise errors.UNSUPPORTED_FEATURE("RESAMPLE by an expression that is no column")
    at, by = keys[moment.sql], [keys[part.sql] for part in parts]
    kept = ", ".join(by)
    grouped = f" GROUP BY {kept}" if by else ""
    listed = "".join(f"{key}, " for key in by)
    made = (
        f"SELECT {listed}unnest({series.format(low=start.format(f'min({at})'), high=f'max({at})')}) AS g "
        f"FROM {base} WHERE {at} IS NOT NULL{grouped}"
    )
    same = "".join(f" AND {base}.{key} IS NOT DISTINCT FROM made.{key}" for key in by)
    added = ", ".join(
        f"made.g AS {key}" if key == at else f"made.{key} AS {key}" if key in by else f"NULL AS {key}"
        for key in (f"c{index}" for index in range(len(columns)))
    )
    extra = "".join(f", {start.format(f'{base}.{at}')} AS x{i}" if kind == "BUCKET_START" else f", false AS x{i}"
                    for i, (kind, _) in enumerate(node.metadata))  # fmt: skip
    extra_made = "".join(f", made.g AS x{i}" if kind == "BUCKET_START" else f", true AS x{i}"
                         for i, (kind, _) in enumerate(node.metadata))  # fmt: skip
    query = (
        f"(WITH {base} AS (SELECT {items} FROM {sql}) SELECT {base}.*{extra} FROM {base} UNION ALL "
        f"SELECT {added}{extra_made} FROM ({made}) AS made "
        f"WHERE NOT EXISTS (SELECT 1 FROM {base} WHERE {base}.{at} = made.g{same})) AS {name}"
    )
    for relation in moved:
        for column in relation.columns:
            column.type = column.type.with_nullable(True)
    if moved and node.metadata:
        kinds = {"IS_GENERATED": m.boolean(nullable=False), "BUCKET_START": moment.type}
        moved[-1].columns += [
            Column(label, kinds[kind], f"{name}.x{index}") for index, (kind, label) in enumerate(node.metadata)
        ]
    return query, moved


def _series(binder: Any, node: n.Resample, moment: Typed) -> tuple[str, str]:
    """SQL of the start of a value's interval (with a place for the value), and of the list of all from ``low`` on."""
    if moment.kind == "FIXED" and not moment.type.scale:
        width = binder.expression(node.width)
        if width.kind != "FIXED" or not width.is_const or width.type.scale or int(width.const) <= 0:
            raise errors.INVALID_PARAMETER_VALUE(binder.text_of(node.width), "INCREMENT BY")
        step = int(width.const)
        start = f"(CAST(floor({{}} / {step}.0) AS BIGINT) * {step})"
        return start, f"generate_series(CAST({{low}} AS BIGINT), CAST({{high}} AS BIGINT), CAST({step} AS BIGINT))"
    physical = _MOMENTS.get(moment.kind)
    if physical is None or not isinstance(node.width, n.Interval):
        raise errors.UNSUPPORTED_FEATURE(f"RESAMPLE of {moment.type.sql_name()} by {binder.text_of(node.width)}")
    terms = parse_interval(node.width.text)
    if len({part in _CALENDAR for _, part in terms}) > 1 or any(part not in _LENGTHS for _, part in terms):
        raise errors.UNSUPPORTED_FEATURE(f"INCREMENT BY of mixed parts: {node.width.text}")
    width_sql = " + ".join(_LENGTHS[part].format(amount) for amount, part in terms)
    origin = _WEEK_ORIGIN if {part for _, part in terms} == {"WEEK"} else _ORIGIN
    start = f"CAST(time_bucket({width_sql}, {{}}, {physical} '{origin}') AS {physical})"
    values = f"generate_series({{low}}, CAST({{high}} AS {physical}), {width_sql})"
    return start, f"list_transform({values}, lambda v: CAST(v AS {physical}))"
