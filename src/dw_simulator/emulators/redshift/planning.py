"""From the text of a Query or Parse message to what is to be done: split, plan each, join what can be."""

from __future__ import annotations

from dataclasses import dataclass

from dw_simulator.emulators.redshift.commands.router import plan
from dw_simulator.emulators.redshift.commands.types import PassThrough, Plan, Rewritten, Session
from dw_simulator.emulators.redshift.history import reads_history
from dw_simulator.observability.sql_trace import without_comment
from dw_simulator.splitting.redshift import split


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


_AS_IT_IS = Script(forwardable=True)
_READER = Script(forwardable=True, waits=True)

_CACHE_SIZE = 4096
_CACHED_LENGTH = 2000
_plain: set[str] = set()
"""Texts of single SELECTs that pass as they are, whatever the session and the catalog are like."""


def plan_script(sql: str, session: Session) -> Script:
    """What to do for ``sql``.

    Raises:
        RedshiftError: one of its statements is refused; then none of them runs.
    """
    key = without_comment(sql)
    session.backend.masked.refuse_hidden(session.database, sql)
    external = session.backend.external.mentioned(session.database, sql)
    if key in _plain and not external:
        return _AS_IT_IS
    statements = split(sql, backslash_escapes=True)
    if not statements:
        return _AS_IT_IS
    steps = tuple([(statement, plan(statement, session)) for statement in statements])
    if all(isinstance(step, PassThrough) for _, step in steps):
        if external or reads_history(sql):
            return _READER
        if len(steps) == 1 and len(key) < _CACHED_LENGTH and key[:6].lower() == "select":
            _remember(key)
        return _AS_IT_IS
    if not all(isinstance(step, PassThrough | Rewritten) for _, step in steps):
        return Script(forwardable=False, steps=steps)
    texts = [step.sql if isinstance(step, Rewritten) else statement for statement, step in steps]
    tags = tuple([step.tag if isinstance(step, Rewritten) else None for _, step in steps])
    shown_tags = tags if any(tags) else ()
    return Script(forwardable=True, text=";\n".join(texts), tags=shown_tags, waits=external or reads_history(sql))


def _remember(sql: str) -> None:
    if len(_plain) >= _CACHE_SIZE:
        _plain.clear()
    _plain.add(sql)
