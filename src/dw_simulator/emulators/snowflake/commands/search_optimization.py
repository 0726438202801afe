"""Search optimization: recorded and shown, it changes nothing.

Vendor pages: "ALTER TABLE", "DESCRIBE SEARCH OPTIMIZATION".
"""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.translation.lexer import NUMBER
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.types import model as m

PROPERTY = "search_optimization"
"""The property of a table with its search methods, each ``[method, target, number]``."""
_METHODS = ("EQUALITY", "SUBSTRING", "GEO", "FULL_TEXT")
_PLAIN = (
    "VARIANT",
    "OBJECT",
    "ARRAY",
    "FIXED",
    "TEXT",
    "BINARY",
    "BOOLEAN",
    "DATE",
    "TIME",
    "TIMESTAMP_NTZ",
    "TIMESTAMP_LTZ",
    "TIMESTAMP_TZ",
)


def change(parser: Parser, entry: Entry) -> None:
    """``{ ADD | DROP } SEARCH OPTIMIZATION [ ON method(target, …) | column | number, … ]``; ``entry`` is a copy.

    Raises:
        SnowflakeError: 000904, there is no such column; 001003, no such method.
    """
    adds = parser.next().value == "ADD"
    parser.expect("SEARCH", "OPTIMIZATION")
    known = [list(item) for item in entry.properties.get(PROPERTY, [])]
    if parser.accept("ON"):
        named = [item for found in parser.comma_list(lambda: _target(parser, entry, adds)) for item in found]
    else:
        named = [["EQUALITY", column.name] for column in entry.columns if column.type.name in _PLAIN]
        known = known if adds else []
    numbers = {item[2] for item in known if item[:2] in [one[:2] for one in named]}
    kept = known if adds else [item for item in known if item[2] not in numbers]
    if adds:
        following = max((item[2] for item in known), default=0) + 1
        new = [item for item in named if item[:2] not in [one[:2] for one in known]]
        kept += [[*item, following + at] for at, item in enumerate(new)]
    if kept:
        entry.properties[PROPERTY] = kept
    else:
        entry.properties.pop(PROPERTY, None)


def _target(parser: Parser, entry: Entry, adds: bool) -> list[list[str]]:
    """Methods and targets of one item; DROP may name a column or the number of an expression, too."""
    known = entry.properties.get(PROPERTY, [])
    if not adds and parser.token.kind == NUMBER:
        number = parser.integer()
        return [item[:2] for item in known if item[2] == number]
    if not adds and parser.is_identifier() and parser.ahead().value != "(":
        name = parser.identifier()
        return [item[:2] for item in known if item[1] == name]
    if not parser.is_word(*_METHODS) or parser.ahead().value != "(":
        parser.fail()
    method = parser.next().value
    parser.expect_op("(")
    analyzer, targets = "DEFAULT_ANALYZER", []
    while not parser.is_op(")"):
        if parser.accept_op("*"):
            targets += [column.name for column in entry.columns if column.type.name in _PLAIN]
        elif parser.accept("ANALYZER"):
            parser.expect_op("=>")
            analyzer = parser.string()
        else:
            targets.append(_path(parser, entry))
        if not parser.accept_op(","):
            break
    parser.expect_op(")")
    shown = f"{method} {analyzer}" if method == "FULL_TEXT" else method
    return [[shown, target] for target in targets]


def _path(parser: Parser, entry: Entry) -> str:
    """A column, or a path into one, as DESCRIBE SEARCH OPTIMIZATION prints it."""
    name = parser.identifier()
    if entry.column(name) is None:
        raise errors.INVALID_IDENTIFIER(name)
    if not parser.accept_op(":"):
        return name
    steps = [parser.sql[parser.token.start : parser.token.end].strip('"')]
    parser.next()
    while parser.accept_op("."):
        steps.append(parser.sql[parser.token.start : parser.token.end].strip('"'))
        parser.next()
    return f"{name}:" + ".".join(f'"{step}"' for step in steps)


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
    for method, target, number in entry.properties.get(PROPERTY, []):
        column = entry.column(target)
        rows.append((number, method, target, column.type.sql_name() if column else "VARIANT", True))
    return StatementResult.rows([ResultColumn(name, kind) for name, kind in _COLUMNS], rows, StatementType.DESCRIBE)
