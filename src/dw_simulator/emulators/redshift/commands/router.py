"""Decides what is to be done with a statement: a command of ours, plain SQL, or a translation."""

from __future__ import annotations

import re
from collections.abc import Callable

from dw_simulator.emulators.redshift.commands import modules  # noqa: F401 - registers the commands
from dw_simulator.emulators.redshift.commands.long_names import with_short_names
from dw_simulator.emulators.redshift.commands.pseudocolumns import with_pseudocolumns
from dw_simulator.emulators.redshift.commands.registry import MAX_WORDS, PLANNERS
from dw_simulator.emulators.redshift.commands.translating import case_sensitive, planned, translator
from dw_simulator.emulators.redshift.commands.types import (
    PASS_THROUGH,
    Command,
    Deferred,
    PassThrough,
    Plan,
    Rewritten,
    Session,
)
from dw_simulator.emulators.redshift.conversation import Conversation
from dw_simulator.emulators.redshift.errors import syntax_error
from dw_simulator.emulators.redshift.translation.scan import is_plain

_LEADING = re.compile(r"(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)+", re.S)
_WORD = re.compile(r"[A-Za-z_]+")
_TARGET = re.compile(r"\s*(?:insert\s+into|update)\s+([\w.#]+)", re.I)
_QUERIES = frozenset(["select", "with", "insert", "update", "delete", "merge", "values", "("])


def first_words(sql: str) -> tuple[str, ...]:
    """Up to MAX_WORDS keywords at the beginning, in lower case; ("(",) for a parenthesised query."""
    words: list[str] = []
    position = 0
    while len(words) < MAX_WORDS:
        blank = _LEADING.match(sql, position)
        position = blank.end() if blank else position
        match = _WORD.match(sql, position)
        if match is None:
            break
        words.append(match.group().lower())
        position = match.end()
    return tuple(words) if words else (sql[position : position + 1],)


def _plain(sql: str, verb: str, session: Session) -> Plan:
    """A plain statement goes as it is, but strings for SUPER columns have to be told from JSON text."""
    target = _TARGET.match(sql) if verb in ("insert", "update") and "'" in sql else None
    if target is None:
        return PASS_THROUGH
    own = translator(session)
    name = tuple(target[1].lower().split("."))

    def build(translate: Callable[[str], str]) -> PassThrough | Rewritten:
        columns = own.columns(name)
        return Rewritten(translate(sql)) if columns and "super" in columns.values() else PASS_THROUGH

    return planned(session, build)


def _instead(sql: str, found: Plan) -> Plan:
    """The plan of ``sql`` for another text of the same statement."""
    if isinstance(found, Deferred):

        async def resolve(conversation: Conversation) -> PassThrough | Rewritten | Command:
            ready = await found.resolve(conversation)
            return Rewritten(sql) if isinstance(ready, PassThrough) else ready

        return Deferred(resolve)
    return Rewritten(sql) if isinstance(found, PassThrough) else found


def plan(sql: str, session: Session) -> Plan:
    """What to do with one statement.

    Raises:
        RedshiftError: the statement is wrong or not supported.
    """
    short = with_short_names(sql, case_sensitive=case_sensitive(session))
    if short is not None:
        return _instead(short, plan(short, session))
    replaced = with_pseudocolumns(sql, session, plan)
    if replaced is not None:
        return replaced
    words = first_words(sql)
    for count in range(len(words), 0, -1):
        planner = PLANNERS.get(words[:count])
        found = planner(sql, session) if planner is not None else None
        if found is not None:
            return found
    if words[0] not in _QUERIES:
        raise syntax_error(words[0])
    if is_plain(sql):
        return _plain(sql, words[0], session)
    return planned(session, lambda translate: Rewritten(translate(sql)))
