"""The new rows that alerts on new data look at. Vendor page: "Setting up alerts based on data in Snowflake"."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import versions
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.parser import Parser

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.engine import Engine

SEEN = "seen"
"""The property of an alert with the time of the last version of its table that it has looked at."""


def position(engine: Engine, entry: Entry) -> int:
    """When the table of an alert's condition was changed last, in microseconds since the epoch.

    Raises:
        SnowflakeError: 091086, an alert on new data may have no such condition; 002003, there is no such table.
    """
    with engine.owner_session(entry) as (session, state):
        table = engine.session_catalog(session, state).require("TABLE", _source(entry).parts)
    if table.kind != "TABLE" or not table.properties.get(versions.VERSIONED):
        raise errors.TASK_RULE(
            f"An alert on new data needs a table with CHANGE_TRACKING = TRUE: {table.full_name} is none."
        )
    rows = engine.system.run(f"SELECT max(made_at) FROM _dw.table_versions WHERE table_id = {table.id}")
    return int(rows[0][0] or 0)


def condition(entry: Entry, seen: int) -> str:
    """The condition over the rows that came after a position."""
    text, source = entry.properties["condition"], _source(entry)
    parser = Parser(text)
    while parser.token.start < (source.start or 0):
        parser.next()
    parser.qualified()
    moment = dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(microseconds=seen)
    changes = f" CHANGES (INFORMATION => APPEND_ONLY) AT (TIMESTAMP => '{moment.isoformat()}'::TIMESTAMP_TZ)"
    return f"{text[: parser.last_end]}{changes}{text[parser.last_end :]}"


def _source(entry: Entry) -> n.TableRef:
    """The one table that the condition of an alert reads."""
    parser = Parser(entry.properties["condition"])
    body = None
    if parser.is_word("SELECT"):
        query = parser.query()
        body = None if query.ctes else query.body
    source = body.source if isinstance(body, n.Select) else None
    if not isinstance(source, n.TableRef) or source.time_travel is not None:
        raise errors.TASK_RULE("The condition of an alert on new data must be a SELECT from one table.")
    return source
