"""A data file that cannot be opened is named, with what helps."""

import subprocess
import sys

import duckdb
import pytest

from dw_simulator.emulators.snowflake.backend import Backend
from dw_simulator.errors import StackError

HOLDER = "import duckdb, sys; kept = duckdb.connect(sys.argv[1]); print(flush=True); sys.stdin.read()"


def test_a_damaged_file(tmp_path):
    path = tmp_path / "snowflake.duckdb"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StackError, match=r"cannot open the Snowflake emulator's data .*snowflake\.duckdb: ") as caught:
        Backend(tmp_path)
    assert "dw-sim snapshot restore" in (caught.value.hint or "")
    assert path.read_bytes() == b"not a database" * 1000


def test_a_full_disk(tmp_path, monkeypatch):
    def full(_self):
        raise duckdb.IOException('IO Error: Could not write file "snowflake.duckdb.wal": No space left on device')

    monkeypatch.setattr(Backend, "_install", full)
    with pytest.raises(StackError, match=r"the disk that holds .*snowflake\.duckdb is full") as caught:
        Backend(tmp_path)
    assert "dw-sim restart snowflake" in (caught.value.hint or "")


def test_a_file_that_another_process_has(tmp_path):
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "snowflake.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        with pytest.raises(StackError, match="another Snowflake emulator already uses"):
            Backend(tmp_path)
        holder.stdin.close()
    Backend(tmp_path).close()
