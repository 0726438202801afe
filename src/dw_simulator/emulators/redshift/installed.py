"""The functions that are installed into the database, by their names."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_SQL = Path(__file__).parent
_INSTALLED = re.compile(r"CREATE (?:OR REPLACE )?(?:FUNCTION|AGGREGATE) pg_catalog\.(\w+)", re.I)


@cache
def installed() -> frozenset[str]:
    """The functions that the SQL files write out (not those that they make in loops)."""
    texts = (path.read_text() for folder in ("functions", "catalog") for path in (_SQL / folder).rglob("*.sql"))
    return frozenset(name.lower() for text in texts for name in _INSTALLED.findall(text))
