from dw_simulator.errors import ServiceUnavailable, WarehouseError
from dw_simulator.loader import LoadReport, WarehouseLoad
from dw_simulator.schema import Warehouse


def report(*errors):
    warehouses = [Warehouse.REDSHIFT, Warehouse.SNOWFLAKE, Warehouse.SQLITE]
    return LoadReport(tuple(WarehouseLoad(w, {}, 0.1, e) for w, e in zip(warehouses, errors, strict=False)), 0.2)


def test_no_failure_when_all_went_well():
    assert report(None, None).failure() is None


def test_a_failure_tells_of_every_warehouse_once():
    down = ServiceUnavailable("redshift", "127.0.0.1:5439")
    failure = report(down, WarehouseError("no room"), WarehouseError("no room")).failure()
    assert failure is down
    assert str(failure) == failure.message == "the redshift service does not answer at 127.0.0.1:5439\nno room"
    assert "dw-sim up" in (failure.hint or "")
