"""An end to a step that drags on, for a connection on which many steps follow each other.

A socket's timeout is for one read; a server that sends an octet a minute keeps within it
for ever. One OS thread for each connection, asleep until the latest limit passes.
"""

import threading as workers
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic


class Watchdog:
    """Calls `bite` when a step is not over in time."""

    def __init__(self, bite: Callable[[], None]) -> None:
        self._bite = bite
        self._changed = workers.Condition()
        self._due_at: float | None = None  # of the monotonic clock; None between steps
        self._asleep_until: float | None = None
        self._stopped = False
        self._thread: workers.Thread | None = None

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """What is done inside is over in time, or bitten."""
        with self._changed:
            if self._thread is None:
                self._thread = workers.Thread(target=self._watch, name="watchdog", daemon=True)
                self._thread.start()
            self._due_at = monotonic() + seconds
            # a later limit than the one it sleeps for is seen when it wakes
            if self._asleep_until is None or self._due_at < self._asleep_until:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._due_at = None

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while not self._stopped:
                now = monotonic()
                if self._due_at is not None and self._due_at <= now:
                    self._due_at = None
                    self._bite()
                self._asleep_until = self._due_at
                self._changed.wait(None if self._due_at is None else self._due_at - now)
