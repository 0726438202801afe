"""awswrangler: rows by INSERT, by COPY of Parquet files in S3, and back by UNLOAD."""

import datetime as dt
import os
from decimal import Decimal

from scenarios import DATABASE, PASSWORD, ROLE, USER, arguments, run

PORT, S3_URL, BUCKET = arguments()
os.environ.update(AWS_ACCESS_KEY_ID="mockuser", AWS_SECRET_ACCESS_KEY="mockpass", AWS_DEFAULT_REGION="us-east-1")

import awswrangler as wr  # noqa: E402 - reads the environment
import pandas as pd  # noqa: E402
import redshift_connector  # noqa: E402

wr.config.s3_endpoint_url = S3_URL
CONNECTION = redshift_connector.connect(
    host="127.0.0.1", port=PORT, user=USER, password=PASSWORD, database=DATABASE, ssl=False
)
FOLDER = f"s3://{BUCKET}/wrangler"
ROWS = pd.DataFrame(
    {
        "id": [1, 2, 3],
        "name": ["a", "é", None],
        "amount": [1.5, None, 2.25],
        "day": [dt.date(2020, 1, 1)] * 3,
        "seen": pd.to_datetime(["2020-01-02 03:04:05"] * 3),
        "ok": pd.array([True, False, None], dtype="boolean"),
        "price": [Decimal("1.50")] * 3,
    }
)
COPY = {"con": CONNECTION, "schema": "public", "iam_role": ROLE}


def names(table):
    found = wr.redshift.read_sql_query(f"select * from public.{table} order by id", con=CONNECTION)
    assert found.columns.tolist() == ROWS.columns.tolist()
    assert found.price.tolist() == ROWS.price.tolist()
    assert found.ok.fillna(False).tolist() == [True, False, False]
    return found.name.fillna("").tolist()


def case_rows_by_insert():
    keys = {"primary_keys": ["id"], "diststyle": "KEY", "distkey": "id", "sortstyle": "COMPOUND", "sortkey": ["id"]}
    target = {"con": CONNECTION, "table": "wr_inserted", "schema": "public"}
    for method in ("drop", "cascade", "truncate", "delete"):
        wr.redshift.to_sql(ROWS, mode="overwrite", overwrite_method=method, **keys, **target)
    wr.redshift.to_sql(ROWS.assign(id=ROWS.id + 2), mode="upsert", primary_keys=["id"], **target)
    wr.redshift.to_sql(ROWS.assign(id=9)[:1], mode="append", use_column_names=True, lock=True, **target)
    found = wr.redshift.read_sql_table("wr_inserted", con=CONNECTION, schema="public")
    assert sorted(found.id) == [1, 2, 3, 4, 5, 9]
    arrow = wr.redshift.read_sql_query(
        "select id, day from public.wr_inserted", con=CONNECTION, dtype_backend="pyarrow"
    )
    assert arrow.dtypes.astype(str).tolist() == ["int64[pyarrow]", "date32[day][pyarrow]"]
    chunks = wr.redshift.read_sql_query("select id from public.wr_inserted", con=CONNECTION, chunksize=2)
    assert [len(chunk) for chunk in chunks] == [2, 2, 2]


def case_rows_by_copy():
    wr.redshift.copy(ROWS, f"{FOLDER}/copy/", table="wr_copied", mode="overwrite", varchar_lengths={"name": 20}, **COPY)
    assert names("wr_copied") == ["a", "é", ""]
    changed = ROWS.assign(name="u")
    wr.redshift.copy(changed, f"{FOLDER}/copy/", table="wr_copied", mode="upsert", primary_keys=["id"], **COPY)
    assert names("wr_copied") == ["u"] * 3
    keys = {"aws_access_key_id": "mockuser", "aws_secret_access_key": "mockpass"}
    wr.redshift.copy(ROWS, f"{FOLDER}/copy/", con=CONNECTION, table="wr_copied", schema="public", **keys)
    assert len(wr.redshift.read_sql_query("select 1 from public.wr_copied", con=CONNECTION)) == 6


def case_files_by_copy():
    wr.s3.to_parquet(ROWS, f"{FOLDER}/parquet/x.parquet")
    wr.redshift.copy_from_files(f"{FOLDER}/parquet/", table="wr_files", mode="overwrite", **COPY)
    assert names("wr_files") == ["a", "é", ""]
    wr.s3.to_csv(ROWS[["id", "name"]], f"{FOLDER}/csv/x.csv", index=False)
    types = {"id": "int", "name": "varchar(10)"}
    wr.redshift.copy_from_files(
        f"{FOLDER}/csv/", table="wr_csv", mode="overwrite", data_format="csv", redshift_column_types=types,
        sql_copy_extra_params=["IGNOREHEADER 1"], **COPY,
    )  # fmt: skip
    found = wr.redshift.read_sql_query("select * from public.wr_csv order by id", con=CONNECTION)
    assert found.values.tolist() == [[1, "a"], [2, "é"], [3, ""]]


def case_structs_become_super():
    rows = pd.DataFrame({"id": [1], "s": [{"a": 1, "b": [1, 2]}]})
    wr.redshift.copy(rows, f"{FOLDER}/super/", table="wr_super", mode="overwrite", serialize_to_json=True, **COPY)
    found = wr.redshift.read_sql_query("select s.b[1] as b from public.wr_super", con=CONNECTION)
    assert found.b.tolist() == ["2"]


def case_rows_by_unload():
    wr.redshift.copy(ROWS, f"{FOLDER}/from/", table="wr_unloaded", mode="overwrite", **COPY)
    query = {"sql": "select * from public.wr_unloaded", "con": CONNECTION, "iam_role": ROLE}
    found = wr.redshift.unload(path=f"{FOLDER}/to/", **query).sort_values("id")
    assert found.name.fillna("").tolist() == ["a", "é", ""]
    assert sum(len(part) for part in wr.redshift.unload(path=f"{FOLDER}/parts/", chunked=True, **query)) == 3
    wr.redshift.unload_to_files(
        path=f"{FOLDER}/files/", unload_format="CSV", manifest=True, parallel=False, max_file_size=5, **query
    )
    listed = [path.rpartition("/")[2] for path in wr.s3.list_objects(f"{FOLDER}/files/")]
    assert listed == ["000", "manifest"]
    wr.redshift.unload_to_files(path=f"{FOLDER}/partitions/", partition_cols=["id"], **query)
    assert len(wr.s3.list_objects(f"{FOLDER}/partitions/id=2/")) == 1


run(dict(globals()))
CONNECTION.close()
