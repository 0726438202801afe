"""What the names of a block stand for: variables, cursors, RESULTSETs, exceptions; and values between the two sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dw_simulator.emulators.snowflake.results import ResultColumn
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import NO_CONST, NULL_TYPE, Typed, physical
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.engine import Engine
    from dw_simulator.emulators.snowflake.session_state import SessionState
    from dw_simulator.emulators.snowflake.sessions import Session


@dataclass(slots=True)
class Slot:
    """A variable: its type, and its value as SQL that needs nothing else."""

    type: SnowflakeType
    value: Typed


@dataclass(slots=True, eq=False)
class ResultSet:
    """Rows of a statement. ``query_id`` is None before it has been given any."""

    query_id: str | None = None
    columns: Sequence[ResultColumn] = ()
    batches: Sequence[pa.RecordBatch] = ()
    failure: Exception | None = None
    """Why the job that was to give the rows has failed; it is raised where the job is awaited."""


@dataclass(slots=True)
class Cursor:
    """``query`` is its text, or ``source`` the RESULTSET that it goes over; ``rows`` is None while it is closed."""

    name: str
    query: str | None
    source: str | None
    result: ResultSet | None = None
    rows: list[list[Typed]] | None = None
    at: int = 0


@dataclass(slots=True, eq=False)
class Declared:
    """A declared exception. Each declaration is one of its own, whatever its name."""

    name: str
    number: int
    message: str


@dataclass(slots=True)
class Record:
    """A row that a FOR loop is at."""

    columns: Sequence[ResultColumn]
    values: Sequence[Typed]


@dataclass(slots=True, eq=False)
class Nested:
    """A procedure that a block declares: its signature as the catalog has that of others, and its body."""

    name: str
    properties: dict[str, Any]
    text: str
    frame: Frame | None = None
    """What the block declares."""
    seen: frozenset[str] = frozenset()
    """What the block declares before it, which its body may use and change."""

    def around(self) -> Frame:
        """The names that its body sees besides its own: those, other procedures of the block, what is around it."""
        assert self.frame is not None
        names = {name: item for name, item in self.frame.names.items() if name in self.seen or isinstance(item, Nested)}
        return Frame(self.frame.parent, names)


Named = Slot | ResultSet | Cursor | Declared | Record | Nested


@dataclass(slots=True)
class Frame:
    """The names of a block, or of a loop's row or counter."""

    parent: Frame | None = None
    names: dict[str, Named] = field(default_factory=dict)

    def find(self, name: str) -> Named | None:
        frame: Frame | None = self
        while frame is not None:
            if name in frame.names:
                return frame.names[name]
            frame = frame.parent
        return None

    def all(self) -> dict[str, Named]:
        return {**(self.parent.all() if self.parent is not None else {}), **self.names}


def declared_type(kind: SnowflakeType) -> SnowflakeType:
    """The type of a variable that has its type from its first value."""
    if kind is NULL_TYPE or kind.name in ("NULL", "TEXT"):
        return m.text()
    return m.number(m.MAX_PRECISION, kind.scale or 0) if kind.name == "FIXED" else kind.with_nullable(True)


def null(kind: SnowflakeType) -> Typed:
    return Typed(f"CAST(NULL AS {physical(kind)})", kind.with_nullable(True), None)


# --- values as text, and back -----------------------------------------------------------------------------------------
def text_sql(sql: str, kind: SnowflakeType) -> str:
    """SQL of a value's exact text."""
    if kind.name == "BINARY":
        return f"hex({sql})"
    if kind.name == "TIMESTAMP_TZ":
        return f"CAST(({sql}).value AS VARCHAR) || '|' || CAST(({sql}).offset_minutes AS VARCHAR)"
    return f"CAST({sql} AS VARCHAR)"


def from_text(text: str | None, kind: SnowflakeType) -> Typed:
    """The value whose exact text (see :func:`text_sql`) is given."""
    if text is None:
        return null(kind)
    match kind.name:
        case "TEXT" | "NULL":
            return Typed(literal(text), kind, text)
        case "BOOLEAN":
            return Typed(text, kind, text == "true")
        case "FIXED" if not kind.scale:
            sql = f"({text})" if len(text.lstrip("-")) <= 18 else f"CAST('{text}' AS HUGEINT)"
            return Typed(sql, kind, int(text))
        case "FIXED":
            return Typed(f"CAST('{text}' AS {physical(kind)})", kind, Decimal(text))
        case "REAL":
            return Typed(f"CAST('{text}' AS DOUBLE)", kind, float(text))
        case "BINARY":
            return Typed(f"unhex('{text}')", kind)
        case "TIMESTAMP_TZ":
            moment, _, offset = text.partition("|")
            return Typed(f"sf.tz_at(TIMESTAMPTZ '{moment}', {offset})", kind)
    return Typed(f"CAST({literal(text)} AS {physical(kind)})", kind, NO_CONST)


def rows_of(engine: Engine, session: Session, state: SessionState, result: ResultSet) -> list[list[Typed]]:
    """The rows of a RESULTSET as values."""
    if result.query_id is None:
        return []
    keep(state, result)
    source, columns = engine.result_scan(session, state, result.query_id)
    kinds = [column.type for column in columns]
    cells = ", ".join(text_sql(f"c{index}", kind) for index, kind in enumerate(kinds))
    rows = state.connection.run(f"SELECT {cells} FROM {source}")
    forget_read(state, len(state.reading) - 1)
    return [[from_text(text, kind) for text, kind in zip(row, kinds, strict=True)] for row in rows]


def forget_read(state: SessionState, kept: int) -> None:
    """Let go of what was read from outside of DuckDB, but for the first ``kept``: loops would pile it up."""
    while len(state.reading) > kept:
        state.connection.unregister(state.reading.pop())


KEPT_RESULTS = 16
"""Results of a block's statements that RESULT_SCAN reaches."""


def keep(state: SessionState, result: ResultSet) -> None:
    """Let RESULT_SCAN find a result while the block runs."""
    if result.query_id is None:
        return
    state.script_results.pop(result.query_id, None)
    state.script_results[result.query_id] = (result.columns, result.batches)
    while len(state.script_results) > KEPT_RESULTS:
        del state.script_results[next(iter(state.script_results))]
