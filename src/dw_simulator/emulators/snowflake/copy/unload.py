"""COPY INTO <location>: the rows of a query into files. Vendor page: "COPY INTO <location>"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.copy.unload_formats import (
    FileShape,
    compression_of,
    file_extension,
    write_file,
)
from dw_simulator.emulators.snowflake.stages.file_format import FileFormat
from dw_simulator.emulators.snowflake.stages.options import Options, boolean_option
from dw_simulator.emulators.snowflake.stages.resolver import Place

MAX_FILE_BYTES = 16_777_216
"""The default of MAX_FILE_SIZE."""
LARGEST_FILE_BYTES = 5 << 30
NULL_PARTITION = "_NULL_"
"""The folder of rows whose PARTITION BY is NULL."""
_SLICE_ROWS = 4096
FILE_EXISTS = errors.ErrorEntry(
    1030, "22000", "Files already existing at the unload destination: {}. Use overwrite option to force unloading."
)
FILE_TOO_LARGE = errors.ErrorEntry(
    100175,
    "22000",
    "Max file size ({}) exceeded for unload single file mode. You can consider increasing MAX_FILE_SIZE copy option.",
)
OPTIONS_CLASH = errors.ErrorEntry(1422, "22023", "SQL compilation error:\nCopy option {} cannot be used with {}")


@dataclass(frozen=True, slots=True)
class UnloadOptions:
    """``max_file_size`` is in bytes; ``validate`` says that the rows are the result and no file is written."""

    overwrite: bool = False
    single: bool = False
    header: bool = False
    include_query_id: bool = False
    detailed: bool = False
    validate: bool = False
    max_file_size: int = MAX_FILE_BYTES

    @classmethod
    def parse(cls, options: Options, partitioned: bool) -> UnloadOptions:
        """Raises SnowflakeError for an option that is unknown, has a wrong value, or excludes another."""
        known = dict(options)
        query_id = known.pop("INCLUDE_QUERY_ID", None)
        found = cls(
            overwrite=boolean_option("OVERWRITE", known.pop("OVERWRITE", False)),
            single=boolean_option("SINGLE", known.pop("SINGLE", False)),
            header=boolean_option("HEADER", known.pop("HEADER", False)),
            include_query_id=partitioned if query_id is None else boolean_option("INCLUDE_QUERY_ID", query_id),
            detailed=boolean_option("DETAILED_OUTPUT", known.pop("DETAILED_OUTPUT", False)),
            validate=_validation_mode(known.pop("VALIDATION_MODE", None)),
            max_file_size=_file_size(known.pop("MAX_FILE_SIZE", MAX_FILE_BYTES)),
        )
        if known:
            raise errors.INVALID_PROPERTY(next(iter(known)), "COPY")
        found._check(partitioned)
        return found

    def _check(self, partitioned: bool) -> None:
        if partitioned:
            clash = {"OVERWRITE = TRUE": self.overwrite, "SINGLE = TRUE": self.single}
            clash["INCLUDE_QUERY_ID = FALSE"] = not self.include_query_id
            other = "PARTITION BY"
        else:
            clash = {"OVERWRITE = TRUE": self.overwrite, "SINGLE = TRUE": self.single} if self.include_query_id else {}
            other = "INCLUDE_QUERY_ID = TRUE"
        wrong = next((name for name, there in clash.items() if there), None)
        if wrong is not None:
            raise OPTIONS_CLASH(wrong, other)


def _validation_mode(value: object) -> bool:
    if value is not None and str(value).upper() != "RETURN_ROWS":
        raise errors.INVALID_PARAMETER_VALUE(value, "VALIDATION_MODE")
    return value is not None


def _file_size(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= LARGEST_FILE_BYTES:
        raise errors.INVALID_PARAMETER_VALUE(value, "MAX_FILE_SIZE")
    return value


@dataclass(frozen=True, slots=True)
class UnloadedFile:
    """``name`` is the path in the stage; sizes are in bytes."""

    name: str
    rows: int
    input_bytes: int
    output_bytes: int


@dataclass(slots=True)
class Unloading:
    """One COPY INTO <location>. CSV and JSON want text columns, Parquet any.

    ``quoted`` says which columns CSV puts into quotes. With ``partitioned``, the last column is the text of
    PARTITION BY and rows of one partition come together.
    """

    place: Place
    format: FileFormat
    options: UnloadOptions
    names: Sequence[str]
    quoted: Sequence[bool]
    partitioned: bool
    query_id: str
    files: list[UnloadedFile] = field(default_factory=list)

    def run(self, batches: Iterable[pa.RecordBatch]) -> list[UnloadedFile]:
        """Write all rows: files of one partition after the other, none for no rows.

        Raises:
            SnowflakeError: the format or its compression is not emulated; a file is there and OVERWRITE is off; the
                rows are too many for a single file.
        """
        compression = compression_of(self.format)
        shape = FileShape(self.format, compression, list(self.names), list(self.quoted), self.options.header)
        rows = _Rows(_slices(batches), self.partitioned)
        while (partition := rows.partition()) is not None:
            sequence = 0
            while rows.partition() == partition:
                self._write(shape, rows, partition, sequence)
                sequence += 1
        return self.files

    def _write(self, shape: FileShape, rows: _Rows, partition: str, sequence: int) -> None:
        path = self._path(partition, sequence, shape)
        if not self.options.overwrite and self.place.storage.find(path) is not None:
            raise FILE_EXISTS(path)
        taken = _Taken()
        limit = self.options.max_file_size

        def write(sink: Any) -> None:
            taken.size = write_file(sink, shape, rows.take(partition, taken), limit)
            if self.options.single and rows.partition() is not None:
                raise FILE_TOO_LARGE(limit)

        size = self.place.storage.write(path, write)
        self.files.append(UnloadedFile(path, taken.rows, taken.size, size))

    def _path(self, partition: str, sequence: int, shape: FileShape) -> str:
        """``data_0_0_0.csv.gz`` below a folder, ``<path>_0_0_0.csv.gz`` otherwise; SINGLE takes the path as it is."""
        path = self.place.path
        if self.partitioned:
            folder = path if not path or path.endswith("/") else f"{path}/"
            inner = partition.strip("/")
            path = f"{folder}{inner}/" if inner else folder
        base = f"{path}data" if not path or path.endswith("/") else path
        if self.options.single:
            return base
        unique = f"_{self.query_id}" if self.options.include_query_id else ""
        return f"{base}{unique}_0_0_{sequence}.{file_extension(shape)}"


@dataclass(slots=True)
class _Taken:
    rows: int = 0
    size: int = 0


class _Rows:
    """Rows that are taken partition by partition; those not taken stay."""

    def __init__(self, batches: Iterator[pa.RecordBatch], partitioned: bool) -> None:
        self._batches = batches
        self._partitioned = partitioned
        self._head: pa.RecordBatch | None = None

    def _fill(self) -> pa.RecordBatch | None:
        while self._head is None or not self._head.num_rows:
            self._head = next(self._batches, None)
            if self._head is None:
                return None
        return self._head

    def partition(self) -> str | None:
        """The partition of the next row, None behind the last one."""
        head = self._fill()
        if head is None:
            return None
        if not self._partitioned:
            return ""
        value = head.column(head.num_columns - 1)[0].as_py()
        return NULL_PARTITION if value is None else str(value)

    def take(self, partition: str, taken: _Taken) -> Iterator[pa.RecordBatch]:
        """Pieces of one partition, for as long as they are asked for."""
        while self.partition() == partition:
            head = self._head
            assert head is not None
            piece, self._head = self._cut(head)
            taken.rows += piece.num_rows
            yield piece

    def _cut(self, head: pa.RecordBatch) -> tuple[pa.RecordBatch, pa.RecordBatch | None]:
        """(the rows of the first row's partition without their partition, what is left)."""
        if not self._partitioned:
            return head, None
        last = head.num_columns - 1
        texts = head.column(last).to_pylist()
        end = next((index for index, text in enumerate(texts) if text != texts[0]), len(texts))
        piece = head.slice(0, end).select(list(range(last)))
        return piece, head.slice(end) if end < len(texts) else None


def _slices(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Small batches: a file is closed between two of them."""
    for batch in batches:
        for start in range(0, batch.num_rows, _SLICE_ROWS):
            yield batch.slice(start, _SLICE_ROWS)
