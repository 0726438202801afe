"""Scores of the real sdmetrics, which has an environment of its own: pandas and scipy are kept out of .venv."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = "tests/unit/experiments/test_quality.py"


def test_scores_of_sdmetrics() -> None:
    made = subprocess.run(
        [sys.executable, ROOT / "scripts" / "client-venvs", "quality"], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    command = [f"{made.stdout.strip()}/bin/python", "-m", "pytest", "-q", "-p", "no:cacheprovider", TESTS]
    environment = {**os.environ, "PYTHONPATH": "src"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    skipped = re.findall(r"^SKIPPED .*: (.*)$", done.stdout, re.MULTILINE)
    assert skipped == ["sdmetrics is installed"]
