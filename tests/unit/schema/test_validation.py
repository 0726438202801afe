"""`check`: every rule as a table of (what is wrong, path of the problem, text of the message)."""

from __future__ import annotations

from typing import Any

import pytest

from dw_simulator.errors import SchemaError
from dw_simulator.schema.model import Experiment
from dw_simulator.schema.validation import check

BOTH = ["redshift", "snowflake"]


def experiment(*columns: dict[str, Any], table: dict[str, Any] | None = None, **more: Any) -> Experiment:
    """An experiment of one table ``t`` with these columns."""
    return Experiment.model_validate(
        {"name": "demo", "tables": [{"name": "t", "columns": list(columns), **(table or {})}], **more}
    )


def tables(*definitions: dict[str, Any], **more: Any) -> Experiment:
    return Experiment.model_validate({"name": "demo", "tables": list(definitions), **more})


def table(name: str, *columns: Any, **more: Any) -> dict[str, Any]:
    """A column given as text is an INT that is there to be named."""
    full = [{"name": item, "data_type": "INT"} if isinstance(item, str) else item for item in columns]
    return {"name": name, "columns": full, **more}


def col(name: str, data_type: str = "INT", **more: Any) -> dict[str, Any]:
    return {"name": name, "data_type": data_type, **more}


def among(*values: Any) -> dict[str, Any]:
    return {"type": "categorical", "values": list(values)}


def problems(given: Experiment, rows: dict[str, int] | None = None) -> list[tuple[str, str]]:
    try:
        check(given, rows)
    except SchemaError as error:
        return [(problem.path, f"{problem.message} | {problem.hint}") for problem in error.problems]
    return []


def one_problem(given: Experiment, rows: dict[str, int] | None = None) -> tuple[str, str]:
    found = problems(given, rows)
    assert len(found) == 1, found
    return found[0]


RULES = [
    (col("a", min_value=10, max_value=1), "max_value", "max_value 1 is smaller than min_value 10"),
    (col("a", "SMALLINT", max_value=70000), "max_value", "70000 is outside SMALLINT (-32768 to 32767)"),
    (col("a", min_value=1.5), "min_value", "1.5 is not a whole number"),
    (col("a", "DECIMAL(5,2)", max_value=1000), "max_value", "1000 is outside DECIMAL(5,2) (-999.99 to 999.99)"),
    (col("a", "DECIMAL(5,2)", min_value=0.125), "min_value", "more than 2 digits after the point"),
    (col("a", "DATE", min_value=1), "min_value", "min_value does not fit type DATE"),
    (
        col("a", varchar_length=10),
        "varchar_length",
        "varchar_length does not fit type INT; it is for VARCHAR, CHAR, BINARY",
    ),
    (col("a", faker_rule="email"), "faker_rule", "faker_rule does not fit type INT"),
    (col("a", date_start="2024-01-01"), "date_start", "date_start does not fit type INT"),
    (
        col("a", "DATE", date_start="2024-02-01", date_end="2024-01-01"),
        "date_end",
        "date_end 2024-01-01 is before date_start 2024-02-01",
    ),
    (col("a", "DATE", date_end="2024-01-01T10:00:00"), "date_end", "has a time of day"),
    (col("a", "TIMESTAMP", date_start="2024-01-01T10:00:00Z"), "date_start", "has a time zone"),
    (
        col("a", "DATE", distribution={"type": "normal", "mean": 1, "stddev": 1}),
        "distribution",
        "normal does not fit type DATE; uniform, categorical, histogram, calendar, conditional do",
    ),
    (col("a", "FLOAT", distribution={"type": "zipf"}), "distribution", "zipf does not fit type FLOAT"),
    (col("a", "JSON", distribution={"type": "uniform"}), "distribution", "uniform does not fit type JSON"),
    (
        col("a", is_unique=True, distribution={"type": "exponential", "scale": 3}),
        "distribution",
        "every value appears once",
    ),
    (col("a", "VARCHAR(9)", faker_rule="city", distribution=among("x")), "faker_rule", "contradicts"),
    (col("a", identity={}, min_value=3), "min_value", "min_value contradicts identity"),
    (col("a", identity={}, null_fraction=0.5), "null_fraction", "never NULL"),
    (col("a", "VARCHAR", identity={}), "identity", "identity does not fit type VARCHAR"),
    (col("a", required=True, null_fraction=0.5), "null_fraction", "null_fraction is 0.5 but the column is required"),
    (
        col("a", "VARCHAR(2)", distribution=among("ab", "abc")),
        "distribution.values",
        "'abc' is 3 characters long; VARCHAR(2) holds 2",
    ),
    (col("a", distribution=among(1, "x")), "distribution.values", "'x' is not a number"),
    (col("a", distribution=among(1, True)), "distribution.values", "True is not a number"),
    (col("a", "SMALLINT", distribution=among(1, 40000)), "distribution.values", "40000 is outside SMALLINT"),
    (col("a", max_value=5, distribution=among(1, 6)), "distribution.values", "6 is larger than max_value 5"),
    (col("a", "BOOLEAN", distribution=among(1)), "distribution.values", "1 is not true or false"),
    (col("a", "VARCHAR", distribution=among(1)), "distribution.values", "1 is not text"),
    (col("a", "DATE", distribution=among("2024-13-01")), "distribution.values", "is not a date such as"),
    (
        col("a", "DATE", date_end="2024-01-01", distribution=among("2024-01-02")),
        "distribution.values",
        "after date_end",
    ),
    (col("a", "TIME", distribution=among("25:00")), "distribution.values", "is not a time such as"),
    (col("a", "JSON", distribution=among("{")), "distribution.values", "is not JSON text"),
    (col("a", encode="zst"), "encode", "unknown encoding 'zst' | did you mean 'ZSTD'?"),
]


@pytest.mark.parametrize(("column", "path", "message"), RULES)
def test_rules_of_a_column(column: Any, path: Any, message: Any) -> None:
    place, text = one_problem(experiment(column))
    assert place == f"tables.t.columns.a.{path}"
    assert message in text


FITTING = [
    col("a", "DECIMAL(5,2)", min_value=-999.99, max_value=0.1),
    col("a", "FLOAT", min_value=-1e300, max_value=1.5),
    col("a", "TIMESTAMP", date_start="2024-01-01", date_end="2024-01-01"),
    col("a", "TIMESTAMP_TZ", date_start="2024-01-01T00:00:00+02:00", date_end="2024-01-01"),
    col("a", "DATE", distribution=among("2024-01-02")),
    col("a", "BINARY", varchar_length=10),
    col("a", "BOOLEAN", distribution=among(True, False) | {"weights": [1, 3]}),
    col("a", "JSON", distribution=among('{"a": 1}', "null")),
    col("a", "TIME", distribution=among("10:00")),
    col("a", identity={"seed": 5, "step": -2}),
    col("a", is_unique=True, min_value=1, max_value=1000),
    col("a", "VARCHAR(30)", faker_rule="city", null_fraction=1.0),
]


@pytest.mark.parametrize("column", FITTING)
@pytest.mark.parametrize("target", [["sqlite"], BOTH])
def test_rules_that_fit(column: Any, target: Any) -> None:
    check(experiment(column, target_warehouse=target))


def test_every_problem_is_reported_at_once() -> None:
    found = problems(experiment(col("a", min_value=2, max_value=1), col("a", "DATE", faker_rule="x"), col("select")))
    assert [path for path, _ in found] == [
        "tables.t.columns.a",
        "tables.t.columns.select.name",
        "tables.t.columns.a.faker_rule",
        "tables.t.columns.a.max_value",
    ], found


NAMES = [
    ("order", BOTH, False, "reserved word in Redshift and Snowflake"),
    ("Select", ["sqlite"], False, "reserved word in SQLite"),
    ("tag", ["redshift"], False, "reserved word in Redshift"),
    ("tag", ["snowflake"], False, None),
    ("start", ["snowflake"], False, "reserved word in Snowflake"),
    ("start", ["redshift"], False, None),
    ("order", BOTH, True, None),
    ("date", BOTH, False, None),
    ("account", BOTH, False, None),
    ("a b", BOTH, False, "needs quotes"),
    ("a b", BOTH, True, None),
    ("1a", BOTH, False, "needs quotes"),
    ("größe", ["redshift"], False, None),
    ("größe", ["snowflake"], False, "needs quotes: without them letters A-Z"),
    ("a\nb", BOTH, True, "control character"),
    (" ", BOTH, True, "is empty"),
    ("x" * 128, ["redshift"], False, "is 128 bytes long; at most 127"),
    ("é" * 64, ["redshift"], False, "is 128 bytes long"),
    ("x" * 128, ["snowflake"], False, None),
    ("ctid", ["redshift"], True, "hidden column of every Redshift table"),
]


@pytest.mark.parametrize(("name", "target", "quoted", "message"), NAMES)
def test_names_of_columns(name: Any, target: Any, quoted: Any, message: Any) -> None:
    given = experiment(col(name, quoted=quoted), target_warehouse=target)
    if message is None:
        check(given)
    else:
        place, text = one_problem(given)
        assert place == f"tables.t.columns.{name}.name"
        assert message in text


@pytest.mark.parametrize(
    ("name", "target", "message"),
    [
        ("left", ["snowflake"], "reserved word in Snowflake"),
        ("case", ["snowflake"], None),
        ("order", BOTH, "set `quoted: true`"),
    ],
)
def test_names_of_tables(name: Any, target: Any, message: Any) -> None:
    given = tables(table(name, "a"), target_warehouse=target, dialect="snowflake")
    assert (message in one_problem(given)[1]) if message else not problems(given)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("My demo!", "for example 'my_demo'"),
        ("1st", "for example 'e_1st'"),
        ("public", "taken by the warehouses"),
        ("pg_x", "taken by the warehouses"),
        ("snowflake", "for example 'snowflake_data'"),
        ("order", "for example 'order_data'"),
        ("größe", "is not allowed"),
    ],
)
def test_names_of_experiments(name: Any, message: Any) -> None:
    place, text = one_problem(tables(table("t", "a")).model_copy(update={"name": name}))
    assert place == "name"
    assert message in text


def test_duplicates_in_any_case() -> None:
    found = problems(tables(table("t", "a", "A"), table("T", "x")))
    assert [path for path, _ in found] == ["tables.T", "tables.t.columns.A"]
    assert "'T' is there twice (as 't'" in found[0][1]


KEYS = [
    ({"primary_key": ["b"]}, "primary_key", "no column 'b'"),
    ({"primary_key": ["a", "A"]}, "primary_key", "column 'A' is there twice"),
    ({"unique_keys": [[]]}, "unique_keys.0", "the key has no columns"),
    ({"unique_keys": [["a", "amuont"]]}, "unique_keys.0", "did you mean 'amount'?"),
    ({"composite_keys": [["a"]]}, "composite_keys.0", "at least 2 columns"),
    ({"composite_keys": [[]]}, "composite_keys.0", "the key has no columns"),
    ({"composite_keys": [["a", "x"]]}, "composite_keys.0", "no column 'x'"),
    ({"dist_key": "x"}, "dist_key", "no column 'x'"),
    ({"dist_key": "a", "dist_style": "all"}, "dist_style", "dist_style all contradicts dist_key 'a'"),
    ({"dist_style": "key"}, "dist_key", "there is no dist_key"),
    ({"sort_key": {"columns": ["x"]}}, "sort_key.columns", "no column 'x'"),
    ({"sort_key": {}}, "sort_key", "wants columns"),
    ({"primary_key": ["j"]}, "primary_key", "type JSON, which cannot be part of a key"),
    ({"sort_key": {"columns": ["bin"]}}, "sort_key", "type BINARY"),
]


@pytest.mark.parametrize(("attributes", "path", "message"), KEYS)
def test_keys_and_physical_attributes(attributes: Any, path: Any, message: Any) -> None:
    columns = (col("a"), col("amount"), col("j", "JSON"), col("bin", "BINARY"))
    place, text = one_problem(experiment(*columns, table=attributes))
    assert place == f"tables.t.{path}"
    assert message in text


def test_primary_key_is_never_null() -> None:
    place, text = one_problem(experiment(col("a", null_fraction=0.1), table={"primary_key": "a"}))
    assert (place, "primary key" in text) == ("tables.t.columns.a.null_fraction", True)


PARENT = table(
    "customers",
    "id",
    col("code", "VARCHAR(10)"),
    col("n", "DECIMAL(10,2)"),
    col("big", "BIGINT", is_unique=True, min_value=1, max_value=1 << 40),
    primary_key="id",
)

FOREIGN_KEYS = [
    (
        col("c", foreign_key="custmers.id"),
        "refers to table 'custmers', which does not exist | did you mean 'customers'?",
    ),
    (col("c", foreign_key="customers.idd"), "customers.idd, which does not exist | did you mean 'id'?"),
    (col("c", "VARCHAR", foreign_key="customers.id"), "c is VARCHAR but refers to customers.id, which is INT"),
    (col("c", "VARCHAR", foreign_key="customers.code"), "refers to customers(code), which is not unique | declare"),
    (
        col("c", "INT", foreign_key="customers.big"),
        "too small for the values of customers.big, 1 to 1099511627776 | use BIGINT",
    ),
    (col("c", foreign_key="customers.id", min_value=3), "min_value contradicts foreign_key"),
    (
        col("c", foreign_key="customers.id", distribution={"type": "normal", "mean": 1, "stddev": 1}),
        "normal does not fit a foreign key",
    ),
    (col("c", foreign_key="customers.id", is_unique=True), "can take 1,000 different values, but 2,000 rows"),
    (col("c", foreign_key="t.c"), "the foreign key refers to itself"),
]


@pytest.mark.parametrize(("column", "message"), FOREIGN_KEYS)
def test_foreign_keys(column: Any, message: Any) -> None:
    place, text = one_problem(tables(table("t", column, target_rows=2000), PARENT))
    assert place.startswith("tables.t.columns.c")
    assert message in text


@pytest.mark.parametrize("data_type", ["SMALLINT", "BIGINT", "DECIMAL(10,0)"])
def test_whole_numbers_may_refer_to_each_other(data_type: Any) -> None:
    check(tables(table("t", col("c", data_type, foreign_key="CUSTOMERS.ID")), PARENT))


def test_composite_foreign_key() -> None:
    parent = table("stores", "region", "store", "x", primary_key=["region", "store"])
    key = {"columns": ["r", "s"], "table": "stores", "references": ["store", "region"]}
    check(tables(table("sales", "r", "s", foreign_keys=[key]), parent))
    place, text = one_problem(
        tables(table("sales", "r", "s", foreign_keys=[key | {"references": ["region", "x"]}]), parent)
    )
    assert place == "tables.sales.foreign_keys.0"
    assert "stores(region, x), which is not unique" in text
    assert "or refer to stores(region, store)" in text


def test_cycle_without_a_nullable_edge_is_named() -> None:
    a = table("a", col("id", is_unique=True), col("b_id", foreign_key="b.id", required=True))
    b = table("b", col("id", is_unique=True), col("a_id", foreign_key="a.id", required=True))
    place, text = one_problem(tables(a, b))
    assert place == "tables.a.columns.b_id.foreign_key"
    assert "a -> b -> a (by a.b_id, b.a_id)" in text
    b["columns"][1]["required"] = False
    check(tables(a, b))


DOMAINS = [
    (
        [col("a", is_unique=True, min_value=1, max_value=100)],
        {},
        "can take 100 different values, but 1,000 rows are wanted",
    ),
    ([col("a", "BOOLEAN", is_unique=True)], {}, "can take 2 different values"),
    ([col("a", "DATE", is_unique=True, date_start="2024-01-01", date_end="2024-12-31")], {}, "can take 366 different"),
    ([col("a", "CHAR(1)", is_unique=True)], {}, "can take 95 different"),
    ([col("a", "CHAR", is_unique=True)], {}, "can take 95 different"),
    ([col("a", "DECIMAL(3,1)", is_unique=True, min_value=0, max_value=9.9)], {}, "can take 100 different"),
    ([col("a", "VARCHAR", is_unique=True, distribution=among("x", "y", "x"))], {}, "can take 2 different"),
    (
        [col("a", max_value=9, min_value=0), col("b", "BOOLEAN")],
        {"primary_key": ["a", "b"]},
        "the key (a, b) can take 20 different values (a: 10, b: 2)",
    ),
    ([col("a", "SMALLINT", identity={"seed": 32000})], {}, "identity would reach 32999"),
]


@pytest.mark.parametrize(("columns", "attributes", "message"), DOMAINS)
def test_domains_that_are_too_small(columns: Any, attributes: Any, message: Any) -> None:
    given = experiment(*columns, table=attributes)
    assert message in one_problem(given)[1]
    check(given, {"T": 1})


def test_rows_override_target_rows() -> None:
    given = experiment(col("a", "SMALLINT", is_unique=True))
    assert "65,536 different values, but 70,000 rows" in one_problem(given, {"t": 70_000})[1]
    assert "there is no table 'tt' | did you mean 't'" in one_problem(given, {"tt": 1})[1]
    assert "-1 rows are not possible" in one_problem(given, {"t": -1})[1]


def test_children_need_parents() -> None:
    child = col("c", foreign_key="customers.id", required=True)
    assert "customers, which has 0 rows" in one_problem(tables(table("t", child), PARENT), {"customers": 0})[1]
    check(tables(table("t", child | {"required": False}), PARENT), {"customers": 0})


@pytest.mark.parametrize(("data_type", "wrong"), [("SMALLINT", True), ("DECIMAL(9,0)", True), ("BIGINT", False)])
def test_type_of_an_identity_in_redshift(data_type: Any, wrong: Any) -> None:
    found = problems(experiment(col("a", data_type, identity={}), target_warehouse="redshift"))
    assert ["Redshift wants INT or BIGINT" in text for _, text in found] == [True] * wrong


def test_one_identity_a_table_in_redshift() -> None:
    columns = (col("a", identity={}), col("b", identity={}))
    check(experiment(*columns, target_warehouse="snowflake"))
    assert (
        "has 2 identity columns; Redshift allows one"
        in one_problem(experiment(*columns, target_warehouse="redshift"))[1]
    )


@pytest.mark.parametrize(("target", "wrong"), [("redshift", True), ("snowflake", False)])
def test_lengths_of_warehouses(target: Any, wrong: Any) -> None:
    found = problems(experiment(col("a", "VARCHAR(70000)"), target_warehouse=target))
    assert bool(found) is wrong


def test_redshift_counts_bytes() -> None:
    column = col("a", "VARCHAR(2)", distribution=among("éé"))
    check(experiment(column, target_warehouse="snowflake"))
    assert "'éé' is 4 bytes long" in one_problem(experiment(column, target_warehouse="redshift"))[1]
