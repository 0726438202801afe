"""The registry of functions: a row for what one DuckDB expression says, a decorated function where there is logic.

Rows::

    rows("String & binary", [("LOWER", "t", TEXT, "lower({0})"), ...])

``signature`` has a letter an argument and says what the argument is brought to: ``t`` text, ``n`` a number (FIXED or
REAL, as it is), ``i`` integer, ``f`` double, ``b`` boolean, ``d`` date, ``s`` timestamp (NTZ), ``v`` variant, ``x``
binary, ``y`` the bytes of a text or a binary value, ``g`` a shape, ``*`` as it is. A trailing ``+`` repeats the last
letter once or more. Several rows of one name are overloads by the number of arguments. ``result`` is a type, or a
function of the arguments' types.

Logic::

    @function("DATEADD", "Date & time", 3)
    def dateadd(call: FunctionCall) -> Typed: ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.lexer import position
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.translation.binder import Binder

ResultType = SnowflakeType | Callable[[list[SnowflakeType]], SnowflakeType]
MANY = 1000


@dataclass(slots=True)
class FunctionCall:
    """A call being lowered: its syntax, and the binder that lowers its arguments."""

    binder: Binder
    node: n.Call

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def count(self) -> int:
        return len(self.node.args)

    def arg(self, index: int) -> Typed:
        """Argument ``index``, lowered as it is."""
        return self.binder.expression(self.node.args[index])

    def args(self) -> list[Typed]:
        return [self.binder.expression(arg) for arg in self.node.args]

    def as_(self, index: int, kind: SnowflakeType) -> Typed:
        """Argument ``index`` brought to ``kind``."""
        return self.binder.coerce(self.arg(index), kind)

    def sql(self, index: int, letter: str) -> str:
        """SQL of argument ``index`` brought to what a signature letter says."""
        return self.binder.by_letter(self.arg(index), letter).sql

    def word(self, index: int) -> str:
        """An argument that is a keyword (a date part): a bare name or a string, folded."""
        node = self.node.args[index]
        if isinstance(node, n.Name) and len(node.parts) == 1:
            return node.parts[0].upper()
        value = self.constant(index)
        return str(value).upper()

    def constant(self, index: int, default: Any = None) -> Any:
        """The value of a literal argument (None for NULL). Raises 001015-like 000906 if it is not constant."""
        if index >= self.count:
            return default
        value = self.arg(index)
        if not value.is_const:
            raise errors.INVALID_FUNCTION_TYPE(self.binder.text_of(self.node.args[index]), f"function {self.name}")
        return value.const

    def not_constant(self, index: int) -> Exception:
        """001015: the argument is not constant."""
        found = self.binder.text_of(self.node.args[index]).upper()
        return errors.ARGUMENT_NOT_CONSTANT(index + 1, self.name, found)

    def wrong_types(self) -> Exception:
        """001044 with the types of the arguments."""
        line, column = position(self.binder.sql, self.node.start)
        types = ", ".join(arg.type.sql_name() for arg in self.args())
        return errors.INVALID_ARGUMENT_TYPES(self.name, types, line=line, pos=column)


Lowering = Callable[[FunctionCall], Typed]


@dataclass(frozen=True, slots=True)
class Function:
    """``kind``: scalar, aggregate, window (needs OVER), unsupported (raises its name). Rows have a ``signature``."""

    name: str
    category: str
    low: int
    high: int
    lower: Lowering
    kind: str = "scalar"
    signature: str = ""
    result: ResultType | None = None
    """Of rows."""

    @property
    def is_contextual(self) -> bool:
        """Whether its value is that of the session, its roles or objects, when the statement is translated."""
        return self.category in ("Context", "Metadata", "System")

    @property
    def is_repeatable(self) -> bool:
        """Whether the same arguments always give the same value."""
        return self.category in _REPEATABLE and self.name not in _UNREPEATABLE


_REPEATABLE = frozenset(
    {
        "Aggregate", "Bitwise expression", "Conditional expression", "Conversion", "Date & time", "Geospatial", "Hash",
        "Numeric", "Regular expressions", "Semi-structured and structured data", "String & binary", "Vector", "Window",
    }
)  # fmt: skip
_UNREPEATABLE = frozenset({"UUID_STRING"})

PARAMETER_NAMES: dict[str, tuple[str, ...]] = {
    "ROUND": ("EXPR", "SCALE", "ROUNDING_MODE"),
    "ROUND_TO": ("EXPR", "SCALE"),
}
"""Functions whose arguments may be given by name, and the names in their order."""
STARRED = frozenset(
    {
        "COUNT", "APPROX_COUNT_DISTINCT", "HLL", "HLL_ACCUMULATE", "MINHASH", "HASH", "HASH_AGG", "OBJECT_CONSTRUCT",
        "OBJECT_CONSTRUCT_KEEP_NULL", "OBJECT_CONSTRUCT_KEEP_NULL_STRUCTURED", "SEARCH", "SEARCH_IP",
    }
)  # fmt: skip
"""Functions that give ``*`` a meaning of their own; for all others it stands for the columns as arguments."""
FUNCTIONS: dict[str, list[Function]] = {}
TABLE_FUNCTIONS: dict[str, Any] = {}


def _add(entry: Function) -> None:
    FUNCTIONS.setdefault(entry.name, []).append(entry)


def function(
    names: str, category: str, low: int, high: int | None = None, *, kind: str = "scalar"
) -> Callable[[Lowering], Lowering]:
    """Register a lowering for ``names`` (separated by spaces) that takes ``low`` to ``high`` arguments."""

    def register(lowering: Lowering) -> Lowering:
        for name in names.split():
            _add(Function(name, category, low, low if high is None else high, lowering, kind))
        return lowering

    return register


def _row(signature: str, result: ResultType, template: str) -> Lowering:
    letters = signature.rstrip("+")

    def lower(call: FunctionCall) -> Typed:
        repeated = letters + letters[-1:] * (call.count - len(letters))
        typed = [
            call.binder.by_letter(call.arg(index), letter, call) for index, letter in enumerate(repeated[: call.count])
        ]
        kind = result if isinstance(result, SnowflakeType) else result([item.type for item in typed])
        parts = [item.sql for item in typed]
        return Typed(template.format(*parts, all=", ".join(parts)), kind)

    return lower


def rows(category: str, table: Iterable[tuple[str, str, ResultType, str]], *, kind: str = "scalar") -> None:
    """Register rows (names separated by spaces, signature, result, template)."""
    for names, signature, result, template in table:
        low = len(signature.rstrip("+"))
        high = MANY if signature.endswith("+") else low
        for name in names.split():
            _add(Function(name, category, low, high, _row(signature, result, template), kind, signature, result))


def unsupported(category: str, names: str, why: str) -> None:
    """Register functions (names separated by blanks) that raise 000002 with their name and ``why``."""

    def refuse(call: FunctionCall) -> Typed:
        raise errors.UNSUPPORTED_FEATURE(f"{call.name}: {why}")

    for name in names.split():
        _add(Function(name, category, 0, MANY, refuse, "unsupported"))


def find(name: str, count: int, text: str | None = None, *, line: int = 1, pos: int = 0) -> Function:
    """The overload of ``name`` for ``count`` arguments; ``text`` (the call as written) and its place go into errors.

    Raises:
        SnowflakeError: 002140 unknown; 000938/000939 too few or too many arguments.
    """
    overloads = FUNCTIONS.get(name)
    if overloads is None:
        raise errors.UNKNOWN_FUNCTION(name)
    for entry in overloads:
        if entry.low <= count <= entry.high:
            return entry
    wanted = min((entry.low for entry in overloads if entry.low > count), default=None)
    if wanted is not None:
        raise errors.NOT_ENOUGH_ARGUMENTS(text or name, wanted, count, line=line, pos=pos)
    raise errors.TOO_MANY_ARGUMENTS(text or name, max(entry.high for entry in overloads), count, line=line, pos=pos)


# --- result types that depend on the arguments ------------------------------------------------------------------------
def same(index: int = 0) -> Callable[[list[SnowflakeType]], SnowflakeType]:
    """The type of argument ``index``."""

    def result(types: list[SnowflakeType]) -> SnowflakeType:
        return types[index].with_nullable(True)

    return result


def names() -> Sequence[str]:
    return sorted({*FUNCTIONS, *TABLE_FUNCTIONS})
