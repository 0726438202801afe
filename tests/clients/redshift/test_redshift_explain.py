"""EXPLAIN shows plans as Redshift does: "EXPLAIN", "Creating and interpreting a query plan"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

Connection = psycopg.Connection[Any]

_COST = re.compile(r"  \(cost=\d+\.\d\d\.\.\d+\.\d\d rows=\d+ width=\d+\)$")


@pytest.fixture
def tables(connection: Connection) -> Iterator[Connection]:
    for statement in (
        "create table sales (salesid int, eventid int distkey, pricepaid decimal(8,2))",
        "create table event (eventid int distkey, eventname varchar(200), venueid int)",
        "create table venue (venueid int, venuename varchar(100)) diststyle even",
        "create table dates (dateid int) diststyle all",
    ):
        connection.execute(statement)
    return connection


def plan(connection: Connection, query: str, parameters: list[Any] | None = None) -> str:
    cursor = connection.execute(f"explain {query}", parameters)
    assert cursor.description is not None
    assert [column.name for column in cursor.description] == ["QUERY PLAN"]
    lines = [line for (line,) in cursor.fetchall()]
    nodes = [line for line in lines if _COST.search(line)]
    assert nodes
    assert lines[0] in nodes
    return "\n".join(_COST.sub("", line) for line in lines)


PLANS = {
    "select eventname, sum(pricepaid) from sales, event where sales.eventid = event.eventid"
    " group by eventname order by 2 desc": """
XN Merge
  Merge Key: sum(sales.pricepaid)
  ->  XN Network
        Send to leader
        ->  XN Sort
              Sort Key: sum(sales.pricepaid)
              ->  XN HashAggregate
                    ->  XN Hash Join DS_DIST_NONE
                          Hash Cond: ("outer".eventid = "inner".eventid)
                          ->  XN Seq Scan on sales
                          ->  XN Hash
                                ->  XN Seq Scan on event""",
    "select * from venue, dates where venueid = dateid and venuename is not null": """
XN Hash Join DS_DIST_ALL_INNER
  Hash Cond: ("outer".dateid = "inner".venueid)
  ->  XN Seq Scan on dates
  ->  XN Hash
        ->  XN Seq Scan on venue
              Filter: (venuename IS NOT NULL)""",
    "select * from event e left join venue v on e.venueid = v.venueid": """
XN Hash Right Join DS_BCAST_INNER
  Hash Cond: ("outer".venueid = "inner".venueid)
  ->  XN Seq Scan on venue v
  ->  XN Hash
        ->  XN Seq Scan on event e""",
    "select * from venue a, venue b where a.venueid < b.venueid": """
XN Nested Loop DS_BCAST_INNER
  Join Filter: (a.venueid < b.venueid)
  ->  XN Seq Scan on venue a
  ->  XN Seq Scan on venue b""",
    "create table venue_nonulls as select * from venue where venuename is not null": """
XN Seq Scan on venue
  Filter: (venuename IS NOT NULL)""",
    "update venue set venuename = 'x' where venueid = 3": """
XN Seq Scan on venue
  Filter: (venueid = 3)""",
    "select count(*) from venue": """
XN Aggregate
  ->  XN Seq Scan on venue""",
    "select rank() over (partition by venueid order by venuename) from venue": """
XN Window
  ->  XN Sort
        Sort Key: venueid, venuename
        ->  XN Seq Scan on venue""",
    "verbose select * from venue where venueid = 1 limit 2": """
XN Limit
  ->  XN Seq Scan on venue
        Filter: (venueid = 1)""",
}


@pytest.mark.parametrize("query", PLANS)
def test_plans(tables: Connection, query: str) -> None:
    assert re.sub(r"(Sort Key: .*)", lambda m: m[0].replace("venue.", ""), plan(tables, query)) == PLANS[query].strip()


def test_a_plan_changes_nothing(tables: Connection) -> None:
    plan(tables, "insert into venue values (1, 'x')")
    with tables.transaction():
        plan(tables, "delete from venue")
    assert tables.execute("select count(*) from venue").fetchall() == [(0,)]


def test_bound_parameters(tables: Connection) -> None:
    shown = plan(tables, "select * from venue where venuename = %s and venueid = %s", ["it's", 3])
    assert "venueid = 3" in shown
    assert "'it''s'::text" in shown


def test_policies_are_not_shown(tables: Connection) -> None:
    tables.execute("create masking policy hide_name with (n varchar(100)) using ('x'::varchar(100))")
    tables.execute("attach masking policy hide_name on venue(venuename) to public")
    assert plan(tables, "select * from venue where venueid = 1") == ("XN Seq Scan on venue\n  Filter: (venueid = 1)")
    tables.execute("detach masking policy hide_name on venue(venuename) from public")
    tables.execute("drop masking policy hide_name")


def test_what_cannot_be_planned(tables: Connection) -> None:
    with pytest.raises(psycopg.Error, match='relation "nothing" does not exist'):
        tables.execute("explain select * from nothing")
