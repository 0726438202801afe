"""Bodies of stored procedures: Redshift's PL/pgSQL with its SQL translated statement by statement."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from dw_simulator.emulators.redshift.commands import tables
from dw_simulator.emulators.redshift.commands.lexer import Reader, Token, quote_string
from dw_simulator.emulators.redshift.copy.copy_command import parse_copy
from dw_simulator.emulators.redshift.copy.unload_command import parse_unload
from dw_simulator.emulators.redshift.errors import RedshiftError, UnsupportedFeatureError, not_in_transaction_block
from dw_simulator.emulators.redshift.translation.types import cast_type

Translate = Callable[[str], str]

_QUERIES = frozenset(["select", "insert", "update", "delete", "merge", "with"])
_DYNAMIC = frozenset(["execute", "for", "open", "return"])
"""First words of statements that EXECUTE may stand in."""
_REFUSED = frozenset(["do", "load"])
"""PostgreSQL would run them with the rights of its server."""
_RUN_BY_THE_EMULATOR = frozenset(["copy", "unload", "analyze", "analyse"])
_HEADS = frozenset(["begin", "declare", "then", "else", "loop", "exception"])


_TRUNCATE = """IF transaction_timestamp() < statement_timestamp() THEN RAISE EXCEPTION USING ERRCODE = '2D000',
MESSAGE = 'TRUNCATE cannot be invoked from a procedure that is executing in an atomic context.',
HINT = 'Try calling the procedure as a top-level call i.e. not from within an explicit transaction block. """ + (
    "Or, if this procedure (or one of its ancestors in the call chain) was created with SET config options, recreate"
    " the procedure without them.'; END IF; "
)
"""Before a TRUNCATE, which commits ("Managing transactions"): a call in the user's transaction is younger."""


def translate_body(body: str, translate: Translate, *, may_commit: bool = True) -> str:
    """``body`` with each SQL statement in the words of the backend; everything else as it stands.

    ``may_commit``: PostgreSQL lets it end a transaction.

    Raises:
        RedshiftError: a statement in it is refused.
    """
    reader = Reader(body)
    parts: list[str] = []
    last = 0
    for start, end in _statements(reader.tokens):
        tokens = reader.tokens[start:end]
        if not tokens:
            continue
        first = tokens[0].word
        text = body[tokens[0].start : tokens[-1].end]
        if first == "truncate" and not _is_assignment(tokens):
            new = f"{_TRUNCATE}{text}{'; COMMIT' if may_commit else ''}"
        else:
            new = _checked_execute(_statement(first, text, tokens, translate), first)
        if new != text:
            parts += [body[last : tokens[0].start], new]
            last = tokens[-1].end
    return "".join([*parts, body[last:]])


def _statements(tokens: list[Token]) -> Iterator[tuple[int, int]]:
    """Index ranges of the statements: between semicolons and the keywords that open a block."""
    start = 0
    for position, token in enumerate(tokens):
        if token.word == ";" or (token.word in _HEADS and _opens(tokens, position, start)):
            yield start, position
            start = position + 1
    yield start, len(tokens)


def _opens(tokens: list[Token], position: int, start: int) -> bool:
    """Whether a keyword stands where it opens a block, not within SQL (CASE … THEN … ELSE)."""
    if position == start:
        return True
    head = tokens[start].word
    word = tokens[position].word
    if word in ("then", "else"):
        return head in ("if", "elsif", "elseif", "when")
    return (word == "loop" and head in ("for", "while")) or (head == "<" and word in ("loop", "begin", "declare"))


def _statement(first: str, text: str, tokens: list[Token], translate: Translate) -> str:
    if first in _RUN_BY_THE_EMULATOR and not _is_assignment(tokens):
        _check(first, text)
        return f"EXECUTE pg_catalog.dw_dynamic_sql({quote_string(text)})"
    if first == "vacuum" and not _is_assignment(tokens):
        error = not_in_transaction_block("VACUUM")
        return f"RAISE EXCEPTION USING ERRCODE = '{error.sqlstate}', MESSAGE = {quote_string(error.message)}"
    if first in _REFUSED and not _is_assignment(tokens):
        raise UnsupportedFeatureError(f"{first.upper()} in a stored procedure")
    if first == "select" and _is_bare_query(tokens):
        return "PERFORM" + translate(text)[len("SELECT") :]
    if first in _QUERIES:
        return _with_into(text, translate)
    if first == "create" and _words(tokens)[1:2] in (["table"], ["temp"], ["temporary"], ["local"]):
        return tables.create_table(text, translate)
    if first == "return" or first == "raise":
        return text
    if first == "get":
        return text
    if first in ("insert", "perform"):
        return text
    if len(tokens) > 1 and tokens[1].word in ("varchar", "char", "decimal", "numeric", "super", "varbyte", "text"):
        return _declaration(text, tokens)
    return text


def _check(first: str, text: str) -> None:
    """A wrong COPY or UNLOAD is an error of the definition, not of the first call."""
    try:
        if first == "copy":
            parse_copy(text)
        elif first == "unload":
            parse_unload(text)
    except RedshiftError as error:
        error.position = None  # it counts from the command on, not in what the client sent
        raise


def _checked_execute(text: str, first: str) -> str:
    """EXECUTE of a text that is made at run time: ``dw_dynamic_sql`` looks at it before PostgreSQL does."""
    if first not in _DYNAMIC:
        return text
    tokens = Reader(text).tokens
    at = next((i for i, token in enumerate(tokens) if token.word == "execute"), len(tokens)) + 1
    if at >= len(tokens):
        return text
    depth, end = 0, at
    while end < len(tokens) and not (depth == 0 and tokens[end].word in ("into", "using")):
        depth += {"(": 1, ")": -1}.get(tokens[end].word, 0)
        end += 1
    start, stop = tokens[at].start, tokens[end - 1].end
    return f"{text[:start]}dw_dynamic_sql({text[start:stop]}){text[stop:]}"


def _is_assignment(tokens: list[Token]) -> bool:
    return len(tokens) > 1 and tokens[1].word in (":", ":=", "=")


def _words(tokens: list[Token]) -> list[str]:
    return [token.word for token in tokens[:4]]


def _is_bare_query(tokens: list[Token]) -> bool:
    """A SELECT whose rows nobody takes: Redshift runs it and drops them."""
    return not any(token.word == "into" for token in tokens)


def _with_into(text: str, translate: Translate) -> str:
    """``SELECT … INTO a, b FROM …``: the targets are taken out for the translation and put back."""
    reader = Reader(text)
    if not reader.ahead("select"):
        return translate(text)
    depth = 0
    for position, token in enumerate(reader.tokens):
        depth += {"(": 1, ")": -1}.get(token.word, 0)
        if depth == 0 and token.word == "into":
            return _replace_into(reader, position, translate)
    return translate(text)


def _replace_into(reader: Reader, position: int, translate: Translate) -> str:
    tokens = reader.tokens
    end = position + 1
    if end < len(tokens) and tokens[end].word == "strict":
        end += 1
    while end < len(tokens):
        end += 1
        while end < len(tokens) and tokens[end].word == ".":
            end += 2
        if end >= len(tokens) or tokens[end].word != ",":
            break
        end += 1
    targets = reader.sql[tokens[position].start : tokens[end - 1].end]
    rest = reader.sql[tokens[end].start :] if end < len(tokens) else ""
    query = f"{reader.sql[: tokens[position].start]} {rest}"
    translated = translate(query)
    return f"{translated[: len('SELECT')]} {targets} {translated[len('SELECT') :]}"


_DECLARED_TYPE = re.compile(r"\s*(\S+)\s+((?:\w+)(?:\s*\([^)]*\))?)(.*)", re.S)


def _declaration(text: str, tokens: list[Token]) -> str:
    match = _DECLARED_TYPE.fullmatch(text)
    if match is None:
        raise RedshiftError("42601", f'syntax error at or near "{tokens[0].text}"')
    return f"{match[1]} {cast_type(match[2])}{match[3]}"
