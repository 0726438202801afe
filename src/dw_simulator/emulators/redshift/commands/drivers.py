"""Statements that drivers send on their own, which are no Redshift SQL: they pass to PostgreSQL, with what it lacks."""

from __future__ import annotations

from dw_simulator.emulators.redshift.commands.registry import command
from dw_simulator.emulators.redshift.commands.types import Plan, Rewritten, Session
from dw_simulator.emulators.redshift.protocol.types import GEOGRAPHY, GEOMETRY, SUPER, VARBYTE

_ASYNCPG_TYPES = "WITH RECURSIVE typeinfo_tree("
"""How asyncpg asks for types that it has no codec for."""

_TYPES = {SUPER: "super", VARBYTE: "varbyte", GEOMETRY: "geometry", GEOGRAPHY: "geography"}
_ROWS = ", ".join(f"({oid}, '{name}')" for oid, name in _TYPES.items())
_OIDS = ", ".join(map(str, _TYPES))


@command("with recursive typeinfo_tree")
def types_for_asyncpg(sql: str, session: Session) -> Plan | None:  # noqa: ARG001 - one interface
    """PostgreSQL's answer, and Redshift's own types as if they were domains over VARCHAR: asyncpg reads text."""
    if not sql.lstrip().startswith(_ASYNCPG_TYPES):
        return None
    return Rewritten(
        f"SELECT * FROM ({sql}) AS known WHERE known.oid NOT IN ({_OIDS}) UNION ALL"
        " SELECT CAST(v.oid AS oid), 'pg_catalog', v.name, 'd', 1043, NULL, NULL, NULL, NULL, NULL, 0,"
        " 'varchar', NULL, NULL"
        f" FROM (VALUES {_ROWS}) AS v(oid, name) WHERE CAST(v.oid AS oid) = ANY ($1)"
    )
