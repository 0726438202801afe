"""What users do with stages and files through the Python driver. A program, as scenarios.py."""

from __future__ import annotations

import datetime as dt
import gzip
from decimal import Decimal
from typing import Any

from driver import GENERATION, connect, database, fails
from harness import PLACE, main, scenario


# --- files ---
@scenario
def put_copy_get() -> None:
    folder = PLACE.folder / "files"
    folder.mkdir()
    for number in (1, 2):
        (folder / f"part{number}.csv").write_text(f"id,name\n{number},x\n{number + 10},y\n")
    with database("staged") as connection:
        cursor = connection.cursor()
        cursor.execute("create stage s file_format = (type = csv skip_header = 1)")
        uploaded = cursor.execute(f"put file://{folder}/part*.csv @s/in").fetchall()
        assert sorted((row[1], row[6]) for row in uploaded) == [
            ("part1.csv.gz", "UPLOADED"),
            ("part2.csv.gz", "UPLOADED"),
        ]
        assert [row[0] for row in cursor.execute("list @s")] == ["s/in/part1.csv.gz", "s/in/part2.csv.gz"]
        cursor.execute("create table t (id int, name varchar)")
        loaded = cursor.execute("copy into t from @s/in/").fetchall()
        assert [(row[1], row[3]) for row in loaded] == [("LOADED", 2), ("LOADED", 2)]
        assert cursor.execute("copy into t from @s/in/").fetchall() == [("Copy executed with 0 files processed.",)]
        assert cursor.execute("select sum(id), count(*) from t").fetchone() == (26, 4)
        target = PLACE.folder / "downloaded"
        target.mkdir()
        cursor.execute(f"get @s/in file://{target}/")
        assert gzip.decompress((target / "part1.csv.gz").read_bytes()) == (folder / "part1.csv").read_bytes()
        cursor.execute("remove @s/in")
        assert cursor.execute("list @s").fetchall() == []


@scenario
def user_and_table_stages() -> None:
    source = PLACE.folder / "one.json"
    source.write_text('{"a": 1, "b": [1, 2]}\n{"a": 2}\n')
    with database("own_stages") as connection:
        cursor = connection.cursor()
        cursor.execute("create table t (v variant)")
        cursor.execute(f"put file://{source} @%t auto_compress = false overwrite = true")
        cursor.execute(f"put file://{source} @~/mine/ auto_compress = false overwrite = true")
        cursor.execute("copy into t from @%t file_format = (type = json)")
        cursor.execute("copy into t from (select $1 from @~/mine/) file_format = (type = json)")
        assert cursor.execute("select sum(v:a), count(*) from t").fetchone() == (6, 4)


@scenario
def temporary_objects_are_the_sessions() -> None:
    source = PLACE.folder / "temporary.csv"
    source.write_text("1\n2\n")
    with database("passing") as connection:
        cursor = connection.cursor()
        cursor.execute("create stage s")
        cursor.execute("create view v as select 1 a")
        with connect(database=f"passing_{GENERATION}", schema="public") as own:
            mine = own.cursor()
            mine.execute("create temporary stage s")
            mine.execute("create temporary view v as select 2 a")
            mine.execute("create temporary view w as select 3 a")
            mine.execute("create temp file format f type = csv")
            mine.execute(f"put file://{source} @s")
            assert len(mine.execute("list @s").fetchall()) == 1
            assert mine.execute("select count($1) from @s (file_format => 'f')").fetchone() == (2,)
            assert mine.execute("select v.a, w.a from v, w").fetchone() == (2, 3)
            assert len(mine.execute("show views").fetchall()) == 3
            assert cursor.execute("select a from v").fetchone() == (1,)
            assert cursor.execute("list @s").fetchall() == []
            fails(lambda: cursor.execute("select * from w"), 2003, "42S02")
            mine.execute("drop stage s")
            assert mine.execute("list @s").fetchall() == []
        for shown, count in (("views", 1), ("stages", 1), ("file formats", 0)):
            assert len(cursor.execute(f"show {shown}").fetchall()) == count, shown


@scenario
def copy_from_s3() -> None:
    """The services put the objects there: see ``prepare_s3``."""
    with database("from_s3") as connection:
        cursor = connection.cursor()
        cursor.execute(
            "create table t (id int, name varchar, amount number(12,2), at timestamp_ntz, zoned timestamp_tz)"
        )
        options = "file_format = (type = parquet use_logical_type = true) match_by_column_name = case_insensitive"
        loaded = cursor.execute(f"copy into t from 's3://snowflake-tests/parquet/' {options}").fetchall()
        assert [row[0] for row in loaded] == [
            f"s3://snowflake-tests/parquet/batch-{index}.parquet" for index in range(3)
        ]
        row = cursor.execute("select count(*), sum(id), sum(amount), max(at) from t").fetchone()
        assert row == (30000, 449985000, Decimal("449985000.00"), dt.datetime(1970, 1, 1, 8, 19, 59))
        utc = cursor.execute("select max(zoned) from t").fetchone()[0]
        assert utc == dt.datetime(1970, 1, 1, 8, 19, 59, tzinfo=dt.UTC)
        cursor.execute("create stage external url = 's3://snowflake-tests/csv/'")
        cursor.execute("create table c (id int, name varchar)")
        cursor.execute("copy into c from @external file_format = (type = csv skip_header = 1) pattern = '.*good.*'")
        assert cursor.execute("select * from c order by id").fetchall() == [(1, "x"), (2, "y")]
        error = fails(
            lambda: cursor.execute("copy into c from @external/bad.csv file_format = (type = csv skip_header = 1)"),
            100038,
            "22018",
        )
        assert "File 's3://snowflake-tests/csv/bad.csv', line 3, character 1" in str(error)
        assert 'column "C"["ID":1]' in str(error)
        partly = cursor.execute(
            "copy into c from @external/bad.csv file_format = (type = csv skip_header = 1) on_error = continue"
        ).fetchall()
        assert partly[0][1:6] == ("PARTIALLY_LOADED", 3, 2, 3, 1)
        fails(lambda: cursor.execute("copy into c from 's3://no-such-bucket/x'"), 91003, "22000")


@scenario
def copy_in_a_transaction() -> None:
    with database("copy_transaction") as connection:
        cursor = connection.cursor()
        cursor.execute("create table c (id int, name varchar)")
        cursor.execute("begin")
        copy = "copy into c from 's3://snowflake-tests/csv/good.csv' file_format = (type = csv skip_header = 1)"
        cursor.execute(copy)
        fails(lambda: cursor.execute("insert into c values ('x', 'y')"), 100038, "22018")
        assert cursor.execute("select count(*) from c").fetchone() == (2,)
        cursor.execute("rollback")
        assert cursor.execute("select count(*) from c").fetchone() == (0,)
        assert cursor.execute(copy).fetchall()[0][1] == "LOADED"


@scenario
def truncate_forgets_what_was_loaded() -> None:
    with database("forgetful") as connection:
        cursor = connection.cursor()
        cursor.execute("create table c (id int, name varchar)")
        copy = "copy into c from 's3://snowflake-tests/csv/good.csv' file_format = (type = csv skip_header = 1)"
        assert cursor.execute(copy).fetchall()[0][1] == "LOADED"
        assert cursor.execute(copy).fetchall() == [("Copy executed with 0 files processed.",)]
        cursor.execute("truncate table c")
        assert cursor.execute(copy).fetchall()[0][1] == "LOADED"


@scenario
def streams_on_external_tables() -> None:
    with database("inserted") as connection:
        cursor = connection.cursor()

        def shown(sql: str = "select n from s order by n") -> list[Any]:
            return [row[0] for row in cursor.execute(sql).fetchall()]

        def put(name: str, query: str) -> None:
            cursor.execute(
                f"copy into @lake/{name} from ({query}) file_format = (type = csv compression = none) single = true "
                "overwrite = true"
            )
            cursor.execute("alter external table if exists e refresh")

        cursor.execute("create stage lake url = 's3://snowflake-tests/inserted/'")
        cursor.execute("remove @lake")
        put("a.csv", "select 1")
        columns, place = "n int as (value:c1::int)", "location = @lake file_format = (type = csv)"
        cursor.execute(f"create external table e ({columns}) {place} auto_refresh = false")
        fails(lambda: cursor.execute("create stream s on external table e"), 2, "0A000")
        cursor.execute("create stream s on external table e insert_only = true")
        assert shown() == []
        put("b.csv", "select 2 union all select 3")
        found = cursor.execute("select n, metadata$action, metadata$isupdate from s order by n").fetchall()
        assert found == [(2, "INSERT", False), (3, "INSERT", False)]
        cursor.execute("create table t (n int)")
        cursor.execute("insert into t select n from s")
        assert shown() == []
        put("a.csv", "select 10")  # a file that was overwritten is a new one, and what is gone is not told
        assert shown() == [10]
        cursor.execute("begin")
        cursor.execute("insert into t select n from s")
        cursor.execute("rollback")
        assert shown() == [10]
        cursor.execute("remove @lake/b.csv")
        cursor.execute("alter external table e refresh")
        assert shown("select system$stream_has_data('s')") == [True]
        cursor.execute("create table u as select n from s")
        assert shown("select system$stream_has_data('s')") == [False]
        assert shown("select n from t union all select n from u order by n") == [2, 3, 10]
        cursor.execute("show streams")
        (listed,) = cursor.execute('select "mode", "source_type" from table(result_scan(last_query_id()))').fetchall()
        assert listed == ("INSERT_ONLY", "External Table")
        cursor.execute(f"create external table live ({columns}) {place}")
        cursor.execute("create stream l on external table live insert_only = true")
        put("c.csv", "select 4")
        assert shown("select n from l") == [4]
        cursor.execute("drop external table e")
        fails(lambda: cursor.execute("select * from s"), 91901, "02000")


@scenario
def staged_files_in_queries() -> None:
    with database("asked") as connection:
        cursor = connection.cursor()
        cursor.execute("create stage s url = 's3://snowflake-tests/'")
        cursor.execute("create file format csv_header type = csv skip_header = 1")
        cursor.execute("create file format pq type = parquet")
        rows = cursor.execute(
            "select $1, t.$2, metadata$filename, metadata$file_row_number "
            "from @s/csv/good.csv (file_format => 'csv_header') t order by 1"
        ).fetchall()
        assert rows == [("1", "x", "csv/good.csv", 1), ("2", "y", "csv/good.csv", 2)]
        total = cursor.execute("select sum($1:id::int) from @s/parquet/ (file_format => 'pq')").fetchone()
        assert total == (449985000,)
        inferred = cursor.execute(
            "select column_name, type from table(infer_schema(location => '@s/parquet/', file_format => 'pq')) "
            "order by order_id"
        ).fetchall()
        assert inferred[:3] == [("id", "NUMBER(38, 0)"), ("name", "TEXT"), ("amount", "NUMBER(21, 2)")]


@scenario
def unload_and_load_again() -> None:
    with database("unloaded") as connection:
        cursor = connection.cursor()
        cursor.execute("create table t (id int, name varchar, d date, n number(10,2), z timestamp_tz)")
        cursor.execute("insert into t values (1, 'a,b', '2024-02-29', 1.5, '2024-02-29 12:00:00 +02:00')")
        cursor.execute("insert into t (id) values (2)")
        expected = cursor.execute("select * from t order by id").fetchall()
        cursor.execute("create stage s")
        csv = "(type = csv field_optionally_enclosed_by = '\"' compression = gzip"
        parquet = "(type = parquet) header = true"
        fails(lambda: cursor.execute(f"copy into @s/parquet/ from t file_format = {parquet}"), 2019, "0A000")
        no_zone = "(select id, name, d, n, to_varchar(z) as z from t)"
        for folder, source, unload, load in (
            ("csv", "t", f"{csv}) header = true", f"{csv} skip_header = 1)"),
            ("plain", "t", "(type = csv)", "(type = csv)"),
            ("parquet", no_zone, parquet, "(type = parquet) match_by_column_name = case_insensitive"),
        ):
            copy = f"copy into @s/{folder}/ from {source} file_format = {unload}"
            assert cursor.execute(copy).fetchall()[0][0] == 2
            fails(lambda: cursor.execute(copy), 1030, "22000")  # noqa: B023
            cursor.execute("create or replace table back like t")
            cursor.execute(f"copy into back from @s/{folder}/ file_format = {load}")
            assert cursor.execute("select * from back order by id").fetchall() == expected, folder
        out = (
            "copy into 's3://snowflake-tests/out/' from (select id from t) file_format = (type = csv) overwrite = true"
        )
        cursor.execute(out)
        cursor.execute("create stage written url = 's3://snowflake-tests/out/'")
        assert len(cursor.execute("list @written").fetchall()) == 1


if __name__ == "__main__":
    main()
