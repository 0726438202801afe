"""Fixtures for all tests. Those of `dw_simulator.testing.plugin` (`redshift_connection`, …) are there as well."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

from dw_simulator.testing import RunningStack
from dw_simulator.testing.stack import run_dw_sim

# No deadline: machines differ. In CI the same examples every time, so that a failure belongs to the change.
hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(autouse=True, scope="session")
def _no_inherited_settings() -> None:
    """Tests do not see the settings of the machine they run on, nor its stack."""
    for name in [name for name in os.environ if name.startswith("DW_SIMULATOR_")]:
        del os.environ[name]


@pytest.fixture(scope="session")
def stack(dw_stack: RunningStack) -> RunningStack:
    """The stack of this session: `stack.settings` has the addresses, `stack.dw_sim("query", …)` runs the command."""
    return dw_stack


@pytest.fixture
def dw_sim(tmp_path: Path):
    """Runs ``dw-sim`` in a home folder of this test: ``dw_sim("status", check=False)``."""

    def run(*arguments: str, **options):
        return run_dw_sim(tmp_path / "home", *arguments, **options)

    return run
