"""UPDATE while ``error_on_nondeterministic_update`` is on; otherwise it is a query like others."""

from __future__ import annotations

from collections.abc import Callable

from dw_simulator.emulators.redshift.commands import masking
from dw_simulator.emulators.redshift.commands.lexer import Reader, with_values
from dw_simulator.emulators.redshift.commands.registry import command
from dw_simulator.emulators.redshift.commands.translating import planned
from dw_simulator.emulators.redshift.commands.types import Command, Plan, Rewritten, Session, Statement
from dw_simulator.emulators.redshift.conversation import Conversation
from dw_simulator.emulators.redshift.errors import INTERNAL_ERROR, RedshiftError, UnsupportedFeatureError


@command("update", "with")
def update(sql: str, session: Session) -> Plan | None:
    """A row that several rows of FROM match is an error; it is looked for before anything is changed."""
    may_mask = session.backend.masked.any(session.database) and Reader(sql).ahead("update")
    masked = masking.write(sql, session) if may_mask else None
    if session.parameters.get("error_on_nondeterministic_update") != "on":
        return masked

    def build(translate: Callable[[str], str]) -> Command | Rewritten:
        changing = translate(sql)
        searching = _search(changing)
        if searching is None:
            return Rewritten(changing)
        if masked is not None:
            raise UnsupportedFeatureError("error_on_nondeterministic_update for a table with masking policies")

        async def run(statement: Statement, conversation: Conversation) -> None:
            found = await conversation.execute(with_values(searching, statement.parameters))
            if found.rows:
                raise RedshiftError(INTERNAL_ERROR, "Found multiple matches to update the same tuple.")
            await conversation.forward(with_values(changing, statement.parameters))

        return Command(run)

    return planned(session, build) if masked is None or _search(sql) else masked


def _search(sql: str) -> str | None:
    """A query for a row that a translated UPDATE would change more than once; None: it is none, or has no FROM."""
    reader = Reader(sql)
    wanted = ["update", "set", "from"]
    places: dict[str, int] = {}
    depth = 0
    for index, token in enumerate(reader.tokens):
        depth += {"(": 1, ")": -1}.get(token.word, 0)
        if depth == 0 and wanted and token.word == wanted[0]:
            places[wanted.pop(0)] = index
    if wanted:
        return None
    first, last, beside = (reader.tokens[index] for index in places.values())
    target = sql[first.end : last.start].strip()
    name = reader.tokens[places["set"] - 1].text
    head, rest = sql[: first.start], sql[beside.end :]
    return f"{head}SELECT 1 FROM {target}, {rest} GROUP BY {name}.ctid HAVING COUNT(*) > 1 LIMIT 1"
