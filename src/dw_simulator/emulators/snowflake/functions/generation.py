# ruff: noqa: S311 - data generation, no secrets
"""Data generation, hash and bitwise functions. Vendor pages of the same names."""

from __future__ import annotations

import random

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.registry import MANY, FunctionCall, function, rows
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "Data generation"
INTEGER = m.number(38, 0)

rows(
    "Bitwise expression",
    [
        ("BITCOUNT", "i", INTEGER, "bit_count({0})"),
        ("GETBIT", "ii", m.number(1, 0), "(({0} >> CAST({1} AS HUGEINT)) & 1)"),
    ],
)


_OPERATORS = {"AND": "({0} & {1})", "OR": "({0} | {1})", "XOR": "xor({0}, {1})"}


@function("BITAND BIT_AND BITOR BIT_OR BITXOR BIT_XOR", "Bitwise expression", 2, 3)
def bit_pair(call: FunctionCall) -> Typed:
    """Of two whole numbers, or of two BINARY values (``LEFT`` or ``RIGHT`` says which side is padded with zeros)."""
    name = call.name.removeprefix("BIT").removeprefix("_")
    values = [call.arg(0), call.arg(1)]
    if [value.kind for value in values] == ["BINARY", "BINARY"]:
        side = f"upper({call.sql(2, 't')})" if call.count > 2 else "''"
        return Typed(f"sf_bit_binary({values[0].sql}, {values[1].sql}, '{name}', {side})", m.binary())
    if call.count > 2 or any(value.kind == "BINARY" for value in values):
        raise call.wrong_types()
    return Typed(_OPERATORS[name].format(call.sql(0, "i"), call.sql(1, "i")), INTEGER)


@function("BITNOT BIT_NOT", "Bitwise expression", 1)
def bit_not(call: FunctionCall) -> Typed:
    value = call.arg(0)
    if value.kind == "BINARY":
        return Typed(f"sf_bit_binary({value.sql}, {value.sql}, 'NOT', '')", m.binary())
    return Typed(f"(~ {call.sql(0, 'i')})", INTEGER)


@function("BITSHIFTLEFT BIT_SHIFTLEFT BITSHIFTRIGHT BIT_SHIFTRIGHT", "Bitwise expression", 2)
def bit_shift(call: FunctionCall) -> Typed:
    left = call.name.endswith("LEFT")
    value, count = call.arg(0), call.sql(1, "i")
    if value.kind == "BINARY":
        return Typed(f"sf_shift_binary({value.sql}, CAST({count} AS BIGINT) * {1 if left else -1})", m.binary())
    number = call.sql(0, "i")
    if left:
        return Typed(f"({number} * (1::HUGEINT << CAST({count} AS HUGEINT)))", INTEGER)
    return Typed(f"({number} >> CAST({count} AS HUGEINT))", INTEGER)


@udf("sf_shift_binary", "BLOB BIGINT", "BLOB")
def _shift_binary(data: bytes, count: int) -> bytes:
    """Shifted to the left (to the right if negative); the length stays, zeros come in."""
    number = int.from_bytes(data, "big")
    shifted = number << count if count >= 0 else number >> -count
    return (shifted & ((1 << 8 * len(data)) - 1)).to_bytes(len(data), "big")


@udf("sf_bit_binary", "BLOB BLOB VARCHAR VARCHAR", "BLOB")
def _bit_binary(a: bytes, b: bytes, name: str, side: str) -> bytes:
    size = max(len(a), len(b))
    if len(a) != len(b):
        if side not in ("LEFT", "RIGHT"):
            raise errors.SnowflakeError(100361, "22023", "The lengths of two variable-sized fields do not match")
        a, b = (x.rjust(size, b"\0") if side == "LEFT" else x.ljust(size, b"\0") for x in (a, b))
    pairs = zip(a, b, strict=True)
    match name:
        case "AND":
            return bytes(x & y for x, y in pairs)
        case "OR":
            return bytes(x | y for x, y in pairs)
        case "XOR":
            return bytes(x ^ y for x, y in pairs)
    return bytes(x ^ 0xFF for x in a)


@function("HASH", "Hash", 1, MANY)
def hash_(call: FunctionCall) -> Typed:
    """Equal numbers have equal hashes, whatever their types."""
    if len(call.node.args) == 1 and isinstance(call.node.args[0], n.Star):
        values = [Typed(column.sql, column.type) for column in call.binder.star_columns(call.node.args[0])]
    else:
        values = call.args()
    keys = [f"CAST({v.sql} AS DOUBLE)" if v.kind in ("FIXED", "REAL") else v.sql for v in values]
    return Typed(f"(CAST(hash({', '.join(keys)}) AS HUGEINT) - 9223372036854775808)", m.number(19, 0))


@function("SEQ1 SEQ2 SEQ4 SEQ8", CATEGORY, 0, 1)
def seq(call: FunctionCall) -> Typed:
    """Row numbers from 0. The width decides where they wrap."""
    half = 2 ** (8 * int(call.name[-1]) - 1)
    generated = call.binder.scope.candidates(("%SEQ",))
    if generated:
        row = generated[0].sql
    else:
        call.binder.windows += 1
        row = "(row_number() OVER () - 1)"
    if int(call.constant(0, 0)):
        return Typed(f"(({row} + {half}::HUGEINT) % {2 * half}::HUGEINT - {half}::HUGEINT)", m.number(19, 0))
    return Typed(f"({row} % {half}::HUGEINT)", m.number(19, 0))


@function("RANDOM", CATEGORY, 0, 1)
def random_(call: FunctionCall) -> Typed:
    """Seeded, the same for every execution; each row differs unless the expression is used as a generator."""
    if call.count:
        seed = int(call.constant(0))
        return Typed(f"sf_random_seeded({seed}, CAST(row_number() OVER () AS BIGINT))", m.number(19, 0))
    return Typed("CAST(random() * 18446744073709551615 - 9223372036854775808 AS BIGINT)", m.number(19, 0))


@udf("sf_random_seeded", "BIGINT BIGINT", "BIGINT")
def _random_seeded(seed: int, row: int) -> int:
    return random.Random(f"{seed}:{row}").getrandbits(64) - 2**63


def _unit(call: FunctionCall, index: int) -> str:
    """A number from 0 to 1 made of a generator argument."""
    return f"((CAST({call.arg(index).sql} AS DOUBLE) + 9223372036854775808.0) / 18446744073709551616.0)"


@function("UNIFORM", CATEGORY, 3)
def uniform(call: FunctionCall) -> Typed:
    low, high = call.binder.numeric(call.arg(0)), call.binder.numeric(call.arg(1))
    unit = f"({_unit(call, 2)})"
    if low.kind == high.kind == "FIXED" and not low.type.scale and not high.type.scale:
        gen = call.arg(2)
        unit = f"((hash({gen.sql}) >> 11) / 9007199254740992.0)"
        return Typed(f"CAST(floor({unit} * ({high.sql} - {low.sql} + 1) + {low.sql}) AS BIGINT)", m.number(38, 0))
    a, b = call.sql(0, "f"), call.sql(1, "f")
    gen = call.arg(2)
    return Typed(f"({a} + (({b}) - ({a})) * ((hash({gen.sql}) >> 11) / 9007199254740992.0))", m.real())


@function("NORMAL", CATEGORY, 3)
def normal(call: FunctionCall) -> Typed:
    mean, deviation, gen = call.sql(0, "f"), call.sql(1, "f"), call.arg(2).sql
    return Typed(f"sf_normal({mean}, {deviation}, CAST(hash({gen}) >> 1 AS BIGINT))", m.real())


@udf("sf_normal", "DOUBLE DOUBLE BIGINT", "DOUBLE")
def _normal(mean: float, deviation: float, word: int) -> float:
    return random.Random(word).gauss(mean, deviation)


@function("RANDSTR", CATEGORY, 2)
def randstr(call: FunctionCall) -> Typed:
    return Typed(f"sf_randstr({call.sql(0, 'i')}::BIGINT, CAST(hash({call.arg(1).sql}) >> 1 AS BIGINT))", m.text())


@udf("sf_randstr", "BIGINT BIGINT", "VARCHAR")
def _randstr(size: int, word: int) -> str:
    if size < 0:
        raise errors.INVALID_PARAMETER_VALUE(size, "RANDSTR")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(random.Random(word).choices(alphabet, k=size))


@function("ZIPF", CATEGORY, 3)
def zipf(call: FunctionCall) -> Typed:
    s, count, gen = call.sql(0, "f"), call.sql(1, "i"), call.arg(2).sql
    return Typed(f"sf_zipf({s}, {count}::BIGINT, CAST(hash({gen}) >> 1 AS BIGINT))", m.number(38, 0))


@udf("sf_zipf", "DOUBLE BIGINT BIGINT", "BIGINT")
def _zipf(s: float, count: int, word: int) -> int:
    weights = [1 / (k**s) for k in range(1, count + 1)]
    return random.Random(word).choices(range(1, count + 1), weights)[0]
