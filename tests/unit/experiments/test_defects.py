"""Defects from the schema to the warehouse: reported beside the files, verified there, and told apart from errors."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
import yaml
from fastapi.testclient import TestClient

from dw_simulator.api.app import create_app
from dw_simulator.cli.main import run as dw_sim
from dw_simulator.config import load_settings
from dw_simulator.errors import ConfigError, NotFound
from dw_simulator.experiments import ExperimentService
from dw_simulator.experiments.defects import counted, save
from dw_simulator.experiments.verification.report import Check, Rule
from dw_simulator.schema import Warehouse
from dw_simulator.schema.importers import read_file
from dw_simulator.schema.parse import parse_experiment

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "dirty"
NAME = "dirty_shop"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def service(home: Path) -> Iterator[ExperimentService]:
    service = ExperimentService(load_settings({"home": home, "s3": {"port": 1}}, use_running_stack=False))
    schema = read_file(EXAMPLE / "schema.yaml")
    service.create(schema.model_copy(update={"target_warehouse": [Warehouse.SQLITE]}))
    service.generate(NAME, rows={"customers": 1000, "orders": 3000})
    service.load(NAME)
    service.append(NAME, 4)
    service.load(NAME)
    yield service
    service.close()


def checks(service: ExperimentService) -> dict[tuple[str, Rule, tuple[str, ...], str], Check]:
    found = service.verify(NAME).warehouses[0].checks
    return {(one.table, one.rule, tuple(one.columns), one.expected): one for one in found}


Broken = tuple[str, str, tuple[str, ...], int]


def broken(service: ExperimentService) -> list[Broken]:
    found = (one for one in checks(service).values() if not one.ok)
    return [(one.table, one.rule.value, tuple(one.columns), one.violations) for one in found]


def test_verify_excepts_what_was_put_in_and_finds_all_of_it(service: ExperimentService) -> None:
    found = checks(service)
    assert all(one.ok for one in found.values())
    by_rule = {(one.table, one.rule, *one.columns): one for one in found.values()}
    assert by_rule["customers", Rule.VALUES, "country"].excepted == 5
    assert by_rule["customers", Rule.PRIMARY_KEY, "id"].excepted == 4
    assert by_rule["orders", Rule.FOREIGN_KEY, "customer_id"].actual == "no other row breaks it; 11 have defects put in"
    assert by_rule["orders", Rule.RANGE, "price"].excepted == 0
    defects = {(one.table, *one.columns, one.expected): one.actual for one in found.values() if one.rule is Rule.DEFECT}
    counts = counted(service.defects(NAME))
    assert len(defects) == len(counts)
    for one in counts:
        place = (one.table, *([one.column] if one.column else []), f"{one.rows} of kind {one.kind}, as reported")
        assert defects[place] == f"{one.rows} are there"


@pytest.mark.parametrize(
    ("change", "undo", "said"),
    [
        (
            "UPDATE customers SET country = 'XX' WHERE id = (SELECT MIN(id) FROM customers WHERE country = 'US')",
            "UPDATE customers SET country = 'US' WHERE country = 'XX'",
            [("customers", "values", ("country",), 1)],
        ),
        (
            "UPDATE orders SET customer_id = customer_id + 5000 WHERE customer_id > 1000",
            "UPDATE orders SET customer_id = customer_id - 5000 WHERE customer_id > 5000",
            [("orders", "defect", ("customer_id",), 11)],
        ),
        (
            "INSERT INTO customers SELECT * FROM customers WHERE id = 1",
            "DELETE FROM customers WHERE rowid = (SELECT MAX(rowid) FROM customers)",
            [("customers", "row_count", (), 1), ("customers", "primary_key", ("id",), 1)],
        ),
    ],
)
def test_verify_still_finds_errors(
    service: ExperimentService, home: Path, change: str, undo: str, said: list[Broken]
) -> None:
    [path] = home.rglob(f"{NAME}.sqlite*")
    with closing(sqlite3.connect(path)) as warehouse:
        with warehouse:
            warehouse.execute(change)
        try:
            assert broken(service) == said
        finally:
            with warehouse:
                warehouse.execute(undo)


def test_the_report_is_of_the_run_and_those_it_extends(service: ExperimentService, tmp_path: Path) -> None:
    newest, first = service.runs(NAME)[:2]
    late = [one for one in counted(service.defects(NAME)) if one.kind == "late" and one.column is None]
    assert sum(one.rows for one in late) > 0
    before = counted(service.defects(NAME, run_id=first.id))
    assert [one for one in before if one.kind == "late" and one.column is None] == []
    assert {one.table for one in counted(service.defects(NAME, tables=["ORDERS"]))} == {"orders"}
    rows = save(service.defects(NAME, run_id=newest.id), tmp_path / "all.parquet")
    assert save(service.defects(NAME), tmp_path / "all.csv") == rows
    assert pq.read_table(tmp_path / "all.parquet").num_rows == pacsv.read_csv(tmp_path / "all.csv").num_rows == rows
    with pytest.raises(NotFound, match="no table 'nothing'"):
        service.defects(NAME, tables=["nothing"])
    with pytest.raises(ConfigError, match="cannot tell the format"):
        save(service.defects(NAME), tmp_path / "all.xlsx")


def test_checks_in_sql_find_what_the_report_has(tmp_path: Path) -> None:
    assert dw_sim(["generate", str(EXAMPLE / "schema.yaml"), "-o", str(tmp_path / "data")]) == 0
    with closing(duckdb.connect()) as database:
        for table in ("customers", "orders"):
            database.execute(f"CREATE TABLE {table} AS FROM '{tmp_path}/data/{table}/*.parquet'")
        report = pq.read_table(tmp_path / "data" / "defects.parquet").to_pylist()
        for title, sql in statements():
            table, column, kind = title.split()[:3]
            place = None if column == "-" else column
            wanted = [
                row["row_key"]
                for row in report
                if (row["table_name"], row["column_name"], row["kind"]) == (table, place, kind)
            ]
            assert wanted, title
            assert Counter(str(key) for (key,) in database.execute(sql).fetchall()) == Counter(wanted), title


def statements() -> list[tuple[str, str]]:
    found = []
    for block in (EXAMPLE / "checks.sql").read_text().split("\n\n")[1:]:
        title, _, sql = block.partition("\n")
        found.append((title.removeprefix("-- "), sql))
    return found


def test_the_command_counts_and_writes(
    service: ExperimentService, home: Path, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DW_SIMULATOR_HOME", str(home))
    assert dw_sim(["experiment", "defects", NAME, "--table", "customers", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"table": "customers", "kind": "null", "column": "city", "rows": 10} in found
    settings = load_settings({"home": home, "s3": {"port": 1}}, use_running_stack=False)
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as client:
        assert client.get(f"/api/experiments/{NAME}/defects").json() == [
            one.model_dump() for one in counted(service.defects(NAME))
        ]
        assert client.get(f"/api/experiments/{NAME}/defects?run_id=99").status_code == 404
    assert dw_sim(["experiment", "defects", NAME, "-o", str(tmp_path / "report.csv")]) == 0
    assert "wrote" in capsys.readouterr().err
    assert (tmp_path / "report.csv").read_text().startswith('"table_name","row_number","row_key","column_name","kind"')
    assert service.run(1).target_rows == {"customers": 1000, "orders": 3000}


KINDS = """
name: kinds
tables:
- name: orders
  target_rows: 400
  primary_key: id
  columns:
  - {name: id, data_type: BIGINT, identity: {seed: 10, step: 5}}
  - {name: tier, data_type: CHAR(6), distribution: {type: categorical, values: [gold, silver]}}
  - {name: note, data_type: VARCHAR(60), faker_rule: sentence}
  - {name: made, data_type: TIMESTAMP_TZ}
  - {name: opens, data_type: TIME}
  - {name: doc, data_type: JSON, document: [{name: a, data_type: INT}]}
  - {name: lines, data_type: INT, rollup: {table: items, function: count}}
  defects:
  - {kind: duplicate, rate: 0.05, columns: [note, doc, made]}
  - {kind: null, columns: [doc, made, opens, lines], rate: 0.05}
  - {kind: invalid, columns: [made, tier, note], rate: 0.05}
  - {kind: invalid, columns: opens, values: ["00:00:00"], rate: 0.05}
- name: items
  target_rows: 1200
  primary_key: [order_id, line_no]
  columns:
  - {name: order_id, data_type: BIGINT, foreign_key: {table: orders, column: id, fan_out: {min: 1, max: 9}}}
  - {name: line_no, data_type: INT, expression: ordinal(order_id)}
  - {name: tier, data_type: VARCHAR(10), expression: order_id.tier}
  defects:
  - {kind: orphan, columns: order_id, rate: 0.05}
  - {kind: duplicate, rate: 0.05}
- name: log
  target_rows: 600
  columns:
  - {name: order_id, data_type: BIGINT, foreign_key: orders.id}
  - {name: share, data_type: DOUBLE, min_value: 0, max_value: 1}
  - {name: flag, data_type: BOOLEAN}
  defects:
  - {kind: orphan, columns: order_id, rate: 0.05}
  - {kind: invalid, columns: share, rate: 0.05}
  - {kind: null, columns: flag, rate: 0.05}
  - {kind: duplicate, rate: 0.05}
"""


def test_every_type_and_key_is_verified(service: ExperimentService, home: Path) -> None:
    service.create(parse_experiment(yaml.safe_load(KINDS)))
    service.generate("kinds")
    service.load("kinds")
    found = service.verify("kinds").warehouses[0].checks
    assert [one for one in found if not one.ok] == []
    assert {one.rule for one in found if one.actual.startswith("not checked")} == {Rule.ROLLUP, Rule.FAN_OUT}
    [tier] = [one for one in found if one.rule is Rule.EXPRESSION]
    assert tier.actual.endswith("rows break it, as defects of orders may make them")
    assert tier.excepted == 64, "60 orphans, four of them twice"
    assert {one.table for one in found if one.rule is Rule.DEFECT} == {"orders", "items", "log"}

    [path] = home.rglob("kinds.sqlite*")
    with closing(sqlite3.connect(path)) as warehouse, warehouse:
        warehouse.execute("UPDATE log SET share = 7")
    wrong = [one for one in service.verify("kinds").warehouses[0].checks if not one.ok]
    assert {(one.table, one.rule, one.violations) for one in wrong} == {
        ("log", Rule.RANGE, 599),
        ("log", Rule.DEFECT, 31),
    }
