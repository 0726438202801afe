"""Messages of the PostgreSQL v3 wire protocol: builders and parsers.

Source: PostgreSQL documentation, "Frontend/Backend Protocol: Message Formats".
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

PROTOCOL_3_0 = 196608
CANCEL_REQUEST = 80877102
SSL_REQUEST = 80877103
GSSENC_REQUEST = 80877104

_INT16 = struct.Struct("!h")
_INT32 = struct.Struct("!i")
_FIELD = struct.Struct("!ihihih")


class ProtocolError(Exception):
    """The peer sent what the protocol does not allow."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a RowDescription."""

    name: str
    table_oid: int = 0
    attribute: int = 0
    type_oid: int = 1043
    type_size: int = -1
    type_modifier: int = -1
    format: int = 0


def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + _INT32.pack(len(body) + 4) + body


def _text(value: str) -> bytes:
    return value.encode() + b"\0"


# --- backend messages ---
AUTHENTICATION_OK = message(b"R", _INT32.pack(0))
PARSE_COMPLETE = message(b"1")
BIND_COMPLETE = message(b"2")
CLOSE_COMPLETE = message(b"3")
NO_DATA = message(b"n")
EMPTY_QUERY = message(b"I")


def authentication_md5(salt: bytes) -> bytes:
    return message(b"R", _INT32.pack(5) + salt)


def authentication_sasl(mechanisms: Sequence[str]) -> bytes:
    return message(b"R", _INT32.pack(10) + b"".join(map(_text, mechanisms)) + b"\0")


def authentication_sasl_continue(data: bytes) -> bytes:
    return message(b"R", _INT32.pack(11) + data)


def authentication_sasl_final(data: bytes) -> bytes:
    return message(b"R", _INT32.pack(12) + data)


def is_final(request: bytes) -> bool:
    """Whether an authentication request of ours expects no answer."""
    return request[5:9] == _INT32.pack(12)


def negotiate_protocol_version(minor: int, unknown: Sequence[str]) -> bytes:
    """Offer the newest minor version we speak, and name the options that we do not know."""
    return message(b"v", _INT32.pack(minor) + _INT32.pack(len(unknown)) + b"".join(map(_text, unknown)))


def backend_key_data(pid: int, key: bytes) -> bytes:
    return message(b"K", _INT32.pack(pid) + key)


def parameter_status(name: str, value: str) -> bytes:
    return message(b"S", _text(name) + _text(value))


def ready_for_query(status: str) -> bytes:
    return message(b"Z", status.encode())


def command_complete(tag: str) -> bytes:
    return message(b"C", _text(tag))


def error_response(fields: Mapping[str, str]) -> bytes:
    return message(b"E", _fields(fields))


def notice_response(fields: Mapping[str, str]) -> bytes:
    return message(b"N", _fields(fields))


def _fields(fields: Mapping[str, str]) -> bytes:
    return b"".join(code.encode() + _text(value) for code, value in fields.items()) + b"\0"


def row_description(fields: Iterable[Field]) -> bytes:
    parts = [
        _text(field.name)
        + _FIELD.pack(
            field.table_oid, field.attribute, field.type_oid, field.type_size, field.type_modifier, field.format
        )
        for field in fields
    ]
    return message(b"T", _INT16.pack(len(parts)) + b"".join(parts))


def parameter_description(oids: Sequence[int]) -> bytes:
    return message(b"t", _INT16.pack(len(oids)) + struct.pack(f"!{len(oids)}I", *oids))


def data_row(values: Sequence[bytes | None]) -> bytes:
    parts = [_INT16.pack(len(values))]
    for value in values:
        if value is None:
            parts.append(b"\xff\xff\xff\xff")
        else:
            parts += (_INT32.pack(len(value)), value)
    return message(b"D", b"".join(parts))


# --- frontend messages ---
SYNC = message(b"S")
FLUSH = message(b"H")
TERMINATE = message(b"X")
COPY_DONE = message(b"c")


def startup(parameters: Mapping[str, str]) -> bytes:
    body = _INT32.pack(PROTOCOL_3_0) + b"".join(_text(k) + _text(v) for k, v in parameters.items()) + b"\0"
    return _INT32.pack(len(body) + 4) + body


def cancel_request(pid: int, key: bytes) -> bytes:
    return _INT32.pack(12 + len(key)) + _INT32.pack(CANCEL_REQUEST) + _INT32.pack(pid) + key


def query(sql: str) -> bytes:
    return message(b"Q", _text(sql))


def parse(name: bytes, sql: bytes, parameter_oids: bytes = b"\0\0") -> bytes:
    """``parameter_oids`` is the encoded tail of the message: a count and that many OIDs."""
    return message(b"P", name + b"\0" + sql + b"\0" + parameter_oids)


def bind(portal: bytes, statement: bytes, result_formats: Sequence[int] = ()) -> bytes:
    """Bind without parameters."""
    formats = struct.pack(f"!h{len(result_formats)}h", len(result_formats), *result_formats)
    return message(b"B", portal + b"\0" + statement + b"\0" + b"\0\0\0\0" + formats)


def execute(portal: bytes, max_rows: int = 0) -> bytes:
    return message(b"E", portal + b"\0" + _INT32.pack(max_rows))


def copy_data(data: bytes) -> bytes:
    return message(b"d", data)


def copy_fail(reason: str) -> bytes:
    return message(b"f", _text(reason))


# --- parsers ---
def parse_text(body: bytes) -> str:
    return body.rstrip(b"\0").decode()


def parse_fields(body: bytes) -> dict[str, str]:
    """Fields of an ErrorResponse or NoticeResponse by their codes."""
    return {part[:1].decode(): part[1:].decode(errors="replace") for part in body.split(b"\0") if part}


def parse_parameter_status(body: bytes) -> tuple[str, str]:
    name, value = body.split(b"\0")[:2]
    return name.decode(), value.decode()


def parse_row_description(body: bytes) -> list[Field]:
    (count,) = _INT16.unpack_from(body)
    fields = []
    position = 2
    for _ in range(count):
        end = body.index(0, position)
        fields.append(Field(body[position:end].decode(), *_FIELD.unpack_from(body, end + 1)))
        position = end + 19
    return fields


def parse_data_row(body: bytes) -> tuple[bytes | None, ...]:
    (count,) = _INT16.unpack_from(body)
    values: list[bytes | None] = []
    position = 2
    for _ in range(count):
        (length,) = _INT32.unpack_from(body, position)
        position += 4
        if length < 0:
            values.append(None)
        else:
            values.append(body[position : position + length])
            position += length
    return tuple(values)


def parse_startup(body: bytes) -> dict[str, str]:
    """The parameters of a StartupMessage (its body after the version number).

    Raises:
        ProtocolError: names and values do not pair up, or are not UTF-8.
    """
    parts = body.split(b"\0")
    if len(parts) < 2 or parts[-1] or parts[-2]:
        raise ProtocolError("invalid startup packet layout: expected terminator as last byte")
    pairs = parts[:-2]
    if len(pairs) % 2:
        raise ProtocolError("invalid startup packet layout: a parameter has no value")
    try:
        return {pairs[i].decode(): pairs[i + 1].decode() for i in range(0, len(pairs), 2)}
    except UnicodeDecodeError as error:
        raise ProtocolError("invalid byte sequence for encoding UTF8 in startup packet") from error


@dataclass(frozen=True, slots=True)
class Parse:
    name: bytes
    sql: bytes
    parameter_oids: bytes

    @classmethod
    def read(cls, body: bytes) -> Parse:
        name, sql, rest = _split(body, 2)
        return cls(name, sql, rest)

    @property
    def oids(self) -> tuple[int, ...]:
        """The types of the parameters as far as they are given; 0: not."""
        return struct.unpack(f"!{(len(self.parameter_oids) - 2) // 4}I", self.parameter_oids[2:])


@dataclass(frozen=True, slots=True)
class Bind:
    portal: bytes
    statement: bytes
    parameters: tuple[bytes | None, ...]
    parameter_formats: tuple[int, ...]
    """One for each parameter: 0 is text, 1 binary."""
    result_formats: tuple[int, ...]
    formats_at: int
    """Where in the body the result formats begin."""

    @classmethod
    def read(cls, body: bytes) -> Bind:
        portal, statement, rest = _split(body, 2)
        try:
            (count,) = _INT16.unpack_from(rest)
            given = struct.unpack_from(f"!{count}h", rest, 2)
            position = 2 + 2 * count
            (values,) = _INT16.unpack_from(rest, position)
            position += 2
            parameters: list[bytes | None] = []
            for _ in range(values):
                (length,) = _INT32.unpack_from(rest, position)
                position += 4
                parameters.append(None if length < 0 else rest[position : position + length])
                position += max(length, 0)
            (count,) = _INT16.unpack_from(rest, position)
            formats = struct.unpack_from(f"!{count}h", rest, position + 2)
        except struct.error as error:
            raise ProtocolError("invalid Bind message") from error
        spread = given * values if len(given) == 1 else given or (0,) * values
        if len(spread) != values:
            raise ProtocolError("invalid Bind message")
        return cls(portal, statement, tuple(parameters), spread, formats, len(body) - len(rest) + position)

    def texts(self, oids: Sequence[int]) -> tuple[str | None, ...]:
        """The parameters as text.

        Args:
            oids: the types that the Parse message gave, as far as it gave any.

        Raises:
            ProtocolError: a value does not fit its type, or is in a binary form that is not known here.
        """
        types = [*oids, *[0] * len(self.parameters)]
        values = zip(self.parameters, self.parameter_formats, types, strict=False)
        return tuple([None if value is None else _as_text(value, code, oid) for value, code, oid in values])


_BINARY = {16: "!?", 21: "!h", 23: "!i", 20: "!q", 700: "!f", 701: "!d"}
_STRINGS = frozenset((0, 18, 19, 25, 1042, 1043, 705))


def _as_text(value: bytes, code: int, oid: int) -> str:
    layout = _BINARY.get(oid) if code else None
    try:
        if layout is not None:
            (found,) = struct.unpack(layout, value)
            return str(found).lower()
        if code and oid not in _STRINGS:
            raise ProtocolError(f"a parameter of type {oid} in binary form is not supported in this command")
        return value.decode()
    except (struct.error, UnicodeDecodeError) as error:
        raise ProtocolError(f"invalid value of a parameter: {error}") from error


def _split(body: bytes, count: int) -> list[bytes]:
    parts = body.split(b"\0", count)
    if len(parts) <= count:
        raise ProtocolError("invalid string in message")
    return parts
