"""What the engine has for sessions: their state, roles and transactions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dw_simulator.config import S3Settings
from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.backend import Backend
from dw_simulator.emulators.snowflake.catalog import account_usage, grants, streams, versions
from dw_simulator.emulators.snowflake.catalog.grants import Access
from dw_simulator.emulators.snowflake.catalog.model import PARAMETERS, Entry
from dw_simulator.emulators.snowflake.catalog.store import Catalog
from dw_simulator.emulators.snowflake.catalog.view import SessionCatalog
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.logins.failures import LoginFailures
from dw_simulator.emulators.snowflake.programs import calls
from dw_simulator.emulators.snowflake.programs.callbacks import Callbacks
from dw_simulator.emulators.snowflake.programs.workers import Programs
from dw_simulator.emulators.snowflake.session_state import SessionState
from dw_simulator.emulators.snowflake.sessions import ClientInfo, Session
from dw_simulator.emulators.snowflake.stages.resolver import Stages
from dw_simulator.emulators.snowflake.stages.stores import ObjectStores


class SessionEngine:
    """The engine's parts and its sessions; what statements do is in ``engine``."""

    def __init__(
        self, backend: Backend, state_dir: Path, s3: S3Settings | None = None, python: str | None = None
    ) -> None:
        self.backend = backend
        self.state_dir = state_dir
        self.catalog = Catalog()
        self.system = backend.connect()
        self.stages = Stages(state_dir / "stages", ObjectStores(s3 or S3Settings()))
        self.programs = Programs(python)
        calls.install(backend, self.programs)
        self.callbacks = Callbacks()
        self.login_failures = LoginFailures()
        self._sessions: set[Session] = set()
        self.ca_file: Path | None = None
        """The CA with which sessions of handlers verify this server, where it serves TLS."""
        self.enforces_grants = False
        """Whether roles decide what may be done (``snowflake.login: strict``)."""

    def close(self) -> None:
        self.programs.close()
        self.stages.close()
        self.system.close()
        self.backend.close()

    def sessions(self) -> list[Session]:
        """The open sessions of clients."""
        return [session for session in list(self._sessions) if session.id]

    def logged_in(
        self,
        user: str,
        address: str,
        client: ClientInfo,
        method: str,
        session_id: int = 0,
        error: SnowflakeError | None = None,
    ) -> None:
        known = method if method not in ("", "SNOWFLAKE") else "PASSWORD"
        self.catalog.login_log.add(user, address, client, known, session_id, error)

    def open_session(self, session: Session) -> None:
        session.engine_state = SessionState(self.backend.connect())
        self._sessions.add(session)
        if session.warehouse is not None and self.catalog.get("WAREHOUSE", name=session.warehouse) is None:
            session.warehouse = None
        if self.enforces_grants:
            self._take_role(session)
        elif session.role is not None and self.catalog.get("ROLE", name=session.role) is None:
            session.role = "ACCOUNTADMIN"
        self._take_place(session)
        self.inherit_parameters(session)

    def inherit_parameters(self, session: Session) -> None:
        """Let a session have the parameters that its account and its user have."""
        holders = (("ACCOUNT", next(self.catalog.entries("ACCOUNT"), None)), ("USER", self._user(session)))
        inherited = {}
        for level, entry in holders:
            for name, value in (entry.properties.get(PARAMETERS, {}) if entry is not None else {}).items():
                inherited[name] = (level, value)
        if inherited != session.parameters.inherited:
            session.parameters.inherited = inherited
            session.parameters.version += 1

    def _user(self, session: Session) -> Entry | None:
        return self.catalog.get("USER", name=session.user.upper())

    def _take_place(self, session: Session) -> None:
        """The database and the schema that the login names, as far as they are there."""
        if session.database == account_usage.DATABASE:
            if not account_usage.enters(self.access(session, self.state(session))):
                session.database = None
            if session.database is None or session.schema not in account_usage.SCHEMAS:
                session.schema = None
            return
        if session.database is not None and self.catalog.get("DATABASE", name=session.database) is None:
            session.database, session.schema = None, None
        if session.database is not None and session.schema is None:
            session.schema = "PUBLIC"
        if not self.catalog.has_schema(session.database, session.schema):
            session.schema = None

    def _take_role(self, session: Session) -> None:
        """The role that was asked for, else the user's default, else PUBLIC. Raises SnowflakeError 390189."""
        user = self._user(session)
        properties = user.properties if user is not None else {}
        wanted = session.role if session.role_asked else str(properties.get("default_role", "PUBLIC")).upper()
        role = self.catalog.get("ROLE", name=wanted or "PUBLIC")
        if role is None or not grants.may_use(self.catalog, session.user, role):
            if session.role_asked:
                raise errors.ROLE_NOT_GRANTED(wanted)
            role = self.catalog.get("ROLE", name="PUBLIC")
        session.role = role.name if role is not None else None
        if not properties.get("default_secondary_roles", ["ALL"]):
            session.secondary_roles = "NONE"

    def close_session(self, session: Session) -> None:
        state = session.engine_state
        self.programs.forget(session.id)
        self._sessions.discard(session)
        if isinstance(state, SessionState) and not self.callbacks.leave(session):
            self.rollback(state)
            state.connection.close()
            for entry in state.temporary.values():
                if entry.kind == "STAGE":
                    self.stages.drop(entry)
        session.engine_state = None

    @contextmanager
    def owner_session(self, entry: Entry) -> Iterator[tuple[Session, SessionState]]:
        """A session of the server's own in the schema of an object, with the rights of its owner."""
        session = Session(
            id=0, user="SYSTEM", role=entry.owner, secondary_roles="NONE", database=entry.database, schema=entry.schema
        )
        session.engine_state = SessionState(self.backend.connect())
        try:
            yield session, self.state(session)
        finally:
            self.close_session(session)

    def state(self, session: Session) -> SessionState:
        if not isinstance(session.engine_state, SessionState):
            self.open_session(session)
        state = session.engine_state
        assert isinstance(state, SessionState)
        zone = str(session.parameters["TIMEZONE"])
        if state.zone != zone:
            state.connection.set_zone(zone)
            state.zone = zone
        return state

    def session_catalog(self, session: Session, state: SessionState) -> SessionCatalog:
        access = self.access(session, state)
        return SessionCatalog(
            self.catalog, session.database, session.schema, state.temporary, session.role or "", access,
            str(session.parameters["SEARCH_PATH"]),
        )  # fmt: skip

    def access(self, session: Session, state: SessionState) -> Access | None:
        """What the session's roles may do; None where roles are not enforced."""
        if not self.enforces_grants:
            return None
        key = (self.catalog.version, session.user, session.role, session.secondary_roles)
        if state.access is None or state.access[0] != key:
            role = self.catalog.get("ROLE", name=session.role or "")
            primary = grants.closure(self.catalog, [role.id] if role is not None else [])
            roles = self.session_roles(session)
            state.access = key, Access(self.catalog, primary, roles, session.user)
        return state.access[1]

    def check_cancels(
        self, session: Session, state: SessionState, *, query_id: str | None = None, session_id: int | None = None
    ) -> None:
        """Vendor pages: the usage notes of "SYSTEM$CANCEL_QUERY" and "SYSTEM$CANCEL_ALL_QUERIES".

        Raises:
            SnowflakeError: 003001, another user runs the statement, or one of those of the session, and no role of this
                one lets it cancel that.
        """
        access = self.access(session, state)
        if access is None or "ACCOUNTADMIN" in access.names:
            return
        for record in self.catalog.query_log.records():
            meant = record.id == query_id or record.session_id == session_id
            if record.ended is not None or not meant or record.user == access.user:
                continue
            user = self.catalog.get("USER", name=record.user)
            warehouse = self.catalog.get("WAREHOUSE", name=record.warehouse) if record.warehouse else None
            owns = user is not None and access.owns(user)
            if not owns and not (warehouse and {"OPERATE", "OWNERSHIP"} & access.privileges(warehouse)):
                raise errors.INSUFFICIENT_PRIVILEGES("query", record.id)

    def session_roles(self, session: Session) -> frozenset[int]:
        """Ids of all roles that are active in the session."""
        return grants.active_roles(self.catalog, session.user, session.role, session.secondary_roles)

    def commit(self, state: SessionState) -> None:
        """Commit; streams that were read move on to what was read, and new versions of tables get their time."""
        for table_id, first in state.versions.items():
            at = versions.microseconds(dt.datetime.now(dt.UTC))
            state.connection.change(versions.committed_sql(table_id, first, at))
        state.versions.clear()
        for ident, table in state.consumed.items():
            snapshot = streams.snapshot_table(ident)
            state.connection.change(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM {snapshot}")
            state.connection.change(f"DROP TABLE {snapshot}")
        state.consumed.clear()
        state.listed.clear()
        state.connection.commit()
        self._resumed(state)

    def rollback(self, state: SessionState) -> None:
        state.consumed.clear()
        state.listed.clear()
        state.versions.clear()
        state.connection.rollback()
        self._resumed(state)

    def _resumed(self, state: SessionState) -> None:
        """A transaction that waited for the one that has ended goes on with what it had read and changed."""
        if len(state.suspended) > state.connection.depth:
            consumed, made, _ = state.suspended.pop()
            state.consumed.update(consumed)
            state.versions.update(made)
