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


_OPERAND_ENDS = frozenset((TokenType.NUMBER, TokenType.VAR, TokenType.IDENTIFIER, TokenType.R_PAREN))
