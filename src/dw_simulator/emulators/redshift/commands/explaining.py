"""EXPLAIN: PostgreSQL's plan, shown as Redshift shows plans."""

from __future__ import annotations

import json
from collections.abc import Callable

from dw_simulator.emulators.redshift import plans
from dw_simulator.emulators.redshift.commands.lexer import Reader, quote_string, with_values
from dw_simulator.emulators.redshift.commands.registry import command
from dw_simulator.emulators.redshift.commands.tables import create_table
from dw_simulator.emulators.redshift.commands.translating import planned
from dw_simulator.emulators.redshift.commands.types import Column, Command, Plan, Session, Statement
from dw_simulator.emulators.redshift.conversation import Conversation

_COLUMNS = (Column("QUERY PLAN"),)


@command("explain")
def explain(sql: str, session: Session) -> Plan:
    reader = Reader(sql)
    reader.expect("explain")
    reader.take("verbose")
    query = reader.rest()
    defines = [word.lower() for word in query.split(None, 2)[:2]] == ["create", "table"]

    def build(translate: Callable[[str], str]) -> Command:
        text = create_table(query, translate) if defines else translate(query)

        async def run(statement: Statement, conversation: Conversation) -> None:
            bound = with_values(text, statement.parameters)
            found = await conversation.execute(f"SELECT pg_catalog.dw_explain({quote_string(bound)})")
            plan = json.loads(str(found.scalar()))[0]["Plan"]
            styles = await distributions(plan, conversation)
            conversation.send_rows(_COLUMNS, [(line,) for line in plans.shown(plan, styles)])
            conversation.complete("EXPLAIN")

        return Command(run, _COLUMNS)

    return planned(session, build)


async def distributions(plan: plans.Node, conversation: Conversation) -> dict[tuple[str, str], str]:
    """The distribution of every relation that a plan scans, for `plans.shown`."""
    names = sorted(set(plans.scanned(plan)))
    if not names:
        return {}
    calls = ", ".join(
        f"pg_catalog.dw_distribution({quote_string(schema)}, {quote_string(name)})" for schema, name in names
    )
    row = (await conversation.execute(f"SELECT {calls}")).rows[0]
    return {name: value for name, value in zip(names, row, strict=True) if value is not None}
