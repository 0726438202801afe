"""Which statement is which: those that make tables are read, others are skipped by name, unknown ones are errors."""

from __future__ import annotations

from dw_simulator.errors import ImportSchemaError, Problem
from dw_simulator.schema.importers.sql.drafts import Report, ScriptDraft
from dw_simulator.schema.importers.sql.tables import alter_table, comment_on, create_table
from dw_simulator.schema.importers.sql.tokens import Source, Stream, SyntaxProblem, Token, statements
from dw_simulator.schema.suggest import did_you_mean

SKIPPED = frozenset({
    "ABORT", "ANALYZE", "BEGIN", "CALL", "CANCEL", "CLOSE", "COMMIT", "COPY", "DEALLOCATE", "DECLARE", "DELETE",
    "DESC", "DESCRIBE", "DROP", "END", "EXECUTE", "EXPLAIN", "FETCH", "GET", "GRANT", "INSERT", "LIST", "LOCK",
    "LS", "MERGE", "PREPARE", "PUT", "REFRESH", "REMOVE", "RESET", "REVOKE", "RM", "ROLLBACK", "SELECT", "SET",
    "SHOW", "START", "TRUNCATE", "UNDROP", "UNLOAD", "UNSET", "UPDATE", "USE", "VACUUM", "WITH",
})  # fmt: skip
"""First words of statements that do not say what tables look like."""

_OBJECTS = (
    "MATERIALIZED VIEW", "SECURE VIEW", "RECURSIVE VIEW", "VIEW", "SCHEMA", "DATABASE", "SEQUENCE", "STAGE",
    "FILE FORMAT", "FUNCTION", "PROCEDURE", "SECURE FUNCTION", "SECURE PROCEDURE", "AGGREGATE FUNCTION",
    "EXTERNAL FUNCTION", "EXTERNAL SCHEMA", "EXTERNAL VOLUME", "USER", "ROLE", "DATABASE ROLE", "GROUP",
    "WAREHOUSE", "TASK", "STREAM", "PIPE", "TAG", "MASKING POLICY", "ROW ACCESS POLICY", "NETWORK POLICY",
    "SHARE", "STORAGE INTEGRATION", "INTEGRATION", "INDEX", "MODEL", "LIBRARY", "DATASHARE",
    "IDENTITY PROVIDER", "RLS POLICY", "RESOURCE MONITOR", "ALERT", "SECRET", "TYPE", "EXTENSION", "TRIGGER",
    "DOMAIN",
)  # fmt: skip
"""What else CREATE and ALTER can be about."""

_REFUSED_TABLES = {
    "EXTERNAL": (
        "external tables read files that are not in the script",
        "leave the statement out, or write CREATE TABLE with the same columns",
    ),
    "DYNAMIC": ("dynamic tables are filled by a query", "write CREATE TABLE with the columns and types it has"),
    "EVENT": ("event tables are filled by the service", "leave the statement out"),
    "ICEBERG": (
        "Iceberg tables keep their files in a volume of yours",
        "write CREATE TABLE with the same columns",
    ),
    "IMMUTABLE": ("immutable tables are not supported", "write CREATE TABLE with the same columns"),
}


def read_script(source: Source) -> tuple[ScriptDraft, list[Problem]]:
    """The tables of a script and every problem found on the way.

    Raises:
        ImportSchemaError: the text cannot even be taken apart (an open quote or comment).
    """
    script, problems = ScriptDraft(), list[Problem]()
    for tokens in statements(source):
        stream = Stream(source, tokens)

        def report(message: str, at: Token, hint: str | None = None, construct: str = _construct(tokens)) -> None:
            problems.append(source.problem(message, at, hint=hint, construct=construct))

        try:
            _read_statement(stream, script, report)
        except SyntaxProblem as error:
            problems.append(error.problem)
            script.broken = True
        if len(problems) > MOST_PROBLEMS:
            raise ImportSchemaError(problems)
    return script, problems


MOST_PROBLEMS = 100
"""A script with more problems is not read on."""


def _construct(tokens: list[Token]) -> str:
    """``CREATE TABLE``, ``ALTER TABLE``: the first two words of a statement."""
    words = [token.text.upper() for token in tokens[:2] if token.kind == "word"]
    return " ".join(words) or "statement"


def _read_statement(stream: Stream, script: ScriptDraft, report: Report) -> None:
    first = stream.take()
    word = first.upper
    if word == "CREATE":
        _create(stream, script, report, first)
    elif word == "ALTER":
        _alter(stream, script, report, first)
    elif word == "COMMENT" and (stream.looking_at("ON") or stream.looking_at("IF")):
        if not comment_on(stream, script, report):
            script.skipped.append(("COMMENT", first))
    elif word in SKIPPED:
        script.skipped.append((word, first))
    else:
        known = ("CREATE", "ALTER", "COMMENT", *sorted(SKIPPED))
        hint = did_you_mean(word, known, "statements begin with").partition("? ")[0] + "?" if word else None
        stream.fail("expected a statement", at=first, hint=hint if hint and hint.startswith("did you mean") else None)


_TABLE_WORDS = ("LOCAL", "GLOBAL", "TEMP", "TEMPORARY", "VOLATILE", "TRANSIENT", "HYBRID", *_REFUSED_TABLES)


def _create(stream: Stream, script: ScriptDraft, report: Report, first: Token) -> None:
    replace = stream.accept("OR", "REPLACE") or stream.accept("OR", "ALTER")
    start = stream.index
    modifiers: list[Token] = []
    while stream.peek().upper in _TABLE_WORDS:
        modifiers.append(stream.take())
    if not stream.accept("TABLE"):
        stream.index = start
        _skip_object(stream, script, "CREATE", first)
        return
    for token in modifiers:
        if token.upper in _REFUSED_TABLES:
            why, hint = _REFUSED_TABLES[token.upper]
            report(f"CREATE {token.upper} TABLE: {why}", token, hint)
            return
    create_table(stream, script, report, replace=replace, modifiers=[token.upper for token in modifiers])


def _alter(stream: Stream, script: ScriptDraft, report: Report, first: Token) -> None:
    if stream.accept("TABLE"):
        if not alter_table(stream, script, report):
            script.skipped.append(("ALTER TABLE", first))
        return
    if stream.peek().upper in ("SESSION", "ACCOUNT", "SYSTEM", "DEFAULT", "DYNAMIC", "EXTERNAL", "ICEBERG"):
        script.skipped.append((f"ALTER {stream.peek().upper}", first))
        return
    _skip_object(stream, script, "ALTER", first)


def _skip_object(stream: Stream, script: ScriptDraft, verb: str, first: Token) -> None:
    while stream.peek().upper in ("TEMP", "TEMPORARY", "SECURE", "RECURSIVE", "UNIQUE", "FORCE", "LOCAL", "GLOBAL"):
        stream.take()
    for words in _OBJECTS:
        if stream.accept(*words.split()):
            script.skipped.append((f"{verb} {words}", first))
            return
    token = stream.peek()
    known = ("TABLE", *_OBJECTS)
    guess = did_you_mean(token.text, known, "").split("?")[0] if token.kind == "word" else ""
    hint = f"{guess}?" if guess.startswith("did you mean") else None
    stream.fail(f"expected TABLE or another kind of object after {verb}", hint=hint)
