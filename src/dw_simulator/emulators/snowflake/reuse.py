"""Results that a repeated statement is answered from without running it. Vendor page: "Using Persisted Query Results".

Of queries that are constant (one SELECT of literals and operators) always; of other queries that would give the same
rows again as long as no statement has changed any data. See ADRs 24 and 27.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

from dw_simulator.emulators.snowflake.catalog.store import Catalog
from dw_simulator.emulators.snowflake.parameters import PARAMETERS, ParameterValue, SessionParameters
from dw_simulator.emulators.snowflake.result_store import StoredResult
from dw_simulator.emulators.snowflake.results import Reuse
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.environment import Environment

KEPT = 2000
KEPT_BYTES = 32 << 20
LARGEST_BYTES = 1 << 20
"""Of a result. A result on disk is not kept."""
LONGEST_STATEMENT = 100_000

_UNCHANGED_KINDS = frozenset({"TABLE", "VIEW", "MATERIALIZED VIEW", "DYNAMIC TABLE"})
"""What changes by statements only. An external table has the rows of its files."""
_NOT_SHAPING = frozenset({"QUERY_TAG", "STATEMENT_TIMEOUT_IN_SECONDS"})


def reuse_of(query: n.Query, env: Environment, catalog: Catalog) -> Reuse:
    """When the result of a query that was bound in ``env`` may stand for a later one.

    What is not known to give the same rows again is never reused.
    """
    if env.volatile:
        return Reuse.NEVER
    if is_constant(query):
        return Reuse.ALWAYS
    if env.unrepeatable:
        return Reuse.NEVER
    read = (catalog.get("TABLE", *parts) for parts in dict.fromkeys(env.sources))
    unchanged = all(entry is not None and entry.kind in _UNCHANGED_KINDS for entry in read)
    return Reuse.UNCHANGED if unchanged else Reuse.NEVER


def shaping_parameters(parameters: SessionParameters) -> tuple[ParameterValue, ...]:
    """The values of all parameters that a result may depend on."""
    return tuple(parameters[name] for name in PARAMETERS if name not in _NOT_SHAPING)


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
        self._bytes = 0
        self._guard = Lock()

    def find(self, key: Hashable) -> StoredResult | None:
        with self._guard:
            stored = self._kept.get(key)
            if stored is not None:
                self._kept.move_to_end(key)
        return stored

    def keep(self, key: Hashable, sql: str, stored: StoredResult) -> None:
        """Keep a result, unless it or its statement is large."""
        if stored.size > LARGEST_BYTES or len(sql) > LONGEST_STATEMENT or stored.folder is not None:
            return
        with self._guard:
            replaced = self._kept.pop(key, None)
            self._kept[key] = stored
            self._bytes += stored.size - (replaced.size if replaced is not None else 0)
            while len(self._kept) > KEPT or self._bytes > KEPT_BYTES:
                self._bytes -= self._kept.popitem(last=False)[1].size
