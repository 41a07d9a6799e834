"""A named loop in an OS thread of its own: step after step, asleep while there is nothing.

A step that fails as a whole is said in the log and tried again after a pause.
"""

import logging
import threading as workers
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from gateway import maillog
from gateway.errors import TemporaryError

POLL_SECONDS = 1.0  # the safety net beneath the bells
MAX_PAUSE_SECONDS = 30.0  # between two tries of a worker whose step fails as a whole

_log = logging.getLogger("gateway")


class Steps(Protocol):
    """What a worker does: one piece of work, False when there was none."""

    def step(self) -> bool: ...


@dataclass(slots=True)
class Worker:
    """A named loop in its own OS thread. `bell` wakes it; `rings` wakes those behind it."""

    name: str
    steps: Steps
    rings: Callable[[], None] = lambda: None
    bell: workers.Event = field(default_factory=workers.Event)
    stopping: workers.Event = field(default_factory=workers.Event)
    thread: workers.Thread | None = None

    def start(self) -> None:
        self.thread = workers.Thread(target=self._run, name=self.name, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """No new piece of work; the one under way is finished."""
        self.stopping.set()
        self.bell.set()

    def join(self, within_seconds: float) -> None:
        if self.thread:
            self.thread.join(within_seconds)

    def _run(self) -> None:
        pause = POLL_SECONDS
        while not self.stopping.is_set():
            self.bell.clear()
            try:
                worked = self.steps.step()
                pause = POLL_SECONDS
            except Exception as error:
                maillog.worker_failed(worker=self.name, cause=str(error), retry_in_seconds=pause)
                if not isinstance(error, TemporaryError):
                    _log.error("a bug in worker %s", self.name, exc_info=error)
                self.stopping.wait(pause)
                pause = min(pause * 2, MAX_PAUSE_SECONDS)
                continue
            if worked:
                self.rings()
            else:
                self.bell.wait(POLL_SECONDS)
