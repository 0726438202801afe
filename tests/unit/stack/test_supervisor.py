import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from tests.ports import ports

from dw_simulator.errors import StackError
from dw_simulator.stack import control, processes, state, supervisor
from dw_simulator.stack.service import Limits
from dw_simulator.stack.state import ServiceStatus, StackRecord, State
from dw_simulator.stack.supervisor import Observer, StackPlan, Supervisor, repair

QUICK = Limits(start=60.0, stop=30.0, first_check=0.01, back_off_first=0.01)


class Recorder(Observer):
    def __init__(self):
        self.changes: list[tuple[str, State]] = []
        self.lines: list[tuple[str, bytes]] = []
        self.is_ready = asyncio.Event()

    def changed(self, service):
        self.changes.append((service.name, service.state))

    def line(self, service, line):
        self.lines.append((service, line))

    def ready(self, services):
        self.is_ready.set()


@pytest.fixture
def stack(settings, fake_command):
    """``stack(services, modes)`` makes a supervisor of fake services and its observer."""

    def make(services=("s3", "api"), modes=None, limits=QUICK):
        base = ports(5)
        places = dict(zip(("s3", "snowflake", "redshift", "api"), range(base, base + 4), strict=True))
        recorder = Recorder()
        supervisor = Supervisor(
            settings,
            StackPlan(services, port_base=base, limits=limits),
            recorder,
            command=lambda name, _home: fake_command(name, places[name], (modes or {}).get(name, "works")),
        )
        return supervisor, recorder

    return make


def test_a_stack_starts_reports_and_stops(settings, stack):
    async def scene():
        supervisor, recorder = stack()
        running = asyncio.create_task(supervisor.run())
        await asyncio.wait_for(recorder.is_ready.wait(), 60)
        record = state.read_record(settings)
        assert record is not None
        assert record.pid == os.getpid()
        assert [(service.name, service.state) for service in record.services] == [
            ("s3", State.RUNNING),
            ("api", State.RUNNING),
        ]
        assert control.services(settings) == list(record.services)
        supervisor.interrupt()
        await running
        assert state.read_record(settings) is None
        assert state.supervisor_pid(settings) is None
        assert recorder.changes[-2:] == [("api", State.STOPPED), ("s3", State.STOPPED)]
        assert (settings.log_dir / "s3.log").read_text() == "hello from s3\n"
        assert ("api", b"hello from api") in recorder.lines

    asyncio.run(scene())


def test_a_service_that_does_not_start_stops_the_rest(settings, stack):
    async def scene():
        supervisor, recorder = stack(modes={"api": "fails"})
        with pytest.raises(StackError) as caught:
            await supervisor.run()
        assert caught.value.message == (
            "api did not start: it ended with exit code 7\n  api | hello from api\n  api | cannot go on"
        )
        assert caught.value.hint == "dw-sim logs api"
        assert not recorder.is_ready.is_set()
        assert not any(service.pid for service in supervisor.statuses)
        assert state.read_record(settings) is None

    asyncio.run(scene())


def test_ctrl_c_while_starting_stops_what_was_started(settings, stack):
    async def scene():
        supervisor, recorder = stack(modes={"api": "silent"})
        running = asyncio.create_task(supervisor.run())
        async with asyncio.timeout(60):
            while ("s3", State.RUNNING) not in recorder.changes:
                await asyncio.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.wait_for(running, 60)
        assert not recorder.is_ready.is_set()
        assert [service.state for service in supervisor.statuses] == [State.STOPPED, State.STOPPED]

    asyncio.run(scene())


def test_a_second_interrupt_kills(settings, stack):
    async def scene():
        supervisor, recorder = stack(services=("s3",), modes={"s3": "stubborn"}, limits=replace(QUICK, stop=300.0))
        running = asyncio.create_task(supervisor.run())
        await asyncio.wait_for(recorder.is_ready.wait(), 60)
        supervisor.interrupt()
        await asyncio.sleep(0.1)
        supervisor.interrupt()
        await asyncio.wait_for(running, 60)

    asyncio.run(scene())


def _running(stack, settings, work, **options):
    """A supervisor that runs while ``work`` (in a thread, as another program) asks it for something."""

    async def scene():
        supervisor, recorder = stack(**options)
        running = asyncio.create_task(supervisor.run())
        await asyncio.wait_for(recorder.is_ready.wait(), 60)
        try:
            return await asyncio.to_thread(work), recorder.changes
        finally:
            supervisor.interrupt()
            await running

    return asyncio.run(scene())


def test_a_restart_gives_new_processes_at_the_same_addresses(settings, stack):
    def work():
        before = control.services(settings)
        control.restart(settings, ["api"])
        return before, control.services(settings)

    (before, after), _ = _running(stack, settings, work)
    assert [(s.name, s.state, s.port) for s in after] == [(s.name, State.RUNNING, s.port) for s in before]
    assert (before[0].pid == after[0].pid, before[1].pid == after[1].pid) == (True, False)
    assert not processes.is_alive(before[1].pid)
    assert list(settings.run_dir.glob("*.json")) == []


def test_a_stack_on_hold_has_no_process_until_it_is_let_go(settings, stack):
    def work():
        with control.on_hold(settings) as was_running:
            held = control.services(settings)
        return was_running, held, control.services(settings)

    (was_running, held, after), _ = _running(stack, settings, work)
    assert was_running is True
    assert [(s.state, s.pid) for s in held] == [(State.STOPPED, None)] * 2
    assert [s.state for s in after] == [State.RUNNING] * 2


def test_a_hold_ends_with_the_process_that_asked_for_it(settings, stack):
    program = (
        "import os, sys; from dw_simulator.config.settings import load_settings;"
        " from dw_simulator.stack import requests;"
        " requests.ask(load_settings({'home': sys.argv[1]}), requests.Action.HOLD); os._exit(0)"
    )

    def work():
        subprocess.run([sys.executable, "-c", program, str(settings.home)], check=True, timeout=60)
        give_up_at = time.monotonic() + 60
        while {s.state for s in control.services(settings)} != {State.RUNNING}:
            assert time.monotonic() < give_up_at
            time.sleep(0.02)

    _, changes = _running(stack, settings, work)
    assert changes.count(("s3", State.RUNNING)) == 2


def test_what_cannot_be_asked_for_is_refused_by_name(settings, stack):
    with pytest.raises(StackError, match="no stack is running in"):
        control.restart(settings)

    def work():
        with pytest.raises(StackError, match="this stack has no service redshift"):
            control.restart(settings, ["redshift"])
        (settings.run_dir / "request-1.json").write_text("{")
        control.restart(settings, ["s3"])

    _running(stack, settings, work)


def test_without_a_stack_a_hold_keeps_one_from_starting(settings):
    with control.on_hold(settings) as was_running:
        assert was_running is False
        assert state.supervisor_pid(settings) == os.getpid()
    assert state.supervisor_pid(settings) is None


def test_a_damaged_record_is_repaired(settings, orphan):
    state.record_path(settings).write_text("{")
    assert control.stop(settings) is True
    assert not processes.is_alive(orphan.pid)
    assert not state.record_path(settings).exists()


@pytest.fixture
def orphan(settings):
    """A process that looks like a service whose supervisor was killed."""
    command = [sys.executable, "-S", "-c", "import time; time.sleep(60)", "dw_simulator"]
    command += ["--home", str(settings.home), "serve", "--supervised", "s3"]
    process = subprocess.Popen(command, start_new_session=True)
    settings.run_dir.mkdir(parents=True)
    while not processes.command_line(process.pid):
        time.sleep(0.001)
    yield process
    process.kill()
    process.wait()


def record_of(settings, name, pid):
    service = ServiceStatus(name, State.RUNNING, "127.0.0.1", 7000, pid)
    state.write_record(settings, StackRecord(pid=2**22 + 1, services=(service,)))


def test_repair_ends_orphans_and_removes_the_record(settings, orphan):
    record_of(settings, "s3", orphan.pid)
    assert repair(settings) == [orphan.pid]
    assert not processes.is_alive(orphan.pid)
    assert state.read_record(settings) is None


def test_repair_leaves_strangers_alone(settings, orphan):
    settings.home = settings.home.with_name("another")
    settings.run_dir.mkdir(parents=True)
    record_of(settings, "s3", orphan.pid)
    assert repair(settings) == []
    assert processes.is_alive(orphan.pid)
    assert state.read_record(settings) is None


def test_down_without_a_stack_is_no_error_and_cleans_up(settings, orphan):
    record_of(settings, "s3", orphan.pid)
    assert [service.state for service in control.services(settings)] == [State.STOPPED] * 4
    assert control.stop(settings) is True
    assert control.stop(settings) is False
    assert not processes.is_alive(orphan.pid)


def test_reset_deletes_what_is_ours_and_nothing_else(settings):
    for folder in ("s3", "redshift", "snowflake", "sqlite", "logs", "notes"):
        (settings.home / folder / "deep").mkdir(parents=True)
    for name in ("metadata.sqlite", "metadata.sqlite-wal", "thesis.txt"):
        (settings.home / name).write_text("x")
    deleted = control.reset(settings)
    assert {path.name for path in deleted} == {
        "s3",
        "redshift",
        "snowflake",
        "sqlite",
        "logs",
        "metadata.sqlite",
        "metadata.sqlite-wal",
    }
    assert {path.name for path in settings.home.iterdir()} == {"notes", "thesis.txt", "run"}
    assert control.reset(settings) == []


@pytest.mark.parametrize("move", [shutil.rmtree, lambda home: home.rename(home.with_name("moved"))])
def test_a_home_that_is_gone_stops_the_stack(settings, stack, monkeypatch, move):
    async def scene():
        instance, recorder = stack(services=("s3",))
        running = asyncio.create_task(instance.run())
        await asyncio.wait_for(recorder.is_ready.wait(), 60)
        move(settings.home)
        await asyncio.wait_for(running, 60)
        assert [service.state for service in instance.statuses] == [State.STOPPED]

    monkeypatch.setattr(supervisor, "HOME_CHECK", 0.05)
    asyncio.run(scene())


def test_a_terminal_that_is_gone_stops_the_stack(settings, stack):
    async def scene():
        supervisor, recorder = stack(services=("s3",))
        recorder.line = lambda *_: (_ for _ in ()).throw(BrokenPipeError)
        await asyncio.wait_for(supervisor.run(), 60)
        assert [service.state for service in supervisor.statuses] == [State.STOPPED]

    asyncio.run(scene())


def test_a_record_that_cannot_be_written_does_not_stop_the_stack(settings, stack, monkeypatch, caplog):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    async def scene():
        supervisor, recorder = stack(services=("s3",))
        running = asyncio.create_task(supervisor.run())
        await asyncio.wait_for(recorder.is_ready.wait(), 60)
        supervisor.interrupt()
        await running

    monkeypatch.setattr(state, "write_record", refuse)
    asyncio.run(scene())
    assert "cannot write down that s3 is running" in caplog.text
