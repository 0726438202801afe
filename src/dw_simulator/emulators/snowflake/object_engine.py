"""What the engine does with objects: their changes in the catalog and in DuckDB, and what is asked of them."""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import streams, versions
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.store import Changes, key_of
from dw_simulator.emulators.snowflake.catalog.view import SessionCatalog
from dw_simulator.emulators.snowflake.commands import registry
from dw_simulator.emulators.snowflake.copy import history
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.scheduler import Scheduler
from dw_simulator.emulators.snowflake.session_engine import SessionEngine
from dw_simulator.emulators.snowflake.session_state import SessionState
from dw_simulator.emulators.snowflake.stages.storage import Storage

KEPT_DROPPED = 200
SCHEDULED_KINDS = ("DYNAMIC TABLE", "PIPE", "TASK", "ALERT")
"""Objects with which the server does something by itself."""


class ObjectEngine(SessionEngine):
    """Over the engine's sessions; statements are in ``engine``."""

    scheduler: Scheduler

    def next_value(self, sequence: Entry) -> int:
        return self.following(f"s{sequence.id}", int(sequence.properties["start"]))

    def following(self, name: str, start: int) -> int:
        """The next value of one of the backend's sequences (``start``: if there is no such)."""
        rows = self.system.run(
            f"SELECT coalesce(last_value + increment_by, start_value) FROM duckdb_sequences() "
            f"WHERE sequence_name = '{name}'"
        )
        return int(rows[0][0]) if rows else start

    # --- DDL ----------------------------------------------------------------------------------------------------------
    def apply(self, run: registry.Run | None, changes: Changes) -> None:
        """Carry out DDL: SQL and catalog in one transaction. An open transaction is committed first."""
        connection = run.state.connection if run is not None else self.system
        if run is not None and run.state.suspended:
            raise errors.UNSUPPORTED_FEATURE("DDL in a transaction of a procedure that was called inside another one")
        with self.catalog.lock:
            self._purge(changes)
            if run is not None:
                self.commit(run.state)
            connection.run("BEGIN TRANSACTION")
            try:
                for sql in changes.sql:
                    connection.run(sql)
                for sql, values in self.catalog.statements(changes):
                    connection.run(sql, values)
                connection.run("COMMIT")
            except SnowflakeError:
                connection.run("ROLLBACK")
                raise
            self.catalog.apply(changes)
            if any(entry.kind in SCHEDULED_KINDS for entry in changes.stored):
                self.scheduler.poke()
            if run is not None:
                self._apply_temporary(run.state, changes)
                run.session.in_transaction = False

    def streams_read(self, run: registry.Run) -> list[Entry]:
        """The streams among what a statement reads."""
        found = (self.catalog.get("TABLE", *parts) for parts in dict.fromkeys(run.sources))
        return [entry for entry in found if entry is not None and entry.kind == streams.KIND]

    def stream_position(self, state: SessionState, stream: Entry) -> str:
        """SQL of what a stream keeps when it moves on to what the session has read of it."""
        table = streams.source_table(self.catalog, stream)
        if stream.properties.get(streams.INSERT_ONLY):
            return streams.files_sql(state.listed[stream.id])
        return streams.position_sql(stream, table)

    def _purge(self, changes: Changes) -> None:
        """Give up the oldest dropped objects: UNDROP reaches back ``KEPT_DROPPED`` of them."""
        touched = {entry.id for entry in (*changes.stored, *changes.removed)}
        dropped = [entry for entry in self.catalog.dropped_entries() if entry.id not in touched]
        dropped.sort(key=lambda entry: entry.dropped or entry.created)
        for entry in dropped[: max(0, len(dropped) - KEPT_DROPPED)]:
            if entry.is_table:
                changes.run(f"DROP TABLE IF EXISTS {entry.physical}")
                if entry.properties.get(versions.VERSIONED):
                    changes.run(*versions.forget_sql(entry.id))
            elif entry.kind == "SEQUENCE":
                changes.run(f"DROP SEQUENCE IF EXISTS data.s{entry.id}")
            elif entry.kind == streams.KIND:
                changes.run(f"DROP TABLE IF EXISTS {streams.offset_table(entry)}")
            changes.remove(entry)

    def _apply_temporary(self, state: SessionState, changes: Changes) -> None:
        gone = {entry.id for entry in (*changes.removed, *changes.stored)}
        for key in [key for key, entry in state.temporary.items() if entry.id in gone]:
            del state.temporary[key]
        for entry in changes.stored:
            if entry.temporary:
                state.temporary[key_of(entry)] = entry

    def stage_storage(self, database: str, schema: str, stage: str) -> Storage | None:
        entry = self.catalog.get("STAGE", database, schema, stage)
        if entry is None:
            return None
        return self.stages.stage_place(entry, SessionCatalog(self.catalog, database, schema, {})).storage

    def loads(self) -> list[history.Loaded]:
        """What was loaded lately, as far as it is committed."""
        connection = self.backend.connect()
        try:
            return history.entries(connection, history.HISTORY_DAYS)
        finally:
            connection.close()

    def count_rows(self, entry: Entry) -> int:
        """Rows of a table, from DuckDB's own count (exact for committed data)."""
        if entry.temporary or not entry.is_table:
            return 0
        connection = self.backend.connect()
        try:
            return int(connection.run(f"SELECT count(*) FROM {entry.physical}")[0][0])
        finally:
            connection.close()
