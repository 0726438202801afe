"""External schemas and tables over S3, as Spectrum reads them."""

import datetime
import gzip
import io
from decimal import Decimal

import fastavro
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


def test_texts_of_execute_read_what_is_there_now(lake, connection):
    place = folder(lake.put("ext/dynamic/a.txt", "1\n2\n"))
    connection.execute(f"create external table lake.dynamic(id int) {TAB} location '{place}'")
    connection.execute(
        "create or replace procedure count_them(name varchar, inout total int) as $$ begin"
        " execute 'select count(*) from ' || name into total; end; $$ language plpgsql"
    )
    assert rows(connection, "call count_them('lake.dynamic', 0)") == [(2,)]
    lake.put("ext/dynamic/b.txt", "3\n")
    assert rows(connection, "call count_them('lake.dynamic', 0)") == [(3,)]
    connection.execute("drop procedure count_them(varchar, int)")


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
    ("create external table lake.t stored as orc location 's3://b/k/' as select 1 as a", "0A000", "format orc"),
    ("create external table lake.t stored as parquet location 's3://b/k/' as select json_parse('1') as s",
     "0A000", '"s"'),
    ("create external table lake.t partitioned by (b) stored as parquet location 's3://b/k/' as select 1 as a",
     "42703", 'partition column "b"'),
    ("create external table lake.t stored as parquet location 's3://b/k/' as select 1 as a", "XX000", "NoSuchBucket"),
    ("insert into lake.nothing select 1", "42809", "not an external table"),
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
    with pytest.raises(psycopg.Error, match="DELETE of external tables is not supported"):
        connection.execute("delete from lake.bad")
    connection.execute("create external table lake.avro(id int) stored as avro location 's3://nowhere/x/'")
    with pytest.raises(psycopg.Error, match="NoSuchBucket"):
        connection.execute("select * from lake.avro")


SOLD = (
    "select 1 as id, cast(1.5 as decimal(8,2)) as price, cast('a' as varchar(5)) as name, true as paid,"
    " cast('2020-01-02' as date) as day union all select 2, null, cast(null as varchar(5)), false, null"
)
SOLD_ROWS = [(1, Decimal("1.50"), "a", True, datetime.date(2020, 1, 2)), (2, None, None, False, None)]
LAYOUTS = {
    "columns": "stored as parquet",
    "commas": "row format delimited fields terminated by ',' stored as textfile",
    "text": "stored as textfile",
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_table_is_written_from_a_query_and_grows(lake, connection, name):
    place = f"s3://{lake.bucket}/written/{name}/"
    connection.execute(f"create external table lake.written {LAYOUTS[name]} location '{place}' as {SOLD}")
    assert rows(connection, "select * from lake.written order by id") == SOLD_ROWS
    assert connection.execute("insert into lake.written values (3, 7, 'bb', true, '2021-01-01')").rowcount == 1
    connection.execute("insert into lake.written select id + 10, price, name, paid, day from lake.written where id = 1")
    assert rows(connection, "select id, price, day from lake.written where id > 2 order by id") == [
        (3, Decimal("7.00"), datetime.date(2021, 1, 1)),
        (11, Decimal("1.50"), datetime.date(2020, 1, 2)),
    ]
    with pytest.raises(psycopg.Error, match="value too long"):
        connection.execute("insert into lake.written values (4, 7, 'too long', true, null)")
    query = "select external_type from svv_external_columns where tablename = 'written' and columnname = 'name'"
    assert rows(connection, query) == [("character varying(5)",)]


def test_partitions_are_made_as_rows_need_them(lake, connection):
    place = f"s3://{lake.bucket}/parted/"
    connection.execute(
        f"create external table lake.parted partitioned by (day, name) stored as parquet location '{place}' as {SOLD}"
    )
    connection.execute(
        "insert into lake.parted values (3, 2, true, '2020-01-02', 'a'), (4, 2, true, '2022-01-01', 'z')"
    )
    assert rows(connection, "select id, price, paid, day, name from lake.parted order by id") == [
        (1, Decimal("1.50"), True, datetime.date(2020, 1, 2), "a"),
        (2, None, False, None, None),
        (3, Decimal("2.00"), True, datetime.date(2020, 1, 2), "a"),
        (4, Decimal("2.00"), True, datetime.date(2022, 1, 1), "z"),
    ]
    query = "select location from svv_external_partitions where tablename = 'parted' order by location"
    assert rows(connection, query) == [
        (f"{place}day=2020-01-02/name=a/",),
        (f"{place}day=2022-01-01/name=z/",),
        (f"{place}day=__HIVE_DEFAULT_PARTITION__/name=__HIVE_DEFAULT_PARTITION__/",),
    ]


def test_writing_stands_outside_of_transactions(lake, connection):
    place = f"s3://{lake.bucket}/outside/"
    connection.execute(f"create external table lake.outside stored as parquet location '{place}' as select 1 as a")
    with pytest.raises(psycopg.Error, match="cannot run inside a transaction block"), connection.transaction():
        connection.execute("insert into lake.outside values (2)")
    with pytest.raises(psycopg.Error, match="INSERT has more expressions than target columns"):
        connection.execute("insert into lake.outside values (2, 3)")
    assert rows(connection, "select * from lake.outside") == [(1,)]


def avro_file(schema, records):
    sink = io.BytesIO()
    fastavro.writer(sink, fastavro.parse_schema({"type": "record", "name": "r", "fields": schema}), records)
    return sink.getvalue()


AVRO = avro_file(
    [
        {"name": "ID", "type": "long"},
        {"name": "t", "type": ["null", "string"]},
        {"name": "d", "type": ["null", {"type": "int", "logicalType": "date"}]},
        {"name": "p", "type": ["null", {"type": "bytes", "logicalType": "decimal", "precision": 8, "scale": 2}]},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
    ],
    [
        {"ID": 1, "t": "x y", "d": datetime.date(2008, 1, 1), "p": Decimal("3.50"), "tags": ["a", "b"]},
        {"ID": 2, "t": None, "d": None, "p": None, "tags": []},
    ],
)


def test_avro(lake, connection):
    uri = lake.put("ext/avro/a.avro", AVRO)
    columns = "id bigint, t varchar(10), d date, p decimal(8,2), more int"
    connection.execute(
        f"create external table lake.av({columns}, tags array<varchar(5)>) stored as avro location '{folder(uri)}'"
    )
    assert rows(connection, "select id, t, d, p, more, tags[0] from lake.av order by id") == [
        (1, "x y", datetime.date(2008, 1, 1), Decimal("3.50"), None, '"a"'),
        (2, None, None, None, None, None),
    ]
    connection.execute(f"create table loaded ({columns}, tags super)")
    connection.execute(
        f"copy loaded from '{uri}' access_key_id 'mockuser' secret_access_key 'mockpass'"
        " format as avro 'auto ignorecase'"
    )
    assert rows(connection, "select id, p, json_serialize(tags) from loaded order by id") == [
        (1, Decimal("3.50"), '["a","b"]'),
        (2, None, "[]"),
    ]
    lake.put("ext/avro/b.avro", b"nothing of the kind")
    with pytest.raises(psycopg.Error, match="cannot be read as avro"):
        connection.execute("select * from lake.av")
