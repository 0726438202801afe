import pytest

from dw_simulator.experiments.queries.statements import is_ordered, kind_of, moves_files, only_reads, statements_of
from dw_simulator.schema import Warehouse

REDSHIFT, SNOWFLAKE, SQLITE = Warehouse.REDSHIFT, Warehouse.SNOWFLAKE, Warehouse.SQLITE


@pytest.mark.parametrize(
    ("warehouse", "text", "expected"),
    [
        (REDSHIFT, "", []),
        (REDSHIFT, " -- nothing\n;;/* at all */", []),
        (REDSHIFT, "select 1", [("select 1", "select", 1, 1)]),
        (REDSHIFT, "\n  select 1;\n\n select\n2 ;", [("select 1", "select", 2, 3), ("select\n2", "select", 4, 2)]),
        (REDSHIFT, r"select 'a\';b'; show x", [(r"select 'a\';b'", "select", 1, 1), ("show x", "other", 1, 17)]),
        (
            SNOWFLAKE,
            "begin let x := 1; return x; end; delete from t",
            [("begin let x := 1; return x; end", "other", 1, 1), ("delete from t", "dml", 1, 34)],
        ),
        (
            SQLITE,
            "create trigger r after insert on t begin select 1; end;\nselect [a;b] from t",
            [
                ("create trigger r after insert on t begin select 1; end", "ddl", 1, 1),
                ("select [a;b] from t", "select", 2, 1),
            ],
        ),
        (SQLITE, "select 'unfinished; select 2", [("select 'unfinished; select 2", "select", 1, 1)]),
    ],
)
def test_statements_of_a_text(warehouse, text, expected):
    found = [(each.sql, each.kind.value, each.line, each.column) for each in statements_of(text, warehouse)]
    assert found == expected


@pytest.mark.parametrize(
    ("warehouse", "sql", "kind", "reads"),
    [
        (REDSHIFT, "SELECT 1", "select", True),
        (REDSHIFT, "((select 1) union (select 2))", "select", True),
        (REDSHIFT, "values (1)", "select", True),
        (REDSHIFT, "/* a */ -- b\n with x as (select 1) select * from x", "select", True),
        (REDSHIFT, "with x as (select 1) insert into t select * from x", "dml", False),
        (REDSHIFT, "select a into b from c", "ddl", False),
        (REDSHIFT, "select 'a into b; drop table c' as \"delete\"", "select", True),
        (REDSHIFT, "select set_config('search_path', 'x', false)", "select", False),
        (REDSHIFT, "select replace('a', 'b', 'c')", "select", True),
        (REDSHIFT, "explain select 1", "other", True),
        (REDSHIFT, "explain analyze delete from t", "other", False),
        (REDSHIFT, "show search_path", "other", True),
        (REDSHIFT, "set search_path to x", "other", False),
        (REDSHIFT, "copy t from 's3://b/k'", "dml", False),
        (REDSHIFT, "truncate t", "ddl", False),
        (REDSHIFT, "begin", "other", False),
        (SNOWFLAKE, "// note\nselect $$ drop $$", "select", True),
        (SNOWFLAKE, "merge into t using s on 1 = 1 when matched then delete", "dml", False),
        (SNOWFLAKE, "undrop table t", "ddl", False),
        (SNOWFLAKE, "use schema x", "other", False),
        (SNOWFLAKE, "call p()", "other", False),
        (SQLITE, "replace into t values (1)", "dml", False),
        (SQLITE, "pragma table_info(t)", "other", False),
        (SQLITE, r"select '\' || 'into'", "select", True),
        (SQLITE, "", "other", False),
    ],
)
def test_kinds(warehouse, sql, kind, reads):
    assert kind_of(sql, warehouse).value == kind
    assert only_reads(sql, warehouse) is (reads or not sql)


def test_one_statement_that_changes_something_is_enough():
    assert only_reads("select 1; select 2", REDSHIFT)
    assert not only_reads("select 1; drop table t", REDSHIFT)


def test_many_comments_are_read_in_time():
    assert not only_reads("/**/" * 5_000 + "x", REDSHIFT)


@pytest.mark.parametrize(
    ("sql", "ordered"),
    [
        ("select a from t order by a", True),
        ("select a from t ORDER -- it\n by a limit 3", True),
        ("select a, row_number() over (order by a) from t", False),
        ("select * from (select a from t order by a) as x", False),
        ("select 'order by' from t", False),
    ],
)
def test_order(sql, ordered):
    assert is_ordered(sql, REDSHIFT) is ordered


@pytest.mark.parametrize(
    ("sql", "moves"),
    [("put file:///etc/passwd @~", True), ("-- x\nGET @~ file:///tmp/", True), ("select get(a, 1)", False)],
)
def test_commands_that_move_files(sql, moves):
    assert moves_files(sql, SNOWFLAKE) is moves
    assert not moves_files(sql, REDSHIFT)
