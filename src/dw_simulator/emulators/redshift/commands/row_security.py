"""Row-level security: CREATE, ALTER, ATTACH, DETACH and DROP RLS POLICY, ALTER TABLE … ROW LEVEL SECURITY.

Each policy is a function of the columns it names that runs with its owner's rights, so that its users need none on the
tables it looks into ("Row-level security"). Attached policies of one user all have to hold; who has none sees no row.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from dw_simulator.emulators.redshift.commands.lexer import Reader, quote_name, quote_names, quote_string
from dw_simulator.emulators.redshift.commands.registry import command
from dw_simulator.emulators.redshift.commands.tables import read_column_type, translate_expression
from dw_simulator.emulators.redshift.commands.translating import planned
from dw_simulator.emulators.redshift.commands.types import (
    Command,
    Deferred,
    Handler,
    PassThrough,
    Plan,
    Rewritten,
    Session,
    Statement,
)
from dw_simulator.emulators.redshift.conversation import Conversation


def _run(tag: str, *statements: str) -> Handler:
    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        for text in statements:
            await conversation.execute(text)
        conversation.complete(tag)

    return run


def switch(table: tuple[str, ...], reader: Reader) -> Plan:
    """The rest of ALTER TABLE … ROW LEVEL SECURITY { ON | OFF } [CONJUNCTION TYPE AND]."""
    reader.expect("row", "level", "security")
    state = reader.take_any("on", "off")
    if not state:
        raise reader.error()
    if reader.take("conjunction", "type"):
        reader.expect("and")
    reader.finish()
    name = quote_string(quote_names(table[-2:]))
    switched_on = str(state == "on").lower()
    return Command(_run("ALTER TABLE", f"SELECT pg_catalog.dw_rls_switch({name}, {switched_on})"))


@command("create rls policy")
def create_policy(sql: str, session: Session) -> Plan:
    reader = Reader(sql, database=session.database)
    reader.expect("create", "rls", "policy")
    name = reader.name()
    columns: list[tuple[str, str]] = []
    if reader.take("with"):
        reader.expect("(")
        while not reader.take(")"):
            column = reader.name()
            columns.append((column, re.sub(r"\(.*\)", "", read_column_type(reader))))
            reader.take(",")
    alias = ""
    if reader.take("as") or not reader.ahead("using"):
        alias = reader.name()
    reader.expect("using")
    expression = reader.parenthesised().strip()
    reader.finish()
    bare = _of_session(_without_alias(expression, alias))
    arguments = ", ".join(f"{quote_name(column)} {kind}" for column, kind in columns)
    names = ",".join(column for column, _ in columns)

    def build(translate: Callable[[str], str]) -> Command:
        body = translate_expression(f"({bare})", translate)
        values = ", ".join(quote_string(text) for text in (name, names, arguments, alias, expression, body))
        return Command(_run("CREATE RLS POLICY", f"SELECT pg_catalog.dw_rls_create({values})"))

    return planned(session, build)


def _without_alias(expression: str, alias: str) -> str:
    return re.sub(rf"\b{re.escape(alias)}\s*\.\s*", "", expression, flags=re.I) if alias else expression


def _of_session(expression: str) -> str:
    """The function runs as its owner: the user is the one of the session."""
    return re.sub(r"\bcurrent_user\b", "session_user", expression, flags=re.I)


@command("alter rls policy")
def alter_policy(sql: str, session: Session) -> Plan:
    reader = Reader(sql, database=session.database)
    reader.expect("alter", "rls", "policy")
    name = quote_string(reader.qualified_name()[-1])
    reader.expect("using")
    expression = reader.parenthesised().strip()
    reader.finish()

    async def resolve(conversation: Conversation) -> PassThrough | Rewritten | Command:
        found = await conversation.execute(f"SELECT alias FROM pg_catalog.dw_rls_policies WHERE name = {name}")
        bare = _of_session(_without_alias(expression, str(found.rows[0][0]) if found.rows else ""))

        def build(translate: Callable[[str], str]) -> Command:
            body = quote_string(translate_expression(f"({bare})", translate))
            call = f"dw_rls_alter({name}, {quote_string(expression)}, {body})"
            return Command(_run("ALTER RLS POLICY", f"SELECT pg_catalog.{call}"))

        plan = planned(session, build)
        return await plan.resolve(conversation) if isinstance(plan, Deferred) else plan

    return Deferred(resolve)


def _grantees(reader: Reader) -> list[str]:
    found: list[str] = []
    while True:
        if reader.take("public"):
            found.append("")
        else:
            reader.take("role")
            found.append(reader.name())
        if not reader.take(","):
            break
    reader.finish()
    return found


def _attachment(sql: str, session: Session, verb: str, preposition: str) -> Plan:
    reader = Reader(sql, database=session.database)
    reader.expect(verb, "rls", "policy")
    policy = reader.name()
    reader.expect("on")
    reader.take("table")
    tables = [reader.relation_name()]
    while reader.take(","):
        tables.append(reader.relation_name())
    reader.expect(preposition)
    grantees = _grantees(reader)
    statements = [
        f"SELECT pg_catalog.dw_rls_{verb}({', '.join(map(quote_string, (policy, quote_names(table), name)))})"
        for table in tables
        for name in grantees
    ]
    return Command(_run(f"{verb.upper()} RLS POLICY", *statements))


@command("attach rls policy")
def attach_policy(sql: str, session: Session) -> Plan:
    return _attachment(sql, session, "attach", "to")


@command("detach rls policy")
def detach_policy(sql: str, session: Session) -> Plan:
    return _attachment(sql, session, "detach", "from")


@command("drop rls policy")
def drop_policy(sql: str, session: Session) -> Plan:
    reader = Reader(sql, database=session.database)
    reader.expect("drop", "rls", "policy")
    exists = str(reader.take("if", "exists")).lower()
    name = quote_string(reader.name())
    cascade = str(reader.take_any("cascade", "restrict") == "cascade").lower()
    reader.finish()
    return Command(_run("DROP RLS POLICY", f"SELECT pg_catalog.dw_rls_drop({name}, {exists}, {cascade})"))
