"""EXPLAIN. Vendor page: "EXPLAIN". The plan is that of the engine underneath, in Snowflake's words and columns."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.types import model as m

_OPERATIONS = {
    "SEQ_SCAN": "TableScan", "TABLE_SCAN": "TableScan", "FILTER": "Filter", "CROSS_PRODUCT": "CartesianJoin",
    "HASH_GROUP_BY": "Aggregate", "PERFECT_HASH_GROUP_BY": "Aggregate", "UNGROUPED_AGGREGATE": "Aggregate",
    "PARTITIONED_AGGREGATE": "Aggregate", "ORDER_BY": "Sort", "TOP_N": "SortWithLimit", "LIMIT": "Limit",
    "STREAMING_LIMIT": "Limit", "WINDOW": "WindowFunction", "STREAMING_WINDOW": "WindowFunction", "UNION": "UnionAll",
    "UNNEST": "Flatten", "DUMMY_SCAN": "ValuesClause", "COLUMN_DATA_SCAN": "ValuesClause", "RANGE": "Generator",
    "CTE": "WithClause", "CTE_SCAN": "WithReference",
}  # fmt: skip
_JOINS = {
    "INNER": "InnerJoin", "LEFT": "LeftOuterJoin", "RIGHT": "RightOuterJoin", "FULL": "FullOuterJoin",
    "OUTER": "FullOuterJoin", "SEMI": "SemiJoin", "ANTI": "AntiJoin", "MARK": "MarkJoin", "SINGLE": "SingleJoin",
    "RIGHT_SEMI": "SemiJoin", "RIGHT_ANTI": "AntiJoin",
}  # fmt: skip
_EXPRESSIONS = ("Conditions", "Expression", "Filters", "Groups", "Aggregates", "Order By", "Projections")
_TABLE = re.compile(r"\bt(\d+)\b")
_COLUMNS = (
    ("step", m.number()), ("id", m.number()), ("parentOperators", m.text()), ("operation", m.text()),
    ("objects", m.text()), ("alias", m.text()), ("expressions", m.text()), ("partitionsTotal", m.number()),
    ("partitionsAssigned", m.number()), ("bytesAssigned", m.number()),
)  # fmt: skip


@dataclass(slots=True)
class Operation:
    """One operator; ``parent`` is the id of the one that it gives its rows to, ``size`` the bytes that it reads."""

    id: int
    parent: int | None
    name: str
    objects: list[str] = field(default_factory=list)
    expressions: list[str] = field(default_factory=list)
    size: int | None = None


@command("EXPLAIN", *(f"EXPLAIN USING {form}" for form in ("TABULAR", "JSON", "TEXT")))
def explain(run: Run) -> StatementResult:
    parser = run.parser
    if not parser.is_word("SELECT", "WITH", "VALUES") and not parser.is_op("("):
        raise errors.UNSUPPORTED_FEATURE(f"EXPLAIN {parser.token.value}")
    query = parser.query()
    parser.expect_end()
    bound = run.engine.binder(run).query(query)
    rows = run.state.connection.run(f"EXPLAIN (FORMAT json) {bound.sql}")
    result = Operation(0, None, "Result", expressions=[column.name for column in bound.columns])
    operations = [result, *_walk(run, json.loads(rows[0][1]), 0, [0])]
    form = run.words.split()[-1]
    if form == "JSON":
        return _content(json.dumps(_as_json(operations)))
    if form == "TEXT":
        return _content(_as_text(operations))
    columns = [ResultColumn(name, kind) for name, kind in _COLUMNS]
    total, size = _totals(operations)
    table: list[tuple[Any, ...]] = [(None, None, None, "GlobalStats", None, None, None, total, total, size)]
    table.extend(_row(operation) for operation in operations)
    return StatementResult.rows(columns, table, StatementType.EXPLAIN)


def _content(text: str) -> StatementResult:
    return StatementResult.rows([ResultColumn("content", m.text())], [(text,)], StatementType.EXPLAIN)


def _walk(run: Run, nodes: list[dict[str, Any]], parent: int, last: list[int]) -> Iterator[Operation]:
    """The operators below ``parent``, each before those that it reads; projections are left out."""
    for node in nodes:
        name, info = node["name"].strip(), node.get("extra_info", {})
        if name in ("PROJECTION", "EXPLAIN", "RESULT_COLLECTOR"):
            yield from _walk(run, node["children"], parent, last)
            continue
        last[0] += 1
        operation = Operation(last[0], parent, _operation(name, info), expressions=list(_expressions(info)))
        found = _TABLE.search(str(info.get("Table", "")))
        entry = run.engine.catalog.by_id(int(found[1])) if found else None
        if entry is not None:
            operation.objects.append(entry.full_name)
            operation.size = (run.engine.catalog.row_count(entry) or 0) * 8
        yield operation
        yield from _walk(run, node["children"], operation.id, last)


def _operation(name: str, info: dict[str, Any]) -> str:
    if name.endswith("JOIN"):
        return _JOINS.get(str(info.get("Join Type", "INNER")), "InnerJoin")
    return _OPERATIONS.get(name) or "".join(word.capitalize() for word in name.split("_"))


def _expressions(info: dict[str, Any]) -> Iterator[str]:
    for label in _EXPRESSIONS:
        value = info.get(label)
        if value:
            yield from value if isinstance(value, list) else [str(value)]


def _totals(operations: list[Operation]) -> tuple[int, int]:
    """One partition for each table that is read, and its bytes."""
    sizes = [operation.size for operation in operations if operation.size is not None]
    return len(sizes), sum(sizes)


def _row(operation: Operation) -> tuple[Any, ...]:
    scans = operation.size is not None
    return (
        1, operation.id, None if operation.parent is None else f"[{operation.parent}]", operation.name,
        ", ".join(operation.objects) or None, None, ", ".join(operation.expressions) or None, 1 if scans else None,
        1 if scans else None, operation.size,
    )  # fmt: skip


def _as_json(operations: list[Operation]) -> dict[str, Any]:
    total, size = _totals(operations)
    items = []
    for operation in operations:
        item: dict[str, Any] = {"id": operation.id, "operation": operation.name}
        if operation.parent is not None:
            item["parentOperators"] = [operation.parent]
        if operation.objects:
            item["objects"] = operation.objects
        if operation.expressions:
            item["expressions"] = operation.expressions
        if operation.size is not None:
            item |= {"partitionsAssigned": 1, "partitionsTotal": 1, "bytesAssigned": operation.size}
        items.append(item)
    stats = {"partitionsTotal": total, "partitionsAssigned": total, "bytesAssigned": size}
    return {"GlobalStats": stats, "Operations": [items]}


def _as_text(operations: list[Operation]) -> str:
    total, size = _totals(operations)
    lines = ["GlobalStats:", f"\tpartitionsTotal={total}", f"\tpartitionsAssigned={total}", f"\tbytesAssigned={size}"]
    lines.append("Operations:")
    depths: dict[int, int] = {}
    for operation in operations:
        depth = depths.get(operation.parent, 0) + 1 if operation.parent is not None else 1
        depths[operation.id] = depth
        shown = [operation.name, *operation.objects, ", ".join(operation.expressions)]
        if operation.size is not None:
            shown.append(f"{{partitionsTotal=1, partitionsAssigned=1, bytesAssigned={operation.size}}}")
        lines.append(f"1:{operation.id}{' ' * 5 * depth}->{'  '.join(part for part in shown if part)}")
    return "\n".join(lines) + "\n"
