"""Pieces of DDL that many statements share: IF [NOT] EXISTS, properties, column definitions."""

# ruff: noqa: RET503 - fail() does not return
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Constraint
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.lexer import NUMBER, QUOTED, STRING, WORD
from dw_simulator.emulators.snowflake.translation.parser import Parser


def if_exists(parser: Parser) -> bool:
    return parser.accept("IF", "EXISTS")


def if_not_exists(parser: Parser) -> bool:
    return parser.accept("IF", "NOT", "EXISTS")


TagValues = list[tuple[list[str], str]]
"""Tags as written: the parts of each one's name, and its value."""


def tag_values(parser: Parser) -> TagValues:
    """``name = 'value', …``."""

    def one() -> tuple[list[str], str]:
        parts = list(parser.qualified())
        parser.expect_op("=")
        return parts, parser.string()

    found = [one()]
    while parser.is_op(",") and parser.ahead(2).value in ("=", "."):  # else the comma is before another column
        parser.next()
        found.append(one())
    return found


def tag_names(parser: Parser) -> list[tuple[str, ...]]:
    """``name, …``, up to a comma that is before another column."""
    found = [parser.qualified()]
    while parser.is_op(",") and parser.ahead(2).kind not in (WORD, QUOTED):
        parser.next()
        found.append(parser.qualified())
    return found


def _tag_list(parser: Parser) -> TagValues:
    """``( name = 'value', … )`` after the word TAG."""
    parser.expect_op("(")
    found = tag_values(parser)
    parser.expect_op(")")
    return found


def property_value(parser: Parser) -> Any:
    """What follows ``NAME =``: a string, a number, a word, a list or nested properties in parentheses."""
    if parser.accept_op("("):
        if parser.accept_op(")"):
            return []
        if parser.token.kind in (WORD, QUOTED) and parser.ahead().value == "=":
            nested = properties(parser)
            parser.expect_op(")")
            return nested
        values = parser.comma_list(lambda: property_value(parser))
        parser.expect_op(")")
        return values
    token = parser.token
    if token.kind == STRING:
        return parser.next().value
    if token.kind == NUMBER or parser.is_op("-"):
        sign = "-" if parser.accept_op("-") else ""
        return sign + parser.next().value
    if token.kind in (WORD, QUOTED):
        if token.value in ("TRUE", "FALSE"):
            return parser.next().value == "TRUE"
        return ".".join(parser.qualified())
    parser.fail()


def properties(parser: Parser, *, stop: tuple[str, ...] = ()) -> dict[str, Any]:
    """``NAME = value …`` as long as they come, up to one of the names ``stop``.

    COMMENT 'text' without the equals sign is not taken.
    """
    found: dict[str, Any] = {}
    while True:
        parser.accept_op(",")
        if parser.is_word(*stop):
            return found
        if parser.is_word("WITH") and parser.ahead().value in ("TAG", "ROW", "AGGREGATION", "JOIN"):
            parser.accept("WITH")
        if parser.accept("ROW", "ACCESS", "POLICY"):
            policy = list(parser.qualified())
            parser.expect("ON")
            found[ROW_ACCESS] = [policy, parser.parenthesized(parser.identifier)]
            continue
        if parser.at_words("AGGREGATION", "POLICY") or parser.at_words("JOIN", "POLICY"):
            raise errors.UNSUPPORTED_FEATURE(f"{parser.token.value} POLICY")
        if parser.is_word("TAG") and parser.ahead().value == "(":
            parser.next()
            found["TAG"] = _tag_list(parser)
            continue
        if parser.accept("COPY", "GRANTS"):
            found["COPY_GRANTS"] = True
            continue
        if parser.accept("COPY", "TAGS"):
            found["COPY_TAGS"] = True
            continue
        if parser.token.kind == WORD and parser.ahead().value == "=":
            name = parser.next().value
            parser.expect_op("=")
            found[name] = property_value(parser)
            continue
        return found


def refuse_folding(kind: str, given: Mapping[str, Any]) -> None:
    """Raise when quoted names are to be folded for all that an object holds: that is done for sessions only."""
    if any(
        name.upper() == "QUOTED_IDENTIFIERS_IGNORE_CASE" and str(value).upper() == "TRUE"
        for name, value in given.items()
    ):
        raise errors.UNSUPPORTED_FEATURE(f"QUOTED_IDENTIFIERS_IGNORE_CASE of a {kind.lower()}")


ROW_ACCESS = "ROW ACCESS POLICY"
"""The property with the row access policy of CREATE TABLE and CREATE VIEW: its name and the columns."""
MaskSpec = tuple[tuple[str, ...], list[str]]
"""A masking policy as written: its name and the columns of USING."""


def mask_spec(parser: Parser) -> MaskSpec:
    """``name [USING (column, …)]`` after MASKING POLICY."""
    name = parser.qualified()
    return name, parser.parenthesized(parser.identifier) if parser.accept("USING") else []


@dataclass(slots=True)
class ColumnSpec:
    """One column of CREATE TABLE as written. Expressions are kept as text."""

    name: str
    type: n.TypeRef | None
    not_null: bool = False
    default: str | None = None
    identity: tuple[int, int] | None = None
    ordered: bool | None = None
    computed: str | None = None
    comment: str | None = None
    collation: str | None = None
    constraints: list[Constraint] = field(default_factory=list)
    tags: TagValues = field(default_factory=list)
    mask: MaskSpec | None = None
    type_text: str | None = None


_GOVERNED = ("TAG", "MASKING", "PROJECTION", "POLICY", "(")
"""What follows the words that set a tag or a policy on a column."""
_CONSTRAINT_WORDS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK")


IndexSpec = tuple[str, list[str], list[str]]
"""An index of a hybrid table: its name, its columns and those that it includes."""


def index_spec(parser: Parser) -> IndexSpec:
    """``name (column, …) [INCLUDE (column, …)]`` after the word INDEX. Vendor page: "CREATE INDEX"."""
    name = parser.identifier()
    columns = parser.parenthesized(parser.identifier)
    return name, columns, parser.parenthesized(parser.identifier) if parser.accept("INCLUDE") else []


def column_list(parser: Parser, indexes: list[IndexSpec] | None = None) -> tuple[list[ColumnSpec], list[Constraint]]:
    """``( column …, CONSTRAINT … )``; those of a hybrid table may be followed by ``INDEX …``, put into ``indexes``."""
    columns: list[ColumnSpec] = []
    constraints: list[Constraint] = []
    parser.expect_op("(")
    while not parser.is_op(")"):
        if parser.is_word(*_CONSTRAINT_WORDS) and parser.token.kind == WORD and _is_constraint(parser):
            constraints.append(table_constraint(parser))
        elif indexes is not None and parser.is_word("INDEX") and parser.ahead(2).value == "(":
            parser.next()
            indexes.append(index_spec(parser))
        else:
            columns.append(column_spec(parser))
        if not parser.accept_op(","):
            break
    parser.expect_op(")")
    return columns, constraints


def _is_constraint(parser: Parser) -> bool:
    following = parser.ahead()
    return parser.is_word("CONSTRAINT") or following.value in ("KEY", "(")


def column_spec(parser: Parser) -> ColumnSpec:
    name = parser.identifier()
    spec = ColumnSpec(name, None)
    governed = parser.is_word("WITH", "TAG", "MASKING", "PROJECTION") and parser.ahead().value in _GOVERNED
    if parser.is_identifier() and not governed and not parser.is_word("NOT", "NULL", "DEFAULT", "COMMENT", "AS"):
        start = parser.token.start
        spec.type = parser.type_ref()
        spec.type_text = re.sub(r"\s+NOT\s+NULL$", "", parser.sql[start : parser.last_end].upper())
        spec.not_null = spec.type.not_null
        spec.type.not_null = False
    while _column_option(parser, spec):
        pass
    return spec


def _column_option(parser: Parser, spec: ColumnSpec) -> bool:
    if parser.accept("NOT", "NULL"):
        spec.not_null = True
    elif (
        parser.accept("NULL")
        or parser.accept_any("ENABLE", "DISABLE", "RELY", "NORELY", "ENFORCED")
        or parser.accept("NOT", "ENFORCED")
    ):
        pass
    elif parser.accept("COLLATE"):
        spec.collation = parser.string()
    elif parser.accept("DEFAULT"):
        spec.default = _expression_text(parser)
    elif parser.accept_any("AUTOINCREMENT", "IDENTITY"):
        _identity(parser, spec)
    elif parser.accept("AS"):
        spec.computed = _expression_text(parser)
    elif parser.accept("COMMENT"):
        parser.accept_op("=")
        spec.comment = parser.string()
    elif parser.accept("WITH") or parser.is_word("MASKING", "PROJECTION", "TAG"):
        _policy_or_tag(parser, spec)
    else:
        return _inline_constraint(parser, spec)
    return True


def _expression_text(parser: Parser) -> str:
    start = parser.token.start
    parser.expression()
    return parser.sql[start : parser.last_end]


def _identity(parser: Parser, spec: ColumnSpec) -> None:
    start, step = 1, 1
    if parser.accept_op("("):
        start = parser.integer()
        parser.expect_op(",")
        step = parser.integer()
        parser.expect_op(")")
    if parser.accept("START"):
        parser.accept("WITH")
        start = parser.integer()
    if parser.accept("INCREMENT"):
        parser.accept("BY")
        step = parser.integer()
    word = parser.accept_any("ORDER", "NOORDER")
    spec.identity, spec.ordered = (start, step), word == "ORDER" if word else None


def _policy_or_tag(parser: Parser, spec: ColumnSpec) -> None:
    if parser.accept("TAG"):
        spec.tags = _tag_list(parser)
        return
    if parser.accept("MASKING", "POLICY"):
        spec.mask = mask_spec(parser)
        return
    raise errors.UNSUPPORTED_FEATURE(f"{parser.token.value} POLICY on a column")


def _inline_constraint(parser: Parser, spec: ColumnSpec) -> bool:
    name = parser.identifier() if parser.accept("CONSTRAINT") else ""
    if parser.accept("PRIMARY", "KEY"):
        spec.constraints.append(Constraint("PRIMARY KEY", name, [spec.name]))
        spec.not_null = True
    elif parser.accept("UNIQUE"):
        spec.constraints.append(Constraint("UNIQUE", name, [spec.name]))
    elif parser.accept("FOREIGN", "KEY") or parser.is_word("REFERENCES"):
        parser.accept("REFERENCES")
        spec.constraints.append(Constraint("FOREIGN KEY", name, [spec.name], _references(parser)))
    else:
        return False
    _constraint_options(parser, spec.constraints[-1])
    return True


def _references(parser: Parser) -> tuple[tuple[str, ...], list[str]]:
    table = parser.qualified()
    columns = parser.parenthesized(parser.identifier) if parser.is_op("(") else []
    return table, columns


def _constraint_options(parser: Parser, constraint: Constraint) -> None:
    """What follows a constraint. Vendor page: "CREATE | ALTER TABLE … CONSTRAINT"."""
    options = constraint.options
    while True:
        if parser.accept("NOT", "ENFORCED") or parser.accept("MATCH"):
            parser.accept_any("FULL", "SIMPLE", "PARTIAL")
        elif parser.accept("NOT", "DEFERRABLE"):
            options["deferrability"] = "NOT DEFERRABLE"
        elif parser.accept("INITIALLY"):
            options["deferrability"] = f"INITIALLY {parser.identifier()}"
        elif parser.accept("DEFERRABLE"):
            options.setdefault("deferrability", "INITIALLY IMMEDIATE")
        elif parser.accept("ON", "UPDATE"):
            options["update_rule"] = _rule(parser)
        elif parser.accept("ON", "DELETE"):
            options["delete_rule"] = _rule(parser)
        elif word := parser.accept_any("RELY", "NORELY"):
            options["rely"] = str(word == "RELY").lower()
        elif parser.is_word("COMMENT") and parser.ahead().kind == STRING:
            parser.next()
            constraint.comment = parser.string()
        elif not parser.accept_any("ENFORCED", "ENABLE", "DISABLE", "VALIDATE", "NOVALIDATE"):
            return


def _rule(parser: Parser) -> str:
    for words in (("CASCADE",), ("RESTRICT",), ("SET", "NULL"), ("SET", "DEFAULT"), ("NO", "ACTION")):
        if parser.accept(*words):
            return " ".join(words)
    parser.fail()


def table_constraint(parser: Parser) -> Constraint:
    name = parser.identifier() if parser.accept("CONSTRAINT") else ""
    if parser.accept("PRIMARY", "KEY"):
        result = Constraint("PRIMARY KEY", name, parser.parenthesized(parser.identifier))
    elif parser.accept("UNIQUE"):
        result = Constraint("UNIQUE", name, parser.parenthesized(parser.identifier))
    elif parser.accept("FOREIGN", "KEY"):
        columns = parser.parenthesized(parser.identifier)
        parser.expect("REFERENCES")
        result = Constraint("FOREIGN KEY", name, columns, _references(parser))
    else:
        raise errors.UNSUPPORTED_FEATURE("CHECK constraint")
    _constraint_options(parser, result)
    return result
