"""What users do with the snow command line. Its commands run in one process: most of their time is their start."""

from __future__ import annotations

import json
from typing import Any

import snowflake.connector as connector
from click.testing import CliRunner
from harness import PLACE, fails, main, options, same, scenario
from snowflake.cli._app.cli_app import CliAppFactory
from snowflake.core import CreateMode, Root
from snowflake.core.exceptions import NotFoundError
from snowflake.core.schema import Schema
from snowflake.core.table import Table, TableColumn
from snowflake.core.warehouse import Warehouse
from typer.main import get_command

ROOT = get_command(CliAppFactory().create_or_get_app())


def snow(*arguments: str, code: int = 0) -> Any:
    """Run a command with JSON output; what it printed, parsed unless it failed.

    The first one runs as a user's does and registers all commands; that takes a second each time, so later ones run
    without the root's part of it.
    """
    if not getattr(ROOT, "commands", {}):
        settings = PLACE.folder / "config.toml"
        given = "".join(f"{name} = {json.dumps(value)}\n" for name, value in options().items())
        settings.write_text(f'default_connection_name = "local"\n[connections.local]\n{given}')
        settings.chmod(0o600)
        _run(ROOT, ["--config-file", str(settings), "connection", "test"])
    name, *rest = arguments
    done = _run(ROOT.commands[name], [*rest, *([] if code else ["--format", "json"])], code)
    return done.output if code else json.loads(done.stdout)


def _run(command: Any, arguments: list[str], code: int = 0) -> Any:
    done = CliRunner().invoke(command, arguments)
    same((done.exit_code, done.output if done.exit_code != code else ""), (code, ""))
    return done


@scenario
def connections() -> None:
    found = snow("connection", "test")
    same((found["Status"], found["User"], found["Account"]), ("OK", "ada", "local"))


@scenario
def sql() -> None:
    same(snow("sql", "-q", "select 1 a, 'x' b"), [{"A": 1, "B": "x"}])
    same(snow("sql", "-q", "select 1 a; select 2 b"), [[{"A": 1}], [{"B": 2}]])
    same(snow("sql", "-q", "select '<% word %>' a", "-D", "word=templated"), [{"A": "templated"}])
    script = PLACE.folder / "script.sql"
    script.write_text(
        "create or replace database snowy;\ncreate table t (a int) as select 7;\nselect a from snowy.public.t;\n"
    )
    same(snow("sql", "-f", str(script))[-1], [{"A": 7}])
    assert "NOTHING" in snow("sql", "-q", "select * from nothing", code=1)


@scenario
def objects() -> None:
    snow("sql", "-q", "create or replace database snowy_objects; create table t (id int not null, name varchar)")
    assert "SNOWY_OBJECTS" in [item["name"] for item in snow("object", "list", "database")]
    (table,) = snow("object", "list", "table", "--in", "database", "snowy_objects", "--like", "T%")
    same((table["name"], table["kind"]), ("T", "TABLE"))
    described = snow("object", "describe", "table", "snowy_objects.public.t")
    same([(item["name"], item["type"], item["null?"]) for item in described],
         [("ID", "NUMBER(38,0)", "N"), ("NAME", "VARCHAR(16777216)", "Y")])  # fmt: skip
    for kind in ("warehouse", "schema", "view", "role", "user", "stage", "function"):
        assert isinstance(snow("object", "list", kind), list), kind
    snow("object", "drop", "table", "snowy_objects.public.t")
    same(snow("object", "list", "table", "--in", "database", "snowy_objects"), [])


@scenario
def stages() -> None:
    snow("sql", "-q", "create or replace database snowy_stages")
    source = PLACE.folder / "snow.csv"
    source.write_text("1,x\n")
    stage = "snowy_stages.public.st"
    snow("stage", "create", stage)
    (uploaded,) = snow("stage", "copy", str(source), f"@{stage}")
    same(uploaded["status"], "UPLOADED")
    same([item["name"] for item in snow("stage", "list-files", stage)], ["st/snow.csv"])
    snow("stage", "copy", f"@{stage}", str(PLACE.folder / "snow-back"))
    same((PLACE.folder / "snow-back" / "snow.csv").read_text(), "1,x\n")
    script = PLACE.folder / "run.sql"
    script.write_text("create table snowy_stages.public.made (a int);")
    snow("stage", "copy", str(script), f"@{stage}")
    (ran,) = snow("stage", "execute", f"@{stage}/run.sql")
    same(ran["Status"], "SUCCESS")
    snow("stage", "remove", stage, "snow.csv")
    same([item["name"] for item in snow("stage", "list-files", stage)], ["st/run.sql"])
    snow("stage", "drop", stage)


@scenario
def objects_over_rest() -> None:
    snow("sql", "-q", "drop database if exists snowy_rest")
    same(
        snow("object", "create", "database", "name=snowy_rest", "comment=made"),
        {"message": "Database successfully created."},
    )
    columns = 'columns=[{"name": "a", "datatype": "int", "nullable": false}]'
    snow("object", "create", "table", "name=t", columns, "--database", "snowy_rest", "--schema", "public")
    same(snow("sql", "-q", "select count(*) n from snowy_rest.public.t"), [{"N": 0}])
    assert "409" in snow("object", "create", "database", "name=snowy_rest", code=1)
    with connector.connect(**options()) as connection:
        root = Root(connection)
        database = root.databases["snowy_rest"]
        same(database.fetch().comment, "made")
        schema = database.schemas.create(Schema(name="s", data_retention_time_in_days=2))
        same((schema.fetch().retention_time, [item.name for item in database.schemas.iter(like="S")]), (2, ["S"]))
        table = schema.tables.create(
            Table(name='"Mixed"', columns=[TableColumn(name="n", datatype="varchar(10)", default="'x'", comment="c")])
        )
        found = table.fetch()
        same((found.name, found.rows, found.columns[0].datatype), ("Mixed", 0, "VARCHAR(10)"))
        warehouse = root.warehouses.create(Warehouse(name="snowy_wh", auto_suspend=60), mode=CreateMode.or_replace)
        same(warehouse.fetch().auto_suspend, 60)
        warehouse.drop()
        database.drop()
        fails(database.fetch, NotFoundError, "404")


if __name__ == "__main__":
    main()
