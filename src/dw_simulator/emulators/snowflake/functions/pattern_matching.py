"""Finding the matches of a MATCH_RECOGNIZE pattern in one partition, by backtracking."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from itertools import permutations
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.runtime import udf

Taken = tuple[tuple[int, str, bool], ...]
"""Rows of a match so far: the row's index, its symbol, and whether it is shown in the output."""
Node = dict[str, Any]


@lru_cache(maxsize=256)
def _parsed(text: str) -> Node:
    node: Node = json.loads(text)
    return node


def _match(node: Node, masks: list[int], at: int, taken: Taken) -> Iterator[tuple[int, Taken]]:
    """Ways to match ``node`` (with its repetitions) from row ``at``, preferred ones first."""
    low, high = node["low"], node["high"]
    if (low, high) == (1, 1):
        yield from _once(node, masks, at, taken)
        return
    yield from _repeat(node, masks, at, taken, 0, low, len(masks) + 1 if high is None else high)


def _repeat(
    node: Node, masks: list[int], at: int, taken: Taken, done: int, low: int, high: int
) -> Iterator[tuple[int, Taken]]:
    if node["kind"] == "symbol":
        yield from _run(node, masks, at, taken, low, high)
        return
    if done >= low and not node["greedy"]:
        yield at, taken
    if done < high:
        for end, rows in _once(node, masks, at, taken):
            if end > at or done < low:
                yield from _repeat(node, masks, end, rows, done + 1, low, high)
    if done >= low and node["greedy"]:
        yield at, taken


def _run(node: Node, masks: list[int], at: int, taken: Taken, low: int, high: int) -> Iterator[tuple[int, Taken]]:
    """Repetitions of one symbol need no recursion."""
    bit, longest = 1 << node["bit"], 0
    while longest < high and at + longest < len(masks) and masks[at + longest] & bit:
        longest += 1
    lengths = range(longest, low - 1, -1) if node["greedy"] else range(low, longest + 1)
    for length in lengths:
        yield at + length, taken + tuple((at + offset, node["name"], True) for offset in range(length))


def _once(node: Node, masks: list[int], at: int, taken: Taken) -> Iterator[tuple[int, Taken]]:
    match node["kind"]:
        case "symbol":
            if at < len(masks) and masks[at] & (1 << node["bit"]):
                yield at + 1, (*taken, (at, node["name"], True))
        case "seq":
            yield from _sequence(node["items"], masks, at, taken)
        case "alt":
            for item in node["items"]:
                yield from _match(item, masks, at, taken)
        case "permute":
            for order in permutations(node["items"]):
                yield from _sequence(list(order), masks, at, taken)
        case "exclude":
            for end, rows in _match(node["items"][0], masks, at, ()):
                yield end, taken + tuple((row, symbol, False) for row, symbol, _ in rows)
        case "start":
            if at == 0:
                yield at, taken
        case "end":
            if at == len(masks):
                yield at, taken
        case "empty":
            yield at, taken


def _sequence(items: list[Node], masks: list[int], at: int, taken: Taken) -> Iterator[tuple[int, Taken]]:
    if not items:
        yield at, taken
        return
    for end, rows in _match(items[0], masks, at, taken):
        yield from _sequence(items[1:], masks, end, rows)


def _next_start(after: dict[str, Any], start: int, end: int, rows: Taken) -> int:
    if after["where"] == "PAST LAST ROW":
        return max(end, start + 1)
    if after["where"] == "NEXT ROW":
        return start + 1
    found = [row for row, symbol, _ in rows if symbol in after["symbols"]]
    if not found:
        return max(end, start + 1)
    target = found[0] if after["where"] == "FIRST" else found[-1]
    if target <= start:
        raise errors.SnowflakeError(100183, "22000", "AFTER MATCH SKIP TO the first row of the match would never end")
    return target


@udf(
    "sf_match_rows",
    "BIGINT[] VARCHAR VARCHAR",
    "STRUCT(row_no BIGINT, match_no BIGINT, seq BIGINT, symbol VARCHAR, shown BOOLEAN)[]",
)
def match_rows(masks: list[int], pattern: str, after: str) -> list[dict[str, Any]]:
    """Rows of all matches: number in the partition (from 1), match, place in the match (from 1), symbol.

    An empty match is one row without a symbol, where it was tried; if they are omitted only its number is used up.
    """
    node, skip = _parsed(pattern), json.loads(after)
    result: list[dict[str, Any]] = []
    start, number = 0, 0
    while start < len(masks):
        found = next(_match(node, masks, start, ()), None)
        if found is None:
            start += 1
            continue
        end, rows = found
        number += 1
        shown = rows or ([(start, None, True)] if skip["empty"] else [])
        result.extend(
            {"row_no": row + 1, "match_no": number, "seq": place, "symbol": symbol, "shown": visible}
            for place, (row, symbol, visible) in enumerate(shown, 1)
        )
        start = _next_start(skip, start, end, rows) if rows else start + 1
    return result
