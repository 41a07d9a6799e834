"""The process beside the listener: pipeline and clock, as its own program.

    python -P -m gateway.daemon.backroom FD WORKER < desk

It is told everything by whoever starts it: the desk as a pickled value on standard input, so
that both go by the same files; one end of a socket, over which `watch` wakes it and it says
what it does. The surprising fact: it is started and never forked, for a handle of SQLite that
is open across a fork reads an old database for ever, silently.
"""

import ctypes
import gc
import logging
import os
import pickle
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from gateway.daemon.watch import BUSY, IDLE, LANES, MAX_TOLD, RANG, STOP
from gateway.desk.folder import Desk
from gateway.settle.office import open_office
from gateway.store import claims, spool, tables, transaction
from gateway.worker import Steps, Worker
from gateway.workers.clock import Clock
from gateway.workers.pipeline import Pipeline

DRAIN_SECONDS = 2.0  # for what is under way when we are told to stop
COMING_SECONDS = 0.25  # after a mail, for which the next one may be on its way
FLOOD_SECONDS = 0.02  # from mail to mail, below which they wait for each other and not for us
_PR_SET_PDEATHSIG = 1  # prctl(2)


class Marked:
    """Steps that say when they begin and when they are done."""

    def __init__(self, steps: Steps, lane: str, say: Callable[[bytes], None]) -> None:
        self._steps, self._lane, self._say = steps, lane, say

    def step(self) -> bool:
        self._say(BUSY[self._lane])
        try:
            return self._steps.step()
        finally:
            self._say(IDLE[self._lane])


class Trickle:
    """Mails that come one by one, each of which waits for a commit of ours that is under way.

    >>> trickle = Trickle()
    >>> [trickle.came(at / 10) for at in range(20)] and trickle.goes_on(2.0), trickle.goes_on(2.2)
    (True, False)
    >>> [trickle.came(3 + at / 10, 40) for at in range(20)] and trickle.goes_on(4.91)
    False
    """

    def __init__(self) -> None:
        self._last, self._between = -COMING_SECONDS, COMING_SECONDS  # in the mean, of late

    def came(self, now: float, count: int = 1) -> None:
        """One has come, or several at once."""
        gap = min(now - self._last, COMING_SECONDS) / count
        self._last, self._between = now, (3 * self._between + gap) / 4

    def goes_on(self, now: float) -> bool:
        """Whether the next one may be on its way."""
        return now - self._last < COMING_SECONDS and self._between > FLOOD_SECONDS


class Backroom:
    """Pipeline and clock of one desk, at the other end of a socket."""

    def __init__(self, desk: Desk, worker: str, line: socket.socket) -> None:
        self._line = line
        self._office = replace(open_office(desk), worker=worker)
        self._trickle = Trickle()
        pipeline = Pipeline(
            self._office,
            alive=lambda: self._say(BUSY["pipeline"]),
            mail_comes=lambda: self._trickle.goes_on(time.monotonic()),
        )
        steps: dict[str, Steps] = {"pipeline": pipeline, "clock": Clock(self._office)}
        self._workers = {
            lane: Worker(lane, Marked(steps[lane], lane, self._say), rings=lambda: self._say(RANG))
            for lane in LANES
        }

    def run(self) -> None:
        """Until told to stop, or until whoever started us is gone."""
        self._take_over(datetime.now(UTC))
        for worker in self._workers.values():
            worker.start()
        while (said := self._line.recv(MAX_TOLD)) and STOP not in said:
            self._trickle.came(time.monotonic(), len(said))
            self._workers["pipeline"].bell.set()  # no timer is due for a mail that just came
        for worker in self._workers.values():
            worker.stop()
        for worker in self._workers.values():
            worker.join(DRAIN_SECONDS)

    def _take_over(self, now: datetime) -> None:
        """Make due again what the process before this one had claimed when it died."""
        with transaction(self._office.database) as tx:
            spool.release(tx, self._office.worker, now)
            claims.release(tx, tables.timer, self._office.worker, now)

    def _say(self, what: bytes) -> None:
        """Never waits: what a full socket cannot take is only a bell."""
        with suppress(OSError):
            self._line.send(what, socket.MSG_DONTWAIT)


def main() -> None:
    """Whoever started us has the signals' word; when they die, so do we."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # else the socket's end tells us
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    line = socket.socket(fileno=int(sys.argv[1]))
    desk = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that started us
    room = Backroom(desk, sys.argv[2], line)
    gc.freeze()  # what is there now stays: nobody need look through it again
    room.run()
    logging.shutdown()
    os._exit(0)  # a worker that is still at it is as good as killed: crash-only


if __name__ == "__main__":
    main()
