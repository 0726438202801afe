"""EXECUTE IMMEDIATE and stored procedures. Vendor pages: "EXECUTE IMMEDIATE", "CALL", "CREATE PROCEDURE"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry, type_from_json
from dw_simulator.emulators.snowflake.catalog.routines import signed_name
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.options import if_not_exists, properties
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.programs.definitions import take_options
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.scripting import procedures
from dw_simulator.emulators.snowflake.scripting.parser import parse
from dw_simulator.emulators.snowflake.scripting.signatures import described, signature
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.lexer import STRING
from dw_simulator.emulators.snowflake.translation.scope import Scope
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

KIND = "PROCEDURE"


# --- EXECUTE IMMEDIATE ------------------------------------------------------------------------------------------------
@command("EXECUTE IMMEDIATE")
def execute_immediate(run: Run) -> StatementResult:
    """A statement or block that a string, a variable or a bind holds; USING gives values for its question marks."""
    parser = run.parser
    binder = run.engine.binder(run)
    binder.scope = Scope(parameters=dict(run.state.variables or {}))
    text = procedures.const_text(run.state, binder.expression(parser.expression()))
    using: Mapping[str, Typed] | None = None
    if parser.accept("USING"):
        nodes = parser.parenthesized(parser.expression)
        using = {str(at): binder.expression(node) for at, node in enumerate(nodes, 1)}
    parser.expect_end()
    if text is None:
        raise errors.INVALID_PARAMETER_VALUE("expression", "EXECUTE IMMEDIATE")
    seen, run.state.variables = run.state.variables, using
    try:
        result = run.engine.statement(run.session, run.state, text, run.query_id)
    finally:
        run.state.variables = seen
    return result


# --- CALL -------------------------------------------------------------------------------------------------------------
@command("CALL")
def call(run: Run) -> StatementResult:
    """A stored procedure, or a system function as one."""
    parser = run.parser
    system = parser.token.value.startswith("SYSTEM$")
    name = parser.token.value
    node = parser.expression()
    parser.expect_end()
    binder = run.engine.binder(run)
    if system:
        value = binder.expression(node)
        (row,) = run.state.connection.run(f"SELECT {value.sql}")
        return StatementResult.rows([ResultColumn(name, value.type)], [row], StatementType.SELECT)
    if not isinstance(node, n.Call):
        parser.fail()
    nodes = (*node.args, *node.named.values())
    catalog = ddl.catalog_of(run)
    entry, ordered = procedures.find(catalog, node, {id(item): binder.expression(item).type for item in nodes})
    if run.describe_only:
        return _described(entry)
    return procedures.call_bound(run.engine, run.session, run.state, entry, ordered, binder)


# --- CREATE, ALTER, DESCRIBE ------------------------------------------------------------------------------------------
@command(
    *(
        f"CREATE {replace}{kind}PROCEDURE"
        for replace in ("", "OR REPLACE ")
        for kind in ("", "SECURE ", "TEMPORARY ", "TEMP ")
    ),
    "CREATE OR ALTER PROCEDURE",
    "CREATE OR ALTER SECURE PROCEDURE",
)
def create_procedure(run: Run) -> StatementResult:
    if_missing = if_not_exists(run.parser)
    entry = ddl.new_entry(run, KIND, ddl.object_name(run), "CREATE PROCEDURE")
    plain = entry.name
    _define(run, entry)
    run.parser.expect_end()
    return ddl.create(
        run, entry, Changes(), replace="OR REPLACE" in run.words, if_missing=if_missing,
        message=f"Function {plain} successfully created.",
    )  # fmt: skip


def _define(run: Run, entry: Entry) -> None:
    """What follows a procedure's name, up to and with its body."""
    parser = run.parser
    mapping = str(run.session.parameters["TIMESTAMP_TYPE_MAPPING"])
    entry.properties, kinds = signature(parser, entry.name, mapping)
    entry.properties["secure"] = "SECURE" in run.words
    entry.temporary = any(word in run.words for word in ("TEMP", "TEMPORARY"))
    language = _options(run, entry)
    if language == "SQL" or parser.is_word("AS"):
        parser.expect("AS")
        entry.text = parser.next().value if parser.token.kind == STRING else parser.rest()
    if language == "SQL":
        parse(entry.text, mapping)
    else:
        entry.text = entry.text.strip("\n")
    entry.name = signed_name(entry.name, kinds)


@command("WITH")
def call_anonymous(run: Run) -> StatementResult:
    """``WITH name AS PROCEDURE (…) … CALL name(…)``. Vendor page: "CALL (with anonymous procedure)"."""
    parser = run.parser
    name = parser.identifier()
    parser.expect("AS", "PROCEDURE")
    view = ddl.catalog_of(run)
    database, schema, _ = view.qualify((name,), "CALL")
    entry = Entry(KIND, name, database, schema, run.engine.catalog.next_id(), run.session.role or "ACCOUNTADMIN")
    _define(run, entry)
    entry.properties["execute_as"] = "CALLER"
    parser.expect("CALL")
    node = parser.expression()
    parser.expect_end()
    if not isinstance(node, n.Call) or node.name != name:
        parser.fail()
    binder = run.engine.binder(run)
    nodes = (*node.args, *node.named.values())
    ordered = procedures.fitted(entry, node, {id(item): binder.expression(item).type for item in nodes})
    if run.describe_only:
        return _described(entry)
    return procedures.call_bound(run.engine, run.session, run.state, entry, ordered, binder)


def _described(entry: Entry) -> StatementResult:
    """The columns that a procedure's call has."""
    kind = procedures.returned_type(entry)
    columns = [ResultColumn(entry.properties["base_name"], kind)] if kind is not None else [
        ResultColumn(label, type_from_json(dict(kept))) for label, kept in entry.properties["table"]
    ]  # fmt: skip
    return StatementResult.rows(columns, [])


def _options(run: Run, entry: Entry) -> str:
    """The options before AS; returns the language."""
    parser, language = run.parser, "SQL"
    handler: dict[str, Any] = {}
    while not parser.is_word("AS") and not parser.at_end():
        if parser.accept("LANGUAGE"):
            language = parser.identifier()
        elif parser.accept("EXECUTE", "AS"):
            entry.properties["execute_as"] = _rights(run)
        elif parser.accept("RETURNS", "NULL", "ON", "NULL", "INPUT") or parser.accept("STRICT"):
            entry.properties["strict"] = True
        elif parser.accept("COPY", "GRANTS"):
            entry.properties["copy_grants"] = True
        elif parser.accept("CALLED", "ON", "NULL", "INPUT") or parser.accept_any("IMMUTABLE", "VOLATILE"):
            pass
        else:
            found = properties(parser)
            if not found:
                parser.fail()
            entry.comment = str(found.pop("COMMENT", entry.comment))
            if "TAG" in found:
                entry.properties["TAG"] = found.pop("TAG")
            handler |= found
    if language != "SQL":
        take_options(entry, language, handler)
    for name in handler:
        raise errors.INVALID_PROPERTY(name, KIND)
    return language


def _rights(run: Run) -> str:
    if run.parser.is_word("RESTRICTED"):
        raise errors.UNSUPPORTED_FEATURE("EXECUTE AS RESTRICTED CALLER")
    word = run.parser.accept_any("OWNER", "CALLER")
    if word is None:
        run.parser.fail()
    return word


@command("ALTER PROCEDURE")
def alter_procedure(run: Run) -> StatementResult:
    parser = run.parser
    maybe = parser.accept("IF", "EXISTS")
    parts = ddl.routine_name(parser)
    view = ddl.catalog_of(run)
    if maybe and view.find(KIND, parts) is None:
        return ddl.succeeded()
    entry = ddl.copy_entry(view.require(KIND, parts, "ALTER PROCEDURE"))
    if parser.accept("RENAME", "TO"):
        _rename(run, entry)
    elif parser.accept("EXECUTE", "AS"):
        entry.properties["execute_as"] = _rights(run)
    elif parser.accept("UNSET", "COMMENT"):
        entry.comment = ""
    elif ddl.change_tags(run, entry):
        pass
    else:
        parser.expect("SET")
        if parser.accept("SECURE"):
            entry.properties["secure"] = True
        else:
            parser.expect("COMMENT")
            parser.expect_op("=")
            entry.comment = parser.string()
    parser.expect_end()
    changes = Changes()
    changes.put(entry)
    run.engine.apply(run, changes)
    return ddl.succeeded()


def _rename(run: Run, entry: Entry) -> None:
    """A new name; the types of the arguments stay part of it."""
    types = entry.name[len(entry.properties["base_name"]) :]
    ddl.rename_entry(run, entry, types)
    entry.properties["base_name"] = entry.name[: len(entry.name) - len(types)]


@command("DESCRIBE PROCEDURE", "DESC PROCEDURE")
def describe_procedure(run: Run) -> StatementResult:
    parts = ddl.routine_name(run.parser)
    run.parser.expect_end()
    entry = ddl.catalog_of(run).require(KIND, parts, "DESCRIBE")
    values = entry.properties
    arguments, result = described(values)
    rows = [
        ("signature", arguments),
        ("returns", result + (" NOT NULL" if values["not_null"] else "")),
        ("language", values.get("language", "SQL")),
        ("null handling", "RETURNS NULL ON NULL INPUT" if values["strict"] else "CALLED ON NULL INPUT"),
        ("volatility", "VOLATILE"),
        ("execute as", values["execute_as"]),
        ("body", entry.text),
    ]
    columns = [ResultColumn("property", m.text()), ResultColumn("value", m.text())]
    return StatementResult.rows(columns, rows, StatementType.DESCRIBE)
