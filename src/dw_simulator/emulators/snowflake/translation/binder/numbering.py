"""SEQ1 to SEQ8 in the definition of a window, where no other window may stand: the rows are numbered before."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.binder.sources import Bound, SourceBinder
from dw_simulator.emulators.snowflake.translation.scope import Column
from dw_simulator.emulators.snowflake.types import model as m

ROW = "%SEQ"
"""The hidden column that the functions read where there is one."""
_SEQUENCES = frozenset({"SEQ1", "SEQ2", "SEQ4", "SEQ8"})
_WRITTEN = re.compile(r"\bseq[1248]\s*\(", re.I)


def orders_by_sequence(text: str, select: n.Select, query: n.Query) -> bool:
    """Whether a window of the SELECT is defined with SEQ1 to SEQ8. ``text`` is the statement's."""
    if _WRITTEN.search(text) is None:
        return False
    windows = [node for node in _inside([select, query.order]) if isinstance(node, n.Window)]
    return any(isinstance(node, n.Call) and node.name in _SEQUENCES for node in _inside(windows))


def numbered(binder: SourceBinder, bound: Bound) -> Bound:
    """The rows of FROM as a table of their own, with their numbers from 0 as a hidden column."""
    sql, relations = bound
    if any(column.name == ROW for relation in relations for column in relation.columns):
        return bound
    name = binder.fresh()
    items, moved = binder.moved(relations, name)
    moved[0].columns.append(Column(ROW, m.number(18, 0), f"{name}.seq", hidden=True))
    return f"(SELECT {items}, row_number() OVER () - 1 AS seq FROM {sql}) AS {name}", moved


def _inside(value: Any) -> Iterator[Any]:
    """Every node below, the node itself included."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from _inside(item)
    elif isinstance(value, dict):
        yield from _inside(list(value.values()))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield value
        for each in dataclasses.fields(value):
            yield from _inside(getattr(value, each.name))
