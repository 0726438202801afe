"""DEFAULT expressions: where they end. They are kept as written."""

from __future__ import annotations

from dw_simulator.schema.importers.sql.tokens import Stream

_OPERATORS = {"+", "-", "*", "/", "%", "||"}


def read_expression(stream: Stream) -> str:
    """The source text of the expression at this place."""
    start = stream.index
    _operand(stream)
    while stream.peek().kind == "symbol" and stream.peek().text in _OPERATORS:
        stream.take()
        _operand(stream)
    return stream.text_of(start, stream.index)


def _operand(stream: Stream) -> None:
    while stream.peek().kind == "symbol" and stream.peek().text in ("-", "+"):
        stream.take()
    if stream.at_symbol("("):
        stream.skip_balanced()
    elif stream.looking_at("CASE"):
        _case(stream)
    elif stream.peek().kind in ("string", "number"):
        stream.take()
    elif stream.peek().kind in ("word", "quoted"):
        _name_or_call(stream)
    else:
        stream.fail("expected the value of DEFAULT")
    while stream.accept_symbol("::"):
        stream.take()
        if stream.looking_at("PRECISION") or stream.looking_at("VARYING"):
            stream.take()
        if stream.at_symbol("("):
            stream.skip_balanced()


def _name_or_call(stream: Stream) -> None:
    stream.take()
    while stream.accept_symbol("."):
        stream.take()
    if stream.at_symbol("("):
        stream.skip_balanced()
    elif stream.peek().kind == "string":
        stream.take()  # DATE '2024-01-01'


def _case(stream: Stream) -> None:
    opening, depth = stream.peek(), 0
    while True:
        if stream.at_end:
            stream.fail("expected END for this CASE", at=opening)
        word = stream.take().upper
        depth += {"CASE": 1, "END": -1}.get(word, 0)
        if not depth:
            return
