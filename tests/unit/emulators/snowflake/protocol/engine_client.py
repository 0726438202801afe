"""A client of the HTTP surface before the real engine, which sees whether a result was reused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dw_simulator.emulators.snowflake.engine import Engine

from .conftest import Client


class EngineClient(Client):
    """A client of the real engine, whose results come as JSON."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, Engine.open(folder))

    def rows(self, sql: str, **body: Any) -> tuple[list[list[str | None]], bool]:
        """The rows of a statement, and whether they were those of an earlier one."""
        answer = self.query(sql, **body)
        assert answer["success"], answer["message"]
        query = self.service.queries.find(answer["data"]["queryId"])
        assert query is not None
        return answer["data"]["rowset"], query.reused
