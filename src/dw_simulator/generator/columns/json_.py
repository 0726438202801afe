"""JSON: small documents as text, for SUPER and VARIANT columns."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache

import pyarrow as pa

from dw_simulator.generator import pools
from dw_simulator.generator.columns.common import texts
from dw_simulator.generator.domain import Domain, Pool
from dw_simulator.generator.guess import plain_name
from dw_simulator.generator.registry import Request, RuleProblem, family
from dw_simulator.generator.streams import Stream
from dw_simulator.schema.model import DataType

_DOCUMENTS = 4096

Draw = Callable[[int], int]
"""Draw(n) is a random number in [0, n)."""

Shape = Callable[[Draw], object]


@family(DataType.JSON)
def documents(request: Request) -> Domain:
    """Objects, or arrays for names such as ``tags`` and ``items``. Validation lets no JSON column be unique."""
    shape = next((make for words, make in _SHAPES if _matches(request, words)), _properties)
    fitting = pools.fitting(_documents(shape), request.limit)
    if not len(fitting):
        raise RuleProblem(f"no document fits into {request.limit} bytes", "widen the column")
    return Pool(fitting)


@lru_cache(maxsize=16)
def _documents(shape: Shape) -> pa.Array:
    """Equal for all columns and seeds: which document a row gets is what depends on them."""
    numbers = iter(Stream("documents", shape.__name__).words(0, _DOCUMENTS * 64).tolist())

    def draw(count: int) -> int:
        return int(next(numbers)) % count

    return texts([json.dumps(shape(draw), separators=(",", ":")) for _ in range(_DOCUMENTS)])


def _matches(request: Request, words: str) -> bool:
    name = plain_name(request.table.name, request.column.name)
    return any(name == word or name.endswith("_" + word) for word in words.split())


def _pick(draw: Draw, pool: str) -> str:
    values = pools.words(pool)
    return values[draw(len(values))]


def _properties(draw: Draw) -> object:
    return {
        "source": ("web", "mobile", "store", "partner")[draw(4)],
        "score": draw(10_000) / 100,
        "active": draw(4) > 0,
        "tags": _tags(draw),
        "owner": {"name": _pick(draw, "first_names"), "id": draw(100_000)},
    }


def _tags(draw: Draw) -> object:
    return [_pick(draw, "words") for _ in range(draw(5))]


def _items(draw: Draw) -> object:
    return [
        {"sku": f"SKU-{draw(100_000):05}", "qty": 1 + draw(5), "price": (50 + draw(20_000)) / 100}
        for _ in range(1 + draw(4))
    ]


def _address(draw: Draw) -> object:
    places = pools.records("cities")
    city, state, area = places[draw(len(places))]
    street = f"{1 + draw(9999)} {_pick(draw, 'streets')} {_pick(draw, 'street_suffixes')}"
    return {"street": street, "city": city, "state": state, "zip": f"{area}{draw(100):02}"}


def _settings(draw: Draw) -> object:
    return {
        "theme": ("light", "dark", "auto")[draw(3)],
        "locale": _pick(draw, "locales"),
        "newsletter": draw(2) == 1,
        "limits": {"daily": 10 * (1 + draw(20)), "monthly": None if draw(5) == 0 else 100 * (1 + draw(20))},
    }


def _event(draw: Draw) -> object:
    return {
        "type": ("view", "click", "add_to_cart", "purchase", "signup")[draw(5)],
        "page": f"/{_pick(draw, 'words')}/{_pick(draw, 'words')}",
        "duration_ms": draw(60_000),
        "device": {"os": ("Windows", "macOS", "Linux", "iOS", "Android")[draw(5)], "version": 1 + draw(20)},
    }


_SHAPES: list[tuple[str, Shape]] = [
    ("tags labels keywords categories skills", _tags),
    ("items lines line_items products order_lines", _items),
    ("address location place", _address),
    ("settings preferences config configuration options", _settings),
    ("event payload events request response message", _event),
]
