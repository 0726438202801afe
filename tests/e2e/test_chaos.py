"""Every service is killed while clients write; no acknowledged row is lost, none is there twice.

    make chaos CHAOS_SECONDS=600 CHAOS_SEED=7

The same seed plans the same strikes. What was found is printed and written to artifacts/chaos.json.
"""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from tests.robustness.chaos import Chaos

SECONDS = float(os.environ.get("CHAOS_SECONDS", "30"))
SEED = int(os.environ.get("CHAOS_SEED", "1"))
ARTIFACTS = Path(__file__).resolve().parents[2] / "artifacts"


@pytest.mark.chaos
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # drivers let go of dead sockets late
@pytest.mark.timeout(SECONDS * 2 + 400)
def test_nothing_is_lost_and_nothing_doubled_when_services_are_killed(tmp_path):
    report = Chaos(tmp_path / "home", seconds=SECONDS, seed=SEED).run()
    gc.collect()  # while their warnings are ignored
    report.write(ARTIFACTS / "chaos.json")
    print("\n" + report.summary())
    assert report.problems == []
    assert report.audit.facts > 0
