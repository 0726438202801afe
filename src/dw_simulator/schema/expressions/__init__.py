"""The expressions that a schema may hold: ``qty * unit_price - discount``. Parsed and typed here, never run as Python.

The language is a small part of SQL's: see docs/expressions.md.
"""

from dw_simulator.schema.expressions.functions import FUNCTIONS, Kind, Type
from dw_simulator.schema.expressions.syntax import Call, ExpressionError, Literal, Name, Node, calls_in, names_in, parse
from dw_simulator.schema.expressions.typing import Typed, bind, type_of_column

__all__ = [
    "FUNCTIONS",
    "Call",
    "ExpressionError",
    "Kind",
    "Literal",
    "Name",
    "Node",
    "Type",
    "Typed",
    "bind",
    "calls_in",
    "names_in",
    "parse",
    "type_of_column",
]
