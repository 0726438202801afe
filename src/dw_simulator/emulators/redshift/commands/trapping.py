"""Exception handlers of stored procedures, as Redshift runs them ("Trapping errors").

In an atomic procedure the handler's work stays and the error goes on to the caller; in a NONATOMIC one the statements
before the failing one stay too, and the error ends there. PostgreSQL undoes the whole block and goes on after it.
"""

from __future__ import annotations

from dataclasses import dataclass

from dw_simulator.emulators.redshift.commands.lexer import Reader, Token
from dw_simulator.emulators.redshift.errors import RedshiftError

_AFTER_END = ("if", "loop", "case")


@dataclass(frozen=True, slots=True)
class _Block:
    """Token positions of BEGIN … END: its statements, its handler (from EXCEPTION on) and the END."""

    begin: int
    statements: tuple[tuple[int, int], ...]
    handler: tuple[int, int] | None
    end: int


def restructure(body: str, *, nonatomic: bool) -> str:
    """``body`` with its blocks rewritten so that PostgreSQL does what Redshift does."""
    reader = Reader(body)
    if not any(token.word == "exception" for token in reader.tokens):
        return body
    return _Rewriter(reader, nonatomic).text(0, len(reader.tokens), outermost=True)


class _Rewriter:
    def __init__(self, reader: Reader, nonatomic: bool) -> None:
        self.sql = reader.sql
        self.tokens: list[Token] = reader.tokens
        self.nonatomic = nonatomic
        self.blocks = 0

    def text(self, start: int, end: int, *, outermost: bool = False) -> str:
        """The text of these tokens, with the blocks among them rewritten."""
        if start >= end:
            return ""
        parts: list[str] = []
        position, copied = start, self.tokens[start].start
        while position < end:
            if self.tokens[position].word == "begin":
                block = self.block(position)
                parts += [self.sql[copied : self.tokens[position].start], self.rewritten(block, outermost)]
                position, copied = block.end + 1, self.tokens[block.end].end
            else:
                position += 1
        return "".join([*parts, self.sql[copied : self.tokens[end - 1].end]])

    def block(self, begin: int) -> _Block:
        statements: list[tuple[int, int]] = []
        start = position = begin + 1
        handler: int | None = None
        depth = 0
        while position < len(self.tokens):
            word = self.tokens[position].word
            if word == "end" and depth == 0:
                found = (handler, position) if handler is not None else None
                return _Block(begin, tuple(statements), found, position)
            if word == "exception" and depth == 0 and position == start:
                handler = position
            depth, position = self.step(position, depth)
            if depth == 0 and self.tokens[position - 1].word == ";":
                if handler is None:
                    statements.append((start, position))
                start = position
        raise RedshiftError("42601", "syntax error at end of input")

    def step(self, position: int, depth: int) -> tuple[int, int]:
        """The nesting after a token, and the next token to look at."""
        word = self.tokens[position].word
        following = self.tokens[position + 1].word if position + 1 < len(self.tokens) else ""
        if word == "end":
            return depth - 1, position + (2 if following in _AFTER_END else 1)
        opens = word in ("begin", "case", "loop") or (word == "if" and following not in ("exists", "not"))
        if word == "if" and following == "not":
            opens = self.tokens[position + 2].word != "exists" or self.tokens[position - 1].word == ";"
        return depth + (1 if opens else 0), position + 1

    # --- rewriting ---------------------------------------------------------------------------------------------------
    def rewritten(self, block: _Block, outermost: bool) -> str:
        inner = self.text(block.begin + 1, block.handler[0] if block.handler else block.end)
        if block.handler is None:
            return f"BEGIN\n{inner}\nEND"
        handler = self.text(*block.handler)
        if self.nonatomic:
            return self.guarded(block, handler)
        if not outermost:
            return f"BEGIN\n{inner}\n{handler}\nEND"
        return self.raised_again(inner, handler)

    def guarded(self, block: _Block, handler: str) -> str:
        """Each statement in a block of its own: what came before a failing one stays."""
        self.blocks += 1
        label = f"dw_block_{self.blocks}"
        parts = [f"BEGIN\n{self.text(start, end)}\n{handler}\nEXIT {label};\nEND;" for start, end in block.statements]
        return f"BEGIN\n<<{label}>>\nBEGIN\n" + "\n".join(parts) + "\nEND;\nEND"

    @staticmethod
    def raised_again(inner: str, handler: str) -> str:
        """The handler's work is committed where the call has a transaction of its own, then the error goes on."""
        return (
            "DECLARE dw_state text; dw_message text; BEGIN\n"
            f"BEGIN\n{inner}\n"
            + handler.replace("THEN", "THEN dw_state := SQLSTATE; dw_message := SQLERRM;", 1).replace(
                "then", "then dw_state := SQLSTATE; dw_message := SQLERRM;", 0 if "THEN" in handler else 1
            )
            + "\nEND;\nIF dw_state IS NOT NULL THEN\n"
            "IF transaction_timestamp() = statement_timestamp() THEN COMMIT; END IF;\n"
            "RAISE EXCEPTION USING ERRCODE = dw_state, MESSAGE = dw_message;\nEND IF;\nEND"
        )
