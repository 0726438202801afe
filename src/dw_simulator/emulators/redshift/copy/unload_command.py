"""UNLOAD's grammar: the statement's text as an `UnloadCommand`. Source: "UNLOAD"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dw_simulator.emulators.redshift.copy.credentials import Credentials
from dw_simulator.emulators.redshift.copy.grammar import Reader, unescape
from dw_simulator.emulators.redshift.copy.options import OptionReader
from dw_simulator.emulators.redshift.errors import INVALID_PARAMETER_VALUE, RedshiftError

_MEGABYTE = 1 << 20


@dataclass(slots=True)
class UnloadOptions:
    """Defaults as in Redshift: pipe-delimited text, several files of at most 6.2 GB."""

    format: str = "delimited"
    """delimited, csv, fixedwidth, json, parquet"""
    widths: tuple[int, ...] = ()
    """Of FIXEDWIDTH's columns, in characters."""
    delimiter: str | None = None
    header: bool = False
    add_quotes: bool = False
    escape: bool = False
    null_as: str | None = None
    manifest: bool = False
    manifest_verbose: bool = False
    compression: str = "none"
    allow_overwrite: bool = False
    clean_path: bool = False
    parallel: bool = True
    partition_by: tuple[str, ...] = ()
    include_partition_columns: bool = False
    max_file_bytes: int = 6348 * _MEGABYTE
    extension: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class UnloadCommand:
    query: str
    destination: str
    credentials: Credentials
    options: UnloadOptions = field(default_factory=UnloadOptions)


def parse_unload(sql: str) -> UnloadCommand:
    """Read an UNLOAD statement.

    Raises:
        RedshiftError: syntax error, or options that exclude each other.
        UnsupportedFeatureError: an option that is documented and not emulated.
    """
    reader = Reader(sql)
    reader.expect_word("unload")
    reader.expect_mark("(")
    query = reader.string()
    reader.expect_mark(")")
    reader.expect_word("to")
    destination = reader.string()
    if not destination.lower().startswith("s3://"):
        raise RedshiftError(INVALID_PARAMETER_VALUE, f"UNLOAD destination '{destination}' is not an S3 URI")
    options = UnloadOptions()
    credentials = _Options(reader, options).read()
    _check(options)
    return UnloadCommand(query.replace("\\\\", "\\"), destination, credentials, options)


_FLAGS = {
    "addquotes": "add_quotes",
    "allowoverwrite": "allow_overwrite",
    "cleanpath": "clean_path",
    "escape": "escape",
    "header": "header",
}
"""Options that are one word, by the attribute that they set."""

_UNITS = {"mb": _MEGABYTE, "gb": 1024 * _MEGABYTE}


class _Options(OptionReader):
    command = "UNLOAD"
    flags = _FLAGS
    unsupported = ("master_symmetric_key", "iceberg")

    def __init__(self, reader: Reader, options: UnloadOptions) -> None:
        super().__init__(reader, options)
        self._options = options

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        reader = self._reader
        return {
            "csv": lambda: self._format("csv"),
            "delimiter": lambda: self._set("delimiter", unescape(reader.as_string())),
            "encrypted": self._encrypted,
            "extension": lambda: self._text("extension"),
            "fixedwidth": self._fixedwidth,
            "json": lambda: self._format("json"),
            "kms_key_id": reader.as_string,
            "manifest": self._manifest,
            "maxfilesize": self._max_file_size,
            "null": lambda: self._set("null_as", unescape(reader.as_string())),
            "parallel": self._parallel,
            "parquet": lambda: self._format("parquet"),
            "partition": self._partition_by,
            "region": lambda: self._text("region"),
            "rowgroupsize": self._row_group_size,
        }

    def _format(self, name: str) -> None:
        self._options.format = name
        self._reader.take_word("as")

    def _encrypted(self) -> None:
        """Encryption at rest, by S3's or by a KMS key: nothing a reader sees."""
        self._reader.take_word("auto")

    def _fixedwidth(self) -> None:
        self._options.format = "fixedwidth"
        specification = self._reader.as_string()
        try:
            self._options.widths = tuple(int(part.rpartition(":")[2]) for part in specification.split(","))
        except ValueError as error:
            raise RedshiftError(
                INVALID_PARAMETER_VALUE, f"FIXEDWIDTH specification '{specification}' is not valid", hint="a:10,b:3"
            ) from error

    def _manifest(self) -> None:
        self._options.manifest = True
        self._options.manifest_verbose = self._reader.take_word("verbose") is not None

    def _parallel(self) -> None:
        self._options.parallel = self._reader.take_word("on", "off", "true", "false") not in ("off", "false")

    def _max_file_size(self) -> None:
        size = self._size()
        if not 5 * _MEGABYTE <= size <= 6348 * _MEGABYTE:
            raise RedshiftError(INVALID_PARAMETER_VALUE, "MAXFILESIZE must be between 5 MB and 6.2 GB")
        self._options.max_file_bytes = size

    def _row_group_size(self) -> None:
        self._size()

    def _size(self) -> int:
        reader = self._reader
        reader.take_word("as")
        token = reader.next()
        if token.kind != "number":
            raise reader.error(token)
        return int(float(token.value) * _UNITS[reader.take_word("mb", "gb") or "mb"])

    def _partition_by(self) -> None:
        reader = self._reader
        reader.expect_word("by")
        reader.expect_mark("(")
        names = [reader.identifier()]
        while reader.take_mark(","):
            names.append(reader.identifier())
        reader.expect_mark(")")
        self._options.partition_by = tuple(names)
        self._options.include_partition_columns = reader.take_word("include") is not None


def _check(options: UnloadOptions) -> None:
    if options.format == "parquet":
        for name, shown in (
            ("delimiter", "DELIMITER"),
            ("header", "HEADER"),
            ("add_quotes", "ADDQUOTES"),
            ("escape", "ESCAPE"),
            ("null_as", "NULL AS"),
        ):
            if getattr(options, name):
                raise RedshiftError("0A000", f"{shown} is not supported for UNLOAD to PARQUET")
        if options.compression != "none":
            raise RedshiftError("0A000", f"{options.compression.upper()} is not supported for UNLOAD to PARQUET")
    if options.format == "json" and (options.header or options.delimiter or options.add_quotes or options.escape):
        raise RedshiftError("0A000", "HEADER, DELIMITER, ADDQUOTES and ESCAPE are not supported for UNLOAD to JSON")
    if options.clean_path and options.allow_overwrite:
        raise RedshiftError(INVALID_PARAMETER_VALUE, "CLEANPATH and ALLOWOVERWRITE cannot be used together")
