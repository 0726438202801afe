# ruff: noqa: E501 - tables of cases, one a row
from __future__ import annotations

import pytest

from dw_simulator.splitting.snowflake import split_statements


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select 1", ["select 1"]),
        ("select 1;", ["select 1"]),
        ("select ';' ; select 2 -- x;\n;;", ["select ';'", "select 2 -- x;"]),
        (r"select 'it\'s;'; select 2", [r"select 'it\'s;'", "select 2"]),
        ("select 'it''s;'; select 2", ["select 'it''s;'", "select 2"]),
        ('select 1 as "a;b"; select 2', ['select 1 as "a;b"', "select 2"]),
        ("select 1 /* ; */; // ;\n select 2", ["select 1 /* ; */", "// ;\n select 2"]),
        ("select $$ ; $$; select 2", ["select $$ ; $$", "select 2"]),
        ("", []),
        ("-- only a comment\n;", []),
        ("begin; insert into t values (1); commit", ["begin", "insert into t values (1)", "commit"]),
        ("begin transaction; select 1", ["begin transaction", "select 1"]),
        (
            "begin let x := 1; if (x = 1) then return 1; end if; return case when true then 2 end; end; select 3",
            ["begin let x := 1; if (x = 1) then return 1; end if; return case when true then 2 end; end", "select 3"],
        ),
        ("declare a int; begin a := 1; begin null; end; end; select 1", None),
        ("create procedure p() returns int language sql as begin return 1; end; select 2", None),
        (
            "begin begin transaction; insert into t values (1); commit; exception when other then rollback; end; select 1",
            None,
        ),
        ("alter task t modify as begin insert into t values (1); return 1; end; select 1", None),
        ("create task t as declare x int; begin return 1; end; select 1", None),
        (
            "begin for i in 1 to 3 do null; end for; loop break; end loop; case when 1=1 then null; end case; end; select 1",
            None,
        ),
    ],
)
def test_split(sql: str, expected: list[str] | None) -> None:
    found = split_statements(sql)
    if expected is None:
        assert len(found) == 2
        assert found[1].startswith("select")
    else:
        assert found == expected
