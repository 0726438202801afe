"""Expressions and SQL statements inside a block. Vendor pages: "Working with variables", "Passing variables to SQL".

Expressions are bound and evaluated by the engine, so that they mean what they mean in SQL. A variable holds its value
as SQL text of a literal; SQL statements see variables as binds (``:name``), expressions as names.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.results import StatementResult
from dw_simulator.emulators.snowflake.scripting import values as v
from dw_simulator.emulators.snowflake.scripting.binding import bound_properties
from dw_simulator.emulators.snowflake.scripting.failures import EXPRESSION_ERROR, STATEMENT_ERROR, raising
from dw_simulator.emulators.snowflake.scripting.values import Frame, Nested, Record, ResultSet, Slot
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.binder import Binder
from dw_simulator.emulators.snowflake.translation.lexer import OP, QUOTED, WORD, position
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.scope import Column, Relation, Scope
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.engine import Engine
    from dw_simulator.emulators.snowflake.session_state import SessionState
    from dw_simulator.emulators.snowflake.sessions import Session

_CHANGED = ("numRowsInserted", "numRowsUpdated", "numRowsDeleted")


class Evaluation:
    """``given`` are the values of binds, by what they are named (``1``)."""

    def __init__(
        self, engine: Engine, session: Session, state: SessionState, text: str, frame: Frame, given: Mapping[str, Typed]
    ) -> None:
        self.engine, self.session, self.state, self.text = engine, session, state, text
        self.frame = frame
        self.outputs: dict[str, Typed] = {}
        """What the last CALL gave for arguments that are OUT, by the names of the variables."""
        self.globals: dict[str, Typed] = {
            "SQLROWCOUNT": v.null(m.number()),
            "SQLFOUND": v.null(m.boolean()),
            "SQLNOTFOUND": v.null(m.boolean()),
            "SQLID": v.null(m.text()),
            **given,
        }

    # --- names --------------------------------------------------------------------------------------------------------
    def _unknown(self, name: str, start: int) -> SnowflakeError:
        line, column = position(self.text, start)
        return errors.INVALID_IDENTIFIER(name, line=line, pos=column)

    def _slot(self, name: str, start: int) -> Slot:
        found = self.frame.find(name)
        if not isinstance(found, Slot):
            raise self._unknown(name, start)
        return found

    def visible(self) -> dict[str, Typed]:
        """The variables as SQL statements and expressions see them."""
        slots = {name: item.value for name, item in self.frame.all().items() if isinstance(item, Slot)}
        return {**self.globals, **slots}

    # --- expressions --------------------------------------------------------------------------------------------------
    def _binder(self) -> Binder:
        seen = self.visible()
        binder = Binder(self.engine.environment(self.session, self.state), self.text)
        binder.env.binds = seen
        records = {name: item for name, item in self.frame.all().items() if isinstance(item, Record)}
        relations = [
            Relation(
                (name,),
                [
                    Column(column.name, value.type, value.sql, hidden=True)
                    for column, value in zip(record.columns, record.values, strict=True)
                ],
            )
            for name, record in records.items()
        ]
        binder.scope = Scope(relations=relations, parameters=seen)
        return binder

    def value(self, node: n.Expr, kind: SnowflakeType | None, start: int, *, infer: bool = False) -> Typed:
        """An expression's value, of ``kind`` if that is given. ``infer``: of the type that a variable would have."""
        with raising(EXPRESSION_ERROR, start):
            return self._wide_if_needed(lambda: self._evaluate(node, kind, infer))

    def _evaluate(self, node: n.Expr, kind: SnowflakeType | None, infer: bool) -> Typed:
        binder = self._binder()
        value = binder.expression(node)
        if kind is None:
            kind = v.declared_type(value.type) if infer or value.kind == "NULL" else value.type
        return evaluated(self.state, binder.coerce(value, kind, assign=True), kind)

    def _holds(self, node: n.Expr, start: int) -> bool:
        return self.value(node, m.boolean(), start).const is True

    def _wide_if_needed(self, work: Callable[[], Typed]) -> Typed:
        """``work``, once more with 128-bit integers if 64 bits were too few."""
        try:
            return work()
        except SnowflakeError as error:
            if error.errno != errors.NUMBER_OUT_OF_RANGE.errno:
                raise
        self.state.wide = True
        try:
            return work()
        finally:
            self.state.wide = False

    # --- SQL ----------------------------------------------------------------------------------------------------------
    def execute(self, text: str, start: int, extra: Mapping[str, Typed] | None = None) -> ResultSet:
        """Run a SQL statement. ``extra`` are values for its question marks."""
        query_id, read = str(uuid.uuid4()), len(self.state.reading)
        record = self.engine.catalog.query_log.begin(self.session, text, query_id)
        with raising(STATEMENT_ERROR, start), self._shown({**self.visible(), **(extra or {})}):
            try:
                self.state.connection.see_committed()
                result = self._nested(text) or self.engine.statement(
                    self.session, self.state, self._with_results(bound_properties(text, self.visible())), query_id
                )
                found = ResultSet(query_id, result.columns, list(result.batches))
            except SnowflakeError as error:
                record.error = SnowflakeError(error.errno, error.sqlstate, error.message)
                raise
            finally:
                record.ended = time.time()
                v.forget_read(self.state, read)
        self._take_outputs(start)
        self.session.query_ids.append(query_id)
        v.keep(self.state, found)
        self.globals["SQLID"] = v.from_text(query_id, m.text())
        if result.is_dml:
            record.rows = sum(result.row_counts.get(name, 0) for name in _CHANGED)
            self._changed(record.rows)
        else:
            record.rows = sum(batch.num_rows for batch in found.batches)
        return found

    def _changed(self, rows: int) -> None:
        self.globals["SQLROWCOUNT"] = v.from_text(str(rows), m.number())
        self.globals["SQLFOUND"] = v.from_text(str(rows > 0).lower(), m.boolean())
        self.globals["SQLNOTFOUND"] = v.from_text(str(rows == 0).lower(), m.boolean())

    @contextmanager
    def _shown(self, variables: Mapping[str, Typed]) -> Iterator[None]:
        before = self.state.variables, self.state.outputs
        self.state.variables, self.state.outputs = variables, {}
        try:
            yield
            self.outputs = self.state.outputs
        finally:
            self.state.variables, self.state.outputs = before

    def _take_outputs(self, start: int) -> None:
        """What a CALL gave for the arguments that are OUT goes into the variables that it was called with."""
        for name, value in self.outputs.items():
            slot = self._slot(name, start)
            with raising(STATEMENT_ERROR, start):
                slot.value = self.coerced(value, slot.type)
        self.outputs = {}

    def coerced(self, value: Typed, kind: SnowflakeType) -> Typed:
        return evaluated(self.state, self._binder().coerce(value, kind, assign=True), kind)

    def _nested(self, text: str) -> StatementResult | None:
        """The result of ``CALL name(…)`` of a procedure that a block declares; None: the statement is no such."""
        from dw_simulator.emulators.snowflake.scripting.procedures import call_nested

        if text[:4].upper() != "CALL":
            return None
        parser = Parser(text)
        if not parser.accept("CALL") or not parser.is_identifier() or parser.ahead().value != "(":
            return None
        found = self.frame.find(parser.token.value)
        if not isinstance(found, Nested):
            return None
        node = parser.expression()
        parser.expect_end()
        assert isinstance(node, n.Call)
        binder = self._binder()
        binder.sql = text
        return call_nested(self.engine, self.session, self.state, found, node, binder)

    def _with_results(self, text: str) -> str:
        """``TABLE(rs)`` of a RESULTSET as the RESULT_SCAN that it is."""
        names = {name: item for name, item in self.frame.all().items() if isinstance(item, ResultSet)}
        if not names:
            return text
        tokens, parts, done = Parser(text).tokens, [], 0
        for index, token in enumerate(tokens[:-1]):
            if token.kind != WORD or token.value != "TABLE" or tokens[index + 1].value != "(":
                continue
            at = index + 2 + (tokens[index + 2].kind == OP and tokens[index + 2].value == ":")
            found = names.get(tokens[at].value) if tokens[at].kind in (WORD, QUOTED) else None
            if found is None or tokens[at + 1].value != ")":
                continue
            v.keep(self.state, found)
            parts.append(text[done : token.start] + f"TABLE(RESULT_SCAN('{found.query_id}'))")
            done = tokens[at + 1].end
        return "".join(parts) + text[done:]


def evaluated(state: SessionState, value: Typed, kind: SnowflakeType) -> Typed:
    """A value of ``kind``, computed, as a literal. Raises SnowflakeError: it cannot be computed."""
    text = state.connection.run(f"SELECT {v.text_sql(value.sql, kind)}")[0][0]
    return v.from_text(text, kind)
