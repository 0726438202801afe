"""Any provider of the Faker package, as a pool that is built once and kept on disk. Faker is an optional extra.

The pool is deterministic by seed for one version of Faker.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import threading
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from dw_simulator.generator.columns.common import texts, type_text
from dw_simulator.generator.domain import Domain, Listed, Pool
from dw_simulator.generator.registry import RULES, Request, RuleProblem, find_rule
from dw_simulator.schema.suggest import did_you_mean

DEFAULT_LOCALE = "en_US"
POOL_SIZE = 2000
_TRIES = 5
"""How many values are drawn for each one that is wanted, before a provider counts as exhausted."""

INSTALL = "pip install 'dw-simulator[faker]'"


LOCAL_NAMES = {"zipcode": "postcode", "zip": "postcode", "postalcode": "postcode", "username": "user_name"}
LOCAL_NAMES |= {"phone": "phone_number", "full_name": "name", "company_name": "company", "paragraph": "text"}
"""Built-in rules that Faker calls otherwise."""


def localised(request: Request, locale: str) -> Domain:
    """What the column's rule (or its name) means in a locale.

    Raises:
        RuleProblem: as :func:`faker_domain`; or nothing says what the values are.
    """
    rule = request.column.faker_rule or request.guess.rule
    if rule is None:
        raise RuleProblem(f"nothing says what has the locale {locale!r}", "give it a faker_rule, such as name or city")
    name = rule.removeprefix("faker.")
    entry, argument = find_rule(rule)
    if entry is not None and (argument or not _is_local(LOCAL_NAMES.get(name, name), locale)):
        raise RuleProblem(f"the rule {rule!r} is the same in every locale, so {locale!r} says nothing", "remove locale")
    return faker_domain(request, LOCAL_NAMES.get(name, name), locale)


def _is_local(provider: str, locale: str) -> bool:
    """Whether Faker may have values of the locale; True where it is not known yet that it has none."""
    if importlib.util.find_spec("faker") is None:
        return True
    from faker import Faker
    from faker.config import AVAILABLE_LOCALES

    return locale not in AVAILABLE_LOCALES or hasattr(Faker(locale).factories[0], provider)


def faker_domain(request: Request, provider: str, locale: str = DEFAULT_LOCALE) -> Domain:
    """A pool of values of ``provider``, as text.

    Raises:
        RuleProblem: Faker is not installed, has no such provider or locale, the provider fails without arguments, or
            its values are longer than the column.
    """
    stream_key = request.stream("faker").key[0] & 0xFFFFFFFF
    number = max(POOL_SIZE, request.wanted)
    wanted = _Wanted(provider, locale, stream_key, number, bool(request.wanted), request.limit)
    values = _values(wanted, request.pools)
    if not len(values):
        raise RuleProblem(f"no value of the Faker provider {provider!r} fits into {type_text(request)}", "widen it")
    return Listed(values) if request.wanted > POOL_SIZE else Pool(values)


class _Wanted(NamedTuple):
    """``number`` values of at most ``limit`` bytes; ``exhaust``: try harder to get as many different ones."""

    provider: str
    locale: str
    seed: int
    number: int
    exhaust: bool
    limit: int


@lru_cache(maxsize=256)
def _values(wanted: _Wanted, folder: Path | None) -> pa.Array:
    draw = _provider(wanted.provider, wanted.locale)(wanted.seed)
    if folder is None:
        return _made(wanted, draw)
    digest = hashlib.blake2b(repr((*wanted, version("faker"))).encode(), digest_size=12).hexdigest()
    path = folder / f"{wanted.provider}-{wanted.locale}-{digest}.arrow"
    found = _kept(path)
    if found is None:
        found = _made(wanted, draw)
        _keep(path, found)
    return found


def _kept(path: Path) -> pa.Array | None:
    """The values of a file; None if it is not there, or is not whole."""
    try:
        with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as reader:
            return pa.concat_arrays(reader.read_all().column(0).chunks or [pa.array([], pa.string())])
    except (FileNotFoundError, pa.ArrowInvalid):
        return None


def _keep(path: Path, values: pa.Array) -> None:
    """Write the file whole or not at all: several processes may do so at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
    with pa.ipc.new_file(str(part), pa.schema([("value", pa.string())])) as writer:
        writer.write_batch(pa.RecordBatch.from_arrays([values], names=["value"]))
    part.replace(path)


def _made(wanted: _Wanted, draw: Iterator[Any]) -> pa.Array:
    count, limit = wanted.number, wanted.limit
    tries = count * (_TRIES if wanted.exhaust else 1)
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


def _provider(name: str, locale: str) -> Callable[[int], Iterator[Any]]:
    if importlib.util.find_spec("faker") is None:
        known = sorted(RULES)
        raise RuleProblem(
            f"the rule {name!r} is not built in, and the Faker package, which may know it, is not installed",
            f"{INSTALL}, or use a built-in rule: {did_you_mean(name, known, 'they are')}",
        )
    from faker import Faker
    from faker.config import AVAILABLE_LOCALES

    if locale not in AVAILABLE_LOCALES:
        close = did_you_mean(locale, sorted(AVAILABLE_LOCALES), "locales are")
        raise RuleProblem(f"there is no locale {locale!r}", close)
    probe = Faker(locale)
    method = None if name.startswith("_") else getattr(probe.factories[0], name, None)
    if not callable(method) or name in _NOT_PROVIDERS:
        providers = {entry for entry in dir(probe.factories[0]) if not entry.startswith("_")} - _NOT_PROVIDERS
        close = did_you_mean(name, sorted({*RULES, *providers}), "")
        hint = close if close.startswith("did") else did_you_mean(name, sorted(RULES), "built-in rules are")
        raise RuleProblem(f"there is no rule and no Faker provider {name!r}", hint)
    return lambda seed: _draw(name, locale, seed)


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


def _draw(name: str, locale: str, seed: int) -> Iterator[Any]:
    from faker import Faker

    source = Faker(locale)
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
