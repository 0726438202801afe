"""`dw-sim profile` as a program: files and tables of a warehouse in, a schema out that generates at once."""

import json

import pytest
import yaml

from dw_simulator.cli.main import run

SCHEMA = {
    "name": "shop",
    "target_warehouse": ["sqlite"],
    "tables": [
        {
            "name": "customers",
            "target_rows": 200,
            "columns": [
                {"name": "id", "data_type": "INT", "is_unique": True, "required": True},
                {"name": "age", "data_type": "INT", "min_value": 20, "max_value": 30},
            ],
        },
        {"name": "orders", "target_rows": 300, "columns": [{"name": "customer_id", "data_type": "INT",
                                                             "foreign_key": "customers.id"}]},
    ],
}  # fmt: skip


@pytest.fixture
def cli(tmp_path, capfd, monkeypatch):
    """Runs ``dw-sim`` in this process; gives the exit code and what it printed."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str]:
        code = run(["--home", str(tmp_path / "home"), *arguments])
        return code, capfd.readouterr().out

    return call


def test_tables_of_a_warehouse(cli, tmp_path):
    (tmp_path / "shop.json").write_text(json.dumps(SCHEMA))
    assert cli("experiment", "create", "shop.json")[0] == 0
    assert cli("experiment", "generate", "shop", "--load")[0] == 0
    sources = ("--table", "customers", "--query", "bought=select * from orders", "-w", "sqlite", "-e", "shop")
    assert cli("profile", *sources, "-o", "again.yaml", "--name", "again")[0] == 0
    customers, orders = yaml.safe_load((tmp_path / "again.yaml").read_text())["tables"]
    assert (customers["name"], customers["target_rows"], customers["primary_key"]) == ("customers", 200, ["id"])
    assert (orders["name"], orders["columns"][0]["foreign_key"]["table"]) == ("bought", "customers")
    assert cli("experiment", "create", "again.yaml")[0] == 0


def test_files_and_usage(cli, tmp_path):
    (tmp_path / "data.csv").write_text("a,b\n" + "1,x\n" * 30)
    code, text = cli("profile", "named=data.csv")
    assert (code, yaml.safe_load(text)["tables"][0]["name"]) == (0, "named")
    assert cli("profile", "data.csv", "-o", "out.json", "--name", "y")[0] == 0
    assert json.loads((tmp_path / "out.json").read_text())["name"] == "y"
    for arguments in ([], ["--table", "t"], ["--query", "select 1", "-w", "sqlite"], ["data.csv", "-o", "out.txt"]):
        assert cli("profile", *arguments)[0] == 2
    assert cli("profile", "gone.csv")[0] == 8
