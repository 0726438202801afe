"""What the server does by itself: when it is due, and what comes of it."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import pytest

from dw_simulator.emulators.snowflake.catalog.model import Entry, now
from dw_simulator.emulators.snowflake.commands import dynamic_tables
from dw_simulator.emulators.snowflake.engine import Engine
from dw_simulator.emulators.snowflake.results import StatementResult
from dw_simulator.emulators.snowflake.scheduler import Scheduler
from dw_simulator.emulators.snowflake.sessions import Session

Execute = Callable[..., StatementResult]


def _value(result: StatementResult) -> object:
    return result.batches[0].column(0)[0].as_py()  # type: ignore[index]


@pytest.fixture
def dynamic(engine: Engine, session: Session, execute: Execute) -> Callable[[], Entry]:
    execute("create table t(a int)")
    execute("create dynamic table d target_lag = '1 minute' warehouse = compute_wh as select count(*) as n from t")

    def entry() -> Entry:
        found = engine.catalog.get("TABLE", session.database or "", "PUBLIC", "D")
        assert found is not None
        return found

    return entry


def test_a_dynamic_table_is_refreshed_when_its_lag_is_over(
    engine: Engine, execute: Execute, dynamic: Callable[[], Entry]
) -> None:
    execute("insert into t values (1)")
    soon = now()
    coming = dynamic_tables.run_due(engine, soon)
    assert coming is not None
    assert coming > soon
    assert _value(execute("select n from d")) == 0
    dynamic_tables.run_due(engine, soon + dt.timedelta(minutes=2))
    assert _value(execute("select n from d")) == 1


def test_a_suspended_one_is_not(engine: Engine, execute: Execute, dynamic: Callable[[], Entry]) -> None:
    execute("alter dynamic table d suspend")
    assert dynamic_tables.due(dynamic()) is None
    execute("insert into t values (1)")
    dynamic_tables.run_due(engine, now() + dt.timedelta(hours=1))
    assert _value(execute("select n from d")) == 0


def test_one_that_fails_is_tried_again_and_suspended_at_last(
    engine: Engine, execute: Execute, dynamic: Callable[[], Entry]
) -> None:
    execute("drop table t")
    at = now()
    for attempt in range(1, dynamic_tables.MOST_FAILURES + 1):
        assert dynamic().properties["scheduling_state"] == "ACTIVE"
        at += dt.timedelta(minutes=2)
        dynamic_tables.run_due(engine, at)
        assert dynamic().properties["failures"] == attempt
    assert dynamic().properties["scheduling_state"] == "SUSPENDED"
    execute("undrop table t")
    execute("alter dynamic table d resume")
    assert "failures" not in dynamic().properties


def test_what_is_shown_of_dynamic_tables(execute: Execute, dynamic: Callable[[], Entry]) -> None:
    execute("alter dynamic table d set target_lag = '2 hours' comment = 'late'")
    shown = execute("show dynamic tables like 'd'")
    row = dict(zip((column.name for column in shown.columns), shown.batches[0].to_pylist()[0].values(), strict=True))  # type: ignore[index]
    wanted = {"name": "D", "target_lag": "2 hours", "refresh_mode": "FULL", "warehouse": "COMPUTE_WH", "rows": 1}
    assert {name: row[name] for name in wanted} == wanted
    assert (row["scheduling_state"], row["comment"]) == ("ACTIVE", "late")
    assert row["data_timestamp"] == dt.datetime.fromisoformat(dynamic().properties["data_timestamp"])


def test_a_refresh_has_the_rights_of_the_owner(engine: Engine, execute: Execute, dynamic: Callable[[], Entry]) -> None:
    execute(
        "create or replace dynamic table d target_lag = '1 minute' warehouse = compute_wh as select current_role() n"
    )
    execute("create role elsewhere")
    execute("use role elsewhere")
    dynamic_tables.refresh(engine, dynamic())
    assert _value(execute("select n from d")) == "ACCOUNTADMIN"


def test_the_scheduler_calls_jobs_at_their_time_and_survives_their_faults() -> None:
    calls: list[int] = []
    done = threading.Event()

    def failing(_at: dt.datetime) -> dt.datetime | None:
        raise ValueError("a fault")

    def counting(_at: dt.datetime) -> dt.datetime | None:
        calls.append(len(calls))
        if len(calls) == 3:
            done.set()
            return None
        return now()

    scheduler = Scheduler([failing, counting])
    scheduler.poke()
    assert done.wait(10)
    scheduler.stop()
    assert calls == [0, 1, 2]
    scheduler.poke()  # after its end nothing happens any more
    assert calls == [0, 1, 2]
