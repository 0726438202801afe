"""Documented commands do what they say or are refused by name: none ends in a syntax error of the backend."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

REFUSED = [
    ("grant usage on datashare s to account '123456789012'", "GRANT ON DATASHARE"),
    ("revoke usage on datashare s from namespace 'n'", "REVOKE ON DATASHARE"),
    ("grant select on cmd to account '123456789012'", "GRANT TO ACCOUNT"),
    ("revoke create on database dev from namespace 'n'", "REVOKE FROM NAMESPACE"),
    ("grant usage on database dev to cmd_user", "GRANT USAGE ON DATABASE"),
    ("grant select for tables in schema cmds to cmd_user", "GRANT of scoped permissions"),
    ("revoke usage for schemas in database dev from role cmd_role", "REVOKE of scoped permissions"),
    ("grant create for copy jobs in database dev to cmd_user", "GRANT of scoped permissions"),
    ("grant usage on schema elsewhere.cmds to cmd_user", "another database"),
    ("alter database dev integration refresh all tables", "zero-ETL"),
    ("alter system set data_catalog_auto_mount = on", "ALTER SYSTEM"),
    ("create template t for copy as csv", "templates"),
    ("create or replace template t for copy as csv", "templates"),
    ("show templates from schema dev.public", "templates"),
    ("create or replace external view s.v as select 1", "external views"),
    ("create external protected view s.v as select 1", "external views"),
    ("show policies", "SHOW POLICIES"),
    ("show databases from data catalog", "FROM DATA CATALOG"),
    ("drop integration i", "zero-ETL"),
]

DEFAULTS = "ALTER DEFAULT PRIVILEGES"
DONE = [
    ("grant role \"sys:dba\" to cmd_user", "GRANT"),
    ("grant role sys:monitor to role cmd_role", "GRANT"),
    ("revoke role sys:dba from cmd_user", "REVOKE"),
    ("grant usage on schema dev.cmds to cmd_user", "GRANT"),
    ("grant usage on schema cmds, public to role cmd_role", "GRANT"),
    ("alter default privileges in schema cmds grant drop, select on tables to role cmd_role", DEFAULTS),
    ("alter default privileges in schema cmds grant drop on tables to cmd_user", DEFAULTS),
    ("alter default privileges for user cmd_user grant select on tables to group cmd_group", DEFAULTS),
    ("alter default privileges in schema cmds revoke select on tables from role cmd_role", DEFAULTS),
    (
        "alter default privileges for user cmd_user revoke select on tables from group cmd_group",
        DEFAULTS,
    ),
    ("alter default privileges in schema cmds grant execute on procedures to cmd_user, role cmd_role", DEFAULTS),
    ("alter default privileges for user cmd_user grant all on procedures to public with grant option", DEFAULTS),
    ("alter default privileges for user cmd_user revoke grant option for execute on procedures from public", DEFAULTS),
    ("alter default privileges for user cmd_user revoke all privileges on procedures from public restrict", DEFAULTS),
    ("alter default privileges in schema cmds revoke execute on procedures from cmd_user, role cmd_role", DEFAULTS),
    ("alter database dev connection limit unlimited", "ALTER DATABASE"),
    ("use dev", "USE"),
    ("reset use", "RESET"),
]  # fmt: skip


@pytest.fixture(scope="module")
def objects(server) -> Iterator[psycopg.Connection]:
    connection = server.connect()
    made = ["schema cmds", "user cmd_user password 'Abcd1234'", "role cmd_role", "group cmd_group", "table cmd (a int)"]
    for text in made:
        connection.execute(f"create {text}")
    connection.execute("create function cmd_f(int) returns int stable as $$ select $1 $$ language sql")
    connection.execute("create function cmd_f(varchar) returns int stable as $$ select 1 $$ language sql")
    yield connection
    connection.execute("drop function cmd_f(int)")
    connection.execute("drop function cmd_f(varchar)")
    connection.execute("drop table cmd")
    connection.execute("drop schema cmds cascade")
    connection.execute("drop role cmd_role force")
    for text in ("user cmd_user", "group cmd_group"):
        connection.execute(f"drop {text}")
    connection.close()


@pytest.mark.parametrize(("sql", "feature"), REFUSED)
def test_what_is_missing_is_refused_by_name(objects, sql, feature):
    with pytest.raises(psycopg.errors.FeatureNotSupported, match=feature.replace("(", r"\(")):
        objects.execute(sql)


@pytest.mark.parametrize(("sql", "tag"), DONE)
def test_commands_are_done(objects, sql, tag):
    assert objects.execute(sql).statusmessage == tag


@pytest.mark.parametrize(
    "sql",
    [
        "alter default privileges",
        "insert into cmd values (1) on conflict do nothing",
        "truncate cmd, cmd",
        "grant select on to cmd_user",
        "create table cmd_bad (a int identity(, 1))",
        "create table cmd_bad (a int identity(1, x))",
        "select a cmd start with a = 1 connect by prior a = a",
    ],
)
def test_what_redshift_does_not_know_is_a_syntax_error(objects, sql):
    with pytest.raises(psycopg.errors.SyntaxError):
        objects.execute(sql)
    assert objects.execute("select count(*) from cmd").fetchone() == (0,)


def test_grants_on_databases_and_functions_are_shown(objects):
    objects.execute("grant temp on database dev to cmd_user")
    objects.execute("grant execute on function cmd_f(int) to cmd_user")
    cursor = objects.execute("show grants on database dev for cmd_user")
    assert [column.name for column in cursor.description] == [
        *("database_name", "privilege_type", "identity_id", "identity_name", "identity_type", "admin_option"),
        "privilege_scope",
    ]
    assert [(row[0], row[1], row[3]) for row in cursor.fetchall()] == [("dev", "TEMPORARY", "cmd_user")]
    objects.execute("create view cmd_granted as select 1 as a; grant select on cmd_granted to cmd_user")
    seen = objects.execute("show grants on table public.cmd_granted for cmd_user").fetchall()
    assert [row[2:5] for row in seen] == [("cmd_granted", "VIEW", "SELECT")]
    objects.execute("drop view cmd_granted")
    shown = objects.execute("show grants on function public.cmd_f(int) for cmd_user").fetchall()
    assert [row[:5] + row[6:9] for row in shown] == [
        ("dev", "public", "cmd_f", "FUNCTION", "EXECUTE", "cmd_user", "user", False)
    ]
    assert objects.execute("show grants on function public.cmd_f(varchar) for cmd_user").fetchall() == []
    with pytest.raises(psycopg.errors.UndefinedFunction):
        objects.execute("show grants on function public.cmd_f(date)")
    objects.execute("revoke temp on database dev from cmd_user")
    objects.execute("revoke execute on function cmd_f(int) from cmd_user")


def test_a_policy_of_rows_is_altered(objects):
    objects.execute("create table guarded (a int)")
    objects.execute("insert into guarded values (1), (2), (3)")
    objects.execute("create rls policy cmd_policy with (a int) as g using (g.a > 2)")
    objects.execute("attach rls policy cmd_policy on guarded to cmd_user")
    objects.execute("alter table guarded row level security on")
    objects.execute("grant select on guarded to cmd_user")
    try:
        objects.execute("set session authorization cmd_user")
        assert objects.execute("select a from guarded order by a").fetchall() == [(3,)]
        objects.execute("reset session authorization")
        objects.execute("alter rls policy cmd_policy using (g.a < 3)")
        polqual = objects.execute("select polqual from svv_rls_policy where polname = 'cmd_policy'").fetchone()
        assert polqual == ("g.a < 3",)
        objects.execute("set session authorization cmd_user")
        assert objects.execute("select a from guarded order by a").fetchall() == [(1,), (2,)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            objects.execute("alter rls policy cmd_policy using (true)")
    finally:
        objects.execute("reset session authorization")
    with pytest.raises(psycopg.errors.UndefinedObject):
        objects.execute("alter rls policy no_policy using (true)")
    objects.execute("drop table guarded")
    objects.execute("drop rls policy cmd_policy cascade")


def test_functions_of_postgresql_alone_do_not_exist(connection):
    for sql in ("select width_bucket(5, 0, 10, 5)", "select string_agg('a', ',')"):
        with pytest.raises(psycopg.errors.UndefinedFunction):
            connection.execute(sql)
    connection.execute("create function width_bucket(int, int) returns int stable as $$ select $1 + $2 $$ language sql")
    assert connection.execute("select width_bucket(1, 2)").fetchone() == (3,)
    connection.execute("drop function width_bucket(int, int)")
    with pytest.raises(psycopg.errors.UndefinedFunction):
        connection.execute("select width_bucket(1, 2)")
