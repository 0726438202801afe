"""Any provider of the Faker package, as a pool that is built once in a process. Faker is an optional extra.

The pool is deterministic by seed for one version of Faker.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pyarrow as pa

from dw_simulator.generator.columns.common import texts, type_text
from dw_simulator.generator.domain import Domain, Listed, Pool
from dw_simulator.generator.registry import RULES, Request, RuleProblem
from dw_simulator.schema.suggest import did_you_mean

POOL_SIZE = 2000
_TRIES = 5
"""How many values are drawn for each one that is wanted, before a provider counts as exhausted."""

INSTALL = "pip install 'dw-simulator[faker]'"


def faker_domain(request: Request, provider: str) -> Domain:
    """A pool of values of ``provider``, as text.

    Raises:
        RuleProblem: Faker is not installed, has no such provider, the provider fails without arguments, or its values
            are longer than the column.
    """
    stream_key = request.stream("faker").key[0] & 0xFFFFFFFF
    values = _values(provider, stream_key, max(POOL_SIZE, request.wanted), bool(request.wanted), request.limit)
    if not len(values):
        raise RuleProblem(f"no value of the Faker provider {provider!r} fits into {type_text(request)}", "widen it")
    return Listed(values) if request.wanted > POOL_SIZE else Pool(values)


@lru_cache(maxsize=256)
def _values(provider: str, seed: int, count: int, exhaust: bool, limit: int) -> pa.Array:
    draw = _provider(provider)(seed)
    tries = count * (_TRIES if exhaust else 1)
    found: dict[str, None] = {}
    for _ in range(tries):
        value = _text(next(draw))
        if value and len(value.encode()) <= limit:
            found[value] = None
        if len(found) >= count:
            break
    return texts(list(found))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _provider(name: str) -> Any:
    if importlib.util.find_spec("faker") is None:
        known = sorted(RULES)
        raise RuleProblem(
            f"the rule {name!r} is not built in, and the Faker package, which may know it, is not installed",
            f"{INSTALL}, or use a built-in rule: {did_you_mean(name, known, 'they are')}",
        )
    from faker import Faker

    probe = Faker()
    method = None if name.startswith("_") else getattr(probe.factories[0], name, None)
    if not callable(method) or name in _NOT_PROVIDERS:
        providers = {entry for entry in dir(probe.factories[0]) if not entry.startswith("_")} - _NOT_PROVIDERS
        close = did_you_mean(name, sorted({*RULES, *providers}), "")
        hint = close if close.startswith("did") else did_you_mean(name, sorted(RULES), "built-in rules are")
        raise RuleProblem(f"there is no rule and no Faker provider {name!r}", hint)
    return lambda seed: _draw(name, seed)


_NOT_PROVIDERS = {
    "add_provider",
    "del_arguments",
    "format",
    "get_arguments",
    "get_formatter",
    "get_providers",
    "parse",
    "provider",
    "seed",
    "seed_instance",
    "set_arguments",
    "set_formatter",
    "seed_locale",
    "random",
}


def _draw(name: str, seed: int) -> Iterator[Any]:
    from faker import Faker

    source = Faker()
    source.seed_instance(seed)
    method = getattr(source, name)
    while True:
        try:
            value = method()
        except Exception as error:
            raise RuleProblem(
                f"the Faker provider {name!r} fails without arguments: {error}", "use another rule"
            ) from error
        yield value
