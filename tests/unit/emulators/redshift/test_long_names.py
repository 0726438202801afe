import pytest

from dw_simulator.emulators.redshift.commands.long_names import refuse_long_names
from dw_simulator.emulators.redshift.errors import RedshiftError


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
    refuse_long_names(sql)


@pytest.mark.parametrize(
    "sql",
    [
        f"create table {'t' * 64} (a int)",
        f'select 1 as "{"é" * 32}"',
        f'create table t ("{"a b " * 20}" int)',
        f"alter table t rename to {'ü' * 40}",
    ],
)
def test_a_name_that_would_be_cut_is_refused(sql):
    with pytest.raises(RedshiftError, match="longer than 63 bytes") as caught:
        refuse_long_names(sql)
    assert caught.value.sqlstate == "0A000"
