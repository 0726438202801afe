"""What was generated and loaded on this machine, by whatever process, for the metrics of the API.

Commands end before anybody could scrape them; what they did is recorded with their events.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dw_simulator.metadata.database import Database

_KINDS = {
    "generated": ("generation", "completed"),
    "failed": ("generation", "failed"),
    "aborted": ("generation", "aborted"),
    "loaded": ("load", "completed"),
    "appended": ("load", "completed"),
    "load_failed": ("load", "failed"),
}
"""The events that count, by their kind."""


@dataclass(frozen=True, slots=True)
class Activity:
    """The sum over all generation runs or loads of one outcome into one warehouse ("" for generation).

    ``rows`` of a generation that did not complete are those it was to make. ``seconds`` has the duration of each.
    """

    kind: str
    outcome: str
    warehouse: str
    rows: int
    bytes: int
    seconds: tuple[float, ...]


def record(connection: sqlite3.Connection, at: str, event: str, data: Mapping[str, Any]) -> None:
    """Note an event that counts; called within the transaction that writes the event."""
    if event not in _KINDS:
        return
    rows = data.get("rows", 0)
    total = sum(rows.values()) if isinstance(rows, Mapping) else rows
    connection.execute(
        "INSERT INTO activity (at, kind, outcome, warehouse, row_count, bytes, seconds) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (at, *_KINDS[event], data.get("warehouse", ""), total, data.get("bytes", 0), data.get("seconds", 0.0)),
    )


class ActivityRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def totals(self) -> list[Activity]:
        """One entry for each kind, outcome and warehouse that occurred."""
        rows = self._database.rows(
            "SELECT kind, outcome, warehouse, sum(row_count) AS row_count, sum(bytes) AS bytes,"
            " group_concat(seconds, ' ') AS seconds FROM activity GROUP BY kind, outcome, warehouse"
        )
        return [
            Activity(
                row["kind"],
                row["outcome"],
                row["warehouse"],
                row["row_count"],
                row["bytes"],
                tuple(float(text) for text in row["seconds"].split()),
            )
            for row in rows
        ]
