"""dbt projects made for an experiment, seeds of its tables, and how dbt is called."""

from __future__ import annotations

import copy
import csv
import json
from pathlib import Path

import pytest
import yaml

from dw_simulator.config.settings import load
from dw_simulator.errors import Conflict, NotFound, SchemaError, ServiceUnavailable
from dw_simulator.experiments import check_experiment
from dw_simulator.experiments.dbt.profiles import environment, profiles_text
from dw_simulator.experiments.dbt.running import find_dbt, plain_text, prepared, run_dbt
from dw_simulator.experiments.dbt.seeds import export_seeds
from dw_simulator.experiments.dbt.starting import start_project
from dw_simulator.generator import build_plan
from dw_simulator.schema import Experiment, Warehouse
from dw_simulator.schema.importers import read_file
from dw_simulator.schema.parse import parse_experiment

SCHEMA = {
    "name": "shop",
    "target_warehouse": ["redshift", "snowflake"],
    "tables": [
        {
            "name": "customers",
            "target_rows": 30,
            "primary_key": "id",
            "columns": [
                {"name": "id", "data_type": "INT", "required": True},
                {
                    "name": "tier",
                    "data_type": "VARCHAR(10)",
                    "distribution": {"type": "categorical", "values": ["a", "b"]},
                    "null_fraction": 0.4,
                },
                {"name": "Full Name", "data_type": "VARCHAR(60)", "quoted": True, "comment": "who"},
            ],
        },
        {
            "name": "orders",
            "target_rows": 50,
            "columns": [
                {"name": "customer_id", "data_type": "INT", "foreign_key": "customers.id"},
                {"name": "kind", "data_type": "INT", "distribution": {"type": "categorical", "values": [1, 2]}},
                {"name": "total", "data_type": "DECIMAL(10,2)"},
                {"name": "at", "data_type": "TIMESTAMP_TZ"},
                {"name": "ok", "data_type": "BOOLEAN"},
                {"name": "key", "data_type": "BINARY", "varchar_length": 4},
            ],
        },
    ],
}


@pytest.fixture(scope="module")
def shop() -> Experiment:
    return parse_experiment(SCHEMA)


@pytest.fixture
def settings(tmp_path):
    ports = {"redshift": {"port": 1}, "snowflake": {"port": 1}}
    return load({"home": tmp_path / "home", **ports}, use_running_stack=False).settings


@pytest.fixture
def project(tmp_path, settings, shop) -> Path:
    folder = tmp_path / "project"
    start_project(folder, settings, shop, target=Warehouse.REDSHIFT, force=False)
    return folder


def test_a_project_reads_the_experiment(project, shop):
    again = read_file(project)
    check_experiment(again)
    customers, orders = again.tables[:2]
    assert (again.name, customers.name, customers.primary_key) == ("shop_dbt", "customers", ["id"])
    assert customers.column("tier").distribution.values == ["a", "b"]
    assert (customers.column("full name").quoted, customers.column("full name").comment) == (True, "who")
    assert orders.column("customer_id").foreign_key.table == "customers"
    (source,) = yaml.safe_load((project / "models/staging/sources.yml").read_text())["sources"]
    assert source["database"] == "{{ target.database if target.type == 'redshift' else 'SHOP' }}"
    assert source["schema"] == "{{ 'shop' if target.type == 'redshift' else 'PUBLIC' }}"
    model = (project / "models/staging/stg_customers.sql").read_text()
    assert model == "select\n    id,\n    tier,\n    \"Full Name\"\nfrom {{ source('shop', 'customers') }}\n"


def test_what_defects_break_is_a_warning(tmp_path, settings):
    written = copy.deepcopy(SCHEMA)
    customers, orders = written["tables"]
    customers["defects"] = [{"kind": "duplicate", "rate": 0.1}]
    orders["defects"] = [{"kind": "orphan", "rate": 0.1, "columns": "customer_id"}]
    dirty = parse_experiment(written)
    start_project(tmp_path, settings, dirty, target=Warehouse.REDSHIFT, force=False)
    (source,) = yaml.safe_load((tmp_path / "models/staging/sources.yml").read_text())["sources"]
    tests = {(t["name"], c["name"]): c.get("data_tests") for t in source["tables"] for c in t["columns"]}
    warn = {"config": {"severity": "warn"}}
    assert tests["customers", "id"] == [{"unique": warn}, "not_null"]
    assert tests["customers", "tier"] == [{"accepted_values": {"arguments": {"values": ["a", "b"]}}}]
    (relationship,) = tests["orders", "customer_id"]
    assert relationship["relationships"]["config"] == {"severity": "warn"}
    assert relationship["relationships"]["arguments"]["field"] == "id"
    assert [table.primary_key for table in read_file(tmp_path).tables[:2]] == [["id"], []]


def test_profiles_for_a_project_that_is_there(tmp_path, settings):
    (tmp_path / "dbt_project.yml").write_text("name: mine\nprofile: theirs\n")
    (written,) = start_project(tmp_path, settings, None, target=Warehouse.SNOWFLAKE, force=False)
    outputs = yaml.safe_load(written.read_text())["theirs"]["outputs"]
    assert outputs["redshift"]["port"] == "{{ env_var('DW_SIMULATOR_REDSHIFT_PORT', '1') | as_number }}"
    assert outputs["snowflake"]["database"] == "ANALYTICS"
    with pytest.raises(Conflict, match=r"already there: .*profiles\.yml"):
        start_project(tmp_path, settings, None, target=Warehouse.SNOWFLAKE, force=False)
    assert start_project(tmp_path, settings, None, target=Warehouse.REDSHIFT, force=True) == [written]


def test_passwords_of_ones_own_are_not_written(tmp_path):
    own = {"home": tmp_path, "redshift": {"password": "own secret"}, "snowflake": {"database": "BIG", "role": "R"}}
    settings = load(own, use_running_stack=False).settings
    text = profiles_text("p", settings, target=Warehouse.REDSHIFT, database="D")
    assert "own secret" not in text
    outputs = yaml.safe_load(text)["p"]["outputs"]
    assert outputs["redshift"]["password"] == "{{ env_var('DW_SIMULATOR_REDSHIFT_PASSWORD') }}"
    assert (outputs["snowflake"]["role"], outputs["snowflake"]["password"][-14:]) == ("R", "'mockpass') }}")
    assert environment(settings)["DW_SIMULATOR_REDSHIFT_PASSWORD"] == "own secret"


# --- seeds ---------------------------------------------------------------------------------------------
def test_seeds(project, shop):
    plan = build_plan(shop, seed=7)
    done = export_seeds(shop, plan, project)
    assert [(exported.path.name, exported.rows) for exported in done] == [("customers.csv", 30), ("orders.csv", 50)]
    for table in plan.tables:
        with (project / "seeds" / f"{table.name}.csv").open(newline="") as stream:
            names, *rows = csv.reader(stream)
        assert names == table.schema.names
        expected = table.batch(0, table.rows).to_pylist()
        assert [row[0] for row in rows] == [str(row[names[0]]) for row in expected]
        assert [row[1] or None for row in rows] == [
            None if row[names[1]] is None else str(row[names[1]]) for row in expected
        ]
    with (project / "seeds/orders.csv").open(newline="") as stream:
        row = next(csv.DictReader(stream))
    first = plan.table("orders").batch(0, 1).to_pylist()[0]
    assert (row["total"], row["key"], row["ok"]) == (str(first["total"]), first["key"].hex(), str(first["ok"]).lower())
    assert row["at"].startswith(f"{first['at']:%Y-%m-%d %H:%M:%S}")
    customers, orders = yaml.safe_load((project / "seeds/shop_seeds.yml").read_text())["seeds"]
    assert customers["config"]["column_types"] == {"id": "int", "tier": "varchar(10)", "Full Name": "varchar(60)"}
    assert list(orders["config"]["column_types"].values()) == [
        "int", "int", "decimal(10,2)", "timestamptz", "boolean", "varchar(65535)",
    ]  # fmt: skip
    reference = {"to": "ref('customers')", "field": "id"}
    assert orders["columns"][0]["data_tests"] == [{"relationships": {"arguments": reference}}]
    assert orders["columns"][1]["data_tests"] == [
        {"accepted_values": {"arguments": {"values": [1, 2], "quote": False}}}
    ]
    with pytest.raises(Conflict, match=r"already there: .*customers\.csv"):
        export_seeds(shop, plan, project)
    export_seeds(shop, plan, project, tables=["ORDERS"], force=True)
    (alone,) = yaml.safe_load((project / "seeds/shop_seeds.yml").read_text())["seeds"]
    assert "data_tests" not in alone["columns"][0]


def test_seeds_that_cannot_be(project, shop, tmp_path):
    plan = build_plan(shop, seed=7)
    with pytest.raises(SchemaError, match="has no table 'order'"):
        export_seeds(shop, plan, project, tables=["order"])
    with pytest.raises(NotFound, match="is not a dbt project"):
        export_seeds(shop, plan, tmp_path / "elsewhere")


# --- running -------------------------------------------------------------------------------------------
@pytest.fixture
def program(tmp_path) -> Path:
    """Says how it was called, and fails as dbt does when a test fails."""
    path = tmp_path / "dbt"
    path.write_text(
        "#!/usr/bin/env python3\nimport json, os, sys\n"
        f"json.dump([sys.argv[1:], dict(os.environ)], open({str(tmp_path / 'call.json')!r}, 'w'))\nsys.exit(1)\n"
    )
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("arguments", "target", "expected"),
    [
        (["parse"], None, ["parse"]),
        (["ls", "--select", "a"], Warehouse.SNOWFLAKE, ["ls", "--select", "a"]),
        (["--version"], None, ["--version"]),
    ],
)
@pytest.mark.parametrize("own_profile", [True, False])
def test_how_dbt_is_called(project, settings, program, tmp_path, arguments, target, expected, own_profile):
    if not own_profile:
        (project / "profiles.yml").unlink()
    with prepared(str(program), project, arguments, settings, target) as call:
        assert run_dbt(call) == 1
    given, variables = json.loads((tmp_path / "call.json").read_text())
    position = given.index("--profiles-dir")
    assert given[: len(expected)] == expected
    assert given[given.index("--project-dir") + 1] == str(project)
    assert (given[position + 1] == str(project)) is own_profile
    assert given[position + 2 :] == (["--target", "snowflake"] if target else [])
    assert (variables["DW_SIMULATOR_SNOWFLAKE_PORT"], variables.get("DBT_TARGET")) == ("1", target and "snowflake")


@pytest.mark.parametrize(("arguments", "words"), [([], ["build"]), (["--select", "a"], ["build", "--select", "a"])])
def test_what_needs_a_warehouse_that_is_not_there(project, settings, arguments, words):
    with pytest.raises(ServiceUnavailable, match=r"the redshift service does not answer at 127\.0\.0\.1:1"):
        prepared("dbt", project, arguments, settings, None).__enter__()
    with pytest.raises(ServiceUnavailable, match="the snowflake service"):
        prepared("dbt", project, words, settings, Warehouse.SNOWFLAKE).__enter__()


def test_targets_by_type(project, settings):
    outputs = {"dev": {"type": "snowflake", "database": "{{ env_var('NO_SUCH_DATABASE', 'D') }}"}}
    (project / "profiles.yml").write_text(yaml.safe_dump({"shop_dbt": {"target": "dev", "outputs": outputs}}))
    with prepared("dbt", project, ["ls"], settings, Warehouse.SNOWFLAKE) as call:
        assert call.arguments[-2:] == ("--target", "dev")
    with pytest.raises(NotFound, match="has no output of type redshift"):
        prepared("dbt", project, ["ls"], settings, Warehouse.REDSHIFT).__enter__()


def test_without_dbt(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    with pytest.raises(NotFound, match="dbt is not installed"):
        find_dbt()
    with pytest.raises(NotFound, match="there is no program other"):
        find_dbt("other")
    (tmp_path / "dbt").touch()
    assert find_dbt() == str(tmp_path / "dbt")


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("D", "D"),
        ("{{ env_var('NO_SUCH_DATABASE', 'D') }}", "D"),
        ("{{ env_var('NO_SUCH_DATABASE') }}", None),
        ("{{ target.name }}", None),
        (3, None),
    ],
)
def test_values_of_profiles(written, text):
    assert plain_text(written) == text
