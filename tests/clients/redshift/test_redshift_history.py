"""The query history as tools read it."""

import signal
import threading
import time
from contextlib import closing

import psycopg
import pytest


def rows(connection, sql, *parameters):
    return connection.execute(sql, parameters or None).fetchall()


def history(connection, text):
    return rows(
        connection,
        "select trim(query_type), trim(status), returned_rows, trim(error_message), session_id = pg_backend_pid()"
        " from sys_query_history where query_text like %s order by query_id",
        text,
    )


def test_what_ran_is_listed_at_once(connection):
    connection.execute("create table h (a int)")
    connection.execute("insert into h values (1), (2)")
    connection.execute("select a as listed_at_once from h")
    psycopg.ClientCursor(connection).execute("select a as listed_at_once from h where a = 1")
    assert history(connection, "select a as listed_at_once%") == [
        ("SELECT", "success", 2, "", True),
        ("SELECT", "success", 1, "", True),
    ]
    assert history(connection, "insert into h%") == [("INSERT", "success", 0, "", True)]
    definitions = rows(connection, "select trim(text) from stl_ddltext where pid = pg_backend_pid() order by starttime")
    assert definitions[-1] == ("create table h (a int)",)


def test_failures_are_listed(connection):
    with pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("select * from no_such_table_in_history")
    with pytest.raises(psycopg.errors.UndefinedTable):
        psycopg.ClientCursor(connection).execute("select * from no_such_table_in_history")
    found = history(connection, "select * from no_such_table_in_history%")
    assert [(kind, status) for kind, status, *_ in found] == [("SELECT", "failed")] * 2
    assert 'relation "no_such_table_in_history" does not exist' in found[0][3]
    assert rows(
        connection, "select aborted from stl_query where querytxt like 'select * from no_such_table_in_h%%'"
    ) == [
        (1,),
        (1,),
    ]


def test_last_query_id(connection):
    connection.execute("select 1 as my_last_query")
    (last,) = connection.execute("select pg_last_query_id()").fetchone()
    assert rows(connection, "select trim(querytxt) from stl_query where query = %s", last) == [
        ("select 1 as my_last_query",)
    ]


def test_long_texts_come_in_pieces(connection):
    text = "select '" + "x" * 500 + "'\nas long_text_in_pieces"
    connection.execute(text)
    (last,) = connection.execute("select pg_last_query_id()").fetchone()
    pieces = rows(connection, "select sequence, text from stl_querytext where query = %s order by sequence", last)
    assert [number for number, _ in pieces] == [0, 1, 2]
    assert "".join(piece for _, piece in pieces).rstrip() == text.replace("\n", "\\n")


def test_scripts_and_transactions(connection):
    script = "begin; select 1 as in_a_script; select 2 as in_a_script; commit"
    psycopg.ClientCursor(connection).execute(script)
    found = rows(
        connection,
        "select trim(type), trim(text), xid from svl_statementtext where pid = pg_backend_pid()"
        " order by starttime desc, xid desc limit 6",
    )
    wanted = [
        row for row in found if row[1] in ("begin", "select 1 as in_a_script", "select 2 as in_a_script", "commit")
    ]
    assert len(wanted) == 4 and len({xid for *_, xid in wanted}) == 1
    assert sorted(kind for kind, *_ in wanted) == ["QUERY", "QUERY", "UTILITY", "UTILITY"]


def test_secrets_do_not_show(connection, server):
    name = f"hidden_{time.monotonic_ns()}"
    connection.execute(f"create user {name} password 'Tops3cretWord'")
    connection.execute(f"drop user {name}")
    assert rows(connection, "select trim(text) from sys_query_text where text like %s order by query_id", f"%{name}%")[
        :2
    ] == [
        (f"create user {name} password '***'",),
        (f"drop user {name}",),
    ]
    for view, column in (("stv_recents", "query"), ("svl_statementtext", "text"), ("sys_query_history", "query_text")):
        assert rows(connection, f"select count(*) from {view} where {column} like '%%Tops3cret' || 'Word%%'") == [(0,)]


def test_what_runs_is_shown(connection, server):
    connection.execute("create table locked (a int)")
    schema = connection.execute("select current_schema()").fetchone()[0]
    with closing(server.connect()) as holder, closing(server.connect()) as waiter:
        holder.execute(f"begin; lock table {schema}.locked")
        thread = threading.Thread(target=waiter.execute, args=(f"insert into {schema}.locked values (1)",))
        thread.start()
        shown = []
        deadline = time.monotonic() + 60
        while not shown and time.monotonic() < deadline:
            shown = rows(connection, "select trim(text) from stv_inflight where pid = %s", waiter.info.backend_pid)
        holder.execute("commit")
        thread.join()
    assert shown == [(f"insert into {schema}.locked values (1)",)]
    assert rows(connection, "select count(*) from stv_inflight where pid = pg_backend_pid()") == [(1,)]


def test_loads_have_the_number_of_their_statement(connection, server):
    connection.execute("create table loaded (a int)")
    source = server.put("history/a.csv", "1\n2\n")
    connection.execute(f"copy loaded from '{source}' access_key_id 'mockuser' secret_access_key 'mockpass' csv")
    (last,) = connection.execute("select pg_last_copy_id()").fetchone()
    ((text, status),) = rows(
        connection, "select trim(query_text), trim(status) from sys_query_history where query_id = %s", last
    )
    assert text == f"copy loaded from '{source}' access_key_id '' secret_access_key '' csv" and status == "success"
    assert rows(connection, "select loaded_rows from sys_load_history where query_id = %s", last) == [(2,)]


def test_users_see_their_own(connection, server):
    name = f"reader_{time.monotonic_ns()}"
    connection.execute("select 1 as of_the_superuser")
    connection.execute(f"create user {name} password 'Passw0rd1'")
    dsn = f"host=127.0.0.1 port={server.port} dbname=dev user={name} password=Passw0rd1"
    with closing(psycopg.connect(dsn, autocommit=True)) as other:
        other.execute("select 2 as of_the_reader")
        assert rows(other, "select count(*) from stl_query where querytxt like '%%of_the_super' || 'user%%'") == [(0,)]
        assert rows(other, "select count(*) from stl_query where querytxt like '%%of_the_rea' || 'der%%'") == [(1,)]
    connection.execute(f"drop user {name}")


def test_nothing_of_it_is_listed(connection):
    assert rows(connection, "select count(*) from pg_class where relname like 'dw%%'") == [(0,)]
    assert rows(connection, "select count(*) from svv_tables where table_name like 'dw%%'") == [(0,)]


def test_it_survives_a_restart(starter):
    server = starter()
    with closing(server.connect()) as connection:
        connection.execute("select 1 as before_the_restart")
        (before,) = connection.execute("select pg_last_query_id()").fetchone()
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(60)
    again = starter()
    with closing(again.connect()) as connection:
        assert rows(connection, "select trim(querytxt) from stl_query where query = %s", before) == [
            ("select 1 as before_the_restart",)
        ]
        (after,) = connection.execute("select pg_last_query_id()").fetchone()
        assert after > before


def test_reused_results_name_their_source(connection):
    cursor = psycopg.ClientCursor(connection)
    for _ in range(4):
        assert cursor.execute("select 1 as reused_result").fetchall() == [(1,)]
    cursor.execute("set enable_result_cache_for_session to off")
    for _ in range(3):
        cursor.execute("select 1 as reused_result")
    found = rows(
        connection,
        "select query_id, result_cache_hit, result_cache_query_id, returned_rows from sys_query_history"
        " where query_text like 'select 1 as reused_result%' order by query_id",
    )
    source = found[2][0]
    assert [tuple(row[1:]) for row in found] == [(False, None, 1)] * 3 + [(True, source, 1)] + [(False, None, 1)] * 3
    assert rows(connection, "select source_query from svl_qlog where query = %s", found[3][0]) == [(source,)]
    cursor.execute("reset enable_result_cache_for_session")
