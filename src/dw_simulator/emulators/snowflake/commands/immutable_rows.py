"""IMMUTABLE WHERE of dynamic tables. Vendor pages: "Understanding immutability constraints", "CREATE DYNAMIC TABLE"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.commands.dml import stored_rows
from dw_simulator.emulators.snowflake.commands.registry import Run
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery, OutputColumn, collate_columns
from dw_simulator.emulators.snowflake.translation.text import identifier

PROPERTY = "immutable_where"
_ALIAS = "immutable_rows"
_CLAUSE = "IMMUTABLE WHERE clause"


def accept(parser: Parser, entry: Entry) -> bool:
    """``IMMUTABLE WHERE (condition)``."""
    if not parser.accept("IMMUTABLE", "WHERE"):
        return False
    parser.expect_op("(")
    start = parser.token.start
    parser.expression()
    entry.properties[PROPERTY] = parser.sql[start : parser.last_end]
    parser.expect_op(")")
    return True


def check(run: Run, entry: Entry) -> None:
    """Raise when the condition is none, names what is no column of the table, or looks at more than one row."""
    text = entry.properties.get(PROPERTY)
    if text is None:
        return
    for node in n.walk(Parser(text).expression()):
        if isinstance(node, n.Query):
            raise errors.UNSUPPORTED_FEATURE("subquery in IMMUTABLE WHERE")
        if isinstance(node, n.Window):
            raise errors.INVALID_FUNCTION_TYPE("window function", _CLAUSE)
        if isinstance(node, n.Name) and node.parts[-1].startswith("METADATA$"):
            raise errors.INVALID_IDENTIFIER(node.parts[-1])
    _condition(run, entry, _ALIAS, text)


def shown(entry: Entry) -> str | None:
    """As SHOW DYNAMIC TABLES shows it."""
    text = entry.properties.get(PROPERTY)
    return None if text is None else f"IMMUTABLE WHERE ({text})"


def renewal(run: Run, entry: Entry, bound: BoundQuery, first: bool) -> list[str]:
    """SQL that puts the rows of a query in the place of those that are there, except in what may not change.

    After the ``first`` refresh the rows for which the condition holds stay, and the query adds none for which it holds.
    """
    text = entry.properties.get(PROPERTY)
    keys, rows = stored_rows(run, entry, entry.columns, bound)
    into = f"INSERT INTO {entry.physical} ({keys})"
    if text is None or first:
        return [f"DELETE FROM {entry.physical}", f"{into} {rows}"]
    changing = f"NOT COALESCE({_condition(run, entry, _ALIAS, text)}, FALSE)"
    return [
        f"DELETE FROM {entry.physical} AS {_ALIAS} WHERE {changing}",
        f"{into} SELECT {keys} FROM ({rows}) AS {_ALIAS} ({keys}) WHERE {changing}",
    ]


def backfilled(run: Run, entry: Entry, bound: BoundQuery, source: Entry) -> list[str]:
    """SQL that puts in the rows of a table that may not change, and those of a query that may.

    Raises:
        SnowflakeError: 002020, the tables have not the same number of columns.
    """
    read = run.engine.bind_query(run, Parser(f"SELECT * FROM {'.'.join(map(identifier, source.parts))}").query())
    found = []
    for query, wanted in ((read, ""), (bound, "NOT ")):
        keys, rows = stored_rows(run, entry, entry.columns, query)
        condition = f"{wanted}COALESCE({_condition(run, entry, _ALIAS, entry.properties[PROPERTY])}, FALSE)"
        found.append(
            f"INSERT INTO {entry.physical} ({keys}) SELECT {keys} FROM ({rows}) AS {_ALIAS} ({keys}) WHERE {condition}"
        )
    return found


def _condition(run: Run, entry: Entry, alias: str, text: str) -> str:
    """SQL of the condition over the table's columns of ``alias``."""
    binder = run.engine.binder(run, text)
    columns = [OutputColumn(c.name, c.type, c.key, entry.parts, c.collation) for c in entry.columns]
    relation = BoundQuery("", columns).relation(alias, entry.parts)
    collate_columns(relation)
    binder.scope.relations = [relation]
    condition = binder.condition(Parser(text).expression())
    if binder.aggregates:
        raise errors.INVALID_FUNCTION_TYPE("aggregate function", _CLAUSE)
    return condition
