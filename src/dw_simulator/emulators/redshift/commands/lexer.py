"""Tokens of a command, with their places in its text. Commands are read by hand: they never go through sqlglot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dw_simulator.emulators.redshift.errors import RedshiftError, other_database, syntax_error

_TOKEN = re.compile(
    r"""(?P<blank>\s+|--[^\n]*|/\*.*?\*/)
    |(?P<string>[eE]?'(?:[^'\\]|''|\\.)*')
    |(?P<dollar>\$(?P<tag>[A-Za-z_\x80-\U0010ffff]?\w*)\$.*?\$(?P=tag)\$)
    |(?P<quoted>"(?:[^"]|"")*")
    |(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
    |(?P<parameter>\$\d+)
    |(?P<word>[#A-Za-z_\x80-\U0010ffff][\w$#\x80-\U0010ffff]*)
    |(?P<symbol>::|:=|<>|!=|<=|>=|\|\||.)""",
    re.S | re.X,
)
_ESCAPE = re.compile(r"\\(.)|''", re.S)


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is string, dollar, quoted, number, parameter, word or symbol; ``start`` and ``end`` are offsets."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The keyword or symbol in lower case; "" for literals and quoted names."""
        return self.text.lower() if self.kind in ("word", "symbol") else ""

    @property
    def value(self) -> str:
        """What a string, a name or a number stands for."""
        if self.kind == "string":
            body = self.text[self.text.index("'") + 1 : -1]
            return _ESCAPE.sub(lambda match: match[1] or "'", body)
        if self.kind == "dollar":
            size = self.text.index("$", 1) + 1
            return self.text[size:-size]
        if self.kind == "quoted":
            return self.text[1:-1].replace('""', '"')
        return self.text.lower() if self.kind == "word" else self.text


def _fixed_kind(match: re.Match[str]) -> str:
    return next(kind for kind in ("string", "dollar", "quoted", "number", "parameter", "word", "symbol") if match[kind])


class Reader:
    """Reads the tokens of one statement from left to right.

    ``database`` is the one that names of relations and schemas may be in: that of the connection.
    """

    def __init__(self, sql: str, *, case_sensitive: bool = False, database: str = "") -> None:
        self.sql = sql
        self.case_sensitive = case_sensitive
        self.database = database
        self.tokens = [
            Token(_fixed_kind(match), match.group(), match.start(), match.end())
            for match in _TOKEN.finditer(sql)
            if match["blank"] is None
        ]
        self.position = 0

    # --- looking -------------------------------------------------------------------------------------------------
    @property
    def current(self) -> Token | None:
        return self.tokens[self.position] if self.position < len(self.tokens) else None

    def ahead(self, *words: str) -> bool:
        """Whether these keywords or symbols come next."""
        found = self.tokens[self.position : self.position + len(words)]
        return len(found) == len(words) and all(token.word == word for token, word in zip(found, words, strict=True))

    def at_end(self) -> bool:
        return self.position >= len(self.tokens)

    # --- taking --------------------------------------------------------------------------------------------------
    def take(self, *words: str) -> bool:
        """Take these keywords if they come next."""
        if self.ahead(*words):
            self.position += len(words)
            return True
        return False

    def take_any(self, *words: str) -> str:
        """Take one of these keywords if it comes next; "" when none does."""
        token = self.current
        if token is not None and token.word in words:
            self.position += 1
            return token.word
        return ""

    def expect(self, *words: str) -> None:
        if not self.take(*words):
            raise self.error()

    def next(self) -> Token:
        token = self.current
        if token is None:
            raise self.error()
        self.position += 1
        return token

    def string(self) -> str:
        token = self.next()
        if token.kind not in ("string", "dollar"):
            self.position -= 1
            raise self.error()
        return token.value

    def name(self) -> str:
        """One identifier, folded."""
        token = self.next()
        if token.kind not in ("word", "quoted"):
            self.position -= 1
            raise self.error()
        return token.value if self.case_sensitive and token.kind == "quoted" else token.value.lower()

    def qualified_name(self) -> tuple[str, ...]:
        parts = [self.name()]
        while self.take("."):
            parts.append(self.name())
        return tuple(parts)

    def relation_name(self) -> tuple[str, ...]:
        """``[[database.]schema.]name`` without the database.

        Raises:
            RedshiftError: it is in another database.
        """
        return self._of_database(self.qualified_name(), 2)

    def schema_name(self) -> str:
        """``[database.]name`` without the database.

        Raises:
            RedshiftError: it is in another database.
        """
        return self._of_database(self.qualified_name(), 1)[0]

    def _of_database(self, parts: tuple[str, ...], size: int) -> tuple[str, ...]:
        if len(parts) > size + 1:
            raise RedshiftError("42601", f"improper qualified name (too many dotted names): {'.'.join(parts)}")
        if len(parts) > size and parts[0].lower() != self.database.lower():
            raise other_database(parts[0])
        return parts[-size:]

    def names(self) -> list[str]:
        """``( a, b, … )``."""
        self.expect("(")
        found = [self.name_or_number()]
        while self.take(","):
            found.append(self.name_or_number())
        self.expect(")")
        return found

    def name_or_number(self) -> str:
        token = self.current
        if token is not None and token.kind == "number":
            self.position += 1
            return token.text
        return self.name()

    def parenthesised(self) -> str:
        """The text between a parenthesis, which comes next, and its partner."""
        self.expect("(")
        start = self.tokens[self.position - 1].end
        depth = 1
        while depth:
            word = self.next().word
            depth += {"(": 1, ")": -1}.get(word, 0)
        return self.sql[start : self.tokens[self.position - 1].start]

    def until(self, *words: str) -> str:
        """The text up to a comma, a closing parenthesis or one of these keywords outside of parentheses."""
        start = self.current
        if start is None:
            return ""
        depth, last = 0, start.start
        while (token := self.current) is not None:
            if depth == 0 and (token.word in (",", ")") or token.word in words):
                break
            depth += {"(": 1, ")": -1}.get(token.word, 0)
            last = token.end
            self.position += 1
        return self.sql[start.start : last]

    def rest(self) -> str:
        """Everything from here on."""
        token = self.current
        self.position = len(self.tokens)
        return self.sql[token.start :] if token is not None else ""

    def finish(self) -> None:
        if not self.at_end():
            raise self.error()

    def error(self) -> RedshiftError:
        token = self.current
        if token is None:
            return RedshiftError("42601", "syntax error at end of input")
        return syntax_error(token.text, token.start + 1)


def quote_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def quote_names(parts: tuple[str, ...]) -> str:
    return ".".join(quote_name(part) for part in parts)


_PARAMETER = re.compile(r"""'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|\$(?P<number>\d+)""", re.S)


def with_values(sql: str, parameters: Sequence[str | None]) -> str:
    """The statement with the values in the place of ``$1``, ``$2`` …; without a value it is NULL."""

    def value(match: re.Match[str]) -> str:
        if match["number"] is None:
            return match[0]
        number = int(match["number"])
        found = parameters[number - 1] if number <= len(parameters) else None
        return "NULL" if found is None else quote_string(found)

    return _PARAMETER.sub(value, sql)


def quote_string(text: str) -> str:
    """A literal that means the same whatever the session thinks of backslashes."""
    quoted = "'" + text.replace("'", "''") + "'"
    return "E" + quoted.replace("\\", "\\\\") if "\\" in text else quoted
