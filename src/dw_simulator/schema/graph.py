"""The order in which tables can be filled: parents before their children."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from dw_simulator.errors import Problem, SchemaError
from dw_simulator.schema.model import Experiment, Reference, Table

Edges = Mapping[str, set[str]]
"""child table -> the parents it waits for; names in lower case."""


def load_order(experiment: Experiment) -> list[str]:
    """Names of the tables, parents first; otherwise in the order of declaration.

    References of a table to itself do not count. A cycle is broken at foreign keys whose columns may be NULL.

    Raises:
        SchemaError: a cycle of foreign keys has no column that may be NULL; the message names the cycle.
    """
    tables = {table.name.lower(): table for table in experiment.tables}
    every, hard = _edges(experiment, tables)
    order: list[str] = []
    waiting = dict.fromkeys(tables)
    while waiting:
        for name in _ready_in_turn(waiting, every):
            order.append(tables[name].name)
        if waiting:
            released = _release_from_cycle(waiting, every, hard)
            if released is None:
                raise SchemaError(_cycle_problem(experiment, tables, _find_cycle(waiting, hard)))
            del waiting[released]
            order.append(tables[released].name)
    return order


def cycle_problem(experiment: Experiment) -> Problem | None:
    """The problem to report if foreign keys form a cycle in which no column may be NULL."""
    tables = {table.name.lower(): table for table in experiment.tables}
    _, hard = _edges(experiment, tables)
    waiting = dict.fromkeys(tables)
    for _ in _ready_in_turn(waiting, hard):
        pass
    return _cycle_problem(experiment, tables, _find_cycle(waiting, hard)) if waiting else None


def may_be_null(table: Table, columns: Iterable[str]) -> bool:
    """Whether a foreign key over these columns can be left empty: one is neither NOT NULL nor in the primary key."""
    key = {name.lower() for name in table.primary_key}
    found = (table.column(name) for name in columns)
    return any(column and not column.required and column.name.lower() not in key for column in found)


def _edges(experiment: Experiment, tables: Mapping[str, Table]) -> tuple[Edges, Edges]:
    """(every reference to another table, those that may not be NULL)"""
    every: dict[str, set[str]] = defaultdict(set)
    hard: dict[str, set[str]] = defaultdict(set)
    for reference in experiment.references():
        child, parent = reference.table.lower(), reference.parent.lower()
        if child == parent or parent not in tables:
            continue
        every[child].add(parent)
        if not may_be_null(tables[child], reference.columns):
            hard[child].add(parent)
    return every, hard


def _ready_in_turn(waiting: dict[str, None], edges: Edges) -> Iterator[str]:
    """Take tables without open parents out of ``waiting``, the first declared first, until none can go."""
    names = list(waiting)
    position = {name: index for index, name in enumerate(names)}
    open_parents = {name: len(_open_parents(name, waiting, edges)) for name in names}
    children: dict[str, list[str]] = defaultdict(list)
    for name in names:
        for parent in _open_parents(name, waiting, edges):
            children[parent].append(name)
    ready = [position[name] for name in names if not open_parents[name]]
    while ready:
        name = names[heapq.heappop(ready)]
        del waiting[name]
        yield name
        for child in children[name]:
            open_parents[child] -= 1
            if not open_parents[child]:
                heapq.heappush(ready, position[child])


def _release_from_cycle(waiting: Mapping[str, None], every: Edges, hard: Edges) -> str | None:
    """A table whose open parents are all optional: one in a cycle, so that no reference is left open in vain."""
    free = [name for name in waiting if not _open_parents(name, waiting, hard)]
    return next((name for name in free if _reaches_itself(name, waiting, every)), free[0] if free else None)


def _open_parents(name: str, waiting: Mapping[str, None], edges: Edges) -> list[str]:
    return sorted(parent for parent in edges.get(name, ()) if parent in waiting)


def _reaches_itself(start: str, waiting: Mapping[str, None], edges: Edges) -> bool:
    seen: set[str] = set()
    stack = _open_parents(start, waiting, edges)
    while stack:
        name = stack.pop()
        if name == start:
            return True
        if name not in seen:
            seen.add(name)
            stack.extend(_open_parents(name, waiting, edges))
    return False


def _find_cycle(waiting: Mapping[str, None], edges: Edges) -> list[str]:
    """Every waiting table has an open parent, so walking up must come back to a table seen before."""
    path = [next(iter(waiting))]
    while True:
        parent = _open_parents(path[-1], waiting, edges)[0]
        if parent in path:
            return path[path.index(parent) :]
        path.append(parent)


def _cycle_problem(experiment: Experiment, tables: Mapping[str, Table], cycle: list[str]) -> Problem:
    spelled = [tables[name].name for name in cycle]
    links = [
        _hard_link(experiment, tables[child], parent)
        for child, parent in zip(cycle, [*cycle[1:], cycle[0]], strict=True)
    ]
    first = links[0]
    return Problem(
        f"foreign keys form a cycle in which no column may be NULL: {' -> '.join([*spelled, spelled[0]])} "
        f"(by {', '.join(f'{link.table}.{link.columns[0]}' for link in links)})",
        path=f"tables.{first.table}.columns.{first.columns[0]}.foreign_key",
        hint="let one of these columns be NULL (remove its `required`, or NOT NULL)",
    )


def _hard_link(experiment: Experiment, child: Table, parent: str) -> Reference:
    return next(
        reference
        for reference in experiment.references()
        if reference.table == child.name
        and reference.parent.lower() == parent
        and not may_be_null(child, reference.columns)
    )
