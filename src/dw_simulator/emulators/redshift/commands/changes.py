"""What statements change of the catalog, and when others learn of it.

Translations rest on the catalog: they are good for one generation (see `translating.Generation`). The catalog changes
for others when the transaction ends that changed it, so that is when a generation ends too, whatever statement ended
it. A transaction without a statement that may change the catalog ends none.

In doubt a statement changes the catalog: a translation that is made once more is only slow.
"""

from __future__ import annotations

import re

from dw_simulator.emulators.redshift.commands.translating import Generation
from dw_simulator.emulators.redshift.commands.types import Change, Session

_QUERIES = frozenset(["select", "with", "("])
_CHANGELESS = frozenset(
    [
        *("insert", "update", "delete", "values", "truncate", "copy", "unload", "lock", "analyze"),
        *("prepare", "execute", "deallocate"),
        *("begin", "start", "commit", "end", "rollback", "abort", "declare", "fetch", "close", "show"),
    ]
)
"""First words of statements that change rows at most. Each ends the transaction at most."""
_SETTINGS = frozenset(["set", "reset"])
_INTO = re.compile(r"\binto\b", re.I)
_NAMING = re.compile(r"search_path|authorization|\brole\b|isolation|\ball\b|\btransaction\b|\buse\b", re.I)
"""Settings that decide which objects names mean, or which state of the catalog a transaction sees."""
_SETTER = re.compile(r"set_config", re.I)


def change_of(sql: str, words: tuple[str, ...]) -> Change:
    """What a statement may change, by its first words in lower case."""
    word = words[0]
    if word in _SETTINGS:
        return Change.SESSION if _NAMING.search(sql) else Change.NONE
    if _SETTER.search(sql):
        return Change.SESSION
    if word in _QUERIES:
        # SELECT … INTO makes a table.
        return Change.CATALOG if _INTO.search(sql) else Change.NONE
    if word == "call":
        return Change.PROCEDURE
    return Change.NONE if word in _CHANGELESS else Change.CATALOG


def begin(session: Session, change: Change) -> None:
    """A statement that may make ``change`` is about to run in the session's transaction."""
    if change is Change.PROCEDURE and session.transaction_status != "I":
        change = Change.CATALOG  # within a transaction block it cannot commit
    if change is Change.PROCEDURE and session.change != Change.PROCEDURE:
        Generation.procedures += 1
    session.change = max(session.change, change)
    _count(session)


def end(session: Session, *, settled: bool) -> None:
    """A transaction has ended; ``settled``: nothing else is under way, which may belong to the next one."""
    _count(session)
    if settled:
        if session.change == Change.PROCEDURE:
            Generation.procedures -= 1
        session.change = Change.NONE


def _count(session: Session) -> None:
    if session.change >= Change.CATALOG:
        Generation.advance()
    elif session.change == Change.SESSION:
        session.generation += 1
