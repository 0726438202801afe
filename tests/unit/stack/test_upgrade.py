"""The format of a home's state: written, refused, migrated."""

import json
import threading
import time

import pytest

from dw_simulator.errors import StackError
from dw_simulator.stack import snapshots, upgrade
from dw_simulator.stack.upgrade import FORMATS, Migration, prepare_home, versions_of


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    (home / "s3/files").mkdir(parents=True)
    (home / "s3/files/a").write_text("old")
    return home


def versions(home, **formats):
    upgrade.version_path(home).write_text(json.dumps({"written_by": "9.9", "formats": {**FORMATS, **formats}}))


def append(text):
    def run(folder):
        with (folder / "files/a").open("a") as file:
            file.write(text)

    return run


def test_a_new_home_gets_the_formats_of_this_version(tmp_path):
    home = tmp_path / "home"
    assert prepare_home(home) == []
    assert versions_of(home) == FORMATS
    written = upgrade.version_path(home).stat().st_mtime_ns
    assert prepare_home(home) == []
    assert upgrade.version_path(home).stat().st_mtime_ns == written


def test_a_home_without_a_version_is_the_oldest(home):
    assert versions_of(home) == {**FORMATS, "s3": 0}
    assert [(step.part, step.source) for step in prepare_home(home)] == [("s3", 0)]
    assert versions_of(home) == FORMATS
    assert not (home / "snapshots").exists()


def test_migrations_run_step_by_step_after_a_snapshot(home, monkeypatch):
    monkeypatch.setattr(upgrade, "FORMATS", {**FORMATS, "s3": 3})
    steps = [
        Migration("s3", 2, append(" 2->3")),
        Migration("s3", 1, append(" 1->2")),
        Migration("s3", 0, append(" 0->1")),
        Migration("snowflake", 0, append("never")),
    ]
    versions(home, s3=1)
    assert [step.source for step in prepare_home(home, steps)] == [1, 2]
    assert (home / "s3/files/a").read_text() == "old 1->2 2->3"
    assert versions_of(home) == {**FORMATS, "s3": 3}
    assert (home / "snapshots/before-upgrade-1/state/s3/files/a").read_text() == "old"
    assert prepare_home(home, steps) == []


def test_a_migration_that_fails_leaves_the_state_as_it_was(home, monkeypatch):
    def fail(_folder):
        raise ValueError("the moon is full")

    monkeypatch.setattr(upgrade, "FORMATS", {**FORMATS, "s3": 3})
    versions(home, s3=1)
    with pytest.raises(StackError, match=r"cannot upgrade s3 in .* from format 2: the moon is full"):
        prepare_home(home, [Migration("s3", 1, append(" 1->2")), Migration("s3", 2, fail)])
    assert (home / "s3/files/a").read_text() == "old"
    assert versions_of(home)["s3"] == 1


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"written_by": "9.9", "formats": {"s3": 99}}, r"written by a newer dw-simulator \(9\.9\): format s3 99"),
        ({"written_by": "9.9", "formats": {"kafka": 1}}, r"written by a newer dw-simulator \(9\.9\): format kafka 1"),
        ({"formats": ["s3"]}, "is damaged"),
        ([], "is damaged"),
    ],
)
def test_what_this_version_cannot_read_is_refused(home, document, message):
    upgrade.version_path(home).write_text(json.dumps(document))
    with pytest.raises(StackError, match=message):
        prepare_home(home)
    assert (home / "s3/files/a").read_text() == "old"


def test_an_older_snapshot_is_upgraded_when_it_is_restored(settings, monkeypatch):
    (settings.home / "s3/files").mkdir(parents=True)
    (settings.home / "s3/files/a").write_text("old")
    snapshots.save(settings, "one")
    snapshots.restore(settings, snapshots.find(settings, "one"))
    assert versions_of(settings.home) == FORMATS


def test_services_that_start_at_once_upgrade_once(home, monkeypatch):
    runs = []

    def slow(folder):
        runs.append(folder)
        time.sleep(0.1)

    threads = [
        threading.Thread(target=prepare_home, args=(home, [Migration("s3", 0, slow, rewrites=False)])) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(runs) == 1


def test_a_home_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StackError, match=r"cannot write in .*run: Not a directory"):
        prepare_home(tmp_path / "file" / "home")
