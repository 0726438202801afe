"""asyncpg: it asks for types that it does not know, reads binary, and resets connections that go back to its pool."""

import asyncio
import datetime as dt
import json
from contextlib import asynccontextmanager
from decimal import Decimal

import asyncpg
from scenarios import DATABASE, PASSWORD, USER, arguments, awaited_refusal, run

PORT, _, _ = arguments()
LOGIN = {"host": "127.0.0.1", "port": PORT, "user": USER, "password": PASSWORD, "database": DATABASE}


@asynccontextmanager
async def connected(**options):
    connection = await asyncpg.connect(**LOGIN, **options)
    try:
        yield connection
    finally:
        await connection.close()


async def case_it_takes_the_server_for_redshift():
    async with connected() as connection:
        capabilities = connection._server_caps
        assert connection.get_server_version()[:3] == (8, 0, 2)
        assert not capabilities.advisory_locks
        assert not capabilities.notifications
        assert not capabilities.sql_close_all


async def case_values_of_each_type():
    moment = dt.datetime(2020, 1, 2, 3, 4, 5, 678901)
    expected = {
        "1::smallint": 1,
        "2::int": 2,
        "3::bigint": 3,
        "1.5::real": 1.5,
        "2.5::float8": 2.5,
        "1.25::numeric(8,2)": Decimal("1.25"),
        "true": True,
        "'x'::char(3)": "x  ",
        "'é'::varchar(5)": "é",
        "date '2020-01-02'": moment.date(),
        "timestamp '2020-01-02 03:04:05.678901'": moment,
        "timestamptz '2020-01-02 03:04:05.678901+00'": moment.replace(tzinfo=dt.UTC),
        "time '03:04:05.678901'": moment.time(),
        "timetz '12:00:00+02'": dt.time(12, tzinfo=dt.timezone(dt.timedelta(hours=2))),
        "interval '1 day 2 hours'": dt.timedelta(days=1, hours=2),
        "interval '14 months'": dt.timedelta(days=425),
        "json_parse('{\"a\":[1,2]}')": '{"a":[1,2]}',
        "'abc'::varbyte(10)": "abc",
        "st_point(1, 2)": "0101000000000000000000F03F0000000000000040",
        "null::super": None,
    }
    async with connected() as connection:
        for sql, value in expected.items():
            found = await connection.fetchval(f"select {sql}")
            assert found == value, (sql, found)


async def case_values_are_bound():
    values = [1, "é'\\", Decimal("1.25"), dt.date(2020, 1, 1), dt.datetime(2020, 1, 1, 1, 2, 3), None, 2.5]
    async with connected() as connection:
        row = await connection.fetchrow(
            "select $1::int, $2::varchar, $3::numeric(10,2), $4::date, $5::timestamp, $6::bool, $7::float8", *values
        )
        assert list(row) == values


async def case_statements_and_their_tags():
    async with connected() as connection:
        await connection.execute("create temp table tags (a int, b varchar(10), j super)")
        await connection.executemany("insert into tags (a, b) values ($1, $2)", [(i, str(i)) for i in range(10)])
        assert (
            await connection.execute("insert into tags (a, j) values ($1, json_parse($2))", 10, '{"a":2}')
            == "INSERT 0 1"
        )
        assert await connection.execute("delete from tags where a < 5") == "DELETE 5"
        prepared = await connection.prepare("select a, b, j.a as c from tags where a = $1")
        assert [attribute.type.oid for attribute in prepared.get_attributes()] == [23, 1043, 4000]
        assert [tuple(row) for row in await prepared.fetch(10)] == [(10, None, "2")]


async def case_cursors_and_transactions():
    async with connected() as connection:
        await connection.execute("create temp table numbers as select generate_series(1, 10) as a")
        for level in ("read_committed", "repeatable_read", "serializable"):
            async with connection.transaction(isolation=level, readonly=True):
                found = [row["a"] async for row in connection.cursor("select a from numbers order by a", prefetch=3)]
        assert found == list(range(1, 11))
        async with connection.transaction():
            refused = await awaited_refusal(asyncpg.PostgresSyntaxError, connection.transaction().start())
            assert "savepoint" in str(refused).lower()
            await connection.execute("rollback")
        assert await connection.fetchval("select count(*) from numbers") == 10


async def case_copy_is_refused_and_the_connection_goes_on():
    async with connected() as connection:
        await connection.execute("create temp table copied (a int)")
        copying = connection.copy_records_to_table("copied", records=[(1,)])
        refused = await awaited_refusal(asyncpg.FeatureNotSupportedError, copying)
        assert refused.hint == "put the data into S3 and COPY from there"
        assert await connection.fetchval("select count(*) from copied") == 0


async def case_notices_and_codecs():
    async with connected() as connection:
        notices = []
        connection.add_log_listener(lambda _, message: notices.append(message.message))
        await connection.execute("drop table if exists no_such_table")
        await asyncio.sleep(0)
        assert notices == ['Table "no_such_table" does not exist and will be skipped']
        await connection.set_type_codec("super", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
        assert await connection.fetchval("select json_parse('{\"a\": [1, 2]}')") == {"a": [1, 2]}


async def case_a_timeout_cancels():
    async with connected() as connection:
        await awaited_refusal(TimeoutError, connection.fetch("select pg_sleep(30)", timeout=0.2))
        assert await connection.fetchval("select 1") == 1


async def case_a_pool_resets_its_connections():
    async with asyncpg.create_pool(min_size=1, max_size=3, **LOGIN) as pool:

        async def one(number):
            async with pool.acquire() as connection:
                await connection.execute("set search_path to information_schema")
                return await connection.fetchval("select $1::int", number)

        assert await asyncio.gather(*map(one, range(20))) == list(range(20))
        async with pool.acquire() as connection:
            assert await connection.fetchval("show search_path") == '"$user", public'


run(dict(globals()))
