"""The spread operator ``**``. Vendor page: "Expansion operators"."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.translation.binder.operators import OperatorBinder

_MOMENTS = {"D": "DATE", "t": "TIME", "N": "TIMESTAMP_NTZ"}


def spread(binder: OperatorBinder, values: Sequence[n.Expr]) -> list[n.Expr]:
    """A list of values with the values of its spread arrays in their places.

    Raises:
        SnowflakeError: 000002, an array is not constant.
    """
    result: list[n.Expr] = []
    for value in values:
        if not isinstance(value, n.Spread):
            result.append(value)
        elif isinstance(value.operand, n.ArrayLiteral):
            result += value.operand.items
        else:
            items = _constant(binder, binder.expression(value.operand))
            if items is None:
                raise errors.UNSUPPORTED_FEATURE(
                    f"** of an array that is not constant: {binder.text_of(value.operand)}"
                )
            result += items
    return result


def in_spread(binder: OperatorBinder, value: Typed, values: Sequence[n.Expr]) -> str:
    """``value IN (… ** array …)``; the array may be one that each row has."""
    tests = []
    for item in values:
        if not isinstance(item, n.Spread):
            tests.append(binder.compare("=", value, binder.expression(item)))
            continue
        if isinstance(item.operand, n.ArrayLiteral):
            tests += [binder.compare("=", value, binder.expression(element)) for element in item.operand.items]
            continue
        array = binder.coerce(binder.expression(item.operand), m.array())
        name = binder.fresh("e")
        test = binder.compare("=", value, Typed(name, m.variant()))
        tests.append(f"coalesce(len(list_filter(sf.items({array.sql}), lambda {name}: {test})) > 0, false)")
    return f"({' OR '.join(tests) or 'false'})"


def _constant(binder: OperatorBinder, array: Typed) -> list[n.Expr] | None:
    """The values of an array that can be computed now; None if it cannot."""
    from dw_simulator.emulators.snowflake.functions.variant_json import loads

    if binder.env.describing:
        return [n.Literal("null")]
    if binder.env.evaluate is None:
        return None
    try:
        text = binder.env.evaluate(f"SELECT {binder.coerce(array, m.array()).sql}")[0][0]
    except SnowflakeError:
        return None
    return [_node(item) for item in loads(text)] if text is not None else [n.Literal("null")]


def _node(value: Any) -> n.Expr:
    from dw_simulator.emulators.snowflake.functions.variant_json import UNDEFINED, Tagged

    if value is None or value is UNDEFINED:
        return n.Literal("null")
    if isinstance(value, bool):
        return n.Literal("boolean", str(value).upper())
    if isinstance(value, int | Decimal):
        number = n.Literal("number", str(abs(value)))
        return n.Unary("-", number) if value < 0 else number
    if isinstance(value, float):
        return n.Cast(n.Literal("string", repr(value)), n.TypeRef("FLOAT"))
    if isinstance(value, str):
        return n.Literal("string", value)
    if isinstance(value, Tagged) and value.letter in _MOMENTS:
        return n.Cast(n.Literal("string", value.text), n.TypeRef(_MOMENTS[value.letter]))
    raise errors.UNSUPPORTED_FEATURE("** of an array of arrays or objects")
