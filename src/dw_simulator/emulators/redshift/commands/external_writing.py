"""CREATE EXTERNAL TABLE … AS and INSERT INTO an external table: rows become files in S3, folders become partitions.

Sources: "CREATE EXTERNAL TABLE", "INSERT (external table)".
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

from dw_simulator.emulators.redshift.commands.lexer import Reader, quote_name, quote_names, quote_string
from dw_simulator.emulators.redshift.commands.registry import command
from dw_simulator.emulators.redshift.commands.translating import Generation
from dw_simulator.emulators.redshift.commands.types import Command, Plan, Session, Statement
from dw_simulator.emulators.redshift.conversation import Conversation
from dw_simulator.emulators.redshift.errors import RedshiftError, UnsupportedFeatureError, not_in_transaction_block
from dw_simulator.emulators.redshift.spectrum.definition import (
    Definition,
    ExternalColumn,
    control_characters,
    read_definition_as,
)

_VIEW = "dw_external_query"
_FORMATS = {"parquet": "parquet", "text": "delimited"}
"""Formats of tables that can be written, as UNLOAD names them."""
_TYPES = {
    "text": "character varying(65535)", "character varying": "character varying(65535)",
    "numeric": "numeric(38,10)", "name": "character varying(128)",
}  # fmt: skip
"""Types of results that say less than a column has to."""


def create_table_as(name: tuple[str, ...], reader: Reader) -> Plan:
    """CREATE EXTERNAL TABLE name [PARTITIONED BY (…)] … AS query."""
    definition, partitions, query = read_definition_as(reader)
    _check_writable(definition)
    Generation.advance()
    table = quote_names(name)

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        if conversation.in_transaction:
            raise not_in_transaction_block("CREATE EXTERNAL TABLE")
        translated = await _translated(query, conversation)
        columns = await _columns_of(translated, conversation)
        found = _with_columns(definition, columns, partitions)
        await conversation.execute(f"CREATE TABLE {table} ({found.backend_columns})")
        arguments = ", ".join(map(quote_string, (table, found.to_json())))
        await conversation.execute(f"SELECT pg_catalog.dw_external_define({arguments})")
        await _write(table, found, translated, [column.name for column in columns], conversation)
        conversation.complete("CREATE EXTERNAL TABLE")

    return Command(run)


@command("insert into")
def insert(sql: str, session: Session) -> Plan | None:
    """INSERT into a table of an external schema; None for every other."""
    if not session.backend.external.mentioned(session.database, sql):
        return None
    reader = Reader(sql, database=session.database)
    reader.expect("insert", "into")
    name = reader.relation_name()
    if len(name) < 2 or not session.backend.external.is_schema(session.database, name[0]):
        return None
    if reader.ahead("("):
        raise RedshiftError("42601", "INSERT into an external table takes no column list")
    query = reader.rest()
    table = quote_names(name)

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        if conversation.in_transaction:
            raise not_in_transaction_block("INSERT into an external table")
        found = await conversation.execute(
            "SELECT definition FROM pg_catalog.dw_external_tables"
            f" WHERE relid = pg_catalog.dw_external_table({quote_string(table)})"
        )
        definition = Definition.from_json(found.scalar() or "")
        _check_writable(definition)
        translated = await _translated(query, conversation)
        given = await _columns_of(translated, conversation)
        names = [column.name for column in definition.columns + definition.partitions]
        if len(given) != len(names):
            sides = ("expressions", "target columns")
            more, fewer = sides if len(given) > len(names) else sides[::-1]
            raise RedshiftError("42601", f"INSERT has more {more} than {fewer}")
        rows = await _write(table, definition, translated, names, conversation)
        conversation.complete(f"INSERT 0 {rows}")

    return Command(run)


def _check_writable(definition: Definition) -> None:
    if definition.format not in _FORMATS:
        raise UnsupportedFeatureError(
            f"writing external tables of format {definition.format}", "Redshift writes PARQUET and TEXTFILE"
        )


async def _translated(query: str, conversation: Conversation) -> str:
    # The router imports the commands; the writers of file formats are heavy to load.
    from dw_simulator.emulators.redshift.commands.router import plan
    from dw_simulator.emulators.redshift.copy.unload import translated

    return await translated(query, plan, conversation)


async def _columns_of(query: str, conversation: Conversation) -> list[ExternalColumn]:
    """Names and types of a query's result, by way of a view that nobody else sees."""
    await conversation.execute(f"CREATE TEMPORARY VIEW {_VIEW} AS {query}")
    found = await conversation.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        f" WHERE attrelid = 'pg_temp.{_VIEW}'::regclass AND attnum > 0 ORDER BY attnum"
    )
    await conversation.execute(f"DROP VIEW pg_temp.{_VIEW}")
    columns = []
    for name, kind in found.rows:
        written = _TYPES.get(str(kind), str(kind))
        columns.append(ExternalColumn(str(name), written, written))
    return columns


def _with_columns(definition: Definition, columns: list[ExternalColumn], partitions: list[str]) -> Definition:
    """Partition columns leave the list of columns: their values are in the names of folders."""
    wrong = next((column for column in columns if column.type in ("super", "geometry", "geography")), None)
    if wrong is not None:
        raise RedshiftError(
            "0A000", f'column "{wrong.name}" of type {wrong.type} cannot be written to an external table'
        )
    by_name = {column.name: column for column in columns}
    missing = next((name for name in partitions if name not in by_name), None)
    if missing is not None:
        raise RedshiftError("42703", f'partition column "{missing}" is not in the select list')
    return replace(
        definition,
        columns=[column for column in columns if column.name not in partitions],
        partitions=[by_name[name] for name in partitions],
    )


_LENGTH = re.compile(r"(?:character varying|varchar|character|char|bpchar)\((\d+)\)")


def _assigned(name: str, kind: str, *, text: bool) -> str:
    """A value as the column takes it: a string that is too long is an error, not cut."""
    column = quote_name(name)
    length = _LENGTH.fullmatch(kind)
    if length:
        refused = f"CASE WHEN pg_catalog.dw_too_long({length[1]}) THEN NULL END"
        return (
            f"CASE WHEN octet_length(CAST({column} AS text)) > {length[1]} THEN {refused}"
            f" ELSE CAST({column} AS {kind}) END"
        )
    if text and kind == "boolean":
        return f"CASE CAST({column} AS boolean) WHEN true THEN 'true' WHEN false THEN 'false' END"
    return f"CAST({column} AS {kind})"


async def _write(table: str, definition: Definition, query: str, names: list[str], conversation: Conversation) -> int:
    """Write the rows of a query whose columns stand for ``names``, and add the partitions that are new."""
    from dw_simulator.emulators.redshift.copy.credentials import Credentials
    from dw_simulator.emulators.redshift.copy.unload import write_files
    from dw_simulator.emulators.redshift.copy.unload_command import UnloadCommand, UnloadOptions

    types = {column.name: column.type for column in definition.columns + definition.partitions}
    text = definition.format == "text"
    wanted = ", ".join(f"{_assigned(name, types[name], text=text)} AS {quote_name(name)}" for name in types)
    source = f"SELECT {wanted} FROM ({query}) AS dw_rows({', '.join(map(quote_name, names))})"
    partitions = tuple(column.name for column in definition.partitions)
    options = UnloadOptions(format=_FORMATS[definition.format], allow_overwrite=True, partition_by=partitions)
    if text:
        options.delimiter = control_characters(definition.serde_properties.get("field.delim", "\\001"))
        options.null_as = definition.serde_properties.get("serialization.null.format", "\\N")
    location = definition.location if definition.location.endswith("/") else f"{definition.location}/"
    command = UnloadCommand(source, location, Credentials(), options)
    rows, folders = await write_files(command, source, conversation)
    for values, folder in folders.items():
        arguments = ", ".join(map(quote_string, (table, json.dumps(list(values)), folder)))
        await conversation.execute(f"SELECT pg_catalog.dw_external_add_partition({arguments}, true)")
    return rows
