"""Exceptions of a running block. Vendor page: "Handling exceptions" (Snowflake Scripting)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.scripting.nodes import Block
from dw_simulator.emulators.snowflake.scripting.values import Declared
from dw_simulator.emulators.snowflake.translation.lexer import position

STATEMENT_ERROR, EXPRESSION_ERROR, OTHER = "STATEMENT_ERROR", "EXPRESSION_ERROR", "OTHER"
BUILT_IN = (STATEMENT_ERROR, EXPRESSION_ERROR, OTHER)
DECLARED_STATE = "P0001"
_ENDS_ALL = (errors.CANCELLED.errno, errors.TIMEOUT.errno)
"""Errors that no handler takes: the statement was stopped from outside."""


class ScriptError(SnowflakeError):
    """A block failed: part of it has been done, so it is not run again."""


class Raised(Exception):
    """An exception on its way to a handler. ``start`` is where in the block's text it came up."""

    def __init__(self, kind: str, error: SnowflakeError, start: int, declared: Declared | None = None) -> None:
        super().__init__(error.message)
        self.kind = kind
        self.error = error
        self.start = start
        self.declared = declared
        self.past: Block | None = None
        """The block in whose handler it came up: the handlers of that block do not take it."""

    @classmethod
    def of(cls, declared: Declared, start: int) -> Raised:
        return cls(declared.name, SnowflakeError(declared.number, DECLARED_STATE, declared.message), start, declared)

    def uncaught(self, text: str) -> ScriptError:
        """The error of the whole block."""
        line, column = position(text, self.start)
        message = f"Uncaught exception of type '{self.kind}' on line {line} at position {column} : {self.error.message}"
        return ScriptError(self.error.errno, self.error.sqlstate, message, line=line, pos=column)


@contextmanager
def raising(kind: str, start: int) -> Iterator[None]:
    """What fails inside is an exception of a kind."""
    try:
        yield
    except SnowflakeError as error:
        if error.errno in _ENDS_ALL:
            raise
        raise Raised(kind, error, start) from error
