"""The object store over the API, where there is none, or where it is somebody's real one."""

import pytest

from dw_simulator.api.routers.s3 import attachment

PATHS = ["buckets", "buckets/b0b/objects", "buckets/b0b/object?key=a", "buckets/b0b/preview?key=a"]


@pytest.mark.parametrize("path", PATHS)
def test_no_store(client, unreachable, path):
    answer = client.get(f"/api/s3/{path}")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


def test_a_delete_elsewhere_must_be_confirmed(client):
    client.app.state.settings.s3.endpoint_url = "http://store.example.com:1"
    answer = client.delete("/api/s3/buckets/b0b/object?key=a")
    assert (answer.status_code, answer.json()["code"]) == (409, "confirmation")
    assert "delete s3://b0b/a in s3 (http://store.example.com:1)" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a.csv", "attachment; filename=\"a.csv\"; filename*=UTF-8''a.csv"),
        ('a"; x="b', "attachment; filename=\"a__ x__b\"; filename*=UTF-8''a%22%3B%20x%3D%22b"),
        ("a\r\nSet-Cookie: b", "attachment; filename=\"a__Set-Cookie_ b\"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20b"),
        ("é", "attachment; filename=\"_\"; filename*=UTF-8''%C3%A9"),
        ("..", "attachment; filename=\"object\"; filename*=UTF-8''object"),
        ("", "attachment; filename=\"object\"; filename*=UTF-8''object"),
    ],
)
def test_names_of_attachments(name, header):
    assert attachment(name) == header
