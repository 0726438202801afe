"""Grants of the REST API of objects. Vendor page: "Snowflake REST APIs" (roles, database roles, users).

A grant names a ``securable`` or a ``containing_scope``, whose objects are all meant, those that are there or (by
``future-grants``) those to come.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.protocol.moments_text import moment
from dw_simulator.emulators.snowflake.protocol.objects import PREFIX, split_name

_ROLES = ("ROLE", "DATABASE ROLE")
_LISTS = {
    "grants": "SHOW GRANTS TO {}",
    "future-grants": "SHOW FUTURE GRANTS TO {}",
    "grants-of": "SHOW GRANTS OF {}",
    "grants-on": "SHOW GRANTS ON {}",
}
_CHANGES = ("grants", "grants:revoke", "future-grants", "future-grants:revoke")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class GrantTarget:
    """The holder of grants, as SQL names it (``ROLE R``), and what the path says of them."""

    kind: str
    name: str
    part: str

    @property
    def grantee(self) -> str:
        return f"{self.kind} {self.name}"


def target_of(path: str) -> GrantTarget | None:
    """What a path of grants means; None for another path."""
    match path.removeprefix(PREFIX).split("/"):
        case ["roles", name, part]:
            found = GrantTarget("ROLE", name, part)
        case ["databases", database, "database-roles", name, part]:
            found = GrantTarget("DATABASE ROLE", f"{database}.{name}", part)
        case ["users", name, part]:
            found = GrantTarget("USER", name, part)
        case _:
            return None
    parts = ("grants", "grants:revoke") if found.kind == "USER" else (*_LISTS, *_CHANGES)
    return found if found.part in parts else None


def change_sql(target: GrantTarget, query: Mapping[str, str], body: Mapping[str, Any]) -> str:
    """GRANT or REVOKE of what a body describes.

    Raises:
        SnowflakeError: 390001, the body lacks something; 000002, it is not emulated.
    """
    revokes, future = target.part.endswith(":revoke"), target.part.startswith("future")
    if target.part not in _CHANGES:
        raise errors.UNSUPPORTED_FEATURE(f"POST of {target.part} in the REST API")
    kind = str(body.get("securable_type") or "").upper().replace("_", " ")
    if not kind:
        raise errors.BAD_REQUEST("the body has no securable_type")
    mode = str(query.get("mode") or "").upper()
    tail = f"{'FROM' if revokes else 'TO'} {target.grantee}"
    if kind in _ROLES and not body.get("privileges"):
        return f"{'REVOKE' if revokes else 'GRANT'} {kind} {_name(body.get('securable'))} {tail}"
    privileges = body.get("privileges")
    if not privileges:
        raise errors.BAD_REQUEST("the body has no privileges")
    words = f"{', '.join(map(str, privileges))} ON {_object(kind, body, future)} {tail}"
    if revokes:
        option = "GRANT OPTION FOR " if body.get("grant_option") else ""
        return f"REVOKE {option}{words}{f' {mode}' if mode in ('CASCADE', 'RESTRICT') else ''}"
    return f"GRANT {words}{' WITH GRANT OPTION' if body.get('grant_option') else ''}"


def _object(kind: str, body: Mapping[str, Any], future: bool) -> str:
    scope = body.get("containing_scope")
    if scope is not None:
        place = (
            f"SCHEMA {scope['database']}.{scope['schema']}" if scope.get("schema") else f"DATABASE {scope['database']}"
        )
        return f"{'FUTURE' if future else 'ALL'} {plural(kind)} IN {place}"
    if future:
        raise errors.BAD_REQUEST("the body has no containing_scope")
    return kind if kind == "ACCOUNT" else f"{kind} {_name(body.get('securable'))}"


def plural(kind: str) -> str:
    return f"{kind[:-1]}IES" if kind.endswith("Y") else f"{kind}S"


def _name(securable: Mapping[str, Any] | None) -> str:
    if not securable or not securable.get("name"):
        raise errors.BAD_REQUEST("the body has no securable with a name")
    return ".".join(str(securable[part]) for part in ("database", "schema", "name") if securable.get(part))


# --- lists ------------------------------------------------------------------------------------------------------------
def list_sql(target: GrantTarget) -> str:
    if target.part not in _LISTS:
        raise errors.UNSUPPORTED_FEATURE(f"GET of {target.part} in the REST API")
    return _LISTS[target.part].format(target.grantee)


def row_json(target: GrantTarget, row: Row) -> dict[str, Any]:
    """A row of SHOW GRANTS as the list of a path gives it."""
    known = {name: value for name, value in row.items() if value is not None}
    known["created_on"] = moment(known["created_on"])
    if target.part in ("grants-of", "grants-on"):
        return known
    make: Callable[[Row], dict[str, Any]] = _future if target.part == "future-grants" else _present
    return {"created_on": known["created_on"], **make(known)}


def _present(row: Row) -> dict[str, Any]:
    if "role" in row:  # SHOW GRANTS TO USER tells roles only
        found = {"securable": _securable(str(row["role"])), "securable_type": "ROLE", "privileges": []}
    else:
        found = {
            "securable": _securable(str(row["name"])),
            "securable_type": str(row["granted_on"]).replace("_", " "),
            "grant_option": row["grant_option"] == "true",
            "privileges": [row["privilege"]],
        }
    return {**found, "granted_by": row.get("granted_by", "")}


def _future(row: Row) -> dict[str, Any]:
    *scope, _ = split_name(str(row["name"]))
    return {
        "containing_scope": dict(zip(("database", "schema"), scope, strict=False)),
        "securable_type": str(row["grant_on"]).replace("_", " "),
        "grant_option": row["grant_option"] == "true",
        "privileges": [row["privilege"]],
    }


def _securable(name: str) -> dict[str, str]:
    parts = split_name(name)
    return dict(
        zip(("name", "schema", "database") if len(parts) > 2 else ("name", "database"), parts[::-1], strict=False)
    )
