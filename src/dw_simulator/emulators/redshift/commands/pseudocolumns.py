"""``"$path"`` and ``"$size"`` of external tables. Source: "Pseudocolumns".

The table that a statement names has no such columns (``*`` must not show them); the child that holds its rows has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from dw_simulator.emulators.redshift.commands.lexer import Reader, Token, quote_name
from dw_simulator.emulators.redshift.commands.types import Command, Deferred, PassThrough, Plan, Rewritten, Session
from dw_simulator.emulators.redshift.conversation import Conversation
from dw_simulator.emulators.redshift.errors import UnsupportedFeatureError

_PSEUDOCOLUMN = re.compile(r'"\$(?:path|size)"')
_AFTER_TABLE = frozenset(
    [
        "where",
        "group",
        "order",
        "having",
        "limit",
        "offset",
        "on",
        "join",
        "inner",
        "left",
        "right",
        "full",
        "cross",
        "union",
        "except",
        "minus",
        "intersect",
        "qualify",
        "natural",
        "using",
        "fetch",
        "for",
        "window",
        "connect",
        "start",
        "pivot",
        "unpivot",
    ]
)

Planner = Callable[[str, Session], Plan]


def with_pseudocolumns(sql: str, session: Session, plan: Planner) -> Plan | None:
    """The plan for a statement that names pseudocolumns of external tables; None for others."""
    if '"$' not in sql or _PSEUDOCOLUMN.search(sql) is None:
        return None
    if not session.backend.external.mentioned(session.database, sql):
        return None

    async def resolve(conversation: Conversation) -> PassThrough | Rewritten | Command:
        found = await conversation.execute("SELECT nspname, relname, relid FROM pg_catalog.dw_external")
        children = {(str(schema), str(name)): f"pg_catalog.dw_external_{oid}" for schema, name, oid in found.rows}
        text = _replaced(sql, children)
        planned = plan(text, session)
        if isinstance(planned, Deferred):
            planned = await planned.resolve(conversation)
        return Rewritten(text) if isinstance(planned, PassThrough) else planned

    return Deferred(resolve)


def _replaced(sql: str, children: Mapping[tuple[str, str], str]) -> str:
    reader = Reader(sql)
    tokens = reader.tokens
    pieces: list[str] = []
    done = 0
    for index, token in enumerate(tokens):
        _refuse_star(tokens, index)
        if token.start < done or index + 2 >= len(tokens) or tokens[index + 1].text != ".":
            continue
        last = tokens[index + 2]
        child = children.get((_folded(token), _folded(last)))
        if child is not None:
            pieces += [sql[done : token.start], _reference(tokens, index + 3, child, _folded(last))]
            done = last.end
    return "".join([*pieces, sql[done:]])


def _folded(token: Token) -> str:
    return token.value.lower() if token.kind in ("word", "quoted") else ""


def _reference(tokens: list[Token], following: int, child: str, name: str) -> str:
    """The child under the table's name, unless the statement gives it another one."""
    token = tokens[following] if following < len(tokens) else None
    if token is not None and token.text == ".":
        return quote_name(name)
    aliased = token is not None and token.kind in ("word", "quoted") and token.word not in _AFTER_TABLE
    return child if aliased else f"{child} AS {quote_name(name)}"


def _refuse_star(tokens: list[Token], index: int) -> None:
    before = tokens[index - 1] if index else None
    if tokens[index].text == "*" and before is not None and before.word in ("select", "distinct", "all", ",", "."):
        raise UnsupportedFeatureError("* together with pseudocolumns", hint="name the columns")
