"""Defects put in on purpose: what is reported is what differs from the clean data, and nothing else; impossible ones
are named before anything is made."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dw_simulator.errors import SchemaError
from dw_simulator.generator import CountingSink, GenerationPlan, TablePlan, build_plan, run
from dw_simulator.generator.arrays import plain
from dw_simulator.generator.defects.report import SCHEMA, cell_texts, report
from dw_simulator.generator.defects.strata import Strata
from dw_simulator.generator.defects.texts import read_as_latin_1
from dw_simulator.generator.streams import Stream
from dw_simulator.schema import Experiment
from dw_simulator.schema.importers.yaml_ import read_yaml
from dw_simulator.schema.parse import parse_experiment

COLUMNS: list[dict[str, Any]] = [
    {"name": "id", "data_type": "INT"},
    {"name": "shop_id", "data_type": "INT", "foreign_key": "shops.id"},
    {"name": "shop_code", "data_type": "VARCHAR(20)", "foreign_key": "shops.code", "null_fraction": 0.2},
    {"name": "email", "data_type": "VARCHAR(60)", "faker_rule": "email", "null_fraction": 0.1},
    {"name": "city", "data_type": "VARCHAR(40)"},
    {"name": "first_name", "data_type": "VARCHAR(30)"},
    {"name": "last_name", "data_type": "VARCHAR(30)", "null_fraction": 0.1},
    {"name": "status", "data_type": "CHAR(4)", "distribution": {"type": "categorical", "values": ["new", "paid"]}},
    {"name": "qty", "data_type": "SMALLINT", "min_value": 1, "max_value": 9},
    {"name": "price", "data_type": "DECIMAL(10,2)", "min_value": 0, "max_value": 500, "null_fraction": 0.1},
    {"name": "wide", "data_type": "DECIMAL(30,4)", "min_value": 0, "max_value": 100},
    {"name": "ratio", "data_type": "FLOAT", "distribution": {"type": "normal", "mean": 5, "stddev": 1}},
    {"name": "active", "data_type": "BOOLEAN"},
    {"name": "made", "data_type": "TIMESTAMP", "date_start": "2023-01-01", "date_end": "2023-12-31"},
    {"name": "due_on", "data_type": "DATE", "date_start": "2023-01-01", "date_end": "2023-12-31"},
    {"name": "loaded_at", "data_type": "TIMESTAMP", "after": {"columns": "made", "unit": "hours", "max": 2}},
    {"name": "doc", "data_type": "JSON"},
    {"name": "bytes_", "data_type": "BINARY(4)"},
]
GROWTH = {"rows_per_day": 40, "time_column": "made", "max_days": 30}
JUNE = {"time_column": "made", "start": "2023-06-01"}
SUMMER = {"time_column": "due_on", "start": "2023-03-01", "end": "2023-09-01"}
POSSIBLE: list[dict[str, Any]] = [
    {"kind": "null", "columns": ["email", "qty", "wide", "active", "made", "doc", "bytes_", "status"]},
    {"kind": "invalid", "columns": ["email", "city", "status", "qty", "price", "wide", "made", "due_on"]},
    {"kind": "invalid", "columns": ["ratio"], "values": [-1.5, 99]},
    {"kind": "outlier", "columns": ["qty", "price", "ratio", "wide"]},
    {"kind": "outlier", "columns": "price", "factor": 4, "side": "low"},
    {"kind": "whitespace", "columns": ["email", "city"]},
    {"kind": "case", "columns": ["email", "city"]},
    {"kind": "encoding", "columns": ["city", "last_name"]},
    {"kind": "truncate", "columns": ["city"], "length": 3},
    {"kind": "truncate", "columns": ["email", "first_name"]},
    {"kind": "swap", "columns": ["first_name", "last_name"]},
    {"kind": "orphan", "columns": ["shop_id", "shop_code"]},
    {"kind": "drift", "columns": ["price", "qty"], **JUNE, "shift": 3, "factor": 2.0},
    {"kind": "drift", "columns": "status", **SUMMER, "values": ["lost"]},
    {"kind": "late", "columns": "loaded_at", "min_days": 2, "max_days": 5},
    {"kind": "late", "max_days": 3},
    {"kind": "duplicate"},
    {"kind": "duplicate", "columns": ["city", "price"]},
]  # fmt: skip


def experiment(*defects: dict[str, Any], rows: int = 300, growth: bool = False) -> Experiment:
    items: dict[str, Any] = {
        "name": "items",
        "target_rows": rows,
        "primary_key": "id",
        "columns": copy.deepcopy(COLUMNS),
        "defects": list(defects),
        **({"growth": GROWTH} if growth else {}),
    }
    codes = {"name": "code", "data_type": "VARCHAR(20)", "is_unique": True}
    numbers = {"name": "id", "data_type": "INT"}
    shops = {"name": "shops", "target_rows": 20, "primary_key": "id", "columns": [numbers, codes]}
    return parse_experiment({"name": "dirty", "tables": [shops, items]})


def delivered(table: TablePlan) -> pa.Table:
    return pa.Table.from_batches([table.batch(table.first, table.rows)])


def texts(table: pa.Table) -> list[dict[str, str | None]]:
    columns = [cell_texts(plain(column.combine_chunks())).to_pylist() for column in table.columns]
    return [dict(zip(table.column_names, row, strict=True)) for row in zip(*columns, strict=True)]


def reported(plan: GenerationPlan) -> list[dict[str, Any]]:
    return pa.concat_tables([SCHEMA.empty_table(), *report(plan)]).to_pylist()


@settings(max_examples=8)
@given(
    chosen=st.lists(
        st.tuples(st.sampled_from(POSSIBLE), st.sampled_from([0.01, 0.1, 0.5, 1.0])),
        min_size=1,
        max_size=6,
        unique_by=lambda one: (one[0]["kind"], "columns" in one[0]) if one[0]["kind"] == "late" else str(one[0]),
    ),
    seed=st.integers(0, 99),
    covered=st.integers(0, 2),
    added=st.integers(0, 5),
)
def test_what_is_reported_is_what_differs(
    chosen: list[tuple[dict[str, Any], float]], seed: int, covered: int, added: int
) -> None:
    defects = [{**defect, "rate": rate} for defect, rate in chosen]
    days = covered + added
    dirty = build_plan(experiment(*defects, growth=True), seed=seed, covered=covered, days=days)
    clean = build_plan(experiment(growth=True), seed=seed, days=days)
    table = dirty.table("items")
    found = texts(delivered(table))
    original = {row["id"]: row for row in texts(delivered(TableAt.start(clean.table("items"))))}

    differences = set()
    for place, row in enumerate(found, table.first):
        before = original[row["id"]]
        differences |= {
            (place, row["id"], name, before[name], value) for name, value in row.items() if value != before[name]
        }
    entries = reported(dirty)
    cells = [tuple(entry[name] for name in SCHEMA.names[1:4]) for entry in entries if entry["column_name"] is not None]
    assert len(set(cells)) == len(cells), "a cell has one defect at most"
    assert differences == {
        (entry["row_number"], entry["row_key"], entry["column_name"], entry["original"], entry["value"])
        for entry in entries
        if entry["column_name"] is not None
    }
    again = Counter(row["id"] for row in found)
    copies = [entry["row_key"] for entry in entries if entry["kind"] == "duplicate" and entry["column_name"] is None]
    assert {key: count - 1 for key, count in again.items() if count > 1} == Counter(copies)
    assert all(found[entry["row_number"] - table.first]["id"] == entry["row_key"] for entry in entries)

    pieces = [table.batch(lo, min(lo + 37, table.rows)) for lo in range(table.first, table.rows, 37)]
    assert [one for piece in pieces for one in texts(pa.Table.from_batches([piece]))] == found


class TableAt:
    """All rows of a plan, those of earlier runs too."""

    @staticmethod
    def start(table: TablePlan) -> TablePlan:
        return TablePlan(table.name, table.rows, table.schema, table.columns)


def test_rows_that_are_late_come_once_and_when_the_report_says() -> None:
    schema = experiment({"kind": "late", "rate": 0.2, "max_days": 3}, {"kind": "duplicate", "rate": 0.1}, growth=True)
    seen: Counter[str] = Counter()
    late = {}
    for day in range(12):
        plan = build_plan(schema, seed=3, covered=max(day - 1, 0), days=day)
        assert plan.table("items").target_rows == 300 + 40 * day
        keys = [row["id"] for row in texts(delivered(plan.table("items")))]
        entries = reported(plan)
        seen.update(keys)
        seen.subtract(entry["row_key"] for entry in entries if entry["kind"] == "duplicate")
        late |= {
            entry["row_key"]: (entry["original"], entry["value"], day) for entry in entries if entry["kind"] == "late"
        }
    assert set(seen.values()) == {1}
    made = {str(number) for number in range(1, 300 + 40 * 8 + 1)}
    assert made <= set(seen), "what is due three days before the end is there"
    assert len(late) == sum(1 for key in late if int(key) > 300) >= 8 * 8
    for due, came, day in late.values():
        assert due < came
        assert came == f"2024-01-{day:02}"


@pytest.mark.parametrize("rate", [1.0, 0.5, 0.013, 0.3, 0.000_07])
def test_the_rate_is_kept_in_every_range(rate: float) -> None:
    strata = Strata(Stream("rate", rate), rate)
    rows = strata.among(0, 100_000)
    assert abs(len(rows) - rate * 100_000) <= 1
    assert strata.count(0, 100_000) == len(rows)
    assert strata.hits(rows).all()
    for lo, hi in ((0, 1), (17, 40_123), (99_998, 100_000), (5, 5)):
        part = rows[(rows >= lo) & (rows < hi)]
        assert strata.among(lo, hi).tolist() == part.tolist()
        assert strata.count(lo, hi) == len(part)


def test_workers_make_the_same_files() -> None:
    class Keeping(CountingSink):
        def __init__(self) -> None:
            super().__init__()
            self.files: dict[tuple[str, int], bytes] = {}

        def write(self, table: str, index: int, lo: int, hi: int, data: pa.Buffer) -> str:
            self.files[table, index] = data.to_pybytes()
            return super().write(table, index, lo, hi, data)

    plan = build_plan(
        experiment({"kind": "duplicate", "rate": 0.1}, {"kind": "case", "columns": "city", "rate": 0.1}), seed=1
    )
    sinks = [Keeping(), Keeping()]
    for sink, workers in zip(sinks, (1, 3), strict=True):
        run(plan, sink, batch_rows=50, workers=workers)
    assert sinks[0].files == sinks[1].files


def test_text_read_in_the_wrong_encoding() -> None:
    names = ["Müller", "Åsa", "", "plain", "日本"]
    assert read_as_latin_1(pa.array(names)).to_pylist() == [name.encode().decode("latin-1") for name in names]
    assert read_as_latin_1(pa.array(names)[1:3]).to_pylist() == [names[1].encode().decode("latin-1"), ""]


def test_what_the_kinds_put_in() -> None:
    plan = build_plan(
        experiment(*({**one, "rate": 0.05} for one in POSSIBLE if one != {"kind": "late", "max_days": 3})), seed=4
    )
    values: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for entry in reported(plan):
        values.setdefault((entry["kind"], entry["column_name"]), []).append((entry["original"], entry["value"]))
    assert all(value is None for _, value in values["null", "email"])
    assert all(not 1 <= int(value) <= 9 for _, value in values["invalid", "qty"])
    assert all(not 0 <= float(value) <= 500 for _, value in values["invalid", "price"])
    assert all(not "2023" <= value < "2024" for _, value in values["invalid", "made"])
    assert {value for _, value in values["invalid", "ratio"]} == {"-1.5", "99"}
    assert all(value not in ("new", "paid") for _, value in values["invalid", "status"])
    assert all(abs(float(value) - 250) > 4 * 140 for _, value in values["outlier", "price"])
    assert all(value.split() == original.split() for original, value in values["whitespace", "city"])
    assert all(value.lower() == original.lower() for original, value in values["case", "city"])
    assert all(len(value) == 3 for _, value in values["truncate", "city"])
    assert all(int(value) > 20 for _, value in values["orphan", "shop_id"])
    assert all(value.startswith("no-such-") for _, value in values["orphan", "shop_code"])
    assert {value for _, value in values["drift", "status"]} == {"lost"}
    mails = pa.array([value for _, value in values["invalid", "email"]])
    assert not pc.any(pc.match_substring_regex(mails, r"^[^@\s]+@[^@\s]+\.[^@\s]+$")).as_py()


IMPOSSIBLE = [
    ({"kind": "null", "columns": "id"}, "part of the primary key"),
    ({"kind": "outlier", "columns": "city"}, "has no outliers"),
    ({"kind": "whitespace", "columns": "qty"}, "is of text"),
    ({"kind": "whitespace", "columns": "status"}, "is a CHAR"),
    ({"kind": "case", "columns": "doc"}, "is of text"),
    ({"kind": "invalid", "columns": "active"}, "takes no other"),
    ({"kind": "invalid", "columns": "doc"}, "takes no other"),
    ({"kind": "invalid", "columns": "ratio", "values": ["x"]}, "is not a number"),
    ({"kind": "invalid", "columns": "status", "values": ["refund"]}, "holds 4"),
    ({"kind": "orphan", "columns": "city"}, "no foreign key"),
    ({"kind": "orphan", "columns": "shop_id", "values": [7]}, "may be a value of its parent"),
    ({"kind": "swap", "columns": ["city", "qty"]}, "not of one type"),
    ({"kind": "drift", "columns": "city", **JUNE, "factor": 2}, "give values"),
    ({"kind": "drift", "columns": "qty", **JUNE, "time_column": "city", "factor": 2}, "no date or timestamp"),
    ({"kind": "drift", "columns": "qty", **JUNE, "end": "2023-01-01", "shift": 2}, "not after its start"),
    ({"kind": "late", "columns": "city"}, "cannot be later"),
    ({"kind": "late"}, "does not grow"),
    ({"kind": "duplicate", "columns": "id"}, "part of the primary key"),
    ({"kind": "null", "columns": "cty"}, "did you mean 'city'"),
    ({"kind": "outlier", "columns": "qty", "factor": 100_000}, "does not hold"),
    ({"kind": "truncate", "columns": "city", "length": 40}, "would change none of the values"),
    ({"kind": "nulls", "columns": "city"}, "did you mean 'null'"),
    ({"kind": "null", "columns": "city", "rate": 1.2}, "no share of the rows"),
    ({"kind": "late", "min_days": 3, "max_days": 2}, "fewer than"),
]  # fmt: skip


@pytest.mark.parametrize(("defect", "said"), IMPOSSIBLE)
def test_impossible_defects_are_named(defect: dict[str, Any], said: str) -> None:
    with pytest.raises(SchemaError) as caught:
        build_plan(experiment({"rate": 0.1, **defect}), seed=1)
    assert said in str(caught.value)
    assert "tables.items.defects.0" in str(caught.value)
    assert all(
        problem.hint
        for problem in caught.value.problems
        if "rate" not in problem.message and "fewer" not in problem.message
    )


def test_defects_of_what_others_refer_to_are_named() -> None:
    schema = experiment().model_dump(mode="json")
    schema["tables"][0]["defects"] = [{"kind": "case", "columns": ["code"], "rate": 0.1}]
    with pytest.raises(SchemaError, match="rows of items refer to it"):
        build_plan(parse_experiment(schema), seed=1)
    schema["tables"][0]["defects"] = [{"kind": "late", "rate": 0.1}]
    schema["tables"][0]["growth"] = {"rows_per_day": 1}
    with pytest.raises(SchemaError, match="would come before their parents"):
        build_plan(parse_experiment(schema), seed=1)


def test_a_key_with_no_room_for_orphans_is_named() -> None:
    parents = {
        "name": "parents",
        "target_rows": 9,
        "primary_key": "id",
        "columns": [{"name": "id", "data_type": "INT"}],
    }
    key = {"name": "parent_id", "data_type": "SMALLINT", "foreign_key": "parents.id"}
    text = {"name": "text_id", "data_type": "VARCHAR(12)", "foreign_key": "texts.id"}
    texts_ = {
        "name": "texts",
        "target_rows": 9,
        "primary_key": "id",
        "columns": [{"name": "id", "data_type": "CHAR(6)"}],
    }
    children = {"name": "children", "target_rows": 40_000, "columns": [key, text]}
    defects = [{"kind": "orphan", "columns": ["parent_id", "text_id"], "rate": 1.0}]
    tables = [parents, texts_, {**children, "defects": defects}]
    with pytest.raises(SchemaError) as caught:
        build_plan(parse_experiment({"name": "small", "tables": tables}), seed=1)
    said = [problem.message for problem in caught.value.problems]
    assert len(said) == 2
    assert "no room for so many values" in said[0]
    assert "too few for so many texts" in said[1]


def test_flags_and_entities_may_drift() -> None:
    drift = {"kind": "drift", "columns": "active", **JUNE, "values": [True], "rate": 1.0}
    entries = reported(build_plan(experiment(drift), seed=1))
    assert {(entry["original"], entry["value"]) for entry in entries} == {("false", "true")}
    person = "{count: 9, fields: {city: {type: string}}, defects: [{kind: null, columns: city, rate: 0.5}]}"
    text = f"name: x\nschema: {{Person: {person}}}"
    assert read_yaml(text).tables[0].defects[0].kind == "null"


def test_yaml_may_leave_null_without_quotes() -> None:
    found = experiment({"kind": None, "columns": "city", "rate": 0.1}).tables[1].defects
    assert [one.kind for one in found] == ["null"]
    with pytest.raises(SchemaError, match="the defect has no 'kind'"):
        experiment({"columns": "city", "rate": 0.1})
