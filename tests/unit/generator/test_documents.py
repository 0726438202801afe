"""JSON documents from fields, locales, pools on disk, points."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dw_simulator.errors import SchemaError
from dw_simulator.generator import arrays, build_plan
from dw_simulator.generator.columns import faker_
from dw_simulator.generator.streams import Rows
from dw_simulator.schema.parse import parse_experiment

ODD = {"type": "categorical", "values": ['a"b\\c\n', "ü"]}
DOCUMENT: list[dict[str, Any]] = [
    {"name": "id", "data_type": "INT", "min_value": 1, "max_value": 99},
    {"name": 'odd "key"', "data_type": "VARCHAR(9)", "distribution": ODD},
    {"name": "price", "data_type": "DECIMAL(6,2)", "distribution": {"type": "gamma", "shape": 2, "scale": 9}},
    {"name": "email", "data_type": "VARCHAR(60)", "null_fraction": 0.5},
    {"name": "ok", "data_type": "BOOLEAN"},
    {"name": "day", "data_type": "DATE"},
    {"name": "tags", "data_type": "VARCHAR(12)", "faker_rule": "word", "array": {"max": 3}},
    {
        "name": "lines",
        "data_type": "JSON",
        "array": {"min": 1, "max": 4},
        "document": [
            {"name": "qty", "data_type": "INT", "distribution": {"type": "poisson", "mean": 3}},
            {"name": "at", "data_type": "TIMESTAMP"},
        ],
    },
]  # fmt: skip


def plan_of(column: dict[str, Any], rows: int = 2000, pools: Path | None = None) -> Any:
    table = {"name": "t", "target_rows": rows, "columns": [{"name": "x", **column}]}
    return build_plan(parse_experiment({"name": "e", "tables": [table]}), seed=1, pools=pools).tables[0]


def test_documents() -> None:
    plan = plan_of({"data_type": "JSON", "document": DOCUMENT, "null_fraction": 0.1})
    whole = plan.batch(0, 2000).column(0)
    found = [json.loads(text) for text in whole.to_pylist() if text is not None]
    assert 1700 < len(found) < 1900
    assert {tuple(one) for one in found} == {tuple(field["name"] for field in DOCUMENT)}
    assert {one['odd "key"'] for one in found} == {'a"b\\c\n', "ü"}
    assert {len(one["tags"]) for one in found} == {0, 1, 2, 3}
    assert {len(one["lines"]) for one in found} == {1, 2, 3, 4}
    assert all(set(line) == {"qty", "at"} for one in found for line in one["lines"])
    assert len({line["at"] for one in found for line in one["lines"]}) > 1000
    assert 0.4 < sum(one["email"] is None for one in found) / len(found) < 0.6
    assert plan.batch(100, 333).column(0).equals(whole.slice(100, 233))
    index = np.array([1999, 0, 7], np.uint64)
    assert plan.columns[0].take(Rows.of(index)).to_pylist() == whole.take(pa.array(index)).to_pylist()


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"document": []}, "document has 0 items; at least 1 are needed"),
        ({"document": [{"name": "a", "data_type": "INT"}] * 2}, "x.document.a: there are two fields 'a'"),
        ({"document": [{"name": "a", "data_type": "INT", "min_value": 2, "max_value": 1}]}, "x.document.a.max_value"),
        ({"document": [{"name": "a", "data_type": "INT", "expression": "1"}]}, "a field of a document has no"),
        ({"document": [{"name": "a", "data_type": "INT", "is_unique": True}]}, "a field of a document is not unique"),
        ({"document": [{"name": "a", "data_type": "INT", "array": {"min": 3, "max": 2}}]}, "at most 2 elements"),
        ({"document": [{"name": "a", "data_type": "INT", "arrey": {}}]}, "unknown key 'arrey' (did you mean 'array'?)"),
        ({"document": [{"name": "a", "data_type": "VARCHAR(9)", "faker_rule": "no"}]}, "no Faker provider 'no'"),
        ({"data_type": "INT", "document": [{"name": "a", "data_type": "INT"}]}, "document does not fit type INT"),
    ],
)  # fmt: skip
def test_impossible_documents(rules: dict[str, Any], message: str) -> None:
    with pytest.raises(SchemaError) as error:
        plan_of({"data_type": "JSON", **rules})
    assert message in str(error.value)


def values(column: dict[str, Any], pools: Path | None = None) -> list[str]:
    plan = plan_of({"data_type": "VARCHAR(60)", **column}, pools=pools)
    return list(arrays.plain(plan.batch(0, plan.rows).column(0)).to_pylist())


def test_locales() -> None:
    names = values({"faker_rule": "last_name", "locale": "de_DE"})
    assert len(set(names)) > 300
    assert names != values({"faker_rule": "last_name", "locale": "fr_FR"})
    assert all(re.fullmatch(r"\d{5}", code) for code in values({"faker_rule": "zipcode", "locale": "de_DE"}))
    with pytest.raises(SchemaError, match=r"there is no locale 'de_DD' \(did you mean 'de_DE'"):
        values({"faker_rule": "name", "locale": "de_DD"})
    with pytest.raises(SchemaError, match="nothing says what has the locale 'de_DE'"):
        values({"locale": "de_DE"})
    with pytest.raises(SchemaError, match="locale does not fit type INT"):
        values({"data_type": "INT", "locale": "de_DE"})


def test_pools_are_kept_on_disk(tmp_path: Path) -> None:
    column = {"faker_rule": "catch_phrase", "locale": "en_GB"}
    expected = values(column)
    faker_._values.cache_clear()
    assert values(column, tmp_path / "pools") == expected
    (file,) = (tmp_path / "pools").iterdir()
    written = file.stat().st_mtime_ns
    faker_._values.cache_clear()
    assert values(column, tmp_path / "pools") == expected
    assert file.stat().st_mtime_ns == written
    file.write_bytes(b"not whole")
    faker_._values.cache_clear()
    assert values(column, tmp_path / "pools") == expected
    assert file.stat().st_size > 1000


@pytest.mark.parametrize("rule", ["geo_point", "wkt_point"])
def test_points(rule: str) -> None:
    for text in values({"faker_rule": rule}):
        first, second = map(float, re.findall(r"-?\d+\.\d{4}", text))
        latitude, longitude = (first, second) if rule == "geo_point" else (second, first)
        assert -90 <= latitude <= 90
        assert -180 <= longitude <= 180
