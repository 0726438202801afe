import pytest

from dw_simulator.emulators.redshift.commands.long_names import with_short_names
from dw_simulator.emulators.redshift.errors import RedshiftError
from dw_simulator.emulators.redshift.short_names import kept, lengthened, shorten


@pytest.mark.parametrize(
    "sql",
    [
        f"select '{'a' * 100}'",
        f"select 'é' as {'n' * 63}",
        f"select $body${'a' * 100}$body$",
        f'create table t ("{"é" * 31}x" int)',
        f"select 1 -- {'a' * 100}",
    ],
)
def test_long_texts_and_the_longest_names_are_fine(sql):
    assert with_short_names(sql, case_sensitive=False) is None


@pytest.mark.parametrize(
    "sql",
    [
        f"create table {'t' * 64} (a int)",
        f'create table t ("{"a b " * 20}" int)',
        f"alter table t rename to {'ü' * 40}",
        f"select 1 as {'n' * 64} into t",
        f"create view v as select 1 as {'n' * 64}",
    ],
)
def test_an_object_whose_name_would_be_cut_is_refused(sql):
    with pytest.raises(RedshiftError, match="longer than 63 bytes") as caught:
        with_short_names(sql, case_sensitive=False)
    assert caught.value.sqlstate == "0A000"


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        (f"select 1 as {'N' * 64}", "n" * 64),
        (f'select 1 as "{"é" * 32}"', "é" * 32),
        (f'insert into t select 1 as "{"A b " * 20}"', "a b " * 20),
        (f"select 1 as {'n' * 200}", "n" * 127),
    ],
)
def test_a_long_name_of_a_query_has_a_short_one(sql, name):
    short = with_short_names(sql, case_sensitive=False)
    quoted = short.partition('"')[2].removesuffix('"')
    assert len(quoted.encode()) <= 63
    assert lengthened(quoted) == name
    assert lengthened(f'column "{quoted}" does not exist') == f'column "{name}" does not exist'
    assert kept(name) == shorten(name) == quoted


def test_case_is_kept_where_it_counts():
    assert with_short_names(f'select 1 as "{"N" * 64}"', case_sensitive=True) == f'select 1 as "{shorten("N" * 64)}"'
