"""The key graph, and that its drawings hold together whatever the names are."""

import re
import xml.etree.ElementTree as ET

import pytest

from dw_simulator.experiments.key_graph import as_dot, as_mermaid, key_graph
from dw_simulator.schema import Experiment

ODD_NAMES = ['"; DROP "', "</td>&amp;<b>", "a\\nb\\", "日本 語", "x\x01\ny\x7f", "--> t0 #quot;", "{|}[]<>"]

SHAPE = {"type": "lognormal", "mu": 1, "sigma": 1}
ATTRIBUTE = r'    \w+ \w+( (PK|FK|UK)(, (PK|FK|UK))*)?( "[^"]*")?'
LINE = re.compile(rf'erDiagram|  t\d\["[^"]*"\] \{{|  \}}|{ATTRIBUTE}|  t\d \S+ t\d : "[^"]*"')


def experiment(**odd: str) -> Experiment:
    parent, key, child = odd.get("parent", "customers"), odd.get("key", "id"), odd.get("child", "orders")
    return Experiment.model_validate(
        {
            "name": "shop",
            "tables": [
                {
                    "name": parent,
                    "target_rows": 10,
                    "primary_key": [key, "region"],
                    "columns": [
                        {"name": key, "data_type": "INT", "identity": {}},
                        {"name": "region", "data_type": "CHAR(2)"},
                        {"name": "email", "data_type": "VARCHAR(80)", "faker_rule": "email", "is_unique": True},
                        {"name": "boss", "data_type": "INT", "foreign_key": {"table": parent, "column": key}},
                    ],
                },
                {
                    "name": child,
                    "target_rows": 20,
                    "columns": [
                        {"name": "customer", "data_type": "INT", "required": True},
                        {"name": "region", "data_type": "CHAR(2)", "required": True},
                        {"name": "total", "data_type": "DECIMAL(10,2)", "distribution": SHAPE},
                        {"name": "extra", "data_type": "JSON", "physical_type": "SUPER"},
                    ],
                    "foreign_keys": [
                        {"columns": ["customer", "REGION"], "table": parent, "references": [key, "region"]}
                    ],
                },
            ],
        }
    )


def test_tables_columns_and_keys():
    graph = key_graph(experiment()).model_dump()
    columns = {
        (table["name"], column.pop("name")): tuple(column.values())
        for table in graph["tables"]
        for column in table["columns"]
    }
    assert columns == {  # type, primary key, unique, nullable, rule, references
        ("customers", "id"): ("INT", True, True, False, "identity", None),
        ("customers", "region"): ("CHAR(2)", True, False, False, None, None),
        ("customers", "email"): ("VARCHAR(80)", False, True, True, "email", None),
        ("customers", "boss"): ("INT", False, False, True, "foreign key", "customers.id"),
        ("orders", "customer"): ("INT", False, False, False, "foreign key", "customers.id"),
        ("orders", "region"): ("CHAR(2)", False, False, False, "foreign key", "customers.region"),
        ("orders", "total"): ("DECIMAL(10,2)", False, False, True, "lognormal", None),
        ("orders", "extra"): ("SUPER", False, False, True, None, None),
    }
    assert [(table["name"], table["target_rows"]) for table in graph["tables"]] == [("customers", 10), ("orders", 20)]
    assert graph["keys"] == [
        {
            "from_table": "customers",
            "from_columns": ["boss"],
            "to_table": "customers",
            "to_columns": ["id"],
            "composite": False,
            "nullable": True,
        },
        {
            "from_table": "orders",
            "from_columns": ["customer", "region"],
            "to_table": "customers",
            "to_columns": ["id", "region"],
            "composite": True,
            "nullable": False,
        },
    ]


def test_a_drawing_for_mermaid():
    assert (
        as_mermaid(key_graph(experiment()))
        == """\
erDiagram
  t0["customers"] {
    INT id PK
    CHAR_2 region PK
    VARCHAR_80 email UK
    INT boss FK
  }
  t1["orders"] {
    INT customer FK
    CHAR_2 region FK
    DECIMAL_10_2 total
    SUPER extra
  }
  t0 |o--o{ t0 : "boss"
  t0 ||--o{ t1 : "customer, region"
"""
    )


@pytest.mark.parametrize("name", ODD_NAMES)
def test_labels_of_graphviz_are_escaped(name):
    text = as_dot(key_graph(experiment(parent=name, key=name + "!", child=name + "?")))
    nodes = re.findall(r"^  (t\d+) \[label=<(<table.*</table>)>\]$", text, re.MULTILINE)
    shown = re.sub(r"\s", " ", name).replace("\x01", "\ufffd")
    for (node, label), expected in zip(nodes, [shown, shown + "?"], strict=True):
        table = ET.fromstring(label)
        assert table.findtext(".//b") == expected, node
    assert re.findall(r"^  (.*) -> (.*) \[", text, re.MULTILINE) == [
        ("t0:c3", "t0:c0"),
        ("t1:c0", "t0:c0"),
        ("t1:c1", "t0:c1"),
    ]
    assert len(text.splitlines()) == 3 + 2 + 3 + 1, text


@pytest.mark.parametrize("name", ODD_NAMES)
def test_labels_of_mermaid_are_escaped(name):
    text = as_mermaid(key_graph(experiment(parent=name, key=name + "!", child=name + "?")))
    assert len(text.splitlines()) == 1 + 2 * (2 + 4) + 2
    for line in text.splitlines():
        assert line.count('"') in (0, 2), line
        assert LINE.fullmatch(line), line
