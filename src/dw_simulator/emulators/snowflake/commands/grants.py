"""Grants and database roles. Vendor pages: "GRANT <privileges> … TO ROLE", "GRANT OWNERSHIP", "SHOW GRANTS"."""

# ruff: noqa: RET503 - fail() does not return
from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import grants
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.options import if_exists, if_not_exists, properties
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.types import model as m

_ACCOUNT_KINDS = ("DATABASE", "WAREHOUSE", "USER", "ROLE", "RESOURCE MONITOR", "INTEGRATION", "NETWORK POLICY")
_PLURALS = {
    "SCHEMAS": "SCHEMA", "TABLES": "TABLE", "VIEWS": "VIEW", "STAGES": "STAGE", "SEQUENCES": "SEQUENCE",
    "FUNCTIONS": "FUNCTION", "STREAMS": "STREAM", "TASKS": "TASK", "ALERTS": "ALERT", "PIPES": "PIPE", "TAGS": "TAG",
    "PROCEDURES": "PROCEDURE", "SECRETS": "SECRET",
}  # fmt: skip
_TWO_WORDS = {
    ("FILE", "FORMATS"): "FILE FORMAT", ("MATERIALIZED", "VIEWS"): "VIEW", ("DYNAMIC", "TABLES"): "DYNAMIC TABLE",
    ("EXTERNAL", "TABLES"): "EXTERNAL TABLE", ("MASKING", "POLICIES"): "MASKING POLICY",
    ("ROW", "ACCESS", "POLICIES"): "ROW ACCESS POLICY",
}  # fmt: skip
_KINDS = (
    "DATABASE ROLE", "FILE FORMAT", "MATERIALIZED VIEW", "DYNAMIC TABLE", "EXTERNAL TABLE", "MASKING POLICY",
    "ROW ACCESS POLICY", "AGGREGATION POLICY", "PROJECTION POLICY", "PASSWORD POLICY", "SESSION POLICY",
    "AUTHENTICATION POLICY", "PACKAGES POLICY", "NETWORK POLICY", "NETWORK RULE", "SECRET", "RESOURCE MONITOR",
    "STORAGE INTEGRATION", "SECURITY INTEGRATION", "API INTEGRATION", "NOTIFICATION INTEGRATION",
    "EXTERNAL ACCESS INTEGRATION", "CATALOG INTEGRATION", "DATABASE", "SCHEMA", "TABLE", "VIEW", "STAGE", "SEQUENCE",
    "FUNCTION", "STREAM", "PROCEDURE", "TASK", "ALERT", "PIPE", "TAG", "WAREHOUSE", "USER", "ROLE", "INTEGRATION",
)  # fmt: skip


# --- names ------------------------------------------------------------------------------------------------------------
def _kind(parser: Parser) -> str:
    """The kind of the object whose name comes next. A name alone is a table's or a view's, as dbt's grants have it."""
    for kind in _KINDS:
        if parser.accept(*kind.split()):
            return "INTEGRATION" if kind.endswith("INTEGRATION") else "VIEW" if kind == "MATERIALIZED VIEW" else kind
    start = parser.at
    if parser.is_identifier():
        parser.qualified()
        if parser.at_end() or parser.is_word("TO", "FROM"):
            parser.at = start
            return "TABLE"
    parser.at = start
    parser.fail()


def _plural(parser: Parser) -> str:
    for words, kind in _TWO_WORDS.items():
        if parser.accept(*words):
            return kind
    word = parser.token.value
    if word not in _PLURALS:
        parser.fail()
    parser.next()
    return _PLURALS[word]


def _object(run: Run, kind: str) -> Entry:
    """The object of a kind whose name comes next. Raises 002003."""
    parser, view = run.parser, ddl.catalog_of(run)
    if kind in ("FUNCTION", "PROCEDURE"):
        return view.named(kind, ddl.routine_name(parser))
    parts = ddl.object_name(run)
    if kind in _ACCOUNT_KINDS:
        return _required(run.engine.catalog.get(kind, name=parts[-1]), kind, parts)
    if kind in ("SCHEMA", "DATABASE ROLE"):
        database = parts[0] if len(parts) == 2 else run.session.database
        return _required(run.engine.catalog.get(kind, database or "", "", parts[-1]), kind, parts)
    return view.named(kind, parts)


def _required(entry: Entry | None, kind: str, parts: tuple[str, ...]) -> Entry:
    if entry is None:
        raise errors.KIND_NOT_FOUND(kind.capitalize(), ".".join(parts))
    return entry


def _grantee(run: Run) -> Entry:
    parser = run.parser
    if parser.is_word("SHARE", "APPLICATION"):
        raise errors.UNSUPPORTED_FEATURE(f"grants to {parser.token.value}")
    if not run.engine.enforces_grants and parser.is_word("USER") and parser.ahead().value == run.session.user.upper():
        parser.accept("USER")
        return _own_user(run)
    for kind in ("DATABASE ROLE", "ROLE", "USER"):
        if parser.accept(*kind.split()):
            return _object(run, kind)
    return _object(run, "ROLE")


def _own_user(run: Run) -> Entry:
    """The session's user, who need not have been made where anybody may log in."""
    name = run.parser.identifier()
    entry = run.engine.catalog.get("USER", name=name)
    if entry is None:
        entry = Entry("USER", name, id=run.engine.catalog.next_id())
        changes = Changes()
        changes.put(entry)
        run.engine.apply(run, changes)
    return entry


def _container(run: Run) -> Entry:
    run.parser.expect("IN")
    kind = run.parser.accept_any("SCHEMA", "DATABASE")
    if kind is None:
        run.parser.fail()
    return _object(run, kind)


def _inside(run: Run, kind: str, holder: Entry) -> list[Entry]:
    """``ALL kinds IN holder``."""
    if kind == "SCHEMA":
        return list(run.engine.catalog.entries("SCHEMA", holder.name))
    where = (holder.database, holder.name) if holder.kind == "SCHEMA" else (holder.name, None)
    return list(run.engine.catalog.entries(kind, *where))


# --- GRANT and REVOKE -------------------------------------------------------------------------------------------------
class _Target:
    """What a grant is on: objects, the account, or objects to come of a kind."""

    def __init__(self, entries: list[Entry | None], kind: str, future: str = "") -> None:
        self.entries, self.kind, self.future = entries, kind, future


def _target(run: Run) -> _Target:
    parser = run.parser
    if parser.accept("ACCOUNT"):
        return _Target([None], "ACCOUNT")
    if parser.accept("ALL"):
        kind = _plural(parser)
        return _Target([*_inside(run, kind, _container(run))], kind)
    if parser.accept("FUTURE"):
        kind = _plural(parser)
        return _Target([_container(run)], kind, kind)
    kind = _kind(parser)
    entry = _object(run, kind)
    return _Target([entry], entry.kind)


def _privileges(run: Run) -> list[str]:
    """``ALL [PRIVILEGES]`` or a list of privileges, up to ON."""
    parser = run.parser
    if parser.accept("ALL", "PRIVILEGES") or parser.accept("ALL"):
        return ["ALL"]

    def one() -> str:
        if not parser.is_word(*grants.PRIVILEGE_WORDS):
            parser.fail()
        words = []
        while not parser.is_word("ON") and not parser.is_op(","):
            words.append(parser.identifier())
        return " ".join(words)

    return parser.comma_list(one)


def _expanded(names: list[str], kind: str) -> list[str]:
    """The privileges that are granted on a kind of object. Raises when one is not there for it."""
    if kind == "ACCOUNT":
        return names if names != ["ALL"] else ["*"]
    allowed = grants.PRIVILEGES.get(kind, ())
    if names == ["ALL"]:
        return list(allowed)
    for name in names:
        if name not in allowed and not (kind == "SCHEMA" and name.startswith("CREATE ")):
            raise errors.INVALID_PRIVILEGE(kind, name)
    return names


@command("GRANT")
def grant(run: Run) -> StatementResult:
    parser = run.parser
    if parser.accept("ROLE") or parser.at_words("DATABASE", "ROLE"):
        return _grant_role(run, "DATABASE ROLE" if parser.accept("DATABASE", "ROLE") else "ROLE")
    if parser.accept("OWNERSHIP"):
        return _grant_ownership(run)
    if parser.accept("IMPORTED", "PRIVILEGES"):
        raise errors.UNSUPPORTED_FEATURE("GRANT IMPORTED PRIVILEGES: ACCOUNTADMIN reads the database SNOWFLAKE")
    names = _privileges(run)
    parser.expect("ON")
    target = _target(run)
    parser.expect("TO")
    to = _grantee(run)
    option = parser.accept("WITH", "GRANT", "OPTION")
    parser.expect_end()
    changes = Changes()
    for entry in target.entries:
        for privilege in _expanded(names, target.kind):
            _may_grant(run, entry, privilege)
            _put(run, changes, privilege, entry, to, option, target.future)
    run.engine.apply(run, changes)
    return ddl.succeeded()


def _may_grant(run: Run, entry: Entry | None, privilege: str) -> None:
    access = run.engine.access(run.session, run.state)
    if access is not None:
        access.demand_grant(entry, privilege)


def _put(
    run: Run, changes: Changes, privilege: str, entry: Entry | None, to: Entry, option: bool, future: str = ""
) -> None:
    """One grant; a second time it can only get the grant option."""
    catalog = run.engine.catalog
    old = next((item for item in catalog.entries("GRANT") if grants.same(item, privilege, entry, to, future)), None)
    if old is None:
        by = run.session.role or "ACCOUNTADMIN"
        changes.put(grants.new_grant(catalog, privilege, entry, to, option=option, by=by, future=future))
    elif option and not old.properties["option"]:
        copy = ddl.copy_entry(old)
        copy.properties["option"] = True
        changes.put(copy)


def _grant_role(run: Run, kind: str) -> StatementResult:
    role = _object(run, kind)
    run.parser.expect("TO")
    to = _grantee(run)
    run.parser.expect_end()
    if kind == "DATABASE ROLE" and to.kind == "USER":
        raise errors.UNSUPPORTED_FEATURE("GRANT DATABASE ROLE … TO USER")
    catalog = run.engine.catalog
    if to.kind != "USER" and to.id in grants.closure(catalog, [role.id]) and to.name != "PUBLIC":
        raise errors.ROLE_CYCLE(role.name, to.name)
    _may_grant(run, role, "USAGE")
    changes = Changes()
    _put(run, changes, "USAGE", role, to, False)
    run.engine.apply(run, changes)
    return ddl.succeeded()


def _grant_ownership(run: Run) -> StatementResult:
    """The object's owner becomes another role; grants on it are kept with COPY CURRENT GRANTS, else they must go."""
    parser = run.parser
    parser.expect("ON")
    target = _target(run)
    parser.expect("TO")
    to = _grantee(run)
    keeps = parser.accept("COPY", "CURRENT", "GRANTS")
    drops = parser.accept("REVOKE", "CURRENT", "GRANTS")
    parser.expect_end()
    changes = Changes()
    for entry in target.entries:
        assert entry is not None
        if target.future:
            _may_grant(run, entry, grants.OWNERSHIP)
            _put(run, changes, grants.OWNERSHIP, entry, to, False, target.future)
            continue
        access = run.engine.access(run.session, run.state)
        if access is not None and not access.owns(entry) and not access.on_account("MANAGE GRANTS"):
            raise errors.GRANT_NOT_EXECUTED()
        present = grants.index(run.engine.catalog).on.get(entry.id, [])
        if present and not keeps and not drops:
            raise errors.DEPENDENT_GRANTS(entry.name)
        for item in present if drops else ():
            changes.remove(item)
        copy = ddl.copy_entry(entry)
        copy.owner = to.full_name
        changes.put(copy)
    run.engine.apply(run, changes)
    return ddl.succeeded()


@command("REVOKE")
def revoke(run: Run) -> StatementResult:
    parser = run.parser
    only_option = parser.accept("GRANT", "OPTION", "FOR")
    if parser.accept("ROLE") or parser.at_words("DATABASE", "ROLE"):
        role = _object(run, "DATABASE ROLE" if parser.accept("DATABASE", "ROLE") else "ROLE")
        target, names = _Target([role], role.kind), ["USAGE"]
    else:
        given = _privileges(run)
        parser.expect("ON")
        target = _target(run)
        names = given if given == ["OWNERSHIP"] else _expanded(given, target.kind)
    parser.expect("FROM")
    to = _grantee(run)
    cascade = parser.accept_any("CASCADE", "RESTRICT") == "CASCADE"
    parser.expect_end()
    changes = Changes()
    for entry in target.entries:
        for privilege in names:
            _may_grant(run, entry, privilege)
            _take(run, changes, privilege, entry, to, target.future, only_option, cascade)
    run.engine.apply(run, changes)
    return ddl.succeeded()


def _take(
    run: Run, changes: Changes, privilege: str, entry: Entry | None, to: Entry, future: str, option: bool, cascade: bool
) -> None:
    """Take back one grant (or its option) and, with CASCADE, what its grantee has granted on."""
    catalog = run.engine.catalog
    found = [item for item in catalog.entries("GRANT") if grants.same(item, privilege, entry, to, future)]
    for item in found:
        dependent = _granted_on(run, item, to) if item.properties["option"] else []
        if dependent and not cascade:
            raise errors.DEPENDENT_GRANTS(entry.name if entry is not None else "ACCOUNT")
        for other in dependent:
            if other.id not in {gone.id for gone in changes.removed}:
                changes.remove(other)
        if option:
            copy = ddl.copy_entry(item)
            copy.properties["option"] = False
            changes.put(copy)
        else:
            changes.remove(item)


def _granted_on(run: Run, item: Entry, to: Entry) -> list[Entry]:
    """The grants of the same privilege that the grantee made, and those made by their grantees in turn."""
    values = item.properties
    found: list[Entry] = []
    names, seen = [to.full_name], set()
    while names:
        name = names.pop()
        seen.add(name)
        for other in grants.index(run.engine.catalog).on.get(values["on_id"], ()):
            if other.owner == name and other.properties["privilege"] == values["privilege"] and other not in found:
                found.append(other)
                grantee = run.engine.catalog.by_id(other.properties["to_id"])
                if grantee is not None and grantee.full_name not in seen:
                    names.append(grantee.full_name)
    return found


# --- database roles ---------------------------------------------------------------------------------------------------
@command("CREATE DATABASE ROLE", "CREATE OR REPLACE DATABASE ROLE", "CREATE OR ALTER DATABASE ROLE")
def create_database_role(run: Run) -> StatementResult:
    if_missing = if_not_exists(run.parser)
    parts = ddl.object_name(run)
    found = properties(run.parser)
    run.parser.expect_end()
    database = parts[0] if len(parts) == 2 else run.session.database
    if database is None:
        raise errors.NO_CURRENT_DATABASE("CREATE DATABASE ROLE")
    holder = run.engine.catalog.database(database)
    access = run.engine.access(run.session, run.state)
    if access is not None:
        access.demand_create(holder, "DATABASE ROLE")
    ident = run.engine.catalog.next_id()
    entry = Entry("DATABASE ROLE", parts[-1], database, id=ident, owner=run.session.role or "ACCOUNTADMIN")
    entry.comment = str(found.pop("COMMENT", ""))
    return ddl.create(run, entry, Changes(), replace="OR REPLACE" in run.words, if_missing=if_missing)


@command("DROP DATABASE ROLE", "ALTER DATABASE ROLE")
def change_database_role(run: Run) -> StatementResult:
    parser = run.parser
    maybe = if_exists(parser)
    parts = ddl.object_name(run)
    entry = run.engine.catalog.get(
        "DATABASE ROLE", parts[0] if len(parts) == 2 else run.session.database or "", "", parts[-1]
    )
    if entry is None and maybe:
        return ddl.missing_status(parts[-1]) if run.words.startswith("DROP") else ddl.succeeded()
    entry = _required(entry, "DATABASE ROLE", parts)
    access = run.engine.access(run.session, run.state)
    if access is not None:
        access.demand(entry)
    changes = Changes()
    if run.words.startswith("DROP"):
        parser.expect_end()
        ddl.drop_entry(changes, entry)
        drop_grants(run, entry, changes)
        run.engine.apply(run, changes)
        return ddl.dropped_status(entry.name)
    copy = ddl.copy_entry(entry)
    if parser.accept("RENAME", "TO"):
        copy.name = ddl.object_name(run)[-1]
    elif parser.accept("UNSET", "COMMENT"):
        copy.comment = ""
    elif not ddl.change_tags(run, copy):
        parser.expect("SET")
        copy.comment = str(properties(parser).get("COMMENT", copy.comment))
    parser.expect_end()
    changes.put(copy)
    run.engine.apply(run, changes)
    return ddl.succeeded()


def drop_grants(run: Run, role: Entry, changes: Changes) -> None:
    """With a role or user go its grants; what a role owned goes to the role that drops it."""
    catalog = run.engine.catalog
    for item in catalog.entries("GRANT"):
        if role.id in (item.properties["on_id"], item.properties["to_id"]):
            changes.remove(item)
    for entry in catalog.entries() if role.kind in grants.ROLE_KINDS else ():
        if entry.owner == role.full_name and entry.id != role.id and entry.kind != "GRANT":
            copy = ddl.copy_entry(entry)
            copy.owner = run.session.role or "ACCOUNTADMIN"
            changes.put(copy)


# --- SHOW -------------------------------------------------------------------------------------------------------------
_GRANTS = ("created_on", "privilege", "granted_on", "name", "granted_to", "grantee_name", "grant_option", "granted_by")
_FUTURE = ("created_on", "privilege", "grant_on", "name", "grant_to", "grantee_name", "grant_option")
_OF_ROLE = ("created_on", "role", "granted_to", "grantee_name", "granted_by")
Row = tuple[Any, ...]


def _result(names: tuple[str, ...], rows: Iterable[Row]) -> StatementResult:
    columns = [ResultColumn(name, m.timestamp_ltz(3) if name == "created_on" else m.text()) for name in names]
    return StatementResult.rows(columns, list(rows), StatementType.SHOW)


def _domain(kind: str) -> str:
    return kind.replace(" ", "_")


def _row(run: Run, item: Entry) -> Row | None:
    """A grant as SHOW GRANTS prints it; None when its object or grantee is not there any more."""
    catalog, values = run.engine.catalog, item.properties
    on, to = catalog.by_id(values["on_id"]), catalog.by_id(values["to_id"])
    if to is None or (on is None and values["on_id"]):
        return None
    name = on.full_name if on is not None else run.session.account.upper()
    kind = on.kind if on is not None else "ACCOUNT"
    return (
        item.created, values["privilege"], _domain(kind), name, _domain(to.kind), to.full_name,
        str(values["option"]).lower(), item.owner,
    )  # fmt: skip


def _owned(entry: Entry) -> Row:
    return (
        entry.created, grants.OWNERSHIP, _domain(entry.kind), entry.full_name, "ROLE", entry.owner, "true", entry.owner,
    )  # fmt: skip


def _rows(run: Run, items: Iterable[Entry]) -> list[Row]:
    return [row for row in (_row(run, item) for item in items if "future" not in item.properties) if row is not None]


@command("SHOW GRANTS")
def show_grants(run: Run) -> StatementResult:
    parser = run.parser
    if parser.accept("LIKE"):
        raise errors.UNSUPPORTED_FEATURE("SHOW GRANTS LIKE")
    if parser.accept("ON"):
        return _grants_on(run)
    if parser.accept("OF"):
        kind = "DATABASE ROLE" if parser.accept("DATABASE", "ROLE") else "ROLE"
        if kind == "ROLE":
            parser.expect("ROLE")
        return _grants_of(run, _object(run, kind))
    if parser.accept("TO"):
        to = _grantee(run)
    else:
        parser.expect_end()
        user = run.engine.catalog.get("USER", name=run.session.user.upper())
        if user is None:
            return _result(_OF_ROLE, [])
        to = user
    if to.kind == "USER":
        return _grants_to_user(run, to)
    items = grants.index(run.engine.catalog).to.get(to.id, [])
    owned = [entry for entry in run.engine.catalog.entries() if entry.owner == to.full_name and entry.kind != "GRANT"]
    return _result(_GRANTS, sorted([*_rows(run, items), *map(_owned, owned)], key=lambda row: row[1:4]))


def _grants_on(run: Run) -> StatementResult:
    parser = run.parser
    if parser.accept("ACCOUNT"):
        return _result(_GRANTS, _rows(run, grants.index(run.engine.catalog).on.get(0, [])))
    entry = _object(run, _kind(parser))
    parser.expect_end()
    rows = _rows(run, grants.index(run.engine.catalog).on.get(entry.id, []))
    return _result(_GRANTS, sorted([*rows, _owned(entry)], key=lambda row: (row[1], row[5])))


def _grants_of(run: Run, role: Entry) -> StatementResult:
    rows = _rows(run, grants.index(run.engine.catalog).on.get(role.id, []))
    return _result(_OF_ROLE, [(row[0], role.full_name, row[4], row[5], row[7]) for row in rows if row[1] == "USAGE"])


def _grants_to_user(run: Run, user: Entry) -> StatementResult:
    rows = _rows(run, grants.index(run.engine.catalog).to.get(user.id, []))
    return _result(_OF_ROLE, [(row[0], row[3], "USER", user.name, row[7]) for row in rows if row[2] == "ROLE"])


@command("SHOW FUTURE GRANTS")
def show_future_grants(run: Run) -> StatementResult:
    parser = run.parser
    wanted: Callable[[Entry], bool]
    if parser.accept("TO"):
        to = _grantee(run)
        wanted = lambda item: bool(item.properties["to_id"] == to.id)  # noqa: E731
    else:
        holder = _container(run)
        wanted = lambda item: bool(item.properties["on_id"] == holder.id)  # noqa: E731
    parser.expect_end()
    rows = []
    for item in run.engine.catalog.entries("GRANT"):
        if "future" not in item.properties or not wanted(item):
            continue
        holder_, to_ = (run.engine.catalog.by_id(item.properties[name]) for name in ("on_id", "to_id"))
        if holder_ is None or to_ is None:
            continue
        kind = item.properties["future"]
        rows.append((
            item.created, item.properties["privilege"], _domain(kind), f"{holder_.full_name}.<{_domain(kind)}>",
            _domain(to_.kind), to_.full_name, str(item.properties["option"]).lower(),
        ))  # fmt: skip
    return _result(_FUTURE, rows)


@command("SHOW DATABASE ROLES")
def show_database_roles(run: Run) -> StatementResult:
    parser = run.parser
    parser.expect("IN")
    parser.accept("DATABASE")
    name = ddl.object_name(run)[-1]
    limit, after = None, ""
    if parser.accept("LIMIT"):
        limit = parser.integer()
        after = parser.string() if parser.accept("FROM") else ""
    parser.expect_end()
    run.engine.catalog.database(name)
    found = grants.index(run.engine.catalog)
    columns = (
        "created_on", "name", "is_default", "is_current", "is_inherited", "granted_to_roles",
        "granted_to_database_roles", "granted_database_roles", "owner", "comment", "owner_role_type",
    )  # fmt: skip
    rows = []
    for entry in run.engine.catalog.entries("DATABASE ROLE", name):
        kinds = [item.properties["to_kind"] for item in found.on.get(entry.id, [])]
        rows.append((
            entry.created, entry.name, "N", "N", "N", str(kinds.count("ROLE")), str(kinds.count("DATABASE ROLE")),
            str(len(found.roles.get(entry.id, []))), entry.owner, entry.comment, "ROLE",
        ))  # fmt: skip
    return _result(columns, [row for row in rows if row[1] > after][:limit])
