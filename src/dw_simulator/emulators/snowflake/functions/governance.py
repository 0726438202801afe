"""Tags and policies in queries. Vendor pages: "SYSTEM$GET_TAG", "TAG_REFERENCES", "TAG_REFERENCES_ALL_COLUMNS"."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import declared, information_schema, policies, tags
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.functions.tables import argument, constant_argument, table_function
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.binder.protection import POLICY_COLUMN, POLICY_TABLE
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "System"
_TAG_COLUMNS = (
    "TAG_DATABASE TAG_SCHEMA TAG_NAME TAG_VALUE APPLY_METHOD LEVEL OBJECT_DATABASE OBJECT_SCHEMA OBJECT_NAME DOMAIN "
    "COLUMN_NAME"
)


def _name(text: object) -> tuple[str, ...]:
    parser = Parser(str(text))
    parts = parser.qualified()
    parser.expect_end()
    return parts


def _value(value: str | None) -> Typed:
    return Typed("CAST(NULL AS VARCHAR)", m.text(), None) if value is None else Typed(literal(value), m.text(), value)


def _tag_value(catalog: Any, name: object, entry: Entry, column: str | None) -> Typed:
    tag = catalog.require("TAG", _name(name))
    found = tags.references(catalog.catalog, entry, column)
    return _value(next((item.value for item in found if item.tag.id == tag.id), None))


@function("SYSTEM$GET_TAG", CATEGORY, 3)
def get_tag(call: FunctionCall) -> Typed:
    """The value of a tag for an object, its own or inherited."""
    catalog: Any = call.binder.env.catalog
    entry, column = tags.tagged(catalog, str(call.constant(2)), _name(call.constant(1)))
    return _tag_value(catalog, call.constant(0), entry, column)


@function("SYSTEM$GET_TAG_ALLOWED_VALUES", CATEGORY, 1)
def get_tag_allowed_values(call: FunctionCall) -> Typed:
    """The values that a tag allows, as an array in JSON; NULL where it allows any."""
    catalog: Any = call.binder.env.catalog
    allowed = catalog.require("TAG", _name(call.constant(0))).properties["allowed_values"]
    call.binder.env.volatile = True
    return _value(None if allowed is None else json.dumps(allowed, separators=(",", ":")))


@function("SYSTEM$GET_TAG_ON_CURRENT_COLUMN SYSTEM$GET_TAG_ON_CURRENT_TABLE", CATEGORY, 1)
def get_tag_on_current(call: FunctionCall) -> Typed:
    """In a policy: the value of a tag for what the policy is applied to; NULL elsewhere."""
    hints, catalog = call.binder.env.hints, call.binder.env.catalog
    parts = hints.get(POLICY_TABLE)
    entry = catalog.find("TABLE", parts) if parts is not None and parts[-1] else None  # type: ignore[attr-defined]
    if entry is None:
        return _value(None)
    column = hints[POLICY_COLUMN] if call.name.endswith("COLUMN") else None
    return _tag_value(catalog, call.constant(0), entry, column)


def _rows(entry: Entry, column: str | None, found: Iterable[tags.Reference]) -> Iterable[tuple[Any, ...]]:
    domain = tags.domain_of(entry) if column is None else "COLUMN"
    for item in found:
        method = "PROPAGATED" if item.propagated else "MANUAL"
        yield (
            item.tag.database, item.tag.schema, item.tag.name, item.value,
            method if item.level == domain else "INHERITED", item.level, entry.database or None,
            entry.schema or None, entry.name, domain, column,
        )  # fmt: skip


def _table(columns: str, rows: Iterable[tuple[Any, ...]], name: str) -> BoundQuery:
    source = information_schema.literal_table(information_schema.typed_columns(columns), rows, ("", "", name))
    return BoundQuery(f"SELECT * FROM {source.sql} AS found", source.columns)


@table_function("TAG_REFERENCES", "TAG_REFERENCES_ALL_COLUMNS")
def tag_references(binder: Any, call: n.Call) -> BoundQuery:
    name = constant_argument(binder, argument(call, "OBJECT_NAME", 0), None)
    domain = constant_argument(binder, argument(call, "OBJECT_DOMAIN", 1), None)
    if not isinstance(name, str) or not isinstance(domain, str):
        raise errors.NOT_ENOUGH_ARGUMENTS(call.name, 2, len(call.args))
    catalog = binder.env.catalog
    entry, column = tags.tagged(catalog, domain, _name(name))
    columns: list[str | None] = [column]
    if call.name == "TAG_REFERENCES_ALL_COLUMNS":
        if domain.upper() != "TABLE":
            raise errors.INVALID_PARAMETER_VALUE(domain, "object_domain")
        columns = [item.name for item in entry.columns]
    rows = [row for item in columns for row in _rows(entry, item, tags.references(catalog.catalog, entry, item))]
    return _table(_TAG_COLUMNS, rows, call.name)


@table_function("POLICY_REFERENCES")
def policy_references(binder: Any, call: n.Call) -> BoundQuery:
    """Where a policy is set, or which policies an object has. Vendor page: "POLICY_REFERENCES"."""
    policy, name, domain = (
        constant_argument(binder, argument(call, label), None)
        for label in ("POLICY_NAME", "REF_ENTITY_NAME", "REF_ENTITY_DOMAIN")
    )
    view = binder.env.catalog
    if isinstance(policy, str):
        parts = _name(policy)
        other = next((one for one in map(partial(_declared, view, parts), declared.KINDS) if one is not None), None)
        if other is not None:
            return _table(policies.REFERENCE_COLUMNS, declared.reference_rows(view.catalog, other), call.name)
        found = view.find(policies.MASKING, parts) or view.require(policies.ROW_ACCESS, parts)
        uses = [*policies.uses_of(view.catalog, found), *_tag_uses(view.catalog, found)]
    elif isinstance(name, str) and isinstance(domain, str):
        if domain.upper() in ("USER", "ACCOUNT"):
            return _table(policies.REFERENCE_COLUMNS, _holder_rows(view, domain.upper(), _name(name)[-1]), call.name)
        entry, _ = tags.tagged(view, domain, _name(name))
        uses = [*policies.uses_in(view.catalog, entry)]
    else:
        raise errors.NOT_ENOUGH_ARGUMENTS(call.name, 1, 0)
    return _table(policies.REFERENCE_COLUMNS, [policies.reference_row(use) for use in uses], call.name)


def _tag_uses(catalog: Any, policy: Entry) -> Iterable[policies.Use]:
    for tag in catalog.entries("TAG"):
        if policy.id in tag.properties.get(policies.TAG_POLICIES, {}).values():
            yield policies.Use(policy, tag, ())


def _declared(view: Any, parts: tuple[str, ...], kind: str) -> Entry | None:
    """A policy of logins, of sessions or of the network by its name."""
    if not kind.endswith("POLICY"):
        return None
    found: Entry | None = (
        view.find(kind, parts) if declared.KINDS[kind].in_schema else view.catalog.get(kind, name=parts[-1])
    )
    return found


def _holder_rows(view: Any, domain: str, name: str) -> Iterable[tuple[Any, ...]]:
    """The policies of a user or of the account."""
    for kind in declared.KINDS:
        for policy in view.catalog.entries(kind):
            rows = declared.reference_rows(view.catalog, policy)
            yield from (row for row in rows if row[7] == domain and (domain == "ACCOUNT" or row[6] == name))
