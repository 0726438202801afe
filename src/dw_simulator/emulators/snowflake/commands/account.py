"""Account objects and access: warehouses, roles, users, grants, tags. Recorded and shown."""

from __future__ import annotations

from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import versions
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl, defaults, versioning
from dw_simulator.emulators.snowflake.commands.attachments import change_policy, check_network_policy
from dw_simulator.emulators.snowflake.commands.grants import drop_grants
from dw_simulator.emulators.snowflake.commands.options import if_exists, if_not_exists, properties, refuse_folding
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.commands.users import TOKEN_VERBS, change_tokens
from dw_simulator.emulators.snowflake.logins import users
from dw_simulator.emulators.snowflake.logins.policies import check_password
from dw_simulator.emulators.snowflake.results import StatementResult

KINDS = ("WAREHOUSE", "ROLE", "USER", "RESOURCE MONITOR", "INTEGRATION")
CATEGORIES = ("SECURITY", "STORAGE", "API", "NOTIFICATION", "EXTERNAL ACCESS", "CATALOG")
"""Of integrations."""
_INTEGRATIONS = tuple(f"{category} INTEGRATION" for category in CATEGORIES)
_OWN_HANDLERS = {
    ("CREATE", "RESOURCE MONITOR"),
    ("CREATE OR REPLACE", "RESOURCE MONITOR"),
    ("ALTER", "RESOURCE MONITOR"),
}


def _words(verb: str, kinds: tuple[str, ...] = (*KINDS, *_INTEGRATIONS)) -> list[str]:
    return [f"{verb} {kind}" for kind in kinds if (verb, kind) not in _OWN_HANDLERS]


def _kind(run: Run) -> str:
    return next(kind for kind in KINDS if run.words.endswith(kind))


@command(*_words("CREATE"), *_words("CREATE OR REPLACE"))
def create_account_object(run: Run) -> StatementResult:
    parser, kind = run.parser, _kind(run)
    if_missing = if_not_exists(parser)
    name = ddl.object_name(run)[-1]
    parser.accept("WITH")
    found: dict[str, Any] = {key.lower(): value for key, value in properties(parser).items()}
    parser.expect_end()
    old = run.engine.catalog.get(kind, name=name)
    if old is not None and if_missing:
        return StatementResult.status(f"{name} already exists, statement succeeded.")
    if old is not None and "OR REPLACE" not in run.words:
        raise errors.ALREADY_EXISTS(name)
    access = run.engine.access(run.session, run.state)
    if access is not None:
        access.demand_on_account(f"CREATE {kind}", run.session.account)
        if old is not None:
            access.demand(old)
    entry = Entry(kind, name, id=run.engine.catalog.next_id(), owner=run.session.role or "ACCOUNTADMIN")
    entry.comment = str(found.pop("comment", ""))
    ddl.set_tags(run, entry, found.pop("tag", []))
    if kind == "USER":
        _set_user(run, entry, found)
    else:
        entry.properties.update(found)
    if kind == "INTEGRATION":
        entry.properties["category"] = _category(run)
    if kind == "WAREHOUSE":
        entry.properties.setdefault("state", "SUSPENDED" if found.get("initially_suspended") else "STARTED")
        run.session.warehouse = name
    changes = Changes()
    if old is not None:
        changes.remove(old)
    changes.put(entry)
    run.engine.apply(run, changes)
    return StatementResult.status(f"{kind.capitalize()} {name} successfully created.")


@command(*_words("DROP"))
def drop_account_object(run: Run) -> StatementResult:
    kind = _kind(run)
    maybe = if_exists(run.parser)
    name = ddl.object_name(run)[-1]
    run.parser.expect_end()
    entry = run.engine.catalog.get(kind, name=name)
    if entry is None:
        if maybe:
            return ddl.missing_status(name)
        raise errors.KIND_NOT_FOUND(kind.capitalize(), name)
    demand(run, entry)
    changes = Changes()
    changes.remove(entry)
    if kind in ("ROLE", "USER"):
        drop_grants(run, entry, changes)
    run.engine.apply(run, changes)
    if kind == "WAREHOUSE" and run.session.warehouse == name:
        run.session.warehouse = None
    return ddl.dropped_status(name)


@command(*_words("ALTER"), "ALTER DATABASE", "ALTER SCHEMA")
def alter_object(run: Run) -> StatementResult:
    parser = run.parser
    kind = "INTEGRATION" if run.words.endswith("INTEGRATION") else run.words.removeprefix("ALTER ")
    maybe = if_exists(parser)
    verbs = ("SET", "SUSPEND", "RESUME", "ABORT", *(TOKEN_VERBS if kind == "USER" else ()))
    parts = ddl.object_name(run) if parser.is_identifier() and not parser.is_word(*verbs) else ()
    entry = named(run, kind, parts)
    if entry is None:
        if maybe:
            return ddl.succeeded()
        raise errors.KIND_NOT_FOUND(kind.capitalize(), ".".join(parts))
    _demand_alter(run, entry)
    entry = ddl.copy_entry(entry)
    changes = Changes()
    if kind == "USER" and parser.is_word(*TOKEN_VERBS):
        return change_tokens(run, entry)
    if parser.accept("RENAME", "TO"):
        _rename(run, entry, changes)
    elif kind == "WAREHOUSE" and parser.is_word("SUSPEND", "RESUME"):
        _suspend_or_resume(run, entry)
    elif kind in ("WAREHOUSE", "USER") and parser.accept("ABORT", "ALL", "QUERIES"):
        _abort(run, kind, entry.name)
    elif kind == "SCHEMA" and parser.is_word("ENABLE", "DISABLE"):
        entry.properties["managed_access"] = parser.next().value == "ENABLE"
        parser.expect("MANAGED", "ACCESS")
    elif ddl.change_tags(run, entry) or (kind == "USER" and change_policy(run, entry)):
        pass
    elif parser.accept("UNSET"):
        for name in parser.comma_list(parser.identifier):
            users.unset_property(entry, name.lower())
    elif parser.accept("SET"):
        found = {key.lower(): value for key, value in properties(parser).items()}
        entry.comment = str(found.pop("comment", entry.comment))
        if kind == "USER":
            _set_user(run, entry, found)
        else:
            refuse_folding(kind, found)
            entry.properties.update(found)
        if versions.RETENTION in found:
            versioning.begin_inside(run, entry, changes)
    elif kind in ("DATABASE", "SCHEMA") and parser.accept("SWAP", "WITH"):
        _swap(run, entry, changes)
    else:
        parser.fail()
    parser.expect_end()
    changes.put(entry)
    run.engine.apply(run, changes)
    return ddl.succeeded()


def _category(run: Run) -> str:
    """The category of an integration; empty without one."""
    return next((name.replace(" ", "_") for name in CATEGORIES if run.words.endswith(f"{name} INTEGRATION")), "")


def _set_user(run: Run, entry: Entry, found: dict[str, Any]) -> None:
    """Properties of a user. Raises, besides what ``set_properties`` does, 003002: a policy refuses the password."""
    if found.get("network_policy") is not None:
        found["network_policy"] = check_network_policy(run, found["network_policy"], entry)
    if found.get("password") is not None and run.engine.enforces_grants:
        check_password(run.engine.catalog, entry, str(found["password"]))
    users.set_properties(entry, found)


def _suspend_or_resume(run: Run, entry: Entry) -> None:
    """Vendor page: "ALTER WAREHOUSE".

    Doing it again is no error: there, a warehouse that queries woke up or that fell asleep may be in either state.
    """
    verb = run.parser.next().value
    if verb == "RESUME":
        run.parser.accept("IF", "SUSPENDED")
    entry.properties["state"] = "SUSPENDED" if verb == "SUSPEND" else "STARTED"


def _abort(run: Run, kind: str, name: str) -> None:
    """Cancel the statements that run in a warehouse, or those of a user, but for this one."""
    cancel = run.engine.cancel_query
    if cancel is None:
        raise errors.UNSUPPORTED_FEATURE(f"ALTER {kind} … ABORT ALL QUERIES here")
    for record in run.engine.catalog.query_log.records():
        where = record.warehouse if kind == "WAREHOUSE" else record.user
        if record.ended is None and where == name and record.id != run.query_id:
            cancel(record.id)


def _swap(run: Run, entry: Entry, changes: Changes) -> None:
    """Two databases or schemas change names, and with them all that they hold."""
    parts = ddl.object_name(run)
    found = named(run, entry.kind, parts)
    if found is None:
        raise errors.KIND_NOT_FOUND(entry.kind.capitalize(), ".".join(parts))
    if found.id == entry.id:
        raise errors.ALREADY_EXISTS(entry.name)
    demand(run, found)
    other = ddl.copy_entry(found)
    for holder, target in ((entry, other), (other, entry)):
        where = (holder.name, None) if holder.kind == "DATABASE" else (holder.database, holder.name)
        for item in run.engine.catalog.entries(None, *where):
            copy = ddl.copy_entry(item)
            copy.database = target.name if holder.kind == "DATABASE" else target.database
            copy.schema = item.schema if holder.kind == "DATABASE" else target.name
            names = [tuple(part for part in (one.database, one.name) if part) for one in (holder, target)]
            defaults.follow(copy, names[0], names[1])
            changes.put(copy)
    mine = entry.database, entry.name
    entry.database, entry.name = other.database, other.name
    other.database, other.name = mine
    changes.put(other)


def demand(run: Run, entry: Entry, *privileges: str) -> None:
    access = run.engine.access(run.session, run.state)
    if access is not None:
        access.demand(entry, *privileges)


def _demand_alter(run: Run, entry: Entry) -> None:
    """What ALTER needs: users change their own tokens, who may operate a warehouse suspends it, and so on."""
    own = entry.kind == "USER" and entry.name == run.session.user.upper()
    if own and run.parser.is_word(*TOKEN_VERBS):
        return
    if entry.kind == "WAREHOUSE" and run.parser.is_word("SUSPEND", "RESUME"):
        demand(run, entry, "OPERATE")
    elif run.parser.is_word("SET", "UNSET") and run.parser.ahead().value != "TAG":
        demand(run, entry, "MODIFY")
    else:
        demand(run, entry)


def named(run: Run, kind: str, parts: tuple[str, ...]) -> Entry | None:
    """A database, a schema or an object of the account."""
    catalog = run.engine.catalog
    if kind == "SCHEMA":
        database = parts[0] if len(parts) == 2 else run.session.database
        return catalog.get("SCHEMA", database or "", "", parts[-1])
    name = parts[-1] if parts else (run.session.warehouse or "" if kind == "WAREHOUSE" else run.session.user.upper())
    return catalog.get(kind, name=name)


def _rename(run: Run, entry: Entry, changes: Changes) -> None:
    """A database or schema takes all it holds along."""
    catalog, old = run.engine.catalog, entry.name
    new = ddl.object_name(run)[-1]
    if catalog.get(entry.kind, entry.database, "", new) is not None:
        raise errors.ALREADY_EXISTS(new)
    if entry.kind in ("DATABASE", "SCHEMA"):
        database = old if entry.kind == "DATABASE" else entry.database
        for item in catalog.entries(None, database):
            if entry.kind == "SCHEMA" and item.schema != old:
                continue
            copy = ddl.copy_entry(item)
            if entry.kind == "DATABASE":
                copy.database = new
                defaults.follow(copy, (old,), (new,))
            else:
                copy.schema = new
                defaults.follow(copy, (database, old), (database, new))
            changes.put(copy)
        if entry.kind == "DATABASE" and run.session.database == old:
            run.session.database = new
        elif entry.kind == "SCHEMA" and (run.session.database, run.session.schema) == (entry.database, old):
            run.session.schema = new
    if entry.kind == "ROLE":
        for item in catalog.entries():
            if item.owner == old and item.id != entry.id:
                copy = ddl.copy_entry(item)
                copy.owner = new
                changes.put(copy)
    entry.name = new
