"""Pipes: the Snowpipe SDK against the REST API, and pipes that watch their stage."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from dw_simulator.config import S3Settings
from dw_simulator.emulators.snowflake.engine import Engine
from dw_simulator.emulators.snowflake.sessions import Session
from dw_simulator.staging import ObjectStore

ROOT = Path(__file__).resolve().parents[3]
CLIENT = Path(__file__).parent / "snowpipe_client.py"


def test_the_sdk(services: Any, tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, ROOT / "scripts" / "client-venvs", "snowpipe"], capture_output=True, text=True
    )
    if made.returncode:
        pytest.skip(f"the environment of the Snowpipe SDK cannot be made: {made.stderr.strip().splitlines()[-1]}")
    key = tmp_path / "key.pem"
    key.write_bytes(_private_key())
    command = [f"{made.stdout.strip()}/bin/python", "-W", "ignore", str(CLIENT), str(services.snowflake), str(key)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    saw = json.loads(done.stdout.splitlines()[-1])
    missing = next(error for path, *_, error in saw["seen"] if path == "nosuch.csv")
    assert missing.startswith("Remote file 'in/nosuch.csv' was not found")
    assert saw == {
        "code": "SUCCESS",
        "seen": [
            ["bad.csv", "LOAD_FAILED", 0, "Numeric value 'z' is not recognized"],
            ["nosuch.csv", "LOAD_FAILED", 0, missing],
            ["one.csv", "LOADED", 1, None],
        ],
        "stage": "@PIPED.PUBLIC.S/in/",
        "later": [],
        "scanned": 3,
        "complete": True,
        "missing": 404,
        "rows": [[1, "x"]],
        "history": [3, "P"],
        "errors": [["Numeric value 'z' is not recognized", "z,y"]],
    }


def _private_key() -> bytes:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize(
    ("method", "path", "token", "body", "status"),
    [
        ("POST", "D.PUBLIC.P/insertFiles", "", b"", 401),
        ("POST", "D.PUBLIC.P/insertFiles", "anything", b"", 400),
        ("POST", "D.PUBLIC.P/insertFiles", "anything", b'{"files": [{"size": 1}]}', 400),
        ("POST", "D.PUBLIC.P/insertFiles", "anything", b"{", 400),
        ("POST", "NOSUCH.PUBLIC.P/insertFiles", "anything", b"a.csv\nb.csv\n", 404),
        ("POST", "NOSUCH.PUBLIC.P/elsewhere", "anything", b"", 404),
        ("GET", "NOSUCH.PUBLIC.P/insertReport", "anything", None, 404),
        ("GET", "P/loadHistoryScan", "anything", None, 404),
    ],
)
def test_what_the_api_refuses(
    services: Any, method: str, path: str, token: str, body: bytes | None, status: int
) -> None:
    headers = {"Content-Type": "text/plain" if body and b"\n" in body else "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    url = f"http://127.0.0.1:{services.snowflake}/v1/data/pipes/{path}"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method))
    assert caught.value.code == status
    assert json.loads(caught.value.read())["message"]


# --- AUTO_INGEST ------------------------------------------------------------------------------------------------------
class Account:
    """An engine over a folder and the S3 service, with one session."""

    def __init__(self, folder: Path, port: int, bucket: str) -> None:
        self.folder, self.port, self.bucket = folder, port, bucket
        self.store = ObjectStore.connect(f"http://127.0.0.1:{port}", "mockuser", "mockpass", "us-east-1")
        self.open()

    def open(self) -> None:
        self.engine = Engine.open(self.folder, s3=S3Settings(port=self.port))
        self.session = Session(id=1, user="T")
        if self.engine.catalog.get("DATABASE", name="D") is not None:
            self.session.database = "D"
        self.engine.open_session(self.session)
        self.count = 0

    def __call__(self, sql: str) -> list[tuple[Any, ...]]:
        self.count += 1
        result = self.engine.execute(self.session, sql, binds=None, query_id=f"{id(self.engine)}-{self.count}")
        return [row for batch in result.batches for row in zip(*(c.to_pylist() for c in batch.columns), strict=True)]

    def close(self) -> None:
        self.engine.close_session(self.session)
        self.engine.close()

    def write(self, name: str, text: str) -> None:
        self.store.write(self.bucket, name, text.encode())

    def until(self, sql: str, wanted: Callable[[list[tuple[Any, ...]]], bool]) -> list[tuple[Any, ...]]:
        deadline = time.monotonic() + 60
        while not wanted(rows := self(sql)):
            assert time.monotonic() < deadline, f"{sql}: {rows}"
            time.sleep(0.05)
        return rows


@pytest.fixture
def account(services: Any, tmp_path: Path) -> Iterator[Account]:
    made = Account(tmp_path / "engine", services.s3, "pipes")
    if not made.store.bucket_exists("pipes"):
        made.store.create_bucket("pipes")
    yield made
    made.close()
    made.store.close()


def test_a_pipe_watches_its_stage(account: Account) -> None:
    account.write("in/old.csv", "0\n")
    account("create database d")
    account("create stage s url = 's3://pipes/in/'")
    account("create table t (a int)")
    account("create pipe p auto_ingest = true as copy into t from @s")
    account.write("in/new.csv", "1\n2\n")
    account.until("select sum(a) from t", lambda rows: rows[0][0] == 3)
    account.write("in/bad.csv", "x\n")
    status = "select parse_json(system$pipe_status('p')):lastIngestedFilePath::varchar"
    account.until(status, lambda rows: rows == [("bad.csv",)])
    account("alter pipe p set pipe_execution_paused = true")
    account.write("in/later.csv", "4\n")
    state = "select parse_json(system$pipe_status('p')):executionState::varchar"
    assert account(state) == [("PAUSED",)]
    account.close()
    account.open()  # a restart forgets nothing
    assert account(state) == [("PAUSED",)]
    account("alter pipe p set pipe_execution_paused = false")
    account.until("select sum(a) from t", lambda rows: rows[0][0] == 7)
    assert account("select count(*) from t") == [(3,)]
    assert sorted(account("alter pipe p refresh")) == [("bad.csv", "SENT"), ("old.csv", "SENT")]
    account.until("select count(*) from t", lambda rows: rows[0][0] == 4)
    assert account("copy into t from @s/later.csv force = false")[0][1] == "LOADED"  # a pipe's files are not COPY's
    account("drop table t")
    account.until(state, lambda rows: rows == [("STALLED_COMPILATION_ERROR",)])
    assert [row[1] for row in account("show pipes")] == ["P"]
    account("drop pipe p")
    assert account("select count(*) from information_schema.pipes") == [(0,)]


@pytest.mark.parametrize("path", ["/v1/streaming/client/configure/", "/v2/streaming/hostname"])
def test_streaming_is_refused_by_name(services: Any, path: str) -> None:
    answer = httpx.post(f"http://127.0.0.1:{services.snowflake}{path}", json={})
    assert (answer.status_code, answer.json()["message"]) == (501, "Unsupported feature 'Snowpipe Streaming'.")
