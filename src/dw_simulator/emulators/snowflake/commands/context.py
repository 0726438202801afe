"""USE, SET, UNSET, ALTER SESSION, transactions."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import replace

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import account_usage, grants, streams
from dw_simulator.emulators.snowflake.catalog.view import path_schemas
from dw_simulator.emulators.snowflake.commands import versioning
from dw_simulator.emulators.snowflake.commands.ddl import catalog_of, object_name, succeeded
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.logical import bind_value
from dw_simulator.emulators.snowflake.parameters import UnknownParameterError
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.scripting import procedures
from dw_simulator.emulators.snowflake.scripting.parser import begins_block
from dw_simulator.emulators.snowflake.session_state import SessionState
from dw_simulator.emulators.snowflake.sessions import SessionVariable
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.lexer import END, NUMBER, OP, STRING, WORD, Token
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import NO_CONST, NULL_TYPE
from dw_simulator.emulators.snowflake.types import model as m


# --- USE --------------------------------------------------------------------------------------------------------------
@command("USE DATABASE")
def use_database(run: Run) -> StatementResult:
    name = object_name(run)
    run.parser.expect_end()
    return _use_database(run, name[-1])


def _use_database(run: Run, name: str) -> StatementResult:
    access = run.engine.access(run.session, run.state)
    if name == account_usage.DATABASE and account_usage.enters(access):
        run.session.database, run.session.schema = name, None
        return StatementResult.status("Statement executed successfully.", StatementType.USE_DATABASE)
    if run.engine.catalog.get("DATABASE", name=name) is None or (access is not None and not access.enters(name)):
        raise errors.OPERATION_NOT_POSSIBLE()
    run.session.database = name
    has_public = run.engine.catalog.has_schema(name, "PUBLIC") and (access is None or access.enters(name, "PUBLIC"))
    run.session.schema = "PUBLIC" if has_public else None
    return StatementResult.status("Statement executed successfully.", StatementType.USE_DATABASE)


@command("USE SCHEMA")
def use_schema(run: Run) -> StatementResult:
    parts = object_name(run)
    run.parser.expect_end()
    return _use_schema(run, parts)


def _use_schema(run: Run, parts: tuple[str, ...]) -> StatementResult:
    database = parts[0] if len(parts) == 2 else run.session.database
    if database is None:
        raise errors.NO_CURRENT_DATABASE("USE SCHEMA")
    access = run.engine.access(run.session, run.state)
    if database == account_usage.DATABASE:
        there = account_usage.enters(access, parts[-1])
    else:
        allowed = access is None or access.enters(database, parts[-1])
        there = run.engine.catalog.has_schema(database, parts[-1]) and allowed
    if not there:
        raise errors.OPERATION_NOT_POSSIBLE()
    run.session.database, run.session.schema = database, parts[-1]
    return StatementResult.status("Statement executed successfully.", StatementType.USE_SCHEMA)


@command("USE")
def use(run: Run) -> StatementResult:
    parts = object_name(run)
    run.parser.expect_end()
    if len(parts) == 2:
        return _use_schema(run, parts)
    return _use_database(run, parts[0])


@command("USE WAREHOUSE")
def use_warehouse(run: Run) -> StatementResult:
    name = object_name(run)[-1]
    entry, access = run.engine.catalog.get("WAREHOUSE", name=name), run.engine.access(run.session, run.state)
    if entry is None or (access is not None and not access.privileges(entry)):
        raise errors.OPERATION_NOT_POSSIBLE()
    run.session.warehouse = name
    return StatementResult.status("Statement executed successfully.", StatementType.USE_WAREHOUSE)


@command("USE ROLE")
def use_role(run: Run) -> StatementResult:
    name = object_name(run)[-1]
    role = run.engine.catalog.get("ROLE", name=name)
    if role is None:
        raise errors.OPERATION_NOT_POSSIBLE()
    if run.engine.enforces_grants and not grants.may_use(run.engine.catalog, run.session.user, role):
        raise errors.ROLE_NOT_ASSIGNED(name)
    run.session.role = name
    return StatementResult.status("Statement executed successfully.", StatementType.USE)


@command("USE SECONDARY ROLES")
def use_secondary_roles(run: Run) -> StatementResult:
    parser, catalog = run.parser, run.engine.catalog
    word = parser.accept_any("ALL", "NONE")
    names = [] if word is not None else parser.comma_list(parser.identifier)
    parser.expect_end()
    for name in names:
        role = catalog.get("ROLE", name=name)
        if role is None:
            raise errors.OPERATION_NOT_POSSIBLE()
        if run.engine.enforces_grants and not grants.may_use(catalog, run.session.user, role):
            raise errors.ROLE_NOT_ASSIGNED(name)
    run.session.secondary_roles = word or ",".join(names)
    return StatementResult.status("Statement executed successfully.", StatementType.USE)


# --- session parameters and variables ---------------------------------------------------------------------------------
@command("ALTER SESSION SET")
def alter_session_set(run: Run) -> StatementResult:
    parser = run.parser
    while not parser.at_end():
        name = parser.identifier()
        parser.expect_op("=")
        reset = parser.is_word("DEFAULT")
        value = parser.next().value if reset else _parameter_value(run)
        if name == "SEARCH_PATH" and not reset:
            _check_path(run, str(value))
        try:
            if reset:
                run.session.parameters.unset(name)
            else:
                run.session.parameters.set(name, value)
        except UnknownParameterError:
            raise errors.INVALID_PARAMETER(name) from None
        parser.accept_op(",")
    return StatementResult.status("Statement executed successfully.", StatementType.ALTER_SESSION)


def _check_path(run: Run, path: str) -> None:
    catalog = catalog_of(run)
    for parts in path_schemas(path):
        database = parts[0] if len(parts) == 2 else catalog.database
        there = database is not None and catalog.catalog.has_schema(database, parts[-1])
        if not parts[0].startswith("$") and not there:
            raise errors.KIND_NOT_FOUND("Schema", ".".join(parts))


def _parameter_value(run: Run) -> object:
    parser = run.parser
    if parser.token.kind in (NUMBER, STRING) or parser.is_word("TRUE", "FALSE"):
        return parser.next().value
    if parser.token.kind == WORD and _ends_value(parser.ahead()):
        return run.sql[parser.token.start : parser.next().end]
    value = run.engine.binder(run).expression(parser.expression())
    if value.is_const:
        return value.const
    raise errors.INVALID_PARAMETER_VALUE("expression", "SESSION")


def _ends_value(token: Token) -> bool:
    """Whether a word before the token is a value by itself: ``TIMESTAMP_TYPE_MAPPING = TIMESTAMP_LTZ``."""
    return token.kind in (END, WORD) or (token.kind == OP and token.value in (",", ";"))


@command("ALTER SESSION UNSET")
def alter_session_unset(run: Run) -> StatementResult:
    for name in run.parser.comma_list(run.parser.identifier):
        try:
            run.session.parameters.unset(name)
        except UnknownParameterError:
            raise errors.INVALID_PARAMETER(name) from None
    run.parser.expect_end()
    return StatementResult.status("Statement executed successfully.", StatementType.ALTER_SESSION)


@command("SET")
def set_variables(run: Run) -> StatementResult:
    parser = run.parser
    names = parser.parenthesized(parser.identifier) if parser.is_op("(") else [parser.identifier()]
    parser.expect_op("=")
    value = parser.expression()
    parser.expect_end()
    values = value.items if isinstance(value, n.Row) else [value]
    if len(names) == len(values):
        for name, item in zip(names, values, strict=True):
            _keep(run, name, _variable(run, item))
    elif len(values) == 1 and isinstance(values[0], n.ScalarQuery):
        _set_from_query(run, names, values[0])
    else:
        raise errors.INSERT_COLUMNS(len(names), len(values))
    return StatementResult.status("Statement executed successfully.", StatementType.SET)


def _keep(run: Run, name: str, variable: SessionVariable) -> None:
    old = run.session.variables.get(name)
    run.session.variables[name] = variable if old is None else replace(variable, created=old.created or old.updated)


def _variable(run: Run, node: n.Expr) -> SessionVariable:
    value = run.engine.binder(run).expression(node)
    if value.is_const:
        kind = m.text() if value.type is NULL_TYPE else value.type
        return SessionVariable(value.sql, kind, value.const)
    result = run.state.connection.run(f"SELECT {value.sql}")[0][0]
    return _stored(result, value.type)


def _stored(result: object, kind: m.SnowflakeType) -> SessionVariable:
    if result is None:
        return SessionVariable("NULL", m.text(), None)
    if isinstance(result, bool):
        return SessionVariable(str(result).lower(), kind, result)
    if kind.name in ("FIXED", "REAL"):
        from dw_simulator.emulators.snowflake.translation.typing import physical

        return SessionVariable(f"CAST('{result}' AS {physical(kind)})", kind, result)
    if kind.name == "TEXT":
        return SessionVariable(literal(str(result)), kind, str(result))
    from dw_simulator.emulators.snowflake.translation.typing import physical

    return SessionVariable(f"CAST({literal(str(result))} AS {physical(kind)})", kind, NO_CONST)


def _set_from_query(run: Run, names: list[str], node: n.ScalarQuery) -> None:
    bound = run.engine.bind_query(run, node.query)
    rows = run.state.connection.run(bound.sql)
    if len(bound.columns) != len(names) or len(rows) != 1:
        raise errors.SINGLE_ROW_SUBQUERY()
    for name, column, value in zip(names, bound.columns, rows[0], strict=True):
        _keep(run, name, _stored(value, column.type))


@command("UNSET")
def unset_variables(run: Run) -> StatementResult:
    parser = run.parser
    names = parser.parenthesized(parser.identifier) if parser.is_op("(") else [parser.identifier()]
    parser.expect_end()
    for name in names:
        run.session.variables.pop(name, None)
    return StatementResult.status("Statement executed successfully.", StatementType.SET)


# --- blocks -----------------------------------------------------------------------------------------------------------
@command("DECLARE")
def anonymous_block(run: Run) -> StatementResult:
    """A block of Snowflake Scripting. Vendor page: "Understanding blocks in Snowflake Scripting"."""
    if run.describe_only:
        return StatementResult.rows([ResultColumn("anonymous block", m.text())], [])
    given = {name: value for name, value in (run.state.variables or {}).items() if name.isdigit()}
    for bind in run.binds:
        if bind.array is not None:
            raise errors.UNSUPPORTED_FEATURE("arrays of values for an anonymous block")
        given[bind.name] = bind_value(bind)
    return procedures.run_anonymous(run.engine, run.session, run.state, run.sql, given)


# --- transactions -----------------------------------------------------------------------------------------------------
def open_transaction(run: Run, name: str = "") -> None:
    """Start a transaction unless one is open. Without a name it has a made one, as there."""
    if not run.state.connection.in_transaction:
        run.state.connection.begin()
        run.session.in_transaction = True
        run.session.transaction_id = time.time_ns() // 1_000_000
        run.session.transaction_name = name or str(uuid.uuid4())


def before_change(run: Run, ids: str | None = None) -> None:
    """With AUTOCOMMIT off, a statement that changes data opens a transaction.

    One that reads a stream runs in a transaction too: with it the stream moves on, or nothing happens. So does one that
    changes a table whose history is kept; ``ids`` is SQL with the ids of the rows that it may update or delete.
    """
    if not run.session.parameters.flag("AUTOCOMMIT"):
        open_transaction(run)
    consumed = run.engine.streams_read(run)
    if consumed and not run.state.connection.in_transaction:
        open_transaction(run)
        run.own_transaction = True
    for stream in consumed:
        if stream.id not in run.state.consumed:
            rows = run.engine.stream_position(run.state, stream)
            run.state.connection.change(f"CREATE OR REPLACE TEMP TABLE {streams.snapshot_table(stream.id)} AS {rows}")
            run.state.consumed[stream.id] = streams.offset_table(stream)
    versioning.advance(run, ids)


@command("BEGIN", "BEGIN TRANSACTION", "BEGIN WORK", "START TRANSACTION", "BEGIN NAME", "BEGIN TRANSACTION NAME")
def begin(run: Run) -> StatementResult:
    parser = run.parser
    if begins_block(Parser(run.sql)):
        return anonymous_block(run)
    if run.describe_only:
        return StatementResult.rows([ResultColumn("status", m.text())], [], StatementType.TCL)
    named = (parser.is_identifier() and run.words.endswith("NAME")) or parser.accept("NAME")
    name = parser.identifier() if named else ""
    parser.expect_end()
    _open_scoped(run)
    open_transaction(run, name)
    return StatementResult.status("Statement executed successfully.", StatementType.TCL)


def _open_scoped(run: Run) -> None:
    """In a procedure that was called inside a transaction, BEGIN opens one of its own, and that of the caller waits.

    Vendor page: "Transactions" (scoped transactions).
    """
    state = run.state
    scope = state.scopes[-1] if state.scopes else None
    if scope is None or not scope.outside or state.connection.depth > scope.depth:
        return
    state.suspended.append((dict(state.consumed), dict(state.versions), run.session.transaction_id))
    state.consumed.clear()
    state.versions.clear()
    state.connection.suspend()
    run.session.transaction_id = time.time_ns() // 1_000_000


def _end_transaction(run: Run, end: Callable[[SessionState], None]) -> StatementResult:
    """COMMIT or ROLLBACK. Raises SnowflakeError 090236: the transaction was opened outside the procedure that runs."""
    run.parser.expect_end()
    state = run.state
    scope = state.scopes[-1] if state.scopes else None
    if scope is not None and scope.outside and state.connection.depth <= scope.depth:
        raise errors.OTHER_SCOPE()
    waiting = state.suspended[-1][2] if state.suspended else None
    end(state)
    run.session.in_transaction = state.connection.in_transaction
    run.session.transaction_id = waiting if run.session.in_transaction else None
    return StatementResult.status("Statement executed successfully.", StatementType.TCL)


@command("COMMIT", "COMMIT WORK")
def commit(run: Run) -> StatementResult:
    return _end_transaction(run, run.engine.commit)


@command("ROLLBACK", "ROLLBACK WORK")
def rollback(run: Run) -> StatementResult:
    return _end_transaction(run, run.engine.rollback)


__all__ = ["before_change", "catalog_of", "succeeded"]
