"""Policies put in the place of the columns they protect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.translation.environment import PolicyCall, Protection
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.scope import OutputColumn, Relation, Scope
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.translation.binder.base import BinderBase

APPLIED = "policies"
"""The hint with the policies that are being applied around, and the tables they are applied to."""
POLICY_TABLE, POLICY_COLUMN = "policy_table", "policy_column"
"""The hints for SYSTEM$GET_TAG_ON_CURRENT_TABLE and …_COLUMN."""


def protect(
    binder: BinderBase, relation: Relation, columns: Sequence[OutputColumn], protection: Protection
) -> str | None:
    """Let the columns of ``relation`` (which are ``columns``) be their masks. Gives the condition of visible rows."""
    pairs = list(zip(relation.columns, columns, strict=True))
    raw = {original.key: Typed(column.sql, column.type) for column, original in pairs}
    condition = None
    if protection.rows is not None:
        value = policy_value(binder, protection.rows, raw, protection)
        condition = f"coalesce({binder.coerce(value, m.boolean()).sql}, false)"
    for column, original in pairs:
        call = protection.masks.get(original.key)
        if call is not None:
            kind = column.type.with_nullable(True)
            column.sql = f"({binder.coerce(policy_value(binder, call, raw, protection), kind).sql})"
            column.type = kind
    binder.env.protected.append(".".join(protection.parts))
    return condition


def policy_value(binder: BinderBase, call: PolicyCall, raw: Mapping[str, Typed], protection: Protection) -> Typed:
    """The policy's expression for the values of a row, bound in the policy's own database and schema."""
    mark = (call.parts, protection.parts)
    around: tuple[Any, ...] = binder.env.hints.get(APPLIED, ())
    if mark in around:
        raise errors.POLICY_RECURSION(".".join(call.parts))
    hints = {
        **binder.env.hints, APPLIED: (*around, mark), POLICY_TABLE: protection.parts, POLICY_COLUMN: call.column,
    }  # fmt: skip
    env = replace(binder.env, hints=hints, database=call.parts[0], schema=call.parts[1], protected=[])
    catalog: Any = binder.env.catalog
    env.catalog = catalog.at(call.parts[0], call.parts[1], call.owner)
    inner = type(binder)(env, call.text, binder._counter)
    values = zip(call.arguments, (raw[key] for key in call.keys), strict=True)
    inner.scope = Scope(parameters={name: binder.coerce(value, kind) for (name, kind), value in values})
    parser = Parser(call.text)
    value = inner.expression(parser.expression())
    parser.expect_end()
    binder.env.volatile = binder.env.volatile or env.volatile
    return binder.coerce(value, call.returns)
