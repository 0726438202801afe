# ruff: noqa: E501 - tables, one row an entry
"""SHOW of the account's objects and of sessions. Vendor pages: "SHOW WAREHOUSES", "SHOW USERS", "SHOW LOCKS" …"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.warehouses import shown_size
from dw_simulator.emulators.snowflake.commands.registry import Run
from dw_simulator.emulators.snowflake.commands.show import Filter, kind, visible_entries, yes_or_no
from dw_simulator.emulators.snowflake.functions.context import REGION
from dw_simulator.emulators.snowflake.logins import users


@kind(
    "WAREHOUSES",
    "name state type size min_cluster_count:n max_cluster_count:n started_clusters:n running:n queued:n is_default "
    "is_current auto_suspend:n auto_resume available provisioning quiescing other created_on:l resumed_on:l updated_on:l "
    "owner comment enable_query_acceleration query_acceleration_max_scale_factor:n resource_monitor actives:n pendings:n "
    "failed:n suspended:n uuid scaling_policy budget owner_role_type resource_constraint generation",
)
def _warehouses(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    del wanted
    for entry in visible_entries(run, "WAREHOUSE"):
        get = entry.properties.get
        started = get("state", "STARTED") == "STARTED"
        least = int(get("min_cluster_count", 1))
        yield (
            entry.name, get("state", "STARTED"), str(get("warehouse_type", "STANDARD")).upper(),
            shown_size(get("warehouse_size", get("size"))), least, max(least, int(get("max_cluster_count", least))),
            least if started else 0, 0, 0, "N", yes_or_no(entry.name == run.session.warehouse), _suspend_after(get("auto_suspend", 600)),
            str(get("auto_resume", True) is True).lower(), "100" if started else "", "", "", "", entry.created,
            entry.created, entry.created, entry.owner, entry.comment, str(get("enable_query_acceleration") is True).lower(),
            int(get("query_acceleration_max_scale_factor", 8)), str(get("resource_monitor") or "null"), 0, 0, 0, 0,
            str(entry.id), str(get("scaling_policy", "STANDARD")).upper(), None, "ROLE", get("resource_constraint"), None,
        )  # fmt: skip


def _suspend_after(value: object) -> int:
    return 0 if value is None or str(value).upper() == "NULL" else int(str(value))


@kind(
    "USERS",
    "name created_on:l login_name display_name first_name last_name email mins_to_unlock days_to_expiry comment disabled "
    "must_change_password snowflake_lock default_warehouse default_namespace default_role default_secondary_roles "
    "ext_authn_duo ext_authn_uid mins_to_bypass_mfa owner last_success_login:l expires_at_time:l locked_until_time:l "
    "has_password has_rsa_public_key type has_mfa has_pat has_workload_identity is_from_organization_user",
)
def _users(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    del wanted
    for entry in visible_entries(run, "USER"):
        get = entry.properties.get

        def text(name: str, get: Any = get) -> str:
            return str(get(name) or "")

        def flag(name: str, get: Any = get) -> str:
            return str(get(name) is True).lower()

        yield (
            entry.name, entry.created, str(get("login_name", entry.name)), str(get("display_name", entry.name)),
            text("first_name"), text("last_name"), text("email"), get("mins_to_unlock"), get("days_to_expiry"),
            entry.comment, flag("disabled"), flag("must_change_password"), flag("snowflake_lock"), text("default_warehouse"),
            text("default_namespace"), text("default_role"), shown_roles(get("default_secondary_roles")), flag("ext_authn_duo"),
            get("ext_authn_uid"), get("mins_to_bypass_mfa"), entry.owner, None, None, None,
            str(users.PASSWORD_HASH in entry.properties).lower(), str(bool(get("rsa_public_key"))).lower(), get("type"),
            "false", str(bool(get(users.TOKENS))).lower(), "false", "false",
        )  # fmt: skip


def shown_roles(given: Any) -> str:
    """DEFAULT_SECONDARY_ROLES as SHOW USERS and DESCRIBE USER print it."""
    names = given if isinstance(given, list) else [] if given is None else [given]
    return "[" + ",".join(f'"{name}"' for name in names) + "]"


@kind("VARIABLES", "session_id created_on:l updated_on:l name value type comment")
def _variables(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    del wanted
    for name, variable in sorted(run.session.variables.items()):
        type_ = {"TEXT": "text", "FIXED": "fixed", "REAL": "real"}.get(variable.type.name, variable.type.name.lower())
        yield (
            str(run.session.id),
            variable.created or variable.updated,
            variable.updated,
            name,
            str(variable.value),
            type_,
            "",
        )


@kind("TRANSACTIONS", "id:n user session:n name started_on:l state scope:n")
def _transactions(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    """Those of the user's sessions; with IN ACCOUNT of all users'."""
    if wanted.account_named and run.engine.enforces_grants and run.session.role != "ACCOUNTADMIN":
        raise errors.INSUFFICIENT_PRIVILEGES("account", run.session.account.upper())
    for session in run.engine.sessions():
        if session.transaction_id is None or not (
            wanted.account_named or session.user.upper() == run.session.user.upper()
        ):
            continue
        began = dt.datetime.fromtimestamp(session.transaction_id / 1000, dt.UTC)
        yield (
            session.transaction_id, session.user.upper(), session.id, session.transaction_name, began, "running", 0,
        )  # fmt: skip


@kind("LOCKS", "resource type transaction transaction_started_on:l status acquired_on:l query_id session")
def _locks(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    """None: a statement that changes a table does not wait for another one, it fails when both changed the same rows."""
    del run, wanted
    return ()


@kind("REGIONS", "snowflake_region cloud region display_name")
def _regions(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    """The region that CURRENT_REGION tells."""
    del run, wanted
    yield REGION, "aws", "us-west-2", "US West (Oregon)"


_EMPTY = {
    "SHARES": "created_on:l kind owner_account name database_name to owner comment listing_global_name secure_objects_only",
    "ICEBERG TABLES": "created_on:l name database_name schema_name owner external_volume_name catalog_name",
    "DELEGATED AUTHORIZATIONS": "created_on:l user_name role_name integration_name integration_status",
    "MANAGED ACCOUNTS": "name cloud region locator created_on:l url account_locator_url is_reader comment",
    "ORGANIZATION ACCOUNTS": "organization_name account_name snowflake_region edition account_url created_on:l comment account_locator account_locator_url managed_accounts:n consumption_billing_entity_name marketplace_consumer_billing_entity_name marketplace_provider_billing_entity_name old_account_url is_org_admin",
    "EVENT TABLES": "created_on:l name database_name schema_name owner comment owner_role_type",
    "STREAMLITS": "created_on:l name database_name schema_name title owner comment query_warehouse url_id owner_role_type",
    "NOTEBOOKS": "created_on:l name database_name schema_name comment owner query_warehouse url_id owner_role_type code_warehouse",
}
"""Kinds of which there can be none here, with the columns of their pages."""


def _nothing(_run: Run, _wanted: Filter) -> Iterable[tuple[Any, ...]]:
    return ()


for _name, _columns_text in _EMPTY.items():
    kind(_name, _columns_text)(_nothing)
