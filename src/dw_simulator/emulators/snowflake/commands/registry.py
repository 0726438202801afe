"""Statement handlers, found by a statement's first words.

A handler parses what follows its words and carries it out::

    @command("TRUNCATE TABLE", "TRUNCATE")
    def truncate(run: Run) -> StatementResult:
        run.parser.accept("IF", "EXISTS")
        ...

The longest registered prefix wins. ``run.parser`` stands after the words of the registration.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dw_simulator.emulators.snowflake.results import StatementResult
from dw_simulator.emulators.snowflake.translation.lexer import WORD
from dw_simulator.emulators.snowflake.translation.parser import Parser

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.catalog.model import Entry
    from dw_simulator.emulators.snowflake.engine import Engine
    from dw_simulator.emulators.snowflake.interfaces import Bind
    from dw_simulator.emulators.snowflake.session_state import SessionState
    from dw_simulator.emulators.snowflake.sessions import Session


@dataclass(slots=True)
class Run:
    """One statement being carried out."""

    engine: Engine
    session: Session
    state: SessionState
    sql: str
    parser: Parser
    query_id: str
    words: str = ""
    """The registered words that led to the handler."""
    binds: Sequence[Bind] = field(default_factory=tuple)
    describe_only: bool = False
    targets: list[Entry] = field(default_factory=list)
    """Tables the statement changes: widened when a number does not fit their 64-bit columns."""
    sources: list[tuple[str, str, str]] = field(default_factory=list)
    """Full names of the tables, views and streams that the statement reads."""
    own_transaction: bool = False
    """Whether the statement has opened the transaction that it runs in, and ends it."""


Handler = Callable[[Run], StatementResult]
COMMANDS: dict[tuple[str, ...], Handler] = {}
_LONGEST = 0


def command(*statements: str) -> Callable[[Handler], Handler]:
    """Register a handler for statements that start with any of these words."""

    def register(handler: Handler) -> Handler:
        global _LONGEST
        for statement in statements:
            words = tuple(statement.split())
            if words in COMMANDS:
                raise ValueError(f"two handlers for {statement}")
            COMMANDS[words] = handler
            _LONGEST = max(_LONGEST, len(words))
        return handler

    return register


def is_anonymous_procedure(parser: Parser) -> bool:
    """Whether ``WITH name AS PROCEDURE`` comes next, which is no query."""
    return parser.is_word("WITH") and (parser.ahead(2).value, parser.ahead(3).value) == ("AS", "PROCEDURE")


def find(parser: Parser) -> tuple[tuple[str, ...], Handler] | None:
    """The handler for the statement at ``parser``, which is moved past the matched words."""
    words: list[str] = []
    for offset in range(_LONGEST):
        token = parser.ahead(offset)
        if token.kind != WORD:
            break
        words.append(token.value)
    for size in range(len(words), 0, -1):
        handler = COMMANDS.get(tuple(words[:size]))
        if handler is not None:
            parser.at += size
            return tuple(words[:size]), handler
    return None


KNOWN_UNSUPPORTED = frozenset({"LET"})
"""First words of statements that exist but have no handler: a named error instead of a syntax error."""


_NOUNS = (
    "FUNCTION", "INTEGRATION", "POLICY", "POOL", "RULE", "SECRET", "SERVICE", "TABLE", "VIEW", "VOLUME", "WAREHOUSE",
)  # fmt: skip


def feature(parser: Parser) -> str:
    """What a statement's first words ask for: its verb and the kind of object, without the object's name."""
    coming = (parser.ahead(offset) for offset in range(8))
    words = [token.value for token in coming if token.kind == WORD]
    words = [word for word in words if word not in ("REPLACE", "IF", "NOT", "EXISTS")]
    altering = words[1:3] == ["OR", "ALTER"]
    if not altering:
        words = [word for word in words if word != "OR"]
    end = next((index for index, word in enumerate(words) if word in _NOUNS), 3 if altering else 1)
    return " ".join(words[: end + 1])
