"""Estimating aggregates and their states. Vendor pages: "Estimating the number of distinct values", "Estimating
frequent values", "Estimating percentile values", "Estimating similarity of two or more sets".

States are what the vendor's are in kind (HyperLogLog registers, centroids, counters, minimum hashes), so that they can
be kept in tables, combined and estimated later; their bytes are our own.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.aggregates import over
from dw_simulator.emulators.snowflake.functions.registry import MANY, FunctionCall, function
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.functions.variant_json import dumps, loads
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "Aggregate"
PRECISION = 12
"""Bits of a hash that choose the register: 4096 registers, as the vendor's."""
MAX_CENTROIDS = 1000
MAX_MINHASH = 1024


def _keys(call: FunctionCall, first: int = 0) -> str:
    """SQL of what the rows are counted by: the arguments from ``first`` on, or all columns of a star."""
    args = call.node.args[first:]
    if len(args) == 1 and isinstance(args[0], n.Star):
        return ", ".join(column.sql for column in call.binder.star_columns(args[0]))
    return ", ".join(call.binder.key(call.arg(first + index)) for index in range(len(args)))


def _seen(call: FunctionCall, first: int = 0) -> str:
    """A FILTER that leaves out rows without any value."""
    args = call.node.args[first:]
    if len(args) == 1 and not isinstance(args[0], n.Star):
        return f" FILTER (WHERE {call.arg(first).sql} IS NOT NULL)"
    return ""


# --- HyperLogLog ------------------------------------------------------------------------------------------------------
@function("HLL_ACCUMULATE", CATEGORY, 1, MANY, kind="aggregate")
def hll_accumulate(call: FunctionCall) -> Typed:
    hashes = f"list(DISTINCT hash({_keys(call)})){_seen(call)}{over(call)}"
    return Typed(f"sf_hll_accumulate(coalesce({hashes}, []::UBIGINT[]))", m.binary())


@function("HLL_COMBINE", CATEGORY, 1, kind="aggregate")
def hll_combine(call: FunctionCall) -> Typed:
    state = call.sql(0, "x")
    return Typed(f"sf_hll_combine(list({state}) FILTER (WHERE {state} IS NOT NULL){over(call)})", m.binary())


@function("HLL_ESTIMATE", CATEGORY, 1)
def hll_estimate(call: FunctionCall) -> Typed:
    return Typed(f"sf_hll_estimate({call.sql(0, 'x')})", m.number(18, 0))


@function("HLL_EXPORT", CATEGORY, 1)
def hll_export(call: FunctionCall) -> Typed:
    return Typed(f"sf_hll_export({call.sql(0, 'x')})", m.object_())


@function("HLL_IMPORT", CATEGORY, 1)
def hll_import(call: FunctionCall) -> Typed:
    return Typed(f"sf_hll_import({call.sql(0, 'v')})", m.binary())


# --- DataSketches ---
_COUPONS = 3 << 26
"""Pairs of values are this many times rarer to share a coupon: what a sketch of few values adds for it."""
COUPON_LIMIT = 192
"""Values up to which a sketch is a list or set of coupons."""


def _with_coupons(sql: str) -> str:
    """An exact count as a sketch of few values estimates it."""
    more = f"CASE WHEN {sql} < {COUPON_LIMIT} THEN {sql} * ({sql} - 1) / 2.0 / {_COUPONS} ELSE 0 END"
    return f"(CAST({sql} AS DOUBLE) + {more})"


def _log_k(call: FunctionCall) -> None:
    """Raises SnowflakeError 001008: the size of the sketch is out of range; 001044: values that no sketch counts."""
    size = call.constant(1, PRECISION)
    if not isinstance(size, int) or not 4 <= size <= 21:
        raise errors.INVALID_PARAMETER_VALUE(size, call.name)
    value = call.arg(0)
    if value.kind not in ("TEXT", "BINARY", "REAL", "FIXED", "NULL") or (value.kind == "FIXED" and value.type.scale):
        raise call.wrong_types()


@function("DATASKETCHES_HLL", CATEGORY, 1, 2, kind="aggregate")
def datasketches_hll(call: FunctionCall) -> Typed:
    _log_k(call)
    return Typed(_with_coupons(f"count(DISTINCT {call.arg(0).sql}){over(call)}"), m.real())


@function("DATASKETCHES_HLL_ACCUMULATE", CATEGORY, 1, 2, kind="aggregate")
def datasketches_accumulate(call: FunctionCall) -> Typed:
    _log_k(call)
    value = call.arg(0).sql
    hashes = f"list(DISTINCT hash({value})) FILTER (WHERE {value} IS NOT NULL){over(call)}"
    return Typed(f"sf_hll_accumulate(coalesce({hashes}, []::UBIGINT[]))", m.binary())


@function("DATASKETCHES_HLL_COMBINE", CATEGORY, 1, 2, kind="aggregate")
def datasketches_combine(call: FunctionCall) -> Typed:
    return hll_combine(call)


@function("DATASKETCHES_HLL_ESTIMATE", CATEGORY, 1)
def datasketches_estimate(call: FunctionCall) -> Typed:
    return Typed(_with_coupons(f"sf_hll_estimate({call.sql(0, 'x')})"), m.real())


def _packed(registers: dict[int, int]) -> bytes:
    return b"HLL1" + b"".join(
        index.to_bytes(2, "big") + count.to_bytes(1, "big") for index, count in sorted(registers.items())
    )


def _registers(state: bytes) -> dict[int, int]:
    if state[:4] != b"HLL1" or len(state) % 3 != 1:
        raise errors.SnowflakeError(100207, "22000", "Invalid HyperLogLog state")
    return {int.from_bytes(state[at : at + 2], "big"): state[at + 2] for at in range(4, len(state), 3)}


@udf("sf_hll_accumulate", "UBIGINT[]", "BLOB")
def _hll_accumulate(hashes: list[int]) -> bytes:
    registers: dict[int, int] = {}
    width = 64 - PRECISION
    for word in hashes:
        index, rest = word >> width, word & ((1 << width) - 1)
        rank = width - rest.bit_length() + 1
        registers[index] = max(registers.get(index, 0), rank)
    return _packed(registers)


@udf("sf_hll_combine", "BLOB[]", "BLOB")
def _hll_combine(states: list[bytes]) -> bytes:
    registers: dict[int, int] = {}
    for state in states:
        for index, rank in _registers(state).items():
            registers[index] = max(registers.get(index, 0), rank)
    return _packed(registers)


@udf("sf_hll_estimate", "BLOB", "BIGINT")
def _hll_estimate(state: bytes) -> int:
    """Flajolet's estimate; few values are counted by the registers left empty."""
    size, registers = 1 << PRECISION, _registers(state)
    empty = size - len(registers)
    raw = 0.7213 / (1 + 1.079 / size) * size * size / (empty + sum(2.0**-rank for rank in registers.values()))
    if raw <= 2.5 * size and empty:
        return round(size * math.log(size / empty))
    return round(raw)


@udf("sf_hll_export", "BLOB", "VARCHAR")
def _hll_export(state: bytes) -> str:
    registers = sorted(_registers(state).items())
    sparse = {"indices": [index for index, _ in registers], "maxLzCounts": [rank for _, rank in registers]}
    return dumps({"precision": PRECISION, "sparse": sparse, "version": 4})


@udf("sf_hll_import", "VARCHAR", "BLOB")
def _hll_import(text: str) -> bytes:
    value = loads(text)
    try:
        sparse = value["sparse"]
        return _packed(dict(zip(sparse["indices"], sparse["maxLzCounts"], strict=True)))
    except (KeyError, TypeError, ValueError):
        raise errors.SnowflakeError(100207, "22000", f"Invalid HyperLogLog state '{text[:100]}'") from None


# --- percentiles ------------------------------------------------------------------------------------------------------
@function("APPROX_PERCENTILE_ACCUMULATE", CATEGORY, 1, kind="aggregate")
def percentile_accumulate(call: FunctionCall) -> Typed:
    value = call.sql(0, "f")
    values = f"list({value}) FILTER (WHERE {value} IS NOT NULL){over(call)}"
    return Typed(f"sf_centroids(coalesce({values}, []::DOUBLE[]))", m.object_())


@function("APPROX_PERCENTILE_COMBINE", CATEGORY, 1, kind="aggregate")
def percentile_combine(call: FunctionCall) -> Typed:
    state = call.sql(0, "v")
    return Typed(f"sf_centroids_combine(list({state}) FILTER (WHERE {state} IS NOT NULL){over(call)})", m.object_())


@function("APPROX_PERCENTILE_ESTIMATE", CATEGORY, 2)
def percentile_estimate(call: FunctionCall) -> Typed:
    return Typed(f"sf_centroids_estimate({call.sql(0, 'v')}, {call.sql(1, 'f')})", m.real())


def _state(kind: str, state: list[Any]) -> str:
    return dumps({"state": state, "type": kind, "version": 1})


def _state_of(text: str, kind: str) -> list[Any]:
    value = loads(text)
    if not isinstance(value, dict) or value.get("type") != kind or not isinstance(value.get("state"), list):
        raise errors.SnowflakeError(100207, "22000", f"Invalid {kind} state '{text[:100]}'")
    state: list[Any] = value["state"]
    return state


def _merged(centroids: list[tuple[float, float]]) -> str:
    """Centroids (mean, weight) in order, neighbours merged until few enough are left, as a state."""
    centroids.sort()
    while len(centroids) > MAX_CENTROIDS:
        pairs = list(zip(centroids[::2], centroids[1::2], strict=False))
        odd = centroids[-1:] if len(centroids) % 2 else []
        centroids = [((a * u + b * w) / (u + w), u + w) for (a, u), (b, w) in pairs] + odd
    return _state("tdigest", [number for pair in centroids for number in pair])


@udf("sf_centroids", "DOUBLE[]", "VARCHAR")
def _centroids(values: list[float]) -> str:
    return _merged([(value, 1.0) for value in values])


def _pairs(text: str) -> list[tuple[float, float]]:
    state = [float(number) for number in _state_of(text, "tdigest")]
    return list(zip(state[::2], state[1::2], strict=True))


@udf("sf_centroids_combine", "VARCHAR[]", "VARCHAR")
def _centroids_combine(states: list[str]) -> str:
    return _merged([pair for state in states for pair in _pairs(state)])


@udf("sf_centroids_estimate", "VARCHAR DOUBLE", "DOUBLE")
def _centroids_estimate(text: str, fraction: float) -> float | None:
    pairs = _pairs(text)
    if not pairs:
        return None
    if not 0 <= fraction <= 1:
        raise errors.INVALID_PARAMETER_VALUE(fraction, "percentile")
    target = fraction * (sum(weight for _, weight in pairs) - 1)
    seen, last = 0.0, None
    for mean, weight in pairs:
        centre = seen + (weight - 1) / 2
        if target <= centre:
            if last is None or centre == last[0]:
                return mean
            share = (target - last[0]) / (centre - last[0])
            return last[1] + share * (mean - last[1])
        last, seen = (centre, mean), seen + weight
    return pairs[-1][0]


# --- frequent values --------------------------------------------------------------------------------------------------
@function("APPROX_TOP_K", CATEGORY, 1, 3, kind="aggregate")
def top_k(call: FunctionCall) -> Typed:
    """Counted exactly: within the error that the approximate function allows."""
    count = int(call.constant(1, 1))
    return Typed(f"sf_top_k_estimate({_counted(call)}, {count})", m.array())


def _counted(call: FunctionCall) -> str:
    value = call.arg(0)
    text = call.binder.variant_sql(value)
    return f"sf_top_k(coalesce(list({text}) FILTER (WHERE {value.sql} IS NOT NULL){over(call)}, []::VARCHAR[]))"


@function("APPROX_TOP_K_ACCUMULATE", CATEGORY, 2, kind="aggregate")
def top_k_accumulate(call: FunctionCall) -> Typed:
    return Typed(_counted(call), m.object_())


@function("APPROX_TOP_K_COMBINE", CATEGORY, 1, 2, kind="aggregate")
def top_k_combine(call: FunctionCall) -> Typed:
    state = call.sql(0, "v")
    return Typed(f"sf_top_k_combine(list({state}) FILTER (WHERE {state} IS NOT NULL){over(call)})", m.object_())


@function("APPROX_TOP_K_ESTIMATE", CATEGORY, 1, 2)
def top_k_estimate(call: FunctionCall) -> Typed:
    count = f"CAST({call.sql(1, 'i')} AS BIGINT)" if call.count > 1 else "1"
    return Typed(f"sf_top_k_estimate({call.sql(0, 'v')}, {count})", m.array())


def _ranked(counts: Counter[str]) -> str:
    return _state("space_saving", [[loads(text), count] for text, count in counts.most_common()])


@udf("sf_top_k", "VARCHAR[]", "VARCHAR")
def _top_k(values: list[str]) -> str:
    return _ranked(Counter(values))


@udf("sf_top_k_combine", "VARCHAR[]", "VARCHAR")
def _top_k_combine(states: list[str]) -> str:
    counts: Counter[str] = Counter()
    for state in states:
        for value, count in _state_of(state, "space_saving"):
            counts[dumps(value)] += count
    return _ranked(counts)


@udf("sf_top_k_estimate", "VARCHAR BIGINT", "VARCHAR")
def _top_k_estimate(text: str, count: int) -> str:
    return dumps(_state_of(text, "space_saving")[: max(0, count)])


# --- similarity -------------------------------------------------------------------------------------------------------
@function("MINHASH", CATEGORY, 2, MANY, kind="aggregate")
def minhash(call: FunctionCall) -> Typed:
    size = int(call.constant(0))
    if not 1 <= size <= MAX_MINHASH:
        raise errors.INVALID_PARAMETER_VALUE(size, "MINHASH")
    hashes = f"list(DISTINCT hash({_keys(call, 1)})){_seen(call, 1)}{over(call)}"
    return Typed(f"sf_minhash(coalesce({hashes}, []::UBIGINT[]), {size})", m.variant())


@function("MINHASH_COMBINE", CATEGORY, 1, kind="aggregate")
def minhash_combine(call: FunctionCall) -> Typed:
    state = call.sql(0, "v")
    return Typed(f"sf_minhash_combine(list({state}) FILTER (WHERE {state} IS NOT NULL){over(call)})", m.variant())


@function("APPROXIMATE_SIMILARITY APPROXIMATE_JACCARD_INDEX", CATEGORY, 1, kind="aggregate")
def similarity(call: FunctionCall) -> Typed:
    state = call.sql(0, "v")
    return Typed(f"sf_similarity(list({state}) FILTER (WHERE {state} IS NOT NULL){over(call)})", m.real())


_WORD = (1 << 64) - 1


def _mixed(word: int, seed: int) -> int:
    """A 64-bit hash of ``word`` for the ``seed``-th of a family of hash functions (splitmix64)."""
    word = (word + (seed + 1) * 0x9E3779B97F4A7C15) & _WORD
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _WORD
    return word ^ (word >> 31)


@udf("sf_minhash", "UBIGINT[] BIGINT", "VARCHAR")
def _minhash(hashes: list[int], size: int) -> str:
    state = [min((_mixed(word, seed) for word in hashes), default=_WORD) for seed in range(size)]
    return _state("minhash", state)


def _minima(states: list[str]) -> list[list[int]]:
    found = [_state_of(text, "minhash") for text in states]
    if len({len(state) for state in found}) > 1:
        raise errors.SnowflakeError(100207, "22000", "Minhash states of different sizes cannot be compared")
    return found


@udf("sf_minhash_combine", "VARCHAR[]", "VARCHAR")
def _minhash_combine(states: list[str]) -> str:
    return _state("minhash", [min(words) for words in zip(*_minima(states), strict=True)])


@udf("sf_similarity", "VARCHAR[]", "DOUBLE")
def _similarity(states: list[str]) -> float | None:
    columns = list(zip(*_minima(states), strict=True))
    return sum(len(set(words)) == 1 for words in columns) / len(columns) if columns else None
