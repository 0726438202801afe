"""Scripts in stages, which may be templates. Vendor page: "EXECUTE IMMEDIATE FROM"."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.commands import ddl, staged_templates
from dw_simulator.emulators.snowflake.commands.files import place_of
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult
from dw_simulator.emulators.snowflake.scripting.failures import ScriptError
from dw_simulator.emulators.snowflake.session_state import SessionState
from dw_simulator.emulators.snowflake.stages.script_file import ScriptFile
from dw_simulator.emulators.snowflake.translation.lexer import QUOTED, STAGE, STRING, WORD, position
from dw_simulator.emulators.snowflake.translation.scope import Scope
from dw_simulator.emulators.snowflake.types import model
from dw_simulator.splitting.snowflake import spans

DEEPEST, LARGEST = 5, 10 * 1024 * 1024
_VALUES = ("TEXT", "FIXED", "REAL", "DECFLOAT", "BOOLEAN", "NULL")
"""The types of what template variables can be."""


@command("EXECUTE IMMEDIATE FROM")
def execute_file(run: Run) -> StatementResult:
    """The statements of a staged file; the result is that of the last one.

    Raises:
        SnowflakeError: 001501 no such file; 001503 a relative path outside of files; 001504 too many files in each
            other; 001505 a file that is too large; whatever a statement or a template raises.
    """
    parser = run.parser
    if parser.token.kind not in (STAGE, STRING):
        parser.fail()
    file = _file(run, parser.next().value)
    using = _using(run) if parser.accept("USING") else {}
    dry = False
    if parser.accept("DRY_RUN"):
        parser.expect_op("=")
        dry = _boolean(run)
    parser.expect_end()
    if len(run.state.files) >= DEEPEST:
        raise errors.FILES_TOO_DEEP(DEEPEST)
    text = file.text(LARGEST)
    if using or staged_templates.is_template(text):
        catalog, user = ddl.catalog_of(run), run.session.user
        text = staged_templates.rendered(
            text, using, file, lambda location: ScriptFile(run.engine.stages.place(location, catalog, user), location)
        )
    if dry:
        return StatementResult.rows([ResultColumn("rendered file contents", model.text())], [(text,)])
    return _executed(run, file, text.removeprefix(staged_templates.directive(text)))


def _file(run: Run, location: str) -> ScriptFile:
    """The file of an absolute path, or of one relative to the file whose statement runs."""
    if location.startswith(("@", "?", ":")) or "://" in location:
        return ScriptFile(place_of(run, location), location)
    if not run.state.files:
        raise errors.RELATIVE_FILE(location)
    return run.state.files[-1].relative(location)


def _executed(run: Run, file: ScriptFile, text: str) -> StatementResult:
    found = list(spans(text))
    if not found:
        raise errors.EMPTY_STATEMENT()
    state: SessionState = run.state
    state.files.append(file)
    try:
        for start, end in found[:-1]:
            with _failing(file, text, start):
                for _ in run.engine.statement(run.session, state, text[start:end].strip(), run.query_id).batches:
                    pass
        start, end = found[-1]
        with _failing(file, text, start):
            return run.engine.statement(run.session, state, text[start:end].strip(), run.query_id)
    finally:
        state.files.pop()


@contextmanager
def _failing(file: ScriptFile, text: str, start: int) -> Iterator[None]:
    """An error inside says where in the file it came up; one of a block or another file says it already."""
    try:
        yield
    except ScriptError:
        raise
    except errors.SnowflakeError as error:
        line, column = position(text, start + len(text[start:]) - len(text[start:].lstrip()))
        where = f"in file {file.location} on line {line} at position {column}"
        message = f"Uncaught exception of type 'STATEMENT_ERROR' {where}:\n{error.message}"
        raise ScriptError(error.errno, error.sqlstate, message, line=line, pos=column) from error


# --- USING ------------------------------------------------------------------------------------------------------------
def _boolean(run: Run) -> bool:
    if not run.parser.is_word("TRUE", "FALSE"):
        run.parser.fail()
    return run.parser.next().value == "TRUE"


def _using(run: Run) -> dict[str, Any]:
    """The variables of a template; their names are as they are written."""
    return dict(run.parser.parenthesized(lambda: _variable(run)))


def _variable(run: Run) -> tuple[str, Any]:
    """Raises SnowflakeError 001510: the value is of a type that template variables cannot have."""
    parser = run.parser
    if parser.token.kind not in (WORD, QUOTED):
        parser.fail()
    token = parser.next()
    name = token.value if token.kind == QUOTED else parser.sql[token.start : token.end]
    parser.expect_op("=>")
    binder = run.engine.binder(run)
    binder.scope = Scope(parameters=dict(run.state.variables or {}))
    value = binder.expression(parser.expression())
    if value.type.name not in _VALUES:
        raise errors.TEMPLATE_VARIABLE(name)
    found = run.state.connection.run(f"SELECT {value.sql}")[0][0]
    if isinstance(found, decimal.Decimal):
        found = int(found) if found == found.to_integral_value() else float(found)
    if isinstance(found, dt.date | bytes):
        raise errors.TEMPLATE_VARIABLE(name)
    return name, found
