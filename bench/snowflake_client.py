"""The client's side of ``bench.snowflake_goals``: runs in the environment of the peer, with the driver that is there.

    python snowflake_client.py OURS_PORT PEER_PORT BARE_PORT ROUNDS [NAME …]

Prints a JSON object: for each measurement the seconds of every round, ``[ours, peer, bare]``, where ``bare`` are those
of a server that gives our answers without computing them (``bare_responder``), or none. Rounds alternate.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from itertools import count
from typing import Any

import snowflake.connector

HOST = "127.0.0.1"
SESSIONS = 16
FETCHED = 1_000_000
_numbers = count()


def connect(port: int, paramstyle: str = "pyformat") -> Any:
    return snowflake.connector.connect(
        user="bench",
        password="bench",
        account="bench",
        host=HOST,
        port=port,
        protocol="http",
        paramstyle=paramstyle,
        database="BENCH",
        schema="PUBLIC",
        network_timeout=120,
        # The driver asks the network which cloud it runs in: longer than any login, and the same for both.
        platform_detection_timeout_seconds=0,
        session_parameters={"CLIENT_TELEMETRY_ENABLED": False},
    )


class RawSession:
    """A session by plain HTTP over one connection, without a driver."""

    def __init__(self, port: int, **parameters: Any) -> None:
        self._http = http.client.HTTPConnection(HOST, port, timeout=120)
        body = {
            "data": {
                "LOGIN_NAME": "bench",
                "PASSWORD": "bench",
                "ACCOUNT_NAME": "bench",
                "CLIENT_APP_ID": "PythonConnector",
                "CLIENT_APP_VERSION": snowflake.connector.__version__,
                "SESSION_PARAMETERS": parameters,
            }
        }
        answer = self._post("/session/v1/login-request?databaseName=BENCH&schemaName=PUBLIC", body, {})
        self.login_answer = answer
        self._token = {"Authorization": f'Snowflake Token="{answer["data"]["token"]}"'}

    def query(self, sql: str) -> dict[str, Any]:
        answer = self._post(f"/queries/v1/query-request?requestId={next(_numbers)}", {"sqlText": sql}, self._token)
        if not answer["success"]:
            raise RuntimeError(f"{sql}: {answer['message']}")
        return answer

    def close(self) -> None:
        self._http.close()

    def _post(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
        known = {"Content-Type": "application/json", "Accept": "application/snowflake"}
        self._http.request("POST", path, json.dumps(body), {**known, **headers})
        answer: dict[str, Any] = json.loads(self._http.getresponse().read())
        return answer


Work = Callable[[int], float]
"""Does a unit of work with the server at a port and returns the seconds that it took."""


@contextmanager
def timed() -> Iterator[list[float]]:
    taken: list[float] = []
    began = time.perf_counter()
    yield taken
    taken.append(time.perf_counter() - began)


def connecting(port: int) -> float:
    with timed() as taken:
        connection = connect(port)
    connection.close()
    return taken[0]


def raw_select(port: int, calls: int = 100) -> float:
    with closing(RawSession(port)) as session:
        session.query("select 1")
        with timed() as taken:
            for _ in range(calls):
                session.query("select 1")
    return taken[0] / calls


def driver_select(port: int, calls: int = 100) -> float:
    with connect(port) as connection, connection.cursor() as cursor:
        cursor.execute("select 1").fetchall()
        with timed() as taken:
            for _ in range(calls):
                cursor.execute("select 1").fetchall()
    return taken[0] / calls


def many_sessions(port: int, calls: int = 20, **parameters: Any) -> float:
    """Seconds a statement, with 16 sessions at the same time that have these parameters."""
    sessions = [RawSession(port, **parameters) for _ in range(SESSIONS)]

    def work(session: RawSession) -> None:
        for number in range(calls):
            session.query(f"select {number}, 'x'")

    with timed() as taken, ThreadPoolExecutor(SESSIONS) as pool:
        list(pool.map(work, sessions))
    for session in sessions:
        session.close()
    return taken[0] / (SESSIONS * calls)


def pandas_fetch(port: int) -> float:
    with connect(port) as connection, connection.cursor() as cursor:
        with timed() as taken:
            frame = cursor.execute("select id, name, amount from fetched").fetch_pandas_all()
        if len(frame) != FETCHED:
            raise RuntimeError(f"{len(frame)} rows")
    return taken[0]


def executemany(paramstyle: str, rows: int) -> Work:
    mark = {"pyformat": "%s, %s, %s", "qmark": "?, ?, ?"}[paramstyle]

    def work(port: int) -> float:
        values = [(number, f"name {number}", number / 4) for number in range(rows)]
        with connect(port, paramstyle) as connection, connection.cursor() as cursor:
            cursor.execute("create or replace table many (id int, name varchar, amount float)")
            with timed() as taken:
                cursor.executemany(f"insert into many values ({mark})", values)
            found = cursor.execute("select count(*) from many").fetchone()
            if found[0] != rows:
                raise RuntimeError(f"{found[0]} rows of {rows}")
        return taken[0] / rows

    return work


MEASUREMENTS: dict[str, Work] = {
    "connect": connecting,
    "raw_select": raw_select,
    "driver_select": driver_select,
    "many_sessions": many_sessions,
    "many_run": partial(many_sessions, USE_CACHED_RESULT=False),
    "pandas_fetch": pandas_fetch,
    "executemany_pyformat": executemany("pyformat", 2_000),
    "executemany_qmark": executemany("qmark", 2_000),
}

ON_BARE = ("connect", "raw_select", "driver_select", "many_sessions")
"""What is measured with the bare responder as well."""


def prepare(port: int) -> None:
    # The session may start without its database: it is made here.
    with connect(port) as connection, connection.cursor() as cursor:
        for statement in (
            "create database if not exists bench",
            "use schema bench.public",
            "create or replace table fetched as select seq4() as id, 'name ' || seq4() as name, seq4() / 4 as amount"
            f" from table(generator(rowcount => {FETCHED}))",
        ):
            cursor.execute(statement)


def teach(ours: int, bare: int) -> None:
    """Let the bare responder answer logins and statements as ours does."""
    with closing(RawSession(ours)) as session, closing(http.client.HTTPConnection(HOST, bare, timeout=120)) as target:
        for path, answer in (
            ("/session/v1/login-request", session.login_answer),
            ("/queries/v1/query-request", session.query("select 1")),
        ):
            target.request("PUT", path, json.dumps(answer))
            target.getresponse().read()


def main() -> None:
    ours, peer, bare, rounds = map(int, sys.argv[1:5])
    for port in (ours, peer):
        prepare(port)
    teach(ours, bare)
    results: dict[str, tuple[list[float], list[float], list[float]]] = {}
    for name in sys.argv[5:] or MEASUREMENTS:
        results[name] = ([], [], [])
        ports = (ours, peer, bare) if name in ON_BARE else (ours, peer)
        for number in range(rounds + 1):
            for port, seconds in zip(ports, results[name], strict=False):
                taken = MEASUREMENTS[name](port)
                # The first round warms up.
                if number:
                    seconds.append(taken)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
