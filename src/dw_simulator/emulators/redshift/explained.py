"""Plans of statements that have run, for "STL_EXPLAIN", "SVCS_EXPLAIN" and "SYS_QUERY_EXPLAIN".

They are made when one of these views is read, so that no statement waits for its plan: by the session that reads, with
the tables and statistics of that moment. What cannot be planned then (its tables are gone, or those of another session)
has no rows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

import orjson

from dw_simulator.emulators.redshift import plans
from dw_simulator.emulators.redshift.commands.explaining import distributions
from dw_simulator.emulators.redshift.commands.lexer import quote_string
from dw_simulator.emulators.redshift.commands.translating import translator
from dw_simulator.emulators.redshift.conversation import Conversation
from dw_simulator.emulators.redshift.errors import RedshiftError
from dw_simulator.emulators.redshift.translation.context import CatalogNeeded

_READERS = re.compile(r"\b(?:stl_explain|svcs_explain|sys_query_explain)\b", re.I)
_ARROW = re.compile(r"( *)->  ")
_NEWEST = 500
"""Statements planned for one reading at most."""
_MISSING = f"SELECT query_id, query_text FROM pg_catalog.dw_unplanned ORDER BY query_id DESC LIMIT {_NEWEST}"
_KEEP = (
    "INSERT INTO pg_catalog.dw_journal_plan SELECT r.* FROM json_populate_recordset("
    "CAST(NULL AS pg_catalog.dw_journal_plan), {rows}) r"
    " WHERE NOT EXISTS (SELECT FROM pg_catalog.dw_journal_plan p WHERE p.query_id = r.query_id);"
    " DELETE FROM pg_catalog.dw_journal_plan"
    " WHERE query_id < (SELECT min(query_id) FROM pg_catalog.dw_journal_query)"
)


def reads_plans(sql: str) -> bool:
    """Whether a statement names a view of plans."""
    return _READERS.search(sql) is not None


async def explain_history(conversation: Conversation) -> None:
    """Make the plans that are missing, of the statements that the user of ``conversation`` may see.

    Raises:
        RedshiftError: the backend is gone, or the statement was cancelled.
    """
    rows: list[dict[str, object]] = []
    for number, text in (await conversation.execute(_MISSING)).rows:
        lines = await _planned(str(text), conversation)
        keys = ("query_id", "node_id", "parent_id", "node", "info")
        rows += [dict(zip(keys, (int(str(number)), *node), strict=True)) for node in nodes(lines)]
    if rows:
        session = conversation.session
        await session.backend.admin_query(
            _KEEP.format(rows=quote_string(orjson.dumps(rows).decode())), session.database
        )


async def _planned(text: str, conversation: Conversation) -> list[str]:
    """The lines of EXPLAIN; none for what has no plan any more, or reads nothing but catalog tables."""
    query = await _translated(text, conversation)
    if query is None:
        return []
    found = (await conversation.execute(f"SELECT pg_catalog.dw_plan_of({quote_string(query)})")).scalar()
    if found is None:
        return []
    plan = json.loads(found)[0]["Plan"]
    if any(_is_catalog(schema, name) for schema, name in plans.scanned(plan)):
        return []
    return plans.shown(plan, await distributions(plan, conversation))


async def _translated(text: str, conversation: Conversation) -> str | None:
    own = translator(conversation.session)
    while True:
        try:
            return own.translate(text)
        except CatalogNeeded as need:
            await own.learn(need, conversation)
        except RedshiftError:  # it ran when its tables had other columns
            return None


def _is_catalog(schema: str, name: str) -> bool:
    """Queries that the leader node runs on its catalog have no plan there."""
    return schema in ("pg_catalog", "information_schema") and not name.startswith("dw_masked_")


def nodes(lines: Sequence[str]) -> Iterator[tuple[int, int, str, str | None]]:
    """Number, number of the parent (0: none), text and conditions of each node of a plan, from the lines of EXPLAIN."""
    texts: list[tuple[int, str]] = []
    details: list[list[str]] = []
    above: list[tuple[int, int]] = []
    for line in lines:
        arrow = _ARROW.match(line)
        if texts and arrow is None:
            details[-1].append(line.strip())
            continue
        indent = len(arrow[1]) if arrow is not None else -1
        while above and above[-1][0] >= indent:
            above.pop()
        texts.append((above[-1][1] if above else 0, line))
        details.append([])
        above.append((indent, len(texts)))
    for number, ((parent, text), conditions) in enumerate(zip(texts, details, strict=True), 1):
        yield number, parent, text, " ".join(conditions) or None
