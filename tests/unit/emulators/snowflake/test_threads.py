"""The threads of statements: which one works, how many there are, what is left of work that is done."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from dw_simulator.emulators.snowflake.threads import LatestFirst

WAIT = 20


@pytest.fixture
def threads() -> Iterator[LatestFirst]:
    made = LatestFirst(3, "test")
    yield made
    made.shutdown(wait=False)


def _name() -> str:
    return threading.current_thread().name


def _settled(threads: LatestFirst, idle: int) -> None:
    """Wait until so many threads wait for work: a result is there a moment before its thread is idle."""
    end = time.monotonic() + WAIT
    while len(threads._idle) != idle:
        assert time.monotonic() < end
        time.sleep(0.001)


def test_the_thread_that_was_busy_last_works_next(threads: LatestFirst) -> None:
    gate = threading.Event()
    busy = [threads.submit(gate.wait, WAIT) for _ in range(2)]
    gate.set()
    for future in busy:
        future.result(WAIT)
    names = []
    for _ in range(5):
        _settled(threads, 2)
        names.append(threads.submit(_name).result(WAIT))
    assert len(set(names)) == 1


def test_there_are_no_more_threads_than_asked_for_and_all_work_is_done(threads: LatestFirst) -> None:
    gate, started = threading.Event(), threading.Semaphore(0)

    def wait(number: int) -> tuple[int, str]:
        started.release()
        gate.wait(WAIT)
        return number, _name()

    futures = [threads.submit(wait, number) for number in range(10)]
    for _ in range(3):
        assert started.acquire(timeout=WAIT)
    assert not started.acquire(timeout=0.05)
    gate.set()
    done = [future.result(WAIT) for future in futures]
    assert [number for number, _ in done] == list(range(10))
    assert {name for _, name in done} <= {"test_1", "test_2", "test_3"}


def test_an_error_is_that_of_the_future_and_the_thread_goes_on(threads: LatestFirst) -> None:
    def fail() -> None:
        raise ZeroDivisionError("no")

    with pytest.raises(ZeroDivisionError, match="no"):
        threads.submit(fail).result(WAIT)
    assert threads.submit(max, 1, 2).result(WAIT) == 2


def test_an_idle_thread_holds_nothing_of_its_work(threads: LatestFirst) -> None:
    class Held:
        def give(self) -> None:
            return None

        def fail(self) -> None:
            raise ValueError("held")

    held = Held()
    seen = weakref.ref(held)
    threads.submit(held.give).result(WAIT)
    with pytest.raises(ValueError, match="held"):
        threads.submit(held.fail).result(WAIT)
    threads.submit(held.give).result(WAIT)
    del held
    threads.submit(lambda: None).result(WAIT)
    gc.collect()
    assert seen() is None


def test_the_end_cancels_what_waits_and_refuses_more() -> None:
    threads = LatestFirst(1, "test")
    gate, started = threading.Event(), threading.Event()

    def wait() -> str:
        started.set()
        gate.wait(WAIT)
        return "done"

    first: Future[str] = threads.submit(wait)
    assert started.wait(WAIT)
    second = threads.submit(_name)
    threads.shutdown(wait=False, cancel_futures=True)
    gate.set()
    assert first.result(WAIT) == "done"
    assert second.cancelled()
    with pytest.raises(RuntimeError, match="shut down"):
        threads.submit(_name)
    with pytest.raises(ValueError, match="not waited for"):
        threads.shutdown()
