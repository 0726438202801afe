"""Redshift SQL in, the backend's SQL out."""

from __future__ import annotations

import re

import pytest

from dw_simulator.emulators.redshift.errors import RedshiftError
from dw_simulator.emulators.redshift.translation.cache import TranslationCache
from dw_simulator.emulators.redshift.translation.context import CatalogNeeded, Context
from dw_simulator.emulators.redshift.translation.dialect import RedshiftSql
from dw_simulator.emulators.redshift.translation.scan import Template, is_plain
from dw_simulator.emulators.redshift.translation.translator import translate
from dw_simulator.emulators.redshift.translation.words import NAMES
from dw_simulator.schema.reserved import REDSHIFT

TABLES: dict[tuple[str, ...], dict[str, str]] = {
    ("t",): {"a": "integer", "b": "character varying(10)", "n": "numeric(8,2)", "s": "super"},
    ("u",): {"a": "integer", "c": "date"},
}

TRANSLATIONS = {
    "nvl": ("select nvl(a, 0) from t", "SELECT coalesce(a, 0) FROM t"),
    "nvl2": ("select nvl2(a, 1, 2) as x from t", "SELECT CASE WHEN NOT a IS NULL THEN 1 ELSE 2 END AS x FROM t"),
    "decode takes NULL for equal to NULL": (
        "select decode(a, null, 'n', 1, 'one') as x from t",
        "SELECT CASE WHEN a IS NULL THEN 'n' WHEN a = 1 THEN 'one' END AS x FROM t",
    ),
    "date parts by any spelling": (
        "select datediff(qtr, a, b) as x from t",
        "SELECT datediff('quarter', a, b) AS x FROM t",
    ),
    "a string in place of a date": (
        "select dateadd(mon, 1, '2024-01-31') as x",
        "SELECT dateadd('month', 1, CAST('2024-01-31' AS timestamp)) AS x",
    ),
    "average of integers": ("select avg(a) from t", 'SELECT dw_avg(sum(a), count(a)) AS "avg" FROM t'),
    "approximate count": ("select approximate count(distinct a) from t", "SELECT count(DISTINCT a) FROM t"),
    "division of decimals": (
        "select n / a as x from t",
        "SELECT CAST(dw_divide(n, a, 13) AS numeric(19,13)) AS x FROM t",
    ),
    "division of integers": ("select a / 2 as x from t", "SELECT a / 2 AS x FROM t"),
    "top": ("select top 3 a from t", "SELECT a FROM t LIMIT 3"),
    "lateral alias": ("select a + 1 as x, x * 2 as y from t", "SELECT a + 1 AS x, (a + 1) * 2 AS y FROM t"),
    "a column comes before an alias": ("select b as a, a + 1 as y from t", "SELECT b AS a, a + 1 AS y FROM t"),
    "lateral alias in where": ("select a + 1 as x from t where x > 2", "SELECT a + 1 AS x FROM t WHERE (a + 1) > 2"),
    "group by all": ("select b, count(*) from t group by all", "SELECT b, count(*) FROM t GROUP BY 1"),
    "exclude": ("select * exclude (n, s) from t", 'SELECT "t"."a", "t"."b" FROM t'),
    "minus": ("select a from t minus select a from u", "SELECT a FROM t EXCEPT SELECT a FROM u"),
    "outer join mark": ("select t.b from t, u where t.a = u.a(+)", "SELECT t.b FROM t LEFT JOIN u ON t.a = u.a"),
    "delete without from": ("delete t where a = 1", "DELETE FROM t WHERE a = 1"),
    "navigation": (
        "select x.s[0].key from t x",
        "SELECT dw_get(dw_at(x.s, 0), 'key') AS \"key\" FROM t AS x",
    ),
    "unnesting": (
        "select e from t x, x.s as e",
        'SELECT e FROM t AS x CROSS JOIN LATERAL dw_elements(x.s) AS "e"("e")',
    ),
    "unnesting with an index": (
        "select e, i from t x, x.s as e at i",
        'SELECT e, i FROM t AS x CROSS JOIN LATERAL dw_elements_at(x.s) AS "e"("e", "i")',
    ),
    "a string compared with super": (
        "select a from t where s = 'x'",
        "SELECT a FROM t WHERE s = dw_super(CAST('x' AS text))",
    ),
    "listagg": (
        "select listagg(b, ',') within group (order by a) as x from t",
        "SELECT dw_listagg_fits(string_agg(nullif(CAST(b AS varchar), ''), ',' ORDER BY a)) AS x FROM t",
    ),
    "quoted names fold": ('select "A" from "T"', 'SELECT "a" FROM "t"'),
    "temporary tables": ("select a into #x from t", 'SELECT a INTO TEMPORARY "#x" FROM t'),
    "conditions in parentheses": (
        "select a from t where (a = 1) and (b = 'x') or (n > 2) and b like ('y')",
        "SELECT a FROM t WHERE (a = 1) AND (b = 'x') OR (n > 2) AND b LIKE ('y')",
    ),
    "merge from a query": (
        "merge into u using (select 1 as a) s on u.a = s.a when matched then delete"
        " when not matched then insert values (s.a)",
        "MERGE INTO u USING (SELECT 1 AS a) AS s ON u.a = s.a WHEN MATCHED THEN delete"
        " WHEN NOT MATCHED THEN INSERT VALUES (s.a)",
    ),
    "bound parameters": (
        "insert into u values ($1, len($2)), ($3, '$4')",
        "INSERT INTO u VALUES ($1, len($2)), ($3, '$4')",
    ),
    "backslashes escape": (r"select 'a\\b' as x", r"SELECT 'a\\b' AS x"),
    "decimal without precision": ("select a::decimal as x from t", "SELECT CAST(a AS numeric(18,0)) AS x FROM t"),
}


@pytest.mark.parametrize(("sql", "expected"), TRANSLATIONS.values(), ids=TRANSLATIONS.keys())
def test_translate(sql: str, expected: str) -> None:
    assert translate(sql, Context(tables=TABLES)) == expected


REFUSED = {
    "unknown date part": ("select datediff(fortnight, a, b) from t", "22023"),
    "syntax": ("select from where", "42601"),
    "limit inside union": ("(select a from t limit 1) union select a from u", "42601"),
    "subqueries in several rows": ("insert into u values ((select 1), null), (2, null)", "0A000"),
    "part of a super value in merge": (
        "merge into t using t x on t.a = x.a when matched then update set s = x.s[0]"
        " when not matched then insert values (1)",
        "0A000",
    ),
    "decimal precision": ("select a::decimal(39) from t", "22023"),
}


@pytest.mark.parametrize(("sql", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(sql: str, code: str) -> None:
    with pytest.raises(RedshiftError) as caught:
        translate(sql, Context(tables=TABLES))
    assert caught.value.sqlstate == code


def test_asks_for_the_columns_it_needs() -> None:
    with pytest.raises(CatalogNeeded) as caught:
        translate("select * exclude (a) from t join s.u on t.a = u.a", Context())
    assert caught.value.tables == {("t",), ("s", "u")}


PLAIN = {
    "select 1": True,
    "select abalance from accounts where aid = 12": True,
    "insert into t (a, b) values (1, 'x'), (2, null)": True,
    "update t set a = 1 where b = 'x'": True,
    "delete from t where a in (1, 2)": True,
    "select a x from t": False,
    "select t.a from t": False,
    "select a / 2 from t": False,
    "select len(a) from t": False,
    "insert into t values (array(1))": False,
    "select sysdate from t": False,
    "select oid from pg_class": False,
    "delete t where a = 1": False,
    "select a from t union select b from u": False,
    'select "A" from t': False,
    r"select 'a\'b' from t": False,
}


@pytest.mark.parametrize(("sql", "plain"), PLAIN.items())
def test_plain(sql: str, plain: bool) -> None:
    assert is_plain(sql) is plain


def test_one_template_serves_other_literals() -> None:
    cache = TranslationCache()
    first = cache.translate("select nvl(a, 1) from t where b like 'x%'", Context())
    assert first == "SELECT coalesce(a, 1) FROM t WHERE b LIKE 'x%'"
    assert (
        cache.known("select nvl(a, 2) from t where b like 'y''%'") == "SELECT coalesce(a, 2) FROM t WHERE b LIKE 'y''%'"
    )


def test_a_literal_that_decides_makes_no_template() -> None:
    cache = TranslationCache()
    cache.translate("select date_part('month', a) from t", Context())
    assert cache.known("select date_part('year', a) from t") is None
    assert "'year'" in cache.translate("select date_part('year', a) from t", Context())


def test_template_puts_literals_back() -> None:
    template = Template("select 'a', 1, 2.5 from t1 where x = $1")
    assert template.literals == ("'a'", "1", "2.5")
    assert template.with_literals(("'b'", "2", "3.5")) == "select 'b', 2, 3.5 from t1 where x = $1"


# --- words that are no names elsewhere --------------------------------------------------------------------------------
NOT_RESERVED = sorted(
    {word.lower() for word in RedshiftSql.Tokenizer.KEYWORDS if re.fullmatch(r"[A-Z][A-Z_0-9]*", word)}
    - {word.lower() for word in REDSHIFT}
    - {"current_catalog", "current_role", "current_schema"}  # values, in Redshift as in PostgreSQL
    | NAMES
    | {"at"}
)
"""Every word that the parser knows and Redshift does not reserve."""
COLUMNS = {"id": "integer", "z": "integer"}


@pytest.mark.parametrize("word", NOT_RESERVED)
def test_a_word_is_a_name_everywhere(word):
    for template in (
        "insert into t (id, {w}, z) select getdate(), {w}, 2 from t where {w} > 1",
        "insert into t ({w}, id) values (getdate(), {w})",
        "select {w}, t.{w}, max({w}) as y from t group by {w}, id having {w} < 3 order by {w} desc, id",
        "select getdate() as {w} from t as {w} where {w}.id = 1",
        "update t set {w} = nvl({w}, 1) where {w} = {w}",
        "delete from {w} where id = getdate()",
        "with {w} as (select 1 as a) select a, getdate() from {w}",
    ):
        sql = template.format(w=word)
        try:
            translated = translate(sql, Context({(word,): COLUMNS, ("t",): {**COLUMNS, word: "integer"}}))
        except RedshiftError as error:
            pytest.fail(f"{sql}: {error}")
        written = re.compile(rf"\b{word}\b", re.I)
        assert len(written.findall(translated)) == len(written.findall(sql)), translated
