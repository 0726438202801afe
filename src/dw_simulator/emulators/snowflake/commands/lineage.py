"""What objects are made of, for the tags that propagate. Vendor page: "Automatic tag propagation …"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake.catalog import tag_propagation
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.registry import Run
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.binder import Binder
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery


def tracing(binder: Binder) -> Binder:
    """A binder that notes what columns are made of."""
    binder.env.lineage = set()
    return binder


def note(run: Run, entry: Entry, query: n.Query, bound: BoundQuery) -> None:
    """Remember what a view or a dynamic table is made of. ``entry`` has its columns."""
    entry.properties[tag_propagation.INPUTS] = _inputs(run, query)
    entry.properties[tag_propagation.COLUMN_INPUTS] = {
        column.name: [list(parts) for parts in sorted(made.lineage)]
        for column, made in zip(entry.columns, bound.columns, strict=True)
        if made.lineage
    }


def move_tags(run: Run, entry: Entry, query: n.Query, bound: BoundQuery) -> None:
    """Give a table that a query fills the tags that go with the data."""
    catalog = run.engine.catalog
    if not tag_propagation.any_propagates(catalog):
        return
    found = {"": tag_propagation.moved(catalog, _inputs(run, query))}
    for column, made in zip(entry.columns, bound.columns, strict=True):
        found[column.key] = tag_propagation.moved(catalog, [list(parts) for parts in sorted(made.lineage)])
    found = {column: tags for column, tags in found.items() if tags}
    if found:
        entry.properties[tag_propagation.MOVED] = found


def _inputs(run: Run, query: n.Query) -> list[list[str]]:
    """The tables and views that a query itself names."""
    view = ddl.catalog_of(run)
    named = {view.qualify(node.parts, "") for node in n.walk(query) if isinstance(node, n.TableRef) and node.parts}
    return [list(parts) for parts in dict.fromkeys(run.sources) if parts in named]
