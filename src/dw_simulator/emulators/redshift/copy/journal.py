"""Writes down what COPY and UNLOAD did, on a connection of its own: it stays when the client's transaction does not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dw_simulator.emulators.redshift.backend import quote_literal
from dw_simulator.emulators.redshift.commands.types import Session
from dw_simulator.emulators.redshift.conversation import Conversation
from dw_simulator.emulators.redshift.copy.errors import LoadProblem
from dw_simulator.emulators.redshift.copy.files import InputFile

_RAW_LINE = 1024


@dataclass(slots=True)
class LoadRecord:
    """One COPY. ``files`` pairs each file with the rows it gave."""

    query_id: int
    table_oid: int
    schema: str
    table: str
    source: str
    format: str
    statement: str
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    rows: int = 0
    files: list[tuple[InputFile, int]] = field(default_factory=list)
    problems: list[LoadProblem] = field(default_factory=list)


async def write_load(session: Session, record: LoadRecord, error: str | None) -> None:
    """Raises RedshiftError when the journal cannot be written."""
    ended = datetime.now(UTC)
    size = sum(file.size for file, _ in record.files)
    who = (record.query_id, session.user, session.pid, record.table_oid)
    copy = (*who, record.schema, record.table, record.source, record.format, record.statement, record.started, ended)
    statements = [
        _insert("dw_journal_copy", [(*copy, record.rows, size, len(record.problems), error is not None, error)]),
        _insert(
            "dw_journal_copy_file",
            [(record.query_id, f.uri, f.size, rows, f.size, record.format, ended) for f, rows in record.files],
        ),
        _insert("dw_journal_load_error", [(*who, record.started, *_problem(problem)) for problem in record.problems]),
    ]
    await session.backend.admin_query(";".join(filter(None, statements)), session.database)


@dataclass(frozen=True, slots=True)
class UnloadRecord:
    query_id: int
    format: str
    started: datetime
    files: list[tuple[str, int, int]]
    """URI, rows, bytes."""


async def write_unload(session: Session, record: UnloadRecord) -> None:
    """Raises RedshiftError when the journal cannot be written."""
    ended = datetime.now(UTC)
    rows = [
        (record.query_id, session.user, session.pid, uri, record.format, count, size, record.started, ended)
        for uri, count, size in record.files
    ]
    if rows:
        await session.backend.admin_query(_insert("dw_journal_unload", rows), session.database)


async def remember(conversation: Conversation, kind: str, query_id: int, rows: int) -> None:
    """What pg_last_copy_id(), pg_last_copy_count() and their UNLOAD twins give back; ``kind`` is copy or unload."""
    await conversation.execute(
        f"SELECT set_config('dw.last_{kind}_id', '{query_id}', false),"
        f" set_config('dw.last_{kind}_count', '{rows}', false)"
    )


def _problem(problem: LoadProblem) -> tuple[object, ...]:
    return (
        problem.file,
        problem.line,
        problem.column,
        problem.type,
        problem.length,
        problem.position,
        problem.raw_line[:_RAW_LINE],
        problem.raw_value[:_RAW_LINE],
        problem.code,
        problem.reason,
    )


def _insert(table: str, rows: Iterable[Sequence[object]]) -> str:
    values = ", ".join("(" + ", ".join(map(_literal, row)) + ")" for row in rows)
    return f"INSERT INTO pg_catalog.{table} VALUES {values}" if values else ""


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, datetime):
        return f"'{value:%Y-%m-%d %H:%M:%S.%f}'"
    return quote_literal(str(value).replace("\0", ""))
