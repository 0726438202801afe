"""What a procedure with its owner's rights may not do. Vendor page: "Understanding caller's rights and owner's rights
stored procedures"."""

from __future__ import annotations

from collections.abc import Sequence

from dw_simulator.emulators.snowflake import errors

_REFUSED = {
    "USE": "USE", "SET": "SET", "UNSET": "UNSET", "LIST": "LIST_FILES", "LS": "LIST_FILES", "PUT": "PUT_FILES",
    "GET": "GET_FILES", "ALTER SESSION": "ALTER_SESSION", "SHOW PARAMETERS": "SHOW PARAMETER",
    "SHOW GRANTS": "SHOW GRANT",
}  # fmt: skip
"""Statements by their first words, and what errors call them."""


def check(words: Sequence[str]) -> None:
    """Raises SnowflakeError 090236: the statement would read or change the caller's session, or files."""
    name = _REFUSED.get(words[0]) or _REFUSED.get(" ".join(words[:2]))
    if name is not None:
        raise errors.OWNERS_RIGHTS(name)
