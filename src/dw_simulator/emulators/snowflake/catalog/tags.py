"""Tags of objects and columns, and what is inherited. Vendor pages: "Object tagging", "TAG_REFERENCES"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import tag_propagation
from dw_simulator.emulators.snowflake.catalog.model import TABLE_KINDS, TAGS, Entry
from dw_simulator.emulators.snowflake.catalog.store import Catalog

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.catalog.view import SessionCatalog

ACCOUNT_DOMAINS = ("DATABASE", "WAREHOUSE", "ROLE", "USER", "INTEGRATION", "ACCOUNT")
SCHEMA_DOMAINS = ("STAGE", "SEQUENCE", "FUNCTION", "PROCEDURE", "STREAM", "TASK", "PIPE", "ALERT", "DATABASE ROLE")
DOMAINS = (*ACCOUNT_DOMAINS, *SCHEMA_DOMAINS, "SCHEMA", "TABLE", "COLUMN")


@dataclass(frozen=True, slots=True)
class Reference:
    """A tag with its value for an object or a column. ``level`` is the domain of the ``holder`` it is set on, or has it
    from what it is made of (``propagated``)."""

    tag: Entry
    value: str
    level: str
    holder: Entry
    propagated: bool = False


def domain_of(entry: Entry) -> str:
    return "TABLE" if entry.kind in TABLE_KINDS and entry.kind != "STREAM" else entry.kind


def references(catalog: Catalog, entry: Entry, column: str | None = None) -> list[Reference]:
    """The tags of an object or of one of its columns; of a tag that is set on several levels the nearest counts."""
    found: dict[int, Reference] = {}
    for level, holder, values, propagated in _levels(catalog, entry, column):
        for ident, value in values.items():
            tag = catalog.by_id(int(ident))
            if tag is not None and tag.id not in found:
                found[tag.id] = Reference(tag, value, level, holder, propagated)
    return sorted(found.values(), key=lambda item: item.tag.parts)


Level = tuple[str, Entry, dict[str, str], bool]


def _levels(catalog: Catalog, entry: Entry, column: str | None) -> Iterator[Level]:
    """What may carry tags for an object, from the nearest to the account."""
    if column is not None:
        named = entry.column(column)
        yield "COLUMN", entry, named.tags if named is not None else {}, False
        yield "COLUMN", entry, tag_propagation.values(catalog, entry, column), True
    yield domain_of(entry), entry, _set_on(entry), False
    if entry.is_table or entry.kind == "VIEW":
        yield domain_of(entry), entry, tag_propagation.values(catalog, entry), True
    if entry.schema:
        yield from _level("SCHEMA", catalog.get("SCHEMA", entry.database, "", entry.schema))
    if entry.database:
        yield from _level("DATABASE", catalog.get("DATABASE", name=entry.database))
    if entry.kind != "ACCOUNT":
        for account in catalog.entries("ACCOUNT"):
            yield from _level("ACCOUNT", account)


def _level(level: str, entry: Entry | None) -> Iterator[Level]:
    if entry is not None:
        yield level, entry, _set_on(entry), False


def _set_on(entry: Entry) -> dict[str, str]:
    values: dict[str, str] = entry.properties.get(TAGS, {})
    return values


def all_set(catalog: Catalog) -> Iterator[tuple[Reference, Entry, str | None]]:
    """Every tag that is set somewhere, with the object and the column it is set on."""
    for entry in catalog.entries():
        holders = [(None, _set_on(entry)), *((column.name, column.tags) for column in entry.columns)]
        for column, values in holders:
            moved = tag_propagation.values(catalog, entry, column)
            for ident, value in (moved | values).items():
                tag = catalog.by_id(int(ident))
                if tag is not None:
                    level = domain_of(entry) if column is None else "COLUMN"
                    yield Reference(tag, value, level, entry, ident not in values), entry, column


def tagged(view: SessionCatalog, domain: str, parts: tuple[str, ...]) -> tuple[Entry, str | None]:
    """The object (and column) of a domain by its name, as SYSTEM$GET_TAG takes it.

    Raises:
        SnowflakeError: 002003, there is none; 001008, no such domain.
    """
    domain = domain.upper()
    if domain not in DOMAINS and domain not in TABLE_KINDS:
        raise errors.INVALID_PARAMETER_VALUE(domain, "object_domain")
    if domain == "COLUMN":
        table = view.require("TABLE", parts[:-1], "DESCRIBE")
        if table.column(parts[-1]) is None:
            raise errors.KIND_NOT_FOUND("Column", ".".join(parts))
        return table, parts[-1]
    if domain in TABLE_KINDS and domain != "STREAM":
        return view.require("TABLE", parts, "DESCRIBE"), None
    if domain in SCHEMA_DOMAINS:
        return view.require(domain, parts), None
    if domain == "SCHEMA":
        database = parts[0] if len(parts) == 2 else view.database
        return view.catalog.schema(database or "", parts[-1]), None
    entry = view.catalog.get(domain, name=parts[-1])
    if entry is None:
        raise errors.KIND_NOT_FOUND(domain.capitalize(), parts[-1])
    return entry, None
