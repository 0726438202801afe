"""`dw-sim demo` from start to end, with few rows, and interrupted."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time

import pytest

from dw_simulator.testing.stack import environment_of

pytestmark = pytest.mark.stack

COMMAND = [sys.executable, "-P", "-m", "dw_simulator", "demo", "--rows", "20000"]


@pytest.fixture
def scratch(tmp_path):
    """Where the demo makes its home; it has to be empty again afterwards."""
    path = tmp_path / "scratch"
    path.mkdir()
    yield path
    assert list(path.iterdir()) == []


def test_the_demo_shows_the_whole_job(tmp_path, scratch):
    environment = environment_of(tmp_path / "unused") | {"TMPDIR": str(scratch)}
    done = subprocess.run(COMMAND, env=environment, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^ all +20,000 +20,000 +20,000$", done.stdout, re.MULTILINE)
    for title in ("TICKIT: revenue by category", "Shop: the top customer of each country"):
        answers = [done.stdout.split(f"{title}  [{warehouse}")[1] for warehouse in ("Redshift", "Snowflake")]
        tables = [answer.split("\n", 2)[2].split("\n\n")[0] for answer in answers]
        assert tables[0] == tables[1]
    assert "dw-sim up --detach" in done.stdout
    assert "arning" not in done.stderr
    assert not (tmp_path / "unused").exists()


def test_ctrl_c_leaves_nothing(tmp_path, scratch):
    environment = environment_of(tmp_path / "unused") | {"TMPDIR": str(scratch)}
    with subprocess.Popen(COMMAND, env=environment, stderr=subprocess.PIPE, text=True) as process:
        while not list(scratch.glob("*/run/stack.json")):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert said.endswith("interrupted\n")
