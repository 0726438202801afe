"""Prebuilt value pools: names, cities, companies, words. The lists are this project's own.

Each file in ``data/`` holds one entry a line, in UTF-8; ``#`` starts a comment line. Entries of several fields separate
them with ``|``. Order matters: the bytes generated from a seed depend on it.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import pyarrow as pa
import pyarrow.compute as pc


@lru_cache(maxsize=64)
def records(name: str) -> tuple[tuple[str, ...], ...]:
    """The entries of a pool, each split into its fields."""
    text = files(__package__).joinpath("data", f"{name}.txt").read_text("utf-8")
    lines = (line.strip() for line in text.splitlines())
    return tuple(tuple(line.split("|")) for line in lines if line and not line.startswith("#"))


@lru_cache(maxsize=256)
def pool(name: str, field: int = 0) -> pa.Array:
    """The different values of one field of a pool, in the order of the file."""
    return pa.array(list(dict.fromkeys(record[field] for record in records(name))), pa.string())


def words(name: str, field: int = 0) -> list[str]:
    values: list[str] = pool(name, field).to_pylist()
    return values


@lru_cache(maxsize=64)
def letters(name: str, field: int = 0) -> pa.Array:
    """The pool reduced to ``a`` to ``z``: for logins, mail addresses and host names."""
    reduced = ("".join(c for c in value.lower() if "a" <= c <= "z") for value in words(name, field))
    return pa.array(list(dict.fromkeys(value for value in reduced if value)), pa.string())


def fitting(values: pa.Array, limit: int) -> pa.Array:
    """The values of at most ``limit`` bytes."""
    return values.filter(pc.less_equal(pc.binary_length(values), limit))
