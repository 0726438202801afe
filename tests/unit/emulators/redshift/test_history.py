"""The query history: kinds of statements, secrets, and what is written when."""

import asyncio
import struct
from datetime import UTC, datetime, timedelta

import pytest

from dw_simulator.emulators.redshift.commands.types import Session
from dw_simulator.emulators.redshift.history import Entry, QueryHistory, reads_history
from dw_simulator.emulators.redshift.journal import classify, copied, mask

CLASSIFIED = [
    ("select 1", "query", "SELECT"),
    ("SELECT 1", "query", "SELECT"),
    ("select\t1", "query", "SELECT"),
    ("selects 1", "utility", "UTILITY"),
    ("Delete from t", "query", "DELETE"),
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
    ("COPY t FROM 's3://b' Iam_Role 'arn:x'", "COPY t FROM 's3://b' Iam_Role ''"),
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


def read(data):
    """The values of rows in COPY's binary format, as bytes."""
    assert data[:19] == b"PGCOPY\n\xff\r\n\0" + bytes(8)
    rows, at = [], 19
    while (count := struct.unpack_from("!h", data, at)[0]) != -1:
        row, at = [], at + 2
        for _ in range(count):
            size = struct.unpack_from("!i", data, at)[0]
            row.append(None if size < 0 else data[at + 4 : at + 4 + size])
            at += 4 + max(size, 0)
        rows.append(row)
    assert data[at:] == b"\xff\xff"
    return rows


def test_batches_are_written_for_each_database():
    written = []

    async def write(sql, database, data):
        assert sql.startswith("COPY pg_catalog.dw_journal_query (query_id,")
        written.append((database, read(data)))

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
    (_, first), (_, second) = written
    assert [(int.from_bytes(row[0]), row[12], int.from_bytes(row[9]), row[11]) for row in first] == [
        (7, b"select 'it''s'", 3, None),
        (9, b"select 2", 1, None),
    ]
    assert [(row[0][-1], row[10], row[11], row[12]) for row in second] == [(8, b"42601", b"wrong", b"select 'it''s'")]
    assert sessions[0].last_query_id == 9


def test_rows_are_as_the_tables_have_them():
    session = Session(settings=None, backend=None, user="ü", database="a", pid=5, parameters={"query_group": "g"})
    session.transaction_id = 3
    entry = Entry(4, session, "create user u password 'x\0'", 0, 1_700_000_000.25)
    (row,) = read(copied([entry]))
    assert [int.from_bytes(row[at]) for at in (0, 2, 3, 9)] == [4, 5, 3, 0]
    assert [len(row[at]) for at in (0, 2, 3, 7, 9)] == [8, 4, 8, 8, 8]
    assert [row[at] for at in (1, 4, 5, 6)] == ["ü".encode(), b"g", b"utility", b"DDL"]
    assert row[8] is row[10] is row[11] is None
    assert row[12] == b"create user u password '***'"


@pytest.mark.parametrize("seconds", [0.0, 1_700_000_000.0, 1_700_000_000.25, 1_700_000_000.999999])
def test_times_are_written_to_the_microsecond(seconds):
    entry = Entry(1, Session(settings=None, backend=None, user="u", database="a"), "select 1", 0, seconds)
    entry.ended = seconds + 1
    (row,) = read(copied([entry]))
    for at, expected in ((7, seconds), (8, seconds + 1)):
        moment = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=int.from_bytes(row[at], signed=True))
        assert abs(moment.timestamp() - expected) <= 2e-6


def test_a_full_queue_drops_statements_and_does_not_wait():
    rows = []

    async def write(sql, database, data):
        rows.append(len(read(data)))

    async def run():
        history = QueryHistory(write)
        session = Session(settings=None, backend=None, user="u", database="a")
        for _ in range(20_050):
            history.succeed(history.begin(session, "select 1"), "SELECT 1")
        await history.close()

    asyncio.run(run())
    assert sum(rows) == 20_000
