"""Which procedures have OUT arguments: PostgreSQL's CALL names them, Redshift's leaves them out ("CALL").

It is known without asking the catalog: a CALL must be the first statement of its transaction, for the procedure may
commit.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from dw_simulator.emulators.redshift.conversation import Result

_KNOWN = """
SELECT proname, pg_catalog.array_to_string(proargmodes, '') FROM pg_catalog.pg_proc
WHERE prokind = 'p' AND 'o' = ANY (proargmodes)"""


class OutputArguments:
    """The modes of procedures' arguments by database and name: a letter each, as in ``pg_proc.proargmodes``."""

    def __init__(self) -> None:
        self._modes: dict[tuple[str, str], set[str]] = {}

    async def learn(self, database: str, query: Callable[[str], Awaitable[Result]]) -> None:
        for name, modes in (await query(_KNOWN)).rows:
            self.define(database, name or "", modes or "")

    def define(self, database: str, name: str, modes: str) -> None:
        """A procedure is made. It takes the place of others of that name with as many arguments."""
        others = self._modes.get((database, name), set())
        kept = {known for known in others if len(known) != len(modes)}
        if "o" in modes:
            kept.add(modes)
        if kept or others:
            self._modes[database, name] = kept

    def rename(self, database: str, name: str, new: str) -> None:
        for modes in self._modes.get((database, name), set()):
            self.define(database, new, modes)

    def of_call(self, database: str, name: str, given: int) -> str:
        """The modes of the procedure that a call with so many arguments means; empty: none that has OUT arguments."""
        found = [modes for modes in self._modes.get((database, name), ()) if len(modes) - modes.count("o") == given]
        return found[0] if len(found) == 1 else ""
