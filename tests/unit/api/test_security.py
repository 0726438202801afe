"""What keeps others out, asked by raw HTTP of a real server."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient
from tests.unit.api.conftest import served

from dw_simulator.api.app import create_app
from dw_simulator.api.security import MAX_BODY, PAGE_POLICY, require_loopback, token_of
from dw_simulator.config.settings import load_settings
from dw_simulator.errors import ConfigError

TOKEN = "correct-horse-battery-staple"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def ask(home):
    """Asks the API as it is on a laptop."""
    with served(create_app(load_settings({"home": home}, use_running_stack=False))) as ask:
        yield ask


@pytest.fixture(scope="module")
def ask_with_token(home):
    """Asks an API that other machines reach."""
    given = {"host": "0.0.0.0", "token": TOKEN, "allowed_hosts": ["Lab.example"]}
    with served(create_app(load_settings({"home": home, "api": given}, use_running_stack=False))) as ask:
        yield ask


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("localhost:8000", 200),
        ("LOCALHOST", 200),
        ("[::1]:8000", 200),
        ("[::1]", 200),
        ("::1", 403),
        ("localhost.", 403),
        ("localhost.:8000", 403),
        ("evil.example", 403),
        ("evil.example:8000", 403),
        ("127.0.0.1.evil.example", 403),
        ("127.0.0.1.nip.io:8000", 403),
        ("localhost@evil.example", 403),
        ("evil.example@localhost", 403),
        ("localhost/evil.example", 403),
        ("localhost:port", 403),
        ("localhost, evil.example", 403),
        ("0.0.0.0:8000", 403),
        ("[::ffff:127.0.0.1]", 403),
        ("127.1", 403),
        ("2130706433", 403),
        ("", 403),
        ("[", 403),
    ],
)
def test_only_local_hosts_are_answered(ask, host, status):
    answer = ask("/api/experiments", f"Host: {host}")
    assert answer.status == status
    if status == 403:
        assert json.loads(answer.body)["code"] == "host"
        assert answer.headers["content-type"] == "application/problem+json"


def test_two_hosts_are_none(ask):
    assert ask("/health", "Host: localhost", "Host: evil.example").status in (400, 403)


@pytest.mark.parametrize("path", ["/", "/health", "/openapi.json", "/docs", "/metrics", "/assets/x.js", "/some/page"])
def test_no_path_answers_a_foreign_host(ask, path):
    assert ask(path, "Host: evil.example", "Accept: text/html").status == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([], 404),
        (["Origin: http://127.0.0.1:8000"], 404),
        (["Origin: http://127.0.0.1:9000"], 403),
        (["Origin: http://localhost:8000"], 403),
        (["Origin: http://evil.example"], 403),
        (["Origin: http://["], 403),
        (["Origin: null"], 403),
        (["Sec-Fetch-Site: cross-site"], 403),
        (["Sec-Fetch-Site: same-site"], 403),
        (["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"], 403),
        (["Sec-Fetch-Site: same-origin"], 404),
        (["Sec-Fetch-Site: none"], 404),
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/experiments/none/reset"), ("DELETE", "/api/experiments/x")]
)
def test_other_sites_may_not_change_anything(ask, method, path, headers, status):
    answer = ask(path, "Host: 127.0.0.1:8000", "Content-Length: 0", *headers, method=method)
    assert answer.status == status
    if status == 403:
        assert json.loads(answer.body)["code"] == "origin"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([], 200),
        (["Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: cors"], 200),
        (["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"], 200),
        (["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"], 403),
        (["Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: cors"], 403),
    ],
)
def test_other_sites_may_link_here_but_not_embed_anything(ask, headers, status):
    assert ask("/api/experiments", *headers).status == status


def test_there_is_no_cors(ask):
    answer = ask("/api/experiments", "Origin: http://evil.example")
    assert answer.status == 200
    preflight = ask(
        "/api/experiments", "Origin: http://evil.example", "Access-Control-Request-Method: POST", method="OPTIONS"
    )
    assert preflight.status == 405
    for headers in (answer.headers, preflight.headers):
        assert not [name for name in headers if name.startswith("access-control") or name == "set-cookie"]


# --- bodies -----------------------------------------------------------------------------------------------------------
def test_a_body_that_is_too_large_is_refused_by_its_length(ask):
    answer = ask("/api/experiments", f"Content-Length: {MAX_BODY + 1}", method="POST")
    assert answer.status == 413
    assert json.loads(answer.body)["code"] == "body"


def test_a_body_of_unknown_length_is_read(ask):
    answer = ask("/api/experiments", "Transfer-Encoding: chunked", method="POST", body=b"2\r\n{}\r\n0\r\n\r\n")
    assert answer.status == 422


def test_a_body_of_unknown_length_is_read_up_to_the_limit(client):
    client.app.user_middleware[0].kwargs["max_body"] = 1000
    client.app.middleware_stack = None
    parts = [b'{"name": "', b"x" * 600, b"x" * 600]
    for path in ("/api/experiments", "/api/experiments/import-sql"):
        answer = client.post(path, content=iter(parts))
        assert answer.status_code == 413
        assert answer.json()["code"] == "body"
        assert "at most 1000 bytes" in answer.json()["detail"]


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "²"])
def test_a_length_that_is_none_is_refused(ask, length):
    assert ask("/api/experiments", f"Content-Length: {length}", method="POST", body=b"{}").status in (400, 413)


def test_sql_may_be_larger_than_a_schema(ask):
    body = json.dumps({"sql": "-- " + "x" * MAX_BODY, "name": "big", "dry_run": True}).encode()
    headers = ("Content-Type: application/json", f"Content-Length: {len(body)}")
    assert ask("/api/experiments/import-sql", *headers, method="POST", body=body).status == 422
    assert ask("/api/experiments", *headers, method="POST", body=b"").status == 413


# --- headers ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "status"),
    [("/health", 200), ("/api/experiments", 200), ("/api/none", 404), ("/docs", 200), ("/openapi.json", 200)],
)
def test_every_answer_tells_browsers_what_they_may_do(ask, path, status):
    answer = ask(path)
    assert answer.status == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "geolocation=()" in answer.headers["permissions-policy"]
    policy = answer.headers["content-security-policy"]
    assert policy == PAGE_POLICY if path == "/docs" else policy.startswith("default-src 'none';")
    assert "frame-ancestors 'none'" in policy
    assert "server" not in answer.headers
    if path != "/docs":
        assert answer.headers["cache-control"] == "no-store"


def test_an_answer_to_an_error_nobody_foresaw_has_them_too(client):
    client.app.add_api_route("/api/broken", lambda: 1 / 0)
    answer = client.get("/api/broken")
    assert answer.status_code == 500
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["code"] == "internal"


def test_refusals_have_them_too(ask):
    answer = ask("/", "Host: evil.example")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_the_reference_needs_no_script_and_no_network(ask):
    answer = ask("/docs")
    text = answer.body.decode()
    assert answer.headers["content-type"].startswith("text/html")
    assert "<script" not in text
    assert "http" not in text.replace("</", "").split("<body>")[0]
    assert "//" not in text
    for part in ("/api/experiments/import-sql", "ProblemDocument", "openapi.json"):
        assert part in text


# --- addresses --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_addresses_are_served(host):
    require_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.com", ""])
def test_other_addresses_are_not(host):
    with pytest.raises(ConfigError, match="only listens on this machine") as caught:
        require_loopback(host)
    assert "DW_SIMULATOR_API_TOKEN" in (caught.value.hint or "")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "172.18.0.2"])
def test_a_published_port_may_be_served_from_a_container(host):
    require_loopback(host, published=True)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.2"])
def test_with_a_token_other_machines_may_be_served(host):
    require_loopback(host, token=TOKEN)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("synthetic-data-generator:8000", 200),
        ("Synthetic-Data-Generator", 200),
        ("127.0.0.1:8000", 200),
        ("0.0.0.0:8000", 403),
        ("evil.example", 403),
    ],
)
def test_a_container_answers_the_names_of_its_stack(tmp_path, host, status):
    given = {"host": "0.0.0.0", "published": True}
    settings = load_settings(
        {"home": tmp_path / "home", "api": given, "local_hosts": ["synthetic-data-generator"]}, use_running_stack=False
    )
    with TestClient(create_app(settings)) as client:
        assert client.get("/health", headers={"Host": host}).status_code == status
        origin = {"Host": host, "Origin": "http://evil.example"}
        assert client.post("/api/experiments/none/reset", headers=origin).status_code == 403


# --- the token --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("token", ["", "short", "fifteen-letters", "with a space in it", "quite-löng-but-not-ascii"])
def test_a_token_that_is_too_weak_is_refused(tmp_path, token):
    settings = load_settings({"home": tmp_path, "api": {"token": token}}, use_running_stack=False)
    with pytest.raises(ConfigError, match="at least 16 characters") as caught:
        create_app(settings)
    assert not token or token not in str(caught.value)


def test_no_token_is_needed_by_default(tmp_path):
    assert token_of(load_settings({"home": tmp_path}, use_running_stack=False)) is None


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (f"Authorization: Bearer {TOKEN}", 200),
        (f"Authorization: bearer {TOKEN}", 200),
        (f"Authorization: Bearer {TOKEN}x", 401),
        (f"Authorization: Bearer {TOKEN[:-1]}", 401),
        (f"Authorization: Basic {TOKEN}", 401),
        (f"Authorization: {TOKEN}", 401),
        ("Authorization: Bearer", 401),
        ("Authorization: Bearer ÿþ", 401),
        (f"Cookie: token={TOKEN}", 401),
        ("Accept: */*", 401),
    ],
)
def test_the_token_is_asked_for(ask_with_token, header, status):
    answer = ask_with_token("/api/experiments", header)
    assert answer.status == status
    if status == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert json.loads(answer.body)["code"] == "token"
        assert TOKEN.encode() not in answer.body


@pytest.mark.parametrize(
    "path", ["/api", "/api/none", "/metrics", "/docs", "/openapi.json", f"/api/experiments?token={TOKEN}"]
)
def test_whatever_is_not_the_ui_needs_it(ask_with_token, path):
    assert ask_with_token(path).status == 401


def test_every_route_but_that_of_health_needs_it(home, ask_with_token):
    app = create_app(load_settings({"home": home}, use_running_stack=False))
    paths = {route.path for route in app.routes if hasattr(route, "path")} | set(app.openapi()["paths"])
    assert {path for path in paths if ask_with_token(path.replace("{", "").replace("}", "")).status != 401} == {
        "/health"
    }


@pytest.mark.parametrize("path", ["/", "/health", "/experiments/shop"])
def test_the_ui_does_not(ask_with_token, path):
    assert ask_with_token(path, "Accept: text/html").status in (200, 503)


@pytest.mark.parametrize("path", ["//api/experiments", "/./api/experiments", "/%61pi/experiments", "/API/experiments"])
def test_other_spellings_of_a_path_give_no_data(ask_with_token, path):
    answer = ask_with_token(path)
    assert answer.status in (401, 404)


@pytest.mark.parametrize(("host", "status"), [("lab.example:8000", 200), ("evil.example", 403), ("0.0.0.0", 403)])
def test_with_a_token_only_the_configured_names_are_answered(ask_with_token, host, status):
    answer = ask_with_token("/api/experiments", f"Host: {host}", f"Authorization: Bearer {TOKEN}")
    assert answer.status == status


def test_with_a_token_other_sites_may_still_not_change_anything(ask_with_token):
    headers = (f"Authorization: Bearer {TOKEN}", "Origin: http://evil.example", "Content-Length: 0")
    assert ask_with_token("/api/experiments/none/reset", *headers, method="POST").status == 403
