"""The threads that statements run in."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
Item = tuple[Future[Any], Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class LatestFirst(Executor):
    """Threads of which the one that was busy last works next: what it used is still in the processor's caches.

    ``concurrent.futures.ThreadPoolExecutor`` lets its idle threads take turns. One client's queries of a few
    milliseconds took a tenth longer that way.
    """

    def __init__(self, most: int, name: str) -> None:
        """At most ``most`` threads; ``name`` is what theirs begin with."""
        self._most = most
        self._name = name
        self._lock = threading.Lock()
        self._threads = 0
        self._idle: list[SimpleQueue[Item | None]] = []
        """What idle threads wait for, the latest last."""
        self._waiting: deque[Item] = deque()
        self._closed = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Raises RuntimeError: it is shut down."""
        future: Future[T] = Future()
        item = (future, fn, args, kwargs)
        with self._lock:
            if self._closed:
                raise RuntimeError("the threads of statements are shut down")
            if self._idle:
                self._idle.pop().put(item)
            elif self._threads < self._most:
                self._threads += 1
                name = f"{self._name}_{self._threads}"
                threading.Thread(target=self._work, args=(deque([item]),), name=name, daemon=True).start()
            else:
                self._waiting.append(item)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the threads when what they do is done. It is not waited for.

        Raises:
            ValueError: ``wait`` is asked for.
        """
        if wait:
            raise ValueError("the threads of statements are not waited for")
        with self._lock:
            self._closed = True
            if cancel_futures:
                for future, *_ in self._waiting:
                    future.cancel()
                self._waiting.clear()
            for idle in self._idle:
                idle.put(None)
            self._idle.clear()

    def _work(self, first: deque[Item]) -> None:
        mine: SimpleQueue[Item | None] = SimpleQueue()
        _run(first.popleft())  # not kept here: an idle thread must not hold what it worked on
        while self._next(mine):
            pass

    def _next(self, mine: SimpleQueue[Item | None]) -> bool:
        """Do what waits for a thread, else be idle until there is something. Returns whether to go on."""
        with self._lock:
            item = self._waiting.popleft() if self._waiting else None
            if item is None:
                if self._closed:
                    return False
                self._idle.append(mine)
        item = item or mine.get()
        if item is None:
            return False
        _run(item)
        return True


def _run(item: Item) -> None:
    future, function, args, kwargs = item
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = function(*args, **kwargs)
    except BaseException as error:  # noqa: BLE001 - whoever waits for the result gets it
        future.set_exception(error)
        del item, future  # the error's traceback has this frame
    else:
        future.set_result(result)
