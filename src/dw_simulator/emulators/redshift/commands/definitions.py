"""CREATE, ALTER and DROP of tables, views, schemas and databases."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from dw_simulator.emulators.redshift.commands import masking, privileges, row_security, tables
from dw_simulator.emulators.redshift.commands.attributes import Attributes, check, table_attribute
from dw_simulator.emulators.redshift.commands.external import alter_external_table, refuse_alter
from dw_simulator.emulators.redshift.commands.lexer import Reader, quote_name, quote_names, quote_string
from dw_simulator.emulators.redshift.commands.registry import command
from dw_simulator.emulators.redshift.commands.translating import Generation, case_sensitive, planned, translator
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
from dw_simulator.emulators.redshift.errors import (
    RedshiftError,
    UnsupportedFeatureError,
    not_in_transaction_block,
    python_ended,
)
from dw_simulator.emulators.redshift.translation.types import INSENSITIVE, SENSITIVE

Translate = Callable[[str], str]


def _define(session: Session, build: Callable[[Translate], Rewritten]) -> Plan:
    """A definition changes what sessions know of the catalog."""
    Generation.advance()
    return planned(session, build)


# --- tables ----------------------------------------------------------------------------------------------------------
@command(
    "create table", "create temp table", "create temporary table", "create local temp table",
    "create local temporary table",
)  # fmt: skip
def create_table(sql: str, session: Session) -> Plan:
    case = case_sensitive(session)
    return _define(
        session,
        lambda translate: _with_collations(
            session, tables.create_table(sql, translate, case_sensitive=case, database=session.database)
        ),
    )


def _with_collations(session: Session, text: str) -> Rewritten:
    if "pg_catalog.dw_ci" in text:
        session.backend.folds_case = True
    return Rewritten(text)


@command("alter table")
def alter_table(sql: str, session: Session) -> Plan:
    reader = Reader(sql, database=session.database)
    reader.expect("alter", "table")
    name = reader.relation_name()
    if reader.take("append", "from"):
        return Command(_append(name, reader))
    external = alter_external_table(name, reader)
    if external is not None:
        return external
    if reader.ahead("row", "level", "security"):
        return row_security.switch(name, reader)
    case = case_sensitive(session)
    plan = _define(
        session,
        lambda translate: _with_collations(
            session,
            tables.alter_table(
                sql, translate, translator(session).columns, case_sensitive=case, database=session.database
            )
            or (sql if case else _folded(sql)),
        ),
    )
    return refuse_alter(name, sql, session, masking.unless_masked(session, name, plan))


def _append(target: tuple[str, ...], reader: Reader) -> Handler:
    """ALTER TABLE … APPEND FROM: moves all rows ("ALTER TABLE APPEND")."""
    source = reader.relation_name()
    option = reader.take_any("ignoreextra", "fillextra", "fillmissing", "ignoremissing")
    reader.finish()

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        if conversation.in_transaction:
            raise not_in_transaction_block("ALTER TABLE APPEND")
        columns = await _shared_columns(target, source, option, conversation)
        names = ", ".join(map(quote_name, columns))
        to, origin = quote_names(target), quote_names(source)
        # Statements of one message are one transaction, which ends with them.
        await conversation.execute(
            f"INSERT INTO {to} ({names}) OVERRIDING SYSTEM VALUE SELECT {names} FROM {origin}; TRUNCATE {origin}"
        )
        conversation.complete("ALTER TABLE APPEND")

    return run


async def _shared_columns(
    target: tuple[str, ...], source: tuple[str, ...], option: str, conversation: Conversation
) -> list[str]:
    found: list[list[str]] = []
    texts = [quote_string(quote_names(name)) for name in (target, source)]
    same = await conversation.execute(f"SELECT 1 WHERE CAST({texts[0]} AS regclass) = CAST({texts[1]} AS regclass)")
    if same.rows:
        raise RedshiftError("42P16", "Source and target tables must be different")
    for text in texts:
        result = await conversation.execute(
            f"SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = CAST({text} AS regclass)"
            " AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
        )
        found.append([str(row[0]) for row in result.rows])
    extra_target = [column for column in found[0] if column not in found[1]]
    extra_source = [column for column in found[1] if column not in found[0]]
    if (extra_target and option not in ("fillextra", "fillmissing")) or (extra_source and option != "ignoreextra"):
        raise RedshiftError("42P16", "Columns of source and target tables do not match")
    return [column for column in found[1] if column in found[0]]


# --- views -----------------------------------------------------------------------------------------------------------
_NO_BINDING = re.compile(r"\s+with\s+no\s+schema\s+binding\s*\Z", re.I)


@command("create view", "create or replace view")
def create_view(sql: str, session: Session) -> Plan:
    reader = Reader(sql, case_sensitive=case_sensitive(session), database=session.database)
    reader.expect("create")
    replace = " OR REPLACE" if reader.take("or", "replace") else ""
    reader.expect("view")
    name = reader.relation_name()
    columns = f" ({', '.join(map(quote_name, reader.names()))})" if reader.ahead("(") else ""
    reader.expect("as")
    query = reader.rest()
    late = _NO_BINDING.search(query) is not None
    query = _NO_BINDING.sub("", query)
    if late:
        _check_qualified(query)

    def build(translate: Translate) -> Rewritten:
        body = translate(query)
        if late:
            return Rewritten(_late_view(name, columns, body, query, replace=bool(replace)), tag="CREATE VIEW")
        return Rewritten(f"CREATE{replace} VIEW {quote_names(name)}{columns} AS {body}")

    return _define(session, build)


def _check_qualified(query: str) -> None:
    from dw_simulator.emulators.redshift.translation.dialect import parse
    from dw_simulator.emulators.redshift.translation.scopes import tables_of

    for table in tables_of(parse(query)):
        if len(table) == 1:
            raise RedshiftError(
                "42P16",
                "All the relation names inside should be qualified when creating VIEW WITH NO SCHEMA BINDING.",
            )


def _late_view(name: tuple[str, ...], columns: str, body: str, query: str, *, replace: bool) -> str:
    """A late-binding view is kept by its text and made anew whenever tables change; see catalog/20_late_views.sql."""
    schema = quote_string(name[0]) if len(name) > 1 else "NULL"
    arguments = ", ".join(
        [schema, quote_string(name[-1]), quote_string(columns), quote_string(body), quote_string(query)]
    )
    taken = (
        "IF EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        f" WHERE c.relname = {quote_string(name[-1])} AND n.nspname = coalesce({schema}, current_schema()))"
        f" THEN RAISE EXCEPTION USING ERRCODE = '42P07', MESSAGE = {quote_string(_exists(name[-1]))}; END IF;"
    )
    return f"DO $dw$BEGIN {'' if replace else taken} PERFORM pg_catalog.dw_late_view({arguments}); END$dw$"


def _exists(name: str) -> str:
    return f'relation "{name}" already exists'


@command("create materialized view")
def create_materialized_view(sql: str, session: Session) -> Plan:
    reader = Reader(sql, database=session.database)
    reader.expect("create", "materialized", "view")
    name = reader.relation_name()
    attributes: Attributes = {}
    start = reader.tokens[reader.position].start if not reader.at_end() else 0
    while table_attribute(reader, attributes):
        pass
    columns = f" ({', '.join(map(quote_name, reader.names()))})" if reader.ahead("(") else ""
    while table_attribute(reader, attributes):
        pass
    check(attributes)
    end = reader.tokens[reader.position].start if not reader.at_end() else 0
    reader.expect("as")
    query = reader.rest().strip()
    if not {"diststyle", "distkey"} & attributes.keys():
        attributes["diststyle"] = "even"
    written = f"{sql[start:end]}as ({_bare(query)});"

    def build(translate: Translate) -> Rewritten:
        statement = f"CREATE MATERIALIZED VIEW {quote_names(name)}{columns} AS {translate(query)}"
        return _materialized_view("dw_materialized_view", name, attributes, statement, written)

    return _define(session, build)


def _bare(query: str) -> str:
    """A query without the parentheses around it."""
    reader = Reader(query)
    if reader.ahead("("):
        inner = reader.parenthesised()
        if reader.at_end():
            return inner.strip()
    return query


def _materialized_view(function: str, name: tuple[str, ...], attributes: Attributes, *texts: str) -> Rewritten:
    """What PostgreSQL does not know of a materialized view is kept as that of tables is; see catalog/10_tables.sql."""
    arguments = ", ".join(map(quote_string, (quote_names(name), json.dumps(attributes), *texts)))
    tag = "CREATE MATERIALIZED VIEW" if texts else "ALTER MATERIALIZED VIEW"
    return Rewritten(f"DO $dw$BEGIN PERFORM pg_catalog.{function}({arguments}); END$dw$", tag=tag)


@command("refresh materialized view")
def refresh_materialized_view(sql: str, session: Session) -> Plan:
    reader = Reader(sql, database=session.database)
    reader.expect("refresh", "materialized", "view")
    name = reader.relation_name()
    reader.take_any("restrict", "cascade")
    reader.finish()
    return Rewritten(f"REFRESH MATERIALIZED VIEW {quote_names(name)}")


@command("alter materialized view")
def alter_materialized_view(sql: str, session: Session) -> Plan:
    reader = Reader(sql, database=session.database)
    reader.expect("alter", "materialized", "view")
    name = reader.relation_name()
    if reader.ahead("row", "level", "security"):
        return row_security.switch(name, reader)
    attributes = tables.altered_attributes(reader)
    reader.finish()
    return _define(session, lambda _: _materialized_view("dw_alter_materialized_view", name, attributes))


# --- schemas ---------------------------------------------------------------------------------------------------------
@command("create schema")
def create_schema(sql: str, session: Session) -> Plan:
    reader = Reader(sql, database=session.database)
    reader.expect("create", "schema")
    exists = " IF NOT EXISTS" if reader.take("if", "not", "exists") else ""
    name = "" if reader.ahead("authorization") else quote_name(reader.schema_name())
    owner = f" AUTHORIZATION {quote_name(reader.name())}" if reader.take("authorization") else ""
    _quota(reader)
    text = f"CREATE SCHEMA{exists} {name}{owner}"
    elements = _elements(reader)
    if elements:
        return _with_elements(text, [_element_plan(element, session) for element in elements])
    return _define(session, lambda _: Rewritten(text))


def _elements(reader: Reader) -> list[str]:
    """The statements that follow CREATE SCHEMA without semicolons."""
    starts: list[int] = []
    depth, before = 0, ""
    for token in reader.tokens[reader.position :]:
        depth += {"(": 1, ")": -1}.get(token.word, 0)
        begins = token.word == "grant" or (token.word == "create" and before not in ("grant", ","))
        if depth == 0 and (begins or not starts):
            starts.append(token.start)
        before = token.word
    ends = [*starts[1:], len(reader.sql)][: len(starts)]
    return [reader.sql[start:end].strip() for start, end in zip(starts, ends, strict=True)]


def _element_plan(element: str, session: Session) -> Plan:
    reader = Reader(element)
    found: Plan | None = None
    if reader.ahead("create", "table"):
        found = create_table(element, session)
    elif reader.ahead("create", "view"):
        found = create_view(element, session)
    elif reader.ahead("grant"):
        found = privileges.grant(element, session)
    if found is None:
        raise reader.error()
    return found


def _with_elements(text: str, plans: list[Plan]) -> Deferred:
    """One statement for the backend too, which makes the elements in the schema ("CREATE SCHEMA", schema_element)."""

    async def resolve(conversation: Conversation) -> Rewritten:
        texts = [text]
        for plan in plans:
            ready = await plan.resolve(conversation) if isinstance(plan, Deferred) else plan
            if not isinstance(ready, Rewritten) or not re.match(r"(?:create|grant)\b", ready.sql, re.I):
                raise UnsupportedFeatureError("CREATE SCHEMA with a late-binding view or a grant without effect here")
            texts.append(ready.sql)
        Generation.advance()
        return Rewritten("\n".join(texts))

    return Deferred(resolve)


def _quota(reader: Reader) -> bool:
    if not reader.take("quota"):
        return False
    if not reader.take("unlimited"):
        reader.next()
        reader.take_any("mb", "gb", "tb")
    return True


@command("alter schema")
def alter_schema(sql: str, session: Session) -> Plan:
    reader = Reader(sql)
    reader.expect("alter", "schema")
    name = reader.name()
    if _quota(reader):
        reader.finish()
        return Rewritten(f"ALTER SCHEMA {quote_name(name)} OWNER TO CURRENT_USER")
    return _define(session, lambda _: Rewritten(_folded(sql)))


# --- databases -------------------------------------------------------------------------------------------------------
@command("create database")
def create_database(sql: str, session: Session) -> Plan:
    reader = Reader(sql)
    reader.expect("create", "database")
    name = reader.name()
    if reader.ahead("from"):
        raise UnsupportedFeatureError("CREATE DATABASE FROM a datashare or a data catalog")
    options = []
    collation = ""
    reader.take("with")
    while not reader.at_end():
        if reader.take("owner"):
            reader.take("=")
            options.append(f"OWNER {quote_name(reader.name())}")
        elif reader.take("connection", "limit"):
            limit = "-1" if reader.take("unlimited") else reader.next().text
            options.append(f"CONNECTION LIMIT {limit}")
        elif reader.take("collate"):
            collation = _collation(reader)
        elif reader.take("isolation", "level"):
            reader.take_any("serializable", "snapshot")
        else:
            raise reader.error()
    text = " ".join([f"CREATE DATABASE {quote_name(name)}", *options])

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        if conversation.in_transaction:
            raise not_in_transaction_block("CREATE DATABASE")
        await conversation.session.backend.forget("template1")
        await conversation.forward(text)
        if collation in INSENSITIVE:
            session.backend.folds_case = True
            await conversation.session.backend.admin_query(_collated(name, collation))

    return Command(run)


def _collation(reader: Reader) -> str:
    name = reader.take_any(*SENSITIVE, *INSENSITIVE)
    if not name:
        raise reader.error()
    return name


def _collated(database: str, collation: str) -> str:
    """Strings of tables in a database that compares without case get that collation: see dw_on_ddl."""
    value = "case_insensitive" if collation in INSENSITIVE else "case_sensitive"
    return f"ALTER DATABASE {quote_name(database)} SET dw.compares = '{value}'"


@command("drop database")
def drop_database(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    reader = Reader(sql)
    reader.expect("drop", "database")
    name = reader.name()
    reader.take("force")
    reader.finish()

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        await conversation.session.backend.forget(name)
        await conversation.forward(f"DROP DATABASE {quote_name(name)}")

    return Command(run)


@command("alter database")
def alter_database(sql: str, session: Session) -> Plan:
    reader = Reader(sql)
    reader.expect("alter", "database")
    database = reader.name()
    name = quote_name(database)
    if reader.take("collate"):
        collation = _collation(reader)
        reader.finish()
        session.backend.folds_case = session.backend.folds_case or collation in INSENSITIVE
        return Rewritten(_collated(database, collation), tag="ALTER DATABASE")
    if reader.take("isolation", "level"):
        reader.next()
        reader.finish()
        return Rewritten(f"ALTER DATABASE {name} SET search_path FROM CURRENT", tag="ALTER DATABASE")
    if reader.take("connection", "limit", "unlimited"):
        reader.finish()
        return Rewritten(f"ALTER DATABASE {name} CONNECTION LIMIT -1", tag="ALTER DATABASE")
    if reader.ahead("integration"):
        raise UnsupportedFeatureError("zero-ETL integrations")
    return Rewritten(_folded(sql))


# --- DROP ------------------------------------------------------------------------------------------------------------
@command("drop table", "drop view", "drop materialized view", "drop schema")
def drop_object(sql: str, session: Session) -> Plan:
    reader = Reader(sql, case_sensitive=case_sensitive(session), database=session.database)
    reader.expect("drop")
    kind = "MATERIALIZED VIEW" if reader.take("materialized", "view") else reader.next().text.upper()
    exists = " IF EXISTS" if reader.take("if", "exists") else ""
    read = (lambda: (reader.schema_name(),)) if kind == "SCHEMA" else reader.relation_name
    names = [read()]
    while reader.take(","):
        names.append(read())
    reader.take("drop", "external", "database")
    behaviour = reader.take_any("cascade", "restrict").upper()
    reader.finish()
    if kind in ("TABLE", "VIEW") and any(masking.may_be_masked(session, name) for name in names):
        return Command(masking.drop_masked(kind, names, exists=exists, behaviour=behaviour))
    shown = ", ".join(quote_names(name) for name in names)
    text = f"DROP {kind}{exists} {shown} {behaviour}".rstrip()
    return _define(session, lambda _: Rewritten(text))


# --- what the emulator does not have ---------------------------------------------------------------------------------
_UNSUPPORTED = {
    "ALTER EXTERNAL SCHEMA": "alter external schema",
    "Lambda UDFs": "create external function|create or replace external function",
    "external models and ML": "create model|drop model|show model|create external model",
    "datashares": "create datashare|alter datashare|drop datashare|desc datashare|show datashares",
    "identity providers": "create identity provider|alter identity provider|"
    "drop identity provider|desc identity provider",
    "external views": "create external view|create external protected view|create or replace external view|"
    "create or replace external protected view|alter external view|drop external view",
    "zero-ETL integrations": "create integration|alter integration|drop integration",
    "templates": "create template|create or replace template|alter template|drop template|show template|show templates",
    "ALTER SYSTEM": "alter system",
    "SHOW POLICIES": "show policies|show rls policies|show masking policies",
}


def _refuse(feature: str) -> Callable[[str, Session], Plan]:
    def refuse(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
        raise UnsupportedFeatureError(feature)

    return refuse


for _feature, _words in _UNSUPPORTED.items():
    command(*_words.split("|"))(_refuse(_feature))


@command("create library", "create or replace library", "drop library")
def library(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    raise python_ended()


for _kind in (
    "sequence",
    "index",
    "unique index",
    "trigger",
    "rule",
    "type",
    "domain",
    "extension",
    "operator",
    "aggregate",
):
    command(f"create {_kind}", f"drop {_kind}", f"alter {_kind}")(
        _refuse(f"{_kind.upper()}: Amazon Redshift has none, and it")
    )


def _folded(sql: str) -> str:
    """The statement with its quoted names in lower case, as Redshift folds them."""
    reader = Reader(sql)
    result, last = [], 0
    for token in reader.tokens:
        if token.kind == "quoted":
            result += [sql[last : token.start], token.text.lower()]
            last = token.end
    return "".join([*result, sql[last:]])
