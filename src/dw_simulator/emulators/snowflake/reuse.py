"""Results that a repeated statement is answered from without running it. Vendor page: "Using Persisted Query Results".

Only results of queries that are constant: one SELECT of literals and operators. Nothing that such a query reads can
change, and whoever may log in may run it. See ADR 24.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

from dw_simulator.emulators.snowflake.result_store import StoredResult
from dw_simulator.emulators.snowflake.translation import nodes as n

KEPT = 2000
LARGEST_BYTES = 16 << 10
"""Of a result. A statement longer than this is not kept either."""

_OPERATORS = frozenset({"+", "-", "*", "/", "%", "=", "<>", "!=", "<", "<=", ">", ">=", "||", "AND", "OR", "NOT"})


def is_constant(query: n.Query) -> bool:
    """Whether a query gives the same rows whenever, wherever and by whomever it is run.

    Calls, names, variables, binds, casts and subqueries may depend on something: none of them is let in.
    """
    body = query.body
    if not isinstance(body, n.Select) or query != n.Query(body, start=query.start, end=query.end):
        return False
    if body != n.Select(body.items, start=body.start, end=body.end):
        return False
    return all(_is_constant(item.expr) for item in body.items)


def _is_constant(node: n.Expr) -> bool:
    match node:
        case n.Literal():
            return True
        case n.Unary():
            return node.op in _OPERATORS and _is_constant(node.operand)
        case n.Binary():
            return node.op in _OPERATORS and _is_constant(node.left) and _is_constant(node.right)
    return False


class ReusableResults:
    """Results by what they depend on; gives up what was not used for longest. Thread-safe."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, StoredResult] = OrderedDict()
        self._guard = Lock()

    def find(self, key: Hashable) -> StoredResult | None:
        with self._guard:
            stored = self._kept.get(key)
            if stored is not None:
                self._kept.move_to_end(key)
        return stored

    def keep(self, key: Hashable, sql: str, stored: StoredResult) -> None:
        """Keep a result, unless it or its statement is large."""
        if stored.size > LARGEST_BYTES or len(sql) > LARGEST_BYTES or stored.folder is not None:
            return
        with self._guard:
            self._kept[key] = stored
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
