"""VALUES of many rows of constants, as columns: drivers write ``executemany`` as one such statement.

As SQL text each row would be translated by itself, and DuckDB's own parser takes longest over it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pyarrow as pa

from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.text import identifier
from dw_simulator.emulators.snowflake.translation.typing import NULL_TYPE, Typed
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

LEAST_ROWS = 16
"""Below it, plain SQL is as quick."""
LONG_DIGITS = 18
"""Digits that always fit 64 bits."""
NUMERIC = ("FIXED", "REAL")

Column = tuple[SnowflakeType, pa.Array | None]
"""The type of a column's constants and their values; None: all are NULL."""


def as_columns(rows: Sequence[Sequence[n.Expr]], targets: Sequence[SnowflakeType]) -> list[Column] | None:
    """The columns of ``rows`` for columns of the types ``targets``; None when each row is to be translated as written.

    That is so for anything but constants, for columns that mix kinds of constants, and for numbers that are stored as
    something else, because there each keeps its own scale.
    """
    if len(rows) < LEAST_ROWS or any(len(row) != len(targets) for row in rows):
        return None
    found = []
    for index, target in enumerate(targets):
        column = _column([row[index] for row in rows], target)
        if column is None:
            return None
        found.append(column)
    return found if any(array is not None for _, array in found) else None


def as_table(columns: Sequence[Column], relation: str) -> tuple[pa.Table, list[Typed]]:
    """The columns as a table, and what means each of them when the table is called ``relation``."""
    arrays, names, values = [], [], []
    for index, (kind, array) in enumerate(columns):
        if array is None:
            values.append(Typed("NULL", NULL_TYPE, None))
            continue
        names.append(f"c{index}")
        arrays.append(array)
        values.append(Typed(f"{relation}.{identifier(names[-1])}", kind))
    return pa.Table.from_arrays(arrays, names=names), values


def _column(nodes: Sequence[n.Expr], target: SnowflakeType) -> Column | None:
    constants = [_constant(node) for node in nodes]
    kinds = {None if constant is None else constant[0] for constant in constants} - {"null"}
    if not kinds:
        return NULL_TYPE, None
    if len(kinds) > 1:
        return None
    texts = [constant[1] if constant is not None and constant[0] != "null" else None for constant in constants]
    match kinds.pop():
        case "number" if target.name in NUMERIC:
            return _numbers(texts)
        case "string":
            return _strings(texts)
        case "boolean":
            return _booleans(texts)
        case _:
            return None


def _constant(node: n.Expr) -> tuple[str, str] | None:
    """Kind and text of a constant, a number with its sign."""
    if isinstance(node, n.Literal):
        return node.kind, node.value
    if isinstance(node, n.Unary) and node.op in "+-" and isinstance(node.operand, n.Literal):
        operand = node.operand
        return (operand.kind, node.op + operand.value) if operand.kind == "number" else None
    return None


def _numbers(texts: Sequence[str | None]) -> Column | None:
    given = [text for text in texts if text is not None]
    if any("e" in text or "E" in text for text in given):
        return None
    scale = max(len(text.partition(".")[2]) for text in given)
    whole = max(len(text.lstrip("+-").partition(".")[0].lstrip("0")) for text in given) or 1
    nullable = len(given) < len(texts)
    if whole + scale > (m.MAX_PRECISION if scale else LONG_DIGITS):
        return None
    kind = m.number(whole + scale, scale, nullable=nullable)
    if not scale:
        return kind, pa.array([None if text is None else int(text.rstrip(".")) for text in texts], pa.int64())
    decimals = [None if text is None else Decimal(text) for text in texts]
    return kind, pa.array(decimals, pa.decimal128(whole + scale, scale))


def _strings(texts: Sequence[str | None]) -> Column:
    longest = max(len(text) for text in texts if text is not None)
    return m.text(max(1, longest), nullable=None in texts), pa.array(texts, pa.string())


def _booleans(texts: Sequence[str | None]) -> Column:
    values = [None if text is None else text.upper() == "TRUE" for text in texts]
    return m.boolean(nullable=None in texts), pa.array(values, pa.bool_())
