import pytest
from fastapi.testclient import TestClient

from dw_simulator.api.app import create_app
from dw_simulator.api.security import MAX_BODY, require_loopback
from dw_simulator.config.settings import load_settings
from dw_simulator.errors import ConfigError


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("localhost:8000", 200),
        ("LOCALHOST", 200),
        ("[::1]:8000", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost@evil.example", 403),
        ("", 403),
        ("[", 403),
    ],
)
def test_only_local_hosts_are_answered(client, host, status):
    answer = client.get("/health", headers={"Host": host})
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["code"] == "host"
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 404),
        ({"Origin": "http://127.0.0.1:8000"}, 404),
        ({"Origin": "http://127.0.0.1:9000"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 404),
    ],
)
def test_other_sites_may_not_change_anything(client, headers, status):
    assert client.post("/api/experiments/none/reset", headers=headers).status_code == status


def test_reading_needs_no_origin_and_gives_no_cors(client):
    answer = client.get("/api/experiments", headers={"Origin": "http://evil.example"})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_body_that_is_too_large_is_refused(client):
    answer = client.post("/api/experiments", headers={"Content-Length": str(MAX_BODY + 1)}, content=b"{}")
    assert answer.status_code == 413
    assert answer.json()["code"] == "body"


def test_a_body_of_unknown_length_is_refused(client):
    assert client.post("/api/experiments", content=iter([b"{}"])).status_code == 411


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_addresses_are_served(host):
    require_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.com", ""])
def test_other_addresses_are_not(host):
    with pytest.raises(ConfigError, match="only listens on this machine"):
        require_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "172.18.0.2"])
def test_a_published_port_may_be_served_from_a_container(host):
    require_loopback(host, published=True)


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
