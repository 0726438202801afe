"""Random schemas: whatever can be declared holds in what is generated, and is the same however it is cut."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.generator.profile import profile

from dw_simulator.errors import SchemaError
from dw_simulator.generator import build_plan
from dw_simulator.generator.streams import Rows
from dw_simulator.schema.model import INTEGER_RANGES, DataType, Experiment

NAMES = [
    "a_x",
    "price",
    "status",
    "email",
    "city",
    "created_at",
    "qty",
    "note",
    "code",
    "is_ok",
    "zip",
    "year",
    "name",
    "line_no",
    "phone",
    "url",
    "state",
    "rate",
    "uuid",
    "title",
    "username",
    "company",
    "birth_date",
    "sku",
]


@st.composite
def number_rules(draw: Any, kind: Any) -> Any:
    rules = {}
    if draw(st.booleans()):
        limit = {"SMALLINT": 30_000, "INT": 2**31 - 1, "BIGINT": 2**62}.get(kind, 10**6)
        low, high = sorted([draw(st.integers(-limit, limit)), draw(st.integers(-limit, limit))])
        if draw(st.booleans()):
            rules["min_value"] = low
        if draw(st.booleans()):
            rules["max_value"] = high
    if draw(st.integers(0, 3)) == 0:
        rules["distribution"] = draw(
            st.sampled_from(
                [
                    {"type": "uniform"},
                    {"type": "normal", "mean": 100, "stddev": 20},
                    {"type": "exponential", "scale": 30},
                    {"type": "lognormal", "mu": 2, "sigma": 1},
                    {"type": "categorical", "values": [1, 2, 3], "weights": [1, 0, 5]},
                ]
            )
        )
        if rules["distribution"]["type"] not in ("uniform", "exponential"):
            rules.pop("min_value", None), rules.pop("max_value", None)
    return rules


@st.composite
def column(draw: Any, name: Any) -> Any:
    kind = draw(
        st.sampled_from(
            [
                "SMALLINT",
                "INT",
                "BIGINT",
                "DECIMAL(5,2)",
                "DECIMAL(12,4)",
                "DECIMAL(30,8)",
                "DECIMAL(38,0)",
                "FLOAT",
                "BOOLEAN",
                "VARCHAR",
                "CHAR",
                "DATE",
                "TIME",
                "TIMESTAMP",
                "TIMESTAMP_TZ",
                "BINARY",
                "JSON",
            ]
        )
    )
    out = {"name": name, "data_type": kind}
    if kind in ("VARCHAR", "CHAR", "BINARY"):
        out["varchar_length"] = draw(st.sampled_from([1, 2, 3, 5, 8, 12, 20, 40, 100, 300]))
    if kind == "JSON":
        return out | draw(nullity())
    if kind.startswith(("SMALL", "INT", "BIG", "FLOAT")):
        out |= draw(number_rules(kind))
    if kind in ("DATE", "TIMESTAMP", "TIMESTAMP_TZ"):
        days = st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1))
        low, high = sorted([draw(days), draw(days)])
        if draw(st.booleans()):
            out["date_start"] = low.isoformat()
        if draw(st.booleans()):
            out["date_end"] = high.isoformat()
    if kind == "VARCHAR" and draw(st.integers(0, 3)) == 0:
        out["distribution"] = {"type": "categorical", "values": ["x", "y", "é"[:1]], "weights": [1, 2, 3]}
        out["varchar_length"] = max(out["varchar_length"], 2)
    return out | draw(nullity())


@st.composite
def nullity(draw: Any) -> Any:
    choice = draw(st.integers(0, 3))
    if choice == 0:
        return {"required": True}
    return {"null_fraction": draw(st.sampled_from([0.0, 0.1, 0.5, 1.0]))} if choice == 1 else {}


@st.composite
def experiments(draw: Any) -> Any:
    tables: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 4))):
        names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
        columns = [draw(column(name)) for name in names]
        table = {"name": f"t{number}", "target_rows": draw(st.sampled_from([0, 1, 2, 7, 60, 500])), "columns": columns}
        for one in columns:
            distribution = one.get("distribution", {}).get("type", "uniform")
            if (
                draw(st.integers(0, 3)) == 0
                and distribution in ("uniform", "categorical")
                and one["data_type"] != "JSON"
            ):
                one["is_unique"] = True
        if draw(st.booleans()):
            columns.insert(0, {"name": "id", "data_type": draw(st.sampled_from(["INT", "BIGINT", "VARCHAR(36)"]))})
            table["primary_key"] = ["id"]
        keys = [
            (parent, other)
            for parent in [*tables, table]
            for other in parent["columns"]
            if other.get("is_unique") or parent.get("primary_key") == [other["name"]]
        ]
        for place in range(draw(st.integers(0, 2)) if keys else 0):
            parent, other = draw(st.sampled_from(keys))
            child = {key: other[key] for key in ("data_type", "varchar_length") if key in other}
            child |= {"name": f"fk{place}", "foreign_key": f"{parent['name']}.{other['name']}"} | draw(nullity())
            if draw(st.integers(0, 2)) == 0:
                child["distribution"] = {"type": "zipf", "exponent": draw(st.sampled_from([0.5, 1.0, 2.0]))}
            elif draw(st.integers(0, 3)) == 0:
                child["is_unique"] = True
            columns.append(child)
        wide = [parent for parent in tables if len(parent.get("primary_key", [])) > 1]
        if wide and draw(st.booleans()):
            add_composite_reference(table, draw(st.sampled_from(wide)), draw(nullity()))
        plain = [one for one in columns if one.get("data_type") != "JSON" and not one.get("null_fraction")]
        if "primary_key" not in table and len(plain) >= 2 and draw(st.booleans()):
            table["primary_key"] = [one["name"] for one in draw(st.permutations(plain))[: draw(st.integers(2, 3))]]
        comparable = [one for one in columns if one.get("data_type") != "JSON"]
        if len(comparable) >= 2 and draw(st.integers(0, 2)) == 0:
            group = draw(st.permutations(comparable))[: draw(st.integers(2, 3))]
            table["unique_keys"] = [[one["name"] for one in group]]
        tables.append(table)
    return Experiment.model_validate({"name": "random", "tables": tables})


def add_composite_reference(table: dict[str, Any], parent: dict[str, Any], nulls: dict[str, Any]) -> None:
    names = []
    for key in parent["primary_key"]:
        other = next(one for one in parent["columns"] if one["name"] == key)
        kept = {rule: other[rule] for rule in ("data_type", "varchar_length") if rule in other}
        names.append(f"to_{key}")
        table["columns"].append({"name": names[-1], **kept, **nulls})
    table["foreign_keys"] = [{"columns": names, "table": parent["name"], "references": parent["primary_key"]}]


def whole(plan: Any) -> Any:
    return {table.name: table.batch(0, table.rows) for table in plan.tables}


def tuples(batch: Any, names: Any) -> Any:
    return list(zip(*(batch.column(name).to_pylist() for name in names), strict=True))


def check_keys(experiment: Any, data: Any) -> None:
    for table in experiment.tables:
        for group in table.unique_groups():
            values = [row for row in tuples(data[table.name], group) if None not in row]
            assert len(set(values)) == len(values), (table.name, group)
    for reference in experiment.references():
        found = {row for row in tuples(data[reference.table], reference.columns) if None not in row}
        parents = set(tuples(data[reference.parent], reference.parent_columns))
        assert found <= parents, reference


def check_column(table: Any, column: Any, values: Any, rows: Any) -> None:
    kind, present = column.data_type, [value for value in values if value is not None]
    if column.required or column.name in table.primary_key:
        assert len(present) == rows
    if column.null_fraction == 1.0:
        assert not present
    refers = column.foreign_key or column.name.startswith("to_")
    if column.null_fraction == 0.0 and not refers:
        assert len(present) == rows
    if kind in INTEGER_RANGES:
        low, high = INTEGER_RANGES[kind]
        assert all(low <= value <= high for value in present)
    if kind is DataType.DECIMAL:
        precision, scale = column.decimal_size
        assert all(abs(value) < Decimal(10) ** (precision - scale) for value in present)
    if column.min_value is not None:
        assert all(value >= column.min_value for value in present)
    if column.max_value is not None:
        assert all(value <= column.max_value for value in present)
    if kind.is_text:
        limit = column.varchar_length or (1 if kind is DataType.CHAR else 255)
        assert all(1 <= len(value.encode()) <= limit for value in present)
    if kind is DataType.BINARY:
        assert all(len(value) <= (column.varchar_length or 16) for value in present)
    if kind is DataType.JSON:
        assert all(json.loads(value) is not None for value in present)
    if kind.is_temporal and not refers:
        days = [value if type(value) is dt.date else value.date() for value in present]
        assert all(column.date_start is None or day >= column.date_start for day in days)
        assert all(column.date_end is None or day <= column.date_end for day in days)


QUICK = profile(40)


@QUICK
@given(experiments(), st.integers(0, 2**63))
def test_declared_rules_hold_for_any_cut(experiment: Any, seed: Any) -> None:
    try:
        plan = build_plan(experiment, seed=seed)
    except SchemaError:
        return
    data = whole(plan)
    check_keys(experiment, data)
    for table in experiment.tables:
        batch = data[table.name]
        batch.validate(full=True)
        for one in table.columns:
            check_column(table, one, batch.column(one.name).to_pylist(), batch.num_rows)
    for table in plan.tables:
        for size in (1 if table.rows < 10 else 17, 133):
            cuts = [table.batch(lo, min(lo + size, table.rows)) for lo in range(0, table.rows, size)]
            joined = pa.Table.from_batches(cuts, schema=table.schema)
            assert joined.to_pylist() == data[table.name].to_pylist()
        assert build_plan(experiment, seed=seed).table(table.name).batch(0, table.rows).equals(data[table.name])


@QUICK
@given(experiments())
def test_any_row_alone_is_the_same(experiment: Any) -> None:
    """What a foreign key reads of its parent (single rows, in any order) is what the parent's batch holds."""
    try:
        plan = build_plan(experiment, seed=3)
    except SchemaError:
        return
    for table in plan.tables:
        if not table.rows:
            continue
        index = pa.array([table.rows - 1, 0, table.rows // 2, 0], pa.uint64())
        rows = Rows.of(index.to_numpy())
        for one in table.columns:
            expected = one.take(Rows.range(0, table.rows)).take(index)
            assert one.take(rows).to_pylist() == expected.to_pylist(), one.name


@pytest.mark.parametrize("fraction", [0.0, 0.01, 0.25, 0.9, 1.0])
@pytest.mark.parametrize("unique", [False, True])
def test_null_share(fraction: Any, unique: Any) -> None:
    column = {"name": "x", "data_type": "BIGINT", "null_fraction": fraction, "is_unique": unique}
    table = {"name": "t", "target_rows": 20_000, "columns": [column]}
    plan = build_plan(Experiment.model_validate({"name": "e", "tables": [table]}), seed=1)
    nulls = plan.tables[0].batch(0, 20_000).column("x").null_count
    assert nulls == 20_000 * fraction if unique else abs(nulls / 20_000 - fraction) < 0.01


def test_another_seed_is_other_data() -> None:
    column = {"name": "x", "data_type": "BIGINT"}
    experiment = Experiment.model_validate({"name": "e", "tables": [{"name": "t", "columns": [column]}]})
    one, other = (build_plan(experiment, seed=seed).tables[0].batch(0, 1000).column("x") for seed in (1, 2))
    assert pc.sum(pc.equal(one, other)).as_py() < 20
