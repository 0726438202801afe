"""Columns that a load adds to its table. Vendor page: "Table schema evolution"."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

from dw_simulator.emulators.snowflake.catalog import versions
from dw_simulator.emulators.snowflake.catalog.model import Entry, TableColumn
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.copy.inference import InferredColumn, infer
from dw_simulator.emulators.snowflake.copy.options import CopyOptions
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.stages.file_format import FileFormat
from dw_simulator.emulators.snowflake.stages.resolver import Place
from dw_simulator.emulators.snowflake.stages.storage import StagedFile
from dw_simulator.emulators.snowflake.translation.scope import unique_keys
from dw_simulator.emulators.snowflake.translation.text import identifier
from dw_simulator.emulators.snowflake.translation.typing import storage

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.commands.registry import Run

MOST_COLUMNS = 100
"""How many columns one COPY may add."""


def evolves(entry: Entry, chosen: FileFormat, options: CopyOptions) -> bool:
    """Whether a load may change the table: it is allowed to, matches by name, and CSV rows may be of any width."""
    if not entry.properties.get("enable_schema_evolution") or not options.by_name or entry.temporary:
        return False
    return chosen.type != "CSV" or not chosen.get("ERROR_ON_COLUMN_COUNT_MISMATCH")


def evolve(
    run: Run, entry: Entry, place: Place, chosen: FileFormat, options: CopyOptions, files: list[StagedFile]
) -> Entry:
    """The table with the columns that files have and it has not; columns that a file lacks lose their NOT NULL.

    Raises:
        SnowflakeError: the files have too many new columns.
    """
    found = infer(place, chosen, files)
    filled = [name for name, _ in options.metadata]
    folded = {_folded(column.name, options): column for column in found}
    known = {_folded(column.name, options): column for column in entry.columns}
    new = [column for name, column in folded.items() if name not in known]
    if len(new) > MOST_COLUMNS:
        raise SnowflakeError(
            2019,
            "0A000",
            f"Schema evolution may add {MOST_COLUMNS} columns in a load, the files have {len(new)} new ones",
        )
    loosened = [
        column
        for name, column in known.items()
        if not column.type.nullable and column.name not in filled and _may_be_missing(folded.get(name), files)
    ]
    if not new and not loosened:
        return entry
    return _changed(run, entry, options, new, loosened, files)


def _folded(name: str, options: CopyOptions) -> str:
    return name if options.match_by_name == "CASE_SENSITIVE" else name.upper()


def _may_be_missing(column: InferredColumn | None, files: list[StagedFile]) -> bool:
    return column is None or len(set(column.files)) < len(files)


def _changed(
    run: Run,
    entry: Entry,
    options: CopyOptions,
    new: list[InferredColumn],
    loosened: list[TableColumn],
    files: list[StagedFile],
) -> Entry:
    from copy import deepcopy

    from dw_simulator.emulators.snowflake.commands import versioning

    old, entry, changes = entry, deepcopy(entry), Changes()
    for column in loosened:
        kept = entry.column(column.name)
        assert kept is not None
        kept.type = kept.type.with_nullable(True)
        kept.evolution = _record(run, "DROP_NOT_NULL", files[0].path)
        changes.run(f"ALTER TABLE {entry.physical} ALTER COLUMN {identifier(kept.key)} DROP NOT NULL")
    names = [column.name for column in entry.columns] + [_folded(column.name, options) for column in new]
    for column_, key in zip(new, unique_keys(names)[len(entry.columns) :], strict=True):
        added = TableColumn(_folded(column_.name, options), key, column_.kind.with_nullable(True))
        added.evolution = _record(run, "ADD_COLUMN", column_.files[0])
        entry.columns.append(added)
        for table in versions.tables_of(entry):
            changes.run(f"ALTER TABLE {table} ADD COLUMN {identifier(key)} {storage(added.type)}")
    versioning.follow(run, old, entry, changes)
    changes.put(entry)
    run.engine.apply(run, changes)
    return entry


def _record(run: Run, kind: str, file: str) -> str:
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f000Z")
    return json.dumps(
        {
            "evolutionType": kind,
            "evolutionMode": "COPY",
            "fileName": file,
            "triggeringTime": now,
            "queryId": run.query_id,
        },
        separators=(",", ":"),
    )
