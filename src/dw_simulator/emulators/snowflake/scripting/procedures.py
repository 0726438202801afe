"""Calling stored procedures in SQL. Vendor pages: "CALL", "Caller's rights and owner's rights stored procedures"."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import overloads
from dw_simulator.emulators.snowflake.catalog.model import Entry, type_from_json
from dw_simulator.emulators.snowflake.catalog.overloads import Ordered
from dw_simulator.emulators.snowflake.programs import procedures as programs
from dw_simulator.emulators.snowflake.results import StatementResult
from dw_simulator.emulators.snowflake.scripting import values as v
from dw_simulator.emulators.snowflake.scripting.evaluation import evaluated
from dw_simulator.emulators.snowflake.scripting.failures import ScriptError
from dw_simulator.emulators.snowflake.scripting.interpreter import Outcome, run_block
from dw_simulator.emulators.snowflake.scripting.parser import parse
from dw_simulator.emulators.snowflake.session_state import Scope
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.binder import Binder
from dw_simulator.emulators.snowflake.translation.lexer import OP
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery, OutputColumn
from dw_simulator.emulators.snowflake.translation.text import identifier
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.catalog.view import SessionCatalog
    from dw_simulator.emulators.snowflake.engine import Engine
    from dw_simulator.emulators.snowflake.session_state import SessionState
    from dw_simulator.emulators.snowflake.sessions import Session

DEEPEST = 16
"""Blocks and procedures in each other, at most: each takes a share of the interpreter's stack."""


# --- blocks -----------------------------------------------------------------------------------------------------------
def run_anonymous(
    engine: Engine, session: Session, state: SessionState, text: str, given: Mapping[str, Typed]
) -> StatementResult:
    """Carry out an anonymous block; ``given`` are the values of its binds (``?`` or ``:1``).

    Raises:
        SnowflakeError: as :func:`interpreter.run_block` does.
    """
    if given:
        text = _numbered(text)
    block = parse(text, str(session.parameters["TIMESTAMP_TYPE_MAPPING"]))
    with _deeper(state):
        outcome = run_block(engine, session, state, text, block, given=given)
    return _result(engine, session, state, outcome, "anonymous block")


def _numbered(text: str) -> str:
    """Question marks as the binds ``:1``, ``:2`` … that they are: the statements of a block are read one by one."""
    parser, parts, done = Parser(text), [], 0
    marks = [token for token in parser.tokens if token.kind == OP and token.value == "?"]
    words = [token.value for token in parser.tokens]
    if marks and any(word == "OPEN" and "USING" in words[at + 2 : at + 3] for at, word in enumerate(words)):
        raise errors.UNSUPPORTED_FEATURE("question marks of the client together with OPEN … USING: write :1")
    for number, token in enumerate(marks, 1):
        parts.append(f"{text[done : token.start]}:{number}")
        done = token.end
    return "".join(parts) + text[done:]


@contextmanager
def _deeper(state: SessionState) -> Iterator[None]:
    if state.calls >= DEEPEST:
        raise errors.UNSUPPORTED_FEATURE(f"more than {DEEPEST} blocks and procedures that call each other")
    state.calls += 1
    try:
        yield
    finally:
        state.calls -= 1
        if not state.calls:
            state.script_results.clear()


def _result(engine: Engine, session: Session, state: SessionState, outcome: Outcome, name: str) -> StatementResult:
    if outcome.rows is not None:
        return StatementResult(outcome.rows.columns, outcome.rows.batches)
    return engine.one_value(session, state, name, outcome.value or v.null(m.text()))


# --- finding ----------------------------------------------------------------------------------------------------------
def find(catalog: SessionCatalog, call: n.Call, kinds: dict[int, SnowflakeType]) -> tuple[Entry, Ordered]:
    """The overload that a call means. ``kinds`` are the types of the call's arguments, by the ids of their nodes.

    Raises:
        SnowflakeError: 002140 there is no procedure of that name, 001044 none for such arguments.
    """
    parts = (*call.qualifier, call.name)
    catalog.qualify(parts, "CALL")
    reached = next(filter(None, (_named(catalog, names) for names in catalog.searched(parts))), [])
    if not reached:
        raise errors.UNKNOWN_FUNCTION(".".join(parts))
    return overloads.best(reached, call, kinds)


def _named(catalog: SessionCatalog, parts: tuple[str, ...]) -> list[Entry]:
    database, schema, name = catalog.qualify(parts, "CALL")
    own = [entry for entry in catalog.temporary.values()
           if entry.kind == "PROCEDURE" and (entry.database, entry.schema) == (database, schema)]  # fmt: skip
    named = [entry for entry in (*own, *catalog.catalog.entries("PROCEDURE", database, schema))
             if entry.properties["base_name"] == name]  # fmt: skip
    return [entry for entry in named if catalog.access is None or catalog.access.reaches(entry)]


def fitted(entry: Entry, call: n.Call, kinds: dict[int, SnowflakeType]) -> Ordered:
    """The arguments of a call of one procedure. Raises SnowflakeError 001044: they do not fit."""
    return overloads.best([entry], call, kinds)[1]


def rows_of_call(
    engine: Engine, session: Session, state: SessionState, binder: Binder, node: n.Call
) -> BoundQuery:  # fmt: skip
    """``TABLE(procedure(…))``: it is called, and its rows are read. Vendor page: "Using a stored procedure in FROM".

    Raises:
        SnowflakeError: as :func:`find` and :func:`call`; 000002 it returns no table.
    """
    nodes = (*node.args, *node.named.values())
    catalog = engine.session_catalog(session, state)
    entry, ordered = find(catalog, node, {id(item): binder.expression(item).type for item in nodes})
    if returned_type(entry) is not None:
        raise errors.UNSUPPORTED_FEATURE(
            f"the procedure {entry.properties['base_name']}, which returns no table, in FROM"
        )
    binder.env.volatile = True
    declared = [
        OutputColumn(name, type_from_json(dict(kind)), f"c{at}")
        for at, (name, kind) in enumerate(entry.properties["table"] or ())
    ]
    if binder.env.describing and declared:
        items = ", ".join(f"{v.null(column.type).sql} AS {column.key}" for column in declared)
        return BoundQuery(f"SELECT {items}", declared)
    result = call(engine, session, state, entry, arguments_of(binder, state, entry, ordered))
    rows = v.ResultSet(str(uuid.uuid4()), result.columns, list(result.batches))
    v.keep(state, rows)
    source, columns = engine.result_scan(session, state, str(rows.query_id))
    return BoundQuery(
        f"SELECT * FROM {source}",
        [OutputColumn(column.name, column.type, f"c{at}") for at, column in enumerate(columns)],
    )


# --- calling ----------------------------------------------------------------------------------------------------------
def arguments_of(binder: Binder, state: SessionState, entry: Entry, ordered: Ordered) -> dict[str, v.Slot]:
    """The values of a call's arguments, of the procedure's types."""
    slots = {}
    for node, (name, wanted, _) in zip(ordered, entry.properties["arguments"], strict=True):
        kind = type_from_json(dict(wanted))
        value = binder.expression(Parser(node).expression() if isinstance(node, str) else node)
        slots[name] = v.Slot(kind, evaluated(state, binder.coerce(value, kind, assign=True), kind))
    return slots


def call_bound(
    engine: Engine, session: Session, state: SessionState, entry: Entry, ordered: Ordered, binder: Binder
) -> StatementResult:
    """Call a procedure with arguments that ``binder`` evaluates; what is OUT goes to the variables given for it.

    Raises:
        SnowflakeError: as :func:`call`; 001003 an argument that is OUT is no variable of a block.
    """
    targets: dict[str, str] = {}
    for node, (name, _, _) in zip(ordered, entry.properties["arguments"], strict=True):
        if name in entry.properties.get("outputs", ()):
            known = isinstance(node, n.BindRef) and node.name in (state.variables or {}) and not node.name.isdigit()
            if not isinstance(node, n.BindRef) or not known or node.name in targets.values():
                raise errors.OUTPUT_NO_VARIABLE(name)
            targets[name] = node.name
    arguments = arguments_of(binder, state, entry, ordered)
    result = call(engine, session, state, entry, arguments)
    state.outputs |= {variable: arguments[name].value for name, variable in targets.items()}
    return result


def call_nested(
    engine: Engine, session: Session, state: SessionState, nested: v.Nested, node: n.Call, binder: Binder
) -> StatementResult:
    """Call a procedure that a block declares. Raises as :func:`call_bound` does; 001044: the arguments do not fit."""
    entry = Entry(
        "PROCEDURE", nested.name, session.database or "", session.schema or "", 0, session.role or "", text=nested.text,
        properties={**nested.properties, "execute_as": "CALLER"},
    )  # fmt: skip
    if node.named:
        raise errors.UNSUPPORTED_FEATURE("named arguments of a nested stored procedure")
    ordered = fitted(entry, node, {id(item): binder.expression(item).type for item in node.args})
    return call(engine, session, state, entry, arguments_of(binder, state, entry, ordered), nested.around())


def returned_type(entry: Entry) -> SnowflakeType | None:
    """The type of the value that a procedure returns; None: it returns a table."""
    returns = entry.properties["returns"]
    return None if returns is None else type_from_json(dict(returns))


def call(
    engine: Engine, session: Session, state: SessionState, entry: Entry, arguments: dict[str, v.Slot],
    around: v.Frame | None = None,
) -> StatementResult:  # fmt: skip
    """Run a procedure; a nested one sees the names ``around`` it.

    Raises:
        SnowflakeError: as :func:`interpreter.run_block` does; 090232 a transaction is left open.
    """
    kind = returned_type(entry)
    name = str(entry.properties["base_name"])
    if entry.properties["strict"] and any(slot.value.const is None for slot in arguments.values()):
        return engine.one_value(session, state, name, v.null(kind or m.text()))
    if entry.properties.get("language", "SQL") != "SQL":
        with _scope(engine, session, state):
            return _program(engine, session, state, entry, arguments)
    with _deeper(state), _rights(session, state, entry):
        block = parse(entry.text, str(session.parameters["TIMESTAMP_TYPE_MAPPING"]))
        with _scope(engine, session, state):
            outcome = run_block(
                engine, session, state, entry.text, block, arguments=arguments, returns=kind, around=around
            )
        if outcome.rows is not None:
            return _table(engine, session, state, entry, outcome.rows)
        value = outcome.value or v.null(kind or m.text())
        if entry.properties["not_null"] and value.const is None:
            raise ScriptError(
                errors.NULL_NOT_ALLOWED.errno, errors.NULL_NOT_ALLOWED.sqlstate, errors.NULL_NOT_ALLOWED.template
            )
        return engine.one_value(session, state, name, value)


@contextmanager
def _scope(engine: Engine, session: Session, state: SessionState) -> Iterator[None]:
    """Where a procedure runs, whose transactions end in it.

    Raises:
        SnowflakeError: 090232, one that it opened is open still; it is rolled back.
    """
    connection = state.connection
    scope = Scope(connection.in_transaction, connection.depth)
    state.scopes.append(scope)
    try:
        yield
    finally:
        left_open = connection.depth > scope.depth or (connection.in_transaction and not scope.outside)
        if left_open:
            waiting = state.suspended[-1][2] if state.suspended else None
            engine.rollback(state)
            session.in_transaction, session.transaction_id = connection.in_transaction, waiting
        state.scopes.pop()
    if left_open:
        raise ScriptError(
            errors.TRANSACTION_LEFT_OPEN.errno, errors.TRANSACTION_LEFT_OPEN.sqlstate,
            errors.TRANSACTION_LEFT_OPEN.template,
        )  # fmt: skip


def _program(
    engine: Engine, session: Session, state: SessionState, entry: Entry, arguments: dict[str, v.Slot]
) -> StatementResult:  # fmt: skip
    with _deeper(state), _rights(session, state, entry):
        found = programs.run(engine, session, state, entry, arguments)
        if isinstance(found, StatementResult):
            return found
        return engine.one_value(session, state, str(entry.properties["base_name"]), found)


def _table(
    engine: Engine, session: Session, state: SessionState, entry: Entry, rows: v.ResultSet
) -> StatementResult:  # fmt: skip
    """The rows with the names and types of RETURNS TABLE, if it names any."""
    declared: Sequence[tuple[str, dict[str, object]]] = entry.properties["table"] or ()
    if not declared:
        return StatementResult(rows.columns, rows.batches)
    if len(declared) != len(rows.columns):
        error = errors.PROCEDURE_COLUMNS(entry.properties["base_name"], len(rows.columns), len(declared))
        raise ScriptError(error.errno, error.sqlstate, error.message)
    v.keep(state, rows)
    items = ", ".join(
        f"${at}::{type_from_json(dict(kind)).sql_name()} AS {identifier(name)}"
        for at, (name, kind) in enumerate(declared, 1)
    )
    text = f"SELECT {items} FROM TABLE(RESULT_SCAN('{rows.query_id}'))"
    result = engine.statement(session, state, text, str(uuid.uuid4()))
    result.batches = list(result.batches)
    return result


@contextmanager
def _rights(session: Session, state: SessionState, entry: Entry) -> Iterator[None]:
    """The caller's rights, or those of the owner: its role, the procedure's schema, no session variables."""
    before = session.role, session.secondary_roles, session.database, session.schema, session.variables
    owners = entry.properties["execute_as"] == "OWNER"
    state.owners += owners
    if owners:
        session.role, session.secondary_roles = entry.owner, "NONE"
        session.database, session.schema, session.variables = entry.database, entry.schema, {}
    try:
        yield
    finally:
        state.owners -= owners
        if owners:
            session.role, session.secondary_roles, session.database, session.schema, session.variables = before


def const_text(state: SessionState, value: Typed) -> str | None:
    """A text that a statement is given as an expression."""
    if value.is_const:
        return value.const if isinstance(value.const, str) else None
    found = state.connection.run(f"SELECT {value.sql}")[0][0]
    return found if isinstance(found, str) else None
