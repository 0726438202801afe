"""What the engine keeps for a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from dw_simulator.emulators.snowflake.alert_log import AlertRun
from dw_simulator.emulators.snowflake.backend import Connection
from dw_simulator.emulators.snowflake.catalog.grants import Access
from dw_simulator.emulators.snowflake.catalog.model import TABLE_KINDS, Entry
from dw_simulator.emulators.snowflake.catalog.store import Key
from dw_simulator.emulators.snowflake.results import ResultColumn
from dw_simulator.emulators.snowflake.stages.script_file import ScriptFile
from dw_simulator.emulators.snowflake.task_log import TaskRun
from dw_simulator.emulators.snowflake.translation.grouped import References
from dw_simulator.emulators.snowflake.translation.typing import Typed


@dataclass(frozen=True, slots=True)
class Scope:
    """A procedure that runs: whether a transaction was open when it was called, and how many waited for that."""

    outside: bool
    depth: int


@dataclass(slots=True)
class SessionState:
    """Changed by the statements of one session, which run one after the other."""

    connection: Connection
    temporary: dict[Key, Entry] = field(default_factory=dict)
    zone: str = ""
    consumed: dict[int, str] = field(default_factory=dict)
    """Streams that the open transaction has read for a change, and the tables that hold their offsets."""
    versions: dict[int, int] = field(default_factory=dict)
    """The first version that the open transaction made of each table."""
    access: tuple[tuple[object, ...], Access] | None = None
    """What the session's roles may do, and what that was computed from."""
    wide: bool = False
    """The statement is run again with 128-bit integers, because 64 bits were too few."""
    references: References = field(default_factory=dict)
    """Columns that the last statement named, for its errors."""
    results: int = 0
    listed: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    """Streams on external tables that were read, and the files (path, version) that the tables had then."""
    reading: list[str] = field(default_factory=list)
    """Names under which the last statement read rows that are not in DuckDB: staged files, earlier results."""
    variables: Mapping[str, Typed] | None = None
    """Variables of the block (or of EXECUTE IMMEDIATE's USING) whose statement runs, by what they are bound to."""
    outputs: dict[str, Typed] = field(default_factory=dict)
    """What the CALL that runs gives for its arguments that are OUT, by the variables' names."""
    script_results: dict[str, tuple[Sequence[ResultColumn], Sequence[pa.RecordBatch]]] = field(default_factory=dict)
    """Results of the statements of the block that runs, for RESULT_SCAN."""
    piped: list[str] = field(default_factory=list)
    """Query ids of the statements of the chain that runs, for ``$1`` in FROM."""
    scopes: list[Scope] = field(default_factory=list)
    """The procedures that run, innermost last."""
    owners: int = 0
    """How many procedures with their owner's rights run."""
    suspended: list[tuple[dict[int, str], dict[int, int], int | None]] = field(default_factory=list)
    """``consumed``, ``versions`` and the id of the transactions that wait for one of a procedure."""
    calls: int = 0
    """How deep blocks and procedures are in each other."""
    files: list[ScriptFile] = field(default_factory=list)
    """The staged files that EXECUTE IMMEDIATE FROM runs, innermost last."""
    task: TaskRun | None = None
    """The run of a task that the session is there for."""
    alert: AlertRun | None = None
    """The run of an alert that the session is there for."""
    last_copies: dict[int, str] = field(default_factory=dict)
    """Table -> query id of the last COPY into it."""

    @property
    def shadows_tables(self) -> bool:
        """Whether names of tables mean something else in this session than in others."""
        return any(entry.kind in TABLE_KINDS for entry in self.temporary.values())
