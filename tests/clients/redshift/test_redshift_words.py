"""Words that Redshift does not reserve are names of columns, tables, aliases and labels."""

from __future__ import annotations

import psycopg
import pytest

from dw_simulator.emulators.redshift.translation.words import BACKEND_RESERVED, NAMES
from dw_simulator.schema.reserved import REDSHIFT

VALUES_IN_BACKEND = {"current_catalog", "current_role", "current_schema"}
"""They have a value in Redshift as in PostgreSQL, without being in the list of reserved words."""

STATEMENTS = [
    ("create table {t} (id int, {w} int, z int)", None),
    ("insert into {t} (id, {w}) values (1, 2)", None),
    ("insert into {t} ({w}, id) values (len('abc'), 2)", None),
    ("insert into {t} (id, {w}, z) select len('abcd'), {w} + 2, len('a') from {t} where {w} = 2", None),
    ("select {w} from {t} order by {w}", [2, 3, 4]),
    ("select {w}, len('a') from {t} order by {w} desc", [4, 3, 2]),
    ("select len('a'), {w} from {t} where id = 1", [1]),
    ("select {t}.{w} from {t} where {t}.{w} > 2 order by 1", [3, 4]),
    ("select a.{w}, len('a') from {t} a where a.{w} = len('abc')", [3]),
    ("select {w}::varchar || 'x' from {t} where {w} = 4 and len('a') = 1", ["4x"]),
    ("select max({w}), len('a') from {t}", [4]),
    ("select count(*), {w} from {t} group by {w} order by {w}", [1, 1, 1]),
    ("select len('a'), {w} from {t} group by {w} having {w} < 3 order by {w}", [1]),
    ("select id as {w} from {t} order by 1", [1, 2, 4]),
    ("select len('abc') as {w}, {w} + 1 as next from {t} limit 1", [3]),
    ("with x as (select id as {w} from {t}) select {w} + len('a') from x order by {w}", [2, 3, 5]),
    ("with {w} as (select len('abc') as a) select a, len('a') from {w}", [3]),
    ("select {w}.id, len('a') from {t} as {w} order by 1", [1, 2, 4]),
    ("update {t} set {w} = len('abcde') where {w} = len('ab')", None),
    ("delete from {t} where {w} = len('abcd')", None),
    ("select {w} from {t} order by 1", [3, 5]),
    ("alter table {t} rename column {w} to y", None),
    ("drop table {t}", None),
    ("create table {w} (id int, b varchar(9))", None),
    ("insert into {w} (id) values (len('abc'))", None),
    ("insert into {w} values (4, 'b')", None),
    ("select id, len('a') from {w} where b is null", [3]),
    ("select {w}.id from {w} order by {w}.id", [3, 4]),
    ("update {w} set id = len('ab') where id = 3", None),
    ("delete from {w} where id = len('abcd')", None),
    ("select a.id from {w} a join {w} b on a.id = b.id where len('a') = 1", [2]),
    ("drop table {w}", None),
]
"""With the first value of each row."""


@pytest.mark.parametrize("word", sorted(NAMES | {"at", "key", "index", "function", "value", "timezone"}))
def test_a_word_is_a_name(connection, word):
    for template, expected in STATEMENTS:
        sql = template.format(t="words", w=word)
        try:
            cursor = connection.execute(sql)
        except psycopg.Error as error:
            pytest.fail(f"{sql}: {error}")
        if expected is not None:
            assert [row[0] for row in cursor.fetchall()] == expected, sql
            if sql.startswith(f"select {word} from"):
                assert cursor.description[0].name == word


def test_every_word_that_only_the_backend_reserves_is_known(connection):
    rows = connection.execute("select word, catcode::varchar from pg_get_keywords()").fetchall()
    names_of_columns = {"U", "C"}
    reserved = {word for word, category in rows if category not in names_of_columns and word.upper() not in REDSHIFT}
    refused = set()
    for word in sorted(reserved - VALUES_IN_BACKEND):
        try:
            connection.execute(f"select {word} from (select 1 as {word}) t where {word} in (1)")
        except psycopg.errors.SyntaxError:
            refused.add(word)
    assert refused == set()
    assert reserved >= BACKEND_RESERVED - {"system_user"}  # it is reserved from PostgreSQL 16 on


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select o, i from (select json_parse('[5, 6]') as s) t, t.s as o at i order by i", [("5", 0), ("6", 1)]),
        ("select timestamp '2024-01-01 12:00' at time zone 'UTC' at time zone 'Europe/Paris' as at", None),
        ("select x from (select 1 as x, 2 as y) t qualify row_number() over (order by y) = 1", [(1,)]),
        ("select x, count(*) from (select 1 as x) t group by cube (x) order by x nulls last", [(1, 1), (None, 1)]),
        ("select x, count(*) from (select 1 as x) t group by rollup (x) order by x nulls last", [(1, 1), (None, 1)]),
        (
            "select sum(x) over (order by x range between unbounded preceding and current row)"
            " from (select 1 as x union all select 2) t order by 1",
            [(1,), (3,)],
        ),
        ("with recursive n(i) as (select 1 union all select i + 1 from n where i < 3) select max(i) from n", [(3,)]),
    ],
)
def test_their_syntax_is_still_read(connection, sql, expected):
    rows = connection.execute(sql).fetchall()
    assert expected is None or rows == expected


def test_a_procedure_is_shown_as_it_was_written(connection):
    body = "\nBEGIN\n  CREATE TEMP TABLE é(a int, b varchar);\n  TRUNCATE é;\nEND;\n"
    connection.execute(
        f"create or replace procedure written(a in int, b inout varchar(9)) as $${body}$$ language plpgsql"
    )
    shown = connection.execute("show procedure written(int, varchar)").fetchone()[0]
    connection.execute("drop procedure written(int, varchar)")
    assert shown.startswith("CREATE OR REPLACE PROCEDURE ")
    assert shown.endswith(f".written(a integer, INOUT b character varying)\nLANGUAGE plpgsql\nAS $_${body}$_$")


def test_truncate_in_a_procedure_commits(connection):
    connection.execute("create table kept (a int)")
    connection.execute("create table emptied (a int)")
    connection.execute(
        "create procedure empty_it() as $$ begin insert into kept values (1); truncate emptied;"
        " insert into kept values (2); raise exception 'no'; end $$ language plpgsql"
    )
    with pytest.raises(psycopg.errors.RaiseException):
        connection.execute("call empty_it()")
    assert connection.execute("select a from kept").fetchall() == [(1,)]
    with (
        pytest.raises(
            psycopg.Error, match="TRUNCATE cannot be invoked from a procedure that is executing in an atomic"
        ),
        connection.transaction(),
    ):
        connection.execute("call empty_it()")
    for kind, name in (("procedure", "empty_it()"), ("table", "kept"), ("table", "emptied")):
        connection.execute(f"drop {kind} {name}")


def test_a_late_binding_view_is_replaced_on_request_only(connection):
    notices = []
    connection.add_notice_handler(lambda diagnostic: notices.append(diagnostic.message_primary))
    connection.execute("create view late as select * from nowhere.t with no schema binding")
    with pytest.raises(psycopg.errors.DuplicateTable, match='relation "late" already exists'):
        connection.execute("create view late as select * from nowhere.u with no schema binding")
    connection.execute("create or replace view late as select * from nowhere.u with no schema binding")
    connection.execute("drop view late")
    assert notices == []
