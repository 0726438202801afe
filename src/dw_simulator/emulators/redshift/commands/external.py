"""External schemas and tables: CREATE EXTERNAL SCHEMA and TABLE, partitions, SHOW EXTERNAL TABLE.

Sources: "CREATE EXTERNAL SCHEMA", "CREATE EXTERNAL TABLE", "ALTER TABLE", "SHOW EXTERNAL TABLE".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from dw_simulator.emulators.redshift.commands.external_writing import create_table_as
from dw_simulator.emulators.redshift.commands.lexer import Reader, quote_name, quote_names, quote_string
from dw_simulator.emulators.redshift.commands.registry import command
from dw_simulator.emulators.redshift.commands.translating import Generation
from dw_simulator.emulators.redshift.commands.types import (
    Column,
    Command,
    Deferred,
    Handler,
    PassThrough,
    Plan,
    Rewritten,
    Session,
    Statement,
)
from dw_simulator.emulators.redshift.conversation import Conversation
from dw_simulator.emulators.redshift.errors import (
    RedshiftError,
    UnsupportedFeatureError,
    not_in_transaction_block,
    other_database,
)
from dw_simulator.emulators.redshift.spectrum.definition import (
    Definition,
    checked_location,
    read_definition,
    read_properties,
)

_SOURCES = ("hive", "postgres", "mysql", "kinesis", "kafka", "msk", "redshift")
_FORMATS = ("parquet", "orc", "avro", "textfile", "rcfile", "sequencefile")


def unless_external(sql: str, session: Session, plan: Plan, query: str, refusal: RedshiftError) -> Plan:
    """The plan of a statement, which is refused when ``query`` finds something external in the catalog."""
    if not session.backend.external.mentioned(session.database, sql):
        return plan

    async def resolve(conversation: Conversation) -> PassThrough | Rewritten | Command:
        if (await conversation.execute(query)).rows:
            raise refusal
        return await plan.resolve(conversation) if isinstance(plan, Deferred) else plan

    return Deferred(resolve)


def refuse_in_search_path(sql: str, session: Session, plan: Plan, schemas: list[str]) -> Plan:
    """Search paths take no external schemas ("search_path"): each statement has to name them."""
    names = ", ".join(map(quote_string, schemas))
    query = (
        "SELECT 1 FROM pg_catalog.dw_external_schemas s JOIN pg_catalog.pg_namespace n ON n.oid = s.schema_oid"
        f" WHERE n.nspname IN ({names})"
    )
    shown = ", ".join(f'"{name}"' for name in schemas)
    refusal = RedshiftError("42601", f"External schema {shown} cannot be set in search_path")
    return unless_external(sql, session, plan, query, refusal)


def refuse_alter(name: tuple[str, ...], sql: str, session: Session, plan: Plan) -> Plan:
    """Columns of external tables cannot be altered here: their files decide."""
    table = quote_string(quote_names(name[-2:]))
    query = f"SELECT 1 FROM pg_catalog.dw_external_tables WHERE relid = pg_catalog.to_regclass({table})"
    refusal = UnsupportedFeatureError("this ALTER of an external table", hint="drop the table and create it anew")
    return unless_external(sql, session, plan, query, refusal)


# --- schemas ---------------------------------------------------------------------------------------------------------
@command("create external schema")
def create_schema(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    reader = Reader(sql)
    reader.expect("create", "external", "schema")
    exists = " IF NOT EXISTS" if reader.take("if", "not", "exists") else ""
    name = reader.name()
    reader.expect("from")
    source = reader.take_any(*_SOURCES)
    if source:
        raise UnsupportedFeatureError(
            f"CREATE EXTERNAL SCHEMA FROM {source.upper()}", hint="FROM DATA CATALOG is emulated"
        )
    reader.expect("data", "catalog")
    database, options = _schema_options(reader)
    Generation.advance()
    arguments = ", ".join(map(quote_string, (name, database, options)))

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        await conversation.execute(f"CREATE SCHEMA{exists} {quote_name(name)}")
        await conversation.execute(f"SELECT pg_catalog.dw_external_schema({arguments})")
        conversation.session.backend.external.watch_schemas(conversation.session.database, {name})
        conversation.complete("CREATE SCHEMA")

    return Command(run)


def _schema_options(reader: Reader) -> tuple[str, str]:
    """Name of the catalog's database, and the options as SVV_EXTERNAL_SCHEMAS shows them."""
    database = ""
    options: dict[str, str] = {}
    while not reader.at_end():
        if reader.take("database"):
            database = reader.string()
        elif reader.take("region"):
            options["REGION"] = reader.string()
        elif reader.take("iam_role"):
            options["IAM_ROLE"] = "default" if reader.take("default") else reader.string()
        elif reader.take("catalog_role"):
            options["CATALOG_ROLE"] = reader.string()
        elif reader.take("catalog_id"):
            options["CATALOG_ID"] = reader.string()
        else:
            reader.expect("create", "external", "database", "if", "not", "exists")
    if not database:
        raise reader.error()
    return database, json.dumps(options)


# --- tables ----------------------------------------------------------------------------------------------------------
def _elsewhere(database: str) -> Handler:
    """A table in another database, which may not exist ("CREATE EXTERNAL TABLE")."""

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        known = f"SELECT 1 FROM pg_catalog.pg_database WHERE datname = {quote_string(database)}"
        if (await conversation.execute(known)).rows:
            raise other_database(database)
        raise RedshiftError("3D000", f'database "{database}" does not exist')

    return run


@command("create external table")
def create_table(sql: str, session: Session) -> Plan:
    reader = Reader(sql, database=session.database)
    reader.expect("create", "external", "table")
    start = reader.position
    named = reader.qualified_name()
    if len(named) == 3 and named[0].lower() != session.database.lower():
        return Command(_elsewhere(named[0]))
    reader.position = start
    name = reader.relation_name()
    if len(name) < 2:
        raise RedshiftError("42P16", "An external table is created in an external schema: name it schema.table")
    if not reader.ahead("("):
        return create_table_as(name, reader)
    definition = read_definition(reader)
    Generation.advance()
    table = quote_names(name)

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        if conversation.in_transaction:
            raise not_in_transaction_block("CREATE EXTERNAL TABLE")
        await conversation.execute(f"CREATE TABLE {table} ({definition.backend_columns})")
        arguments = ", ".join(map(quote_string, (table, definition.to_json())))
        await conversation.execute(f"SELECT pg_catalog.dw_external_define({arguments})")
        conversation.complete("CREATE EXTERNAL TABLE")

    return Command(run)


def alter_external_table(name: tuple[str, ...], reader: Reader) -> Plan | None:
    """The rest of an ALTER TABLE that only external tables know; None if it is none of these."""
    table = quote_names(name[-2:])
    if reader.take("add", "partition") or reader.take("add", "if", "not", "exists", "partition"):
        lenient = reader.tokens[reader.position - 2].word == "exists"
        return Command(_in_own_transaction(table, _added_partitions(table, reader, if_not_exists=lenient)))
    if reader.take("drop", "partition"):
        values = _partition(reader)
        reader.finish()
        return Command(_in_own_transaction(table, lambda d: [_call("drop_partition", table, d, values)]))
    if reader.take("partition"):
        values = _partition(reader)
        reader.expect("set", "location")
        location = checked_location(reader.string())
        reader.finish()
        return Command(_in_own_transaction(table, lambda d: [_call("move_partition", table, d, values, location)]))
    if reader.take("set"):
        return Command(_in_own_transaction(table, _redefined(table, _change(reader))))
    return None


Statements = Callable[[Definition], list[str]]


def _in_own_transaction(table: str, statements: Statements) -> Handler:
    """Run what is made from the table's definition."""

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        if conversation.in_transaction:
            raise not_in_transaction_block("ALTER EXTERNAL TABLE")
        for text in statements(await _definition(table, conversation)):
            await conversation.execute(text)
        conversation.complete("ALTER TABLE")

    return run


async def _definition(table: str, conversation: Conversation) -> Definition:
    relation = f"pg_catalog.dw_external_table({quote_string(table)})"
    found = await conversation.execute(f"SELECT definition FROM pg_catalog.dw_external_tables WHERE relid = {relation}")
    return Definition.from_json(found.scalar() or "")


def _partition(reader: Reader) -> dict[str, str]:
    """``( column = value, … )``, the values as text."""
    reader.expect("(")
    values: dict[str, str] = {}
    while not reader.take(")"):
        column = reader.name()
        reader.expect("=")
        token = reader.next()
        values[column] = token.value if token.kind == "string" else token.text
        reader.take(",")
    return values


def _values(definition: Definition, given: dict[str, str]) -> str:
    names = [column.name for column in definition.partitions]
    if sorted(names) != sorted(given):
        shown = ", ".join(names) or "none"
        raise RedshiftError("42703", f"The partition does not name the table's partition columns, which are: {shown}")
    return json.dumps([given[name] for name in names])


def _call(what: str, table: str, definition: Definition, given: dict[str, str], *more: str) -> str:
    arguments = ", ".join(map(quote_string, (table, _values(definition, given), *more)))
    return f"SELECT pg_catalog.dw_external_{what}({arguments})"


def _added_partitions(table: str, reader: Reader, *, if_not_exists: bool) -> Statements:
    added: list[tuple[dict[str, str], str]] = []
    while True:
        values = _partition(reader)
        reader.expect("location")
        added.append((values, checked_location(reader.string())))
        if not reader.take("partition"):
            break
    reader.finish()
    lenient = str(if_not_exists).lower()
    return lambda definition: [
        _call("add_partition", table, definition, values, location)[:-1] + f", {lenient})" for values, location in added
    ]


def _change(reader: Reader) -> Callable[[Definition], Definition]:
    """What SET says: LOCATION, FILE FORMAT, TABLE PROPERTIES."""
    if reader.take("location"):
        location = checked_location(reader.string())
        reader.finish()
        return lambda definition: replace(definition, location=location)
    if reader.take("file", "format"):
        name = reader.take_any(*_FORMATS)
        if not name:
            raise reader.error()
        reader.finish()
        changed = read_definition(Reader(f"(x int) stored as {name} location 's3://x/'"))
        return lambda definition: replace(
            changed,
            columns=definition.columns,
            partitions=definition.partitions,
            location=definition.location,
            properties=definition.properties,
        )
    reader.expect("table", "properties")
    properties = read_properties(reader)
    reader.finish()
    return lambda definition: replace(definition, properties={**definition.properties, **properties})


def _redefined(table: str, change: Callable[[Definition], Definition]) -> Statements:
    return lambda definition: [
        "SELECT pg_catalog.dw_external_redefine("
        + ", ".join(map(quote_string, (table, change(definition).to_json())))
        + ")"
    ]


@command("show external table")
def show_table(sql: str, session: Session) -> Plan:
    """The statement that makes the table ("SHOW EXTERNAL TABLE")."""
    reader = Reader(sql, database=session.database)
    reader.expect("show", "external", "table")
    name = reader.relation_name()
    with_partitions = reader.take("partition")
    reader.finish()
    table = quote_names(name)

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        definition = await _definition(table, conversation)
        found = await conversation.execute(
            "SELECT partition_values, location FROM pg_catalog.dw_external_partitions"
            f" WHERE relid = pg_catalog.dw_external_table({quote_string(table)}) ORDER BY 1"
        )
        rows = [_shown(name, definition)]
        if with_partitions:
            rows += [_shown_partition(name, definition, str(values), str(place)) for values, place in found.rows]
        conversation.send_rows(_SHOWN, [(row,) for row in rows])
        conversation.complete("SHOW")

    return Command(run, columns=_SHOWN)


_SHOWN = (Column("Show External Table DDL statement"),)


def _shown(name: tuple[str, ...], definition: Definition) -> str:
    columns = ",\n".join(f"    {column.name} {column.external_type}" for column in definition.columns)
    lines = [f"CREATE EXTERNAL TABLE {'.'.join(name)} (\n{columns}\n)"]
    if definition.partitions:
        partitions = ", ".join(f"{column.name} {column.external_type}" for column in definition.partitions)
        lines.append(f"PARTITIONED BY ({partitions})")
    lines.append(f"ROW FORMAT SERDE {quote_string(definition.serde)}")
    if definition.serde_properties:
        lines.append(f"WITH SERDEPROPERTIES ({_shown_pairs(definition.serde_properties)})")
    lines.append(f"STORED AS INPUTFORMAT '{definition.input_format}' OUTPUTFORMAT '{definition.output_format}'")
    lines.append(f"LOCATION {quote_string(definition.location)}")
    if definition.properties:
        lines.append(f"TABLE PROPERTIES ({_shown_pairs(definition.properties)})")
    return "\n".join(lines) + ";"


def _shown_pairs(pairs: dict[str, str]) -> str:
    return ", ".join(f"{quote_string(name)}={quote_string(value)}" for name, value in pairs.items())


def _shown_partition(name: tuple[str, ...], definition: Definition, values: str, location: str) -> str:
    given = zip(definition.partitions, json.loads(values), strict=True)
    shown = ", ".join(f"{column.name}={quote_string(value)}" for column, value in given)
    return f"ALTER TABLE {'.'.join(name)} ADD IF NOT EXISTS PARTITION ({shown}) LOCATION {quote_string(location)};"
