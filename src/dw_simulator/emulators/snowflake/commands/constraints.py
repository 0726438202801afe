"""What ALTER TABLE does with constraints that are there. Vendor pages: "Modifying constraints" and "Dropping …"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Constraint, Entry
from dw_simulator.emulators.snowflake.translation.parser import Parser

KINDS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN")


def at_constraint(parser: Parser) -> bool:
    """After ADD, DROP, ALTER or MODIFY: the words name a constraint and not a column."""
    return parser.is_word(*KINDS)


def rename(parser: Parser, entry: Entry) -> None:
    constraint = _named(entry, parser.identifier())
    parser.expect("TO")
    constraint.name = parser.identifier()


def drop(parser: Parser, entry: Entry) -> None:
    for constraint in _meant(parser, entry):
        entry.constraints.remove(constraint)
    parser.accept_any("CASCADE", "RESTRICT")


def modify(parser: Parser, entry: Entry) -> None:
    """RELY and NORELY change something; the others can only be set to what they are."""
    found = _meant(parser, entry)
    while True:
        if word := parser.accept_any("RELY", "NORELY"):
            for constraint in found:
                constraint.options["rely"] = str(word == "RELY").lower()
        elif word := parser.accept_any("ENFORCED", "VALIDATE"):
            raise errors.UNSUPPORTED_FEATURE(word)
        elif not (parser.accept("NOT", "ENFORCED") or parser.accept("NOVALIDATE")):
            return


def _meant(parser: Parser, entry: Entry) -> list[Constraint]:
    """A constraint by its name; the primary key; unique and foreign keys by their columns."""
    if parser.accept("CONSTRAINT"):
        return [_named(entry, parser.identifier())]
    if parser.accept("PRIMARY", "KEY"):
        columns = None
        kind = "PRIMARY KEY"
    else:
        kind = "UNIQUE" if parser.accept("UNIQUE") else "FOREIGN KEY"
        if kind == "FOREIGN KEY":
            parser.expect("FOREIGN")
            parser.expect("KEY")
        columns = parser.parenthesized(parser.identifier)
    found = [item for item in entry.constraints if item.kind == kind and columns in (None, item.columns)]
    if not found:
        raise errors.KIND_NOT_FOUND("Constraint", kind if columns is None else f"{kind} ({', '.join(columns)})")
    return found


def _named(entry: Entry, name: str) -> Constraint:
    for constraint in entry.constraints:
        if constraint.name == name:
            return constraint
    raise errors.KIND_NOT_FOUND("Constraint", name)
