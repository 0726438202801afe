"""COPY and UNLOAD between S3 and tables."""

import datetime
import gzip
import io
import json
import time
from decimal import Decimal

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROLE = "iam_role 'arn:aws:iam::123456789012:role/copy'"
COLUMNS = "id int not null, name varchar(10), price numeric(8,2), made timestamp, day date, ok boolean, j super"


@pytest.fixture
def table(connection):
    connection.execute(f"create table items ({COLUMNS})")
    return "items"


@pytest.fixture
def notices(connection):
    seen = []
    connection.add_notice_handler(lambda diagnostic: seen.append((diagnostic.severity, diagnostic.message_primary)))
    return seen


def parquet(**columns):
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def items(count=3):
    return parquet(
        id=pa.array(range(count), pa.int32()),
        name=pa.array([f"name {i}" if i else None for i in range(count)]).dictionary_encode(),
        price=pa.array([Decimal(i) / 4 for i in range(count)], pa.decimal128(8, 2)),
        made=pa.array([datetime.datetime(2020, 1, 1, 0, 0, i % 60) for i in range(count)], pa.timestamp("us")),
        day=pa.array([datetime.date(2020, 1, 1)] * count),
        ok=pa.array([True] * count),
        j=pa.array(["text"] * count),
    )


def test_parquet(server, connection, table, notices):
    uri = server.put("parquet/a.parquet", items())
    server.put("parquet/b.parquet", items(2))
    cursor = connection.execute(f"copy {table} from '{uri}' {ROLE} format as parquet")
    assert cursor.statusmessage == "COPY"
    assert notices[-1] == ("INFO", "Load into table 'items' completed, 3 record(s) loaded successfully.")
    connection.execute(f"copy {table} from 's3://{server.bucket}/parquet/' {ROLE} parquet")
    assert connection.execute("select count(*), sum(price) from items").fetchone() == (8, Decimal("1.75"))
    assert connection.execute("select name, made, j from items where id = 2 limit 1").fetchone() == (
        "name 2",
        datetime.datetime(2020, 1, 1, 0, 0, 2),
        '"text"',
    )


@pytest.mark.parametrize("rows", [1, 70_000])
def test_every_row_arrives(server, connection, rows):
    connection.execute("create table numbers (a int)")
    uri = server.put(f"numbers/{rows}.parquet", parquet(a=pa.array(range(rows), pa.int32())))
    connection.execute(f"copy numbers from '{uri}' {ROLE} parquet")
    assert connection.execute("select count(*), max(a) from numbers").fetchone() == (rows, rows - 1)


TEXTS = [
    ("csv ignoreheader 1", 'id,name\n1,"a,""b"\n2,\n', [(1, 'a,"b'), (2, "")]),
    ("csv emptyasnull", "1,\n", [(1, None)]),
    ("delimiter '|'", "1|x\n2|\\N\n", [(1, "x"), (2, None)]),
    ("", "1|x|\n", [(1, "x")]),
    ("delimiter ';' null as 'NIL'", "1;NIL\n", [(1, None)]),
    ("delimiter '|' escape", "1|a\\|b\n", [(1, "a|b")]),
    ("delimiter '||'", "1||x\n", [(1, "x")]),
    ("fixedwidth 'id:3,name:5'", "001ab   \n", [(1, "ab")]),
    ("json 'auto'", '{"id": 1, "name": "x"}\n{"name": null, "id": 2}', [(1, "x"), (2, None)]),
    ("fillrecord", "1\n", [(1, None)]),
    ("truncatecolumns", "1|12345678901\n", [(1, "1234567890")]),
    ("maxerror 1", "1|x\nbad|x\n", [(1, "x")]),
]


@pytest.mark.parametrize(("options", "text", "rows"), TEXTS)
def test_text(server, connection, table, options, text, rows):
    uri = server.put("text/one", text)
    connection.execute(f"copy {table} (id, name) from '{uri}' {ROLE} {options}")
    assert connection.execute("select id, name from items order by id").fetchall() == rows
    assert connection.execute("select pg_last_copy_count()").fetchone() == (len(rows),)


def test_gzip_and_manifest(server, connection, table):
    uri = server.put("zipped/one.gz", gzip.compress(b"1,x\n"))
    manifest = server.put("zipped/manifest", json.dumps({"entries": [{"url": uri, "mandatory": True}]}))
    connection.execute(f"copy {table} (id, name) from '{manifest}' {ROLE} csv gzip manifest")
    assert connection.execute("select count(*) from items").fetchone() == (1,)


FAILURES = [
    ("csv", "x,a\n", "Load into table 'items' failed.  Check 'stl_load_errors' system table for details.", 1207),
    ("csv", "1,12345678901\n", "Load into table 'items' failed.", 1204),
    ("csv", ",a\n", "Load into table 'items' failed.", 1213),
    ("csv", "1\n", "Load into table 'items' failed.", 1214),
    ("csv", "1,a,b\n", "Load into table 'items' failed.", 1202),
    ("json 'auto'", "{nonsense}", "Load into table 'items' failed.", 1216),
]


@pytest.mark.parametrize(("options", "text", "message", "code"), FAILURES)
def test_bad_records(server, connection, table, options, text, message, code):
    uri = server.put("bad/one", text)
    connection.autocommit = False
    connection.execute("insert into items (id) values (99)")
    with pytest.raises(psycopg.errors.InternalError_) as caught:
        connection.execute(f"copy {table} (id, name) from '{uri}' {ROLE} {options}")
    assert caught.value.diag.message_primary.startswith(message)
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        connection.execute("select 1")
    connection.rollback()
    connection.autocommit = True
    logged = connection.execute("select err_code from stl_load_errors order by query desc limit 1").fetchone()
    assert logged == (code,)


REFUSED = [
    ("copy {t} from 's3://{b}/nothing/here' {r} csv", "XX000", "The specified S3 prefix 'nothing/here' does not exist"),
    ("copy {t} from 's3://no-such-bucket/x' {r} csv", "XX000", "S3ServiceException"),
    ("copy {t} from 's3://{b}/x' access_key_id 'a' secret_access_key 'b' csv", "XX000", "S3ServiceException"),
    ("copy nowhere from 's3://{b}/x' {r} csv", "42P01", 'relation "nowhere" does not exist'),
    ("copy {t} (nothing) from 's3://{b}/x' {r} csv", "42703", 'column "nothing"'),
    ("copy {t} from 's3://{b}/x' {r} bogus", "42601", "syntax error"),
]


@pytest.mark.parametrize(("sql", "state", "message"), REFUSED)
def test_refused(server, connection, table, sql, state, message):
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(sql.format(t=table, b=server.bucket, r=ROLE))
    assert caught.value.sqlstate == state
    assert message in caught.value.diag.message_primary


PARQUET_MISFITS = [
    ({"id": pa.array([1], pa.int32())}, "Unmatched number of columns"),
    ({"id": pa.array([1], pa.int64()), "name": pa.array(["x"])}, "incompatible Parquet schema"),
    ({"id": pa.array([1], pa.int32()), "name": pa.array(["12345678901"])}, "longer than the length defined"),
]


@pytest.mark.parametrize(("columns", "context"), PARQUET_MISFITS)
def test_parquet_that_does_not_fit(server, connection, table, columns, context):
    uri = server.put("misfit/one.parquet", parquet(**columns))
    with pytest.raises(psycopg.errors.InternalError_, match="Spectrum Scan Error") as caught:
        connection.execute(f"copy {table} (id, name) from '{uri}' {ROLE} parquet")
    assert context in caught.value.diag.message_detail


def test_copy_is_part_of_the_transaction(server, connection):
    uri = server.put("tx/one", "1\n2\n")
    connection.autocommit = False
    connection.execute("create table tx (a int)")
    connection.execute(f"copy tx from '{uri}' {ROLE}")
    assert connection.execute("select count(*) from tx").fetchone() == (2,)
    connection.rollback()
    connection.autocommit = True
    with pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("select * from tx")


STATISTICS = [
    ("into an empty table", "", "", True),
    ("into one with rows", "insert into counted values (1)", "", False),
    ("asked for", "insert into counted values (1)", "statupdate on", True),
    ("refused", "", "statupdate off", False),
    ("after truncate", "insert into counted values (1); truncate counted", "", True),
]


@pytest.mark.parametrize(
    ("before", "options", "expected"), [case[1:] for case in STATISTICS], ids=[c[0] for c in STATISTICS]
)
def test_statistics(server, connection, before, options, expected):
    uri = server.put("statistics/one", "".join(f"{n}\n" for n in range(300)))
    connection.execute("create table counted (a int)")
    if before:
        connection.execute(before)
    connection.execute(f"copy counted from '{uri}' {ROLE} {options}")
    known = connection.execute("select count(*) from pg_stats where tablename = 'counted'").fetchone()
    assert known == (int(expected),)


def test_a_copy_does_not_wait_for_another_to_keep_statistics(server, connection):
    uri = server.put("statistics/two", "1\n2\n")
    connection.execute("create table shared (a int)")
    (schema,) = connection.execute("select current_schema()").fetchone()
    with server.connect() as other:
        other.autocommit = False
        other.execute(f"copy {schema}.shared from '{uri}' {ROLE}")
        connection.execute("set statement_timeout to 20000")
        connection.execute(f"copy shared from '{uri}' {ROLE}")
        other.commit()
    assert connection.execute("select count(*) from shared").fetchone() == (4,)


def test_copy_by_a_prepared_statement_in_a_pipeline(server, connection, table):
    uri = server.put("pipe/one", "1|x\n")
    with connection.pipeline():
        first = connection.execute("select 1")
        copy = connection.execute(f"copy {table} (id, name) from '{uri}' {ROLE}", prepare=True)
        last = connection.execute("select count(*) from items")
    assert (first.fetchone(), copy.statusmessage, last.fetchone()) == ((1,), "COPY", (1,))


UNLOADS = [
    ("", "1|a b\n2|\n"),
    ("csv header", "id,name\n1,a b\n2,\n"),
    ("delimiter ',' addquotes null as 'NIL'", '"1","a b"\n"2",NIL\n'),
    ("json", '{"id":1,"name":"a b"}\n{"id":2,"name":null}\n'),
    ("parallel off", "1|a b\n2|\n"),
    ("fixedwidth 'id:2,name:5'", "1 a b  \n2      \n"),
    ("encrypted kms_key_id '1234'", "1|a b\n2|\n"),
]


@pytest.mark.parametrize(("options", "text"), UNLOADS)
def test_unload(server, connection, table, options, text):
    connection.execute("insert into items (id, name) values (1, 'a b'), (2, null)")
    target = f"s3://{server.bucket}/unload/{abs(hash(options))}/"
    cursor = connection.execute(f"unload ('select id, name from items order by id') to '{target}' {ROLE} {options}")
    assert cursor.statusmessage == "UNLOAD"
    (found,) = server.store.list(server.bucket, f"unload/{abs(hash(options))}/")
    assert server.store.read(server.bucket, found.key).decode() == text
    with pytest.raises(psycopg.errors.InternalError_, match="not empty"):
        connection.execute(f"unload ('select 1') to '{target}' {ROLE}")


def test_unload_and_copy_back(server, connection, table):
    uri = server.put("back/in.parquet", items(5))
    connection.execute(f"copy {table} from '{uri}' {ROLE} parquet")
    target = f"s3://{server.bucket}/back/out/"
    connection.execute(f"unload ('select * from items') to '{target}' {ROLE} format parquet")
    connection.execute(f"create table again ({COLUMNS})")
    connection.execute(f"copy again from '{target}' {ROLE} parquet")
    differences = (
        "select id, name, price, made, day, ok from items except select id, name, price, made, day, ok from again"
    )
    assert connection.execute(differences).fetchall() == []
    assert connection.execute("select count(*) from again").fetchone() == (5,)


def test_unload_in_a_procedure(server, connection):
    """As written and by EXECUTE: of what the procedure's own transaction has made."""
    target = f"s3://{server.bucket}/procedure/out"
    values = "(1, 'a \"b\", c', null), (2, 'x', '2024-01-02')"
    quoted = ROLE.replace("'", "''")
    connection.execute(
        "create procedure unload_items() as $$ begin"
        f" create temp table items (id int, name varchar(20), day date); insert into items values {values};"
        f" unload ('select * from items order by id') to '{target}_csv/' {ROLE} csv header parallel off;"
        f" execute 'unload (''select id, name from items'') to ''{target}_json/'' {quoted} json';"
        " analyze items predicate columns; end; $$ language plpgsql"
    )
    connection.execute("call unload_items()")
    (rows, objects) = (server.store.list(server.bucket, f"procedure/out_{kind}/") for kind in ("csv", "json"))
    assert server.store.read(server.bucket, rows[0].key) == b'id,name,day\n1,"a ""b"", c",\n2,x,2024-01-02\n'
    assert server.store.read(server.bucket, objects[0].key).count(b"\n") == 2
    assert connection.execute("select pg_last_unload_count()").fetchone() == (2,)


IN_A_PROCEDURE = [
    "copy items from '{uri}' {role} parquet",
    "execute 'copy ' || name || ' from ''{uri}'' {quoted} parquet'",
]


@pytest.mark.parametrize("statement", IN_A_PROCEDURE)
@pytest.mark.parametrize("temporary", ["", "temp"])
def test_in_a_procedure(server, connection, statement, temporary):
    """Also into a table that the procedure's own transaction has made, and undone with it."""
    text = statement.format(uri=server.put("procedure/a.parquet", items()), role=ROLE, quoted=ROLE.replace("'", "''"))
    made = f"create {temporary} table items (n bigint identity(1, 1), {COLUMNS})"
    connection.execute(
        f"create or replace procedure load_items(name varchar) as $$ begin {made}; {text}; {text};"
        " delete from items where id = 1; end; $$ language plpgsql"
    )
    with connection.transaction(force_rollback=True):
        connection.execute("call load_items('items')")
    connection.execute("call load_items('items')")
    assert connection.execute("select count(*), sum(price), max(n) from items").fetchone() == (4, Decimal("1.00"), 6)
    assert connection.execute("select j, made::date from items where id = 2 limit 1").fetchone() == (
        '"text"',
        datetime.date(2020, 1, 1),
    )
    assert connection.execute("select pg_last_copy_count()").fetchone() == (3,)
    connection.execute("drop table items")
    left = "select count(*) from pg_class where relname like 'dw@_stage@_%' escape '@'"
    deadline = time.monotonic() + 60
    while connection.execute(left).fetchone() != (0,):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_failing_in_a_procedure(server, connection, table):
    uri = server.put("procedure/bad.csv", b"1,a\nx,b\n")
    connection.execute(
        "create table log (m varchar(200)); create or replace procedure load_items() nonatomic as $$ begin"
        f" copy {table} (id, name) from '{uri}' {ROLE} csv;"
        " exception when others then insert into log values (sqlerrm); end; $$ language plpgsql"
    )
    connection.execute("call load_items()")
    assert connection.execute("select m from log").fetchall() == [
        ("Load into table 'items' failed.  Check 'stl_load_errors' system table for details.",)
    ]
    assert connection.execute(f"select line_number from stl_load_errors where filename = '{uri}'").fetchall() == [(2,)]
    uri = server.put("procedure/good.csv", b"1,a\n")
    connection.execute(
        f"create procedure p() as $$ begin copy items (id, name) from '{uri}' {ROLE} csv; end; $$ language plpgsql"
    )
    connection.execute("begin read only")
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("call p()")
    connection.execute("rollback")


def test_identity_columns_are_listed_with_explicit_ids_and_only_then(server, connection):
    connection.execute("create table numbered (id int identity(1, 1), name varchar(10))")
    connection.execute("create table filled (id int generated by default as identity(1, 1), name varchar(10))")
    url = server.put("numbered.txt", "7|a\n")
    for columns, option in (("id, name", ""), ("name", "explicit_ids")):
        with pytest.raises(psycopg.Error, match="identity column"):
            connection.execute(f"copy numbered ({columns}) from '{url}' iam_role default {option}")
    connection.execute(f"copy numbered (id, name) from '{url}' iam_role default explicit_ids")
    connection.execute(f"copy filled (id, name) from '{url}' iam_role default")
    for table in ("numbered", "filled"):
        assert connection.execute(f"select * from {table}").fetchall() == [(7, "a")]
