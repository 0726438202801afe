"""Text -> tree. Operators become calls of functions, so that what follows knows three kinds of nodes only."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

LONGEST = 10_000
"""Characters of an expression."""
DEEPEST = 60
"""Brackets within brackets."""

Value = None | bool | int | Decimal | float | str | dt.date | dt.datetime | dt.time | dt.timedelta


class ExpressionError(ValueError):
    """An expression that cannot be read or does not make sense; ``at`` is the place in the text, from 0."""

    def __init__(self, message: str, at: int | None = None, hint: str | None = None) -> None:
        super().__init__(message if at is None else f"{message} (at character {at + 1})")
        self.at, self.hint = at, hint


@dataclass(frozen=True)
class Literal:
    """A constant."""

    value: Value
    at: int = 0


@dataclass(frozen=True)
class Name:
    """A column of the row; with ``through``, a column of the row that this foreign key column refers to."""

    column: str
    through: str | None = None
    at: int = 0

    @property
    def text(self) -> str:
        return self.column if self.through is None else f"{self.through}.{self.column}"


@dataclass(frozen=True)
class Call:
    """A function or an operator by its function name."""

    function: str
    arguments: tuple[Node, ...]
    at: int = 0


Node = Literal | Name | Call

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<text>'(?:[^']|'')*')"
    r'|(?P<quoted>"(?:[^"]|"")+")'
    r"|(?P<word>[^\W\d]\w*)"
    r"|(?P<sign>\|\||<>|!=|<=|>=|==|[-+*/%=<>().,])"
    r"|(?P<end>$))"
)
_KEYWORDS = frozenset(
    [
        "and",
        "or",
        "not",
        "is",
        "null",
        "true",
        "false",
        "in",
        "between",
        "like",
        "case",
        "when",
        "then",
        "else",
        "end",
        "cast",
        "as",
    ]
)
_COMPARISONS = {"=": "eq", "==": "eq", "!=": "ne", "<>": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_SUMS = {"+": "add", "-": "subtract", "||": "concat"}
_PRODUCTS = {"*": "multiply", "/": "divide", "%": "mod"}
TYPE_NAMES = {
    "int": "integer", "integer": "integer", "bigint": "integer", "float": "float", "double": "float",
    "decimal": "decimal", "numeric": "decimal", "text": "text", "varchar": "text", "date": "date",
    "timestamp": "timestamp", "boolean": "boolean",
}  # fmt: skip
"""What CAST converts to, and the function that does it."""
_UNITS = {"microsecond": 1, "second": 10**6, "minute": 60 * 10**6, "hour": 3600 * 10**6, "day": 86_400 * 10**6}
_UNITS["week"] = 7 * _UNITS["day"]


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while True:
        match = _TOKEN.match(text, at)
        if match is None:
            start = at + len(text[at:]) - len(text[at:].lstrip())
            if text[start] in "'\"":
                raise ExpressionError("a quotation that begins here does not end", start)
            raise ExpressionError(f"unexpected character {text[start]!r}", start)
        kind = match.lastgroup or "end"
        yield _Token(kind, match.group(kind), match.start(kind))
        if kind == "end":
            return
        at = match.end()


@lru_cache(maxsize=4096)
def parse(text: str) -> Node:
    """Read an expression.

    Raises:
        ExpressionError: what is wrong, and where.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"the expression is longer than {LONGEST} characters", hint="compute parts in columns")
    return _Parser(list(_tokens(text))).whole()


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens, self._place, self._depth = tokens, 0, 0

    # --- tokens -----------------------------------------------------------------------------------
    @property
    def _next(self) -> _Token:
        return self._tokens[self._place]

    def _take(self) -> _Token:
        token = self._next
        self._place += token.kind != "end"
        return token

    def _word(self, *words: str) -> str | None:
        """Take the next token if it is one of these words."""
        token = self._next
        if token.kind == "word" and token.text.lower() in words:
            return self._take().text.lower()
        return None

    def _sign(self, *signs: str) -> str | None:
        token = self._next
        return self._take().text if token.kind == "sign" and token.text in signs else None

    def _want(self, what: str) -> None:
        if self._sign(what) is None and self._word(what) is None:
            raise self._unexpected(what)

    def _unexpected(self, wanted: str) -> ExpressionError:
        token = self._next
        found = "the end" if token.kind == "end" else repr(token.text)
        return ExpressionError(f"{wanted} is expected, found {found}", token.at)

    # --- grammar ----------------------------------------------------------------------------------
    def whole(self) -> Node:
        node = self._expression()
        if self._next.kind != "end":
            raise self._unexpected("an operator or the end")
        return node

    def _expression(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ExpressionError(f"nested more than {DEEPEST} deep", self._next.at)
        node = self._conjunction()
        while (at := self._next.at) >= 0 and self._word("or"):
            node = Call("or", (node, self._conjunction()), at)
        self._depth -= 1
        return node

    def _conjunction(self) -> Node:
        node = self._negation()
        while (at := self._next.at) >= 0 and self._word("and"):
            node = Call("and", (node, self._negation()), at)
        return node

    def _negation(self) -> Node:
        at, negated = self._next.at, False
        while self._word("not"):
            negated = not negated
        node = self._comparison()
        return Call("not", (node,), at) if negated else node

    def _comparison(self) -> Node:
        left = self._sum()
        at = self._next.at
        if sign := self._sign(*_COMPARISONS):
            return Call(_COMPARISONS[sign], (left, self._sum()), at)
        if self._word("is"):
            negated = self._word("not")
            self._want("null")
            return self._maybe_not(negated, Call("is_null", (left,), at))
        negated = self._word("not")
        if self._word("in"):
            return self._maybe_not(negated, self._member(left, at))
        if self._word("between"):
            low = self._sum()
            self._want("and")
            inside = (Call("ge", (left, low), at), Call("le", (left, self._sum()), at))
            return self._maybe_not(negated, Call("and", inside, at))
        if self._word("like"):
            return self._maybe_not(negated, Call("like", (left, self._sum()), at))
        if negated:
            raise self._unexpected("in, between or like")
        return left

    @staticmethod
    def _maybe_not(negated: str | None, node: Node) -> Node:
        return Call("not", (node,), node.at) if negated else node

    def _member(self, left: Node, at: int) -> Node:
        self._want("(")
        node: Node = Call("eq", (left, self._sum()), at)
        while self._sign(","):
            node = Call("or", (node, Call("eq", (left, self._sum()), at)), at)
        self._want(")")
        return node

    def _sum(self) -> Node:
        node = self._product()
        while (at := self._next.at) >= 0 and (sign := self._sign(*_SUMS)):
            node = Call(_SUMS[sign], (node, self._product()), at)
        return node

    def _product(self) -> Node:
        node = self._unary()
        while (at := self._next.at) >= 0 and (sign := self._sign(*_PRODUCTS)):
            node = Call(_PRODUCTS[sign], (node, self._unary()), at)
        return node

    def _unary(self) -> Node:
        at, negative = self._next.at, False
        while sign := self._sign("-", "+"):
            negative ^= sign == "-"
        node = self._primary()
        if not negative:
            return node
        if isinstance(node, Literal) and isinstance(node.value, int | Decimal | float):
            return Literal(-node.value, at)
        return Call("negate", (node,), at)

    def _primary(self) -> Node:
        token = self._take()
        if token.kind == "number":
            return Literal(_number(token.text), token.at)
        if token.kind == "text":
            return Literal(_unquoted(token.text), token.at)
        if token.kind == "quoted":
            return self._name(_unquoted(token.text), token.at)
        if token.kind == "sign" and token.text == "(":
            node = self._expression()
            self._want(")")
            return node
        if token.kind == "word":
            return self._after_word(token)
        self._place -= token.kind != "end"
        raise self._unexpected("a value")

    def _after_word(self, token: _Token) -> Node:
        word = token.text.lower()
        if word in ("true", "false", "null"):
            return Literal({"true": True, "false": False, "null": None}[word], token.at)
        if word == "case":
            return self._case(token.at)
        if word == "cast":
            return self._cast(token.at)
        if word in ("date", "timestamp", "time", "interval") and self._next.kind == "text":
            return _moment(word, _unquoted(self._take().text), token.at)
        if word in _KEYWORDS:
            self._place -= 1
            raise self._unexpected("a value")
        if self._sign("("):
            return Call(word, self._arguments(), token.at)
        return self._name(token.text, token.at)

    def _arguments(self) -> tuple[Node, ...]:
        if self._sign(")"):
            return ()
        found = [self._expression()]
        while self._sign(","):
            found.append(self._expression())
        self._want(")")
        return tuple(found)

    def _name(self, first: str, at: int) -> Node:
        if self._sign(".") is None:
            return Name(first, None, at)
        token = self._take()
        if token.kind not in ("word", "quoted"):
            raise ExpressionError(f"the name of a column is expected after {first!r} and a point", token.at)
        return Name(_unquoted(token.text) if token.kind == "quoted" else token.text, first, at)

    def _case(self, at: int) -> Node:
        subject = None if self._next.text.lower() == "when" else self._expression()
        found: list[Node] = []
        while (place := self._next.at) >= 0 and self._word("when"):
            condition = self._expression()
            found.append(condition if subject is None else Call("eq", (subject, condition), place))
            self._want("then")
            found.append(self._expression())
        if not found:
            raise self._unexpected("when")
        found.append(self._expression() if self._word("else") else Literal(None, self._next.at))
        self._want("end")
        return Call("case", tuple(found), at)

    def _cast(self, at: int) -> Node:
        self._want("(")
        node = self._expression()
        self._want("as")
        token = self._take()
        function = TYPE_NAMES.get(token.text.lower())
        if function is None:
            raise ExpressionError(f"unknown type {token.text!r}", token.at, f"types are: {', '.join(TYPE_NAMES)}")
        arguments: tuple[Node, ...] = (node,)
        if self._sign("("):
            arguments += self._arguments()
        self._want(")")
        if function == "decimal":
            arguments = (node, arguments[2] if len(arguments) > 2 else Literal(0, at))
        elif function == "text":
            arguments = (node,)
        return Call(function, arguments, at)


def _unquoted(text: str) -> str:
    return text[1:-1].replace(text[0] * 2, text[0])


def _number(text: str) -> int | Decimal | float:
    if text.isdigit():
        return int(text)
    return float(text) if "e" in text.lower() else Decimal(text)


def _moment(word: str, text: str, at: int) -> Literal:
    try:
        if word == "date":
            return Literal(dt.date.fromisoformat(text), at)
        if word == "time":
            return Literal(dt.time.fromisoformat(text), at)
        if word == "timestamp":
            return Literal(dt.datetime.fromisoformat(text), at)
        return Literal(_interval(text), at)
    except (ValueError, OverflowError):
        example = {"date": "2024-12-31", "time": "23:59:59", "timestamp": "2024-12-31 23:59:59", "interval": "3 days"}
        raise ExpressionError(f"{text!r} is not {word} such as {example[word]}", at) from None


def _interval(text: str) -> dt.timedelta:
    """``3 days``, ``1 hour 30 minutes``"""
    parts = text.split()
    if not parts or len(parts) % 2:
        raise ValueError(text)
    total = Decimal(0)
    for amount, unit in zip(parts[::2], parts[1::2], strict=True):
        factor = _UNITS.get(unit.lower().removesuffix("s"))
        if factor is None or re.fullmatch(r"-?\d+(\.\d+)?", amount) is None:
            raise ValueError(text)
        total += Decimal(amount) * factor
    return dt.timedelta(microseconds=int(total))


def calls_in(node: Node) -> Iterator[Call]:
    """Every call of a function in an expression."""
    if isinstance(node, Call):
        yield node
        for argument in node.arguments:
            yield from calls_in(argument)


def names_in(node: Node) -> Iterator[Name]:
    """Every column that an expression reads, as often as it does."""
    if isinstance(node, Name):
        yield node
    elif isinstance(node, Call):
        for argument in node.arguments:
            yield from names_in(argument)
