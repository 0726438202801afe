"""Spans of the statements that clients run, and below them those of PostgreSQL where it runs a statement whole."""

from __future__ import annotations

from contextlib import AbstractContextManager

from dw_simulator.emulators.redshift.commands.types import Session
from dw_simulator.observability import sql_trace, tracing
from dw_simulator.observability.tracing import Remote, Span


class StatementSpans:
    """``execution`` is the span of what PostgreSQL does; commands of the emulator make spans of their own for that."""

    __slots__ = ("_execution", "_rows_name", "_statement")

    def __init__(self, statement: Span, execution: Span | None, rows_name: str | None) -> None:
        self._statement = statement
        self._execution = execution
        self._rows_name = rows_name

    def active(self) -> AbstractContextManager[None]:
        return self._statement.active()

    def end(self, rows: int, error: tuple[str, str] | None) -> None:
        """``error``: SQLSTATE and message."""
        if self._execution is not None:
            self._execution.end()
        if error is None and self._rows_name is not None:
            self._statement.set({self._rows_name: rows})
        elif error is not None:
            self._statement.set({"db.response.status_code": error[0]})
            self._statement.fail(*error)
        self._statement.end()


_RETURNED, _CHANGED = "db.response.returned_rows", "dw_simulator.rows"
_ROWS = {
    **dict.fromkeys(("SELECT", "WITH", "FETCH", "SHOW"), _RETURNED),
    **dict.fromkeys(("INSERT", "UPDATE", "DELETE", "MERGE"), _CHANGED),
}
"""What the rows that a statement reports are, by its operation. COPY tells its rows itself."""


def begin(
    session: Session, text: str, number: int, *, forwarded: bool, parent: Remote | None, received: int | None
) -> StatementSpans:
    """A statement starts that came at ``received`` (nanoseconds since 1970; None: now).

    Its parent is the span that the client named: with the statement, by ``query_group``, or when it connected.
    """
    found = (
        parent
        or sql_trace.commented_parent(text)
        or sql_trace.tagged_parent(session.parameters.get("query_group"))
        or sql_trace.tagged_parent(session.application_name)
    )
    shown = sql_trace.without_comment(text)
    attributes = sql_trace.attributes_of("aws.redshift", shown)
    attributes |= {"db.namespace": session.database, "dw_simulator.query_id": number, "dw_simulator.pid": session.pid}
    name = str(attributes["db.operation.name"])
    statement = tracing.start_span(name, attributes, kind="server", parent=found, started=received)
    rows_name = _ROWS.get(name)
    if not forwarded:
        return StatementSpans(statement, None, rows_name)
    with statement.active():
        execution = tracing.start_span(f"PostgreSQL {name}", {"db.system.name": "postgresql"}, kind="client")
    return StatementSpans(statement, execution, rows_name)
