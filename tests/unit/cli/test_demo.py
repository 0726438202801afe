import pytest

from dw_simulator.cli.demo.content import experiments
from dw_simulator.cli.demo.examples import example_text
from dw_simulator.errors import NotFound
from dw_simulator.schema import Dialect, Warehouse
from dw_simulator.schema.importers.ddl import read_ddl
from dw_simulator.schema.validation import check


@pytest.mark.parametrize("total", [10_000, 999_999, 1_000_000])
def test_the_rows_add_up(total):
    chosen = experiments(total)
    assert sum(sum(experiment.rows.values()) for experiment in chosen) == total
    assert all(rows > 0 for experiment in chosen for rows in experiment.rows.values())


@pytest.mark.parametrize("experiment", experiments(10_000), ids=lambda experiment: experiment.name)
def test_each_example_has_the_tables_that_get_rows(experiment):
    schema = read_ddl(
        example_text(experiment.file), dialect=Dialect(experiment.dialect), name=experiment.name, surrogate_key=False
    )
    schema = schema.model_copy(update={"target_warehouse": [Warehouse.REDSHIFT, Warehouse.SNOWFLAKE]})
    check(schema, experiment.rows)
    assert {table.name for table in schema.tables} == set(experiment.rows)


def test_an_example_that_is_not_there_is_named():
    with pytest.raises(NotFound, match=r"no example 'none\.sql'"):
        example_text("none.sql")
