"""Destructive operations on warehouses that are not on this machine need a yes."""

import pytest

from dw_simulator.config import load_settings
from dw_simulator.errors import ConfirmationRequired, ServiceUnavailable
from dw_simulator.experiments import ExperimentService
from dw_simulator.experiments.guard import allow
from dw_simulator.schema import Warehouse
from dw_simulator.schema.importers.json_ import read_json

SCHEMA = """{"name": "shop", "target_warehouse": ["redshift", "sqlite"],
 "tables": [{"name": "a", "target_rows": 3, "columns": [{"name": "x", "data_type": "INT"}]}]}"""

READING = [
    "select 1",
    "  -- a comment\n(SELECT 1)",
    "/* x */ with a as (select 1) select * from a",
    "SHOW TABLES",
    "describe table a",
    "explain select 1",
    "values (1)",
]
CHANGING = [
    "drop table a",
    "delete from a",
    "select 1; drop table a",
    "with a as (select 1) delete from b",
    "select * into b from a",
    "call p()",
    "explain delete from a",
    "-- select\ntruncate a",
    "copy a from 's3://b/c'",
]


@pytest.fixture
def experiments(tmp_path):
    # Port 9 of an address for documentation: nothing is ever sent there, the guard comes first.
    given = {"home": tmp_path, "config_dir": tmp_path, "redshift": {"host": "192.0.2.1", "port": 9}}
    service = ExperimentService(load_settings(given, use_running_stack=False))
    service.create(read_json(SCHEMA))
    yield service
    service.close()


def asked_of(experiments):
    asked = []

    def guard(action, targets):
        asked.append((action, dict(targets)))
        raise ConfirmationRequired("no")

    return experiments.guarded_by(guard), asked


def test_a_load_into_a_warehouse_elsewhere_is_asked_about(experiments):
    guarded, asked = asked_of(experiments)
    with pytest.raises(ConfirmationRequired):
        guarded.load("shop")
    assert asked == [("replace the tables of experiment 'shop'", {"redshift": "192.0.2.1:9"})]


@pytest.mark.parametrize("operation", ["reset", "delete"])
def test_nothing_elsewhere_is_touched_when_nothing_is_there(experiments, operation):
    guarded, asked = asked_of(experiments)
    getattr(guarded, operation)("shop")
    assert asked == []


@pytest.mark.parametrize("operation", ["reset", "delete"])
def test_tables_elsewhere_are_asked_about(experiments, operation):
    record = experiments.show("shop")
    experiments._experiments.set_loaded(record, Warehouse.REDSHIFT, {"a": 3}, None)
    guarded, asked = asked_of(experiments)
    with pytest.raises(ConfirmationRequired):
        getattr(guarded, operation)("shop")
    assert [targets for _, targets in asked] == [{"redshift": "192.0.2.1:9"}]
    assert experiments.loaded_tables("shop")


@pytest.mark.parametrize("sql", CHANGING)
def test_statements_that_may_change_something_are_asked_about(experiments, sql):
    guarded, asked = asked_of(experiments)
    with pytest.raises(ConfirmationRequired):
        guarded.query(sql, Warehouse.REDSHIFT)
    assert len(asked) == 1


@pytest.mark.parametrize("sql", READING)
def test_statements_that_read_are_not_asked_about(tmp_path, sql):
    given = {"home": tmp_path, "config_dir": tmp_path, "redshift": {"host": "env:NOT_SET"}}
    service = ExperimentService(load_settings(given, use_running_stack=False))
    with pytest.raises(Exception, match="NOT_SET"):  # it gets as far as connecting
        service.query(sql, Warehouse.REDSHIFT)
    service.close()


def test_without_anybody_to_ask_it_is_refused_with_the_way_out(experiments):
    with pytest.raises(ConfirmationRequired) as caught:
        experiments.load("shop")
    assert "redshift (192.0.2.1:9)" in caught.value.message
    assert "--yes" in caught.value.hint


def test_a_yes_lets_it_pass(tmp_path):
    given = {"home": tmp_path, "config_dir": tmp_path, "redshift": {"host": "127.0.0.1", "port": 1}, "local_hosts": []}
    service = ExperimentService(load_settings(given, use_running_stack=False), guard=allow)
    with pytest.raises(ServiceUnavailable):
        service.query("drop table a", Warehouse.REDSHIFT)
    service.close()
