"""SHOW of objects: databases, schemas, tables, columns, views, procedures, grants …

"SHOW DATABASES", "SHOW SCHEMAS", "SHOW TABLES", "SHOW COLUMNS", "SHOW TABLE", "SHOW VIEW", "SHOW PROCEDURE",
"SHOW GRANTS".
Names may be bound as $1, $2, …: redshift_connector asks so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dw_simulator.emulators.redshift.commands.lexer import Reader, quote_names, quote_string
from dw_simulator.emulators.redshift.commands.registry import command
from dw_simulator.emulators.redshift.commands.types import Column, Command, Plan, Session, Statement
from dw_simulator.emulators.redshift.conversation import Conversation
from dw_simulator.emulators.redshift.errors import RedshiftError

Name = Callable[[Statement], str]
"""A name that is known once the parameters are bound."""


def _name(reader: Reader) -> Name:
    token = reader.next()
    if token.kind == "parameter":
        index = int(token.text[1:]) - 1
        return lambda statement: str(statement.parameters[index] or "")
    value = token.value.lower() if token.kind in ("word", "quoted") else token.value
    return lambda _: value


def _names(reader: Reader) -> list[Name]:
    found = [_name(reader)]
    while reader.take("."):
        found.append(_name(reader))
    return found


def _columns(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names)


def _listing(columns: tuple[Column, ...], query: Callable[[Statement], str]) -> Command:
    async def run(statement: Statement, conversation: Conversation) -> None:
        result = await conversation.execute(query(statement))
        conversation.send_rows(columns, result.rows)
        conversation.complete("SHOW")

    return Command(run, columns)


def _filters(reader: Reader) -> tuple[Name | None, int | None]:
    """``[LIKE pattern] [LIMIT n]``."""
    pattern = _name(reader) if reader.take("like") else None
    limit = int(reader.next().text) if reader.take("limit") else None
    reader.finish()
    return pattern, limit


def _where(column: str, pattern: Name | None, limit: int | None, statement: Statement, order: str) -> str:
    test = f" AND {column} LIKE {quote_string(pattern(statement))}" if pattern is not None else ""
    return f"{test} ORDER BY {order}" + (f" LIMIT {limit}" if limit is not None else "")


def _check_database(name: Name | None, session: Session) -> Callable[[Statement], None]:
    def check(statement: Statement) -> None:
        if name is not None and name(statement).lower() != session.database.lower():
            raise RedshiftError("3D000", f'database "{name(statement)}" does not exist')

    return check


# --- databases, schemas, tables, columns -----------------------------------------------------------------------------
@command("show databases")
def show_databases(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    reader = Reader(sql)
    reader.expect("show", "databases")
    if reader.take("from", "data", "catalog"):
        reader.rest()
    pattern, limit = _filters(reader)
    columns = _columns(
        "database_name", "database_owner", "database_type", "database_acl", "parameters", "database_isolation_level"
    )
    return _listing(
        columns,
        lambda statement: (
            "SELECT datname, datdba, 'local', NULL, NULL, 'Snapshot Isolation' FROM pg_catalog.pg_database"
            " WHERE datallowconn AND datname NOT IN ('template1', 'postgres')"
            + _where("datname", pattern, limit, statement, "1")
        ),
    )


@command("show schemas")
def show_schemas(sql: str, session: Session) -> Plan:
    reader = Reader(sql)
    reader.expect("show", "schemas")
    database = None
    if reader.take("from"):
        reader.expect("database")
        database = _name(reader)
    pattern, limit = _filters(reader)
    check = _check_database(database, session)
    columns = _columns(
        "database_name", "schema_name", "schema_owner", "schema_type", "schema_acl", "source_database", "schema_option"
    )

    def query(statement: Statement) -> str:
        check(statement)
        return (
            "SELECT pg_catalog.current_database(), nspname, nspowner, 'local', array_to_string(nspacl, '~'), NULL, NULL"
            " FROM pg_catalog.pg_namespace WHERE nspname NOT LIKE 'pg!_%' ESCAPE '!'"
            + _where("nspname", pattern, limit, statement, "2")
        )

    return _listing(columns, query)


@command("show tables")
def show_tables(sql: str, session: Session) -> Plan:
    reader = Reader(sql)
    reader.expect("show", "tables")
    reader.expect("from", "schema")
    parts = _names(reader)
    pattern, limit = _filters(reader)
    check = _check_database(parts[0] if len(parts) > 1 else None, session)
    columns = _columns(
        "database_name", "schema_name", "table_name", "table_type", "table_acl", "remarks", "owner",
        "last_altered_time",
        "last_modified_time", "dist_style", "table_subtype",
    )  # fmt: skip

    def query(statement: Statement) -> str:
        check(statement)
        return (
            "SELECT pg_catalog.current_database(), n.nspname, c.relname,"
            " CASE c.relkind WHEN 'r' THEN 'TABLE' ELSE 'VIEW' END,"
            " array_to_string(c.relacl, '~'), pg_catalog.obj_description(c.oid, 'pg_class'),"
            " pg_catalog.pg_get_userbyid(c.relowner), NULL, NULL, pg_catalog.dw_diststyle(c.oid),"
            " CASE c.relkind WHEN 'r' THEN 'REGULAR TABLE' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'REGULAR VIEW' END"
            " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            f" WHERE c.relkind IN ('r', 'v', 'm') AND n.nspname = {quote_string(parts[-1](statement))}"
            + _where("c.relname", pattern, limit, statement, "3")
        )

    return _listing(columns, query)


@command("show columns")
def show_columns(sql: str, session: Session) -> Plan:
    reader = Reader(sql)
    reader.expect("show", "columns")
    reader.expect("from", "table")
    parts = _names(reader)
    pattern, limit = _filters(reader)
    check = _check_database(parts[0] if len(parts) > 2 else None, session)
    columns = _columns(
        "database_name", "schema_name", "table_name", "column_name", "ordinal_position", "column_default",
        "is_nullable",
        "data_type", "character_maximum_length", "numeric_precision", "numeric_scale", "remarks", "sort_key_type",
        "sort_key", "dist_key", "encoding", "collation",
    )  # fmt: skip

    def query(statement: Statement) -> str:
        check(statement)
        schema = quote_string(parts[-2](statement)) if len(parts) > 1 else "ANY (pg_catalog.current_schemas(false))"
        return (
            "SELECT * FROM pg_catalog.dw_show_columns"
            f" WHERE schema_name = {schema} AND table_name = {quote_string(parts[-1](statement))}"
            + _where("column_name", pattern, limit, statement, "ordinal_position")
        )

    return _listing(columns, query)


# --- definitions -----------------------------------------------------------------------------------------------------
def _definition(sql: str, words: Sequence[str], title: str, function: str) -> Plan:
    reader = Reader(sql)
    reader.expect(*words)
    parts = reader.qualified_name()
    arguments = f"({reader.parenthesised()})" if reader.ahead("(") else ""
    reader.finish()
    name = quote_string(quote_names(parts[-2:]) + arguments)
    return _listing(_columns(title), lambda _: f"SELECT pg_catalog.{function}({name})")


@command("show table")
def show_table(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    return _definition(sql, ("show", "table"), "Show Table DDL statement", "dw_show_table")


@command("show view")
def show_view(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    return _definition(sql, ("show", "view"), "Show View DDL statement", "dw_show_view")


@command("show procedure")
def show_procedure(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    return _definition(sql, ("show", "procedure"), "Stored Procedure Definition", "dw_show_procedure")


@command("show grants")
def show_grants(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    reader = Reader(sql)
    reader.expect("show", "grants")
    test = "true"
    if reader.take("on"):
        kind = reader.take_any("table", "schema", "database", "function", "procedure") or "table"
        parts = reader.qualified_name()
        test = f"object_name = {quote_string(parts[-1])} AND object_type = {quote_string(kind.upper())}"
    elif reader.take_any("for", "to"):
        reader.take_any("user", "role", "group")
        test = f"identity_name = {quote_string(reader.name())}"
    reader.rest()
    columns = _columns(
        "database_name", "schema_name", "object_name", "object_type", "privilege_type", "identity_id", "identity_name",
        "identity_type", "admin_option", "privilege_scope", "grantor_name",
    )  # fmt: skip
    return _listing(columns, lambda _: f"SELECT * FROM pg_catalog.dw_show_grants WHERE {test}")
