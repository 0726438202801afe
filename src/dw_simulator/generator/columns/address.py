"""Places: streets, cities, states, countries, codes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import pyarrow as pa

from dw_simulator.generator import pools
from dw_simulator.generator.columns.common import add_pool, code, from_pool, texts, within
from dw_simulator.generator.composed import Choice, Composed, Digits, Part, picked
from dw_simulator.generator.domain import Domain
from dw_simulator.generator.registry import Request, rule
from dw_simulator.generator.streams import U64
from dw_simulator.generator.transforms import AnyInt

add_pool("city", file="cities", description="Cities")
add_pool("state", "administrative_unit", file="states", description="States of the United States")
add_pool("state_abbr", file="states", field=1, description="Two-letter codes of states")
add_pool("country", file="countries", description="Countries")
add_pool("country_code", file="countries", field=1, description="Two-letter country codes (ISO 3166-1)")
add_pool("country_code_3", file="countries", field=2, description="Three-letter country codes (ISO 3166-1)")
add_pool("continent", file="countries", field=3, description="Continents")


@rule("region")
def region(request: Request) -> Domain:
    """Sales regions"""
    parts = ["North", "South", "East", "West", "Central", "Northeast", "Northwest", "Southeast", "Southwest"]
    return from_pool(request, texts(parts))


@rule("zipcode", "postcode", "postalcode", "zip")
def zipcode(request: Request) -> Domain:
    """Five-digit postal codes; with four more digits for a unique column that needs them"""
    areas = texts([area for _, _, area in pools.records("cities")])
    five = Composed(Choice(areas), Digits(0, 100, 2))
    if request.limit < 5:
        return code(request)
    if five.size >= request.wanted or request.limit < 10:
        return within(request, lambda: five, lambda: Composed(Digits(0, 100_000, 5)))
    return within(
        request,
        lambda: Composed(Choice(areas), Digits(0, 100, 2), "-", Digits(0, 10_000, 4)),
        lambda: Composed(Digits(0, 100_000, 5), "-", Digits(0, 10_000, 4)),
    )


@rule("street_name")
def street_name(request: Request) -> Domain:
    """Streets without a number"""
    streets, kinds = pools.words("streets"), pools.words("street_suffixes")
    return from_pool(request, texts([f"{street} {kind}" for street in streets for kind in kinds]))


@rule("street_address")
def street_address(request: Request) -> Domain:
    """House number and street"""
    return within(request, *_streets(request))


def _streets(request: Request, *tail: Part) -> list[Callable[[], Composed]]:
    streets = pools.pool("streets")
    kinds = Choice([f" {kind}" for kind in pools.words("street_suffixes")])
    short_kinds = Choice([" St", " Rd", " Ave", " Ln"])
    short = pools.fitting(streets, 7)
    most = max(9_999, min(99_999, request.wanted // (len(streets) * kinds.size) * 2))
    return [
        lambda: Composed(_house(most), " ", Choice(streets), kinds, *tail),
        lambda: Composed(_house(most), " ", Choice(short), short_kinds, *tail),
        lambda: Composed(_house(most), *tail),
    ]


@lru_cache(maxsize=8)
def _house(most: int) -> Choice:
    return Choice([str(number) for number in range(1, most + 1)])


@rule("address")
def address(request: Request) -> Domain:
    """House number, street, city, state and postal code in one line"""
    places = Choice(texts([f", {city}, {state} {area}01" for city, state, area in pools.records("cities")]))
    full = _streets(request, places)[0]
    return within(request, full, *_streets(request))


@rule("secondary_address")
def secondary_address(request: Request) -> Domain:
    """Apartments and suites"""
    return within(
        request,
        lambda: Composed(Choice(["Apt. ", "Suite ", "Unit ", "Floor "]), Digits(100, 900)),
        lambda: Composed(Digits(100, 900)),
        lambda: Composed(Digits(1, 9)),
    )


@rule("building_number")
def building_number(request: Request) -> Domain:
    """House numbers"""
    return within(request, lambda: Composed(_house(9_999)), lambda: Composed(_house(9)))


class _Degrees:
    """A part from ``-most`` to ``most`` degrees, to four digits (about 11 m)."""

    _SCALE = 4

    def __init__(self, most: int) -> None:
        self._most = most * 10**self._SCALE
        self.size = 2 * self._most + 1
        self.width = len(str(most)) + self._SCALE + 2
        self._wholes = pa.array([f"{sign}{whole}." for sign in ("", "-") for whole in range(most + 1)], pa.string())
        self.pools: Sequence[pa.Array] = (self._wholes, *Digits(0, 10**self._SCALE).pools)

    def entries(self, index: U64) -> Sequence[AnyInt]:
        steps = index.view(np.int64) - self._most
        whole, rest = np.divmod(np.abs(steps).astype(np.uint64), np.uint64(10**self._SCALE))
        whole += (steps < 0).astype(np.uint64) * np.uint64(len(self._wholes) // 2)
        return whole, rest

    def text(self, index: U64) -> pa.Array:
        return picked(self, index)


@rule("geo_point", "latlng", "coordinates")
def geo_point(request: Request) -> Domain:
    """Latitude and longitude in degrees, such as ``52.5200,13.4050``"""
    return within(request, lambda: Composed(_Degrees(90), ",", _Degrees(180)))


@rule("wkt_point")
def wkt_point(request: Request) -> Domain:
    """A point as WKT, longitude first, such as ``POINT(13.4050 52.5200)``"""
    return within(request, lambda: Composed("POINT(", _Degrees(180), " ", _Degrees(90), ")"))
