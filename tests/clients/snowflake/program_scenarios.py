"""Time travel and programs that run in the server, through the Python driver."""

from __future__ import annotations

from typing import Any

import snowflake.connector as connector
from harness import main, options, scenario
from snowflake.connector import DictCursor


def database(name: str) -> Any:
    """A connection whose current database is new."""
    with connector.connect(**options()) as first:
        first.cursor().execute(f"create or replace database {name}")
    return connector.connect(**options(database=name.upper(), schema="PUBLIC"))


@scenario
def time_travel_by_query_id() -> None:
    with database("travelled") as connection:
        cursor = connection.cursor()
        cursor.execute("create table t(a int) data_retention_time_in_days = 1")
        cursor.execute("insert into t values (1), (2)")
        cursor.execute("delete from t where a = 1")
        mistake = cursor.sfqid
        assert cursor.execute("select a from t").fetchall() == [(2,)]
        assert cursor.execute(f"select a from t before(statement => '{mistake}') order by a").fetchall() == [(1,), (2,)]
        assert cursor.execute("select a from t at(statement => %s)", (mistake,)).fetchall() == [(2,)]
        cursor.execute(f"create table back clone t before(statement => '{mistake}')")
        assert cursor.execute("select count(*) from back").fetchone() == (2,)
        changed = "select a, metadata$action from t changes(information => default) before(statement => '{}')"
        assert cursor.execute(changed.format(mistake)).fetchall() == [(1, "DELETE")]


@scenario
def streams_on_views() -> None:
    with database("viewed") as connection:
        cursor = connection.cursor(DictCursor)
        cursor.execute("create table t(a int, b int)")
        cursor.execute("create view v as select a, b * 2 as b2 from t where b > 0")
        cursor.execute("create stream s on view v")
        shown = cursor.execute("show streams").fetchall()
        assert [(row["source_type"], row["base_tables"]) for row in shown] == [("View", "VIEWED.PUBLIC.T")]
        cursor.execute("insert into t values (1, 1), (2, 0)")
        cursor.execute("create table seen as select a, b2, metadata$action as what from s")
        assert cursor.execute("select * from seen").fetchall() == [{"A": 1, "B2": 2, "WHAT": "INSERT"}]
        assert cursor.execute("select * from s").fetchall() == []


@scenario
def procedure_in_python() -> None:
    with database("called") as connection:
        cursor = connection.cursor()
        cursor.execute("create temporary table t(a int)")
        cursor.execute(
            "create procedure fill() returns string language python runtime_version = '3.11' "
            "packages = ('snowflake-snowpark-python') handler = 'h' execute as caller as $$\n"
            "def h(session):\n"
            "    session.sql('insert into t values (1), (2)').collect()\n"
            "    return session.get_current_schema()\n$$"
        )
        assert cursor.execute("call fill()").fetchall() == [('"PUBLIC"',)]
        assert cursor.execute("select count(*) from t").fetchone() == (2,)


if __name__ == "__main__":
    main()
