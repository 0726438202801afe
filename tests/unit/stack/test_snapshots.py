"""Snapshots of homes made of small files; tests/e2e has those of a running stack."""

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dw_simulator.errors import Conflict, NotFound, StackError
from dw_simulator.experiments.locks import experiment_lock
from dw_simulator.stack import snapshots, state
from dw_simulator.stack.snapshots import copying, store
from dw_simulator.stack.snapshots.contents import contents
from dw_simulator.stack.upgrade import FORMATS, prepare_home

OLD = 1_500_000_000_123_456_789


@pytest.fixture
def home(settings) -> Path:
    """A home with a bit of everything."""
    home = settings.home
    for path, text in {
        "s3/files/a b/ü.csv": "1|one",
        "s3/.dw/meta/files/x": "{}",
        "s3/.dw/scratch/half": "half",
        "snowflake/snowflake.duckdb": "duck",
        "snowflake/spill/0": "spilled",
        "redshift/lock": "",
        "redshift/reserve": "x" * 1000,
        "redshift/postgres/PG_VERSION": "18",
        "redshift/postgres/base/1/1": "rows",
        "redshift/postgres/postmaster.pid": "no number",
        "tls/ca.pem": "certificate",
        "logs/s3.log": "line",
        "notes.txt": "mine",
    }.items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text(text)
    (home / "redshift/postgres/pg_notify").mkdir(mode=0o700)
    (home / "tls/ca.pem").chmod(0o600)
    os.utime(home / "s3/files/a b/ü.csv", ns=(OLD, OLD))
    with closing(sqlite3.connect(home / "metadata.sqlite")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE t (a)")
        database.execute("INSERT INTO t VALUES (1)")
        database.commit()
    return home


def state_of(home: Path) -> dict[str, tuple[int, int, bytes]]:
    """Everything that a snapshot has: mode, time and content by path."""
    found = contents(home)
    return {
        path: (place.stat().st_mode, 0 if path == "metadata.sqlite" else place.stat().st_mtime_ns, place.read_bytes())
        for path, place in found.files.items()
    } | {path: (mode, 0, b"") for path, mode in found.folders.items()}


def rows_of(home: Path) -> list[tuple[int]]:
    with closing(sqlite3.connect(home / "metadata.sqlite")) as database:
        return database.execute("SELECT a FROM t ORDER BY a").fetchall()


def test_only_state_is_saved(settings, home):
    manifest = snapshots.save(settings, "one")
    assert {file.path for file in manifest.files} == {
        "s3/files/a b/ü.csv",
        "s3/.dw/meta/files/x",
        "snowflake/snowflake.duckdb",
        "redshift/postgres/PG_VERSION",
        "redshift/postgres/base/1/1",
        "tls/ca.pem",
        "metadata.sqlite",
    }
    assert "redshift/postgres/pg_notify" in {folder.path for folder in manifest.folders}
    assert (home / "snapshots" / "one").stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in snapshots.saved(settings)] == ["one"]


def test_a_restored_home_is_as_it_was(settings, home):
    before = state_of(home)
    snapshots.save(settings, "one")
    (home / "s3/files/a b/ü.csv").write_text("changed")
    (home / "s3/files/new.csv").write_text("new")
    (home / "sqlite").mkdir()
    (home / "sqlite/shop.sqlite").write_text("new")
    shutil.rmtree(home / "snowflake")
    with closing(sqlite3.connect(home / "metadata.sqlite")) as database:
        database.execute("INSERT INTO t VALUES (2)")
        database.commit()
    snapshots.restore(settings, snapshots.find(settings, "one"))
    after = state_of(home)
    assert after.pop("version.json")
    assert {path: value for path, value in after.items() if path != "metadata.sqlite"} == {
        path: value for path, value in before.items() if path != "metadata.sqlite"
    }
    assert rows_of(home) == [(1,)]
    assert not (home / ".restore").exists()
    assert (home / "notes.txt").read_text() == "mine"
    assert (home / "logs/s3.log").read_text() == "line"


def test_an_open_sqlite_file_is_saved_with_what_is_committed(settings, home):
    with closing(sqlite3.connect(home / "metadata.sqlite")) as database:
        database.execute("INSERT INTO t VALUES (2)")
        database.commit()
        database.execute("INSERT INTO t VALUES (3)")  # not committed
        snapshots.save(settings, "one")
    saved = home / "snapshots/one/state"
    assert sorted(path.name for path in saved.glob("metadata*")) == ["metadata.sqlite"]
    assert rows_of(saved) == [(1,), (2,)]


def flip(path: Path, offset: int = 0) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)


DAMAGES = {
    "a bit of a file": (lambda place: flip(place / "state/snowflake/snowflake.duckdb"), "snowflake.duckdb does not"),
    "a file that is gone": (lambda place: (place / "state/tls/ca.pem").unlink(), "tls/ca.pem is missing"),
    "a file that is cut": (lambda place: os.truncate(place / "state/tls/ca.pem", 3), "tls/ca.pem does not have"),
    "a bit of the manifest": (lambda place: flip(place / "manifest.json", 30), "manifest.json does not have"),
    "no manifest": (lambda place: (place / "manifest.json").unlink(), "No such file"),
}


@pytest.mark.parametrize(("damage", "message"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_snapshot_changes_nothing(settings, home, damage, message):
    snapshots.save(settings, "one")
    (home / "s3/files/a b/ü.csv").write_text("changed")
    before = state_of(home)
    damage(home / "snapshots" / "one")
    with pytest.raises(StackError, match=r"snapshot one is damaged") as caught:
        snapshots.restore(settings, snapshots.find(settings, "one"))
    assert message in caught.value.message
    assert state_of(home) == before
    assert not (home / ".restore").exists()
    with pytest.raises(StackError, match="is damaged"):
        snapshots.verified(home / "snapshots" / "one")


def rewritten(place: Path, **changes) -> None:
    document = json.loads((place / "manifest.json").read_bytes()) | changes
    data = json.dumps(document).encode()
    (place / "manifest.json").write_bytes(data)
    (place / "manifest.sha256").write_text(hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "was saved by a newer dw-simulator"),
        ({"versions": {"s3": 99}}, "was written by a newer dw-simulator"),
        ({"folders": [{"path": "run/locks", "mode": 493}]}, "no state of a home: 'run/locks'"),
        ({"folders": [{"path": "s3/../../x", "mode": 493}]}, "no state of a home"),
        ({"links": {"/etc/passwd": "x"}}, "no state of a home"),
    ],
)
def test_a_snapshot_of_something_else_is_refused(settings, home, changes, message):
    snapshots.save(settings, "one")
    before = state_of(home)
    rewritten(home / "snapshots" / "one", **changes)
    with pytest.raises(StackError, match=message):
        snapshots.restore(settings, home / "snapshots" / "one")
    assert state_of(home) == before


def test_names(settings, home):
    for name in ("../x", "", "a/b", ".hidden", "x" * 101):
        if name:
            with pytest.raises(StackError, match="cannot be a snapshot's name"):
                snapshots.save(settings, name)
        with pytest.raises(NotFound):
            snapshots.find(settings, name)
    snapshots.save(settings, "one")
    with pytest.raises(Conflict, match="a snapshot 'one' already"):
        snapshots.save(settings, "one")
    with pytest.raises(NotFound) as caught:
        snapshots.find(settings, "two")
    assert caught.value.hint == "snapshots are: one"
    snapshots.delete(snapshots.find(settings, "one"))
    assert list((home / "snapshots").iterdir()) == []
    assert snapshots.save(settings).name[:2] == "20"


def test_another_folder(settings, home, tmp_path):
    snapshots.save(settings, "one", folder=tmp_path / "elsewhere")
    assert snapshots.saved(settings) == []
    assert [entry.name for entry in snapshots.saved(settings, tmp_path / "elsewhere")] == ["one"]
    shutil.rmtree(home)
    snapshots.restore(settings, snapshots.find(settings, "one", tmp_path / "elsewhere"))
    assert (home / "s3/files/a b/ü.csv").read_text() == "1|one"


def test_too_little_room_is_told_before_anything_is_written(settings, home, monkeypatch):
    snapshots.save(settings, "one")
    monkeypatch.setattr(store.shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(100, 90, 10))
    for act in (lambda: snapshots.save(settings, "two"), lambda: snapshots.restore(settings, home / "snapshots/one")):
        with pytest.raises(StackError, match="has room for 0 MB, and the state takes"):
            act()
    assert sorted(path.name for path in (home / "snapshots").iterdir()) == ["one"]
    assert not (home / ".restore").exists()


def test_a_disk_that_becomes_full_leaves_nothing(settings, home, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", "x")

    monkeypatch.setattr(copying, "_write_all", full)
    monkeypatch.setattr(copying, "_share_blocks", lambda *_: False)
    with pytest.raises(StackError, match=r"cannot copy x: No space left on device") as caught:
        snapshots.save(settings, "one")
    assert "--to" in (caught.value.hint or "")
    assert list((home / "snapshots").iterdir()) == []


def test_a_busy_home_is_neither_saved_nor_restored(settings, home):
    snapshots.save(settings, "one")
    with experiment_lock(home, 1, "shop", "load"):
        for act in (lambda: snapshots.save(settings), lambda: snapshots.restore(settings, home / "snapshots/one")):
            with pytest.raises(Conflict, match=r"load \(process"):
                act()


def test_a_home_that_a_service_of_its_own_uses_is_left_alone(settings, home):
    snapshots.save(settings, "one")
    with state.services_lock(settings, alone=False):
        for act in (lambda: snapshots.save(settings), lambda: snapshots.restore(settings, home / "snapshots/one")):
            with pytest.raises(StackError, match="started with `dw-sim serve`"):
                act()
    assert (home / "redshift/postgres/postmaster.pid").exists() is False


def test_what_a_killed_save_left_is_removed_by_the_next(settings, home):
    for pid in (2**22 + 1, os.getpid()):
        (home / "snapshots" / f".one.{pid}.partial").mkdir(parents=True)
    snapshots.save(settings, "two")
    assert {path.name for path in (home / "snapshots").iterdir()} == {"two", f".one.{os.getpid()}.partial"}


KILLED = """
import os, signal, sys
from pathlib import Path
from dw_simulator.config.settings import load_settings
from dw_simulator.stack import snapshots

settings = load_settings({"home": sys.argv[1]}, use_running_stack=False)
at, seen = 0, 0
rename = Path.rename

def counted(self, target):
    global seen
    if ".restore" in str(self) or ".restore" in str(target):
        seen += 1
        if seen == at:
            os.kill(os.getpid(), signal.SIGKILL)
    return rename(self, target)

Path.rename = counted
for line in sys.stdin:
    child = os.fork()
    if not child:
        at = int(line)
        snapshots.restore(settings, snapshots.find(settings, "one"))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""For each number that it reads, a process that restores and is killed at so many renames; tells how it ended."""


@pytest.fixture
def restored_until(settings) -> Iterator[Callable[[int], int]]:
    """``restored_until(3)`` restores in a process that is killed at the third rename, and returns its exit code."""
    command = [sys.executable, "-c", KILLED, str(settings.home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def restored(renames: int) -> int:
            process.stdin.write(f"{renames}\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield restored


def test_a_restore_that_is_killed_anywhere_is_ended_by_the_next_start(settings, home, restored_until):
    """Killed before each step of the swap: the state is the snapshot's after the next start, whole."""
    snapshots.save(settings, "one")
    wanted = {path: value[2] for path, value in state_of(home).items() if path != "metadata.sqlite"}
    kills = 0
    while True:
        (home / "s3/files/a b/ü.csv").write_text(f"changed {kills}")
        (home / "api").mkdir(exist_ok=True)
        shutil.rmtree(home / "tls", ignore_errors=True)
        ended = restored_until(kills + 1)
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
        kills += 1
        (home / "metadata.sqlite").touch()  # somebody looked at the home meanwhile
        prepare_home(home)
        found = {path: value[2] for path, value in state_of(home).items()}
        assert (home / ".restore").exists() is False
        assert found.pop("version.json")
        found.pop("metadata.sqlite")
        assert found == wanted
        assert rows_of(home) == [(1,)]
    assert kills > 5


def test_a_copy_that_was_not_complete_is_dropped(settings, home):
    before = state_of(home)
    (home / ".restore/new/s3").mkdir(parents=True)
    assert snapshots.finish_restore(home) is False
    assert state_of(home) == before
    assert not (home / ".restore").exists()


def test_an_exported_snapshot_comes_back_elsewhere(settings, home, tmp_path):
    manifest = snapshots.save(settings, "one")
    file = tmp_path / "one.tar.zst"
    snapshots.export_snapshot(home / "snapshots/one", file)
    with pytest.raises(Conflict, match="exists already"):
        snapshots.export_snapshot(home / "snapshots/one", file)
    with pytest.raises(Conflict, match="a snapshot 'one' already"):
        snapshots.import_snapshot(settings, file)
    assert snapshots.import_snapshot(settings, file, "two").files == manifest.files
    shutil.rmtree(home / "s3")
    snapshots.restore(settings, snapshots.find(settings, "two"))
    assert (home / "s3/files/a b/ü.csv").stat().st_mtime_ns == OLD


@pytest.mark.parametrize("offset", [0, 100, -20])
def test_a_damaged_file_is_not_imported(settings, home, tmp_path, offset):
    snapshots.save(settings, "one")
    file = tmp_path / "export.tar.zst"
    snapshots.export_snapshot(home / "snapshots/one", file)
    flip(file, offset)
    with pytest.raises(StackError, match="damaged"):
        snapshots.import_snapshot(settings, file, "two")
    assert [path.name for path in (home / "snapshots").iterdir()] == ["one"]


def test_a_damaged_snapshot_does_not_hide_the_others(settings, home):
    for name in ("one", "two"):
        snapshots.save(settings, name)
    flip(home / "snapshots/one/manifest.json")
    assert [type(entry).__name__ for entry in snapshots.saved(settings)] == ["StackError", "Manifest"]


def test_a_save_holds_the_home(settings, home, monkeypatch):
    seen = []
    monkeypatch.setattr(
        store, "contents", lambda place: (seen.append(state.supervisor_pid(settings)), contents(place))[1]
    )
    manifest = snapshots.save(settings, "one", note="why")
    assert seen == [os.getpid()]
    assert manifest.versions == {**FORMATS, "s3": 0, "snowflake": 0, "redshift": 0}
    assert manifest.summary()["parts"]["tls"] == {"files": 1, "bytes": 11}
    assert manifest.note == "why"
