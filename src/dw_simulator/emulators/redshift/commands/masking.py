"""Dynamic data masking: CREATE, ALTER, DROP, ATTACH and DETACH MASKING POLICY ("Dynamic data masking").

How the policies are enforced is described in catalog/26_masking.sql: a view stands in front of each relation that has
some. Here is what has to go round that view: ALTER, DROP and TRUNCATE of the table behind it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from dw_simulator.emulators.redshift.commands.lexer import Reader, quote_name, quote_names, quote_string, with_values
from dw_simulator.emulators.redshift.commands.registry import command
from dw_simulator.emulators.redshift.commands.tables import read_column_type, translate_expression
from dw_simulator.emulators.redshift.commands.translating import Generation, planned
from dw_simulator.emulators.redshift.commands.types import (
    Command,
    Deferred,
    Handler,
    Plan,
    Rewritten,
    Session,
    Statement,
)
from dw_simulator.emulators.redshift.conversation import Conversation
from dw_simulator.emulators.redshift.errors import RedshiftError, UnsupportedFeatureError

_LENGTH = re.compile(r"\(.*\)")
_CURRENT_USER = re.compile(r"\bcurrent_user\b", re.I)


def _calling(tag: str, *calls: str) -> Handler:
    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        for call in calls:
            await conversation.execute(f"SELECT pg_catalog.{call}")
        Generation.advance()
        conversation.complete(tag)

    return run


def _array(names: list[str]) -> str:
    return f"CAST(ARRAY[{', '.join(map(quote_string, names))}] AS text[])"


# --- policies --------------------------------------------------------------------------------------------------------
def _inputs(reader: Reader) -> str:
    """``(name type, …)`` as JSON with the type as it is shown and as functions take it, without a length."""
    found: list[dict[str, str]] = []
    reader.expect("(")
    while True:
        name = reader.name()
        kind = read_column_type(reader)
        found.append({"colname": name, "type": kind, "base": _LENGTH.sub("", kind)})
        if reader.take(")"):
            return quote_string(json.dumps(found))
        reader.expect(",")


def _expressions(reader: Reader) -> list[str]:
    """``(expression, …)``."""
    inner = Reader(reader.parenthesised())
    found: list[str] = []
    while True:
        text = inner.until()
        if not text:
            raise inner.error()
        found.append(text)
        if inner.at_end():
            return found
        inner.expect(",")


def _bodies(expressions: list[str], translate: Callable[[str], str]) -> str:
    """As JSON: each expression as it is shown, and in the words of the backend.

    A function that looks into tables runs as its owner: the user is the one of the session.
    """
    entries = [
        {"expr": text, "body": translate_expression(f"({_CURRENT_USER.sub('session_user', text)})", translate)}
        for text in expressions
    ]
    return quote_string(json.dumps(entries))


@command("create masking policy")
def create_policy(sql: str, session: Session) -> Plan:
    """IF NOT EXISTS stands before the name, or behind it as the manual's syntax once had it."""
    reader = Reader(sql, database=session.database)
    reader.expect("create", "masking", "policy")
    exists = reader.take("if", "not", "exists")
    name = quote_string(reader.name())
    exists = reader.take("if", "not", "exists") or exists
    reader.expect("with")
    inputs = _inputs(reader)
    reader.expect("using")
    expressions = _expressions(reader)
    reader.finish()

    def build(translate: Callable[[str], str]) -> Command:
        call = f"dw_mask_create({name}, {inputs}, {_bodies(expressions, translate)}, {str(exists).lower()})"
        return Command(_calling("CREATE MASKING POLICY", call))

    return planned(session, build)


@command("alter masking policy")
def alter_policy(sql: str, session: Session) -> Plan:
    reader = Reader(sql, database=session.database)
    reader.expect("alter", "masking", "policy")
    name = quote_string(reader.name())
    reader.expect("using")
    expressions = _expressions(reader)
    reader.finish()

    def build(translate: Callable[[str], str]) -> Command:
        return Command(_calling("ALTER MASKING POLICY", f"dw_mask_alter({name}, {_bodies(expressions, translate)})"))

    return planned(session, build)


@command("drop masking policy")
def drop_policy(sql: str, session: Session) -> Plan:
    reader = Reader(sql, database=session.database)
    reader.expect("drop", "masking", "policy")
    name = quote_string(reader.name())
    reader.finish()
    return Command(_calling("DROP MASKING POLICY", f"dw_mask_drop({name})"))


# --- attachments -----------------------------------------------------------------------------------------------------
def _columns(reader: Reader, *, keeps_case: bool) -> str:
    """``(a, b.c.d, …)``: the columns, and the path within each as a JSON array, "" the whole column.

    ``keeps_case``: of the names of paths; names in quotes keep theirs in any case.
    """
    columns: list[str] = []
    paths: list[str] = []
    reader.expect("(")
    while True:
        columns.append(reader.name())
        steps: list[str] = []
        while reader.take("."):
            token = reader.next()
            if token.kind not in ("word", "quoted"):
                raise reader.error()
            steps.append(token.value if token.kind == "quoted" or keeps_case else token.value.lower())
        if reader.ahead("["):
            raise UnsupportedFeatureError(f"a masking policy on elements of arrays in SUPER column {columns[-1]}")
        paths.append(json.dumps(steps, ensure_ascii=False) if steps else "")
        if reader.take(")"):
            return f"{_array(columns)}, {_array(paths)}"
        reader.expect(",")


def _keeps_case(session: Session) -> bool:
    return session.parameters.get("enable_case_sensitive_super_attribute", "off") in ("on", "true")


def _grantee(reader: Reader) -> str:
    """Kind and name of the one user, role or PUBLIC."""
    if reader.take("public"):
        return "'public', ''"
    kind = "role" if reader.take("role") else "user"
    return f"'{kind}', {quote_string(reader.name())}"


def _target(reader: Reader, verb: str) -> tuple[str, tuple[str, ...]]:
    reader.expect(verb, "masking", "policy")
    policy = quote_string(reader.name())
    reader.expect("on")
    return policy, reader.relation_name()


@command("attach masking policy")
def attach_policy(sql: str, session: Session) -> Plan:
    reader = Reader(sql, database=session.database)
    policy, table = _target(reader, "attach")
    outputs = _columns(reader, keeps_case=_keeps_case(session))
    inputs = _columns(reader, keeps_case=_keeps_case(session)) if reader.take("using") else outputs
    reader.expect("to")
    grantee = _grantee(reader)
    priority = 0
    if reader.take("priority"):
        token = reader.next()
        if not token.text.isdigit():
            raise RedshiftError("42601", f'syntax error at or near "{token.text}"')
        priority = int(token.text)
    reader.finish()
    name = quote_string(quote_names(table))
    call = f"dw_mask_attach({policy}, {name}, {outputs}, {inputs}, {grantee}, {priority})"
    attach = _calling("ATTACH MASKING POLICY", call)

    async def run(statement: Statement, conversation: Conversation) -> None:
        conversation.session.backend.masked.add(conversation.session.database, table[-1])
        await attach(statement, conversation)

    return Command(run)


@command("detach masking policy")
def detach_policy(sql: str, session: Session) -> Plan:
    reader = Reader(sql, database=session.database)
    policy, table = _target(reader, "detach")
    outputs = _columns(reader, keeps_case=_keeps_case(session))
    reader.expect("from")
    grantee = _grantee(reader)
    reader.finish()
    name = quote_string(quote_names(table))
    return Command(_calling("DETACH MASKING POLICY", f"dw_mask_detach({policy}, {name}, {outputs}, {grantee})"))


# --- the table behind the view ---------------------------------------------------------------------------------------
def may_be_masked(session: Session, name: tuple[str, ...]) -> bool:
    return session.backend.masked.known(session.database, name[-1])


async def storage_of(conversation: Conversation, name: tuple[str, ...]) -> str:
    """The relation that has the rows of ``name``, as SQL names it."""
    text = quote_names(name[-2:])
    if not may_be_masked(conversation.session, name):
        return text
    found = await conversation.execute(
        f"SELECT c.relname FROM pg_catalog.dw_masked m JOIN pg_catalog.pg_class c ON c.oid = m.storage"
        f" WHERE m.view = pg_catalog.to_regclass({quote_string(text)})"
    )
    return f"pg_catalog.{quote_name(str(found.scalar()))}" if found.rows else text


def alter_masked(name: tuple[str, ...], text: str) -> Handler:
    """ALTER TABLE: the table is put into its place, altered, and covered again, in one transaction."""

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        opened = await conversation.execute(f"SELECT pg_catalog.dw_mask_open({quote_string(quote_names(name[-2:]))})")
        await conversation.execute(text)
        storage = opened.scalar()
        if storage is not None:
            await conversation.execute(f"SELECT pg_catalog.dw_mask_close({storage})")
            await conversation.session.backend.masked.learn(conversation.session.database, conversation.execute)
        Generation.advance()
        conversation.complete("ALTER TABLE")

    return run


def comment_masked(name: tuple[str, ...], sql: str, rest: str) -> Handler:
    """COMMENT ON TABLE, of a table that a view may stand for: the comment belongs to what has the name."""

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        text = quote_names(name[-2:])
        covered = await storage_of(conversation, name) != text
        await conversation.execute(f"COMMENT ON VIEW {text} {rest}" if covered else sql)
        conversation.complete("COMMENT")

    return run


def drop_masked(kind: str, names: list[tuple[str, ...]], *, exists: str, behaviour: str) -> Handler:
    """DROP TABLE or DROP VIEW: with the view goes what it covers (event trigger dw_mask_dropped)."""

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        for name in names:
            text = quote_names(name[-2:])
            found = await conversation.execute(
                "SELECT c.relkind FROM pg_catalog.dw_masked m JOIN pg_catalog.pg_class c ON c.oid = m.storage"
                f" WHERE m.view = pg_catalog.to_regclass({quote_string(text)})"
            )
            actual = kind if not found.rows else "TABLE" if found.scalar() == "r" else "VIEW"
            if actual != kind:
                raise RedshiftError("42809", f'"{name[-1]}" is not a {kind.lower()}')
            await conversation.execute(f"DROP {'VIEW' if found.rows else kind}{exists} {text} {behaviour}")
        Generation.advance()
        conversation.complete(f"DROP {kind}")

    return run


def unless_masked(session: Session, name: tuple[str, ...], plan: Plan) -> Plan:
    """``plan`` for an ALTER TABLE, or the way round the view for a table that may have masking policies."""
    if not may_be_masked(session, name):
        return plan
    if isinstance(plan, Rewritten):
        return Command(alter_masked(name, plan.sql))
    return plan


# --- UPDATE and MERGE ------------------------------------------------------------------------------------------------
@command("merge")
def write(sql: str, session: Session) -> Plan | None:
    """Whoever no policy masks writes to the table itself.

    For the others UPDATE goes through the view: it reads masked values and cannot set masked columns.
    """
    if not session.backend.masked.any(session.database):
        return None
    reader = Reader(sql, database=session.database)
    merges = reader.take("merge", "into")
    if not merges:
        reader.expect("update")
    start = reader.position
    name = reader.relation_name()
    if not may_be_masked(session, name):
        return None
    place = slice(reader.tokens[start].start, reader.tokens[reader.position - 1].end)
    alias = "" if reader.ahead("as") or not (reader.ahead("set") or reader.ahead("using")) else quote_name(name[-1])

    async def run(statement: Statement, conversation: Conversation) -> None:
        storage = await storage_of(conversation, name)
        text = statement.sql
        if storage != quote_names(name[-2:]):
            if not await _is_masked(storage, conversation):
                text = f"{text[: place.start]}{storage} {alias}{text[place.stop :]}"
            elif merges:
                raise UnsupportedFeatureError(
                    f'MERGE into "{name[-1]}", whose masking policies apply to this user,',
                    "use UPDATE and INSERT, or a user without policies",
                )
        ready = planned(conversation.session, lambda translate: Rewritten(translate(text)))
        if isinstance(ready, Deferred):
            ready = await ready.resolve(conversation)
        assert isinstance(ready, Rewritten)
        await conversation.forward(with_values(ready.sql, statement.parameters))

    return Command(run)


async def _is_masked(storage: str, conversation: Conversation) -> bool:
    """Whether a policy applies to the user of the session in any column."""
    found = await conversation.execute(
        "SELECT bool_or(pg_catalog.dw_masking_of(attrelid, attnum, current_user) IS NOT NULL)"
        f" FROM pg_catalog.pg_attribute WHERE attrelid = CAST({quote_string(storage)} AS regclass) AND attnum > 0"
    )
    return found.scalar() == "t"
