"""Tokens of Snowflake SQL. Vendor page: "String & binary data types" (string constants), "Identifier requirements"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dw_simulator.emulators.snowflake import errors

WORD, QUOTED, STRING, NUMBER, OP, DOLLAR, STAGE, END = (
    "word",
    "quoted",
    "string",
    "number",
    "op",
    "dollar",
    "stage",
    "end",
)


@dataclass(slots=True)
class Token:
    """``value`` is folded (words), unescaped (strings, quoted identifiers) or as written (the rest)."""

    kind: str
    value: str
    start: int
    end: int


_TOKEN = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*|//[^\n]*|/\*.*?\*/)
  | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<binary>[xX]'[0-9a-fA-F\s]*')
  | (?P<word>[^\W\d][\w$]*)
  | (?P<string>'(?:[^'\\]|\\.|'')*')
  | (?P<raw>\$\$.*?\$\$)
  | (?P<dollar>\$\w+)
  | (?P<quoted>"(?:[^"]|"")*")
  | (?P<stage>@(?:"[^"]*"|[^\s;(),'"])+)
  | (?P<op>->>|->|=>|::|:=|\|\||<=|>=|<>|!=|\.\.\.|[-+*/%(),.;:\[\]{}<>=?~^&|!@$])
    """,
    re.X | re.S,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[0-7]{1,3}|.)|''", re.S)
_SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}


def _unescape(match: re.Match[str]) -> str:
    body = match.group(1)
    if body is None:
        return "'"
    if body[0] in "ux" and len(body) > 1:
        return chr(int(body[1:], 16))
    if body.isdigit() and set(body) <= set("01234567"):
        return chr(int(body, 8))
    return _SIMPLE_ESCAPES.get(body, body)


def position(sql: str, offset: int) -> tuple[int, int]:
    """Line (from 1) and column (from 0) of an offset, as Snowflake's messages count them."""
    line = sql.count("\n", 0, offset) + 1
    return line, offset - (sql.rfind("\n", 0, offset) + 1)


def tokenize(sql: str) -> list[Token]:
    """The tokens of ``sql``, ended by one END token.

    Raises:
        SnowflakeError: 001003, a character or an open quote that starts no token.
    """
    tokens: list[Token] = []
    at, size = 0, len(sql)
    while at < size:
        match = _TOKEN.match(sql, at)
        if match is None:
            line, column = position(sql, at)
            raise errors.SYNTAX_ERROR(sql[at], line=line, pos=column)
        kind, text, start = match.lastgroup or "", match.group(), at
        at = match.end()
        if kind != "space":
            tokens.append(_token(kind, text, start, at))
    tokens.append(Token(END, "<EOF>", size, size))
    return tokens


def _token(kind: str, text: str, start: int, end: int) -> Token:
    match kind:
        case "word":
            return Token(WORD, text.upper(), start, end)
        case "string":
            body = text[1:-1]
            value = _ESCAPE.sub(_unescape, body) if "\\" in body or "'" in body else body
            return Token(STRING, value, start, end)
        case "raw":
            return Token(STRING, text[2:-2], start, end)
        case "quoted":
            return Token(QUOTED, text[1:-1].replace('""', '"'), start, end)
        case "dollar":
            return Token(DOLLAR, text[1:].upper(), start, end)
        case "binary":
            return Token("binary", "".join(text[2:-1].split()).upper(), start, end)
        case _:
            return Token(kind, text, start, end)


def upper_words(sql: str) -> str:
    """``sql`` with its unquoted words in upper case, as Snowflake shows kept expressions."""
    pieces, last = [], 0
    for token in tokenize(sql):
        pieces += [sql[last : token.start], token.value if token.kind == WORD else sql[token.start : token.end]]
        last = token.end
    return "".join(pieces)


def split_statements(sql: str) -> list[str]:
    """The statements of a script, without their semicolons; comments and strings may hold semicolons."""
    parts: list[str] = []
    begin: int | None = None
    last = 0
    for token in tokenize(sql):
        if token.kind == END or (token.kind == OP and token.value == ";"):
            if begin is not None:
                parts.append(sql[begin:last])
            begin = None
            continue
        begin = token.start if begin is None else begin
        last = token.end
    return parts
