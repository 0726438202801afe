"""The last logins of the server. Vendor pages: "LOGIN_HISTORY view", "LOGIN_HISTORY , LOGIN_HISTORY_BY_USER"."""

from __future__ import annotations

import itertools
import time
from collections import deque
from dataclasses import dataclass, field

from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.sessions import ClientInfo

KEPT = 2000
_CLIENTS = {
    "PYTHONCONNECTOR": "PYTHON_DRIVER", "JDBC": "JDBC_DRIVER", "ODBC": "ODBC_DRIVER", "GO": "GO_DRIVER",
    "JAVASCRIPT": "JAVASCRIPT_DRIVER", ".NET": "DOTNET_DRIVER", "PDO": "PHP_DRIVER", "SNOWSQL": "SNOWSQL",
    "SQL_API": "SQL_API",
}  # fmt: skip
"""What the vendor calls clients, by how they call themselves."""


@dataclass(frozen=True, slots=True)
class LoginRecord:
    """A login or an attempt. ``at`` is seconds since 1970; ``session_id`` is 0 for one that failed."""

    id: int
    user: str
    address: str
    client: ClientInfo
    method: str
    session_id: int = 0
    error: SnowflakeError | None = None
    at: float = field(default_factory=time.time)

    @property
    def client_type(self) -> str:
        return _CLIENTS.get(self.client.app_id.upper(), "OTHER")


class LoginLog:
    """Appended to by the threads that log in, read by others: a deque takes both."""

    def __init__(self) -> None:
        self._records: deque[LoginRecord] = deque(maxlen=KEPT)
        self._ids = itertools.count(1)

    def add(
        self,
        user: str,
        address: str,
        client: ClientInfo,
        method: str,
        session_id: int = 0,
        error: SnowflakeError | None = None,
    ) -> None:
        record = LoginRecord(next(self._ids), user.upper(), address, client, method or "PASSWORD", session_id, error)
        self._records.append(record)

    def records(self) -> list[LoginRecord]:
        """The newest first."""
        return list(self._records)[::-1]
