"""The mixed load of the soak: what a day of development does to a stack, in small pieces and without a pause."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import httpx2
import psycopg
import snowflake.connector
from tests.robustness.writers.experiments import schema
from tests.robustness.writers.objects import PART, connect_s3

from dw_simulator.config import Settings
from dw_simulator.stack import connect

BUCKET = "soak"
BIG = 120_000
"""Rows of a big result."""
SLOW_REDSHIFT = "select count(*) from generate_series(1, 100000) a cross join generate_series(1, 100000) b"
SLOW_SNOWFLAKE = (
    "select count(*) from table(generator(rowcount => 1000000)) a cross join table(generator(rowcount => 1000000)) b"
    " where a.$1 + b.$1 = -1"
)


class Client:
    """Goes through its pieces of work in random order until told to stop; ``done`` counts them.

    Every piece cleans up after itself, so that between two of them a client holds nothing but what it is given here.
    """

    def __init__(self, settings: Settings, number: int) -> None:
        self.settings = settings
        self.number = number
        self.chance = random.Random(number)
        self.done: Counter[str] = Counter()

    def pieces(self) -> list[tuple[int, Callable[[], None]]]:
        raise NotImplementedError

    def run(self, stop: threading.Event) -> None:
        weights, pieces = zip(*self.pieces(), strict=True)
        while not stop.is_set():
            (piece,) = self.chance.choices(pieces, weights)
            piece()
            self.done[f"{type(self).__name__} {piece.__name__}"] += 1


class RedshiftClient(Client):
    def pieces(self) -> list[tuple[int, Callable[[], None]]]:
        return [
            (8, self.session),
            (4, self.session_of_redshift_connector),
            (2, self.session_that_is_dropped),
            (8, self.prepared),
            (6, self.failures),
            (4, self.temporary_table),
            (2, self.cancelled),
            (1, self.timed_out),
            (2, self.big_result),
            (2, self.abandoned_cursor),
            (2, self.refused),
        ]

    def _connect(self, **options: Any) -> psycopg.Connection[Any]:
        target = self.settings.redshift
        given = {"user": target.user, "password": target.password.get_secret_value(), **options}
        return psycopg.connect(host=target.host, port=target.port, dbname=target.database, autocommit=True, **given)

    def session(self) -> None:
        with closing(self._connect()) as connection:
            assert connection.execute("select 1").fetchone() == (1,)

    def session_of_redshift_connector(self) -> None:
        with closing(connect.redshift_connection(self.settings)) as connection, closing(connection.cursor()) as cursor:
            cursor.execute("select %s::int + 1", (self.number,))
            assert cursor.fetchone()[0] == self.number + 1

    def session_that_is_dropped(self) -> None:
        """The client goes away in the middle of a transaction, without a word."""
        connection = self._connect()
        connection.execute("begin")
        connection.execute(f"create table dropped_{self.number} (n int)")
        connection.pgconn.finish()
        connection.close()

    def prepared(self) -> None:
        with closing(self._connect()) as connection:
            connection.prepare_threshold = 0
            for number in range(10):
                row = connection.execute(f"select %s::int, {self.chance.randint(0, 50)}", (number,)).fetchone()
                assert row is not None
                assert row[0] == number

    def failures(self) -> None:
        with closing(self._connect()) as connection:
            for sql in ("select nowhere", "select 1 / 0", "selekt", "select * from no_table", "copy x from 's3://a/b'"):
                with contextlib.suppress(psycopg.Error):
                    connection.execute(sql)
                    raise AssertionError(f"{sql} did not fail")

    def temporary_table(self) -> None:
        with closing(self._connect()) as connection:
            connection.execute("create temp table scratch (n int)")
            connection.execute("insert into scratch select * from generate_series(1, 1000)")
            assert connection.execute("select count(*) from scratch").fetchone() == (1000,)

    def cancelled(self) -> None:
        with closing(self._connect()) as connection:
            timer = threading.Timer(0.1, connection.cancel_safe)
            timer.start()
            with contextlib.suppress(psycopg.errors.QueryCanceled):
                connection.execute(SLOW_REDSHIFT)
                raise AssertionError("it was not cancelled")
            timer.join()

    def timed_out(self) -> None:
        with closing(self._connect()) as connection:
            connection.execute("set statement_timeout to 100")
            with contextlib.suppress(psycopg.errors.QueryCanceled):
                connection.execute(SLOW_REDSHIFT)
                raise AssertionError("it did not time out")

    def big_result(self) -> None:
        with closing(self._connect()) as connection:
            rows = connection.execute(f"select n, 'row ' || n from generate_series(1, {BIG}) n").fetchall()
            assert len(rows) == BIG

    def abandoned_cursor(self) -> None:
        connection = self._connect()
        connection.execute("begin")
        connection.execute(f"declare c cursor for select * from generate_series(1, {BIG}) n")
        connection.execute("fetch 10 from c")
        connection.close()

    def refused(self) -> None:
        with contextlib.suppress(psycopg.OperationalError):
            self._connect(password="not this one").close()
            raise AssertionError("a wrong password was taken")


class SnowflakeClient(Client):
    """Sessions in number by bare requests (the driver takes most of a processor for each), the rest by the driver."""

    DATABASE = "SOAK"

    def pieces(self) -> list[tuple[int, Callable[[], None]]]:
        return [
            (8, self.session),
            (3, self.session_of_the_driver),
            (3, self.failures),
            (3, self.temporary_table),
            (1, self.cancelled),
            (1, self.left_running),
            (1, self.timed_out),
            (1, self.big_result),
            (2, self.transaction_left_open),
        ]

    @contextlib.contextmanager
    def _session(self) -> Iterator[Callable[[str, dict[str, Any]], Any]]:
        """A session without the driver: gives a function that sends a request and returns the answer."""
        target = self.settings.snowflake
        login = {"LOGIN_NAME": "u", "PASSWORD": "p", "ACCOUNT_NAME": "a", "CLIENT_APP_ID": "PythonConnector"}
        place = f"databaseName={self.DATABASE}&schemaName=PUBLIC"
        headers = {"Accept": "application/snowflake", "Content-Type": "application/json"}

        def request(path: str, body: dict[str, Any]) -> Any:
            connection.request("POST", path, json.dumps(body), headers)
            return json.loads(connection.getresponse().read())

        with closing(http.client.HTTPConnection(target.host, target.port, timeout=120)) as connection:
            token = request(f"/session/v1/login-request?{place}", {"data": login})["data"]["token"]
            headers["Authorization"] = f'Snowflake Token="{token}"'
            yield request
            assert request("/session?delete=true", {})["success"]

    def session(self) -> None:
        with self._session() as request:
            for _ in range(2):
                body = {"sqlText": f"select {self.chance.randint(1, 500)}"}
                assert request("/queries/v1/query-request", body)["success"]

    def _connect(self, **options: Any) -> Any:
        return connect.snowflake_connection(self.settings, database=self.DATABASE, schema="PUBLIC", **options)

    def session_of_the_driver(self) -> None:
        with closing(self._connect()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute("select %s + 1", (self.number,))
            assert cursor.fetchone()[0] == self.number + 1

    def failures(self) -> None:
        with closing(self._connect()) as connection, closing(connection.cursor()) as cursor:
            for sql in ("select nowhere", "select 1 / 0", "selekt", "select * from no_table", "select to_number('x')"):
                with contextlib.suppress(snowflake.connector.ProgrammingError):
                    cursor.execute(sql)
                    raise AssertionError(f"{sql} did not fail")

    def temporary_table(self) -> None:
        with closing(self._connect()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute("create temporary table scratch (n number)")
            cursor.execute("insert into scratch select seq4() from table(generator(rowcount => 1000))")
            assert cursor.execute("select count(*) from scratch").fetchone()[0] == 1000

    def cancelled(self) -> None:
        with self._session() as request:
            begun = request("/queries/v1/query-request", {"sqlText": SLOW_SNOWFLAKE, "asyncExec": True})
            time.sleep(0.1)
            assert request(f"/queries/{begun['data']['queryId']}/abort-request", {})["success"]

    def left_running(self) -> None:
        """The session ends while its statement runs."""
        with self._session() as request:
            request("/queries/v1/query-request", {"sqlText": SLOW_SNOWFLAKE, "asyncExec": True})

    def timed_out(self) -> None:
        with closing(self._connect()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute("alter session set statement_timeout_in_seconds = 1")
            with contextlib.suppress(snowflake.connector.ProgrammingError):
                cursor.execute(SLOW_SNOWFLAKE)
                raise AssertionError("it did not time out")

    def big_result(self) -> None:
        sql = f"select seq4(), randstr(30, random()) from table(generator(rowcount => {BIG}))"
        with closing(self._connect()) as connection, closing(connection.cursor()) as cursor:
            assert len(cursor.execute(sql).fetchall()) == BIG

    def transaction_left_open(self) -> None:
        with closing(self._connect()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute("begin")
            cursor.execute(f"insert into shared values ({self.number})")


class RedshiftSessions(RedshiftClient):
    """Nothing but connecting and disconnecting."""

    def pieces(self) -> list[tuple[int, Callable[[], None]]]:
        return [(1, self.session)]


class SnowflakeSessions(SnowflakeClient):
    """Nothing but logins and logouts."""

    def pieces(self) -> list[tuple[int, Callable[[], None]]]:
        return [(1, self.session)]


class ObjectClient(Client):
    def __init__(self, settings: Settings, number: int) -> None:
        super().__init__(settings, number)
        self._s3 = connect_s3(settings)
        self._serial = 0

    def pieces(self) -> list[tuple[int, Callable[[], None]]]:
        return [(20, self.put_get_delete), (2, self.multipart_aborted), (1, self.multipart), (3, self.new_client)]

    def _key(self) -> str:
        self._serial += 1
        return f"{self.number}/{self._serial}"

    def put_get_delete(self) -> None:
        key, body = self._key(), self.chance.randbytes(self.chance.choice((10, 20_000, 300_000)))
        self._s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        assert self._s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == body
        self._s3.delete_object(Bucket=BUCKET, Key=key)

    def multipart_aborted(self) -> None:
        key = self._key()
        place = {"Bucket": BUCKET, "Key": key}
        place["UploadId"] = self._s3.create_multipart_upload(**place)["UploadId"]
        self._s3.upload_part(**place, PartNumber=1, Body=bytes(PART))
        self._s3.abort_multipart_upload(**place)

    def multipart(self) -> None:
        key = self._key()
        place = {"Bucket": BUCKET, "Key": key}
        place["UploadId"] = self._s3.create_multipart_upload(**place)["UploadId"]
        tags = [self._s3.upload_part(**place, PartNumber=n, Body=bytes(PART))["ETag"] for n in (1, 2)]
        parts = [{"PartNumber": n, "ETag": tag} for n, tag in enumerate(tags, start=1)]
        self._s3.complete_multipart_upload(**place, MultipartUpload={"Parts": parts})
        self._s3.delete_object(Bucket=BUCKET, Key=key)

    def new_client(self) -> None:
        with closing(connect_s3(self.settings)) as client:
            client.list_objects_v2(Bucket=BUCKET)


class ExperimentClient(Client):
    """An experiment made, generated, cancelled, loaded and deleted through the API."""

    def __init__(self, settings: Settings, number: int) -> None:
        super().__init__(settings, number)
        self._base = f"http://{settings.api.address}/api/experiments"
        self._serial = 0

    def pieces(self) -> list[tuple[int, Callable[[], None]]]:
        return [(5, self.whole_life), (1, self.cancelled), (3, self.looked_at)]

    def whole_life(self) -> None:
        name = self._create()
        self._await(name, self._ask("POST", f"/{name}/generate", {"rows": {"parents": 3000, "children": 9000}}))
        answer = self._ask("POST", f"/{name}/load?wait=true", {})
        assert [load["error"] for load in answer["loads"]] == [None, None]
        self._ask("DELETE", f"/{name}")

    def cancelled(self) -> None:
        name = self._create()
        run = self._ask("POST", f"/{name}/generate", {"rows": {"parents": 500_000, "children": 900_000}})
        with contextlib.suppress(httpx2.HTTPStatusError):  # it may be done by now
            self._ask("POST", f"/{name}/runs/{run['id']}/cancel")
        self._ask("DELETE", f"/{name}")

    def looked_at(self) -> None:
        self._ask("GET", "")

    def _create(self) -> str:
        self._serial += 1
        name = f"soak_{self.number}_{self._serial}"
        self._ask("POST", "", schema(name))
        return name

    def _await(self, name: str, run: dict[str, Any]) -> None:
        while run["status"] == "RUNNING":
            time.sleep(0.05)
            run = next(found for found in self._ask("GET", f"/{name}/runs") if found["id"] == run["id"])
        assert run["status"] == "COMPLETED", json.dumps(run)

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx2.request(method, self._base + path, json=body, timeout=120)
        answer.raise_for_status()
        return answer.json()


def prepare(settings: Settings) -> None:
    """What the clients share."""
    connect_s3(settings).create_bucket(Bucket=BUCKET)
    with closing(connect.snowflake_connection(settings)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(f"create database {SnowflakeClient.DATABASE}")
        cursor.execute("create table shared (n number)")


CLIENTS: tuple[type[Client], ...] = (
    RedshiftSessions,
    RedshiftClient,
    SnowflakeSessions,
    SnowflakeClient,
    SnowflakeClient,
    ObjectClient,
    ExperimentClient,
)
