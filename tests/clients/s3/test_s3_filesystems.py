"""The S3 store through s3fs, pyarrow's file system and the project's own client."""

from __future__ import annotations

import os

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs as pafs
import pyarrow.parquet as pq
import pytest
import s3fs

from dw_simulator.emulators.common.objects import ObjectStore, ObjectStoreError, ObjectStoreUnreachable, parse_s3_uri


@pytest.fixture
def arrow(store):
    return pafs.S3FileSystem(
        access_key="mockuser",
        secret_key="mockpass",
        endpoint_override=store.url,
        region="us-east-1",
        allow_bucket_creation=True,
    )


@pytest.fixture
def own(store):
    client = ObjectStore.connect(store.url, "mockuser", "mockpass", "us-east-1")
    yield client
    client.close()


def test_pyarrow_dataset(arrow, bucket):
    table = pa.table({"k": [1, 2, 3] * 1000, "v": [f"value {number}" for number in range(3000)]})
    ds.write_dataset(table, f"{bucket}/data", filesystem=arrow, format="parquet", partitioning=["k"])
    found = ds.dataset(f"{bucket}/data", filesystem=arrow, partitioning=["k"]).to_table()
    assert found.num_rows == 3000
    infos = arrow.get_file_info(pafs.FileSelector(f"{bucket}/data", recursive=True))
    assert sorted(info.path for info in infos if info.type == pafs.FileType.Directory) == [
        f"{bucket}/data/{number}" for number in (1, 2, 3)
    ]
    arrow.delete_dir(f"{bucket}/data")
    assert arrow.get_file_info(f"{bucket}/data").type == pafs.FileType.NotFound


def test_pyarrow_big_file(arrow, bucket):
    data = os.urandom(25 << 20)
    with arrow.open_output_stream(f"{bucket}/big") as stream:
        stream.write(data)
    with arrow.open_input_file(f"{bucket}/big") as file:
        assert file.read() == data
    arrow.copy_file(f"{bucket}/big", f"{bucket}/copy")
    arrow.move(f"{bucket}/copy", f"{bucket}/moved")
    assert arrow.get_file_info(f"{bucket}/moved").size == len(data)


def test_s3fs(store, bucket):
    fs = s3fs.S3FileSystem(
        key="mockuser", secret="mockpass", endpoint_url=store.url, skip_instance_cache=True, use_listings_cache=False
    )
    with fs.open(f"{bucket}/folder/a.txt", "wb") as file:
        file.write(b"hello")
    data = os.urandom(12 << 20)
    fs.pipe(f"{bucket}/folder/big", data)
    assert sorted(fs.ls(f"{bucket}/folder")) == [f"{bucket}/folder/a.txt", f"{bucket}/folder/big"]
    assert fs.cat(f"{bucket}/folder/big") == data
    with fs.open(f"{bucket}/folder/big", "rb", block_size=1 << 20) as file:
        file.seek(5_000_000)
        assert file.read(10) == data[5_000_000:5_000_010]
    fs.mv(f"{bucket}/folder/a.txt", f"{bucket}/b.txt")
    assert fs.find(bucket) == [f"{bucket}/b.txt", f"{bucket}/folder/big"]
    fs.rm(bucket, recursive=True)
    assert not fs.exists(bucket)


# --- the project's own client -----------------------------------------------------------------------------------------
def test_own_objects(own, bucket):
    own.write(bucket, "a b/ü?", b"content")
    assert own.read(bucket, "a b/ü?") == b"content"
    assert own.read_range(bucket, "a b/ü?", 3, 2) == b"te"
    assert own.head(bucket, "a b/ü?").size == 7
    assert [(info.key, info.size) for info in own.list(bucket, "a")] == [("a b/ü?", 7)]
    own.delete(bucket, "a b/ü?")
    assert own.list(bucket) == []


def test_own_list_and_delete_many(own, bucket):
    for number in range(1005):
        own.write(bucket, f"k/{number:04}", b"")
    keys = [info.key for info in own.list(bucket, "k/")]
    assert keys == [f"k/{number:04}" for number in range(1005)]
    own.delete_many(bucket, keys)
    assert own.list(bucket) == []


def test_own_output(own, bucket):
    data = os.urandom(40 << 20)
    with own.open_output(bucket, "big") as file:
        for start in range(0, len(data), 3_000_000):
            file.write(data[start : start + 3_000_000])
    assert own.read(bucket, "big") == data
    never = own.open_output(bucket, "never")
    never.write(data)
    never.__exit__(KeyError, KeyError(), None)
    with own.open_stream(bucket, "big") as stream:
        assert stream.read(10) == data[:10]
    assert [info.key for info in own.list(bucket)] == ["big"]


def test_own_output_takes_parquet(own, bucket):
    table = pa.table({"a": range(1000)})
    with own.open_output(bucket, "t.parquet") as file:
        pq.write_table(table, file)
    assert pq.read_table(own.open(bucket, "t.parquet")) == table


def test_own_random_access_to_big_objects(own, bucket, monkeypatch):
    monkeypatch.setattr("dw_simulator.staging.objects.READ_WHOLE_BYTES", 100)
    table = pa.table({"a": range(10_000), "b": [str(number) for number in range(10_000)]})
    with own.open_output(bucket, "t.parquet") as file:
        pq.write_table(table, file, row_group_size=1000)
    opened = own.open(bucket, "t.parquet")
    assert pq.ParquetFile(opened).read_row_group(5, ["b"])["b"][0].as_py() == "5000"
    assert opened.size() == own.head(bucket, "t.parquet").size


@pytest.mark.parametrize(
    ("bucket_name", "key", "code"), [("no-such-bucket", "k", "NoSuchBucket"), (None, "none", "NoSuchKey")]
)
def test_own_errors(own, bucket, bucket_name, key, code):
    with pytest.raises(ObjectStoreError) as caught:
        own.read(bucket_name or bucket, key)
    assert (caught.value.code, caught.value.bucket, caught.value.key) == (code, bucket_name or bucket, key)
    with pytest.raises(ObjectStoreError) as caught, own.open_stream(bucket_name or bucket, key):
        pass
    assert caught.value.code == code


def test_own_refused_and_unreachable(store, bucket):
    wrong = ObjectStore.connect(store.url, "mockuser", "wrong", "us-east-1")
    with wrong, pytest.raises(ObjectStoreError, match="SignatureDoesNotMatch"):
        wrong.read(bucket, "k")
    with pytest.raises(ObjectStoreUnreachable, match=r"cannot reach http://127\.0\.0\.1:1: Connection refused"):
        ObjectStore.connect("http://127.0.0.1:1", "a", "b", "us-east-1").read("bucket", "k")


def test_own_survives_a_restart_of_the_store(serve_store):
    """A pooled connection that the store closed is replaced."""
    first = serve_store()
    own = ObjectStore.connect(first.store.url, "mockuser", "mockpass", "us-east-1")
    own.create_bucket("kept")
    own.write("kept", "k", b"1")
    idle = own._connections._idle[0]
    assert idle.sock is not None
    idle.sock.shutdown(2)
    assert own.read("kept", "k") == b"1"
    own.close()


@pytest.mark.parametrize(
    ("uri", "expected"),
    [("s3://b/k/x", ("b", "k/x")), ("s3://b", ("b", "")), ("S3://b/", ("b", "")), ("s3a://b/k", ("b", "k"))],
)
def test_parse_uri(uri, expected):
    assert parse_s3_uri(uri) == expected


@pytest.mark.parametrize("uri", ["b/k", "http://b/k", "s3://", "s3:///k", ""])
def test_parse_uri_errors(uri):
    with pytest.raises(ValueError, match="not an S3 URI"):
        parse_s3_uri(uri)
