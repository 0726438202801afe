"""Keys, indexes, checksums, requests and XML of the S3 store: tables of cases."""

from __future__ import annotations

import os
import random

import pytest

from dw_simulator.emulators.s3.operations.conditions import parse_range
from dw_simulator.emulators.s3.protocol import xml
from dw_simulator.emulators.s3.protocol.checksums import new_hasher
from dw_simulator.emulators.s3.protocol.errors import S3Error
from dw_simulator.emulators.s3.protocol.request import parse_request
from dw_simulator.emulators.s3.storage.index import KeyIndex, after_all
from dw_simulator.emulators.s3.storage.keys import is_bucket_name, is_file_name
from dw_simulator.emulators.s3.storage.metadata import ObjectMeta
from dw_simulator.emulators.s3.storage.store import Store


@pytest.mark.parametrize(
    ("key", "sensitive", "expected"),
    [
        ("a", True, True),
        ("a/b/c.txt", True, True),
        ("ünï", True, True),
        ("A", True, True),
        ("A", False, False),
        ("a-b_1/x.y", False, True),
        ("ünï", False, False),
        ("", True, False),
        ("a/", True, False),
        ("/a", True, False),
        ("a//b", True, False),
        ("..", True, False),
        ("a/../b", True, False),
        (".", True, False),
        ("...", True, True),
        ("a\0b", True, False),
        ("a\\b", True, False),
        ("x" * 255, True, True),
        ("x" * 256, True, False),
        ("/".join(["x" * 200] * 5), True, False),
    ],
)
def test_keys_as_file_names(key, sensitive, expected):
    assert is_file_name(key, case_sensitive=sensitive) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("abc", True), ("a.b-c", True), ("ab", False), ("a" * 64, False), ("-ab", False), ("a..b", False), (".dw", False),
     ("192.168.1.1", False), ("Abc", False), ("a_b", False), ("xn--abc", False)],
)  # fmt: skip
def test_bucket_names(name, expected):
    assert is_bucket_name(name) is expected


# --- listings ------------------------------------------------------------------------------------------------------
def reference_page(keys, prefix, delimiter, after, after_prefix, limit):
    """The definition of a listing, without any cleverness."""
    entries = []
    for key in sorted(keys):
        if not key.startswith(prefix) or key <= after or (after_prefix and key.startswith(after)):
            continue
        cut = key.find(delimiter, len(prefix)) if delimiter else -1
        entry = (key, False) if cut < 0 else (key[: cut + len(delimiter)], True)
        if entry not in entries:
            entries.append(entry)
    return entries[:limit], len(entries) > limit > 0


def test_index_against_the_definition():
    chosen = random.Random(7)
    for _ in range(300):
        keys = ["".join(chosen.choice("ab/c") for _ in range(chosen.randint(1, 6))) for _ in range(30)]
        index = KeyIndex(keys)
        for key in keys[:5]:
            index.discard(key)
            index.add(key)
        prefix, after = chosen.choice(["", "a", "a/", "b/"]), chosen.choice(["", "a", "a/", "b", "/"])
        arguments = (prefix, chosen.choice(["", "/"]), after, after.endswith("/"), chosen.choice([0, 1, 3, 100]))
        page = index.page(*arguments)
        assert (page.entries, page.truncated) == reference_page(set(keys), *arguments), (sorted(set(keys)), arguments)


@pytest.mark.parametrize("prefix", ["a", "a/", "\ud7ff", "\U0010ffff", "a\U0010ffff"])
def test_after_all(prefix):
    assert after_all(prefix) > prefix + "\U0010ffff"


# --- checksums -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("algorithm", "check"),
    [("crc32", "cbf43926"), ("crc32c", "e3069283"), ("crc64nvme", "ae8b14860a799888"),
     ("sha1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441")],
)  # fmt: skip
def test_check_values(algorithm, check):
    """The check values of the CRC catalogue: of the text 123456789."""
    hasher = new_hasher(algorithm)
    hasher.update(b"1234")
    hasher.update(memoryview(b"56789"))
    assert hasher.digest().hex() == check


@pytest.mark.parametrize(
    ("algorithm", "polynomial", "bits"), [("crc32c", 0x82F63B78, 32), ("crc64nvme", 0x9A6C9329AC4BC9B5, 64)]
)
def test_crc_of_large_data(algorithm, polynomial, bits):
    """Blocks of every size give what the bitwise definition gives."""
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (polynomial if byte & 1 else 0)
        table.append(byte)
    data = random.Random(1).randbytes((1 << 16) + (1 << 14) + 777)
    state = (1 << bits) - 1
    for byte in data:
        state = table[(state ^ byte) & 0xFF] ^ (state >> 8)
    hasher = new_hasher(algorithm)
    for start in range(0, len(data), 10_001):
        hasher.update(data[start : start + 10_001])
    assert int.from_bytes(hasher.digest(), "big") == state ^ ((1 << bits) - 1)


def test_unknown_checksum():
    with pytest.raises(S3Error, match="MD4 is not implemented") as caught:
        new_hasher("md4")
    assert caught.value.status == 501


# --- requests and XML ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("target", "host", "expected"),
    [
        (b"/b/k", "127.0.0.1:4566", ("b", "k")),
        (b"/", "127.0.0.1:4566", ("", "")),
        (b"/b", "localhost", ("b", "")),
        (b"/b/", "localhost:4566", ("b", "")),
        (b"/b//k%20x%2Fy", "localhost", ("b", "/k x/y")),
        (b"/k/x", "b.localhost:4566", ("b", "k/x")),
        (b"/b/k", "s3.localhost:4566", ("b", "k")),
        (b"/k", "b.s3.localhost:4566", ("b", "k")),
        (b"/b/%c3%bc?a=1", "x", ("b", "ü")),
        (b"http://x:1/b/k", "x", ("b", "k")),
    ],
)
def test_addressing(target, host, expected):
    request = parse_request("GET", target, {"host": host})
    assert (request.bucket, request.key) == expected


@pytest.mark.parametrize(("target", "code"), [(b"/b/%ff", "InvalidURI"), (b"/b/" + b"x" * 1025, "KeyTooLongError")])
def test_bad_targets(target, code):
    with pytest.raises(S3Error) as caught:
        parse_request("GET", target, {})
    assert caught.value.code == code


def test_xml():
    content = (("A", "<&>\r"), None, ("B", True), ("C", [("D", 1), ("D", None)]))
    assert xml.document("R", content) == (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<R xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        b"<A>&lt;&amp;&gt;&#13;</A><B>true</B><C><D>1</D><D/></C></R>"
    )
    assert xml.timestamp(1_700_000_000_123_456_789) == "2023-11-14T22:13:20.123Z"


@pytest.mark.parametrize("body", [b"<a", b"<Other/>", b"text", b'<?xml version="1.0"?><!DOCTYPE a><b/>'])
def test_malformed_xml(body):
    with pytest.raises(S3Error) as caught:
        xml.parse(body, "Delete")
    assert caught.value.code == "MalformedXML"


@pytest.mark.parametrize(
    ("header", "size", "expected"),
    [(None, 5, None), ("bytes=0-0", 5, (0, 1)), ("bytes=3-1", 5, None), ("bytes=-", 5, None), ("lines=1-2", 5, None),
     ("bytes=-9", 5, (0, 5)), ("bytes=4-", 5, (4, 1))],
)  # fmt: skip
def test_ranges(header, size, expected):
    assert parse_range(header, size) == expected


@pytest.mark.parametrize(("header", "size"), [("bytes=5-", 5), ("bytes=-0", 5), ("bytes=0-", 0)])
def test_ranges_outside(header, size):
    with pytest.raises(S3Error) as caught:
        parse_range(header, size)
    assert caught.value.code == "InvalidRange"


# --- crashes -------------------------------------------------------------------------------------------------------
def put(store: Store, key: str, data: bytes, etag: str) -> None:
    scratch = store.new_scratch()
    scratch.write([data])
    store.commit("bucket", key, scratch, ObjectMeta(len(data), 0, etag))


@pytest.mark.parametrize("key", ["k", "trailing/"])
def test_killed_between_the_two_renames(tmp_path, monkeypatch, key):
    """The sidecar of the new version is there, its data is not: the old version is shown, whole."""
    store = Store(tmp_path, "us-east-1")
    store.open()
    store.create_bucket("bucket", "us-east-1")
    put(store, key, b"old", "old-etag")

    class Killed(BaseException):
        pass

    def write_and_die(*arguments):
        Store._write_sidecar(store, *arguments)
        raise Killed

    monkeypatch.setattr(store, "_write_sidecar", write_and_die)
    with pytest.raises(Killed):
        put(store, key, b"new", "new-etag")
    again = Store(tmp_path, "us-east-1")
    again.open()
    meta, fd = again.open_object("bucket", key)
    assert (meta.etag, os.pread(fd, 10, 0)) == ("old-etag", b"old")
    os.close(fd)
    put(again, key, b"new", "new-etag")
    assert again.find("bucket", key).etag == "new-etag"
