"""Procedures that are not in SQL. Vendor pages: "Writing stored procedures in Python", "… in JavaScript"."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry, type_from_json
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.logical import to_physical
from dw_simulator.emulators.snowflake.programs import calls
from dw_simulator.emulators.snowflake.results import StatementResult
from dw_simulator.emulators.snowflake.scripting.evaluation import evaluated
from dw_simulator.emulators.snowflake.scripting.values import Slot, from_text, null
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.engine import Engine
    from dw_simulator.emulators.snowflake.session_state import SessionState
    from dw_simulator.emulators.snowflake.sessions import Session


def run(
    engine: Engine, session: Session, state: SessionState, entry: Entry, arguments: dict[str, Slot]
) -> Typed | StatementResult:
    """The value that a procedure returns, or the rows. Raises SnowflakeError 100357 or 100132: the handler failed."""
    programs: calls.SessionPrograms = engine.environment(session, state).hints[calls.HINT]
    worker = engine.programs.worker(programs.key(entry))
    texts = ", ".join(calls.text_sql(slot.value) for slot in arguments.values())
    row = state.connection.run(f"SELECT CAST([{texts}] AS VARCHAR[])")[0][0]
    with engine.callbacks.open(session) as secret:
        connect = _options(engine, session, secret) if entry.properties["language"] == "PYTHON" else {}
        message = {"call": row, "connect": connect}
        answer = worker.ask(message, lambda asked: _answer(engine, session, state, asked))
    if "query" in answer:
        return engine.statement(session, state, answer["query"], str(uuid.uuid4()))
    returns = entry.properties["returns"]
    kind = type_from_json(dict(returns)) if returns is not None else m.text()
    if answer["value"] is None:
        return null(kind)
    return evaluated(state, Typed(calls.value_sql(literal(answer["value"]), kind), kind), kind)


def _options(engine: Engine, session: Session, secret: str) -> dict[str, Any]:
    """How the handler's session connects: as its caller, and over TLS it trusts this server's CA."""
    address = urlsplit(session.base_url)
    if address.hostname is None:
        raise errors.UNSUPPORTED_FEATURE("procedures in Python for a client without an address of the server")
    options = {
        "account": session.account, "user": session.user, "password": secret, "protocol": address.scheme,
        "host": address.hostname, "port": address.port or (443 if address.scheme == "https" else 80),
        "client_session_keep_alive": False,
    }  # fmt: skip
    if address.scheme == "https" and engine.ca_file is not None:
        options["ca"] = engine.ca_file.read_text()
    return options


# --- what a procedure in JavaScript asks for --------------------------------------------------------------------------
def _answer(engine: Engine, session: Session, state: SessionState, asked: dict[str, Any]) -> dict[str, Any]:
    """The result of a statement with all its rows, or its error."""
    query_id = str(uuid.uuid4())
    seen = state.variables
    try:
        state.variables = {str(at): _bound(bind) for at, bind in enumerate(asked["binds"], 1)}
        result = engine.statement(session, state, asked["sql"], query_id)
        state.variables = None
        return {"id": query_id, **_rows(state, result)}
    except SnowflakeError as error:
        failure = {"code": error.errno, "state": error.sqlstate, "message": error.message}
        return {"error": failure}
    finally:
        state.variables = seen


def _bound(bind: dict[str, Any]) -> Typed:
    name, text = bind["name"], bind["text"]
    if text is None:
        return from_text(None, m.text())
    if name == "TIMESTAMP_LTZ":
        return Typed(f"make_timestamptz({int(text)} * 1000)", m.timestamp_ltz())
    kinds = {"TEXT": m.text(), "FIXED": m.number(), "REAL": m.real(), "BOOLEAN": m.boolean()}
    return from_text(text, kinds[name])


def _rows(state: SessionState, result: StatementResult) -> dict[str, Any]:
    columns = [
        {
            "name": column.name, "type": column.type.name, "shown": column.type.sql_name().partition("(")[0],
            "scale": column.type.scale or 0, "nullable": column.type.nullable,
        }
        for column in result.columns
    ]  # fmt: skip
    names = [f"c{at}" for at in range(len(result.columns))]
    table = to_physical(list(result.batches), list(result.columns), names)
    name = f"asked_{id(state)}"
    state.connection.register(name, table)
    try:
        texts = ", ".join(
            calls.text_sql(Typed(f'"{at}"', column.type)) for at, column in zip(names, result.columns, strict=True)
        )
        rows = [list(row) for row in state.connection.run(f'SELECT {texts} FROM "{name}"')]
    finally:
        state.connection.unregister(name)
    counts = result.row_counts or {}
    changed = {
        "changed": sum(counts.values()), "inserted": counts.get("numRowsInserted", 0),
        "updated": counts.get("numRowsUpdated", 0), "deleted": counts.get("numRowsDeleted", 0),
    }  # fmt: skip
    return {"columns": columns, "rows": rows, **changed}
