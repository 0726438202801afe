"""Tokens of COPY and UNLOAD: words, strings, numbers, names and punctuation.

These two commands have a grammar of their own (options in any order, some with optional AS and values), so they never
pass through the SQL translator.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dw_simulator.emulators.redshift.errors import RedshiftError, syntax_error

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*|/\*.*?\*/)
  | (?P<string>'(?:[^'\\]|''|\\.)*')
  | (?P<name>"(?:[^"]|"")*")
  | (?P<number>[+-]?\d+(?:\.\d+)?)
  | (?P<word>[A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*)
  | (?P<dollar>\$\$.*?\$\$)
  | (?P<mark>[(),.;=])
    """,
    re.X | re.S,
)
_BACKSLASH = re.compile(r"\\(.)", re.S)


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is the name of a group of the token pattern; ``value`` of strings and names is without quotes."""

    kind: str
    value: str
    position: int
    text: str


def tokenize(sql: str) -> list[Token]:
    tokens = []
    at = 0
    while at < len(sql):
        match = _TOKEN.match(sql, at)
        if match is None:
            raise syntax_error(sql[at : at + 20].split()[0], at + 1)
        kind = str(match.lastgroup)
        if kind != "space":
            tokens.append(Token(kind, _value(kind, match.group()), at + 1, match.group()))
        at = match.end()
    return tokens


def _value(kind: str, text: str) -> str:
    if kind == "string":
        # A backslash stays: in DELIMITER '\t' and NULL AS '\N' it belongs to the option's own notation.
        return text[1:-1].replace("''", "'").replace("\\'", "'")
    if kind == "name":
        return text[1:-1].replace('""', '"')
    if kind == "dollar":
        return text[2:-2]
    if kind == "word":
        return text.lower()
    return text


class Reader:
    """Reads tokens one after the other."""

    def __init__(self, sql: str) -> None:
        self._tokens = tokenize(sql)
        self._at = 0
        self._sql = sql

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._tokens) or self._tokens[self._at].text == ";"

    def peek(self, ahead: int = 0) -> Token | None:
        index = self._at + ahead
        return self._tokens[index] if index < len(self._tokens) else None

    def next(self) -> Token:
        token = self.peek()
        if token is None:
            raise syntax_error("end of input", len(self._sql) + 1)
        self._at += 1
        return token

    def is_word(self, *words: str, ahead: int = 0) -> bool:
        token = self.peek(ahead)
        return token is not None and token.kind == "word" and token.value in words

    def take_word(self, *words: str) -> str | None:
        """The next token if it is one of the words."""
        if self.is_word(*words):
            return self.next().value
        return None

    def expect_word(self, *words: str) -> str:
        token = self.next()
        if token.kind != "word" or token.value not in words:
            raise self.error(token)
        return token.value

    def take_mark(self, mark: str) -> bool:
        token = self.peek()
        if token is not None and token.kind == "mark" and token.value == mark:
            self._at += 1
            return True
        return False

    def expect_mark(self, mark: str) -> None:
        if not self.take_mark(mark):
            raise self.error(self.next())

    def string(self) -> str:
        token = self.next()
        if token.kind not in ("string", "dollar"):
            raise self.error(token)
        return token.value

    def take_string(self) -> str | None:
        token = self.peek()
        return self.next().value if token is not None and token.kind == "string" else None

    def as_string(self) -> str:
        """``[AS] 'text'``"""
        self.take_word("as")
        return self.string()

    def as_integer(self) -> int:
        """``[AS] n``"""
        self.take_word("as")
        token = self.next()
        if token.kind != "number" or "." in token.value:
            raise self.error(token)
        return int(token.value)

    def identifier(self) -> str:
        token = self.next()
        if token.kind not in ("word", "name"):
            raise self.error(token)
        # Redshift folds quoted identifiers to lower case as well, unless enable_case_sensitive_identifier is on.
        return token.value.lower()

    def error(self, token: Token) -> RedshiftError:
        return syntax_error(token.text, token.position)


def unescape(text: str) -> str:
    r"""A delimiter or null marker as written: \t, \n, \\, \001 and \N (which stays) in Redshift's notation."""

    def one(match: re.Match[str]) -> str:
        simple = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "\\": "\\", "0": "\0"}
        return simple.get(match.group(1), match.group())

    octal = re.sub(r"\\([0-3][0-7]{2})", lambda match: chr(int(match.group(1), 8)), text)
    return _BACKSLASH.sub(one, octal)
