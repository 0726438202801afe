"""``DbGroups`` of GetClusterCredentials: groups that a user is in while a session lasts."""

from __future__ import annotations

import gc
import time
import warnings
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
import redshift_connector
from botocore.exceptions import ClientError
from tests.ports import ports

CLUSTER = "local-cluster"
ENDPOINT: dict[str, Any] = {"region_name": "us-east-1", "aws_access_key_id": "mockuser"}


@dataclass
class Borrowing:
    """A strict emulator, and the connection of its superuser."""

    server: Any
    url: str
    owner: psycopg.Connection[Any]

    @property
    def options(self) -> dict[str, Any]:
        return {"host": "127.0.0.1", "port": self.server.port, "dbname": "dev", "autocommit": True}

    def credentials(self, *groups: str) -> dict[str, Any]:
        client = boto3.client("redshift", endpoint_url=self.url, aws_secret_access_key="mockpass", **ENDPOINT)
        given = client.get_cluster_credentials(
            DbUser="borrower", DbName="dev", ClusterIdentifier=CLUSTER, DbGroups=list(groups), AutoCreate=True
        )
        return {"user": given["DbUser"], "password": given["DbPassword"]}

    def members(self) -> list[str]:
        found = self.owner.execute(
            "select groname from pg_group, pg_user where usesysid = any(grolist) and usename = 'borrower' order by 1"
        )
        return [str(name) for (name,) in found.fetchall()]

    def settled(self, expected: list[str]) -> bool:
        """Whether the user is in these groups, at the latest soon: a session's end is noticed when it is over."""
        deadline = time.monotonic() + 10
        while self.members() != expected and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.members() == expected


def started(launch: Any, home: Path) -> Borrowing:
    port = ports()
    server = launch(home, tls=True, login="strict", metrics_port=port, cluster_identifier=CLUSTER)
    return Borrowing(server, f"http://127.0.0.1:{port}", server.connect())


@pytest.fixture(scope="module")
def borrowing(launch: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Borrowing]:
    home = tmp_path_factory.mktemp("redshift-groups")
    found = started(launch, home)
    for sql in (
        "create group lent", "create group lent_too", "create group own", "create table lent_rows as select 5 as a",
        "grant select on lent_rows to group lent", "create user borrower password 'Secret123'",
        "alter group own add user borrower",
    ):  # fmt: skip
        found.owner.execute(sql)
    yield found
    found.owner.close()
    found.server.stop()


def test_groups_last_as_long_as_sessions_with_them(borrowing: Borrowing) -> None:
    lent = borrowing.credentials("lent", "own")
    assert lent["user"] == "IAMA:borrower:lent,own"
    with closing(psycopg.connect(**lent, **borrowing.options)) as first:
        assert first.execute("select current_user, a from lent_rows").fetchone() == ("borrower", 5)
        with closing(psycopg.connect(**borrowing.credentials("lent", "lent_too"), **borrowing.options)):
            assert borrowing.members() == ["lent", "lent_too", "own"]
        assert borrowing.settled(["lent", "own"])
    assert borrowing.settled(["own"])
    with (
        closing(psycopg.connect(**borrowing.credentials(), **borrowing.options)) as plain,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        plain.execute("select a from lent_rows")


def test_groups_that_change_meanwhile(borrowing: Borrowing) -> None:
    borrowing.owner.execute("create group passing")
    with closing(psycopg.connect(**borrowing.credentials("lent", "passing"), **borrowing.options)):
        borrowing.owner.execute("alter group lent add user borrower")
        borrowing.owner.execute("drop group passing")
    with closing(psycopg.connect(**borrowing.credentials("lent", "lent_too"), **borrowing.options)):
        assert borrowing.members() == ["lent", "lent_too", "own"]
    assert borrowing.settled(["lent", "own"])
    with closing(psycopg.connect(**borrowing.credentials("lent"), **borrowing.options)):
        borrowing.owner.execute("alter group lent drop user borrower")
    assert borrowing.settled(["own"])


def test_groups_that_cannot_be_joined(borrowing: Borrowing) -> None:
    with pytest.raises(psycopg.OperationalError, match='group "no_such" does not exist'):
        psycopg.connect(**borrowing.credentials("no_such"), **borrowing.options)
    with pytest.raises(psycopg.OperationalError, match='group "borrower" does not exist'):
        psycopg.connect(**borrowing.credentials("lent", "borrower"), **borrowing.options)
    assert borrowing.settled(["own"])
    with pytest.raises(ClientError, match="Upper is no valid name of a database group"):
        borrowing.credentials("Upper")


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning:redshift_connector")
def test_groups_of_the_driver(borrowing: Borrowing, monkeypatch: pytest.MonkeyPatch) -> None:
    """redshift_connector's ``db_groups`` and ``auto_create``."""
    monkeypatch.setenv("SSL_CERT_FILE", str(borrowing.server.home / "tls" / "ca.pem"))
    connection = redshift_connector.connect(
        iam=True, host="127.0.0.1", port=borrowing.server.port, database="dev", db_user="through_driver",
        cluster_identifier=CLUSTER, region="us-east-1", access_key_id="mockuser", secret_access_key="mockpass",
        endpoint_url=borrowing.url, db_groups=["lent"], auto_create=True, iam_disable_cache=True,
    )  # fmt: skip
    try:
        cursor = connection.cursor()
        cursor.execute("select current_user, a from lent_rows")
        assert [tuple(row) for row in cursor.fetchall()] == [("through_driver", 5)]
    finally:
        connection.close()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


def test_what_a_crash_left_is_taken_back(borrowing: Borrowing, launch: Any) -> None:
    session = psycopg.connect(**borrowing.credentials("lent"), **borrowing.options)
    assert borrowing.members() == ["lent", "own"]
    borrowing.server.process.kill()
    borrowing.server.process.wait(20)
    borrowing.server.process.stdout.close()
    borrowing.server.store.close()
    session.close()
    borrowing.owner.close()
    again = started(launch, borrowing.server.home)
    borrowing.server, borrowing.url, borrowing.owner = again.server, again.url, again.owner
    assert borrowing.members() == ["own"]
