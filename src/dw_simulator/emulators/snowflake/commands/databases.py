"""Databases and schemas. Vendor pages: "CREATE DATABASE", "CREATE SCHEMA"."""

from __future__ import annotations

import uuid
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import dynamic_tables, grants, moments, policies, streams, versions
from dw_simulator.emulators.snowflake.catalog.model import Entry, TableColumn, now
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl, defaults, versioning
from dw_simulator.emulators.snowflake.commands.options import if_exists, if_not_exists, properties, refuse_folding
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.commands.streams import clone_along
from dw_simulator.emulators.snowflake.commands.tables import copy_table
from dw_simulator.emulators.snowflake.results import StatementResult


@command(
    "CREATE DATABASE", "CREATE OR REPLACE DATABASE", "CREATE TRANSIENT DATABASE", "CREATE OR REPLACE TRANSIENT DATABASE"
)
def create_database(run: Run) -> StatementResult:
    parser = run.parser
    if_missing = if_not_exists(parser)
    name = ddl.object_name(run)[-1]
    catalog = run.engine.catalog
    old = catalog.get("DATABASE", name=name)
    if old is not None and if_missing:
        return StatementResult.status(f"{name} already exists, statement succeeded.")
    if old is not None and "OR REPLACE" not in run.words:
        raise errors.ALREADY_EXISTS(name)
    access = run.engine.access(run.session, run.state)
    if access is not None:
        access.demand_on_account("CREATE DATABASE", run.session.account)
    changes = Changes()
    if old is not None:
        _drop_database(run, old, changes)
    entry = Entry("DATABASE", name, id=catalog.next_id(), owner=run.session.role or "ACCOUNTADMIN")
    entry.transient = "TRANSIENT" in run.words
    source = ddl.object_name(run)[-1] if parser.accept("CLONE") else None
    earlier = Earlier.written(run) if source is not None else None
    _options(run, entry)
    if source is not None and catalog.database(source).transient and not entry.transient:
        raise errors.TRANSIENT_CLONED()
    changes.put(entry)
    if source is not None:
        _demand(run, catalog.database(source), "USAGE")
        copies: dict[int, int] = {}
        for schema in list(catalog.entries("SCHEMA", source)):
            if earlier is None or earlier.had(schema):
                copies |= _clone_schema(run, schema, (name, schema.name), changes, earlier)
        for schema in list(catalog.entries("SCHEMA", source)):
            _clone_streams(run, schema, (name, schema.name), changes, copies)
        for copy in changes.stored:
            defaults.follow(copy, (source,), (name,))
        _point_to_copies(changes, copies)
    else:
        public = Entry("SCHEMA", "PUBLIC", name, id=catalog.next_id(), owner=entry.owner)
        public.transient = entry.transient
        changes.put(public)
    run.engine.apply(run, changes)
    run.session.database, run.session.schema = name, "PUBLIC"
    return StatementResult.status(f"Database {name} successfully created.")


def _options(run: Run, entry: Entry) -> None:
    parser = run.parser
    found: dict[str, Any] = {}
    while True:
        if entry.kind == "SCHEMA" and parser.accept("WITH", "MANAGED", "ACCESS"):
            entry.properties["managed_access"] = True
            continue
        given = properties(parser)
        if not given:
            break
        found |= given
    entry.comment = str(found.pop("COMMENT", ""))
    ddl.set_tags(run, entry, found.pop("TAG", []))
    refuse_folding(entry.kind, found)
    entry.properties.update({key.lower(): value for key, value in found.items()})
    parser.expect_end()


@command("CREATE SCHEMA", "CREATE OR REPLACE SCHEMA", "CREATE TRANSIENT SCHEMA", "CREATE OR REPLACE TRANSIENT SCHEMA")
def create_schema(run: Run) -> StatementResult:
    parser = run.parser
    if_missing = if_not_exists(parser)
    parts = ddl.object_name(run)
    database = parts[0] if len(parts) == 2 else run.session.database
    if database is None:
        raise errors.NO_CURRENT_DATABASE("CREATE SCHEMA")
    catalog, name = run.engine.catalog, parts[-1]
    holder = catalog.database(database)
    old = catalog.get("SCHEMA", database, "", name)
    if old is not None and if_missing:
        return StatementResult.status(f"{name} already exists, statement succeeded.")
    if old is not None and "OR REPLACE" not in run.words:
        raise errors.ALREADY_EXISTS(name)
    access = run.engine.access(run.session, run.state)
    if access is not None:
        if not access.enters(database):
            raise errors.KIND_NOT_FOUND("Database", database)
        access.demand_create(holder, "SCHEMA")
    changes = Changes()
    if old is not None:
        _drop_schema(run, old, changes)
    source = ddl.object_name(run) if parser.accept("CLONE") else None
    earlier = Earlier.written(run) if source is not None else None
    entry = Entry("SCHEMA", name, database, id=catalog.next_id(), owner=run.session.role or "ACCOUNTADMIN")
    entry.transient = "TRANSIENT" in run.words or holder.transient
    _options(run, entry)
    if source is not None:
        origin = catalog.schema(source[0] if len(source) == 2 else database, source[-1])
        _demand(run, origin, "USAGE")
        if origin.transient and not entry.transient:
            raise errors.TRANSIENT_CLONED()
        copies = _clone_schema(run, origin, (database, name), changes, earlier)
        _clone_streams(run, origin, (database, name), changes, copies)
        _point_to_copies(changes, copies)
    else:
        changes.put(entry)
    run.engine.apply(run, changes)
    run.session.database, run.session.schema = database, name
    return StatementResult.status(f"Schema {name} successfully created.")


class Earlier:
    """The moment that a clone of a schema or a database is to be of: tables are as they were then."""

    def __init__(self, run: Run, moment: versions.Moment) -> None:
        self._run, self._moment = run, moment
        self._at = versions.moment_time(run.engine.catalog, moment)
        self._lenient = run.parser.accept("IGNORE", "TABLES", "WITH", "INSUFFICIENT", "DATA", "RETENTION")

    @classmethod
    def written(cls, run: Run) -> Earlier | None:
        """What AT or BEFORE says, if one of them comes next. Raises SnowflakeError 000002 for AT (STREAM => …)."""
        if not run.parser.is_word("AT", "BEFORE"):
            return None
        moment = moments.moment_of(run.engine.binder(run), run.parser.moment())
        if moment.kind == "STREAM":
            raise errors.UNSUPPORTED_FEATURE("CLONE … AT (STREAM => …)")
        return cls(run, moment)

    def had(self, entry: Entry) -> bool:
        """Whether an object was there."""
        gone = entry.dropped is not None and versions.microseconds(entry.dropped) <= self._at
        return versions.microseconds(entry.created) <= self._at and not gone

    def dropped(self, schema: Entry) -> list[Entry]:
        """The tables that were there, and were dropped since."""
        found = self._run.engine.catalog.dropped_entries()
        place = (schema.database, schema.name)
        return [e for e in found if e.kind == "TABLE" and (e.database, e.schema) == place and self.had(e)]

    def rows(self, table: Entry) -> str | None:
        """SQL of a table's rows; None where they are not known and the table is to be left out.

        Raises:
            SnowflakeError: 000707 or 000002, they are not known.
        """
        binder = self._run.engine.binder(self._run)
        evaluate = binder.env.evaluate
        assert evaluate is not None
        try:
            version = versions.version_at(evaluate, self._run.engine.catalog, table, self._moment)
        except errors.SnowflakeError:
            if self._lenient:
                return None
            raise
        return versions.rows_sql(evaluate, table, version)


def _clone_schema(
    run: Run, source: Entry, into: tuple[str, str], changes: Changes, earlier: Earlier | None
) -> dict[int, int]:
    """Copies of all that a schema holds. Returns the ids of the copies by those of the originals."""
    catalog = run.engine.catalog
    database, name = into
    entry = ddl.copy_entry(source)
    entry.database, entry.name, entry.id, entry.created = database, name, catalog.next_id(), now()
    changes.put(entry)
    copies: dict[int, int] = {}
    items = list(catalog.entries(None, source.database, source.name))
    for item in [*items, *(earlier.dropped(source) if earlier is not None else [])]:
        rows = None
        if earlier is not None and item.kind == "TABLE":
            rows = earlier.rows(item) if earlier.had(item) else None
            if rows is None:
                continue
        copy = ddl.copy_entry(item)
        copy.dropped = None
        copy.database, copy.schema, copy.id, copy.created = database, name, catalog.next_id(), now()
        copies[item.id] = copy.id
        if item.is_table:
            copy_table(run, item, copy, changes, rows)
            defaults.follow(copy, (source.database, source.name), (database, name))
            versioning.settle_new(run, copy, changes)
        elif item.kind == streams.KIND:
            continue
        elif item.kind == "SEQUENCE":
            following = run.engine.next_value(item)
            changes.run("CREATE " + ddl.sequence_sql(f"data.s{copy.id}", following, item.properties["increment"]))
        changes.put(copy)
        for grant in grants.index(catalog).on.get(item.id, ()):
            changes.put(grants.copied(catalog, grant, copy))
    return copies


def _clone_streams(run: Run, source: Entry, into: tuple[str, str], changes: Changes, copies: dict[int, int]) -> None:
    """Streams on tables come along, and begin anew; those on views and on external tables do not."""
    catalog = run.engine.catalog
    made = {entry.id: entry for entry in changes.stored}
    for item in list(catalog.entries(streams.KIND, source.database, source.name)):
        ident = item.properties["source"]
        table = made.get(copies.get(ident, ident)) or catalog.by_id(ident)
        if table is None or table.kind not in ("TABLE", dynamic_tables.KIND):
            continue
        copy = ddl.copy_entry(item)
        (copy.database, copy.schema), copy.id, copy.created = into, catalog.next_id(), now()
        copies[item.id] = copy.id
        clone_along(copy, table, changes)
        for grant in grants.index(catalog).on.get(item.id, ()):
            changes.put(grants.copied(catalog, grant, copy))


def _point_to_copies(changes: Changes, copies: dict[int, int]) -> None:
    """Let cloned objects have the clones of their tags, policies and predecessors, where those were cloned along."""
    for entry in changes.stored:
        holders: list[Entry | TableColumn] = [entry, *entry.columns]
        for holder in holders:
            values = dict(holder.tags)
            holder.tags.clear()
            holder.tags.update({str(copies.get(int(ident), ident)): value for ident, value in values.items()})
        if entry.kind == "TASK":
            entry.properties["after"] = [copies.get(ident, ident) for ident in entry.properties["after"]]
            entry.properties["finalize"] = copies.get(entry.properties.get("finalize") or 0)
            entry.properties |= {"state": "suspended", "uuid": str(uuid.uuid4())}
        if entry.kind == "ALERT":
            entry.properties["state"] = "suspended"
        if entry.kind == dynamic_tables.KIND:
            dynamic_tables.suspend_clone(entry)
        used = [entry.properties.get(policies.ROWS), *(column.policy for column in entry.columns)]
        for policy in used:
            if policy is not None:
                policy["id"] = copies.get(policy["id"], policy["id"])
        masks = entry.properties.get(policies.TAG_POLICIES, {}) if entry.kind == "TAG" else {}
        masks.update({kind: copies.get(ident, ident) for kind, ident in masks.items()})


# --- dropping ---------------------------------------------------------------------------------------------------------
@command("DROP DATABASE")
def drop_database(run: Run) -> StatementResult:
    maybe = if_exists(run.parser)
    name = ddl.object_name(run)[-1]
    run.parser.accept_any("CASCADE", "RESTRICT")
    run.parser.expect_end()
    entry = run.engine.catalog.get("DATABASE", name=name)
    if entry is None:
        if maybe:
            return ddl.missing_status(name)
        raise errors.KIND_NOT_FOUND("Database", name)
    changes = Changes()
    _drop_database(run, entry, changes)
    run.engine.apply(run, changes)
    if run.session.database == name:
        run.session.database = run.session.schema = None
    return ddl.dropped_status(name)


def _drop_database(run: Run, entry: Entry, changes: Changes) -> None:
    _demand(run, entry)
    _policies_must_be_free(run, entry.name, None)
    for schema in list(run.engine.catalog.entries("SCHEMA", entry.name)):
        _drop_contents(run, schema, changes)
    ddl.drop_entry(changes, entry)
    changes.stored[-1].properties["dropped_with"] = None


def _demand(run: Run, entry: Entry, *privileges: str) -> None:
    access = run.engine.access(run.session, run.state)
    if access is not None:
        access.demand(entry, *privileges)


def _policies_must_be_free(run: Run, database: str, schema: str | None) -> None:
    policy = policies.used_outside(run.engine.catalog, database, schema)
    if policy is not None:
        raise errors.POLICY_IN_USE(policy.full_name)


def _drop_schema(run: Run, entry: Entry, changes: Changes) -> None:
    _demand(run, entry)
    _policies_must_be_free(run, entry.database, entry.name)
    _drop_contents(run, entry, changes)


def _drop_contents(run: Run, entry: Entry, changes: Changes) -> None:
    """Everything in it goes with it, marked with the schema it went with, so that UNDROP brings it back."""
    moment = now()
    for item in list(run.engine.catalog.entries(None, entry.database, entry.name)):
        copy = ddl.copy_entry(item)
        copy.dropped = moment
        copy.properties["dropped_with"] = entry.id
        changes.put(copy)
    for item in [item for item in run.state.temporary.values() if item.parts[:2] == (entry.database, entry.name)]:
        ddl.drop_entry(changes, item)
    copy = ddl.copy_entry(entry)
    copy.dropped = moment
    changes.put(copy)


@command("DROP SCHEMA")
def drop_schema(run: Run) -> StatementResult:
    maybe = if_exists(run.parser)
    parts = ddl.object_name(run)
    run.parser.accept_any("CASCADE", "RESTRICT")
    run.parser.expect_end()
    database = parts[0] if len(parts) == 2 else run.session.database
    if database is None:
        raise errors.NO_CURRENT_DATABASE("DROP SCHEMA")
    entry = run.engine.catalog.get("SCHEMA", database, "", parts[-1])
    if entry is None:
        if maybe:
            return ddl.missing_status(parts[-1])
        raise errors.KIND_NOT_FOUND("Schema", f"{database}.{parts[-1]}")
    changes = Changes()
    _drop_schema(run, entry, changes)
    run.engine.apply(run, changes)
    if (run.session.database, run.session.schema) == (database, entry.name):
        run.session.schema = None
    return ddl.dropped_status(entry.name)


@command("UNDROP SCHEMA", "UNDROP DATABASE")
def undrop(run: Run) -> StatementResult:
    parts = ddl.object_name(run)
    run.parser.expect_end()
    catalog, changes = run.engine.catalog, Changes()
    if run.words.endswith("DATABASE"):
        entry = catalog.dropped("DATABASE", "", "", parts[-1])
        schemas = [
            item for item in catalog.dropped_entries()
            if entry and item.kind == "SCHEMA" and item.database == entry.name and item.dropped and entry.dropped
            and abs((item.dropped - entry.dropped).total_seconds()) < 5
        ]  # fmt: skip
    else:
        entry = catalog.dropped("SCHEMA", parts[0] if len(parts) == 2 else run.session.database or "", "", parts[-1])
        schemas = [entry] if entry is not None else []
    kind = run.words.split()[-1].capitalize()
    if entry is None:
        raise errors.KIND_NOT_FOUND(kind, ".".join(parts))
    if catalog.get(entry.kind, *entry.parts) is not None:
        raise errors.ALREADY_EXISTS(entry.name)
    _demand(run, entry)
    together = {schema.id for schema in schemas}
    restored = [item for item in catalog.dropped_entries() if item.properties.get("dropped_with") in together]
    for item in {id(item): item for item in (entry, *schemas, *restored)}.values():
        copy = ddl.copy_entry(item)
        copy.dropped = None
        copy.properties.pop("dropped_with", None)
        changes.put(copy)
    run.engine.apply(run, changes)
    return StatementResult.status(f"{kind} {entry.name} successfully restored.")
