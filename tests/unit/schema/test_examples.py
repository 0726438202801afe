"""The example schemas import as they are and pass the checks for both warehouses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from dw_simulator.schema.graph import load_order
from dw_simulator.schema.importers import read_file
from dw_simulator.schema.model import Dialect, Warehouse
from dw_simulator.schema.reserved import quote_reserved
from dw_simulator.schema.validation import check

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"

FILES = [
    ("tickit/redshift.sql", Dialect.REDSHIFT, "users venue category date event listing sales", []),
    ("shop/snowflake.sql", Dialect.SNOWFLAKE, "customers products stores orders order_items", ["order_items"]),
    ("shop/schema.json", None, "customers products orders", []),
    ("shop/schema.yaml", None, "Customer Product ORDER", ["Order"]),
    ("dirty/schema.yaml", None, "customers orders", []),
    ("composite/sales.sql", Dialect.REDSHIFT, "sales", ["sales"]),
]


@pytest.mark.parametrize(("file", "dialect", "tables", "warned"), FILES)
def test_example(file: Any, dialect: Any, tables: Any, warned: Any) -> None:
    experiment = read_file(EXAMPLES / file, dialect=dialect)
    experiment = experiment.model_copy(update={"target_warehouse": list(Warehouse)})
    check(quote_reserved(experiment))
    assert load_order(experiment) == tables.split()
    assert [re.findall(r"'(\w+)'", warning)[0] for warning in experiment.warnings] == warned


def test_every_example_is_tested_and_listed() -> None:
    found = {str(path.relative_to(EXAMPLES)) for path in EXAMPLES.glob("*/*.*")}
    readme = (EXAMPLES / "README.md").read_text()
    assert {file for file, *_ in FILES} <= found
    assert all(file in readme for file, *_ in FILES)


def test_tickit_keeps_its_physical_attributes() -> None:
    tables = {
        table.name: table for table in read_file(EXAMPLES / "tickit/redshift.sql", dialect=Dialect.REDSHIFT).tables
    }
    assert tables["users"].dist_key == "userid"
    assert tables["venue"].dist_style == "all"
    assert tables["event"].sort_key and tables["event"].sort_key.columns == ["dateid", "eventid"]
    assert tables["sales"].columns[7].encode == "DELTA32K"
    assert tables["sales"].comment == "Tickets that changed hands"


def test_shop_keeps_its_physical_attributes() -> None:
    tables = {
        table.name: table for table in read_file(EXAMPLES / "shop/snowflake.sql", dialect=Dialect.SNOWFLAKE).tables
    }
    assert tables["customers"].cluster_by == ["country", "TO_DATE(created_at)"]
    assert tables["customers"].columns[0].identity is not None
    assert tables["customers"].columns[8].comment == "What the customer chose in the app"
    assert tables["stores"].transient
    assert tables["orders"].columns[5].data_type == "TIMESTAMP_TZ"
