"""Places of staged files as statements write them: ``@stage/path``, ``@~/path``, ``@%table/path``, ``s3://bucket/path``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dw_simulator.emulators.snowflake import errors

_PART = re.compile(r'"((?:[^"]|"")*)"|([A-Za-z_][A-Za-z0-9_$]*)')
URL_SCHEMES = ("s3://", "s3compat://", "s3gov://", "s3china://")
OTHER_CLOUDS = ("azure://", "gcs://")


@dataclass(frozen=True, slots=True)
class Location:
    """``kind``: named, user, table, or url. ``name`` is the folded, maybe qualified name of the stage or table.

    ``path`` is below the stage's root, without a leading slash; for ``url`` it is the whole URL.
    """

    kind: str
    name: tuple[str, ...] = ()
    path: str = ""


def parse_location(text: str) -> Location:
    """Raises SnowflakeError 001003 (not a location) or 000002 (a cloud that is not emulated)."""
    lowered = text.lower()
    if lowered.startswith(URL_SCHEMES):
        return Location("url", path=text)
    if lowered.startswith(OTHER_CLOUDS):
        raise errors.UNSUPPORTED_FEATURE(f"stage URL {text}: only s3:// and s3compat:// are emulated")
    if not text.startswith("@"):
        raise errors.SYNTAX_ERROR(text)
    if text.startswith("@~"):
        return Location("user", path=_path(text[2:], text))
    return _named(text)


def _path(rest: str, text: str) -> str:
    if rest and not rest.startswith("/"):
        raise errors.SYNTAX_ERROR(text)
    return rest.lstrip("/")


def _named(text: str) -> Location:
    """``@[db.][schema.]name/path``, a table's stage with ``%`` before the last name: ``%orders``, ``%"Orders"``, or
    within its quotes, ``"%Orders"``."""
    parts: list[str] = []
    index, table = 1, False
    while True:
        if text[index : index + 1] == "%":
            table, index = True, index + 1
        match = _PART.match(text, index)
        if match is None:
            raise errors.SYNTAX_ERROR(text)
        quoted, plain = match.groups()
        parts.append(quoted.replace('""', '"') if plain is None else plain.upper())
        index = match.end()
        if text[index : index + 1] != ".":
            break
        index += 1
        if text[index : index + 1] == ".":
            parts.append("PUBLIC")
            index += 1
    if not table and parts[-1].startswith("%"):
        table, parts[-1] = True, parts[-1][1:]
    return Location("table" if table else "named", tuple(parts), _path(text[index:], text))
