"""Transactions, cursors, prepared statements, TRUNCATE, LOCK."""

from __future__ import annotations

from dw_simulator.emulators.redshift.commands.lexer import Reader, quote_name
from dw_simulator.emulators.redshift.commands.masking import storage_of
from dw_simulator.emulators.redshift.commands.registry import command
from dw_simulator.emulators.redshift.commands.translating import planned
from dw_simulator.emulators.redshift.commands.types import PASS_THROUGH, Command, Plan, Rewritten, Session, Statement
from dw_simulator.emulators.redshift.conversation import Conversation

_ISOLATION = ("serializable", "snapshot")


@command("begin", "start transaction")
def begin(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    """Every isolation level of Redshift is serializable or snapshot: PostgreSQL's own level stands for
    them."""
    reader = Reader(sql)
    if not reader.take("start", "transaction"):
        reader.expect("begin")
        reader.take_any("work", "transaction")
    return Rewritten(f"BEGIN{transaction_mode(reader)}")


def transaction_mode(reader: Reader) -> str:
    """What is left of the modes of a transaction: `` READ ONLY``, `` READ WRITE`` or nothing."""
    mode = ""
    while not reader.at_end():
        if reader.take("isolation", "level"):
            if not (reader.take_any(*_ISOLATION) or reader.take("read", "committed")):
                reader.expect("read", "uncommitted") if reader.ahead("read") else reader.expect("repeatable", "read")
        elif reader.take("read", "write"):
            mode = " READ WRITE"
        elif reader.take("read", "only"):
            mode = " READ ONLY"
        else:
            raise reader.error()
        reader.take(",")
    return mode


@command("commit", "end", "rollback", "abort")
def end(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    return PASS_THROUGH


@command("close", "fetch", "execute", "deallocate", "lock")
def as_it_is(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    return PASS_THROUGH


@command("declare")
def declare(sql: str, session: Session) -> Plan:
    reader = Reader(sql)
    reader.expect("declare")
    name = quote_name(reader.name())
    reader.take("no", "scroll")
    reader.expect("cursor")
    reader.take("without", "hold")
    reader.expect("for")
    query = reader.rest()
    return planned(session, lambda translate: Rewritten(f"DECLARE {name} CURSOR FOR {translate(query)}"))


@command("prepare")
def prepare(sql: str, session: Session) -> Plan:
    reader = Reader(sql)
    reader.expect("prepare")
    name = quote_name(reader.name())
    types = f" ({reader.parenthesised()})" if reader.ahead("(") else ""
    reader.expect("as")
    query = reader.rest()
    return planned(session, lambda translate: Rewritten(f"PREPARE {name}{types} AS {translate(query)}"))


@command("truncate")
def truncate(sql: str, session: Session) -> Plan:
    """TRUNCATE commits the transaction it runs in ("TRUNCATE")."""
    reader = Reader(sql, database=session.database)
    reader.expect("truncate")
    reader.take("table")
    name = reader.relation_name()
    reader.finish()

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        text = f"TRUNCATE {await storage_of(conversation, name)}"
        await conversation.execute(f"{text}; COMMIT" if conversation.in_transaction else text)
        conversation.complete("TRUNCATE TABLE")

    return Command(run)
