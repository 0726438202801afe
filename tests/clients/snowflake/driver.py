"""What programs share that try the Python driver."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import snowflake.connector as connector
from harness import options
from snowflake.connector import errors

GENERATION = int(connector.__version__.partition(".")[0])


def connect(**more: Any) -> Any:
    return connector.connect(**options(**more))


def database(name: str, **options: Any) -> Any:
    """A connection whose current database is new, with a name of this driver's own."""
    name = f"{name}_{GENERATION}".upper()
    with connect() as first:
        first.cursor().execute(f"create or replace database {name}")
    return connect(database=name, schema="PUBLIC", **options)


def fails(action: Callable[[], Any], number: int, state: str) -> Any:
    caught = None
    try:
        action()
    except errors.Error as error:
        caught = error
    assert caught is not None, "no error"
    assert (caught.errno, caught.sqlstate) == (number, state), (caught.errno, caught.sqlstate, str(caught))
    return caught


def wait_for(connection: Any, query_id: str) -> None:
    deadline = time.monotonic() + 60
    while connection.is_still_running(connection.get_query_status(query_id)):
        assert time.monotonic() < deadline, "the statement does not end"
        time.sleep(0.05)
