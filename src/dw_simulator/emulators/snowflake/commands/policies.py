"""Masking and row access policies. Vendor pages: "CREATE MASKING POLICY", "CREATE ROW ACCESS POLICY"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import policies
from dw_simulator.emulators.snowflake.catalog.model import Entry, type_from_json, type_to_json
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.options import if_exists, if_not_exists, properties
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.translation.binder.protection import policy_value
from dw_simulator.emulators.snowflake.translation.environment import PolicyCall, Protection
from dw_simulator.emulators.snowflake.translation.typing import Typed, physical, resolve
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.model import SnowflakeType


def _kind(run: Run) -> str:
    return policies.MASKING if "MASKING" in run.words else policies.ROW_ACCESS


@command(*(f"{verb} {kind}" for verb in ("CREATE", "CREATE OR REPLACE") for kind in policies.KINDS))
def create_policy(run: Run) -> StatementResult:
    parser, kind = run.parser, _kind(run)
    if_missing = if_not_exists(parser)
    entry = ddl.new_entry(run, kind, ddl.object_name(run), f"CREATE {kind}")
    mapping = str(run.session.parameters["TIMESTAMP_TYPE_MAPPING"])
    parser.expect("AS")
    arguments = parser.parenthesized(lambda: (parser.identifier(), resolve(parser.type_ref(), mapping)))
    parser.expect("RETURNS")
    returns = resolve(parser.type_ref(), mapping)
    if not arguments:
        parser.fail()
    masked = arguments[0][1] if kind == policies.MASKING else m.boolean()
    if masked.name != returns.name:
        raise errors.EXPRESSION_TYPE(masked.sql_name(), returns.sql_name(), "RETURNS")
    entry.properties = {
        "arguments": [[name, type_to_json(item)] for name, item in arguments], "returns": type_to_json(returns),
    }  # fmt: skip
    _body(run, entry)
    found = properties(parser)
    parser.expect_end()
    entry.comment = str(found.pop("COMMENT", ""))
    entry.properties["TAG"] = found.pop("TAG", [])
    entry.properties["exempt_other_policies"] = found.pop("EXEMPT_OTHER_POLICIES", False) is True
    for name in found:
        raise errors.INVALID_PROPERTY(name, kind)
    old = ddl.existing(run, entry)
    if old is not None and "OR REPLACE" in run.words:
        _must_be_free(run, old)
    return ddl.create(run, entry, Changes(), replace="OR REPLACE" in run.words, if_missing=if_missing)


def _body(run: Run, entry: Entry) -> None:
    """``-> expression``, checked by binding it to values of the argument types."""
    parser = run.parser
    parser.expect_op("->")
    start = parser.token.start
    parser.expression()
    entry.text = parser.sql[start : parser.last_end]
    arguments = policies.arguments_of(entry)
    keys = tuple(name for name, _ in arguments)
    returns = type_from_json(dict(entry.properties["returns"]))
    call = PolicyCall(entry.parts, entry.owner, entry.text, arguments, returns, keys, None)
    policy_value(run.engine.binder(run), call, {name: _unknown(kind) for name, kind in arguments}, _NOWHERE)


_NOWHERE = Protection(("", "", ""), {}, None)


def _unknown(kind: SnowflakeType) -> Typed:
    return Typed(f"CAST(NULL AS {physical(kind)})", kind)


def _must_be_free(run: Run, policy: Entry) -> None:
    if policies.is_used(run.engine.catalog, policy):
        raise errors.POLICY_IN_USE(policy.name)


@command(*(f"ALTER {kind}" for kind in policies.KINDS))
def alter_policy(run: Run) -> StatementResult:
    parser, kind = run.parser, _kind(run)
    old = ddl.altered(run, kind, f"ALTER {kind}")
    if old is None:
        return ddl.succeeded()
    entry = ddl.copy_entry(old)
    if parser.accept("RENAME", "TO"):
        ddl.rename_entry(run, entry)
    elif parser.accept("SET", "BODY"):
        _body(run, entry)
    elif ddl.change_tags(run, entry):
        pass
    elif parser.accept("UNSET", "COMMENT"):
        entry.comment = ""
    else:
        parser.expect("SET", "COMMENT")
        parser.accept_op("=")
        entry.comment = parser.string()
    parser.expect_end()
    changes = Changes()
    changes.put(entry)
    run.engine.apply(run, changes)
    return ddl.succeeded()


@command(*(f"DROP {kind}" for kind in policies.KINDS))
def drop_policy(run: Run) -> StatementResult:
    kind = _kind(run)
    maybe = if_exists(run.parser)
    parts = ddl.object_name(run)
    run.parser.expect_end()
    view = ddl.catalog_of(run)
    if maybe and view.find(kind, parts) is None:
        return ddl.missing_status(parts[-1])
    entry = view.require(kind, parts, f"DROP {kind}")
    _must_be_free(run, entry)
    changes = Changes()
    ddl.drop_entry(changes, entry)
    run.engine.apply(run, changes)
    return ddl.dropped_status(entry.name)


@command(*(f"{verb} {kind}" for verb in ("DESCRIBE", "DESC") for kind in policies.KINDS))
def describe_policy(run: Run) -> StatementResult:
    entry = ddl.catalog_of(run).require(_kind(run), ddl.object_name(run), "DESCRIBE")
    run.parser.expect_end()
    columns = [ResultColumn(name, m.text()) for name in ("name", "signature", "return_type", "body")]
    returns = type_from_json(dict(entry.properties["returns"])).sql_name()
    row = (entry.name, policies.signature(entry), returns, entry.text)
    return StatementResult.rows(columns, [row], StatementType.DESCRIBE)
