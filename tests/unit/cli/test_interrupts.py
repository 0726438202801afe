"""A command's exit code is what it says, however the process was stopped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

INTERRUPTED_TEXT = """
from dw_simulator.cli import main

TEXT = "import os, signal; os.kill(os.getpid(), signal.SIGTERM); [None for _ in range(1000)]"

def run(**_):
    try:
        exec(TEXT)
    except KeyboardInterrupt:
        return 7

main.run = run
main.main()
"""


def test_the_exit_code_of_a_command_that_was_stopped_while_it_imported(tmp_path: Path) -> None:
    (tmp_path / "interrupted.py").write_text(INTERRUPTED_TEXT)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-m", "interrupted"], env=environment, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (7, b"")
