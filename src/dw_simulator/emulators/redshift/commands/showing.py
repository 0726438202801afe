"""SHOW of objects: databases, schemas, tables, columns, keys, views, procedures, functions, their parameters, grants.

"SHOW DATABASES", "SHOW SCHEMAS", "SHOW TABLES", "SHOW COLUMNS", "SHOW CONSTRAINTS", "SHOW TABLE", "SHOW VIEW",
"SHOW PROCEDURE", "SHOW PROCEDURES", "SHOW FUNCTIONS", "SHOW PARAMETERS", "SHOW GRANTS", "SHOW COLUMN GRANTS".
Each becomes a query of a view in catalog/32_show.sql. Names may be bound as $1, $2, …: drivers ask so.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dw_simulator.emulators.redshift.commands.lexer import Reader, quote_name, quote_names, quote_string
from dw_simulator.emulators.redshift.commands.registry import command
from dw_simulator.emulators.redshift.commands.types import Plan, Rewritten, Session
from dw_simulator.emulators.redshift.errors import UnsupportedFeatureError


@dataclass(slots=True)
class _Listing:
    """A query of ``view`` that grows as the statement is read."""

    view: str
    tests: list[str] = field(default_factory=list)
    order: str = "1"
    limit: str = ""

    def plan(self) -> Plan:
        where = f" WHERE {' AND '.join(self.tests)}" if self.tests else ""
        return Rewritten(f"SELECT * FROM pg_catalog.{self.view}{where} ORDER BY {self.order}{self.limit}", tag="SHOW")

    def equal(self, column: str, value: str) -> None:
        self.tests.append(f"{column} = {value}")

    def database(self, value: str) -> None:
        """Only the database of the connection can be asked; 3D000 for any other."""
        self.tests.append(f"pg_catalog.dw_check_database({value})")

    def filters(self, reader: Reader, column: str = "") -> None:
        """``[LIKE pattern] [LIMIT n]``, the pattern only where ``column`` can be searched."""
        if column and reader.take("like"):
            self.tests.append(f"{column} LIKE {_text(reader)}")
        if reader.take("limit"):
            self.limit = f" LIMIT {_number(reader)}"
        reader.finish()


def _number(reader: Reader) -> int:
    text = reader.next().text
    if not text.isdigit():
        reader.position -= 1
        raise reader.error()
    return int(text)


def _text(reader: Reader) -> str:
    """An expression for a name or string as written, or for a bound value."""
    token = reader.next()
    if token.kind == "parameter":
        return f"CAST({token.text} AS text)"
    if token.kind not in ("word", "quoted", "string"):
        reader.position -= 1
        raise reader.error()
    return quote_string(token.value if token.kind == "string" else token.value.lower())


def _names(reader: Reader) -> list[str]:
    found = [_text(reader)]
    while reader.take("."):
        found.append(_text(reader))
    return found


def _table(listing: _Listing, reader: Reader, table: str = "table_name", schema: str = "schema_name") -> None:
    """``[[database.]schema.]table``; without a schema it is looked for along the search path."""
    parts = _names(reader)
    listing.equal(table, parts[-1])
    if len(parts) > 1:
        listing.equal(schema, parts[-2])
    else:
        listing.tests.append(f"{schema} = ANY (pg_catalog.current_schemas(false))")
    if len(parts) > 2:
        listing.database(parts[-3])


def _schema(listing: _Listing, reader: Reader) -> None:
    """``FROM SCHEMA [database.]schema``."""
    reader.expect("from", "schema")
    parts = _names(reader)
    listing.equal("schema_name", parts[-1])
    if len(parts) > 1:
        listing.database(parts[-2])


# --- databases, schemas, tables, columns, keys -----------------------------------------------------------------------
@command("show databases")
def show_databases(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    reader = Reader(sql)
    reader.expect("show", "databases")
    listing = _Listing("dw_show_databases")
    if reader.ahead("from", "data", "catalog"):
        raise UnsupportedFeatureError("SHOW DATABASES FROM DATA CATALOG")
    listing.filters(reader, "database_name")
    return listing.plan()


@command("show schemas")
def show_schemas(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    reader = Reader(sql)
    reader.expect("show", "schemas")
    listing = _Listing("dw_show_schemas", order="2")
    if reader.take("from"):
        reader.expect("database")
        listing.database(_text(reader))
    listing.filters(reader, "schema_name")
    return listing.plan()


@command("show tables")
def show_tables(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    reader = Reader(sql)
    reader.expect("show", "tables")
    listing = _Listing("dw_show_tables", order="3")
    _schema(listing, reader)
    listing.filters(reader, "table_name")
    return listing.plan()


@command("show columns")
def show_columns(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    reader = Reader(sql)
    reader.expect("show", "columns", "from", "table")
    listing = _Listing("dw_show_columns", order="ordinal_position")
    _table(listing, reader)
    listing.filters(reader, "column_name")
    return listing.plan()


@command("show constraints")
def show_constraints(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    reader = Reader(sql)
    reader.expect("show", "constraints")
    if reader.take("primary", "keys"):
        listing, side = _Listing("dw_show_primary_keys", order="key_seq"), ""
    else:
        reader.expect("foreign", "keys")
        side = "pk_" if reader.take("exported") else "fk_"
        listing = _Listing("dw_show_foreign_keys", order="pk_schema_name, pk_table_name, fk_name, key_seq")
    reader.expect("from", "table")
    _table(listing, reader, f"{side}table_name", f"{side}schema_name")
    listing.filters(reader)
    return listing.plan()


# --- procedures and functions ----------------------------------------------------------------------------------------
@command("show procedures", "show functions")
def show_routines(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    reader = Reader(sql)
    reader.expect("show")
    kind = reader.take_any("procedures", "functions").removesuffix("s")
    listing = _Listing(f"dw_show_{kind}s", order="schema_name, 3, argument_list")
    _schema(listing, reader)
    listing.filters(reader, f"{kind}_name")
    return listing.plan()


@command("show parameters")
def show_parameters(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    reader = Reader(sql)
    reader.expect("show", "parameters", "of")
    kind = reader.take_any("procedure", "function")
    if not kind:
        raise reader.error()
    listing = _Listing(f"dw_show_{kind}_parameters({{}})", order="ordinal_position")
    _table(listing, reader, f"{kind}_name")
    listing.view = listing.view.format(_argument_types(reader))
    listing.filters(reader, "parameter_name")
    return listing.plan()


def _argument_types(reader: Reader) -> str:
    """``(type, …)`` as an array of type names, each written out or bound."""
    reader.expect("(")
    types: list[str] = []
    while not reader.take(")"):
        if types:
            reader.expect(",")
        token = reader.current
        if token is not None and token.kind == "parameter":
            types.append(_text(reader))
            continue
        words = [reader.next().value]
        while not reader.at_end() and not (reader.ahead(",") or reader.ahead(")")):
            if reader.ahead("("):
                reader.parenthesised()
            else:
                words.append(reader.next().value)
        types.append(quote_string(" ".join(words)))
    return f"CAST(ARRAY[{', '.join(types)}] AS text[])"


# --- definitions -----------------------------------------------------------------------------------------------------
def _definition(sql: str, session: Session, words: tuple[str, ...], title: str, function: str) -> Plan:
    reader = Reader(sql, database=session.database)
    reader.expect(*words)
    parts = reader.relation_name()
    arguments = f"({reader.parenthesised()})" if reader.ahead("(") else ""
    reader.finish()
    name = quote_string(quote_names(parts) + arguments)
    return Rewritten(f"SELECT pg_catalog.{function}({name}) AS {quote_name(title)}", tag="SHOW")


@command("show table")
def show_table(sql: str, session: Session) -> Plan:
    return _definition(sql, session, ("show", "table"), "Show Table DDL statement", "dw_show_table")


@command("show view")
def show_view(sql: str, session: Session) -> Plan:
    return _definition(sql, session, ("show", "view"), "Show View DDL statement", "dw_show_view")


@command("show procedure")
def show_procedure(sql: str, session: Session) -> Plan:
    return _definition(sql, session, ("show", "procedure"), "Stored Procedure Definition", "dw_show_procedure")


# --- grants ----------------------------------------------------------------------------------------------------------
@command("show grants")
def show_grants(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    reader = Reader(sql)
    reader.expect("show", "grants")
    listing = _Listing("dw_show_grants", order="schema_name, object_name, privilege_type, identity_name")
    if reader.take("on"):
        kind = reader.take_any("table", "schema", "database", "function", "procedure") or "table"
        if kind == "database":
            listing = _Listing("svv_database_privileges", order="privilege_type, identity_name")
            listing.equal("database_name", _text(reader))
        elif kind in ("function", "procedure"):
            _routine(listing, reader)
        elif kind == "table":
            _table(listing, reader, "object_name")
        else:
            parts = _names(reader)
            listing.equal("object_name", parts[-1])
            if len(parts) > 1:
                listing.database(parts[-2])
        if kind == "schema":
            listing.equal("object_type", "'SCHEMA'")
        elif kind == "table":  # of views too
            listing.tests.append("object_type <> 'SCHEMA'")
    _grantee(listing, reader)
    listing.filters(reader)
    return listing.plan()


@command("show column grants")
def show_column_grants(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    reader = Reader(sql)
    reader.expect("show", "column", "grants", "on", "table")
    listing = _Listing("dw_show_column_grants", order="column_name, privilege_type, identity_name")
    _table(listing, reader)
    _grantee(listing, reader)
    listing.filters(reader)
    return listing.plan()


def _routine(listing: _Listing, reader: Reader) -> None:
    """``[[database.]schema.]name(type, …)``: overloaded names are told apart by their arguments."""
    parts = reader.qualified_name()
    if len(parts) > 2:
        listing.database(quote_string(parts[-3]))
    name = quote_string(quote_names(parts[-2:]))
    listing.view = f"dw_show_routine_grants({name}, {_argument_types(reader)})"


def _grantee(listing: _Listing, reader: Reader) -> None:
    """``[FOR {name | ROLE name | PUBLIC}] [FROM DATABASE name]``."""
    if reader.take_any("for", "to"):
        reader.take_any("user", "role", "group")
        listing.equal("identity_name", _text(reader))
        if reader.take("from", "database"):
            listing.database(_text(reader))
