"""Names for what is not grouped: DuckDB finds it, and knows it by the names of the emitted SQL only."""

from __future__ import annotations

from dataclasses import dataclass

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.translation.lexer import position


@dataclass(frozen=True, slots=True)
class Reference:
    """A column in a statement. ``listed``: in the SELECT list of a query with GROUP BY, outside of aggregates."""

    name: str
    sql: str
    start: int
    listed: bool


References = dict[str, Reference]
"""By their emitted SQL: the first one that is listed, else the first one."""


def note(references: References, column: str, reference: Reference) -> None:
    known = references.get(column)
    if known is None or (reference.listed and not known.listed):
        references[column] = reference


def name_reference(error: SnowflakeError, references: References) -> None:
    """Put the error of an ungrouped column in Snowflake's words. Vendor pages: "SELECT", "GROUP BY"."""
    found = references.get(error.reference)
    if error.errno != errors.NOT_GROUPED.errno or found is None:
        return
    better = errors.NOT_GROUPED(found.name)
    if found.listed:
        line, column = position(found.sql, found.start)
        better = errors.NEITHER_GROUPED(found.name, line=line, pos=column)
    error.errno, error.message, error.line, error.pos = better.errno, better.message, better.line, better.pos
