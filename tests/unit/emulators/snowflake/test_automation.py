"""What the server does by itself: when it is due, and what comes of it."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import pytest

from dw_simulator.emulators.snowflake import cron
from dw_simulator.emulators.snowflake.catalog.model import Entry, now
from dw_simulator.emulators.snowflake.commands import alert_runs, dynamic_refreshes, task_runs
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
    coming = dynamic_refreshes.run_due(engine, soon)
    assert coming is not None
    assert coming > soon
    assert _value(execute("select n from d")) == 0
    dynamic_refreshes.run_due(engine, soon + dt.timedelta(minutes=2))
    assert _value(execute("select n from d")) == 1


def test_a_suspended_one_is_not(engine: Engine, execute: Execute, dynamic: Callable[[], Entry]) -> None:
    execute("alter dynamic table d suspend")
    assert dynamic_refreshes.due(dynamic()) is None
    execute("insert into t values (1)")
    dynamic_refreshes.run_due(engine, now() + dt.timedelta(hours=1))
    assert _value(execute("select n from d")) == 0


def test_one_that_fails_is_tried_again_and_suspended_at_last(
    engine: Engine, execute: Execute, dynamic: Callable[[], Entry]
) -> None:
    execute("drop table t")
    at = now()
    for attempt in range(1, dynamic_refreshes.MOST_FAILURES + 1):
        assert dynamic().properties["scheduling_state"] == "ACTIVE"
        at += dt.timedelta(minutes=2)
        dynamic_refreshes.run_due(engine, at)
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
    dynamic_refreshes.refresh(engine, dynamic())
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
    assert done.wait(60)
    scheduler.stop()
    called = list(calls)  # once more, perhaps, before it was stopped
    assert called[:3] == [0, 1, 2]
    scheduler.poke()  # after its end nothing happens any more
    assert calls == called


def test_a_resumed_task_runs_when_its_schedule_is_due(engine: Engine, session: Session, execute: Execute) -> None:
    execute("create table t(n int)")
    execute("create task root schedule = '1 minute' as insert into t values (1)")
    at = now()
    task_runs.run_due(engine, at + dt.timedelta(hours=1))
    assert _value(execute("select count(*) from t")) == 0
    execute("alter task root resume")
    coming = task_runs.run_due(engine, now())
    assert coming is not None
    assert dt.timedelta(seconds=50) < coming - now() < dt.timedelta(seconds=61)
    assert _value(execute("select count(*) from t")) == 0
    later = now() + dt.timedelta(minutes=2)
    assert task_runs.run_due(engine, later) == later + dt.timedelta(minutes=1)
    assert _value(execute("select count(*) from t")) == 1
    task_runs.run_due(engine, later + dt.timedelta(seconds=30))
    assert _value(execute("select count(*) from t")) == 1
    execute("alter task root suspend")
    task_runs.run_due(engine, later + dt.timedelta(hours=1))
    assert _value(execute("select count(*) from t")) == 1
    assert _value(execute("select scheduled_from from table(information_schema.task_history(result_limit => 1))")) == (
        "SCHEDULE"
    )


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        ("* * * * * UTC", "2026-01-01T00:00:30", "2026-01-01T00:01"),
        ("*/15 * * * * UTC", "2026-01-01T00:14", "2026-01-01T00:15"),
        ("0 9 * * MON-FRI UTC", "2026-01-02T09:00", "2026-01-05T09:00"),
        ("0 9 * * 1-5 Europe/Berlin", "2026-07-03T06:00", "2026-07-03T07:00"),
        ("30 8,20 1 * * UTC", "2026-01-01T08:30", "2026-01-01T20:30"),
        ("0 0 1 JAN,JUL * UTC", "2026-01-01T00:00", "2026-07-01T00:00"),
        ("0 0 13 * FRI UTC", "2026-03-01T00:00", "2026-03-06T00:00"),
        ("0 0 L * * UTC", "2026-02-01T00:00", "2026-02-28T00:00"),
        ("0 0 29 2 * UTC", "2026-01-01T00:00", "2028-02-29T00:00"),
        ("0 0 * * 7 UTC", "2026-01-01T00:00", "2026-01-04T00:00"),
        ("5/20 1 * * * UTC", "2026-01-01T01:30", "2026-01-01T01:45"),
    ],
)
def test_times_of_a_cron_expression(text: str, after: str, expected: str) -> None:
    moment = dt.datetime.fromisoformat(after).replace(tzinfo=dt.UTC)
    assert cron.parse(text).after(moment) == dt.datetime.fromisoformat(expected).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("* * * * *", "five fields"),
        ("* * * * * Nowhere/City", "no time zone"),
        ("60 * * * * UTC", "not between 0 and 59"),
        ("* * 0 * * UTC", "not between 1 and 31"),
        ("5-1 * * * * UTC", "not between"),
        ("x * * * * UTC", "no number"),
    ],
)
def test_what_is_no_cron_expression(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        cron.parse(text)


def test_a_date_that_never_comes() -> None:
    with pytest.raises(ValueError, match="no time matches"):
        cron.parse("0 0 31 2 * UTC").after(now())


def test_a_task_without_a_schedule_runs_when_its_stream_has_data(
    engine: Engine, execute: Execute, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine.scheduler, "poke", lambda: None)
    execute("create table source(n int)")
    execute("create table target(n int)")
    execute("create stream changed on table source")
    execute(
        "create task triggered user_task_minimum_trigger_interval_in_seconds = 10 "
        "when system$stream_has_data('changed') as insert into target select n from changed"
    )
    execute("alter task triggered resume")
    at = now()
    assert task_runs.run_due(engine, at) == at + dt.timedelta(seconds=1)
    execute("insert into source values (1), (2)")
    assert task_runs.run_due(engine, at) == at + dt.timedelta(seconds=10)
    assert _value(execute("select count(*) from target")) == 2
    execute("insert into source values (3)")
    assert task_runs.run_due(engine, at + dt.timedelta(seconds=5)) == at + dt.timedelta(seconds=10)
    assert _value(execute("select count(*) from target")) == 2
    task_runs.run_due(engine, at + dt.timedelta(seconds=10))
    assert _value(execute("select count(*) from target")) == 3
    wanted = "select scheduled_from from table(information_schema.task_history(task_name => 'triggered')) limit 1"
    assert _value(execute(wanted)) == "TRIGGER"
    execute("alter task triggered suspend")


def test_an_alert_on_new_data_looks_at_new_rows_only(
    engine: Engine, execute: Execute, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine.scheduler, "poke", lambda: None)
    execute("create table gauge(v int) change_tracking = true")
    execute("create table fired(v int)")
    execute("insert into gauge values (500)")
    execute(
        "create alert fresh if (exists (select v from gauge where v > 100)) then insert into fired "
        "select v from table(result_scan(snowflake.alert.get_condition_query_uuid()))"
    )
    execute("alter alert fresh resume")
    at = now()
    assert alert_runs.run_due(engine, at) == at + dt.timedelta(seconds=1)
    for value in (501, 1):
        execute(f"insert into gauge values ({value})")
        alert_runs.run_due(engine, at)
    assert _value(execute("select listagg(v) from fired")) == "501"
    wanted = (
        "select listagg(state || scheduled_from) from table(information_schema.alert_history(alert_name => 'fresh'))"
    )
    assert _value(execute(wanted)) == "TRIGGEREDTRIGGER"
    execute("drop alert fresh")


def test_a_resumed_alert_is_evaluated_when_its_schedule_is_due(
    engine: Engine, execute: Execute, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine.scheduler, "poke", lambda: None)
    execute("create table fired(at timestamp_ltz)")
    execute(
        "create alert timed schedule = '2 minutes' if (exists (select 1)) then "
        "insert into fired values (snowflake.alert.scheduled_time())"
    )
    alert_runs.run_due(engine, now() + dt.timedelta(hours=1))
    assert _value(execute("select count(*) from fired")) == 0
    execute("alter alert timed resume")
    later = now() + dt.timedelta(minutes=3)
    assert alert_runs.run_due(engine, later) == later + dt.timedelta(minutes=2)
    alert_runs.run_due(engine, later + dt.timedelta(minutes=1))
    assert _value(execute("select count(*) from fired")) == 1
    assert _value(execute("select max(at) from fired")) == later
    execute("drop alert timed")
