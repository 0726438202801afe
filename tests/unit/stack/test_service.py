import asyncio
import os
import signal
from dataclasses import replace

import pytest
from tests.ports import ports

from dw_simulator.stack import processes
from dw_simulator.stack.ports import Address
from dw_simulator.stack.service import BackOff, Limits, ManagedService
from dw_simulator.stack.state import State

QUICK = Limits(start=60.0, stop=30.0, first_check=0.01, check_interval=0.05, back_off_first=0.01, quick_ends=2)


class Watch:
    """A service with what it reported."""

    def __init__(self, tmp_path, command, *, limits=QUICK, **options):
        self.states: list[State] = []
        self.lines: list[str] = []
        self.changed = asyncio.Event()
        self.service = ManagedService(
            name="s3",
            address=Address("127.0.0.1", options.pop("port")),
            command=command,
            environment=dict(os.environ),
            folder=tmp_path,
            on_change=self._on_change,
            on_line=lambda _name, line: self.lines.append(line.decode()),
            limits=limits,
            **options,
        )

    def _on_change(self, service):
        self.states.append(service.state)
        self.changed.set()

    @property
    def pid(self) -> int:
        pid = self.service.status.pid
        assert pid is not None
        return pid

    async def reach(self, *states):
        async with asyncio.timeout(60):
            while tuple(self.states[-len(states) :]) != states:
                self.changed.clear()
                await self.changed.wait()


@pytest.fixture
def port():
    return ports()


def test_a_life_without_trouble(tmp_path, fake_command, port):
    async def scene():
        watch = Watch(tmp_path, fake_command("s3", port), port=port)
        watch.service.start()
        assert await watch.service.first_start is True
        status = watch.service.status
        assert (status.state, status.port) == (State.RUNNING, port)
        assert status.pid is not None
        assert processes.is_alive(status.pid)
        await watch.service.stop()
        assert watch.states == [State.STARTING, State.RUNNING, State.STOPPED]
        assert watch.lines == ["hello from s3"]
        assert watch.service.status.pid is None

    asyncio.run(scene())


def test_a_service_that_cannot_start_fails_with_its_last_words(tmp_path, fake_command, port):
    async def scene():
        watch = Watch(tmp_path, fake_command("s3", port, "fails"), port=port)
        watch.service.start()
        assert await watch.service.first_start is False
        assert watch.states == [State.STARTING, State.FAILED]
        assert watch.service.reason == "ended with exit code 7"
        assert list(watch.service.last_lines) == [b"hello from s3", b"cannot go on"]
        await watch.service.stop()

    asyncio.run(scene())


def test_a_program_that_does_not_exist_fails(tmp_path, port):
    async def scene():
        watch = Watch(tmp_path, [str(tmp_path / "nothing")], port=port)
        watch.service.start()
        assert await watch.service.first_start is False
        assert watch.service.reason.startswith("cannot be started: ")

    asyncio.run(scene())


def test_a_killed_service_is_restarted(tmp_path, fake_command, port):
    async def scene():
        watch = Watch(tmp_path, fake_command("s3", port), port=port)
        watch.service.start()
        await watch.service.first_start
        first = watch.pid
        os.kill(first, signal.SIGKILL)
        await watch.reach(State.RESTARTING, State.RESTARTING, State.RUNNING)
        assert watch.service.reason == "was ended by SIGKILL"
        assert watch.pid != first
        await watch.service.stop()
        assert watch.states[-1] is State.STOPPED

    asyncio.run(scene())


def test_a_service_that_ends_again_and_again_is_given_up(tmp_path, fake_command, port):
    async def scene():
        watch = Watch(tmp_path, fake_command("s3", port), port=port)
        watch.service.start()
        await watch.service.first_start
        watch.service.command = fake_command("s3", port, "fails")
        os.kill(watch.pid, signal.SIGKILL)
        await watch.reach(State.FAILED)
        assert watch.lines.count("cannot go on") == QUICK.quick_ends
        await watch.service.stop()

    asyncio.run(scene())


def test_a_service_that_never_answers_is_ended(tmp_path, fake_command, port):
    async def scene():
        limits = replace(QUICK, start=0.5)
        watch = Watch(tmp_path, fake_command("s3", port, "silent"), limits=limits, port=port)
        watch.service.start()
        assert await watch.service.first_start is False
        assert watch.service.reason == "did not answer within 0 s of its start"
        await watch.service.stop()

    asyncio.run(scene())


def test_a_service_that_stops_answering_is_restarted(tmp_path, fake_command, port):
    well = True

    async def check(_name, _address):
        return well

    async def scene():
        nonlocal well
        watch = Watch(tmp_path, fake_command("s3", port), port=port, check=check)
        watch.service.start()
        await watch.service.first_start
        well = False
        await watch.reach(State.RESTARTING)
        assert watch.service.reason == "did not answer 6 health checks in a row"
        well = True
        await watch.reach(State.RUNNING)
        await watch.service.stop()

    asyncio.run(scene())


def test_a_service_that_ignores_sigterm_is_killed(tmp_path, fake_command, port):
    async def scene():
        watch = Watch(tmp_path, fake_command("s3", port, "stubborn"), limits=replace(QUICK, stop=0.2), port=port)
        watch.service.start()
        await watch.service.first_start
        pid = watch.pid
        await watch.service.stop()
        assert not processes.is_alive(pid)

    asyncio.run(scene())


def test_children_of_a_killed_service_end_too(tmp_path, fake_command, port):
    async def scene():
        watch = Watch(tmp_path, fake_command("s3", port, "leaves-child"), port=port)
        watch.service.start()
        await watch.service.first_start
        child = int(next(line for line in watch.lines if line.startswith("child")).split()[1])
        os.kill(watch.pid, signal.SIGKILL)
        await watch.reach(State.RESTARTING)
        assert not processes.is_alive(child)
        await watch.service.stop()

    asyncio.run(scene())


def test_stopping_does_not_wait_for_the_next_restart(tmp_path, fake_command, port):
    async def scene():
        limits = replace(QUICK, back_off_first=60.0, back_off_most=60.0)
        watch = Watch(tmp_path, fake_command("s3", port), limits=limits, port=port)
        watch.service.start()
        await watch.service.first_start
        os.kill(watch.pid, signal.SIGKILL)
        await watch.reach(State.RESTARTING)
        async with asyncio.timeout(5):
            await watch.service.stop()

    asyncio.run(scene())


def test_back_off_doubles_up_to_its_limit_and_forgets_after_a_settled_life():
    back_off = BackOff(Limits(back_off_first=1.0, back_off_most=5.0, settled_after=30.0, quick_ends=5))
    assert [back_off.next_delay(1.0) for _ in range(4)] == [1.0, 2.0, 4.0, 5.0]
    assert back_off.next_delay(31.0) == 1.0
    assert [back_off.next_delay(0.1) for _ in range(5)] == [2.0, 4.0, 5.0, 5.0, None]
