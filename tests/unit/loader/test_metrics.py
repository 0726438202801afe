import datetime as dt

from dw_simulator.loader.metrics import LoaderMetrics


def test_what_happened_is_counted_by_warehouse():
    metrics = LoaderMetrics()
    for warehouse, state, rows in (
        ("redshift", "loaded", 5),
        ("redshift", "loaded", 7),
        ("redshift", "skipped", 9),
        ("sqlite", "failed", 0),
        (None, "failed", 0),
    ):
        metrics.item(warehouse, state, rows)
    metrics.retry("redshift")
    metrics.passed(3.0, 2)
    metrics.passed(0.1, 0)
    metrics.failed("no answer")
    samples = {
        line.rpartition(" ")[0]: line.rpartition(" ")[2] for line in metrics.registry.render().decode().splitlines()
    }
    prefix = "dw_simulator_loader_"
    assert samples[prefix + 'rows_total{warehouse="redshift"}'] == "12.0"
    assert samples[prefix + 'items_total{state="loaded",warehouse="redshift"}'] == "2.0"
    assert samples[prefix + 'items_total{state="failed",warehouse=""}'] == "1.0"
    assert samples[prefix + 'retries_total{warehouse="redshift"}'] == "1.0"
    assert samples[prefix + 'passes_total{result="ok"}'] == "2.0"
    assert samples[prefix + 'passes_total{result="failed"}'] == "1.0"
    assert samples[prefix + "pass_duration_seconds_count"] == "1.0", "idle looks would hide how long loads take"


def test_a_failed_look_is_not_well_until_one_ends_well():
    metrics = LoaderMetrics()
    assert metrics.health() == {"status": "ok", "last_success": None, "trouble": None}
    metrics.failed("no answer")
    assert (metrics.health()["status"], metrics.health()["trouble"]) == ("failing", "no answer")
    metrics.passed(1.0, 1)
    health = metrics.health()
    assert (health["status"], health["trouble"]) == ("ok", None)
    assert dt.datetime.fromisoformat(health["last_success"]).tzinfo is not None
