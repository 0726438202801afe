"""SHOW of policies of logins and sessions, of network rules and policies, of secrets.

Vendor pages: "SHOW PASSWORD POLICIES", "SHOW SESSION POLICIES", "SHOW AUTHENTICATION POLICIES", "SHOW NETWORK RULES",
"SHOW NETWORK POLICIES", "SHOW SECRETS".
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from dw_simulator.emulators.snowflake.catalog import declared
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.commands.declared import shown
from dw_simulator.emulators.snowflake.commands.registry import Run
from dw_simulator.emulators.snowflake.commands.show import Filter, kind, shown_entries, visible_entries

_COLUMNS = {
    declared.PASSWORD: "created_on:l name database_name schema_name kind owner comment owner_role_type options",
    declared.PACKAGES: "created_on:l name database_name schema_name kind owner comment owner_role_type",
    declared.SESSION: "created_on:l name database_name schema_name kind owner comment options owner_role_type",
    declared.AUTHENTICATION: "created_on:l name comment database_name schema_name kind owner owner_role_type options",
}


def _cells(entry: Entry) -> dict[str, Any]:
    return {
        "created_on": entry.created, "name": entry.name, "database_name": entry.database, "schema_name": entry.schema,
        "kind": entry.kind.replace(" ", "_"), "owner": entry.owner, "comment": entry.comment, "owner_role_type": "ROLE",
        "options": "",
    }  # fmt: skip


def _policies(of: str, names: list[str], run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry in shown_entries(run, wanted, of):
        cells = _cells(entry)
        yield tuple(cells[name] for name in names)


for _kind, _text in _COLUMNS.items():
    _names = [word.partition(":")[0] for word in _text.split()]
    kind(declared.KINDS[_kind].plural, _text)(partial(_policies, _kind, _names))


@kind(
    "NETWORK RULES",
    "created_on:l name database_name schema_name owner comment type mode entries_in_valuelist:n owner_role_type",
)
def _network_rules(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry in shown_entries(run, wanted, declared.NETWORK_RULE):
        yield (
            entry.created, entry.name, entry.database, entry.schema, entry.owner, entry.comment,
            entry.properties["TYPE"], declared.value_of(entry, "MODE"), len(entry.properties["VALUE_LIST"]), "ROLE",
        )  # fmt: skip


@kind(
    "NETWORK POLICIES",
    "created_on:l name comment entries_in_allowed_ip_list:n entries_in_blocked_ip_list:n "
    "entries_in_allowed_network_rules:n entries_in_blocked_network_rules:n",
)
def _network_policies(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    del wanted
    lists = ("ALLOWED_IP_LIST", "BLOCKED_IP_LIST", "ALLOWED_NETWORK_RULE_LIST", "BLOCKED_NETWORK_RULE_LIST")
    for entry in visible_entries(run, declared.NETWORK_POLICY):
        yield entry.created, entry.name, entry.comment, *(len(declared.value_of(entry, name)) for name in lists)


@kind("SECRETS", "created_on:l name schema_name database_name owner comment secret_type oauth_scopes owner_role_type")
def _secrets(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry in shown_entries(run, wanted, declared.SECRET):
        get = entry.properties.get
        yield (
            entry.created, entry.name, entry.schema, entry.database, entry.owner, entry.comment or None, get("TYPE"),
            shown(get("OAUTH_SCOPES")), "ROLE",
        )  # fmt: skip
