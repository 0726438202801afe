"""Running alerts: by hand, by their schedule, by new rows. Vendor pages: "EXECUTE ALERT", "Setting up alerts based on
data in Snowflake"."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from typing import TYPE_CHECKING

from dw_simulator.emulators.snowflake import alert_log, errors
from dw_simulator.emulators.snowflake.alert_log import AlertLog, AlertRun
from dw_simulator.emulators.snowflake.catalog.model import Entry, now
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import alert_rows, ddl
from dw_simulator.emulators.snowflake.commands.alerts import KIND, required
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.commands.tasks import following, switch
from dw_simulator.emulators.snowflake.results import StatementResult

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.engine import Engine
    from dw_simulator.emulators.snowflake.session_state import SessionState
    from dw_simulator.emulators.snowflake.sessions import Session

log = logging.getLogger(__name__)

DEFAULT_FAILURES = 10
POLL_SECONDS = 1
"""How often the tables of alerts on new data are looked at."""


@command("EXECUTE ALERT")
def execute_alert(run: Run) -> StatementResult:
    """Evaluates the condition and carries out the action before it answers, so that a test sees what they did."""
    entry = required(run, ddl.object_name(run), "OPERATE")
    run.parser.expect_end()
    if entry.properties.get("schedule") is None:
        raise errors.TASK_RULE(f"Cannot execute the alert {entry.full_name}: it is an alert on new data.")
    run.engine.commit(run.state)
    run_alert(run.engine, entry, now(), alert_log.BY_HAND, entry.properties["condition"])
    return ddl.succeeded(f"Alert {entry.name} is scheduled to run immediately.")


def run_alert(engine: Engine, entry: Entry, scheduled: dt.datetime, source: str, condition: str) -> None:
    """Evaluate a condition with the rights of the alert's owner; its action is carried out when there are rows."""
    log_ = engine.catalog.alert_log
    get = entry.properties.get
    record = AlertRun(
        entry.id, entry.parts, entry.properties["condition"], entry.text, scheduled, source, get("config"),
        get("runbook"), str(uuid.uuid4()), last_good=log_.last_good(entry.id),
    )  # fmt: skip
    if source != alert_log.BY_DATA:  # without rows there is no run of those
        log_.append(record)
    with engine.owner_session(entry) as (session, state):
        state.alert, session.warehouse = record, get("warehouse")
        step = "CONDITION_FAILED"
        try:
            if not _has_rows(engine, session, state, record.condition_id, condition):
                record.end("CONDITION_FALSE")
                return
            _log_once(log_, record)
            step, record.action_id = "ACTION_FAILED", str(uuid.uuid4())
            for _ in engine.execute(session, entry.text, binds=None, query_id=record.action_id).batches:
                pass
        except errors.SnowflakeError as error:
            log.warning("the alert %s failed: %s", entry.full_name, error)
            _log_once(log_, record)
            record.end(step, error)
            _suspend_after_failures(engine, entry, record)
            return
        record.end("TRIGGERED")


def _log_once(log_: AlertLog, record: AlertRun) -> None:
    if record.source == alert_log.BY_DATA and record.action_id is None:
        log_.append(record)


def _has_rows(engine: Engine, session: Session, state: SessionState, query_id: str, condition: str) -> bool:
    """Whether the condition gives rows; they are kept for RESULT_SCAN in the action."""
    result = engine.execute(session, condition, binds=None, query_id=query_id)
    batches = [batch for batch in result.batches if batch.num_rows]
    state.script_results[query_id] = (result.columns, batches)
    session.query_ids.append(query_id)
    return bool(batches)


def _suspend_after_failures(engine: Engine, entry: Entry, record: AlertRun) -> None:
    """Suspend an alert that has failed too often in a row since it was resumed."""
    current = engine.catalog.by_id(entry.id)
    if current is None or current.properties["state"] != "started":
        return
    most = current.properties.get("suspend_alert_after_num_failures", DEFAULT_FAILURES)
    since = dt.datetime.fromisoformat(current.properties["started"])
    failures = 0
    for run in engine.catalog.alert_log.runs(entry.id):
        if run.state not in alert_log.FAILED or run.scheduled < since:
            break
        failures += 1
    if most and failures >= most:
        copy = ddl.copy_entry(current)
        switch(copy, resumes=False, reason="SUSPENDED_DUE_TO_ERRORS")
        record.suspended = True
        _put(engine, copy)


def _put(engine: Engine, entry: Entry) -> None:
    changes = Changes()
    changes.put(entry)
    engine.apply(None, changes)


# --- by itself --------------------------------------------------------------------------------------------------------
def due(engine: Engine, entry: Entry) -> dt.datetime | None:
    """When an alert's condition is evaluated by its schedule next; None for never."""
    values = entry.properties
    if values["state"] != "started" or values.get("schedule") is None:
        return None
    begun = dt.datetime.fromisoformat(values["started"])
    return following(str(values["schedule"]), max(engine.catalog.alert_log.last_scheduled(entry.id) or begun, begun))


def run_due(engine: Engine, at: dt.datetime) -> dt.datetime | None:
    """Run the resumed alerts that are due at a moment. Gives when the next one is due."""
    coming = []
    for entry in engine.catalog.entries(KIND):
        if entry.properties["state"] != "started":
            continue
        moment = due(engine, entry)
        if moment is None:
            _run_on_new_data(engine, entry, at)
            coming.append(at + dt.timedelta(seconds=POLL_SECONDS))
            continue
        if moment <= at:
            run_alert(engine, entry, at, alert_log.BY_SCHEDULE, entry.properties["condition"])
            moment = following(str(entry.properties["schedule"]), at)
        coming.append(moment)
    return min(coming, default=None)


def _run_on_new_data(engine: Engine, entry: Entry, at: dt.datetime) -> None:
    """Evaluate the condition of an alert on new data over the rows that came since it was looked at last."""
    seen = int(entry.properties.get(alert_rows.SEEN) or 0)
    try:
        latest = alert_rows.position(engine, entry)
    except errors.SnowflakeError as error:
        log.warning("the alert %s: %s", entry.full_name, error)
        return
    if latest == seen:
        return
    run_alert(engine, entry, at, alert_log.BY_DATA, alert_rows.condition(entry, seen))
    current = engine.catalog.by_id(entry.id)
    if current is not None:
        copy = ddl.copy_entry(current)
        copy.properties[alert_rows.SEEN] = latest
        _put(engine, copy)
