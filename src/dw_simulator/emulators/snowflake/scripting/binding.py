"""Variables in places of a statement that are no expressions. Vendor page: "Using an argument in a SQL statement
(binding)", which sets properties with them (``COMMENT = :comment``) and names the stage of a COPY."""

from __future__ import annotations

from collections.abc import Mapping

from dw_simulator.emulators.snowflake.translation.lexer import OP, WORD, Token
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import Typed

_STATEMENTS = ("CREATE", "ALTER", "COPY", "COMMENT")
_QUERIES = ("SELECT", "WITH", "AS", "VALUES")


def bound_properties(text: str, variables: Mapping[str, Typed]) -> str:
    """The statement with the values of ``name = :variable`` and of COPY's ``FROM :variable`` as literals."""
    if not text.lstrip()[:7].upper().startswith(_STATEMENTS):
        return text
    tokens, parts, done = Parser(text).tokens, [], 0
    copies = tokens[0].value == "COPY"
    for at, token in enumerate(tokens[:-1]):
        if token.kind == WORD and token.value in _QUERIES and not copies:
            break
        if not _is_place(tokens, at, copies):
            continue
        value = variables.get(tokens[at + 1].value)
        shown = None if value is None else _shown(value)
        if shown is not None:
            parts.append(text[done : token.start] + shown)
            done = tokens[at + 1].end
    return "".join(parts) + text[done:]


def _is_place(tokens: list[Token], at: int, copies: bool) -> bool:
    """Whether a colon comes where a property's value is, or what a COPY loads from."""
    if at < 1 or tokens[at].kind != OP or tokens[at].value != ":" or tokens[at + 1].kind != WORD:
        return False
    before = tokens[at - 1]
    if copies and before.value in ("FROM", "INTO"):
        return True
    return before.value == "=" and tokens[at - 2].kind == WORD


def _shown(value: Typed) -> str | None:
    """A value as a statement writes it; None for one that no property has."""
    found = value.const
    if isinstance(found, bool):
        return str(found).upper()
    if isinstance(found, str):
        return found if found.startswith("@") else literal(found)
    return str(found) if isinstance(found, int) else None
