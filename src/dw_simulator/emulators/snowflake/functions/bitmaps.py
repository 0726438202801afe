"""Bitmaps that count distinct values. Vendor page: "Using bitmaps to compute distinct values for hierarchical
aggregations".

A bitmap holds the positions 0 to 32767 of a bucket. One with few positions is a count and the positions, two bytes
each, ten bytes at least; one with many is a mask of 4096 bytes.
"""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.aggregates import over
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function, rows
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.functions.variant_json import dumps
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "Aggregate"
BUCKET = 32768
MASK_BYTES = BUCKET // 8
SPARSE_LIMIT = 16
"""Positions that a bitmap lists before it becomes a mask."""

rows(
    CATEGORY,
    [
        (
            "BITMAP_BUCKET_NUMBER",
            "i",
            m.number(38, 0),
            f"CASE WHEN {{0}} > 0 THEN 1 + ({{0}} - 1) // {BUCKET} ELSE -(abs({{0}}) // {BUCKET}) END",
        ),
        (
            "BITMAP_BIT_POSITION",
            "i",
            m.number(38, 0),
            f"CASE WHEN {{0}} > 0 THEN ({{0}} - 1) % {BUCKET} ELSE abs({{0}}) % {BUCKET} END",
        ),
        (
            "BITMAP_ABSOLUTE_POSITION",
            "ii",
            m.number(38, 0),
            f"CASE WHEN {{0}} > 0 THEN ({{0}} - 1) * {BUCKET} + {{1}} + 1 ELSE {{0}} * {BUCKET} - {{1}} END",
        ),
        ("BITMAP_COUNT", "x", m.number(38, 0), "sf_bitmap_count({0})"),
        (
            "BITMAP_OR",
            "xx",
            m.binary(),
            "CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL THEN sf_bitmap_or([{0}, {1}]) END",
        ),
        (
            "BITMAP_AND",
            "xx",
            m.binary(),
            "CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL THEN sf_bitmap_and([{0}, {1}]) END",
        ),
        ("BITMAP_TO_ARRAY", "x", m.array(), "sf_bitmap_array({0}, 1)"),
        ("BITMAP_TO_ARRAY", "xi", m.array(), "sf_bitmap_array({0}, CAST({1} AS BIGINT))"),
    ],
)


@function("BITMAP_CONSTRUCT_AGG", CATEGORY, 1, kind="aggregate")
def construct(call: FunctionCall) -> Typed:
    position = f"CAST({call.sql(0, 'i')} AS BIGINT)"
    positions = f"list(DISTINCT {position}) FILTER (WHERE {position} IS NOT NULL){over(call)}"
    return Typed(f"sf_bitmap({positions})", m.binary())


@function("BITMAP_OR_AGG BITMAP_AND_AGG", CATEGORY, 1, kind="aggregate")
def combine(call: FunctionCall) -> Typed:
    name = "sf_bitmap_or" if call.name == "BITMAP_OR_AGG" else "sf_bitmap_and"
    value = call.sql(0, "x")
    return Typed(f"{name}(list({value}) FILTER (WHERE {value} IS NOT NULL){over(call)})", m.binary())


def _packed(positions: set[int]) -> bytes:
    if len(positions) <= SPARSE_LIMIT:
        listed = b"".join(position.to_bytes(2, "big") for position in sorted(positions))
        return (len(positions).to_bytes(2, "big") + listed).ljust(10, b"\0")
    mask = bytearray(MASK_BYTES)
    for position in positions:
        mask[position // 8] |= 1 << position % 8
    return bytes(mask)


def _positions(data: bytes) -> set[int]:
    if len(data) == MASK_BYTES:
        return {index * 8 + bit for index, byte in enumerate(data) if byte for bit in range(8) if byte >> bit & 1}
    count = int.from_bytes(data[:2], "big")
    if len(data) != max(10, 2 + 2 * count):
        raise errors.SnowflakeError(100207, "22000", "Invalid bitmap")
    return {int.from_bytes(data[at : at + 2], "big") for at in range(2, 2 + 2 * count, 2)}


@udf("sf_bitmap", "BIGINT[]", "BLOB")
def _bitmap(positions: list[int]) -> bytes:
    for position in positions:
        if not 0 <= position < BUCKET:
            raise errors.INVALID_PARAMETER_VALUE(position, "BITMAP_CONSTRUCT_AGG")
    return _packed(set(positions))


@udf("sf_bitmap_count", "BLOB", "BIGINT")
def _count(data: bytes) -> int:
    return len(_positions(data))


@udf("sf_bitmap_or", "BLOB[]", "BLOB")
def _or(bitmaps: list[bytes]) -> bytes:
    return _packed(set().union(*map(_positions, bitmaps)))


@udf("sf_bitmap_and", "BLOB[]", "BLOB")
def _and(bitmaps: list[bytes]) -> bytes:
    return _packed(set.intersection(*map(_positions, bitmaps)) if bitmaps else set())


@udf("sf_bitmap_array", "BLOB BIGINT", "VARCHAR")
def _array(data: bytes, bucket: int) -> str:
    """The values that a bitmap stands for, in a bucket."""
    if bucket > 0:
        return dumps([(bucket - 1) * BUCKET + position + 1 for position in sorted(_positions(data))])
    return dumps([bucket * BUCKET - position for position in sorted(_positions(data))])
