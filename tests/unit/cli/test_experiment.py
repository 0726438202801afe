"""The commands experiment, query and schema in this process, against SQLite: what they print, and bad input."""

from __future__ import annotations

import io
import json
import os
import re
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import pytest

from dw_simulator.cli import options
from dw_simulator.cli.commands.experiment import TableFormat, parse_rows
from dw_simulator.cli.commands.query import ResultFormat
from dw_simulator.cli.main import run
from dw_simulator.experiments.export import ExportFormat
from dw_simulator.schema import Dialect, Warehouse

GOLDEN = Path(__file__).parent / "golden"
ROOT = Path(__file__).resolve().parents[3]

SCHEMA = {
    "name": "shop",
    "description": "Two tables",
    "tables": [
        {
            "name": "customers",
            "target_rows": 20,
            "primary_key": "id",
            "columns": [
                {"name": "id", "data_type": "INT", "required": True, "min_value": 1},
                {"name": "email", "data_type": "VARCHAR(60)", "is_unique": True, "faker_rule": "email"},
                {"name": "vip", "data_type": "BOOLEAN", "null_fraction": 0.25},
            ],
        },
        {
            "name": "orders",
            "target_rows": 50,
            "columns": [
                {"name": "customer_id", "data_type": "INT", "required": True, "foreign_key": "customers.id"},
                {"name": "total", "data_type": "DECIMAL(8,2)", "min_value": 1, "max_value": 99},
            ],
        },
    ],
}
DDL = (
    "CREATE TABLE sales (region INT, store INT, start DATE, PRIMARY KEY (region, store)); GRANT SELECT ON sales TO me;"
)


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Done]


@pytest.fixture
def cli(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Runs ``dw-sim`` here with a home folder and a working folder of this test."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("DW_SIMULATOR_")]:
        monkeypatch.delenv(name)

    def call(*arguments: str, stdin: str = "") -> Done:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code = run(["--home", str(tmp_path / "home"), *arguments])
        out, err = capfdbinary.readouterr()
        return Done(code, out.decode(), err.decode())

    return call


@pytest.fixture
def shop(cli: Cli, tmp_path: Path) -> Cli:
    (tmp_path / "shop.json").write_text(json.dumps(SCHEMA))
    assert cli("experiment", "create", "shop.json").code == 0
    return cli


@pytest.fixture
def filled(shop: Cli) -> Cli:
    assert shop("experiment", "generate", "shop", "--load").code == 0
    return shop


def assert_golden(name: str, text: str) -> None:
    """Compare with a file of ``golden/``; UPDATE_GOLDEN=1 writes it instead. Times, sizes and moments are blanked."""
    text = re.sub(r"\b\d+\.\d{2,3}\b(?= s\b)", "0.00", text)
    text = re.sub(r" +\d\.\d{2,3}(?= |\n)", " #", text)
    text = re.sub(r" +\d+\.\d MB", " # MB", text)
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert text == path.read_text()


# --- what is printed ------------------------------------------------------------------------------------------------
def test_create(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "shop.json").write_text(json.dumps(SCHEMA))
    done = cli("experiment", "create", "shop.json")
    assert (done.code, done.err) == (
        0,
        "created experiment 'shop' with 2 tables; next: dw-sim experiment generate shop --load\n",
    )
    assert_golden("create", done.out)


def test_create_with_other_name_rows_and_warehouses(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "shop.json").write_text(json.dumps(SCHEMA))
    arguments = ("--name", "other", "--target-rows", "7", "-w", "sqlite", "-w", "redshift", "--json")
    found = cli("experiment", "create", "shop.json", *arguments).json
    assert (found["name"], found["target_warehouse"]) == ("other", ["sqlite", "redshift"])
    assert [table["target_rows"] for table in found["tables"]] == [7, 7]


def test_import_sql(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "my sales.sql").write_text(DDL)
    done = cli("experiment", "import-sql", "my sales.sql", "--dialect", "redshift", "-w", "redshift", "-w", "snowflake")
    assert done.code == 0
    assert_golden("import_sql", done.out)
    assert_golden("import_sql.err", done.err)
    assert [one["name"] for one in cli("experiment", "list", "--json").json] == ["my_sales"]


def test_import_sql_dry_run_prints_the_schema_and_creates_nothing(cli: Cli) -> None:
    arguments = ("experiment", "import-sql", "-", "--dialect", "redshift", "--name", "x", "--dry-run")
    done = cli(*arguments, stdin=DDL)
    assert done.code == 0
    assert_golden("import_sql_dry_run", done.out)
    assert "A surrogate key column '_row_id' has been added" in done.err
    assert cli("experiment", "list", "--json").json == []
    without = cli(*arguments, "--no-surrogate-key", stdin=DDL).json
    assert (without["tables"][0]["primary_key"], without["tables"][0].get("warnings")) == (["region", "store"], None)


def test_list(shop: Cli) -> None:
    assert_golden("list", shop("experiment", "list").out)
    found = shop("experiment", "list", "--json").json
    assert [(one["name"], one["tables"], one["target_rows"], one["warnings"]) for one in found] == [("shop", 2, 70, [])]


def test_list_of_nothing(cli: Cli) -> None:
    done = cli("experiment", "list")
    assert (done.code, done.out) == (0, "")
    assert "there are no experiments" in done.err


def test_generate(shop: Cli) -> None:
    done = shop("experiment", "generate", "shop", "--rows", "Customers=10", "--rows", "orders=1_000", "--seed", "3")
    assert done.code == 0
    assert_golden("generate", done.out)
    assert sorted(done.err.splitlines()) == ["customers: 10 rows", "orders: 1,000 rows"]


def test_generate_json(shop: Cli) -> None:
    found = shop("experiment", "generate", "shop", "--batch-rows", "20", "--workers", "1", "--json").json
    assert (found["status"], found["seed"], found["rows"]) == ("COMPLETED", 42, {"customers": 20, "orders": 50})
    assert [len(files) for files in found["files"].values()] == [1, 3]


def test_generate_and_load(shop: Cli) -> None:
    done = shop("experiment", "generate", "shop", "--load")
    assert done.code == 0
    assert_golden("generate_load", done.out)
    found = shop("experiment", "generate", "shop", "--load", "--json").json
    assert [(one["warehouse"], one["total_rows"], one["error"]) for one in found["loads"]] == [("sqlite", 70, None)]
    assert found["run"]["id"] == 2


def test_append(cli: Cli, tmp_path: Path) -> None:
    customers, orders = SCHEMA["tables"]
    growing = {**SCHEMA, "tables": [customers, {**orders, "growth": {"rows_per_day": 7}}]}
    (tmp_path / "growing.json").write_text(json.dumps(growing))
    assert cli("experiment", "create", "growing.json").code == 0
    early = cli("experiment", "append", "shop")
    assert early.code != 0
    assert "generate first: dw-sim experiment generate shop" in early.err
    assert cli("experiment", "generate", "shop", "--load").code == 0
    found = cli("experiment", "append", "shop", "--days", "2", "--load", "--json").json
    assert (found["run"]["days"], found["run"]["extends"]) == (2, 1)
    assert found["loads"][0]["rows"] == {"customers": 20, "orders": 64}
    assert "run 3: 91 rows, 3 days added to the first run," in cli("experiment", "append", "shop").out

    run = cli("experiment", "append", "shop", "--rows", "15", "--json").json
    assert (run["days"], run["extends"]) == (3 + 3, 3)
    both = cli("experiment", "append", "shop", "--rows", "15", "--days", "2")
    assert both.code == 2
    assert "leave out --days" in both.err


def test_append_wants_a_table_that_grows(filled: Cli) -> None:
    done = filled("experiment", "append", "shop")
    assert done.code != 0
    assert "no table says how it grows" in done.err


def test_load_a_run(filled: Cli) -> None:
    assert filled("experiment", "generate", "shop", "--rows", "orders=5").code == 0
    assert filled("experiment", "load", "shop", "--run", "1", "--json").json["loads"][0]["total_rows"] == 70
    assert filled("experiment", "load", "shop", "--json").json["loads"][0]["total_rows"] == 25


def test_show(filled: Cli) -> None:
    assert_golden("show", filled("experiment", "show", "SHOP").out)
    found = filled("experiment", "show", "shop", "--json").json
    assert found["experiment"]["tables"][0]["name"] == "customers"
    assert [(run["id"], run["total_rows"]) for run in found["runs"]] == [(1, 70)]
    assert {one["table"]: one["rows"] for one in found["loaded"]} == {"customers": 20, "orders": 50}


def test_reset_and_delete(filled: Cli, tmp_path: Path) -> None:
    done = filled("experiment", "reset", "shop")
    assert (done.code, done.out) == (0, "")
    assert done.err == "reset experiment 'shop': emptied 2 tables in sqlite\n"
    count = filled("query", "select count(*) n from orders", "-w", "sqlite", "-e", "shop", "--json").json
    assert count == [{"n": 0}]
    done = filled("experiment", "delete", "shop", "--yes", "--json")
    assert done.json == {"name": "shop", "tables_dropped": 2}
    assert filled("experiment", "list", "--json").json == []


def test_delete_asks(filled: Cli) -> None:
    refused = filled("experiment", "delete", "shop", stdin="n\n")
    assert (refused.code, "nothing done" in refused.err) == (1, True)
    assert len(filled("experiment", "list", "--json").json) == 1
    assert filled("experiment", "delete", "shop", stdin="y\n").code == 0


def test_export(filled: Cli, tmp_path: Path) -> None:
    written = filled("experiment", "export", "shop", "-o", "out/data", "--json").json
    assert [(one["table"], one["rows"]) for one in written] == [("customers", 20), ("orders", 50)]
    assert pq.read_table(tmp_path / "out/data/orders.parquet").num_rows == 50
    done = filled("experiment", "export", "shop", "-o", "csv", "--format", "csv", "--table", "Orders")
    assert_golden("export", done.out.replace(os.sep, "/"))
    assert [path.name for path in (tmp_path / "csv").iterdir()] == ["orders.csv"]


# --- query ----------------------------------------------------------------------------------------------------------
FORMATS = [
    ("table", " n  t     x\n ───────────────\n  1  a,b   NULL"),
    ("csv", 'n,t,x\n1,"a,b",\n'),
    ("json", '[\n {"n": 1, "t": "a,b", "x": null}\n]\n'),
    ("jsonl", '{"n": 1, "t": "a,b", "x": null}\n'),
]


@pytest.mark.parametrize(("form", "text"), FORMATS)
def test_query_formats(filled: Cli, form: Any, text: Any) -> None:
    done = filled("query", "select 1 n, 'a,b' t, null x", "--warehouse", "sqlite", "-e", "shop", "--format", form)
    assert done.code == 0
    if form == "table":
        assert [line.split() for line in done.out.split("\n")][:1] == [["n", "t", "x"]]
        assert done.out.split("\n")[2].split() == ["1", "a,b", "NULL"]
        assert done.err == "1 row\n"
    else:
        assert done.out == text
        assert done.err == ""


def test_query_to_a_file(filled: Cli, tmp_path: Path) -> None:
    done = filled("query", "select * from orders", "-w", "sqlite", "-e", "shop", "-o", "orders.parquet")
    assert (done.code, done.out, done.err) == (0, "", "wrote 50 rows to orders.parquet\n")
    assert pq.read_table(tmp_path / "orders.parquet").num_rows == 50
    assert filled("query", "select 1 a", "-w", "sqlite", "-e", "shop", "-f", "csv", "-o", "x.txt").code == 0
    assert (tmp_path / "x.txt").read_text() == "a\n1\n"


def test_query_reads_stdin_and_says_how_much_it_shows(filled: Cli) -> None:
    done = filled("query", "-", "-w", "sqlite", "-e", "shop", "--max-rows", "2", stdin="select total from orders")
    assert len(done.out.splitlines()) == 4
    assert done.err == "50 rows, the first 2 shown (--format csv prints them all)\n"


# --- schema ---------------------------------------------------------------------------------------------------------
def test_schema_check(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "s.sql").write_text(DDL)
    done = cli("schema", "check", "s.sql", "--dialect", "redshift")
    assert_golden("schema_check", done.out)
    assert done.err.count("warning: ") == 2
    found = cli("schema", "check", "s.sql", "--dialect", "redshift", "--json").json
    assert found["tables"] == [
        {"table": "sales", "columns": 4, "rows": 1000, "primary_key": ["region", "store"], "refers_to": []}
    ]


def test_schema_import(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "s.sql").write_text(DDL)
    arguments = ("schema", "import", "s.sql", "--dialect", "redshift", "--target-rows", "5")
    printed = cli(*arguments).json
    assert (printed["name"], printed["tables"][0]["target_rows"]) == ("s", 5)
    for name in ("out.json", "out.yaml"):
        assert cli(*arguments, "-o", name).code == 0
        assert cli("schema", "import", name).json == printed


def test_schema_json_schema(cli: Cli) -> None:
    assert cli("schema", "json-schema").out == (ROOT / "docs/schema.json").read_text()


# --- bad input ------------------------------------------------------------------------------------------------------
USAGE, SCHEMA_CODE, UNAVAILABLE, MISSING, CONFLICT = 2, 3, 7, 8, 9
BAD = [
    ("experiment create gone.json", MISSING, "there is no file gone.json"),
    ("experiment create bad.json", SCHEMA_CODE, "line 1, column 53: tables.t.columns.a.data_type: unknown type 'INTT'"),
    ("experiment create broken.json", SCHEMA_CODE, "line 1, column 2: not JSON"),
    ("experiment create s.sql", USAGE, "s.sql is DDL; use: dw-sim experiment import-sql"),
    ("experiment create shop.json", CONFLICT, "shop"),
    ("experiment create shop.json --name select", SCHEMA_CODE, "reserved word"),
    ("experiment create shop.json --name a-b", SCHEMA_CODE, "'a-b' is not allowed"),
    ("experiment create shop.json --target-rows -1", USAGE, "--target-rows"),
    ("experiment create shop.json -w oracle", USAGE, "oracle"),
    ("experiment import-sql s.sql", USAGE, "--dialect"),
    ("experiment import-sql s.sql --dialect mysql", USAGE, "mysql"),
    ("experiment import-sql gone.sql --dialect ansi", MISSING, "there is no file gone.sql"),
    ("experiment import-sql wrong.sql --dialect redshift", SCHEMA_CODE, "line 2, column 21: unknown type 'GEOMETRY'"),
    ("experiment import-sql wrong.sql --dialect redshift --dry-run", SCHEMA_CODE, "unknown type 'GEOMETRY'"),
    ("experiment show nope", MISSING, "nope"),
    ("experiment generate nope", MISSING, "nope"),
    ("experiment generate shop --rows orders", USAGE, "'orders' is not TABLE=N"),
    ("experiment generate shop --rows orders=many", USAGE, "'orders=many' is not TABLE=N"),
    ("experiment generate shop --rows orders=-5", USAGE, "'orders=-5' is not TABLE=N"),
    ("experiment generate shop --rows a=1 --rows A=2", USAGE, "table 'A' is there twice"),
    ("experiment generate shop --rows nope=5", SCHEMA_CODE, "no table 'nope'"),
    ("experiment generate shop --batch-rows 0", USAGE, "--batch-rows"),
    ("experiment generate shop --workers -1", USAGE, "--workers"),
    ("experiment generate shop --seed x", USAGE, "--seed"),
    ("experiment generate shop --seed 99999999999999999999", USAGE, "--seed"),
    ("experiment create no_rule.json", SCHEMA_CODE, "no Faker provider 'emial' (did you mean 'email'?)"),
    ("schema check no_rule.json", SCHEMA_CODE, "no Faker provider 'emial'"),
    ("experiment generate shop -w sqlite", USAGE, "needs --load"),
    ("experiment load shop", MISSING, "no completed generation run"),
    ("experiment load shop --run 99", MISSING, "99"),
    ("experiment load nope", MISSING, "nope"),
    ("experiment reset nope", MISSING, "nope"),
    ("experiment delete nope --yes", MISSING, "nope"),
    ("experiment export shop", USAGE, "--output"),
    ("experiment export shop -o out --table nope", MISSING, "no table 'nope'"),
    ("experiment export shop -o shop.json", USAGE, "cannot make the folder shop.json"),
    ("experiment export shop -o out --format table", USAGE, "table"),
    ("query x", USAGE, "--warehouse"),
    ("query - -w sqlite", USAGE, "the statement is empty"),
    ("query x -w oracle", USAGE, "oracle"),
    ("query x -w sqlite -e nope", MISSING, "nope"),
    ("query x -w sqlite -e shop -o x.doc", USAGE, "cannot tell the format of 'x.doc'"),
    ("query x -w sqlite -e shop -o x.csv -f table", USAGE, "a table is for the screen"),
    ("query x -w sqlite -e shop --json -f csv", USAGE, "--json contradicts --format csv"),
    ("query x -w sqlite -e shop -f xls", USAGE, "xls"),
    ("schema check gone.json", MISSING, "there is no file gone.json"),
    ("schema check s.sql", SCHEMA_CODE, "a DDL file needs its dialect"),
    ("schema check bad.json", SCHEMA_CODE, "did you mean 'INT'?"),
    ("schema check shop.txt", SCHEMA_CODE, "unknown kind of schema file"),
    ("schema import shop.json -o x.toml", USAGE, "must end in .json or .yaml"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "code", "message"), BAD)
def test_bad_input(shop: Cli, tmp_path: Path, command: Any, code: Any, message: Any) -> None:
    """One clear message on stderr, nothing on stdout, the documented exit code, nothing created."""
    bad = '{"tables": [{"name": "t", "columns": [{"name": "a", "data_type": "INTT"}]}]}'
    (tmp_path / "bad.json").write_text(bad)
    (tmp_path / "broken.json").write_text("{")
    no_rule = {"name": "x", "tables": [{"name": "t", "columns": [{"name": "a", "data_type": "VARCHAR(9)"}]}]}
    no_rule["tables"][0]["columns"][0]["faker_rule"] = "emial"
    (tmp_path / "no_rule.json").write_text(json.dumps(no_rule))
    (tmp_path / "s.sql").write_text(DDL)
    (tmp_path / "wrong.sql").write_text("CREATE TABLE fine (a INT);\nCREATE TABLE t (at  GEOMETRY);")
    done = shop(*command.split())
    assert message in done.err
    assert (done.code, done.out) == (code, "")
    assert "Traceback" not in done.err
    assert [one["name"] for one in shop("experiment", "list", "--json").json] == ["shop"]
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_a_failed_statement_carries_the_warehouse_code(filled: Cli) -> None:
    done = filled("query", "select * from nope", "-w", "sqlite", "-e", "shop")
    assert (done.code, done.out) == (6, "")
    assert "no such table: nope" in done.err


@pytest.mark.parametrize("warehouse", ["redshift", "snowflake"])
def test_a_warehouse_that_is_down_is_named(shop: Cli, monkeypatch: pytest.MonkeyPatch, warehouse: Any) -> None:
    monkeypatch.setenv(f"DW_SIMULATOR_{warehouse.upper()}_PORT", "1")
    done = shop("query", "select 1", "-w", warehouse)
    assert (done.code, done.out) == (UNAVAILABLE, "")
    assert f"the {warehouse} service does not answer at 127.0.0.1:1" in done.err
    assert "dw-sim up" in done.err


def test_bad_input_of_the_model_names_everything(cli: Cli, tmp_path: Path) -> None:
    data = json.loads(json.dumps(SCHEMA))
    data["tables"][0]["columns"][0] |= {"min_value": 5, "max_value": 1}
    data["tables"][1]["columns"][0]["foreign_key"] = "customers.nope"
    data["tables"].append({"name": "order", "columns": [{"name": "b", "data_type": "BOOLEAN", "is_unique": True}]})
    (tmp_path / "bad.json").write_text(json.dumps(data, indent=2))
    done = cli("experiment", "create", "bad.json")
    assert done.code == SCHEMA_CODE
    assert_golden("bad_schema.err", done.err)


# --- the rest -------------------------------------------------------------------------------------------------------
def test_rows() -> None:
    assert parse_rows(None) == {}
    assert parse_rows(["a=1", "x=y=2_000"]) == {"a": 1, "x=y": 2000}


def test_enums_repeat_those_of_the_model() -> None:
    assert {name.value for name in options.DialectName} == {str(dialect) for dialect in Dialect}
    assert {name.value for name in options.WarehouseName} == {str(warehouse) for warehouse in Warehouse}
    exports = {str(form) for form in ExportFormat}
    assert {form.value for form in TableFormat} == exports
    assert {form.value for form in ResultFormat} == exports | {"table"}


def test_completion_of_names(shop: Cli, tmp_path: Path) -> None:
    import typer

    from dw_simulator.cli.context import Invocation

    command = typer.main.get_command(_empty())
    context = typer.Context(command, obj=Invocation(home=tmp_path / "home"))
    assert list(options.complete_experiment(context, "SH")) == ["shop"]
    assert list(options.complete_experiment(context, "x")) == []
    context.obj = Invocation(home=tmp_path / "nowhere")
    assert list(options.complete_experiment(context, "")) == []
    assert not (tmp_path / "nowhere").exists()


def _empty() -> Any:
    import typer

    app = typer.Typer()
    app.command()(lambda: None)
    return app


def test_data_is_really_in_the_file(filled: Cli, tmp_path: Path) -> None:
    (path,) = (tmp_path / "home" / "sqlite").glob("*.sqlite*")
    with sqlite3.connect(path) as connection:
        orphans = connection.execute(
            "select count(*) from orders where customer_id not in (select id from customers)"
        ).fetchone()
    connection.close()
    assert orphans == (0,)
