"""Statements chained by the pipe operator ``->>``. Vendor page: "Flow operators".

Each statement runs as it would alone; in its FROM ``$1`` is the result of the statement before it, ``$2`` of the one
before that. The result of the chain is that of its last statement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from dw_simulator.emulators.snowflake.interfaces import Bind
from dw_simulator.emulators.snowflake.queries import new_query_id
from dw_simulator.emulators.snowflake.results import Reuse, StatementResult
from dw_simulator.emulators.snowflake.session_state import SessionState
from dw_simulator.emulators.snowflake.translation.lexer import END, OP, WORD, Token, tokenize

PIPE = "->>"
_TRANSACTION_WORDS = frozenset({"TRANSACTION", "WORK", "NAME"})


def chained(sql: str) -> list[str]:
    """The statements of a chain; one for a statement that is none, or a block whose statements may be chains."""
    if PIPE not in sql:
        return [sql]
    tokens = tokenize(sql)
    parts: list[str] = []
    begin, depth = 0, 0
    for index, token in enumerate(tokens):
        if token.kind == WORD and _opens_block(tokens, index):
            return [sql]
        if token.kind == OP:
            depth += (token.value in "([{") - (token.value in ")]}")
            if token.value == PIPE and depth == 0:
                parts.append(sql[begin : token.start])
                begin = token.end
    return [*parts, sql[begin:]]


def _opens_block(tokens: Sequence[Token], index: int) -> bool:
    """Whether a block starts here, at the start of a statement or as the body of a procedure or task."""
    before = tokens[index - 1] if index else None
    if before is not None and before.value not in ("AS", PIPE):
        return False
    if tokens[index].value == "DECLARE":
        return True
    following = tokens[index + 1]
    ended = following.kind == END or following.value in (PIPE, ";")
    return tokens[index].value == "BEGIN" and not ended and following.value not in _TRANSACTION_WORDS


def run(
    state: SessionState,
    statements: Sequence[str],
    binds: Sequence[Bind],
    execute: Callable[[str, Sequence[Bind]], StatementResult],
) -> StatementResult:
    """Run a chain; each ``?`` of its statements takes the next of the binds.

    Raises:
        SnowflakeError: that of the statement that failed; those after it are not run.
    """
    around, state.piped = state.piped, []
    taken = 0
    try:
        for sql in statements:
            count = sum(token.kind == OP and token.value == "?" for token in tokenize(sql)) if binds else 0
            own = [replace(bind, name=str(number)) for number, bind in enumerate(binds[taken : taken + count], 1)]
            taken += count
            result = execute(sql, own or binds)
            if len(state.piped) + 1 < len(statements):
                query_id = new_query_id()
                state.script_results[query_id] = (result.columns, list(result.batches))
                state.piped.append(query_id)
        result.bind_count, result.reuse = taken, Reuse.NEVER
        return result
    finally:
        for query_id in state.piped:
            state.script_results.pop(query_id, None)
        state.piped = around
