"""Tree -> typed tree: names become columns, every node gets a type."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from dw_simulator.schema.expressions.functions import FUNCTIONS, Kind, Type
from dw_simulator.schema.expressions.syntax import Call, ExpressionError, Literal, Name, Node
from dw_simulator.schema.model import Column, DataType
from dw_simulator.schema.suggest import did_you_mean

_KINDS = {
    DataType.SMALLINT: Kind.INTEGER, DataType.INT: Kind.INTEGER, DataType.BIGINT: Kind.INTEGER,
    DataType.DECIMAL: Kind.DECIMAL, DataType.FLOAT: Kind.FLOAT, DataType.BOOLEAN: Kind.BOOLEAN,
    DataType.VARCHAR: Kind.TEXT, DataType.CHAR: Kind.TEXT, DataType.JSON: Kind.TEXT, DataType.DATE: Kind.DATE,
    DataType.TIME: Kind.TIME, DataType.TIMESTAMP: Kind.TIMESTAMP, DataType.TIMESTAMP_TZ: Kind.TIMESTAMP_TZ,
}  # fmt: skip


@dataclass(frozen=True)
class Typed:
    """A node with its type and its typed arguments."""

    node: Node
    type: Type
    arguments: tuple[Typed, ...] = ()


def type_of_column(column: Column) -> Type:
    """How expressions see a column. Raises ExpressionError for binary values."""
    kind = _KINDS.get(column.data_type)
    if kind is None:
        raise ExpressionError(f"column {column.name!r} is {column.data_type}, which expressions cannot read")
    scale = column.decimal_size[1] if kind is Kind.DECIMAL else 0
    width = (column.varchar_length or (1 if column.data_type is DataType.CHAR else 255)) if kind is Kind.TEXT else None
    if column.data_type is DataType.JSON:
        width = None
    return Type(kind, scale, width)


def bind(node: Node, type_of: Callable[[Name], Type]) -> Typed:
    """Give every node its type. ``type_of`` knows the columns.

    Raises:
        ExpressionError: an unknown function, a wrong number of arguments or types that do not fit.
    """
    if isinstance(node, Literal):
        return Typed(node, _literal_type(node))
    if isinstance(node, Name):
        return Typed(node, type_of(node))
    arguments = tuple(bind(argument, type_of) for argument in node.arguments)
    return Typed(node, _call_type(node, arguments), arguments)


def _literal_type(node: Literal) -> Type:
    value = node.value
    if value is None:
        return Type(Kind.NULL, nullable=True)
    if isinstance(value, bool):
        return Type(Kind.BOOLEAN)
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise ExpressionError(f"{value} is larger than a BIGINT", node.at)
        return Type(Kind.INTEGER)
    if isinstance(value, Decimal):
        return Type(Kind.DECIMAL, max(0, -int(value.as_tuple().exponent)))
    if isinstance(value, str):
        return Type(Kind.TEXT, width=len(value.encode()))
    if isinstance(value, dt.datetime):
        return Type(Kind.TIMESTAMP_TZ if value.tzinfo else Kind.TIMESTAMP)
    return Type(_OTHER_LITERALS[type(value)])


_OTHER_LITERALS = {float: Kind.FLOAT, dt.date: Kind.DATE, dt.time: Kind.TIME, dt.timedelta: Kind.INTERVAL}


def _call_type(node: Call, arguments: tuple[Typed, ...]) -> Type:
    function = FUNCTIONS.get(node.function)
    if function is None:
        raise ExpressionError(
            f"unknown function {node.function!r}", node.at, did_you_mean(node.function, FUNCTIONS, "functions are")
        )
    count = len(arguments)
    if count < function.least or (function.most is not None and count > function.most):
        raise ExpressionError(f"{node.function} has {count} arguments, wanted is {function.syntax}", node.at)
    try:
        return function.rule([one.type for one in arguments], [one.node for one in arguments])
    except ExpressionError as error:
        raise ExpressionError(f"in {function.syntax}: {error}", node.at, error.hint) from None
