"""Parameters of the account and of users, and SHOW PARAMETERS. Vendor pages: "ALTER ACCOUNT", "SHOW PARAMETERS"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import versions
from dw_simulator.emulators.snowflake.catalog.model import PARAMETERS as KEY
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl, versioning
from dw_simulator.emulators.snowflake.commands.attachments import change_policy, check_network_policy
from dw_simulator.emulators.snowflake.commands.options import properties
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.object_parameters import ACCOUNT, OF_KIND, RETENTION, USER
from dw_simulator.emulators.snowflake.parameters import (
    PARAMETERS,
    Parameter,
    ParameterValue,
    UnknownParameterError,
    change,
    parse_value,
)
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.translation.text import like_pattern
from dw_simulator.emulators.snowflake.types import model as m


@command("ALTER ACCOUNT")
def alter_account(run: Run) -> StatementResult:
    """Tags, policies and parameters of the account."""
    access = run.engine.access(run.session, run.state)
    if access is not None and "ACCOUNTADMIN" not in access.names:
        raise errors.INSUFFICIENT_PRIVILEGES("account", run.session.account.upper())
    found = next(run.engine.catalog.entries("ACCOUNT"), None)
    entry = ddl.copy_entry(found) if found else Entry("ACCOUNT", "ACCOUNT", id=run.engine.catalog.next_id())
    changes = Changes()
    if not ddl.change_tags(run, entry) and not change_policy(run, entry):
        _change(run, entry, changes)
    run.parser.expect_end()
    changes.put(entry)
    run.engine.apply(run, changes)
    run.engine.inherit_parameters(run.session)
    return ddl.succeeded()


def _change(run: Run, entry: Entry, changes: Changes) -> None:
    parser = run.parser
    values: dict[str, ParameterValue] = entry.properties.setdefault(KEY, {})
    if parser.accept("UNSET"):
        given: dict[str, object] = dict.fromkeys(parser.comma_list(parser.identifier))
    else:
        parser.expect("SET")
        given = properties(parser)
    if "DATARETENTION_TIME_IN_DAYS" in given:
        entry.properties[versions.RETENTION] = given.pop("DATARETENTION_TIME_IN_DAYS")
        versioning.begin_inside(run, entry, changes)
    if given.get("NETWORK_POLICY") is not None:
        given["NETWORK_POLICY"] = check_network_policy(run, given["NETWORK_POLICY"], entry)
    for parameter in (*RETENTION, *ACCOUNT, Parameter("RESOURCE_MONITOR", "STRING", "")):
        if parameter.name in given:
            value = given.pop(parameter.name)
            entry.properties.pop(parameter.name.lower(), None)
            if value is not None and str(value) != "NULL":
                entry.properties[parameter.name.lower()] = parse_value(parameter, value)
    for name, value in given.items():
        try:
            change(values, name, value)
        except UnknownParameterError:
            raise errors.INVALID_PROPERTY(name, "ACCOUNT") from None


# --- SHOW PARAMETERS --------------------------------------------------------------------------------------------------
@command("SHOW PARAMETERS")
def show_parameters(run: Run) -> StatementResult:
    parser = run.parser
    like = parser.string() if parser.accept("LIKE") else None
    rows = _session(run)
    if parser.accept("IN") or parser.accept("FOR"):
        rows = _of_object(run)
    parser.expect_end()
    if like is not None:
        pattern = like_pattern(like)
        rows = [row for row in rows if pattern.fullmatch(row[0])]
    columns = [ResultColumn(name, m.text()) for name in ("key", "value", "default", "level", "description", "type")]
    return StatementResult.rows(columns, rows, StatementType.SHOW)


Row = tuple[str, str, str, str, str, str]


def _row(parameter: Parameter, value: ParameterValue, level: str) -> Row:
    return (
        parameter.name, _text(value), _text(parameter.default), level, parameter.description, parameter.kind,
    )  # fmt: skip


def _text(value: ParameterValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _session(run: Run) -> list[Row]:
    values = run.session.parameters
    return [_row(parameter, values[name], values.level(name)) for name, parameter in sorted(PARAMETERS.items())]


def _of_object(run: Run) -> list[Row]:
    parser = run.parser
    if parser.accept("SESSION"):
        return _session(run)
    account = next(run.engine.catalog.entries("ACCOUNT"), None)
    holders = [("ACCOUNT", account)]
    if parser.accept("USER"):
        name = parser.identifier() if parser.is_identifier() else run.session.user.upper()
        user = run.engine.catalog.get("USER", name=name)
        if user is None and name != run.session.user.upper():
            raise errors.KIND_NOT_FOUND("User", name)
        holders.append(("USER", user))
    elif not parser.accept("ACCOUNT"):
        return _of_schema_object(run)
    rows = []
    for name, parameter in sorted(PARAMETERS.items()):
        value, level = parameter.default, ""
        for where, entry in holders:
            if entry is not None and name in entry.properties.get(KEY, {}):
                value, level = entry.properties[KEY][name], where
        rows.append(_row(parameter, value, level))
    nearest = [(where, entry) for where, entry in reversed(holders)]
    own = (*RETENTION, *ACCOUNT) if len(holders) == 1 else USER
    rows += _inherited(own, nearest)
    return sorted(rows)


def _of_schema_object(run: Run) -> list[Row]:
    parser, view = run.parser, ddl.catalog_of(run)
    kind = parser.accept_any(*OF_KIND)
    if kind is None:
        raise errors.UNSUPPORTED_FEATURE(f"SHOW PARAMETERS IN {parser.token.value}")
    parts = ddl.object_name(run) if parser.is_identifier() else ()
    if kind in ("TABLE", "TASK", "PIPE"):
        entry: Entry | None = view.require(kind, parts, "DESCRIBE")
    elif kind == "SCHEMA":
        database = parts[0] if len(parts) == 2 else run.session.database
        entry = run.engine.catalog.get("SCHEMA", database or "", "", parts[-1] if parts else run.session.schema or "")
    else:
        current = run.session.database if kind == "DATABASE" else run.session.warehouse
        entry = run.engine.catalog.get(kind, name=parts[-1] if parts else current or "")
    if entry is None or (view.access is not None and not view.access.sees(entry)):
        raise errors.KIND_NOT_FOUND(kind.capitalize(), ".".join(parts))
    catalog = run.engine.catalog
    chain: list[tuple[str, Entry | None]] = [(kind, entry)]
    if entry.schema:
        chain.append(("SCHEMA", catalog.get("SCHEMA", entry.database, "", entry.schema)))
    if entry.database:
        chain.append(("DATABASE", catalog.get("DATABASE", name=entry.database)))
    return _inherited(OF_KIND[kind], [*chain, ("ACCOUNT", next(catalog.entries("ACCOUNT"), None))])


def _inherited(parameters: tuple[Parameter, ...], chain: list[tuple[str, Entry | None]]) -> list[Row]:
    """Each parameter as the first of ``chain`` sets it, whose level is shown."""
    rows = []
    for parameter in parameters:
        name = parameter.name.lower()
        found = ((level, entry.properties.get(name)) for level, entry in chain if entry is not None)
        level, value = next(((level, value) for level, value in found if value is not None), ("", parameter.default))
        rows.append(_row(parameter, value if isinstance(value, bool | int) else str(value), level))
    return rows
