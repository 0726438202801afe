"""Walks a block. Vendor pages: "Understanding blocks in Snowflake Scripting", "Working with variables", "Cursors" …

Expressions are bound and evaluated by the engine, so that they mean what they mean in SQL. A variable holds its value
as SQL text of a literal; SQL statements see variables as binds (``:name``), expressions as names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.scripting import nodes as s
from dw_simulator.emulators.snowflake.scripting import values as v
from dw_simulator.emulators.snowflake.scripting.evaluation import Evaluation
from dw_simulator.emulators.snowflake.scripting.failures import (
    BUILT_IN,
    EXPRESSION_ERROR,
    OTHER,
    STATEMENT_ERROR,
    Raised,
    ScriptError,
    raising,
)
from dw_simulator.emulators.snowflake.scripting.values import Cursor, Declared, Frame, Nested, Record, ResultSet, Slot
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.engine import Engine
    from dw_simulator.emulators.snowflake.session_state import SessionState
    from dw_simulator.emulators.snowflake.sessions import Session

_ERROR_NAMES = ("SQLCODE", "SQLERRM", "SQLSTATE")


@dataclass(slots=True)
class Outcome:
    """What RETURN gives: a value, or rows. Neither is a NULL."""

    value: Typed | None = None
    rows: ResultSet | None = None


@dataclass(slots=True)
class _Left:
    """BREAK or CONTINUE on its way to its loop."""

    label: str | None
    again: bool


Signal = Outcome | _Left | None
"""Why a list of statements ended early; None when it did not."""


def run_block(
    engine: Engine,
    session: Session,
    state: SessionState,
    text: str,
    block: s.Block,
    *,
    arguments: Mapping[str, Slot] | None = None,
    returns: SnowflakeType | None = None,
    given: Mapping[str, Typed] | None = None,
    around: Frame | None = None,
) -> Outcome:
    """Carry out a block, or the body of a procedure with its ``arguments`` and the type that RETURN gives.

    ``given`` are the values of binds (``:1``), ``around`` the names that a nested procedure sees.

    Raises:
        SnowflakeError: the block is wrong as it stands, or was cancelled; ScriptError: no handler took an exception.
    """
    script = _Script(engine, session, state, text, Frame(around, dict(arguments or {})), returns, given or {})
    seen, state.variables = state.variables, None
    try:
        signal = script.block(block)
    except Raised as raised:
        raise raised.uncaught(text) from raised
    finally:
        state.variables = seen
    if isinstance(signal, _Left):
        raise ScriptError(*_astray(signal))
    return signal or Outcome()


def _astray(left: _Left) -> tuple[int, str, str]:
    word = "CONTINUE" if left.again else "BREAK"
    where = f" of the label {left.label}" if left.label else ""
    return errors.SYNTAX_ERROR.errno, "42000", f"SQL compilation error:\n{word} is not inside a loop{where}."


class _Script(Evaluation):
    def __init__(
        self, engine: Engine, session: Session, state: SessionState, text: str, frame: Frame,
        returns: SnowflakeType | None, given: Mapping[str, Typed],
    ) -> None:  # fmt: skip
        super().__init__(engine, session, state, text, frame, given)
        self.returns = returns
        self.handling: Raised | None = None
        self.jobs: list[ResultSet] = []
        """Child jobs that nobody has awaited yet."""
        self.running: tuple[s.Block, Frame] | None = None
        """The block whose body runs, and what it declares: its handlers with CONTINUE let the body go on."""

    # --- blocks and statements ----------------------------------------------------------------------------------------
    def block(self, block: s.Block) -> Signal:
        outer, around = self.frame, self.running
        self.frame = declared = Frame(outer)
        try:
            try:
                for item in block.declarations:
                    self.statement(item)
                self._check_handlers(block)
                self.frame, self.running = Frame(declared), (block, declared)
                return self.body(block.body)
            except Raised as raised:
                handler = self._handler(block, raised, declared)
                if handler is None:
                    raise
                self.running = around
                return self._handle(block, handler, raised, declared)
        finally:
            self.frame, self.running = outer, around

    def _check_handlers(self, block: s.Block) -> None:
        """Raises SnowflakeError 000904 for a handler of an exception that nothing declares."""
        for handler in block.handlers:
            for name in handler.names:
                if name not in BUILT_IN and not isinstance(self.frame.find(name), Declared):
                    raise self._unknown(name, block.start)

    def _handler(self, block: s.Block, raised: Raised, frame: Frame) -> s.Handler | None:
        for handler in block.handlers if raised.past is not block else ():
            for name in handler.names:
                if name in (OTHER, raised.kind) and name in BUILT_IN:
                    return handler
                if raised.declared is not None and frame.find(name) is raised.declared:
                    return handler
        return None

    def _handle(self, block: s.Block, handler: s.Handler, raised: Raised, frame: Frame) -> Signal:
        """Carry out a handler, which sees what the block declares but nothing that LET has made in it."""
        error = raised.error
        before = self.frame, self.running, self.handling
        told = {name: value for name, value in self.globals.items() if name in _ERROR_NAMES}
        self.frame, self.running, self.handling = Frame(frame), None, raised
        self.globals |= {
            "SQLCODE": v.from_text(str(error.errno), m.number()),
            "SQLERRM": v.from_text(error.message, m.text()),
            "SQLSTATE": v.from_text(error.sqlstate, m.text()),
        }
        try:
            return self.body(handler.body)
        except Raised as second:
            second.past = block
            raise
        finally:
            self.frame, self.running, self.handling = before
            for name in _ERROR_NAMES:
                self.globals.pop(name)
            self.globals |= told

    def body(self, statements: Sequence[s.Statement]) -> Signal:
        frame = self.frame
        for statement in statements:
            try:
                signal = self.statement(statement)
            except Raised as raised:
                if self.running is None:
                    raise
                block, declared = self.running
                handler = self._handler(block, raised, declared)
                if handler is None or not handler.resumes:
                    raise
                self.frame = frame
                signal = self._handle(block, handler, raised, declared)
            if signal is not None:
                return signal
        return None

    def statement(self, statement: s.Statement) -> Signal:
        self.state.connection.wait(0)  # raises when the block was cancelled
        return _RUN[type(statement)](self, statement)

    # --- SQL ----------------------------------------------------------------------------------------------------------
    def job(self, text: str, start: int) -> ResultSet:
        """A child job. It is done at once: that is one of the orders in which jobs may run."""
        try:
            found = self.execute(text, start)
        except Raised as raised:
            found = ResultSet(failure=raised)
        self.jobs.append(found)
        return found

    def _await(self, node: s.Await) -> None:
        """Raises what a job has failed with. A job that is cancelled has ended before."""
        waited = self.jobs
        if node.name is not None:
            target = self.frame.find(node.name)
            if not isinstance(target, ResultSet):
                raise self._unknown(node.name, node.start)
            waited = [target]
        failures = [found.failure for found in waited if found.failure is not None]
        for found in waited:
            found.failure = None
        self.jobs = [found for found in self.jobs if found not in waited]
        if failures and not node.cancels:
            raise failures[0]

    def _sql(self, node: s.Sql) -> None:
        if node.job:
            self.job(node.text, node.start)
            return
        result = self.execute(node.text, node.start)
        if not node.into:
            return
        rows = v.rows_of(self.engine, self.session, self.state, result)
        if len(rows) > 1:
            raise Raised(STATEMENT_ERROR, errors.SELECT_INTO_ROWS(len(rows)), node.start)
        self._store(node.into, rows[0] if rows else _nulls(result), node.start)

    def _store(self, names: Sequence[str], row: Sequence[Typed], start: int) -> None:
        if len(names) != len(row):
            raise Raised(STATEMENT_ERROR, errors.SELECT_INTO_COLUMNS(len(names), len(row)), start)
        for name, value in zip(names, row, strict=True):
            slot = self._slot(name, start)
            with raising(STATEMENT_ERROR, start):
                slot.value = self.coerced(value, slot.type)

    # --- declarations and assignments ---------------------------------------------------------------------------------
    def _variable(self, node: s.Variable) -> None:
        if node.value is None:
            assert node.type is not None
            value = v.null(node.type)
        else:
            value = self.value(node.value, node.type, node.start, infer=node.type is None)
        self.frame.names[node.name] = Slot(node.type or value.type, value)

    def _cursor(self, node: s.CursorDeclaration) -> None:
        self.frame.names[node.name] = Cursor(node.name, node.query, node.source)

    def _result_set(self, node: s.ResultSetDeclaration) -> None:
        if node.text is None:
            self.frame.names[node.name] = ResultSet()
        else:
            run = self.job if node.job else self.execute
            self.frame.names[node.name] = run(node.text, node.start)

    def _exception(self, node: s.ExceptionDeclaration) -> None:
        self.frame.names[node.name] = Declared(node.name, node.number, node.message)

    def _procedure(self, node: s.ProcedureDeclaration) -> None:
        names = self.frame.names
        if isinstance(names.get(node.name), Nested):
            raise errors.ALREADY_EXISTS(node.name)
        names[node.name] = Nested(node.name, node.properties, node.text, self.frame, frozenset(names))

    def _assign(self, node: s.Assign) -> None:
        target = self.frame.find(node.name)
        if isinstance(target, ResultSet) and node.source.text is not None:
            run = self.job if node.source.job else self.execute
            found = run(node.source.text, node.start)
            target.query_id, target.columns, target.batches = found.query_id, found.columns, found.batches
            target.failure = found.failure
            return
        if not isinstance(target, Slot) or node.source.expression is None:
            raise self._unknown(node.name, node.start)
        target.value = self.value(node.source.expression, target.type, node.start)

    # --- branches and loops -------------------------------------------------------------------------------------------
    def _if(self, node: s.If) -> Signal:
        for condition, body in node.branches:
            if self._holds(condition, node.start):
                return self.body(body)
        return self.body(node.otherwise)

    def _case(self, node: s.Case) -> Signal:
        for value, body in node.branches:
            test = value
            if node.operand is not None:
                test = n.Binary("=", node.operand, value, start=value.start, end=value.end)
            if self._holds(test, node.start):
                return self.body(body)
        return self.body(node.otherwise)

    def _again(self, signal: Signal, label: str | None) -> bool:
        """Whether a loop goes on after its body ended so; False when it ends or the signal is for one around it."""
        return signal is None or (isinstance(signal, _Left) and signal.again and signal.label in (None, label))

    def _after(self, signal: Signal, label: str | None) -> Signal:
        """What a loop that ended hands on."""
        return None if isinstance(signal, _Left) and signal.label in (None, label) else signal

    def _loop(self, node: s.Loop) -> Signal:
        outer = self.frame
        try:
            while True:
                self.frame = Frame(outer)
                if node.condition is not None and not node.until and not self._holds(node.condition, node.start):
                    return None
                signal = self.body(node.body)
                if not self._again(signal, node.label):
                    return self._after(signal, node.label)
                if node.condition is not None and node.until and self._holds(node.condition, node.start):
                    return None
        finally:
            self.frame = outer

    def _counter_loop(self, node: s.CounterLoop) -> Signal:
        whole = m.number()
        low = self.value(node.low, whole, node.start).const
        high = self.value(node.high, whole, node.start).const
        if not isinstance(low, int) or not isinstance(high, int):
            raise Raised(EXPRESSION_ERROR, errors.LOOP_BOUND_NULL(), node.start)
        counted = range(high, low - 1, -1) if node.reverse else range(low, high + 1)
        counters = ({node.name: Slot(whole, v.from_text(str(count), whole))} for count in counted)
        return self._each(counters, node.body, node.label)

    def _row_loop(self, node: s.RowLoop) -> Signal:
        source = self.frame.find(node.source)
        if isinstance(source, ResultSet):
            columns, rows = source.columns, v.rows_of(self.engine, self.session, self.state, source)
            return self._each(({node.name: Record(columns, row)} for row in rows), node.body, node.label)
        if not isinstance(source, Cursor):
            raise self._unknown(node.source, node.start)
        opened = source.rows is None
        if opened:
            self._open_cursor(source, {}, node.start)
        try:
            return self._each(self._remaining(source, node.name), node.body, node.label)
        finally:
            if opened:
                source.rows = None

    def _remaining(self, cursor: Cursor, name: str) -> Iterator[dict[str, v.Named]]:
        columns = cursor.result.columns if cursor.result is not None else ()
        while cursor.rows is not None and cursor.at < len(cursor.rows):
            cursor.at += 1
            yield {name: Record(columns, cursor.rows[cursor.at - 1])}

    def _each(self, items: Iterator[Any], body: Sequence[s.Statement], label: str | None) -> Signal:
        outer = self.frame
        try:
            for names in items:
                self.frame = Frame(outer, names)
                signal = self.body(body)
                if not self._again(signal, label):
                    return self._after(signal, label)
        finally:
            self.frame = outer
        return None

    def _leave(self, node: s.Leave) -> Signal:
        return _Left(node.label, node.again)

    # --- cursors ------------------------------------------------------------------------------------------------------
    def _find_cursor(self, name: str, start: int) -> Cursor:
        found = self.frame.find(name)
        if not isinstance(found, Cursor):
            raise self._unknown(name, start)
        return found

    def _open(self, node: s.Open) -> None:
        cursor = self._find_cursor(node.cursor, node.start)
        using = {str(at): self.value(item, None, node.start) for at, item in enumerate(node.using, 1)}
        if cursor.rows is not None:
            raise Raised(STATEMENT_ERROR, errors.CURSOR_OPEN(cursor.name), node.start)
        self._open_cursor(cursor, using, node.start)

    def _open_cursor(self, cursor: Cursor, using: Mapping[str, Typed], start: int) -> None:
        if cursor.query is not None:
            cursor.result = self.execute(cursor.query, start, using)
        else:
            found = self.frame.find(cursor.source or "")
            if not isinstance(found, ResultSet):
                raise self._unknown(cursor.source or "", start)
            cursor.result = found
        cursor.rows = v.rows_of(self.engine, self.session, self.state, cursor.result)
        cursor.at = 0

    def _fetch(self, node: s.Fetch) -> None:
        """Past the last row the variables get NULL. Columns without a variable are left out, variables without a
        column stay as they are."""
        cursor = self._find_cursor(node.cursor, node.start)
        if cursor.rows is None or cursor.result is None:
            raise Raised(STATEMENT_ERROR, errors.CURSOR_CLOSED(cursor.name), node.start)
        if cursor.at >= len(cursor.rows):
            row: Sequence[Typed] = _nulls(cursor.result)
        else:
            row = cursor.rows[cursor.at]
            cursor.at += 1
        fitting = min(len(row), len(node.into))
        self._store(node.into[:fitting], row[:fitting], node.start)

    def _close(self, node: s.Close) -> None:
        cursor = self._find_cursor(node.cursor, node.start)
        if cursor.rows is None:
            raise Raised(STATEMENT_ERROR, errors.CURSOR_CLOSED(cursor.name), node.start)
        cursor.rows = None

    # --- ends ---------------------------------------------------------------------------------------------------------
    def _return(self, node: s.Return) -> Signal:
        if node.query is not None:
            return Outcome(rows=self.execute(node.query, node.start))
        if node.table is None:
            return Outcome() if node.value is None else Outcome(self.value(node.value, self.returns, node.start))
        found = self.frame.find(node.table)
        if isinstance(found, Cursor):
            if found.rows is None:
                self._open_cursor(found, {}, node.start)
            found = found.result
        if not isinstance(found, ResultSet):
            raise self._unknown(node.table, node.start)
        if found.query_id is None:
            raise Raised(EXPRESSION_ERROR, errors.RESULTSET_UNASSIGNED(node.table), node.start)
        return Outcome(rows=found)

    def _raise(self, node: s.Raise) -> Signal:
        if node.name is None:
            if self.handling is None:
                raise self._unknown("RAISE", node.start)
            raise self.handling
        found = self.frame.find(node.name)
        if not isinstance(found, Declared):
            raise self._unknown(node.name, node.start)
        raise Raised.of(found, node.start)

    def _nothing(self, node: s.Nothing) -> None:
        del node


def _nulls(result: ResultSet) -> list[Typed]:
    """What variables get where there is no row."""
    return [v.null(column.type) for column in result.columns]


_RUN: dict[type[s.Statement], Callable[[_Script, Any], Signal]] = {
    s.Block: _Script.block,
    s.Sql: _Script._sql,
    s.Variable: _Script._variable,
    s.CursorDeclaration: _Script._cursor,
    s.ResultSetDeclaration: _Script._result_set,
    s.ExceptionDeclaration: _Script._exception,
    s.ProcedureDeclaration: _Script._procedure,
    s.Assign: _Script._assign,
    s.If: _Script._if,
    s.Case: _Script._case,
    s.Loop: _Script._loop,
    s.CounterLoop: _Script._counter_loop,
    s.RowLoop: _Script._row_loop,
    s.Leave: _Script._leave,
    s.Return: _Script._return,
    s.Raise: _Script._raise,
    s.Open: _Script._open,
    s.Fetch: _Script._fetch,
    s.Close: _Script._close,
    s.Nothing: _Script._nothing,
    s.Await: _Script._await,
}
