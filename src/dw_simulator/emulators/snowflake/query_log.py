"""The last statements of the server, for QUERY_HISTORY. Vendor page: "QUERY_HISTORY"."""

from __future__ import annotations

import re
import time
from collections import deque
from dataclasses import dataclass, field

from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.sessions import Session

KEPT = 2000
LONGEST_TEXT = 100_000
_SECRETS = re.compile(r"\b((?:\w*PASSWORD|\w*SECRET\w*|\w*TOKEN|MASTER_KEY)\s*=\s*)'(?:[^']|'')*'", re.I)


@dataclass(slots=True)
class QueryRecord:
    """One statement. Times are seconds since the epoch; ``ended`` is None while it runs."""

    id: str
    text: str
    session_id: int
    user: str
    role: str | None
    warehouse: str | None
    database: str | None
    schema: str | None
    tag: str = ""
    started: float = field(default_factory=time.time)
    ended: float | None = None
    rows: int = 0
    error: SnowflakeError | None = None

    @property
    def shown_text(self) -> str:
        """The text with what is secret in it hidden."""
        return _SECRETS.sub(r"\1'****'", self.text)

    @property
    def status(self) -> str:
        if self.ended is None:
            return "RUNNING"
        return "SUCCESS" if self.error is None else "FAILED_WITH_ERROR"

    @property
    def kind(self) -> str:
        """QUERY_TYPE, from the first words."""
        words = self.text[:200].upper().replace("(", " ").split()
        first = words[0] if words else ""
        if first in ("WITH", "SELECT", "VALUES"):
            return "SELECT"
        if first in ("CREATE", "ALTER", "DROP"):
            skipped = ("OR", "REPLACE", "IF", "NOT", "EXISTS", "TEMPORARY", "TEMP", "TRANSIENT", "SECURE")
            rest = [word for word in words[1:] if word not in skipped]
            return "_".join([first, *rest[:1]])
        return {"BEGIN": "BEGIN_TRANSACTION", "DESC": "DESCRIBE", "": "UNKNOWN"}.get(first, first.rstrip(";"))


class QueryLog:
    """Appended to by the threads that run statements, read by others: a deque takes both."""

    def __init__(self) -> None:
        self._records: deque[QueryRecord] = deque(maxlen=KEPT)

    def begin(self, session: Session, sql: str, query_id: str) -> QueryRecord:
        record = QueryRecord(
            query_id, sql[:LONGEST_TEXT], session.id, session.user.upper(), session.role, session.warehouse,
            session.database, session.schema, str(session.parameters["QUERY_TAG"]),
        )  # fmt: skip
        self._records.append(record)
        return record

    def records(self) -> list[QueryRecord]:
        """The newest first."""
        return list(self._records)[::-1]
