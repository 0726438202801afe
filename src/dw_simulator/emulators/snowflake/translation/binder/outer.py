"""The ``(+)`` marks of outer joins, turned into LEFT JOINs. Vendor page: "WHERE" (joins in the WHERE clause)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.translation import nodes as n


def rewrite_outer_marks(select: n.Select) -> tuple[n.Source | None, n.Expr | None]:
    """FROM and WHERE of ``select`` with conditions that have marks moved into LEFT JOINs."""
    if select.where is None or select.source is None or not any(_marks(select.where)):
        return select.source, select.where
    sources = list(_flatten(select.source))
    by_name = {_name(source): source for source in sources}
    conditions: dict[str, list[n.Expr]] = {}
    rest: list[n.Expr] = []
    for conjunct in _conjuncts(select.where):
        tables = {
            mark.operand.parts[-2]
            for mark in _marks(conjunct)
            if isinstance(mark.operand, n.Name) and len(mark.operand.parts) > 1
        }
        if not tables:
            rest.append(conjunct)
            continue
        if len(tables) > 1 or next(iter(tables)) not in by_name:
            raise errors.UNSUPPORTED_FEATURE("outer join (+) on several tables in one condition")
        conditions.setdefault(tables.pop(), []).append(_unmarked(conjunct))
    inner = [source for source in sources if _name(source) not in conditions]
    if not inner:
        raise errors.SnowflakeError(2066, "42601", "SQL compilation error:\ncycle of outer joins (+)")
    joined = inner[0]
    for source in inner[1:]:
        joined = n.Join(joined, source, "CROSS")
    done = {_name(source) for source in inner}
    waiting = dict(conditions)
    while waiting:
        ready = next((name for name, tests in waiting.items() if _tables(tests) - {name} <= done), None)
        if ready is None:
            raise errors.SnowflakeError(2066, "42601", "SQL compilation error:\ncycle of outer joins (+)")
        joined = n.Join(joined, by_name[ready], "LEFT", on=_all(waiting.pop(ready)))
        done.add(ready)
    return joined, _all(rest) if rest else None


def _all(tests: list[n.Expr]) -> n.Expr:
    result = tests[0]
    for test in tests[1:]:
        result = n.Binary("AND", result, test)
    return result


def _flatten(source: n.Source) -> Iterator[n.Source]:
    if isinstance(source, n.Join) and source.kind == "CROSS" and source.on is None:
        yield from _flatten(source.left)
        yield from _flatten(source.right)
    else:
        yield source


def _name(source: n.Source) -> str:
    alias = getattr(source, "alias", None)
    if alias is not None:
        return str(alias.name)
    return source.parts[-1] if isinstance(source, n.TableRef) and source.parts else ""


def _conjuncts(expr: n.Expr) -> Iterator[n.Expr]:
    if isinstance(expr, n.Binary) and expr.op == "AND":
        yield from _conjuncts(expr.left)
        yield from _conjuncts(expr.right)
    else:
        yield expr


def _walk(item: object) -> Iterator[n.Node]:
    if isinstance(item, n.Query):
        return
    if isinstance(item, n.Node):
        yield item
        for part in fields(item):
            yield from _walk(getattr(item, part.name))
    elif isinstance(item, list | tuple):
        for element in item:
            yield from _walk(element)


def _marks(expr: n.Expr) -> Iterator[n.Unary]:
    return (node for node in _walk(expr) if isinstance(node, n.Unary) and node.op == "(+)")


def _tables(tests: list[n.Expr]) -> set[str]:
    return {node.parts[-2] for node in _walk(tests) if isinstance(node, n.Name) and len(node.parts) > 1}


def _unmarked(expr: n.Expr) -> n.Expr:
    """A copy without the marks."""
    from copy import deepcopy

    def strip(item: object) -> object:
        if isinstance(item, n.Unary) and item.op == "(+)":
            return item.operand
        if isinstance(item, n.Node):
            for part in fields(item):
                setattr(item, part.name, strip(getattr(item, part.name)))
        elif isinstance(item, list):
            item[:] = [strip(element) for element in item]
        return item

    result = strip(deepcopy(expr))
    assert isinstance(result, n.Expr)
    return result
