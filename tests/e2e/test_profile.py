"""`dw-sim profile` on tables and queries of the emulators, by their drivers."""

from __future__ import annotations

import pytest
import yaml

pytestmark = pytest.mark.stack

PARSE = {"redshift": "json_parse", "snowflake": "parse_json"}


@pytest.mark.parametrize("warehouse", list(PARSE))
def test_a_query_of_each_warehouse(stack, tmp_path, warehouse):
    rows = [
        f"select {n} as id, cast({n % 7 + 0.25} as decimal(8, 2)) as price, '{'ab'[n % 2]}' as kind, "
        f"cast('2024-01-{n % 3 + 1:02}' as date) as day, {PARSE[warehouse]}('{{\"n\": {n}}}') as doc"
        for n in range(1, 31)
    ]
    out = tmp_path / "t.yaml"
    query = f"t={' union all '.join(rows)}"
    stack.dw_sim("profile", "--query", query, "-w", warehouse, "-o", str(out))
    (table,) = yaml.safe_load(out.read_text())["tables"]
    columns = {column["name"].lower(): column for column in table["columns"]}
    assert [columns[name]["data_type"] for name in ("price", "kind", "day", "doc")] == [
        "DECIMAL",
        "VARCHAR",
        "DATE",
        "JSON",
    ]
    assert [name.lower() for name in table["primary_key"]] == ["id"]
    assert (sorted(columns["kind"]["distribution"]["values"]), columns["price"]["scale"]) == (["a", "b"], 2)
