"""The PostgreSQL behind the emulator: ours, or one reached by a DSN; its roles, databases and catalog."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from dw_simulator.config.settings import Settings
from dw_simulator.emulators.redshift.catalog_install import catalog_scripts, install, upgrade
from dw_simulator.emulators.redshift.conversation import Result
from dw_simulator.emulators.redshift.errors import BackendError, DiskFullError, FatalError, RedshiftError, backend_lost
from dw_simulator.emulators.redshift.external import (
    Address,
    parse_dsn,
    require_locale,
    require_usable,
    session_settings,
)
from dw_simulator.emulators.redshift.history import QueryHistory
from dw_simulator.emulators.redshift.link import BackendLink
from dw_simulator.emulators.redshift.masked import MaskedNames
from dw_simulator.emulators.redshift.outputs import OutputArguments
from dw_simulator.emulators.redshift.postgres import Postgres
from dw_simulator.emulators.redshift.protocol.auth import md5_verifier
from dw_simulator.emulators.redshift.protocol.messages import cancel_request
from dw_simulator.emulators.redshift.session_groups import SessionGroups
from dw_simulator.emulators.redshift.spectrum.watching import ExternalTables
from dw_simulator.emulators.redshift.temporary import TemporaryCredentials
from dw_simulator.errors import StackError

log = logging.getLogger(__name__)

_HASH_FUNCTION = "pg_catalog.dw_simulator_catalog_hash"

IAM_PREFIXES = ("IAM:", "IAMA:", "IAMR:")
"""Names that temporary credentials use ("GetClusterCredentials"); IAMA: also creates the user; IAMR: a role."""


@dataclass(slots=True)
class Lookups:
    """How often a translation was found in a cache, and how often not."""

    hits: int = 0
    misses: int = 0


class Backend:
    """A running PostgreSQL that sessions connect to."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._server: Postgres | None = None
        self._address = Address()
        self._session_settings: dict[str, str] = {}
        self._users_log_in = False
        """Whether a PostgreSQL that is not ours takes MD5 passwords: sessions are then the users' own."""
        self._admin: dict[str, BackendLink] = {}
        self._admin_lock = asyncio.Lock()
        self.history = QueryHistory(self._write_history)
        self.lookups = Lookups()
        self.external = ExternalTables(self)
        self.masked = MaskedNames()
        self.temporary = TemporaryCredentials() if settings.redshift.login == "strict" else None
        """Credentials that the emulator handed out; None in the open mode, where the superuser's password is right."""
        self.session_groups = SessionGroups(self.admin_query)
        self.outputs = OutputArguments()
        self.folds_case = False
        """Whether there has been a column with COLLATE CASE_INSENSITIVE."""

    # --- life ---
    async def start(self) -> None:
        """Start PostgreSQL (or reach the given one), make user and database, install the catalog.

        Raises:
            StackError: it does not start, or the catalog cannot be installed.
        """
        dsn = self.settings.redshift.backend_dsn
        if dsn is None:
            self._start_own()
        else:
            self._address = parse_dsn(dsn.get_secret_value())
        try:
            await self._prepare()
        except RedshiftError as error:
            await self.stop()
            detail = f" ({error.detail})" if error.detail else ""
            raise StackError(
                f"cannot prepare PostgreSQL behind the Redshift emulator: {error.message}{detail}"
            ) from error

    def _start_own(self) -> None:
        # On the loop's own thread: the server is told to die with the thread that started it.
        self._server = Postgres(self.settings.state_dir("redshift"))
        self._server.start()
        self._address = Address(socket=self._server.socket_path)

    async def stop(self) -> None:
        await self.history.close()
        for link in self._admin.values():
            link.close()
        self._admin.clear()
        if self._server is not None:
            await asyncio.to_thread(self._server.stop)

    def has_ended(self) -> bool:
        """Whether our own PostgreSQL is gone."""
        return self._server is not None and self._server.poll() is not None

    def end_if_stopping(self) -> bool:
        """Whether somebody told our own PostgreSQL to stop; it then stops without waiting for its clients."""
        if self._server is None or not self._server.is_stopping():
            return False
        self._server.stop_waiting()
        return True

    async def restart(self) -> None:
        """Start our own PostgreSQL again after it died; it recovers what was committed."""
        if self._server is not None:
            self._server.stop()
            self._admin.clear()
            self._server.start()
            try:
                await self.session_groups.take_back()
            except RedshiftError as error:
                log.warning("groups lent to sessions that are lost could not be taken back: %s", error.message)

    # --- connections ---
    async def connect(self, user: str | None, database: str, parameters: dict[str, str] | None = None) -> BackendLink:
        """A new connection as ``user`` (None: the cluster's owner).

        Raises:
            BackendError: PostgreSQL refused.
            FatalError: it does not answer.
        """
        address = self._address
        given = self._start_parameters(parameters or {})
        verifier = "" if user is None or address.socket is not None else await self._md5_password(user)
        as_owner = user is None or not (verifier or address.socket is not None)
        link = await self._open()
        try:
            login = address.user if user is None or as_owner else user
            await link.login(login, database, address.password, given, verifier=verifier)
            if user is not None and as_owner:
                await link.query(f"SET SESSION AUTHORIZATION {quote_literal(user)}")
        except BaseException:
            link.close()
            raise
        return link

    async def _md5_password(self, user: str) -> str:
        """The stored password with which a user can log in to a PostgreSQL that is not ours; empty: it cannot."""
        if not self._users_log_in:
            return ""
        stored = (await self.admin_query(_STORED_PASSWORD + quote_literal(user))).scalar() or ""
        return stored if stored.startswith("md5") else ""

    def _start_parameters(self, given: dict[str, str]) -> dict[str, str]:
        names = {name.lower() for name in given}
        return {**{name: value for name, value in self._session_settings.items() if name not in names}, **given}

    async def _open(self) -> BackendLink:
        loop = asyncio.get_running_loop()
        address = self._address
        try:
            if address.socket is not None:
                _, link = await loop.create_unix_connection(self._new_link, address.socket)
            else:
                _, link = await loop.create_connection(self._new_link, address.host, address.port)
        except OSError as error:
            raise self._explain_loss(str(error)) from error
        return link

    def _new_link(self) -> BackendLink:
        return BackendLink(self._explain_loss)

    def _explain_loss(self, detail: str | None) -> FatalError:
        folder = self._server.full_disk() if self._server is not None else None
        return DiskFullError(str(folder)) if folder is not None else backend_lost(detail)

    async def cancel(self, pid: int, key: bytes) -> None:
        """Ask PostgreSQL to cancel what that connection runs."""
        with contextlib.suppress(RedshiftError):
            link = await self._open()
            link.write(cancel_request(pid, key))
            assert link.transport is not None
            link.transport.close()

    @contextlib.asynccontextmanager
    async def admin(self, database: str) -> AsyncIterator[BackendLink]:
        """The owner's connection to a database, for one use at a time: what must not share the client's transaction."""
        async with self._admin_lock:
            link = self._admin.get(database)
            if link is None or link.lost_error is not None:
                link = self._admin[database] = await self.connect(None, database, {"application_name": "dw-simulator"})
            yield link

    async def admin_query(self, sql: str, database: str | None = None) -> Result:
        """Run a script as the owner, in a transaction of its own.

        Raises:
            RedshiftError: PostgreSQL refused or is gone.
        """
        async with self.admin(database or self._address.database) as link:
            return await link.query(sql)

    async def _write_history(self, sql: str, database: str, data: bytes) -> None:
        async with self.admin(database) as link:
            await link.load(sql, data)

    async def forget(self, database: str) -> None:
        """Close the owner's connection to a database: one that is connected to cannot be dropped or copied."""
        await self.history.flush()
        async with self._admin_lock:
            link = self._admin.pop(database, None)
            if link is not None:
                link.close()

    def next_query_id(self) -> int:
        """Numbers that Redshift gives to statements; they go on after a restart."""
        return self.history.next_number()

    # --- users ---
    async def resolve_login(self, name: str) -> tuple[str, str | None]:
        """The role behind a login name, and the stored password to check (None: there is none, refuse)."""
        for prefix in IAM_PREFIXES:
            if name.startswith(prefix):
                password = self.settings.redshift.password.get_secret_value()
                return name.removeprefix(prefix).partition(":")[0], md5_verifier(name, password)
        result = await self.admin_query(
            f"SELECT rolpassword FROM pg_authid WHERE rolname = {quote_literal(name)} AND rolcanlogin"
        )
        return name, result.scalar()

    async def ensure_role(self, name: str) -> None:
        """Make a user of an IAM identity, who may log in with temporary credentials only."""
        found = await self.admin_query(f"SELECT 1 FROM pg_roles WHERE rolname = {quote_literal(name)}")
        if not found.rows:
            await self.admin_query(f"CREATE ROLE {quote_identifier(name)} LOGIN INHERIT")

    # --- first start ---
    async def _prepare(self) -> None:
        scripts = catalog_scripts(await self._inspect())
        fingerprint = hashlib.sha256("\0".join(scripts).encode()).hexdigest()
        await self._ensure_user()
        await self.session_groups.take_back()
        if self._server is None:
            await self._try_user_login()
        databases = [name for (name,) in (await self.admin_query(_DATABASES)).rows if name is not None]
        # The template first: databases that are made later are copies of it.
        for database in sorted(databases, key=lambda name: name != "template1"):
            await self._ensure_catalog(database, scripts, fingerprint)
        name = self.settings.redshift.database
        if name not in databases:
            owner = quote_identifier(self.settings.redshift.user)
            await self.admin_query(f"CREATE DATABASE {quote_identifier(name)} OWNER {owner}")
        last = await self.admin_query(_LAST_QUERY, name)
        self.history.number_from(int(last.scalar() or 0) + 1)

    async def _inspect(self) -> int:
        """The major version of PostgreSQL. Of one reached by a DSN: whether it can stand behind the emulator."""
        ((number, superuser, encoding),) = (await self.admin_query(_SERVER)).rows
        version = int(number or 0) // 10_000
        if self._server is None:
            require_usable(version, superuser=superuser == "on", encoding=str(encoding))
            self._session_settings = session_settings(version)
            async with self.admin("template1") as link:
                sorts, folds = (await link.query(_LOCALE)).rows[0]
            await self.forget("template1")
            require_locale(sorts_by_code_point=sorts == "t", folds_all_letters=folds == "t")
        return version

    async def _try_user_login(self) -> None:
        self._users_log_in = True
        try:
            (await self.connect(self.settings.redshift.user, self._address.database)).close()
        except BackendError as error:
            self._users_log_in = False
            log.warning(
                "the PostgreSQL behind the Redshift emulator takes no MD5 passwords (%s): sessions are opened as %s,"
                " whose rights RESET SESSION AUTHORIZATION gives to every user; let its pg_hba.conf say md5",
                error.message,
                self._address.user,
            )

    async def _ensure_user(self) -> None:
        redshift = self.settings.redshift
        verifier = md5_verifier(redshift.user, redshift.password.get_secret_value())
        stored = await self.admin_query(_STORED_PASSWORD + quote_literal(redshift.user))
        if stored.scalar() == verifier:
            return
        verb = "ALTER" if stored.rows else "CREATE"
        await self.admin_query(
            f"{verb} ROLE {quote_identifier(redshift.user)} SUPERUSER CREATEDB CREATEROLE LOGIN"
            f" PASSWORD {quote_literal(verifier)}"
        )

    async def _ensure_catalog(self, database: str, scripts: list[str], fingerprint: str) -> None:
        link = await self.connect(None, database)
        try:
            installed = await link.query(_INSTALLED_HASH)
            if installed.scalar() == fingerprint:
                await self._learn(database, link)
                return
            if installed.rows:
                log.info("updating the Redshift catalog in database %s", database)
                await upgrade(link, scripts)
            else:
                log.info("installing the Redshift catalog in database %s", database)
                await install(link, scripts)
            await link.query(
                f"CREATE OR REPLACE FUNCTION {_HASH_FUNCTION}() RETURNS text LANGUAGE sql IMMUTABLE"
                f" AS $$SELECT '{fingerprint}'$$; COMMIT"
            )
            await self._learn(database, link)
        finally:
            link.close()

    async def _learn(self, database: str, link: BackendLink) -> None:
        await self.external.learn(database, link.query)
        await self.masked.learn(database, link.query)
        await self.outputs.learn(database, link.query)
        self.folds_case = self.folds_case or (await link.query(_FOLDS_CASE)).scalar() == "t"


_SERVER = (
    "SELECT current_setting('server_version_num'), current_setting('is_superuser'), current_setting('server_encoding')"
)
_STORED_PASSWORD = "SELECT rolpassword FROM pg_authid WHERE rolname = "  # noqa: S105 - a query
_LOCALE = "SELECT 'B' < 'a' AND 'Z' < 'é', upper('é') = 'É'"
_FOLDS_CASE = (
    "SELECT current_setting('dw.compares', true) = 'case_insensitive'"
    " OR EXISTS (SELECT FROM pg_attribute WHERE atttypid IN (9001, 9003) AND attnum > 0)"
)
_DATABASES = "SELECT datname FROM pg_database WHERE datallowconn AND datname <> 'postgres'"
_LAST_QUERY = (
    "SELECT greatest((SELECT max(query_id) FROM pg_catalog.dw_journal_copy),"
    " (SELECT max(query_id) FROM pg_catalog.dw_journal_query))"
)
_INSTALLED_HASH = (
    "SELECT substring(prosrc FROM '[0-9a-f]{64}') FROM pg_proc WHERE proname = 'dw_simulator_catalog_hash'"
    " AND pronamespace = 'pg_catalog'::regnamespace"
)


def quote_identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def quote_literal(value: str) -> str:
    """A string literal; one with a backslash is written so that no setting changes its meaning."""
    quoted = "'" + value.replace("'", "''") + "'"
    return " E" + quoted.replace("\\", "\\\\") if "\\" in value else quoted
