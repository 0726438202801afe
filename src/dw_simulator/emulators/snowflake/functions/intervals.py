"""Values of interval types at run time. Vendor page: "Date & time data types" (interval data types)."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.typing import resolve
from dw_simulator.emulators.snowflake.types import interval
from dw_simulator.emulators.snowflake.types.model import SnowflakeType


@lru_cache(maxsize=512)
def _kind(name: str) -> SnowflakeType:
    return resolve(Parser(name).type_ref())


@udf("sf_interval_parse", "VARCHAR VARCHAR BOOLEAN", "VARCHAR")
def _parse(text: str, kind: str, safe: bool) -> str | None:
    return parsed_interval(text, _kind(kind), safe)


def parsed_interval(text: str, kind: SnowflakeType, safe: bool) -> str | None:
    """Text as the number that keeps an interval. Raises SnowflakeError 100366, unless ``safe``."""
    try:
        return str(interval.parse(text, kind))
    except interval.Invalid as error:
        if safe:
            return None
        raise errors.INTERVAL_NOT_RECOGNIZED(error) from None


@udf("sf_interval_text", "VARCHAR VARCHAR", "VARCHAR")
def _text(value: str, kind: str) -> str:
    return interval.text_of(int(value), _kind(kind))


@udf("sf_interval_fit", "VARCHAR VARCHAR VARCHAR VARCHAR", "VARCHAR")
def _fit(value: str, kind: str, described: str, doing: str) -> str:
    """A value that is to be of a type. Raises SnowflakeError 100367: it has more digits than the type."""
    target, number = _kind(kind), int(value)
    if abs(number) < interval.limit(target):
        return value
    if doing == "cast":
        whole = interval.make("YEAR TO MONTH" if target.name == interval.YEAR_MONTH else "DAY TO SECOND")
        raise errors.INTERVAL_OUT_OF_RANGE(f", type: {described} value: {interval.text_of(number, whole)}")
    if doing == "number":
        raise errors.INTERVAL_OUT_OF_RANGE(f", type: {described} value: {number // interval.unit(target)}")
    raise errors.INTERVAL_OUT_OF_RANGE(f" after {doing}, type: {described}")


@udf("sf_interval_no_number", "VARCHAR VARCHAR", "VARCHAR")
def _no_number(value: str, described: str) -> str:
    raise errors.INTERVAL_OF_NUMBER(value, described)


@udf("sf_interval_part", "VARCHAR VARCHAR VARCHAR", "BIGINT")
def _part(value: str, kind: str, part: str) -> int:
    """A field, with the sign of the whole."""
    target = _kind(kind)
    number = interval.split(int(value), target)[interval.fields_of(target).index(part)]
    return -number if int(value) < 0 else number


@udf("sf_interval_percentile", "VARCHAR[] DOUBLE", "VARCHAR")
def _percentile(values: list[str | None], fraction: float) -> str | None:
    """The value at a fraction of the sorted ones, between two of them by its distance."""
    numbers = sorted(int(value) for value in values if value is not None)
    if not numbers:
        return None
    place = Fraction(fraction) * (len(numbers) - 1)
    low, high = numbers[int(place)], numbers[min(int(place) + 1, len(numbers) - 1)]
    return str(int(low + (high - low) * (place - int(place))))


@udf("sf_interval_median", "VARCHAR[]", "VARCHAR")
def _median(values: list[str | None]) -> str | None:
    numbers = sorted(int(value) for value in values if value is not None)
    if not numbers:
        return None
    total = numbers[(len(numbers) - 1) // 2] + numbers[len(numbers) // 2]
    return str(abs(total) // 2 * (-1 if total < 0 else 1))
