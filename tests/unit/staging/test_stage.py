"""The stage: keys, credentials, and its errors when the store is not there."""

from __future__ import annotations

import pytest

from dw_simulator.config import S3Settings, Settings
from dw_simulator.errors import ServiceUnavailable, StagingError
from dw_simulator.staging import (
    ObjectStore,
    ObjectStoreError,
    connect_stage,
    credentials_for,
    is_aws,
)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (None, False),
        ("http://127.0.0.1:4566", False),
        ("https://s3.eu-west-1.amazonaws.com", True),
        ("https://s3.cn-north-1.amazonaws.com.cn", True),
        ("https://amazonaws.com.evil.example", False),
    ],
)
def test_is_aws(url, expected):
    assert is_aws(url) is expected


def test_credentials(monkeypatch):
    local = credentials_for(S3Settings())()
    assert (local.access_key, local.secret_key) == ("mockuser", "mockpass")
    own = credentials_for(S3Settings(endpoint_url="https://s3.us-east-1.amazonaws.com", access_key="AKIA1"))()
    assert own.access_key == "AKIA1"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    found = credentials_for(S3Settings(endpoint_url="https://s3.us-east-1.amazonaws.com"))()
    assert (found.access_key, found.secret_key, found.session_token) == ("AKIAENV", "secret", "token")


def test_nobody_answers():
    stage = connect_stage(Settings(s3=S3Settings(port=1)))
    for call in (stage.ensure_bucket, lambda: stage.put("k", b""), lambda: stage.list(""), lambda: stage.open("k")):
        with pytest.raises(ServiceUnavailable, match=r"the s3 service does not answer at http://127\.0\.0\.1:1"):
            call()


@pytest.mark.parametrize(
    ("code", "hint"), [("InsufficientStorage", "free some disk space"), ("SignatureDoesNotMatch", "SECRET_KEY")]
)
def test_refused(monkeypatch, code, hint):
    def refuse(self, bucket, key, data):
        raise ObjectStoreError(code, "no", bucket, key)

    monkeypatch.setattr(ObjectStore, "write", refuse)
    with pytest.raises(StagingError, match=rf"{code}: no \(s3://dw-simulator/k\)") as caught:
        connect_stage(Settings()).put("k", b"x")
    assert hint in (caught.value.hint or "")


def test_bad_endpoint():
    with pytest.raises(StagingError, match="not an endpoint URL"):
        connect_stage(Settings(s3=S3Settings(endpoint_url="localhost:4566")))
