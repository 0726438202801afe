from contextlib import closing

import pytest

from dw_simulator.config import Settings
from dw_simulator.errors import ConfirmationRequired, NotFound
from dw_simulator.experiments.guard import refuse
from dw_simulator.experiments.load_job import LoadJob, LoadPlan
from dw_simulator.experiments.service import ExperimentService
from dw_simulator.schema import Experiment, Warehouse


@pytest.fixture
def service(tmp_path):
    settings = Settings(home=tmp_path, redshift={"host": "prod.example.com"}, loader={"attempts": 1})
    with closing(ExperimentService(settings)) as service:
        for name, warehouse in (("here", "sqlite"), ("there", "redshift")):
            tables = [{"name": "t", "columns": [{"name": "id", "data_type": "INT"}], "target_rows": 3}]
            service.create(Experiment.model_validate({"name": name, "target_warehouse": [warehouse], "tables": tables}))
        yield service


def job(service, *names, watching=False, warehouses=None, report=lambda item: None):
    plan = LoadPlan(names, warehouses)
    return LoadJob(service, plan, watching=watching, guard=refuse, report=report, on_retry=lambda notice: None)


@pytest.mark.parametrize(
    ("names", "options"),
    [
        ((), {}),
        (("there",), {}),
        (("here",), {"warehouses": [Warehouse.REDSHIFT]}),
        (("here",), {"watching": True}),
    ],
)
def test_warehouses_elsewhere_are_asked_about_before_anything_is_loaded(service, names, options):
    with pytest.raises(ConfirmationRequired, match=r"redshift \(prod.example.com"):
        job(service, *names, **options)


@pytest.mark.parametrize(
    ("names", "options"), [(("HERE",), {}), ((), {"warehouses": [Warehouse.SQLITE], "watching": True})]
)
def test_others_are_not(service, names, options):
    assert job(service, *names, **options).run_pass().loaded == 0


def test_a_name_must_be_that_of_an_experiment(service):
    with pytest.raises(NotFound, match="'nowhere'"):
        job(service, "here", "nowhere")


def test_a_watcher_reports_a_run_that_cannot_be_loaded_once(service):
    """The run is for SQLite only, and the files of such runs are in no object store."""
    service.generate("here")
    seen = []
    plan = LoadPlan(["here"], [Warehouse.SNOWFLAKE, Warehouse.SQLITE])
    watcher = LoadJob(
        service, plan, watching=True, guard=refuse, report=seen.append, on_retry=lambda notice: pytest.fail("no retry")
    )
    for _ in range(3):
        watcher.run_pass()
    assert [(item.warehouse, item.state, "SQLite only" in item.reason) for item in seen] == [
        (Warehouse.SNOWFLAKE, "failed", True),
        (Warehouse.SQLITE, "loaded", False),
    ]
