"""Scalar subqueries that are computed once a group: SQL in, the backend's SQL out; and those that stay as they are."""

import pytest

from dw_simulator.emulators.redshift.translation.context import CatalogNeeded, Context
from dw_simulator.emulators.redshift.translation.scan import is_plain
from dw_simulator.emulators.redshift.translation.translator import translate

TABLES: dict[tuple[str, ...], dict[str, str] | None] = {
    ("o",): {"k": "integer", "k2": "integer", "x": "numeric(8,2)", "s": "super"},
    ("t",): {"tk": "integer", "tk2": "integer", "q": "numeric(8,2)", "d": "date", "c": "character(3)", "p": "super"},
    ("indexed",): {"tk": "integer", "q": "numeric(8,2)"},
    ("shown",): {"tk": "integer", "q": "numeric(8,2)"},
}
INDEXED = {("o",): frozenset[str](), ("t",): frozenset(("d",)), ("indexed",): frozenset(("tk",)), ("shown",): None}


def translated(condition: str) -> str:
    start = "SELECT x FROM o WHERE "
    text = translate(f"select x from o where {condition}", Context(TABLES, INDEXED))
    assert text.startswith(start)
    return text.removeprefix(start)


GROUPS = '(SELECT {keys}, {value} AS "dw_value" FROM t{where} GROUP BY {by}) AS "dw_groups"'


def grouped(value: str, comparison: str, *keys: tuple[str, str], where: str = "") -> str:
    listed = ", ".join(f'{own} AS "dw_key{number}"' for number, (own, _) in enumerate(keys))
    groups = GROUPS.format(keys=listed, value=value, where=where, by=", ".join(own for own, _ in keys))
    equal = " AND ".join(f'"dw_groups"."dw_key{number}" = {outer}' for number, (_, outer) in enumerate(keys))
    return f"EXISTS(SELECT 1 FROM {groups} WHERE {equal} AND {comparison})"


VALUE = '"dw_groups"."dw_value"'


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("x < (select max(q) from t where tk = k)", grouped("max(q)", f"x < {VALUE}", ("tk", "k"))),
        ("(select min(q) from t where k = tk) <> x", grouped("min(q)", f"{VALUE} <> x", ("tk", "k"))),
        (
            "x >= (select 2 * sum(q) - 1 from t where t.tk = o.k and tk2 = k2 and d > date '2024-01-01'"
            " and q is not null)",
            grouped(
                "2 * sum(q) - 1",
                f"x >= {VALUE}",
                ("t.tk", "o.k"),
                ("tk2", "k2"),
                where=" WHERE d > CAST('2024-01-01' AS date) AND NOT q IS NULL",
            ),
        ),
        (
            "k > 1 and (x + 1 = (select avg(q) from t where tk = k and (c = 'a' or c = 'b')))",
            "k > 1 AND ("
            + grouped("dw_avg(sum(q), count(q))", f"x + 1 = {VALUE}", ("tk", "k"), where=" WHERE (c = 'a' OR c = 'b')")
            + ")",
        ),
    ],
)
def test_it_is_computed_once_a_group(condition, expected):
    assert translated(condition) == expected


@pytest.mark.parametrize(
    "condition",
    [
        "x < (select count(q) from t where tk = k)",
        "x < (select sum(distinct q) from t where tk = k)",
        "x < (select max(q) from t)",
        "x < (select max(q) from t where tk > k)",
        "x < (select max(q) from t where tk = k + 1)",
        "x < (select max(q) from t where tk = k limit 1)",
        "x < (select max(q) from t where tk = k group by d)",
        "x < (select max(q) from t, o where tk = o.k and tk2 = k2)",
        "x < (select max(tk / tk2) from t where tk = k)",
        "x < (select 1 / max(q) from t where tk = k)",
        "x < (select coalesce(max(q), 0) from t where tk = k)",
        "x < (select max(q) from t where tk = k and tk / tk2 > 1)",
        "x < (select max(q) from t where tk = k and c > 5)",
        "x < (select max(q) from t where tk = k and k2 = 1)",
        "x < (select max(q) from t where tk = k and length(c) = 1)",
        "x < (select max(q) from t where tk = k and tk in (select 1))",
        "x < (select max(q) from t where tk = p.a)",
        "x < (select max(q) from t where tk = k) or k = 1",
        "not x < (select max(q) from t where tk = k)",
        "random() < (select max(q) from t where tk = k)",
        "x < (select max(q) from indexed where tk = k)",
        "x < (select max(q) from shown where tk = k)",
        "x < (with t as (select 1 as tk, 2 as q) select max(q) from t where tk = k)",
    ],
)
def test_it_stays_as_it_is(condition):
    assert "dw_groups" not in translated(condition)


def test_the_catalog_is_asked_for_the_table():
    with pytest.raises(CatalogNeeded) as need:
        translate("select x from o where x < (select max(q) from t where tk = k)", Context())
    assert need.value.tables == {("o",), ("t",)}
    assert not is_plain("select x from o where x < (select max(q) from t where tk = k)")
    assert is_plain("select x from o where x in (select q from t)")
