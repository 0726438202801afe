"""How the built UI is served, asked by raw HTTP of a real server over a small build of it."""

from __future__ import annotations

import gzip
import os

import pytest
from tests.unit.api.conftest import served

from dw_simulator.api.app import create_app
from dw_simulator.api.security import PAGE_POLICY
from dw_simulator.config.settings import load_settings

HTML = b"<!doctype html><title>dw-simulator</title>"
SCRIPT = b"console.log('the UI')\n" * 100
PAGE = "Accept: text/html,application/xhtml+xml;q=0.9"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A built UI, and beside it what must not be reached."""
    root = tmp_path_factory.mktemp("built")
    folder = root / "ui"
    (folder / "assets").mkdir(parents=True)
    (folder / ".vite").mkdir()
    (folder / "index.html").write_bytes(HTML)
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets" / "index-abc123.js").write_bytes(SCRIPT)
    (folder / "assets" / "index-abc123.js.gz").write_bytes(gzip.compress(SCRIPT, mtime=0))
    (folder / "assets" / "style-abc123.css").write_text("a{}")
    (folder / ".vite" / "manifest.json").write_text("{}")
    (folder / ".env").write_text("secret")
    (root / "secret.txt").write_text("secret")
    (root / "other").mkdir()
    (root / "other" / "secret.js").write_text("secret")
    (folder / "assets" / "link.txt").symlink_to(root / "secret.txt")
    (folder / "linked").symlink_to(root / "other")
    return folder


@pytest.fixture(scope="module")
def ask(tmp_path_factory, built):
    settings = load_settings({"home": tmp_path_factory.mktemp("home")}, use_running_stack=False)
    with served(create_app(settings, ui=built)) as ask:
        yield ask


@pytest.mark.parametrize(
    "path", ["/", "/index.html", "/experiments", "/experiments/shop/runs/1", "/queries?tab=2", "/api-like", "/a.b/c"]
)
def test_every_page_of_the_ui_is_its_start_page(ask, path):
    answer = ask(path, PAGE)
    assert (answer.status, answer.body) == (200, HTML)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-security-policy"] == PAGE_POLICY


@pytest.mark.parametrize(
    ("path", "headers", "method"),
    [
        ("/experiments", ["Accept: application/json"], "GET"),
        ("/experiments", [], "GET"),
        ("/experiments", [PAGE, "Content-Length: 0"], "POST"),
        ("/api", [PAGE], "GET"),
        ("/api/none", [PAGE], "GET"),
        ("/api/experiments/none/none/none", [PAGE], "GET"),
        ("/assets/none.js", [PAGE], "GET"),
        ("/assets", [PAGE], "GET"),
        ("/assets/", [PAGE], "GET"),
        ("/metrics/none", [PAGE], "GET"),
        ("/docs/none", [PAGE], "GET"),
    ],
)
def test_other_paths_are_not_found(ask, path, headers, method):
    answer = ask(path, *headers, method=method)
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_known_path_with_another_method_is_no_page(ask):
    assert ask("/api/experiments/import-sql", PAGE, method="PATCH").status == 405


def test_hashed_files_are_kept_for_ever(ask):
    answer = ask("/assets/index-abc123.js")
    assert (answer.status, answer.body) == (200, SCRIPT)
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert ask("/favicon.svg").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip, deflate, br, zstd", True),
        ("GZIP", True),
        ("br;q=1.0, gzip;q=0.8", True),
        ("*", True),
        ("gzip;q=0", False),
        ("br", False),
        ("", False),
    ],
)
def test_compressed_files_go_to_who_takes_them(ask, accepted, compressed):
    answer = ask("/assets/index-abc123.js", f"Accept-Encoding: {accepted}")
    assert (answer.headers.get("content-encoding") == "gzip") is compressed
    assert (gzip.decompress(answer.body) if compressed else answer.body) == SCRIPT
    assert "content-encoding" not in ask("/assets/style-abc123.css", f"Accept-Encoding: {accepted}").headers


def test_an_unchanged_file_is_not_sent_again(ask):
    plain = ask("/assets/index-abc123.js").headers["etag"]
    packed = ask("/assets/index-abc123.js", "Accept-Encoding: gzip").headers["etag"]
    assert plain != packed
    for header in (plain, f"W/{plain}", f'"other", {plain}', "*"):
        answer = ask("/assets/index-abc123.js", f"If-None-Match: {header}")
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["etag"] == plain
    assert ask("/assets/index-abc123.js", f"If-None-Match: {packed}").status == 200
    assert ask("/", f"If-None-Match: {ask('/').headers['etag']}").status == 304


def test_head_sends_no_body(ask):
    answer = ask("/assets/index-abc123.js", method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-length"] == str(len(SCRIPT))


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/..%5c..%5csecret.txt",
        "/assets/....//....//secret.txt",
        "/assets/%252e%252e/secret.txt",
        "/assets//etc/passwd",
        "//etc/passwd",
        "/assets/..;/secret.txt",
        "/assets/index-abc123.js/../../../secret.txt",
        "/assets/index-abc123.js%00.txt",
        "/assets/link.txt",
        "/linked/secret.js",
        "/.env",
        "/.vite/manifest.json",
        "/assets/index-abc123.js.gz",
        "/app.py",
        "/ui/index.html",
    ],
)
def test_nothing_else_can_be_reached(ask, path):
    answer = ask(path)
    assert answer.status == 404
    assert b"secret" not in answer.body or path.encode() in answer.body
    assert b"root:" not in answer.body
    page = ask(path, PAGE)
    assert page.status == 404 or page.body == HTML


def test_a_new_build_is_served_at_once(ask, built):
    index = built / "index.html"
    index.write_bytes(HTML + b"<p>new")
    os.utime(index, ns=(1, 1))
    (built / "assets" / "new-1.css").write_text("b{}")
    try:
        assert ask("/").body == HTML + b"<p>new"
        assert ask("/assets/new-1.css").body == b"b{}"
    finally:
        index.write_bytes(HTML)


def test_a_ui_that_was_not_built_says_how_to_build_it(tmp_path):
    settings = load_settings({"home": tmp_path / "home"}, use_running_stack=False)
    with served(create_app(settings, ui=tmp_path / "ui")) as ask:
        for path in ("/", "/experiments"):
            answer = ask(path, PAGE)
            assert answer.status == 503
            assert answer.headers["content-type"].startswith("text/html")
            assert answer.headers["content-security-policy"] == PAGE_POLICY
            assert b"make ui" in answer.body
        assert ask("/experiments").status == 404
        assert ask("/api/experiments").status == 200
