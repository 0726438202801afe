"""What the registry keeps of statements that have ended."""

from __future__ import annotations

import gc
import weakref

import pytest

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.queries import Query, QueryStatus
from dw_simulator.emulators.snowflake.session_registry import Entry, SessionRegistry
from dw_simulator.emulators.snowflake.sessions import Session


class Heavy:
    """Stands for the parse tree and the rows of a statement."""


def entry_of(registry: SessionRegistry) -> Entry:
    return registry.add(Session(id=registry.new_id(), user="ADA"))


def test_a_failed_statement_keeps_its_error_but_not_what_it_worked_with():
    query = Query("1", entry_of(SessionRegistry()), "select 1 / 0")
    seen = []

    def work() -> None:
        heavy = Heavy()
        seen.append(weakref.ref(heavy))
        try:
            raise ZeroDivisionError
        except ZeroDivisionError as error:
            raise SnowflakeError(100051, "22012", "Division by zero") from error

    try:
        work()
    except SnowflakeError as error:
        query.fail(error)
    gc.collect()
    assert (query.status, query.error and query.error.errno) == (QueryStatus.FAILED, 100051)
    assert seen[0]() is None


def test_a_cancelled_statement_is_aborted():
    query = Query("1", entry_of(SessionRegistry()), "select 1")
    query.fail(errors.CANCELLED())
    assert query.status is QueryStatus.ABORTED


def test_a_session_that_ended_keeps_no_rendered_parameters():
    registry = SessionRegistry()
    entry = entry_of(registry)
    entry.rendered_parameters = (0, b"x" * 5000)
    entry.session.query_ids.append("1")
    registry.remove(entry)
    assert entry.rendered_parameters == (-1, b"")
    assert not entry.session.query_ids


def test_an_idle_session_ends_when_its_policy_says_so():
    now = [0.0]
    registry = SessionRegistry(lambda: now[0])
    registry.idle_seconds = lambda user: 300.0 if user == "ANN" else None
    idle, other = registry.add(Session(1, "ANN")), registry.add(Session(2, "BOB"))
    now[0] = 299.0
    assert registry.find(idle.session.token) is idle
    now[0] = 600.0
    with pytest.raises(SnowflakeError, match="expired"):
        registry.find(idle.session.token)
    with pytest.raises(SnowflakeError, match="must authenticate again"):
        registry.renew(idle.session.master_token)
    assert registry.find(other.session.token) is other
    assert registry.expired() == [idle]
