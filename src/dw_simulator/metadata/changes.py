"""Tells what changed among the experiments, by whatever process, at little cost to who asks again and again."""

from __future__ import annotations

from collections.abc import Mapping

from dw_simulator.metadata.database import Database

Stamps = Mapping[tuple[int, str], str]
"""By number and name of an experiment: what changes with each change of it, of its runs and of what is loaded."""


class ChangeRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def fingerprint(self) -> tuple[int, int]:
        """Another value after every commit, of this process and of others; takes microseconds."""
        theirs = self._database.rows("PRAGMA data_version")[0][0]
        ours = self._database.rows("SELECT total_changes()")[0][0]
        return theirs, ours

    def stamps(self) -> Stamps:
        rows = self._database.rows(
            "SELECT e.id, e.name, e.updated_at || coalesce("
            " (SELECT group_concat(r.id || r.status) FROM generation_runs r WHERE r.experiment_id = e.id), '')"
            " || coalesce((SELECT group_concat(t.warehouse || t.loaded_at || t.row_count) FROM experiment_tables t"
            " WHERE t.experiment_id = e.id), '') AS stamp FROM experiments e"
        )
        return {(row["id"], row["name"]): row["stamp"] for row in rows}
