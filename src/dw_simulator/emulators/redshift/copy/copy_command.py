"""COPY's grammar: the statement's text as a `CopyCommand`. Source: "COPY", "COPY parameter reference"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dw_simulator.emulators.redshift.copy.credentials import Credentials
from dw_simulator.emulators.redshift.copy.grammar import Reader, unescape
from dw_simulator.emulators.redshift.copy.options import OptionReader
from dw_simulator.emulators.redshift.errors import INVALID_PARAMETER_VALUE, RedshiftError, UnsupportedFeatureError


@dataclass(slots=True)
class CopyOptions:
    """Every documented option; defaults as in Redshift."""

    format: str = "delimited"
    """delimited, csv, fixedwidth, json, parquet, orc, avro"""
    delimiter: str | None = None
    quote: str = '"'
    fixedwidth: str = ""
    json_paths: str = "auto"
    """auto, auto ignorecase, noshred or the URI of a jsonpaths file"""
    serialize_to_json: bool = False
    manifest: bool = False
    compression: str = "none"
    """none, gzip, bz2, zstd"""
    accept_any_date: bool = False
    accept_invalid_chars: str | None = None
    blanks_as_null: bool = False
    date_format: str | None = None
    empty_as_null: bool = False
    encoding: str = "utf-8"
    escape: bool = False
    explicit_ids: bool = False
    fill_record: bool = False
    ignore_all_errors: bool = False
    ignore_blank_lines: bool = False
    ignore_header: int = 0
    null_as: str = "\\N"
    remove_quotes: bool = False
    round_decimals: bool = False
    time_format: str | None = None
    trim_blanks: bool = False
    truncate_columns: bool = False
    max_errors: int = 0
    no_load: bool = False
    stat_update: str = ""
    comp_update: str = ""
    region: str | None = None


@dataclass(frozen=True, slots=True)
class CopyCommand:
    schema: str | None
    table: str
    columns: tuple[str, ...]
    source: str
    credentials: Credentials
    options: CopyOptions = field(default_factory=CopyOptions)


def parse_copy(sql: str) -> CopyCommand:
    """Read a COPY statement.

    Raises:
        RedshiftError: syntax error, a value out of range, options that exclude each other.
        UnsupportedFeatureError: a source or option that is documented and not emulated.
    """
    reader = Reader(sql)
    reader.expect_word("copy")
    if reader.is_word("job"):
        raise UnsupportedFeatureError("COPY JOB (auto-copy)")
    first = reader.identifier()
    schema, table = (first, reader.identifier()) if reader.take_mark(".") else (None, first)
    if reader.take_mark("."):
        schema, table = table, reader.identifier()
    columns = _column_list(reader)
    reader.expect_word("from")
    source = _source(reader)
    options = CopyOptions()
    credentials = _Options(reader, options).read()
    _check(options)
    return CopyCommand(schema, table, columns, source, credentials, options)


def _column_list(reader: Reader) -> tuple[str, ...]:
    if not reader.take_mark("("):
        return ()
    columns = [reader.identifier()]
    while reader.take_mark(","):
        columns.append(reader.identifier())
    reader.expect_mark(")")
    return tuple(columns)


def _source(reader: Reader) -> str:
    if reader.is_word("stdin"):
        raise RedshiftError(
            "0A000", "COPY FROM STDIN is not supported", hint="put the data into S3 and COPY from there"
        )
    source = reader.string()
    scheme = source.partition("://")[0].lower()
    if scheme in ("emr", "dynamodb", "ssh"):
        raise UnsupportedFeatureError(f"COPY from {scheme}://", hint="s3:// sources are emulated")
    if scheme != "s3":
        raise RedshiftError(
            INVALID_PARAMETER_VALUE,
            f"COPY source '{source}' is not valid",
            hint="the source is 's3://bucket/prefix' or the URI of a manifest",
        )
    return source


_ENCODINGS = {
    "utf8": "utf-8",
    "utf16": "utf-16",
    "utf16le": "utf-16-le",
    "utf16be": "utf-16-be",
    "iso88591": "latin-1",
}
_FLAGS = {
    "acceptanydate": "accept_any_date",
    "blanksasnull": "blanks_as_null",
    "emptyasnull": "empty_as_null",
    "escape": "escape",
    "explicit_ids": "explicit_ids",
    "fillrecord": "fill_record",
    "ignoreallerrors": "ignore_all_errors",
    "ignoreblanklines": "ignore_blank_lines",
    "manifest": "manifest",
    "noload": "no_load",
    "removequotes": "remove_quotes",
    "roundec": "round_decimals",
    "serializetojson": "serialize_to_json",
    "trimblanks": "trim_blanks",
    "truncatecolumns": "truncate_columns",
}
"""Options that are one word, by the attribute that they set."""


class _Options(OptionReader):
    command = "COPY"
    flags = _FLAGS
    unsupported = ("encrypted", "lzop", "master_symmetric_key", "shapefile", "simplify", "ssh")

    def __init__(self, reader: Reader, options: CopyOptions) -> None:
        super().__init__(reader, options)
        self._options = options

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {
            "acceptinvchars": self._accept_invalid_chars,
            "avro": self._json_like("avro"),
            "comprows": self._ignored_number,
            "compupdate": lambda: self._switch("comp_update"),
            "csv": self._csv,
            "dateformat": lambda: self._text("date_format"),
            "delimiter": self._delimiter,
            "encoding": self._encoding,
            "fixedwidth": self._fixedwidth,
            "ignoreheader": lambda: self._number("ignore_header", 0, 2**63),
            "json": self._json_like("json"),
            "maxerror": lambda: self._number("max_errors", 0, 100_000),
            "null": self._null_as,
            "orc": lambda: self._format("orc"),
            "parquet": lambda: self._format("parquet"),
            "quote": self._quote,
            "readratio": self._ignored_number,
            "region": lambda: self._text("region"),
            "statupdate": lambda: self._switch("stat_update"),
            "timeformat": lambda: self._text("time_format"),
        }

    def _format(self, name: str) -> None:
        self._options.format = name

    def _json_like(self, name: str) -> Callable[[], None]:
        def read() -> None:
            self._options.format = name
            self._reader.take_word("as")
            value = self._reader.take_string() or ("noshred" if self._reader.take_word("noshred") else "auto")
            lowered = value.lower().strip()
            known = ("auto", "auto ignorecase", "noshred")
            if lowered not in known and not lowered.startswith("s3://"):
                raise RedshiftError(
                    INVALID_PARAMETER_VALUE,
                    f"{name.upper()} argument '{value}' is not valid",
                    hint="'auto', 'auto ignorecase', 'noshred' or 's3://…' of a jsonpaths file",
                )
            self._options.json_paths = lowered if lowered in known else value

        return read

    def _csv(self) -> None:
        self._options.format = "csv"
        self._reader.take_word("as")

    def _quote(self) -> None:
        self._options.quote = self._single("QUOTE", self._reader.as_string())

    def _delimiter(self) -> None:
        self._options.delimiter = unescape(self._reader.as_string())
        if not self._options.delimiter:
            raise RedshiftError(INVALID_PARAMETER_VALUE, "COPY delimiter must not be empty")

    def _single(self, option: str, value: str) -> str:
        plain = unescape(value)
        if len(plain) != 1:
            raise RedshiftError(INVALID_PARAMETER_VALUE, f"COPY {option} must be a single character")
        return plain

    def _fixedwidth(self) -> None:
        self._options.format = "fixedwidth"
        self._options.fixedwidth = self._reader.as_string()

    def _null_as(self) -> None:
        self._options.null_as = unescape(self._reader.as_string())

    def _accept_invalid_chars(self) -> None:
        self._reader.take_word("as")
        value = self._reader.take_string()
        self._options.accept_invalid_chars = "?" if value is None else value
        if value is not None and len(value) != 1:
            raise RedshiftError(INVALID_PARAMETER_VALUE, "ACCEPTINVCHARS replacement must be a single character")

    def _encoding(self) -> None:
        self._reader.take_word("as")
        token = self._reader.next()
        name = token.value.lower().replace("-", "").replace("_", "")
        if name not in _ENCODINGS:
            raise UnsupportedFeatureError(
                f"COPY ENCODING {token.value}", hint="UTF8, UTF16, UTF16LE, UTF16BE, ISO88591"
            )
        self._options.encoding = _ENCODINGS[name]

    def _switch(self, attribute: str) -> None:
        self._set(attribute, self._reader.take_word("on", "off", "true", "false", "preset") or "on")

    def _number(self, attribute: str, low: int, high: int) -> None:
        value = self._reader.as_integer()
        if not low <= value <= high:
            raise RedshiftError(INVALID_PARAMETER_VALUE, f"{attribute} {value} is out of range: {low} to {high}")
        self._set(attribute, value)

    def _ignored_number(self) -> None:
        """COMPROWS and READRATIO steer sampling and DynamoDB; they change no result."""
        self._reader.as_integer()


_COLUMNAR = ("parquet", "orc")
_FOR_COLUMNAR = frozenset(
    (
        *("format", "serialize_to_json", "manifest", "accept_invalid_chars", "explicit_ids", "fill_record"),
        *("stat_update", "region", "no_load", "json_paths"),
    )
)
"""Options that COPY from columnar files knows ("COPY from columnar data formats")."""


def _check(options: CopyOptions) -> None:
    """Options that exclude each other, refused with the messages COPY gives."""
    if options.format in _COLUMNAR:
        defaults = CopyOptions()
        for name in CopyOptions.__dataclass_fields__:
            if name not in _FOR_COLUMNAR and getattr(options, name) != getattr(defaults, name):
                option = name.replace("_", "").upper().rstrip("S")
                raise RedshiftError(
                    "0A000", f"{option} argument is not supported for {options.format.upper()} based COPY"
                )
    if options.format == "csv" and (options.escape or options.remove_quotes):
        raise RedshiftError(INVALID_PARAMETER_VALUE, "CSV is not compatible with ESCAPE, FIXEDWIDTH or REMOVEQUOTES")
    if options.format == "fixedwidth" and (options.delimiter or options.escape or options.remove_quotes):
        raise RedshiftError(
            INVALID_PARAMETER_VALUE, "FIXEDWIDTH is not compatible with DELIMITER, ESCAPE or REMOVEQUOTES"
        )
