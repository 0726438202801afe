"""What tools send on their own: dbt, SQLAlchemy's reflection, asyncpg."""

import psycopg
import pytest


def rows(connection, sql, *parameters):
    return connection.execute(sql, parameters or None).fetchall()


def test_names_with_database_and_schema(connection):
    """dbt's snapshots and merges name the target so."""
    (schema,) = connection.execute("select current_schema()").fetchone()
    table = f'"dev"."{schema}"."named"'
    connection.execute("create table named (id int, a int)")
    connection.execute("create table src (id int, a int)")
    connection.execute("insert into named values (1, 1)")
    connection.execute("insert into src values (1, 5), (2, 6)")
    connection.execute(f"update {table} set a = s.a from src as s where s.id = {table}.id and {table}.a is not null")
    connection.execute(
        f'merge into {table} using "src" as s on (s.id = {table}.id)'
        ' when matched then update set "a" = s."a" + 1 when not matched then insert ("id", "a") values (s."id", s."a")'
    )
    assert rows(connection, f"select {table}.id, {table}.a from {table} order by {table}.id") == [(1, 6), (2, 6)]


def test_materialized_views_as_dbt_finds_them(connection):
    (schema,) = connection.execute("select current_schema()").fetchone()
    connection.execute("create table base (a int)")
    connection.execute("insert into base values (1)")
    connection.execute("create materialized view mv as select a, count(*) as n from base group by a")
    ((definition,),) = rows(
        connection,
        "select vw.definition from pg_views vw where vw.viewname = 'mv' and vw.schemaname = %s"
        " and vw.definition ilike '%%create materialized view%%'",
        schema,
    )
    assert definition.index("as (") < definition.index(");")
    assert rows(
        connection,
        "select tb.diststyle, trim(mv.autorefresh) from svv_table_info tb left join stv_mv_info mv"
        " on mv.schema = tb.schema and mv.name = tb.table where tb.table = 'mv' and tb.schema = %s",
        schema,
    ) == [("EVEN", "f")]


@pytest.mark.parametrize(("condition", "found"), [("1 and true", 1), ("0 and true", 0), ("1", 1), ("true and 0", 0)])
def test_a_number_as_condition(connection, condition, found):
    """sqlalchemy-redshift's reflection begins its conditions with WHERE 1."""
    assert len(rows(connection, f"select 'a'::varchar || 'b' where {condition}")) == found


def test_isolation_level(connection):
    assert rows(connection, "show transaction isolation level")


def test_types_as_asyncpg_asks_for_them(connection):
    """asyncpg cannot read a type before it knows its kind; Redshift's own are told to be over VARCHAR (1043)."""
    query = (
        "WITH RECURSIVE typeinfo_tree(oid, ns, name, kind, basetype, elemtype, elemdelim, range_subtype, attrtypoids,"
        " attrnames, depth) AS (SELECT t.oid, ns.nspname, t.typname, t.typtype, NULL::oid, t.typelem, t.typdelim,"
        " NULL::oid, NULL::oid[], NULL::text[], 0 FROM pg_catalog.pg_type AS t INNER JOIN pg_catalog.pg_namespace ns"
        " ON (ns.oid = t.typnamespace) WHERE t.oid = any($1::oid[]))"
        " SELECT DISTINCT *, basetype::regtype::text AS basetype_name, elemtype::regtype::text AS elemtype_name,"
        " range_subtype::regtype::text AS range_subtype_name FROM typeinfo_tree ORDER BY depth DESC"
    )
    with psycopg.RawCursor(connection) as cursor:
        found = cursor.execute(query, [[4000, 6551, 23]]).fetchall()
    assert sorted((row[0], row[2], row[4]) for row in found) == [
        (23, "int4", None),
        (4000, "super", 1043),
        (6551, "varbyte", 1043),
    ]


def test_comments_and_white_space_do_not_stop_the_server(connection):
    head = '/* {"app": "dbt"} */' + "\n      \n        " * 40
    assert rows(connection, f"{head}select 1;\n    \n  ;") == [(1,)]
