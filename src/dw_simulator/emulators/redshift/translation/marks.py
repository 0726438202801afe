"""Steps over the tokens for what the parser has no words for: clauses inside of a call, and operators."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot.tokenizer_core import Token, TokenType

KEEP_MARK = "\x01keep"
SET_MARK = "\x01set"
_MARKS = {"KEEP": KEEP_MARK, "SET": SET_MARK}


def _copy(token: Token, text: str, token_type: TokenType) -> Token:
    return Token(token_type, text, token.line, token.col, token.start, token.end, token.comments)


def object_transforms(tokens: list[Token]) -> Iterator[Token]:
    """``OBJECT_TRANSFORM(x KEEP p SET q, v)`` as ``object_transform(x, mark, p, mark, q, v)``."""
    calls: list[bool] = []
    for position, token in enumerate(tokens):
        if token.token_type == TokenType.L_PAREN:
            calls.append(position > 0 and tokens[position - 1].text.upper() == "OBJECT_TRANSFORM")
        elif token.token_type == TokenType.R_PAREN and calls:
            calls.pop()
        mark = _MARKS.get(token.text.upper()) if token.token_type != TokenType.STRING else None
        if mark is None or not calls or not calls[-1]:
            yield token
            continue
        yield _copy(token, ",", TokenType.COMMA)
        yield _copy(token, mark, TokenType.STRING)
        yield _copy(token, ",", TokenType.COMMA)


def operators(tokens: list[Token]) -> Iterator[Token]:
    """``a # b`` (exclusive or): the character also begins names of temporary tables."""
    for position, token in enumerate(tokens):
        operand = position > 0 and tokens[position - 1].token_type in _OPERAND_ENDS
        is_operator = token.token_type == TokenType.VAR and token.text == "#" and operand
        yield _copy(token, "#", TokenType.HASH) if is_operator else token


def conditional_commas(tokens: list[Token]) -> Iterator[Token]:
    """``FROM a, b ON condition``: a comma whose item has a condition joins ("Extension 4: …", nested data)."""
    joins: set[int] = set()
    commas: list[int | None] = [None]
    inside: list[bool] = [False]
    for position, token in enumerate(tokens):
        kind = token.token_type
        if kind == TokenType.L_PAREN:
            commas.append(None)
            inside.append(False)
        elif kind == TokenType.R_PAREN and len(inside) > 1:
            commas.pop()
            inside.pop()
        elif kind == TokenType.FROM or kind in _CLAUSES:
            inside[-1], commas[-1] = kind == TokenType.FROM, None
        elif inside[-1] and kind in (TokenType.COMMA, TokenType.JOIN):
            commas[-1] = position if kind == TokenType.COMMA else None
        elif inside[-1] and kind == TokenType.ON and commas[-1] is not None:
            joins.add(commas[-1])
            commas[-1] = None
    for position, token in enumerate(tokens):
        yield _copy(token, "JOIN", TokenType.JOIN) if position in joins else token


_CLAUSES = frozenset(
    (
        TokenType.SELECT, TokenType.WHERE, TokenType.GROUP_BY, TokenType.HAVING, TokenType.ORDER_BY, TokenType.QUALIFY,
        TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT, TokenType.LIMIT, TokenType.CONNECT_BY,
        TokenType.START_WITH, TokenType.SEMICOLON,
    )
)  # fmt: skip
_OPERAND_ENDS = frozenset((TokenType.NUMBER, TokenType.VAR, TokenType.IDENTIFIER, TokenType.R_PAREN))
