"""Cancelled statements, killed clients, killed servers: nothing half-done, nothing left open."""

import os
import signal
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROLE = "iam_role 'arn:aws:iam::123456789012:role/copy'"
SESSIONS = "select count(*) from pg_stat_activity where usename = 'awsuser' and pid <> pg_backend_pid()"
SESSION = "select count(*) from pg_stat_activity where pid = %s"


@pytest.fixture(scope="session")
def big(server):
    """The URI of a prefix with files that take seconds to load."""
    return _stage_big(server)


def _stage_big(server):
    sink = pa.BufferOutputStream()
    rows = 1_000_000
    pq.write_table(pa.table({"a": pa.array(range(rows), pa.int32()), "b": pa.array(["x" * 50] * rows)}), sink)
    for number in range(4):
        server.put(f"big/{number}.parquet", sink.getvalue().to_pybytes())
    return f"s3://{server.bucket}/big/"


def _works(connection):
    try:
        connection.execute("select 1")
    except psycopg.OperationalError:
        return False
    return True


def eventually(check, seconds=90.0):
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)


@contextmanager
def cancelling(connection):
    """Asks again and again to cancel what the connection runs in the block: a request may come before its statement."""
    over = threading.Event()

    def ask():
        while not over.wait(0.3):
            connection.cancel()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield
    finally:
        over.set()
        asking.join()


STATEMENTS = ["select pg_sleep(30)", "copy loaded from '{big}' {role} parquet"]


@pytest.mark.parametrize("sql", STATEMENTS)
def test_cancel(connection, big, sql):
    connection.execute("create table loaded (a int, b varchar(60))")
    with cancelling(connection), pytest.raises(psycopg.errors.QueryCanceled, match="cancelled on user's request"):
        connection.execute(sql.format(big=big, role=ROLE))
    assert connection.execute("select count(*) from loaded").fetchone() == (0,)


@pytest.mark.parametrize("sql", STATEMENTS)
def test_a_client_that_vanishes_leaves_nothing(server, connection, big, sql):
    connection.execute("create table loaded (a int, b varchar(60))")
    schema = connection.execute("select current_schema()").fetchone()[0]
    other = server.connect()
    pid = other.execute("select pg_backend_pid()").fetchone()[0]
    assert connection.execute(SESSION, (pid,)).fetchone() == (1,)
    other.execute(f"set search_path to {schema}")
    other.pgconn.send_query(sql.format(big=big, role=ROLE).encode())
    time.sleep(0.3)
    with Path(os.devnull).open() as nothing:
        # The socket closes under the driver, as when its process is killed.
        os.dup2(nothing.fileno(), other.fileno())
    eventually(lambda: connection.execute(SESSION, (pid,)).fetchone() == (0,))
    assert connection.execute("select count(*) from loaded").fetchone() == (0,)
    other.close()


def test_a_killed_postgresql_comes_back_with_what_was_committed(starter):
    server = starter()
    connection = server.connect()
    connection.execute("create table kept (a int)")
    connection.execute("insert into kept values (1)")
    open_transaction = server.connect(autocommit=False)
    open_transaction.execute("insert into kept values (2)")
    os.kill(server.postmaster, signal.SIGKILL)
    eventually(lambda: not _works(connection))

    def is_back():
        try:
            with server.connect() as again:
                return again.execute("select * from kept").fetchall() == [(1,)]
        except psycopg.OperationalError:
            return False

    eventually(is_back)
    connection.close()
    open_transaction.close()


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM, signal.SIGQUIT, signal.SIGINT])
def test_postgresql_comes_back_while_a_client_is_busy_and_another_idle(starter, sign):
    """A backend that computes outlives its killed server; a server that is told to stop waits for its clients."""
    server = starter()
    idle, busy = server.connect(), server.connect()
    idle.execute("create table kept as select 1 as a")
    busy.pgconn.send_query(b"select count(*) from generate_series(1, 100000) a cross join generate_series(1, 100000) b")
    time.sleep(1)
    before = server.postmaster
    os.kill(before, sign)

    def is_back():
        try:
            with server.connect() as again:
                return again.execute("select a from kept").fetchall() == [(1,)]
        except psycopg.OperationalError:
            return False

    eventually(lambda: is_back() and server.postmaster != before)
    assert server.process.poll() is None, "the emulator itself went on"
    idle.close()
    busy.close()


def test_a_killed_emulator_takes_postgresql_with_it_and_starts_again(starter):
    server = starter()
    connection = server.connect()
    connection.execute("create table kept (a int)")
    connection.execute("insert into kept values (1)")
    postmaster = server.postmaster
    server.process.kill()
    server.process.wait()
    connection.close()
    again = starter()
    with again.connect() as reopened:
        assert reopened.execute("select * from kept").fetchall() == [(1,)]
    assert again.postmaster != postmaster


@pytest.mark.parametrize("victim", ["postgresql", "emulator"])
def test_killed_in_the_middle_of_a_load(starter, victim):
    server = starter()
    uri = _stage_big(server)
    with server.connect() as connection:
        connection.execute("create table loaded (a int, b varchar(60))")
        connection.execute("insert into loaded values (0, 'kept')")
    errors = []

    def load():
        with pytest.raises(psycopg.OperationalError) as caught, server.connect() as loading:
            loading.execute(f"copy loaded from '{uri}' {ROLE} parquet")
        errors.append(str(caught.value))

    loader = threading.Thread(target=load)
    loader.start()
    time.sleep(0.7)
    if victim == "postgresql":
        os.kill(server.postmaster, signal.SIGKILL)
        loader.join(90)
    else:
        server.process.kill()
        server.process.wait()
        loader.join(90)
        server = starter()
    assert "connection" in errors[0]

    def is_whole():
        try:
            with server.connect() as again:
                is_closed = again.execute(SESSIONS).fetchone() == (0,)  # the connection of the load
                return is_closed and again.execute("select b from loaded").fetchall() == [("kept",)]
        except psycopg.OperationalError:
            return False

    eventually(is_whole)
    with server.connect() as again:
        again.execute(f"copy loaded from '{uri}0' {ROLE} parquet")
        assert again.execute("select count(*) from loaded").fetchone() == (1_000_001,)


def test_two_emulators_on_one_home(starter, capfd):
    starter()
    with pytest.raises(AssertionError):
        starter()
    assert "already uses" in capfd.readouterr().err


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for the socket in /proc")
def test_the_catalog_of_an_older_version_is_brought_up_to_date(starter):
    server = starter()
    with server.connect() as connection:
        connection.execute("create table kept (a int, j super)")
        connection.execute("create view shown as select a, pg_last_copy_count() as n from kept")
    arguments = Path(f"/proc/{server.postmaster}/cmdline").read_bytes().decode().split("\0")
    socket = arguments[arguments.index("-k") + 1]
    with psycopg.connect(f"host={socket} user=rdsdb dbname=dev", autocommit=True) as owner:
        owner.execute("set allow_system_table_mods = on")
        owner.execute(
            "create or replace function pg_catalog.dw_simulator_catalog_hash() returns text language sql"
            f" as $$select '{'0' * 64}'$$"
        )
        owner.execute("create or replace function pg_catalog.pg_last_copy_count() returns bigint language sql return 7")
    server.process.terminate()
    server.process.wait()
    again = starter()
    with again.connect() as connection:
        assert connection.execute("select pg_last_copy_count()").fetchone() == (0,)
        assert connection.execute("select * from shown").fetchall() == []
