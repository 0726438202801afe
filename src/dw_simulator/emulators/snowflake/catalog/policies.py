"""Masking and row access policies: where they are set, and what they say about a table.

Vendor pages: "Understanding Column-level Security", "Understanding row access policies", "Tag-based masking policies".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import tags
from dw_simulator.emulators.snowflake.catalog.model import Entry, TableColumn, type_from_json
from dw_simulator.emulators.snowflake.catalog.store import Catalog
from dw_simulator.emulators.snowflake.translation.environment import PolicyCall, Protection
from dw_simulator.emulators.snowflake.translation.text import written
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.catalog.view import SessionCatalog

MASKING, ROW_ACCESS = "MASKING POLICY", "ROW ACCESS POLICY"
KINDS = (MASKING, ROW_ACCESS)
ROWS = "row_access_policy"
"""The property of a table or view with its row access policy: ``id`` and the keys of its columns (``on``)."""
TAG_POLICIES = "policies"
"""The property of a tag with its masking policies: their ids by the name of the type that they mask."""


@dataclass(frozen=True, slots=True)
class Use:
    """A policy on a table or view, or on a column of it (``keys`` are the columns its arguments are)."""

    policy: Entry
    entry: Entry
    keys: tuple[str, ...]
    column: str | None = None
    tag: Entry | None = None


def arguments_of(policy: Entry) -> list[tuple[str, SnowflakeType]]:
    return [(name, type_from_json(dict(kind))) for name, kind in policy.properties["arguments"]]


def signature(policy: Entry) -> str:
    return "(" + ", ".join(f"{name} {kind.sql_name()}" for name, kind in arguments_of(policy)) + ")"


# --- what is set where ------------------------------------------------------------------------------------------------
def _required(catalog: Catalog, ident: int, entry: Entry) -> Entry:
    """The policy of that id. What has lost its policy (by UNDROP) is not read without one."""
    policy = catalog.by_id(ident)
    if policy is None:
        raise errors.POLICY_GONE(entry.full_name)
    return policy


def row_use(catalog: Catalog, entry: Entry) -> Use | None:
    found = entry.properties.get(ROWS)
    if found is None:
        return None
    return Use(_required(catalog, found["id"], entry), entry, tuple(found["on"]))


def _tags_mask(catalog: Catalog) -> bool:
    return catalog.remembered(
        "tags with policies", lambda: any(tag.properties.get(TAG_POLICIES) for tag in catalog.entries("TAG"))
    )


def mask_use(catalog: Catalog, entry: Entry, column: TableColumn) -> Use | None:
    """The masking policy of a column: its own, else that of a tag. Raises when tags disagree."""
    if column.policy is not None:
        policy = _required(catalog, column.policy["id"], entry)
        return Use(policy, entry, tuple(column.policy["using"]), column.name)
    if not _tags_mask(catalog):
        return None
    found = []
    for reference in tags.references(catalog, entry, column.name):
        ident = reference.tag.properties.get(TAG_POLICIES, {}).get(column.type.name)
        if ident is not None:
            found.append(Use(_required(catalog, ident, entry), entry, (column.key,), column.name, reference.tag))
    if len(found) > 1:
        raise errors.TAG_POLICIES_CONFLICT(column.name, ", ".join(str(use.tag and use.tag.full_name) for use in found))
    return found[0] if found else None


def uses_in(catalog: Catalog, entry: Entry) -> Iterator[Use]:
    """The policies of a table or view and of its columns, without those that a query could not apply."""
    finders: list[Callable[[], Use | None]] = [partial(row_use, catalog, entry)]
    finders += [partial(mask_use, catalog, entry, column) for column in entry.columns]
    for find in finders:
        try:
            use = find()
        except errors.SnowflakeError:  # lost, or tags disagree: who reads the table is told
            continue
        if use is not None:
            yield use


def uses_of(catalog: Catalog, policy: Entry) -> Iterator[Use]:
    """Where a policy is set."""
    for entry in catalog.entries():
        if entry.columns:
            yield from (use for use in uses_in(catalog, entry) if use.policy.id == policy.id)


def is_used(catalog: Catalog, policy: Entry) -> bool:
    if any(policy.id in tag.properties.get(TAG_POLICIES, {}).values() for tag in catalog.entries("TAG")):
        return True
    return next(uses_of(catalog, policy), None) is not None


def used_outside(catalog: Catalog, database: str, schema: str | None) -> Entry | None:
    """A policy of a database or schema that something outside of it has."""
    for kind in KINDS:
        for policy in catalog.entries(kind, database, schema):
            for use in uses_of(catalog, policy):
                if use.entry.database != database or (schema is not None and use.entry.schema != schema):
                    return policy
    return None


REFERENCE_COLUMNS = (
    "POLICY_DB POLICY_SCHEMA POLICY_NAME POLICY_KIND REF_DATABASE_NAME REF_SCHEMA_NAME REF_ENTITY_NAME "
    "REF_ENTITY_DOMAIN REF_COLUMN_NAME REF_ARG_COLUMN_NAMES TAG_DATABASE TAG_SCHEMA TAG_NAME POLICY_STATUS"
)


def reference_row(use: Use) -> tuple[Any, ...]:
    """A use as POLICY_REFERENCES shows it (``REFERENCE_COLUMNS``)."""
    names = {column.key: column.name for column in use.entry.columns}
    arguments = [names[key] for key in use.keys[1 if use.column else 0 :]]
    tag = use.tag.parts if use.tag is not None else (None, None, None)
    return (
        *use.policy.parts, use.policy.kind.replace(" ", "_"), *use.entry.parts, use.entry.kind, use.column,
        json.dumps(arguments) if arguments else None, *tag, "ACTIVE",
    )  # fmt: skip


# --- what is applied --------------------------------------------------------------------------------------------------
def protection_of(catalog: Catalog, entry: Entry) -> Protection | None:
    """What a query must apply before it sees the rows of a table or view; None if nothing."""
    masks = {}
    for column in entry.columns:
        use = mask_use(catalog, entry, column)
        if use is not None:
            if column.computed is not None and entry.kind == "TABLE":
                raise errors.UNSUPPORTED_FEATURE(f"masking policy of a tag on the virtual column {column.name}")
            masks[column.key] = _call(use)
    rows = row_use(catalog, entry)
    if not masks and rows is None:
        return None
    return Protection(entry.parts, masks, _call(rows) if rows is not None else None)


def _call(use: Use) -> PolicyCall:
    policy = use.policy
    returns = type_from_json(dict(policy.properties["returns"]))
    return PolicyCall(policy.parts, policy.owner, policy.text, arguments_of(policy), returns, use.keys, use.column)


# --- setting and unsetting --------------------------------------------------------------------------------------------
def _columns(policy: Entry, entry: Entry, names: Sequence[str]) -> list[TableColumn]:
    """The columns that are a policy's arguments. Raises when number or types differ."""
    arguments = arguments_of(policy)
    if len(arguments) != len(names):
        raise errors.POLICY_ARGUMENTS(len(names), policy.full_name, len(arguments))
    found = []
    for name, (_, kind) in zip(names, arguments, strict=True):
        column = entry.column(name)
        if column is None:
            raise errors.INVALID_IDENTIFIER(written(name))
        if column.type.name != kind.name:
            raise errors.POLICY_TYPE(column.type.sql_name(), policy.kind.lower().removesuffix(" policy"), kind.name)
        if column.computed is not None:
            raise errors.UNSUPPORTED_FEATURE(f"{policy.kind} on the virtual column {name}")
        found.append(column)
    return found


def set_mask(
    view: SessionCatalog, entry: Entry, column: TableColumn, parts: tuple[str, ...], using: list[str], force: bool
) -> None:
    """SET MASKING POLICY; ``entry`` and its ``column`` are copies that may be changed."""
    policy = view.require(MASKING, parts, "SET MASKING POLICY")
    if column.policy is not None and not force:
        raise errors.MASKING_POLICY_SET()
    names = using or [column.name]
    if names[0] != column.name:
        raise errors.INVALID_IDENTIFIER(names[0])
    columns = _columns(policy, entry, names)
    taken = set(entry.properties.get(ROWS, {}).get("on", ()))
    for item in columns:
        if item.key in taken:
            raise errors.POLICY_COLUMN_TAKEN(item.name)
        other = mask_use(view.catalog, entry, item) if item is not column else None
        if other is not None and not other.policy.properties.get("exempt_other_policies"):
            raise errors.POLICY_COLUMN_TAKEN(item.name)
    column.policy = {"id": policy.id, "using": [item.key for item in columns]}


def set_rows(view: SessionCatalog, entry: Entry, parts: tuple[str, ...], names: list[str]) -> None:
    """ADD ROW ACCESS POLICY … ON (…); ``entry`` is a copy that may be changed."""
    policy = view.require(ROW_ACCESS, parts, "ADD ROW ACCESS POLICY")
    if entry.properties.get(ROWS) is not None:
        raise errors.ROW_ACCESS_POLICY_SET(entry.name)
    columns = _columns(policy, entry, names)
    masked = {key for column in entry.columns if column.policy for key in column.policy["using"]}
    for column in columns:
        use = mask_use(view.catalog, entry, column)
        exempt = use is not None and use.policy.properties.get("exempt_other_policies")
        if (column.key in masked or use is not None) and not exempt:
            raise errors.POLICY_COLUMN_TAKEN(column.name)
    entry.properties[ROWS] = {"id": policy.id, "on": [column.key for column in columns]}


def drop_rows(view: SessionCatalog, entry: Entry, parts: tuple[str, ...] | None) -> None:
    """DROP ROW ACCESS POLICY, or all of them."""
    found = entry.properties.get(ROWS)
    if parts is not None:
        policy = view.require(ROW_ACCESS, parts, "DROP ROW ACCESS POLICY")
        if found is None or found["id"] != policy.id:
            raise errors.POLICY_NOT_SET(policy.full_name, entry.full_name)
    entry.properties.pop(ROWS, None)


def must_not_hold(entry: Entry, column: TableColumn) -> None:
    """Raise when a policy depends on a column that is to be dropped."""
    keys: set[Any] = set(entry.properties.get(ROWS, {}).get("on", ()))
    for item in entry.columns:
        keys.update((item.policy or {}).get("using", ()))
    if column.key in keys:
        raise errors.POLICY_COLUMN_IN_USE(column.name)
