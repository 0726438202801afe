"""COLLATE CASE_INSENSITIVE of columns, of databases and by the function ("CREATE DATABASE", "COLLATE function")."""

from __future__ import annotations

from contextlib import closing

import psycopg
import pytest
from psycopg.types.string import StrDumperVarchar

SETUP = """
create table people (name varchar(10) collate case_insensitive, cs varchar(10), n int,
    code char(4) collate ci sortkey, s super);
insert into people values ('bob', 'x', 1, 'ab', '"john"'), ('john', 'y', 2, 'AB', null), ('Mary', 'z', 3, 'cd', null),
    ('JOHN', 'JOHN', 4, 'CD', null), ('Bob', 'b', 5, null, null)
"""
CASES = [
    ("select name from people where name = 'John' order by n", ["john", "JOHN"]),
    ("select name from people where name <> 'JOHN' and n < 5 order by n", ["bob", "Mary"]),
    ("select n from people where name in ('JOHN', 'mary') order by n", [2, 3, 4]),
    ("select n from people where name between 'BOB' and 'BOC' order by n", [1, 5]),
    ("select name from people where name like 'JO%' order by n", ["john", "JOHN"]),
    ("select n from people where name similar to '(B|M)%' order by n", [1, 3, 5]),
    ("select n from people where name ~ 'OH' order by n", [2, 4]),
    ("select count(*) from people group by name order by name", [2, 2, 1]),
    ("select count(distinct name) from people", [3]),
    ("select lower(name) from people order by name, n", ["bob", "bob", "john", "john", "mary"]),
    ("select rank() over (order by name) from people order by n", [1, 3, 5, 3, 1]),
    ("select row_number() over (partition by name order by n) from people order by n", [1, 1, 1, 2, 2]),
    ("select lower(max(name)) from people", ["mary"]),
    ("select lower(listagg(distinct name, ',') within group (order by name)) from people", ["bob,john,mary"]),
    ("select strpos(name, 'OH') + regexp_count(name, 'H') from people where n = 2", [3]),
    ("select regexp_replace(name, 'OH', '-') from people where n = 2", ["j-n"]),
    ("select upper(name) || 'x' from people where left(name, 1) = 'M'", ["MARYx"]),
    ("select greatest(name, 'C') from people where n in (1, 3) order by n", ["C", "Mary"]),
    ("select decode(name, 'JOHN', 1, 'BOB', 2, 0) from people order by n", [2, 1, 0, 1, 2]),
    ("select count(*) from people a join people b on a.name = b.name", [9]),
    ("select count(*) from (select name from people union select 'MARY')", [3]),
    ("select n from people where code = 'AB' order by n", [1, 2]),
    ("select n from people where collate(name, 'case_sensitive') = 'JOHN'", [4]),
    ("select n from people where collate(cs, 'ci') = 'john'", [4]),
    ("select collate(cs, 'case_insensitive') from people where n = 4", ["JOHN"]),
    ("select n from people where name = collate(cs, 'case_insensitive')", [4]),
    ("select n from people where cast(name as varchar(2)) = 'MA'", [3]),
    ("select character_maximum_length from information_schema.columns where table_name = 'people' and data_type = "
     "'character varying' and table_schema = current_schema() order by 1", [10, 10]),
    ("select db_collation()", ["case_sensitive"]),
]  # fmt: skip
MIXED = [
    "select name = cs from people",
    "select concat(name, cs) from people",
    "select name || cs from people",
    "select name from people union select cs from people",
    "select * from people a, people b where a.name = b.cs",
    "select coalesce(name, cs) from people",
    "select case when n > 0 then name else cs end from people",
]
REFUSED = [
    *[(sql, "Query with different collations is not supported yet") for sql in MIXED],
    ("select s = name from people", "Coercing from case insensitive string to SUPER is not supported"),
    ("select collate(usename, 'ci') from pg_user", "Case insensitive collation is not supported in leader node"),
    ("select overlay(name placing 'x' from 1) from people", "function overlay on a string with COLLATE"),
]  # fmt: skip


def test_what_is_compared_without_case(connection):
    connection.execute(SETUP, prepare=False)
    for sql, expected in CASES:
        assert [row[0] for row in connection.execute(sql).fetchall()] == expected, sql
    for sql, message in REFUSED:
        with pytest.raises(psycopg.Error, match=message) as caught:
            connection.execute(sql)
        assert caught.value.sqlstate == "0A000", sql


def test_columns_look_like_strings(connection):
    connection.execute(SETUP, prepare=False)
    cursor = connection.cursor(binary=True)
    cursor.execute("select name, code from people where n = %s and name = %s", (1, "BOB"))
    assert [(column.name, column.type_code) for column in cursor.description] == [("name", 1043), ("code", 1042)]
    assert cursor.fetchall() == [("bob", "ab  ")]
    connection.execute("alter table people alter column name type varchar(12)")
    listed = (
        "select \"column\", type from pg_table_def where tablename = 'people' and type like 'char%(%' order by 1 desc"
    )
    assert connection.execute(listed).fetchall() == [
        ("name", "character varying(12)"),
        ("cs", "character varying(10)"),
        ("code", "character(4)"),
    ]
    assert connection.execute("select count(*) from people where name = 'JOHN'").fetchone() == (2,)
    ((shown,),) = connection.execute("show table people").fetchall()
    assert "name character varying(12) ENCODE lzo COLLATE case_insensitive" in shown
    with pytest.raises(psycopg.errors.StringDataRightTruncation):
        connection.execute("insert into people (name) values ('ééééééé')")


def test_parameters_that_have_a_type(connection):
    connection.execute(SETUP, prepare=False)
    connection.adapters.register_dumper(str, StrDumperVarchar)
    found = connection.execute(
        "select n from people where name = %s and (%s is null or code = %s)", ("MARY", "x", "CD")
    )
    assert found.fetchall() == [(3,)]


def test_files_of_such_columns(server, connection):
    connection.execute(SETUP, prepare=False)
    login = "access_key_id 'mockuser' secret_access_key 'mockpass'"
    connection.execute(f"unload ('select name, code from people') to 's3://files/collated_' {login} csv parallel off")
    connection.execute("create table again (name varchar(10) collate case_insensitive, code char(4) collate ci)")
    connection.execute(f"copy again from 's3://files/collated_' {login} csv")
    assert connection.execute("select count(*) from again where name = 'BOB'").fetchone() == (2,)


def test_a_database_without_case(server):
    with closing(server.connect()) as opened:
        opened.execute("create database caseless with collate case_insensitive")
    with closing(psycopg.connect(server.dsn.replace("dbname=dev", "dbname=caseless"), autocommit=True)) as opened:
        opened.execute("create table t1 (col1 varchar(20) distkey sortkey, c char(2))")
        opened.execute("insert into t1 values ('bob', 'a'), ('john', 'A'), ('Mary', 'b'), ('JOHN', 'B'), ('Bob', 'c')")
        opened.execute("create table t2 as select * from t1")
        opened.execute("alter table t2 add column d varchar(5) default 'Q'")
        assert opened.execute("select db_collation()").fetchone() == ("case_insensitive",)
        assert opened.execute("select count(*) from t1 where col1 = 'John'").fetchone() == (2,)
        assert opened.execute("select count(*) from (select col1 from t1 union select col1 from t2)").fetchone() == (3,)
        assert opened.execute("select count(*), min(d) from t2 where c = 'a' and d = 'q'").fetchone() == (2, "Q")
        assert opened.execute("select 1 from pg_table_def where tablename = 'T1'").fetchall() == []
        for column in ("a super", "a varchar(3) collate case_sensitive"):
            with pytest.raises(psycopg.errors.FeatureNotSupported):
                opened.execute(f"create table refused ({column})")
    with closing(server.connect()) as opened:
        opened.execute("drop database caseless")
