"""``NAME = value`` lists of stage, file format and COPY statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.translation.lexer import NUMBER, OP, QUOTED, STRING, WORD
from dw_simulator.emulators.snowflake.translation.parser.stream import TokenStream

Options = dict[str, Any]


def parse_options(stream: TokenStream) -> Options:
    """All options from here on. Values are str, int, bool, tuple (a list) or dict (options in parentheses)."""
    options: Options = {}
    while stream.token.kind in (WORD, QUOTED) and stream.ahead().kind == OP and stream.ahead().value == "=":
        name = stream.next().value
        stream.expect_op("=")
        options[name] = _value(stream)
        stream.accept_op(",")
    return options


def _value(stream: TokenStream) -> Any:
    if stream.is_op("("):
        return _in_parentheses(stream)
    token = stream.token
    if token.kind == STRING:
        return stream.next().value
    if token.kind == NUMBER or stream.is_op("-"):
        return _number(stream)
    if token.kind in (WORD, QUOTED):
        if token.kind == WORD and token.value in ("TRUE", "FALSE"):
            return stream.next().value == "TRUE"
        return ".".join(stream.qualified())
    return stream.fail()


def _number(stream: TokenStream) -> Any:
    sign = -1 if stream.accept_op("-") else 1
    if stream.token.kind != NUMBER:
        stream.fail()
    text = stream.next().value
    return sign * (float(text) if "." in text else int(text))


def _in_parentheses(stream: TokenStream) -> Any:
    stream.expect_op("(")
    if stream.accept_op(")"):
        return ()
    if stream.token.kind in (WORD, QUOTED) and stream.ahead().kind == OP and stream.ahead().value == "=":
        options = parse_options(stream)
        stream.expect_op(")")
        return options
    values = [_value(stream)]
    while not stream.accept_op(")"):
        stream.accept_op(",")
        values.append(_value(stream))
    return tuple(values)


def boolean_option(name: str, value: Any) -> bool:
    """Raises SnowflakeError 001008: the value is not TRUE or FALSE."""
    if isinstance(value, bool):
        return value
    if str(value).upper() not in ("TRUE", "FALSE"):
        raise errors.INVALID_PARAMETER_VALUE(value, name)
    return str(value).upper() == "TRUE"


def spelled(parts: Sequence[str], quoted: Sequence[bool]) -> str:
    """A name as text that :func:`folded_names` reads again; ``quoted`` is empty or says it of each part."""
    marks = quoted or (False,) * len(parts)
    return ".".join(_quoted(part) if mark else part for part, mark in zip(parts, marks, strict=True))


def _quoted(part: str) -> str:
    return '"' + part.replace('"', '""') + '"'


def folded_names(text: str) -> tuple[str, ...]:
    """The parts of a maybe qualified name that came as text or as a name: ``'my_format'``, ``db.sch.fmt``."""
    stream = TokenStream(text)
    parts = stream.qualified()
    stream.expect_end()
    return parts
