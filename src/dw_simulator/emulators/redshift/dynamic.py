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
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from typing import NoReturn

from dw_simulator.emulators.redshift.commands.lexer import Reader, quote_string
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
from dw_simulator.emulators.redshift.errors import (
    INTERNAL_ERROR,
    BackendError,
    RedshiftError,
    UnsupportedFeatureError,
    not_in_transaction_block,
)
from dw_simulator.emulators.redshift.link import BackendLink
from dw_simulator.emulators.redshift.protocol import messages
from dw_simulator.emulators.redshift.protocol.framing import Message
from dw_simulator.splitting.redshift import split

log = logging.getLogger(__name__)

_MARK = b"\0CDW001\0"
"""The SQLSTATE of notices that are questions of ``dw_dynamic_sql``."""
_TYPES = """
SELECT '"' || pg_catalog.replace(attname, '"', '""') || '"', pg_catalog.format_type(atttypid, atttypmod)
FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass({table}) AND attnum > 0 AND NOT attisdropped"""
_SWEEP = """DO $$ DECLARE name text; BEGIN
FOR name IN SELECT relname FROM pg_catalog.pg_class WHERE relname LIKE 'dw@_stage@_%' ESCAPE '@' AND relkind = 'r'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE pid::text = pg_catalog.split_part(relname, '_', 3))
LOOP EXECUTE pg_catalog.format('DROP TABLE IF EXISTS pg_catalog.%I', name); END LOOP; END $$"""
"""Tables that a server left which was killed."""
# As the replica role: event triggers would look at the table, and may wait for what the procedure has locked.
_BEGIN = "BEGIN; SET LOCAL allow_system_table_mods = on; SET LOCAL session_replication_role = replica; "
_STAGE = _BEGIN + "{sweep}; CREATE UNLOGGED TABLE {stage} ({definition}); GRANT SELECT ON {stage} TO {role}; COMMIT"

_OUTSIDE = frozenset(["begin", "start", "commit", "end", "rollback", "abort"])
"""Statements that run outside of a transaction, or with the client."""

_FETCHED = 5000
"""Rows that come over at once."""

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
        self._dropping: set[asyncio.Task[None]] = set()

    def take(self, notice: Message) -> bool:
        """Whether the notice is a question; its answer is then on its way."""
        if _MARK not in notice.raw:
            return False
        fields = messages.parse_fields(notice.body)
        try:
            ((kind, value),) = json.loads(base64.b64decode(fields.get("D", ""))).items()
        except (ValueError, AttributeError):
            return False  # a procedure's own RAISE with this code
        self._token = fields["M"]
        if kind == "sql":
            self.close()
            self._task = asyncio.ensure_future(self._translate(str(value)))
        elif self._rows is not None and not self._rows.done():
            if kind == "failed":
                parts = zip("CMDH", value, strict=True)
                self._rows.set_exception(BackendError({code: text for code, text in parts if text}))
            else:
                self._rows.set_result([_fields(row) for row in value])
        return True

    def close(self) -> None:
        """Give up what is under way: the session is gone, or an error has ended the procedure that asked."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()

    def drop_later(self, link: BackendLink, stage: str) -> None:
        """Drop a table when the transaction that reads it has ended, and close the connection that does so."""
        dropping = asyncio.ensure_future(_drop(link, stage))
        self._dropping.add(dropping)
        dropping.add_done_callback(self._dropping.discard)

    async def ask(self, **question: str) -> list[tuple[str | None, ...]]:
        """Let the waiting session run something; its rows.

        Raises:
            BackendError: it failed.
        """
        self._rows = asyncio.get_running_loop().create_future()
        await self._answer(question)
        return await self._rows

    def next_number(self) -> int:
        return self._session.backend.next_query_id()

    async def work_long(self) -> None:
        """Tell the session to wait for the next answer as long as it takes."""
        await self._answer({"wait": "for data"})

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
        backend, database = self._session.backend, self._session.database
        backend.masked.refuse_hidden(database, sql)
        if backend.external.mentioned(database, sql):
            await backend.external.refresh(database, sql)
        statements = split(sql, backslash_escapes=True)
        texts = [await self._one(statement, alone=len(statements) == 1) for statement in statements]
        return ";\n".join(texts)

    async def _one(self, sql: str, *, alone: bool) -> str:
        word = first_words(sql)[0]
        if word == "vacuum":
            raise not_in_transaction_block("VACUUM")
        if word in _OUTSIDE:
            _refuse(word)
        # What is learned of the catalog here may be of a transaction that is undone.
        found = plan(sql, session := replace(self._session, memory={}, query_id=self._session.backend.next_query_id()))
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

    async def copy_in(self, sql: str, chunks: AsyncIterator[bytes]) -> str:
        """Load into a table beside, on a connection of the emulator's own, and insert from there: data of a COPY
        cannot be sent while a procedure runs."""
        table, columns = _copied(sql)
        found = await self.execute(_TYPES.format(table=quote_string(table)))
        types = {row[0]: row[1] for row in found.rows}
        role = (await self.execute("SELECT pg_catalog.quote_ident(current_user)")).scalar()
        backend = self.session.backend
        stage = f"pg_catalog.dw_stage_{self.session.pid}_{backend.next_query_id()}"
        link = await backend.connect(None, self.session.database, {"application_name": "dw-simulator"})
        try:
            definition = ", ".join(f"{column} {types[column]}" for column in columns)
            await link.query(_STAGE.format(sweep=_SWEEP, stage=stage, definition=definition, role=role))
            await self._texts.work_long()
            tag = await link.copy_in(f"COPY {stage} FROM STDIN (FORMAT binary)", chunks)
            await link.sync()
            names = ", ".join(columns)
            await self.execute(f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE SELECT {names} FROM {stage}")
        finally:
            self._texts.drop_later(link, stage)
        return tag

    async def copy_out(self, sql: str) -> AsyncIterator[bytes]:
        """The rows of ``COPY (query) TO STDOUT (FORMAT csv, NULL …)`` as lines of CSV, by way of a cursor: data of a
        COPY cannot be received while a procedure runs."""
        query, null = _copied_out(sql)
        cursor = f"dw_cursor_{self._texts.next_number()}"
        await self._texts.ask(run=f"DECLARE {cursor} NO SCROLL CURSOR FOR {query}")
        await self._texts.work_long()
        while rows := await self._texts.ask(query=f"SELECT r FROM pg_catalog.dw_fetched('{cursor}', {_FETCHED}) r"):
            yield "".join(_csv_line(_fields(row[0] or ""), null) for row in rows).encode()
        await self._texts.ask(run=f"CLOSE {cursor}")

    def send_rows(self, columns: Sequence[Column], rows: Iterable[Sequence[str | None]]) -> None:  # noqa: ARG002
        _refuse(self._word)

    def complete(self, tag: str) -> None:
        """EXECUTE reports nothing."""

    def notice(self, message: str, *, severity: str = "INFO", sqlstate: str = "00000") -> None:
        """Nobody listens: the client hears of what the procedure raises."""


async def _drop(link: BackendLink, stage: str) -> None:
    try:
        await link.sync()
        await link.query(_BEGIN + f"DROP TABLE IF EXISTS {stage}; COMMIT")
    except RedshiftError:
        log.exception("the table %s stays", stage)
    finally:
        link.close()


def _refuse(word: str) -> NoReturn:
    raise UnsupportedFeatureError(
        f"{word.upper()} in the text of EXECUTE", "Send the command by itself, outside of the procedure."
    )


def _refusal(error: RedshiftError) -> dict[str, str]:
    parts = {"sqlstate": error.sqlstate, "error": error.message, "detail": error.detail, "hint": error.hint}
    return {name: value for name, value in parts.items() if value}


_FIELD = re.compile(r'(?:"((?:[^"]|"")*)"|([^,"]*))(?:,|\Z)', re.S)


def _fields(row: str) -> tuple[str | None, ...]:
    """The values of a row as PostgreSQL prints one: ``(1,"a, b",)``."""
    inner = row[1:-1]
    values: list[str | None] = []
    position = 0
    while True:
        match = _FIELD.match(inner, position)
        assert match is not None
        quoted, bare = match.groups()
        values.append(bare or None if quoted is None else quoted.replace('""', '"').replace("\\\\", "\\"))
        position = match.end()
        if not match.group().endswith(",") or (quoted is None and bare is None):
            return tuple(values)


def _copied(sql: str) -> tuple[str, list[str]]:
    """Table and columns of ``COPY t (a, b) FROM STDIN``, as written there."""
    tokens = Reader(sql).tokens
    opening, closing = (next(i for i, token in enumerate(tokens) if token.text == sign) for sign in "()")
    columns = [token.text for token in tokens[opening + 1 : closing] if token.text != ","]
    return sql[tokens[1].start : tokens[opening - 1].end], columns


_TO_STDOUT = re.compile(r"COPY \((.*)\) TO STDOUT \(FORMAT csv, NULL '([^']*)'.*\)", re.S)


def _copied_out(sql: str) -> tuple[str, str]:
    """The query of a ``COPY (query) TO STDOUT``, and what stands for NULL."""
    match = _TO_STDOUT.fullmatch(sql)
    assert match is not None
    return match[1], match[2]


def _csv_line(values: tuple[str | None, ...], null: str) -> str:
    """Everything but NULL in quotes."""
    shown = [null if value is None else '"' + value.replace('"', '""') + '"' for value in values]
    return ",".join(shown) + "\n"
