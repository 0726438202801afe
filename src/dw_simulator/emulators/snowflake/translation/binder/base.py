"""What the parts of the binder share: the environment, the scope, coercion, errors with places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.errors import ErrorEntry, SnowflakeError
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.casts import cast
from dw_simulator.emulators.snowflake.translation.environment import Environment
from dw_simulator.emulators.snowflake.translation.lexer import position
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery, Scope
from dw_simulator.emulators.snowflake.translation.typing import NULL_TYPE, Typed
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.model import MAX_PRECISION, SnowflakeType

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.functions.registry import FunctionCall

_LETTERS = {
    "t": m.text(),
    "i": m.number(),
    "f": m.real(),
    "b": m.boolean(),
    "d": m.date(),
    "s": m.timestamp_ntz(),
    "v": m.variant(),
    "x": m.binary(),
    "a": m.array(),
    "o": m.object_(),
}


class BinderBase:
    """One statement text being bound. ``scope`` is where the walk is."""

    def __init__(self, env: Environment, sql: str, counter: list[int] | None = None) -> None:
        self.env = env
        self.sql = sql
        self.scope = Scope()
        self._counter = counter if counter is not None else [0]
        self.match_over: str | None = None
        """Inside MATCH_RECOGNIZE: the window that calls without OVER get."""
        self.listing = False
        """In a SELECT list whose columns must be grouped, outside of aggregates."""
        self.aggregates = 0
        self.windows = 0
        """Counts of aggregate and window calls lowered so far: a difference says an expression has some."""

    # --- the walk (given by the parts) --------------------------------------------------------------------------------
    def expression(self, node: n.Expr) -> Typed:
        raise NotImplementedError

    def query(self, query: n.Query, scope: Scope | None = None) -> BoundQuery:
        raise NotImplementedError

    def window_sql(self, window: n.Window) -> str:
        raise NotImplementedError

    def order_sql(self, items: list[n.OrderItem]) -> str:
        raise NotImplementedError

    # --- helpers ------------------------------------------------------------------------------------------------------
    def fresh(self, prefix: str = "t") -> str:
        """A name no one else uses in the emitted SQL."""
        self._counter[0] += 1
        return f"{prefix}{self._counter[0]}"

    def parser(self, text: str) -> Parser:
        """A parser of text that belongs to the statement: of a view, a function, IDENTIFIER()."""
        return Parser(text, fold_quoted=bool(self.env.parameter("QUOTED_IDENTIFIERS_IGNORE_CASE")))

    def text_of(self, node: n.Node) -> str:
        return self.sql[node.start : node.end]

    def error(self, entry: ErrorEntry, node: n.Node, *values: object) -> SnowflakeError:
        line, column = self.place(node)
        return entry(*values, line=line, pos=column)

    def place(self, node: n.Node) -> tuple[int, int]:
        """Line and column of a node in the statement."""
        return position(self.sql, node.start)

    def coerce(self, value: Typed, kind: SnowflakeType, *, assign: bool = False) -> Typed:
        """``value`` brought to ``kind`` implicitly."""
        return cast(value, kind, self.env, assign=assign)

    def by_letter(self, value: Typed, letter: str, call: FunctionCall | None = None) -> Typed:
        """``value`` brought to what a signature letter of the function registry says."""
        if letter == "*":
            return value if value.type is not NULL_TYPE else Typed(value.sql, value.type, value.const)
        if letter == "n":
            return self.numeric(value)
        if letter == "s":
            return self.moment(value)
        if letter == "y":
            return value if value.kind == "BINARY" else Typed(f"encode({self.coerce(value, m.text()).sql})", m.binary())
        if letter == "g":
            if call is not None and value.kind not in ("GEOGRAPHY", "GEOMETRY", "NULL"):
                raise call.wrong_types()
            return value
        kind = _LETTERS[letter]
        if call is not None and letter in "dax" and value.kind in ("FIXED", "REAL", "BOOLEAN") and letter != "a":
            raise call.wrong_types()
        return self.coerce(value, kind)

    def numeric(self, value: Typed, *, decfloat: bool = False) -> Typed:
        """FIXED or REAL as it is; text and variants as numbers.

        Raises:
            SnowflakeError: 000002, it is a DECFLOAT, and not ``decfloat``, by which the caller says that it knows them.
        """
        match value.kind:
            case "FIXED" | "REAL":
                return value
            case "DECFLOAT":
                if not decfloat:
                    raise errors.UNSUPPORTED_FEATURE("this function of a DECFLOAT")
                return value
            case "NULL":
                return Typed("CAST(NULL AS HUGEINT)", m.number(), None)
            case "TEXT" if value.is_const and value.const is not None:
                return self.number_from_text(value)
            case "TEXT":
                return self.coerce(value, m.number(38, 5))
            case "BOOLEAN":
                return self.coerce(value, m.number(1, 0))
            case "VARIANT":
                return self.coerce(value, m.real())
        raise errors.CANNOT_CONVERT_PARAMETER("expression", value.type.sql_name(), "NUMBER(38,0)")

    def numbers_of(self, values: list[Typed]) -> list[Typed]:
        """Values that have one type together: literals that spell numbers are those beside exact numbers."""
        if not any(value.kind == "FIXED" for value in values):
            return values
        spelled = [value.kind == "TEXT" and isinstance(value.const, str) for value in values]
        return [
            self.number_from_text(value) if is_text else value for value, is_text in zip(values, spelled, strict=True)
        ]

    def number_from_text(self, value: Typed) -> Typed:
        """A literal like '12.50' as the number it spells."""
        from decimal import Decimal, InvalidOperation

        try:
            number = Decimal(str(value.const).strip())
        except InvalidOperation:
            raise errors.NUMBER_NOT_RECOGNIZED(value.const) from None
        if not number.is_finite() or "e" in str(value.const).lower():
            return self.coerce(value, m.real())
        return self.number_literal(format(number, "f"))

    def number_literal(self, text: str) -> Typed:
        """``12``, ``1.50`` or ``1e3`` as written: exact where 38 digits hold it."""
        if "e" in text.lower():
            from decimal import Decimal

            plain = format(Decimal(text), "f") if abs(int(text.lower().partition("e")[2])) <= MAX_PRECISION else ""
            if plain and sum(sign.isdigit() for sign in plain.lstrip("-0.")) <= MAX_PRECISION >= len(plain) - 2:
                return self.number_literal(plain)
            return Typed(f"CAST({text} AS DOUBLE)", m.real(nullable=False), float(text))
        negative = text.startswith("-")
        digits = text.lstrip("+-")
        whole, _, fraction = digits.partition(".")
        whole = whole.lstrip("0")
        precision = max(1, len(whole)) + len(fraction)
        if precision > 38:
            if len(whole) > 38:
                return Typed(f"CAST({text} AS DOUBLE)", m.real(nullable=False), float(text))
            fraction = fraction[: 38 - len(whole)]
            precision = 38
        kind = m.number(precision, len(fraction), nullable=False)
        sign = "-" if negative else ""
        if fraction:
            from decimal import Decimal

            sql = f"CAST({sign}{whole or '0'}.{fraction} AS DECIMAL({precision},{len(fraction)}))"
            return Typed(sql, kind, Decimal(f"{sign}{whole or '0'}.{fraction}"))
        sql = f"{sign}{whole or '0'}"
        if len(whole) > 18:
            sql = f"CAST('{sql}' AS HUGEINT)"
        return Typed(f"({sql})" if negative else sql, kind, int(f"{sign}{whole or '0'}"))

    def moment(self, value: Typed) -> Typed:
        """A DATE or timestamp as it is; text as TIMESTAMP_NTZ."""
        if value.kind in ("DATE", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ", "TIME"):
            return value
        return self.coerce(value, m.timestamp_ntz())

    def parameter(self, name: str) -> Any:
        return self.env.parameter(name)
