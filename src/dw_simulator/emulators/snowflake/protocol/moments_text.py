"""Times as the REST API of objects tells them."""

from __future__ import annotations

import datetime as dt
from typing import Any


def moment(cell: Any) -> str:
    """A cell of seconds since the epoch, in ISO 8601."""
    return dt.datetime.fromtimestamp(float(cell), dt.UTC).isoformat().replace("+00:00", "Z")
