"""What a new account has: system roles, a warehouse, the shared database's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dw_simulator.emulators.snowflake.catalog import grants
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.store import Changes

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.engine import Engine

ROLES = ("ACCOUNTADMIN", "SECURITYADMIN", "USERADMIN", "SYSADMIN", "PUBLIC", "ORGADMIN")


def bootstrap(engine: Engine) -> None:
    """Make what is not there yet."""
    changes = Changes()
    wanted = [("ROLE", name) for name in ROLES] + [("WAREHOUSE", "COMPUTE_WH")]
    for kind, name in wanted:
        if engine.catalog.get(kind, name=name) is None:
            entry = Entry(kind, name, id=engine.catalog.next_id())
            if kind == "WAREHOUSE":
                entry.properties = {"size": "X-Small", "state": "STARTED"}
            changes.put(entry)
    for grant in engine.catalog.entries("GRANT"):
        if "on_id" not in grant.properties:
            changes.remove(grant)
            kept = grants.from_text(engine.catalog, grant)
            if kept is not None:
                changes.put(kept)
    if changes.stored or changes.removed:
        engine.apply(None, changes)
