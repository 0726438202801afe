"""Schemas learned from samples: what is found, that no rare value leaves, and that data can be made from it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather, ipc, parquet

from dw_simulator.errors import DwSimulatorError, ImportSchemaError, NotFound, SchemaError
from dw_simulator.experiments.learning import LearnOptions, ReadOptions, file_source, learn
from dw_simulator.experiments.learning.correlations import coefficients, nearest
from dw_simulator.experiments.learning.histograms import bins_of
from dw_simulator.experiments.learning.sketches import KEPT_HASHES, RowSample, Sketch, hashes
from dw_simulator.experiments.learning.writing import to_commented_yaml
from dw_simulator.generator import build_plan
from dw_simulator.schema import Column, Experiment, Table
from dw_simulator.schema.importers.yaml_ import read_yaml


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def learned(paths: Sequence[Path], read: ReadOptions | None = None, **options: Any):
    sources = [file_source(path, None, read or ReadOptions()) for path in paths]
    return learn(sources, name="x", options=LearnOptions(**options))


def table(tmp_path: Path, columns: dict[str, Sequence[Any]], **options: Any) -> Table:
    """What is learned from a CSV file with these columns."""
    rows = ["" if value is None else str(value) for value in zip(*columns.values(), strict=True) for value in value]
    width = len(columns)
    lines = [",".join(columns), *(",".join(rows[start : start + width]) for start in range(0, len(rows), width))]
    return learned([written(tmp_path / "t.csv", "\n".join(lines) + "\n")], **options).experiment.tables[0]


def column(tmp_path: Path, values: Sequence[Any], **options: Any) -> Column:
    return table(tmp_path, {"c": values, "other": ["x"] * len(values)}, **options).columns[0]


RANDOM = np.random.default_rng(5)

TYPES = [
    ([1, 2, 3] * 10, "INT", None),
    ([1, 3_000_000_000] * 10, "BIGINT", None),
    (["1.5", "2.25"] * 10, "DECIMAL", 2),
    (["1e-3", "2.5"] * 10, "FLOAT", None),
    (["true", "False"] * 10, "BOOLEAN", None),
    (["2024-01-31", "2024-02-01"] * 10, "DATE", None),
    (["2024-01-31", "2024-13-01"] * 10, "VARCHAR", 10),
    (["2024-01-31 10:00:00", "2024-02-01T11:30"] * 10, "TIMESTAMP", None),
    (["2024-01-31T10:00:00Z", "2024-02-01T11:30+02:00"] * 10, "TIMESTAMP_TZ", None),
    (["10:00", "11:30:05"] * 10, "TIME", None),
    (["007", "008"] * 10, "VARCHAR", 3),
    (["a", "bb"] * 10, "VARCHAR", 2),
    (["yes", "no"] * 10, "VARCHAR", 3),
    ([None] * 20, "VARCHAR", 255),
]


@pytest.mark.parametrize(("values", "kind", "detail"), TYPES, ids=[str(case[0][:2]) for case in TYPES])
def test_types_of_text(tmp_path, values, kind, detail):
    found = column(tmp_path, values)
    assert str(found.data_type) == kind
    assert (found.scale if kind == "DECIMAL" else found.varchar_length) == detail


def test_nulls_and_weights(tmp_path):
    found = column(tmp_path, ["a"] * 30 + ["b"] * 10 + [None] * 10)
    assert (found.null_fraction, found.required) == (0.2, False)
    assert (found.distribution.values, found.distribution.weights) == (["a", "b"], [30, 10])
    assert column(tmp_path, ["a"] * 20).required


FORMS = [
    ([f"u{n * 7919}@h{n}.org" for n in range(50)], "email"),
    ([f"{n:08x}-0000-4000-8000-{n * 7919:012x}" for n in range(50)], "uuid"),
    ([f"https://h{n}.org/{n * 31}" for n in range(50)], "url"),
    ([f"10.0.{n}.{n + 3}" for n in range(50)], "ipv4"),
    ([f"ORD-{n * 7919 % 100_000:05d}{'AB'[n % 2]}" for n in range(50)], "pattern:ORD-#####?"),
    ([f"#{n * 7919 % 100_000:05d}" for n in range(50)], "pattern:\\######"),
    ([" ".join(["alpha", "beta", "gamma", "delta", "word", str(n)]) for n in range(50)], "sentence"),
    (["v" * (n % 9 + 1) + str(n) for n in range(50)], None),
]


@pytest.mark.parametrize(("values", "rule"), FORMS, ids=[str(case[1]) for case in FORMS])
def test_forms_of_text(tmp_path, values, rule):
    assert column(tmp_path, values).faker_rule == rule


# --- privacy ---------------------------------------------------------------------------------------------
def rare_sample(rows: int = 400) -> dict[str, list[Any]]:
    """Every value but those in ``frequent`` is in fewer rows than the threshold."""
    first = dt.date(1990, 3, 1)
    return {
        "text": [f"secret{n}" if n % 20 == 0 else "common" for n in range(rows)],
        "name": [f"Person {n} Secret" for n in range(rows)],
        "number": [100_003 + 7 * n if n % 10 else 42 for n in range(rows)],
        "amount": [f"{(n * 7919 % 99_991) / 100:.2f}" for n in range(rows)],
        "day": [first + dt.timedelta(days=11 * n) for n in range(rows)],
        "float": [repr(float(value)) for value in RANDOM.normal(size=rows)],
    }


@pytest.mark.parametrize("least", [3, 5, 20])
def test_no_rare_value_leaves(tmp_path, least):
    sample = rare_sample()
    lines = [",".join(sample), *(",".join(map(str, row)) for row in zip(*sample.values(), strict=True))]
    result = learned([written(tmp_path / "t.csv", "\n".join(lines))], least=least)
    text = to_commented_yaml(result)
    assert "secret" not in text.lower()
    assert "common" in text
    for name in ("number", "amount", "day", "float"):
        spec = result.experiment.tables[0].column(name).distribution
        values, counts = np.unique([str(value) for value in sample[name]], return_counts=True)
        rare = set(values[counts < least].tolist())
        assert not rare & {str(max(sample[name])), str(min(sample[name]))} & set(map(str, spec.edges))
        assert min(weight for weight in spec.weights if weight) >= least, name
        spikes = {str(low) for low, high in zip(spec.edges, spec.edges[1:], strict=False) if low == high}
        assert not spikes & rare


def test_allowed_columns(tmp_path):
    sample = rare_sample(100)
    found = table(tmp_path, sample, allowed=["t.name", "DAY"])
    assert found.column("name").distribution is None  # unique: a key of its own
    assert found.column("day").distribution.edges[0] == "1990-03-01"
    with pytest.raises(SchemaError, match=r"no sample has a column 'nme'"):
        table(tmp_path, sample, allowed=["nme"])


def test_too_few_rows_say_nothing(tmp_path):
    found = table(tmp_path, {"a": [1.5, 2.5, 3.5], "b": ["x", "y", "z"]})
    assert [each.distribution for each in found.columns] == [None, None]


# --- histograms and correlations --------------------------------------------------------------------------
def test_histograms_keep_the_distribution():
    numbers = np.concatenate([np.full(500, 7.0), np.rint(RANDOM.gamma(2, 20, 1500))])
    bins = bins_of(numbers, least=5, bins=50, steps=True)
    assert bins is not None
    assert sum(bins.weights) == pytest.approx(2000)
    assert bins.edges == sorted(bins.edges)
    place = next(i for i, edges in enumerate(zip(bins.edges, bins.edges[1:], strict=False)) if edges == (7, 7))
    assert bins.weights[place] >= 500


def test_correlations_of_a_copula_come_back():
    scores = RANDOM.multivariate_normal([0, 0, 0], [[1, 0.7, 0.5], [0.7, 1, 0], [0.5, 0, 1]], 20_000)
    columns = {"a": np.exp(scores[:, 0]), "b": np.floor(scores[:, 1]), "c": (scores[:, 2] > 0.3).astype(float)}
    columns["a"][:500] = np.nan
    found = coefficients(columns)
    assert found is not None
    assert found["columns"] == ["a", "b", "c"]
    assert np.allclose(found["matrix"], [[1, 0.7, 0.5], [0.7, 1, 0], [0.5, 0, 1]], atol=0.03)


def test_impossible_coefficients_are_mended():
    mended = nearest(np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]]))
    assert np.linalg.eigvalsh(mended)[0] > 0
    assert np.array_equal(mended, mended.T)
    assert (np.diag(mended) == 1).all()


def test_what_is_made_is_like_the_sample(tmp_path):
    rows = 3000
    age = np.clip(RANDOM.normal(45, 15, rows), 18, 90).round().astype(int)
    income = np.round(np.exp(9 + age / 40 + RANDOM.normal(0, 0.2, rows)), 2)
    tier = np.where(income > 40_000, "gold", np.where(income > 20_000, "silver", "basic"))
    sample = {"age": age, "income": income, "tier": tier}
    experiment = Experiment(name="x", tables=[table(tmp_path, sample)])
    made = build_plan(experiment, seed=1).tables[0].batch(0, rows)
    ages = made.column("age").to_numpy()
    incomes = np.array([float(value) for value in made.column("income").to_pylist()])
    tiers = np.array(made.column("tier").to_pylist())
    assert abs(ages.mean() - age.mean()) < 1
    assert abs(np.corrcoef(ages, np.log(incomes))[0, 1] - np.corrcoef(age, np.log(income))[0, 1]) < 0.06
    basic, silver, gold = (incomes[tiers == name].mean() for name in ("basic", "silver", "gold"))
    assert basic < silver < gold


# --- keys --------------------------------------------------------------------------------------------------
def shop(tmp_path: Path) -> list[Path]:
    customers = ["id,login,boss_id", *(f"{n},u{n * 7919},{n // 3 if n > 3 else ''}" for n in range(1, 201))]
    orders = ["order_id,customer_id,qty", *(f"{5000 + n},{n % 200 + 1},{n % 5 + 1}" for n in range(1000))]
    lines = ["order_id,line,sku"]
    lines += [f"{5000 + n},{line},S{line}" for n in range(1000) for line in range(1, n % 4 + 2)]
    lines.append("999999,1,S1")
    returns = ["order_id,line,why", *(f"{5000 + n},1,late" for n in range(0, 1000, 3))]
    files = {"customers": customers, "orders": orders, "order_lines": lines, "returns": returns}
    return [written(tmp_path / f"{name}.csv", "\n".join(text) + "\n") for name, text in files.items()]


def test_a_composite_key_of_a_column_that_is_named_as_the_table(tmp_path: Path) -> None:
    pairs = [(region, store) for region in ("DE", "FR") for store in range(1, 11)]
    stores = "".join(f"{region},{store},{100 + 7 * store}\n" for region, store in pairs)
    receipts = "".join(f"{row},{region},{store}\n" for row, (region, store) in enumerate(pairs * 3))
    paths = [
        written(tmp_path / "stores.csv", "region,store,sales\n" + stores),
        written(tmp_path / "receipts.csv", "id,region,store\n" + receipts),
    ]
    parent, child = learned(paths).experiment.tables
    assert parent.primary_key == ["region", "store"]
    assert [(key.table, key.columns) for key in child.foreign_keys] == [("stores", ["region", "store"])]


@pytest.mark.parametrize("sample_rows", [100_000, 500])
def test_keys_over_several_tables(tmp_path, sample_rows):
    result = learned(shop(tmp_path), sample_rows=sample_rows)
    customers, orders, lines, returns = result.experiment.tables
    assert [each.primary_key for each in (customers, orders, lines, returns)] == [
        ["id"], ["order_id"], ["order_id", "line"], ["order_id"],
    ]  # fmt: skip
    assert (customers.column("login").is_unique, orders.column("order_id").min_value) == (True, 1000)
    references = {(each.table, each.columns, each.parent) for each in result.experiment.references()}
    assert references >= {
        ("customers", ("boss_id",), "customers"),
        ("orders", ("customer_id",), "customers"),
        ("order_lines", ("order_id",), "orders"),
        ("returns", ("order_id",), "orders"),
    }
    assert orders.column("qty").foreign_key is None
    fans = [result.experiment.table(name).column("order_id").foreign_key.fan_out for name in ("order_lines", "returns")]
    assert fans == [None, None]  # one refers to an order that is not there, the other has one row an order
    customer = orders.column("customer_id").foreign_key
    assert (customer.fan_out.min, customer.fan_out.max, customer.fan_out.shape) == (5, 5, "even")
    assert "0.10% of its values are missing there" in to_commented_yaml(result)
    assert learned(shop(tmp_path), share=1.0).experiment.table("order_lines").column("order_id").foreign_key is None
    build_plan(result.experiment, seed=3)


def test_children_are_counted(tmp_path):
    parents = written(tmp_path / "orders.csv", "id\n" + "".join(f"{n}\n" for n in range(1, 301)))
    text = "".join(f"{n},{line}\n" for n in range(1, 241) for line in range(1, n % 4 + 2))
    lines = written(tmp_path / "lines.csv", "order_id,line_no\n" + text)
    (_, found) = learned([parents, lines]).experiment.tables
    rule = found.column("order_id").foreign_key.fan_out
    assert (rule.min, rule.max, rule.childless, rule.shape, rule.scattered) == (1, 4, 0.2, "uniform", False)
    assert (found.primary_key, found.column("line_no").expression) == (["order_id", "line_no"], "ordinal(order_id)")


def test_sketches_estimate_and_include():
    many, some = Sketch(), Sketch()
    for start in range(0, 300_000, 50_000):
        many.add(hashes(pa.array(range(start, start + 50_000))))
    some.add(hashes(pa.array([str(n) for n in range(290_000, 310_000)])))
    assert (len(many.values), many.full, many.is_unique) == (KEPT_HASHES, True, True)
    assert many.distinct == pytest.approx(300_000, rel=0.02)
    assert some.distinct == 20_000
    assert some.included_in(many) == pytest.approx(0.5, abs=0.05)
    many.add(hashes(pa.array([7] * 3 + list(range(1000)))))
    assert not many.is_unique


@pytest.mark.parametrize(
    "values",
    [
        pa.array(["", "a", None, "aa", "é", "x" * 500]),
        pa.array(["a", "b", "a"]).dictionary_encode(),
        pa.array([b"a", b"", None]),
        pa.array([[1], [], None, [1, 2]]),
        pa.array([1.5, None, float("nan")]),
        pa.array(["abc", "b", "c"])[1:],
    ],
)
def test_hashes_tell_values_apart(values):
    plain = [str(value) for value in values.to_pylist() if value is not None]
    found = hashes(values)
    assert len(found) == len(plain)
    assert len(set(found.tolist())) == len(set(plain))


def test_samples_are_random_and_bounded():
    sample = RowSample(1000, seed=1)
    for start in range(0, 50_000, 5_000):
        sample.add(pa.RecordBatch.from_pydict({"n": list(range(start, start + 5_000))}))
    taken = sample.take().column("n").to_numpy()
    assert (len(taken), sample.rows, sample.is_all) == (1000, 50_000, False)
    assert len(set(taken.tolist())) == 1000
    assert abs(taken.mean() - 25_000) < 2_000


# --- files -------------------------------------------------------------------------------------------------
def test_kinds_of_files(tmp_path):
    data = pa.table(
        {
            "n": pa.array([1, 2, None] * 20, pa.int64()),
            "d": pa.array([dt.date(2024, 1, 1)] * 60),
            "m": pa.array([dt.datetime(2024, 1, 1, 5)] * 60, pa.timestamp("us", "UTC")),
            "t": pa.array(["x", "y", "z"] * 20).dictionary_encode(),
            "j": pa.array([{"a": 1}] * 60),
            "b": pa.array([b"ab"] * 60),
        }
    )
    parquet.write_table(data, tmp_path / "p.parquet")
    feather.write_feather(data, tmp_path / "f.feather", compression="lz4")
    with ipc.new_stream(tmp_path / "s.arrow", data.schema) as writer:
        writer.write_table(data)
    kinds = ["INT", "DATE", "TIMESTAMP_TZ", "VARCHAR", "JSON", "BINARY"]
    for path in ("p.parquet", "f.feather", "s.arrow"):
        (found,) = learned([tmp_path / path]).experiment.tables
        assert [str(each.data_type) for each in found.columns] == kinds, path
        assert found.column("n").null_fraction == pytest.approx(1 / 3, abs=1e-3)
    rows = [{"n": n, "x": n / 4, "flag": n % 2 == 0, "deep": {"a": n}, "when": "2024-01-01"} for n in range(50)]
    path = written(tmp_path / "j.jsonl", "\n".join(map(json.dumps, rows)))
    (found,) = learned([path]).experiment.tables
    assert [str(each.data_type) for each in found.columns] == ["INT", "DECIMAL", "BOOLEAN", "JSON", "DATE"]


def test_folders_and_options(tmp_path):
    folder = tmp_path / "parts"
    folder.mkdir()
    for part in range(3):
        written(folder / f"{part}.csv", "a;b\n" + "".join(f"{n % 4};n/a\n" for n in range(10)))
    (found,) = learned([folder], ReadOptions(nulls=("n/a",))).experiment.tables
    assert (found.name, found.target_rows, found.column("b").null_fraction) == ("parts", 30, 1.0)
    mixed = written(tmp_path / "m.jsonl", "".join(f'{{"a": {value}}}\n' for value in ["1", '"x"'] * 10))
    (found,) = learned([mixed], ReadOptions(texts=("a",))).experiment.tables
    assert found.column("a").distribution.values == ["1", "x"]


BAD = [
    ("a.csv", "", "a.csv is empty"),
    ("a.csv", "a,b\n", "a.csv has no rows"),
    ("a.csv", "a,b\n1\n", "a.csv cannot be read: CSV parse error"),
    ("a.csv", "a,A\n1,2\n", "column 'a' is there twice"),
    ("a.csv", "a,\n1,2\n", "a column has no name"),
    ("a.jsonl", "", "a.jsonl has no rows"),
    ("a.jsonl", '{"a": 1}\n{"a":', r"a\.jsonl, line 2: not JSON"),
    ("a.jsonl", "[1]\n", r"a\.jsonl, line 1: not an object"),
    (
        "a.jsonl",
        '{"a": 1}\n{"a": "x"}\n',
        "several types: a whole number in line 1, a text in line 2",
    ),
    ("a.parquet", "PAR1 nothing", r"a\.parquet cannot be read"),
    ("a.arrow", "nothing", r"a\.arrow cannot be read"),
    ("a.doc", "x", "cannot tell what kind of file this is"),
]


@pytest.mark.parametrize(("name", "text", "message"), BAD)
def test_samples_that_cannot_be_used(tmp_path, name, text, message):
    with pytest.raises(ImportSchemaError, match=message):
        learned([written(tmp_path / name, text)])


def test_files_that_do_not_go_together(tmp_path):
    with pytest.raises(NotFound, match="there is no file"):
        learned([tmp_path / "gone.csv"])
    folder = tmp_path / "f"
    folder.mkdir()
    with pytest.raises(ImportSchemaError, match="no CSV, JSON lines"):
        learned([folder])
    written(folder / "1.csv", "a\n1\n")
    written(folder / "2.csv", "b\n1\n")
    with pytest.raises(ImportSchemaError, match=r"2\.csv has no column 'a'"):
        learned([folder])
    written(folder / "2.jsonl", '{"a": 1}\n')
    with pytest.raises(ImportSchemaError, match="files of several kinds"):
        learned([folder])
    one, other = written(tmp_path / "t.csv", "a\n1\n"), written(folder / "t.csv", "a\n1\n")
    with pytest.raises(ImportSchemaError, match="two sources would be called 't'"):
        learned([one, other])


def test_values_are_not_in_messages(tmp_path):
    path = written(tmp_path / "a.csv", 'a,b\n1,2\n"secret\n3,4\n5,6')
    with pytest.raises(DwSimulatorError) as caught:
        learned([path])
    assert "secret" not in str(caught.value)


def test_the_schema_is_an_ordinary_one(tmp_path):
    result = learned(shop(tmp_path))
    text = to_commented_yaml(result)
    assert read_yaml(text) == result.experiment
    assert "# customers.csv: 200 rows" in text
    assert "# refers to customers.id, by its name and values" in text


def test_mixed_columns_are_told(tmp_path):
    path = written(tmp_path / "a.csv", "a\n" + "1\n" * 30 + "n/a\n" * 5)
    assert "mixed: 85.7% of the values are numbers" in " ".join(to_commented_yaml(learned([path])).split())
