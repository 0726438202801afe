from __future__ import annotations

import random
from typing import Any

import pytest

from dw_simulator.errors import SchemaError
from dw_simulator.schema.graph import load_order
from dw_simulator.schema.model import Experiment


def experiment(*edges: str, tables: str) -> Experiment:
    """``"a>b"`` a refers to b, NOT NULL; ``"a?b"`` it may be NULL."""
    columns = {name: [{"name": "id", "data_type": "INT", "is_unique": True}] for name in tables.split()}
    for edge in edges:
        child, parent, required = edge[0], edge[2], edge[1] == ">"
        columns[child].append(
            {"name": f"{parent}_id", "data_type": "INT", "foreign_key": f"{parent.upper()}.id", "required": required}
        )
    return Experiment.model_validate(
        {"name": "x", "tables": [{"name": name, "columns": columns[name]} for name in columns]}
    )


CASES = [
    ("a b c", [], "a b c"),
    ("a b c", ["a>b", "b>c"], "c b a"),
    ("a b c", ["c>a"], "a b c"),
    ("a b", ["a>a", "b>a"], "a b"),
    ("a b", ["a?b", "b>a"], "a b"),
    ("a b", ["a>b", "b?a"], "b a"),
    ("a b c", ["a?b", "b?c", "c>b"], "b a c"),
    ("a b c d", ["a>b", "b>c", "c?a", "d>a"], "c b a d"),
]


@pytest.mark.parametrize(("tables", "edges", "order"), CASES)
def test_load_order(tables: Any, edges: Any, order: Any) -> None:
    assert load_order(experiment(*edges, tables=tables)) == order.split()


def test_cycle_of_three_is_named() -> None:
    with pytest.raises(SchemaError, match=r"a -> b -> c -> a") as caught:
        load_order(experiment("a>b", "b>c", "c>a", "d>a", tables="d a b c"))
    assert caught.value.problems[0].path == "tables.a.columns.b_id.foreign_key"


def test_parents_come_first_in_random_graphs() -> None:
    names = "abcdefghijklmnopqrst"
    for seed in range(20):
        chance = random.Random(seed)
        edges = [f"{child}>{parent}" for i, child in enumerate(names) for parent in names[:i] if chance.random() < 0.2]
        shuffled = list(names)
        chance.shuffle(shuffled)
        order = load_order(experiment(*edges, tables=" ".join(shuffled)))
        assert sorted(order) == sorted(names)
        assert all(order.index(edge[2]) < order.index(edge[0]) for edge in edges)
