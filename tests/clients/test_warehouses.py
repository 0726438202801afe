"""The warehouse adapters against the running stack: loads, queries, and what stays when they fail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dw_simulator.errors import ServiceUnavailable, StagingError, WarehouseError, WarehouseSqlError
from dw_simulator.schema import Experiment, Warehouse
from dw_simulator.staging import connect_stage
from dw_simulator.warehouses import connect
from dw_simulator.warehouses.base import Adapter, StagedFile, TableLoaded

pytestmark = pytest.mark.stack

ROWS = 2_000
MOMENT = dt.datetime(2024, 2, 29, 13, 14, 15, 161718)
COLUMNS: dict[str, tuple[dict[str, Any], pa.Array]] = {
    "id": ({"data_type": "INT", "identity": {"by_default": True}}, pa.array(range(ROWS), pa.int32())),
    "name": ({"data_type": "VARCHAR(20)", "comment": "it's"}, pa.array(["x", "y"] * (ROWS // 2)).dictionary_encode()),
    "balance": ({"data_type": "DECIMAL(20,4)"}, pa.array([Decimal("1234567890.1234")] * ROWS, pa.decimal128(20, 4))),
    "score": ({"data_type": "FLOAT"}, pa.array([0.5, None] * (ROWS // 2))),
    "active": ({"data_type": "BOOLEAN"}, pa.array([True, None] * (ROWS // 2))),
    "born": ({"data_type": "DATE"}, pa.array([MOMENT.date()] * ROWS)),
    "wakes": ({"data_type": "TIME"}, pa.array([MOMENT.time()] * ROWS, pa.time64("us"))),
    "seen": ({"data_type": "TIMESTAMP"}, pa.array([MOMENT] * ROWS, pa.timestamp("us"))),
    "seen_tz": ({"data_type": "TIMESTAMP_TZ"}, pa.array([MOMENT] * ROWS, pa.timestamp("us", "UTC"))),
    "code": ({"data_type": "BINARY(4)"}, pa.array([b"\x00\xff"] * ROWS)),
    "info": ({"data_type": "JSON"}, pa.array(['{"a": [1, 2]}'] * ROWS)),
}
EXPERIMENT = Experiment.model_validate(
    {
        "name": "Adapter_Test",
        "tables": [
            {
                "name": "customers",
                "primary_key": "id",
                "dist_key": "id",
                "sort_key": {"columns": ["id"]},
                "comment": "people",
                "columns": [{"name": name, **spelled} for name, (spelled, _) in COLUMNS.items()],
            },
            {
                "name": "Orders",
                "primary_key": "id",
                "columns": [
                    {"name": "id", "data_type": "BIGINT"},
                    {"name": "customer_id", "data_type": "INT", "foreign_key": "customers.id"},
                    {"name": "order", "data_type": "VARCHAR(9)", "quoted": True},
                ],
            },
            {"name": "no_rows", "columns": [{"name": "a", "data_type": "INT"}]},
        ],
    }
)
COUNTS = {"customers": ROWS, "Orders": 10, "no_rows": 0}


def stage_files(settings: Any) -> dict[str, list[StagedFile]]:
    """Customers in two files, orders in one."""
    customers = pa.table({name: array for name, (_, array) in COLUMNS.items()})
    orders = pa.table({"id": range(10), "customer_id": pa.array(range(10), pa.int32()), "order": ["o"] * 10})
    halves = [customers.slice(0, ROWS // 2), customers.slice(ROWS // 2)]
    with connect_stage(settings).store as store:
        stage = connect_stage(settings)
        stage.ensure_bucket()
        files: dict[str, list[StagedFile]] = {"no_rows": []}
        for name, tables in {"customers": halves, "Orders": [orders]}.items():
            files[name] = []
            for index, table in enumerate(tables):
                sink = pa.BufferOutputStream()
                pq.write_table(table, sink, compression="zstd")
                key = f"adapter-test/{name}/batch-{index:05d}.parquet"
                store.write(stage.bucket, key, sink.getvalue())
                files[name].append(StagedFile(stage.uri(key), table.num_rows, sink.getvalue().size))
        stage.close()
    return files


@pytest.fixture(scope="module")
def files(stack: Any) -> dict[str, list[StagedFile]]:
    return stage_files(stack.settings)


@pytest.fixture(params=[Warehouse.REDSHIFT, Warehouse.SNOWFLAKE, Warehouse.SQLITE])
def adapter(stack: Any, request: pytest.FixtureRequest) -> Iterator[Adapter]:
    found = connect(request.param, stack.settings)
    found.drop(EXPERIMENT.name)
    yield found
    found.drop(EXPERIMENT.name)
    found.close()


def rows_of(adapter: Adapter, sql: str) -> list[tuple[Any, ...]]:
    with adapter.query(sql, EXPERIMENT.name) as result:
        return [tuple(row.values()) for batch in result.batches for row in batch.to_pylist()]


def test_load_and_query(adapter, files):
    seen: list[TableLoaded] = []
    assert adapter.load(EXPERIMENT, files, seen.append) == COUNTS
    assert sorted((loaded.table, loaded.rows) for loaded in seen) == sorted(COUNTS.items())
    assert adapter.row_counts(EXPERIMENT) == COUNTS
    joined = "SELECT COUNT(*), MAX(c.name) FROM customers c JOIN orders o ON o.customer_id = c.id"
    assert rows_of(adapter, joined) == [(10, "y")]
    assert len(rows_of(adapter, "SELECT * FROM customers")) == ROWS
    assert rows_of(adapter, "SELECT * FROM no_rows") == []
    assert adapter.load(EXPERIMENT, files) == COUNTS


def test_loads_without_keys_in_statements(stack, files):
    redshift = stack.settings.redshift.model_copy(update={"copy_iam_role": "default"})
    snowflake = stack.settings.snowflake.model_copy(update={"storage_integration": "lake"})
    settings = stack.settings.model_copy(update={"redshift": redshift, "snowflake": snowflake})
    for warehouse in (Warehouse.REDSHIFT, Warehouse.SNOWFLAKE):
        adapter = connect(warehouse, settings)
        try:
            if warehouse is Warehouse.SNOWFLAKE:
                made = "CREATE STORAGE INTEGRATION IF NOT EXISTS lake TYPE = EXTERNAL_STAGE ENABLED = TRUE"
                with adapter.query(made) as result:
                    assert len(list(result.batches)) == 1
            assert adapter.load(EXPERIMENT, files) == COUNTS
            adapter.drop(EXPERIMENT.name)
        finally:
            adapter.close()


def test_values(adapter, files):
    adapter.load(EXPERIMENT, files)
    (row,) = rows_of(adapter, f"SELECT {', '.join(COLUMNS)} FROM customers WHERE id = 4")
    value = dict(zip(COLUMNS, row, strict=True))
    info = value.pop("info").replace(" ", "").replace("\n", "")
    assert info == '{"a":[1,2]}'
    if adapter.warehouse is Warehouse.SQLITE:
        assert value["balance"] == "1234567890.1234"
        return
    assert value == {
        "id": 4,
        "name": "x",
        "balance": Decimal("1234567890.1234"),
        "score": 0.5,
        "active": True,
        "born": MOMENT.date(),
        "wakes": MOMENT.time(),
        "seen": MOMENT,
        "seen_tz": MOMENT.replace(tzinfo=dt.UTC),
        "code": b"\x00\xff",
    }


def test_a_failed_load_leaves_nothing(adapter, files):
    wrong = files | {"Orders": [StagedFile(file.uri, file.rows + 1, file.size) for file in files["Orders"]]}
    with pytest.raises(WarehouseError, match="table Orders: 11 rows are staged but"):
        adapter.load(EXPERIMENT, wrong)
    assert adapter.row_counts(EXPERIMENT) == {}
    adapter.load(EXPERIMENT, files)
    with pytest.raises(WarehouseError, match="table Orders: 11 rows are staged but"):
        adapter.load(EXPERIMENT, wrong)
    assert adapter.row_counts(EXPERIMENT) == COUNTS


def test_files_that_are_not_there(adapter, files):
    lost = files | {"Orders": [StagedFile(files["Orders"][0].uri.replace("/Orders/", "/lost/"), 10, 1)]}
    with pytest.raises((WarehouseError, StagingError)):
        adapter.load(EXPERIMENT, lost)
    assert adapter.row_counts(EXPERIMENT) == {}


def test_reset_and_drop(adapter, files):
    adapter.reset(EXPERIMENT)
    assert adapter.drop(EXPERIMENT.name) == 0
    adapter.load(EXPERIMENT, files)
    adapter.reset(EXPERIMENT)
    assert adapter.row_counts(EXPERIMENT) == dict.fromkeys(COUNTS, 0)
    assert adapter.drop(EXPERIMENT.name) == 3
    assert adapter.row_counts(EXPERIMENT) == {}


@pytest.mark.parametrize("sql", ["SELECT * FROM no_such_table", "SELEC 1", "SELECT 1 +"])
def test_sql_errors(adapter, files, sql):
    adapter.load(EXPERIMENT, {**files, "customers": [], "Orders": []})
    with pytest.raises(WarehouseSqlError) as caught:
        adapter.query(sql, EXPERIMENT.name)
    assert caught.value.warehouse_code
    adapter.ping()


def test_batches_are_streamed(adapter, files):
    adapter.load(EXPERIMENT, files)
    with adapter.query("SELECT a.id FROM customers a, orders b, orders c", EXPERIMENT.name) as result:
        sizes = [batch.num_rows for batch in result.batches]
    assert sum(sizes) == ROWS * 100
    assert len(sizes) > 1


@pytest.mark.parametrize("warehouse", [Warehouse.REDSHIFT, Warehouse.SNOWFLAKE])
def test_a_warehouse_that_is_down(stack, warehouse):
    settings = stack.settings.model_copy(deep=True)
    getattr(settings, warehouse.value).port = 1
    with pytest.raises(ServiceUnavailable, match=f"the {warehouse} service does not answer at 127.0.0.1:1"):
        connect(warehouse, settings)
