"""References to secrets, against stand-ins for AWS Secrets Manager and Vault that speak their protocols."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pydantic import SecretStr

from dw_simulator.config import load_settings
from dw_simulator.config.secrets import is_reference, references, resolve, resolved
from dw_simulator.errors import SecretError

PASSWORD = "s3cr3t-value"


@contextmanager
def serving(answer):
    """A server whose ``answer(handler, body)`` returns (status, document). Yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def handle_request(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            status, document = answer(self, body)
            data = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = handle_request  # noqa: N815 - names of http.server

        def log_message(self, *_):
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def secrets_manager(monkeypatch):
    secrets = {"plain": PASSWORD, "dw": json.dumps({"username": "u", "password": PASSWORD})}
    seen = []

    def answer(handler, body):
        seen.append(handler.headers["authorization"])
        name = json.loads(body)["SecretId"]
        if name not in secrets:
            return 400, {"__type": "ResourceNotFoundException", "message": "no"}
        return 200, {"Name": name, "SecretString": secrets[name]}

    with serving(answer) as url:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "AKID",
            "AWS_SECRET_ACCESS_KEY": "key",
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": url,
            "AWS_REGION": "eu-central-1",
        }.items():
            monkeypatch.setenv(name, value)
        yield seen


def test_aws_secrets_manager(secrets_manager):
    assert resolve("aws-secretsmanager:plain") == PASSWORD
    assert resolve("aws-secretsmanager://dw#password") == PASSWORD
    assert "/eu-central-1/secretsmanager/aws4_request" in secrets_manager[0]
    with pytest.raises(SecretError, match="ResourceNotFoundException"):
        resolve("aws-secretsmanager:other")
    with pytest.raises(SecretError, match="no key 'passwd'") as caught:
        resolve("aws-secretsmanager:dw#passwd")
    assert "password, username" in caught.value.hint
    assert PASSWORD not in str(caught.value) + caught.value.hint


@pytest.fixture
def vault():
    def answer(handler, body):
        path = handler.path
        if path == "/v1/auth/approle/login":
            given = json.loads(body)
            if given != {"role_id": "r", "secret_id": "s"}:
                return 400, {"errors": ["invalid role or secret ID"]}
            return 200, {"auth": {"client_token": "from-role"}}
        if handler.headers.get("x-vault-token") not in ("t", "from-role"):
            return 403, {"errors": ["permission denied"]}
        if path.startswith("/v1/secret/data/warehouse"):
            return 200, {"data": {"data": {"password": PASSWORD}, "metadata": {"version": 1}}}
        if path.startswith("/v1/kv1/warehouse"):
            return 200, {"data": {"password": "of version 1"}}
        return 404, {"errors": []}

    with serving(answer) as url:
        yield url


VAULT = [
    ({"VAULT_TOKEN": "t"}, "vault:secret/warehouse#password", PASSWORD),
    ({"VAULT_ROLE_ID": "r", "VAULT_SECRET_ID": "s"}, "vault://secret/warehouse#password", PASSWORD),
    ({"VAULT_TOKEN": "t"}, "vault:kv1/warehouse#password", "of version 1"),
]


@pytest.mark.parametrize(("variables", "reference", "value"), VAULT)
def test_vault(vault, variables, reference, value):
    assert resolve(reference, variables={"VAULT_ADDR": vault, **variables}) == value


VAULT_REFUSED = [
    ({"VAULT_TOKEN": "wrong"}, "vault:secret/warehouse#password", "refused: Forbidden"),
    ({"VAULT_ROLE_ID": "x", "VAULT_SECRET_ID": "s"}, "vault:secret/warehouse#password", "refused: InvalidRequest"),
    ({"VAULT_TOKEN": "t"}, "vault:secret/warehouse#user", "no key 'user'"),
    ({"VAULT_TOKEN": "t"}, "vault:secret/other#user", "refused: InvalidPath"),
    ({"VAULT_TOKEN": "t"}, "vault:secret", "vault:MOUNT/PATH#key"),
    ({"VAULT_TOKEN": "t", "VAULT_ADDR": ""}, "vault:secret/warehouse#password", "VAULT_ADDR is not set"),
    ({"VAULT_TOKEN": "t", "VAULT_ADDR": "http://127.0.0.1:1"}, "vault:secret/w#password", "does not answer"),
]


@pytest.mark.parametrize(("variables", "reference", "message"), VAULT_REFUSED)
def test_what_vault_refuses_is_named(vault, variables, reference, message):
    with pytest.raises(SecretError, match=message):
        resolve(reference, variables={"VAULT_ADDR": vault, **variables})


def test_files_and_variables(tmp_path):
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    assert resolve(f"file:{file}") == PASSWORD
    assert resolve("env:THE_PASSWORD", variables={"THE_PASSWORD": PASSWORD}) == PASSWORD
    with pytest.raises(SecretError, match=r"cannot resolve file:.*nothere, the value of redshift\.password: .*No such"):
        resolve(f"file:{tmp_path}/nothere", setting="redshift.password")
    with pytest.raises(SecretError, match="THE_PASSWORD is not set"):
        resolve("env:THE_PASSWORD", variables={})


def test_only_known_stores_are_references():
    assert [
        text for text in ("file:/x", "env:X", "vault:a/b#c", "aws-secretsmanager:x") if not is_reference(text)
    ] == []
    assert [text for text in ("http://x", "file", "p:w", "", "127.0.0.1") if is_reference(text)] == []
    assert is_reference(SecretStr("env:X"))


def test_settings_are_resolved_in_a_copy():
    given = {"redshift": {"password": "env:PW", "host": "env:HOST"}, "s3": {"secret_key": "env:KEY"}}
    settings = load_settings(given, use_running_stack=False)
    assert sorted(references(settings)) == ["redshift.host", "redshift.password", "s3.secret_key"]
    found = resolved(settings, "redshift", variables={"PW": PASSWORD, "HOST": "127.0.0.5"})
    assert (found.redshift.password.get_secret_value(), found.redshift.host) == (PASSWORD, "127.0.0.5")
    assert found.s3.secret_key.get_secret_value() == "env:KEY"
    assert settings.redshift.password.get_secret_value() == "env:PW"
    with pytest.raises(SecretError):
        resolved(settings, variables={"PW": PASSWORD, "HOST": "127.0.0.5"})
