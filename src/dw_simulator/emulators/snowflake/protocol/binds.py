"""Bound values of requests (``bindings``) as the engine takes them.

A binding is ``{"type": "FIXED", "value": "1"}``, its value text or null, or a list of those for array binds.
Drivers send DATE as milliseconds since the epoch, TIME as nanoseconds since midnight, timestamps as nanoseconds since
the epoch (TIMESTAMP_TZ followed by the offset in minutes plus 1440), BINARY as hex. Temporal values may also come as
text.
"""

from __future__ import annotations

import binascii
import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

from dw_simulator.emulators.snowflake import compute as pc
from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.interfaces import Bind, BindValue
from dw_simulator.emulators.snowflake.protocol.arrow_encoding import OFFSET_BIAS
from dw_simulator.emulators.snowflake.types import decfloat, model
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

_DAY_MILLISECONDS = 86_400_000
_EPOCH = dt.datetime(1970, 1, 1)
_DIGITS = re.compile(r"-?\d+(\.0*)?$")


def parse_binds(bindings: Mapping[str, Any] | None) -> list[Bind] | None:
    """The binds of a request, positions in order. Names are those of ``:name``, which is an unquoted identifier.

    Raises:
        SnowflakeError: a value is not of its type, or the bindings are not of the protocol's form.
    """
    if not bindings:
        return None
    binds = [_parse(name.upper(), bindings[name]) for name in sorted(bindings, key=_order)]
    if len({len(bind.array) for bind in binds if bind.array is not None}) > 1:
        raise errors.BAD_REQUEST("the bindings have lists of different lengths")
    return binds


def _order(name: str) -> tuple[int, str]:
    return (int(name), "") if name.isdigit() else (1 << 30, name)


def _parse(name: str, binding: Any) -> Bind:
    if not isinstance(binding, Mapping) or "type" not in binding:
        raise errors.BAD_REQUEST(f"binding {name} has no type")
    kind = str(binding["type"] or "TEXT").upper()
    value = binding.get("value")
    if value is not None and kind not in _SCALARS:
        raise SnowflakeError(2041, "42601", f"SQL compilation error:\nUnsupported bind type '{kind}'")
    try:
        if isinstance(value, list):
            return _parse_array(name, kind, value)
        return Bind(name, model.text()) if value is None else _SCALARS[kind](name, _as_text(value))
    except (ValueError, InvalidOperation, OverflowError, pa.ArrowInvalid) as error:
        raise SnowflakeError(
            100038 if kind in ("FIXED", "REAL", "DECFLOAT") else 100035,
            "22018",
            f"Bind variable {name} of type {kind} cannot be read: {error}",
        ) from error


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# --- single values ---
def _fixed(name: str, text: str) -> Bind:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(f"{text!r} is not a number")
    plain = format(number, "f")
    scale = max(0, -int(number.as_tuple().exponent))
    precision = max(len(plain.lstrip("-").replace(".", "").lstrip("0")), scale, 1)
    if precision > model.MAX_PRECISION:
        raise errors.NUMBER_OUT_OF_RANGE(text)
    value: BindValue = number if scale else int(number)
    return Bind(name, model.number(precision, scale, nullable=False), value, plain)


def _real(name: str, text: str) -> Bind:
    return Bind(name, model.real(nullable=False), float(text), text)


def _decfloat(name: str, text: str) -> Bind:
    value = decfloat.rounded(Decimal(text))
    return Bind(name, model.decfloat(nullable=False), value, decfloat.text_of(value))


def _text(name: str, text: str) -> Bind:
    return Bind(name, model.text(nullable=False), text, text)


def _json(kind: SnowflakeType) -> Callable[[str, str], Bind]:
    return lambda name, text: Bind(name, kind, text, text)


def _boolean(name: str, text: str) -> Bind:
    value = _boolean_value(text)
    return Bind(name, model.boolean(nullable=False), value, str(value).lower())


def _boolean_value(text: str) -> bool:
    lowered = text.lower()
    if lowered in ("true", "1", "t", "yes", "on", "y"):
        return True
    if lowered in ("false", "0", "f", "no", "off", "n"):
        return False
    raise errors.BOOLEAN_NOT_RECOGNIZED(text)


def _binary(name: str, text: str) -> Bind:
    value = binascii.unhexlify(text)
    return Bind(name, model.binary(nullable=False), value, text.upper())


def _date(name: str, text: str) -> Bind:
    if _DIGITS.match(text):
        value = (_EPOCH + dt.timedelta(days=int(text.partition(".")[0]) // _DAY_MILLISECONDS)).date()
    else:
        value = dt.datetime.fromisoformat(text).date()
    return Bind(name, model.date(nullable=False), value, value.isoformat())


def _time(name: str, text: str) -> Bind:
    if not _DIGITS.match(text):
        value = dt.time.fromisoformat(text)
        return Bind(name, model.time(nullable=False), value, value.isoformat())
    seconds, nanoseconds = divmod(int(text.partition(".")[0]), 10**9)
    value = (_EPOCH + dt.timedelta(seconds=seconds, microseconds=nanoseconds // 1000)).time()
    return Bind(name, model.time(nullable=False), value, _with_nanoseconds(value.strftime("%H:%M:%S"), nanoseconds))


def _with_nanoseconds(text: str, nanoseconds: int) -> str:
    return f"{text}.{nanoseconds:09d}" if nanoseconds else text


def _moment(nanoseconds_text: str) -> tuple[dt.datetime, int]:
    """(moment without zone to the microsecond, nanoseconds of its second)."""
    seconds, nanoseconds = divmod(int(nanoseconds_text.partition(".")[0]), 10**9)
    return _EPOCH + dt.timedelta(seconds=seconds, microseconds=nanoseconds // 1000), nanoseconds


def _clock(moment: dt.datetime, nanoseconds: int) -> str:
    return _with_nanoseconds(moment.replace(microsecond=0).isoformat(" "), nanoseconds)


def _timestamp_ntz(name: str, text: str) -> Bind:
    kind = model.timestamp_ntz(nullable=False)
    if not _DIGITS.match(text):
        value = dt.datetime.fromisoformat(text).replace(tzinfo=None)
        return Bind(name, kind, value, value.isoformat(" "))
    value, nanoseconds = _moment(text)
    return Bind(name, kind, value, _clock(value, nanoseconds))


def _timestamp_ltz(name: str, text: str) -> Bind:
    kind = model.timestamp_ltz(nullable=False)
    if not _DIGITS.match(text):
        return _aware(name, kind, text)
    value, nanoseconds = _moment(text)
    return Bind(name, kind, value.replace(tzinfo=dt.UTC), _clock(value, nanoseconds) + " +00:00")


def _timestamp_tz(name: str, text: str) -> Bind:
    kind = model.timestamp_tz(nullable=False)
    number, _, zone = text.partition(" ")
    if not _DIGITS.match(number):
        return _aware(name, kind, text)
    minutes = int(float(zone)) - OFFSET_BIAS if zone else 0
    value, nanoseconds = _moment(number)
    offset = dt.timezone(dt.timedelta(minutes=minutes))
    local = value.replace(tzinfo=dt.UTC).astimezone(offset)
    clock = _clock(local.replace(tzinfo=None), nanoseconds)
    return Bind(name, kind, local, f"{clock} {_offset_text(minutes)}")


def _offset_text(minutes: int) -> str:
    sign, size = ("-", -minutes) if minutes < 0 else ("+", minutes)
    return f"{sign}{size // 60:02d}:{size % 60:02d}"


def _aware(name: str, kind: SnowflakeType, text: str) -> Bind:
    """Text without an offset is taken as UTC, as drivers that send text mean it."""
    value = dt.datetime.fromisoformat(text)
    value = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    return Bind(name, kind, value, value.isoformat(" "))


_SCALARS: dict[str, Callable[[str, str], Bind]] = {
    "FIXED": _fixed,
    "REAL": _real,
    "DECFLOAT": _decfloat,
    "TEXT": _text,
    "ANY": _text,
    "CHAR": _text,
    "BOOLEAN": _boolean,
    "BINARY": _binary,
    "DATE": _date,
    "TIME": _time,
    "TIMESTAMP": _timestamp_ntz,
    "TIMESTAMP_NTZ": _timestamp_ntz,
    "TIMESTAMP_LTZ": _timestamp_ltz,
    "TIMESTAMP_TZ": _timestamp_tz,
    "VARIANT": _json(model.variant(nullable=False)),
    "OBJECT": _json(model.object_(nullable=False)),
    "ARRAY": _json(model.array(nullable=False)),
    "MAP": _json(model.object_(nullable=False)),
}


# --- array binds ---
def _parse_array(name: str, kind: str, values: Sequence[Any]) -> Bind:
    if any(value is not None and not isinstance(value, str) for value in values):
        values = [None if value is None else _as_text(value) for value in values]
    texts = pa.array(values, pa.string())
    if texts.null_count == len(texts):
        return Bind(name, model.text(), array=texts)
    column_parser = _COLUMNS.get(kind)
    parsed = column_parser(texts) if column_parser else None
    if parsed is None:
        parsed = _parse_each(kind, texts)
    return Bind(name, parsed[0], array=parsed[1])


def _parse_each(kind: str, texts: pa.Array) -> tuple[SnowflakeType, pa.Array]:
    """Values one by one, for what has no vectorised reading (temporal values sent as text)."""
    binds = [None if text is None else _SCALARS[kind]("", text) for text in texts.to_pylist()]
    found = next(bind.type for bind in binds if bind is not None).with_nullable(True)
    if kind == "TIMESTAMP_TZ":
        return found, _tz_array([None if bind is None else bind.value for bind in binds])
    target = {"DATE": pa.date32(), "TIME": pa.time64("us"), "TIMESTAMP_LTZ": pa.timestamp("us", tz="UTC")}
    array_type = target.get(kind, pa.timestamp("us"))
    return found, pa.array([None if bind is None else bind.value for bind in binds], type=array_type)


def _tz_array(values: list[Any]) -> pa.Array:
    rows = [
        None if value is None else {"value": value, "offset_minutes": int(value.utcoffset().total_seconds() // 60)}
        for value in values
    ]
    moment = pa.field("value", pa.timestamp("us", tz="UTC"))
    return pa.array(rows, type=pa.struct([moment, pa.field("offset_minutes", pa.int32())]))


Column = tuple[SnowflakeType, pa.Array] | None
"""None: not all values are numbers, so they are read one by one."""


def _fixed_column(texts: pa.Array) -> Column:
    if not pc.any(pc.match_substring_regex(texts, r"[.eE]")).as_py():
        longest = pc.max(pc.utf8_length(texts)).as_py()
        if longest <= 18:
            return model.number(), texts.cast(pa.int64())
        return model.number(), texts.cast(pa.decimal128(38, 0))
    numbers = [None if text is None else Decimal(text) for text in texts.to_pylist()]
    scale = max(-int(number.as_tuple().exponent) for number in numbers if number is not None)
    return model.number(38, max(0, scale)), pa.array(numbers, type=pa.decimal128(38, max(0, scale)))


def _real_column(texts: pa.Array) -> Column:
    return model.real(), texts.cast(pa.float64())


def _decfloat_column(texts: pa.Array) -> Column:
    numbers = (None if text is None else decfloat.rounded(Decimal(text)) for text in texts.to_pylist())
    return model.decfloat(), pa.array([None if number is None else str(number) for number in numbers], pa.string())


def _boolean_column(texts: pa.Array) -> Column:
    values = [None if text is None else _boolean_value(text) for text in texts.to_pylist()]
    return model.boolean(), pa.array(values, pa.bool_())


def _binary_column(texts: pa.Array) -> Column:
    values = [None if text is None else binascii.unhexlify(text) for text in texts.to_pylist()]
    return model.binary(), pa.array(values, pa.binary())


def _integers(texts: pa.Array) -> pa.Array | None:
    whole = pc.match_substring_regex(texts, r"^-?\d+$")
    return texts.cast(pa.int64()) if pc.all(whole).as_py() else None


def _date_column(texts: pa.Array) -> Column:
    numbers = _integers(texts)
    if numbers is None:
        return None
    days = [None if number is None else number // _DAY_MILLISECONDS for number in numbers.to_pylist()]
    return model.date(), pa.array(days, pa.int32()).cast(pa.date32())


def _time_column(texts: pa.Array) -> Column:
    numbers = _integers(texts)
    return None if numbers is None else (model.time(), numbers.cast(pa.time64("ns")))


def _timestamp_column(kind: SnowflakeType, zone: str | None) -> Callable[[pa.Array], Column]:
    def parse(texts: pa.Array) -> Column:
        if pc.max(pc.utf8_length(texts)).as_py() > 19:  # beyond the years that 64 bits of nanoseconds reach
            return None
        numbers = _integers(texts)
        return None if numbers is None else (kind, numbers.cast(pa.timestamp("ns", tz=zone)))

    return parse


_COLUMNS: dict[str, Callable[[pa.Array], Column]] = {
    "FIXED": _fixed_column,
    "REAL": _real_column,
    "DECFLOAT": _decfloat_column,
    "TEXT": lambda texts: (model.text(), texts),
    "ANY": lambda texts: (model.text(), texts),
    "CHAR": lambda texts: (model.text(), texts),
    "BOOLEAN": _boolean_column,
    "BINARY": _binary_column,
    "DATE": _date_column,
    "TIME": _time_column,
    "TIMESTAMP": _timestamp_column(model.timestamp_ntz(), None),
    "TIMESTAMP_NTZ": _timestamp_column(model.timestamp_ntz(), None),
    "TIMESTAMP_LTZ": _timestamp_column(model.timestamp_ltz(), "UTC"),
    "VARIANT": lambda texts: (model.variant(), texts),
    "OBJECT": lambda texts: (model.object_(), texts),
    "ARRAY": lambda texts: (model.array(), texts),
    "MAP": lambda texts: (model.object_(), texts),
}
