"""VACUUM, ANALYZE, COMMENT, CANCEL, USE."""

from __future__ import annotations

from dw_simulator.emulators.redshift.commands import masking
from dw_simulator.emulators.redshift.commands.lexer import Reader, quote_name, quote_names, quote_string
from dw_simulator.emulators.redshift.commands.registry import command
from dw_simulator.emulators.redshift.commands.types import (
    PASS_THROUGH,
    Column,
    Command,
    Plan,
    Rewritten,
    Session,
    Statement,
)
from dw_simulator.emulators.redshift.conversation import Conversation
from dw_simulator.emulators.redshift.errors import RedshiftError, UnsupportedFeatureError, not_in_transaction_block


@command("vacuum")
def vacuum(sql: str, session: Session) -> Plan:
    reader = Reader(sql, database=session.database)
    reader.expect("vacuum")
    if not reader.take_any("full", "reindex", "recluster") and reader.take_any("sort", "delete"):
        reader.expect("only")
    table = "" if reader.at_end() or reader.ahead("to") else " " + quote_names(reader.relation_name())
    if reader.take("to"):
        percent = reader.next()
        reader.expect("percent")
        if not (percent.text.isdigit() and 0 <= int(percent.text) <= 100):
            raise RedshiftError("22023", "The vacuum threshold must be between 0 and 100 percent")
    reader.take("boost")
    reader.finish()

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        if conversation.in_transaction:
            raise not_in_transaction_block("VACUUM")
        await conversation.execute(f"VACUUM{table}")
        conversation.complete("VACUUM")

    return Command(run)


@command("analyze")
def analyze(sql: str, session: Session) -> Plan:
    reader = Reader(sql, database=session.database)
    reader.expect("analyze")
    reader.take("verbose")
    if reader.at_end():
        return Rewritten("ANALYZE")
    table = quote_names(reader.relation_name())
    columns = f" ({', '.join(map(quote_name, reader.names()))})" if reader.ahead("(") else ""
    if not reader.take("predicate", "columns"):
        reader.take("all", "columns")
    reader.finish()
    return Rewritten(f"ANALYZE {table}{columns}")


_COMPRESSION_COLUMNS = (Column("Table"), Column("Column"), Column("Encoding"), Column("Est_reduction_pct"))


@command("analyze compression")
def analyze_compression(sql: str, session: Session) -> Plan:
    reader = Reader(sql, database=session.database)
    reader.expect("analyze", "compression")
    name = None if reader.at_end() or reader.ahead("comprows") else reader.relation_name()
    columns = reader.names() if reader.ahead("(") else []
    if reader.take("comprows"):
        reader.next()
    reader.finish()

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        test = f"c.oid = CAST({quote_string(quote_names(name))} AS regclass)" if name else "true"
        asked = ", ".join(map(quote_string, columns))
        analyzed = f"a.attname IN ({asked})" if columns else "true"
        result = await conversation.execute(_COMPRESSION.format(test=test, analyzed=analyzed))
        conversation.send_rows(_COMPRESSION_COLUMNS, result.rows)
        conversation.complete("ANALYZE COMPRESSION")

    return Command(run, _COMPRESSION_COLUMNS)


_COMPRESSION = (
    "SELECT c.relname, a.attname, "
    "CASE WHEN NOT ({analyzed}) THEN 'N/A'"
    " WHEN t.typname IN ('int2','int4','int8','numeric','date','timestamp','timestamptz')"
    " THEN 'az64' WHEN t.typname IN ('bool','float4','float8') THEN 'zstd' ELSE 'zstd' END, '0.00'"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
    " AND NOT a.attisdropped"
    " JOIN pg_catalog.pg_type t ON t.oid = a.atttypid"
    " WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')"
    " AND c.{test} ORDER BY c.relname, a.attnum"
).replace("c.{test}", "{test}")


@command("comment")
def comment(sql: str, session: Session) -> Plan:
    reader = Reader(sql, database=session.database)
    if reader.take("comment", "on", "table"):
        name = reader.relation_name()
        if masking.may_be_masked(session, name):
            return Command(masking.comment_masked(name, sql, sql[reader.tokens[reader.position].start :]))
    return PASS_THROUGH


@command("cancel")
def cancel(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    reader = Reader(sql)
    reader.expect("cancel")
    pid = reader.next().text
    if not pid.isdigit():
        raise RedshiftError("22023", f"invalid process id {pid}")

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        await conversation.execute(f"SELECT pg_catalog.pg_cancel_backend({pid})")
        conversation.complete("CANCEL")

    return Command(run)


@command("reset use")
def reset_use(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    """The database of the connection is the only one that USE takes."""
    reader = Reader(sql)
    reader.expect("reset", "use")
    reader.finish()

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        conversation.complete("RESET")

    return Command(run)


@command("use")
def use(sql: str, session: Session) -> Plan:
    reader = Reader(sql)
    reader.expect("use")
    name = reader.name()
    reader.finish()
    if name != session.database.lower():
        raise UnsupportedFeatureError("USE of another database")

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        conversation.complete("USE")

    return Command(run)
