"""What a session gives to the statements that are bound in it: its variables, and the values of context functions."""

from __future__ import annotations

import json
from typing import Any

from dw_simulator.emulators.snowflake.sessions import Session
from dw_simulator.emulators.snowflake.translation.environment import Environment
from dw_simulator.emulators.snowflake.translation.typing import Typed


class SessionVariables(dict[str, Typed]):
    """Session variables; using one makes the translation hold for this execution only."""

    def __init__(self, session: Session, env: Environment) -> None:
        super().__init__()
        self._session, self._env = session, env

    def get(self, name: str, default: Any = None) -> Any:
        self._env.volatile = True
        variable = self._session.variables.get(name)
        return default if variable is None else Typed(variable.sql, variable.type, variable.value)


class SessionContext(dict[str, str | None]):
    """What context functions answer; using one makes the translation hold for this execution only."""

    def __init__(self, session: Session, env: Environment) -> None:
        super().__init__()
        self._session, self._env = session, env

    def get(self, name: str, default: Any = None) -> Any:
        self._env.volatile = True
        session = self._session
        values = {
            "CURRENT_USER": session.user.upper(),
            "CURRENT_ROLE": session.role,
            "CURRENT_WAREHOUSE": session.warehouse,
            "CURRENT_SESSION": str(session.id),
            "CURRENT_ACCOUNT": session.account.upper(),
            "CURRENT_TRANSACTION": str(session.transaction_id) if session.in_transaction else None,
            "CURRENT_SECONDARY_ROLES": _secondary_roles(session.secondary_roles),
            "CURRENT_IP_ADDRESS": session.address or "127.0.0.1",
            "CURRENT_CLIENT": f"{session.client.app_id} {session.client.app_version}".strip(),
        }
        return values.get(name, default)


def _secondary_roles(secondary: str) -> str:
    """CURRENT_SECONDARY_ROLES: a JSON text."""
    named = secondary not in ("ALL", "NONE")
    value = "" if secondary == "NONE" or named else secondary
    return json.dumps({"roles": secondary if named else "", "value": value}, separators=(",", ":"))
