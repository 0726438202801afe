"""Indexes of hybrid tables. Vendor page: "SHOW INDEXES"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dw_simulator.emulators.snowflake.catalog.model import Entry


@dataclass(frozen=True, slots=True)
class Index:
    """An index; ``constraint`` is the name of the key that made it."""

    name: str
    unique: bool
    columns: list[str]
    included: list[str]
    constraint: str | None = None


def indexes_of(entry: Entry) -> Iterator[Index]:
    """The indexes of a hybrid table: those of its keys, and those that were made."""
    if not entry.properties.get("hybrid"):
        return
    for item in entry.constraints:
        label = {"PRIMARY KEY": "PRIMARY", "UNIQUE": "UNIQUE", "FOREIGN KEY": "FOREIGN_KEY"}[item.kind]
        suffix = "" if item.kind == "PRIMARY KEY" else "_" + "_".join(item.columns)
        name = f"SYS_INDEX_{entry.name}_{label}{suffix}"
        yield Index(name, item.kind != "FOREIGN KEY", item.columns, [], item.name)
    for name, columns, included in entry.properties.get("indexes", []):
        yield Index(name, False, columns, included)
