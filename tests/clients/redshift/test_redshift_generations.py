"""What one session changes of the catalog, another one's statements mean at once: no translation outlives its tables.

Each case begins without the table, which a second session has asked for. In the end it has a column whose type decides
what a division is translated to: who does not know the table gets more digits than Redshift gives.
"""

import threading
import time
from contextlib import closing, suppress
from decimal import Decimal

import psycopg
import pytest

PROBE = "select n / 7 from probed"
MADE = "create table probed as select cast(1 as numeric(8,2)) as n"
INTO = "select cast(1 as numeric(8,2)) as n into probed"
ASIDE = "create table aside as select cast(1 as numeric(8,2)) as n"
ROWS = [(Decimal("0.1428571428571"),)]

ASK = "ask"
"""The other session asks, and gets what a new one gets."""
IN_THE_END = [
    pytest.param([MADE], id="autocommit"),
    pytest.param([INTO], id="select into"),
    pytest.param(["begin", MADE, ASK, "commit"], id="block"),
    pytest.param(["begin", INTO, ASK, "commit"], id="block, select into"),
    pytest.param(["begin", MADE, ASK, "end"], id="end"),
    pytest.param([f"begin; {MADE}; commit"], id="block in one message"),
    pytest.param([f"select 1; {MADE}"], id="script"),
    pytest.param(["begin", f"select 1; {MADE}; select 2", ASK, "commit"], id="script in a block"),
    pytest.param([ASIDE, ASK, "alter table aside rename to probed"], id="renamed"),
    pytest.param([ASIDE, "begin", "alter table aside rename to probed", "commit"], id="renamed in a block"),
    pytest.param(["begin", MADE, ASK, "rollback", ASK, "begin", MADE, "commit"], id="made again after a rollback"),
    pytest.param(["begin", MADE, "select 1/0", "rollback", ASK, MADE], id="made again after an error"),
    pytest.param(["begin", MADE, "truncate probed", "insert into probed values (1)"], id="truncate"),
    pytest.param(
        [f"create procedure make() as $$ begin {MADE}; end $$ language plpgsql", ASK, "call make()"], id="procedure"
    ),
    pytest.param(
        [
            f"create procedure make() as $$ begin {MADE}; end $$ language plpgsql",
            *("begin", "call make()", ASK, "commit"),
        ],
        id="procedure in a block",
    ),
    pytest.param(
        [
            "create procedure make() as $$ begin execute "
            "'create table probed as select cast(1 as numeric(8,2)) as n'; end $$ language plpgsql",
            *(ASK, "call make()"),
        ],
        id="execute in a procedure",
    ),
]


NAMES = ("table probed", "table aside", "procedure make()", "schema other cascade", "function twice(int)")


def clear(connection):
    for name in NAMES:
        with suppress(psycopg.Error):
            connection.execute(f"drop {name}")


@pytest.fixture
def sessions(server):
    with closing(server.connect()) as changing, closing(server.connect()) as asking:
        clear(changing)
        yield changing, asking
    with closing(server.connect()) as last:
        clear(last)


def outcome(connection, sql=PROBE):
    try:
        return psycopg.ClientCursor(connection).execute(sql).fetchall()
    except psycopg.Error as error:
        return error.sqlstate


def agreed(server, asking, sql=PROBE):
    """What the session gets, which is what a new one gets."""
    with closing(server.connect()) as new:
        expected = outcome(new, sql)
    assert outcome(asking, sql) == expected
    return expected


def run(connection, sql, *, prepared):
    with suppress(psycopg.errors.DivisionByZero):
        if prepared and "; " not in sql:
            result = connection.pgconn.exec_params(sql.encode(), [])
            if result.status == psycopg.pq.ExecStatus.FATAL_ERROR:
                raise psycopg.errors.error_from_result(result)
        else:
            psycopg.ClientCursor(connection).execute(sql)


@pytest.mark.parametrize("prepared", [False, True], ids=["simple", "extended"])
@pytest.mark.parametrize("steps", IN_THE_END)
def test_another_session_sees_what_was_made(server, sessions, steps, prepared):
    changing, asking = sessions
    assert agreed(server, asking) == "42P01"
    for step in steps:
        if step is ASK:
            assert agreed(server, asking) == "42P01"
        else:
            run(changing, step, prepared=prepared)
    assert agreed(server, asking) == ROWS


@pytest.mark.parametrize("block", [False, True])
def test_a_definition_that_was_prepared_long_before(server, sessions, block):
    changing, asking = sessions
    raw = changing.pgconn
    raw.prepare(b"later", MADE.encode())
    for _ in range(2):
        assert agreed(server, asking) == "42P01"
        if block:
            changing.execute("begin")
        assert not raw.exec_prepared(b"later", []).error_message
        if block:
            assert agreed(server, asking) == "42P01"
            changing.execute("commit")
        assert agreed(server, asking) == ROWS
        changing.execute("drop table probed")


def test_a_definition_among_pipelined_statements(server, sessions):
    changing, asking = sessions

    def pipelined():
        with changing.pipeline() as pipeline:
            for sql in ("select pg_sleep(0.3)", f"{MADE} from (select pg_sleep(0.5)) s", "select pg_sleep(0.1)"):
                changing.execute(sql)
                pipeline.sync()

    running = threading.Thread(target=pipelined)
    running.start()
    while running.is_alive():
        outcome(asking)
        time.sleep(0.01)
    assert agreed(server, asking) == ROWS


def test_a_procedure_that_commits_before_it_ends(server, sessions):
    changing, asking = sessions
    changing.execute(ASIDE)
    changing.execute(
        f"create procedure make() nonatomic as $$ begin {MADE}; commit; insert into aside values (1); end $$"
        " language plpgsql"
    )
    assert agreed(server, asking) == "42P01"
    with closing(server.connect()) as holding:
        holding.execute("begin")
        holding.execute("lock aside")
        running = threading.Thread(target=changing.execute, args=("call make()",))
        running.start()
        until = time.monotonic() + 60
        while (found := outcome(asking)) == "42P01" and time.monotonic() < until:
            time.sleep(0.01)
        # That one may have been planned while there was no table yet; the next one has seen the commit.
        assert found != "42P01"
        assert outcome(asking) == ROWS
        holding.execute("rollback")
        running.join()
    assert agreed(server, asking) == ROWS


def test_a_client_that_goes_away(server, sessions):
    changing, asking = sessions
    for _ in range(3):
        assert agreed(server, asking) == "42P01"
        changing.pgconn.send_query(f"{MADE} from (select pg_sleep(0.05)) s".encode())
        changing.pgconn.flush()
        time.sleep(0.04)
        with closing(server.connect()) as watching:
            mine = f"select count(*) from pg_stat_activity where pid = {changing.info.backend_pid}"
            changing.close()
            while watching.execute(mine).fetchone() != (0,):
                outcome(asking)
            time.sleep(0.2)
            agreed(server, asking)
            watching.execute("drop table if exists probed")
        changing = server.connect()
    changing.close()


def test_the_search_path_is_the_sessions_own(server, sessions):
    changing, asking = sessions
    changing.execute("create schema other")
    changing.execute("create table other.probed as select cast(1 as numeric(8,2)) as n")
    assert agreed(server, asking) == "42P01"
    asking.execute("set search_path to other")
    assert outcome(asking) == ROWS
    assert outcome(changing) == "42P01"
    asking.execute("reset search_path")
    assert agreed(server, asking) == "42P01"
    for ending, found in (("rollback", "42P01"), ("commit", ROWS)):
        asking.execute("begin")
        asking.execute("set search_path to other")
        assert outcome(asking) == ROWS
        asking.execute(ending)
        assert outcome(asking) == found


def test_a_search_path_that_was_prepared(server, sessions):
    changing, asking = sessions
    changing.execute("create schema other")
    changing.execute("create table other.probed as select cast(1 as numeric(8,2)) as n")
    asking.pgconn.prepare(b"there", b"set search_path to other")
    asking.pgconn.prepare(b"back", b"set search_path to public")
    for _ in range(2):
        asking.pgconn.exec_prepared(b"there", [])
        assert outcome(asking) == ROWS
        asking.pgconn.exec_prepared(b"back", [])
        assert outcome(asking) == "42P01"


def test_what_a_transaction_rolls_back_is_forgotten_by_itself(server, sessions):
    changing, _ = sessions
    changing.execute("begin")
    changing.execute(MADE)
    assert outcome(changing) == ROWS
    changing.execute("rollback")
    assert outcome(changing) == "42P01"
    changing.execute("create table probed as select 8 as n")
    assert agreed(server, changing) == [(1,)]


def test_an_old_state_of_the_catalog_is_good_for_its_transaction_only(server, sessions):
    changing, asking = sessions
    asking.execute("set default_transaction_isolation to 'repeatable read'")
    asking.execute("begin")
    asking.execute("select count(*) from pg_class")
    changing.execute(MADE)
    outcome(asking)
    asking.execute("rollback")
    assert agreed(server, asking) == ROWS


def test_functions_come_and_go(server, sessions):
    changing, asking = sessions
    call = "select twice(2)"
    for _ in range(2):
        assert agreed(server, asking, call) == "42883"
        changing.execute("begin")
        changing.execute("create function twice(int) returns int stable as $$ select 2 * $1 $$ language sql")
        assert agreed(server, asking, call) == "42883"
        changing.execute("commit")
        assert agreed(server, asking, call) == [(4,)]
        changing.execute("drop function twice(int)")
