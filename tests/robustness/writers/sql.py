"""Clients of the two warehouses: the same operations, each in the warehouse's own SQL and through its own drivers."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import botocore.exceptions
import psycopg
import redshift_connector
import snowflake.connector
from tests.robustness.journal import Key, Operation, Value
from tests.robustness.writers.base import RolledBack, Surroundings, Writer
from tests.robustness.writers.objects import BUCKET, connect_s3

from dw_simulator.stack import connect

ACCOUNTS = 25
"""Accounts of one client: one whose last change is in doubt is not used again."""
MERGED = 200
TIMEOUT = 30
"""Seconds after which a client gives up; longer than any pause that a strike makes."""

TABLES = {
    "singles": "id bigint, body varchar(100)",
    "orders": "id bigint, amount int",
    "lines": "order_id bigint, amount int",
    "accounts": "id bigint, balance bigint",
    "loads": "load_id bigint, n bigint",
    "merged": "id bigint, version bigint",
}

READS = {
    "singles": "select id, count(*), max(body) from singles group by id",
    "orders": "select id, count(*), sum(amount) from (select id, 0 as amount from orders"
    " union all select order_id, amount from lines) group by id",
    "accounts": "select id, count(*), max(balance) from accounts group by id",
    "loads": "select load_id, count(*), sum(n) from loads group by load_id",
    "merged": "select id, count(*), max(version) from merged group by id",
}
"""The facts of each table: key, number of rows, content."""


class SqlWriter(Writer):
    """One connection, renewed after each failure. Subclasses say how the warehouse is reached and spoken to."""

    STORE = ""
    FAILURES = (OSError, EOFError, botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError)

    def __init__(self, around: Surroundings, number: int, seed: int) -> None:
        super().__init__(around, number, seed)
        self._connection: Any = None
        self._alive: list[Key] = []
        self._s3 = connect_s3(around.settings)

    # --- for subclasses ---
    def connect(self) -> Any:
        """A new connection that commits each statement by itself, with the tables in reach."""
        raise NotImplementedError

    def copy_statement(self, uri: str) -> str:
        raise NotImplementedError

    def merge(self, operation: Operation, versions: dict[int, int]) -> None:
        raise NotImplementedError

    # --- plumbing ---
    def execute(self, sql: str) -> None:
        if self._connection is None:
            self._connection = self.connect()
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(sql)

    def disconnect(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(*self.FAILURES):
                self._connection.close()
        self._connection = None

    @contextmanager
    def transaction(self, operation: Operation) -> Iterator[None]:
        self.execute("begin")
        yield
        operation.committing()
        self.execute("commit")

    def autocommit(self, operation: Operation, sql: str) -> None:
        if self._connection is None:
            self._connection = self.connect()
        operation.committing()
        self.execute(sql)

    def key(self, table: str, number: int) -> Key:
        return (self.STORE, table, number)

    def account(self, place: int) -> int:
        return self.number * 1_000_000_000 + place

    # --- operations ---
    def steps(self) -> list[tuple[int, Callable[[], None]]]:
        return [
            (30, self.insert),
            (25, self.order),
            (6, self.taken_back),
            (8, self.load),
            (10, self.merge_some),
            (8, self.delete_some),
        ]

    def insert(self) -> None:
        number = self.fresh()
        with self.operation(f"{self.STORE} insert", {self.key("singles", number): (1, f"body {number}")}) as operation:
            self.autocommit(operation, f"insert into singles values ({number}, 'body {number}')")
        self._alive.append(self.key("singles", number))

    def order(self) -> None:
        """One row in a table, several in another, a change in a third: all or nothing."""
        number, amounts = self.fresh(), [self.chance.randint(1, 100) for _ in range(self.chance.randint(1, 4))]
        account, total = self._settled_account(), sum(amounts)
        if account is None:
            return
        balance = (self.journal.value(self.key("accounts", account)) or (1, 0))[1]
        changes: dict[Key, Value] = {
            self.key("orders", number): (1 + len(amounts), total),
            self.key("accounts", account): (1, balance + total),
        }
        with self.operation(f"{self.STORE} transaction", changes) as operation, self.transaction(operation):
            self.execute(f"insert into orders values ({number}, {total})")
            for amount in amounts:
                self.execute(f"insert into lines values ({number}, {amount})")
            self.execute(f"update accounts set balance = balance + {total} where id = {account}")

    def _settled_account(self) -> int | None:
        keys = self.journal.settled([self.key("accounts", self.account(place)) for place in range(ACCOUNTS)])
        return int(self.chance.choice(keys)[2]) if keys else None

    def taken_back(self) -> None:
        number = self.fresh()
        with self.operation(f"{self.STORE} rollback", {self.key("singles", number): (1, "never")}):
            self.execute("begin")
            self.execute(f"insert into singles values ({number}, 'never')")
            self.execute("rollback")
            raise RolledBack

    def load(self) -> None:
        """A file of S3, whole or not at all."""
        number, rows = self.fresh(), self.chance.randint(200, 4000)
        key = f"loads/{self.STORE}/{number}.csv"
        body = "".join(f"{number},{row}\n" for row in range(rows))
        self._s3.put_object(Bucket=BUCKET, Key=key, Body=body.encode())
        facts = {self.key("loads", number): (rows, sum(range(rows)))}
        with self.operation(f"{self.STORE} COPY", facts) as operation:
            self.autocommit(operation, self.copy_statement(f"s3://{BUCKET}/{key}"))
        self._s3.delete_object(Bucket=BUCKET, Key=key)

    def merge_some(self) -> None:
        pool = [self.key("merged", self.account(place)) for place in range(MERGED)]
        keys = self.journal.settled(self.chance.sample(pool, 4))
        if not keys:
            return
        versions = {int(key[2]): self.fresh() for key in keys}
        facts: dict[Key, Value] = {self.key("merged", number): (1, version) for number, version in versions.items()}
        with self.operation(f"{self.STORE} MERGE", facts) as operation:
            self.merge(operation, versions)

    def delete_some(self) -> None:
        chosen = self.journal.settled(self._alive[-3:])
        del self._alive[-3:]
        if not chosen:
            return
        numbers = ", ".join(str(key[2]) for key in chosen)
        with self.operation(f"{self.STORE} DELETE", dict.fromkeys(chosen)) as operation:
            self.autocommit(operation, f"delete from singles where id in ({numbers})")

    # --- before and after ---
    def set_up(self) -> None:
        """The accounts of this client. The first client of a warehouse makes the tables."""
        numbers = [self.account(place) for place in range(ACCOUNTS)]
        values = ", ".join(f"({number}, 0)" for number in numbers)
        facts: dict[Key, Value] = {self.key("accounts", number): (1, 0) for number in numbers}
        with self.operation(f"{self.STORE} accounts", facts) as operation:
            self.autocommit(operation, f"insert into accounts values {values}")

    def make_tables(self) -> None:
        with closing(self.connect()) as connection, closing(connection.cursor()) as cursor:
            for name, columns in TABLES.items():
                cursor.execute(f"create table {name} ({columns})")

    def found(self) -> dict[Key, Value]:
        facts: dict[Key, Value] = {}
        with closing(self.connect()) as connection, closing(connection.cursor()) as cursor:
            for table, sql in READS.items():
                cursor.execute(sql)
                for number, count, content in cursor.fetchall():
                    facts[self.key(table, int(number))] = (int(count), content if table == "singles" else int(content))
        return facts


class RedshiftWriter(SqlWriter):
    """Every other client uses psycopg instead of redshift_connector."""

    STORE = "redshift"
    FAILURES = (*SqlWriter.FAILURES, psycopg.Error, redshift_connector.Error, IndexError)

    def connect(self) -> Any:
        target = self.around.settings.redshift
        login = {"host": target.host, "port": target.port, "user": target.user}
        password = target.password.get_secret_value()
        if self.number % 2:
            return psycopg.connect(
                **login, password=password, dbname=target.database, connect_timeout=TIMEOUT, autocommit=True
            )
        connection = redshift_connector.connect(
            **login, password=password, database=target.database, ssl=False, timeout=TIMEOUT
        )
        connection.autocommit = True
        return connection

    def copy_statement(self, uri: str) -> str:
        s3 = self.around.settings.s3
        secret = s3.secret_key.get_secret_value()
        return f"copy loads from '{uri}' access_key_id '{s3.access_key}' secret_access_key '{secret}' csv"

    def merge(self, operation: Operation, versions: dict[int, int]) -> None:
        """Redshift merges from a table."""
        values = ", ".join(f"({number}, {version})" for number, version in versions.items())
        with self.transaction(operation):
            self.execute("create temp table source (id bigint, version bigint)")
            self.execute(f"insert into source values {values}")
            self.execute(
                "merge into merged using source on merged.id = source.id when matched then"
                " update set version = source.version when not matched then insert values (source.id, source.version)"
            )
            self.execute("drop table source")


class SnowflakeWriter(SqlWriter):
    STORE = "snowflake"
    DATABASE = "CHAOS"
    FAILURES = (*SqlWriter.FAILURES, snowflake.connector.Error)

    def connect(self) -> Any:
        timeouts = {"login_timeout": TIMEOUT, "request_timeout": TIMEOUT, "query_timeout": TIMEOUT}
        return connect.snowflake_connection(self.around.settings, database=self.DATABASE, schema="PUBLIC", **timeouts)

    def make_tables(self) -> None:
        with closing(connect.snowflake_connection(self.around.settings)) as connection:
            connection.cursor().execute(f"create database {self.DATABASE}")
        super().make_tables()

    def copy_statement(self, uri: str) -> str:
        s3 = self.around.settings.s3
        secret = s3.secret_key.get_secret_value()
        return (
            f"copy into loads from '{uri}' credentials = (aws_key_id = '{s3.access_key}' aws_secret_key = '{secret}')"
            " file_format = (type = csv)"
        )

    def merge(self, operation: Operation, versions: dict[int, int]) -> None:
        values = ", ".join(f"({number}, {version})" for number, version in versions.items())
        self.autocommit(
            operation,
            f"merge into merged using (select column1 as id, column2 as version from values {values}) as source"
            " on merged.id = source.id when matched then update set version = source.version"
            " when not matched then insert (id, version) values (source.id, source.version)",
        )
