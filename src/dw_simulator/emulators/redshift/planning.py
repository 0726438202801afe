"""From the text of a Query or Parse message to what is to be done: split, plan each, join what can be."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from dw_simulator.emulators.redshift.commands.changes import change_of
from dw_simulator.emulators.redshift.commands.router import first_words, plan
from dw_simulator.emulators.redshift.commands.translating import Generation, SessionTranslator, translator
from dw_simulator.emulators.redshift.commands.types import Change, PassThrough, Plan, Rewritten, Session
from dw_simulator.emulators.redshift.errors import INTERNAL_ERROR, RedshiftError
from dw_simulator.emulators.redshift.history import reads_history
from dw_simulator.emulators.redshift.translation.cache import filled
from dw_simulator.emulators.redshift.translation.scan import Template
from dw_simulator.observability.sql_trace import without_comment
from dw_simulator.splitting.redshift import split

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Script:
    """``forwardable``: PostgreSQL can run it in one piece, as ``text`` (None: as it came).

    ``tags`` has a command tag to report instead of PostgreSQL's for each statement (None: its own); empty for none.
    """

    forwardable: bool
    text: str | None = None
    tags: tuple[str | None, ...] = ()
    steps: tuple[tuple[str, Plan], ...] = ()
    waits: bool = False
    """Whether it reads what has to be brought up to date first: the history, external tables."""
    single: bool = False
    """One query with PostgreSQL's own tag, planned by its text, the catalog and the session's switches only."""
    repeatable: bool = False
    """Whether the same text has the same plan until a catalog or the session's parameters change."""
    change: Change = Change.NONE
    pieces: tuple[str, ...] | None = None
    """As long: the plan of all that differ in literals only, as `cache.filled` takes it; empty: they pass as they
    came. None: not known, or there is none."""


_AS_IT_IS = Script(forwardable=True)
_REPEATED = Script(forwardable=True, repeatable=True)
_SINGLE = Script(forwardable=True, single=True)
_SINGLES = Script(forwardable=True, single=True, pieces=())

_CACHE_SIZE = 4096
_CACHED_LENGTH = 2000
_CACHED_VERBS = ("select", "insert", "update", "delete")
"""Statements with other first words are commands, or may be."""
_TRANSACTIONS = frozenset(["begin", "begin transaction", "start transaction", "commit", "end", "rollback", "abort"])
"""Commands that have the same plan each time."""
_plain: set[str] = set()
"""Templates of single SELECTs that pass as they are, whatever the session and the catalog are like."""


def plan_script(sql: str, session: Session) -> Script:
    """What to do for ``sql``.

    Raises:
        RedshiftError: one of its statements is refused; then none of them runs.
    """
    if Generation.procedures:
        session.generation += 1
    session.backend.masked.refuse_hidden(session.database, sql)
    if session.backend.external.mentioned(session.database, sql):
        return _plan_all(sql, session, waits=True)
    own = translator(session)
    text = own.known(sql)
    if text is not None:
        return Script(forwardable=True, text=text, repeatable=True) if text else _REPEATED
    script = _plan_template(sql, session, own)
    if not script.single or script.waits:
        return script
    own.remember_text(sql, script.text or "")
    return script


def _plan_template(sql: str, session: Session, own: SessionTranslator) -> Script:
    """Plan once what differs in literals only."""
    text = without_comment(sql)
    if len(text) > _CACHED_LENGTH or text[:6].lower() not in _CACHED_VERBS:
        script = _plan_all(sql, session, waits=reads_history(sql))
        return replace(script, single=False, repeatable=text.rstrip("; ").lower() in _TRANSACTIONS)
    # Translations are kept without the semicolon.
    template = Template(text.removesuffix(";"))
    if template.key in _plain:
        return _SINGLES
    pieces = own.whole(template)
    if pieces is not None:
        known = filled(pieces, template.literals) or None
        return Script(forwardable=True, text=known, single=True, pieces=pieces) if known else _SINGLES
    script = _plan_all(sql, session, waits=reads_history(sql))
    if script.single and not script.waits:
        if script.text is None and text[:6].lower() == "select":
            _remember(template.key)
            return _SINGLES
        return replace(script, pieces=own.remember_whole(template, script.text))
    return script


def _plan_all(sql: str, session: Session, *, waits: bool) -> Script:
    statements = split(sql, backslash_escapes=True)
    if not statements:
        return _AS_IT_IS
    steps = tuple([(statement, _planned(statement, session)) for statement in statements])
    change = max([change_of(statement, first_words(statement)) for statement in statements])
    single = len(steps) == 1 and '"$' not in sql and change is Change.NONE
    if all(isinstance(step, PassThrough) for _, step in steps):
        return Script(forwardable=True, waits=waits, single=single, change=change)
    if not all(isinstance(step, PassThrough | Rewritten) for _, step in steps):
        return Script(forwardable=False, steps=steps, change=change)
    texts = [step.sql if isinstance(step, Rewritten) else statement for statement, step in steps]
    tags = tuple([step.tag if isinstance(step, Rewritten) else None for _, step in steps])
    shown_tags = tags if any(tags) else ()
    single = single and not shown_tags
    text = ";\n".join(texts)
    return Script(forwardable=True, text=text, tags=shown_tags, waits=waits, single=single, change=change)


def _planned(statement: str, session: Session) -> Plan:
    """As `plan`. A fault of ours fails the statement, not the connection: nothing of it has run."""
    try:
        return plan(statement, session)
    except RedshiftError:
        raise
    except Exception as error:
        log.exception("cannot plan a statement")
        fault = f"{type(error).__name__}: {error}"
        raise RedshiftError(INTERNAL_ERROR, f"internal error of the Redshift emulator: {fault}") from error


def _remember(key: str) -> None:
    if len(_plain) >= _CACHE_SIZE:
        _plain.clear()
    _plain.add(key)
