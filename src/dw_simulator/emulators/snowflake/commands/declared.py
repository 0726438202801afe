"""CREATE, ALTER, DROP and DESCRIBE of objects that are a list of properties; see ``catalog.declared`` for the pages."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import declared
from dw_simulator.emulators.snowflake.catalog.information_schema import typed_columns
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.options import if_exists, if_not_exists, properties
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.translation.parser import Parser


def _spec(run: Run) -> declared.Declared:
    return next(spec for kind, spec in declared.KINDS.items() if run.words.endswith(kind))


def _words(*verbs: str) -> list[str]:
    return [f"{verb} {kind}" for verb in verbs for kind in declared.KINDS]


@command(*_words("CREATE", "CREATE OR REPLACE"))
def create_declared(run: Run) -> StatementResult:
    spec = _spec(run)
    if_missing = if_not_exists(run.parser)
    parts = ddl.object_name(run)
    if spec.in_schema:
        entry = ddl.new_entry(run, spec.kind, parts, f"CREATE {spec.kind}")
    else:
        access = run.engine.access(run.session, run.state)
        if access is not None:
            access.demand_on_account(f"CREATE {spec.kind}", run.session.account)
        entry = Entry(spec.kind, parts[-1], id=run.engine.catalog.next_id(), owner=run.session.role or "ACCOUNTADMIN")
    if run.parser.accept("LANGUAGE"):
        entry.properties["LANGUAGE"] = spec.find("LANGUAGE").value(run.parser.identifier())
    found = properties(run.parser)
    run.parser.expect_end()
    entry.properties["TAG"] = found.pop("TAG", [])
    entry.comment = str(found.pop("COMMENT", ""))
    _set(run, entry, found)
    old = ddl.existing(run, entry)
    if old is not None and "OR REPLACE" in run.words:
        _must_be_free(run, old)
    return ddl.create(run, entry, Changes(), replace="OR REPLACE" in run.words, if_missing=if_missing)


def _set(run: Run, entry: Entry, found: dict[str, Any]) -> None:
    spec = declared.KINDS[entry.kind]
    for name, given in found.items():
        item = spec.find(name)
        value = item.value(given)
        if item.hidden:  # nothing reads it
            value = True
        entry.properties[name] = [_rule(run, one) for one in value] if item.kind == "names" else value
    declared.check(entry)


def _rule(run: Run, name: str) -> str:
    """The full name of a network rule, which may stand in quotes as text. Raises SnowflakeError 002003."""
    return ddl.catalog_of(run).require(declared.NETWORK_RULE, Parser(name).qualified()).full_name


def _must_be_free(run: Run, entry: Entry) -> None:
    catalog = run.engine.catalog
    used = next(declared.holders(catalog, entry), None) is not None
    if entry.kind == declared.NETWORK_RULE:
        lists = ("ALLOWED_NETWORK_RULE_LIST", "BLOCKED_NETWORK_RULE_LIST")
        used = any(
            entry.full_name in declared.value_of(policy, name)
            for policy in catalog.entries(declared.NETWORK_POLICY)
            for name in lists
        )
    if used:
        raise errors.POLICY_IN_USE(entry.name)


def _required(run: Run, spec: declared.Declared, action: str) -> Entry | None:
    """The object after ``[IF EXISTS] name``; None if it is not there and need not be."""
    maybe = if_exists(run.parser)
    parts = ddl.object_name(run)
    view = ddl.catalog_of(run)
    if spec.in_schema:
        return None if maybe and view.find(spec.kind, parts) is None else view.require(spec.kind, parts, action)
    entry = run.engine.catalog.get(spec.kind, name=parts[-1])
    if entry is None or (view.access is not None and not view.access.sees(entry)):
        if maybe:
            return None
        raise errors.KIND_NOT_FOUND(spec.kind.capitalize(), parts[-1])
    if view.access is not None and action.split()[0] in ("ALTER", "DROP"):
        view.access.demand(entry)
    return entry


@command(*_words("ALTER"))
def alter_declared(run: Run) -> StatementResult:
    parser, spec = run.parser, _spec(run)
    old = _required(run, spec, f"ALTER {spec.kind}")
    if old is None:
        return ddl.succeeded()
    entry = ddl.copy_entry(old)
    changes = Changes()
    if parser.accept("RENAME", "TO"):
        _rename(run, entry, changes)
    elif ddl.change_tags(run, entry):
        pass
    elif parser.accept("UNSET"):
        for name in parser.comma_list(parser.identifier):
            if name == "COMMENT":
                entry.comment = ""
            else:
                entry.properties.pop(spec.find(name).name, None)
        declared.check(entry)
    elif entry.kind == declared.NETWORK_POLICY and parser.is_word("ADD", "REMOVE"):
        _change_rules(run, entry, parser.next().value == "ADD")
    else:
        parser.expect("SET")
        found = properties(parser)
        if not found:
            parser.fail()
        if "COMMENT" in found:
            comment = found.pop("COMMENT")
            entry.comment = "" if comment == "NULL" else str(comment)
        if entry.kind == declared.SECRET and "TYPE" in found:
            raise errors.INVALID_PROPERTY("TYPE", entry.kind)
        _set(run, entry, found)
    parser.expect_end()
    changes.put(entry)
    run.engine.apply(run, changes)
    return ddl.succeeded()


def _rename(run: Run, entry: Entry, changes: Changes) -> None:
    old = entry.full_name
    if entry.database:
        ddl.rename_entry(run, entry)
    else:
        new = ddl.object_name(run)[-1]
        if run.engine.catalog.get(entry.kind, name=new) is not None:
            raise errors.ALREADY_EXISTS(new)
        for holder in declared.holders(run.engine.catalog, entry):
            copy = ddl.copy_entry(holder)
            copy.properties["network_policy"] = new
            changes.put(copy)
        entry.name = new
    if entry.kind == declared.NETWORK_RULE:
        for policy in run.engine.catalog.entries(declared.NETWORK_POLICY):
            copy = ddl.copy_entry(policy)
            for name in ("ALLOWED_NETWORK_RULE_LIST", "BLOCKED_NETWORK_RULE_LIST"):
                rules = declared.value_of(policy, name)
                copy.properties[name] = [entry.full_name if rule == old else rule for rule in rules]
            changes.put(copy)


def _change_rules(run: Run, entry: Entry, adds: bool) -> None:
    """ALTER NETWORK POLICY … { ADD | REMOVE } { ALLOWED | BLOCKED }_NETWORK_RULE_LIST = …."""
    for name, given in properties(run.parser).items():
        item = declared.KINDS[entry.kind].find(name)
        if item.kind != "names":
            raise errors.INVALID_PROPERTY(name, entry.kind)
        rules = [_rule(run, rule) for rule in item.value(given)]
        kept = [rule for rule in declared.value_of(entry, name) if rule not in rules]
        entry.properties[name] = [*kept, *rules] if adds else kept


@command(*_words("DROP"))
def drop_declared(run: Run) -> StatementResult:
    spec = _spec(run)
    at = run.parser.at
    entry = _required(run, spec, f"DROP {spec.kind}")
    run.parser.expect_end()
    if entry is None:
        run.parser.at = at
        run.parser.accept("IF", "EXISTS")
        return ddl.missing_status(ddl.object_name(run)[-1])
    _must_be_free(run, entry)
    changes = Changes()
    ddl.drop_entry(changes, entry)
    run.engine.apply(run, changes)
    return ddl.dropped_status(entry.name)


# --- DESCRIBE ---------------------------------------------------------------------------------------------------------
@command(*_words("DESCRIBE", "DESC"))
def describe_declared(run: Run) -> StatementResult:
    spec = _spec(run)
    entry = _required(run, spec, "DESCRIBE")
    run.parser.expect_end()
    assert entry is not None
    columns, rows = _DESCRIBED[spec.kind](entry)
    result = [ResultColumn(name, type_) for name, type_ in typed_columns(columns)]
    return StatementResult.rows(result, rows, StatementType.DESCRIBE)


Described = tuple[str, list[tuple[Any, ...]]]


def shown(value: Any) -> str | None:
    """A property as DESCRIBE prints it."""
    if value is None:
        return None
    if isinstance(value, list):
        return "[" + ", ".join(value) + "]"
    return json.dumps(value) if isinstance(value, dict) else str(value)


def _properties(entry: Entry) -> Described:
    about = entry.kind.lower().replace("policy", "policy")
    rows: list[tuple[Any, ...]] = [
        ("NAME", entry.name, "null", f"Name of {about}."), ("OWNER", entry.owner, "null", f"Owner of {about}."),
        ("COMMENT", entry.comment or "null", "null", "User comment associated to an object in the dictionary"),
    ]  # fmt: skip
    for item in declared.KINDS[entry.kind].properties:
        if item.kind == "nested" and item.name not in entry.properties:
            continue
        rows.append((item.name, shown(declared.value_of(entry, item.name)), shown(item.default), item.description))
    return "property value default description", rows


def _session_policy(entry: Entry) -> Described:
    names = ("SESSION_IDLE_TIMEOUT_MINS", "SESSION_UI_IDLE_TIMEOUT_MINS")
    roles = ("ALLOWED_SECONDARY_ROLES", "BLOCKED_SECONDARY_ROLES")
    return (
        "created_on:l name session_idle_timeout_mins:n session_ui_idle_timeout_mins:n allowed_secondary_roles "
        "blocked_secondary_roles comment",
        [
            (
                entry.created, entry.name, *(declared.value_of(entry, name) for name in names),
                *(shown(declared.value_of(entry, name)) for name in roles), entry.comment,
            )
        ],
    )  # fmt: skip


def _packages_policy(entry: Entry) -> Described:
    names = ("ALLOWLIST", "BLOCKLIST", "ADDITIONAL_CREATION_BLOCKLIST")
    lists = ("[" + ", ".join(f"'{one}'" for one in declared.value_of(entry, name)) + "]" for name in names)
    columns = "name language allowlist blocklist additional_creation_blocklist comment"
    return columns, [(entry.name, entry.properties["LANGUAGE"], *lists, entry.comment)]


def _network_rule(entry: Entry) -> Described:
    get = entry.properties.__getitem__
    return (
        "created_on:l name database_name schema_name owner comment type mode value_list",
        [
            (
                entry.created, entry.name, entry.database, entry.schema, entry.owner, entry.comment, get("TYPE"),
                declared.value_of(entry, "MODE"), ",".join(get("VALUE_LIST")),
            )
        ],
    )  # fmt: skip


def _network_policy(entry: Entry) -> Described:
    """Only the lists that are not empty."""
    rows: list[tuple[Any, ...]] = []
    for item in declared.KINDS[entry.kind].properties:
        values = declared.value_of(entry, item.name)
        if values and item.kind == "names":
            rules = [{"fullyQualifiedRuleName": value} for value in values]
            rows.append((item.name, json.dumps(rules, separators=(",", ":"))))
        elif values:
            rows.append((item.name, ",".join(values)))
    return "name value", rows


def _secret(entry: Entry) -> Described:
    """What is secret is not shown."""
    get = entry.properties.get
    expires = get("OAUTH_REFRESH_TOKEN_EXPIRY_TIME")
    scopes = get("OAUTH_SCOPES")
    return (
        "created_on:l name schema_name database_name owner comment secret_type username "
        "oauth_access_token_expiry_time:l oauth_refresh_token_expiry_time:l oauth_scopes integration_name",
        [
            (
                entry.created, entry.name, entry.schema, entry.database, entry.owner, entry.comment or None,
                get("TYPE"), get("USERNAME"), None, _moment(expires), shown(scopes), get("API_AUTHENTICATION"),
            )
        ],
    )  # fmt: skip


def _moment(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise errors.INVALID_PARAMETER_VALUE(text, "OAUTH_REFRESH_TOKEN_EXPIRY_TIME") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)


_DESCRIBED = {
    declared.PASSWORD: _properties, declared.AUTHENTICATION: _properties, declared.SESSION: _session_policy,
    declared.PACKAGES: _packages_policy, declared.NETWORK_RULE: _network_rule, declared.NETWORK_POLICY: _network_policy,
    declared.SECRET: _secret,
}  # fmt: skip
