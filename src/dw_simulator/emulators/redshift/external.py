"""A PostgreSQL that is not ours behind the emulator: how it is reached, what it must be, how its sessions are set."""

from __future__ import annotations

from dataclasses import dataclass

from dw_simulator.emulators.redshift.postgres import SYSTEM_USER
from dw_simulator.errors import StackError

OLDEST = 15
"""The oldest major version of PostgreSQL that has what the emulator's SQL needs."""

_SETTINGS = {
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "bytea_output": "hex",
    "jit": "off",
    "work_mem": "64MB",
    # As Redshift stores passwords, and as the emulator checks them.
    "password_encryption": "md5",
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server listens: a unix socket, or host and port."""

    socket: str | None = None
    host: str = ""
    port: int = 0
    user: str = SYSTEM_USER
    password: str = ""
    database: str = "postgres"


def session_settings(version: int) -> dict[str, str]:
    """What the emulator's own PostgreSQL has in its configuration, for each session with another one."""
    return {**_SETTINGS, **({"md5_password_warnings": "off"} if version >= 18 else {})}


def require_usable(version: int, *, superuser: bool, encoding: str) -> None:
    """Refuse a server that the emulator cannot work with.

    Raises:
        StackError: it is too old, its user is no superuser, or its databases are not in UTF-8.
    """
    if version < OLDEST:
        raise StackError(
            f"the PostgreSQL behind the Redshift emulator is version {version}; {OLDEST} is the oldest it works with",
            hint="let DW_SIMULATOR_REDSHIFT_BACKEND_DSN name a newer server",
        )
    if not superuser:
        raise StackError(
            "the user of DW_SIMULATOR_REDSHIFT_BACKEND_DSN is no superuser of PostgreSQL",
            hint="the emulator installs Redshift's functions and views in pg_catalog: use the server's owner, on a"
            " server that nothing else uses",
        )
    if encoding != "UTF8":
        raise StackError(
            f"the PostgreSQL behind the Redshift emulator stores text as {encoding}, not as UTF8",
            hint="make its cluster with: initdb --encoding=UTF8 --locale=C.UTF-8",
        )


def require_locale(*, sorts_by_code_point: bool, folds_all_letters: bool) -> None:
    """Refuse a server whose text would compare in another way than Redshift's.

    Raises:
        StackError: new databases would not sort by code point, or not change the case of letters beyond ASCII.
    """
    if sorts_by_code_point and folds_all_letters:
        return
    what = "change the case of letters beyond ASCII" if sorts_by_code_point else "sort text by code point, as Redshift"
    raise StackError(
        f"new databases of the PostgreSQL behind the Redshift emulator do not {what}",
        hint="make its cluster with: initdb --encoding=UTF8 --locale=C.UTF-8"
        " (the postgres image: POSTGRES_INITDB_ARGS)",
    )


def parse_dsn(dsn: str) -> Address:
    """A libpq connection string (URL or key=value) as an address.

    Raises:
        StackError: it cannot be read, or names no host.
    """
    # Only here: a proxy with a PostgreSQL of its own does without the driver.
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    hint = "DW_SIMULATOR_REDSHIFT_BACKEND_DSN is like postgresql://user:password@host:5432/postgres"
    try:
        parts = {key: str(value) for key, value in conninfo_to_dict(dsn).items()}
    except ProgrammingError as error:
        raise StackError(f"cannot read the backend DSN: {error}", hint=hint) from error
    host, port = parts.get("host", "127.0.0.1"), int(parts.get("port", "5432"))
    return Address(
        socket=None,
        host=host,
        port=port,
        user=parts.get("user", "postgres"),
        password=parts.get("password", ""),
        database=parts.get("dbname", "postgres"),
    )
