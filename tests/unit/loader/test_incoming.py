import datetime as dt
import io
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dw_simulator.errors import ConfigError
from dw_simulator.loader import BadFile, FoundFile, Prefix, batches_of, examine, table_of
from dw_simulator.loader.append import BATCH_FILES
from dw_simulator.schema import Experiment
from dw_simulator.staging import ObjectInfo

SHOP = Experiment.model_validate({
    "name": "shop",
    "tables": [
        {
            "name": "orders",
            "primary_key": ["id"],
            "columns": [
                {"name": "id", "data_type": "BIGINT"},
                {"name": "Note", "data_type": "VARCHAR(20)"},
                {"name": "total", "data_type": "DECIMAL(10,2)", "required": True},
                {"name": "state", "data_type": "VARCHAR(9)", "required": True, "default": "'new'"},
            ],
        },
        {"name": "line items", "quoted": True, "columns": [{"name": "id", "data_type": "BIGINT"}]},
    ],
})  # fmt: skip
ORDERS = SHOP.tables[0]


class Bucket:
    """The listing of a bucket, and its objects' bytes."""

    def __init__(self, **objects):
        self.objects = objects

    def found(self, bucket, prefix):
        assert bucket == "lake"
        at = dt.datetime.now(dt.UTC)
        return [ObjectInfo(key, 1, f"etag of {key}", at) for key in sorted(self.objects) if key.startswith(prefix)]

    def open(self, key, bucket):
        return pa.BufferReader(self.objects[key])


def bucket(*keys):
    return Bucket(**dict.fromkeys(keys, b""))


@pytest.mark.parametrize(
    ("uri", "options", "key", "target"),
    [
        ("s3://lake/in", {}, "in/shop/orders/a.parquet", ("shop", "orders")),
        ("s3://lake/in/", {}, "in/shop/orders/2026/07/A.PARQUET", ("shop", "orders")),
        ("s3://lake", {}, "shop/orders/a.parquet", ("shop", "orders")),
        ("s3://lake/in/", {"experiment": "shop"}, "in/orders/a.parquet", ("shop", "orders")),
        ("s3://lake/in/", {"experiment": "shop", "table": "orders"}, "in/a.parquet", ("shop", "orders")),
        ("s3://lake/in/", {"experiment": "shop", "table": "orders"}, "in/2026/a.parquet", ("shop", "orders")),
        ("s3://lake/in/", {}, "in/shop/a.parquet", None),
        ("s3://lake/in/", {}, "in/a.parquet", None),
        ("s3://lake/in/", {"experiment": "shop"}, "in/a.parquet", None),
    ],
)
def test_folders_say_which_table_a_file_is_for(uri, options, key, target):
    prefix = Prefix.parse(uri, **options)
    (file,) = prefix.files(bucket(key))
    assert (file.uri, file.etag) == (f"s3://lake/{key}", f"etag of {key}")
    assert prefix.target(file) == target


def test_what_is_no_data_is_left_out():
    keys = (
        "in/shop/orders/_SUCCESS", "in/shop/orders/_tmp/a.parquet", "in/shop/.x/a.parquet", "in/shop/orders/.a.parquet",
        "in/shop/orders/a.csv", "in/shop/orders/", "in/shop/run-000001/orders/a.parquet", "other/shop/orders/a.parquet",
        "in/shop/run-0000012/a.parquet",
    )  # fmt: skip
    found = Prefix.parse("s3://lake/in").files(bucket(*keys), ["s3://lake/in/shop/run-000001"])
    assert [file.uri for file in found] == ["s3://lake/in/shop/run-0000012/a.parquet"]


@pytest.mark.parametrize("uri", ["lake/in", "file:///tmp/in", "s3://", ""])
def test_a_prefix_is_a_place_in_an_object_store(uri):
    with pytest.raises(ConfigError, match="no prefix"):
        Prefix.parse(uri)


def test_a_table_is_of_an_experiment():
    with pytest.raises(ConfigError, match="'orders' is of no experiment"):
        Prefix.parse("s3://lake/in", table="orders")


@pytest.mark.parametrize(
    ("folder", "table"),
    [
        ("orders", "orders"),
        ("ORDERS", "orders"),
        ("line=20items", "line items"),
        ("line items", "line items"),
        ("x", None),
    ],
)
def test_the_folder_of_a_table(folder, table):
    found = table_of(SHOP, folder)
    assert (found.name if found else None) == table


def parquet(**columns):
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def looked_at(data):
    file = FoundFile("s3://lake/f.parquet", len(data), "e", ())
    return examine(Bucket(**{"f.parquet": data}), ORDERS, file)


@pytest.mark.parametrize(
    ("names", "columns"),
    [
        (("id", "Note", "total", "state"), ["id", "Note", "total", "state"]),
        (("TOTAL", "note", "ID"), ["total", "Note", "id"]),
        (("id", "total"), ["id", "total"]),
    ],
)
def test_columns_are_found_by_name(names, columns):
    file = looked_at(parquet(**{name: [1, 2, 3] for name in names}))
    assert [column.name for column in file.columns] == columns
    assert (file.rows, file.etag) == (3, "e")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is no Parquet file"),
        (b"PAR1 is not enough for one", "is no Parquet file"),
        (parquet(id=[1], total=[1])[:-20], "is no Parquet file"),
        (parquet(id=[1], total=[1], colour=[1]), "the table has no column colour"),
        (parquet(note=["x"]), "the file lacks the column id, total"),
        (parquet(id=[1], ID=[1], total=[1]), "the file has twice the column id"),
    ],
)
def test_a_file_that_does_not_fit_is_named(data, said):
    with pytest.raises(BadFile, match=f"s3://lake/f.parquet.*{said}"):
        looked_at(data)


def test_batches_have_one_order_of_columns_and_a_limit():
    def file(number, *names):
        return SimpleNamespace(uri=number, names=names)

    files = [file(number, *("ab" if number % 3 else "ba")) for number in range(3 * BATCH_FILES)]
    batches = batches_of(ORDERS, files)
    assert [len(batch.files) for batch in batches] == [BATCH_FILES] * 3
    assert {batch.files[0].names for batch in batches} == {("a", "b"), ("b", "a")}
    assert sorted(one.uri for batch in batches for one in batch.files) == list(range(3 * BATCH_FILES))
