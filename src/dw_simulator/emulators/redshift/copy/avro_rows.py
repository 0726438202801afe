"""Avro: each record as a JSON document, whose values go to columns as those of JSON do.

Source: "COPY from Avro format".
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pyarrow as pa

from dw_simulator.emulators.common.objects import ObjectStore
from dw_simulator.emulators.redshift.copy.copy_command import CopyOptions
from dw_simulator.emulators.redshift.copy.errors import LoadProblem, scan_error
from dw_simulator.emulators.redshift.copy.files import InputFile
from dw_simulator.emulators.redshift.copy.json_rows import shredder
from dw_simulator.emulators.redshift.copy.rows import RowBuilder
from dw_simulator.emulators.redshift.copy.target import Target

_SCAN_FAILED = 15001
_MAGIC = b"Obj\x01"


def read_avro_rows(
    store: ObjectStore, file: InputFile, target: Target, options: CopyOptions, problems: list[LoadProblem]
) -> Iterator[pa.RecordBatch]:
    """The rows of an Avro file.

    Raises:
        LoadRejected: more records do not fit than MAXERROR allows.
        RedshiftError: the file is not Avro, is compressed in a way that cannot be read, or holds no records.
    """
    # Only here: it is not needed before there is such a file.
    import fastavro

    shred = shredder(store, target, options)
    builder = RowBuilder(file.uri, target, options, problems)
    try:
        with store.open(file.bucket, file.key) as source:
            if source.read(len(_MAGIC)) != _MAGIC:
                raise ValueError("it does not begin as Avro files do")
            source.seek(0)
            for number, record in enumerate(fastavro.reader(source), start=1):
                document = json.dumps(_plain(record), ensure_ascii=False)
                builder.add(shred(document), number, document)
                yield from builder.full()
    # A broken length makes Arrow's reader raise SystemError.
    except (ValueError, KeyError, EOFError, IndexError, TypeError, SystemError) as error:
        raise scan_error(_SCAN_FAILED, f"File '{file.uri}' cannot be read as avro: {error}") from error
    yield from builder.rest()


def _plain(value: Any) -> Any:
    """A value of a record as JSON has it; bytes are hexadecimal digits, as in VARBYTE."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value
