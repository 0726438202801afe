"""Slowly changing dimensions, their change events, and the facts that mean a version."""

from __future__ import annotations

import datetime as dt
import json
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dw_simulator.errors import GenerationError, SchemaError
from dw_simulator.generator import build_plan
from dw_simulator.schema.model import Experiment
from dw_simulator.schema.parse import parse_experiment

Row = dict[str, Any]
TRACKED = ["tier", "score", "city"]
STAYS = ["email", "country", "created_at"]


def column(text: str, **rules: Any) -> Row:
    name, kind = text.split(" ", 1)
    return {"name": name, "data_type": kind, **rules}


def schema(history: Row | None = None, tables: dict[str, Row] | None = None, rows: int = 600, **cdc: Any) -> Row:
    """Customers with history, their events, and orders that mean a version of them."""
    dimension = {
        "key": "id", "changes": TRACKED, "start": "2024-01-01", "end": "2024-03-31", "max_days": 40,
        "surrogate_key": "sk", "is_current": "now", "version": "nth", "is_deleted": "gone", "created_at": "created_at",
        "inserts_per_day": 2, "deletes": 0.2,
    }  # fmt: skip
    all_tables: dict[str, Row] = {
        "customers": {
            "target_rows": rows,
            "primary_key": "sk",
            "history": dimension | (history or {}),
            "columns": [
                column("sk BIGINT"), column("id INT"),
                column("email VARCHAR(60)", faker_rule="email", is_unique=False),
                column("country CHAR(2)", null_fraction=0.2),
                column("tier VARCHAR(8)", distribution={"type": "categorical", "values": ["a", "b"]}),
                column("score DECIMAL(8,2)", min_value=0, max_value=5),
                column("city VARCHAR(30)", null_fraction=0.3),
                column("created_at TIMESTAMP"), column("valid_from TIMESTAMP"), column("valid_to TIMESTAMP"),
                column("now BOOLEAN"), column("gone CHAR(1)"), column("nth INT"),
            ],
        },
        "events": {
            "primary_key": "lsn",
            "cdc": {"of": "customers", "transaction": "tx", "before": "before", "after": "after",
                    "operations": {"insert": "c", "update": "u", "delete": "d", "snapshot": "r"}} | cdc,
            "columns": [
                column("lsn BIGINT"), column("op CHAR(1)"), column("event_time TIMESTAMP"), column("tx INT"),
                column("before JSON"), column("after JSON"), column("id INT"), column("email VARCHAR(60)"),
                column("country CHAR(2)"), column("tier VARCHAR(8)"), column("score DECIMAL(8,2)"),
                column("city VARCHAR(30)"), column("created_at TIMESTAMP"),
            ],
        },
        "orders": {
            "target_rows": 300,
            "growth": {"rows_per_day": 40, "time_column": "at", "max_days": 40},
            "columns": [
                column("at TIMESTAMP", date_start="2024-01-01", date_end="2024-03-31", null_fraction=0.1),
                column("sk BIGINT", foreign_key={"table": "customers", "column": "sk", "as_of": "at"}),
                column("id INT", required=True, foreign_key="customers.id"),
            ],
        },
    }  # fmt: skip
    for name, changes in (tables or {}).items():
        all_tables.setdefault(name, {}).update(changes)
    return {"name": "t", "tables": [{"name": name, **table} for name, table in all_tables.items()]}


def made(experiment: Experiment, days: int = 0, covered: int = 0, batch: int = 10_000) -> dict[str, list[Row]]:
    plan = build_plan(experiment, seed=11, days=days, covered=covered)
    found: dict[str, list[Row]] = {}
    for table in plan.tables:
        spans = [(lo, min(lo + batch, table.rows)) for lo in range(table.first, table.rows, batch)]
        found[table.name] = pa.Table.from_batches([table.batch(*span) for span in spans], table.schema).to_pylist()
    return found


def merged(rows: list[Row]) -> list[Row]:
    """What MERGE by the surrogate key makes of the rows of a run and of its increments."""
    return list({row["sk"]: row for row in rows}.values())


def check_versions(rows: list[Row], last: dt.date) -> dict[int, list[Row]]:
    keys: dict[int, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row["valid_from"]):
        keys.setdefault(row["id"], []).append(row)
    assert sorted(keys) == list(range(1, len(keys) + 1))
    for versions in keys.values():
        assert [row["nth"] for row in versions] == list(range(1, len(versions) + 1))
        assert [row["now"] for row in versions] == [False] * (len(versions) - 1) + [True]
        assert [row["valid_to"] for row in versions] == [*(row["valid_from"] for row in versions[1:]), None]
        assert versions[0]["valid_from"] == versions[0]["created_at"]
        assert versions[-1]["valid_from"].date() <= last
        assert all(row["valid_to"] is None or row["valid_to"] > row["valid_from"] for row in versions)
        for old, new in pairwise(versions):
            assert all(old[name] == new[name] for name in STAYS)
            assert (old["gone"] != new["gone"]) or any(old[name] != new[name] for name in TRACKED)
            if new["gone"] == "Y":
                assert all(old[name] == new[name] for name in TRACKED)
    return keys


def replayed(events: list[Row]) -> dict[int, Row]:
    """The state after all events, by their images."""
    state: dict[int, Row] = {}
    for event in events:
        before, after = (json.loads(event[name]) if event[name] else None for name in ("before", "after"))
        key = (before or after)["id"]
        assert state.get(key) == before
        assert {"c": (True, False), "r": (True, False), "u": (False, False), "d": (False, True)}[event["op"]] == (
            before is None,
            after is None,
        )
        image = after or before
        assert all(event[name] == image[name] for name in ("id", "email", "country", "tier", "city"))
        if after is None:
            del state[key]
        else:
            state[key] = after
    return state


def check_all(experiment: Experiment, found: dict[str, list[Row]], last: dt.date) -> None:
    versions = merged(found["customers"])
    keys = check_versions(versions, last)
    events = found["events"]
    for name in ("lsn", "event_time", "tx"):
        values = [event[name] for event in events]
        assert values == sorted(values)
    assert len({event["lsn"] for event in events}) == len(events) == len(versions)
    current = {key: rows[-1] for key, rows in keys.items() if rows[-1]["gone"] == "N"}
    state = replayed(events)
    assert state.keys() == current.keys()
    for key, row in current.items():
        assert all(state[key][name] == row[name] for name in ("email", "country", "tier", "city"))
        assert state[key]["score"] == float(row["score"])
    by_version = {row["sk"]: row for row in versions}
    for order in found["orders"]:
        assert order["id"] in keys
        assert (order["sk"] is None) == (order["at"] is None)
        if order["at"] is not None:
            version = by_version[order["sk"]]
            assert version["valid_from"] <= order["at"] < (version["valid_to"] or dt.datetime.max)


def test_versions_events_and_facts_agree() -> None:
    experiment = parse_experiment(schema())
    found = made(experiment)
    assert len(found["customers"]) == len(found["events"]) == 600
    check_all(experiment, found, dt.date(2024, 3, 31))
    assert {event["op"] for event in found["events"]} == set("cudr")


def test_days_bring_versions_close_old_ones_and_equal_whatever_they_come_with() -> None:
    experiment = parse_experiment(schema())
    first, two = made(experiment), made(experiment, days=2)
    one, other = made(experiment, days=1), made(experiment, days=2, covered=1)
    for name in first:
        assert two[name] == one[name] + other[name]
    whole = {name: first[name] + two[name] for name in first}
    assert any(row["valid_to"] is not None for row in two["customers"])
    old = {row["sk"]: row for row in first["customers"]}
    closed = [row for row in two["customers"] if row["sk"] in old]
    assert closed
    for row in closed:  # of an old version, only its end is new
        assert {**row, "valid_to": None, "now": True} == old[row["sk"]]
    check_all(experiment, whole, dt.date(2024, 4, 2))


@settings(max_examples=12, deadline=None)
@given(
    rows=st.integers(1, 400),
    versions=st.sampled_from([1.0, 1.4, 2.5, 6.0]),
    inserts=st.sampled_from([0, 0, 1, 3]),
    deletes=st.sampled_from([0.0, 0.1, 0.5]),
    days=st.integers(0, 40),
    batch=st.sampled_from([1, 7, 64, 10_000]),
)
def test_any_history_keeps_its_rules(
    rows: int, versions: float, inserts: int, deletes: float, days: int, batch: int
) -> None:
    changes = {"versions": versions, "inserts_per_day": inserts, "deletes": deletes}
    experiment = parse_experiment(schema(changes, rows=rows))
    keys = min(max(round(rows / versions), 1), rows)
    assume(keys > 90 * inserts)
    first = made(experiment)
    more = made(experiment, days=days) if days else {name: [] for name in first}
    check_all(experiment, {name: first[name] + more[name] for name in first}, dt.date(2024, 3, 31) + dt.timedelta(days))
    if rows <= 60:
        assert made(experiment, batch=batch) == first


def test_dates_high_ends_and_other_names() -> None:
    history = {"open_end": "9999-12-31", "valid_from": "dbt_valid_from", "valid_to": "dbt_valid_to", "deletes": 0.0}
    experiment = schema(history)
    table = experiment["tables"][0]
    for one in table["columns"]:
        one |= {"valid_from": column("dbt_valid_from DATE"), "valid_to": column("dbt_valid_to DATE", required=True),
                "sk": column("sk VARCHAR(32)", faker_rule="md5"), "now": column("now SMALLINT"),
                "created_at": column("created_at DATE")}.get(one["name"], {})  # fmt: skip
    experiment["tables"] = [table, experiment["tables"][2]]
    experiment["tables"][1]["columns"][1]["data_type"] = "VARCHAR(32)"
    found = made(parse_experiment(experiment))
    rows = [{**row, "valid_from": row["dbt_valid_from"], "valid_to": row["dbt_valid_to"]} for row in found["customers"]]
    high = dt.date(9999, 12, 31)
    assert {row["now"] for row in rows} == {0, 1}
    assert all((row["now"] == 1) == (row["valid_to"] == high) for row in rows)
    assert len({row["sk"] for row in rows}) == len(rows)
    by_version = {row["sk"]: row for row in rows}
    for order in found["orders"]:
        if order["at"] is not None:
            version = by_version[order["sk"]]
            start, end = (dt.datetime.combine(version[name], dt.time()) for name in ("valid_from", "valid_to"))
            assert start <= order["at"] < end


CHANGING = [
    (column("tier BOOLEAN"), 2),
    (column("tier VARCHAR(8)", distribution={"type": "categorical", "values": ["a", "b"], "weights": [99, 1]}), 2),
    (column("tier INT", distribution={"type": "categorical", "values": [1, 2, 3, 4], "weights": [99, 0, 1, 1]}), 3),
    (column("tier INT", min_value=1, max_value=3), 3),
    (column("tier SMALLINT", distribution={"type": "poisson", "mean": 0.5}), None),
    (column("tier FLOAT", distribution={"type": "lognormal", "mu": 1, "sigma": 1}), None),
]


@pytest.mark.parametrize(("rules", "values"), CHANGING)
def test_the_one_column_that_changes_always_does(rules: Row, values: int | None) -> None:
    experiment = schema({"changes": ["tier"], "versions": 6.0, "deletes": 0.0, "inserts_per_day": 0})
    experiment["tables"] = experiment["tables"][:1]
    columns = experiment["tables"][0]["columns"]
    columns[[one["name"] for one in columns].index("tier")] = rules
    rows = sorted(made(parse_experiment(experiment))["customers"], key=lambda row: (row["id"], row["nth"]))
    assert all(old["tier"] != new["tier"] for old, new in pairwise(rows) if old["id"] == new["id"])
    if values is not None:
        assert len({row["tier"] for row in rows}) == values
        assert 2 not in {row["tier"] for row in rows} or rules["data_type"] != "INT" or "min_value" in rules


def test_one_value_cannot_change() -> None:
    experiment = schema({"changes": ["tier"]})
    experiment["tables"][0]["columns"][4]["distribution"] = {"type": "categorical", "values": ["a"]}
    with pytest.raises(SchemaError, match="can take one value only"):
        build_plan(parse_experiment(experiment), seed=1)


def test_log_as_text_and_an_envelope() -> None:
    experiment = schema(tables={"orders": {"target_rows": 1}}, envelope="payload", before=None, after=None)
    columns = experiment["tables"][1]["columns"]
    columns[:] = [column("lsn VARCHAR(20)"), column("op CHAR(1)"), column("event_time BIGINT"),
                  column("tx BIGINT"), column("payload JSON"), column("id INT")]  # fmt: skip
    events = made(parse_experiment(experiment))["events"]
    assert [event["lsn"] for event in events] == sorted(event["lsn"] for event in events)
    for event in events:
        payload = json.loads(event["payload"])
        assert (payload["op"], payload["ts_ms"]) == (event["op"], event["event_time"])
        assert payload["source"] == {
            "ts_ms": event["event_time"], "table": "customers", "txId": event["tx"], "lsn": int(event["lsn"])
        }  # fmt: skip
        assert (payload["after"] or payload["before"])["id"] == event["id"]


def test_moments_outside_the_history_are_named() -> None:
    late = column("at TIMESTAMP", after={"columns": ["seen"], "unit": "days", "min": 200})
    experiment = schema()
    orders = experiment["tables"][2]
    del orders["growth"]
    orders["columns"][0] = late
    orders["columns"].append(column("seen TIMESTAMP", date_start="2024-01-01", date_end="2024-03-31"))
    with pytest.raises(
        GenerationError, match=r"table 'orders', column 'sk': at is 2024-\S+, but the versions are known"
    ):
        made(parse_experiment(experiment))


PROBLEMS = [
    ({"history": {"key": "nope"}}, "has no column 'nope'"),
    ({"history": {"changes": ["tier", "id"]}}, "the key 'id' cannot change"),
    ({"history": {"changes": ["now"]}}, "filled by the history"),
    ({"history": {"changes": ["city"]}}, "none of the columns surely changes"),
    ({"history": {"versions": 80.0, "inserts_per_day": 0}}, "too many for 90 days"),
    ({"history": {"inserts_per_day": 50}}, "new ones a day for 90 days"),
    ({"history": {"end": "2023-01-01"}}, "before it starts"),
    ({"history": {"is_deleted": None}}, "deletes want a column"),
    ({"history": {"is_current": "email", "version": "tier"}}, "version wants a whole number"),
    ({"history": {"valid_to": "nth"}}, "is version already|valid_to wants|is valid_to already"),
    ({"history": {"open_end": "2024-04-01"}}, "is not after 2024-05-10"),
    ({"tables": {"customers": {"growth": {"rows_per_day": 1}}}}, "grows as its history says"),
    ({"tables": {"customers": {"primary_key": "id"}}}, "cannot be unique"),
    ({"tables": {"customers": {"lookups": [{"columns": ["tier", "email"], "rows": [["a", "b"]]}]}}}, "only some of"),
    ({"of": "orders"}, "has no history"),
    ({"of": "ordres"}, "does not exist"),
    ({"operations": {"insert": "insert"}}, r"its texts are 6 bytes long"),
    ({"tables": {"events": {"target_rows": 77}}}, "its rows are the events of customers, 600 of them"),
    ({"tables": {"events": {"primary_key": "id"}}}, "repeats from event to event"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "message"), PROBLEMS)
def test_what_cannot_be_is_said_before(changes: Row, message: str) -> None:
    with pytest.raises(SchemaError, match=message) as caught:
        build_plan(parse_experiment(schema(**changes)), seed=1)
    assert all(problem.path.startswith("tables.") for problem in caught.value.problems)


def test_rows_that_are_asked_for_of_events_are_those_of_their_table() -> None:
    experiment = parse_experiment(schema())
    assert build_plan(experiment, seed=1, rows={"customers": 700}).table("events").rows == 700
    with pytest.raises(SchemaError, match=r"rows\.events: its rows are the events of customers, 700 of them"):
        build_plan(experiment, seed=1, rows={"customers": 700, "events": 600})


REFERENCES = [
    (column("sk BIGINT", foreign_key="customers.sk"), "nothing says which version"),
    (column("sk BIGINT", foreign_key={"table": "customers", "column": "sk", "as_of": "id"}), "is of type INT"),
    (column("sk VARCHAR(8)", foreign_key="customers.tier"), "does not name one row or key"),
    (
        column("sk INT", foreign_key={"table": "customers", "column": "id", "fan_out": {"max": 2}}),
        "cannot have a fan_out",
    ),
    (column("sk INT", is_unique=True, foreign_key="customers.id"), "a place in a unique key"),
    (column("sk INT", expression="id.score"), "which has history, through id"),
    (column("sk BIGINT", foreign_key="events.lsn"), "nothing refers to"),
]


@pytest.mark.parametrize(("key", "message"), REFERENCES)
def test_references_that_cannot_be_are_named(key: Row, message: str) -> None:
    experiment = schema()
    experiment["tables"][2]["columns"][1] = key
    with pytest.raises(SchemaError, match=message):
        build_plan(parse_experiment(experiment), seed=1)


def test_facts_stay_within_the_history() -> None:
    experiment = schema()
    experiment["tables"][2]["columns"][0] = column("at TIMESTAMP", date_start="2024-01-01", date_end="2024-06-30")
    with pytest.raises(SchemaError, match="is to be from 2024-01-01 to 2024-03-31"):
        build_plan(parse_experiment(experiment), seed=1)
