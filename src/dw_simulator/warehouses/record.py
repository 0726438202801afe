"""The record of appended files: a table beside the experiment's own, written in the transaction that loads the files.

It is what makes an append happen once: after a crash the next loader asks it what was committed. It is made by the
first append, so an experiment that is only loaded as a whole has none. It lives in the experiment's namespace, so that
the rows and the record of where they are from are dropped together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

from dw_simulator.errors import WarehouseError
from dw_simulator.schema import Experiment, Table
from dw_simulator.warehouses.base import IncomingFile, RecordedFile
from dw_simulator.warehouses.names import literal

TABLE = "_dw_simulator_loads"
"""Its name, which every warehouse takes without quotes."""


def create(name: str) -> str:
    """A URI has up to 1,100 bytes: a key of S3 has 1,024, a bucket's name 63."""
    return (
        f"CREATE TABLE IF NOT EXISTS {name} (table_name VARCHAR(600) NOT NULL, uri VARCHAR(1200) NOT NULL,"
        " etag VARCHAR(200) NOT NULL, row_count BIGINT NOT NULL, loaded_at TIMESTAMP NOT NULL)"
    )


def select(name: str) -> str:
    return f"SELECT table_name, uri, etag, row_count FROM {name}"


def read(rows: Iterable[Sequence[object]]) -> list[RecordedFile]:
    return [RecordedFile(str(table), str(uri), str(etag), int(str(count))) for table, uri, etag, count in rows]


def insert(name: str, table: Table, files: Sequence[IncomingFile], text: Callable[[str], str] = literal) -> str:
    """``text`` writes a string as the warehouse reads it; moments are UTC."""
    at = text(dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds"))
    values = ", ".join(
        f"({text(table.name)}, {text(file.uri)}, {text(file.etag)}, {file.rows}, {at})" for file in files
    )
    return f"INSERT INTO {name} (table_name, uri, etag, row_count, loaded_at) VALUES {values}"


def missing(table: Table, files: Sequence[IncomingFile], recorded: Iterable[RecordedFile]) -> list[IncomingFile]:
    """The files that the record does not have for this table."""
    there = {file.uri for file in recorded if file.table == table.name}
    return [file for file in files if file.uri not in there]


def check_name(experiment: Experiment) -> None:
    """Raises WarehouseError when the experiment has a table of the record's name."""
    if experiment.table(TABLE) is not None:
        raise WarehouseError(
            f"experiment {experiment.name!r} has a table {TABLE}, which is where appended files are recorded",
            hint="give the table another name",
        )
