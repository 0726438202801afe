import os

import pytest

from dw_simulator.config.settings import load_settings
from dw_simulator.errors import StackError
from dw_simulator.stack import state
from dw_simulator.stack.state import ServiceStatus, StackLock, StackRecord, State

RECORD = StackRecord(
    pid=41,
    services=(
        ServiceStatus("s3", State.RUNNING, "127.0.0.1", 7000, 42),
        ServiceStatus("api", State.RESTARTING, "127.0.0.1", 7003, None),
    ),
)


def test_a_record_comes_back_as_written(settings):
    settings.run_dir.mkdir(parents=True)
    state.write_record(settings, RECORD)
    assert state.read_record(settings) == RECORD
    assert [path.name for path in settings.run_dir.iterdir()] == ["stack.json"]


def test_the_settings_take_addresses_from_the_record(settings):
    settings.run_dir.mkdir(parents=True)
    state.write_record(settings, RECORD)
    assert load_settings({"home": settings.home}).s3.port == 7000
    assert load_settings({"home": settings.home}, use_running_stack=False).s3.port == 4566


def test_no_record_is_none(settings):
    assert state.read_record(settings) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "services": [{"name": "s3"}]}'])
def test_a_damaged_record_is_named(settings, text):
    settings.run_dir.mkdir(parents=True)
    state.record_path(settings).write_text(text)
    with pytest.raises(StackError, match=r"stack\.json is damaged"):
        state.read_record(settings)


def test_the_lock_tells_who_holds_it(settings):
    assert state.supervisor_pid(settings) is None
    with StackLock(settings):
        assert state.supervisor_pid(settings) == os.getpid()
    assert state.supervisor_pid(settings) is None


def test_a_second_holder_is_refused(settings, monkeypatch):
    monkeypatch.setattr(StackLock, "PATIENCE", 0.05)
    with StackLock(settings), pytest.raises(StackError) as caught, StackLock(settings):
        pass
    assert caught.value.message == f"a stack is already running in {settings.home} (process {os.getpid()})"
    assert "dw-sim down" in (caught.value.hint or "")


def test_a_full_disk_is_named(settings, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(state.os, "pwrite", full)
    with (
        pytest.raises(StackError, match=r"cannot write in .*run: No space left on device") as caught,
        StackLock(settings),
    ):
        pass
    assert (caught.value.hint or "").startswith("free some space")
    monkeypatch.undo()
    assert state.supervisor_pid(settings) is None


def test_services_of_their_own_and_snapshots_keep_apart(settings):
    service, another = (state.services_lock(settings, alone=False) for _ in range(2))
    snapshot = state.services_lock(settings, alone=True)
    with service, another, pytest.raises(StackError, match="a service that was started with `dw-sim serve` uses"):
        snapshot.__enter__()
    with state.services_lock(settings, alone=True), pytest.raises(StackError, match="is being saved or restored"):
        state.services_lock(settings, alone=False).__enter__()


def test_a_home_that_cannot_be_made_is_named(tmp_path):
    tmp_path.joinpath("file").write_text("")
    settings = load_settings({"home": tmp_path / "file" / "home"}, use_running_stack=False)
    with pytest.raises(StackError, match=r"cannot write in .*run: Not a directory"), StackLock(settings):
        pass


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([], False),
        ([State.RUNNING], True),
        ([State.RUNNING, State.RUNNING], True),
        ([State.RUNNING, State.STARTING], False),
        ([State.FAILED], False),
    ],
)
def test_all_running(states, expected):
    services = [ServiceStatus("s3", each, "127.0.0.1", 1) for each in states]
    assert state.all_running(services) is expected
