"""Random schemas with rules between columns and tables, generated and loaded: `dw-sim verify` finds nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.generator.profile import FACTOR
from tests.unit.generator.test_random_rules import random_experiment

from dw_simulator.config.settings import load_settings
from dw_simulator.experiments import ExperimentService


@pytest.mark.parametrize("number", range(100, 100 + 2 * FACTOR))
def test_loaded_tables_keep_every_rule(tmp_path: Path, number: int) -> None:
    service = ExperimentService(load_settings({"home": tmp_path / "home"}, use_running_stack=False))
    try:
        service.create(random_experiment(number))
        service.generate("random")
        service.load("random")
        report = service.verify("random")
    finally:
        service.close()
    checks = [check for warehouse in report.warehouses for check in warehouse.checks]
    assert [warehouse.error for warehouse in report.warehouses] == [None]
    assert len(checks) > 15
    assert [check for check in checks if not check.ok] == []
