"""The query history: kinds of statements, secrets, and what is written when."""

import asyncio
from datetime import UTC, datetime

import pytest

from dw_simulator.emulators.redshift import history as journal
from dw_simulator.emulators.redshift.commands.types import Session
from dw_simulator.emulators.redshift.history import QueryHistory, classify, mask, reads_history

CLASSIFIED = [
    ("select 1", "query", "SELECT"),
    ("/* c */ (select 1)", "query", "SELECT"),
    ("with a as (select 1) select * from a", "query", "SELECT"),
    ("insert into t values (1)", "query", "INSERT"),
    ("COPY t from 's3://b/k'", "query", "COPY"),
    ("create table t (a int)", "ddl", "DDL"),
    ("create table t distkey(a) as select 1 as a", "query", "CTAS"),
    ("create temp table t as (select 1)", "query", "CTAS"),
    ("create view v as select 1", "ddl", "DDL"),
    ("drop table t", "ddl", "DDL"),
    ("create user u password disable", "utility", "DDL"),
    ("grant select on t to u", "utility", "DDL"),
    ("begin", "utility", "UTILITY"),
    ("set query_group to 'x'", "utility", "UTILITY"),
    (";", "utility", "OTHER"),
]

MASKED = [
    ("create user u password 'Secret1'", "create user u password '***'"),
    (
        "alter user u PASSWORD /* new */ 'it''s \\' x' valid until 'x'",
        "alter user u PASSWORD /* new */ '***' valid until 'x'",
    ),
    ("create user u with password E'a' createdb", "create user u with password '***' createdb"),
    (
        "copy t from 's3://b' credentials as 'aws_access_key_id=A;aws_secret_access_key=B' csv",
        "copy t from 's3://b' credentials as '' csv",
    ),
    (
        "copy t from 's3://b' ACCESS_KEY_ID 'A' SECRET_ACCESS_KEY 'B' SESSION_TOKEN 'C'",
        "copy t from 's3://b' ACCESS_KEY_ID '' SECRET_ACCESS_KEY '' SESSION_TOKEN ''",
    ),
    ("unload ('select 1') to 's3://b' iam_role 'arn:x'", "unload ('select 1') to 's3://b' iam_role ''"),
    ("create user u password 'unfinished", "create user u password '***'"),
    ("select password from users where a = 'b'", "select password from users where a = 'b'"),
]


@pytest.mark.parametrize(("sql", "family", "kind"), CLASSIFIED)
def test_kinds(sql, family, kind):
    assert classify(sql) == (family, kind)


@pytest.mark.parametrize(("sql", "expected"), MASKED)
def test_secrets_are_masked(sql, expected):
    assert mask(sql) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select * from STL_QUERY", True),
        ("select pg_last_query_id()", True),
        ("select * from pg_catalog.sys_query_history", True),
        ("select system_id from a_sys_b", False),
        ("select 1", False),
    ],
)
def test_readers(sql, expected):
    assert reads_history(sql) is expected


def test_batches_are_written_for_each_database():
    written = []

    async def write(sql, database):
        written.append((database, sql))

    async def run():
        history = QueryHistory(write)
        history.number_from(7)
        sessions = [Session(settings=None, backend=None, user="u", database=name) for name in ("a", "b")]
        entries = [history.begin(session, "select 'it''s'; select 2") for session in sessions]
        history.succeed(entries[0], "SELECT 3")
        history.fail(entries[1], "42601", "wrong")
        history.succeed(history.following(entries[0]), b"C\0\0\0\0SELECT 1\0")
        await history.close()
        return sessions

    sessions = asyncio.run(run())
    assert [database for database, _ in written] == ["a", "b"]
    assert '"query_id":7' in written[0][1] and "select ''it''''s''" in written[0][1]
    assert '"query_text":"select 2"' in written[0][1] and '"row_count":3' in written[0][1]
    assert '"error_message":"wrong"' in written[1][1]
    assert sessions[0].last_query_id == 9


@pytest.mark.parametrize("seconds", [0.0, 1_700_000_000.0, 1_700_000_000.25, 1_700_000_000.999999])
def test_times_are_written_to_the_microsecond(seconds):
    written = datetime.fromisoformat(journal._timestamp(seconds)).replace(tzinfo=UTC)
    assert abs(written.timestamp() - seconds) <= 2e-6


def test_a_full_queue_drops_statements_and_does_not_wait():
    rows = []

    async def write(sql, database):
        rows.append(sql.count('"query_id"'))

    async def run():
        history = QueryHistory(write)
        session = Session(settings=None, backend=None, user="u", database="a")
        for _ in range(20_050):
            history.succeed(history.begin(session, "select 1"), "SELECT 1")
        await history.close()

    asyncio.run(run())
    assert sum(rows) == 20_000
