"""Grants, roles and what a session's roles may do.

Vendor pages: "Overview of Access Control", "Access control privileges". Grants refer to objects and roles by id, so
that they stay with an object that is renamed, swapped or undropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import TABLE_KINDS, Entry
from dw_simulator.emulators.snowflake.catalog.store import Catalog

ROLE_KINDS = ("ROLE", "DATABASE ROLE")
OWNERSHIP = "OWNERSHIP"
SYSTEM_EDGES = {"ACCOUNTADMIN": ("SYSADMIN", "SECURITYADMIN"), "SECURITYADMIN": ("USERADMIN",)}
"""System roles that inherit others without a grant."""
SYSTEM_PRIVILEGES = {
    "ACCOUNTADMIN": frozenset({"*"}),
    "SYSADMIN": frozenset({"CREATE DATABASE", "CREATE WAREHOUSE"}),
    "SECURITYADMIN": frozenset({"MANAGE GRANTS"}),
    "USERADMIN": frozenset({"CREATE USER", "CREATE ROLE"}),
}
"""What system roles may do on the account without a grant; ``*`` is everything that can be granted there."""
PRIVILEGES: dict[str, tuple[str, ...]] = {
    "DATABASE": ("MODIFY", "MONITOR", "USAGE", "CREATE SCHEMA", "CREATE DATABASE ROLE"),
    "SCHEMA": (
        "MODIFY", "MONITOR", "USAGE", "CREATE TABLE", "CREATE VIEW", "CREATE MATERIALIZED VIEW", "CREATE DYNAMIC TABLE",
        "CREATE EXTERNAL TABLE", "CREATE STAGE", "CREATE FILE FORMAT", "CREATE SEQUENCE", "CREATE FUNCTION",
        "CREATE PROCEDURE", "CREATE PIPE", "CREATE STREAM", "CREATE TASK", "CREATE ALERT", "CREATE TAG",
        "CREATE MASKING POLICY", "CREATE ROW ACCESS POLICY", "CREATE PASSWORD POLICY", "CREATE SESSION POLICY",
        "CREATE AUTHENTICATION POLICY", "CREATE PACKAGES POLICY", "CREATE NETWORK RULE", "CREATE SECRET",
        "CREATE AGGREGATION POLICY", "CREATE PROJECTION POLICY",
    ),
    "TABLE": ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "REBUILD"),
    "VIEW": ("SELECT", "REFERENCES"),
    "DYNAMIC TABLE": ("SELECT", "MONITOR", "OPERATE"),
    "EXTERNAL TABLE": ("SELECT", "REFERENCES"),
    "STAGE": ("USAGE", "READ", "WRITE"),
    "FILE FORMAT": ("USAGE",),
    "SEQUENCE": ("USAGE",),
    "FUNCTION": ("USAGE",),
    "PROCEDURE": ("USAGE",),
    "PIPE": ("MONITOR", "OPERATE"),
    "STREAM": ("SELECT",),
    "TASK": ("MONITOR", "OPERATE"),
    "ALERT": ("MONITOR", "OPERATE"),
    "TAG": ("APPLY", "READ"),
    "MASKING POLICY": ("APPLY",),
    "ROW ACCESS POLICY": ("APPLY",),
    "AGGREGATION POLICY": ("APPLY",),
    "PROJECTION POLICY": ("APPLY",),
    "PASSWORD POLICY": ("APPLY",),
    "SESSION POLICY": ("APPLY",),
    "AUTHENTICATION POLICY": ("APPLY",),
    "PACKAGES POLICY": ("USAGE",),
    "NETWORK RULE": ("USAGE",),
    "NETWORK POLICY": ("USAGE",),
    "SECRET": ("READ", "USAGE"),
    "WAREHOUSE": ("APPLYBUDGET", "MODIFY", "MONITOR", "OPERATE", "USAGE"),
    "INTEGRATION": ("USAGE", "USE_ANY_ROLE"),
    "USER": ("MONITOR",),
    "RESOURCE MONITOR": ("MODIFY", "MONITOR"),
}  # fmt: skip
"""What ``ALL`` stands for, by kind of object."""
PRIVILEGE_WORDS = frozenset(
    {word for names in PRIVILEGES.values() for name in names for word in name.split()[:1]}
    | {
        "ADD", "ATTACH", "AUDIT", "BIND", "CANCEL", "EVOLVE", "EXECUTE", "IMPERSONATE", "IMPORT", "MANAGE", "OVERRIDE",
        "OWNERSHIP", "PURCHASE", "REFERENCE_USAGE", "RESOLVE",
    }
)  # fmt: skip
"""What the name of a privilege begins with; another word is an error of syntax."""


@dataclass(slots=True)
class Index:
    """All grants of one version of the catalog, by ids: of the object, the grantee, the container of objects to come.

    ``roles`` are the roles that a role or a user was granted.
    """

    on: dict[int, list[Entry]] = field(default_factory=dict)
    to: dict[int, list[Entry]] = field(default_factory=dict)
    roles: dict[int, list[int]] = field(default_factory=dict)
    future: dict[int, list[Entry]] = field(default_factory=dict)


def index(catalog: Catalog) -> Index:
    return catalog.remembered("grants", lambda: _index(catalog))


def _index(catalog: Catalog) -> Index:
    found = Index()
    for grant in catalog.entries("GRANT"):
        on, to = grant.properties["on_id"], grant.properties["to_id"]
        found.to.setdefault(to, []).append(grant)
        if "future" in grant.properties:
            found.future.setdefault(on, []).append(grant)
            continue
        found.on.setdefault(on, []).append(grant)
        if grant.properties["on_kind"] in ROLE_KINDS and grant.properties["privilege"] == "USAGE":
            found.roles.setdefault(to, []).append(on)
    for name, inherited in SYSTEM_EDGES.items():
        role = catalog.get("ROLE", name=name)
        others = [catalog.get("ROLE", name=other) for other in inherited]
        if role is not None:
            found.roles.setdefault(role.id, []).extend(other.id for other in others if other is not None)
    return found


def closure(catalog: Catalog, roles: Iterable[int]) -> frozenset[int]:
    """Roles and all that they inherit; PUBLIC is always there."""
    edges = index(catalog).roles
    public = catalog.get("ROLE", name="PUBLIC")
    stack, found = [*roles, *([public.id] if public is not None else [])], set()
    while stack:
        role = stack.pop()
        if role not in found and catalog.by_id(role) is not None:
            found.add(role)
            stack.extend(edges.get(role, ()))
    return frozenset(found)


def roles_of_user(catalog: Catalog, user: str) -> list[int]:
    """The roles granted to a user."""
    entry = catalog.get("USER", name=user.upper())
    return index(catalog).roles.get(entry.id, []) if entry is not None else []


def may_use(catalog: Catalog, user: str, role: Entry) -> bool:
    """Whether a user may take a role."""
    return role.id in closure(catalog, roles_of_user(catalog, user))


def active_roles(catalog: Catalog, user: str, role: str | None, secondary: str) -> frozenset[int]:
    """The roles of a session: its role, its secondary ones (``ALL``, ``NONE`` or names) and what they inherit."""
    entry = catalog.get("ROLE", name=role or "")
    wanted = [entry.id] if entry is not None else []
    if secondary == "ALL":
        wanted += roles_of_user(catalog, user)
    elif secondary != "NONE":
        named = (catalog.get("ROLE", name=name.strip()) for name in secondary.split(","))
        wanted += [item.id for item in named if item is not None]
    return closure(catalog, wanted)


def role_names(catalog: Catalog, roles: Iterable[int]) -> frozenset[str]:
    found = (catalog.by_id(role) for role in roles)
    return frozenset(entry.full_name for entry in found if entry is not None)


def new_grant(
    catalog: Catalog, privilege: str, on: Entry | None, to: Entry, *, option: bool, by: str, future: str = ""
) -> Entry:
    """A grant on an object (None: the account), or with ``future`` on objects of that kind to come inside ``on``."""
    ident = catalog.next_id()
    entry = Entry("GRANT", f"G{ident}", id=ident, owner=by)
    entry.properties = {
        "privilege": privilege, "on_kind": on.kind if on is not None else "ACCOUNT", "on_id": on.id if on else 0,
        "to_kind": to.kind, "to_id": to.id, "option": option,
    }  # fmt: skip
    if future:
        entry.properties["future"] = future
    return entry


def copied(catalog: Catalog, grant: Entry, entry: Entry) -> Entry:
    """The same grant on another object."""
    ident = catalog.next_id()
    properties = {**grant.properties, "on_id": entry.id}
    return Entry("GRANT", f"G{ident}", id=ident, owner=grant.owner, properties=properties)


def from_text(catalog: Catalog, grant: Entry) -> Entry | None:
    """A grant as earlier versions kept it, as words without meaning; None when it names nothing that is there."""
    privilege, on, to = (str(grant.properties[name]) for name in ("privilege", "on", "to"))
    kind, _, name = to.rpartition(" ")
    grantee = catalog.get(kind or "ROLE", name=name)
    if privilege.startswith("ROLE "):
        target, privilege = catalog.get("ROLE", name=privilege.removeprefix("ROLE ")), "USAGE"
    else:
        kind, _, name = on.rpartition(" ")
        parts = name.split(".")
        qualified = {1: ("", "", name), 2: (parts[0], "", parts[-1]), 3: tuple(parts)}.get(len(parts))
        target = catalog.get(kind, *qualified) if qualified else None
    if grantee is None or target is None or grantee.kind not in ("ROLE", "USER"):
        return None
    return new_grant(catalog, privilege, target, grantee, option=False, by=grant.owner)


def same(grant: Entry, privilege: str, on: Entry | None, to: Entry, future: str = "") -> bool:
    values = grant.properties
    return (values["privilege"], values["on_id"], values["to_id"], values.get("future", "")) == (
        privilege, on.id if on is not None else 0, to.id, future,
    )  # fmt: skip


def future_grants(catalog: Catalog, entry: Entry) -> Iterator[Entry]:
    """The future grants that hold for a new object: those of its schema, else those of its database."""
    holders = (
        catalog.get("SCHEMA", entry.database, "", entry.schema), catalog.get("DATABASE", name=entry.database),
    )  # fmt: skip
    for holder in holders:
        present = index(catalog).future.get(holder.id, ()) if holder is not None else ()
        found = [grant for grant in present if grant.properties["future"] == entry.kind]
        if found:
            yield from found
            return


class Access:
    """What the roles of a session may do. Made for one version of the catalog."""

    def __init__(self, catalog: Catalog, primary: frozenset[int], roles: frozenset[int], user: str = "") -> None:
        """``primary`` are the session's role and what it inherits: only that one may create; ``roles`` all active."""
        self.catalog = catalog
        self.primary = primary
        self.roles = roles
        self.user = user.upper()
        self.names = role_names(catalog, roles)

    def for_owner(self, owner: str) -> Access:
        """The rights of the role that owns a view, a function or a policy."""
        role = self.catalog.get("ROLE", name=owner)
        roles = closure(self.catalog, [role.id] if role is not None else [])
        return Access(self.catalog, roles, roles, self.user)

    # --- questions ----------------------------------------------------------------------------------------------------
    def owns(self, entry: Entry) -> bool:
        return entry.owner in self.names

    def privileges(self, entry: Entry) -> set[str]:
        """All that may be done with an object."""
        found = {
            grant.properties["privilege"]
            for grant in index(self.catalog).on.get(entry.id, ())
            if grant.properties["to_id"] in self.roles
        }
        return found | {OWNERSHIP} if self.owns(entry) else found

    def on_account(self, privilege: str) -> bool:
        """Whether a privilege on the account is there."""
        for name in self.names:
            if SYSTEM_PRIVILEGES.get(name, frozenset()) & {"*", privilege}:
                return True
        return any(
            grant.properties["privilege"] == privilege and grant.properties["to_id"] in self.roles
            for grant in index(self.catalog).on.get(0, ())
        )

    def enters(self, database: str, schema: str | None = None) -> bool:
        """USAGE (or more) on a database and a schema."""
        holder = self.catalog.get("DATABASE", name=database)
        if holder is None or not self.privileges(holder):
            return False
        if schema is None or schema == "INFORMATION_SCHEMA":
            return True
        inner = self.catalog.get("SCHEMA", database, "", schema)
        return inner is not None and bool(self.privileges(inner))

    def sees(self, entry: Entry) -> bool:
        """Whether SHOW lists an object."""
        if entry.temporary or entry.kind in ("ROLE", "DATABASE ROLE") or self.on_account("MANAGE GRANTS"):
            return True
        if entry.kind == "USER":
            return self.owns(entry) or entry.name == self.user
        if entry.schema and not self.enters(entry.database, entry.schema):
            return False
        if entry.kind == "SCHEMA" and not self.enters(entry.database):
            return False
        return bool(self.privileges(entry))

    def reaches(self, entry: Entry) -> bool:
        """Whether a statement may name an object: it is more than that SHOW lists it."""
        if entry.temporary:
            return True
        if entry.schema and not self.enters(entry.database, entry.schema):
            return False
        return bool(self.privileges(entry)) or self._applies(entry)

    def _applies(self, entry: Entry) -> bool:
        return (entry.kind == "TAG" or entry.kind.endswith(" POLICY")) and self.on_account(f"APPLY {entry.kind}")

    # --- demands ------------------------------------------------------------------------------------------------------
    def check(self, entry: Entry, action: str) -> None:
        """Raises SnowflakeError 003001: the roles do not allow ``action`` (a statement's words) on the object."""
        wanted = _needed(entry, action)
        if entry.temporary or wanted is None or wanted & self.privileges(entry):
            return
        if "APPLY" in wanted and self._applies(entry):
            return
        raise errors.INSUFFICIENT_PRIVILEGES(_shown(entry.kind), entry.name)

    def demand(self, entry: Entry, *privileges: str) -> None:
        """Raises SnowflakeError unless one of the privileges (or ownership) is there: 003001; 002003 when none is."""
        found = self.privileges(entry)
        if not found and not self.on_account("MANAGE GRANTS"):
            raise errors.KIND_NOT_FOUND(entry.kind.capitalize(), entry.full_name)
        if not found & {OWNERSHIP, *privileges}:
            raise errors.INSUFFICIENT_PRIVILEGES(_shown(entry.kind), entry.name)

    def demand_on_account(self, privilege: str, account: str) -> None:
        """Raises SnowflakeError 003001 unless the session's own role has the privilege on the account."""
        if not Access(self.catalog, self.primary, self.primary, self.user).on_account(privilege):
            raise errors.INSUFFICIENT_PRIVILEGES("account", account.upper())

    def demand_create(self, holder: Entry, kind: str) -> None:
        """Raises SnowflakeError 003001 unless the session's own role may make objects of a kind in a schema."""
        own = Access(self.catalog, self.primary, self.primary, self.user)
        if not own.privileges(holder) & {OWNERSHIP, f"CREATE {kind}"}:
            raise errors.INSUFFICIENT_PRIVILEGES(_shown(holder.kind), holder.name)

    def demand_grant(self, entry: Entry | None, privilege: str) -> None:
        """Raises SnowflakeError 003102 unless the roles may grant the privilege on the object (None: the account)."""
        if self.on_account("MANAGE GRANTS") or (entry is not None and self.owns(entry)):
            return
        if entry is None and privilege != OWNERSHIP and "ACCOUNTADMIN" in self.names:
            return
        for grant in index(self.catalog).on.get(entry.id if entry is not None else 0, ()):
            values = grant.properties
            if values["option"] and values["privilege"] == privilege and values["to_id"] in self.roles:
                return
        raise errors.GRANT_NOT_EXECUTED()


def _shown(kind: str) -> str:
    return kind.lower().replace("_", " ")


def _needed(entry: Entry, action: str) -> frozenset[str] | None:
    """The privileges one of which an action needs; None: any will do."""
    verb = action.split()[0]
    if entry.kind in TABLE_KINDS:
        if verb in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"):
            return frozenset({OWNERSHIP, verb})
        if verb in ("COPY", "OPERATE"):
            return frozenset({OWNERSHIP, "INSERT" if verb == "COPY" else verb})
        return None if verb in ("DESCRIBE", "MERGE") else frozenset({OWNERSHIP})
    if action in ("SET TAG", "UNSET TAG") or (verb in ("SET", "ADD") and entry.kind.endswith(" POLICY")):
        return frozenset({OWNERSHIP, "APPLY"})
    if action == "DROP ROW ACCESS POLICY":
        return frozenset({OWNERSHIP, "APPLY"})
    if entry.kind == "PIPE" and verb in ("OPERATE", "MONITOR", "ALTER"):
        return frozenset({OWNERSHIP, "OPERATE", "MONITOR"} if verb == "MONITOR" else {OWNERSHIP, "OPERATE"})
    if verb == "OPERATE":
        return frozenset({OWNERSHIP, "OPERATE"})
    return frozenset({OWNERSHIP}) if verb in ("ALTER", "DROP", "RENAME", "COMMENT", "UNDROP") else None
