"""Names longer than the backend keeps.

Redshift keeps 127 bytes of a name and cuts what is longer ("Names and identifiers"); PostgreSQL silently cuts after 63.
A cut name would be a wrong column name in a result and could stand for another. So a long name in a query (an alias, a
common table expression, a column of a subquery) has a short one on the way to the backend, and its own again in what
comes back. Names of objects are refused.
"""

from __future__ import annotations

import re

from dw_simulator.emulators.redshift.commands.lexer import Reader, Token, quote_name
from dw_simulator.emulators.redshift.errors import FEATURE_NOT_SUPPORTED, RedshiftError
from dw_simulator.emulators.redshift.short_names import shorten

LONGEST_NAME = 63
"""In bytes: of names that PostgreSQL keeps."""

_MAYBE_LONG = re.compile(r'[\w$#]{64}|"[^"]{64}|[^\x00-\x7f]')
_QUERIES = frozenset(["select", "with", "(", "values", "insert", "update", "delete", "merge", "declare"])


def with_short_names(sql: str, *, case_sensitive: bool) -> str | None:
    """The statement with a short name for each long one; None: it has none.

    Raises:
        RedshiftError: 0A000, the name of an object, or in a statement that makes one, has more than 63 bytes.
    """
    if _MAYBE_LONG.search(sql) is None:
        return None
    reader = Reader(sql)
    long = [token for token in reader.tokens if _is_long(token)]
    if not long:
        return None
    if reader.tokens[0].word not in _QUERIES or _makes_a_table(reader.tokens):
        raise _refusal(long[0].value)
    pieces: list[str] = []
    done = 0
    for token in long:
        name = token.value if case_sensitive and token.kind == "quoted" else token.value.lower()
        pieces += [sql[done : token.start], quote_name(shorten(name))]
        done = token.end
    return "".join([*pieces, sql[done:]])


def _is_long(token: Token) -> bool:
    return token.kind in ("word", "quoted") and len(token.value.encode()) > LONGEST_NAME


def _makes_a_table(tokens: list[Token]) -> bool:
    """SELECT … INTO, and not INSERT INTO or MERGE INTO."""
    words = [token.word for token in tokens]
    return any(word == "into" and words[index - 1] not in ("insert", "merge") for index, word in enumerate(words))


def _refusal(name: str) -> RedshiftError:
    return RedshiftError(
        FEATURE_NOT_SUPPORTED,
        f'names of objects longer than {LONGEST_NAME} bytes are not supported by the Redshift emulator: "{name[:40]}…"',
        hint="Redshift allows 127 bytes, the PostgreSQL behind the emulator 63. Use a shorter name.",
    )
