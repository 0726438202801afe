"""Login, token renewal: requests in, responses out. Vendor pages: none; the drivers' public sources define the form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.sessions import ClientInfo, Session

TOKEN_SECONDS = 3600
MASTER_TOKEN_SECONDS = 14_400
SERVER_VERSION = "9.40.0"

AUTHENTICATORS = frozenset(
    {
        "",
        "SNOWFLAKE",
        "SNOWFLAKE_JWT",
        "OAUTH",
        "PROGRAMMATIC_ACCESS_TOKEN",
        "USERNAME_PASSWORD_MFA",
        "OAUTH_AUTHORIZATION_CODE",
        "OAUTH_CLIENT_CREDENTIALS",
        "WORKLOAD_IDENTITY",
        "ID_TOKEN",
    }
)


@dataclass(frozen=True, slots=True)
class LoginRequest:
    user: str
    account: str
    password: str
    token: str
    authenticator: str
    database: str | None
    schema: str | None
    warehouse: str | None
    role: str | None
    client: ClientInfo
    session_parameters: dict[str, Any] = field(default_factory=dict)
    address: str = ""
    """From where the client asks."""


def parse_login(body: Mapping[str, Any], query: Mapping[str, str], address: str = "") -> LoginRequest:
    """Raises SnowflakeError 390001 (no login data) or 390145 (an authenticator that is not emulated)."""
    data = body.get("data")
    if not isinstance(data, Mapping):
        raise errors.BAD_REQUEST("the login request has no data")
    authenticator = str(data.get("AUTHENTICATOR") or "").upper()
    if authenticator not in AUTHENTICATORS:
        raise errors.AUTHENTICATOR_UNSUPPORTED(authenticator)
    database, schema = _place(
        query.get("databaseName") or data.get("databaseName"), query.get("schemaName") or data.get("schemaName")
    )
    return LoginRequest(
        user=str(data.get("LOGIN_NAME") or ""),
        account=str(data.get("ACCOUNT_NAME") or ""),
        password=str(data.get("PASSWORD") or ""),
        token=str(data.get("TOKEN") or ""),
        authenticator=authenticator,
        database=database,
        schema=schema,
        warehouse=_name(query.get("warehouse") or data.get("warehouse")),
        role=_name(query.get("roleName") or data.get("roleName")),
        client=_client(data),
        session_parameters=dict(data.get("SESSION_PARAMETERS") or {}),
        address=address,
    )


def check_defaults(request: LoginRequest, session: Session) -> None:
    """What drivers ask for with ``validate_default_parameters``, the Go driver unless it is told not to.

    Vendor page: "Python Connector API", connect.

    Raises:
        SnowflakeError: 390201, the database, the schema or the warehouse of the login is not there; 390189, its role.
    """
    if str(request.session_parameters.get("CLIENT_VALIDATE_DEFAULT_PARAMETERS", "")).lower() != "true":
        return
    for kind in ("database", "schema", "warehouse"):
        asked, given = getattr(request, kind), getattr(session, kind)
        if asked and given is None and (kind != "schema" or request.database):
            raise errors.DEFAULT_NOT_FOUND(kind)
    if request.role and session.role != request.role:
        raise errors.ROLE_OF_LOGIN_NOT_FOUND(request.role)


def _place(database: Any, schema: Any) -> tuple[str | None, str | None]:
    """Database and schema. Ibis gives both as ``database/schema`` in the first."""
    first, slash, second = str(database or "").partition("/")
    if slash and not schema and not first.startswith('"'):
        return _name(first), _name(second)
    return _name(database), _name(schema)


def _name(text: Any) -> str | None:
    """A name of the connection's settings as it is stored: an identifier as in SQL, upper case unless quoted."""
    if not text:
        return None
    name = str(text)
    if len(name) > 1 and name.startswith('"') and name.endswith('"'):
        return name[1:-1].replace('""', '"')
    return name.upper()


def _client(data: Mapping[str, Any]) -> ClientInfo:
    environment = data.get("CLIENT_ENVIRONMENT") or {}
    return ClientInfo(
        app_id=str(data.get("CLIENT_APP_ID") or ""),
        app_version=str(data.get("CLIENT_APP_VERSION") or ""),
        application=str(environment.get("APPLICATION") or ""),
        environment={str(key): str(value) for key, value in environment.items()},
    )


def parameter_list(session: Session) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in session.parameters.for_client()]


def login_data(session: Session, request: LoginRequest) -> dict[str, Any]:
    """The ``data`` of a successful login. A database and schema that are not there are told as they were asked for:
    clients find out when they use them (``snow connection test`` does)."""
    return {
        "token": session.token,
        "masterToken": session.master_token,
        "validityInSeconds": TOKEN_SECONDS,
        "masterValidityInSeconds": MASTER_TOKEN_SECONDS,
        "displayUserName": session.user,
        "serverVersion": SERVER_VERSION,
        "firstLogin": False,
        "remMeToken": None,
        "remMeValidityInSeconds": 0,
        "healthCheckInterval": 45,
        "newClientForUpgrade": None,
        "sessionId": session.id,
        "parameters": parameter_list(session),
        "sessionInfo": {
            "databaseName": session.database or request.database,
            "schemaName": session.schema or request.schema,
            "warehouseName": session.warehouse,
            "roleName": session.role,
        },
        "idToken": None,
        "idTokenValidityInSeconds": 0,
        "responseData": None,
        "mfaToken": None,
        "mfaTokenValidityInSeconds": 0,
    }


def renewal_data(session: Session) -> dict[str, Any]:
    """The ``data`` of a successful token renewal."""
    return {
        "sessionToken": session.token,
        "validityInSecondsST": TOKEN_SECONDS,
        "masterToken": session.master_token,
        "validityInSecondsMT": MASTER_TOKEN_SECONDS,
        "masterValidityInSeconds": MASTER_TOKEN_SECONDS,
        "sessionId": session.id,
    }
