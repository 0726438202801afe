"""Decides what is to be done with a statement: a command of ours, plain SQL, or a translation."""

from __future__ import annotations

import re

from dw_simulator.emulators.redshift.commands import modules  # noqa: F401 - registers the commands
from dw_simulator.emulators.redshift.commands.registry import MAX_WORDS, PLANNERS
from dw_simulator.emulators.redshift.commands.translating import planned
from dw_simulator.emulators.redshift.commands.types import PASS_THROUGH, Plan, Rewritten, Session
from dw_simulator.emulators.redshift.translation.scan import is_plain

_LEADING = re.compile(r"(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)+", re.S)
_WORD = re.compile(r"[A-Za-z_]+")
_QUERIES = frozenset(["select", "with", "insert", "update", "delete", "merge", "values", "("])
_PLAIN_LENGTH = 100_000


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


def plan(sql: str, session: Session) -> Plan:
    """What to do with one statement.

    Raises:
        RedshiftError: the statement is wrong or not supported.
    """
    words = first_words(sql)
    for count in range(len(words), 0, -1):
        planner = PLANNERS.get(words[:count])
        found = planner(sql, session) if planner is not None else None
        if found is not None:
            return found
    if words[0] not in _QUERIES:
        return PASS_THROUGH
    if is_plain(sql):
        return PASS_THROUGH
    return planned(session, lambda translate: Rewritten(translate(sql)))
