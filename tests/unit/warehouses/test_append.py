"""Appending to SQLite for real, and the statements that append elsewhere."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dw_simulator.config import Settings
from dw_simulator.errors import WarehouseError, WarehouseSqlError
from dw_simulator.schema import Experiment
from dw_simulator.warehouses import record, redshift_sql
from dw_simulator.warehouses.base import IncomingFile, RecordedFile, StagedFile
from dw_simulator.warehouses.locations import by_folder
from dw_simulator.warehouses.snowflake import copy_statement
from dw_simulator.warehouses.sqlite import SqliteAdapter

SHOP = Experiment.model_validate({
    "name": "Shop",
    "tables": [
        {
            "name": "orders",
            "columns": [
                {"name": "id", "data_type": "BIGINT", "is_unique": True},
                {"name": "total", "data_type": "DECIMAL(10,2)"},
                {"name": "at", "data_type": "TIMESTAMP"},
                {"name": "extra", "data_type": "JSON"},
            ],
        },
        {"name": "kinds", "columns": [{"name": "kind", "data_type": "VARCHAR(9)"}]},
    ],
})  # fmt: skip
ORDERS, KINDS = SHOP.tables


def nothing():
    """The files are as they were."""


@pytest.fixture
def sqlite(tmp_path):
    adapter = SqliteAdapter(Settings(home=tmp_path))
    yield adapter
    adapter.close()


@pytest.fixture
def file(tmp_path):
    def made(name, table=ORDERS, rows=None, **columns):
        path = tmp_path / name
        pq.write_table(pa.table(columns), path)
        order = tuple(table.column(column) for column in columns)
        count = len(next(iter(columns.values()))) if rows is None else rows
        return IncomingFile(path.as_uri(), count, path.stat().st_size, f"etag of {name}", order, tuple(columns))

    return made


def rows(adapter, sql):
    with adapter.query(sql, SHOP.name) as result:
        return [tuple(row.values()) for batch in result.batches for row in batch.to_pylist()]


def test_a_file_is_appended_once(sqlite, file):
    first, second = file("a.parquet", id=[1, 2]), file("b.parquet", id=[3])
    assert sqlite.recorded(SHOP) == []
    assert sqlite.append(SHOP, ORDERS, [first], nothing) == {first.uri: 2}
    assert sqlite.append(SHOP, ORDERS, [first, second], nothing) == {second.uri: 1}
    assert sqlite.append(SHOP, ORDERS, [first, second], pytest.fail) == {}
    assert rows(sqlite, "SELECT id FROM orders ORDER BY id") == [(1,), (2,), (3,)]
    assert sqlite.recorded(SHOP) == [
        RecordedFile("orders", first.uri, first.etag, 2),
        RecordedFile("orders", second.uri, second.etag, 1),
    ]
    assert sqlite.row_counts(SHOP) == {"orders": 3, "kinds": 0}


def test_the_same_file_may_be_for_two_tables(sqlite, file):
    kind = file("k.parquet", KINDS, kind=["x"])
    sqlite.append(SHOP, KINDS, [kind], nothing)
    other = IncomingFile(kind.uri, 1, 1, kind.etag, (ORDERS.column("total"),), ("kind",))
    assert sqlite.append(SHOP, ORDERS, [other], nothing) == {kind.uri: 1}


def test_columns_come_in_the_order_of_the_file(sqlite, file):
    moment = dt.datetime(2026, 2, 3, 4, 5, 6)
    sqlite.append(SHOP, ORDERS, [file("a.parquet", at=[moment], total=[Decimal("1.50")], id=[7])], nothing)
    assert rows(sqlite, "SELECT id, total, at, extra FROM orders") == [(7, 1.5, "2026-02-03 04:05:06", None)]


def stop():
    raise WarehouseError("the file has changed")


@pytest.mark.parametrize(
    ("bad", "check", "said"),
    [
        ({"id": [2]}, stop, "has changed"),
        ({"id": [2], "rows": 5}, nothing, "the files have 5 rows but SQLite loaded 1"),
        ({"id": [1]}, nothing, "UNIQUE"),
    ],
)
def test_a_failed_append_leaves_nothing(sqlite, file, bad, check, said):
    sqlite.append(SHOP, ORDERS, [file("a.parquet", id=[1])], nothing)
    with pytest.raises(WarehouseError, match=said):
        sqlite.append(SHOP, ORDERS, [file("b.parquet", **bad)], check)
    assert rows(sqlite, "SELECT id FROM orders") == [(1,)]
    assert len(sqlite.recorded(SHOP)) == 1


def test_rows_and_record_go_together(sqlite, file):
    one = file("a.parquet", id=[1])
    sqlite.append(SHOP, ORDERS, [one], nothing)
    sqlite.reset(SHOP)
    assert (sqlite.recorded(SHOP), sqlite.row_counts(SHOP)["orders"]) == ([], 0)
    sqlite.append(SHOP, ORDERS, [one], nothing)
    whole = file("w.parquet", id=[5], total=[None], at=[None], extra=["{}"])
    sqlite.load(SHOP, {"orders": [StagedFile(whole.uri, 1, 1)], "kinds": []})
    assert (sqlite.recorded(SHOP), rows(sqlite, "SELECT id FROM orders")) == ([], [(5,)])
    sqlite.append(SHOP, ORDERS, [one], nothing)
    assert sqlite.drop(SHOP.name) == 2, "the record is no table of the user's"


def test_the_name_of_the_record_is_taken():
    named = Experiment.model_validate({"name": "x", "tables": [{**KINDS.model_dump(), "name": "_DW_SIMULATOR_LOADS"}]})
    with pytest.raises(WarehouseError, match="_dw_simulator_loads"):
        record.check_name(named)


def test_text_in_the_record_is_quoted():
    one = IncomingFile("s3://b/it's \\ here.parquet", 1, 1, "e", (), ())
    assert "'s3://b/it''s \\ here.parquet', 'e', 1" in record.insert("t", KINDS, [one])
    assert "[s3://b/it's \\ here.parquet], [e], 1" in record.insert("t", KINDS, [one], lambda text: f"[{text}]")


# --- the statements of the others ------------------------------------------------------------------------------------
ONE = IncomingFile("s3://b/in/a.parquet", 3, 10, "e", (ORDERS.column("total"), ORDERS.column("id")), ("TOTAL", "ID"))
COPY = "COPY \"shop\".orders (total, id)\nFROM 's3://b/m'\nKEYS\nMANIFEST\nFORMAT AS PARQUET"


def test_redshift_appends_in_one_transaction_that_checks_itself():
    copying, checking, recording = redshift_sql.append_files(SHOP, ORDERS, [ONE], "s3://b/m", "KEYS")
    assert copying == COPY
    assert "pg_last_copy_count() = 3" in checking
    assert recording.startswith('INSERT INTO "shop"._dw_simulator_loads ')


def test_redshift_makes_what_is_missing_only():
    names = {"orders", "kinds", record.TABLE}
    assert redshift_sql.prepare_append(SHOP, names) == []
    statements = "\n".join(redshift_sql.prepare_append(SHOP, {"kinds"}))
    assert statements.count("CREATE TABLE") == 2
    assert "DELETE" not in statements
    assert 'DELETE FROM "shop"._dw_simulator_loads' in redshift_sql.make_tables(SHOP, names)
    assert not any(record.TABLE in statement for statement in redshift_sql.make_tables(SHOP, {"orders", "kinds"}))


@pytest.mark.parametrize(
    "words",
    [
        'invalid input syntax for integer: "{}"',
        "Invalid digit, Value 't', Pos 0, Type: Integer\n  code:      1207\n  context:   {}\n  query:     7",
    ],
)
def test_a_wrong_count_is_told_in_words(words):
    problem = "table orders: the files have 3 rows but Redshift loaded 2"
    with pytest.raises(WarehouseError, match=f"^{problem}$"), redshift_sql.counted():
        raise WarehouseSqlError("Redshift: " + words.format(problem))
    with pytest.raises(WarehouseSqlError, match="syntax error"), redshift_sql.counted():
        raise WarehouseSqlError("Redshift: syntax error")


def test_snowflake_copies_the_files_it_is_told():
    options = "FILE_FORMAT = (TYPE = PARQUET USE_LOGICAL_TYPE = TRUE BINARY_AS_TEXT = FALSE)"
    two = IncomingFile("s3://b/in/it's.parquet", 1, 1, "e", ONE.columns, ONE.names)
    assert copy_statement(SHOP, ORDERS, "@S/in/", files=[ONE, two]) == (
        f"COPY INTO orders FROM @S/in/ FILES = ('a.parquet', 'it''s.parquet') {options}"
        " MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE FORCE = TRUE"
    )
    with_json = IncomingFile("s3://b/in/a.parquet", 1, 1, "e", (ORDERS.column("extra"),), ("Extra",))
    json = copy_statement(SHOP, ORDERS, "@S/in/", files=[with_json])
    assert json == (
        'COPY INTO orders (extra) FROM (SELECT PARSE_JSON($1:"Extra"::VARCHAR) FROM @S/in/)'
        f" FILES = ('a.parquet') {options} FORCE = TRUE"
    )


def test_files_are_grouped_by_their_folders():
    files = [StagedFile(f"s3://b/{key}", 1, 1) for key in ("x/1", "y/2", "x/3")]
    assert {folder: [file.uri[-1] for file in group] for folder, group in by_folder(files).items()} == {
        "s3://b/x/": ["1", "3"],
        "s3://b/y/": ["2"],
    }
