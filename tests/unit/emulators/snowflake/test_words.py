"""Words that Snowflake does not reserve are names of columns, tables, aliases and labels."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.translation import parser
from dw_simulator.schema.reserved import SNOWFLAKE

PARSER = Path(parser.__file__).parent
SPECIAL = {word for file in PARSER.glob("*.py") for word in re.findall(r'"([A-Z][A-Z_]+)"', file.read_text())}
"""Words that mean something to the parser; to it all others are names."""
CLAUSES = {"EXCEPT", "FETCH", "LIMIT"}
"""Words that begin a clause where a name may stand; the vendor does not list them."""
WORDS = sorted(SPECIAL - SNOWFLAKE["column"] - SNOWFLAKE["table"] - CLAUSES)
COLUMN_STATEMENTS = [
    ("create table words (id int, {w} int, z int)", None),
    ("insert into words (id, {w}) values (1, 2)", None),
    ("insert into words ({w}, id) select length('abc'), 2", None),
    ("select {w}, words.{w} as other, max({w}) as y from words group by {w} having {w} < 3 order by {w} desc", [2]),
    ("select id as {w} from words order by 1", [1, 2]),
    ("select length('abc') as {w}, {w} + 1 as other from (select 1 as id)", [3]),
    ("with x as (select id as {w} from words) select {w} from x where {w} > 1", [2]),
    ("update words set {w} = length('abcde') where {w} = 3", None),
    ("select {w} from words order by 1", [2, 5]),
]
TABLE_STATEMENTS = [
    ("create table {w} (id int, b varchar(9))", None),
    ("insert into {w} (id) values (3)", None),
    ("select {w}.id from {w}", [3]),
    ("select {w}.id from (select 7 as id) as {w}", [7]),
    ("update {w} set id = 2 where id = 3", None),
    ("select a.id from {w} a join {w} b on a.id = b.id", [2]),
    ("delete from {w} where id = 2", None),
    ("drop table {w}", None),
]


@pytest.mark.parametrize("statements", [COLUMN_STATEMENTS, TABLE_STATEMENTS], ids=["column", "table"])
def test_a_word_is_a_name(execute, statements):
    failed = {}
    for word in WORDS:
        execute("drop table if exists words")
        for template, expected in statements:
            sql = template.format(w=word)
            try:
                result = execute(sql)
            except SnowflakeError as error:
                failed[word] = f"{sql}: {error}"
                break
            if expected is not None:
                rows = [int(value) for batch in result.batches for value in batch.column(0).to_pylist()]
                assert rows == expected, sql
    assert sorted(failed) == [], failed
