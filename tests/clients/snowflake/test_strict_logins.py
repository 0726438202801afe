"""``login: strict``: both generations of the driver, the SQL API, and the warehouse adapter."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
import snowflake.connector
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from dw_simulator.config import Settings
from dw_simulator.errors import WarehouseError
from dw_simulator.schema import Warehouse
from dw_simulator.warehouses import connect

ATTEMPTS = Path(__file__).parent / "login_attempts.py"
KEY, OTHER_KEY, IDP_KEY = (generate_private_key(65537, 2048) for _ in range(3))
QUIET = {"enable_server_session_keep_alive_auto_detection": False}
TOKEN = "a-token-of-the-settings"


def der(key: RSAPrivateKey) -> str:
    return base64.b64encode(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()


def public(key: RSAPrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def fingerprint(key: RSAPrivateKey) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(base64.b64decode(public(key))).digest()).decode()


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(key: RSAPrivateKey, claims: dict[str, Any], algorithm: str = "RS256") -> str:
    header = encoded(json.dumps({"alg": algorithm, "typ": "JWT"}).encode())
    text = f"{header}.{encoded(json.dumps(claims).encode())}"
    return f"{text}.{encoded(key.sign(text.encode(), PKCS1v15(), SHA256()))}"


def key_pair_token(key: RSAPrivateKey = KEY, **changes: Any) -> str:
    now = time.time()
    claims = {"iss": f"LOCAL.ANN.{fingerprint(key)}", "sub": "LOCAL.ANN", "iat": now, "exp": now + 60, **changes}
    return signed(key, {name: value for name, value in claims.items() if value is not None})


class Server:
    """A strict server; ``boss`` is the connection of the user of the settings."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.boss = snowflake.connector.connect(user="mockuser", password="mockpass", **self.place, **QUIET)

    @property
    def place(self) -> dict[str, Any]:
        return {"account": "local", "host": "127.0.0.1", "port": self.port, "protocol": "http"}

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        return self.boss.cursor().execute(sql).fetchall()

    def attempts(self, python: Path, logins: list[dict[str, Any]]) -> list[dict[str, Any]]:
        text = json.dumps([{**self.place, **login} for login in logins])
        done = subprocess.run([str(python), str(ATTEMPTS)], input=text, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def server(start_service: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    changes = {"snowflake": {"login": "strict", "token": TOKEN}}
    service = start_service("snowflake", tmp_path_factory.mktemp("strict"), changes=changes)
    running = Server(service.port)
    running.run(f"CREATE USER ann PASSWORD = 'right' LOGIN_NAME = 'ann' RSA_PUBLIC_KEY = '{public(KEY)}'")
    running.run(f"CREATE USER bob PASSWORD = 'bob' EMAIL = 'bob@example.com' RSA_PUBLIC_KEY_2 = '{public(OTHER_KEY)}'")
    for user in ("ann", "bob"):
        running.run(f"GRANT ROLE ACCOUNTADMIN TO USER {user}")
        running.run(f"ALTER USER {user} SET DEFAULT_ROLE = ACCOUNTADMIN")
    running.run("CREATE USER nothing_granted PASSWORD = 'nothing'")
    running.run("CREATE USER gone PASSWORD = 'gone' DISABLED = TRUE")
    running.run("CREATE USER robot PASSWORD = 'robot' TYPE = SERVICE")
    running.run(
        "CREATE SECURITY INTEGRATION idp TYPE = EXTERNAL_OAUTH ENABLED = TRUE"
        " EXTERNAL_OAUTH_ISSUER = 'https://idp.example' EXTERNAL_OAUTH_AUDIENCE_LIST = ('dw')"
        " EXTERNAL_OAUTH_TOKEN_USER_MAPPING_CLAIM = 'mail' EXTERNAL_OAUTH_SNOWFLAKE_USER_MAPPING_ATTRIBUTE = 'email'"
        f" EXTERNAL_OAUTH_RSA_PUBLIC_KEY = '{public(IDP_KEY)}'"
    )
    yield running
    running.boss.close()
    assert service.stop() == 0


def oauth_token(key: RSAPrivateKey = IDP_KEY, **changes: Any) -> str:
    now = time.time()
    claims = {"iss": "https://idp.example", "aud": "dw", "mail": "bob@example.com", "scp": "session:role:SYSADMIN"}
    return signed(key, {**claims, "iat": now, "exp": now + 600, **changes})


@pytest.mark.parametrize("environment", ["snowflake4", "main"])
def test_drivers(server: Server, python_of: Any, environment: str) -> None:
    secret = server.run(f"ALTER USER bob ADD PAT of_{environment} ROLE_RESTRICTION = 'SYSADMIN'")[0][1]
    removed = server.run(f"ALTER USER bob ADD PAT removed_{environment}")[0][1]
    server.run(f"ALTER USER bob REMOVE PAT removed_{environment}")
    pat, jwt, oauth = (
        {"authenticator": name} for name in ("PROGRAMMATIC_ACCESS_TOKEN", "SNOWFLAKE_JWT", "oauth")
    )  # fmt: skip
    cases: list[tuple[dict[str, Any], list[str] | str]] = [
        ({"user": "ann", "password": "right"}, ["ANN", "ACCOUNTADMIN"]),
        ({"user": "ann", "password": "right", "role": "SYSADMIN"}, ["ANN", "SYSADMIN"]),
        ({"user": "nothing_granted", "password": "nothing"}, ["NOTHING_GRANTED", "PUBLIC"]),
        ({"user": "nothing_granted", "password": "nothing", "role": "SYSADMIN"}, "is not granted to this user"),
        ({"user": "ann", "password": "wrong"}, "Incorrect username or password was specified"),
        ({"user": "nobody", "password": "right"}, "Incorrect username or password was specified"),
        ({"user": "gone", "password": "gone"}, "User access disabled"),
        ({"user": "robot", "password": "robot"}, "Incorrect username or password was specified"),
        ({"user": "ann", "private_key": der(KEY), **jwt}, ["ANN", "ACCOUNTADMIN"]),
        ({"user": "bob", "private_key": der(OTHER_KEY), **jwt}, ["BOB", "ACCOUNTADMIN"]),
        ({"user": "ann", "private_key": der(OTHER_KEY), **jwt}, "JWT token is invalid. ["),
        ({"user": "nobody", "private_key": der(KEY), **jwt}, "JWT token is invalid. ["),
        ({"user": "bob", "token": secret, **pat}, ["BOB", "SYSADMIN"]),
        ({"user": "bob", "password": secret}, ["BOB", "SYSADMIN"]),
        ({"user": "ann", "token": secret, **pat}, "Programmatic access token is invalid"),
        ({"user": "bob", "token": "no-such-token", **pat}, "Programmatic access token is invalid"),
        ({"user": "bob", "token": removed, **pat}, "Programmatic access token is invalid"),
        ({"user": "mockuser", "token": TOKEN, **oauth}, ["MOCKUSER", "ACCOUNTADMIN"]),
        ({"user": "bob", "token": oauth_token(), **oauth}, ["BOB", "SYSADMIN"]),
        ({"user": "ann", "token": oauth_token(), **oauth}, "differs from the user tied to the access token"),
        ({"user": "bob", "token": oauth_token(KEY), **oauth}, "Invalid OAuth access token. ["),
        ({"user": "bob", "token": oauth_token(aud="other"), **oauth}, "Invalid OAuth access token. ["),
        ({"user": "bob", "token": oauth_token(exp=1), **oauth}, "OAuth access token expired. ["),
    ]
    results = server.attempts(python_of(environment), [login for login, _ in cases])
    for (login, expected), result in zip(cases, results, strict=True):
        if isinstance(expected, list):
            assert result == {"rows": [expected]}, login
        else:
            assert expected in result.get("message", ""), (login, result)


REASONS: list[tuple[dict[str, Any], RSAPrivateKey, str]] = [
    ({"iss": "LOCAL.ANN.SHA256:nothing="}, KEY, "JWT_TOKEN_INVALID_PUBLIC_KEY_FINGERPRINT_MISMATCH"),
    ({"iss": f"LOCAL.ANN.{fingerprint(KEY)}"}, OTHER_KEY, "JWT_TOKEN_INVALID_SIGNATURE"),
    ({"iss": f"LOCAL.NOBODY.{fingerprint(KEY)}", "sub": "LOCAL.NOBODY"}, KEY, "JWT_TOKEN_INVALID_USER_IN_ISSUER"),
    ({"iss": f"OTHER.ANN.{fingerprint(KEY)}", "sub": "OTHER.ANN"}, KEY, "JWT_TOKEN_ACCOUNT_MISMATCH"),
    ({"sub": "LOCAL.BOB"}, KEY, "JWT_TOKEN_INVALID"),
    ({"iat": None}, KEY, "JWT_TOKEN_MISSING_ISSUE_OR_EXPIRATION_TIME"),
    ({"exp": None}, KEY, "JWT_TOKEN_MISSING_ISSUE_OR_EXPIRATION_TIME"),
    ({"exp": -1}, KEY, "JWT_TOKEN_INVALID_EXPIRATION_TIME"),
    ({"iat": -100}, KEY, "JWT_TOKEN_INVALID_ISSUE_TIME"),
    ({"iat": 100, "exp": 200}, KEY, "JWT_TOKEN_INVALID_ISSUE_TIME"),
]


def raw_login(server: Server, token: str) -> dict[str, Any]:
    data = {"LOGIN_NAME": "ann", "ACCOUNT_NAME": "local", "AUTHENTICATOR": "SNOWFLAKE_JWT", "TOKEN": token}
    answer = httpx.post(f"{server.url}/session/v1/login-request", json={"data": data})
    assert answer.status_code == 200
    return answer.json()


def reason(server: Server, message: str) -> dict[str, Any]:
    uuid = message.partition("[")[2].partition("]")[0]
    return json.loads(server.run(f"SELECT SYSTEM$GET_LOGIN_FAILURE_DETAILS('{uuid}')")[0][0])


@pytest.mark.parametrize(
    ("changes", "key", "expected"), REASONS, ids=[f"{number}-{reason}" for number, (_, _, reason) in enumerate(REASONS)]
)
def test_tokens_of_key_pairs(server: Server, changes: dict[str, Any], key: RSAPrivateKey, expected: str) -> None:
    now = time.time()  # the times of the cases are seconds from now
    changes = {name: now + value if isinstance(value, int) else value for name, value in changes.items()}
    answer = raw_login(server, key_pair_token(key, **{"iss": f"LOCAL.ANN.{fingerprint(KEY)}", **changes}))
    assert (answer["success"], answer["code"]) == (False, "390144")
    assert reason(server, answer["message"])["errorCode"] == expected


def test_good_and_foreign_tokens(server: Server) -> None:
    assert raw_login(server, key_pair_token())["success"]
    header = encoded(b'{"alg":"none"}') + "." + key_pair_token().partition(".")[2]
    for token, expected in [(header, "JWT_TOKEN_INVALID_ALGORITHM"), ("rubbish", "JWT_TOKEN_INVALID")]:
        answer = raw_login(server, token)
        assert answer["code"] == "390144"
        assert reason(server, answer["message"])["errorCode"] == expected


def submit(server: Server, token: str, kind: str = "") -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", **({"X-Snowflake-Authorization-Token-Type": kind} if kind else {})}
    body = {"statement": "SELECT CURRENT_USER()"}
    return httpx.post(f"{server.url}/api/v2/statements", json=body, headers=headers)


def test_sql_api(server: Server) -> None:
    secret = server.run("ALTER USER bob ADD PAT sql_api")[0][1]
    now = time.time()
    good = [
        (key_pair_token(), "KEYPAIR_JWT", "ANN"),
        (key_pair_token(), "", "ANN"),
        (key_pair_token(iat=now - 1800, exp=now + 1800), "KEYPAIR_JWT", "ANN"),
        (oauth_token(), "OAUTH", "BOB"),
        (secret, "PROGRAMMATIC_ACCESS_TOKEN", "BOB"),
    ]
    for token, kind, user in good:
        answer = submit(server, token, kind)
        assert (answer.status_code, answer.json().get("data")) == (200, [[user]])
    bad = [
        (key_pair_token(OTHER_KEY), "KEYPAIR_JWT", "390144"),
        (key_pair_token(iat=now - 3700), "KEYPAIR_JWT", "390144"),
        (key_pair_token(), "OAUTH", "390303"),
        ("rubbish", "OAUTH", "390303"),
        ("rubbish", "PROGRAMMATIC_ACCESS_TOKEN", "394400"),
    ]
    for token, kind, code in bad:
        answer = submit(server, token, kind)
        assert (answer.status_code, answer.json()["code"]) == (401, code)


def test_sql_api_shows_a_statement_to_its_user_only(server: Server) -> None:
    handle = submit(server, key_pair_token()).json()["statementHandle"]
    url = f"{server.url}/api/v2/statements/{handle}"
    for token, status in [(key_pair_token(), 200), (oauth_token(), 404), ("rubbish", 401)]:
        assert httpx.get(url, headers={"Authorization": f"Bearer {token}"}).status_code == status


def test_a_users_statements_are_that_users_to_cancel(server: Server) -> None:
    server.run("CREATE WAREHOUSE IF NOT EXISTS busy")
    server.run("GRANT USAGE ON WAREHOUSE busy TO ROLE PUBLIC")
    login = {"user": "nothing_granted", "password": "nothing", **server.place, **QUIET}
    with snowflake.connector.connect(**login) as other, snowflake.connector.connect(**login) as waiting:
        server.run("USE WAREHOUSE busy")
        cursor = server.boss.cursor()
        session = cursor.execute("SELECT CURRENT_SESSION()").fetchone()[0]
        cursor.execute_async("SELECT SYSTEM$WAIT(60)")
        while not server.boss.is_still_running(server.boss.get_query_status(cursor.sfqid)):
            time.sleep(0.05)
        time.sleep(0.5)
        for call in (f"SYSTEM$CANCEL_QUERY('{cursor.sfqid}')", f"SYSTEM$CANCEL_ALL_QUERIES({session})"):
            with pytest.raises(snowflake.connector.errors.ProgrammingError, match="Insufficient privileges") as caught:
                other.cursor().execute(f"SELECT {call}")
            assert caught.value.errno == 3001
        assert other.get_query_status(cursor.sfqid).name == "NO_DATA"
        own = waiting.cursor()
        own.execute_async("SELECT SYSTEM$WAIT(60)")
        time.sleep(0.5)
        assert (
            other.cursor().execute(f"SELECT SYSTEM$CANCEL_QUERY('{own.sfqid}')").fetchone()[0].endswith("terminated.")
        )
        with snowflake.connector.connect(user="mockuser", password="mockpass", **server.place, **QUIET) as boss:
            boss.cursor().execute("GRANT OPERATE ON WAREHOUSE busy TO ROLE PUBLIC")
        cancelled = other.cursor().execute(f"SELECT SYSTEM$CANCEL_ALL_QUERIES({session})").fetchone()
        assert cancelled == ("1 cancelled.",)


def settings(server: Server, **snowflake: Any) -> Settings:
    return Settings(snowflake={"port": server.port, **snowflake})


def test_adapter(server: Server, tmp_path: Path) -> None:
    pem = tmp_path / "rsa_key.p8"
    pem.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    secret = server.run("ALTER USER ann ADD PAT adapter")[0][1]
    logins: list[dict[str, Any]] = [
        {"user": "ann", "password": "right"},
        {"user": "ann", "auth": "key-pair", "private_key_file": pem},
        {"user": "ann", "auth": "pat", "token": secret},
        {"user": "mockuser", "auth": "oauth", "token": TOKEN},
    ]
    for login in logins:
        adapter = connect(Warehouse.SNOWFLAKE, settings(server, **login))
        try:
            with adapter.query("SELECT CURRENT_USER()") as result:
                assert next(result.batches).to_pylist() == [{"CURRENT_USER()": str(login["user"]).upper()}]
        finally:
            adapter.close()
    with pytest.raises(WarehouseError, match="Incorrect username or password") as caught:
        connect(Warehouse.SNOWFLAKE, settings(server, user="ann", password="wrong"))
    assert "password" in (caught.value.hint or "")


def test_shown_properties(server: Server) -> None:
    def shown(user: str) -> dict[str, str]:
        return {row[0]: row[1] for row in server.run(f"DESC USER {user}")}

    ann = shown("ann")
    assert (ann["LOGIN_NAME"], ann["PASSWORD"], ann["DISABLED"]) == ("ann", "********", "false")
    assert (ann["RSA_PUBLIC_KEY"], ann["RSA_PUBLIC_KEY_FP"]) == (public(KEY), fingerprint(KEY))
    assert shown("bob")["RSA_PUBLIC_KEY_2_FP"] == fingerprint(OTHER_KEY)
    server.run("CREATE USER eve PASSWORD = 'x'")
    server.run(f"ALTER USER eve SET RSA_PUBLIC_KEY = '{public(KEY)}' DISABLED = TRUE")
    assert (shown("eve")["RSA_PUBLIC_KEY_FP"], shown("eve")["DISABLED"]) == (fingerprint(KEY), "true")
    server.run("ALTER USER eve UNSET RSA_PUBLIC_KEY, PASSWORD, DISABLED")
    eve = shown("eve")
    assert (eve["RSA_PUBLIC_KEY_FP"], eve["PASSWORD"], eve["DISABLED"]) == ("null", "null", "false")
    everything = str(server.run("SHOW USERS")) + str(server.run("DESC USER ann"))
    assert "scrypt" not in everything


def test_access_tokens_end(server: Server) -> None:
    def status(name: str) -> str:
        rows = server.run("SHOW USER PROGRAMMATIC ACCESS TOKENS FOR USER bob")
        return next(row[4] for row in rows if row[0] == name)

    def works(secret: str) -> bool:
        return submit(server, secret, "PROGRAMMATIC_ACCESS_TOKEN").status_code == 200

    first = server.run("ALTER USER bob ADD PAT ends")[0][1]
    _, second, rotated = server.run("ALTER USER bob ROTATE PAT ends EXPIRE_ROTATED_TOKEN_AFTER_HOURS = 0")[0]
    assert (status("ENDS"), status(rotated)) == ("ACTIVE", "EXPIRED")
    assert [works(first), works(second)] == [False, True]
    server.run("ALTER USER bob MODIFY PAT ends SET DISABLED = TRUE")
    assert (status("ENDS"), works(second)) == ("DISABLED", False)


def test_users_outlive_the_server(start_service: Any, tmp_path: Path) -> None:
    pem = tmp_path / "rsa_key.pub"
    pem.write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    changes = {"snowflake": {"login": "strict", "user": "ann", "account": "local", "public_key_file": str(pem)}}
    for name in ("carl", "dora"):
        service = start_service("snowflake", tmp_path, changes=changes)
        place = {"account": "local", "host": "127.0.0.1", "port": service.port, "protocol": "http", **QUIET}
        key = base64.b64decode(der(KEY))
        with snowflake.connector.connect(user="ann", authenticator="SNOWFLAKE_JWT", private_key=key, **place) as boss:
            boss.cursor().execute(f"CREATE USER {name} PASSWORD = 'secret'")
        with snowflake.connector.connect(user="carl", password="secret", **place):
            pass
        assert service.stop() == 0
    kept = b"".join(path.read_bytes() for path in (tmp_path / "snowflake").rglob("*") if path.is_file())
    assert b"secret" not in kept


# --- policies ---------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def policed(server: Server) -> Iterator[Server]:
    server.run("CREATE DATABASE IF NOT EXISTS policies")
    server.run("USE SCHEMA policies.public")
    server.run("CREATE USER carl PASSWORD = 'Carl1carl1carl1'")
    yield server
    server.run("DROP USER carl")
    server.run("DROP DATABASE policies")


def carl(server: Server, password: str = "Carl1carl1carl1") -> int:
    """The error of a login of carl; 0 for none."""
    try:
        snowflake.connector.connect(user="carl", password=password, **server.place, **QUIET, login_timeout=10).close()
    except snowflake.connector.Error as error:
        return int(error.errno or 0)
    return 0


def test_network_policies_are_asked(policed: Server) -> None:
    policed.run("CREATE NETWORK POLICY elsewhere ALLOWED_IP_LIST = ('192.0.2.0/24')")
    policed.run("CREATE NETWORK POLICY not_here BLOCKED_IP_LIST = ('127.0.0.1')")
    policed.run("CREATE NETWORK RULE local TYPE = IPV4 VALUE_LIST = ('127.0.0.0/8')")
    policed.run("CREATE NETWORK POLICY here ALLOWED_NETWORK_RULE_LIST = ('local')")
    got = []
    for policy in ("elsewhere", "not_here", "here"):
        policed.run(f"ALTER USER carl SET NETWORK_POLICY = {policy}")
        got.append(carl(policed))
    policed.run("ALTER USER carl UNSET NETWORK_POLICY")
    assert got == [390422, 390422, 0]
    with pytest.raises(snowflake.connector.Error, match="must be included in the allowed_ip_list"):
        policed.run("ALTER ACCOUNT SET NETWORK_POLICY = elsewhere")


def test_authentication_policies_are_asked(policed: Server) -> None:
    policed.run("CREATE AUTHENTICATION POLICY keys AUTHENTICATION_METHODS = ('KEYPAIR')")
    policed.run("CREATE AUTHENTICATION POLICY drivers CLIENT_TYPES = ('DRIVERS')")
    policed.run("CREATE AUTHENTICATION POLICY browser CLIENT_TYPES = ('SNOWFLAKE_UI')")
    got = []
    for policy in ("keys", "drivers", "browser"):
        policed.run(f"ALTER USER carl SET AUTHENTICATION POLICY {policy} FORCE")
        got.append(carl(policed))
    policed.run("ALTER USER carl UNSET AUTHENTICATION POLICY")
    assert got == [390202, 0, 390202]


def test_password_policies_are_asked(policed: Server) -> None:
    policed.run("CREATE PASSWORD POLICY strong PASSWORD_MIN_SPECIAL_CHARS = 1 PASSWORD_MAX_RETRIES = 2")
    policed.run("ALTER USER carl SET PASSWORD POLICY strong")
    reasons = []
    for password in ("Short1!", "nouppercase123!", "NoSpecialChar123", "GoodPassword123!", "GoodPassword123!"):
        try:
            policed.run(f"ALTER USER carl SET PASSWORD = '{password}'")
        except snowflake.connector.Error as error:
            reasons.append(str(error).rpartition("Reason: ")[2].split("'")[1])
    assert reasons == ["TOO_SHORT", "NOT_ENOUGH_UPPER_CASE_CHARS", "NOT_ENOUGH_SPECIAL_CHARS", "PRIOR_USE"]
    attempts = [carl(policed, password) for password in ("no", "GoodPassword123!", "no", "no", "GoodPassword123!")]
    policed.run("ALTER USER carl UNSET PASSWORD POLICY")
    assert attempts == [390100, 0, 390100, 390100, 390102]


def test_logins_are_told_of(policed: Server) -> None:
    policed.run("CREATE USER dora PASSWORD = 'dora'")
    for password in ("no", "dora"):
        with contextlib.suppress(snowflake.connector.Error):
            snowflake.connector.connect(user="dora", password=password, **policed.place, **QUIET).close()
    rows = policed.run(
        "SELECT is_success, error_code, client_ip, reported_client_type, first_authentication_factor"
        " FROM TABLE(information_schema.login_history_by_user(user_name => 'DORA')) LIMIT 2"
    )
    assert rows == [
        ("YES", None, "127.0.0.1", "PYTHON_DRIVER", "PASSWORD"),
        ("NO", 390100, "127.0.0.1", "PYTHON_DRIVER", "PASSWORD"),
    ]
    assert policed.run("SELECT COUNT(*) > 0 FROM snowflake.account_usage.sessions WHERE user_name = 'DORA'") == [
        (True,)
    ]
