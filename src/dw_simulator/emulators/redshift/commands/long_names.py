"""Names longer than the backend keeps.

Redshift allows 127 bytes ("Names and identifiers"); PostgreSQL silently cuts after 63. A cut name would be a wrong
column name in a result and could stand for another, so a longer one is refused.
"""

from __future__ import annotations

import re

from dw_simulator.emulators.redshift.commands.lexer import Reader
from dw_simulator.emulators.redshift.errors import FEATURE_NOT_SUPPORTED, RedshiftError

LONGEST_NAME = 63
"""In bytes."""

_MAYBE_LONG = re.compile(r'[\w$#]{64}|"[^"]{64}|[^\x00-\x7f]')


def refuse_long_names(sql: str) -> None:
    """Raises RedshiftError (0A000) when the statement has a name of more than 63 bytes."""
    if _MAYBE_LONG.search(sql) is None:
        return
    for token in Reader(sql).tokens:
        if token.kind in ("word", "quoted") and len(token.value.encode()) > LONGEST_NAME:
            raise RedshiftError(
                FEATURE_NOT_SUPPORTED,
                f"names longer than {LONGEST_NAME} bytes are not supported by the Redshift emulator: "
                f'"{token.value[:40]}…"',
                hint="Redshift allows 127 bytes, the PostgreSQL behind the emulator 63. Use a shorter name.",
            )
