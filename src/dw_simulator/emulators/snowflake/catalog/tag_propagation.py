"""Tags that go with the data. Vendor page: "Automatic tag propagation with user-defined tags".

A view or dynamic table has the tags of what it is made of as they are at the moment; a table that a query filled keeps
those that there were then.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from dw_simulator.emulators.snowflake.catalog.model import TAGS, Entry
from dw_simulator.emulators.snowflake.catalog.store import Catalog

PROPAGATE, ON_CONFLICT = "propagate", "on_conflict"
ON_DEPENDENCY, ON_MOVEMENT, ON_BOTH = "ON_DEPENDENCY", "ON_DATA_MOVEMENT", "ON_DEPENDENCY_AND_DATA_MOVEMENT"
MODES = (ON_BOTH, ON_DEPENDENCY, ON_MOVEMENT)
SEQUENCE, CONFLICT = "ALLOWED_VALUES_SEQUENCE", "CONFLICT"
INPUTS, COLUMN_INPUTS, MOVED = "inputs", "column_inputs", "moved_tags"
"""Properties: the tables and views that an object's query names, the columns that each column is made of, and the tags
that came with the rows (by the column's key, tag and what they came from)."""
_DEEPEST = 50


def any_propagates(catalog: Catalog) -> bool:
    return catalog.remembered(
        "tags that propagate", lambda: any(tag.properties.get(PROPAGATE) for tag in catalog.entries("TAG"))
    )


def values(catalog: Catalog, entry: Entry, column: str | None = None) -> dict[str, str]:
    """The values of tags (by their ids) that a table, a view or a column of them has from what it is made of."""
    if MOVED not in entry.properties and (entry.kind not in _MADE or not any_propagates(catalog)):
        return {}
    return _values(catalog, entry, column, 0)


_MADE = {"VIEW": (ON_DEPENDENCY, ON_BOTH), "DYNAMIC TABLE": MODES}
"""The kinds of objects that have the tags of others, and of which modes."""


def _values(catalog: Catalog, entry: Entry, column: str | None, depth: int) -> dict[str, str]:
    found: dict[str, dict[str, str]] = {}
    named = entry.column(column) if column is not None else None
    for ident, by_source in entry.properties.get(MOVED, {}).get(named.key if named else "", {}).items():
        found.setdefault(ident, {}).update(by_source)
    modes = _MADE.get(entry.kind, ())
    if modes and depth < _DEEPEST:
        for parts in _inputs(entry, column):
            for ident, value in _of(catalog, parts, modes, depth + 1):
                found.setdefault(ident, {})[".".join(parts)] = value
    return {ident: _settled(catalog, ident, list(by_source.values())) for ident, by_source in found.items()}


def _inputs(entry: Entry, column: str | None) -> Iterable[list[str]]:
    found: list[list[str]] = (
        entry.properties.get(INPUTS, []) if column is None else entry.properties.get(COLUMN_INPUTS, {}).get(column, [])
    )
    return found


def _of(catalog: Catalog, parts: list[str], modes: Container[object], depth: int) -> Iterator[tuple[str, str]]:
    """The tags of a source (a table, a view, or with a fourth part a column) that propagate in one of the modes."""
    source = catalog.get("TABLE", *parts[:3])
    if source is None:
        return
    column = parts[3] if len(parts) > 3 else None
    named = source.column(column) if column is not None else None
    own: dict[str, str] = source.properties.get(TAGS, {}) if column is None else named.tags if named else {}
    for ident, value in (_values(catalog, source, column, depth) | own).items():
        tag = catalog.by_id(int(ident))
        if tag is not None and tag.properties.get(PROPAGATE) in modes:
            yield ident, value


def _settled(catalog: Catalog, ident: str, found: list[str]) -> str:
    """The value where several sources have different ones."""
    if len(set(found)) == 1:
        return found[0]
    tag = catalog.by_id(int(ident))
    rule = tag.properties.get(ON_CONFLICT) if tag is not None else None
    if tag is None or rule is None:
        return CONFLICT
    if rule == SEQUENCE:
        return next((value for value in tag.properties["allowed_values"] or () if value in found), CONFLICT)
    return str(rule)


def moved(catalog: Catalog, inputs: Iterable[list[str]]) -> dict[str, dict[str, str]]:
    """What comes with the data of sources: the values of tags by tag and source."""
    found: dict[str, dict[str, str]] = {}
    for parts in inputs:
        for ident, value in _of(catalog, parts, (ON_MOVEMENT, ON_BOTH), 0):
            found.setdefault(ident, {})[".".join(parts)] = value
    return found
