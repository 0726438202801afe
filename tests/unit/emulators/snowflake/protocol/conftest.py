"""The whole HTTP surface without a socket, before an engine that only knows a few statements."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.app import App
from dw_simulator.emulators.snowflake.interfaces import Bind, Engine
from dw_simulator.emulators.snowflake.programs.callbacks import Callbacks
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.service import Service
from dw_simulator.emulators.snowflake.sessions import Session
from dw_simulator.emulators.snowflake.types import model


class FakeEngine:
    """``select N``, ``rows N``, ``insert N``, ``binds``, ``wait``, ``fail``, ``crash``, ``begin``; else a status."""

    enforces_grants = False

    def __init__(self) -> None:
        self.sessions: list[Session] = []
        self.closed: list[Session] = []
        self.executed: list[str] = []
        self.cancelled = threading.Event()
        self.callbacks = Callbacks()

    def open_session(self, session: Session) -> None:
        self.sessions.append(session)

    def close_session(self, session: Session) -> None:
        self.closed.append(session)

    def close(self) -> None:
        pass

    def logged_in(self, *login: Any, **outcome: Any) -> None:
        pass

    def cancel(self, query_id: str) -> None:
        self.cancelled.set()

    def reuse_key(self, session: Session, sql: str) -> Hashable:
        return session.id, sql

    def unchanged_key(self, session: Session, sql: str) -> Hashable | None:
        return None

    def reused(self, session: Session, sql: str, query_id: str, rows: int) -> None:
        raise AssertionError(f"no result of this engine is constant: {sql}")

    def check_syntax(self, session: Session, sql: str) -> None:
        if sql.startswith("garbage"):
            raise errors.SYNTAX_ERROR("garbage")

    def execute(
        self,
        session: Session,
        sql: str,
        *,
        binds: Sequence[Bind] | None,
        query_id: str,
        describe_only: bool = False,
        bind_stage: str = "",
        sent: str = "",
    ) -> StatementResult:
        self.executed.append(sql)
        verb, _, rest = sql.partition(" ")
        match verb:
            case "select":
                return self._numbers([int(rest)])
            case "rows":
                return self._numbers([] if describe_only else list(range(int(rest))))
            case "insert":
                return StatementResult.dml(StatementType.INSERT, {"number of rows inserted": int(rest)})
            case "binds":
                column = ResultColumn("V", model.text())
                return StatementResult.rows([column], [(repr([bind.value for bind in binds or ()]),)])
            case "wait":
                self.cancelled.wait(20)
                raise errors.CANCELLED()
            case "fail":
                raise errors.INVALID_IDENTIFIER("NOPE", line=1, pos=7)
            case "crash":
                raise ZeroDivisionError("a fault")
            case "parameter":
                column = ResultColumn("V", model.text())
                return StatementResult.rows([column], [(session.parameters.text(rest),)])
        return StatementResult.status("Statement executed successfully.")

    def _numbers(self, values: list[int]) -> StatementResult:
        column = ResultColumn("N", model.number())
        text = ResultColumn("T", model.text())
        batch = pa.record_batch(
            [pa.array(values, pa.int64()), pa.array(["x" * 100] * len(values), pa.string())], ["n", "t"]
        )
        return StatementResult([column, text], [batch])


class Client:
    """Speaks to the application as a driver does."""

    def __init__(self, folder: Path, engine: Engine | None = None) -> None:
        self.engine = FakeEngine()
        self._runner = asyncio.Runner()
        self.service = Service(engine or self.engine, folder)
        self.app = App(self.service)
        self.token = ""

    def close(self) -> None:
        self._runner.run(self.service.close())
        self._runner.close()

    def lose_connection(self) -> None:
        async def lose() -> None:
            self.service.connection_lost(("127.0.0.1", 5))

        self._runner.run(lose())

    def wait(self, seconds: float) -> None:
        self._runner.run(asyncio.sleep(seconds))

    def raw(
        self, method: str, url: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        return self._runner.run(self._call(method, url, body, headers or {}))

    async def _call(
        self, method: str, url: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        path, _, query = url.partition("?")
        sent: list[dict[str, Any]] = []
        all_headers = {"host": "127.0.0.1:1234", **headers}
        if self.token and "authorization" not in all_headers:
            all_headers["authorization"] = f'Snowflake Token="{self.token}"'
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(key.encode(), value.encode()) for key, value in all_headers.items()],
            "scheme": "http",
            "client": ("127.0.0.1", 5),
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        names = {key.decode(): value.decode() for key, value in sent[0]["headers"]}
        return sent[0]["status"], names, b"".join(message.get("body", b"") for message in sent[1:])

    def call(self, method: str, url: str, body: Any = None, **headers: str) -> dict[str, Any]:
        """A request of the connector protocol: always HTTP 200; bodies go compressed, as drivers send them."""
        data = gzip.compress(orjson.dumps(body)) if body is not None else b""
        status, _, answer = self.raw(method, url, data, {**({"content-encoding": "gzip"} if data else {}), **headers})
        assert status == 200, answer
        result: dict[str, Any] = orjson.loads(answer)
        return result

    def login(self, app_id: str = "PythonConnector", **data: Any) -> dict[str, Any]:
        body = {"data": {"LOGIN_NAME": "ada", "ACCOUNT_NAME": "acc", "PASSWORD": "x", "CLIENT_APP_ID": app_id, **data}}
        answer = self.call("POST", "/session/v1/login-request?databaseName=D&schemaName=S&warehouse=W&roleName=R", body)
        self.token = answer["data"]["token"] if answer["success"] else ""
        return answer

    def query(self, sql: str, request_id: str = "", **body: Any) -> dict[str, Any]:
        url = "/queries/v1/query-request" + (f"?requestId={request_id}" if request_id else "")
        return self.call("POST", url, {"sqlText": sql, **body})


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    client = Client(tmp_path)
    yield client
    client.close()
