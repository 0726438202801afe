"""A plan of PostgreSQL in the words of Redshift ("EXPLAIN", "Creating and interpreting a query plan").

Operations that compute nodes run are marked ``XN``, those of the leader on its catalog ``LD``. Joins say how rows get
to where they are joined (``DS_DIST_NONE``, ``DS_BCAST_INNER`` …), as the tables' distribution styles have it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Node = dict[str, Any]

_OWN = re.compile(r"\bdw_(?:mask|rls|ctas)")
"""Conditions of the emulator's own, and what a policy does ("Considerations when using dynamic data masking")."""
_SKIPPED = frozenset(("ModifyTable", "Gather", "Gather Merge", "Memoize", "LockRows", "Materialize", "ProjectSet"))
_SMALL = 100_000
"""Rows of an inner relation up to which it is broadcast rather than distributed."""
_JOINS = {"Hash Join": "Hash", "Merge Join": "Merge", "Nested Loop": "Nested Loop"}
_JOIN_KINDS = {
    "Inner": "", "Left": "Left ", "Right": "Right ", "Full": "Full ", "Semi": "IN ", "Right Semi": "IN ",
    "Anti": "NOT IN ", "Right Anti": "NOT IN ",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Distribution:
    """Where the rows of an intermediate result are: on every node, or by the value of one of the columns ``keys``."""

    everywhere: bool = False
    keys: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Lines:
    styles: Mapping[tuple[str, str], str]
    lines: list[str] = field(default_factory=list)

    def add(self, depth: int, node: Node, label: str) -> None:
        arrow = "" if depth == 0 else " " * (6 * depth - 4) + "->  "
        cost = f"cost={node['Startup Cost']:.2f}..{node['Total Cost']:.2f}"
        self.lines.append(f"{arrow}{label}  ({cost} rows={node['Plan Rows']} width={node['Plan Width']})")

    def detail(self, depth: int, text: str) -> None:
        self.lines.append(" " * (6 * depth + 2) + text)


def scanned(plan: Node) -> Iterator[tuple[str, str]]:
    """Schema and name of every relation that a plan scans."""
    if "Relation Name" in plan:
        yield plan.get("Schema", ""), plan["Relation Name"]
    for child in plan.get("Plans", ()):
        yield from scanned(child)


def shown(plan: Node, styles: Mapping[tuple[str, str], str]) -> list[str]:
    """The lines of EXPLAIN.

    Args:
        plan: the root node, as EXPLAIN (FORMAT JSON, VERBOSE) has it.
        styles: the distribution of each relation, as the function dw_distribution has it.
    """
    lines = _Lines(styles)
    _show(plan, 0, lines, last=True)
    return lines.lines


def _show(node: Node, depth: int, lines: _Lines, *, last: bool) -> Distribution:
    """``last``: nothing but LIMIT and the like comes after this node, so its order is that of the result."""
    kind = node["Node Type"]
    children = [child for child in node.get("Plans", ()) if not _is_own(child)]
    if kind == "Append":
        children = [child for child in children if not _is_empty_external(child, lines)]
    if kind in _SKIPPED or _OWN.search(node.get("One-Time Filter", "")) or (kind == "Append" and len(children) == 1):
        found = [_show(child, depth, lines, last=last) for child in children]
        return found[0] if found else Distribution()
    if kind in _JOINS:
        return _join(node, children, depth, lines)
    if kind == "Sort":
        return _sort(node, children, depth, lines, last=last)
    if "Relation Name" in node:
        return _scan(node, children, depth, lines)
    lines.add(depth, node, f"XN {_label(node)}")
    for text in _details(node):
        lines.detail(depth, text)
    last = last and kind in ("Limit", "Unique", "Result", "Subquery Scan")
    found = [_show(child, depth + 1, lines, last=last) for child in children]
    return found[0] if found else Distribution()


def _is_own(node: Node) -> bool:
    """The choice of a masking policy, once a query."""
    return node.get("Parent Relationship") == "InitPlan" and _mentions_own(node)


def _is_empty_external(node: Node, lines: _Lines) -> bool:
    """The external table itself: its rows are in the child next to it."""
    return lines.styles.get((node.get("Schema", ""), node.get("Relation Name", ""))) == "S3"


def _mentions_own(node: Node) -> bool:
    return any(_OWN.search(str(item)) for item in node.get("Output", ()))


def _label(node: Node) -> str:
    kind: str = node["Node Type"]
    alias = node.get("Alias", "")
    if kind == "Aggregate":
        return {"Hashed": "HashAggregate", "Mixed": "HashAggregate", "Sorted": "GroupAggregate"}.get(
            node.get("Strategy", ""), "Aggregate"
        )
    if kind == "WindowAgg":
        return "Window"
    if kind == "SetOp":
        return f"Hash SetOp {node.get('Command', '')}".rstrip()
    if kind == "CTE Scan":
        return f"CTE Scan on {node.get('CTE Name', alias)}"
    if kind == "Subquery Scan":
        return f"Subquery Scan {alias}"
    if kind in ("Function Scan", "Table Function Scan", "Values Scan", "WorkTable Scan"):
        return f"{kind} on {alias}"
    return kind


def _details(node: Node) -> Iterator[str]:
    if "Filter" in node and not _OWN.search(node["Filter"]):
        yield f"Filter: {node['Filter']}"
    if "Join Filter" in node:
        yield f"Join Filter: {node['Join Filter']}"
    if "One-Time Filter" in node and not _OWN.search(node["One-Time Filter"]):
        yield f"One-Time Filter: {node['One-Time Filter']}"


# --- scans -----------------------------------------------------------------------------------------------------------
def _scan(node: Node, children: list[Node], depth: int, lines: _Lines) -> Distribution:
    schema, name, alias = node.get("Schema", ""), node["Relation Name"], node.get("Alias", "")
    style = lines.styles.get((schema, name), "EVEN")
    hidden = name.startswith("dw_masked_")
    title = alias if hidden else name if alias in ("", name) else f"{name} {alias}"
    policy = "dw_rls" in node.get("Filter", "")
    if style.startswith("S3\t"):
        _, table, file_format, location = style.split("\t")
        lines.add(depth, node, f"XN S3 Query Scan {table.partition('.')[2]}")
        depth += 1
        lines.add(depth, node, f'S3 Seq Scan {table} location:"{location}" format:{file_format.upper()}')
    elif policy:
        lines.add(depth, node, f"XN RLS SecureScan {title}")
    else:
        place = "LD" if schema in ("pg_catalog", "information_schema") and not hidden else "XN"
        lines.add(depth, node, f"{place} Seq Scan on {title}")
    for text in _details(node):
        lines.detail(depth, re.sub(rf"(?<![\w$.\"])\"?{re.escape(alias)}\"?\.(?=[\w\"])", "", text))
    for child in children:
        _show(child, depth + 1, lines, last=False)
    if style == "ALL":
        return Distribution(everywhere=True)
    if style.startswith("KEY "):
        return Distribution(keys=frozenset((f"{alias or name}.{style[4:]}",)))
    return Distribution()


# --- sorts -----------------------------------------------------------------------------------------------------------
def _sort(node: Node, children: list[Node], depth: int, lines: _Lines, *, last: bool) -> Distribution:
    keys = ", ".join(_sort_key(key) for key in node.get("Sort Key", ()))
    if last:
        lines.add(depth, node, "XN Merge")
        lines.detail(depth, f"Merge Key: {keys}")
        lines.add(depth + 1, node, "XN Network")
        lines.detail(depth + 1, "Send to leader")
        depth += 2
    lines.add(depth, node, "XN Sort")
    lines.detail(depth, f"Sort Key: {keys}")
    found = [_show(child, depth + 1, lines, last=False) for child in children]
    return found[0]


def _sort_key(key: str) -> str:
    """Without its direction, and without parentheses round all of it: Redshift shows neither."""
    key = re.sub(r" (?:DESC|NULLS FIRST|NULLS LAST)\b", "", key)
    inner = key[1:-1]
    depth = 0
    for letter in inner:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth < 0:
            return key
    return inner if key.startswith("(") and key.endswith(")") else key


# --- joins -----------------------------------------------------------------------------------------------------------
_EQUAL = re.compile(r"([\w\"$]+\.[\w\"$]+) = ([\w\"$]+\.[\w\"$]+)")


def _aliases(node: Node) -> set[str]:
    found = {node["Alias"]} if "Alias" in node else set()
    return found.union(*[_aliases(child) for child in node.get("Plans", ())])


def _join(node: Node, children: list[Node], depth: int, lines: _Lines) -> Distribution:
    outer, inner = children[:2]
    condition = node.get("Hash Cond") or node.get("Merge Cond") or ""
    before = lines.lines
    lines.lines = []
    places = [_show(child, depth + 1, lines, last=False) for child in children]
    below, lines.lines = lines.lines, before
    movement, result = _movement(condition, places[0], places[1], inner["Plan Rows"])
    kind = _JOINS[node["Node Type"]]
    words = f"{kind} {_JOIN_KINDS.get(node.get('Join Type', 'Inner'), '')}"
    label = words.rstrip() if kind == "Nested Loop" else f"{words}Join"
    lines.add(depth, node, f"XN {label} {movement}")
    if condition:
        name = "Hash Cond" if "Hash Cond" in node else "Merge Cond"
        lines.detail(depth, f"{name}: {_sided(condition, _aliases(outer), _aliases(inner))}")
    for text in _details(node):
        lines.detail(depth, text)
    lines.lines += below
    return result


def _sided(condition: str, outer: set[str], inner: set[str]) -> str:
    def side(match: re.Match[str]) -> str:
        alias = match[1].strip('"')
        return '"outer".' if alias in outer else '"inner".' if alias in inner else match[0]

    return re.sub(r"(\"[^\"]+\"|[A-Za-z_][\w$]*)\.(?=[\w\"])", side, condition)


def _movement(condition: str, outer: Distribution, inner: Distribution, rows: int) -> tuple[str, Distribution]:
    """How the rows come together ("Evaluating the query plan"), and how the joined rows lie."""
    if inner.everywhere:
        return "DS_DIST_ALL_NONE", outer
    pairs = [{match[1], match[2]} for match in _EQUAL.finditer(condition)]
    if outer.everywhere:
        return "DS_DIST_ALL_INNER", inner
    on_outer = [pair for pair in pairs if pair & outer.keys]
    on_inner = [pair for pair in pairs if pair & inner.keys]
    if any(pair in on_inner for pair in on_outer):
        return "DS_DIST_NONE", Distribution(keys=outer.keys | inner.keys)
    if on_outer and rows > _SMALL:
        return "DS_DIST_INNER", Distribution(keys=outer.keys | on_outer[0])
    if on_inner and rows > _SMALL:
        return "DS_DIST_OUTER", Distribution(keys=inner.keys | on_inner[0])
    if pairs and rows > _SMALL:
        return "DS_DIST_BOTH", Distribution(keys=frozenset(pairs[0]))
    return "DS_BCAST_INNER", outer
