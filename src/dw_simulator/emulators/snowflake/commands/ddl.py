"""What DDL handlers share: current names, creating and dropping entries."""

from __future__ import annotations

from collections.abc import Sequence

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import grants, policies
from dw_simulator.emulators.snowflake.catalog.model import TAGS, Entry, TableColumn, now
from dw_simulator.emulators.snowflake.catalog.routines import signed_name
from dw_simulator.emulators.snowflake.catalog.store import Changes, key_of
from dw_simulator.emulators.snowflake.catalog.view import SessionCatalog
from dw_simulator.emulators.snowflake.commands.options import (
    ROW_ACCESS,
    ColumnSpec,
    TagValues,
    if_exists,
    mask_spec,
    tag_names,
    tag_values,
)
from dw_simulator.emulators.snowflake.commands.registry import Run
from dw_simulator.emulators.snowflake.results import StatementResult, StatementType
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.typing import resolve

LONGEST_TAG_VALUE = 256


def catalog_of(run: Run) -> SessionCatalog:
    return run.engine.session_catalog(run.session, run.state)


def object_name(run: Run) -> tuple[str, ...]:
    """A name, or IDENTIFIER('…')."""
    parser = run.parser
    if parser.at_identifier_call():
        parser.next()
        value = run.engine.binder(run).expression(parser.parenthesized(parser.expression)[0])
        from dw_simulator.emulators.snowflake.translation.parser import Parser

        if not isinstance(value.const, str):
            raise errors.INVALID_PARAMETER_VALUE("expression", "IDENTIFIER")
        return Parser(value.const).qualified()
    return parser.qualified()


def routine_name(parser: Parser) -> tuple[str, ...]:
    """The name of a function or procedure with the types of its arguments: part of its name, as it is overloaded."""
    parts = parser.qualified()
    kinds = parser.parenthesized(lambda: resolve(parser.type_ref()))
    return (*parts[:-1], signed_name(parts[-1], kinds))


def new_entry(run: Run, kind: str, parts: tuple[str, ...], action: str) -> Entry:
    """An entry of that name in its schema. Raises when database or schema do not exist."""
    view = catalog_of(run)
    database, schema, name = view.qualify(parts, action)
    holder = run.engine.catalog.schema(database, schema)
    if view.access is not None:
        if not view.access.enters(database, schema):
            raise errors.KIND_NOT_FOUND("Schema", f"{database}.{schema}")
        view.access.demand_create(holder, kind)
    return Entry(kind, name, database, schema, run.engine.catalog.next_id(), run.session.role or "ACCOUNTADMIN")


def existing(run: Run, entry: Entry) -> Entry | None:
    """What has the name (and namespace) of ``entry`` already; a temporary object shadows a permanent one."""
    if entry.temporary:
        return run.state.temporary.get(key_of(entry))
    return run.engine.catalog.get(entry.kind, *entry.parts)


def create(
    run: Run, entry: Entry, changes: Changes, *, replace: bool, if_missing: bool, message: str | None = None
) -> StatementResult:
    """Store a new entry with CREATE [OR REPLACE] … [IF NOT EXISTS] rules. ``changes`` has its SQL."""
    old = existing(run, entry)
    if old is not None and "OR ALTER" in run.words:
        return _transform(run, entry, old, changes)
    if old is not None:
        if if_missing:
            return StatementResult.status(f"{entry.name} already exists, statement succeeded.")
        if not replace:
            raise errors.ALREADY_EXISTS(entry.full_name)
        access = run.engine.access(run.session, run.state)
        if access is not None and not old.temporary:
            access.demand(old)
        drop_entry(changes, old)
    if entry.properties.pop("copy_tags", False) and old is not None:
        _copy_tags(old, entry)
    copies = entry.properties.pop("copy_grants", False)
    if not entry.temporary:
        _give_grants(run, entry, old if copies else None, changes)
    set_tags(run, entry, entry.properties.pop("TAG", []))
    set_row_access(run, entry, entry.properties.pop(ROW_ACCESS, None))
    changes.put(entry)
    run.engine.apply(run, changes)
    kind = entry.kind.capitalize() if entry.kind != "MATERIALIZED VIEW" else "Materialized view"
    return StatementResult.status(message or f"{kind} {entry.name} successfully created.")


def _transform(run: Run, entry: Entry, old: Entry, changes: Changes) -> StatementResult:
    """CREATE OR ALTER of what is there: it is what the statement says, with its own grants, tags and policies.

    Raises:
        SnowflakeError: it is of another kind; 000002, the statement names tags or policies; 003557, a column that a
            policy needs is gone or has another type.
    """
    if old.kind != entry.kind or old.temporary or bool(old.properties.get("materialized")):
        raise errors.WRONG_KIND(old.kind, entry.kind)
    access = run.engine.access(run.session, run.state)
    if access is not None:
        access.demand(old)
    named = entry.properties.pop("TAG", []) or entry.tags or entry.properties.get(policies.ROWS)
    if named or any(column.tags or column.policy for column in entry.columns):
        raise errors.UNSUPPORTED_FEATURE(f"CREATE OR ALTER {entry.kind} with tags or policies")
    entry.properties.pop("copy_grants", None)
    entry.properties.pop("copy_tags", None)
    entry.id, entry.created, entry.owner = old.id, old.created, old.owner
    entry.tags.update(old.tags)
    rows = old.properties.get(policies.ROWS)
    needed = set(rows["on"]) if rows is not None else set()
    for column in old.columns:
        kept = entry.column(column.name)
        needed |= set(column.policy["using"]) if column.policy is not None else set()
        if column.policy is not None and kept is not None and kept.type.name != column.type.name:
            raise errors.POLICY_COLUMN_IN_USE(column.name)
        if kept is not None:
            kept.tags, kept.policy = dict(column.tags), column.policy
        elif column.policy is not None or column.key in needed:
            raise errors.POLICY_COLUMN_IN_USE(column.name)
    gone = needed - {column.key for column in entry.columns}
    if gone:
        raise errors.POLICY_COLUMN_IN_USE(min(gone))
    if rows is not None:
        entry.properties[policies.ROWS] = rows
    changes.put(entry)
    run.engine.apply(run, changes)
    return succeeded()


def _copy_tags(old: Entry, entry: Entry) -> None:
    """COPY TAGS: the tags of the object that is replaced and of those of its columns that the new one has too."""
    if old.tags:
        entry.properties[TAGS] = {**old.tags, **entry.tags}
    for column in entry.columns:
        was = old.column(column.name)
        if was is not None:
            column.tags = {**was.tags, **column.tags}


def _give_grants(run: Run, entry: Entry, old: Entry | None, changes: Changes) -> None:
    """Future grants on a new object, and with COPY GRANTS those of the object it replaces."""
    catalog = run.engine.catalog
    if old is not None:
        for item in grants.index(catalog).on.get(old.id, ()):
            changes.put(grants.copied(catalog, item, entry))
    for item in grants.future_grants(catalog, entry):
        to = catalog.by_id(item.properties["to_id"])
        if to is not None and item.properties["privilege"] == grants.OWNERSHIP:
            entry.owner = to.full_name
        elif to is not None:
            option, privilege = item.properties["option"], item.properties["privilege"]
            changes.put(grants.new_grant(catalog, privilege, entry, to, option=option, by=item.owner))


def drop_entry(changes: Changes, entry: Entry) -> None:
    """Drop: tables, schemas, databases and tags can be brought back; their data stays."""
    if entry.temporary:
        if entry.is_table:
            changes.run(f"DROP TABLE IF EXISTS {entry.physical}")
        changes.remove(entry)
        return
    if entry.is_table or entry.kind in ("SCHEMA", "DATABASE", "TAG"):
        entry = copy_entry(entry)
        entry.dropped = now()
        changes.put(entry)
        return
    changes.remove(entry)


def copy_entry(entry: Entry) -> Entry:
    """A copy that may be changed; lists are new."""
    from copy import deepcopy

    return deepcopy(entry)


def rename_entry(run: Run, entry: Entry, suffix: str = "") -> None:
    """A new name, maybe in another schema; ``suffix`` (the types of a routine's arguments) is put after it."""
    parts = object_name(run)
    view = catalog_of(run)
    if len(parts) == 1:
        parts = (entry.database, entry.schema, parts[0])
    database, schema, name = view.qualify((*parts[:-1], parts[-1] + suffix), "RENAME")
    run.engine.catalog.schema(database, schema)
    moved = copy_entry(entry)
    moved.database, moved.schema, moved.name = database, schema, name
    if existing(run, moved) is not None:
        raise errors.ALREADY_EXISTS(name)
    if view.access is not None and (database, schema) != (entry.database, entry.schema):
        view.access.demand_create(run.engine.catalog.schema(database, schema), entry.kind)
    entry.database, entry.schema, entry.name = database, schema, name


# --- tags -------------------------------------------------------------------------------------------------------------
def change_tags(run: Run, holder: Entry | TableColumn) -> bool:
    """``SET TAG …`` or ``UNSET TAG …``, if one of them comes next. ``holder`` may be changed (it is a copy)."""
    parser = run.parser
    if parser.at_words("SET", "TAG"):
        parser.accept("SET", "TAG")
        set_tags(run, holder, tag_values(parser))
        return True
    if parser.accept("UNSET", "TAG"):
        view = catalog_of(run)
        for parts in tag_names(parser):
            holder.tags.pop(str(view.require("TAG", parts, "UNSET TAG").id), None)
        return True
    return False


def set_tags(run: Run, holder: Entry | TableColumn, values: TagValues) -> None:
    """Raises SnowflakeError: 002003 there is no such tag, 001008 the tag does not allow the value."""
    view = catalog_of(run)
    for parts, value in values:
        tag = view.require("TAG", tuple(parts), "SET TAG")
        allowed = tag.properties["allowed_values"]
        if len(value) > LONGEST_TAG_VALUE or (allowed is not None and value not in allowed):
            raise errors.INVALID_PARAMETER_VALUE(value, f"TAG {tag.full_name}")
        holder.tags[str(tag.id)] = value


# --- policies ---------------------------------------------------------------------------------------------------------
def set_row_access(run: Run, entry: Entry, given: list[list[str]] | None) -> None:
    """The row access policy of CREATE TABLE or CREATE VIEW."""
    if given is not None:
        policies.set_rows(catalog_of(run), entry, tuple(given[0]), given[1])


def set_column_options(run: Run, entry: Entry, specs: Sequence[ColumnSpec]) -> None:
    """Tags and masking policies of the columns of CREATE TABLE or CREATE VIEW."""
    for column, spec in zip(entry.columns, specs, strict=False):
        set_tags(run, column, spec.tags)
        if spec.mask is not None:
            policies.set_mask(catalog_of(run), entry, column, *spec.mask, False)


def change_column_policy(run: Run, entry: Entry, column: TableColumn) -> bool:
    """``SET MASKING POLICY …`` or ``UNSET MASKING POLICY`` on a column, if one of them comes next."""
    parser = run.parser
    if parser.accept("UNSET", "MASKING", "POLICY"):
        column.policy = None
        return True
    if parser.at_words("SET", "PROJECTION", "POLICY") or parser.at_words("UNSET", "PROJECTION", "POLICY"):
        raise errors.UNSUPPORTED_FEATURE("PROJECTION POLICY")
    if not parser.accept("SET", "MASKING", "POLICY"):
        return False
    parts, using = mask_spec(parser)
    policies.set_mask(catalog_of(run), entry, column, parts, using, parser.accept("FORCE"))
    return True


def change_row_access(run: Run, entry: Entry) -> bool:
    """``ADD`` or ``DROP ROW ACCESS POLICY``, if one of them comes next."""
    parser, view = run.parser, catalog_of(run)
    if parser.accept("DROP", "ALL", "ROW", "ACCESS", "POLICIES"):
        policies.drop_rows(view, entry, None)
        return True
    if parser.is_word("SET", "UNSET") and parser.ahead().value in ("AGGREGATION", "JOIN"):
        raise errors.UNSUPPORTED_FEATURE(f"{parser.ahead().value} POLICY")
    if not parser.at_words("ADD", "ROW", "ACCESS") and not parser.at_words("DROP", "ROW", "ACCESS"):
        return False
    while True:
        adds = parser.next().value == "ADD"
        parser.expect("ROW", "ACCESS", "POLICY")
        parts = parser.qualified()
        if adds:
            parser.expect("ON")
            policies.set_rows(view, entry, parts, parser.parenthesized(parser.identifier))
        else:
            policies.drop_rows(view, entry, parts)
        if not parser.accept_op(","):
            return True


def dropped_status(name: str) -> StatementResult:
    return StatementResult.status(f"{name} successfully dropped.", StatementType.DDL)


def missing_status(name: str) -> StatementResult:
    return StatementResult.status(f"Drop statement executed successfully ({name} already dropped).", StatementType.DDL)


def altered(run: Run, kind: str, action: str, *, operating: Sequence[str] = ()) -> Entry | None:
    """The object after ALTER …: ``[IF EXISTS] name``. None if it is not there and need not be.

    ``action`` decides the privilege that is asked for; before one of the words ``operating`` it is OPERATE.

    Raises:
        SnowflakeError: 002003, it is not there or the role may not see it; 003001, the role may not alter it.
    """
    maybe = if_exists(run.parser)
    parts = object_name(run)
    view = catalog_of(run)
    if maybe and view.find(kind, parts) is None:
        return None
    return view.require(kind, parts, "OPERATE" if run.parser.is_word(*operating) else action)


def succeeded(message: str = "Statement executed successfully.") -> StatementResult:
    return StatementResult.status(message)


def stored(run: Run, entry: Entry) -> StatementResult:
    """Put an entry into the catalog; the result that says so."""
    changes = Changes()
    changes.put(entry)
    run.engine.apply(run, changes)
    return succeeded()


def sequence_sql(physical: str, start: int, step: int) -> str:
    """DuckDB's sequence from ``start`` on, with bounds that let it begin there."""
    bounds = f" MINVALUE {start}" if step > 0 and start < 1 else ""
    if step < 0:
        bounds = f" MINVALUE -9223372036854775807 MAXVALUE {max(start, 1)}"
    return f"SEQUENCE {physical} START {start} INCREMENT {step}{bounds}"
