"""Which of the routines of one name a call means. Vendor page: "Naming and overloading procedures and UDFs"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

if TYPE_CHECKING:
    from collections.abc import Mapping

Ordered = list[n.Expr | str]
"""The arguments in the routine's order: as the call has them, or the text of their defaults."""


def given(call: n.Call) -> tuple[n.Expr, ...]:
    """What a call is given, by place and by name."""
    return (*call.args, *call.named.values())


def fitting(entries: Sequence[Entry], call: n.Call) -> list[tuple[Entry, Ordered]]:
    """Those that take as many arguments and of these names."""
    found = ((entry, _ordered(entry, call)) for entry in entries)
    return [(entry, ordered) for entry, ordered in found if ordered is not None]


def best(
    entries: Sequence[Entry], call: n.Call, kinds: Mapping[int, SnowflakeType], *, line: int = 1, pos: int = 0
) -> tuple[Entry, Ordered]:
    """The one whose arguments are nearest. ``kinds`` are the types of what is given, by the ids of the nodes.

    Raises:
        SnowflakeError: 001044 none of them takes such arguments.
    """
    found: tuple[int, Entry, Ordered] | None = None
    for entry, ordered in fitting(entries, call):
        cost = _cost(entry, ordered, kinds)
        if cost is not None and (found is None or cost < found[0]):
            found = cost, entry, ordered
    if found is None:
        types = ", ".join(kinds[id(node)].sql_name() for node in given(call))
        raise errors.INVALID_ARGUMENT_TYPES(call.name, types, line=line, pos=pos)
    return found[1], found[2]


def _ordered(entry: Entry, call: n.Call) -> Ordered | None:
    """None: the call does not fit the routine's arguments."""
    arguments = entry.properties["arguments"]
    names = [name for name, _, _ in arguments]
    if len(call.args) > len(arguments) or any(name not in names[len(call.args) :] for name in call.named):
        return None
    ordered: Ordered = list(call.args)
    for name, _, default in arguments[len(call.args) :]:
        value = call.named.get(name, default)
        if value is None:
            return None
        ordered.append(value)
    return ordered


_NEAR = {
    "FIXED": ("REAL", "DECFLOAT", "TEXT", "VARIANT", "BOOLEAN"),
    "REAL": ("DECFLOAT", "FIXED", "TEXT", "VARIANT"),
    "DECFLOAT": ("REAL", "FIXED", "TEXT", "VARIANT"),
    "TEXT": ("VARIANT", "FIXED", "REAL", "DECFLOAT", "DATE", "TIME", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ",
             "BOOLEAN", "BINARY", "UUID", "INTERVAL_YEAR_MONTH", "INTERVAL_DAY_TIME"),
    "BOOLEAN": ("TEXT", "VARIANT", "FIXED"),
    "DATE": ("TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ", "TEXT", "VARIANT"),
    "TIME": ("TEXT", "VARIANT"),
    "TIMESTAMP_NTZ": ("TIMESTAMP_LTZ", "TIMESTAMP_TZ", "DATE", "TIME", "TEXT", "VARIANT"),
    "TIMESTAMP_LTZ": ("TIMESTAMP_TZ", "TIMESTAMP_NTZ", "DATE", "TIME", "TEXT", "VARIANT"),
    "TIMESTAMP_TZ": ("TIMESTAMP_LTZ", "TIMESTAMP_NTZ", "DATE", "TIME", "TEXT", "VARIANT"),
    "ARRAY": ("VARIANT",),
    "OBJECT": ("VARIANT",),
    "MAP": ("OBJECT", "VARIANT"),
    "VARIANT": ("OBJECT", "ARRAY", "TEXT", "FIXED", "REAL", "BOOLEAN", "DATE", "TIME", "TIMESTAMP_NTZ",
                "TIMESTAMP_LTZ", "TIMESTAMP_TZ"),
    "BINARY": ("TEXT",),
    "UUID": ("TEXT", "VARIANT"),
    "INTERVAL_YEAR_MONTH": ("TEXT",),
    "INTERVAL_DAY_TIME": ("TEXT",),
}  # fmt: skip
"""Implicit conversions of arguments, the likeliest first. Vendor page: "Data type conversion" (coercion)."""


def _cost(entry: Entry, ordered: Ordered, kinds: Mapping[int, SnowflakeType]) -> int | None:
    """How far the arguments are from the routine's types; None if one cannot be brought to its."""
    cost = 0
    for node, (_, wanted, _) in zip(ordered, entry.properties["arguments"], strict=True):
        if isinstance(node, str):
            continue
        name = kinds[id(node)].name
        if name in ("NULL", wanted["name"]):
            continue
        near = _NEAR.get(name, ())
        if wanted["name"] not in near:
            return None
        cost += 1 + near.index(wanted["name"])
    return cost
