"""Moving over tokens: what every part of the parser, and every statement handler, is written with."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeVar

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.translation.lexer import (
    END,
    NUMBER,
    OP,
    QUOTED,
    STRING,
    WORD,
    Token,
    position,
    tokenize,
)

T = TypeVar("T")


class TokenStream:
    """The tokens of one statement and the place in them.

    ``accept_*`` consume when the next tokens are as asked and say so; ``expect_*`` raise 001003 otherwise.
    ``fold_quoted``: identifiers in quotes are upper case as well (QUOTED_IDENTIFIERS_IGNORE_CASE).
    """

    def __init__(self, sql: str, *, fold_quoted: bool = False) -> None:
        self.sql = sql
        self.tokens = tokenize(sql)
        if fold_quoted:
            for token in self.tokens:
                if token.kind == QUOTED:
                    token.value = token.value.upper()
        self.at = 0

    # --- looking ------------------------------------------------------------------------------------------------------
    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    @property
    def last_end(self) -> int:
        return self.tokens[self.at - 1].end if self.at else 0

    def ahead(self, count: int = 1) -> Token:
        return self.tokens[min(self.at + count, len(self.tokens) - 1)]

    def is_word(self, *words: str) -> bool:
        token = self.tokens[self.at]
        return token.kind == WORD and token.value in words

    def is_op(self, *ops: str) -> bool:
        token = self.tokens[self.at]
        return token.kind == OP and token.value in ops

    def at_words(self, *words: str) -> bool:
        """Whether the next tokens are exactly these words, one after the other."""
        for index, word in enumerate(words):
            token = self.ahead(index)
            if token.kind != WORD or token.value != word:
                return False
        return True

    # --- taking -------------------------------------------------------------------------------------------------------
    def next(self) -> Token:
        token = self.tokens[self.at]
        if token.kind != END:
            self.at += 1
        return token

    def accept(self, *words: str) -> bool:
        """Consume these words (all of them, in order) if they come next."""
        if not self.at_words(*words):
            return False
        self.at += len(words)
        return True

    def accept_any(self, *words: str) -> str | None:
        """Consume one of these words and return it."""
        if not self.is_word(*words):
            return None
        return self.next().value

    def accept_op(self, op: str) -> bool:
        if not self.is_op(op):
            return False
        self.at += 1
        return True

    def expect(self, *words: str) -> None:
        for word in words:
            if not self.accept(word):
                self.fail()

    def expect_op(self, op: str) -> None:
        if not self.accept_op(op):
            self.fail()

    def fail(self, token: Token | None = None) -> NoReturn:
        token = token or self.token
        line, column = position(self.sql, token.start)
        shown = "<EOF>" if token.kind == END else self.sql[token.start : token.end]
        raise errors.SYNTAX_ERROR(shown, line=line, pos=column)

    def expect_end(self) -> None:
        """Raise unless the statement ends here (one trailing semicolon is fine)."""
        self.accept_op(";")
        if self.token.kind != END:
            self.fail()

    def at_end(self) -> bool:
        return self.token.kind == END or (self.is_op(";") and self.ahead().kind == END)

    # --- small pieces -------------------------------------------------------------------------------------------------
    def identifier(self) -> str:
        """One identifier, folded."""
        if self.token.kind not in (WORD, QUOTED) or not self.token.value:
            self.fail()
        return self.next().value

    def is_identifier(self) -> bool:
        return self.token.kind in (WORD, QUOTED)

    def qualified(self) -> tuple[str, ...]:
        """``a.b.c`` (``a..c`` means schema PUBLIC)."""
        parts = [self.identifier()]
        while self.accept_op("."):
            if self.is_op("."):
                parts.append("PUBLIC")
                continue
            parts.append(self.identifier())
        return tuple(parts)

    def string(self) -> str:
        if self.token.kind != STRING:
            self.fail()
        return self.next().value

    def integer(self) -> int:
        sign = -1 if self.accept_op("-") else 1
        if self.token.kind != NUMBER or not self.token.value.isdigit():
            self.fail()
        return sign * int(self.next().value)

    def comma_list(self, item: Callable[[], T]) -> list[T]:
        items = [item()]
        while self.accept_op(","):
            items.append(item())
        return items

    def parenthesized(self, item: Callable[[], T]) -> list[T]:
        """``( item, … )``, possibly empty."""
        self.expect_op("(")
        if self.accept_op(")"):
            return []
        items = self.comma_list(item)
        self.expect_op(")")
        return items

    def rest(self) -> str:
        """The text from here to the end of the statement; moves there."""
        start = self.token.start
        self.at = len(self.tokens) - 1
        return self.sql[start:].strip().rstrip(";").strip()
