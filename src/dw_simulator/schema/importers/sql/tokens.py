"""SQL text -> statements of tokens, each token with its place."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NoReturn

from sqlglot import TokenType
from sqlglot.dialects.dialect import Dialect as SqlDialect
from sqlglot.errors import TokenError

from dw_simulator.errors import ImportSchemaError, Problem
from dw_simulator.schema.model import Dialect

Kind = Literal["word", "quoted", "string", "number", "symbol", "end"]


@dataclass(frozen=True, slots=True)
class Token:
    """``text`` is the content: without quotes, escapes resolved. ``start`` and ``stop`` are offsets in the source."""

    kind: Kind
    text: str
    start: int
    stop: int

    @property
    def upper(self) -> str:
        """The keyword that an unquoted word may be; empty for anything else."""
        return self.text.upper() if self.kind == "word" else ""


class Source:
    """The script, and how offsets become lines and columns."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self.text = text
        self.dialect = dialect
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(self, offset: int) -> tuple[int, int]:
        """(line, column), 1-based, in characters."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def problem(self, message: str, at: Token, *, hint: str | None = None, construct: str | None = None) -> Problem:
        line, column = self.place(at.start)
        return Problem(message, hint=hint, line=line, column=column, construct=construct)

    def slice(self, first: Token, last: Token) -> str:
        return self.text[first.start : last.stop]


def statements(source: Source) -> Iterator[list[Token]]:
    """The statements of a script, without their semicolons; empty ones are left out.

    Raises:
        ImportSchemaError: a string, quoted name or comment is not closed.
    """
    try:
        tokens = SqlDialect.get_or_raise(_SQLGLOT_NAMES[source.dialect]).tokenize(source.text)
    except TokenError:
        raise ImportSchemaError(_unclosed(source)) from None
    current: list[Token] = []
    for token in tokens:
        if token.token_type is TokenType.SEMICOLON:
            if current:
                yield current
            current = []
        else:
            current.extend(_split(source, token.token_type, token.text, token.start, token.end + 1))
    if current:
        yield current


_SQLGLOT_NAMES = {Dialect.REDSHIFT: "redshift", Dialect.SNOWFLAKE: "snowflake", Dialect.ANSI: ""}
_STRINGS = (TokenType.STRING, TokenType.RAW_STRING, TokenType.NATIONAL_STRING, TokenType.HEREDOC_STRING)


def _split(source: Source, token_type: TokenType, text: str, start: int, stop: int) -> Iterator[Token]:
    """sqlglot joins some words (PRIMARY KEY, DOUBLE PRECISION); here each word is a token."""
    written = source.text[start:stop]
    if token_type in _STRINGS:
        yield Token("string", text, start, stop)
    elif token_type is TokenType.IDENTIFIER:
        yield Token("quoted", text, start, stop)
    elif token_type is TokenType.NUMBER:
        yield Token("number", text, start, stop)
    elif re.match(r"[^\W\d]|#", written):
        for match in re.finditer(r"\S+", written):
            yield Token("word", match.group(), start + match.start(), start + match.end())
    else:
        yield Token("symbol", written, start, stop)


_OPENERS = re.compile(r"--[^\n]*|//[^\n]*|/\*|\$\$|'|\"")
_NAMES = {"/*": "comment", "$$": "text", "'": "text", '"': "quoted name"}


def _unclosed(source: Source) -> Problem:
    """The tokenizer does not say where; find the quote or comment that is never closed."""
    position = 0
    while match := _OPENERS.search(source.text, position):
        opener = match.group()
        if opener[:2] in ("--", "//"):
            slashes = opener.startswith("//") and source.dialect is not Dialect.SNOWFLAKE
            position = match.start() + 2 if slashes else match.end()
            continue
        closer = "*/" if opener == "/*" else opener
        stop = _closing(source, closer, match.end())
        if stop is None:
            token = Token("symbol", opener, match.start(), match.end())
            return source.problem(
                f"the {_NAMES[opener]} that begins here is not closed",
                token,
                hint=f"close it with {closer}",
                construct=_NAMES[opener],
            )
        position = stop
    return source.problem("the text cannot be taken apart into SQL tokens", Token("end", "", 0, 0))


def _closing(source: Source, closer: str, start: int) -> int | None:
    """The offset after the closing mark; backslash escapes count in Redshift and Snowflake texts."""
    text, position = source.text, start
    escapes = closer == "'" and source.dialect is not Dialect.ANSI
    while position < len(text):
        if escapes and text[position] == "\\":
            position += 2
        elif text.startswith(closer, position):
            return position + len(closer)
        else:
            position += 1
    return None


class SyntaxProblem(Exception):
    """A statement cannot be read further."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Stream:
    """The tokens of one statement, read from left to right."""

    def __init__(self, source: Source, tokens: list[Token]) -> None:
        self.source = source
        self.tokens = tokens
        self.index = 0
        stop = tokens[-1].stop if tokens else 0
        self._end = Token("end", "", stop, stop)

    def peek(self, ahead: int = 0) -> Token:
        index = self.index + ahead
        return self.tokens[index] if index < len(self.tokens) else self._end

    @property
    def at_end(self) -> bool:
        return self.index >= len(self.tokens)

    @property
    def previous(self) -> Token:
        return self.tokens[self.index - 1]

    def take(self) -> Token:
        token = self.peek()
        self.index += 1
        return token

    def looking_at(self, *words: str) -> bool:
        return all(self.peek(ahead).upper == word for ahead, word in enumerate(words))

    def accept(self, *words: str) -> bool:
        """Step over these keywords if they are all next."""
        if not self.looking_at(*words):
            return False
        self.index += len(words)
        return True

    def accept_any(self, *words: str) -> str | None:
        if (word := self.peek().upper) in words and word:
            self.index += 1
            return word
        return None

    def at_symbol(self, symbol: str) -> bool:
        token = self.peek()
        return token.kind == "symbol" and token.text == symbol

    def accept_symbol(self, symbol: str) -> bool:
        if not self.at_symbol(symbol):
            return False
        self.index += 1
        return True

    def expect_symbol(self, symbol: str, why: str) -> Token:
        if not self.at_symbol(symbol):
            self.fail(f"expected {symbol} {why}")
        return self.take()

    def expect(self, *words: str) -> None:
        for word in words:
            if not self.accept(word):
                self.fail(f"expected {word}")

    def fail(self, message: str, *, at: Token | None = None, hint: str | None = None) -> NoReturn:
        """Raise SyntaxProblem: ``message, got …``"""
        token = at or self.peek()
        got = "the statement ends" if token.kind == "end" else f"got {self.source.slice(token, token)[:40]!r}"
        where = self.previous if token.kind == "end" and self.index else token
        raise SyntaxProblem(self.source.problem(f"{message}, {got}", where, hint=hint, construct="syntax"))

    def skip_balanced(self) -> tuple[int, int]:
        """Step over ``( … )``; returns the indexes of the tokens between."""
        opening = self.expect_symbol("(", "here")
        start, depth = self.index, 1
        while depth:
            if self.at_end:
                self.fail("expected ) for this (", at=opening)
            token = self.take()
            if token.kind == "symbol":
                depth += {"(": 1, ")": -1}.get(token.text, 0)
        return start, self.index - 1

    def text_of(self, start: int, stop: int) -> str:
        """The source text of the tokens from index ``start`` up to, not including, ``stop``."""
        return self.source.slice(self.tokens[start], self.tokens[stop - 1]) if stop > start else ""
