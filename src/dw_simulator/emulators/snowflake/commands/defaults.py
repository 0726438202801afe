"""Defaults of columns that are sequences: kept with the sequence's full name. Vendor page: "Using Sequences"."""

from __future__ import annotations

from collections.abc import Iterable

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.registry import Run
from dw_simulator.emulators.snowflake.functions.object_ddl import quoted
from dw_simulator.emulators.snowflake.translation.lexer import QUOTED, WORD
from dw_simulator.emulators.snowflake.translation.parser import Parser

_NEXT = "NEXTVAL"


def sequence_name(text: str) -> tuple[str, ...] | None:
    """The name of the sequence whose next value the expression is."""
    parser = Parser(text)
    if parser.token.kind not in (WORD, QUOTED):
        return None
    parts = parser.qualified()
    return parts[:-1] if parser.at_end() and len(parts) > 1 and parts[-1] == _NEXT else None


def kept(run: Run, text: str | None) -> str | None:
    """A default as it is stored. Raises SnowflakeError 002003: there is no such sequence."""
    parts = sequence_name(text) if text is not None else None
    if parts is None:
        return text
    view = ddl.catalog_of(run)
    if view.find("SEQUENCE", parts) is None:
        if view.find("TABLE", parts) is not None:
            return text
        raise errors.KIND_NOT_FOUND("Sequence", ".".join(view.qualify(parts)))
    return default_of(view.require("SEQUENCE", parts, "USAGE"))


def default_of(sequence: Entry) -> str:
    return _shown(sequence.parts)


def _shown(parts: Iterable[str]) -> str:
    return ".".join([*map(quoted, parts), _NEXT])


def follow(table: Entry, old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    """Let defaults of a table (it is changed) follow what has the name ``old``: a database, schema or sequence."""
    changed = False
    for column in table.columns:
        parts = sequence_name(column.default) if column.default is not None else None
        if parts is not None and len(parts) == 3 and parts[: len(old)] == old:
            column.default = _shown((*new, *parts[len(old) :]))
            changed = True
    return changed
