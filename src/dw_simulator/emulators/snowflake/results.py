"""What executing one statement gives: columns, record batches in the engine's logical form, and counts.

The **logical form** of a column, by Snowflake type:

=================  ====================================================================================================
FIXED              decimal128(p, s), or any integer type when the scale is 0
REAL               float64
DECFLOAT           string: the number as Snowflake prints it
TEXT               string (also large_string, string_view, dictionary of string)
BOOLEAN            bool
DATE               date32
TIME               time64[us] or time64[ns]
TIMESTAMP_NTZ      timestamp[us] or timestamp[ns], without zone
TIMESTAMP_LTZ      timestamp[us|ns, UTC]
TIMESTAMP_TZ       struct<value: timestamp[us|ns, UTC], offset_minutes: int32>
BINARY             binary
INTERVAL_*         int64 or decimal128(38, 0): months, or nanoseconds
VARIANT OBJECT     string: the value as text, formatted as Snowflake formats it (SQL NULL is null)
ARRAY MAP VECTOR
GEOGRAPHY GEOMETRY
=================  ====================================================================================================
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum, IntEnum

import pyarrow as pa

from dw_simulator.emulators.snowflake.types.model import SnowflakeType, number, text


def limited(batches: Iterable[pa.RecordBatch], rows: int) -> Generator[pa.RecordBatch]:
    """The first ``rows`` rows."""
    try:
        for batch in batches:
            yield batch.slice(0, rows)
            rows -= batch.num_rows
            if rows <= 0:
                return
    finally:
        if isinstance(batches, Generator):
            batches.close()


class StatementType(IntEnum):
    """``statementTypeId`` of responses: drivers read from it whether rows or row counts come back."""

    UNKNOWN = 0x0000
    SELECT = 0x1000
    EXPLAIN = 0x2000
    DML = 0x3000
    INSERT = 0x3100
    UPDATE = 0x3200
    DELETE = 0x3300
    MERGE = 0x3400
    MULTI_TABLE_INSERT = 0x3500
    COPY = 0x3600
    UNLOAD = 0x3700
    RECLUSTER = 0x3800
    SCL = 0x4000
    ALTER_SESSION = 0x4100
    SET = 0x4200
    USE = 0x4300
    USE_DATABASE = 0x4301
    USE_SCHEMA = 0x4302
    USE_WAREHOUSE = 0x4303
    SHOW = 0x4400
    DESCRIBE = 0x4500
    LIST = 0x4701
    TCL = 0x5000
    DDL = 0x6000
    MANAGE_TOKENS = 0x6244
    GET = 0x7101
    PUT = 0x7102
    REMOVE = 0x7103
    CALL = 0x9000
    MULTI_STATEMENT = 0xA000

    @property
    def is_dml(self) -> bool:
        """Whether drivers read row counts instead of rows (INSERT, UPDATE, DELETE, MERGE)."""
        return self.DML <= self <= self.MULTI_TABLE_INSERT

    @property
    def gives_rows(self) -> bool:
        """Whether a result is rows that were asked for. ROWS_PER_RESULTSET limits those."""
        return self in (self.SELECT, self.SHOW, self.DESCRIBE, self.LIST)


class Reuse(Enum):
    """When a repeated statement may be answered from a result that it had before."""

    NEVER = "never"
    UNCHANGED = "unchanged"
    """As long as no statement has changed any data."""
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """One column of a result. The origin names are given where the column comes straight from a table."""

    name: str
    type: SnowflakeType
    database: str = ""
    schema: str = ""
    table: str = ""
    extended: str = ""
    """The name of its type where ``type`` is only what its values are shown as."""


@dataclass(slots=True)
class FileTransfer:
    """A PUT or GET that the client carries out itself: the ``data`` the drivers expect besides the usual fields."""

    data: dict[str, object]


@dataclass(slots=True)
class StatementResult:
    """The outcome of one statement.

    ``batches`` is consumed once, in the thread that executed the statement, before that session's next statement; it
    may raise :class:`~dw_simulator.emulators.snowflake.errors.SnowflakeError`. Its columns are those of ``columns``, in
    the logical form (names of the batches do not matter). DML gives its counts as ordinary rows ("number of rows
    inserted" …) and ``row_counts`` with the keys ``numRowsInserted``, ``numRowsUpdated``, ``numRowsDeleted``,
    ``numDmlDuplicates``. ``message`` is the status line of statements that return one.
    """

    columns: Sequence[ResultColumn]
    batches: Iterable[pa.RecordBatch]
    statement_type_id: int = StatementType.SELECT
    is_dml: bool = False
    row_counts: dict[str, int] = field(default_factory=dict)
    message: str = ""
    bind_count: int = 0
    transfer: FileTransfer | None = None
    children: Sequence[str] = ()
    """Query ids of the statements of a multi-statement request."""
    array_binds: bool = False
    """Whether each placeholder of the statement may be given a list of values."""
    reuse: Reuse = Reuse.NEVER
    """When the same statement may be answered from this result."""

    @classmethod
    def status(
        cls, message: str, statement_type_id: int = StatementType.DDL, *, column: str = "status"
    ) -> StatementResult:
        """The one-row result of DDL and session statements."""
        return cls.rows([ResultColumn(column, text())], [(message,)], statement_type_id, message=message)

    @classmethod
    def rows(
        cls,
        columns: Sequence[ResultColumn],
        rows: Sequence[Sequence[object]],
        statement_type_id: int = StatementType.SELECT,
        *,
        message: str = "",
    ) -> StatementResult:
        """A small result from Python values (of the Python types that Arrow makes the logical form from)."""
        arrays = [
            pa.array([row[index] for row in rows], type=logical_type(column.type))
            for index, column in enumerate(columns)
        ]
        batch = pa.RecordBatch.from_arrays(arrays, names=[column.name for column in columns])
        return cls(columns, [batch], statement_type_id, message=message)

    @classmethod
    def dml(cls, statement_type_id: int, counts: dict[str, int]) -> StatementResult:
        """The counts of INSERT, UPDATE, DELETE, MERGE: ``counts`` maps result column names to numbers, in order.

        Example: ``{"number of rows updated": 3, "number of multi-joined rows updated": 0}``.
        """
        columns = [ResultColumn(name, number(19, 0, nullable=False)) for name in counts]
        result = cls.rows(columns, [tuple(counts.values())], statement_type_id)
        result.is_dml = True
        result.row_counts = {key: counts[name] for name, key in _COUNT_KEYS.items() if name in counts}
        return result


_COUNT_KEYS = {
    "number of rows inserted": "numRowsInserted",
    "number of rows updated": "numRowsUpdated",
    "number of rows deleted": "numRowsDeleted",
    "number of multi-joined rows updated": "numDmlDuplicates",
}


def logical_type(kind: SnowflakeType) -> pa.DataType:
    """The Arrow type that the logical form uses for ``kind`` when the engine has no reason to choose another."""
    if kind.name == "FIXED":
        return pa.int64() if kind.scale == 0 and (kind.precision or 38) <= 19 else pa.decimal128(38, kind.scale or 0)
    if kind.name == "TIMESTAMP_TZ":
        value = pa.field("value", pa.timestamp("us", tz="UTC"))
        return pa.struct([value, pa.field("offset_minutes", pa.int32())])
    if kind.name == "INTERVAL_DAY_TIME":
        return pa.decimal128(38, 0)
    return _LOGICAL_TYPES.get(kind.name, pa.string())


_LOGICAL_TYPES = {
    "REAL": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIME": pa.time64("us"),
    "TIMESTAMP_NTZ": pa.timestamp("us"),
    "TIMESTAMP_LTZ": pa.timestamp("us", tz="UTC"),
    "BINARY": pa.binary(),
    "INTERVAL_YEAR_MONTH": pa.int64(),
}
