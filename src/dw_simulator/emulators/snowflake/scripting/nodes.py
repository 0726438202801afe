"""The statements of a Snowflake Scripting block. Vendor pages: "Snowflake Scripting reference"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.types.model import SnowflakeType


@dataclass(slots=True)
class Statement:
    """``start`` is where it begins in the text of the whole block."""

    start: int = field(kw_only=True)


@dataclass(slots=True)
class Source:
    """What is assigned: a scalar expression, or a statement in parentheses whose rows a RESULTSET takes.

    A query in parentheses is both; the variable's type decides.
    """

    expression: n.Expr | None
    text: str | None = None
    job: bool = False
    """ASYNC: the statement is a child job, whose error comes up where it is awaited."""


# --- declarations -----------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class Variable(Statement):
    name: str
    type: SnowflakeType | None
    value: n.Expr | None


@dataclass(slots=True)
class CursorDeclaration(Statement):
    """``query`` is the text of a query; else ``source`` names a RESULTSET."""

    name: str
    query: str | None
    source: str | None


@dataclass(slots=True)
class ResultSetDeclaration(Statement):
    name: str
    text: str | None
    job: bool = False


@dataclass(slots=True)
class ExceptionDeclaration(Statement):
    name: str
    number: int
    message: str


@dataclass(slots=True)
class ProcedureDeclaration(Statement):
    """A nested procedure. ``properties`` are its signature, ``text`` its body."""

    name: str
    properties: dict[str, Any]
    text: str


# --- statements -------------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class Handler:
    """``names``: exceptions; OTHER, STATEMENT_ERROR and EXPRESSION_ERROR are the built-in ones."""

    names: Sequence[str]
    body: Sequence[Statement]
    resumes: bool
    """CONTINUE: the block goes on after the statement that failed."""


@dataclass(slots=True)
class Block(Statement):
    declarations: Sequence[Statement]
    body: Sequence[Statement]
    handlers: Sequence[Handler]


@dataclass(slots=True)
class Sql(Statement):
    """A SQL statement. ``into``: variables that take its one row, or what CALL gives."""

    text: str
    into: Sequence[str] = ()
    job: bool = False


@dataclass(slots=True)
class Await(Statement):
    """AWAIT of the job of a RESULTSET, or of all jobs. ``cancels``: CANCEL."""

    name: str | None
    cancels: bool = False


@dataclass(slots=True)
class Assign(Statement):
    name: str
    source: Source


@dataclass(slots=True)
class If(Statement):
    branches: Sequence[tuple[n.Expr, Sequence[Statement]]]
    otherwise: Sequence[Statement]


@dataclass(slots=True)
class Case(Statement):
    operand: n.Expr | None
    branches: Sequence[tuple[n.Expr, Sequence[Statement]]]
    otherwise: Sequence[Statement]


@dataclass(slots=True)
class Loop(Statement):
    """LOOP; with ``condition`` WHILE, or REPEAT … UNTIL when ``until``."""

    body: Sequence[Statement]
    label: str | None
    condition: n.Expr | None = None
    until: bool = False


@dataclass(slots=True)
class CounterLoop(Statement):
    name: str
    low: n.Expr
    high: n.Expr
    reverse: bool
    body: Sequence[Statement]
    label: str | None


@dataclass(slots=True)
class RowLoop(Statement):
    """FOR over the rows of a cursor or a RESULTSET."""

    name: str
    source: str
    body: Sequence[Statement]
    label: str | None


@dataclass(slots=True)
class Leave(Statement):
    """BREAK (EXIT), or CONTINUE (ITERATE) when ``again``."""

    label: str | None
    again: bool


@dataclass(slots=True)
class Return(Statement):
    """``table`` names a RESULTSET or a cursor, or is a query."""

    value: n.Expr | None = None
    table: str | None = None
    query: str | None = None


@dataclass(slots=True)
class Raise(Statement):
    name: str | None


@dataclass(slots=True)
class Open(Statement):
    cursor: str
    using: Sequence[n.Expr]


@dataclass(slots=True)
class Fetch(Statement):
    cursor: str
    into: Sequence[str]


@dataclass(slots=True)
class Close(Statement):
    cursor: str


@dataclass(slots=True)
class Nothing(Statement):
    """NULL;"""
