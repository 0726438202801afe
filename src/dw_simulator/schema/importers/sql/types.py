"""SQL types of each dialect -> columns of the model. A type that the table of its dialect does not have is an error.

Sources: Amazon Redshift Database Developer Guide, pages "Numeric types", "Character types", "Datetime types", "SUPER
type", "VARBYTE type"; Snowflake SQL reference, pages "Numeric data types", "String & binary data types", "Date & time
data types", "Semi-structured data types".

``physical_type`` keeps the declared text wherever the logical type alone would become another type in that dialect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dw_simulator.schema.importers.sql.tokens import Stream, Token
from dw_simulator.schema.model import VARCHAR_MAX, Dialect
from dw_simulator.schema.suggest import did_you_mean

Fields = dict[str, Any]
"""Fields of a column: data_type, precision, scale, varchar_length."""

MAX = -1
"""The argument of VARCHAR(MAX)."""

SNOWFLAKE_DEFAULT_LENGTHS = (16_777_216, 134_217_728)
"""What Snowflake prints for a VARCHAR that was declared without a length."""


class TypeArgumentError(ValueError):
    """The arguments of a type are wrong."""


@dataclass(frozen=True)
class SqlType:
    fields: Callable[[list[int]], Fields]
    same: bool
    """whether the logical type becomes this very type again in its dialect"""


def _plain(data_type: str, *, same: bool = True) -> SqlType:
    def fields(arguments: list[int]) -> Fields:
        if arguments:
            raise TypeArgumentError("takes no length")
        return {"data_type": data_type}

    return SqlType(fields, same)


def _decimal(default_precision: int) -> SqlType:
    def fields(arguments: list[int]) -> Fields:
        if len(arguments) > 2:
            raise TypeArgumentError("takes a precision and a scale")
        precision = arguments[0] if arguments else default_precision
        scale = arguments[1] if len(arguments) == 2 else 0
        if not 1 <= precision <= 38:
            raise TypeArgumentError(f"has precision {precision}; 1 to 38 are possible")
        if not 0 <= scale <= min(precision, 37):
            raise TypeArgumentError(f"has scale {scale}; 0 to {min(precision, 37)} are possible")
        return {"data_type": "DECIMAL", "precision": precision, "scale": scale}

    return SqlType(fields, same=True)


def _sized(data_type: str, default: int | None, *, longest: int, same: bool = True) -> SqlType:
    def fields(arguments: list[int]) -> Fields:
        if len(arguments) > 1:
            raise TypeArgumentError("takes one length")
        length = arguments[0] if arguments else default
        if length == MAX:
            length = longest
        if length is not None and not 1 <= length <= longest:
            raise TypeArgumentError(f"has length {length}; 1 to {longest} are possible")
        return {"data_type": data_type} | ({} if length is None else {"varchar_length": length})

    return SqlType(fields, same)


def _snowflake_text(default: int | None) -> SqlType:
    def fields(arguments: list[int]) -> Fields:
        sized = _sized("VARCHAR", default, longest=SNOWFLAKE_DEFAULT_LENGTHS[-1]).fields(arguments)
        if sized.get("varchar_length") in SNOWFLAKE_DEFAULT_LENGTHS:
            del sized["varchar_length"]
        return sized

    return SqlType(fields, same=True)


def _moment(data_type: str, *, longest: int, same: bool = True) -> SqlType:
    """A type with an optional number of digits after the seconds."""

    def fields(arguments: list[int]) -> Fields:
        if len(arguments) > 1 or (arguments and not 0 <= arguments[0] <= longest):
            raise TypeArgumentError(f"takes a precision from 0 to {longest}")
        return {"data_type": data_type}

    return SqlType(fields, same)


def _float(longest: int) -> SqlType:
    """FLOAT(p) is REAL up to 24 digits and DOUBLE PRECISION beyond."""

    def fields(arguments: list[int]) -> Fields:
        if len(arguments) > 1 or (arguments and not 1 <= arguments[0] <= longest):
            raise TypeArgumentError(f"takes a precision from 1 to {longest}")
        return {"data_type": "FLOAT"}

    return SqlType(fields, same=True)


def _names(sql_type: SqlType, names: str) -> dict[str, SqlType]:
    return dict.fromkeys((name.strip() for name in names.split(",")), sql_type)


_COMMON = {
    **_names(_plain("SMALLINT"), "SMALLINT"),
    **_names(_plain("INT"), "INT, INTEGER"),
    **_names(_plain("BIGINT"), "BIGINT"),
    **_names(_plain("BOOLEAN"), "BOOLEAN"),
    **_names(_plain("DATE"), "DATE"),
}

REDSHIFT: dict[str, SqlType] = {
    **_COMMON,
    **_names(_plain("SMALLINT"), "INT2"),
    **_names(_plain("INT"), "INT4"),
    **_names(_plain("BIGINT"), "INT8"),
    **_names(_plain("BOOLEAN"), "BOOL"),
    **_names(_decimal(18), "DECIMAL, NUMERIC"),
    **_names(_plain("FLOAT", same=False), "REAL, FLOAT4"),
    **_names(_plain("FLOAT"), "DOUBLE PRECISION, FLOAT8"),
    **_names(_float(53), "FLOAT"),
    **_names(_sized("VARCHAR", 256, longest=VARCHAR_MAX), "VARCHAR, CHARACTER VARYING, NVARCHAR"),
    **_names(_sized("VARCHAR", 256, longest=VARCHAR_MAX, same=False), "TEXT"),
    **_names(_sized("CHAR", 1, longest=4096), "CHAR, CHARACTER, NCHAR"),
    **_names(_sized("CHAR", 256, longest=256, same=False), "BPCHAR"),
    **_names(_plain("TIME"), "TIME, TIME WITHOUT TIME ZONE"),
    **_names(_plain("TIME", same=False), "TIMETZ, TIME WITH TIME ZONE"),
    **_names(_plain("TIMESTAMP"), "TIMESTAMP, TIMESTAMP WITHOUT TIME ZONE, DATETIME"),
    **_names(_plain("TIMESTAMP_TZ"), "TIMESTAMPTZ, TIMESTAMP WITH TIME ZONE"),
    **_names(_plain("JSON"), "SUPER"),
    **_names(_sized("BINARY", 64_000, longest=16_777_216), "VARBYTE, VARBINARY, BINARY VARYING"),
}

SNOWFLAKE: dict[str, SqlType] = {
    **_COMMON,
    **_names(_plain("SMALLINT", same=False), "TINYINT, BYTEINT"),
    **_names(_decimal(38), "NUMBER, DECIMAL, NUMERIC, DEC"),
    **_names(_plain("FLOAT"), "FLOAT, FLOAT4, FLOAT8, DOUBLE, DOUBLE PRECISION, REAL"),
    **_names(
        _snowflake_text(None),
        "VARCHAR, STRING, TEXT, CHAR VARYING, CHARACTER VARYING, NVARCHAR, NVARCHAR2, NCHAR VARYING",
    ),
    **_names(_sized("CHAR", 1, longest=SNOWFLAKE_DEFAULT_LENGTHS[-1]), "CHAR, CHARACTER, NCHAR"),
    **_names(_sized("BINARY", None, longest=67_108_864), "BINARY, VARBINARY"),
    **_names(_moment("TIME", longest=9), "TIME"),
    **_names(
        _moment("TIMESTAMP", longest=9),
        "TIMESTAMP_NTZ, TIMESTAMPNTZ, TIMESTAMP WITHOUT TIME ZONE, DATETIME",
    ),
    **_names(_moment("TIMESTAMP", longest=9, same=False), "TIMESTAMP"),
    **_names(_moment("TIMESTAMP_TZ", longest=9), "TIMESTAMP_TZ, TIMESTAMPTZ, TIMESTAMP WITH TIME ZONE"),
    **_names(
        _moment("TIMESTAMP_TZ", longest=9, same=False),
        "TIMESTAMP_LTZ, TIMESTAMPLTZ, TIMESTAMP WITH LOCAL TIME ZONE",
    ),
    **_names(_plain("JSON"), "VARIANT"),
    **_names(_plain("JSON", same=False), "OBJECT, ARRAY"),
}

ANSI: dict[str, SqlType] = {
    **_COMMON,
    **_names(_plain("BOOLEAN"), "BOOL"),
    **_names(_decimal(18), "DECIMAL, NUMERIC, DEC"),
    **_names(_plain("FLOAT", same=False), "REAL"),
    **_names(_plain("FLOAT"), "DOUBLE PRECISION, DOUBLE"),
    **_names(_float(53), "FLOAT"),
    **_names(
        _sized("VARCHAR", None, longest=134_217_728),
        "VARCHAR, CHARACTER VARYING, CHAR VARYING, NVARCHAR, NATIONAL CHARACTER VARYING, TEXT, CLOB",
    ),
    **_names(_sized("CHAR", 1, longest=134_217_728), "CHAR, CHARACTER, NCHAR, NATIONAL CHARACTER"),
    **_names(_moment("TIME", longest=9), "TIME, TIME WITHOUT TIME ZONE"),
    **_names(_moment("TIME", longest=9, same=False), "TIME WITH TIME ZONE"),
    **_names(_moment("TIMESTAMP", longest=9), "TIMESTAMP, TIMESTAMP WITHOUT TIME ZONE, DATETIME"),
    **_names(_moment("TIMESTAMP_TZ", longest=9), "TIMESTAMP WITH TIME ZONE, TIMESTAMPTZ"),
    **_names(_sized("BINARY", None, longest=134_217_728), "BINARY, VARBINARY, BINARY VARYING, BLOB"),
    **_names(_plain("JSON"), "JSON, JSONB"),
}

TABLES = {Dialect.REDSHIFT: REDSHIFT, Dialect.SNOWFLAKE: SNOWFLAKE, Dialect.ANSI: ANSI}

ADVICE = {
    "GEOMETRY": "spatial types are not supported; declare VARCHAR and keep WKT text in it, or remove the column",
    "GEOGRAPHY": "spatial types are not supported; declare VARCHAR and keep WKT text in it, or remove the column",
    "HLLSKETCH": "sketches are made by queries, not loaded; remove the column",
    "INTERVAL": "interval columns are not supported; declare BIGINT and keep seconds or months in it",
    "VECTOR": "vector columns are not supported; declare ARRAY, or remove the column",
    "MAP": "structured types are not supported; declare OBJECT",
    "UUID": "declare VARCHAR(36)",
    "SERIAL": "declare INT GENERATED BY DEFAULT AS IDENTITY(1,1)",
    "BIGSERIAL": "declare BIGINT GENERATED BY DEFAULT AS IDENTITY(1,1)",
    "MONEY": "declare DECIMAL(19,4)",
    "DECFLOAT": "declare FLOAT or NUMBER(38,10)",
    "ENUM": "declare VARCHAR(n)",
}
"""What to do about types that no table of a dialect has."""

_LONGEST_NAME = 4
"""words: CHARACTER VARYING, BINARY VARYING, NATIONAL CHARACTER VARYING"""


@dataclass(frozen=True)
class ReadType:
    """A type as read: ``fields`` is None for a type that is not known (which was reported)."""

    fields: Fields | None
    physical: str | None
    first: Token
    last: Token


def read_type(stream: Stream, report: Callable[[str, Token, str | None], None]) -> ReadType:
    """Read the type at this place of the stream. ``report(message, place, hint)`` is told of unknown types."""
    table = TABLES[stream.source.dialect]
    first = stream.peek()
    if first.kind != "word":
        stream.fail("expected a type")
    words = _name_length(stream, table)
    name = " ".join(stream.take().upper for _ in range(words))
    arguments, plain = _arguments(stream)
    if zone := _time_zone(stream):
        name = f"{name} {zone}"
    last = stream.previous
    written = " ".join(stream.source.slice(first, last).split())
    known = table.get(name)
    if known is None:
        report(f"unknown type {written!r}", first, _advice(name, stream.source.dialect))
        return ReadType(None, None, first, last)
    if not plain:
        report(f"type {written!r} has arguments that are not supported", first, _advice(name, stream.source.dialect))
        return ReadType(None, None, first, last)
    try:
        fields = known.fields(arguments)
    except TypeArgumentError as problem:
        report(f"type {written!r} {problem}", first, None)
        return ReadType(None, None, first, last)
    return ReadType(fields, None if _comes_back(known, fields, arguments) else written, first, last)


def _comes_back(known: SqlType, fields: Fields, arguments: list[int]) -> bool:
    """Whether the logical type becomes the declared type again, its arguments included."""
    kept = {"precision", "varchar_length"} & fields.keys()
    return known.same and bool(kept or not arguments)


def _name_length(stream: Stream, table: dict[str, SqlType]) -> int:
    """How many words the name of the type has: the longest that is known; one if none is."""
    for words in range(_LONGEST_NAME, 1, -1):
        name = " ".join(stream.peek(ahead).upper for ahead in range(words))
        if name in table:
            return words
    return 1


def _arguments(stream: Stream) -> tuple[list[int], bool]:
    """Numbers in brackets (MAX is -1), and whether they were only that."""
    if not stream.at_symbol("("):
        return [], True
    start, stop = stream.skip_balanced()
    tokens = [token for token in stream.tokens[start:stop] if not (token.kind == "symbol" and token.text == ",")]
    numbers = [MAX if token.upper == "MAX" else token.text for token in tokens]
    if all(number == MAX or str(number).isdigit() for number in numbers) and numbers:
        return [int(number) for number in numbers], True
    return [], False


def _time_zone(stream: Stream) -> str | None:
    for words in (("WITH", "TIME", "ZONE"), ("WITHOUT", "TIME", "ZONE"), ("WITH", "LOCAL", "TIME", "ZONE")):
        if stream.accept(*words):
            return " ".join(words)
    return None


def _advice(name: str, dialect: Dialect) -> str:
    word = name.split()[0]
    if word in ADVICE:
        return ADVICE[word]
    others = [str(other) for other, table in TABLES.items() if other is not dialect and name in table]
    if others:
        return f"it is a type of {' and '.join(others)}, but the dialect given is {dialect}"
    return did_you_mean(name, sorted(TABLES[dialect]), f"types of {dialect} are")
