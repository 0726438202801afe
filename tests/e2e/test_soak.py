"""Hours of mixed load in miniature: sessions, descriptors, threads, temporary files and memory come back to where they
were.

    make soak SOAK_SECONDS=3600

What was measured is printed and written to artifacts/soak.json.
"""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from tests.robustness.soak import Soak

SECONDS = float(os.environ.get("SOAK_SECONDS", "30"))
ARTIFACTS = Path(__file__).resolve().parents[2] / "artifacts"


@pytest.mark.soak
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # clients that are dropped on purpose
@pytest.mark.timeout(SECONDS + 400)
def test_nothing_leaks_under_mixed_load(own_stack):
    stack = own_stack()
    report = Soak(stack.home, stack.settings, seconds=SECONDS).run()
    gc.collect()  # while their warnings are ignored
    report.write(ARTIFACTS / "soak.json")
    print("\n" + report.summary())
    assert report.problems == []
