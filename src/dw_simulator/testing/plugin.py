"""A pytest plugin: a stack for the session, and a fresh connection to each warehouse for a test.

    def test_my_job(redshift_connection):
        cursor = redshift_connection.cursor()
        cursor.execute("select 1")
        assert cursor.fetchone()[0] == 1

The stack listens on free ports of 127.0.0.1, has its state in a folder of the session, and starts with the first test
that asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from dw_simulator.testing.stack import RunningStack


@pytest.fixture(scope="session")
def dw_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A running stack with all services; stopped at the end of the session."""
    from dw_simulator.testing.stack import start_stack

    stack = start_stack(tmp_path_factory.mktemp("dw-simulator"))
    try:
        yield stack
    finally:
        stack.stop()


@pytest.fixture
def redshift_connection(dw_stack: RunningStack) -> Iterator[Any]:
    """A ``redshift_connector`` connection; what the test did not commit is rolled back."""
    from dw_simulator.stack.connect import redshift_connection as connect

    with closing(connect(dw_stack.settings)) as connection:
        yield connection


@pytest.fixture
def snowflake_connection(dw_stack: RunningStack) -> Iterator[Any]:
    """A ``snowflake.connector`` connection without a current database."""
    from dw_simulator.stack.connect import snowflake_connection as connect

    with closing(connect(dw_stack.settings)) as connection:
        yield connection
