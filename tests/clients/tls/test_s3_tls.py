"""The S3 store over TLS, through each client; and each refuses another CA."""

from __future__ import annotations

import http.client
import os
import ssl
import urllib.request
from pathlib import Path

import boto3
import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
import pytest
import s3fs
from botocore.config import Config
from botocore.exceptions import SSLError

from dw_simulator.errors import ServiceUnavailable
from dw_simulator.staging import ObjectStore, ObjectStoreUnreachable, connect_stage

pytestmark = pytest.mark.stack

BUCKET = "tls-files"
DATA = os.urandom(9 << 20)


@pytest.fixture
def url(secure):
    found = secure.stack.settings.s3.url
    assert found.startswith("https://127.0.0.1:")
    return found


@pytest.fixture
def own(secure, url):
    with ObjectStore.connect(url, "mockuser", "mockpass", "us-east-1", ca_file=Path(secure.ca)) as store:
        store.create_bucket(BUCKET)
        yield store


def _boto3(url, ca):
    keys = {"aws_access_key_id": "mockuser", "aws_secret_access_key": "mockpass", "region_name": "us-east-1"}
    return boto3.client("s3", endpoint_url=url, verify=ca, config=Config(retries={"max_attempts": 0}), **keys)


def test_boto3(secure, url, own):
    client = _boto3(url, secure.ca)
    client.put_object(Bucket=BUCKET, Key="boto3", Body=DATA)
    assert client.get_object(Bucket=BUCKET, Key="boto3")["Body"].read() == DATA
    signed = client.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "boto3"})
    assert signed.startswith(url)
    with urllib.request.urlopen(signed, context=ssl.create_default_context(cafile=secure.ca)) as answer:
        assert answer.read() == DATA
    client.close()
    stranger = _boto3(url, secure.other_ca)
    with pytest.raises(SSLError, match="certificate verify failed"):
        stranger.list_buckets()
    stranger.close()


def test_pyarrow(secure, url, own):
    def filesystem(ca):
        return pafs.S3FileSystem(
            access_key="mockuser",
            secret_key="mockpass",
            endpoint_override=url.removeprefix("https://"),
            scheme="https",
            region="us-east-1",
            tls_ca_file_path=ca,
            retry_strategy=pafs.AwsStandardS3RetryStrategy(max_attempts=1),
        )

    table = pa.table({"k": range(100_000)})
    pq.write_table(table, f"{BUCKET}/arrow.parquet", filesystem=filesystem(secure.ca))
    assert pq.read_table(f"{BUCKET}/arrow.parquet", filesystem=filesystem(secure.ca)).equals(table)
    with pytest.raises(OSError, match=r"(?i)ssl|certificate|connect"):
        filesystem(secure.other_ca).get_file_info(f"{BUCKET}/arrow.parquet")


def test_s3fs(secure, url, own):
    def filesystem(ca):
        return s3fs.S3FileSystem(
            key="mockuser",
            secret="mockpass",
            endpoint_url=url,
            client_kwargs={"verify": ca},
            skip_instance_cache=True,
            config_kwargs={"retries": {"max_attempts": 0}},
        )

    fs = filesystem(secure.ca)
    fs.pipe(f"{BUCKET}/s3fs", DATA)
    assert fs.cat(f"{BUCKET}/s3fs") == DATA
    stranger = filesystem(secure.other_ca)
    stranger.retries = 1
    with pytest.raises(Exception, match=r"(?i)ssl|certificate"):
        stranger.ls(BUCKET)


def test_own_client(secure, url, own):
    own.write(BUCKET, "own", DATA)
    assert own.read(BUCKET, "own") == DATA
    assert own.read_range(BUCKET, "own", 1000, 10) == DATA[1000:1010]
    with own.open_output(BUCKET, "parts") as sink:
        for _ in range(3):
            sink.write(DATA)
    with own.open_stream(BUCKET, "parts") as stream:
        assert stream.read() == DATA * 3
    for ca in (Path(secure.other_ca), None):
        stranger = ObjectStore.connect(url, "mockuser", "mockpass", "us-east-1", ca_file=ca)
        with pytest.raises(ObjectStoreUnreachable, match="its certificate is not trusted"):
            stranger.read(BUCKET, "own")


def test_a_stage_names_the_ca_that_does_not_fit(secure):
    settings = secure.stack.settings.model_copy(deep=True)
    settings.s3.use_tls(Path(secure.other_ca))
    with pytest.raises(ServiceUnavailable, match=secure.other_ca) as caught:
        connect_stage(settings).has_bucket()
    assert "DW_SIMULATOR_TLS_FOLDER" in str(caught.value.hint)


def test_raw_http(secure):
    settings = secure.stack.settings
    context = ssl.create_default_context(cafile=secure.ca)
    for service, path in (("s3", "/_dw/health"), ("snowflake", "/_dw/health"), ("api", "/health")):
        port = settings.service(service).port
        secured = http.client.HTTPSConnection("localhost", port, context=context, timeout=10)
        secured.request("GET", path)
        answer = secured.getresponse()
        assert (answer.status, b'"ok"' in answer.read()) == (200, True)
        secured.close()
        plain = http.client.HTTPConnection("localhost", port, timeout=10)
        plain.request("GET", path)
        with pytest.raises((http.client.HTTPException, OSError)):
            plain.getresponse()
        plain.close()
