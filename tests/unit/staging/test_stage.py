"""The stage: keys, credentials, and its errors when the store is not there."""

from __future__ import annotations

import pytest

from dw_simulator.config import S3Settings, Settings
from dw_simulator.errors import ConfigError, ServiceUnavailable, StagingError
from dw_simulator.staging import ObjectStore, ObjectStoreError, connect_stage, connect_store, credentials_for


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "http://127.0.0.1:4566"),
        ({"endpoint_url": "http://127.0.0.1:9000"}, "http://127.0.0.1:9000"),
        ({"endpoint_url": "aws", "region": "eu-west-1"}, "https://s3.eu-west-1.amazonaws.com"),
        ({"endpoint_url": "aws", "region": "cn-north-1"}, "https://s3.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_url(settings, url):
    assert S3Settings(**settings).url == url


def test_static_credentials():
    local = credentials_for(S3Settings())()
    assert (local.access_key, local.secret_key, local.session_token) == ("mockuser", "mockpass", None)
    own = credentials_for(S3Settings(endpoint_url="aws", access_key="AKIA1", session_token="temporary"))()
    assert (own.access_key, own.session_token) == ("AKIA1", "temporary")


def test_credentials_of_the_chain(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    found = credentials_for(S3Settings(credentials="chain"))()
    assert (found.access_key, found.secret_key, found.session_token) == ("AKIAENV", "secret", "token")
    file = tmp_path / "credentials"
    file.write_text("[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = s\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    assert credentials_for(S3Settings(), "work")().access_key == "AKIAWORK"
    with pytest.raises(StagingError, match="no AWS credentials were found"):
        credentials_for(S3Settings(), "nobody")()


def test_mock_keys_never_go_to_aws():
    with pytest.raises(ConfigError, match=r"s3\.credentials is `static`.*mock key"):
        connect_stage(Settings(s3=S3Settings(endpoint_url="aws")))


@pytest.mark.parametrize(
    ("virtual", "bucket", "key", "expected"),
    [
        (False, "b", "a/k", ("https://s3.eu-west-1.amazonaws.com", "/b/a/k")),
        (False, "b", "", ("https://s3.eu-west-1.amazonaws.com", "/b")),
        (True, "b", "a/k", ("https://b.s3.eu-west-1.amazonaws.com", "/a/k")),
        (True, "b", "", ("https://b.s3.eu-west-1.amazonaws.com", "/")),
        (True, "b.c", "k", ("https://s3.eu-west-1.amazonaws.com", "/b.c/k")),
    ],
)
def test_where_requests_go(virtual, bucket, key, expected):
    keys = credentials_for(S3Settings())
    store = ObjectStore("https://s3.eu-west-1.amazonaws.com", keys, "eu-west-1", virtual)
    assert store.place(bucket, key) == expected


def test_aws_has_virtual_hosts():
    settings = S3Settings(endpoint_url="aws", access_key="AKIA1")
    assert connect_store(settings).virtual_hosts
    assert not connect_store(S3Settings()).virtual_hosts


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
