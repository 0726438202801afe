"""What users do with the snow command line. Its commands run in one process: most of their time is their start."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import snowflake.connector as connector
from click.testing import CliRunner
from harness import PLACE, fails, main, options, same, scenario
from snowflake.cli._app.cli_app import CliAppFactory
from snowflake.core import CreateMode, Root
from snowflake.core.alert import Alert, MinutesSchedule
from snowflake.core.database import Database
from snowflake.core.exceptions import NotFoundError
from snowflake.core.role import Role
from snowflake.core.schema import Schema
from snowflake.core.sequence import Sequence
from snowflake.core.stage import Stage, StageDirectoryTable
from snowflake.core.stream import Stream, StreamSourceTable
from snowflake.core.table import Table, TableColumn
from snowflake.core.tag import Tag
from snowflake.core.task import Task
from snowflake.core.task.dagv1 import DAG, DAGOperation, DAGTask
from snowflake.core.user import User
from snowflake.core.view import View, ViewColumn
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
        {"message": "Database SNOWY_REST successfully created."},
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


@scenario
def more_objects_over_rest() -> None:
    snow("sql", "-q", "create or replace database snowy_kinds; create table t (a int, b int)")
    snow("sql", "-q", "drop role if exists snowy_role; drop user if exists snowy_user")
    with connector.connect(**options()) as connection:
        root = Root(connection)
        role = root.roles.create(Role(name="snowy_role", comment="made"))
        same([(item.comment, item.granted_to_roles) for item in root.roles.iter(like="SNOWY_ROLE")], [("made", 0)])
        role.drop()
        user = root.users.create(User(name="snowy_user", email="a@b.c", disabled=True, default_role="PUBLIC"))
        same((user.fetch().email, user.fetch().disabled, user.fetch().default_role), ("a@b.c", True, "PUBLIC"))
        user.drop()
        schema = root.databases["snowy_kinds"].schemas["public"]
        columns = [ViewColumn(name="x", comment="c"), ViewColumn(name="y")]
        view = schema.views.create(View(name="v", columns=columns, query="select a, b from t", secure=True))
        found = view.fetch()
        same((found.secure, [column.name for column in found.columns]), (True, ["X", "Y"]))
        sequence = schema.sequences.create(Sequence(name="q", start=5, increment=2, comment="s"))
        same((sequence.fetch().increment, sequence.fetch().comment), (2, "s"))
        stream = schema.streams.create(Stream(name="s", stream_source=StreamSourceTable(name="t", append_only=True)))
        same((stream.fetch().mode, stream.fetch().stream_source.name), ("APPEND_ONLY", "T"))
        stage = schema.stages.create(Stage(name="st", comment="x", directory_table=StageDirectoryTable(enable=True)))
        same((stage.fetch().comment, stage.fetch().directory_table.enable), ("x", True))
        body = "insert into t values (1, 2)"
        task = schema.tasks.create(Task(name="k", definition=body, warehouse="compute_wh", schedule=timedelta(hours=1)))
        schema.tasks.create(Task(name="after", definition=body, warehouse="compute_wh", predecessors=["k"]))
        (child,) = [item for item in schema.tasks.iter() if item.name == "AFTER"]
        same(
            (child.predecessors, task.fetch().schedule, task.fetch().state),
            (["SNOWY_KINDS.PUBLIC.K"], timedelta(hours=1), "suspended"),
        )
        schema.tasks["after"].resume()
        task.resume()
        same(task.fetch().state, "started")
        task.execute()
        same(connection.cursor().execute("select count(*) from snowy_kinds.public.t").fetchone(), (2,))
        task.suspend()
        for item in (task, view, sequence, stream, stage):
            item.drop()
        same([list(kind.iter()) for kind in (schema.views, schema.sequences, schema.streams, schema.stages)], [[]] * 4)
        table = schema.tables["t"]
        changed = table.fetch()
        changed.columns = [*changed.columns, TableColumn(name="c", datatype="date")]
        changed.comment = "altered"
        table.create_or_alter(changed)
        same(([column.name for column in table.fetch().columns], table.fetch().comment), (["A", "B", "C"], "altered"))
        root.databases["snowy_kinds"].schemas["later"].create_or_alter(Schema(name="later", comment="made"))
        root.databases["snowy_kinds"].schemas["later"].create_or_alter(Schema(name="later", comment="again"))
        same(root.databases["snowy_kinds"].schemas["later"].fetch().comment, "again")
        warehouse = root.warehouses["compute_wh"]
        warehouse.suspend()
        warehouse.resume()
        root.databases["snowy_kinds"].drop()


@scenario
def task_graphs_and_alerts_over_rest() -> None:
    with connector.connect(**options()) as connection:
        root = Root(connection)
        root.databases.create(Database(name="snowy_graphs"), mode=CreateMode.or_replace)
        schema = root.databases["snowy_graphs"].schemas["public"]
        operation = DAGOperation(schema)
        with DAG("g", schedule=timedelta(days=1), warehouse="compute_wh", config={"k": 1}) as dag:
            first, second = DAGTask("one", "select 1", warehouse="compute_wh"), DAGTask("two", "select 2")
            first >> second
            DAGTask("last", "select 3", is_finalizer=True)
        operation.deploy(dag, mode=CreateMode.or_replace)
        operation.deploy(dag, mode=CreateMode.or_replace)
        same(operation.iter_dags(like="g%"), ["G"])
        operation.run(dag)
        same([found.state for found in operation.get_current_dag_runs(dag)], ["SCHEDULED"])
        (run,) = schema.tasks["g"].get_complete_graphs(error_only=False)
        same((run.state, run.root_task_name, run.graph_version), ("SUCCEEDED", "G", 1))
        same(
            sorted(found.name for found in schema.tasks["g"].fetch_task_dependents()), ["G", "G$LAST", "G$ONE", "G$TWO"]
        )
        operation.drop(dag, drop_finalizer=True)
        same(list(schema.tasks.iter()), [])
        alert = schema.alerts.create(
            Alert(name="a", condition="select 1", action="select 2", schedule=MinutesSchedule(minutes=5))
        )
        alert.execute()
        same((alert.fetch().schedule.minutes, alert.fetch().state), (5, "suspended"))
        alert.drop()
        tag = schema.tags.create(Tag(name="t", allowed_values=["x", "y"]))
        same(tag.fetch().allowed_values, ["x", "y"])
        root.databases["snowy_graphs"].drop()


if __name__ == "__main__":
    main()
