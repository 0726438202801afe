"""Connecting and running statements, with each driver."""

import asyncio
import shutil
import socket
import subprocess

import psycopg
import psycopg2
import pytest
import redshift_connector


def test_what_the_server_says_it_is(server):
    with server.connect() as connection:
        info = connection.info
        assert info.parameter_status("padb_revision")
        assert info.parameter_status("in_hot_standby") is None
        assert info.server_version == 80002


REFUSED = [
    ({"password": "wrong"}, 'password authentication failed for user "awsuser"'),
    ({"user": "stranger"}, 'password authentication failed for user "stranger"'),
    ({"dbname": "nowhere"}, 'database "nowhere" does not exist'),
]


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_refused_logins(server, options, message):
    with pytest.raises(psycopg.OperationalError, match=message):
        server.connect(**options)


@pytest.mark.parametrize("user", ["IAM:awsuser", "IAMA:awsuser"])
def test_temporary_credentials(server, user):
    with server.connect(user=user) as connection:
        assert connection.execute("select current_user").fetchone() == ("awsuser",)


def test_a_user_of_ones_own(server):
    with server.connect() as connection:
        connection.execute("create user app_reader password 'Secret123'")
        try:
            with server.connect(user="app_reader", password="Secret123") as reader:
                assert reader.execute("select current_user").fetchone() == ("app_reader",)
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                server.connect(user="app_reader", password="secret123")
        finally:
            connection.execute("drop user app_reader")


def test_encryption_is_declined(server):
    with pytest.raises(psycopg.OperationalError, match="SSL"):
        server.connect(sslmode="require")


def test_junk_instead_of_a_startup_packet(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"C08P01" in raw.recv(1000)


def test_an_old_protocol(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
        raw.sendall((8).to_bytes(4, "big") + (2 << 16).to_bytes(4, "big"))
        assert b"unsupported frontend protocol 2.0" in raw.recv(1000)


def test_a_newer_minor_version_is_negotiated(server):
    body = (3 << 16 | 2).to_bytes(4, "big") + b"user\0awsuser\0database\0dev\0\0"
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
        raw.sendall((len(body) + 4).to_bytes(4, "big") + body)
        assert raw.recv(1000).startswith(b"v")


def test_redshift_connector(server):
    with redshift_connector.connect(
        host="127.0.0.1", port=server.port, database="dev", user="awsuser", password="mockpass", ssl=False
    ) as connection:
        cursor = connection.cursor()
        cursor.execute("create temp table rc (a int, b varchar(10), c numeric(8,2), d timestamp)")
        cursor.execute("insert into rc values (%s, %s, 1.5, '2020-01-02 03:04:05')", (1, "x"))
        assert cursor.rowcount == 1
        cursor.execute("select a, b from rc where a = %s", (1,))
        assert list(cursor.fetchall()) == [[1, "x"]]
        with pytest.raises(redshift_connector.error.ProgrammingError) as caught:
            cursor.execute("select * from nowhere")
        assert caught.value.args[0]["C"] == "42P01"
        connection.rollback()


def test_psycopg2(server):
    connection = psycopg2.connect(server.dsn)
    try:
        cursor = connection.cursor()
        cursor.execute("select %s, %s, %s", (1, "a\\b'c", None))
        assert cursor.fetchall() == [(1, "a\\b'c", None)]
        with pytest.raises(psycopg2.errors.UndefinedTable):
            cursor.execute("select * from nowhere")
        connection.rollback()
    finally:
        connection.close()


@pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")
def test_psql(server):
    result = subprocess.run(
        ["psql", server.dsn, "-At", "-c", "select 1 as a; select 2"], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == ["1", "2"]


# --- statements ---
@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("prepare", [False, True])
def test_prepared_statements(connection, binary, prepare):
    connection.execute("create table p (i int, b bigint, s varchar(20), d date, n numeric(8,2), f float8, t bool)")
    row = (1, 2**40, "é'x", "2020-01-02", "1.50", 0.25, True)
    connection.execute("insert into p values (%s, %s, %s, %s::date, %s::numeric(8,2), %s, %s)", row, prepare=prepare)
    cursor = connection.cursor(binary=binary)
    for _ in range(2):
        found = cursor.execute("select * from p where i = %s", (1,), prepare=prepare).fetchone()
        assert [str(value) for value in found] == [str(value) for value in row]


def test_a_script_of_several_statements(connection):
    cursor = connection.execute("create table s (a int); insert into s values (1), (2); select count(*) from s")
    tags = [cursor.statusmessage]
    while cursor.nextset():
        tags.append(cursor.statusmessage)
    assert tags == ["CREATE TABLE", "INSERT 0 2", "SELECT"]
    assert cursor.fetchone() == (2,)


def test_a_script_is_one_transaction(connection):
    with pytest.raises(psycopg.Error):
        connection.execute("create table s (a int); select * from nowhere")
    with pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("select * from s")


def test_pipeline(connection):
    with connection.pipeline():
        cursors = [connection.execute("select %s::int", (number,)) for number in range(20)]
    assert [cursor.fetchone() for cursor in cursors] == [(number,) for number in range(20)]


def test_an_error_aborts_the_transaction(connection):
    with pytest.raises(psycopg.errors.DivisionByZero), connection.transaction():
        connection.execute("select 1/0")
    connection.autocommit = False
    with pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("select * from nowhere")
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        connection.execute("select 1")
    connection.rollback()
    assert connection.execute("select 1").fetchone() == (1,)
    connection.rollback()
    connection.autocommit = True


def test_copy_from_stdin_is_refused(connection):
    connection.execute("create table c (a int)")
    with (
        pytest.raises(psycopg.errors.FeatureNotSupported),
        connection.cursor() as cursor,
        cursor.copy("copy c from stdin"),
    ):
        pass
    assert connection.execute("select 1").fetchone() == (1,)


def test_a_large_result(connection):
    rows = connection.execute("select i, repeat('x', i % 50) from generate_series(1, 50000) i").fetchall()
    assert len(rows) == 50_000
    assert all(len(text) == number % 50 for number, text in rows)


def test_many_connections(server):
    """200 that wait, 32 that work at the same time."""

    async def work(number):
        async with await psycopg.AsyncConnection.connect(server.dsn, autocommit=True) as connection:
            for turn in range(5):
                cursor = await connection.execute("select count(*) + %s from svv_tables", (turn,))
                assert (await cursor.fetchone())[0] > turn
                cursor = await connection.execute("select %s::int", (number,))
                assert await cursor.fetchone() == (number,)

    async def everything():
        idle = [await psycopg.AsyncConnection.connect(server.dsn, autocommit=True) for _ in range(200)]
        try:
            await asyncio.gather(*map(work, range(32)))
            for connection in idle:
                assert await (await connection.execute("select 1")).fetchone() == (1,)
        finally:
            for connection in idle:
                await connection.close()

    asyncio.run(everything())


def test_append_moves_rows_or_changes_nothing(connection):
    connection.autocommit = True
    connection.execute(
        "create table source (a int); insert into source values (1), (2); create table target (like source)"
    )
    with pytest.raises(psycopg.Error, match="must be different"):
        connection.execute("alter table source append from source")
    connection.execute("create view no_table as select 3 as a")
    with pytest.raises(psycopg.Error, match="not a table"):
        connection.execute("alter table target append from no_table")
    assert connection.execute("select (select count(*) from source), (select count(*) from target)").fetchone() == (
        2,
        0,
    )
    connection.execute("alter table target append from source")
    assert connection.execute("select (select count(*) from source), (select count(*) from target)").fetchone() == (
        0,
        2,
    )
