"""How a session starts: encryption requests, the start-up message, the password, Redshift's parameters."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from dw_simulator.emulators.redshift import errors
from dw_simulator.emulators.redshift.backend import IAM_PREFIXES
from dw_simulator.emulators.redshift.commands.parameters import check_encoding
from dw_simulator.emulators.redshift.commands.types import Session
from dw_simulator.emulators.redshift.errors import FatalError, RedshiftError
from dw_simulator.emulators.redshift.protocol import messages
from dw_simulator.emulators.redshift.protocol.auth import check_any, check_password
from dw_simulator.emulators.redshift.protocol.messages import ProtocolError
from dw_simulator.emulators.redshift.temporary import Grant, TemporaryCredentials

if TYPE_CHECKING:
    from dw_simulator.emulators.redshift.client import Client
    from dw_simulator.emulators.redshift.link import BackendLink

SERVER_VERSION = "8.0.2"
"""The PostgreSQL version that Redshift claims to be."""

PADB_REVISION = "1.0.77777"
"""The build a Redshift cluster names in version() and in the parameter by which drivers recognise it."""

SHOW_DISCOVERY = "4"
"""Which of the SHOW commands for metadata there are, told to drivers that ask: 4 are those that the guide documents."""

_PASSWORD = ord("p")

# What a client may set at start-up that PostgreSQL knows too; all else (driver_version, plugin_name, …) is Redshift's.
_BACKEND_PARAMETERS = frozenset(
    ("application_name", "client_encoding", "options", "datestyle", "timezone", "search_path", "statement_timeout")
)


async def open_session(client: Client) -> None:
    """Bring a new connection to the point where statements are taken.

    Raises:
        FatalError: the client is refused.
    """
    parameters = await _startup_parameters(client)
    if parameters is None:
        return
    user = parameters.get("user", "")
    if not user:
        raise FatalError(errors.INVALID_AUTHORIZATION, "no PostgreSQL user name specified in startup packet")
    database = parameters.get("database") or user
    _refuse_plain(client, user, database)
    _check_encoding(parameters)
    role, groups = await _authenticate(client, user)
    backend = client.server.backend
    kept = {name: value for name, value in parameters.items() if name.lower() in _BACKEND_PARAMETERS}
    link = await backend.connect(role, database, _clean(kept))
    if groups:
        await _join(client, link, role, groups)
    if client.closed:
        link.close()
        return
    session = Session(
        settings=client.server.settings,
        backend=backend,
        user=role,
        database=database,
        pid=link.pid,
        application_name=parameters.get("application_name", ""),
        history=backend.history,
        own_driver="client_protocol_version" in parameters,
    )
    client.opened(link, session)
    client.server.register_key(link.pid, link.key, client)
    client.send(_greeting(parameters, link.parameters, link.pid, link.key))


def _clean(parameters: dict[str, str]) -> dict[str, str]:
    """Redshift accepts UNICODE and other old names for UTF8 only; so does this emulator."""
    if parameters.get("client_encoding", "").upper() in ("UNICODE", "UTF-8"):
        parameters["client_encoding"] = "UTF8"
    return parameters


async def _startup_parameters(client: Client) -> dict[str, str] | None:
    """The parameters of the StartupMessage; None when the connection has ended, or was made to cancel a statement."""
    while True:
        try:
            packet = await client.next_startup()
            code = int.from_bytes(packet[:4], "big")
            if code == messages.SSL_REQUEST and client.server.tls is not None and not client.encrypted:
                if not await _encrypt(client):
                    return None
            elif code in (messages.SSL_REQUEST, messages.GSSENC_REQUEST):
                client.send(b"N")
            elif code == messages.CANCEL_REQUEST:
                await client.server.cancel(int.from_bytes(packet[4:8], "big"), packet[8:])
                client.hang_up()
                return None
            else:
                return _read_parameters(client, code, packet)
        except ProtocolError as error:
            raise FatalError(errors.PROTOCOL_VIOLATION, str(error)) from error


async def _encrypt(client: Client) -> bool:
    """Agree to the request and go on over TLS. What came behind the request was not encrypted: it is no client's."""
    if client.frontend.pending:
        raise FatalError(errors.PROTOCOL_VIOLATION, "received unencrypted data after SSL request")
    client.send(b"S")
    return await client.start_tls()


def _refuse_plain(client: Client, user: str, database: str) -> None:
    """With ``tls.require``: Redshift's words for a cluster with ``require_ssl``."""
    if client.server.settings.tls.require and not client.encrypted:
        raise FatalError(
            errors.INVALID_AUTHORIZATION,
            f'no pg_hba.conf entry for host "{client.host}", user "{user}", database "{database}", SSL off',
            hint="the server only takes encrypted connections: connect with sslmode=verify-full",
        )


def _read_parameters(client: Client, code: int, packet: bytes) -> dict[str, str]:
    major, minor = code >> 16, code & 0xFFFF
    if major != 3:
        raise FatalError(
            errors.FEATURE_NOT_SUPPORTED,
            f"unsupported frontend protocol {major}.{minor}: server supports 3.0 to 3.0",
        )
    parameters = messages.parse_startup(packet[4:])
    unknown = [name for name in parameters if name.startswith("_pq_.")]
    if minor or unknown:
        client.send(messages.negotiate_protocol_version(messages.PROTOCOL_3_0, unknown))
    client.frontend.started = True
    return parameters


async def _authenticate(client: Client, user: str) -> tuple[str, tuple[str, ...]]:
    """Check the password; the role behind the login name, and the groups that it joins for the session."""
    backend = client.server.backend
    if backend.temporary is not None and user.startswith(IAM_PREFIXES):
        return await _temporary(client, user, backend.temporary)
    role, verifier = await backend.resolve_login(user)
    exchange = check_password(user, verifier)
    request = next(exchange)
    while True:
        client.send(request)
        if messages.is_final(request):
            break
        answer = await client.next_message()
        if answer.kind != _PASSWORD:
            raise FatalError(errors.PROTOCOL_VIOLATION, "expected password response")
        try:
            request = exchange.send(answer.body)
        except StopIteration:
            break
    return role, ()


async def _temporary(client: Client, user: str, credentials: TemporaryCredentials) -> tuple[str, tuple[str, ...]]:
    """Check a password that the emulator handed out; the role it is for, made if it was handed out so."""
    grants = credentials.find(user)
    exchange = check_any(user, [grant.verifier for grant in grants])
    client.send(next(exchange))
    answer = await client.next_message()
    if answer.kind != _PASSWORD:
        raise FatalError(errors.PROTOCOL_VIOLATION, "expected password response")
    try:
        exchange.send(answer.body)
    except StopIteration as done:
        grant: Grant = grants[done.value]
    if grant.create:
        await client.server.backend.ensure_role(grant.role)
    return grant.role, grant.groups


async def _join(client: Client, link: BackendLink, role: str, groups: tuple[str, ...]) -> None:
    """Join groups until the connection is lost, also when that happens meanwhile."""
    client.joining = role, asyncio.ensure_future(client.server.backend.session_groups.join(role, groups))
    try:
        await asyncio.shield(client.joining[1])
    except BaseException:
        link.close()
        raise


_ENCODING_OPTION = re.compile(r"(?:-c\s*|--)client[_-]encoding=(\S+)", re.I)


def _asked_encoding(asked: dict[str, str]) -> str | None:
    """How the client spells the encoding that it asks for, as Redshift reports it; None: it asks for none."""
    option = _ENCODING_OPTION.search(asked.get("options", ""))
    return asked.get("client_encoding") or (option.group(1) if option else None)


def _check_encoding(asked: dict[str, str]) -> None:
    encoding = _asked_encoding(asked)
    if encoding is None:
        return
    try:
        check_encoding(encoding)
    except RedshiftError as error:
        raise FatalError(error.sqlstate, error.message) from error


def _greeting(asked: dict[str, str], backend: dict[str, str], pid: int, key: bytes) -> bytes:
    discovery = {"show_discovery": SHOW_DISCOVERY} if "driver_discovery_version" in asked else {}
    reported = {
        "server_version": SERVER_VERSION,
        "server_encoding": "UNICODE",
        "client_encoding": _asked_encoding(asked)
        or ("UNICODE" if backend.get("client_encoding") == "UTF8" else backend["client_encoding"]),
        "is_superuser": backend.get("is_superuser", "off"),
        "session_authorization": backend.get("session_authorization", ""),
        "DateStyle": backend.get("DateStyle", "ISO, MDY"),
        "TimeZone": backend.get("TimeZone", "UTC"),
        "integer_datetimes": "on",
        "padb_version": "",
        "padb_revision": PADB_REVISION,
        "max_numeric_precision": "38",
        "max_varchar_size": "65535",
        **discovery,
    }
    return b"".join(
        (
            messages.AUTHENTICATION_OK,
            *(messages.parameter_status(name, value) for name, value in reported.items()),
            messages.backend_key_data(pid, key),
            messages.ready_for_query("I"),
        )
    )
