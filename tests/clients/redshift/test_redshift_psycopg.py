"""psycopg and psycopg2: server cursors, batches, binary values, encodings, notices."""

import io
from contextlib import closing

import psycopg
import psycopg2
import psycopg2.extras
import pytest


@pytest.fixture
def older(server):
    """A connection of psycopg2, in a transaction."""
    with closing(psycopg2.connect(server.dsn)) as connection:
        yield connection


def test_server_cursors(connection):
    for options in ({}, {"scrollable": False}):
        with connection.transaction(), connection.cursor("named", **options) as cursor:
            cursor.itersize = 3
            cursor.execute("select generate_series(1, 10)")
            assert [row[0] for row in cursor] == list(range(1, 11))


@pytest.mark.parametrize(("options", "near"), [({"scrollable": True}, "SCROLL"), ({"withhold": True}, "WITH")])
def test_cursors_that_redshift_does_not_have(connection, options, near):
    with (
        pytest.raises(psycopg.errors.SyntaxError, match=f'near "{near}"'),
        connection.transaction(),
        connection.cursor("named", **options) as cursor,
    ):
        cursor.execute("select 1")


def test_batches(connection):
    with connection.cursor() as cursor:
        cursor.execute("create temp table batch (a int, b varchar(10))")
        cursor.executemany("insert into batch values (%s, %s)", [(number, str(number)) for number in range(5)])
        assert cursor.rowcount == 5
        cursor.executemany("select %s::int", [(1,), (2,)], returning=True)
        assert [cursor.fetchone(), cursor.nextset(), cursor.fetchone()] == [(1,), True, (2,)]


def test_savepoints_are_refused(connection):
    with (
        pytest.raises(psycopg.errors.SyntaxError, match=r"(?i)savepoint"),
        connection.transaction(),
        connection.transaction(),
    ):
        pass


@pytest.mark.parametrize(("asked", "reported"), [("UTF8", "UTF8"), ("utf-8", "utf-8"), ("UNICODE", "UNICODE")])
def test_encodings_are_reported_as_they_were_asked_for(server, asked, reported):
    with server.connect(client_encoding=asked) as connection:
        assert connection.info.parameter_status("client_encoding") == reported
        assert connection.execute("select 'é', %s::varchar", ("é",)).fetchone() == ("é", "é")
    with server.connect(options=f"-c client_encoding={asked}") as connection:
        assert connection.info.parameter_status("client_encoding") == reported
    with server.connect() as connection:
        assert connection.info.parameter_status("client_encoding") == "UNICODE"
        assert connection.execute("show client_encoding").fetchone() == ("UTF8",)


def test_other_encodings_are_refused(server, connection):
    refusal = "conversion between LATIN1 and UNICODE is not supported"
    with pytest.raises(psycopg.OperationalError, match=refusal):
        server.connect(client_encoding="LATIN1")
    with pytest.raises(psycopg.errors.InvalidParameterValue, match=refusal):
        connection.execute("set client_encoding to 'latin1'")
    connection.execute("set client_encoding to 'utf8'")


def test_notices(connection):
    notices = []
    connection.add_notice_handler(lambda diagnostic: notices.append(diagnostic.message_primary))
    connection.execute("drop table if exists no_such_table")
    assert notices == ['Table "no_such_table" does not exist and will be skipped']


def test_named_cursors_of_psycopg2(older):
    with older.cursor("named") as cursor:
        cursor.itersize = 3
        cursor.execute("select generate_series(1, 10)")
        assert [row[0] for row in cursor] == list(range(1, 11))


def test_batches_of_psycopg2(older):
    cursor = older.cursor()
    cursor.execute("create temp table batch (a int, b varchar(10))")
    psycopg2.extras.execute_values(cursor, "insert into batch values %s", [(number, "x") for number in range(150)])
    psycopg2.extras.execute_batch(cursor, "insert into batch values (%s, %s)", [(1, "a"), (2, None)])
    cursor.execute("select count(*), count(b) from batch")
    assert cursor.fetchone() == (152, 151)


COPIES = [
    ("copy_expert", ("copy copied from stdin", io.StringIO("1\n")), psycopg2.errors.FeatureNotSupported),
    ("copy_from", (io.StringIO("1\n"), "copied"), psycopg2.errors.FeatureNotSupported),
    ("copy_to", (io.StringIO(), "copied"), psycopg2.errors.SyntaxError),
    ("copy_expert", ("copy (select 1) to stdout", io.StringIO()), psycopg2.errors.SyntaxError),
]


@pytest.mark.parametrize(("method", "arguments", "error"), COPIES)
def test_copy_is_refused(older, method, arguments, error):
    cursor = older.cursor()
    cursor.execute("create temp table copied (a int)")
    older.commit()
    with pytest.raises(error):
        getattr(cursor, method)(*arguments)
    older.rollback()
    cursor.execute("select count(*) from copied")
    assert cursor.fetchone() == (0,)


def test_sessions_of_psycopg2(older):
    older.set_session(isolation_level="SERIALIZABLE", readonly=True)
    cursor = older.cursor()
    with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
        cursor.execute("create table not_made (a int)")
    older.rollback()
    older.set_session(readonly=False, autocommit=True)
    cursor.execute("create temp table made (a int)")


def test_errors_tell_of_functions_of_the_users_only(connection):
    connection.execute("create table told (a int identity(1, 1), b varchar(3))")
    connection.execute("create procedure tells() as $$ begin perform json_parse('{'); end $$ language plpgsql")
    with pytest.raises(psycopg.Error) as caught:
        connection.execute("select strtol('zz', 10)")
    assert caught.value.diag.context is None
    with pytest.raises(psycopg.Error, match="cannot set an identity column") as caught:
        connection.execute("insert into told (a, b) values (1, 'x')")
    assert caught.value.diag.message_hint is None
    with pytest.raises(psycopg.Error) as caught:
        connection.execute("call tells()")
    assert "json_parse(text)" not in (caught.value.diag.context or "")
    assert "tells()" in (caught.value.diag.context or "")


def test_statements_of_one_message_that_ask_for_the_same_table(connection):
    connection.execute("create temp table asked (a int, b varchar(10))")
    connection.execute("insert into asked values (1, 'x'); insert into asked values (null, 'y')")
    assert connection.execute("select count(*) from asked").fetchone() == (2,)
