"""STL_EXPLAIN and its relatives show the plans of statements that have run."""

from __future__ import annotations

from contextlib import closing

import pytest
from psycopg.pq import TransactionStatus

from dw_simulator.emulators.redshift.explained import nodes


@pytest.fixture
def joined(connection):
    connection.execute("create table sales (salesid int, eventid int distkey, pricepaid decimal(8,2))")
    connection.execute("create table event (eventid int distkey, eventname varchar(200))")
    return connection


def shown(connection, query_id, view="stl_explain", query="query"):
    """Number, parent, text without its costs, conditions."""
    columns = (
        "plan_node_id, plan_parent_id, plan_node, plan_info" if "sys" in view else "nodeid, parentid, plannode, info"
    )
    rows = connection.execute(f"select {columns} from {view} where {query} = {query_id} order by 1").fetchall()
    return [(*row[:2], row[2].rstrip().partition("  (cost=")[0], row[3] and row[3].rstrip()) for row in rows]


def last_id(connection):
    return connection.execute("select pg_last_query_id()").fetchone()[0]


JOIN = [
    (1, 0, "XN HashAggregate", None),
    (2, 1, "  ->  XN Hash Join DS_DIST_NONE", 'Hash Cond: ("outer".eventid = "inner".eventid)'),
    (3, 2, "        ->  XN Seq Scan on sales", "Filter: (salesid > 1)"),
    (4, 2, "        ->  XN Hash", None),
    (5, 4, "              ->  XN Seq Scan on event", None),
]


@pytest.mark.parametrize(
    ("view", "query"), [("stl_explain", "query"), ("svcs_explain", "query"), ("sys_query_explain", "query_id")]
)
def test_the_plan_of_a_query(joined, view, query):
    joined.execute(
        "select eventname, sum(pricepaid) from sales join event on sales.eventid = event.eventid"
        " where salesid > 1 group by eventname"
    )
    assert shown(joined, last_id(joined), view, query) == JOIN


def test_bound_values_changes_and_what_has_no_plan(joined):
    joined.execute("select salesid from sales where salesid > %s", [5])
    bound = last_id(joined)
    joined.execute("insert into event select salesid, 'x' from sales")
    inserted = last_id(joined)
    joined.execute("create table gone (a int)")
    joined.execute("select a from gone")
    gone = last_id(joined)
    joined.execute("drop table gone")
    joined.execute("select count(*) from pg_class")
    catalog = last_id(joined)
    (scan,) = shown(joined, bound)
    assert scan[2] == "XN Seq Scan on sales"
    assert scan[3] in ("Filter: (salesid > $1)", "Filter: (salesid > 5)")
    assert [row[2] for row in shown(joined, inserted)] == ["XN Seq Scan on sales"]
    assert shown(joined, gone) == []
    assert shown(joined, catalog) == []


def test_it_is_read_in_a_transaction_which_stays_whole(joined):
    joined.execute("begin")
    joined.execute("create table kept (a int)")
    joined.execute("select a from kept")
    found = last_id(joined)
    assert [row[2] for row in shown(joined, found)] == ["XN Seq Scan on kept"]
    joined.execute("commit")
    assert joined.execute("select count(*) from kept").fetchone() == (0,)


@pytest.mark.parametrize("parameters", [None, ["1"]])
@pytest.mark.parametrize(
    "column", ["pg_last_query_id()", "last_user_query_id()", "(select max(query) from stl_explain)"]
)
def test_reading_them_leaves_no_transaction_open(joined, column, parameters):
    joined.execute("select salesid from sales")
    joined.execute(f"select {column}{' + %s' if parameters else ''}", parameters)
    assert joined.info.transaction_status == TransactionStatus.IDLE


def test_users_see_their_own(joined, server):
    joined.execute("create user explainer password 'Abcd1234'")
    joined.execute("select salesid from sales")
    number = last_id(joined)
    schema, database = joined.execute("select current_schema(), current_database()").fetchone()
    joined.execute(f"grant usage on schema {schema} to explainer")
    joined.execute("grant select on sales to explainer")
    with closing(server.connect(user="explainer", password="Abcd1234", dbname=database)) as other:
        other.execute(f"set search_path to {schema}")
        other.execute("select pricepaid from sales")
        own = last_id(other)
        assert [row[2] for row in shown(other, own)] == ["XN Seq Scan on sales"]
        assert shown(other, number) == []
    assert [row[2] for row in shown(joined, own)] == ["XN Seq Scan on sales"]
    joined.execute(f"revoke all on schema {schema} from explainer")
    joined.execute("revoke all on sales from explainer")
    joined.execute("drop user explainer")


def test_metrics_of_a_query_are_those_that_are_known(joined):
    joined.execute("select n from generate_series(1, 7) as g(n)")
    number = last_id(joined)
    columns = "return_row_count, query_execution_time >= 0, query_queue_time, query_cpu_time, trim(service_class_name)"
    expected = [(7, True, 0, None, "Default queue")]
    for view in ("svl_query_metrics_summary", "svl_query_metrics"):
        assert joined.execute(f"select {columns} from {view} where query = {number}").fetchall() == expected
    dimension = joined.execute(
        f"select trim(dimension), segment from svl_query_metrics where query = {number}"
    ).fetchall()
    assert dimension == [("query", None)]


def test_lines_become_nodes():
    lines = [
        "XN A  (cost)",
        "  Key: 1",
        "  Filter: 2",
        "  ->  XN B  (cost)",
        "  ->  XN C  (cost)",
        "        ->  XN D  (cost)",
    ]
    assert list(nodes(lines)) == [
        (1, 0, "XN A  (cost)", "Key: 1 Filter: 2"),
        (2, 1, "  ->  XN B  (cost)", None),
        (3, 1, "  ->  XN C  (cost)", None),
        (4, 3, "        ->  XN D  (cost)", None),
    ]
    assert list(nodes([])) == []
