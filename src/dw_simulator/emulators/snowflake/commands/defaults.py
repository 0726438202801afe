"""Defaults of columns that are sequences: kept with the sequence's full name. Vendor page: "Using Sequences"."""

from __future__ import annotations

from collections.abc import Iterable

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.registry import Run
from dw_simulator.emulators.snowflake.functions.object_ddl import quoted
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.lexer import QUOTED, WORD
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.typing import NUMERIC, resolve
from dw_simulator.emulators.snowflake.types.model import TIMESTAMP_NAMES, SnowflakeType

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


_REFUSED = {
    "FIXED": {"TEXT"}, "REAL": {"TEXT"}, "DECFLOAT": {"TEXT"}, "TEXT": {*NUMERIC, "DATE", "TIME", *TIMESTAMP_NAMES},
    "BOOLEAN": NUMERIC, "VARIANT": NUMERIC,
    "DATE": {"TEXT", *TIMESTAMP_NAMES}, "TIME": {"TEXT", *TIMESTAMP_NAMES},
    **{name: {"TEXT"} for name in (*TIMESTAMP_NAMES, "INTERVAL_YEAR_MONTH", "INTERVAL_DAY_TIME")},
}  # fmt: skip
_REFUSED_LATER = {
    **{name: {"BOOLEAN"} for name in ("TEXT", "REAL", "FIXED")}, "BOOLEAN": {"TEXT"},
    **{name: {"BOOLEAN", "REAL", "FIXED"} for name in ("DATE", "TIME", *TIMESTAMP_NAMES)},
}  # fmt: skip


def checked(
    run: Run, name: str, text: str | None, kind: SnowflakeType, added: bool = False, columns: Iterable[str] = ()
) -> str | None:
    """A column's default as it is stored; ``added``: to a table that exists, for which other rules hold; ``columns``:
    those of a new table, which a default may name.

    Raises:
        SnowflakeError: 002262 or 002023, it is of a type that such a column does not take.
    """
    if text is not None and kind.name == "BINARY":
        raise errors.DEFAULT_OF_BINARY()
    found = kept(run, text)
    if found is None or sequence_name(found) is not None:
        return found
    node = Parser(found).expression()
    if added:
        _check_literal(node, found)
    try:
        source = run.engine.binder(run, found).expression(node).type
    except errors.SnowflakeError as error:
        if error.errno == errors.INVALID_IDENTIFIER.errno and any(f"'{column}'" in error.message for column in columns):
            return found  # snowflake-sqlalchemy's tests make such tables
        raise
    if source.name in (_REFUSED_LATER if added else _REFUSED).get(kind.name, ()):
        if added:
            raise errors.EXPRESSION_TYPE(kind.sql_name(), source.sql_name(), name)
        raise errors.DEFAULT_TYPE(name)
    return found


def _check_literal(node: n.Expr, text: str) -> None:
    """A column that is added to a table takes no expression. Vendor page: "ALTER TABLE"."""
    plain = node.operand if isinstance(node, n.Unary) and node.op == "-" else node
    if isinstance(plain, n.Literal):
        return
    shown = text.upper()
    if isinstance(node, n.Cast):
        shown = f"CAST({text[node.operand.start : node.operand.end].upper()} AS {resolve(node.type).sql_name()})"
    raise errors.DEFAULT_NOT_LITERAL(shown)


def check_identity(name: str, default: str | None, kind: SnowflakeType) -> None:
    """AUTOINCREMENT is for numbers without a default. Vendor page: "CREATE TABLE".

    Raises:
        SnowflakeError: 002262, the column has a DEFAULT too, or is no number.
    """
    if default is not None:
        raise errors.DEFAULT_AND_IDENTITY(name)
    if kind.name not in ("FIXED", "REAL"):
        raise errors.IDENTITY_TYPE(name, kind.sql_name())


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
