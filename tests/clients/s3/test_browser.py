"""The object store over the API: listings, downloads, previews, deletes, whatever the keys are."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from dw_simulator.api.app import create_app
from dw_simulator.staging import connect_store

pytestmark = pytest.mark.stack

BUCKET = "browsed"
ODD_KEYS = [
    "plain.txt",
    "a b/c+d&e=f?g#h%20.txt",
    "../../etc/passwd",
    "//double//",
    "日本/語é.csv",
    "tab\tnew\nline",
    '"quoted".txt',
    "<script>alert(1)</script>.html",
    "dot/./..",
    "x" * 1000,
]


@pytest.fixture(scope="module")
def api(stack) -> Iterator[TestClient]:
    with TestClient(create_app(stack.settings), base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as api:
        yield api


@pytest.fixture(scope="module")
def store(stack):
    with connect_store(stack.settings.s3) as store:
        store.create_bucket(BUCKET)
        yield store


@pytest.fixture(scope="module")
def put(store):
    """Stores an object and gives its address in the API, with what to ask it."""

    def put(key: str, data: bytes, place: str = "object"):
        store.write(BUCKET, key, data)
        return f"/api/s3/buckets/{BUCKET}/{place}", {"key": key}

    return put


def test_buckets(api, store):
    assert BUCKET in [one["name"] for one in api.get("/api/s3/buckets").json()]


@pytest.mark.parametrize("key", ODD_KEYS)
def test_odd_keys(api, put, key):
    address, asked = put(f"odd/{key}", b"<b>hello</b>")
    listed = api.get(f"/api/s3/buckets/{BUCKET}/objects", params={"prefix": f"odd/{key}"}).json()
    assert [one["key"] for one in listed["objects"]] == [f"odd/{key}"]
    answer = api.get(address, params=asked)
    assert (answer.status_code, answer.content) == (200, b"<b>hello</b>")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-length"] == "12"
    disposition, _, name = answer.headers["content-disposition"].partition("; filename*=UTF-8''")
    assert disposition.startswith("attachment; filename=")
    last = key.rstrip("/").rpartition("/")[2]
    assert unquote(name) == ("object" if last == ".." else last)
    shown = api.get(f"/api/s3/buckets/{BUCKET}/preview", params=asked).json()
    assert shown["size"] == 12
    assert api.delete(address, params=asked).status_code == 204
    assert api.delete(address, params=asked).status_code == 404
    assert api.get(address, params=asked).status_code == 404


def test_pages_of_a_listing(api, put):
    for name in ("p/a", "p/b/1", "p/b/2", "p/c", "p/d/1"):
        put(name, b"x")
    found, token = [], None
    for _ in range(3):
        page = api.get(
            f"/api/s3/buckets/{BUCKET}/objects",
            params={"prefix": "p/", "limit": 2} | ({"token": token} if token else {}),
        ).json()
        found.append((page["prefixes"], [one["key"] for one in page["objects"]]))
        token = page["next_token"]
        if token is None:
            break
    assert [prefix for prefixes, _ in found for prefix in prefixes] == ["p/b/", "p/d/"]
    assert [key for _, keys in found for key in keys] == ["p/a", "p/c"]
    assert token is None


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "buckets/no-such-bucket/objects", 404, "not_found"),
        ("GET", f"buckets/{BUCKET}/object?key=none", 404, "not_found"),
        ("GET", f"buckets/{BUCKET}/preview?key=none", 404, "not_found"),
        ("DELETE", f"buckets/{BUCKET}/object?key=none", 404, "not_found"),
        ("GET", f"buckets/{BUCKET}/object?key={'%C3%A9' * 1000}", 404, "not_found"),
        ("GET", f"buckets/{BUCKET}/object", 422, "request"),
        ("GET", f"buckets/{BUCKET}/objects?limit=0", 422, "request"),
        ("GET", f"buckets/{BUCKET}/objects?token=%00nonsense", 422, "invalid"),
        ("GET", "buckets/../objects", 404, "http"),
        ("GET", "buckets/%2e%2e/objects", 422, "request"),
        ("GET", "buckets/a%20b/objects", 422, "request"),
    ],
)
def test_what_is_not_there(api, store, method, path, status, code):
    answer = api.request(method, f"/api/s3/{path}")
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


CSV = 'id,name\n1,"a, ""b"""\n2,é\n'
TABLE = [["1", 'a, "b"'], ["2", "é"]]
LINES = '{"id": 1, "tags": ["x"]}\n{"id": 9007199254740993, "more": null}\n'
TWO_MEMBERS = gzip.compress(b"a|b\n1|") + gzip.compress(b"2\n")
ARRAY = json.dumps([{"a": True, "b": 1.5}, {"a": None}]).encode()
PREVIEWS = [
    ("a.csv", CSV.encode(), "table", ["id string", "name string"], TABLE, 2),
    ("a.csv.gz", gzip.compress(CSV.encode()), "table", ["id string", "name string"], TABLE, 2),
    ("two.csv.gz", TWO_MEMBERS, "table", ["a string", "b string"], [["1", "2"]], 1),
    ("bom.tsv", b"\xef\xbb\xbfx\ty\n1\t2", "table", ["x string", "y string"], [["1", "2"]], 1),
    ("no-head.csv", b"1,2\n3\n", "table", ["column_1 string", "column_2 string"], [["1", "2"], ["3", None]], 2),
    (
        "a.jsonl",
        LINES.encode(),
        "table",
        ["id json", "tags json", "more json"],
        [[1, ["x"], None], ["9007199254740993", None, None]],
        2,
    ),
    ("a.json", ARRAY, "table", ["a boolean", "b number"], [[True, 1.5], [None, None]], 2),
    ("lines.json", b'{"a": "x"}\n{"a": "y"}', "table", ["a string"], [["x"], ["y"]], 2),
    ("one.json", b'{"a": 1, "b": [2]}', "table", ["a number", "b json"], [[1, [2]]], 1),
    ("0000_part_00", b'{"a":1}\n', "table", ["a number"], [[1]], 1),
    ("list.json", b"[1, 2]", "text", None, "[1, 2]", None),
    ("broken.json", b'{"a": ', "text", None, '{"a": ', None),
    ("broken.csv", b'a,b\n"1', "text", None, 'a,b\n"1', None),
    ("a.sql", "select 'é'".encode(), "text", None, "select 'é'", None),
    ("empty.csv", b"", "text", None, "", None),
    ("a.bin", b"\xff\x00\x01", "binary", None, None, None),
    ("bad.csv.gz", b"\x1f\x8bnonsense", "binary", None, None, None),
    ("bad.parquet", b"PAR1nonsensePAR1", "binary", None, None, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "data", "kind", "columns", "content", "total"),
    PREVIEWS,
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_previews(api, put, key, data, kind, columns, content, total):
    address, asked = put(f"previews/{key}", data, "preview")
    shown = api.get(address, params=asked).json()
    named = shown["columns"] and [f"{one['name']} {one['kind']}" for one in shown["columns"]]
    assert (shown["kind"], named) == (kind, columns)
    assert (shown["rows"] if kind == "table" else shown["text"]) == content
    assert (shown["total_rows"], shown["size"], shown["truncated"]) == (total, len(data), False)
    assert (shown["note"] is not None) == key.startswith("bad.")


def test_parquet(api, put):
    table = pa.table(
        {
            "n": pa.array([2**60, 1] * 300, pa.int64()),
            "d": pa.array([Decimal("1.50"), None] * 300, pa.decimal128(9, 2)),
            "s": pa.array(["x", None] * 300).dictionary_encode(),
            "l": pa.array([[{"a": b"\x01"}], None] * 300),
        }
    )
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, row_group_size=100)
    address, asked = put("previews/a.parquet", sink.getvalue(), "preview")
    shown = api.get(address, params=asked | {"limit": 3}).json()
    assert [(one["name"], one["kind"]) for one in shown["columns"]] == [
        ("n", "number"), ("d", "number"), ("s", "string"), ("l", "json"),
    ]  # fmt: skip
    assert shown["rows"] == [
        [str(2**60), "1.50", "x", [{"a": "01"}]],
        [1, None, None, None],
        [str(2**60), "1.50", "x", [{"a": "01"}]],
    ]
    assert (shown["total_rows"], shown["truncated"]) == (600, True)


@pytest.mark.parametrize("key", ["big.csv", "big.csv.gz", "big.jsonl", "big.txt"])
def test_only_the_beginning_is_read(api, put, key):
    """What is compressed may become a thousand times as large."""
    line = ('{"a": "é"}\n' if "json" in key else "1,é\n").encode()
    data = line * 400_000
    address, asked = put(f"previews/{key}", gzip.compress(data, 1) if key.endswith("gz") else data, "preview")
    shown = api.get(address, params=asked | {"limit": 2}).json()
    assert (shown["truncated"], shown["total_rows"]) == (True, None)
    assert len(shown["rows"] or []) == (0 if key == "big.txt" else 2)
    assert len(shown["text"] or "") <= 1 << 16


def test_a_download_of_many_pieces(api, put):
    data = bytes(range(256)) * 4096
    address, asked = put("large", data)
    assert api.get(address, params=asked).content == data
