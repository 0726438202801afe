"""Streams in expressions. Vendor page: "SYSTEM$STREAM_HAS_DATA"."""

from __future__ import annotations

from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import streams, view_streams
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m


@function("SYSTEM$STREAM_HAS_DATA", "System", 1)
def stream_has_data(call: FunctionCall) -> Typed:
    """Whether a stream has changes; reading it so does not move it."""
    env = call.binder.env
    env.volatile = True
    catalog: Any = env.catalog
    if env.hints.get("task_condition"):  # of a task that is made: the stream may be made later
        return Typed("false", m.boolean(nullable=False))
    parser = Parser(str(call.constant(0)))
    entry = catalog.require(streams.KIND, parser.qualified())
    parser.expect_end()
    if entry.kind != streams.KIND:
        raise errors.WRONG_KIND(entry.kind, streams.KIND)
    if entry.properties.get(streams.INSERT_ONLY):
        delta = f"({call.binder.view(catalog.resolve_source(entry.parts)).sql})"
    elif view_streams.BASES in entry.properties:
        delta = view_streams.ViewStream(catalog, entry).bind(call.binder).sql
    else:
        delta = streams.delta_sql(entry, streams.source_table(catalog.catalog, entry))
    assert env.evaluate is not None
    found = bool(env.evaluate(f"SELECT count(*) FROM (SELECT 1 FROM {delta} LIMIT 1)")[0][0])
    return Typed(str(found).lower(), m.boolean(nullable=False), found)
