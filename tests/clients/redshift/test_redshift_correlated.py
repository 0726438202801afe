"""Subqueries that are computed once a group give what they give when they are computed row by row.

The same query is asked of a table without an index, where it is rewritten, and of one that is sorted by the key.
"""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

Connection = psycopg.Connection[Any]


@pytest.fixture
def tables(connection: Connection) -> Connection:
    connection.execute("create table corr_outer (id int, k int, c varchar(5), x decimal(8,2))")
    connection.execute(
        "insert into corr_outer values (1, 1, 'a', 1.5), (2, 2, 'b', 5), (3, 3, 'a ', 0), (4, null, null, 9),"
        " (5, 99, 'zz', 1), (6, 1, 'c', 2), (7, 2, 'b', null)"
    )
    for name, attributes in (("corr_plain", ""), ("corr_sorted", "compound sortkey (k)")):
        connection.execute(f"create table {name} (k int, k2 int, c char(5), q int, d date) {attributes}")
        connection.execute(
            f"insert into {name} values (1, 1, 'a', 1, '2024-01-01'), (1, 1, 'a', 2, '2024-02-01'),"
            " (2, 2, 'b', null, '2024-01-01'), (3, 3, 'a', 3, null), (null, 4, null, 100, '2024-01-01'),"
            " (2, 7, 'b', -7, '2024-03-01'), (1, 6, 'c', 2, '2024-01-05')"
        )
    connection.execute("create table corr_by_text (c char(5), q int) compound sortkey (c)")
    connection.execute("insert into corr_by_text select c, q from corr_plain")
    return connection


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ("x > (select avg(q) from {t} i where i.k = o.k)", [1, 2, 6]),
        ("x <> (select 2 * sum(q) from {t} where {t}.k = o.k)", [1, 2, 3, 6]),
        ("x = (select max(q) from {t} i where i.k = o.k)", [6]),
        ("(select min(q) - 1 from {t} i where o.k = i.k and d >= '2024-01-02') < x", [1, 2, 6]),
        ("x >= (select min(q) from {t} i where i.k = o.k and i.k2 = o.id)", [1, 6]),
        ("x < (select sum(q) from {t} i where i.k = o.k and (d is null or d > date '2024-01-31'))", [1, 3]),
        ("id = 3 or x < (select sum(q) from {t} i where i.k = o.k)", [1, 3, 6]),
        ("x > (select count(q) from {t} i where i.k = o.k)", [2, 4, 5]),
    ],
)
def test_by_group_and_by_row(tables, condition, ids):
    for table in ("corr_plain", "corr_sorted"):
        query = f"select id from corr_outer o where {condition.format(t=table)} order by id"
        assert [found for (found,) in tables.execute(query).fetchall()] == ids, table


def test_keys_of_two_string_types(tables):
    found = [
        tables.execute(
            f"select id from corr_outer o where x < (select max(q) + 1 from {table} i where i.c = o.c) order by id"
        ).fetchall()
        for table in ("corr_plain", "corr_by_text")
    ]
    assert found[0] == found[1]
    assert found[0]


def test_only_without_an_index_the_groups_are_joined(tables):
    plans = []
    for table in ("corr_plain", "corr_sorted"):
        query = f"select id from corr_outer o where x > (select avg(q) from {table} i where i.k = o.k)"
        plans.append("\n".join(line for (line,) in tables.execute(f"explain {query}").fetchall()))
    assert "HashAggregate" in plans[0]
    assert "SubPlan" not in plans[0]
    assert "HashAggregate" not in plans[1]
