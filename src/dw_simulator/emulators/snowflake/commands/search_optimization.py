"""Search optimization: recorded and shown, it changes nothing.

Vendor pages: "ALTER TABLE", "DESCRIBE SEARCH OPTIMIZATION".
"""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.types import model as m

PROPERTY = "search_optimization"
"""The property of a table with its search methods, each ``[method, column]``."""
_METHODS = ("EQUALITY", "SUBSTRING", "GEO", "FULL_TEXT")
_PLAIN = ("FIXED", "TEXT", "BINARY", "BOOLEAN", "DATE", "TIME", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ")


def change(parser: Parser, entry: Entry) -> None:
    """``{ ADD | DROP } SEARCH OPTIMIZATION [ ON method(target, …), … ]``; ``entry`` is a copy that is changed.

    Raises:
        SnowflakeError: 000904, there is no such column; 001003, no such method.
    """
    adds = parser.next().value == "ADD"
    parser.expect("SEARCH", "OPTIMIZATION")
    known = [list(item) for item in entry.properties.get(PROPERTY, [])]
    if parser.accept("ON"):
        named = [item for found in parser.comma_list(lambda: _method(parser, entry)) for item in found]
    else:
        named = [["EQUALITY", column.name] for column in entry.columns if column.type.name in _PLAIN]
        known = known if adds else []
    kept = [item for item in known if item not in named]
    kept += named if adds else []
    if kept:
        entry.properties[PROPERTY] = kept
    else:
        entry.properties.pop(PROPERTY, None)


def _method(parser: Parser, entry: Entry) -> list[list[str]]:
    if not parser.is_word(*_METHODS):
        if parser.is_identifier() and parser.ahead().value != "(":
            name = parser.identifier()
            return [[method, name] for method, column in entry.properties.get(PROPERTY, []) if column == name]
        parser.fail()
    method = parser.next().value
    parser.expect_op("(")
    if parser.accept_op("*"):
        parser.expect_op(")")
        return [[method, column.name] for column in entry.columns if column.type.name in _PLAIN]
    start = parser.token.start
    targets: list[list[str]] = []
    while not parser.is_op(")"):
        start = parser.token.start
        if parser.is_word("ANALYZER"):
            parser.next()
            parser.expect_op("=>")
            parser.string()
        else:
            node = parser.expression()
            if isinstance(node, n.Name) and entry.column(node.parts[-1]) is None:
                raise errors.INVALID_IDENTIFIER(node.parts[-1])
            text = parser.sql[start : parser.last_end]
            targets.append([method, node.parts[-1] if isinstance(node, n.Name) else text])
        if not parser.accept_op(","):
            break
    parser.expect_op(")")
    return targets


_COLUMNS = (
    ("expression_id", m.number(18, 0)),
    ("method", m.text()),
    ("target", m.text()),
    ("target_data_type", m.text()),
    ("active", m.boolean()),
)


@command("DESCRIBE SEARCH OPTIMIZATION", "DESC SEARCH OPTIMIZATION")
def describe_search_optimization(run: Run) -> StatementResult:
    run.parser.expect("ON")
    entry = ddl.catalog_of(run).require("TABLE", ddl.object_name(run), "DESCRIBE")
    run.parser.expect_end()
    rows = []
    for number, (method, target) in enumerate(entry.properties.get(PROPERTY, []), 1):
        column = entry.column(target)
        rows.append((number, method, target, column.type.sql_name() if column else "VARIANT", True))
    return StatementResult.rows([ResultColumn(name, kind) for name, kind in _COLUMNS], rows, StatementType.DESCRIBE)
