"""The texts that EXECUTE runs in stored procedures: translated when they are run, as they are made then.

The function ``dw_dynamic_sql`` of the backend sends its question as a notice, which reaches the emulator at once, and
waits for a row in ``dw_answers``, which the owner's connection writes. What a plan asks of the catalog, or runs
besides, goes the same way to the session that waits: it sees what its transaction has made.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from dw_simulator.emulators.redshift.commands.lexer import quote_string
from dw_simulator.emulators.redshift.commands.router import first_words, plan
from dw_simulator.emulators.redshift.commands.types import (
    Column,
    Command,
    Deferred,
    PassThrough,
    Rewritten,
    Session,
    Statement,
)
from dw_simulator.emulators.redshift.conversation import Result
from dw_simulator.emulators.redshift.errors import INTERNAL_ERROR, RedshiftError, UnsupportedFeatureError
from dw_simulator.emulators.redshift.protocol import messages
from dw_simulator.emulators.redshift.protocol.framing import Message
from dw_simulator.splitting.redshift import split

log = logging.getLogger(__name__)

_MARK = b"\0CDW001\0"
"""The SQLSTATE of notices that are questions of ``dw_dynamic_sql``."""
_OUTSIDE = frozenset(["copy", "unload", "vacuum", "begin", "start", "commit", "end", "rollback", "abort"])
"""Statements that run outside of a transaction, or with the client."""

_ANSWER = (
    "INSERT INTO pg_catalog.dw_answers VALUES ({pid}, {token}, {answer})"
    " ON CONFLICT (pid) DO UPDATE SET token = excluded.token, answer = excluded.answer"
)


class DynamicTexts:
    """Answers the questions of one session's backend connection, whose process is ``pid``."""

    def __init__(self, session: Session, pid: int) -> None:
        self._session = session
        self._pid = pid
        self._token = ""
        self._rows: asyncio.Future[list[tuple[str | None, ...]]] | None = None
        self._task: asyncio.Task[None] | None = None

    def take(self, notice: Message) -> bool:
        """Whether the notice is a question; its answer is then on its way."""
        if _MARK not in notice.raw:
            return False
        fields = messages.parse_fields(notice.body)
        try:
            ((kind, value),) = json.loads(base64.b64decode(fields.get("D", "")), object_pairs_hook=list)
        except (ValueError, TypeError):
            return False  # a procedure's own RAISE with this code
        self._token = fields["M"]
        if kind == "sql":
            self.close()
            self._task = asyncio.ensure_future(self._translate(str(value)))
        elif self._rows is not None and not self._rows.done():
            self._rows.set_result([tuple([_text(field) for _, field in row]) for row in value])
        return True

    def close(self) -> None:
        """Give up what is under way: the session is gone, or an error has ended the procedure that asked."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()

    async def ask(self, **question: str) -> list[tuple[str | None, ...]]:
        """Let the waiting session run something; its rows."""
        self._rows = asyncio.get_running_loop().create_future()
        await self._answer(question)
        return await self._rows

    async def _translate(self, sql: str) -> None:
        try:
            answer = {"sql": await self._text(sql)}
        except RedshiftError as error:
            answer = _refusal(error)
        except Exception as error:
            log.exception("internal error in the translation of a text of EXECUTE")
            answer = _refusal(RedshiftError(INTERNAL_ERROR, f"internal error of the emulator: {error!r}"))
        try:
            await self._answer(answer)
        except RedshiftError:
            log.exception("a text of EXECUTE stays without an answer")

    async def _answer(self, answer: dict[str, str]) -> None:
        values = {"pid": self._pid, "token": quote_string(self._token), "answer": quote_string(json.dumps(answer))}
        await self._session.backend.admin_query(_ANSWER.format(**values), self._session.database)

    async def _text(self, sql: str) -> str:
        """What the backend runs in place of ``sql``; empty when everything has been done already."""
        self._session.backend.masked.refuse_hidden(self._session.database, sql)
        statements = split(sql, backslash_escapes=True)
        texts = [await self._one(statement, alone=len(statements) == 1) for statement in statements]
        return ";\n".join(texts)

    async def _one(self, sql: str, *, alone: bool) -> str:
        word = first_words(sql)[0]
        if word in _OUTSIDE:
            _refuse(word)
        # What is learned of the catalog here may be of a transaction that is undone.
        found = plan(sql, session := replace(self._session, memory={}))
        conversation = _Inside(self, session, word)
        if isinstance(found, Deferred):
            found = await found.resolve(conversation)
        if isinstance(found, PassThrough):
            return sql
        if isinstance(found, Rewritten):
            return found.sql
        assert isinstance(found, Command)
        if not alone:
            raise UnsupportedFeatureError(f"{word.upper()} among other statements in the text of EXECUTE")
        await found.handler(Statement(sql), conversation)
        return conversation.left


class _Inside:
    """The conversation of a command that runs within a procedure: `left` is what is still to be run by EXECUTE."""

    in_transaction = False
    """The procedure has the transaction: commands neither begin nor end one."""

    def __init__(self, texts: DynamicTexts, session: Session, word: str) -> None:
        self._texts = texts
        self.session = session
        self._word = word
        self.left = ""

    async def execute(self, sql: str) -> Result:
        rows: list[tuple[str | None, ...]] = []
        for statement in split(sql):
            kind = "query" if first_words(statement)[0] in ("select", "with", "values") else "run"
            rows = await self._texts.ask(**{kind: statement})
        return Result((), rows, "")

    async def forward(self, sql: str, *, tag: str | None = None) -> None:  # noqa: ARG002 - interface
        self.left = sql

    async def copy_in(self, sql: str, chunks: AsyncIterator[bytes]) -> str:  # noqa: ARG002 - interface
        _refuse(self._word)

    def copy_out(self, sql: str) -> AsyncIterator[bytes]:  # noqa: ARG002 - interface
        _refuse(self._word)

    def send_rows(self, columns: Sequence[Column], rows: Iterable[Sequence[str | None]]) -> None:  # noqa: ARG002
        _refuse(self._word)

    def complete(self, tag: str) -> None:
        """EXECUTE reports nothing."""

    def notice(self, message: str, *, severity: str = "INFO", sqlstate: str = "00000") -> None:
        """Nobody listens: the client hears of what the procedure raises."""


def _refuse(word: str) -> NoReturn:
    raise UnsupportedFeatureError(
        f"{word.upper()} in the text of EXECUTE", "Send the command by itself, outside of the procedure."
    )


def _refusal(error: RedshiftError) -> dict[str, str]:
    parts = {"sqlstate": error.sqlstate, "error": error.message, "detail": error.detail, "hint": error.hint}
    return {name: value for name, value in parts.items() if value}


def _text(value: Any) -> str | None:
    """A value of JSON as PostgreSQL's text protocol has it."""
    if isinstance(value, bool):
        return "t" if value else "f"
    return None if value is None else str(value)
