"""Server-sent events: what happens to jobs and experiments, for whoever listens.

Nothing is queued for a listener: it is told that something has news, and takes the state of that thing when it is ready
to send. A slow reader therefore costs one entry for each thing that has news, and sees fewer states in between.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi.sse import ServerSentEvent
from pydantic import BaseModel

from dw_simulator.api.models.events import ExperimentsChange

if TYPE_CHECKING:
    from dw_simulator.experiments import ExperimentService
    from dw_simulator.metadata.changes import Stamps

log = logging.getLogger(__name__)

Key = tuple[str, object]
Make = Callable[[], ServerSentEvent]

PAUSE_SECONDS = 0.2
"""Between two events about the same stream: at most five a second."""

LOOK_SECONDS = 0.5
"""How often the metadata is looked at while somebody listens to all events."""


def event_of(name: str, data: BaseModel) -> ServerSentEvent:
    return ServerSentEvent(event=name, raw_data=data.model_dump_json())


class Subscription:
    """What one listener has not been told yet."""

    def __init__(self, only: Key | None) -> None:
        self._only = only
        self._pending: dict[Key, Make] = {}
        self._wake = asyncio.Event()
        self._sent_at = 0.0
        self.closed = False

    def offer(self, key: Key, make: Make) -> None:
        if self._only is None or self._only == key:
            self._pending[key] = make
            self._wake.set()

    def close(self) -> None:
        self.closed = True
        self._wake.set()

    async def news(self, limit: float | None = None) -> bool:
        """Wait for news, at most ``limit`` seconds. False: there will be none any more."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), limit)
        if not self.closed:
            await asyncio.sleep(max(0.0, self._sent_at + PAUSE_SECONDS - time.monotonic()))
        self._sent_at = time.monotonic()
        self._wake.clear()
        return not self.closed

    def take(self) -> list[ServerSentEvent]:
        pending, self._pending = self._pending, {}
        return [make() for make in pending.values()]


class EventHub:
    """Passes news on to subscriptions. Made in the event loop that it lives in."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._subscriptions: set[Subscription] = set()
        self._scheduled: set[Key] = set()
        self._closed = False

    @property
    def listeners(self) -> int:
        return len(self._subscriptions)

    @contextmanager
    def subscribe(self, only: Key | None = None) -> Iterator[Subscription]:
        """News of everything, or only of one thing, for the block."""
        subscription = Subscription(only)
        if self._closed:
            subscription.close()
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    def publish(self, key: Key, make: Make) -> None:
        """``make`` is called when a listener is ready; the newest one of a key is."""
        self._scheduled.discard(key)
        for subscription in self._subscriptions:
            subscription.offer(key, make)

    def publish_threadsafe(self, key: Key, make: Make) -> None:
        """:meth:`publish` from another thread. Cheap when it is called again before the event loop has come to it."""
        if key not in self._scheduled:
            self._scheduled.add(key)
            self._loop.call_soon_threadsafe(self.publish, key, make)

    def close(self) -> None:
        """End all streams."""
        self._closed = True
        for subscription in self._subscriptions:
            subscription.close()


class ExperimentsWatch:
    """Publishes the changes of experiments by any process, as long as somebody listens."""

    def __init__(self, service: ExperimentService, hub: EventHub) -> None:
        self._changes = service.changes
        self._hub = hub
        self._listeners = 0
        self._task: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Watch for the block. Changes after the block has begun are seen."""
        self._listeners += 1
        try:
            if self._task is None:
                seen = await asyncio.to_thread(self._look)
                if self._task is None:
                    self._task = asyncio.create_task(self._watch(*seen))
            yield
        finally:
            self._listeners -= 1
            if not self._listeners and self._task is not None:
                self._task.cancel()
                self._task = None

    def _look(self) -> tuple[Any, Stamps]:
        return self._changes.fingerprint(), self._changes.stamps()

    async def _watch(self, fingerprint: Any, stamps: Stamps) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                now = await asyncio.to_thread(self._changes.fingerprint)
                if now == fingerprint:
                    continue
                fingerprint, newer = await asyncio.to_thread(self._look)
            except sqlite3.Error as error:
                log.warning("the metadata cannot be looked at: %s", error)
                continue
            for change in changes_between(stamps, newer):
                self._hub.publish(("experiment", change.name), partial(event_of, "experiments", change))
            stamps = newer


def changes_between(old: Stamps, new: Stamps) -> list[ExperimentsChange]:
    """An experiment that was deleted and made again meanwhile is one that changed."""
    before = {name: (number, stamp) for (number, name), stamp in old.items()}
    after = {name: (number, stamp) for (number, name), stamp in new.items()}
    changes = [ExperimentsChange(name=name, change="deleted") for name in before.keys() - after.keys()]
    changes += [ExperimentsChange(name=name, change="created") for name in after.keys() - before.keys()]
    kept = before.keys() & after.keys()
    changes += [ExperimentsChange(name=name, change="changed") for name in kept if before[name] != after[name]]
    return sorted(changes, key=lambda change: change.name)
