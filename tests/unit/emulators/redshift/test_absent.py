"""Functions that only PostgreSQL has do not exist, unless the user made one or the query is one of the catalog."""

from __future__ import annotations

import pytest

from dw_simulator.emulators.redshift.documented import DOCUMENTED, SYNTAX
from dw_simulator.emulators.redshift.errors import RedshiftError
from dw_simulator.emulators.redshift.translation.absent import ABSENT
from dw_simulator.emulators.redshift.translation.context import CatalogNeeded, Context
from dw_simulator.emulators.redshift.translation.translator import translate

DOCUMENTED_NAMES = {name for names in DOCUMENTED.values() for name in names} | SYNTAX


def test_no_documented_function_is_absent():
    assert not ABSENT & DOCUMENTED_NAMES


@pytest.mark.parametrize("name", sorted(ABSENT))
def test_it_does_not_exist(name):
    for sql in (f"select {name}(a) from (select 1 as a) t", f"select pg_catalog.{name}(1)"):
        with pytest.raises(RedshiftError, match=rf"function {name}\(\) does not exist") as raised:
            translate(sql, Context())
        assert raised.value.sqlstate == "42883"


@pytest.mark.parametrize(
    "sql",
    [
        "select mine.width_bucket(1) from (select 1) t",
        "select string_agg(relname, ',') from pg_class",
        "select array_agg(c.column_name) from information_schema.columns c",
        "select listagg(a, ',') from (select 1 as a) t",
        "select median(a) from (select 1 as a) t",
        "select width_bucket from (select 1 as width_bucket) t",
        "select n from generate_series(1, 3) as g(n)",
    ],
)
def test_it_is_let_through(sql):
    translate(sql, Context())


@pytest.mark.parametrize(
    "call",
    [
        "avg() over ()",
        "first_value() ignore nulls over (order by a)",
        "json_array_length()",
        "json_extract_array_element_text()",
        "json_extract_path_text()",
        "lead() over (order by a)",
        "listagg()",
        "median()",
        "nth_value(a) over (order by a)",
        "percentile_cont() within group (order by a)",
        "ratio_to_report() over ()",
        "st_collect()",
    ],
)
def test_a_call_without_its_arguments_does_not_exist(call):
    with pytest.raises(RedshiftError, match="does not exist") as raised:
        translate(f"select {call} from (select 1 as a) t", Context())
    assert raised.value.sqlstate == "42883"


def test_a_function_of_the_users_is_asked_for():
    with pytest.raises(CatalogNeeded) as raised:
        translate("select cosh(1)", Context(functions={}))
    assert raised.value.functions == {"cosh"}
    context = Context(functions={"cosh": True})
    assert translate("select cosh(1)", context) == "SELECT cosh(1)"
    assert context.used_catalog
    with pytest.raises(RedshiftError):
        translate("select cosh(1)", Context(functions={"cosh": False}))
