"""Python functions that read text: dates and times, JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dw_simulator.emulators.snowflake.functions import formats
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.translation.casts import not_recognized
from dw_simulator.emulators.snowflake.translation.environment import USUAL_CENTURY

_TYPES = {
    "DATE": "DATE",
    "TIME": "TIME",
    "TIMESTAMP_NTZ": "TIMESTAMP",
    "TIMESTAMP_LTZ": "TIMESTAMPTZ",
    "TIMESTAMP_TZ": "STRUCT(value TIMESTAMPTZ, offset_minutes INTEGER)",
}


def _value(moment: formats.Moment, kind: str, zone: str) -> Any:
    """The value as Arrow takes it: numbers of days and microseconds, as years may be beyond those of Python."""
    match kind:
        case "DATE":
            return moment.days()
        case "TIME":
            return moment.local.time()
        case "TIMESTAMP_NTZ":
            return moment.microseconds()
        case "TIMESTAMP_LTZ":
            return moment.instant(zone)
    instant, minutes = moment.zoned(zone)
    return {"value": instant, "offset_minutes": minutes}


def _parser(kind: str, safe: bool) -> Callable[[str, str, str], Any]:
    def read(text: str, form: str, reading: str) -> Any:
        zone, _, century = reading.partition("|")
        moment = formats.parse(text, kind, form, int(century or USUAL_CENTURY))
        if moment is not None:
            return _value(moment, kind, zone)
        if safe:
            return None
        if form.upper() == "AUTO":
            raise not_recognized(kind)(text)
        from dw_simulator.emulators.snowflake import errors

        raise errors.FORMAT_NOT_MATCHED(text, kind.split("_")[0].lower(), form)

    return read


for _kind, _type in _TYPES.items():
    udf(f"sf_parse_{_kind.lower()}", "VARCHAR VARCHAR VARCHAR", _type)(_parser(_kind, False))
    udf(f"sf_try_parse_{_kind.lower()}", "VARCHAR VARCHAR VARCHAR", _type)(_parser(_kind, True))
