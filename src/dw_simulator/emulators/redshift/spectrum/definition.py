"""What CREATE EXTERNAL TABLE says. Source: "CREATE EXTERNAL TABLE"."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from dw_simulator.emulators.redshift.commands.lexer import Reader, quote_name
from dw_simulator.emulators.redshift.commands.tables import read_column_type
from dw_simulator.emulators.redshift.errors import INVALID_PARAMETER_VALUE, RedshiftError

_NESTED = ("struct", "array", "map")
_HIVE_TYPES = {"string": "varchar(65535)", "tinyint": "smallint", "binary": "varbyte(64000)"}
"""Types that only external tables have, by what their columns are here."""

_SERDES = {
    "org.apache.hadoop.hive.ql.io.parquet.serde.parquethiveserde": "parquet",
    "org.apache.hadoop.hive.ql.io.orc.orcserde": "orc",
    "org.apache.hadoop.hive.serde2.lazy.lazysimpleserde": "text",
    "org.apache.hadoop.hive.serde2.opencsvserde": "csv",
    "org.openx.data.jsonserde.jsonserde": "json",
    "org.apache.hive.hcatalog.data.jsonserde": "json",
    "org.apache.hadoop.hive.serde2.regexserde": "regex",
    "org.apache.hadoop.hive.serde2.avro.avroserde": "avro",
    "com.amazonaws.glue.serde.grokserde": "grok",
    "com.amazon.ionhiveserde.ionhiveserde": "ion",
}
_SERDE_OF = {
    "parquet": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    "orc": "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
    "text": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
    "avro": "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
    "rcfile": "org.apache.hadoop.hive.serde2.columnar.ColumnarSerDe",
    "sequencefile": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
}
_TEXT = (
    "org.apache.hadoop.mapred.TextInputFormat",
    "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
)
_FORMATS = {
    "parquet": (
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    ),
    "orc": (
        "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
        "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat",
    ),
    "avro": (
        "org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat",
        "org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat",
    ),
    "rcfile": (
        "org.apache.hadoop.hive.ql.io.RCFileInputFormat",
        "org.apache.hadoop.hive.ql.io.RCFileOutputFormat",
    ),
    "sequencefile": (
        "org.apache.hadoop.mapred.SequenceFileInputFormat",
        "org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat",
    ),
}
"""Input and output format as SVV_EXTERNAL_TABLES shows them; other formats are text."""


@dataclass(frozen=True, slots=True)
class ExternalColumn:
    """``external_type`` as the statement has it, ``type`` as the backend has it."""

    name: str
    external_type: str
    type: str


@dataclass(slots=True)
class Definition:
    """An external table. ``format``: parquet, orc, text, csv, json, regex; others are recorded and cannot be read."""

    columns: list[ExternalColumn] = field(default_factory=list)
    partitions: list[ExternalColumn] = field(default_factory=list)
    format: str = "text"
    serde: str = ""
    serde_properties: dict[str, str] = field(default_factory=dict)
    input_format: str = ""
    output_format: str = ""
    location: str = ""
    properties: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Definition:
        fields = json.loads(text)
        for part in ("columns", "partitions"):
            fields[part] = [ExternalColumn(**column) for column in fields[part]]
        return cls(**fields)

    @property
    def backend_columns(self) -> str:
        """The column list of CREATE TABLE; partition columns come last, as in Redshift."""
        return ", ".join(f"{quote_name(column.name)} {column.type}" for column in self.columns + self.partitions)


def read_definition(reader: Reader) -> Definition:
    """The statement from its column list on.

    Raises:
        RedshiftError: a syntax error, no location, a name that comes twice.
    """
    found = Definition()
    if not reader.ahead("("):
        raise reader.error()
    found.columns = _column_list(reader)
    _clauses(reader, found, lambda: _partitioned(reader, found))
    reader.finish()
    _complete(found)
    return found


def read_definition_as(reader: Reader) -> tuple[Definition, list[str], str]:
    """CREATE EXTERNAL TABLE … AS from behind the name on: the columns are still missing.

    Returns:
        The definition, the names of the partition columns, and the query.

    Raises:
        RedshiftError: a syntax error, no location.
    """
    found = Definition()
    partitions: list[str] = []

    def partitioned() -> None:
        reader.expect("partitioned", "by")
        partitions.extend(reader.names())

    _clauses(reader, found, partitioned)
    reader.expect("as")
    query = reader.rest().strip()
    _complete(found)
    return found, partitions, query


def _clauses(reader: Reader, found: Definition, partitioned: Callable[[], None]) -> None:
    """What stands between the columns and the end, or AS."""
    clauses: dict[str, Callable[[], None]] = {
        "partitioned": partitioned,
        "row": lambda: _row_format(reader, found),
        "stored": lambda: _stored(reader, found),
        "location": lambda: _location(reader, found),
        "table": lambda: _table_properties(reader, found),
        "tblproperties": lambda: _table_properties(reader, found),
    }
    while not reader.at_end() and not reader.ahead("as"):
        token = reader.current
        clause = clauses.get(token.word if token is not None else "")
        if clause is None:
            raise reader.error()
        clause()


def _complete(found: Definition) -> None:
    if not found.location:
        raise RedshiftError(INVALID_PARAMETER_VALUE, "LOCATION is required for an external table")
    names = [column.name for column in found.columns + found.partitions]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise RedshiftError("42701", f'column "{twice}" specified more than once')
    if found.serde:
        found.format = _SERDES.get(found.serde.lower(), found.serde)
    found.serde = found.serde or _SERDE_OF[found.format]
    formats = _FORMATS.get(found.format, _TEXT)
    found.input_format = found.input_format or formats[0]
    found.output_format = found.output_format or formats[1]


def _column_list(reader: Reader) -> list[ExternalColumn]:
    reader.expect("(")
    columns = [_column(reader)]
    while reader.take(","):
        columns.append(_column(reader))
    reader.expect(")")
    return columns


def _column(reader: Reader) -> ExternalColumn:
    name = reader.name()
    start = reader.current
    if start is None:
        raise reader.error()
    if start.word in _NESTED:
        _skip_nested(reader)
        kind = "super"
    elif start.word in _HIVE_TYPES:
        reader.next()
        kind = _HIVE_TYPES[start.word]
    else:
        kind = read_column_type(reader)
    written = reader.sql[start.start : reader.tokens[reader.position - 1].end]
    if reader.take("comment"):
        reader.string()
    return ExternalColumn(name, " ".join(written.split()), kind)


def _skip_nested(reader: Reader) -> None:
    """``struct<a: int, b: array<…>>``: the lexer may see ``>>`` as one."""
    reader.next()
    depth = 0
    while True:
        text = reader.next().text
        depth += text.count("<") - text.count(">")
        if depth <= 0:
            return


def _partitioned(reader: Reader, found: Definition) -> None:
    reader.expect("partitioned", "by")
    found.partitions = _column_list(reader)


def _row_format(reader: Reader, found: Definition) -> None:
    reader.expect("row", "format")
    if reader.take("serde"):
        found.serde = reader.string()
        if reader.take("with", "serdeproperties"):
            found.serde_properties = read_properties(reader)
        return
    reader.expect("delimited")
    while True:
        if reader.take("fields", "terminated", "by"):
            found.serde_properties["field.delim"] = _delimiter(reader)
        elif reader.take("lines", "terminated", "by"):
            found.serde_properties["line.delim"] = _delimiter(reader)
        elif reader.take("escaped", "by"):
            found.serde_properties["escape.delim"] = _delimiter(reader)
        elif reader.take("collection", "items", "terminated", "by"):
            found.serde_properties["collection.delim"] = _delimiter(reader)
        elif reader.take("map", "keys", "terminated", "by"):
            found.serde_properties["mapkey.delim"] = _delimiter(reader)
        elif reader.take("null", "defined", "as"):
            found.serde_properties["serialization.null.format"] = reader.string()
        else:
            return


def _delimiter(reader: Reader) -> str:
    """A string as it is written: a backslash means what it means to the SerDe."""
    reader.string()
    text = reader.tokens[reader.position - 1].text
    return control_characters(text[1:-1].replace("''", "'"))


def control_characters(text: str) -> str:
    r"""``\t``, ``\n``, ``\001`` and the like as the character they stand for."""
    named = {"\\t": "\t", "\\n": "\n", "\\r": "\r", "\\\\": "\\"}
    if text in named:
        return named[text]
    if text.startswith("\\") and text[1:].isdigit():
        return chr(int(text[1:], 8))
    return text


def _stored(reader: Reader, found: Definition) -> None:
    reader.expect("stored", "as")
    if reader.take("inputformat"):
        found.input_format = reader.string()
        reader.expect("outputformat")
        found.output_format = reader.string()
        known = {formats[0]: name for name, formats in _FORMATS.items()}
        found.format = known.get(found.input_format, "text")
        return
    name = reader.name()
    if name not in ("parquet", "orc", "avro", "textfile", "rcfile", "sequencefile"):
        raise RedshiftError("42601", f'syntax error at or near "{name}"')
    found.format = "text" if name == "textfile" else name


def _location(reader: Reader, found: Definition) -> None:
    reader.expect("location")
    found.location = checked_location(reader.string())


def checked_location(text: str) -> str:
    """Raises RedshiftError for what is no S3 URI."""
    scheme, _, rest = text.partition("://")
    if scheme.lower() != "s3" or not rest.strip("/"):
        raise RedshiftError(
            INVALID_PARAMETER_VALUE,
            f"The location '{text}' of an external table is not valid",
            hint="it is 's3://bucket/folder/' or the URI of a manifest file",
        )
    return f"s3://{rest}"


def _table_properties(reader: Reader, found: Definition) -> None:
    if not reader.take("tblproperties"):
        reader.expect("table", "properties")
    found.properties = read_properties(reader)


def read_properties(reader: Reader) -> dict[str, str]:
    """``('name' = 'value', …)``"""
    reader.expect("(")
    pairs: dict[str, str] = {}
    while not reader.take(")"):
        name = reader.string()
        reader.expect("=")
        pairs[name] = reader.string()
        reader.take(",")
    return pairs
