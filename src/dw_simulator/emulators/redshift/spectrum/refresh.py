"""Keeps the rows of external tables as their files in S3 are: looked at before each statement that reads them.

What S3 holds may change at any time, and PostgreSQL cannot read it. So a statement that names an external schema waits
until the listing was compared with the one that the rows came from; when it differs, the files are read again, in a
transaction of the emulator's own, which the statement then sees.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dw_simulator.emulators.common.formats import FormatError
from dw_simulator.emulators.common.objects import ObjectInfo, ObjectStore, ObjectStoreError, parse_s3_uri
from dw_simulator.emulators.redshift.copy.copy_command import CopyCommand, CopyOptions
from dw_simulator.emulators.redshift.copy.credentials import Credentials, connect
from dw_simulator.emulators.redshift.copy.errors import from_store, scan_error
from dw_simulator.emulators.redshift.copy.files import InputFile
from dw_simulator.emulators.redshift.copy.journal import LoadRecord
from dw_simulator.emulators.redshift.copy.load import Load
from dw_simulator.emulators.redshift.copy.target import find_columns
from dw_simulator.emulators.redshift.spectrum.definition import Definition
from dw_simulator.emulators.redshift.spectrum.reading import ExternalFile, ExternalReader

if TYPE_CHECKING:
    from dw_simulator.emulators.redshift.backend import Backend
    from dw_simulator.emulators.redshift.link import BackendLink

_UNREADABLE = 15001

_TABLES = (
    "SELECT e.relid, e.nspname, e.relname, e.definition, t.snapshot,"
    " (SELECT json_agg(json_build_array(p.partition_values, p.location) ORDER BY p.partition_values)"
    " FROM pg_catalog.dw_external_partitions p WHERE p.relid = e.relid)"
    " FROM pg_catalog.dw_external e JOIN pg_catalog.dw_external_tables t USING (relid)"
)


@dataclass(frozen=True, slots=True)
class ExternalTable:
    oid: int
    schema: str
    name: str
    definition: Definition
    snapshot: str | None
    places: tuple[tuple[tuple[str, ...], str], ...]
    """Values of the partition columns and location of each folder to read."""


async def tables_of(backend: Backend, database: str, sql: str, readers: Mapping[str, set[int]]) -> list[ExternalTable]:
    """The external tables that a statement reads, by name or through views and routines (``readers``)."""
    found = await backend.admin_query(_TABLES, database)
    tables = [_table(row) for row in found.rows]
    through = {oid for name, oids in readers.items() if _has_word(sql, name) for oid in oids}
    return [table for table in tables if table.oid in through or _names(sql, table)]


def _has_word(sql: str, name: str) -> bool:
    return re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", sql, re.I) is not None


async def bring_up_to_date(backend: Backend, database: str, table: ExternalTable) -> None:
    """Read the files again if they are others than those that the rows came from.

    Raises:
        RedshiftError: S3 refused, a file cannot be read, a value does not fit.
    """
    store = connect(Credentials(), backend.settings, None)
    try:
        files, snapshot = await asyncio.to_thread(_list, store, table)
        if snapshot != table.snapshot:
            link = await backend.connect(None, database, {"application_name": "dw-simulator"})
            try:
                await _read(link, store, table, files, snapshot)
            finally:
                link.close()
    except ObjectStoreError as error:
        raise from_store(error) from error
    except FormatError as error:
        raise scan_error(_UNREADABLE, f"File '{error.file}' cannot be read: {error.message}") from error
    finally:
        store.close()


def _names(sql: str, table: ExternalTable) -> bool:
    return (
        re.search(rf"(?<![\w$]){re.escape(table.schema)}\"?\s*\.\s*\"?{re.escape(table.name)}(?![\w$])", sql, re.I)
        is not None
    )


def _table(row: tuple[str | None, ...]) -> ExternalTable:
    oid, schema, name, definition, snapshot, partitions = row
    found = Definition.from_json(definition or "")
    places: list[tuple[tuple[str, ...], str]] = [((), found.location)]
    if found.partitions:
        places = [(tuple(json.loads(values)), location) for values, location in json.loads(partitions or "[]")]
    return ExternalTable(int(oid or 0), schema or "", name or "", found, snapshot, tuple(places))


def _list(store: ObjectStore, table: ExternalTable) -> tuple[list[ExternalFile], str]:
    """The files to read, and a digest of all that the rows depend on."""
    digest = hashlib.sha256(repr(table.definition).encode())
    files: list[ExternalFile] = []
    for values, location in table.places:
        for bucket, info in _files_at(store, location):
            files.append(ExternalFile(InputFile(bucket, info.key, info.size), values))
            digest.update(repr((values, bucket, info.key, info.size, info.etag)).encode())
    return files, digest.hexdigest()


def _files_at(store: ObjectStore, location: str) -> list[tuple[str, ObjectInfo]]:
    """The files of a folder, or those that a manifest lists ("LOCATION")."""
    bucket, key = parse_s3_uri(location)
    listed = store.list(bucket, key)
    if key and not key.endswith("/"):
        if any(info.key == key for info in listed):
            return _manifest(store, bucket, key)
        listed = [info for info in listed if info.key.startswith(f"{key}/")]
    return [(bucket, info) for info in listed if info.size and not _is_ignored(info.key)]


def _is_ignored(key: str) -> bool:
    """Hidden files: those that begin with . _ or # or end with ~ ("Data files for queries in Redshift Spectrum")."""
    name = key.rsplit("/", 1)[-1]
    return name.startswith((".", "_", "#")) or name.endswith("~")


def _manifest(store: ObjectStore, bucket: str, key: str) -> list[tuple[str, ObjectInfo]]:
    try:
        entries = json.loads(store.read(bucket, key))["entries"]
        places = [parse_s3_uri(entry["url"]) for entry in entries]
    except (ValueError, KeyError, TypeError) as error:
        raise scan_error(_UNREADABLE, f"The manifest file s3://{bucket}/{key} cannot be read: {error}") from error
    return [(place[0], store.head(*place)) for place in places]


async def _read(
    link: BackendLink, store: ObjectStore, table: ExternalTable, files: list[ExternalFile], snapshot: str
) -> None:
    """Replace the rows, in one transaction; nothing, when another statement has done it while this one waited."""
    child = f"dw_external_{table.oid}"
    await link.query(f"BEGIN; SELECT pg_advisory_xact_lock({table.oid})")
    now = await link.query(f"SELECT snapshot FROM pg_catalog.dw_external_tables WHERE relid = {table.oid}")
    if now.scalar() == snapshot:
        return
    target = await find_columns(link.query, "pg_catalog", child)
    await link.query(f"DELETE FROM pg_catalog.{child}")
    if files:
        reader = ExternalReader(table.definition, files)
        options = CopyOptions(format=table.definition.format)
        command = CopyCommand(table.schema, table.name, (), table.definition.location, Credentials(), options)
        record = LoadRecord(0, table.oid, table.schema, table.name, command.source, options.format, "")
        load = Load(store, [file.file for file in files], target, command, reader, record)
        await link.copy_in(target.copy_statement, load.chunks())
    await link.query(
        f"UPDATE pg_catalog.dw_external_tables SET snapshot = '{snapshot}' WHERE relid = {table.oid}; COMMIT"
    )
