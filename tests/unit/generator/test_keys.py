"""Keys and references: what is unique, who refers to whom, and what cannot be."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dw_simulator.errors import SchemaError
from dw_simulator.generator import build_plan
from dw_simulator.schema.model import Experiment


def plan_of(*tables: Any, rows: Any = None, seed: Any = 1) -> Any:
    return build_plan(Experiment.model_validate({"name": "e", "tables": list(tables)}), seed=seed, rows=rows)


def data_of(*tables: Any, rows: Any = None, seed: Any = 1) -> Any:
    plan = plan_of(*tables, rows=rows, seed=seed)
    return {table.name: pa.Table.from_batches([table.batch(0, table.rows)]).to_pydict() for table in plan.tables}


def table(name: Any, rows: Any, *columns: Any, **rules: Any) -> Any:
    made = [
        column if isinstance(column, dict) else dict(zip(("name", "data_type"), column.split(), strict=True))
        for column in columns
    ]
    return {"name": name, "target_rows": rows, "columns": made, **rules}


def ref(name: Any, target: Any, kind: Any = "INT", **rules: Any) -> Any:
    return {"name": name, "data_type": kind, "foreign_key": target, **rules}


PARENT = table("p", 500, "id INT", primary_key=["id"])


# --- sequences ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ({"name": "_row_id", "data_type": "INT", "is_unique": True, "required": True}, range(1, 101)),
        ({"name": "id", "data_type": "SMALLINT", "is_unique": True}, range(1, 101)),
        ({"name": "id", "data_type": "INT", "is_unique": True, "min_value": 1000}, range(1000, 1100)),
        ({"name": "id", "data_type": "INT", "is_unique": True, "max_value": 50}, range(-49, 51)),
        ({"name": "id", "data_type": "INT", "is_unique": True, "min_value": 0, "max_value": 99}, range(100)),
        ({"name": "id", "data_type": "BIGINT", "identity": {"seed": 100, "step": 10}}, range(100, 1100, 10)),
        ({"name": "id", "data_type": "INT", "identity": {"seed": -1, "step": -1}}, range(-1, -101, -1)),
        ({"name": "id", "data_type": "DECIMAL(20,0)", "identity": {"seed": 7, "step": 1}}, range(7, 107)),
        ({"name": "id", "data_type": "DECIMAL(8,2)", "is_unique": True}, range(1, 101)),
        ({"name": "id", "data_type": "DECIMAL(38,0)", "is_unique": True}, range(1, 101)),
    ],
)
def test_sequences(column: Any, expected: Any) -> None:
    assert data_of(table("t", 100, column))["t"][column["name"]] == list(expected)


def test_short_codes_use_more_letters_where_they_must() -> None:
    codes = data_of(table("t", 200_000, {"name": "x", "data_type": "CHAR(3)", "is_unique": True}))["t"]["x"]
    assert len(set(codes)) == 200_000


def test_dates_of_a_calendar_are_in_order() -> None:
    days = data_of(table("d", 4000, "caldate DATE", primary_key=["caldate"]))["d"]["caldate"]
    assert days == [dt.date(2020, 1, 1) + dt.timedelta(days=day) for day in range(4000)]


@pytest.mark.parametrize(
    "kind",
    [
        "INT",
        "BIGINT",
        "DECIMAL(12,2)",
        "DECIMAL(30,4)",
        "FLOAT",
        "VARCHAR(12)",
        "VARCHAR(100)",
        "CHAR(4)",
        "DATE",
        "TIME",
        "TIMESTAMP",
        "TIMESTAMP_TZ",
        "BINARY(3)",
        "BINARY(40)",
    ],
)
@pytest.mark.parametrize("bounded", [False, True])
def test_unique_of_every_type(kind: Any, bounded: Any) -> None:
    column = {"name": "x", "data_type": kind, "is_unique": True}
    if bounded and kind.startswith(("INT", "BIG", "DEC", "FLO")):
        column |= {"min_value": -5000, "max_value": 90_000}
    if bounded and kind.startswith(("DATE", "TIMESTAMP")):
        column |= {"date_start": "1950-01-01", "date_end": "2020-01-01"}
    values = data_of(table("t", 20_000, column))["t"]["x"]
    assert len(set(values)) == 20_000


def test_unique_at_a_hundred_million_rows_without_memory() -> None:
    column = {"name": "x", "data_type": "VARCHAR(30)", "is_unique": True, "faker_rule": "email"}
    number = {"name": "n", "data_type": "BIGINT", "is_unique": True, "min_value": 0, "max_value": 10**12}
    plan = plan_of(table("t", 100_000_000, column, number))
    ends = [plan.tables[0].batch(lo, lo + 1000) for lo in (0, 50_000_000, 99_999_000)]
    for name in ("x", "n"):
        assert len({value for batch in ends for value in batch.column(name).to_pylist()}) == 3000


# --- foreign keys -------------------------------------------------------------------------------------------------
def test_chain_of_keys_that_are_keys() -> None:
    data = data_of(
        table("a", 400, "id INT", primary_key=["id"]),
        table("b", 300, ref("a_id", "a.id"), primary_key=["a_id"]),
        table("c", 200, ref("b_id", "b.a_id", "BIGINT"), primary_key=["b_id"]),
        table("d", 900, ref("c_id", "c.b_id", "DECIMAL(12,0)")),
    )
    assert len(set(data["b"]["a_id"])) == 300
    assert set(data["d"]["c_id"]) <= set(data["c"]["b_id"]) <= set(data["b"]["a_id"]) <= set(data["a"]["id"])


@pytest.mark.parametrize(
    "column",
    [
        {"data_type": "VARCHAR(80)", "faker_rule": "email"},
        {"data_type": "VARCHAR(36)", "faker_rule": "uuid"},
        {"data_type": "VARCHAR(2)", "faker_rule": "country_code"},
        {"data_type": "DATE"},
        {"data_type": "TIMESTAMP"},
        {"data_type": "FLOAT"},
        {"data_type": "DECIMAL(30,3)"},
        {"data_type": "VARCHAR(60)", "faker_rule": "email", "null_fraction": 0.4},
        {"data_type": "INT", "null_fraction": 0.4},
    ],
)
def test_reference_to_any_unique_column(column: Any) -> None:
    rows = 60
    parent = table("p", rows, {"name": "k", "is_unique": True, **column})
    child = {"name": "k", "foreign_key": "p.k", "required": True, "data_type": column["data_type"]}
    data = data_of(parent, table("c", 5000, child))
    assert set(data["c"]["k"]) == set(data["p"]["k"]) - {None}


def test_fan_out() -> None:
    even: Counter[int] = Counter(data_of(PARENT, table("c", 50_000, ref("p_id", "p.id")))["c"]["p_id"])
    assert 60 < min(even.values()) <= max(even.values()) < 150
    zipf = {"type": "zipf", "exponent": 1.0}
    skewed: Counter[int] = Counter(
        data_of(PARENT, table("c", 50_000, ref("p_id", "p.id", distribution=zipf)))["c"]["p_id"]
    )
    top = [count for _, count in skewed.most_common(2)]
    assert 6500 < top[0] < 8200
    assert 1.8 < top[0] / top[1] < 2.2
    assert skewed.most_common(1)[0][0] != 1


def test_one_to_one() -> None:
    child = table("c", 300, ref("p_id", "p.id", is_unique=True), ref("q_id", "p.id", is_unique=True, null_fraction=0.5))
    data = data_of(PARENT, child)["c"]
    assert len(set(data["p_id"])) == 300
    assert data["q_id"].count(None) == 150
    assert len(set(data["q_id"])) == 151


def test_one_to_one_with_gaps_enough() -> None:
    """800 rows, half of them empty, need only 400 of 500 parents: refused or held, never repeated."""
    child = table("c", 800, ref("p_id", "p.id", is_unique=True, null_fraction=0.5))
    try:
        values = data_of(PARENT, child)["c"]["p_id"]
    except SchemaError:
        return
    assert len(set(values)) == 401


@pytest.mark.parametrize("rules", [{}, {"null_fraction": 0.2}, {"distribution": {"type": "zipf"}}])
def test_hierarchy_has_no_cycles(rules: Any) -> None:
    people = table("e", 3000, "id INT", ref("boss_id", "e.id", **rules), primary_key=["id"])
    data = data_of(people)["e"]
    assert data["boss_id"][0] is None
    assert all(boss is None or boss < me for me, boss in zip(data["id"], data["boss_id"], strict=True))
    assert len(set(data["boss_id"])) > 100


def test_required_hierarchy_has_a_root_of_its_own() -> None:
    data = data_of(table("e", 1000, "id INT", ref("boss_id", "e.id", required=True), primary_key=["id"]))["e"]
    assert data["boss_id"][0] == data["id"][0]
    assert all(boss < me for me, boss in zip(data["id"][1:], data["boss_id"][1:], strict=True))


def test_unique_hierarchy_is_a_chain() -> None:
    data = data_of(table("e", 100, "id INT", ref("next_id", "e.id", is_unique=True), primary_key=["id"]))["e"]
    assert data["next_id"] == [None, *range(1, 100)]


@pytest.mark.parametrize("share", [0, 0.4])
def test_required_reference_to_a_hierarchy_that_has_gaps(share: float) -> None:
    chain = table("e", 100, "id INT", ref("next_id", "e.id", is_unique=True, null_fraction=share), primary_key=["id"])
    data = data_of(chain, table("c", 900, ref("e_next", "e.next_id", required=True)))
    assert data["e"]["next_id"].count(None) == max(1, 100 * share)
    assert set(data["c"]["e_next"]) == set(data["e"]["next_id"]) - {None}


def test_hierarchy_in_a_key() -> None:
    node = table(
        "n",
        500,
        "id INT",
        ref("parent_id", "n.id"),
        "position SMALLINT",
        unique_keys=[["parent_id", "position"]],
        primary_key=["id"],
    )
    data = data_of(node)["n"]
    assert len(set(zip(data["parent_id"], data["position"], strict=True))) == 500
    assert all(up is None or up < me for me, up in zip(data["id"], data["parent_id"], strict=True))


def test_cycle_of_tables_over_nullable_keys() -> None:
    data = data_of(
        table("dept", 20, "id INT", ref("head_id", "emp.id"), primary_key=["id"]),
        table("emp", 300, "id INT", ref("dept_id", "dept.id", required=True), primary_key=["id"]),
    )
    assert set(data["dept"]["head_id"]) <= set(data["emp"]["id"])
    assert set(data["emp"]["dept_id"]) <= set(data["dept"]["id"])


def test_empty_parent_leaves_references_empty() -> None:
    data = data_of(PARENT, table("c", 10, ref("p_id", "p.id")), rows={"P": 0})
    assert data["c"]["p_id"] == [None] * 10


def test_reference_to_a_column_that_repeats_is_refused_or_held() -> None:
    """Where validation lets it pass, every value still is one of the parent's."""
    try:
        data = data_of(table("p", 50, "kind INT"), table("c", 500, ref("kind", "p.kind")))
    except SchemaError:
        return
    assert set(data["c"]["kind"]) <= set(data["p"]["kind"])


# --- keys of several columns -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("rows", "columns", "key"),
    [
        (1000, ["region_id INT", "store_id INT"], ["region_id", "store_id"]),
        (5000, [ref("p_id", "p.id"), "line_no SMALLINT"], ["p_id", "line_no"]),
        (20_000, [ref("p_id", "p.id"), ref("q_id", "p.id")], ["p_id", "q_id"]),
        (250_000, [ref("p_id", "p.id"), ref("q_id", "p.id")], ["p_id", "q_id"]),
        (3000, ["city VARCHAR(30)", "day DATE"], ["city", "day"]),
        (3000, ["city VARCHAR(30)", "state CHAR(2)"], ["city", "state"]),
        (3000, ["code VARCHAR(10)", "is_x BOOLEAN"], ["code", "is_x"]),
        (2000, ["year INT", "month INT", "shop INT"], ["year", "month", "shop"]),
        (132, ["year INT", "month INT"], ["year", "month"]),
        (200, ["year INT", "month INT"], ["year", "month"]),
        (4, ["a BOOLEAN", "b BOOLEAN"], ["a", "b"]),
        (900, ["a FLOAT", "b TIMESTAMP", "c VARCHAR(4)"], ["a", "b", "c"]),
        (1000, ["id INT", "version INT"], ["id", "version"]),
    ],
)
@pytest.mark.parametrize("kind", ["primary_key", "unique_keys", "composite_keys"])
def test_composite_keys(rows: Any, columns: Any, key: Any, kind: Any) -> None:
    child = table("c", rows, *columns, **{kind: key if kind == "primary_key" else [key]})
    data = data_of(PARENT, child)["c"]
    assert len(set(zip(*(data[name] for name in key), strict=True))) == rows
    if kind != "unique_keys":
        assert not any(None in data[name] for name in key)


def test_composite_key_spreads_over_its_columns() -> None:
    data = data_of(PARENT, table("c", 2000, ref("p_id", "p.id"), "line_no INT", primary_key=["p_id", "line_no"]))["c"]
    assert len(set(data["p_id"])) > 450
    assert max(data["line_no"]) <= 10


def test_several_keys_of_one_table() -> None:
    child = table(
        "c",
        1000,
        ref("p_id", "p.id"),
        "line_no INT",
        "email VARCHAR(50)",
        "code VARCHAR(8)",
        primary_key=["p_id", "line_no"],
        unique_keys=[["line_no", "code"], ["email", "p_id"]],
    )
    data = data_of(PARENT, child)["c"]
    for key in (["p_id", "line_no"], ["line_no", "code"], ["email", "p_id"]):
        assert len(set(zip(*(data[name] for name in key), strict=True))) == 1000


LINES = table("lines", 2000, ref("p_id", "p.id"), "line_no INT", primary_key=["p_id", "line_no"])
TO_LINES = {"columns": ["p_id", "line_no"], "table": "lines", "references": ["p_id", "line_no"]}


def test_composite_reference() -> None:
    data = data_of(PARENT, LINES, table("s", 5000, "p_id INT", "line_no INT", foreign_keys=[TO_LINES]))
    lines = set(zip(data["lines"]["p_id"], data["lines"]["line_no"], strict=True))
    used = set(zip(data["s"]["p_id"], data["s"]["line_no"], strict=True))
    assert used <= lines
    assert len(used) > 1500


def test_composite_reference_in_a_key() -> None:
    child = table(
        "s",
        6000,
        "p_id INT",
        "line_no INT",
        "part INT",
        foreign_keys=[TO_LINES],
        primary_key=["p_id", "line_no", "part"],
    )
    one = table("o", 1500, "p_id INT", "line_no INT", foreign_keys=[TO_LINES], primary_key=["p_id", "line_no"])
    data = data_of(PARENT, LINES, child, one)
    lines = set(zip(data["lines"]["p_id"], data["lines"]["line_no"], strict=True))
    rows = list(zip(data["s"]["p_id"], data["s"]["line_no"], data["s"]["part"], strict=True))
    assert len(set(rows)) == 6000
    assert {row[:2] for row in rows} <= lines
    pairs = list(zip(data["o"]["p_id"], data["o"]["line_no"], strict=True))
    assert len(set(pairs)) == 1500
    assert set(pairs) <= lines


def test_composite_reference_with_a_narrower_one_that_it_implies() -> None:
    child = table("s", 500, ref("p_id", "p.id"), "line_no INT", foreign_keys=[TO_LINES])
    data = data_of(PARENT, LINES, child)
    assert set(zip(data["s"]["p_id"], data["s"]["line_no"], strict=True)) <= set(
        zip(data["lines"]["p_id"], data["lines"]["line_no"], strict=True)
    )


def test_composite_reference_is_null_as_a_whole() -> None:
    columns = [{"name": name, "data_type": "INT", "null_fraction": 0.3} for name in ("p_id", "line_no")]
    data = data_of(PARENT, LINES, table("s", 1000, *columns, foreign_keys=[TO_LINES]))["s"]
    assert [value is None for value in data["p_id"]] == [value is None for value in data["line_no"]]
    assert 200 < data["p_id"].count(None) < 400


# --- what cannot be ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ([table("t", 5, {"name": "x", "data_type": "BOOLEAN", "is_unique": True})], "2 different values"),
        ([table("t", 99_999, {"name": "x", "data_type": "CHAR(2)", "is_unique": True})], "but 99,999 rows are wanted"),
        ([table("t", 300, {"name": "x", "data_type": "BINARY(1)", "is_unique": True})], "but 300 rows are wanted"),
        (
            [table("t", 40_000, {"name": "x", "data_type": "SMALLINT", "is_unique": True, "min_value": 1})],
            "but 40,000 rows are wanted",
        ),
        ([PARENT, table("c", 501, ref("p_id", "p.id", is_unique=True))], "but 501 rows are wanted"),
        ([table("t", 5, "a BOOLEAN", "b BOOLEAN", primary_key=["a", "b"])], "4 different values"),
        (
            [PARENT, table("c", 500 * 500 + 1, ref("a", "p.id"), ref("b", "p.id"), primary_key=["a", "b"])],
            "250,000 different values",
        ),
        ([table("p", 0, "id INT", primary_key=["id"]), table("c", 5, ref("p_id", "p.id", required=True))], "p"),
        (
            [table("a", 5, ref("x", "b.x"), primary_key=["x"]), table("b", 5, ref("x", "a.x"), primary_key=["x"])],
            "cycle",
        ),
        ([table("a", 5, ref("x", "b.x", is_unique=True)), table("b", 5, ref("x", "a.x", is_unique=True))], "circle"),
        (
            [
                table("p", 9, {"name": "k", "data_type": "BIGINT", "is_unique": True, "min_value": 10**10}),
                table("c", 5, ref("k", "p.k", "INT")),
            ],
            "INT",
        ),
        (
            [
                table("p", 9, {"name": "k", "data_type": "VARCHAR(80)", "is_unique": True, "faker_rule": "email"}),
                table("c", 5, ref("k", "p.k", "VARCHAR(5)")),
            ],
            "bytes long, but the column holds 5",
        ),
        (
            [
                table(
                    "t",
                    9,
                    {
                        "name": "x",
                        "data_type": "FLOAT",
                        "min_value": 900,
                        "max_value": 901,
                        "distribution": {"type": "normal", "mean": 0, "stddev": 1},
                    },
                )
            ],
            "practically no values",
        ),
        (
            [
                PARENT,
                table("q", 5, "id INT", primary_key=["id"]),
                table("l", 9, ref("p_id", "p.id"), "n INT", primary_key=["p_id", "n"]),
                table(
                    "s",
                    9,
                    ref("p_id", "q.id"),
                    "n INT",
                    foreign_keys=[{"columns": ["p_id", "n"], "table": "l", "references": ["p_id", "n"]}],
                ),
            ],
            "two foreign keys",
        ),
    ],
)
def test_impossible_schemas_are_named(tables: Any, message: Any) -> None:
    with pytest.raises(SchemaError, match=re.escape(message)):
        plan_of(*tables)


def test_all_problems_at_once() -> None:
    with pytest.raises(SchemaError) as caught:
        plan_of(
            table(
                "t",
                9,
                {"name": "a", "data_type": "VARCHAR(9)", "faker_rule": "nothing_like_it"},
                {"name": "b", "data_type": "VARCHAR(9)", "faker_rule": "uuid"},
            )
        )
    assert [problem.path for problem in caught.value.problems] == ["tables.t.columns.a", "tables.t.columns.b"]


def test_rows_given_instead_of_target_rows() -> None:
    plan = plan_of(PARENT, rows={"P": 7})
    assert plan.rows == plan.table("p").rows == 7
    with pytest.raises(SchemaError, match="different values"):
        plan_of(table("t", 2, {"name": "x", "data_type": "BOOLEAN", "is_unique": True}), rows={"t": 3})


def test_children_of_even_choice_are_all_different_rows() -> None:
    ids = np.array(data_of(PARENT, table("c", 100_000, ref("p_id", "p.id")))["c"]["p_id"])
    assert abs(np.corrcoef(ids[:-1], ids[1:])[0, 1]) < 0.02
