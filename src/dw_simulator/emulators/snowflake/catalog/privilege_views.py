"""Views of INFORMATION_SCHEMA about roles, privileges and keys. Vendor page: "Snowflake Information Schema"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from dw_simulator.emulators.snowflake.catalog import grants
from dw_simulator.emulators.snowflake.catalog.information_schema import view
from dw_simulator.emulators.snowflake.catalog.model import TABLE_KINDS, Entry

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.catalog.view import SessionCatalog

Row = tuple[Any, ...]
_PRIVILEGES = (
    "GRANTOR GRANTEE GRANTED_TO OBJECT_CATALOG OBJECT_SCHEMA OBJECT_NAME OBJECT_TYPE PRIVILEGE_TYPE IS_GRANTABLE "
    "CREATED:l"
)


@view("INFORMATION_SCHEMA_CATALOG_NAME", "CATALOG_NAME")
def _catalog_name(_catalog: SessionCatalog, database: str) -> Iterable[Row]:
    yield (database,)


def _active(catalog: SessionCatalog) -> list[Entry]:
    """The roles that the session's role inherits, and itself."""
    role = catalog.catalog.get("ROLE", name=catalog.role)
    found = grants.closure(catalog.catalog, [role.id] if role is not None else [])
    return [entry for entry in catalog.catalog.entries("ROLE") if entry.id in found]


@view("ENABLED_ROLES", "ROLE_NAME ROLE_OWNER")
def _enabled_roles(catalog: SessionCatalog, _database: str) -> Iterable[Row]:
    for entry in _active(catalog):
        yield entry.name, entry.owner


@view("APPLICABLE_ROLES", "GRANTEE ROLE_NAME ROLE_OWNER IS_GRANTABLE")
def _applicable_roles(catalog: SessionCatalog, _database: str) -> Iterable[Row]:
    edges, active = grants.index(catalog.catalog).roles, _active(catalog)
    by_id = {entry.id: entry for entry in active}
    for entry in active:
        for ident in edges.get(entry.id, ()):
            if ident in by_id:
                yield entry.name, by_id[ident].name, by_id[ident].owner, "NO"


def _privileges(catalog: SessionCatalog, database: str) -> Iterable[tuple[Entry, Row]]:
    for entry in catalog.entries(None, database):
        if entry.kind == "GRANT":
            continue
        place = (database, entry.schema or None, entry.name, entry.kind)
        yield entry, (entry.owner, entry.owner, "ROLE", *place, "OWNERSHIP", "YES", entry.created)
        for grant in grants.index(catalog.catalog).on.get(entry.id, ()):
            to = catalog.catalog.by_id(grant.properties["to_id"])
            if to is not None:
                option = "YES" if grant.properties["option"] else "NO"
                kind, privilege = to.kind.replace(" ", "_"), grant.properties["privilege"]
                yield entry, (grant.owner, to.name, kind, *place, privilege, option, grant.created)


@view("OBJECT_PRIVILEGES", _PRIVILEGES)
def _object_privileges(catalog: SessionCatalog, database: str) -> Iterable[Row]:
    return (row for _, row in _privileges(catalog, database))


@view("USAGE_PRIVILEGES", _PRIVILEGES)
def _usage_privileges(catalog: SessionCatalog, database: str) -> Iterable[Row]:
    kinds = ("FILE FORMAT", "FUNCTION", "PROCEDURE", "SEQUENCE", "STAGE")
    return (row for entry, row in _privileges(catalog, database) if entry.kind in kinds)


@view(
    "TABLE_PRIVILEGES",
    "GRANTOR GRANTEE GRANTED_TO TABLE_CATALOG TABLE_SCHEMA TABLE_NAME PRIVILEGE_TYPE IS_GRANTABLE WITH_HIERARCHY "
    "CREATED:l",
)
def _table_privileges(catalog: SessionCatalog, database: str) -> Iterable[Row]:
    for entry, row in _privileges(catalog, database):
        if entry.kind in TABLE_KINDS:
            yield (*row[:6], row[7], row[8], "YES" if row[7] == "SELECT" else "NO", row[9])


@view(
    "REFERENTIAL_CONSTRAINTS",
    "CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME UNIQUE_CONSTRAINT_CATALOG UNIQUE_CONSTRAINT_SCHEMA "
    "UNIQUE_CONSTRAINT_NAME MATCH_OPTION UPDATE_RULE DELETE_RULE COMMENT CREATED:l LAST_ALTERED:l",
)
def _referential_constraints(catalog: SessionCatalog, database: str) -> Iterable[Row]:
    for entry in catalog.entries("TABLE", database):
        for item in entry.constraints:
            if item.references is None:
                continue
            parts = entry.named_from(item.references[0])
            other = catalog.catalog.get("TABLE", *parts)
            keys = [key.name for key in other.constraints if key.kind == "PRIMARY KEY"] if other else []
            yield (
                database, entry.schema, item.name, *parts[:2], keys[0] if keys else None, "FULL",
                item.options.get("update_rule", "NO ACTION"), item.options.get("delete_rule", "NO ACTION"),
                item.comment, entry.created, entry.created,
            )  # fmt: skip
