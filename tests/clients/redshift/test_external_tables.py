"""External schemas and tables over S3, as Spectrum reads them."""

import datetime
import gzip
import io
from decimal import Decimal

import psycopg
import pyarrow as pa
import pyarrow.orc as orc
import pyarrow.parquet as pq
import pytest

LINES = "1\t2008-01-01\t3.50\tx y\n2\t\\N\t\t\n3\t2008-02-03\n"
ROWS = [
    (1, datetime.date(2008, 1, 1), Decimal("3.50"), "x y"),
    (2, None, None, ""),
    (3, datetime.date(2008, 2, 3), None, None),
]
COLUMNS = "id int, d date, p decimal(8,2), t varchar(10)"
TAB = "row format delimited fields terminated by '\\t' stored as textfile"


@pytest.fixture
def lake(server, connection):
    connection.execute(
        "create external schema lake from data catalog database 'lakedb'"
        " iam_role 'arn:aws:iam::123456789012:role/spectrum' create external database if not exists"
    )
    yield server
    connection.execute("drop schema lake cascade")


def rows(connection, sql, *parameters):
    return connection.execute(sql, *parameters).fetchall()


def parquet(**columns):
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def orc_file(**columns):
    sink = io.BytesIO()
    orc.write_table(pa.table(columns), sink)
    return sink.getvalue()


def folder(uri):
    return uri.rsplit("/", 1)[0] + "/"


def test_a_table_is_what_its_folder_holds_at_each_statement(lake, connection):
    place = folder(lake.put("ext/text/a.txt", LINES))
    lake.put("ext/text/_SUCCESS", "hidden")
    lake.put("ext/text/sub/.hidden", "hidden")
    connection.execute(f"create external table lake.sales({COLUMNS}) {TAB} location '{place}'")
    assert rows(connection, "select * from lake.sales order by id") == ROWS
    lake.put("ext/text/sub/b.txt.gz", gzip.compress(b"9\t2010-01-01\t1\tz\n"))
    assert rows(connection, "select count(*), sum(p) from lake.sales") == [(4, Decimal("4.50"))]
    for _ in range(7):  # also once the driver has prepared it
        assert rows(connection, "select count(*) from lake.sales where id > %s", (2,)) == [(2,)]
    lake.put("ext/text/sub/c.txt", "10\t2010-01-01\t1\tz\n")
    assert rows(connection, "select count(*) from lake.sales where id > %s", (2,)) == [(3,)]
    connection.execute("create table copied as select * from lake.sales where id < 3")
    assert rows(connection, "select count(*) from copied") == [(2,)]


FORMATS = [
    ("text with commas and a header", "a.csv", b"id,name\n1,a\n2,\n",
     "row format delimited fields terminated by ',' stored as textfile", "('skip.header.line.count'='1')",
     [(1, "a"), (2, "")]),
    ("quoted text", "a.csv", b'"1","a ""b"",c"\n', "row format serde 'org.apache.hadoop.hive.serde2.OpenCSVSerde'"
     " with serdeproperties ('separatorChar'=',', 'quoteChar'='\"') stored as textfile", None, [(1, 'a "b",c')]),
    ("JSON", "a.json", b'{"ID": 1, "name": "a", "more": 1}\n{"name": null, "id": 2}\n',
     "row format serde 'org.openx.data.jsonserde.JsonSerDe'", None, [(1, "a"), (2, None)]),
    ("JSON under another name", "a.json", b'{"id": 1, "Title": "a"}\n',
     "row format serde 'org.openx.data.jsonserde.JsonSerDe' with serdeproperties ('mapping.name'='title')", None,
     [(1, "a")]),
    ("a regular expression", "a.log", b"1 [a]\nnothing\n", "row format serde 'org.apache.hadoop.hive.serde2.RegexSerDe'"
     " with serdeproperties ('input.regex'='(\\\\d+) \\\\[(.*)\\\\]') stored as textfile", None,
     [(1, "a"), (None, None)]),
    ("Parquet, by name", "a.parquet", parquet(name=["a", None], ID=pa.array([1, 2], pa.int32())), "stored as parquet",
     None, [(1, "a"), (2, None)]),
    ("Parquet without a column", "a.parquet", parquet(id=pa.array([1], pa.int32())), "stored as parquet", None,
     [(1, None)]),
    ("ORC", "a.orc", orc_file(id=pa.array([1], pa.int32()), name=["a"]), "stored as orc", None, [(1, "a")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data", "form", "properties", "expected"), [case[1:] for case in FORMATS], ids=[c[0] for c in FORMATS]
)
def test_formats(lake, connection, request, name, data, form, properties, expected):
    place = folder(lake.put(f"ext/formats/{abs(hash(request.node.name))}/{name}", data))
    tail = f" table properties {properties}" if properties else ""
    connection.execute(f"create external table lake.t(id int, name varchar(20)) {form} location '{place}'{tail}")
    assert rows(connection, "select id, name from lake.t order by id nulls last") == expected


def test_partitions(lake, connection):
    for month in ("2008-01", "2008-02"):
        lake.put(f"ext/parts/m={month}/a.parquet", parquet(a=[month, "x"]))
    place = lake.put("ext/parts/m=2008-03/a.parquet", parquet(a=["late"])).removesuffix("m=2008-03/a.parquet")
    connection.execute(
        "create external table lake.parts(a varchar(20)) partitioned by (m char(7), n int)"
        f" stored as parquet location '{place}'"
    )
    assert rows(connection, "select * from lake.parts") == []
    connection.execute(
        f"alter table lake.parts add partition (m='2008-01', n=1) location '{place}m=2008-01/'"
        f" partition (n='2', m='2008-02') location '{place}m=2008-02/'"
    )
    connection.execute(
        f"alter table lake.parts add if not exists partition (m='2008-01', n='1') location '{place}m=2008-03/'"
    )
    assert rows(connection, "select m, n, count(*), min(a) from lake.parts group by 1, 2 order by 1") == [
        ("2008-01", 1, 2, "2008-01"),
        ("2008-02", 2, 2, "2008-02"),
    ]
    assert rows(connection, 'select "values", location from svv_external_partitions order by 1') == [
        ('["2008-01", "1"]', f"{place}m=2008-01/"),
        ('["2008-02", "2"]', f"{place}m=2008-02/"),
    ]
    connection.execute(f"alter table lake.parts partition (m='2008-02', n=2) set location '{place}m=2008-03/'")
    connection.execute("alter table lake.parts drop partition (m='2008-01', n=1)")
    assert rows(connection, "select a, m, n from lake.parts") == [("late", "2008-02", 2)]


def test_nested_columns_are_super(lake, connection):
    people = [{"given": "Ann", "phones": ["1", "2"]}, None]
    place = folder(lake.put("ext/nested/a.parquet", parquet(id=pa.array([1, 2], pa.int64()), n=people)))
    connection.execute(
        "create external table lake.people(id bigint, n struct<given:varchar(20), phones:array<varchar(5)>>)"
        f" stored as parquet location '{place}'"
    )
    assert rows(connection, "select p.id, x from lake.people p, p.n.phones x order by 2") == [(1, '"1"'), (1, '"2"')]
    assert rows(connection, "select count(*) from lake.people p where p.n.given = 'Ann'") == [(1,)]


def test_pseudocolumns(lake, connection):
    place = folder(lake.put("ext/pseudo/a.txt", "1\n2\n"))
    connection.execute(f"create external table lake.p(id int) {TAB} location '{place}'")
    assert rows(connection, 'select distinct "$path", "$size" from lake.p') == [(f"{place}a.txt", 4)]
    assert rows(connection, 'select s.id, s."$size" from lake.p s where s.id = 2') == [(2, 4)]
    assert rows(connection, 'select lake.p.id from lake.p where "$size" = 4 order by 1') == [(1,), (2,)]


def test_views_read_what_is_there_now(lake, connection):
    place = folder(lake.put("ext/views/a.txt", "1\n"))
    connection.execute(f"create external table lake.v(id int) {TAB} location '{place}'")
    connection.execute("create view public.late_v as select id from lake.v with no schema binding")
    connection.execute("create view public.later_v as select id from public.late_v with no schema binding")
    assert rows(connection, "select id from public.late_v") == [(1,)]
    lake.put("ext/views/b.txt", "2\n")
    assert rows(connection, "select sum(id) from public.later_v") == [(3,)]
    connection.execute("drop view public.later_v; drop view public.late_v")


def test_a_view_made_within_a_transaction_reads_what_is_there_now(lake, connection):
    place = folder(lake.put("ext/within/a.txt", "1\n"))
    connection.execute(f"create external table lake.w(id int) {TAB} location '{place}'")
    with connection.transaction():
        connection.execute("create or replace view public.within_w as select id from lake.w")
        assert rows(connection, "select count(*) from lake.w") == [(1,)]
    lake.put("ext/within/b.txt", "2\n")
    assert rows(connection, "select sum(id) from public.within_w") == [(3,)]
    connection.execute("drop view public.within_w")


def test_procedures_read_what_is_there_now(lake, connection):
    place = folder(lake.put("ext/calls/a.txt", "1\n"))
    connection.execute(f"create external table lake.c(id int) {TAB} location '{place}'")
    connection.execute("create external table lake.lost(id int) stored as parquet location 's3://nowhere/x/'")
    connection.execute("create table counted(n int)")
    connection.execute(
        "create procedure count_c() as $$ begin insert into counted select count(*) from lake.c; end $$"
        " language plpgsql"
    )
    connection.execute("call count_c()")
    lake.put("ext/calls/b.txt", "2\n")
    connection.execute("call count_c()")
    assert rows(connection, "select n from counted order by n") == [(1,), (2,)]


def test_a_late_view_follows_its_table(connection):
    connection.execute("create table seen(a int); insert into seen values (1)")
    ((schema,),) = rows(connection, "select current_schema()")
    connection.execute(f"create view late_seen as select * from {schema}.seen with no schema binding")
    connection.execute("drop table seen; create table seen(b varchar(5), c int); insert into seen values ('x', 2)")
    assert rows(connection, "select * from late_seen") == [("x", 2)]


def test_what_the_catalog_shows(lake, connection):
    connection.execute(
        f"create external table lake.shown({COLUMNS}) {TAB} location 's3://{lake.put('ext/x', 'x')[5:]}'"
    )
    connection.execute("alter table lake.shown set table properties ('numRows'='170000')")
    assert rows(connection, "select schemaname, databasename, eskind from svv_external_schemas") == [
        ("lake", "lakedb", 1)
    ]
    assert rows(connection, "select tablename, serialization_lib, parameters from svv_external_tables") == [
        ("shown", "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", '{"numRows": "170000"}')
    ]
    assert rows(
        connection, "select columnname, external_type, columnnum from svv_external_columns order by 3 limit 2"
    ) == [
        ("id", "int", 1),
        ("d", "date", 2),
    ]
    assert rows(connection, "select table_type from svv_tables where table_schema = 'lake'") == [("EXTERNAL TABLE",)]
    ((shown,),) = rows(connection, "show external table lake.shown")
    assert shown.startswith("CREATE EXTERNAL TABLE lake.shown (\n    id int,\n    d date,")
    assert rows(connection, "select count(*) from svv_tables where table_name like 'dw_external%'") == [(0,)]
    connection.execute("drop table lake.shown")
    assert rows(connection, "select count(*) from svv_external_tables") == [(0,)]
    connection.execute(shown)
    assert rows(connection, "show external table lake.shown") == [(shown,)]


REFUSED = [
    ("create external table lake.t(a int) stored as parquet", "22023", "LOCATION is required"),
    ("create external table lake.t(a int, A int) stored as parquet location 's3://b/k/'", "42701", "more than once"),
    ("create external table lake.t(a int) stored as parquet location '/tmp/x'", "22023", "is not valid"),
    ("create external table lake.t(a int) stored as csv location 's3://b/k/'", "42601", "csv"),
    ("create external table t(a int) stored as parquet location 's3://b/k/'", "42P16", "schema.table"),
    ("create external table public.t(a int) stored as parquet location 's3://b/k/'", "0A000", "not enabled"),
    ("create external table lake.t stored as parquet location 's3://b/k/' as select 1", "0A000", "TABLE AS"),
    ("create external schema x from hive metastore database 'd' uri 'h'", "0A000", "HIVE"),
    ("set search_path to public, lake", "42601", "cannot be set in search_path"),
    ("alter table lake.nothing add partition (a=1) location 's3://b/k/'", "42809", "not an external table"),
]  # fmt: skip


def test_columns_are_not_altered(lake, connection):
    connection.execute("create external table lake.kept(a int) stored as parquet location 's3://files/none/'")
    for change in ("add column b int", "rename column a to b", "rename to other"):
        with pytest.raises(psycopg.errors.FeatureNotSupported, match="ALTER of an external table"):
            connection.execute(f"alter table lake.kept {change}")
    assert rows(connection, "select * from lake.kept") == []


def test_not_in_a_transaction_block(lake, connection):
    with connection.transaction(), pytest.raises(psycopg.errors.ActiveSqlTransaction, match="CREATE EXTERNAL TABLE"):
        connection.execute("create external table lake.t(a int) stored as parquet location 's3://b/k/'")


@pytest.mark.parametrize(("sql", "sqlstate", "message"), REFUSED)
def test_what_is_refused(lake, connection, sql, sqlstate, message):
    with pytest.raises(psycopg.Error, match=message) as caught:
        connection.execute(sql)
    assert caught.value.sqlstate == sqlstate
    connection.execute("rollback")


def test_rows_that_cannot_be_read_are_an_error_and_nothing_else_breaks(lake, connection):
    place = folder(lake.put("ext/bad/a.txt", "1\n"))
    connection.execute(f"create external table lake.bad(id int) {TAB} location '{place}'")
    assert rows(connection, "select * from lake.bad") == [(1,)]
    lake.put("ext/bad/b.txt", "x\n")
    for sql in ("select * from lake.bad", "select * from lake.bad where id = 1"):
        with pytest.raises(psycopg.Error, match=r"Spectrum Scan Error(?s:.*)b\.txt, line: 1, column: id, value: x"):
            connection.execute(sql)
    with pytest.raises(psycopg.Error, match="Spectrum Scan Error"):
        connection.execute("select * from lake.bad where id = %s", (1,), prepare=True)
    assert rows(connection, "select 1") == [(1,)]
    lake.put("ext/bad/b.txt", "2\n")
    assert rows(connection, "select sum(id) from lake.bad") == [(3,)]
    with pytest.raises(psycopg.Error, match="INSERT of external tables is not supported"):
        connection.execute("insert into lake.bad values (5)")
    connection.execute("create external table lake.avro(id int) stored as avro location 's3://nowhere/x/'")
    with pytest.raises(psycopg.Error, match="NoSuchBucket"):
        connection.execute("select * from lake.avro")
