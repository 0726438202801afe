# ruff: noqa: E501 - SQL and message templates
"""Date and time functions. Vendor page: "Date & time functions"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function, rows
from dw_simulator.emulators.snowflake.functions.runtime import macros
from dw_simulator.emulators.snowflake.translation import interval_values
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.intervals import PARTS, date_part
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.translation.binder.base import BinderBase

CATEGORY = "Date & time"
_INTEGER = m.number(38, 0)
_CLOCK = ("HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND", "NANOSECOND")
_INTERVALS = {
    "YEAR": "to_years({})", "QUARTER": "to_months(3 * {})", "MONTH": "to_months({})", "WEEK": "to_days(7 * {})",
    "DAY": "to_days({})", "HOUR": "to_hours({})", "MINUTE": "to_minutes({})", "SECOND": "to_seconds({})",
    "MILLISECOND": "to_milliseconds({})", "MICROSECOND": "to_microseconds({})",
    "NANOSECOND": "to_microseconds(({}) // 1000)",
}  # fmt: skip

macros(
    {
        "month_end(d)": "last_day(d)",
        "day_number(t)": (
            "CASE WHEN t IS NULL THEN NULL WHEN len(ltrim(t)) >= 2 AND "
            "list_contains(['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], upper(left(ltrim(t), 2))) THEN "
            "list_position(['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], upper(left(ltrim(t), 2))) "
            "ELSE CAST(error('sf:100059:' || t) AS INTEGER) END"
        ),
        "week_number(d, w)": "(dayofyear(d) - 1 + ((dayofweek(date_trunc('year', d)) - w + 7) % 7)) // 7 + 1",
        "months_between(a, b)": (
            "CASE WHEN day(a) = day(b) OR (last_day(a) = CAST(a AS DATE) AND last_day(b) = CAST(b AS DATE)) "
            "THEN CAST((year(a) - year(b)) * 12 + month(a) - month(b) AS DOUBLE) ELSE "
            "(year(a) - year(b)) * 12 + month(a) - month(b) + "
            "(day(a) - day(b) + (epoch(CAST(a AS TIME)) - epoch(CAST(b AS TIME))) / 86400.0) / 31.0 END"
        ),
    }
)


# --- adding -----------------------------------------------------------------------------------------------------------
def add_part(_binder: BinderBase, part: str, amount: str, value: Typed) -> Typed:
    """``value`` moved by ``amount`` (integer SQL) of ``part``. A DATE becomes a timestamp for parts below a day."""
    if value.kind not in ("DATE", "TIME", *interval_values.TIMESTAMPS):
        raise errors.INVALID_ARGUMENT_TYPES("DATEADD", f"{part}, {value.type.sql_name()}")
    if part not in _INTERVALS:
        raise errors.SnowflakeError(
            1045, "22023", f"SQL compilation error:\n'{part}' is not a valid date/time component for function DATEADD."
        )
    interval = _INTERVALS[part].format(
        f"CAST({amount} AS {'INTEGER' if part in ('YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY') else 'BIGINT'})"
    )
    match value.kind:
        case "DATE":
            if part in _CLOCK:
                return Typed(f"(CAST({value.sql} AS TIMESTAMP) + {interval})", m.timestamp_ntz())
            return Typed(f"CAST({value.sql} + {interval} AS DATE)", m.date())
        case "TIME":
            if part not in _CLOCK:
                raise errors.SnowflakeError(
                    1045, "22023",
                    f"SQL compilation error:\n'{part}' is not a valid date/time component for function DATEADD and type TIME.",
                )  # fmt: skip
            return Typed(f"({value.sql} + {interval})", m.time())
        case "TIMESTAMP_TZ":
            moved = f"sf.tz_local({value.sql}) + {interval}"
            back = f"(({moved}) - to_minutes(({value.sql}).offset_minutes)) AT TIME ZONE 'UTC'"
            return Typed(f"sf.tz_at({back}, ({value.sql}).offset_minutes)", m.timestamp_tz())
    return Typed(f"({value.sql} + {interval})", value.type)


@function("DATEADD TIMEADD TIMESTAMPADD", CATEGORY, 3)
def dateadd(call: FunctionCall) -> Typed:
    part = date_part(call.word(0), call.name)
    amount = call.as_(1, m.number(18, 0)).sql
    value = call.binder.moment(call.arg(2))
    return add_part(call.binder, part, amount, value)


@function("ADD_MONTHS", CATEGORY, 2)
def add_months(call: FunctionCall) -> Typed:
    """A last day of a month stays a last day."""
    value = call.binder.moment(call.arg(0))
    months = f"CAST({call.as_(1, m.number(18, 0)).sql} AS INTEGER)"
    moved = add_part(call.binder, "MONTH", months, value)
    day = f"CAST({value.sql} AS DATE)" if value.kind != "TIMESTAMP_TZ" else f"CAST(sf.tz_local({value.sql}) AS DATE)"
    if value.kind == "TIMESTAMP_TZ":
        return moved
    end = (
        f"({moved.sql} + to_days(CAST(date_diff('day', CAST({moved.sql} AS DATE), last_day({moved.sql})) AS INTEGER)))"
    )
    sql = f"CASE WHEN last_day({day}) = {day} THEN {end} ELSE {moved.sql} END"
    return Typed(f"CAST({sql} AS DATE)" if value.kind == "DATE" else f"({sql})", value.type)


# --- differences ------------------------------------------------------------------------------------------------------
@function("DATEDIFF TIMEDIFF TIMESTAMPDIFF", CATEGORY, 3)
def datediff(call: FunctionCall) -> Typed:
    part = date_part(call.word(0), call.name)
    start, end = (local(call.binder, call.binder.moment(call.arg(index))) for index in (1, 2))
    return Typed(_difference(call, part, start, end), m.number(18, 0))


def _difference(call: FunctionCall, part: str, start: str, end: str) -> str:
    if part == "WEEK":
        first = _week_start(call)
        shift = f"to_days({(first + 6) % 7})"
        weeks = [f"date_trunc('week', {moment} - {shift})" for moment in (start, end)]
        return f"(date_diff('day', {weeks[0]}, {weeks[1]}) // 7)"
    if part == "NANOSECOND":
        return f"(date_diff('microsecond', {start}, {end}) * 1000)"
    if part not in _INTERVALS:
        raise errors.SnowflakeError(
            1045,
            "22023",
            f"SQL compilation error:\n'{part}' is not a valid date/time component for function {call.name}.",
        )
    return f"date_diff('{part.lower()}', {start}, {end})"


def local(_binder: BinderBase, value: Typed) -> str:
    """The local TIMESTAMP that a moment shows (TIMEs on 1970-01-01)."""
    match value.kind:
        case "TIMESTAMP_TZ":
            return f"sf.tz_local({value.sql})"
        case "TIME":
            return f"(DATE '1970-01-01' + {value.sql})"
        case "DATE" | "TIMESTAMP_LTZ":
            return f"CAST({value.sql} AS TIMESTAMP)"
    return value.sql


@function("MONTHS_BETWEEN", CATEGORY, 2)
def months_between(call: FunctionCall) -> Typed:
    """Vendor pages: "MONTHS_BETWEEN", whose examples have six digits after the point, and Snowpark's
    "months_between", whose values are decimals."""
    a, b = (local(call.binder, call.binder.moment(call.arg(index))) for index in (0, 1))
    return Typed(f"CAST(round(sf.months_between({a}, {b}), 6) AS DECIMAL(38,6))", m.number(38, 6))


# --- truncation -------------------------------------------------------------------------------------------------------
def _week_start(call: FunctionCall) -> int:
    """The first day of the week, 1 Monday to 7 Sunday."""
    return int(call.binder.env.parameter("WEEK_START")) or 1


@function("DATE_TRUNC", CATEGORY, 2)
def date_trunc(call: FunctionCall) -> Typed:
    """Takes part and value in either order."""
    first, second = call.node.args
    swapped = isinstance(second, n.Literal) and second.kind == "string" and second.value.upper() in PARTS
    swapped = swapped and not (isinstance(first, n.Literal) and first.value.upper() in PARTS)
    part = date_part(call.word(1 if swapped else 0), "DATE_TRUNC")
    value = call.binder.moment(call.binder.expression(first if swapped else second))
    return truncate(call, part, value)


def truncate(call: FunctionCall, part: str, value: Typed) -> Typed:
    moment = local(call.binder, value)
    if part == "NANOSECOND":
        return value
    if part == "WEEK":
        shift = f"to_days({(_week_start(call) + 6) % 7})"
        sql = f"(date_trunc('week', {moment} - {shift}) + {shift})"
    elif part == "WEEKISO":
        sql = f"date_trunc('week', {moment})"
    elif part in _INTERVALS:
        sql = f"date_trunc('{part.lower()}', {moment})"
    else:
        raise errors.SnowflakeError(
            1045,
            "22023",
            f"SQL compilation error:\n'{part}' is not a valid date/time component for function DATE_TRUNC.",
        )
    return back(sql, value)


def back(sql: str, value: Typed) -> Typed:
    """A local TIMESTAMP as the type that ``value`` has."""
    match value.kind:
        case "DATE":
            return Typed(f"CAST({sql} AS DATE)", m.date())
        case "TIME":
            return Typed(f"CAST({sql} AS TIME)", m.time())
        case "TIMESTAMP_LTZ":
            return Typed(f"CAST({sql} AS TIMESTAMPTZ)", value.type)
        case "TIMESTAMP_TZ":
            offset = f"({value.sql}).offset_minutes"
            return Typed(f"sf.tz_at((({sql}) - to_minutes({offset})) AT TIME ZONE 'UTC', {offset})", value.type)
    return Typed(sql, value.type)


@function("TRUNC TRUNCATE", CATEGORY, 2)
def trunc_date(call: FunctionCall) -> Typed:
    from dw_simulator.emulators.snowflake.functions.numeric import trunc_number

    value = call.arg(0)
    if value.kind in ("DATE", "TIME", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ"):
        return truncate(call, date_part(call.word(1), call.name), value)
    return trunc_number(call)


@function("LAST_DAY", CATEGORY, 1, 2)
def last_day(call: FunctionCall) -> Typed:
    value = call.binder.moment(call.arg(0))
    part = date_part(call.word(1), "LAST_DAY") if call.count > 1 else "MONTH"
    start = truncate(call, part, Typed(f"CAST({local(call.binder, value)} AS DATE)", m.date())).sql
    step = {"YEAR": "to_years(1)", "QUARTER": "to_months(3)", "MONTH": "to_months(1)", "WEEK": "to_days(7)"}.get(part)
    if step is None:
        raise errors.SnowflakeError(
            1045, "22023", f"SQL compilation error:\n'{part}' is not a valid date/time component for function LAST_DAY."
        )
    return Typed(f"CAST({start} + {step} - to_days(1) AS DATE)", m.date())


@function("NEXT_DAY PREVIOUS_DAY", CATEGORY, 2)
def next_day(call: FunctionCall) -> Typed:
    """The name of the day may be cut to its first two letters; what follows them is not looked at."""
    day = f"CAST({local(call.binder, call.binder.moment(call.arg(0)))} AS DATE)"
    wanted = f"sf.day_number({call.sql(1, 't')})"
    if call.name == "NEXT_DAY":
        return Typed(f"({day} + CAST((({wanted} - isodow({day}) + 6) % 7 + 1) AS INTEGER))", m.date())
    return Typed(f"({day} - CAST(((isodow({day}) - {wanted} + 6) % 7 + 1) AS INTEGER))", m.date())


@function("TIME_SLICE", CATEGORY, 3, 4)
def time_slice(call: FunctionCall) -> Typed:
    """Slices count from 1970-01-01; weeks from the first day of week before it."""
    value = call.binder.moment(call.arg(0))
    length = int(call.constant(1))
    part = date_part(call.word(2), "TIME_SLICE")
    end = str(call.constant(3, "START")).upper() == "END"
    moment = local(call.binder, value)
    if part in ("YEAR", "QUARTER", "MONTH"):
        months = {"YEAR": 12, "QUARTER": 3, "MONTH": 1}[part] * length
        index = f"((year({moment}) - 1970) * 12 + month({moment}) - 1)"
        floor = f"CAST(floor({index} / {months}.0) * {months} AS INTEGER)"
        sql = f"(TIMESTAMP '1970-01-01' + to_months({floor}){f' + to_months({months})' if end else ''})"
    else:
        sql = _slice_by_length(call, moment, part, length, end)
    return back(sql, value)


def _slice_by_length(call: FunctionCall, moment: str, part: str, length: int, end: bool) -> str:
    unit = {"WEEK": 604800, "DAY": 86400, "HOUR": 3600, "MINUTE": 60, "SECOND": 1}.get(part)
    if unit is None:
        raise errors.SnowflakeError(
            1045,
            "22023",
            f"SQL compilation error:\n'{part}' is not a valid date/time component for function TIME_SLICE.",
        )
    width = unit * length * 1_000_000
    origin = 0
    if part == "WEEK":
        origin = (_week_start(call) - 4 - 7) % 7 - 7
        origin = origin * 86_400_000_000
    position = f"(epoch_us({moment}) - ({origin}))"
    floor = f"(CAST(floor({position} / {width}.0) AS BIGINT) * {width} + {origin})"
    return f"make_timestamp({floor}{f' + {width}' if end else ''})"


# --- parts ------------------------------------------------------------------------------------------------------------
def extract(call: FunctionCall, part: str, value: Typed) -> Typed:
    if interval_values.is_interval(value):
        return interval_values.part(value, part, call.name)
    moment = value.sql if value.kind == "DATE" and part in _DATE_PARTS else local(call.binder, value)
    sql = _extract_sql(call, part, value, moment)
    return Typed(f"CAST({sql} AS BIGINT)", m.number(18 if part.startswith("EPOCH") else 4, 0))


_SIMPLE_PARTS = {
    "YEAR": "year({})", "QUARTER": "quarter({})", "MONTH": "month({})", "DAY": "day({})", "HOUR": "hour({})",
    "MINUTE": "minute({})", "SECOND": "second({})", "MILLISECOND": "((microsecond({}) % 1000000) // 1000)",
    "MICROSECOND": "(microsecond({}) % 1000000)", "NANOSECOND": "((microsecond({}) % 1000000) * 1000)",
    "DAYOFYEAR": "dayofyear({})", "DAYOFWEEKISO": "isodow({})", "WEEKISO": "week({})", "YEAROFWEEKISO": "isoyear({})",
}  # fmt: skip
_DATE_PARTS = frozenset({"YEAR", "QUARTER", "MONTH", "DAY", "DAYOFYEAR", "DAYOFWEEKISO", "WEEKISO", "YEAROFWEEKISO"})
"""Parts that a date gives as it is."""
_EPOCHS = {"EPOCH_SECOND": 1_000_000, "EPOCH_MILLISECOND": 1_000, "EPOCH_MICROSECOND": 1}


def _extract_sql(call: FunctionCall, part: str, value: Typed, moment: str) -> str:
    if part in _SIMPLE_PARTS:
        return _SIMPLE_PARTS[part].format(moment)
    if part in _EPOCHS or part == "EPOCH_NANOSECOND":
        instant = {"TIMESTAMP_LTZ": value.sql, "TIMESTAMP_TZ": f"({value.sql}).value"}.get(value.kind, moment)
        micros = f"epoch_us({instant})"
        return (
            f"({micros} * 1000)" if part == "EPOCH_NANOSECOND" else f"CAST(floor({micros} / {_EPOCHS[part]}) AS BIGINT)"
        )
    start = int(call.binder.env.parameter("WEEK_START"))
    if part == "DAYOFWEEK":
        return f"dayofweek({moment})" if start == 0 else f"((isodow({moment}) - {start} + 7) % 7 + 1)"
    if part in ("WEEK", "YEAROFWEEK"):
        return _week_of_year(call, part, moment, start)
    if part.startswith("TIMEZONE") and value.kind in ("TIMESTAMP_LTZ", "TIMESTAMP_TZ"):
        offset = (
            f"({value.sql}).offset_minutes"
            if value.kind == "TIMESTAMP_TZ"
            else f"(sf.tz_of({value.sql})).offset_minutes"
        )
        return f"({offset} // 60)" if part.endswith("HOUR") else f"({offset} % 60)"
    raise errors.SnowflakeError(
        1045, "22023", f"SQL compilation error:\n'{part}' is not a valid date/time component for function {call.name}."
    )


def _week_of_year(call: FunctionCall, part: str, moment: str, start: int) -> str:
    if int(call.binder.env.parameter("WEEK_OF_YEAR_POLICY")) == 1:
        return f"year({moment})" if part == "YEAROFWEEK" else f"sf.week_number({moment}, {(start or 1) % 7})"
    if start in (0, 1):
        return f"isoyear({moment})" if part == "YEAROFWEEK" else f"week({moment})"
    shifted = f"({moment} + to_days({(8 - start) % 7}))"
    return f"isoyear({shifted})" if part == "YEAROFWEEK" else f"week({shifted})"


@function("DATE_PART EXTRACT", CATEGORY, 2)
def date_part_function(call: FunctionCall) -> Typed:
    part = date_part(call.word(0), call.name)
    return extract(call, part, _dated(call, 1))


def _dated(call: FunctionCall, index: int) -> Typed:
    value = call.arg(index)
    return value if interval_values.is_interval(value) else call.binder.moment(value)


@function(
    "YEAR QUARTER MONTH WEEK DAY DAYOFMONTH HOUR MINUTE SECOND DAYOFWEEK DAYOFWEEKISO DAYOFYEAR WEEKISO WEEKOFYEAR "
    "YEAROFWEEK YEAROFWEEKISO",
    CATEGORY,
    1,
)
def part_function(call: FunctionCall) -> Typed:
    part = {"DAYOFMONTH": "DAY", "WEEKOFYEAR": "WEEK"}.get(call.name, call.name)
    return extract(call, part, _dated(call, 0))


@function("DAYNAME MONTHNAME", CATEGORY, 1)
def dayname(call: FunctionCall) -> Typed:
    moment = local(call.binder, call.binder.moment(call.arg(0)))
    return Typed(f"strftime({moment}, '{'%a' if call.name == 'DAYNAME' else '%b'}')", m.text(3))


# --- from parts -------------------------------------------------------------------------------------------------------
@function("DATE_FROM_PARTS DATEFROMPARTS", CATEGORY, 3)
def date_from_parts(call: FunctionCall) -> Typed:
    return Typed(_date_parts(call), m.date())


def _date_parts(call: FunctionCall) -> str:
    year, month, day = (f"CAST({call.as_(index, m.number(18, 0)).sql} AS INTEGER)" for index in range(3))
    return f"CAST(make_date({year}, 1, 1) + to_months({month} - 1) + to_days({day} - 1) AS DATE)"


def _time_micros(call: FunctionCall, first: int) -> str:
    hour, minute, second = (f"CAST({call.as_(first + index, m.number(18, 0)).sql} AS BIGINT)" for index in range(3))
    micros = f"({hour} * 3600 + {minute} * 60 + {second}) * 1000000"
    if call.count > first + 3:
        micros += f" + CAST({call.as_(first + 3, m.number(18, 0)).sql} AS BIGINT) // 1000"
    return f"({micros})"


@function("TIME_FROM_PARTS TIMEFROMPARTS", CATEGORY, 3, 4)
def time_from_parts(call: FunctionCall) -> Typed:
    return Typed(f"CAST(make_timestamp({_time_micros(call, 0)}) AS TIME)", m.time())


_FROM_PARTS = (
    "TIMESTAMP_FROM_PARTS TIMESTAMPFROMPARTS TIMESTAMP_NTZ_FROM_PARTS TIMESTAMPNTZFROMPARTS "
    "TIMESTAMP_LTZ_FROM_PARTS TIMESTAMPLTZFROMPARTS TIMESTAMP_TZ_FROM_PARTS TIMESTAMPTZFROMPARTS"
)


@function(_FROM_PARTS, CATEGORY, 6, 8)
def timestamp_from_parts(call: FunctionCall) -> Typed:
    moment = f"(CAST({_date_parts(call)} AS TIMESTAMP) + to_microseconds({_time_micros(call, 3)}))"
    kind = _parts_kind(call)
    if kind == "TIMESTAMP_TZ" and call.count == 8:
        zone = call.as_(7, m.text()).sql
        instant = f"({moment} AT TIME ZONE {zone})"
        offset = f"date_diff('minute', {instant} AT TIME ZONE 'UTC', {moment})"
        return Typed(f"sf.tz_at({instant}, {offset})", m.timestamp_tz())
    value = Typed(moment, m.timestamp_ntz())
    return call.binder.coerce(value, m.SnowflakeType(kind, precision=0, scale=9))


def _parts_kind(call: FunctionCall) -> str:
    for word in ("NTZ", "LTZ", "TZ"):
        if word in call.name:
            return f"TIMESTAMP_{word}"
    return str(call.binder.env.parameter("TIMESTAMP_TYPE_MAPPING"))


@function(_FROM_PARTS, CATEGORY, 2)
def timestamp_from_date_and_time(call: FunctionCall) -> Typed:
    date, time = call.as_(0, m.date()).sql, call.as_(1, m.time()).sql
    value = Typed(f"({date} + {time})", m.timestamp_ntz())
    return call.binder.coerce(value, m.SnowflakeType(_parts_kind(call), precision=0, scale=9))


# --- zones ------------------------------------------------------------------------------------------------------------
@function("CONVERT_TIMEZONE", CATEGORY, 2)
def convert_timezone(call: FunctionCall) -> Typed:
    """The offset of a text counts: ``'2024-04-05 12:00:00 +02:00'`` is an instant ("CONVERT_TIMEZONE")."""
    zone, value = call.as_(0, m.text()).sql, call.arg(1)
    value = call.binder.coerce(value, m.timestamp_tz()) if value.kind == "TEXT" else call.binder.moment(value)
    instant = call.binder.coerce(value, m.timestamp_ltz()).sql
    offset = f"date_diff('minute', {instant} AT TIME ZONE 'UTC', {instant} AT TIME ZONE {zone})"
    return Typed(f"sf.tz_at({instant}, {offset})", m.timestamp_tz())


@function("CONVERT_TIMEZONE", CATEGORY, 3)
def convert_timezone_ntz(call: FunctionCall) -> Typed:
    source, target = call.as_(0, m.text()).sql, call.as_(1, m.text()).sql
    value = call.as_(2, m.timestamp_ntz()).sql
    return Typed(f"(({value} AT TIME ZONE {source}) AT TIME ZONE {target})", m.timestamp_ntz())


# --- now --------------------------------------------------------------------------------------------------------------
@function("CURRENT_TIMESTAMP LOCALTIMESTAMP GETDATE SYSTIMESTAMP SYSDATE NOW", CATEGORY, 0, 1)
def current_timestamp(call: FunctionCall) -> Typed:
    call.binder.env.volatile = True
    now = call.binder.env.now
    import datetime as dt

    utc = now.astimezone(dt.UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    if call.name == "SYSDATE":
        return Typed(f"TIMESTAMP '{utc}'", m.timestamp_ntz(nullable=False))
    scale = int(call.constant(0, 9))
    return Typed(f"TIMESTAMPTZ '{utc}+00'", m.timestamp_ltz(scale, nullable=False))


@function("CURRENT_DATE", CATEGORY, 0)
def current_date(call: FunctionCall) -> Typed:
    call.binder.env.volatile = True
    return Typed(f"DATE '{call.binder.env.now.date().isoformat()}'", m.date(nullable=False))


@function("CURRENT_TIME LOCALTIME", CATEGORY, 0, 1)
def current_time(call: FunctionCall) -> Typed:
    call.binder.env.volatile = True
    now = call.binder.env.now.time().replace(tzinfo=None).isoformat()
    return Typed(f"TIME {literal(now)}", m.time(int(call.constant(0, 9)), nullable=False))


rows(CATEGORY, [("DATE_TO_EPOCH_DAYS", "d", _INTEGER, "CAST({0} - DATE '1970-01-01' AS BIGINT)")])
