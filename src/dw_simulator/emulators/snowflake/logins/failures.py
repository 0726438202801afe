"""Why logins failed, for ``SYSTEM$GET_LOGIN_FAILURE_DETAILS``. Vendor page of that name."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict

import orjson

KEPT = 1000


class LoginFailures:
    """The last failures by the UUID in their message. Thread-safe."""

    def __init__(self) -> None:
        self._details: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, reason: str, user: str | None, client: str, version: str, at: float) -> str:
        """Returns the UUID under which the details are kept. ``at``: seconds since 1970."""
        key = str(uuid.uuid4())
        details = {
            "clientIP": "127.0.0.1",
            "clientType": client or "OTHER",
            "clientVersion": version or None,
            "username": user,
            "errorCode": reason,
            "timestamp": int(at),
        }
        with self._lock:
            self._details[key] = orjson.dumps(details).decode()
            while len(self._details) > KEPT:
                self._details.popitem(last=False)
        return key

    def details(self, key: str) -> str | None:
        """The JSON text; None for a UUID that is not known."""
        with self._lock:
            return self._details.get(key.lower())
